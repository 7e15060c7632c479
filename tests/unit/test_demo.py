"""The demo: a whole clinic of invented patients, made through the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from charting.access import Logins, too_weak
from charting.anatomy import Atlas
from charting.coursemap import spots
from charting.demo import ACCOUNTS, make_demo
from charting.demo.patients import PEOPLE
from charting.demo.protocols import BERTRAND_2016, DECHOW_1999, DUMAIS_2012, GUL_2020, YELLAND_2004, Followed
from charting.domain import FieldShape, MarkState, Patient, Role, Session, TrackShape, totals
from charting.settings import Settings
from charting.store import Store, open_store

NOW = datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
ZONE = ZoneInfo("America/Montreal")
KEY = bytes(range(32))


def made(folder: Path, atlas: Atlas, now: datetime = NOW) -> Store:
    store = open_store(f"sqlite:///{folder / 'demo.db'}", key=KEY)
    store.upgrade()
    make_demo(store, atlas, Settings(clinic="Demo clinic"), now=now, zone=ZONE)
    return store


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, real_atlas: Atlas) -> Iterator[Store]:
    with made(tmp_path_factory.mktemp("demo"), real_atlas) as store:
        yield store


@pytest.fixture(scope="module")
def patients(demo: Store) -> dict[str, tuple[Patient, list[Session]]]:
    with demo.reading() as record:
        return {
            one.patient.value.record_number: (
                one.patient.value,
                [kept.value for kept in record.sessions_of_patient(one.patient.value.id)],
            )
            for one in record.worklist(50)
        }


@pytest.fixture(scope="module")
def sessions(patients: dict[str, tuple[Patient, list[Session]]]) -> list[Session]:
    return [session for _, of_patient in patients.values() for session in of_patient]


def test_a_dozen_patients_are_there_with_courses_of_one_to_six_sessions(
    patients: dict[str, tuple[Patient, list[Session]]],
) -> None:
    assert len(patients) == len(PEOPLE) == 12
    by_course: dict[object, int] = defaultdict(int)
    for _, of_patient in patients.values():
        for session in of_patient:
            by_course[session.course_id] += 1
    assert set(by_course.values()) == {1, 2, 3, 4, 5, 6}
    assert {problem.region for person in PEOPLE for problem in person.problems} == {
        "knee", "low_back", "shoulder", "hip",
    }  # fmt: skip


def test_names_of_many_writings_are_among_them(
    patients: dict[str, tuple[Patient, list[Session]]],
) -> None:
    names = " ".join(patient.name for patient, _ in patients.values())
    for part in ("Côté-Bélanger", "O'Neill", "الحداد", "佐藤", "Łukasiewicz", "Nguyễn"):
        assert part in names


def test_everything_that_was_made_verifies(demo: Store) -> None:
    report = demo.verify()
    assert report.first is None
    assert report.documents > 30


def test_sessions_are_signed_but_for_the_newest_drafts(sessions: list[Session]) -> None:
    drafts = [session for session in sessions if session.seal is None]
    assert len(drafts) == 3
    newest = {session.course_id: session for session in sorted(sessions, key=lambda one: one.number)}
    assert all(newest[draft.course_id] == draft for draft in drafts)


def test_every_mark_means_the_site_that_its_protocol_names(sessions: list[Session]) -> None:
    meant = {
        site.format(side=side).split("/")[0]
        for person in PEOPLE
        for problem in person.problems
        for given in problem.follows.given
        for site in given.sites
        for side in ("right", "left")
    }
    marks = [mark for session in sessions for mark in session.marks]
    assert len(marks) > 300
    assert {mark.site.structure for mark in marks if mark.site} <= meant
    assert all(mark.site is not None for mark in marks)


def test_tracks_fields_planned_skipped_and_withdrawn_marks_are_among_them(sessions: list[Session]) -> None:
    marks = [mark for session in sessions for mark in session.marks]
    assert sum(isinstance(mark.shape, TrackShape) for mark in marks) >= 10
    assert sum(isinstance(mark.shape, FieldShape) for mark in marks) >= 10
    assert {mark.state for mark in marks} == set(MarkState)
    assert any(mark.withdrawn for mark in marks)


def test_repeated_spots_are_found_again_over_the_sessions_of_a_course(
    patients: dict[str, tuple[Patient, list[Session]]],
) -> None:
    _, of_anne = patients["D-1001"]
    assert max(spot.times for spot in spots(of_anne, zone=ZONE)) == 3


@pytest.mark.parametrize(
    ("protocol", "ml"),
    [(DUMAIS_2012, "13"), (BERTRAND_2016, "8"), (DECHOW_1999, "10"), (YELLAND_2004, "15"), (GUL_2020, "16")],
)
def test_a_whole_session_gives_what_the_published_protocol_gives(protocol: Followed, ml: str) -> None:
    assert sum(Decimal(one.ml_each) * one.deposits for one in protocol.given) == Decimal(ml)


def test_the_knee_of_dumais_holds_the_milligrams_of_its_publication(
    patients: dict[str, tuple[Patient, list[Session]]],
) -> None:
    first = min(patients["D-1001"][1], key=lambda session: session.number)
    assert totals(first).mg_by_agent == {"dextrose": Decimal(2200), "lidocaine": Decimal(73)}


def test_nothing_is_in_the_future_even_just_after_midnight(tmp_path: Path, real_atlas: Atlas) -> None:
    early = datetime(2026, 11, 24, 0, 20, tzinfo=ZONE).astimezone(UTC)
    with made(tmp_path, real_atlas, early) as store:
        with store.reading() as record:
            for one in record.worklist(50):
                for kept in record.sessions_of_patient(one.patient.value.id):
                    times = [kept.value.started_at, *(mark.placed_at for mark in kept.value.marks)]
                    assert max(times) < early
                    assert early - max(times) > timedelta(minutes=1)
        assert store.verify().fits


def test_the_same_moment_makes_the_same_demo(tmp_path: Path, demo: Store, real_atlas: Atlas) -> None:
    with made(tmp_path, real_atlas) as again, again.reading() as record, demo.reading() as first:
        for one in first.worklist(50):
            patient = one.patient.value
            assert record.patient(patient.id).value == patient
            assert record.sessions_of_patient(patient.id) == first.sessions_of_patient(patient.id)


def test_a_doctor_a_nurse_and_an_administrator_can_sign_in(demo: Store) -> None:
    assert [account.role for account in ACCOUNTS] == [Role.DOCTOR, Role.NURSE, Role.ADMINISTRATOR]
    logins = Logins(demo, lambda: NOW, Settings(clinic="Demo clinic"))
    for account in ACCOUNTS:
        assert len(account.password) >= 12
        assert too_weak(account.password, (account.sign_in, account.name)) is None
        _, login = logins.sign_in(account.sign_in, account.password, address="127.0.0.1")
        assert (login.staff.role, login.staff.name) == (account.role, account.name)
