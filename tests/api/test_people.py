from __future__ import annotations

from typing import Any

import pytest

from charting.domain import Course, Patient, Role, Staff
from tests.api.conftest import PASSWORD, Browser, House
from tests.people import ADMINISTRATOR, ANNE, KNEE, NURSE, an_id

ROY = ANNE.model_copy(update={"id": an_id(11), "record_number": "B-1", "family_name": "Roy"})
NEW = Staff(id=an_id(5), sign_in="novak", name="Dr. P. Novák", role=Role.DOCTOR)


def as_json(value: Patient | Course | Staff, **more: Any) -> dict[str, Any]:
    return {**value.model_dump(mode="json"), **more}


def test_a_patient_is_added_found_and_changed(nurse: Browser) -> None:
    added = nurse.post("patients", json=as_json(ROY))
    assert added.status_code == 201
    assert Patient.model_validate(added.json()["patient"]) == ROY
    assert [one["patient"]["id"] for one in nurse.get("patients", params={"search": "roy an"}).json()] == [
        str(ROY.id)
    ]
    changed = nurse.put(f"patients/{ROY.id}", json={"seen": 1, "patient": as_json(ROY, weight_kg="68.5")})
    assert changed.json()["revision"] == 2
    assert nurse.get(f"patients/{ROY.id}").json() == changed.json()


def test_adding_a_patient_twice_is_adding_one(nurse: Browser) -> None:
    assert (
        nurse.post("patients", json=as_json(ROY)).json() == nurse.post("patients", json=as_json(ROY)).json()
    )
    other = nurse.post("patients", json=as_json(ROY, id=str(an_id(12))))
    assert (other.status_code, other.json()["code"]) == (409, "already_there")


def test_two_people_who_edit_one_patient_do_not_overwrite_each_other(nurse: Browser, doctor: Browser) -> None:
    path = f"patients/{ANNE.id}"
    assert doctor.put(path, json={"seen": 1, "patient": as_json(ANNE, weight_kg="70")}).status_code == 200
    late = nurse.put(path, json={"seen": 1, "patient": as_json(ANNE, weight_kg="80")})
    assert (late.status_code, late.json()["code"]) == (409, "stale_revision")
    assert doctor.get(path).json()["patient"]["weight_kg"] == "70"


NAMES = (
    "عبد الرحمن", "さくら", "Zoë", "O’Brien", "d'Arc", "Nguyễn", "Ærø", "😀", "<script>alert(1)</script>",
    "{{7*7}}", "=1+1", "' OR 1=1 --", "李",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_comes_back_as_it_went_in(nurse: Browser, name: str) -> None:
    assert nurse.post("patients", json=as_json(ROY, family_name=name)).status_code == 201
    answer = nurse.get(f"patients/{ROY.id}")
    assert answer.json()["patient"]["family_name"] == name
    assert answer.headers["content-type"] == "application/json"
    assert nurse.get("patients", params={"search": name}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"family_name": ""}, {"family_name": "  "}, {"family_name": "x" * 201}, {"family_name": "a\u202eb"},
        {"family_name": 4}, {"born": "0000-01-01"}, {"born": "2027-02-29"}, {"born": "4 March 1974"},
        {"record_number": "../x"}, {"record_number": ""}, {"sex": "yes"}, {"weight_kg": 71.5},
        {"weight_kg": "0"}, {"weight_kg": "-4"}, {"weight_kg": "701"}, {"weight_kg": "1e99"},
        {"allergies": "nuts"}, {"allergies": ["x"] * 41}, {"figure": "../adult_male"}, {"id": "1"},
        {"id": "00000000-0000-4000-8000-000000000000"}, {"colour": "red"},
    ],
    ids=str,
)  # fmt: skip
def test_a_patient_that_cannot_be_is_refused_without_repeating_the_name(
    nurse: Browser, wrong: dict[str, Any]
) -> None:
    answer = nurse.post("patients", json=as_json(ROY, **wrong))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "Roy" not in answer.text
    assert nurse.get("patients", params={"search": "roy"}).json() == []


def test_the_id_in_the_address_is_the_one_that_is_saved(nurse: Browser) -> None:
    for path, body in (
        (f"patients/{an_id(77)}", {"seen": 1, "patient": as_json(ANNE)}),
        (f"courses/{an_id(77)}", {"seen": 1, "course": as_json(KNEE)}),
    ):
        assert nurse.put(path, json=body).status_code == 400
    assert nurse.post(f"patients/{an_id(77)}/courses", json=as_json(KNEE)).status_code == 400


