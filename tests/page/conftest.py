"""A clinic whose pages are opened by people of each role, through the gate, without a browser."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from nicegui import core
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from charting import edge
from charting.access import Logins, cookie_name, passwords
from charting.access.gate import Gate
from charting.anatomy import Atlas, load_atlas
from charting.domain import Staff
from charting.settings import Settings
from charting.ui.app import register_pages
from charting.ui.context import AppContext
from charting.ui.open_pages import OpenPages
from tests.clinic import Clinic
from tests.people import ADMINISTRATOR, DOCTOR, NURSE

PASSWORD = "seven lemons on a boat"


class People:
    """The clinic and its pages; ``as_`` opens them as one of the staff does."""

    def __init__(self, clinic: Clinic, rooms: AppContext) -> None:
        self.clinic = clinic
        self.rooms = rooms

    def as_(self, who: Staff, cookies: dict[str, str] | None = None) -> User:
        token, _login = self.rooms.logins.sign_in(who.sign_in, PASSWORD, address="127.0.0.1")
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(Gate(core.app, self.rooms.logins, self.rooms.settings)),
            base_url="http://localhost:8080",
            headers={"accept": "text/html"},
            cookies={cookie_name(self.rooms.settings): token, **(cookies or {})},
        )
        return User(http)


@pytest.fixture(scope="session")
def atlas() -> Atlas:
    return load_atlas()


@pytest.fixture
async def people(tmp_path: Path, atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[People]:
    """Give a clinic with a doctor, a nurse, an administrator, one patient and one course."""
    # passwords are hashed as always, but at once: they are not what these tests are about
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    clinic = Clinic(tmp_path, atlas)
    settings = Settings(clinic="Seaview Clinic", data=tmp_path)
    logins = Logins(clinic.store, edge.now, settings)
    for who in (DOCTOR, NURSE, ADMINISTRATOR):
        logins.set_password(who.id, PASSWORD, by=None)
    rooms = AppContext(
        settings=settings, atlas=atlas, store=clinic.store, desk=clinic.desk, logins=logins,
        pages=OpenPages(logins),
    )  # fmt: skip
    loaded = dict(sys.modules)
    async with user_simulation():
        register_pages(rooms)
        yield People(clinic, rooms)
    # the simulation forgets the packages that pages came from; whatever runs after it still holds them
    sys.modules.update(loaded)
    clinic.close()
