"""What the tables share: their names, and the types that hold a value the same way in both databases."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from shapely.errors import ShapelyError
from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, MetaData, Row, String, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from charting.domain import StoreUnusable
from charting.domain.moments import in_utc

P = ParamSpec("P")
T = TypeVar("T")
Reads = Callable[Concatenate[Row[Any], P], T]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
"""Every table of the store."""


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC to the microsecond; as text of one width in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type in this database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return what the database is given for a time; raises ValueError for one without a time zone."""
        if value is None:
            return None
        return iso(value) if dialect.name == "sqlite" else in_utc(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the time that the database gives."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


def iso(value: datetime) -> str:
    """Return a time as text of one width, in UTC; texts stand in the order of their times.

    >>> iso(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    '2026-11-23T09:30:00.000000+00:00'
    """
    return in_utc(value).isoformat(timespec="microseconds")


def reads(table: str) -> Callable[[Reads[P, T]], Reads[P, T]]:
    """Return what makes a translator of rows say which row it was that holds what no value can.

    Only that: the row itself may hold a name. The translator then raises StoreUnusable.
    """

    def decorate(make: Reads[P, T]) -> Reads[P, T]:
        @functools.wraps(make)
        def made(row: Row[Any], /, *rest: P.args, **named: P.kwargs) -> T:
            try:
                return make(row, *rest, **named)
            except (ValueError, TypeError, ArithmeticError, ShapelyError) as trouble:
                why = f"the row of {table} {row.id} cannot be read ({type(trouble).__name__})"
                raise StoreUnusable(why) from None

        return made

    return decorate


def ordered_text() -> Text:
    """Return a text column that both databases compare by its code points, so that a prefix is a range."""
    return Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def counter() -> BigInteger:
    """Return a column that the database counts up."""
    return BigInteger().with_variant(Integer(), "sqlite")


def sha256() -> String:
    """Return a column that holds a SHA-256 as 64 hexadecimal digits."""
    return String(64)


def blob() -> LargeBinary:
    """Return a column of bytes."""
    return LargeBinary()
