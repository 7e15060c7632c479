from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from charting.api import create_router
from charting.desk import Desk
from charting.domain import PointShape, ViewPoint
from tests.api.conftest import PASSWORD, Browser, House
from tests.people import ANNE, DOCTOR, KNEE, NURSE

VIEW = "knee_right_medial"


@pytest.fixture
def course(house: House) -> House:
    """A course of two sessions: one spot treated in both, another in the second alone."""
    first = house.start()
    house.placed(first)
    house.clock.now += timedelta(days=28)
    second = house.start()
    house.placed(second)
    at = house.on_figure()
    house.placed(second, PointShape(at=ViewPoint(at.x + 20, at.y)))
    return house


def test_the_course_map_says_what_the_sessions_add_up_to(course: House, nurse: Browser) -> None:
    body = nurse.get(f"courses/{KNEE.id}/map", params={"view": VIEW}).json()
    assert [line["number"] for line in body["sessions"]] == [1, 2]
    assert [(spot["number"], spot["times"], spot["sessions"], spot["ml"]) for spot in body["spots"]] == [
        (1, 2, [1, 2], "1"), (2, 1, [2], "0.5")
    ]  # fmt: skip
    assert [mark["spot"] for mark in body["marks"]] == [1, 1, 2]
    assert all(mark["visible"] and mark["shape"] for mark in body["marks"])
    assert body["since_last"] == {"now": [2], "before": [], "both": [1]}
    (unnamed,) = [one for one in body["sites"] if one["site"] is None]
    assert (unnamed["laterality"], unnamed["change"]) == ("right", "again")


def test_a_mark_of_one_view_stands_on_the_others_without_its_shape(course: House, nurse: Browser) -> None:
    body = nurse.get(f"courses/{KNEE.id}/map", params={"view": "full_anterior"}).json()
    assert [mark["shape"] for mark in body["marks"]] == [None, None, None]


def test_sessions_can_be_left_out_of_the_map(course: House, nurse: Browser) -> None:
    params = {"view": VIEW, "sessions": "2"}
    body = nurse.get(f"courses/{KNEE.id}/map", params=params).json()
    assert [line["number"] for line in body["sessions"]] == [2]
    assert len(body["marks"]) == 2
    params["sessions"] = "2,7"
    assert nurse.get(f"courses/{KNEE.id}/map", params=params).json() == body


def documents(course: House) -> list[str]:
    session = course.desk.course(NURSE, KNEE.id).sessions[0].session_id
    return [
        *(f"sessions/{session}/chart.{kind}" for kind in ("pdf", "svg", "png")),
        *(f"courses/{KNEE.id}/map.{kind}" for kind in ("pdf", "svg", "png")),
        *(f"courses/{KNEE.id}/map.{kind}?view={VIEW}&sessions=1,2" for kind in ("pdf", "svg", "png")),
    ]


MEDIA = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}
BEGINS = {"pdf": b"%PDF-1.7", "svg": b"<svg", "png": b"\x89PNG"}


def test_charts_and_maps_come_on_paper_and_their_names_tell_nothing(course: House, nurse: Browser) -> None:
    for path in documents(course):
        answer = nurse.get(path)
        kind = path.partition("?")[0].rpartition(".")[2]
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == MEDIA[kind], path
        assert answer.content.lstrip().startswith(BEGINS[kind]) or kind == "svg", path
        if kind == "svg":
            assert ElementTree.fromstring(answer.content).tag.endswith("svg")
        name = answer.headers["content-disposition"]
        assert name.startswith("inline; filename=")
        assert name.endswith(f'.{kind}"')
        assert ANNE.family_name not in name
        assert ANNE.record_number not in name
        assert answer.headers["cache-control"] == "no-store"


def test_a_chart_is_that_of_what_is_stored(course: House, nurse: Browser) -> None:
    session = course.desk.course(NURSE, KNEE.id).sessions[0].session_id
    before = nurse.get(f"sessions/{session}/chart.svg")
    assert before.headers["sheets"] == "1"
    assert ANNE.family_name in before.text
    assert nurse.get(f"sessions/{session}/chart.svg").text == before.text
    letter = nurse.get(f"sessions/{session}/chart.svg", params={"paper": "letter"})
    assert letter.text != before.text


