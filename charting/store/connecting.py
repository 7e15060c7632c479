"""Connections to either database, and what must be true of one before a record is trusted to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from charting.domain import StoreUnusable
from charting.store.keys import checked

OLDEST_SQLITE = (3, 51, 3)
"""Before it, a checkpoint could damage a write-ahead log that was written at the same moment."""

OLDEST_POSTGRES = 14
SESSION = "-c timezone=UTC -c synchronous_commit=on"
"""What every connection to a PostgreSQL sets, whatever its server's settings are."""

BUSY_SECONDS = 5
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "davfs"}
CHECKPOINT_PAGES = 1000
PROBE = 128 * 1024


def read_url(url: str) -> URL:
    """Return what an address of a store means; raises StoreUnusable for anything but the two databases."""
    try:
        made = make_url(url)
    except ArgumentError:
        raise StoreUnusable("the store's address cannot be read") from None
    if made.drivername == "sqlite" and made.database and made.database != ":memory:":
        return made
    if made.drivername in ("postgresql", "postgresql+psycopg"):
        return made.set(drivername="postgresql+psycopg")
    raise StoreUnusable(f"a store is sqlite:///a/file or postgresql+psycopg://..., not {made.drivername}")


def embedded_engine(path: Path, key: bytes | None, *, writer: bool) -> Engine:
    """Return an engine on an encrypted file.

    The writer's has one connection, begins every transaction IMMEDIATE and keeps the write-ahead log short;
    the readers' never write and never checkpoint.
    """
    key = checked(key)

    def connect() -> Any:
        return open_file(path, key, writer=writer)

    engine = create_engine(
        "sqlite://", creator=connect, module=sqlcipher, poolclass=QueuePool, hide_parameters=True,
        pool_size=1 if writer else 8, max_overflow=0 if writer else 40, pool_timeout=30,
    )  # fmt: skip
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def open_file(path: Path, key: bytes, *, writer: bool) -> Any:
    """Return a driver's connection to an encrypted file, set up as it must be; a writer makes the file."""
    if writer and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    connection = sqlcipher.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False,
        timeout=BUSY_SECONDS,
    )  # fmt: skip
    try:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        if writer:
            connection.execute("PRAGMA journal_mode = WAL")
        pragmas = {
            "synchronous": "FULL",
            "foreign_keys": "ON",
            "recursive_triggers": "ON",
            "busy_timeout": str(BUSY_SECONDS * 1000),
            "temp_store": "MEMORY",
            "trusted_schema": "OFF",
            "cell_size_check": "ON",
            "wal_autocheckpoint": str(CHECKPOINT_PAGES if writer else 0),
        }
        if sys.platform == "darwin":
            pragmas |= {"fullfsync": "ON", "checkpoint_fullfsync": "ON"}
        if not writer:
            pragmas["query_only"] = "ON"
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")
    except BaseException:
        connection.close()
        raise
    return connection


def postgres_engine(url: URL) -> Engine:
    """Return an engine on a PostgreSQL; times come back in UTC."""
    return create_engine(
        url, hide_parameters=True, pool_size=8, max_overflow=24, pool_timeout=30, pool_pre_ping=True,
        connect_args={"options": SESSION, "connect_timeout": 10},
    )  # fmt: skip


def check_embedded(connection: Connection, *, writer: bool) -> None:
    """Raise StoreUnusable unless a connection to the file keeps what it acknowledges."""
    version = tuple(int(part) for part in sqlcipher.sqlite_version.split("."))
    if version < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise StoreUnusable(f"SQLite is {sqlcipher.sqlite_version}, and before {oldest} it can damage files")
    if not _pragma(connection, "cipher_version"):
        raise StoreUnusable("this SQLite cannot encrypt")
    # what a connection says of its file is of the last time that it looked
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar_one()
    wanted: dict[str, object] = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }
    wanted["wal_autocheckpoint"] = CHECKPOINT_PAGES if writer else 0
    for name, value in wanted.items():
        found = _pragma(connection, name)
        if found != value:
            raise StoreUnusable(f"the store's {name} is {found}, and must be {value}")


def check_place(path: Path, mounts: str) -> None:
    """Raise StoreUnusable if a file lies on another machine's disk, by ``mounts`` as in /proc/self/mounts.

    Write-ahead logs need memory that all processes share, and network file systems have none.
    """
    kinds = {line.split()[1].replace("\\040", " "): line.split()[2] for line in mounts.splitlines() if line}
    above = (kinds[str(folder)] for folder in path.resolve().parents if str(folder) in kinds)
    kind = next(above, "")
    if kind in NETWORK:
        raise StoreUnusable(f"the store lies on another machine's disk ({kind}); it must lie on this one's")


def has_room(folder: Path) -> bool:
    """Whether a folder that is there takes a little more; one that is not there is not full."""
    if not folder.is_dir():
        return True
    try:
        with TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError:
        return False
    return True


def check_postgres(connection: Connection) -> None:
    """Raise StoreUnusable unless the server keeps what it acknowledges."""
    wanted = {
        "fsync": {"on"},
        "full_page_writes": {"on"},
        "synchronous_commit": {"on", "remote_write", "remote_apply"},
        "server_encoding": {"UTF8"},
        "session_replication_role": {"origin"},
    }
    for name, values in wanted.items():
        found = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        if found not in values:
            raise StoreUnusable(f"PostgreSQL's {name} is {found}, and must be {min(values)}")
    version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    if version < OLDEST_POSTGRES:
        raise StoreUnusable(f"PostgreSQL is {version}, and must be {OLDEST_POSTGRES} or later")


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()
