"""Reading: everything the record can be asked, in one consistent snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.engine import Connection

from charting.domain import (
    Course,
    CourseNotFound,
    Mark,
    Patient,
    PatientNotFound,
    Session,
    SessionNotFound,
    Staff,
    StaffNotFound,
)
from charting.store import courses as _courses
from charting.store import log as _log
from charting.store import patients as _patients
from charting.store import readings as _readings
from charting.store import staff as _staff
from charting.store.clinic import clinic_settings
from charting.store.log import LoggedCommand
from charting.store.marks import mark_of, marks
from charting.store.readings import Reading
from charting.store.remembered import Remembered
from charting.store.sessions import components, documents, session_of, sessions, solutions, solutions_of
from charting.store.staff import LoginRow, Tries

T = TypeVar("T")

SESSION_BY_ID = select(sessions).where(sessions.c.id == bindparam("wanted"))
_ENDS = select(sessions.c.id, sessions.c.revision, sessions.c.head)
_OF_COURSE = _ENDS.where(sessions.c.course_id == bindparam("wanted")).order_by(sessions.c.number)
_OF_PATIENT = _ENDS.where(sessions.c.patient_id == bindparam("wanted")).order_by(
    sessions.c.started_at, sessions.c.id
)
_DRAFTS = _ENDS.where(sessions.c.sealed_at.is_(None)).order_by(sessions.c.started_at.desc(), sessions.c.id)
_WHOLE = select(sessions)
_SOLUTIONS = select(solutions).order_by(solutions.c.position)
_COMPONENTS = select(components).order_by(components.c.position)
_MARKS = select(marks).order_by(marks.c.session_id, marks.c.position)
# made once: to make a statement takes longer than the database takes to carry it out

AT_ONCE = 500
"""Sessions whose marks are asked for in one query."""


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A value as it is kept, and how often it has been saved; a later save says which one it has seen."""

    value: T
    revision: int


@dataclass(frozen=True)
class WorklistEntry:
    """A patient with the number of sessions not yet signed, and when anything last happened."""

    patient: Kept[Patient]
    drafts: int
    touched_at: datetime


