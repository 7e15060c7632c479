"""A store is opened with its key, of this release and set up safely, or it is refused with a plain reason."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from charting.domain import PatientNotFound, StoreUnusable, WrongKey
from charting.store import Store, connecting, new_key_file, open_store, read_key_file, schema, triggers
from charting.store.columns import metadata
from tests.people import ANNE, a_session
from tests.store.conftest import KEY
from tests.store.made_up import as_done, carry_out, fill, placing

OTHER_KEY = bytes(32)


def test_a_store_is_made_from_nothing_used_and_opened_again(nowhere: str) -> None:
    with open_store(nowhere, key=KEY) as store:
        store.upgrade()
        store.check()
        fill(store)
        carry_out(store, a_session().id, placing(1))
    with open_store(nowhere, key=KEY) as again:
        again.upgrade()
        again.check()
        with again.reading() as record:
            assert record.patient(ANNE.id).value == ANNE
            assert len(record.session(a_session().id).value.marks) == 1
        assert again.verify().first is None


def test_the_migrations_make_the_tables_that_the_program_means(nowhere: str) -> None:
    with open_store(nowhere, key=KEY) as store:
        store.upgrade()
        with store.snapshot() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            made = columns_and_checks(connection)
        with store.transaction() as connection:
            triggers.drop(connection)
            for table in reversed(metadata.sorted_tables):
                connection.exec_driver_sql(f"DROP TABLE {table.name}")
            metadata.create_all(connection)
            assert columns_and_checks(connection) == made


def test_the_releases_that_the_program_knows_are_those_of_its_migrations() -> None:
    scripts = ScriptDirectory.from_config(schema.config())
    assert schema.releases() == tuple(script.revision for script in scripts.walk_revisions())[::-1]
    assert schema.newest() == scripts.get_current_head()


def test_a_store_that_is_up_to_date_opens_without_loading_what_migrates(file_store: Store) -> None:
    """It takes a fifth of a second, and every start would."""
    program = (
        "import sys; from charting.store import open_store\n"
        f"store = open_store({file_store.url!r}, key=bytes(range(32)))\n"
        "store.upgrade(); store.check(); store.close()\n"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def columns_and_checks(connection: Connection) -> list[Any]:
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY name"
        rows = connection.exec_driver_sql(query).all()
        return [(row[0], sorted((row[1] or "").replace(",", " ").split())) for row in rows]
    columns = connection.exec_driver_sql(
        "SELECT table_name, column_name, data_type, is_nullable, collation_name "
        "FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2"
    ).all()
    checks = connection.exec_driver_sql(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace ORDER BY 1"
    ).all()
    return [columns, checks]


def test_a_store_without_tables_is_refused(nowhere: str, kind: str) -> None:
    with (
        open_store(nowhere, key=KEY) as store,
        pytest.raises(StoreUnusable, match="there is no store" if kind == "embedded" else "is empty"),
    ):
        store.check()


def test_a_store_of_a_later_release_is_neither_used_nor_changed(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for ask in (store.check, store.upgrade, store.verify):
        with pytest.raises(StoreUnusable, match="later release"):
            ask()
    with store.snapshot() as connection:
        assert schema.present(connection) == "9999"


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: Connection) -> None:
        raise ZeroDivisionError

    with open_store(nowhere, key=KEY) as store:
        with monkeypatch.context() as patch:
            patch.setattr(triggers, "create", fail)
            with pytest.raises(ZeroDivisionError):
                store.upgrade()
        with store.snapshot() as connection:
            assert schema.present(connection) is None
        store.upgrade()
        store.check()


def test_another_key_does_not_open_the_store(file_store: Store, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    for key in (OTHER_KEY, KEY[:-1] + b"\0"):
        with open_store(file_store.url, key=key) as store:
            for ask in (
                store.check,
                store.upgrade,
                store.verify,
                lambda store=store: store.backup(backups),
            ):
                with pytest.raises(WrongKey):
                    ask()
    assert list(backups.iterdir()) == []
    with file_store.reading() as record:
        assert record.patient(ANNE.id).value == ANNE


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"%PDF-1.7 " * 1000)
    with (
        open_store(f"sqlite:///{path}", key=KEY) as store,
        pytest.raises(WrongKey, match="or the file is not one"),
    ):
        store.check()


@pytest.mark.parametrize("key", [None, b"", b"short", KEY + b"1"])
def test_what_cannot_be_a_key_is_refused(key: bytes | None, tmp_path: Path) -> None:
    with pytest.raises(WrongKey):
        open_store(f"sqlite:///{tmp_path / 'store.db'}", key=key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "no address", "sqlite:///"]
)
def test_what_is_no_address_of_a_store_is_refused(url: str) -> None:
    with pytest.raises(StoreUnusable):
        open_store(url, key=KEY)


def test_a_patient_s_name_is_nowhere_in_the_files(file_store: Store) -> None:
    assert file_store.path is not None
    carry_out(file_store, a_session().id, placing(1))
    with file_store.writing() as record:
        record.put_patient(ANNE.model_copy(update={"allergies": ("chlorhexidine",)}), seen=1, **as_done())
    backup = file_store.backup(file_store.path.parent / "backups")
    files = [*file_store.path.parent.glob("store.db*"), *backup.iterdir()]
    assert {file.name for file in files} >= {"store.db", "store.db-wal", "manifest.json"}
    for file in files:
        content = file.read_bytes()
        for secret in ("Tremblay", "tremblay", "chlorhexidine", "knee.mcl", "SQLite format"):
            assert secret.encode() not in content, file.name
            assert secret.encode("utf-16-le") not in content, file.name


def test_only_its_owner_can_read_the_store_and_its_backups(nowhere: str, tmp_path: Path, kind: str) -> None:
    with open_store(nowhere, key=KEY) as store:
        store.upgrade()
        fill(store)
        backup = store.backup(tmp_path / "backups")
        folders = [backup, *([store.path.parent] if store.path else [])]
        for folder in folders:
            for file in folder.glob("store.db*"):
                assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
        assert stat.S_IMODE(backup.stat().st_mode) & 0o077 == 0


UNSAFE = [
    ("synchronous", "PRAGMA synchronous = NORMAL"),
    ("synchronous", "PRAGMA synchronous = OFF"),
    ("foreign_keys", "PRAGMA foreign_keys = OFF"),
    ("trusted_schema", "PRAGMA trusted_schema = ON"),
    ("wal_autocheckpoint", "PRAGMA wal_autocheckpoint = 77"),
]


@pytest.mark.parametrize("whose", ["readers", "writer"])
@pytest.mark.parametrize(("name", "pragma"), UNSAFE)
def test_a_connection_that_would_lose_marks_is_refused(
    file_store: Store, monkeypatch: pytest.MonkeyPatch, name: str, pragma: str, whose: str
) -> None:
    proper = connecting.open_file

    def careless(path: Path, key: bytes, *, writer: bool) -> Any:
        connection = proper(path, key, writer=writer)
        if writer is (whose == "writer"):
            connection.execute(pragma)
        return connection

    monkeypatch.setattr(connecting, "open_file", careless)
    with (
        open_store(file_store.url, key=KEY) as store,
        pytest.raises(StoreUnusable, match=f"store's {name} is"),
    ):
        store.check()


def test_a_file_without_a_write_ahead_log_is_refused(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_store.close()
    proper = connecting.open_file

    def careless(path: Path, key: bytes, *, writer: bool) -> Any:
        connection = proper(path, key, writer=True)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA wal_autocheckpoint = {1000 if writer else 0}")
        return connection

    monkeypatch.setattr(connecting, "open_file", careless)
    with (
        open_store(file_store.url, key=KEY) as store,
        pytest.raises(StoreUnusable, match="journal_mode is delete, and must be wal"),
    ):
        store.check()


def test_an_sqlite_that_can_damage_files_is_refused(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("3.40.1", "3.51.2"):
        monkeypatch.setattr(connecting.sqlcipher, "sqlite_version", version)
        with pytest.raises(StoreUnusable, match=f"SQLite is {version}"):
            file_store.check()
    monkeypatch.setattr(connecting.sqlcipher, "sqlite_version", "3.51.3")
    file_store.check()


def test_a_disk_of_another_machine_is_refused() -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\n"
        "srv:/x /mnt/clinic\\040share nfs4 rw 0 0\n"
        "tmpfs /mnt/clinic\\040share/own tmpfs 0 0\n"
    )
    with pytest.raises(StoreUnusable, match="another machine's disk"):
        connecting.check_place(Path("/mnt/clinic share/data/store.db"), mounts)
    connecting.check_place(Path("/mnt/clinic share/own/store.db"), mounts)
    connecting.check_place(Path("/srv/store.db"), mounts)


@pytest.mark.parametrize("setting", ["synchronous_commit = off", "session_replication_role = replica"])
def test_a_postgres_that_would_lose_or_change_rows_is_refused(
    request: pytest.FixtureRequest, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = request.getfixturevalue("postgres")
    monkeypatch.setattr(connecting, "SESSION", f"-c timezone=UTC -c {setting.replace(' ', '')}")
    with (
        open_store(server.url("filled"), key=KEY) as store,
        pytest.raises(StoreUnusable, match=f"PostgreSQL's {setting.split()[0]} is"),
    ):
        store.check()


def test_a_new_key_is_another_each_time_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    one, two = tmp_path / "a" / "one.key", tmp_path / "two.key"
    keys = {new_key_file(one), new_key_file(two)}
    assert len(keys) == 2
    assert {read_key_file(one), read_key_file(two)} == keys
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    with pytest.raises(WrongKey, match="never overwritten"):
        new_key_file(one)
    assert read_key_file(one) in keys


def test_a_key_in_the_data_folder_is_refused_also_through_a_link(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "link").symlink_to(data)
    for path in (data / "store.key", data / "deep" / "store.key", tmp_path / "link" / "store.key"):
        with pytest.raises(WrongKey, match="lies in the data folder"):
            new_key_file(path, data=data)
        assert not path.exists()
    outside = tmp_path / "store.key"
    key = new_key_file(outside, data=data)
    assert read_key_file(outside, data=data) == key
    outside.rename(data / "store.key")
    with pytest.raises(WrongKey, match="lies in the data folder"):
        read_key_file(data / "store.key", data=data)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o610])
def test_a_key_that_others_may_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "store.key"
    new_key_file(path)
    path.chmod(mode)
    with pytest.raises(WrongKey, match="make it mode 0600"):
        read_key_file(path)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "00" * 33, "é" * 64, "00" * 31 + "0"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "store.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(WrongKey):
        read_key_file(path)
    with pytest.raises(WrongKey, match="there is no key file"):
        read_key_file(tmp_path / "other.key")


def test_no_error_says_what_was_stored(store: Store) -> None:
    """A patient's name must not get into a log by way of the database's own words."""
    asks: list[Callable[[], None]] = [
        lambda: write(store, "INSERT INTO patients (id, family_name) VALUES ('1', 'Tremblay')"),
        lambda: write(store, "INSERT INTO Tremblay VALUES (1)"),
        lambda: write(store, "UPDATE patients SET weight_10g = -1, given_names = 'Tremblay'"),
    ]
    for ask in asks:
        with pytest.raises((StoreUnusable, Exception)) as caught:
            ask()
        assert "Tremblay" not in repr(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
    with pytest.raises(PatientNotFound) as missing, store.reading() as record:
        record.patient(a_session().id)
    assert "Tremblay" not in str(missing.value)


def write(store: Store, statement: str) -> None:
    with store.transaction() as connection:
        connection.exec_driver_sql(statement)


def test_a_store_can_be_used_again_after_it_was_closed(store: Store) -> None:
    store.close()
    with store.reading() as record:
        assert record.patient(ANNE.id).value == ANNE
    carry_out(store, a_session().id, placing(1))


def test_a_file_that_is_removed_is_missed(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'none' / 'store.db'}", key=KEY) as store:
        with pytest.raises(StoreUnusable), store.reading() as record:
            record.setting("paper")
        assert not (tmp_path / "none").exists()
