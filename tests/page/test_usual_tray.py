"""What is on the tray when a course begins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from nicegui.testing import User

from charting.desk.usual import KEY, UNSAID, UsualTray
from charting.domain import BadRequest, Component, Conflict, Guidance, NotAllowed, StoreUnusable
from tests.page.conftest import People
from tests.people import ADMINISTRATOR, DOCTOR, NURSE

OTHER = UsualTray(
    name="Dextrose 20 %", components=(Component(agent="dextrose", percent=Decimal(20)),), ml_each=Decimal(1),
    needle="25G 50 mm", to_bone=True, guidance=Guidance.ULTRASOUND,
)  # fmt: skip


def type_in(user: User, **texts: Any) -> None:
    with user:
        for marker, text in texts.items():
            for field in user.find(marker=marker).elements:
                field.value = text  # type: ignore[attr-defined]


async def test_what_the_administrator_says_is_what_a_new_course_starts_with(people: People) -> None:
    user = people.as_(ADMINISTRATOR)
    await user.open("/settings")
    type_in(user, name="Dextrose 20 %", components="Dextrose 20 %\n", ml_each="1", needle="25G 50 mm",
            to_bone="yes", guidance="ultrasound")  # fmt: skip
    user.find(marker="save usual tray").click()
    await user.should_see("It holds for courses that begin from now on")
    assert people.clinic.desk.usual_tray(DOCTOR) == OTHER
    session = people.clinic.start()
    (solution,) = session.standing.solutions
    assert (solution.name, solution.formula) == ("Dextrose 20 %", "dextrose 20 %")
    assert session.usual == OTHER


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"components": "15 %"}, "Each line is an agent and its percent"),
        ({"components": ""}, "One to eight agents"),
        ({"components": "dextrose 101"}, "One to eight agents"),
        ({"components": "dextrose 60\nlidocaine 60"}, "all together are at most 100 %"),
        ({"components": "dextrose 15\nDextrose 5"}, "Each agent stands once"),
        ({"ml_each": "a lot"}, "Not a volume"),
        ({"ml_each": "0"}, "above 0"),
        ({"depth_mm": "2.5"}, "Not a depth"),
        ({"name": " "}, "needs a name"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(
    people: People, typed: dict[str, str], sentence: str
) -> None:
    user = people.as_(ADMINISTRATOR)
    await user.open("/settings")
    type_in(user, **typed)
    user.find(marker="save usual tray").click()
    await user.should_see(sentence)
    assert people.clinic.desk.usual_tray(ADMINISTRATOR) == UNSAID


async def test_what_someone_else_saved_meanwhile_is_shown_and_not_overwritten(people: People) -> None:
    user = people.as_(ADMINISTRATOR)
    await user.open("/settings")
    people.clinic.desk.save_usual_tray(ADMINISTRATOR, OTHER, UNSAID)
    type_in(user, ml_each="2")
    user.find(marker="save usual tray").click()
    await user.should_see("Someone else has saved this meanwhile: Dextrose 20 %: dextrose 20")
    assert people.clinic.desk.usual_tray(ADMINISTRATOR) == OTHER


@pytest.mark.parametrize("who", [DOCTOR, NURSE])
async def test_it_is_for_the_administrator_alone(people: People, who: Any) -> None:
    user = people.as_(who)
    await user.open("/settings")
    await user.should_not_see("When a course begins")
    with pytest.raises(NotAllowed):
        people.clinic.desk.save_usual_tray(who, OTHER, UNSAID)


async def test_a_session_that_there_is_keeps_its_tray(people: People) -> None:
    desk, first = people.clinic.desk, people.clinic.start()
    desk.save_usual_tray(ADMINISTRATOR, OTHER, UNSAID)
    assert desk.session(DOCTOR, first.session_id).standing.solutions == first.standing.solutions
    second = people.clinic.start()
    assert [one.name for one in second.standing.solutions] == [UNSAID.name]


async def test_the_desk_refuses_what_was_not_seen_and_what_is_no_solution(people: People) -> None:
    desk = people.clinic.desk
    with pytest.raises(Conflict):
        desk.save_usual_tray(ADMINISTRATOR, UNSAID.model_copy(update={"needle": "30G"}), OTHER)
    doubled = UNSAID.model_copy(update={"components": UNSAID.components * 2})
    with pytest.raises(BadRequest):
        desk.save_usual_tray(ADMINISTRATOR, doubled, UNSAID)


async def test_a_setting_that_cannot_be_read_starts_no_session(people: People) -> None:
    with people.clinic.store.writing() as store:
        store.put_setting(KEY, "{}", by=None, at=people.clinic.clock(), command_id=people.clinic.ids())
    with pytest.raises(StoreUnusable):
        people.clinic.start()
