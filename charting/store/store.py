"""The store: opened once, read by many at a time, written by one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from charting.domain import StoreUnusable
from charting.store import schema, triggers
from charting.store.connecting import (
    check_embedded,
    check_postgres,
    embedded_engine,
    postgres_engine,
    read_url,
)
from charting.store.faults import in_our_words
from charting.store.reader import Reader
from charting.store.remembered import Remembered
from charting.store.turns import Turns
from charting.store.writer import Writer

PATIENCE = 30.0
"""Seconds that a writer waits for its turn."""


class Store:
    """The clinic's record. Safe to share between threads; ``reading`` and ``writing`` are not nested."""

    def __init__(self, url: str, *, key: bytes | None = None) -> None:
        """Prepare to open the store at an address; see ``open_store``."""
        address = read_url(url)
        self.key = key
        self.path = Path(address.database or "") if address.drivername == "sqlite" else None
        if self.path is not None:
            self._writers: Engine = embedded_engine(self.path, key, writer=True)
            self._readers: Engine = embedded_engine(self.path, key, writer=False)
            self._turns: Turns | None = Turns(PATIENCE)
        else:
            self._writers = self._readers = postgres_engine(address)
            # the rows are locked, by this process and by others
            self._turns = None
        self._remembered = Remembered()

    @property
    def embedded(self) -> bool:
        """Whether the store is a file of its own, and not a PostgreSQL."""
        return self.path is not None

    def upgrade(self) -> None:
        """Make the tables or bring them up to date, all or nothing; StoreUnusable for a later release."""
        with self.transaction() as connection:
            schema.upgrade(connection)

    def check(self) -> None:
        """Raise StoreUnusable, WrongKey or StoreFull unless the record can be trusted to this store."""
        if self.path is not None and not self.path.is_file():
            raise StoreUnusable(f"there is no store {self.path}")
        with self.snapshot() as connection:
            if self.embedded:
                check_embedded(connection, writer=False)
            else:
                check_postgres(connection)
            schema.check(connection)
            if gone := triggers.missing(connection):
                raise StoreUnusable(f"the store's guard {gone[0]} is missing")
        if self.embedded:
            with self.transaction() as connection:
                check_embedded(connection, writer=True)

    def close(self) -> None:
        """Close every connection. The store can be used again, and then opens new ones."""
        with in_our_words():
            self._readers.dispose()
            self._writers.dispose()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Give a Reader of the record as it stands now; it sees nothing of what is written meanwhile."""
        with self.snapshot() as connection:
            yield Reader(connection, self._remembered)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Give a Writer, in its turn; what it wrote is kept once this ends without an error, else nothing is.

        Raises StoreFull where there is no room, StoreUnusable where the database fails.
        """
        with self.transaction() as connection:
            writer = Writer(connection, self._remembered)
            yield writer
            with in_our_words():
                connection.commit()
            writer.committed()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that reads one state of the store."""
        with in_our_words(), self._readers.connect() as connection:
            if not self.embedded:
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection that writes, in its turn; committed at the end unless something was raised."""
        with self._turn(), in_our_words(), self._writers.connect() as connection:
            if self.embedded:
                connection.begin()
            yield connection
            connection.commit()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._turns is None:
            yield
        else:
            with self._turns.turn():
                yield

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, key: bytes | None = None) -> Store:
    """Return the store at an address: ``sqlite:///a/file``, which needs a key of 32 bytes, or
    ``postgresql+psycopg://...``, where the key is that of its backups.

    Nothing is read yet: ``upgrade`` makes the tables, ``check`` says whether the store can be trusted.
    Raises StoreUnusable for another address, WrongKey for a key that cannot be one.
    """
    return Store(url, key=key)
