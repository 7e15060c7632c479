from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from charting.api import sessions as room
from charting.api.asking import Rooms
from charting.domain import StoreFull, StoreUnusable
from tests.api.conftest import PASSWORD, Browser, House, Placing
from tests.people import DOCTOR, KNEE, NURSE, START, an_id

Send = Callable[..., dict[str, Any]]


@pytest.fixture
def path(session: dict[str, Any]) -> str:
    return f"sessions/{session['session_id']}"


def send(browser: Browser, path: str, *commands: dict[str, Any]) -> dict[str, Any]:
    answer = browser.post(f"{path}/commands", json={"commands": list(commands)})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def test_a_session_is_started_marked_read_and_signed(doctor: Browser, house: House, placing: Placing) -> None:
    started = doctor.post(f"courses/{KNEE.id}/sessions", json={"id": str(an_id(70))})
    assert started.status_code == 201
    again = doctor.post(f"courses/{KNEE.id}/sessions", json={"id": str(an_id(70))})
    assert again.json() == started.json()
    path = f"sessions/{an_id(70)}"
    solution = started.json()["standing"]["solutions"][0]["id"]
    injection = {"solution_id": solution, "ml_each": "0.5", "deposits": 2}
    body = send(doctor, path, placing(injection=injection), placing(injection=injection))
    assert [step["outcome"] for step in body["steps"]] == ["applied", "applied"]
    assert body["standing"]["totals"]["ml"] == "2"
    assert body["standing"]["totals"]["mg_by_agent"] == {"dextrose": "300", "lidocaine": "4"}
    shown = doctor.get(path).json()
    assert [mark["number"] for mark in shown["marks"]] == [1, 2]
    seal = doctor.post(f"{path}/seal", json={"password": PASSWORD, "revision": 3, "marks": 2})
    assert seal.status_code == 200
    assert doctor.get(path).json()["standing"]["seal"] == seal.json()
    late = send(doctor, path, placing(injection=injection))
    assert late["steps"][0]["code"] == "session_sealed"


def test_a_batch_sent_fifty_times_is_carried_out_once(doctor: Browser, path: str, placing: Placing) -> None:
    ask = placing()
    outcomes = [send(doctor, path, ask)["steps"][0]["outcome"] for _ in range(50)]
    assert outcomes == ["applied"] + ["duplicate"] * 49
    assert len(doctor.get(path).json()["marks"]) == 1


def test_the_same_id_with_another_dose_is_refused(doctor: Browser, path: str, placing: Placing) -> None:
    ask = placing()
    send(doctor, path, ask)
    ten_times = {**ask, "injection": {**ask["injection"], "ml_each": "5"}}
    assert send(doctor, path, ten_times)["steps"][0]["code"] == "command_reused"
    # the same, written otherwise, is the same
    written_otherwise = {**ask, "injection": {**ask["injection"], "ml_each": "0.50"}}
    assert send(doctor, path, written_otherwise)["steps"][0]["outcome"] == "duplicate"


def test_two_editors_taking_turns_see_each_other_and_overwrite_nothing(
    house: House, doctor: Browser, path: str, placing: Placing
) -> None:
    other = house.browser(DOCTOR)
    mark = send(doctor, path, placing())["steps"][0]["mark"]["mark"]
    theirs = send(other, path, placing())["steps"][0]["mark"]["mark"]
    change = {
        "kind": "change_mark", "mark_id": mark["id"], "seen": 1, "made_at": START.isoformat(),
        "injection": {**mark["injection"], "ml_each": "0.7"},
    }  # fmt: skip
    assert send(other, path, {**change, "id": str(an_id(80))})["steps"][0]["outcome"] == "applied"
    late = {**change, "id": str(an_id(81)), "injection": {**mark["injection"], "ml_each": "0.9"}}
    (step,) = send(doctor, path, late)["steps"]
    assert (step["outcome"], step["code"]) == ("refused", "mark_changed")
    assert step["mark"]["mark"]["injection"]["ml_each"] == "0.7"
    changes = doctor.get(f"{path}/changes", params={"after": 2}).json()
    assert {one["mark"]["id"] for one in changes["marks"]} == {mark["id"], theirs["id"]}
    assert changes["standing"]["revision"] == 4
    assert doctor.get(f"{path}/changes", params={"after": 4}).json()["marks"] == []


@pytest.mark.parametrize("after", ["-1", "x", "1.5", str(2**31), "9" * 400])
def test_changes_after_what_is_no_revision_are_refused(nurse: Browser, path: str, after: str) -> None:
    assert nurse.get(f"{path}/changes", params={"after": after}).status_code == 400


def test_earlier_sessions_are_listed_as_ghosts(
    house: House, doctor: Browser, path: str, placing: Placing
) -> None:
    send(doctor, path, placing())
    following = house.start()
    (ghost,) = doctor.get(f"sessions/{following.session_id}/ghosts").json()
    assert (ghost["number"], len(ghost["marks"]), ghost["signed"]) == (1, 1, False)


