"""What the exam screen shows: the mark that a link names, the skin of the clinic, short names on the map."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from charting.domain import PointShape, ViewPoint
from tests.browser.conftest import Doctor, Hand
from tests.browser.harness.exam import Exam

KNEE = "knee_right_anterior"
MANY = 30


def test_a_link_to_a_mark_shows_its_view_and_chooses_it(
    browse: Callable[..., BrowserContext], exam: Exam, address: str
) -> None:
    session = exam.session()
    there = exam.clinic.placed(session, PointShape(at=ViewPoint(80.0, 130.0)), view="knee_right_medial")
    for number in range(MANY):
        exam.clinic.placed(session, PointShape(at=ViewPoint(60.0 + number, 150.0)), view=KNEE)
    page = browse().new_page()
    hand = Hand(page)
    page.goto(f"{address}/sessions/{session.session_id}#mark={there.mark.id}")
    hand.ready()
    hand.until(f"surface.chosen === '{there.mark.id}'")
    assert hand.ask("surface.view.id") == "knee_right_medial"
    row = page.locator(".cm-item.cm-chosen .cm-row")
    assert row.is_visible()
    other = exam.stored(session.session_id).marks[-1]
    page.evaluate(f"location.hash = 'mark={other.mark.id}'")
    hand.until(f"surface.view.id === '{KNEE}' && surface.chosen === '{other.mark.id}'")
    page.wait_for_timeout(200)
    of_list, of_row = page.locator(".cm-list").bounding_box(), row.bounding_box()
    assert of_list is not None
    assert of_row is not None
    assert of_list["y"] <= of_row["y"] < of_list["y"] + of_list["height"], "its row is scrolled into sight"


def test_a_link_to_a_mark_of_another_region_leads_there(
    browse: Callable[..., BrowserContext], exam: Exam, address: str
) -> None:
    session = exam.session()
    at = exam.clinic.on_figure("full_anterior")
    there = exam.clinic.placed(session, PointShape(at=at), view="full_anterior")
    page = browse().new_page()
    hand = Hand(page)
    page.goto(f"{address}/sessions/{session.session_id}#mark={there.mark.id}")
    hand.ready()
    hand.until(f"surface.view.id === 'full_anterior' && surface.chosen === '{there.mark.id}'")


def test_a_link_to_a_mark_that_is_gone_says_so(
    browse: Callable[..., BrowserContext], exam: Exam, address: str
) -> None:
    session = exam.session()
    page = browse().new_page()
    hand = Hand(page)
    page.goto(f"{address}/sessions/{session.session_id}#mark={session.session_id}")
    hand.ready()
    page.wait_for_selector(".cm-toast >> text=not in this session")
    assert hand.ask("surface.chosen") is None


@pytest.mark.parametrize("skin", ["", "tone-2", "tone-3", "plain"])
def test_the_map_has_the_skin_of_the_clinics_setting(
    skin: str, browse: Callable[..., BrowserContext], exam: Exam, address: str
) -> None:
    page = browse().new_page()
    hand = Hand(page)
    path = f"{address}/sessions/{exam.session().session_id}"
    page.goto(f"{path}?skin={skin}")
    hand.ready()
    classes = str(page.locator(".cm-map svg").get_attribute("class")).split()
    assert [one for one in classes if one.startswith(("tone", "plain"))] == [skin][: bool(skin)]
    # the shell of an offline reload is not told, and shows what was shown last
    page.goto(path)
    hand.ready()
    assert hand.ask("surface.layers.skin") == skin


def test_names_on_the_map_are_short_and_whole_in_the_list(doctor: Doctor) -> None:
    doctor.tap(123.6, 116.3)
    doctor.tap(60.0, 22.0)
    first, second = doctor.saved(2)
    assert second.mark.site is None, "this place has no name"
    doctor.page.click('[data-name="labels"]')
    labels = doctor.page.locator(".cm-label").all_text_contents()
    assert len(labels) == 2
    assert all(0 < len(label) <= 35 for label in labels)
    assert labels[1].startswith("near ")
    assert first.name.startswith(labels[0].rstrip("…"))
    rows = doctor.page.locator(".cm-row-name").all_inner_texts()
    assert rows == [first.name, second.name]