def test_what_is_not_there_is_not_found(nurse: Browser) -> None:
    for path, code in (
        (f"patients/{an_id(77)}", "patient_not_found"),
        ("patients/00000000-0000-4000-8000-000000000000", "patient_not_found"),
        (f"courses/{an_id(77)}", "course_not_found"),
        (f"courses/{ANNE.id}", "course_not_found"),
        (f"sessions/{KNEE.id}", "session_not_found"),
        (f"sessions/{an_id(77)}/changes", "session_not_found"),
        (f"sessions/{an_id(77)}/ghosts", "session_not_found"),
        (f"sessions/{an_id(77)}/events", "session_not_found"),
        ("nothing/at/all", "unknown"),
    ):
        answer = nurse.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code), path
    for path in ("patients/anne", "courses/1", "sessions/x/changes", "sessions/%00"):
        assert nurse.get(path).status_code == 400, path


def test_a_course_is_added_and_changed(nurse: Browser) -> None:
    hip = KNEE.model_copy(update={"id": an_id(21), "problem": "Right hip", "region": "hip"})
    path = f"patients/{ANNE.id}/courses"
    assert nurse.post(path, json=as_json(hip)).status_code == 201
    saved = nurse.put(f"courses/{hip.id}", json={"seen": 1, "course": as_json(hip, planned_sessions=3)})
    assert saved.json()["course"]["planned_sessions"] == 3
    assert len(nurse.get(f"patients/{ANNE.id}").json()["courses"]) == 2
    stale = nurse.put(f"courses/{hip.id}", json={"seen": 1, "course": as_json(hip)})
    assert stale.json()["code"] == "stale_revision"
    no_map = nurse.post(path, json=as_json(hip, id=str(an_id(22)), region="tail"))
    assert (no_map.status_code, no_map.json()["code"]) == (404, "unknown_region")
    nobody = nurse.post(
        f"patients/{an_id(77)}/courses", json=as_json(hip, id=str(an_id(22)), patient_id=str(an_id(77)))
    )
    assert nobody.json()["code"] == "patient_not_found"


def test_the_worklist_shows_whom_to_see_to(house: House, nurse: Browser) -> None:
    assert [line["drafts"] for line in nurse.get("worklist").json()] == [0]
    house.start()
    (line,) = nurse.get("worklist").json()
    assert (line["patient"]["id"], line["drafts"]) == (str(ANNE.id), 1)


def test_a_search_that_is_too_long_or_odd_is_answered_in_words(nurse: Browser) -> None:
    assert nurse.get("patients", params={"search": "x" * 201}).status_code == 400
    for odd in ("%", "_", "\\", "*", "0000-00-00", "99 99 9999", "😀", "\u0000", "a" * 200, "  "):
        assert nurse.get("patients", params={"search": odd}).status_code == 200, odd


def test_new_staff_signs_in_with_the_password_it_was_given(house: House, administrator: Browser) -> None:
    added = administrator.post("staff", json={"staff": as_json(NEW), "password": PASSWORD})
    assert added.status_code == 201
    assert PASSWORD not in added.text
    assert house.browser(NEW).get("me").json()["staff"]["sign_in"] == "novak"
    assert len(administrator.get("staff").json()) == 5


def test_a_weak_password_is_refused_before_anyone_is_added(administrator: Browser) -> None:
    for weak in ("", "short", "password1234", "novak novak novak"):
        answer = administrator.post("staff", json={"staff": as_json(NEW), "password": weak})
        assert (answer.status_code, answer.json()["code"]) == (400, "weak_password"), weak
        assert weak not in answer.text or not weak
    assert len(administrator.get("staff").json()) == 4


def test_who_leaves_or_changes_role_is_signed_out_at_once(
    house: House, administrator: Browser, nurse: Browser
) -> None:
    left = as_json(NURSE, active=False)
    assert administrator.put(f"staff/{NURSE.id}", json={"seen": 2, "staff": left}).status_code == 200
    assert nurse.get("me").status_code == 401
    again = house.browser().post("login", json={"sign_in": "lavoie", "password": PASSWORD})
    assert again.status_code == 401


def test_another_password_ends_every_login_of_the_one_before(
    house: House, administrator: Browser, nurse: Browser
) -> None:
    other = "seven slow herons wait"
    answer = administrator.put(f"staff/{NURSE.id}/password", json={"password": other})
    assert answer.json() == {"saved": True}
    assert nurse.get("me").status_code == 401
    browser = house.browser()
    assert browser.post("login", json={"sign_in": "lavoie", "password": other}).status_code == 200


def test_the_last_administrator_stays(administrator: Browser) -> None:
    for change in ({"active": False}, {"role": "nurse"}):
        answer = administrator.put(
            f"staff/{ADMINISTRATOR.id}", json={"seen": 2, "staff": as_json(ADMINISTRATOR, **change)}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert administrator.get("me").status_code == 200
