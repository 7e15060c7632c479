"""Days and times are those of the clinic, wherever the server stands and whatever UTC says."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from nicegui import ui
from pydantic import ValidationError

from charting.desk import Desk
from charting.settings import Settings
from charting.ui.app import register_pages
from tests.clinic import Clinic
from tests.page.conftest import People
from tests.people import ANNE, DOCTOR, KNEE

HONOLULU = ZoneInfo("Pacific/Honolulu")


def in_honolulu(clinic: Clinic) -> Desk:
    return Desk(clinic.store, clinic.atlas, clock=clinic.clock, new_id=clinic.ids, zone=HONOLULU)


@pytest.fixture
def far(people: People) -> People:
    """Give a clinic in Honolulu, where it is still the day before when sessions start."""
    rooms = replace(people.rooms, desk=in_honolulu(people.clinic))
    register_pages(rooms)
    return people


async def test_a_session_is_on_the_clinics_day_on_every_page(far: People) -> None:
    session = far.clinic.start()
    for path in (
        "/",
        f"/patients/{ANNE.id}",
        f"/courses/{KNEE.id}",
        f"/sessions/{session.session_id}/review",
    ):
        user = far.as_(DOCTOR)
        await user.open(path)
        await user.should_see("22 Nov 2026")
        await user.should_not_see("23 Nov 2026")


async def test_the_chart_to_be_signed_says_the_clinics_time(far: People) -> None:
    session = far.clinic.start()
    user = far.as_(DOCTOR)
    await user.open(f"/sessions/{session.session_id}/review")
    (paper,) = user.find(marker="paper").elements
    drawn = "".join(one.content for one in paper.descendants() if isinstance(one, ui.html))
    assert "22 Nov 2026 23:30 HST" in drawn


async def test_the_settings_page_names_the_zone(far: People) -> None:
    user = far.as_(DOCTOR)
    await user.open("/settings")
    await user.should_see("Pacific/Honolulu (UTC-1000)")


def test_a_zone_is_set_by_its_name() -> None:
    assert Settings(time_zone="Pacific/Honolulu").zone == HONOLULU
    assert Settings().zone is None
    assert Settings(time_zone=" ").zone is None


@pytest.mark.parametrize("name", ["Honolulu", "../../etc/passwd", "America", "/etc/localtime", "\0"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="no time zone"):
        Settings(time_zone=name)
