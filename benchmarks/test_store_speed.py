"""The store against the figures to reach (median), in a clinic of many years.

opening a patient with 5 sessions of 40 marks   30 ms, and at most 1.5 times as long as among 10,000 marks
storing a mark, in a session of 40              10 ms, processor time 3 ms
finding a patient, the worklist                 30 ms

Marks of the large store: CHARTING_BENCH_MARKS, 100,000 unless told otherwise. 1,000,000 take a minute and
700 MB to make.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy import Table, insert

from benchmarks.limits import MS, median_within
from charting.domain import COMMAND, PlaceMark, Seal, Session, apply, canonical, sha256_of
from charting.store import LogEntry, Store, SubjectKind, open_store, triggers
from charting.store.courses import course_row, courses
from charting.store.log import BEGINNING, command_log
from charting.store.marks import mark_row, marks
from charting.store.patients import patient_row, patient_words, patients, word_rows
from charting.store.remembered import Remembered
from charting.store.sessions import (
    component_rows,
    components,
    session_row,
    sessions,
    solution_row,
    solutions,
)
from tests.people import ANNE, D15, DOCTOR, KNEE, START, Ids, a_mark, a_session

KEY = bytes(range(32))
LARGE = int(os.environ.get("CHARTING_BENCH_MARKS", "100000"))
SMALL = 10_000
SESSIONS = 5
MARKS = 40
AT_ONCE = 500
"""Patients written in one go."""

SIGNED = Seal(at=START, by=DOCTOR.id, name=DOCTOR.name, sha256="0" * 64)

FAMILY = ("Tremblay", "Gagnon", "Roy", "Côté", "Bouchard", "Gauthier", "Morin", "Lavoie", "Fortin", "Gagné")
GIVEN = ("Anne", "Léo", "Maude", "Félix", "Inès", "Omar", "Zoé", "Yuki", "Noah", "Ravi")


@dataclass(frozen=True)
class Clinic:
    """A store, the patients in it, and the sessions that are not signed: that of every other patient."""

    store: Store
    patients: tuple[UUID, ...]
    drafts: tuple[UUID, ...]


def fill(store: Store, how_many: int) -> Clinic:
    """Fill a store with as many marks, by its own translators but without a log row for each of them."""
    ids = Ids(10_000_000)
    shapes = [a_mark(number) for number in range(1, MARKS + 1)]
    chain = {"revision": 1, "head": "0" * 64}
    people, drafts = [], []
    number = count(1)
    with store.writing() as record:
        record.put_staff(DOCTOR, seen=None, by=None, at=START, command_id=ids())
    for start in range(0, how_many // (SESSIONS * MARKS), AT_ONCE):
        rows: dict[Table, list[dict[str, Any]]] = {
            table: []
            for table in (
                patients,
                patient_words,
                courses,
                sessions,
                solutions,
                components,
                marks,
                command_log,
            )
        }
        for _ in range(start, min(start + AT_ONCE, how_many // (SESSIONS * MARKS))):
            one = next(number)
            patient = ANNE.model_copy(
                update={
                    "id": ids(), "record_number": f"A-{one}", "family_name": f"{FAMILY[one % 10]}-{one}",
                    "given_names": GIVEN[one // 10 % 10],
                }
            )  # fmt: skip
            course = KNEE.model_copy(update={"id": ids(), "patient_id": patient.id})
            people.append(patient.id)
            touched = START + timedelta(minutes=one)
            rows[patients].append({**patient_row(patient), **chain, "touched_at": touched})
            rows[patient_words] += word_rows(patient)
            rows[courses].append({**course_row(course), **chain})
            for sitting in range(1, SESSIONS + 1):
                own = {"id": ids(), "course_id": course.id, "patient_id": patient.id}
                session = a_session(sitting).model_copy(update=own)
                if sitting < SESSIONS or one % 2:
                    session = session.model_copy(update={"seal": SIGNED})
                else:
                    drafts.append(session.id)
                rows[sessions].append({**session_row(session), **chain})
                rows[solutions].append(solution_row(session.id, 0, D15))
                rows[components] += component_rows(session.id, D15)
                rows[marks] += [
                    mark_row(session.id, place, 1, mark.model_copy(update={"id": ids()}))
                    for place, mark in enumerate(shapes)
                ]
                rows[command_log].append(
                    {
                        "id": ids(), "subject_kind": str(SubjectKind.SESSION), "subject_id": session.id,
                        "revision": 1, "by": DOCTOR.id, "at": START, "kind": "start_session", "body": "{}",
                        "asked_sha256": "0" * 64, "before": BEGINNING, "hash": "0" * 64,
                    }
                )  # fmt: skip
        with store.transaction() as connection:
            triggers.drop(connection)
            for table, some in rows.items():
                connection.execute(insert(table), some)
            triggers.create(connection)
    return Clinic(store, tuple(people), tuple(drafts))


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Clinic]]:
    """Make clinics of as many marks, each once."""
    made: dict[int, Clinic] = {}

    def make(how_many: int) -> Clinic:
        if how_many not in made:
            path: Path = tmp_path_factory.mktemp("clinic") / "store.db"
            store = open_store(f"sqlite:///{path}", key=KEY)
            store.upgrade()
            made[how_many] = fill(store, how_many)
        return made[how_many]

    yield make
    for one in made.values():
        one.store.close()
        assert one.store.path is not None
        one.store.path.unlink()


def open_patient(clinic: Clinic, patient_id: UUID) -> None:
    """Read what a patient's page shows, with nothing remembered from before."""
    with clinic.store.reading() as record:
        record._remembered = Remembered()
        assert record.patient(patient_id).value.id == patient_id
        assert len(record.courses_of(patient_id)) == 1
        kept = record.sessions_of_patient(patient_id)
        assert sum(len(one.value.marks) for one in kept) == SESSIONS * MARKS


