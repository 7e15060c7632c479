"""Writing: one transaction, in which every change is logged in the chain of what it changes."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Select, Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from charting.domain import (
    AlreadyThere,
    Course,
    Mark,
    Patient,
    PatientNotFound,
    Session,
    SessionSealed,
    Solution,
    Staff,
    StaleRevision,
    canonical,
    document_of,
    sha256_of,
)
from charting.domain.values import Record
from charting.store import readings as _readings
from charting.store.clinic import clinic, clinic_settings
from charting.store.courses import course_row, courses
from charting.store.faults import in_our_words
from charting.store.hearing import say
from charting.store.log import CLINIC, Chain, LogEntry, SubjectKind, extend
from charting.store.marks import mark_row, marks
from charting.store.patients import patient_row, patient_words, patients, word_rows
from charting.store.reader import SESSION_BY_ID, Kept, Reader
from charting.store.readings import Reading
from charting.store.remembered import Remembered
from charting.store.sessions import (
    component_rows,
    components,
    details_row,
    documents,
    session_row,
    sessions,
    solution_row,
    solutions,
)
from charting.store.staff import LoginRow, Tries, logins, staff, staff_row, tries, tries_of

PUT = "put"
START = "start_session"
SEAL = "seal_session"
PASSWORD = "set_password"
SETTING = "set_setting"
"""The kinds of log rows that the store itself writes; a session's commands have their own."""


_ADVANCES = {
    table.name: update(table).where(
        table.c.id == bindparam("of"),
        table.c.revision == bindparam("from_revision"),
        table.c.head == bindparam("from_head"),
    )
    for table in (patients, courses, sessions, staff, clinic)
}
_ADD_MARKS = insert(marks)
_CHANGE_MARK = update(marks).where(
    and_(marks.c.session_id == bindparam("of"), marks.c.position == bindparam("place"))
)
_LOCKED_SESSION_BY_ID = SESSION_BY_ID.with_for_update()


P = ParamSpec("P")
T = TypeVar("T")
OfSession = TypeVar("OfSession", Mark, Solution)
Writes = Callable[Concatenate["Writer", P], T]


def _all_or_nothing(write: Writes[P, T]) -> Writes[P, T]:
    """Remember that a change has begun until it is written whole, and say in our words why it is not."""

    @functools.wraps(write)
    def writes(self: Writer, /, *given: P.args, **named: P.kwargs) -> T:
        with in_our_words():
            done = write(self, *given, **named)
        self._half_done = False
        return done

    return writes


