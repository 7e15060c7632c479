"""Who has read a record: for the administrator alone, by the record's number."""

from __future__ import annotations

import pytest
from nicegui.testing import User

from charting.domain import Staff
from tests.page.conftest import People
from tests.people import ADMINISTRATOR, ANNE, DOCTOR, NURSE


async def asked(people: People, number: str) -> User:
    user = people.as_(ADMINISTRATOR)
    await user.open("/readings")
    with user:
        (field,) = user.find(marker="record number").elements
        field.value = number  # type: ignore[attr-defined]
    user.find(marker="asked").trigger("submit.prevent")
    return user


async def test_the_administrator_sees_who_opened_a_record(people: People) -> None:
    nurse = people.as_(NURSE)
    await nurse.open(f"/patients/{ANNE.id}")
    user = await asked(people, ANNE.record_number)
    await user.should_see(NURSE.name, retries=30)
    await user.should_see("patient")
    await user.should_not_see(ANNE.family_name)


async def test_a_number_that_nobody_has_is_said(people: People) -> None:
    user = await asked(people, "no-such-1")
    await user.should_see("No patient has this record number", retries=30)


async def test_a_record_that_nobody_opened_is_said(people: People) -> None:
    user = await asked(people, ANNE.record_number)
    await user.should_see("Nobody has opened this record yet", retries=30)


@pytest.mark.parametrize("who", [DOCTOR, NURSE], ids=["doctor", "nurse"])
async def test_nobody_else_sees_who_reads(people: People, who: Staff) -> None:
    user = people.as_(who)
    await user.open("/readings")
    await user.should_see("This page cannot be shown")
    await user.should_not_see("Who has read")
