from __future__ import annotations

from datetime import timedelta

import pytest

from charting.desk import Act, may
from charting.domain import Staff
from tests.api.conftest import PASSWORD, Browser, House
from tests.people import ADMINISTRATOR, DOCTOR, NURSE


def test_whoever_signs_in_is_told_who_they_are_and_what_they_may(house: House) -> None:
    for who in (DOCTOR, NURSE, ADMINISTRATOR):
        me = house.browser(who).get("me").json()
        assert Staff.model_validate(me["staff"]) == who
        assert set(me["may"]) == {act for act in Act if may(who, act)}


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(house: House) -> None:
    browser = house.browser()
    answer = browser.post("login", json={"sign_in": "OSEI ", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 200
    assert cookie.startswith("charting=")
    for part in ("httponly", "samesite=strict", "path=/"):
        assert part in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert PASSWORD not in answer.text


def test_signing_in_again_makes_a_fresh_login_and_ends_the_old_one(house: House, doctor: Browser) -> None:
    old = doctor.client.cookies["charting"]
    doctor.post("login", json={"sign_in": "osei", "password": PASSWORD})
    assert doctor.client.cookies["charting"] != old
    thief = house.browser()
    thief.client.cookies.set("charting", old)
    assert thief.get("me").status_code == 401


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(house: House) -> None:
    browser = house.browser()
    wrong = browser.post("login", json={"sign_in": "osei", "password": "not this one at all"})
    unknown = browser.post("login", json={"sign_in": "nobody", "password": "not this one at all"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "wrong_sign_in"
    assert "set-cookie" not in wrong.headers


def test_guessing_is_slowed_down_and_the_answer_says_for_how_long(house: House) -> None:
    browser = house.browser()
    answers = [
        browser.post("login", json={"sign_in": "osei", "password": "not this one at all"}) for _ in range(5)
    ]
    assert [answer.status_code for answer in answers[:3]] == [401, 401, 401]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "too_many_tries"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_after_signing_out_nothing_is_answered(doctor: Browser) -> None:
    token = doctor.client.cookies["charting"]
    assert doctor.post("logout").json() == {"signed_out": True}
    doctor.client.cookies.set("charting", token)
    answer = doctor.get("me")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_needed")
    assert doctor.post("logout").status_code == 200


def test_a_login_that_nobody_used_is_locked_and_goes_on_with_the_password(
    house: House, doctor: Browser
) -> None:
    house.clock.now += timedelta(minutes=16)
    locked = doctor.get("me")
    assert (locked.status_code, locked.json()["code"]) == (401, "locked")
    assert doctor.post("unlock", json={"password": "not this one at all"}).status_code == 401
    assert doctor.post("unlock", json={"password": PASSWORD}).status_code == 200
    assert doctor.get("me").status_code == 200
    assert house.browser().post("unlock", json={"password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"sign_in": "osei"}', b'{"sign_in": null, "password": null}',
     b'{"sign_in": "osei", "password": "a", "password": "b"}', b'{"sign_in": "osei", "password": "\\ud800"}',
     b'{"sign_in": 4, "password": 4}', b'{"sign_in": "osei", "password": "x", "role": "administrator"}'],
)  # fmt: skip
def test_what_is_no_sign_in_is_a_bad_request(house: House, body: bytes) -> None:
    answer = house.browser().post("login", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_odd_names_and_passwords_are_only_wrong(house: House) -> None:
    browser = house.browser()
    for name, password in (("", ""), ("' OR 1=1 --", "x"), ("أوسي", "x" * 1000), ("😀" * 100, "ß" * 200)):
        answer = browser.post("login", json={"sign_in": name, "password": password})
        assert answer.status_code == 401, name


def test_one_changes_ones_own_password_and_every_other_login_ends(house: House, doctor: Browser) -> None:
    elsewhere = house.browser(DOCTOR)
    old = doctor.client.cookies["charting"]
    new = "another lamp of quartz"
    answer = doctor.post("me/password", json={"password": PASSWORD, "new": new})
    assert answer.status_code == 200
    assert answer.json()["staff"]["sign_in"] == DOCTOR.sign_in
    assert doctor.client.cookies["charting"] != old
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert doctor.get("me").status_code == 200
    assert elsewhere.get("me").status_code == 401
    assert house.browser().post("login", json={"sign_in": "osei", "password": new}).status_code == 200


def test_a_password_is_not_changed_without_the_one_before_or_for_a_weak_one(
    house: House, doctor: Browser
) -> None:
    wrong = doctor.post("me/password", json={"password": "not this one", "new": "another lamp of quartz"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_sign_in")
    weak = doctor.post("me/password", json={"password": PASSWORD, "new": "short"})
    assert (weak.status_code, weak.json()["code"]) == (400, "weak_password")
    assert "at least 12" in weak.json()["sentence"]
    nobody = house.browser().post("me/password", json={"password": PASSWORD, "new": "another lamp of quartz"})
    assert nobody.status_code == 401
    assert doctor.get("me").status_code == 200
    assert house.browser().post("login", json={"sign_in": "osei", "password": PASSWORD}).status_code == 200