class Writer(Reader):
    """Reads and changes the record in one transaction. Made by ``Store.writing``, for one thread.

    What it reads by id stays as it is until the transaction ends. Nothing is written unless the transaction
    ends without an error.
    """

    def __init__(self, connection: Connection, remembered: Remembered) -> None:
        super().__init__(connection, remembered)
        self._pending: dict[UUID, tuple[str, Session]] = {}
        # read or written in this transaction, so nobody else can have changed them since
        self._held: dict[UUID, tuple[Chain, Session]] = {}
        self._half_done = False

    _session_by_id = _LOCKED_SESSION_BY_ID

    def _locking(self, query: Select[Any]) -> Select[Any]:
        return query.with_for_update()

    def _remember(self, session: Session, head: str) -> None:
        self._pending[session.id] = (head, session)

    def session(self, session_id: UUID) -> Kept[Session]:
        """Return a session with all its marks, the withdrawn ones too; raises SessionNotFound."""
        if session_id not in self._held:
            kept, head = self._session(session_id)
            self._held[session_id] = (Chain(kept.revision, head), kept.value)
        chain, session = self._held[session_id]
        return Kept(session, chain.revision)

    def before_commit(self) -> None:
        """Raise RuntimeError if a change failed half-way and whoever asked for it goes on regardless."""
        if self._half_done:
            raise RuntimeError("a change that failed half-way cannot be kept; nothing was written")

    def committed(self) -> None:
        """Let readers have what was read and written here; called once the transaction is committed."""
        for head, session in self._pending.values():
            self._remembered.put(session, head)

    @_all_or_nothing
    def put_patient(
        self, patient: Patient, *, seen: int | None, by: UUID | None, at: datetime, command_id: UUID
    ) -> Kept[Patient]:
        """Save a patient: a new one if ``seen`` is none, else over the revision that was seen.

        Raises AlreadyThere for an id or a record number that is taken, StaleRevision if someone else has
        saved meanwhile, PatientNotFound if there is nobody to save over, CommandReused.
        """
        row = {**patient_row(patient), "touched_at": at}
        revision = self._put(SubjectKind.PATIENT, patients, patient, row, seen, by, at, command_id)
        if seen is not None:
            self._connection.execute(delete(patient_words).where(patient_words.c.patient_id == patient.id))
        self._connection.execute(insert(patient_words), word_rows(patient))
        return Kept(patient, revision)

    @_all_or_nothing
    def put_course(
        self, course: Course, *, seen: int | None, by: UUID | None, at: datetime, command_id: UUID
    ) -> Kept[Course]:
        """Save a course, as ``put_patient`` does a patient. Raises PatientNotFound where it is of nobody."""
        if seen is None:
            self._need_patient(course.patient_id)
        revision = self._put(
            SubjectKind.COURSE, courses, course, course_row(course), seen, by, at, command_id
        )
        return Kept(course, revision)

    @_all_or_nothing
    def put_staff(
        self, member: Staff, *, seen: int | None, by: UUID | None, at: datetime, command_id: UUID
    ) -> Kept[Staff]:
        """Save a member of staff, as ``put_patient`` does a patient; AlreadyThere for a sign-in name."""
        revision = self._put(SubjectKind.STAFF, staff, member, staff_row(member), seen, by, at, command_id)
        return Kept(member, revision)

    @_all_or_nothing
    def set_password_hash(
        self, staff_id: UUID, password_hash: str, *, by: UUID | None, at: datetime, command_id: UUID
    ) -> None:
        """Keep the hash of a member's password. The log says that it was set, not what it is."""
        chain = self._chain(staff, staff_id, self.staff(staff_id).revision)
        entry = _entry(PASSWORD, {}, by, at, command_id)
        self._advance(SubjectKind.STAFF, staff, staff_id, chain, [entry], {"password_hash": password_hash})

    @_all_or_nothing
    def put_setting(self, key: str, value: str, *, by: UUID | None, at: datetime, command_id: UUID) -> None:
        """Keep a setting of the clinic."""
        query = self._locking(select(clinic.c.revision, clinic.c.head).where(clinic.c.id == CLINIC))
        row = self._connection.execute(query).one_or_none()
        if row is None:
            self._connection.execute(insert(clinic), [{"id": CLINIC, **vars(Chain())}])
        chain = Chain(row.revision, row.head) if row else Chain()
        entry = _entry(SETTING, {"key": key, "value": value}, by, at, command_id)
        self._advance(SubjectKind.CLINIC, clinic, CLINIC, chain, [entry], {})
        self._connection.execute(delete(clinic_settings).where(clinic_settings.c.key == key))
        self._connection.execute(insert(clinic_settings), [{"key": key, "value": value}])

    @_all_or_nothing
    def start_session(
        self, session: Session, *, by: UUID | None, at: datetime, command_id: UUID
    ) -> Kept[Session]:
        """Write a new session, with the solutions and marks it has; its revision is 1.

        Raises AlreadyThere if its id or its number in the course is taken, CourseNotFound, ValueError for a
        session that is signed or is not of the course's patient.
        """
        if session.seal is not None:
            raise ValueError("a session cannot start signed")
        if self.course(session.course_id).value.patient_id != session.patient_id:
            raise ValueError("the session is not of the course's patient")
        self.staff(session.clinician_id)
        entry = _entry(START, session, by, at, command_id)
        chain = self._insert(SubjectKind.SESSION, sessions, session_row(session), entry)
        self._write_parts(None, session, chain.revision)
        self._connection.execute(
            update(patients)
            .where(patients.c.id == session.patient_id, patients.c.touched_at < at)
            .values(touched_at=at)
        )
        self._hold(session, chain)
        return Kept(session, chain.revision)

    @_all_or_nothing
    def append(self, session_id: UUID, before: Session, after: Session, entries: Sequence[LogEntry]) -> int:
        """Write what commands made of a session, and return its new revision, one more for each command.

        Only the marks that differ are written, and all of them change at the new revision. Raises
        StaleRevision if ``before`` is not what is stored, SessionSealed, CommandReused, SessionNotFound,
        ValueError for what no command can do.
        """
        chain = self._unsealed(session_id, before)
        if not entries:
            if after != before:
                raise ValueError("a session does not change without a command")
            return chain.revision
        if after.seal is not None:
            raise ValueError("a session is signed by seal, not by a command")
        _only_what_commands_do(before, after)
        changed = {} if after.details == before.details else details_row(after.details)
        chain = self._advance(SubjectKind.SESSION, sessions, session_id, chain, entries, changed)
        self._write_parts(before, after, chain.revision)
        say(self._connection, session_id, chain.revision)
        self._hold(after, chain)
        return chain.revision

    @_all_or_nothing
    def seal(self, session_id: UUID, session: Session, document: str, entry: LogEntry) -> int:
        """Make a session a record: nothing of it can be changed any more. Return its last revision.

        ``session`` is what is stored, with its seal; ``document`` is its canonical document, whose SHA-256
        the seal holds; the entry's body is the seal as JSON. Raises StaleRevision, SessionSealed,
        CommandReused, ValueError if they do not fit.
        """
        if session.seal is None:
            raise ValueError("the session has no seal")
        if document != document_of(session) or sha256_of(document) != session.seal.sha256:
            raise ValueError("the document is not that of the session and its seal")
        if entry.kind != SEAL:
            raise ValueError(f"the command that signs a session is a {SEAL}, not a {entry.kind}")
        if json.loads(entry.body_json) != session.seal.model_dump(mode="json"):
            raise ValueError("the command that signs a session says another seal")
        chain = self._unsealed(session_id, session.model_copy(update={"seal": None}))
        self._connection.execute(
            insert(documents),
            [{"session_id": session_id, "sha256": session.seal.sha256, "text": document}],
        )
        signed = {name: value for name, value in session_row(session).items() if name.startswith("sealed_")}
        chain = self._advance(SubjectKind.SESSION, sessions, session_id, chain, [entry], signed)
        say(self._connection, session_id, chain.revision)
        self._hold(session, chain)
        return chain.revision

    @_all_or_nothing
    def add_readings(self, readings: Sequence[Reading]) -> None:
        """Write down who has opened which record; the same again within ten minutes is not written."""
        self._half_done = True
        _readings.add(self._connection, readings)

    @_all_or_nothing
    def add_login(self, login: LoginRow) -> None:
        """Keep a new login. Raises AlreadyThere if its token's hash or id is taken."""
        self._connection.execute(insert(logins), [vars(login)])

    def touch_login(self, token_sha256: str, at: datetime) -> None:
        """Say that a login was last seen at a time; one that has ended stays as it was."""
        self._connection.execute(
            update(logins)
            .where(logins.c.token_sha256 == token_sha256, logins.c.ended_at.is_(None), logins.c.seen_at < at)
            .values(seen_at=at)
        )

    def end_login(self, token_sha256: str, at: datetime) -> bool:
        """End a login; whether it had lasted until now."""
        ended = self._connection.execute(
            update(logins)
            .where(logins.c.token_sha256 == token_sha256, logins.c.ended_at.is_(None))
            .values(ended_at=at)
        )
        return ended.rowcount == 1

    def end_logins(self, staff_id: UUID, at: datetime) -> int:
        """End all logins of a member of staff; how many had lasted until now."""
        ended = self._connection.execute(
            update(logins)
            .where(logins.c.staff_id == staff_id, logins.c.ended_at.is_(None))
            .values(ended_at=at)
        )
        return ended.rowcount

    def add_try(self, key: str, at: datetime) -> Tries:
        """Count a failed try to sign in under a key, and return how many there were in a row."""
        query = select(tries).where(tries.c.key == key).with_for_update()
        row = self._connection.execute(query).one_or_none()
        if row is None:
            counted = Tries(key, 1, at, at)
            self._connection.execute(insert(tries), [vars(counted)])
            return counted
        known = tries_of(row)
        counted = Tries(key, known.count + 1, known.first_at, at)
        self._connection.execute(
            update(tries).where(tries.c.key == key).values(count=counted.count, last_at=at)
        )
        return counted

    def clear_tries(self, key: str) -> None:
        """Forget the failed tries under a key, as after a right password."""
        self._connection.execute(delete(tries).where(tries.c.key == key))

    def clear_tries_before(self, moment: datetime) -> int:
        """Forget the failed tries that were last before a time; how many keys that were."""
        return self._connection.execute(delete(tries).where(tries.c.last_at < moment)).rowcount

    def _need_patient(self, patient_id: UUID) -> None:
        query = select(patients.c.id).where(patients.c.id == patient_id)
        if self._connection.execute(query).one_or_none() is None:
            raise PatientNotFound(f"the record holds no patient {patient_id}")

    def _put(
        self,
        kind: SubjectKind,
        table: Table,
        value: Patient | Course | Staff,
        row: dict[str, Any],
        seen: int | None,
        by: UUID | None,
        at: datetime,
        command_id: UUID,
    ) -> int:
        entry = _entry(PUT, value, by, at, command_id)
        if seen is None:
            return self._insert(kind, table, row, entry).revision
        stored = self._stored(value)
        if stored.revision != seen:
            raise StaleRevision(f"{kind} {value.id} is at revision {stored.revision}, not {seen}")
        chain = self._chain(table, value.id, seen)
        return self._advance(kind, table, value.id, chain, [entry], row).revision

    def _stored(self, value: Patient | Course | Staff) -> Kept[Patient] | Kept[Course] | Kept[Staff]:
        match value:
            case Patient():
                return self.patient(value.id)
            case Course():
                stored = self.course(value.id)
                if value.patient_id != stored.value.patient_id:
                    raise ValueError("a course stays with its patient")
                return stored
            case Staff():
                return self.staff(value.id)

    def _insert(self, kind: SubjectKind, table: Table, row: dict[str, Any], entry: LogEntry) -> Chain:
        query = select(table.c.id).where(table.c.id == row["id"])
        if self._connection.execute(query).one_or_none() is not None:
            raise AlreadyThere(f"there is a {kind} {row['id']}")
        self._half_done = True
        chain = extend(self._connection, kind, row["id"], Chain(), [entry])
        self._connection.execute(insert(table), [{**row, **vars(chain)}])
        return chain

    def _chain(self, table: Table, subject_id: UUID, revision: int) -> Chain:
        head = self._connection.execute(select(table.c.head).where(table.c.id == subject_id)).scalar_one()
        return Chain(revision, head)

    def _advance(
        self,
        kind: SubjectKind,
        table: Table,
        subject_id: UUID,
        chain: Chain,
        entries: Sequence[LogEntry],
        row: dict[str, Any],
    ) -> Chain:
        self._half_done = True
        after = extend(self._connection, kind, subject_id, chain, entries)
        changed = self._connection.execute(
            _ADVANCES[table.name],
            {
                **row,
                **vars(after),
                "of": subject_id,
                "from_revision": chain.revision,
                "from_head": chain.head,
            },
        )
        if changed.rowcount != 1:
            raise StaleRevision(f"{kind} {subject_id} is no longer at revision {chain.revision}")
        return after

    def _hold(self, session: Session, chain: Chain) -> None:
        self._held[session.id] = (chain, session)
        self._remember(session, chain.head)

    def _unsealed(self, session_id: UUID, expected: Session) -> Chain:
        stored = self.session(session_id)
        if stored.value.seal is not None:
            raise SessionSealed(f"session {session_id} is signed")
        if stored.value != expected:
            raise StaleRevision(f"session {session_id} has changed since it was read")
        return self._held[session_id][0]

    def _write_parts(self, before: Session | None, after: Session, changed: int) -> None:
        """Write the solutions and marks in which a session differs from what it was."""
        old_solutions = before.solutions if before else ()
        for position, solution in enumerate(after.solutions):
            if position >= len(old_solutions):
                self._connection.execute(insert(solutions), [solution_row(after.id, position, solution)])
            elif solution != old_solutions[position]:
                row = solution_row(after.id, position, solution)
                self._connection.execute(
                    update(solutions)
                    .where(solutions.c.session_id == after.id, solutions.c.id == solution.id)
                    .values(row)
                )
                self._connection.execute(
                    delete(components).where(
                        components.c.session_id == after.id, components.c.solution_id == solution.id
                    )
                )
            else:
                continue
            self._connection.execute(insert(components), component_rows(after.id, solution))
        old_marks = before.marks if before else ()
        if after.marks[: len(old_marks)] != old_marks:
            for position, (old, mark) in enumerate(zip(old_marks, after.marks, strict=False)):
                if mark is not old and mark != old:
                    row = mark_row(after.id, position, changed, mark)
                    self._connection.execute(_CHANGE_MARK, {**row, "of": after.id, "place": position})
        new = [
            mark_row(after.id, position, changed, mark)
            for position, mark in enumerate(after.marks[len(old_marks) :], start=len(old_marks))
        ]
        if new:
            self._connection.execute(_ADD_MARKS, new)


def _entry(
    kind: str, body: Record | dict[str, Any], by: UUID | None, at: datetime, command_id: UUID
) -> LogEntry:
    content = body.model_dump(mode="json") if isinstance(body, Record) else body
    text = canonical(content)
    return LogEntry(command_id, kind, by, at, text, sha256_of(text))


def _only_what_commands_do(before: Session, after: Session) -> None:
    """Raise ValueError if a session lost something, or became another one."""
    if not (_kept(before.marks, after.marks) and _kept(before.solutions, after.solutions)):
        raise ValueError("a session keeps its marks and solutions, in their order")
    unchanging = ("id", "course_id", "patient_id", "figure", "number", "started_at", "clinician_id")
    if any(getattr(before, name) != getattr(after, name) for name in unchanging):
        raise ValueError("a session stays that of its course")


def _kept(old: Sequence[OfSession], new: Sequence[OfSession]) -> bool:
    begins = new[: len(old)]
    if begins == old:  # a thousand marks that nobody touched are compared in one go
        return True
    return [one.id for one in begins] == [one.id for one in old]
