"""Whether the record is what was written: every chain, every document, and every row that the log explains.

What is stored is compared with what the log's commands make of nothing, so a row that was changed behind the
program's back is found even where nobody touched the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection

from charting.domain import (
    COMMAND,
    ChartingError,
    Course,
    Patient,
    Seal,
    Session,
    Staff,
    StoreUnusable,
    apply,
    document_of,
    sha256_of,
)
from charting.store import triggers
from charting.store.clinic import clinic, clinic_settings
from charting.store.courses import course_of, courses
from charting.store.log import COLUMNS, Chain, LoggedCommand, SubjectKind, command_log, logged_of
from charting.store.patients import patient_of, patient_words, patients, word_rows
from charting.store.reader import Reader
from charting.store.readings import reading_log
from charting.store.remembered import Remembered
from charting.store.sessions import documents, sessions
from charting.store.staff import staff, staff_of
from charting.store.writer import PUT, SEAL, SETTING, START

MOST_FAULTS = 100
AT_ONCE = 1000

Progress = Callable[[int, int], None]
"""Told how many rows of the log were read, and of how many."""

TABLES: Mapping[SubjectKind, Table] = {
    SubjectKind.PATIENT: patients,
    SubjectKind.COURSE: courses,
    SubjectKind.SESSION: sessions,
    SubjectKind.STAFF: staff,
    SubjectKind.CLINIC: clinic,
}


@dataclass(frozen=True)
class Fault:
    """A row that does not fit: of which table, which one, and why."""

    table: str
    row: str
    why: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.why}"


@dataclass(frozen=True)
class Anchor:
    """What a store comes to in one line: subjects, rows of the log, and one hash over the ends of all chains.

    Written down elsewhere, as in the manifest of a backup, it shows later whether anything is gone.
    """

    subjects: int
    log_rows: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """What a check of the whole record came to; ``faults`` are at most MOST_FAULTS, in the order found."""

    anchor: Anchor
    documents: int
    faults: tuple[Fault, ...]

    @property
    def fits(self) -> bool:
        """Whether everything fits."""
        return not self.faults

    @property
    def first(self) -> Fault | None:
        """The first row that does not fit."""
        return self.faults[0] if self.faults else None


def anchor(connection: Connection) -> Anchor:
    """Return the anchor of a store as it stands."""
    ends = []
    for kind, table in TABLES.items():
        rows = connection.execute(select(table.c.id, table.c.revision, table.c.head))
        ends += [f"{kind}/{row.id} {row.revision} {row.head}" for row in rows]
    log_rows = connection.execute(select(func.count()).select_from(command_log)).scalar_one()
    return Anchor(len(ends), log_rows, sha256_of("\n".join(sorted(ends))))


def verify(connection: Connection, progress: Progress | None = None) -> Report:
    """Return whether everything in a store fits; the connection reads one state of it."""
    return _Check(connection, progress).run()


@dataclass
class _Check:
    connection: Connection
    progress: Progress | None
    faults: list[Fault] = field(default_factory=list)

    def run(self) -> Report:
        if gone := triggers.missing(self.connection):
            self._fault("guards", gone[0], "is missing")
        if self.connection.dialect.name == "sqlite":
            self._file()
        self._chains()
        self._words()
        return Report(anchor(self.connection), self._documents(), tuple(self.faults[:MOST_FAULTS]))

    def _fault(self, table: str, row: object, why: str) -> None:
        self.faults.append(Fault(table, str(row), why))

    def _file(self) -> None:
        """Check the pages of the file, the references between rows, and that the logs have no gap."""
        for name in ("cipher_integrity_check", "integrity_check"):
            for row in self.connection.exec_driver_sql(f"PRAGMA {name}"):
                if row[0] != "ok":
                    self._fault("file", name, str(row[0]))
        for row in self.connection.exec_driver_sql("PRAGMA foreign_key_check"):
            self._fault(str(row[0]), row[1], f"refers to a row of {row[2]} that is not there")
        # nothing is ever deleted and a transaction rolled back takes its numbers with it
        for log in (command_log, reading_log):
            last, rows = self.connection.execute(
                select(func.max(log.c.seq), func.count()).select_from(log)
            ).one()
            if (last or 0) != rows:
                self._fault(log.name, f"of {last}", f"{(last or 0) - rows} rows are not there")

    def _log(self) -> Iterator[LoggedCommand]:
        total = self.connection.execute(select(func.count()).select_from(command_log)).scalar_one()
        query = select(*COLUMNS).order_by(command_log.c.subject_id, command_log.c.revision)
        streamed = self.connection.execute(query, execution_options={"yield_per": AT_ONCE})
        for number, row in enumerate(streamed, start=1):
            if self.progress and (number % AT_ONCE == 0 or number == total):
                self.progress(number, total)
            yield logged_of(row)

    def _chains(self) -> None:
        ends = {
            kind: {
                row.id: Chain(row.revision, row.head)
                for row in self.connection.execute(select(table.c.id, table.c.revision, table.c.head))
            }
            for kind, table in TABLES.items()
        }
        waiting: list[tuple[SubjectKind, UUID, list[LoggedCommand]]] = []
        for subject_id, rows in groupby(self._log(), key=lambda one: one.subject_id):
            history = list(rows)
            kind = history[0].subject_kind
            end = ends[kind].pop(subject_id, None)
            if end is None:
                self._fault("command_log", history[0].id, f"is of a {kind} {subject_id} that is not there")
            elif self._chain(kind, subject_id, history, end):
                waiting.append((kind, subject_id, history))
            if len(waiting) >= AT_ONCE // 10:
                self._contents(waiting)
                waiting = []
        self._contents(waiting)
        for kind, rest in ends.items():
            for subject_id in rest:
                self._fault(TABLES[kind].name, subject_id, "has no row in the log")

    def _chain(self, kind: SubjectKind, subject_id: UUID, history: list[LoggedCommand], end: Chain) -> bool:
        chain = Chain()
        for row in history:
            if row.revision != chain.revision + 1:
                why = f"is revision {row.revision} of {kind} {subject_id}, after {chain.revision}"
                self._fault("command_log", row.id, why)
            elif row.before != chain.head:
                self._fault("command_log", row.id, "does not follow the row before it")
            elif row.hash != row.hash_of_content():
                self._fault("command_log", row.id, "is not what its hash says")
            else:
                chain = Chain(row.revision, row.hash)
                continue
            return False
        if chain != end:
            self._fault(
                TABLES[kind].name,
                subject_id,
                f"stands at revision {end.revision}, and the log ends at {chain.revision}"
                if chain.revision != end.revision
                else "does not end as the log does",
            )
            return False
        return True

    def _contents(self, of: list[tuple[SubjectKind, UUID, list[LoggedCommand]]]) -> None:
        """Compare what is stored of some subjects with what their histories make of nothing."""
        for kind, subject_id, history in of:
            try:
                self._content(kind, subject_id, history)
            except StoreUnusable as trouble:
                self._fault(TABLES[kind].name, subject_id, str(trouble))
            except (ValueError, ChartingError, KeyError, TypeError) as trouble:
                self._fault(
                    "command_log", f"of {kind} {subject_id}", f"makes no value ({type(trouble).__name__})"
                )

    def _content(self, kind: SubjectKind, subject_id: UUID, history: list[LoggedCommand]) -> None:
        match kind:
            case SubjectKind.PATIENT:
                self._value(kind, subject_id, Patient.model_validate_json(_last(history)), patient_of)
            case SubjectKind.COURSE:
                self._value(kind, subject_id, Course.model_validate_json(_last(history)), course_of)
            case SubjectKind.STAFF:
                self._value(kind, subject_id, Staff.model_validate_json(_last(history)), staff_of)
            case SubjectKind.SESSION:
                self._session(subject_id, rebuilt(history))
            case SubjectKind.CLINIC:
                self._settings(history)

    def _value(
        self, kind: SubjectKind, subject_id: UUID, expected: object, read: Callable[[Any], object]
    ) -> None:
        table = TABLES[kind]
        row = self.connection.execute(select(table).where(table.c.id == subject_id)).one()
        if read(row) != expected:
            self._fault(table.name, subject_id, "is not what the log says")

    def _session(self, session_id: UUID, expected: Session) -> None:
        # a memory of its own: what was read before must not stand in for what is stored
        stored = Reader(self.connection, Remembered()).session(session_id).value
        if stored == expected:
            return
        for ours, theirs in zip(expected.marks, stored.marks, strict=False):
            if ours != theirs:
                self._fault("marks", ours.id, "is not what the log says")
                return
        if len(expected.marks) != len(stored.marks):
            surplus = (stored if len(stored.marks) > len(expected.marks) else expected).marks
            odd = surplus[min(len(expected.marks), len(stored.marks))]
            why = "is not in the log" if surplus is stored.marks else "is in the log and not stored"
            self._fault("marks", odd.id, why)
        elif expected.solutions != stored.solutions:
            self._fault("solutions", f"of session {session_id}", "are not what the log says")
        else:
            self._fault("sessions", session_id, "is not what the log says")

    def _settings(self, history: list[LoggedCommand]) -> None:
        expected = {}
        for row in history:
            if row.kind == SETTING:
                body = json.loads(row.body)
                expected[body["key"]] = body["value"]
        rows = self.connection.execute(select(clinic_settings.c.key, clinic_settings.c.value))
        stored = {row.key: row.value for row in rows}
        for key in sorted(expected.keys() | stored.keys()):
            if expected.get(key) != stored.get(key):
                self._fault("clinic_settings", key, "is not what the log says")

    def _words(self) -> None:
        """Check that every patient is found by the words of the name and number."""
        found = select(patient_words.c.patient_id, patient_words.c.word).order_by(patient_words.c.patient_id)
        words = {
            patient_id: {row.word for row in rows}
            for patient_id, rows in groupby(self.connection.execute(found), key=lambda row: row.patient_id)
        }
        for row in self.connection.execute(select(patients).order_by(patients.c.id)):
            try:
                expected = {one["word"] for one in word_rows(patient_of(row))}
            except StoreUnusable:
                continue  # named already
            if words.get(row.id, set()) != expected:
                self._fault("patient_words", row.id, "are not those of the name")

    def _documents(self) -> int:
        """Check every document, and that the signed sessions are those that have one."""
        sealed = {
            row.id: row.sealed_sha256
            for row in self.connection.execute(
                select(sessions.c.id, sessions.c.sealed_sha256).where(sessions.c.sealed_at.is_not(None))
            )
        }
        count = 0
        for row in self.connection.execute(select(documents), execution_options={"yield_per": AT_ONCE}):
            count += 1
            expected = sealed.pop(row.session_id, None)
            if expected is None:
                self._fault("documents", row.session_id, "is of a session that is not signed")
            elif not sha256_of(row.text) == row.sha256 == expected:
                self._fault("documents", row.session_id, "is not what was signed")
            elif self._drawn_anew(row.session_id) != row.text:
                self._fault("documents", row.session_id, "is not that of the session")
        for session_id in sealed:
            self._fault("sessions", session_id, "is signed and has no document")
        return count

    def _drawn_anew(self, session_id: UUID) -> str:
        try:
            return document_of(Reader(self.connection, Remembered()).session(session_id).value)
        except (ValueError, ChartingError):
            return ""


def rebuilt(history: list[LoggedCommand]) -> Session:
    """Return the session that a history makes of nothing; raises ValueError or a ChartingError."""
    first, *rest = history
    if first.kind != START:
        raise ValueError("a session's history begins with its start")
    session = Session.model_validate_json(first.body)
    for row in rest:
        if row.kind == SEAL:
            seal = Seal.model_validate_json(row.body)
            session = session.model_copy(update={"seal": seal})
        else:
            session = apply(session, COMMAND.validate_json(row.body))
    return session


def _last(history: list[LoggedCommand]) -> str:
    return next(row.body for row in reversed(history) if row.kind == PUT)
