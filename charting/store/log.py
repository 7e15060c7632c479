"""The command log: one row for everything that ever happened to a subject, chained by SHA-256.

A subject is a patient, a course, a session, a member of staff or the clinic itself. Its rows are numbered
from 1 without a gap, each holds the hash of the row before it, and the subject's own row holds the last hash
and how many there are: a row that was changed, left out, put in or cut off at the end does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    insert,
    select,
)
from sqlalchemy.engine import Connection

from charting.domain import canonical, sha256_of
from charting.store.columns import Moment, counter, iso, metadata, sha256

BEGINNING = "0" * 64
"""What the first row of a chain holds instead of the hash of a row before it."""

CLINIC = UUID(int=0)
"""The subject of the clinic's settings."""


class SubjectKind(StrEnum):
    """What a chain is about."""

    PATIENT = "patient"
    COURSE = "course"
    SESSION = "session"
    STAFF = "staff"
    CLINIC = "clinic"


command_log = Table(
    "command_log",
    metadata,
    Column("seq", counter(), primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False),
    Column("subject_kind", String(16), nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("by", Uuid),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("asked_sha256", sha256(), nullable=False),
    Column("before", sha256(), nullable=False),
    Column("hash", sha256(), nullable=False),
    UniqueConstraint("id"),
    UniqueConstraint("subject_id", "revision"),
    sqlite_autoincrement=True,
)


_INSERT = insert(command_log)


@dataclass(frozen=True)
class LogEntry:
    """A command to be logged: its id, what it is, who, when, what it says as JSON, and its ask's SHA-256.

    ``by`` is none where the machine's operator did it at the command line.
    """

    command_id: UUID
    kind: str
    by: UUID | None
    at: datetime
    body_json: str
    asked_sha256: str


@dataclass(frozen=True)
class LoggedCommand:
    """A row of the log; ``revision`` is the subject's after it."""

    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    revision: int
    by: UUID | None
    at: datetime
    kind: str
    body: str
    asked_sha256: str
    before: str
    hash: str

    def hash_of_content(self) -> str:
        """Return the hash that the row's content and the hash before it make."""
        return _hash(
            self.before,
            {
                "id": str(self.id),
                "subject": f"{self.subject_kind}/{self.subject_id}",
                "revision": self.revision,
                "by": str(self.by) if self.by else None,
                "at": iso(self.at),
                "kind": self.kind,
                "body": self.body,
                "asked_sha256": self.asked_sha256,
            },
        )


def _hash(before: str, content: dict[str, Any]) -> str:
    return sha256_of(canonical({**content, "before": before}))


@dataclass(frozen=True)
class Chain:
    """How far a subject's chain reaches: its number of rows, which is the revision, and the last hash."""

    revision: int = 0
    head: str = BEGINNING


def extend(
    connection: Connection, kind: SubjectKind, subject_id: UUID, chain: Chain, entries: Sequence[LogEntry]
) -> Chain:
    """Write entries to the end of a subject's chain, and return how far it reaches now."""
    rows = []
    for entry in entries:
        logged = LoggedCommand(
            id=entry.command_id, subject_kind=kind, subject_id=subject_id, revision=chain.revision + 1,
            by=entry.by, at=entry.at, kind=entry.kind, body=entry.body_json,
            asked_sha256=entry.asked_sha256, before=chain.head, hash="",
        )  # fmt: skip
        row = {**vars(logged), "subject_kind": str(kind), "hash": logged.hash_of_content()}
        chain = Chain(row["revision"], row["hash"])
        rows.append(row)
    connection.execute(_INSERT, rows)
    return chain


COLUMNS = tuple(column for column in command_log.columns if column.name != "seq")
_BY_ID = select(*COLUMNS).where(command_log.c.id == bindparam("wanted"))


def logged_of(row: Row[Any]) -> LoggedCommand:
    """Return the logged command of a row of ``COLUMNS``."""
    return LoggedCommand(**{**row._mapping, "subject_kind": SubjectKind(row.subject_kind)})


def logged(connection: Connection, command_id: UUID) -> LoggedCommand | None:
    """Return the command of this id, if it was ever carried out."""
    row = connection.execute(_BY_ID, {"wanted": command_id}).one_or_none()
    return logged_of(row) if row else None


def history(connection: Connection, subject_id: UUID) -> tuple[LoggedCommand, ...]:
    """Return everything that happened to a subject, in order."""
    query = select(*COLUMNS).where(command_log.c.subject_id == subject_id).order_by(command_log.c.revision)
    return tuple(logged_of(row) for row in connection.execute(query))
