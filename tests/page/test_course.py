"""The map of a course: what each role sees, the switches, the days, and the history of a spot."""

from __future__ import annotations

import asyncio
from typing import Any

from nicegui import ui
from nicegui.testing import User

from charting.domain import PointShape, ViewPoint
from charting.ui.course_map import CourseMap
from tests.page.conftest import People
from tests.people import DOCTOR, KNEE, NURSE

PATH = f"/courses/{KNEE.id}"


def treat(people: People, *offsets: float) -> None:
    """Give a session: one mark at each place, so many mm beside the first session's."""
    session = people.clinic.start()
    at = people.clinic.on_figure()
    for offset in offsets:
        people.clinic.placed(session, PointShape(at=ViewPoint(at.x + offset, at.y)))
    people.clinic.clock.now = people.clinic.clock.now.replace(day=1).replace(
        month=people.clinic.clock.now.month % 12 + 1,
        year=people.clinic.clock.now.year + people.clinic.clock.now.month // 12,
    )


def the_map(user: User) -> CourseMap:
    (found,) = user.find(CourseMap).elements
    return found


def export(user: User, ending: str) -> str:
    (link,) = user.find(ending).elements
    return str(link.props["href"])


async def test_a_nurse_sees_all_sessions_and_can_change_nothing(people: People) -> None:
    treat(people, 0, 20)
    treat(people, 1)
    user = people.as_(NURSE)
    client = await user.open(PATH)
    await user.should_see("Right knee")
    await user.should_see("Read-only")
    await user.should_see("23 Nov 2026")
    await user.should_see("By structure")
    await user.should_not_see(kind=ui.input)
    assert len(the_map(user).props["figure"]["marks"]) == 3
    assert "Tremblay" not in client.title


async def test_a_spot_opens_to_its_history(people: People) -> None:
    treat(people, 0)
    treat(people, 1)
    user = people.as_(DOCTOR)
    await user.open(PATH)
    user.find(CourseMap).trigger("spot", 1)
    await user.should_see("×2, last")
    with user.scope(marker="spot"):
        await user.should_see("23 Nov 2026")
        await user.should_see("1 Dec 2026")
    for nonsense in (99, -1, "1", None, {"a": 1}):
        user.find(CourseMap).trigger("spot", nonsense)
    user.find("Close").click()
    await user.should_not_see("×2, last")


async def test_a_session_is_switched_off_on_the_map_and_in_what_is_exported(people: People) -> None:
    treat(people, 0)
    treat(people, 1)
    user = people.as_(DOCTOR)
    await user.open(PATH)
    view = the_map(user).props["figure"]
    assert view["marks"]
    assert export(user, "PDF").startswith(f"/api/v1/courses/{KNEE.id}/map.pdf?view=knee_right_medial")
    user.find(marker="session 1").click()
    assert "&sessions=2&" in export(user, "PNG")
    user.find(marker="session 1").click()
    assert "sessions" not in export(user, "SVG")


async def test_the_days_fade_later_sessions_out(people: People) -> None:
    treat(people, 0)
    treat(people, 1)
    user = people.as_(DOCTOR)
    await user.open(PATH)
    said: list[dict[int, float]] = []
    the_map(user).fade = lambda strength: said.append(dict(strength))  # type: ignore[method-assign,assignment]
    (days,) = user.find(marker="days").elements
    assert isinstance(days, ui.slider)
    with user:
        days.value = 0
    await user.should_see("Up to 23 Nov 2026")
    assert said[-1][1] == 1
    assert 0 < said[-1][2] < 1
    with user:
        days.value = 8
    assert said[-1] == {1: 1, 2: 1}


async def test_another_view_shows_the_marks_that_it_sees(people: People) -> None:
    treat(people, 0)
    user = people.as_(DOCTOR)
    await user.open(PATH)

    def turn(view: str) -> Any:
        with user:
            (picker,) = user.find(marker="view").elements
            assert isinstance(picker, ui.select)
            picker.value = view

    turn("knee_left_medial")
    for _attempt in range(30):
        if the_map(user).props["drawing"].endswith("/knee_left_medial.svg"):
            break
        await asyncio.sleep(0.1)
    assert the_map(user).props["figure"]["marks"] == []
    assert "view=knee_left_medial" in export(user, "PDF")


async def test_an_address_can_name_the_view_and_one_that_is_none_is_passed_over(people: People) -> None:
    treat(people, 0)
    user = people.as_(DOCTOR)
    await user.open(f"{PATH}?view=full_anterior")
    assert the_map(user).props["drawing"].endswith("/full_anterior.svg")
    await user.open(f"{PATH}?view=../../etc")
    assert the_map(user).props["drawing"].endswith("/knee_right_medial.svg")


async def test_what_is_new_since_the_session_before_is_named(people: People) -> None:
    treat(people, 0)
    treat(people, 1, 25)
    user = people.as_(DOCTOR)
    await user.open(PATH)
    await user.should_see("New 1")
    await user.should_see("Again 1")
    await user.should_see("Not this time 0")


async def test_a_course_without_a_session_says_so(people: People) -> None:
    user = people.as_(DOCTOR)
    await user.open(PATH)
    await user.should_see("Nothing was given in this course yet.")
    await user.should_see("No session yet.")
