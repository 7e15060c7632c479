"""Many at once: nothing is lost, nobody starves, and a reader sees one state."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from charting.domain import PlaceMark, StaleRevision, StoreUnusable, apply
from charting.store import Store, open_store
from charting.store.remembered import Remembered
from charting.store.turns import Turns
from tests.people import ANNE, DOCTOR, START, a_mark, a_session, an_id
from tests.store.made_up import IDS, as_done, carry_out, entry_of, placing, read_afresh, tried_and_left

FIRST = a_session().id


def test_two_threads_with_four_hundred_marks_lose_none(store: Store) -> None:
    def mark_all(numbers: range) -> None:
        for number in numbers:
            carry_out(store, FIRST, placing(number))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(mark_all, (range(1, 201), range(201, 401))))
    kept = read_afresh(store, FIRST)
    assert kept.revision == 401
    assert {mark.id for mark in kept.value.marks} == {a_mark(number).id for number in range(1, 401)}
    assert store.verify().first is None


def test_two_processes_that_write_one_session_lose_nothing(store: Store) -> None:
    """Another Store is what another process has: nothing but the database is shared."""

    def mark_all(numbers: range) -> None:
        with open_store(store.url, key=store.key) as own:
            for number in numbers:
                carry_out(own, FIRST, placing(number))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(mark_all, (range(1, 51), range(51, 101))))
    assert len(read_afresh(store, FIRST).value.marks) == 100
    assert store.verify().first is None


def test_of_two_who_save_one_patient_the_second_is_refused_every_time(store: Store) -> None:
    saved, refused = [], []

    def save(number: int) -> None:
        changed = ANNE.model_copy(update={"given_names": f"Anne {number}"})
        with store.reading() as record:
            seen = record.patient(ANNE.id).revision
        try:
            with store.writing() as record:
                record.put_patient(changed, seen=seen, **as_done())
            saved.append(number)
        except StaleRevision:
            refused.append(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(40)))
    with store.reading() as record:
        assert record.patient(ANNE.id).revision == 1 + len(saved)
    assert len(saved) + len(refused) == 40
    assert store.verify().first is None


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store: Store) -> None:
    with store.reading() as record:
        before = record.session(FIRST)
        carry_out(store, FIRST, placing(1))
        assert record.changes(FIRST, 0) == ()
        assert record.session(FIRST) == before
        assert record.logged(an_id(1)) is None
    with store.reading() as record:
        assert len(record.session(FIRST).value.marks) == 1


def test_what_failed_leaves_no_trace(store: Store) -> None:
    command = placing(1)
    with tried_and_left(store) as record:
        before = record.session(FIRST).value
        record.append(FIRST, before, apply(before, command), [entry_of(command)])
        assert len(record.session(FIRST).value.marks) == 1
    with store.reading() as record:
        assert record.session(FIRST).value.marks == ()
        assert record.logged(command.id) is None
    assert carry_out(store, FIRST, command).revision == 2


def test_several_changes_in_one_transaction_build_on_each_other(store: Store) -> None:
    one, two = placing(1), placing(2)
    with store.writing() as record:
        first = record.session(FIRST).value
        second = apply(first, one)
        assert record.append(FIRST, first, second, [entry_of(one)]) == 2
        third = apply(record.session(FIRST).value, two)
        assert record.append(FIRST, second, third, [entry_of(two)]) == 3
    assert read_afresh(store, FIRST).value == third


def test_a_thread_that_writes_already_is_told_so_and_does_not_wait_for_itself(file_store: Store) -> None:
    with (
        file_store.writing(),
        pytest.raises(RuntimeError, match="writing already"),
        file_store.writing(),
    ):
        raise AssertionError("two writers in one thread")
    with file_store.writing() as record:
        record.put_setting("paper", "a4", **as_done())


def test_turns_come_in_the_order_of_asking() -> None:
    turns = Turns(patience=10)
    order: list[int] = []

    def take(number: int) -> None:
        with turns.turn():
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with turns.turn():
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            while turns.waiting < waiting:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_whoever_waits_too_long_for_a_turn_is_told_and_the_others_go_on() -> None:
    turns = Turns(patience=0.05)
    with turns.turn(), ThreadPoolExecutor(1) as pool:

        def ask() -> None:
            with turns.turn():
                raise AssertionError("had a turn that another has")

        with pytest.raises(StoreUnusable, match="no turn to write"):
            pool.submit(ask).result()
    with turns.turn():
        assert turns.waiting == 0


def test_what_is_remembered_is_what_the_hash_stands_for_and_no_more_than_fits() -> None:
    remembered = Remembered(most_marks=30)
    session = a_session(marks=tuple(a_mark(number) for number in range(1, 11)))
    remembered.put(session, "a")
    assert remembered.get(session.id, "a") is session
    assert remembered.get(session.id, "b") is None
    for number in range(2, 6):
        remembered.put(session.model_copy(update={"id": a_session(number).id}), "a")
    assert remembered.get(session.id, "a") is None
    assert remembered.get(a_session(5).id, "a") is not None


def test_another_process_s_marks_are_seen_at_once(store: Store) -> None:
    carry_out(store, FIRST, placing(1))
    with open_store(store.url, key=store.key) as other:
        with other.reading() as record:
            assert len(record.session(FIRST).value.marks) == 1
        for number in range(2, 6):
            carry_out(store, FIRST, placing(number))
            with other.reading() as record:
                assert len(record.session(FIRST).value.marks) == number


def test_a_mark_sent_twice_at_the_same_moment_is_stored_once(store: Store) -> None:
    mark = PlaceMark(id=IDS(), by=DOCTOR.id, at=START, mark=a_mark(1))

    def send(_: int) -> bool:
        with store.writing() as record:
            before = record.session(FIRST).value
            if record.logged(mark.id) is not None:
                return False
            record.append(FIRST, before, apply(before, mark), [entry_of(mark)])
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(24))) == [False] * 23 + [True]
    assert len(read_afresh(store, FIRST).value.marks) == 1
