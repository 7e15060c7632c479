"""Staff, their logins, and wrong tries to sign in: tables and translators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    select,
)

from charting.domain import Role, Staff
from charting.store.columns import Moment, metadata, reads, sha256

staff = Table(
    "staff",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sign_in", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", Text),
    Column("revision", Integer, nullable=False),
    Column("head", sha256(), nullable=False),
    UniqueConstraint("sign_in"),
)

logins = Table(
    "logins",
    metadata,
    Column("token_sha256", sha256(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("staff_id", Uuid, ForeignKey("staff.id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("address", String(64), nullable=False),
    UniqueConstraint("id"),
    Index("ix_logins_staff_id", "staff_id", "ended_at"),
)

tries = Table(
    "tries",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
)


@dataclass(frozen=True)
class LoginRow:
    """A browser's sign-in. Of its token only the SHA-256 is kept; ``ended_at`` is none while it lasts."""

    id: UUID
    token_sha256: str
    staff_id: UUID
    started_at: datetime
    seen_at: datetime
    address: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Tries:
    """How often signing in failed in a row under a key, such as ``name:osei`` or ``address:10.0.0.4``."""

    key: str
    count: int
    first_at: datetime
    last_at: datetime


def staff_row(member: Staff) -> dict[str, Any]:
    """Return the columns of a member of staff, but for the password's hash."""
    return {**dict(member), "role": str(member.role)}


@reads("staff")
def staff_of(row: Row[Any]) -> Staff:
    """Return the member of staff of a row."""
    return Staff(id=row.id, sign_in=row.sign_in, name=row.name, role=Role(row.role), active=row.active)


def login_of(row: Row[Any]) -> LoginRow:
    """Return the login of a row."""
    return LoginRow(**row._mapping)


def tries_of(row: Row[Any]) -> Tries:
    """Return the tries of a row."""
    return Tries(**row._mapping)


def by_id(staff_id: UUID) -> Select[Any]:
    """Return the query of one member of staff."""
    return select(staff).where(staff.c.id == staff_id)


def by_sign_in(name: str) -> Select[Any]:
    """Return the query of the member of staff who signs in with a name."""
    return select(staff).where(staff.c.sign_in == name)
