"""Opening a patient's record is written down, keeping a page up to date is not, and administrators see it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from charting.desk.answers import ReadingLine, SessionView
from charting.domain import NotAllowed, PatientNotFound, StoreFull
from charting.store import Opened
from tests.clinic import KNEE_VIEW, Clinic
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, KNEE, NURSE, an_id


@pytest.fixture
def session(clinic: Clinic) -> SessionView:
    return clinic.start()


def listed(clinic: Clinic) -> list[tuple[str | None, Opened]]:
    return [(line.name, line.opened) for line in clinic.desk.readings(ADMINISTRATOR, ANNE.id)]


def test_each_way_of_opening_a_record_is_listed_with_who_and_what(
    clinic: Clinic, session: SessionView
) -> None:
    clinic.desk.patient(NURSE, ANNE.id)
    clinic.desk.course(DOCTOR, KNEE.id)
    clinic.desk.session(DOCTOR, session.session_id)
    clinic.desk.session_facts(DOCTOR, session.session_id)
    clinic.desk.course_map(DOCTOR, KNEE.id, KNEE_VIEW)
    lines = clinic.desk.readings(ADMINISTRATOR, ANNE.id)
    assert [(line.name, line.opened, line.subject_id) for line in lines] == [
        (DOCTOR.name, Opened.MAP, KNEE.id),
        (DOCTOR.name, Opened.CHART, session.session_id),
        (DOCTOR.name, Opened.SESSION, session.session_id),
        (DOCTOR.name, Opened.COURSE, KNEE.id),
        (NURSE.name, Opened.PATIENT, ANNE.id),
    ]
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert clinic.desk.readings(ADMINISTRATOR, ANNE.id, 2) == lines[:2]
    assert clinic.desk.readings(ADMINISTRATOR, ANNE.record_number.lower()) == lines


def test_the_same_again_within_ten_minutes_is_one_reading(clinic: Clinic) -> None:
    for _ in range(5):
        clinic.desk.patient(DOCTOR, ANNE.id)
    clinic.desk.patient(NURSE, ANNE.id)
    assert listed(clinic) == [(NURSE.name, Opened.PATIENT), (DOCTOR.name, Opened.PATIENT)]
    clinic.clock.now += timedelta(minutes=10)
    clinic.desk.patient(DOCTOR, ANNE.id)
    assert len(listed(clinic)) == 3


def test_what_a_page_does_by_itself_is_no_reading(clinic: Clinic, session: SessionView) -> None:
    clinic.placed(session)
    clinic.desk.revision(DOCTOR, session.session_id)
    clinic.desk.changes(DOCTOR, session.session_id, 0)
    clinic.desk.ghosts(DOCTOR, session.session_id)
    clinic.desk.worklist(DOCTOR)
    assert listed(clinic) == []


def test_what_nobody_got_to_see_is_no_reading(clinic: Clinic) -> None:
    with pytest.raises(NotAllowed):
        clinic.desk.patient(ADMINISTRATOR, ANNE.id)
    with pytest.raises(PatientNotFound):
        clinic.desk.patient(DOCTOR, an_id(4711))
    assert listed(clinic) == []


def test_a_patient_whom_the_record_does_not_hold_has_no_readings(clinic: Clinic) -> None:
    with pytest.raises(PatientNotFound):
        clinic.desk.readings(ADMINISTRATOR, an_id(4711))
    with pytest.raises(PatientNotFound):
        clinic.desk.readings(ADMINISTRATOR, "no such number")


def test_what_was_opened_at_the_command_line_is_of_nobody_on_the_staff(clinic: Clinic) -> None:
    operator = DOCTOR.model_copy(update={"id": an_id(4711), "sign_in": "command-line"})
    clinic.desk.course_facts(operator, KNEE.id)
    (line,) = clinic.desk.readings(ADMINISTRATOR, ANNE.id)
    assert line == ReadingLine(at=line.at, by=operator.id, name=None, opened=Opened.MAP, subject_id=KNEE.id)


def test_a_full_disk_keeps_no_doctor_from_reading(
    clinic: Clinic, session: SessionView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr("charting.store.Writer.add_readings", full)
        assert clinic.desk.session(DOCTOR, session.session_id).patient == ANNE
        assert clinic.desk.readings(ADMINISTRATOR, ANNE.id) == ()
    assert listed(clinic) == [(DOCTOR.name, Opened.SESSION)]
