"""The forms of patients and courses: bad input is said in words at its field, and nothing typed is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from nicegui.testing import User

from charting.domain import Sides
from tests.page.conftest import People
from tests.people import ANNE, DOCTOR, KNEE, NURSE

GOOD = {"family_name": "Roy", "record_number": "B-1", "born": "1980-01-02"}
EDIT = f"/patients/{ANNE.id}/edit"


def field(user: User, name: str) -> Any:
    (found,) = user.find(marker=name).elements
    return found


def fill(user: User, values: dict[str, str]) -> None:
    with user:
        for name, value in values.items():
            field(user, name).value = value


async def opened(people: People, path: str, **values: str) -> User:
    user = people.as_(NURSE)
    await user.open(path)
    fill(user, values)
    return user


async def test_a_new_patient_is_stored_as_typed(people: People) -> None:
    values = {
        **GOOD, "given_names": "  Zoé   Ñandú ", "sex": "female", "weight_kg": "61,25",
        "weighed_on": "2026-11-02", "allergies": "latex\n\npenicillin\n", "cautions": "apixaban",
    }  # fmt: skip
    user = await opened(people, "/new-patient", **values)
    user.find("Save").click()
    await user.should_see("record B-1", retries=20)
    (line,) = people.clinic.desk.patients(NURSE, "B-1")
    patient = line.patient
    assert (patient.name, patient.born) == ("Roy, Zoé Ñandú", date(1980, 1, 2))
    assert (patient.weight_kg, patient.allergies) == (Decimal("61.25"), ("latex", "penicillin"))
    assert patient.cautions == ("apixaban",)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("family_name", "", "The family name is needed"),
        ("family_name", "   ", "The family name is needed"),
        ("family_name", "Roy\x07", "a character that nobody can read"),
        ("family_name", "Roy\u202egnp", "a character that nobody can read"),
        ("family_name", "x" * 100_000, "too long"),
        ("record_number", "", "A record number has 1 to 40"),
        ("record_number", "a b", "A record number has 1 to 40"),
        ("record_number", "A-20931", "Another patient has this record number"),
        ("born", "", "The birth date is needed"),
        ("born", "yesterday", "Not a day"),
        ("born", "2026-02-30", "Not a day"),
        ("born", "2999-01-01", "lies in the future"),
        ("born", "0001-01-01", "too long ago"),
        ("weight_kg", "heavy", "Not a weight"),
        ("weight_kg", "NaN", "Not a weight"),
        ("weight_kg", "Infinity", "Not a weight"),
        ("weight_kg", "1e3", "above 0 and at most 700 kg"),
        ("weight_kg", "1E+999999", "above 0 and at most 700 kg"),
        ("weight_kg", "-3", "above 0 and at most 700 kg"),
        ("weight_kg", "0", "above 0 and at most 700 kg"),
        ("weight_kg", "70.123", "at most two decimals"),
        ("weighed_on", "2026-11-02", "A day of weighing without a weight"),
        ("weighed_on", "1970-01-01", "before the birth date"),
        ("allergies", "\n".join("a" * 41), "At most 40 allergies"),
        ("cautions", "y" * 201, "too long"),
    ],
)
async def test_what_cannot_be_meant_is_said_at_its_field(
    people: People, name: str, value: str, sentence: str
) -> None:
    user = await opened(people, "/new-patient", **{**GOOD, "given_names": "Zoé", name: value})
    user.find("Save").click()
    await user.should_see("What you typed is still here", retries=20)
    assert sentence in (field(user, name).error or "") or sentence in (field(user, "weight_kg").error or "")
    assert field(user, name).value == value
    assert field(user, "given_names").value == "Zoé"
    assert [one.patient.id for one in people.clinic.desk.patients(NURSE, "Roy")] == []


@pytest.mark.parametrize("family", ["العربي", "山田", "Nuñez", "🙂", "O'Neill", "<script>alert(1)</script>"])
async def test_names_of_every_script_are_stored_as_typed(people: People, family: str) -> None:
    user = await opened(people, "/new-patient", **{**GOOD, "family_name": family})
    user.find("Save").click()
    await user.should_see("record B-1", retries=20)
    (line,) = people.clinic.desk.patients(NURSE, "B-1")
    assert line.patient.family_name == family


async def test_a_double_tap_on_save_stores_one_patient(people: People) -> None:
    user = await opened(people, "/new-patient", **GOOD)
    user.find("Save").click()
    user.find("Save").click()
    await user.should_see("record B-1", retries=20)
    assert len(people.clinic.desk.patients(NURSE, "Roy")) == 1


async def test_what_someone_else_saved_meanwhile_is_shown_and_not_overwritten(people: People) -> None:
    user = await opened(people, EDIT, given_names="Anne Marie")
    theirs = ANNE.model_copy(update={"weight_kg": Decimal("70"), "given_names": "Annie"})
    people.clinic.desk.save_patient(DOCTOR, theirs, people.clinic.desk.patient(DOCTOR, ANNE.id).revision)
    user.find("Save").click()
    await user.should_see("Someone else has saved this meanwhile", retries=20)
    await user.should_see("Given names is now: Annie")
    assert field(user, "given_names").value == "Anne Marie"
    # what was not touched here takes theirs, so that saving again undoes nothing
    assert field(user, "weight_kg").value == "70"
    assert people.clinic.desk.patient(DOCTOR, ANNE.id).patient == theirs
    user.find("Save").click()
    await user.should_see("record A-20931", retries=20)
    stored = people.clinic.desk.patient(DOCTOR, ANNE.id).patient
    assert (stored.given_names, stored.weight_kg) == ("Anne Marie", Decimal("70"))


async def test_a_value_of_theirs_can_be_taken(people: People) -> None:
    user = await opened(people, EDIT, given_names="Anne Marie")
    theirs = ANNE.model_copy(update={"given_names": "Annie"})
    people.clinic.desk.save_patient(DOCTOR, theirs, people.clinic.desk.patient(DOCTOR, ANNE.id).revision)
    user.find("Save").click()
    await user.should_see("Take this", retries=20)
    user.find("Take this").click()
    assert field(user, "given_names").value == "Annie"


async def test_a_weight_in_pounds_is_kept_exactly_unless_it_is_changed(people: People) -> None:
    user = people.as_(NURSE, {"charting-looks": "weight_unit=lb"})
    await user.open(EDIT)
    assert field(user, "weight_kg").value == "157.6"
    user.find("Save").click()
    await user.should_see("record A-20931", retries=20)
    assert people.clinic.desk.patient(NURSE, ANNE.id).patient.weight_kg == Decimal("71.5")
    await user.open(EDIT)
    fill(user, {"weight_kg": "160"})
    user.find("Save").click()
    await user.should_see("record A-20931", retries=20)
    assert people.clinic.desk.patient(NURSE, ANNE.id).patient.weight_kg == Decimal("72.57")


COURSE = {
    "problem": "Left hip",
    "region": "hip",
    "sides": "left",
    "planned_sessions": "3",
    "every_days": "28",
}


async def test_a_new_course_is_stored_as_typed(people: People) -> None:
    user = await opened(people, f"/patients/{ANNE.id}/courses/new", **COURSE)
    user.find("Save").click()
    await user.should_see("3 sessions planned", retries=20)
    courses = people.clinic.desk.patient(NURSE, ANNE.id).courses
    course = next(one.course for one in courses if one.course.problem == "Left hip")
    assert (course.region, course.sides, course.planned_sessions) == ("hip", Sides.LEFT, 3)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("problem", "", "A course needs a title"),
        ("planned_sessions", "61", "from 1 to 60"),
        ("planned_sessions", "0", "from 1 to 60"),
        ("planned_sessions", "2.5", "from 1 to 60"),
        ("planned_sessions", "９" * 400, "from 1 to 60"),
        ("every_days", "-1", "from 1 to 730"),
        ("every_days", "1" * 5000, "from 1 to 730"),
        ("opened_on", "", "is needed"),
        ("opened_on", "soon", "Not a day"),
        ("indication", "x" * 201, "too long"),
    ],
)
async def test_a_course_says_what_cannot_be_meant(
    people: People, name: str, value: str, sentence: str
) -> None:
    user = await opened(people, f"/patients/{ANNE.id}/courses/new", **{**COURSE, name: value})
    user.find("Save").click()
    await user.should_see("What you typed is still here", retries=20)
    assert sentence in field(user, name).error
    assert field(user, name).value == value
    assert len(people.clinic.desk.patient(NURSE, ANNE.id).courses) == 1


async def test_a_course_without_region_and_side_says_both(people: People) -> None:
    user = await opened(people, f"/patients/{ANNE.id}/courses/new", problem="Neck")
    user.find("Save").click()
    await user.should_see("2 fields need another look", retries=20)
    assert field(user, "region").error
    assert field(user, "sides").error


async def test_a_course_that_ends_before_it_began_is_refused(people: People) -> None:
    user = await opened(people, f"/courses/{KNEE.id}/edit", closed_on="2020-01-01")
    user.find("Save").click()
    await user.should_see("1 field needs another look", retries=20)
    assert "ends before" in field(user, "closed_on").error


async def test_whoever_was_signed_out_meanwhile_saves_nothing_and_loses_nothing(people: People) -> None:
    user = await opened(people, "/new-patient", **GOOD)
    people.rooms.logins.end_all(NURSE.id)
    user.find("Save").click()
    await user.should_see("You are not signed in any more", retries=20)
    assert people.clinic.desk.patients(DOCTOR, "Roy") == ()
    assert field(user, "family_name").value == "Roy"