def test_signing_needs_the_password_and_what_was_seen(doctor: Browser, path: str, placing: Placing) -> None:
    send(doctor, path, placing())
    wrong = doctor.post(f"{path}/seal", json={"password": "not this one", "revision": 2, "marks": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_sign_in")
    unseen = doctor.post(f"{path}/seal", json={"password": PASSWORD, "revision": 2, "marks": 2})
    assert (unseen.status_code, unseen.json()["code"]) == (409, "not_ready_to_sign")
    assert doctor.get(path).json()["standing"]["seal"] is None


def test_a_nurse_reads_everything_of_a_session_and_writes_nothing(
    nurse: Browser, doctor: Browser, path: str, placing: Placing
) -> None:
    send(doctor, path, placing())
    for one in ("", "/changes", "/ghosts"):
        assert nurse.get(path + one).status_code == 200
    assert nurse.get(path).json()["may_write"] is False
    for where, body in (
        (f"{path}/commands", {"commands": [placing()]}),
        (f"{path}/commands", {"commands": "not even a batch"}),
        (f"{path}/seal", {"password": PASSWORD, "revision": 2, "marks": 1}),
        (f"courses/{KNEE.id}/sessions", {"id": str(an_id(71))}),
    ):
        answer = nurse.post(where, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), where
    assert doctor.get(path).json()["standing"]["revision"] == 2


@pytest.mark.parametrize(
    ("trouble", "status"), [(StoreFull("no room"), 507), (StoreUnusable("the database failed"), 503)]
)  # fmt: skip
def test_a_store_that_fails_is_said_so_and_the_batch_can_be_sent_again(
    doctor: Browser,
    path: str,
    placing: Placing,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    status: int,
) -> None:
    def fail(*_: object) -> int:
        raise trouble

    ask = placing()
    with monkeypatch.context() as patched:
        patched.setattr("charting.store.Writer.append", fail)
        answer = doctor.post(f"{path}/commands", json={"commands": [ask]})
    assert answer.status_code == status
    assert "marks on this device are kept" in answer.json()["sentence"].lower()
    assert send(doctor, path, ask)["steps"][0]["outcome"] == "applied"


def test_what_nobody_foresaw_is_answered_in_words_and_logged_without_the_search(
    nurse: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("charting.desk.Desk.patients", fail)
    answer = nurse.get("patients", params={"search": "Tremblay"})
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected")
    assert "a bug" not in answer.text
    assert "a bug" in caplog.text
    assert "Tremblay" not in caplog.text


# ---- events: the stream itself, without a server in between ------------------------------------------------


def rooms(house: House) -> Rooms:
    return Rooms(house.desk, house.logins, house.atlas, house.settings)


async def next_of(stream: Any) -> str:
    text = await asyncio.wait_for(anext(stream), 5)
    assert isinstance(text, str)
    return text


async def test_a_stream_tells_the_revision_at_once_and_after_every_change(house: House) -> None:
    session = house.start()
    _, login = house.logins.sign_in(NURSE.sign_in, PASSWORD, address="")
    async with aclosing(room.revisions(rooms(house), login, session.session_id, 1)) as stream:
        assert json.loads((await next_of(stream)).removeprefix("data: ")) == {"revision": 1}
        await asyncio.to_thread(house.placed, session)
        assert await next_of(stream) == 'data: {"revision":2}\n\n'
        house.desk.carry_out(DOCTOR, session.session_id, [house.ask_place(session), house.ask_place(session)])
        assert await next_of(stream) == 'data: {"revision":4}\n\n'
    assert house.desk._bell.listeners == 0


async def test_a_silent_stream_says_that_it_is_still_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "HEARTBEAT_S", 0.02)
    session = house.start()
    _, login = house.logins.sign_in(NURSE.sign_in, PASSWORD, address="")
    async with aclosing(room.revisions(rooms(house), login, session.session_id, 1)) as stream:
        await next_of(stream)
        assert await next_of(stream) == ": still here\n\n"


async def test_a_stream_hears_of_what_another_process_wrote(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOK_S", 0.02)
    monkeypatch.setattr(type(house.desk), "shared", True)
    session = house.start()
    _, login = house.logins.sign_in(NURSE.sign_in, PASSWORD, address="")
    elsewhere = type(house.desk)(house.store, house.atlas, clock=house.clock, new_id=house.ids)
    async with aclosing(room.revisions(rooms(house), login, session.session_id, 1)) as stream:
        await next_of(stream)
        await asyncio.to_thread(elsewhere.carry_out, DOCTOR, session.session_id, [house.ask_place(session)])
        assert await next_of(stream) == 'data: {"revision":2}\n\n'


@pytest.mark.parametrize("how", ["signs out", "is locked", "has left unseen"])
async def test_a_stream_ends_with_its_login(house: House, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "HEARTBEAT_S", 0.02 if how == "has left unseen" else 60)
    session = house.start()
    token, login = house.logins.sign_in(NURSE.sign_in, PASSWORD, address="")
    async with aclosing(room.revisions(rooms(house), login, session.session_id, 1)) as stream:
        await next_of(stream)
        waiting = asyncio.ensure_future(anext(stream, "over"))
        await asyncio.sleep(0.01)
        if how == "signs out":
            await asyncio.to_thread(house.logins.sign_out, token)
        else:
            house.clock.now += timedelta(minutes=20)
            if how == "is locked":
                house.logins.sweep()
        while (text := await asyncio.wait_for(waiting, 5)) == room.STILL_HERE:
            waiting = asyncio.ensure_future(anext(stream, "over"))
        assert text == "over"
    assert house.desk._bell.listeners == 0


def test_a_stream_begins_only_for_who_may_read_a_session_that_is_there(
    house: House, administrator: Browser, path: str
) -> None:
    assert administrator.get(f"{path}/events").status_code == 403
    assert house.browser().get(f"{path}/events").status_code == 401
    assert UUID(path.removeprefix("sessions/")).version == 7