def test_what_cannot_be_drawn_is_refused_in_words(course: House, nurse: Browser) -> None:
    session = course.desk.course(NURSE, KNEE.id).sessions[0].session_id
    for path, status in (
        (f"sessions/{session}/chart.svg?sheet=0", 400),
        (f"sessions/{session}/chart.svg?sheet=99", 400),
        (f"sessions/{session}/chart.svg?sheet=x", 400),
        (f"sessions/{session}/chart.png?width=0", 400),
        (f"sessions/{session}/chart.png?width=100000", 400),
        (f"sessions/{session}/chart.pdf?paper=papyrus", 400),
        (f"sessions/{KNEE.id}/chart.pdf", 404),
        (f"courses/{session}/map.pdf", 404),
        (f"courses/{KNEE.id}/map", 400),
        (f"courses/{KNEE.id}/map?view=tail", 404),
        (f"courses/{KNEE.id}/map.svg?view=tail", 404),
        (f"courses/{KNEE.id}/map.pdf?view=tail", 404),
        (f"courses/{KNEE.id}/map.svg?sessions=", 400),
        (f"courses/{KNEE.id}/map.svg?sessions=1;2", 400),
        (f"courses/{KNEE.id}/map.svg?sessions={'9' * 500}", 400),
    ):
        answer = nurse.get(path)
        assert answer.status_code == status, path
        assert answer.json()["sentence"], path


def test_a_course_without_sessions_has_an_empty_map(house: House, nurse: Browser) -> None:
    assert nurse.get(f"courses/{KNEE.id}/map", params={"view": VIEW}).json()["marks"] == []
    for kind in ("pdf", "svg", "png"):
        assert nurse.get(f"courses/{KNEE.id}/map.{kind}").status_code == 200
        assert nurse.get(f"courses/{KNEE.id}/map.{kind}?view={VIEW}").status_code == 200


def test_screen_and_paper_have_their_glyphs_from_one_place(administrator: Browser) -> None:
    assert administrator.get("glyphs.json").json()["schema"] == "charting-glyphs/1"


def test_a_chart_and_a_map_tell_the_clinics_days(house: House, session: dict[str, Any]) -> None:
    far = Desk(house.store, house.atlas, clock=house.clock, zone=ZoneInfo("Pacific/Honolulu"))
    app = FastAPI()
    app.include_router(create_router(far, house.logins, house.atlas, house.settings))
    doctor = Browser(app, house._portal)
    doctor.post("login", json={"sign_in": "osei", "password": PASSWORD})
    chart = doctor.get(f"sessions/{session['session_id']}/chart.svg").text
    assert "22 Nov 2026 23:30 HST" in chart
    assert "23 Nov 2026" not in chart
    told = doctor.get(f"courses/{KNEE.id}/map", params={"view": VIEW}).json()
    assert told["today"] == "2026-11-22"


def test_the_patients_sheet_comes_in_both_languages_and_its_name_tells_nothing(
    course: House, nurse: Browser, session: dict[str, Any]
) -> None:
    address = f"sessions/{session['session_id']}/aftercare.pdf"
    for language in ("en", "fr"):
        answer = nurse.get(address, params={"language": language})
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(b"%PDF")
        assert ANNE.family_name not in answer.headers["content-disposition"]
    assert nurse.get(address, params={"language": "la"}).json()["code"] == "bad_request"


def test_the_note_says_what_was_charted_and_nothing_that_was_not(
    house: House, nurse: Browser, session: dict[str, Any]
) -> None:
    address = f"sessions/{session['session_id']}/note"
    assert "Nothing was injected." in nurse.get(address).json()["text"]
    view = house.desk.session(DOCTOR, UUID(session["session_id"]))
    house.placed(view)
    text = nurse.get(address).json()["text"]
    assert "dextrose 15 % + lidocaine 0.2 % was injected" in text
    assert "In all 1 puncture, 1 deposit, " in text
    assert "onsent" not in text, "what was not answered is not said"
