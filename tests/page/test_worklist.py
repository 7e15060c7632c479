"""The worklist, as it is used from the keyboard."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from nicegui import ui
from nicegui.testing import User

from charting.domain import Patient
from tests.page.conftest import People
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, NURSE, an_id

FOREIGN = [
    ("ليلى", "العربي"),
    ("花子", "山田"),
    ("Zoé", "O'Connor-Ñandú"),
    ("🙂", "<script>alert(1)</script>"),
]


def rows(user: User) -> list[ui.link]:
    return sorted(user.find(marker="person").elements, key=lambda row: row.id)


def chosen(user: User) -> list[str]:
    return [row.props["href"] for row in rows(user) if "ch-chosen" in row.classes]


def typed(user: User, text: str) -> None:
    with user:
        for field in user.find(marker="search").elements:
            assert isinstance(field, ui.input)
            field.value = text


async def test_whoever_treats_sees_the_people_and_what_is_due(people: People) -> None:
    user = people.as_(NURSE)
    people.clinic.placed(people.clinic.start())
    await user.open("/")
    await user.should_see("Tremblay, Anne")
    await user.should_see("1 not signed")
    await user.should_see("Today")
    await user.should_see("M. Lavoie, RN")
    await user.should_see("Nurse")
    await user.should_not_see("Staff")


async def test_the_administrator_is_led_to_the_staff_and_sees_no_patient(people: People) -> None:
    user = people.as_(ADMINISTRATOR)
    await user.open("/")
    await user.should_see("Add someone")
    await user.should_not_see("Tremblay")
    await user.should_not_see("Worklist")


async def test_the_arrows_choose_and_enter_opens(people: People) -> None:
    other = Patient(id=an_id(700), record_number="B-1", family_name="Roy", born=date(1980, 1, 2))
    people.clinic.add(other)
    user = people.as_(DOCTOR)
    await user.open("/")
    search = user.find(marker="search")
    first = chosen(user)
    search.trigger("keydown.down.prevent")
    search.trigger("keydown.down.prevent")
    assert len(chosen(user)) == 1
    assert chosen(user) != first
    search.trigger("keydown.up.prevent")
    assert chosen(user) == first
    search.trigger("keydown.down.prevent")
    search.trigger("keydown.enter.prevent")
    await user.should_see("record B-1" if first == [f"/patients/{ANNE.id}"] else "record A-20931")


@pytest.mark.parametrize("text", ["trem", "A-209", "1974-03-04", "anne", "04.03.1974"])
async def test_a_search_finds_by_name_record_number_or_birth_date(people: People, text: str) -> None:
    people.clinic.add(Patient(id=an_id(700), record_number="B-1", family_name="Roy", born=date(1980, 1, 2)))
    user = people.as_(DOCTOR)
    await user.open("/")
    typed(user, text)
    await user.should_not_see("Roy", retries=20)
    assert [row.props["href"] for row in rows(user)] == [f"/patients/{ANNE.id}"]


async def test_enter_before_the_answer_opens_whom_the_words_mean(people: People) -> None:
    people.clinic.add(Patient(id=an_id(700), record_number="B-1", family_name="Roy", born=date(1980, 1, 2)))
    user = people.as_(DOCTOR)
    await user.open("/")
    user.find(marker="search").trigger("keydown.enter.prevent", "roy")
    await user.should_see("record B-1", retries=20)


async def test_enter_opens_nobody_of_several_who_were_not_shown_yet(people: People) -> None:
    for number, given in ((700, "Luc"), (701, "Eva")):
        people.clinic.add(
            Patient(id=an_id(number), record_number=f"B-{number}", family_name="Roy", given_names=given,
                    born=date(1980, 1, 2))
        )  # fmt: skip
    user = people.as_(DOCTOR)
    await user.open("/")
    search = user.find(marker="search")
    search.trigger("keydown.enter.prevent", "roy")
    await user.should_not_see("Tremblay, Anne", retries=20)
    await user.should_see("Roy, Luc")
    await user.should_see("Roy, Eva")
    search.trigger("keydown.enter.prevent", "roy")
    await user.should_see("record B-70", retries=20)


async def test_nobody_found_is_said_with_a_way_back(people: People) -> None:
    user = people.as_(DOCTOR)
    await user.open("/")
    typed(user, "nobody of this name")
    await user.should_see("Nobody is found by these words.", retries=20)
    user.find("Show the worklist").click()
    await user.should_see("Tremblay, Anne", retries=20)


async def test_a_search_that_is_huge_or_strange_finds_nobody_and_breaks_nothing(people: People) -> None:
    user = people.as_(DOCTOR)
    await user.open("/")
    for text in ("x" * 100_000, "%_%", "'; drop table patients; --", "\0\ud800", "<b>"):
        typed(user, text)
        await asyncio.sleep(0.05)
        await user.should_not_see("Tremblay, Anne", retries=20)
    typed(user, "")
    await user.should_see("Tremblay, Anne", retries=20)


@pytest.mark.parametrize(("given", "family"), FOREIGN)
async def test_names_of_every_script_are_shown_as_text(people: People, given: str, family: str) -> None:
    patient = Patient(
        id=an_id(700), record_number="B-1", family_name=family, given_names=given, born=date(1980, 1, 2)
    )
    people.clinic.add(patient)
    user = people.as_(DOCTOR)
    await user.open("/")
    await user.should_see(f"{family}, {given}")
    client = await user.open(f"/patients/{patient.id}")
    await user.should_see(f"{family}, {given}")
    names = [one for one in client.elements.values() if getattr(one, "text", "") == f"{family}, {given}"]
    assert names
    assert all(isinstance(one, ui.label) for one in names)
    assert family not in client.title
