"""What one login may ask at a time, and that what has to wait is not lost."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack

import pytest
from websockets.exceptions import InvalidStatus

from charting.access.limits import FRAMES_A_SECOND, FRAMES_AT_ONCE, MOST_KNOWN, MOST_WEBSOCKETS, Pace
from charting.ui.open_pages import CROWDED, MOST_PAGES
from tests.access.conftest import Browser, Program, until
from tests.access.sockets import socket
from tests.people import an_id


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_and_what_is_more_waits_its_turn() -> None:
    clock = Clock()
    pace = Pace(clock)
    waits = [pace.wait_s(an_id(1)) for _ in range(int(FRAMES_AT_ONCE) + 100)]
    assert waits[: int(FRAMES_AT_ONCE)] == [0.0] * int(FRAMES_AT_ONCE)
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(100 / FRAMES_A_SECOND)
    assert pace.wait_s(an_id(2)) == 0.0
    clock.now += waits[-1] + FRAMES_AT_ONCE / FRAMES_A_SECOND
    assert pace.wait_s(an_id(1)) == 0.0


def test_a_person_who_works_fast_never_waits() -> None:
    clock = Clock()
    pace = Pace(clock)
    for _ in range(2_000):
        clock.now += 1 / 20
        assert pace.wait_s(an_id(1)) == 0.0


def test_logins_that_are_long_quiet_are_forgotten() -> None:
    clock = Clock()
    pace = Pace(clock)
    for number in range(5 * MOST_KNOWN):
        clock.now += 1
        pace.wait_s(an_id(number))
    assert len(pace._buckets) <= MOST_KNOWN


def test_hundreds_of_clicks_in_a_moment_are_slowed_down_and_each_is_carried_out(
    program: Program, signed_in: Browser
) -> None:
    page, before, began = signed_in.page(), len(program.clicks), time.monotonic()
    clicks = 400
    with socket(signed_in, page) as own:
        for _ in range(clicks):
            own.click(page)
        while len(program.clicks) < before + clicks and time.monotonic() - began < 30:
            own.hear(0.1)
        took = time.monotonic() - began
    assert len(program.clicks) == before + clicks
    assert took >= (clicks - FRAMES_AT_ONCE) / FRAMES_A_SECOND * 0.9
    assert "is slowed down" in program.said()


def test_a_page_too_many_is_told_so_and_goes_on_once_another_is_closed(
    program: Program, signed_in: Browser
) -> None:
    with ExitStack() as closing:
        pages = [signed_in.page() for _ in range(MOST_PAGES)]
        sockets = [closing.enter_context(socket(signed_in, page)) for page in pages]
        one_more, before = signed_in.page(), len(program.clicks)
        with socket(signed_in, one_more) as refused:
            assert json.loads(refused.until("44", at_start=True)[2:])["message"] == CROWDED
        with program.browser() as other:
            other.sign_in("lind")
            theirs = other.page()
            with socket(other, theirs) as own:
                own.click(theirs)
                assert until(lambda: program.clicks[before:] == ["lind lind"])
        sockets[0].raw.close()
        time.sleep(0.3)
        with socket(signed_in, one_more) as own:
            own.click(one_more)
            assert until(lambda: program.clicks[before:] == ["lind lind", "osei osei"])


def test_websockets_that_join_no_page_are_counted_too_and_refused_in_words(signed_in: Browser) -> None:
    with ExitStack() as closing:
        for _ in range(MOST_WEBSOCKETS):
            closing.enter_context(socket(signed_in, signed_in.page()))
        with pytest.raises(InvalidStatus) as refused, socket(signed_in, signed_in.page()):
            pass
    answer = refused.value.response
    assert answer.status_code == 429
    assert json.loads(answer.body or b"")["code"] == "too_many_pages"
    until(lambda: False, 0.3)
    with socket(signed_in, signed_in.page()) as own:
        assert own.heard
