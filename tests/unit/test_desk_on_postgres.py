"""What two databases could do differently, tried once more on PostgreSQL: the desk cannot tell them apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from charting.anatomy import Atlas
from charting.desk import Desk
from charting.desk.answers import Outcome, SessionView
from charting.domain import StoreFull
from charting.store import Store, open_store
from tests.clinic import KEY, Clinic, found
from tests.people import DOCTOR, KNEE, NURSE, an_id
from tests.store.conftest import Postgres, postgres
from tests.unit.test_desk import (
    session,
    test_a_mark_that_has_changed_since_is_shown_as_it_is_and_nothing_is_overwritten,
    test_a_new_patient_sent_twice_is_there_once_and_never_becomes_another,
    test_a_patient_is_saved_over_the_revision_that_was_seen,
    test_a_session_started_twice_under_one_id_is_one_session,
    test_a_signed_session_takes_no_step_but_knows_those_it_took,
    test_a_step_sent_again_is_a_duplicate_and_shows_the_mark_as_it_is_now,
    test_changes_are_those_after_a_revision_with_the_withdrawn_ones,
    test_doctors_who_mark_at_once_lose_nothing,
    test_every_kind_of_step_is_carried_out,
    test_the_worklist_begins_with_sessions_that_are_not_signed,
    test_who_listens_hears_of_every_change_once_it_is_stored,
)

# found here again by pytest, with the clinic below in the place of the other
__all__ = [
    "postgres",
    "session",
    "test_a_mark_that_has_changed_since_is_shown_as_it_is_and_nothing_is_overwritten",
    "test_a_new_patient_sent_twice_is_there_once_and_never_becomes_another",
    "test_a_patient_is_saved_over_the_revision_that_was_seen",
    "test_a_session_started_twice_under_one_id_is_one_session",
    "test_a_signed_session_takes_no_step_but_knows_those_it_took",
    "test_a_step_sent_again_is_a_duplicate_and_shows_the_mark_as_it_is_now",
    "test_changes_are_those_after_a_revision_with_the_withdrawn_ones",
    "test_doctors_who_mark_at_once_lose_nothing",
    "test_every_kind_of_step_is_carried_out",
    "test_the_worklist_begins_with_sessions_that_are_not_signed",
    "test_who_listens_hears_of_every_change_once_it_is_stored",
]

_numbers = count(1)


class PostgresClinic(Clinic):
    """A clinic whose record is kept in a PostgreSQL."""

    def __init__(self, folder: Path, atlas: Atlas, server: Postgres) -> None:
        self.server = server
        super().__init__(folder, atlas)

    def open(self, folder: Path) -> Store:
        name = f"desk_{next(_numbers)}"
        self.server.run(f"CREATE DATABASE {name}")
        store = open_store(self.server.url(name), key=KEY)
        found(store)
        return store


@pytest.fixture
def clinic(tmp_path: Path, real_atlas: Atlas, postgres: Postgres) -> Iterator[Clinic]:
    clinic = PostgresClinic(tmp_path, real_atlas, postgres)
    yield clinic
    clinic.close()


def test_sessions_started_at_once_have_numbers_of_their_own(clinic: Clinic) -> None:
    troubles: list[BaseException] = []

    def start(number: int) -> None:
        try:
            clinic.desk.start_session(DOCTOR, KNEE.id, id=an_id(70 + number))
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert [line.number for line in clinic.desk.course(DOCTOR, KNEE.id).sessions] == [6, 5, 4, 3, 2, 1]


def test_a_batch_sent_to_two_processes_at_once_is_carried_out_once(
    clinic: Clinic, session: SessionView
) -> None:
    elsewhere = Desk(open_store(_url(clinic), key=KEY), clinic.atlas, clock=clinic.clock, new_id=clinic.ids)
    assert elsewhere.shared
    for _ in range(10):
        asks = [clinic.ask_place(session) for _ in range(3)]
        outcomes: list[Outcome] = []

        def send(desk: Desk, asks: list[object] = asks, outcomes: list[Outcome] = outcomes) -> None:
            answer = desk.carry_out(DOCTOR, session.session_id, asks)  # type: ignore[arg-type]
            outcomes += [step.outcome for step in answer.steps]

        threads = [threading.Thread(target=send, args=(desk,)) for desk in (clinic.desk, elsewhere)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [Outcome.APPLIED] * 3 + [Outcome.DUPLICATE] * 3
    assert elsewhere.revision(DOCTOR, session.session_id) == 31
    elsewhere._store.close()


# ---- several processes -------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(clinic: Clinic) -> Iterator[Desk]:
    """Another process of the same clinic."""
    desk = Desk(open_store(_url(clinic), key=KEY), clinic.atlas, clock=clinic.clock, new_id=clinic.ids)
    yield desk
    desk._store.close()
    assert not listening_threads()


def listening_threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "hearing"]


def until(true: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_another_process_hears_of_a_change_within_a_second(
    clinic: Clinic, session: SessionView, elsewhere: Desk
) -> None:
    heard: list[int] = []
    with elsewhere.listen(NURSE, session.session_id, heard.append):
        until(lambda: not elsewhere.shared, 5)
        clinic.placed(session)
        until(lambda: heard[-1:] == [2], 1)
        clinic.placed(session)
        until(lambda: heard[-1:] == [3], 1)
        clinic.desk.seal(DOCTOR, session.session_id, revision=3, marks=2)
        until(lambda: heard[-1:] == [4], 1)
    assert [revision for revision in heard if revision > 1] == [2, 3, 4]


def test_what_was_rolled_back_is_not_told(
    clinic: Clinic, session: SessionView, elsewhere: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    with elsewhere.listen(NURSE, session.session_id, heard.append):
        until(lambda: not elsewhere.shared, 5)

        def fail(_: object) -> None:
            raise StoreFull("no room")

        with monkeypatch.context() as patched:
            patched.setattr("charting.store.Writer.before_commit", fail)
            with pytest.raises(StoreFull):
                clinic.placed(session)
        other = clinic.start()
        with elsewhere.listen(NURSE, other.session_id, heard.append):
            clinic.placed(other)
            until(lambda: 2 in heard, 1)
    assert heard.count(2) == 1


def test_what_is_changed_while_the_connection_is_gone_is_heard_and_so_is_what_comes_after(
    clinic: Clinic, session: SessionView, elsewhere: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []
    with elsewhere.listen(NURSE, session.session_id, heard.append):
        until(lambda: not elsewhere.shared, 5)
        with clinic.store.transaction() as connection:
            ended = connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %%' "
                "AND datname = current_database()"
            ).all()
        assert len(ended) == 1
        until(lambda: elsewhere.shared, 2)
        clinic.placed(session)
        until(lambda: heard[-1:] == [2], 2)
        until(lambda: not elsewhere.shared, 5)
        clinic.placed(session)
        until(lambda: heard[-1:] == [3], 1)
    assert "what other processes change is not heard" in caplog.text


def test_where_nothing_can_be_heard_changes_are_looked_up(
    clinic: Clinic, session: SessionView, elsewhere: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: object, __: object) -> None:
        raise psycopg.OperationalError("no connection is left")

    monkeypatch.setattr("charting.store.hearing.Hearing._listen", refused)
    heard: list[int] = []
    with elsewhere.listen(NURSE, session.session_id, heard.append):
        for revision in (2, 3):
            clinic.placed(session)
            until(lambda revision=revision: heard[-1:] == [revision], 3)  # type: ignore[misc]
        assert elsewhere.shared


def test_closing_a_store_ends_what_listens_and_it_can_be_listened_to_again(
    clinic: Clinic, session: SessionView, elsewhere: Desk
) -> None:
    heard: list[int] = []
    for revision in (2, 3):
        with elsewhere.listen(NURSE, session.session_id, heard.append):
            until(lambda: not elsewhere.shared, 5)
            clinic.placed(session)
            until(lambda revision=revision: heard[-1:] == [revision], 1)  # type: ignore[misc]
        began = time.monotonic()
        elsewhere._store.close()
        assert time.monotonic() - began < 1
        assert not listening_threads()


def _url(clinic: Clinic) -> str:
    assert isinstance(clinic, PostgresClinic)
    with clinic.store.snapshot() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    return clinic.server.url(str(name))
