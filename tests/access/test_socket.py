"""What comes through the socket is carried out only for a page's own live login."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from charting.ui.app import RECONNECT_S
from tests.access.conftest import Browser, Program, until
from tests.access.sockets import address, socket

FOREIGN = ("https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1", "file://")


def test_a_click_through_the_pages_own_socket_is_carried_out(program: Program, signed_in: Browser) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with socket(signed_in, page) as own:
        own.click(page)
        assert until(lambda: len(program.clicks) == before + 1)
    assert program.clicks[-1] == "osei osei"


def test_an_explicit_handshake_works_too_and_only_for_the_sockets_own_page(
    program: Program, signed_in: Browser
) -> None:
    page, other, before = signed_in.page(), signed_in.page(), len(program.clicks)
    with socket(signed_in, page, implicit=False) as own:
        own.click(page)
        own.emit(
            "handshake",
            {"client_id": other.client_id, "tab_id": "t", "document_id": "d", "next_message_id": 0},
        )
        own.click(other)
        own.hear()
        assert len(program.clicks) == before
        own.emit(
            "handshake",
            {"client_id": page.client_id, "tab_id": "t", "document_id": "d", "next_message_id": 0},
        )
        own.click(page)
        assert until(lambda: len(program.clicks) == before + 1)


@pytest.mark.parametrize("origin", [*FOREIGN, None])
@pytest.mark.parametrize("with_cookie", [True, False])
def test_a_websocket_from_another_origin_or_from_none_is_refused(
    signed_in: Browser, origin: str | None, with_cookie: bool
) -> None:
    page = signed_in.page()
    cookie = signed_in.cookie if with_cookie else None
    with pytest.raises(InvalidStatus) as refused, socket(signed_in, page, origin=origin, cookie=cookie):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("cookie", [None, "charting=" + "A" * 43, "charting=x; charting=y"])
def test_a_websocket_without_a_live_login_is_refused(signed_in: Browser, cookie: str | None) -> None:
    page = signed_in.page()
    with pytest.raises(InvalidStatus) as refused, socket(signed_in, page, cookie=cookie):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", FOREIGN)
def test_polling_from_another_origin_is_refused_and_answers_no_cors(signed_in: Browser, origin: str) -> None:
    url = address(signed_in.base, signed_in.page(), transport="polling")
    for method in ("GET", "POST", "OPTIONS"):
        answer = signed_in.request(method, url, headers={"Origin": origin})
        assert answer.status_code in (403, 405)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_polling_without_a_login_is_refused(program: Program, signed_in: Browser) -> None:
    url = address(signed_in.base, signed_in.page(), transport="polling")
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"Origin": program.base}).status_code == 401


def test_polling_as_the_page_itself_does_it_works(signed_in: Browser) -> None:
    url = address(signed_in.base, signed_in.page(), transport="polling")
    opened = signed_in.get(url)
    assert opened.status_code == 200
    sid = json.loads(opened.text[1:])["sid"]
    assert signed_in.post(f"{url}&sid={sid}", content="40").status_code == 200
    assert signed_in.post(f"{url}&sid={sid}", content="1").status_code == 200


def test_an_event_through_the_socket_of_another_login_is_not_carried_out(
    program: Program, signed_in: Browser
) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with program.browser() as other, socket(signed_in, page):
        assert other.sign_in("lind").status_code == 200
        theirs = other.page()
        with socket(other, theirs) as foreign:
            foreign.click(page)
            foreign.emit("handshake", {"client_id": page.client_id, "tab_id": "t", "document_id": "d"})
            foreign.click(page)
            foreign.click(theirs)
            assert until(lambda: len(program.clicks) > before)
        assert program.clicks[before:] == ["lind lind"]


def test_a_page_is_not_taken_over_by_a_socket_of_another_login(program: Program, signed_in: Browser) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with program.browser() as other:
        other.sign_in("lind")
        with socket(other, page) as foreign:
            assert any(one.startswith("44") for one in foreign.heard)
            foreign.click(page)
            foreign.hear()
    assert len(program.clicks) == before


def test_a_forged_connect_event_does_not_shake_hands_for_another_page(
    program: Program, signed_in: Browser
) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with program.browser() as other:
        other.sign_in("lind")
        with socket(other, other.page()) as foreign:
            query = address("", page).partition("?")[2]
            foreign.emit("connect", {"QUERY_STRING": query})
            foreign.emit("disconnect")
            foreign.click(page)
            foreign.hear()
    assert len(program.clicks) == before


def test_an_event_before_the_handshake_is_not_carried_out(program: Program, signed_in: Browser) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with socket(signed_in, page), socket(signed_in, page, implicit=False) as second:
        for _ in range(2000):
            second.click(page)
        second.hear()
    assert len(program.clicks) == before


def test_after_sign_out_in_one_tab_the_others_are_told_at_once_and_their_clicks_are_refused(
    program: Program, signed_in: Browser
) -> None:
    pages, before = [signed_in.page(), signed_in.page()], len(program.clicks)
    with socket(signed_in, pages[0]) as one, socket(signed_in, pages[1]) as two:
        one.click(pages[0])
        assert until(lambda: len(program.clicks) == before + 1)
        began = time.monotonic()
        assert signed_in.post("/api/v1/logout", json={}).status_code == 200
        one.click(pages[0])
        two.click(pages[1])
        for own in (one, two):
            assert "ended" in own.until("run_javascript", 1.0)
            assert "/sign-in" in own.until("run_javascript", 1.0)
        assert time.monotonic() - began < 1.0
        for own in (one, two):
            own.until("41", 2.0, at_start=True)
            assert own.is_closed()
    assert len(program.clicks) == before + 1
    assert signed_in.get("/counts").status_code == 401


def test_a_page_that_left_as_its_login_ended_is_taken_down_once(program: Program, signed_in: Browser) -> None:
    page = signed_in.page()
    with socket(signed_in, page) as own:
        own.raw.close()
    before = program.said().count("Traceback")
    signed_in.post("/api/v1/logout", json={})
    time.sleep(RECONNECT_S + 1.5)
    assert program.said().count("Traceback") == before


def test_pages_go_on_under_the_login_that_unlocks_them(program: Program, signed_in: Browser) -> None:
    page, before, cookie = signed_in.page(), len(program.clicks), signed_in.cookie
    with socket(signed_in, page) as own:
        answer = signed_in.post("/api/v1/unlock", json={"password": "violet ladder 9 harbour"})
        assert answer.status_code == 200
        assert signed_in.cookie != cookie
        assert "live" in own.until("run_javascript", 1.0)
        own.click(page)
        assert until(lambda: len(program.clicks) == before + 1)
    # a reconnect brings the new cookie along
    with socket(signed_in, page, cookie=cookie.replace("charting", "old") + "; " + signed_in.cookie) as again:
        assert not any(one.startswith("44") for one in again.heard)


MALFORMED = (
    "",
    "4",
    "0",
    "6",
    "42",
    "42[",
    "42[]",
    "42{}",
    '42"event"',
    "42[1]",
    "42[null,{}]",
    "42" + "[" * 5000,
    "43",
    "44",
    "45-[]",
    "451-",
    '451-["event",{"_placeholder":true,"num":9}]',
    "49",
    "9",
    "b####",
    "40/admin,",
    "41",
    '42/x,["event",{}]',
    '42["event"]',
    '42["event",1]',
    '42["event",null]',
    '42["event",{}]',
    '42["event",{"client_id":1}]',
    '42["event",{"client_id":"x","id":[],"listener_id":{}}]',
    '42["event",{},{},{}]',
    '42["handshake"]',
    '42["handshake",{"client_id":[]}]',
    '42["ack"]',
    '42["ack",{"client_id":"x"}]',
    '42["log",{}]',
    '42["log",5]',
    '42["javascript_response",{}]',
    '42["javascript_response",[]]',
    '42["connect"]',
    '42["disconnect",1,2,3]',
    '42["\ud83d\ude00"]',
    '420["event"]',
    '4299999999999999999999["ack",{}]',
)


def test_malformed_frames_are_dropped_without_a_traceback_and_hurt_nobody_else(
    program: Program, signed_in: Browser
) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with socket(signed_in, page) as healthy:
        for frame in MALFORMED:
            # what cannot be a frame at all may end the socket that sent it
            with socket(signed_in, signed_in.page()) as own, suppress(ConnectionClosed):
                own.send(frame)
                own.send(frame.encode("utf-8", "surrogatepass"))
                own.hear(0.02)
        healthy.click(page)
        assert until(lambda: len(program.clicks) == before + 1)
    assert "Traceback" not in program.said()


@pytest.mark.parametrize("body", ["", "x", "4\x1e", "b####", "0{}", "\x1e\x1e", "9"])
def test_malformed_polling_is_refused_without_a_traceback(
    program: Program, signed_in: Browser, body: str
) -> None:
    url = address(signed_in.base, signed_in.page(), transport="polling")
    sid = json.loads(signed_in.get(url).text[1:])["sid"]
    assert signed_in.post(f"{url}&sid={sid}", content=body).status_code == 400
    assert signed_in.post(f"{url}&sid={sid}", content="40").status_code == 200
    assert "Traceback" not in program.said()


def test_malformed_events_of_the_pages_own_socket_are_dropped_without_a_traceback(
    program: Program, signed_in: Browser
) -> None:
    page, before = signed_in.page(), len(program.clicks)
    with socket(signed_in, page) as own:
        number, listener = page.listeners["click"]
        for wrong in (
            {"args": ["{"]},
            {"args": "x"},
            {"args": [1]},
            {"args": ["{}"] * 1000},
            {"id": "5"},
            {"id": 10**30},
            {"id": None},
            {"listener_id": str(uuid4())},
            {"listener_id": 7},
            {"listener_id": "x" * 100_000},
            {"id": number, "listener_id": [listener]},
        ):
            own.click(page, **wrong)
        for name, message in (
            ("ack", {"next_message_id": "NaN"}),
            ("javascript_response", {"request_id": 5}),
            ("javascript_response", {"request_id": str(uuid4()), "result": 1}),
            ("log", {"level": "nonsense", "message": "Anna Example\n2026-01-01 forged line"}),
        ):
            own.emit(name, {"client_id": page.client_id, **message})
        own.hear()
        own.click(page)
        assert until(lambda: len(program.clicks) == before + 1)
    assert len(program.clicks) == before + 1
    assert "Traceback" not in program.said()
    assert "Anna Example" not in program.said()


def test_a_frame_of_three_megabytes_is_not_read(program: Program, signed_in: Browser) -> None:
    page = signed_in.page()
    with socket(signed_in, page) as own:
        own.send("42" + json.dumps(["event", {"client_id": page.client_id, "x": "a" * 3_000_000}]))
        assert own.is_closed()
    assert "Traceback" not in program.said()
