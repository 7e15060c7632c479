"""The release of the tables: brought up to date by Alembic, and checked before anything is read.

Alembic itself is only loaded to migrate: a store that is up to date opens without it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, inspect, select
from sqlalchemy.engine import Connection

from charting.domain import StoreUnusable
from charting.store import triggers

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"

_release = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's own table; it is no part of the record."""


@cache
def releases() -> tuple[str, ...]:
    """Return the releases of the tables that this program knows, the first first: its migrations' numbers."""
    return tuple(sorted(file.name[:4] for file in MIGRATIONS.joinpath("versions").glob("[0-9]*_*.py")))


def newest() -> str:
    """Return the release of the tables that this program writes."""
    return releases()[-1]


def present(connection: Connection) -> str | None:
    """Return the release of the store's tables; none if it is empty."""
    if not inspect(connection).has_table(_release.name):
        return None
    return connection.execute(select(_release.c.version_num)).scalar_one_or_none()


def check(connection: Connection) -> None:
    """Raise StoreUnusable unless the tables are of this program's release."""
    found = present(connection)
    if found == newest():
        return
    if found is None:
        raise StoreUnusable("the store is empty; charting upgrade makes its tables")
    _known(found)
    raise StoreUnusable(f"the store is of release {found}; charting upgrade brings it to {newest()}")


def upgrade(connection: Connection) -> None:
    """Bring the tables to this program's release, in the transaction that is open: all of it or nothing.

    The guards are not part of a release: they are always those of this program, and out of a migration's way.
    """
    found = present(connection)
    if found is not None:
        _known(found)
    if found == newest() and not triggers.missing(connection):
        return
    triggers.drop(connection)
    if found != newest():
        migrate(connection, newest())
    triggers.create(connection)


def migrate(connection: Connection, release: str) -> None:
    """Bring the tables to a release that this program knows, in the transaction that is open."""
    from alembic import command

    command.upgrade(config(connection), release)


def config(connection: Connection | None = None) -> Config:
    """Return how Alembic finds the migrations, and the connection on which it is to run them."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    if connection is not None:
        made.attributes["connection"] = connection
    return made


def _known(revision: str) -> None:
    if revision not in releases():
        raise StoreUnusable(f"the store is of a later release ({revision}) than this program")
