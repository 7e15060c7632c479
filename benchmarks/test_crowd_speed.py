"""Fifty people who mark at once, one mark a second each, on the whole program in a process of its own.

Each has a session, a connection and, as a page has, a stream that tells of changes. The people, too, run on
this machine and take a part of its two cores.

acknowledgement of a mark, durable      p99  100 ms
marks lost, marks doubled               none
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.limits import INSTEAD, MS
from benchmarks.test_start_speed import first_page, started
from charting import edge
from charting.access import Logins
from charting.anatomy import Atlas
from charting.domain import Role, Staff
from charting.settings import Settings
from charting.store.opening import open_clinic_store
from tests.people import ANNE, KNEE

PEOPLE = 50
SECONDS = int(os.environ.get("CHARTING_BENCH_SECONDS", "30"))
PASSWORD = "four wet umbrellas sing"
VIEW = "knee_right_medial"


def fifty_courses(settings: Settings) -> list[UUID]:
    """Make a clinic of fifty doctors, each with a patient, and return the patients' courses."""
    courses = []
    with open_clinic_store(settings) as store:
        logins = Logins(store, edge.now, settings)
        for number in range(PEOPLE):
            who = Staff(
                id=edge.new_id(), sign_in=f"doctor{number}", name=f"Doctor {number}", role=Role.DOCTOR
            )
            patient = ANNE.model_copy(update={"id": edge.new_id(), "record_number": f"B-{number}"})
            course = KNEE.model_copy(update={"id": edge.new_id(), "patient_id": patient.id})
            with store.writing() as writer:
                writer.put_staff(who, seen=None, by=None, at=edge.now(), command_id=edge.new_id())
                writer.put_patient(patient, seen=None, by=who.id, at=edge.now(), command_id=edge.new_id())
                writer.put_course(course, seen=None, by=who.id, at=edge.now(), command_id=edge.new_id())
            logins.set_password(who.id, PASSWORD, by=None)
            courses.append(course.id)
    return courses


@dataclass
class Person:
    """Someone at a tablet: what was marked, and how long each mark took until it was acknowledged."""

    client: httpx.AsyncClient
    session: dict[str, Any] = field(default_factory=dict)
    marked: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    async def sit_down(self, number: int, course: UUID) -> None:
        answer = await self.client.post(
            "login", json={"sign_in": f"doctor{number}", "password": PASSWORD}, headers=self.headers
        )
        answer.raise_for_status()
        answer = await self.client.post(
            f"courses/{course}/sessions", json={"id": str(edge.new_id())}, headers=self.headers
        )
        answer.raise_for_status()
        self.session = answer.json()

    @property
    def headers(self) -> dict[str, str]:
        return {"origin": f"{self.client.base_url.scheme}://{self.client.base_url.netloc.decode()}"}

    async def listen(self) -> None:
        path = f"sessions/{self.session['session_id']}/events"
        async with self.client.stream("GET", path, timeout=None) as stream:
            async for _line in stream.aiter_lines():
                pass

    async def mark(self, inside: tuple[float, float]) -> None:
        mark_id = str(edge.new_id())
        ask = {
            "kind": "place_mark", "id": str(edge.new_id()), "made_at": edge.now().isoformat(),
            "mark_id": mark_id, "view": VIEW, "atlas_sha256": self.session["atlas_sha256"],
            "shape": {"kind": "point", "at": {"x": inside[0], "y": inside[1]}},
            "injection": {
                "solution_id": self.session["standing"]["solutions"][0]["id"], "ml_each": "0.5",
            },
        }  # fmt: skip
        before = time.perf_counter()
        answer = await self.client.post(
            f"sessions/{self.session['session_id']}/commands",
            content=json.dumps({"commands": [ask]}),
            headers={"content-type": "application/json", **self.headers},
        )
        self.took.append(time.perf_counter() - before)
        (step,) = answer.json()["steps"]
        assert step["outcome"] == "applied", step
        self.marked.append(mark_id)

    async def mark_each_second(self, number: int, inside: tuple[float, float]) -> None:
        start = time.perf_counter() + number / PEOPLE
        for second in range(SECONDS):
            await asyncio.sleep(max(start + second - time.perf_counter(), 0))
            await self.mark(inside)


async def crowd(port: int, courses: list[UUID], inside: tuple[float, float]) -> list[Person]:
    """Let fifty people mark, and return them."""
    base = f"http://127.0.0.1:{port}/api/v1/"
    people = [Person(httpx.AsyncClient(base_url=base, trust_env=False, timeout=30)) for _ in range(PEOPLE)]
    for number, (one, course) in enumerate(zip(people, courses, strict=True)):
        await one.sit_down(number, course)
    listening = [asyncio.create_task(one.listen()) for one in people]
    await asyncio.gather(*(one.mark_each_second(number, inside) for number, one in enumerate(people)))
    for task in listening:
        assert not task.done(), "a stream ended while people were marking"
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    for one in people:
        await one.client.aclose()
    return people


def test_fifty_people_marking_at_once(benchmark: BenchmarkFixture, tmp_path: Path, atlas: Atlas) -> None:
    if benchmark.disabled:
        pytest.skip("measured only when asked for")
    settings = Settings(data=tmp_path / "data", key_file=tmp_path / "key" / "store.key")
    courses = fifty_courses(settings)
    middle = atlas.view("adult_female", VIEW).silhouette.buffer(-15).representative_point()
    with started(settings) as (process, port):
        assert first_page(process, port)
        people: list[Person] = benchmark.pedantic(
            lambda: asyncio.run(crowd(port, courses, (middle.x, middle.y))), rounds=1
        )
    times = [one for person in people for one in person.took]
    at = statistics.quantiles(times, n=100)
    said = f"p50 {statistics.median(times) / MS:.1f} ms, p95 {at[94] / MS:.1f} ms, p99 {at[98] / MS:.1f} ms"
    benchmark.extra_info[INSTEAD] = said
    print(f"\n{len(times)} marks of {PEOPLE} people: {said}, longest {max(times) / MS:.1f} ms")
    with open_clinic_store(settings) as store, store.reading() as record:
        for person in people:
            kept = record.session(UUID(person.session["session_id"])).value
            assert sorted(str(mark.id) for mark in kept.marks) == sorted(person.marked)
    assert at[98] <= 100 * MS
