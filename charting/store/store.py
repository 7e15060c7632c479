"""The store: opened once, read by many at a time, written by one at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from charting.domain import ChainBroken, StoreFull, StoreUnusable
from charting.edge import now
from charting.store import schema, triggers
from charting.store.connecting import (
    check_embedded,
    check_place,
    check_postgres,
    embedded_engine,
    has_room,
    postgres_engine,
    read_url,
)
from charting.store.copies import (
    FILE,
    Manifest,
    copy_file,
    copy_rows,
    into_one_file,
    place_file,
    read_manifest,
    sha256_of_file,
    sync,
    write_manifest,
)
from charting.store.faults import disk_in_our_words, in_our_words
from charting.store.hearing import Ear, Hearing
from charting.store.keys import checked
from charting.store.noting import Noting
from charting.store.reader import Reader
from charting.store.readings import Reading
from charting.store.remembered import Remembered
from charting.store.turns import Turns
from charting.store.verify import Progress, Report, anchor, verify
from charting.store.writer import Writer

MOUNTS = Path("/proc/self/mounts")
PATIENCE = 30.0
"""Seconds that a writer waits for its turn."""


class Store:
    """The clinic's record. Safe to share between threads; ``reading`` and ``writing`` are not nested."""

    def __init__(self, url: str, *, key: bytes | None = None) -> None:
        """Prepare to open the store at an address; see ``open_store``."""
        address = read_url(url)
        self.url = url
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
        self._noting = Noting(self._write_readings)
        self._hearing = Hearing(self._readers, self._revisions)

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
        if self.path is not None and MOUNTS.is_file():
            check_place(self.path, MOUNTS.read_text())
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
        """Write down the readings that wait, end what listens, and close every connection.

        The store can be used again, and then opens new ones.
        """
        self._hearing.close()
        self._noting.close()
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
            writer.before_commit()
            connection.commit()
            writer.committed()

    def note_reading(self, reading: Reading) -> None:
        """Have it written down that someone opened a record; never waits, and raises nothing.

        The same person opening the same within ten minutes is one reading.
        """
        self._noting.note(reading)

    def write_readings(self) -> bool:
        """Write down now the readings that wait; whether that could be done."""
        return self._noting.write()

    def _write_readings(self, readings: Sequence[Reading]) -> None:
        with self.writing() as writer:
            writer.add_readings(readings)

    @property
    def hears(self) -> bool:
        """Whether this process is told at this moment of what others change; nobody else changes a file."""
        return self.embedded or self._hearing.connected

    def tell_of_changes(self, heard: Callable[[UUID, int], None], of: Callable[[], Collection[UUID]]) -> None:
        """Have ``heard`` called with a session and its revision when another process has changed it.

        It is called on a thread of its own until the store is closed, also for what this process changes
        and more than once for one revision. While the other processes cannot be heard, the sessions that
        ``of`` names are looked up every second. Nobody else changes an embedded store.
        """
        if not self.embedded:
            self._hearing.tell(Ear(heard, of))

    def _revisions(self, session_ids: Collection[UUID]) -> dict[UUID, int]:
        with self.reading() as reader:
            return reader.revisions(session_ids)

    def verify(self, progress: Progress | None = None) -> Report:
        """Return whether everything in the store fits, and what does not; see ``charting.store.verify``.

        Raises StoreUnusable where the store cannot even be read.
        """
        with self.snapshot() as connection:
            schema.check(connection)
            return verify(connection, progress)

    def backup(self, folder: Path) -> Path:
        """Write a backup as a new folder inside ``folder`` and return it: whole and tried out, or not there.

        It holds the record as it stood at one moment, encrypted with the store's key; writing goes on
        meanwhile. Raises WrongKey if the store was opened without a key, StoreFull, StoreUnusable.
        """
        key = checked(self.key, "the store's key")
        made_at = now()
        final = folder / f"charting-{made_at:%Y%m%dT%H%M%S}.{made_at.microsecond // 1000:03d}Z"
        partial = final.with_name(final.name + ".partial")
        with disk_in_our_words():
            partial.mkdir(mode=0o700, parents=True)
            try:
                manifest = self._copy_to(partial / FILE, key, made_at)
                write_manifest(partial, manifest)
                sync(partial)
                partial.rename(final)
                sync(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        return final

    def _copy_to(self, file: Path, key: bytes, made_at: datetime) -> Manifest:
        if self.path is not None:
            with in_our_words():
                copy_file(self.path, key, file)
        else:
            with Store(f"sqlite:///{file}", key=key) as copy:
                copy.upgrade()
                with self.snapshot() as source, copy.transaction() as target:
                    schema.check(source)
                    copy_rows(source, target)
            with in_our_words():
                into_one_file(file, key)
        # what cannot be opened and read through is no backup
        with Store(f"sqlite:///{file}", key=key) as copy, copy.snapshot() as connection:
            schema.check(connection)
            if (found := connection.exec_driver_sql("PRAGMA integrity_check").scalar()) != "ok":
                raise StoreUnusable(f"the copy is damaged: {found}")
            ends = anchor(connection)
            release = schema.newest()
        file.chmod(0o600)
        sync(file)
        return Manifest(made_at, release, file.stat().st_size, sha256_of_file(file), ends)

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
        with self._turn(), self._whether_full(), in_our_words(), self._writers.connect() as connection:
            if self.embedded:
                connection.begin()
            yield connection
            connection.commit()

    @contextmanager
    def _whether_full(self) -> Iterator[None]:
        # for a full, limited or read-only disk SQLite has several codes, and some it shares with broken ones
        try:
            yield
        except StoreUnusable as trouble:
            if type(trouble) is StoreUnusable and self.path is not None and not has_room(self.path.parent):
                raise StoreFull(f"the disk has no room or is read-only ({trouble})") from None
            raise

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


def restore(backup: Path, target: str, *, key: bytes, progress: Progress | None = None) -> Report:
    """Make a store at an address of what a backup holds, brought to this release, and return its check.

    Nothing is ever overwritten: the target must not exist, or as a PostgreSQL be empty. Raises StoreUnusable
    for a damaged backup (whichever bit of it) or a target that is taken, WrongKey, StoreFull; ChainBroken if
    what was restored is not what the manifest says, and then nothing is left at the target.
    """
    address = read_url(target)
    with disk_in_our_words():
        manifest = read_manifest(backup)
        if address.drivername == "sqlite":
            path = Path(address.database or "")
            place_file(backup / FILE, path)
            try:
                return _checked(Store(target, key=key), manifest, progress)
            except BaseException:
                for end in ("", "-wal", "-shm"):
                    path.with_name(path.name + end).unlink(missing_ok=True)
                raise
        with TemporaryDirectory(prefix="charting-") as scratch:
            place_file(backup / FILE, Path(scratch) / FILE)
            between = Store(f"sqlite:///{scratch}/{FILE}", key=key)
            report = _checked(between, manifest, progress)
            with (
                between,
                Store(target, key=key) as filled,
                between.snapshot() as source,
                filled.transaction() as connection,
            ):
                schema.upgrade(connection)
                copy_rows(source, connection)
                if anchor(connection) != anchor(source):
                    raise ChainBroken("what was restored is not what the backup holds")
            return report


def _checked(store: Store, manifest: Manifest, progress: Progress | None) -> Report:
    with store:
        with store.snapshot() as connection:
            if anchor(connection) != manifest.anchor:
                raise ChainBroken("the backup does not hold what its manifest says")
        store.upgrade()
        store.check()
        report = store.verify(progress)
        if report.first is not None:
            raise ChainBroken(f"the backup does not fit: {report.first}")
        return report
