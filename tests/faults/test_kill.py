"""The server is killed at random moments while marks are sent: whatever it acknowledged is there, once."""

from __future__ import annotations

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from charting import edge
from charting.anatomy import load_atlas
from charting.store import open_store, read_key_file
from tests.access.conftest import Browser, running
from tests.people import ANNE, KNEE

KILLS = int(os.environ.get("CHARTING_TEST_KILLS", "50"))
CLIENTS = 3
VIEW = "knee_right_medial"


def place(session: dict[str, Any], solution: str, inside: tuple[float, float]) -> dict[str, Any]:
    """Return the ask for one mark on the figure."""
    return {
        "kind": "place_mark", "id": str(edge.new_id()), "made_at": edge.now().isoformat(),
        "mark_id": str(edge.new_id()), "view": VIEW, "atlas_sha256": session["atlas_sha256"],
        "shape": {"kind": "point", "at": {"x": inside[0], "y": inside[1]}},
        "injection": {"solution_id": solution, "ml_each": "0.5"},
    }  # fmt: skip


class Tablet:
    """A tablet that sends mark after mark, and each again until it is acknowledged, as the outbox does."""

    def __init__(self, cookies: httpx.Cookies, session: dict[str, Any], inside: tuple[float, float]) -> None:
        self.cookies = cookies
        self.session = session
        self.inside = inside
        self.solution = session["standing"]["solutions"][0]["id"]
        self.waiting = place(session, self.solution, inside)
        self.acknowledged: list[str] = []
        self.tries = 0

    def send_until(self, base: str, over: threading.Event) -> None:
        with Browser(base) as browser:
            browser.cookies = self.cookies
            while not over.is_set():
                self.tries += 1
                try:
                    answer = browser.post(
                        f"/api/v1/sessions/{self.session['session_id']}/commands",
                        json={"commands": [self.waiting]},
                    )
                except httpx.TransportError:
                    continue
                assert answer.status_code == 200, answer.text
                step = answer.json()["steps"][0]
                assert step["outcome"] in ("applied", "duplicate"), step
                self.acknowledged.append(self.waiting["mark_id"])
                self.waiting = place(self.session, self.solution, self.inside)


def test_an_acknowledged_mark_survives_fifty_kills_of_the_server(tmp_path: Path) -> None:
    knee = load_atlas().view("adult_female", VIEW)
    middle = knee.silhouette.buffer(-15).representative_point()
    chance = random.Random(20261123)
    tablets: list[Tablet] = []
    cookies = httpx.Cookies()
    for _kill in range(KILLS):
        with running(tmp_path) as program:
            if not tablets:
                with program.browser() as browser:
                    assert browser.sign_in().status_code == 200
                    for path, value in (
                        ("/patients", ANNE), (f"/patients/{ANNE.id}/courses", KNEE),
                    ):  # fmt: skip
                        answer = browser.post(f"/api/v1{path}", json=value.model_dump(mode="json"))
                        assert answer.status_code == 201, answer.text
                    cookies = browser.cookies
                    for _ in range(CLIENTS):
                        answer = browser.post(
                            f"/api/v1/courses/{KNEE.id}/sessions", json={"id": str(edge.new_id())}
                        )
                        assert answer.status_code == 201, answer.text
                        tablets.append(Tablet(cookies, answer.json(), (middle.x, middle.y)))
            over = threading.Event()
            with ThreadPoolExecutor(CLIENTS) as pool:
                sending = [pool.submit(one.send_until, program.base, over) for one in tablets]
                time.sleep(chance.uniform(0.02, 0.5))
                program.process.kill()
                over.set()
                for one in sending:
                    one.result(30)
    store = open_store(
        f"sqlite:///{tmp_path / 'data' / 'charting.db'}",
        key=read_key_file(tmp_path / "keys" / "store.key", data=tmp_path / "data"),
    )
    with store.reading() as record:
        for one in tablets:
            kept = record.session(UUID(one.session["session_id"]))
            ids = [str(mark.id) for mark in kept.value.marks]
            assert len(one.acknowledged) > KILLS, "too few marks were sent to prove anything"
            assert set(one.acknowledged) - set(ids) == set(), "acknowledged, but missing"
            assert len(ids) == len(set(ids))
            assert set(ids) - set(one.acknowledged) <= {one.waiting["mark_id"]}
            assert kept.revision == 1 + len(ids), "the start and each mark are one change each"
    report = store.verify()
    assert report.fits, report.first
    store.close()
