"""A patient's page, for each role; and addresses that lead nowhere."""

from __future__ import annotations

import pytest
from nicegui import ui

from charting.ui.marking import MarkingSurface
from tests.page.conftest import People
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, KNEE, NURSE, an_id


async def test_it_says_who_and_what_is_to_be_heeded(people: People) -> None:
    user = people.as_(NURSE)
    client = await user.open(f"/patients/{ANNE.id}")
    for words in (
        "Tremblay, Anne",
        "Allergy: chlorhexidine",
        "record A-20931",
        "Right knee",
        "71.5",
        "52 years",
    ):
        await user.should_see(words)
    assert "Tremblay" not in client.title


async def test_a_weight_is_shown_in_the_unit_that_this_browser_chose(people: People) -> None:
    user = people.as_(NURSE, {"charting-looks": "weight_unit=lb"})
    await user.open(f"/patients/{ANNE.id}")
    await user.should_see("157.6")


async def test_a_doctor_starts_the_next_session_once_however_often_it_is_tapped(people: People) -> None:
    user = people.as_(DOCTOR)
    await user.open(f"/patients/{ANNE.id}")
    start = user.find("Start session 1")
    start.click()
    start.click()
    await user.should_see(MarkingSurface, retries=30)
    assert len(people.clinic.desk.course(DOCTOR, KNEE.id).sessions) == 1


async def test_a_draft_is_gone_on_with_and_shown_as_not_signed(people: People) -> None:
    session = people.clinic.start()
    user = people.as_(DOCTOR)
    await user.open(f"/patients/{ANNE.id}")
    await user.should_see("not signed")
    (link,) = user.find("Continue session 1").elements
    assert link.props["href"] == f"/sessions/{session.session_id}"


async def test_a_nurse_edits_and_has_no_way_to_start_a_session(people: People) -> None:
    people.clinic.start()
    user = people.as_(NURSE)
    await user.open(f"/patients/{ANNE.id}")
    await user.should_see("Edit patient")
    await user.should_see("New course")
    await user.should_see("Read-only charts")
    await user.should_not_see("Start session")
    await user.should_not_see("Continue session")


async def test_a_course_that_has_ended_starts_no_session(people: People) -> None:
    course = KNEE.model_copy(update={"closed_on": KNEE.opened_on})
    people.clinic.desk.save_course(NURSE, course, people.clinic.desk.course(NURSE, KNEE.id).revision)
    user = people.as_(DOCTOR)
    await user.open(f"/patients/{ANNE.id}")
    await user.should_see("ended 1 Sep 2026")
    await user.should_not_see("Start session")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/patients/{}", "There is no such patient"),
        ("/patients/{}/edit", "There is no such patient"),
        ("/patients/{}/courses/new", "There is no such patient"),
        ("/courses/{}", "There is no such course"),
        ("/courses/{}/edit", "There is no such course"),
        ("/sessions/{}", "There is no such session"),
        ("/sessions/{}/review", "There is no such session"),
    ],
)
@pytest.mark.parametrize(
    "id", [str(an_id(999_999)), "nonsense", "00000000-0000-0000-0000-000000000000", "é'--"]
)
async def test_an_id_of_nobody_is_said_in_words(people: People, path: str, words: str, id: str) -> None:
    user = people.as_(DOCTOR)
    await user.open(path.format(id))
    await user.should_see(words)
    await user.should_see("Back to the start")


@pytest.mark.parametrize("path", [f"/patients/{ANNE.id}", f"/courses/{KNEE.id}", "/new-patient"])
async def test_the_administrator_is_told_that_charts_are_not_for_this_role(people: People, path: str) -> None:
    user = people.as_(ADMINISTRATOR)
    await user.open(path)
    await user.should_see("Your role does not allow this")
    await user.should_not_see("Tremblay")
    await user.should_not_see(kind=ui.input)


async def test_the_exam_screen_of_a_nurse_offers_no_way_to_sign(people: People) -> None:
    session = people.clinic.start()
    user = people.as_(NURSE)
    client = await user.open(f"/sessions/{session.session_id}")
    (surface,) = user.find(MarkingSurface).elements
    assert surface.props["urls"]["review"] is None
    assert "Tremblay" not in client.title
    user = people.as_(DOCTOR)
    await user.open(f"/sessions/{session.session_id}")
    (surface,) = user.find(MarkingSurface).elements
    assert surface.props["urls"]["review"] == f"/sessions/{session.session_id}/review"
