"""Who has opened which record is written down once, stays, and keeps nobody from reading."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from charting.domain import ChartingError, StoreFull, StoreUnusable
from charting.store import Opened, Reading, Store, open_store, restore, triggers
from charting.store.noting import Noting
from tests.people import ANNE, DOCTOR, KNEE, NURSE, START, a_session
from tests.store.conftest import KEY, Postgres
from tests.store.made_up import carry_out, fill, placing

MINUTE = timedelta(minutes=1)
FIRST = a_session().id


def opening(
    at: datetime = START, by: UUID = DOCTOR.id, opened: Opened = Opened.PATIENT, subject: UUID = ANNE.id
) -> Reading:
    return Reading(at, by, ANNE.id, opened, subject)


def readings(store: Store, limit: int = 100) -> list[Reading]:
    with store.reading() as record:
        return list(record.readings(ANNE.id, limit))


def note(store: Store, *some: Reading) -> None:
    for reading in some:
        store.note_reading(reading)
    assert store.write_readings()


def test_what_was_opened_is_listed_with_the_last_first(store: Store) -> None:
    some = [
        opening(),
        opening(START + MINUTE, opened=Opened.COURSE, subject=KNEE.id),
        opening(START + 2 * MINUTE, opened=Opened.SESSION, subject=FIRST),
        opening(START + 2 * MINUTE, opened=Opened.CHART, subject=FIRST),
        opening(START + 3 * MINUTE, by=NURSE.id, opened=Opened.MAP, subject=KNEE.id),
    ]
    note(store, *some)
    assert readings(store) == some[::-1]
    assert readings(store, 2) == some[:-3:-1]
    with store.reading() as record:
        assert record.readings(a_session().id, 100) == ()
    assert store.verify().first is None


def test_the_same_again_within_ten_minutes_is_one_reading_whichever_process_was_asked(store: Store) -> None:
    note(store, opening(), opening(START + 9 * MINUTE), opening(START + 3 * MINUTE, by=NURSE.id))
    with open_store(store.url, key=KEY) as elsewhere:
        note(elsewhere, opening(START + 9 * MINUTE), opening(START - 9 * MINUTE))
        assert len(readings(elsewhere)) == 2
        note(elsewhere, opening(START + 10 * MINUTE))
    assert [one.at for one in readings(store)] == [START + 10 * MINUTE, START + 3 * MINUTE, START]


def test_readings_are_written_down_without_being_asked_for(store: Store) -> None:
    store.note_reading(opening())
    until(lambda: len(readings(store)) == 1)


def until(true: Any) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_closing_writes_what_waits_and_ends_the_thread(store: Store) -> None:
    store.note_reading(opening())
    store.close()
    assert not [one for one in threading.enumerate() if one.name == "readings"]
    assert readings(store) == [opening()]
    store.note_reading(opening(START + 20 * MINUTE))  # a store that was closed can be used again
    store.close()
    assert len(readings(store)) == 2


def test_nobody_changes_or_deletes_what_was_read(store: Store) -> None:
    note(store, opening())
    statements = ["UPDATE reading_log SET opened = 'map'", "DELETE FROM reading_log"]
    if store.embedded:
        statements.append("INSERT OR REPLACE INTO reading_log SELECT * FROM reading_log")
    else:
        statements.append("TRUNCATE reading_log")
    for statement in statements:
        with pytest.raises(ChartingError, match="append only"), store.transaction() as connection:
            connection.exec_driver_sql(statement)
    assert readings(store) == [opening()]


def test_a_reading_taken_out_behind_the_program_s_back_is_missed(file_store: Store) -> None:
    note(file_store, opening(), opening(by=NURSE.id))
    with file_store.transaction() as connection:
        triggers.drop(connection)
        connection.exec_driver_sql("DELETE FROM reading_log WHERE seq = 1")
        triggers.create(connection)
    first = file_store.verify().first
    assert first is not None
    assert str(first) == "reading_log of 2: 1 rows are not there"


def test_a_backup_keeps_who_has_read(store: Store, tmp_path: Path) -> None:
    note(store, opening(), opening(by=NURSE.id))
    backup = store.backup(tmp_path / "backups")
    target = f"sqlite:///{tmp_path / 'restored.db'}"
    assert restore(backup, target, key=KEY).fits
    with open_store(target, key=KEY) as again:
        assert readings(again) == readings(store)


def test_a_backup_restored_into_a_postgres_goes_on_with_the_next_reading(
    file_store: Store, tmp_path: Path, postgres: Postgres
) -> None:
    note(file_store, opening(), opening(by=NURSE.id))
    backup = file_store.backup(tmp_path / "backups")
    postgres.run("CREATE DATABASE read_there")
    restore(backup, postgres.url("read_there"), key=KEY)
    with open_store(postgres.url("read_there"), key=KEY) as again:
        note(again, opening(START + 30 * MINUTE))
        assert len(readings(again)) == 3
    postgres.run("DROP DATABASE read_there WITH (FORCE)")


def back_to_the_first_release(connection: Connection) -> None:
    """Take from a store what later releases have added."""
    triggers.drop(connection)
    for table, column in (("sessions", "more"), ("sessions", "sealed_judgement"), ("solutions", "recipe")):
        connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
    connection.execute(text("DROP TABLE reading_log"))
    connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def test_a_store_of_the_release_before_is_brought_up_to_date_with_all_it_holds(nowhere: str) -> None:
    with open_store(nowhere, key=KEY) as store:
        store.upgrade()
        fill(store)
        carry_out(store, FIRST, placing(1))
        with store.transaction() as connection:
            back_to_the_first_release(connection)
        with pytest.raises(StoreUnusable, match="the store is of release 0001; charting upgrade"):
            store.check()
        store.upgrade()
        store.check()
        assert store.verify().first is None
        note(store, opening())
        assert readings(store) == [opening()]


def test_what_cannot_be_written_waits_is_told_without_names_and_written_later(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise StoreFull("the disk has no room or is read-only")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr("charting.store.Writer.add_readings", full)
        store.note_reading(opening())
        assert not store.write_readings()
        assert readings(store) == []
    assert (
        "who has opened which record could not be written down (the disk has no room or is read-only): "
        "1 wait, 0 are lost"
    ) in caplog.messages
    assert ANNE.family_name not in caplog.text
    assert store.write_readings()
    assert readings(store) == [opening()]


def test_at_the_end_what_can_never_be_written_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def full(_: Sequence[Reading]) -> None:
        raise StoreFull("no room")

    noting = Noting(full)
    noting.note(opening())
    with caplog.at_level(logging.ERROR):
        noting.close()
    assert caplog.messages[-1] == "1 readings of records were never written down"


def test_while_the_disk_is_full_no_more_wait_than_the_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charting.store.noting.MOST_WAITING", 3)
    written: list[Reading] = []
    room = threading.Event()

    def write(some: Sequence[Reading]) -> None:
        if not room.is_set():
            raise StoreFull("no room")
        written.extend(some)

    noting = Noting(write)
    every = [opening(START + number * 20 * MINUTE) for number in range(5)]
    for one in every:
        noting.note(one)
        noting.write()
    room.set()
    noting.close()
    assert written == every[2:]


def test_noting_does_not_wait_for_a_writer_who_takes_long(file_store: Store) -> None:
    with file_store.writing():
        began = time.perf_counter()
        file_store.note_reading(opening())
        assert time.perf_counter() - began < 0.5
        time.sleep(0.3)
        assert readings_elsewhere(file_store) == []
    until(lambda: readings(file_store) == [opening()])


def readings_elsewhere(store: Store) -> list[Reading]:
    found: list[list[Reading]] = []
    reader = threading.Thread(target=lambda: found.append(readings(store)))
    reader.start()
    reader.join()
    return found[0]
