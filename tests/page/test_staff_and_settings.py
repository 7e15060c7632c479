"""Staff, for the administrator alone; and what everyone sets for their own browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from nicegui import context
from nicegui.testing import User

from charting.domain import Role
from charting.settings import Settings
from charting.ui.looks import COOKIE, Looks, cookie_of, looks_in
from tests.page.conftest import PASSWORD, People
from tests.people import ADMINISTRATOR, DOCTOR, NURSE

GOOD = {
    "name": "Dr. Á. 山田", "sign_in": "yamada", "role": "doctor", "password": "four green lamps swim",
    "again": "four green lamps swim",
}  # fmt: skip


def field(user: User, name: str) -> Any:
    (found,) = user.find(marker=name).elements
    return found


async def adding(people: People, **values: str) -> User:
    user = people.as_(ADMINISTRATOR)
    await user.open("/staff")
    user.find("Add someone").click()
    await user.should_see(marker="sign_in")
    with user:
        for name, value in {**GOOD, **values}.items():
            field(user, name).value = value
    return user


async def test_who_is_added_can_sign_in(people: People) -> None:
    user = await adding(people, sign_in="Yamada")
    user.find("Save").click()
    await user.should_see("Saved", retries=30)
    await user.should_see("Dr. Á. 山田", retries=30)
    _token, login = people.rooms.logins.sign_in("yamada", GOOD["password"], address="")
    assert login.staff.role is Role.DOCTOR


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", " ", "The name is needed"),
        ("sign_in", "a b", "without spaces"),
        ("sign_in", "osei", "Someone else signs in with this name"),
        ("role", "", "Choose the role"),
        ("password", "short", "at least 12"),
        ("password", "yamada yamada", "Choose"),
        ("again", "another one", "differ"),
    ],
)
async def test_what_cannot_be_meant_is_said_and_nobody_is_added(
    people: People, name: str, value: str, sentence: str
) -> None:
    user = await adding(people, **{name: value})
    user.find("Save").click()
    await user.should_see("What you typed is still here", retries=30)
    assert sentence in field(user, name).error
    assert len(people.clinic.desk.staff(ADMINISTRATOR)) == 4


async def test_who_leaves_is_signed_out_at_once(people: People) -> None:
    token, _login = people.rooms.logins.sign_in(NURSE.sign_in, PASSWORD, address="")
    user = people.as_(ADMINISTRATOR)
    await user.open("/staff")
    nurse = next(one for one in user.find("Change").elements if NURSE.sign_in in one.props["aria-label"])
    with user:
        for listener in nurse._event_listeners.values():
            listener.handler(None)  # type: ignore[misc]
    await user.should_see(marker="active", retries=20)
    with user:
        field(user, "active").value = False
    user.find("Save").click()
    await user.should_see("Has left", retries=30)
    assert people.rooms.logins.who(token) is None


@pytest.mark.parametrize("who", [DOCTOR, NURSE])
async def test_staff_is_for_the_administrator_alone(people: People, who: Any) -> None:
    user = people.as_(who)
    await user.open("/staff")
    await user.should_see("Your role does not allow this")
    await user.should_not_see("Add someone")


@pytest.mark.parametrize("who", [DOCTOR, NURSE, ADMINISTRATOR])
async def test_everyone_has_settings_and_each_choice_is_kept(people: People, who: Any) -> None:
    user = people.as_(who)
    await user.open("/settings")
    user.find(marker="theme dark").click()
    await user.should_see("Saved on this device")
    (key,) = user.find(marker="theme dark").elements
    assert key.props["aria-pressed"] == "true"
    with user:
        assert context.client.title


def test_a_cookie_gives_back_what_was_chosen() -> None:
    looks = Looks(theme="dark", skin="plain", weight_unit="lb", paper="letter")
    kept = cookie_of(looks, https=True)
    assert "Secure" in kept
    value = kept.split(";")[0].partition("=")[2]
    assert set(parse_qs(value)) == {"theme", "skin", "weight_unit", "paper"}
    assert looks_in({COOKIE: value}, Settings()) == looks


@pytest.mark.parametrize(
    "value",
    ["", "theme", "theme=purple", "skin=<script>", "x" * 100_000, "theme=dark&theme=no", "%ff%00"],
)
def test_a_cookie_that_says_nothing_sensible_is_passed_over(value: str) -> None:
    assert looks_in({COOKIE: value}, Settings()) == Looks()
