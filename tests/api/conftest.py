"""The interface over a real store, and browsers that are signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from charting.access import Logins, hash_password, passwords
from charting.anatomy import Atlas
from charting.api import create_router
from charting.domain import Staff
from charting.settings import Settings
from tests.clinic import Clinic
from tests.people import ADMINISTRATOR, DOCTOR, NURSE

PASSWORD = "four wet umbrellas sing"


class Browser:
    """A browser in front of the interface: keeps its cookies, and raises what the server raises."""

    def __init__(self, app: FastAPI, portal: BlockingPortal) -> None:
        self._portal = portal
        self.client = AsyncClient(transport=ASGITransport(app), base_url="http://localhost/api/v1/")

    def ask(self, method: str, path: str, **more: Any) -> Response:
        async def asked() -> Response:
            return await self.client.request(method, path, **more)

        return self._portal.call(asked)

    def get(self, path: str, **more: Any) -> Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> Response:
        return self.ask("POST", path, **more)

    def put(self, path: str, **more: Any) -> Response:
        return self.ask("PUT", path, **more)


class House(Clinic):
    """A clinic with its interface; ``browser`` signs somebody in."""

    def __init__(self, folder: Path, atlas: Atlas) -> None:
        super().__init__(folder, atlas)
        self.settings = Settings(data=folder, key_file=folder / "key")
        self.logins = Logins(self.store, self.clock, self.settings, new_id=self.ids)
        self.app = FastAPI()
        self.router = create_router(self.desk, self.logins, atlas, self.settings)
        self.app.include_router(self.router)
        self._running = start_blocking_portal()
        self._portal = self._running.__enter__()

    def browser(self, who: Staff | None = None) -> Browser:
        """Return a browser, signed in unless nobody is said to be."""
        browser = Browser(self.app, self._portal)
        if who is not None:
            answer = browser.post("login", json={"sign_in": who.sign_in, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        return browser

    def close(self) -> None:
        self._running.__exit__(None, None, None)
        super().close()


QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords quickly here: how strongly they are hashed is tried in the room that does it."""
    monkeypatch.setattr(passwords, "_hasher", QUICK)


@pytest.fixture(scope="session")
def password_hash() -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_hasher", QUICK)
        return hash_password(PASSWORD)


@pytest.fixture
def house(tmp_path: Path, real_atlas: Atlas, password_hash: str) -> Iterator[House]:
    house = House(tmp_path, real_atlas)
    with house.store.writing() as store:
        for one in (DOCTOR, NURSE, ADMINISTRATOR):
            store.set_password_hash(one.id, password_hash, by=None, at=house.clock(), command_id=house.ids())
    yield house
    house.close()


@pytest.fixture
def doctor(house: House) -> Browser:
    return house.browser(DOCTOR)


@pytest.fixture
def nurse(house: House) -> Browser:
    return house.browser(NURSE)


@pytest.fixture
def administrator(house: House) -> Browser:
    return house.browser(ADMINISTRATOR)


@pytest.fixture
def session(house: House) -> dict[str, Any]:
    """A session that has just been started, as the interface shows it."""
    return house.start().model_dump(mode="json")


Placing = Callable[..., dict[str, Any]]


@pytest.fixture
def placing(house: House, session: dict[str, Any]) -> Placing:
    """Return what makes an ask that places a mark, as JSON; what is said takes the place of what is usual."""

    def ask(**more: Any) -> dict[str, Any]:
        usual = house.ask_place(house.desk.session(DOCTOR, UUID(session["session_id"]))).model_dump(
            mode="json"
        )
        return {**usual, **more}

    return ask
