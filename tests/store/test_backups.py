"""A backup is whole, tried out and still encrypted; what it holds comes back, or nothing does."""

from __future__ import annotations

import json
import random
import shutil
import threading
from pathlib import Path

import pytest

from charting.domain import ChainBroken, StoreUnusable, WrongKey, canonical, sha256_of
from charting.store import Store, open_store, restore
from tests.people import ANNE, a_session
from tests.store.conftest import KEY
from tests.store.made_up import as_done, carry_out, placing, read_afresh, sign
from tests.store.test_log import behind_its_back, change_a_volume, edit_body

FIRST = a_session().id


@pytest.fixture
def worked(store: Store) -> Store:
    """A store with a signed session and one that has five marks."""
    carry_out(store, FIRST, placing(1), placing(2))
    sign(store, FIRST)
    with store.writing() as record:
        record.start_session(a_session(2), **as_done())
        record.put_setting("paper", "a4", **as_done())
    carry_out(store, a_session(2).id, *(placing(number) for number in range(1, 6)))
    return store


def address(folder: Path, name: str = "restored.db") -> str:
    return f"sqlite:///{folder / name}"


def test_a_backup_restores_to_the_same_record(worked: Store, tmp_path: Path) -> None:
    backup = worked.backup(tmp_path / "backups")
    report = restore(backup, address(tmp_path), key=KEY)
    assert report.fits
    assert report.anchor == worked.verify().anchor
    assert report.documents == 1
    with open_store(address(tmp_path), key=KEY) as again:
        again.check()
        for session in (FIRST, a_session(2).id):
            assert read_afresh(again, session) == read_afresh(worked, session)
        with again.reading() as theirs, worked.reading() as ours:
            assert theirs.document(FIRST) == ours.document(FIRST)
            assert theirs.history(ANNE.id) == ours.history(ANNE.id)
            assert [kept.value for kept in theirs.find_patients("tremb")] == [ANNE]
            assert theirs.setting("paper") == "a4"
        carry_out(again, a_session(2).id, placing(6))
        assert again.verify().first is None