class Reader:
    """Reads the record as it stood at one moment. Made by ``Store.reading``; not to be shared by threads."""

    def __init__(self, connection: Connection, remembered: Remembered) -> None:
        self._connection = connection
        self._remembered = remembered

    # a writer locks what it reads, and must not remember what may yet be rolled back
    _session_by_id = SESSION_BY_ID

    def _locking(self, query: Select[Any]) -> Select[Any]:
        return query

    def _remember(self, session: Session, head: str) -> None:
        self._remembered.put(session, head)

    def patient(self, patient_id: UUID) -> Kept[Patient]:
        """Return a patient; raises PatientNotFound."""
        row = self._connection.execute(self._locking(_patients.by_id(patient_id))).one_or_none()
        if row is None:
            raise PatientNotFound(f"the record holds no patient {patient_id}")
        return Kept(_patients.patient_of(row), row.revision)

    def patient_by_record_number(self, record_number: str) -> Kept[Patient] | None:
        """Return the patient who has a record number, whatever its case and accents, or none."""
        row = self._connection.execute(_patients.by_record_number(record_number)).one_or_none()
        return Kept(_patients.patient_of(row), row.revision) if row else None

    def find_patients(self, text: str, limit: int = 50) -> tuple[Kept[Patient], ...]:
        """Return the patients whom a text finds, by name; without a text, the first of all.

        Every word of the text must begin a word of the name or of the record number, whatever its case and
        accents; in scripts without gaps between words it may stand anywhere in one. A day in ISO, or day,
        month and year, is that of birth.
        """
        rows = self._connection.execute(_patients.found_by(text, limit))
        return tuple(Kept(_patients.patient_of(row), row.revision) for row in rows)

    def worklist(self, limit: int = 50) -> tuple[WorklistEntry, ...]:
        """Return the patients with unsigned sessions, the latest first, then the others, the latest first."""
        table = _patients.patients
        drafts = (
            select(
                sessions.c.patient_id,
                func.count().label("drafts"),
                func.max(sessions.c.started_at).label("last"),
            )
            .where(sessions.c.sealed_at.is_(None))
            .group_by(sessions.c.patient_id)
            .order_by(func.max(sessions.c.started_at).desc(), sessions.c.patient_id)
            .limit(limit)
            .subquery()
        )
        waiting = (
            select(table, drafts.c.drafts)
            .join(drafts, drafts.c.patient_id == table.c.id)
            .order_by(drafts.c.last.desc(), table.c.id)
        )
        first = self._connection.execute(waiting).all()
        listed = {row.id for row in first}
        # those with drafts are among the latest too, so as many more are asked for
        latest = select(table).order_by(table.c.touched_at.desc(), table.c.id).limit(limit + len(listed))
        rest = [row for row in self._connection.execute(latest) if row.id not in listed]
        entries = [(row, row.drafts) for row in first] + [(row, 0) for row in rest]
        return tuple(
            WorklistEntry(Kept(_patients.patient_of(row), row.revision), count, row.touched_at)
            for row, count in entries[:limit]
        )

    def course(self, course_id: UUID) -> Kept[Course]:
        """Return a course; raises CourseNotFound."""
        row = self._connection.execute(self._locking(_courses.by_id(course_id))).one_or_none()
        if row is None:
            raise CourseNotFound(f"the record holds no course {course_id}")
        return Kept(_courses.course_of(row), row.revision)

    def courses_of(self, patient_id: UUID) -> tuple[Kept[Course], ...]:
        """Return a patient's courses, the one opened last first."""
        rows = self._connection.execute(_courses.of_patient(patient_id))
        return tuple(Kept(_courses.course_of(row), row.revision) for row in rows)

    def session(self, session_id: UUID) -> Kept[Session]:
        """Return a session with all its marks, the withdrawn ones too; raises SessionNotFound."""
        return self._session(session_id)[0]

    def revisions(self, session_ids: Collection[UUID]) -> dict[UUID, int]:
        """Return the present revisions of sessions, those that there are."""
        query = select(sessions.c.id, sessions.c.revision).where(sessions.c.id.in_(session_ids))
        return {row.id: row.revision for row in self._connection.execute(query)}

    def sessions_of(self, course_id: UUID) -> tuple[Kept[Session], ...]:
        """Return the sessions of a course by their number."""
        return self._sessions(_OF_COURSE, {"wanted": course_id})

    def sessions_of_patient(self, patient_id: UUID) -> tuple[Kept[Session], ...]:
        """Return all sessions of a patient, the first first."""
        return self._sessions(_OF_PATIENT, {"wanted": patient_id})

    def drafts(self) -> tuple[Kept[Session], ...]:
        """Return the sessions that are not yet signed, the latest first."""
        return self._sessions(_DRAFTS, {})

    def changes(self, session_id: UUID, after: int) -> tuple[Mark, ...]:
        """Return the marks that changed after a revision of the session, the withdrawn ones too, in order."""
        query = (
            select(marks)
            .where(marks.c.session_id == session_id, marks.c.changed > after)
            .order_by(marks.c.position)
        )
        return tuple(mark_of(row) for row in self._connection.execute(query))

    def document(self, session_id: UUID) -> str | None:
        """Return the canonical document of a signed session, to the letter; none if it is not signed."""
        query = select(documents.c.text).where(documents.c.session_id == session_id)
        return self._connection.execute(query).scalar_one_or_none()

    def staff(self, staff_id: UUID) -> Kept[Staff]:
        """Return a member of staff; raises StaffNotFound."""
        row = self._connection.execute(self._locking(_staff.by_id(staff_id))).one_or_none()
        if row is None:
            raise StaffNotFound(f"the clinic has no member of staff {staff_id}")
        return Kept(_staff.staff_of(row), row.revision)

    def staff_by_sign_in(self, name: str) -> Kept[Staff] | None:
        """Return the member of staff who signs in with a name, or none."""
        row = self._connection.execute(_staff.by_sign_in(name)).one_or_none()
        return Kept(_staff.staff_of(row), row.revision) if row else None

    def all_staff(self) -> tuple[Kept[Staff], ...]:
        """Return everyone, the inactive too, by sign-in name."""
        rows = self._connection.execute(select(_staff.staff).order_by(_staff.staff.c.sign_in))
        return tuple(Kept(_staff.staff_of(row), row.revision) for row in rows)

    def password_hash(self, staff_id: UUID) -> str | None:
        """Return the hash of a member's password, or none if none was set."""
        query = select(_staff.staff.c.password_hash).where(_staff.staff.c.id == staff_id)
        return self._connection.execute(query).scalar_one_or_none()

    def login(self, token_sha256: str) -> LoginRow | None:
        """Return the login of a token's SHA-256, also one that has ended, or none."""
        query = select(_staff.logins).where(_staff.logins.c.token_sha256 == token_sha256)
        row = self._connection.execute(query).one_or_none()
        return _staff.login_of(row) if row else None

    def logins_of(self, staff_id: UUID) -> tuple[LoginRow, ...]:
        """Return a member's logins that have not been ended, the latest first."""
        table = _staff.logins
        query = (
            select(table)
            .where(table.c.staff_id == staff_id, table.c.ended_at.is_(None))
            .order_by(table.c.started_at.desc(), table.c.id)
        )
        return tuple(_staff.login_of(row) for row in self._connection.execute(query))

    def tries(self, key: str) -> Tries | None:
        """Return how often signing in failed in a row under a key, or none."""
        query = select(_staff.tries).where(_staff.tries.c.key == key)
        row = self._connection.execute(query).one_or_none()
        return _staff.tries_of(row) if row else None

    def setting(self, key: str) -> str | None:
        """Return a setting of the clinic as text, or none."""
        query = select(clinic_settings.c.value).where(clinic_settings.c.key == key)
        return self._connection.execute(query).scalar_one_or_none()

    def logged(self, command_id: UUID) -> LoggedCommand | None:
        """Return the command of this id, if it was ever carried out."""
        return _log.logged(self._connection, command_id)

    def history(self, subject_id: UUID) -> tuple[LoggedCommand, ...]:
        """Return everything that happened to a patient, course, session or member of staff, in order."""
        return _log.history(self._connection, subject_id)

    def readings(self, patient_id: UUID, limit: int) -> tuple[Reading, ...]:
        """Return who has opened something of a patient's record and when, the last one first."""
        return _readings.of_patient(self._connection, patient_id, limit)

    def _session(self, session_id: UUID) -> tuple[Kept[Session], str]:
        """Return a session, and the last hash of its chain."""
        row = self._connection.execute(self._session_by_id, {"wanted": session_id}).one_or_none()
        if row is None:
            raise SessionNotFound(f"the record holds no session {session_id}")
        session = self._remembered.get(row.id, row.head) or self._read([row])[row.id].value
        return Kept(session, row.revision), row.head

    def _sessions(self, ends: Select[Any], wanted: dict[str, Any]) -> tuple[Kept[Session], ...]:
        rows = self._connection.execute(ends, wanted).all()
        known: dict[UUID, Kept[Session]] = {}
        missing = []
        for row in rows:
            if (session := self._remembered.get(row.id, row.head)) is None:
                missing.append(row.id)
            else:
                known[row.id] = Kept(session, row.revision)
        for start in range(0, len(missing), AT_ONCE):
            some = missing[start : start + AT_ONCE]
            known.update(self._read(self._of(some, _WHOLE, sessions.c.id)))
        return tuple(known[row.id] for row in rows)

    def _read(self, rows: Sequence[Row[Any]]) -> dict[UUID, Kept[Session]]:
        ids = [row.id for row in rows]
        own_solutions = solutions_of(
            self._of(ids, _SOLUTIONS, solutions.c.session_id),
            self._of(ids, _COMPONENTS, components.c.session_id),
        )
        own_marks = _grouped(self._of(ids, _MARKS, marks.c.session_id), mark_of)
        found = {}
        for row in rows:
            session = session_of(row, own_solutions.get(row.id, ()), own_marks.get(row.id, ()))
            self._remember(session, row.head)
            found[row.id] = Kept(session, row.revision)
        return found

    def _of(self, ids: Sequence[UUID], query: Select[Any], column: Any) -> Sequence[Row[Any]]:
        return self._connection.execute(query.where(column.in_(ids))).all()


def _grouped(rows: Sequence[Row[Any]], make: Callable[[Row[Any]], T]) -> dict[UUID, list[T]]:
    grouped: dict[UUID, list[T]] = defaultdict(list)
    for row in rows:
        grouped[row.session_id].append(make(row))
    return grouped