def of_many(clinic: Clinic) -> Callable[[], tuple[tuple[Clinic, UUID], dict[str, Any]]]:
    """Return what gives another patient for each round, always in the same order."""
    chance = random.Random(1)
    return lambda: ((clinic, chance.choice(clinic.patients)), {})


def test_opening_a_patient_among_many_marks(
    benchmark: BenchmarkFixture, clinic: Callable[[int], Clinic]
) -> None:
    large = clinic(LARGE)
    benchmark.pedantic(open_patient, setup=of_many(large), rounds=60, warmup_rounds=3)
    median_within(benchmark, 30 * MS)


def test_opening_a_patient_takes_as_long_among_few_marks_as_among_many(
    benchmark: BenchmarkFixture, clinic: Callable[[int], Clinic]
) -> None:
    """Measured in turns, so that what else the machine does falls on both alike."""
    pair = clinic(SMALL), clinic(LARGE)
    chances = [of_many(one) for one in pair]
    seconds: tuple[list[float], list[float]] = ([], [])

    def both() -> None:
        for give, times in zip(chances, seconds, strict=True):
            arguments, _ = give()
            began = time.perf_counter()
            open_patient(*arguments)
            times.append(time.perf_counter() - began)

    benchmark.pedantic(both, rounds=60, warmup_rounds=3)
    few, many = (statistics.median(times[3:]) for times in seconds)
    assert many / few <= 1.5, f"{many / MS:.1f} ms among {LARGE} marks, {few / MS:.1f} ms among {SMALL}"


def a_new_mark(number: int, session: Session) -> tuple[Session, LogEntry]:
    ids = Ids(90_000_000 + 10 * number)
    mark = a_mark(1, ml=str(Decimal(number % 3000) / 1000)).model_copy(update={"id": ids()})
    command = PlaceMark(id=ids(), by=DOCTOR.id, at=START, mark=mark)
    body = canonical(command.model_dump(mode="json"))
    return apply(session, COMMAND.validate_json(body)), LogEntry(
        command.id, command.kind, command.by, command.at, body, sha256_of(body)
    )


def test_storing_a_mark(benchmark: BenchmarkFixture, clinic: Callable[[int], Clinic]) -> None:
    large = clinic(LARGE)
    drafts = iter(large.drafts)
    numbers = count(1)
    processor: list[float] = []

    def store_one(session_id: UUID) -> None:
        began = time.process_time()
        with large.store.writing() as record:
            kept = record.session(session_id)
            after, entry = a_new_mark(next(numbers), kept.value)
            record.append(session_id, kept.value, after, [entry])
        processor.append(time.process_time() - began)

    def another() -> tuple[tuple[UUID], dict[str, Any]]:
        session_id = next(drafts)
        with large.store.reading() as record:
            record.session(session_id)  # as whoever marks has done
        return (session_id,), {}

    benchmark.pedantic(store_one, setup=another, rounds=200, warmup_rounds=5)
    median_within(benchmark, 10 * MS)
    used = statistics.median(processor)
    assert used <= 3 * MS, f"{used / MS:.2f} ms of processor time"


@pytest.mark.parametrize("text", ["gagn", "zoé gagn", "a-77", "04 03 1974", "tremblay-1"])
def test_finding_a_patient(benchmark: BenchmarkFixture, clinic: Callable[[int], Clinic], text: str) -> None:
    large = clinic(LARGE)

    def find() -> None:
        with large.store.reading() as record:
            assert record.find_patients(text)

    benchmark(find)
    median_within(benchmark, 30 * MS)


def test_the_worklist(benchmark: BenchmarkFixture, clinic: Callable[[int], Clinic]) -> None:
    large = clinic(LARGE)

    def list_them() -> None:
        with large.store.reading() as record:
            assert len(record.worklist(50)) == 50

    benchmark(list_them)
    median_within(benchmark, 30 * MS)