def test_a_backup_restores_into_a_postgres_and_writing_goes_on_there(
    worked: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgres")
    server.run("CREATE DATABASE moved")
    backup = worked.backup(tmp_path / "backups")
    assert restore(backup, server.url("moved"), key=KEY).fits
    with open_store(server.url("moved"), key=KEY) as moved:
        moved.check()
        assert moved.verify().anchor == worked.verify().anchor
        carry_out(moved, a_session(2).id, placing(6))
        assert moved.verify().first is None
        with pytest.raises(StoreUnusable, match="holds a record already"):
            restore(backup, server.url("moved"), key=KEY)
        assert len(read_afresh(moved, a_session(2).id).value.marks) == 6
    server.run("DROP DATABASE moved WITH (FORCE)")


def test_a_backup_made_while_marks_are_placed_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    placed = threading.Event()
    enough = threading.Event()
    numbers: list[int] = []

    def mark() -> None:
        for number in range(1, 2000):
            carry_out(store, FIRST, placing(number))
            numbers.append(number)
            placed.set()
            if enough.is_set():
                return

    thread = threading.Thread(target=mark)
    thread.start()
    placed.wait()
    before = len(numbers)
    backups = [store.backup(tmp_path / "backups") for _ in range(3)]
    after = len(numbers)
    enough.set()
    thread.join()
    assert after > before
    counts = []
    for number, backup in enumerate(backups):
        report = restore(backup, address(tmp_path, f"{number}.db"), key=KEY)
        assert report.fits
        with open_store(address(tmp_path, f"{number}.db"), key=KEY) as again:
            counts.append(len(read_afresh(again, FIRST).value.marks))
    assert counts == sorted(counts)
    assert counts[0] >= before
    assert store.verify().first is None


def test_the_bare_file_is_no_backup(file_store: Store, tmp_path: Path) -> None:
    """Why there is a command for it: marks that are still in the write-ahead log are not in the file."""
    assert file_store.path is not None
    carry_out(file_store, FIRST, placing(1))
    shutil.copy(file_store.path, tmp_path / "naive.db")
    with open_store(address(tmp_path, "naive.db"), key=KEY) as naive:
        assert read_afresh(naive, FIRST).value.marks == ()
    backup = file_store.backup(tmp_path / "backups")
    restore(backup, address(tmp_path), key=KEY)
    with open_store(address(tmp_path), key=KEY) as again:
        assert len(read_afresh(again, FIRST).value.marks) == 1


def test_one_flipped_bit_anywhere_in_a_backup_is_found(file_store: Store, tmp_path: Path) -> None:
    carry_out(file_store, FIRST, placing(1))
    backup = file_store.backup(tmp_path / "backups")
    chance = random.Random(7)
    for name, flips in (("store.db", 40), ("manifest.json", 200)):
        whole = (backup / name).read_bytes()
        for _ in range(flips):
            spoiled = bytearray(whole)
            spoiled[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            (backup / name).write_bytes(spoiled)
            with pytest.raises(StoreUnusable):
                restore(backup, address(tmp_path), key=KEY)
            assert not (tmp_path / "restored.db").exists()
        (backup / name).write_bytes(whole)
    assert restore(backup, address(tmp_path), key=KEY).fits


def test_a_backup_that_lost_a_part_is_refused(file_store: Store, tmp_path: Path) -> None:
    backup = file_store.backup(tmp_path / "backups")
    for spoil in (
        lambda: (backup / "manifest.json").unlink(),
        lambda: (backup / "store.db").unlink(),
        lambda: (backup / "store.db").write_bytes(b""),
    ):
        kept = {file.name: file.read_bytes() for file in backup.iterdir()}
        spoil()
        with pytest.raises(StoreUnusable):
            restore(backup, address(tmp_path), key=KEY)
        for name, content in kept.items():
            (backup / name).write_bytes(content)
    with pytest.raises(StoreUnusable, match="not a whole backup"):
        restore(tmp_path / "nowhere", address(tmp_path), key=KEY)
    assert restore(backup, address(tmp_path), key=KEY).fits


def test_a_backup_with_another_manifest_than_it_was_made_with_is_refused(
    file_store: Store, tmp_path: Path
) -> None:
    """An older file under a newer manifest: every hash fits, and the record is not the one that was meant."""
    older = file_store.backup(tmp_path / "backups")
    carry_out(file_store, FIRST, placing(1))
    newer = file_store.backup(tmp_path / "backups")
    mixed = {
        **json.loads((older / "manifest.json").read_text()),
        "anchor": json.loads((newer / "manifest.json").read_text())["anchor"],
    }
    del mixed["manifest_sha256"]
    mixed["manifest_sha256"] = sha256_of(canonical(mixed))
    (older / "manifest.json").write_text(json.dumps(mixed))
    with pytest.raises(ChainBroken, match="what its manifest says"):
        restore(older, address(tmp_path), key=KEY)
    assert not list(tmp_path.glob("restored*"))


def test_a_store_that_does_not_fit_is_backed_up_as_it_is_and_not_restored_in_silence(
    worked: Store, tmp_path: Path
) -> None:
    for change in (change_a_volume, edit_body):
        behind_its_back(worked, change)
        backup = worked.backup(tmp_path / "backups")
        with pytest.raises(ChainBroken, match="does not fit"):
            restore(backup, address(tmp_path), key=KEY)
        assert not list(tmp_path.glob("restored*"))


def test_a_backup_needs_the_key_with_which_it_was_made(worked: Store, tmp_path: Path) -> None:
    backup = worked.backup(tmp_path / "backups")
    with pytest.raises(WrongKey):
        restore(backup, address(tmp_path), key=bytes(32))
    assert not list(tmp_path.glob("restored*"))


def test_a_postgres_is_not_backed_up_in_the_clear(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = request.getfixturevalue("postgres")
    with open_store(server.url("filled")) as store:
        store.check()
        with pytest.raises(WrongKey, match="encrypted and needs a key"):
            store.backup(tmp_path / "backups")
    assert not list(tmp_path.glob("backups/*"))


def test_nothing_is_ever_restored_over(file_store: Store, tmp_path: Path) -> None:
    backup = file_store.backup(tmp_path / "backups")
    for name in ("restored.db", "restored.db-wal", "restored.db-shm"):
        (tmp_path / name).write_bytes(b"someone's")
        with pytest.raises(StoreUnusable, match="never overwritten"):
            restore(backup, address(tmp_path), key=KEY)
        assert (tmp_path / name).read_bytes() == b"someone's"
        (tmp_path / name).unlink()
    assert restore(backup, address(tmp_path), key=KEY).fits


def test_progress_is_told_to_the_last_row(worked: Store) -> None:
    told: list[tuple[int, int]] = []
    report = worked.verify(lambda done, of: told.append((done, of)))
    assert told[-1] == (report.anchor.log_rows, report.anchor.log_rows)


def test_backups_one_after_the_other_are_kept_apart(file_store: Store, tmp_path: Path) -> None:
    backups = {file_store.backup(tmp_path / "backups") for _ in range(3)}
    assert len(backups) == 3
    assert not list((tmp_path / "backups").glob("*.partial"))
