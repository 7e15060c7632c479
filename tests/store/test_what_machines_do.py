"""Processes die, disks fill up and turn read-only: what was acknowledged is there, and the reason is told."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from charting.domain import StoreFull, StoreUnusable
from charting.store import Store, open_store
from tests.people import ANNE, a_mark, a_session
from tests.store.conftest import KEY
from tests.store.made_up import carry_out, mark_until_killed, placing, read_afresh

FIRST = a_session().id
ROUNDS = int(os.environ.get("CHARTING_KILLS", "20"))


@pytest.fixture(scope="module")
def processes() -> multiprocessing.context.ForkServerContext:
    """Processes that are there at once: what they need is loaded before they are forked."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.made_up", "charting.store"])
    return context


def test_a_writer_that_is_killed_again_and_again_loses_nothing_it_acknowledged(
    store: Store, processes: multiprocessing.context.ForkServerContext
) -> None:
    acknowledged: list[int] = []
    first = 1
    for kill in range(ROUNDS):
        told, telling = processes.Pipe(duplex=False)
        process = processes.Process(target=mark_until_killed, args=(store.url, KEY, FIRST, telling, first))
        process.start()
        telling.close()
        acknowledged += [told.recv() for _ in range(1 + kill % 7)]
        process.kill()
        process.join()
        with suppress(EOFError), told:  # what it told before it died counts as well
            while True:
                acknowledged.append(told.recv())
        stored = {mark.id for mark in read_afresh(store, FIRST).value.marks}
        assert {a_mark(number).id for number in acknowledged} <= stored
        first = len(stored) + 1
    kept = read_afresh(store, FIRST)
    assert len(acknowledged) >= ROUNDS
    # a mark may have been stored and its acknowledgement lost, never the other way about
    assert len(acknowledged) <= len(kept.value.marks) <= len(acknowledged) + ROUNDS
    assert kept.revision == 1 + len(kept.value.marks)
    assert store.verify().first is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_up(store: Store, most: int = 20_000) -> int:
    """Place marks until there is no room, and return how many were acknowledged."""
    for number in count(1):
        assert number < most, "the disk never filled up"
        try:
            carry_out(store, FIRST, placing(number))
        except StoreFull:
            return number - 1
    raise AssertionError


def test_a_full_disk_refuses_marks_keeps_those_it_has_and_goes_on_once_there_is_room(
    filled_file: Path, small_disk: Path
) -> None:
    shutil.copy(filled_file, small_disk / "store.db")
    with open_store(f"sqlite:///{small_disk / 'store.db'}", key=KEY) as store:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(200_000))
        stored = fill_up(store)
        assert stored > 10
        with store.reading() as record:
            assert len(record.session(FIRST).value.marks) == stored
            assert record.patient(ANNE.id).value == ANNE
        with pytest.raises(StoreFull):
            carry_out(store, FIRST, placing(stored + 1))
        assert len(read_afresh(store, FIRST).value.marks) == stored
        with pytest.raises(StoreFull):
            store.backup(small_disk / "backups")
        assert not list((small_disk / "backups").glob("*"))
        ballast.unlink()
        carry_out(store, FIRST, placing(stored + 1))
        assert store.verify().first is None
    with open_store(f"sqlite:///{small_disk / 'store.db'}", key=KEY) as again:
        again.check()
        assert len(read_afresh(again, FIRST).value.marks) == stored + 1


def test_a_read_only_disk_refuses_marks_and_takes_them_once_it_can_be_written(
    filled_file: Path, small_disk: Path
) -> None:
    shutil.copy(filled_file, small_disk / "store.db")
    with open_store(f"sqlite:///{small_disk / 'store.db'}", key=KEY) as store:
        carry_out(store, FIRST, placing(1))
        store.close()
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        with pytest.raises(StoreFull):
            carry_out(store, FIRST, placing(2))
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
        carry_out(store, FIRST, placing(2))
        assert len(read_afresh(store, FIRST).value.marks) == 2


def test_a_limit_on_the_size_of_files_refuses_marks_and_loses_none(file_store: Store) -> None:
    """As on a full disk, for whoever cannot mount one: the operating system refuses to write on."""
    assert file_store.path is not None
    carry_out(file_store, FIRST, placing(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    present = max(file.stat().st_size for file in file_store.path.parent.iterdir())
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (present + 20_000, hard))
        stored = 1 + fill_from(file_store, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(read_afresh(file_store, FIRST).value.marks) == stored
    carry_out(file_store, FIRST, placing(stored + 1))
    assert file_store.verify().first is None


def fill_from(store: Store, first: int) -> int:
    for number in count(first):
        try:
            carry_out(store, FIRST, placing(number))
        except StoreUnusable:
            return number - first
    raise AssertionError


def test_a_postgres_that_turned_read_only_refuses_marks_and_is_still_read(
    request: pytest.FixtureRequest,
) -> None:
    server = request.getfixturevalue("postgres")
    server.run("CREATE DATABASE read_only TEMPLATE filled")
    with open_store(server.url("read_only"), key=KEY) as store:
        carry_out(store, FIRST, placing(1))
        server.run("ALTER DATABASE read_only SET default_transaction_read_only = on")
        store.close()
        with pytest.raises(StoreFull):
            carry_out(store, FIRST, placing(2))
        assert len(read_afresh(store, FIRST).value.marks) == 1
        server.run("ALTER DATABASE read_only RESET default_transaction_read_only")
        store.close()
        carry_out(store, FIRST, placing(2))
    server.run("DROP DATABASE read_only WITH (FORCE)")


def test_a_postgres_that_ended_a_connection_is_connected_to_again(request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgres")
    server.run("CREATE DATABASE ended TEMPLATE filled")
    with open_store(server.url("ended"), key=KEY) as store:
        carry_out(store, FIRST, placing(1))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ended'"
        server.run(end)
        carry_out(store, FIRST, placing(2))
        with pytest.raises(StoreUnusable):
            with_a_connection_that_ends(store, lambda: server.run(end))
        carry_out(store, FIRST, placing(3))
        assert len(read_afresh(store, FIRST).value.marks) == 3
    server.run("DROP DATABASE ended WITH (FORCE)")


def with_a_connection_that_ends(store: Store, end: Callable[[], None]) -> None:
    with store.writing() as record:
        end()
        record.session(FIRST)


def test_a_store_that_another_program_holds_is_waited_for_and_then_refused(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("charting.store.connecting.BUSY_SECONDS", 0.1)
    file_store.close()
    with open_store(file_store.url, key=KEY) as other, other.transaction():
        done = []

        def write() -> None:
            with pytest.raises(StoreUnusable, match="SQLITE_BUSY"):
                carry_out(file_store, FIRST, placing(1))
            done.append(True)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert done
    carry_out(file_store, FIRST, placing(1))
