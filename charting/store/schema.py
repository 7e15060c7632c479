"""The release of the tables: brought up to date by Alembic, and checked before anything is read."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from charting.domain import StoreUnusable
from charting.store import triggers


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def newest() -> str:
    """Return the release of the tables that this program writes."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def present(connection: Connection) -> str | None:
    """Return the release of the store's tables; none if it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


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
    command.upgrade(_config(connection), "head")
    triggers.create(connection)


def _known(revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise StoreUnusable(f"the store is of a later release ({revision}) than this program")
