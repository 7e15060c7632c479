"""The session's page as the whole program serves it, under a hurried hand."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from charting.anatomy import Atlas
from charting.desk.answers import SessionView
from charting.domain import PointShape
from tests.browser.conftest import Hand, wait
from tests.browser.harness.program import Program, program

HURRY_S = 0.18
APART = 26.0
"""px between two places that are two places to a finger."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, real_atlas: Atlas) -> Iterator[Program]:
    with program(tmp_path_factory.mktemp("program"), real_atlas, 0) as one:
        yield one


@pytest.fixture(scope="module")
def sessions(running: Program) -> Iterator[SessionView]:
    views = running.sessions(2)
    running.start()
    return iter(views)


@pytest.mark.parametrize("zoom", [1.0, 2.2])
def test_ten_hurried_taps_are_ten_marks_wherever_the_name_card_is(
    zoom: float, running: Program, sessions: Iterator[SessionView], browse: Callable[..., BrowserContext]
) -> None:
    session, context = next(sessions), browse()
    running.sign_in(context.request, running.address)
    hand = Hand(context.new_page())
    page = hand.page
    page.goto(f"{running.address}/sessions/{session.session_id}")
    hand.ready()
    hand.ask("surface.zoom(a)", zoom)
    wait(0.4)
    board = page.locator(".cm-board").bounding_box()
    assert board is not None
    left, middle = board["x"] + 0.4 * board["width"], board["y"] + board["height"] / 2
    low = [(left, middle + APART * (step - 1)) for step in range(5)]
    # where the name card of such a mark comes to lie
    page.touchscreen.tap(*low[0])
    page.wait_for_selector(".cm-card .cm-chip")
    page.wait_for_selector('.cm-saved[data-saved="1"][data-waiting="0"]')
    card = page.locator(".cm-card").bounding_box()
    assert card is not None
    hand.tool("undo")
    page.wait_for_selector('.cm-saved[data-saved="0"][data-waiting="0"]')
    rows, columns = int(card["height"] // APART), int(card["width"] // APART)
    under = [
        (card["x"] + APART * (column + 0.5), card["y"] + APART * (row + 0.5))
        for row in range(rows)
        for column in range(columns)
    ]
    on_figure = [
        at
        for at in under
        if hand.ask("surface.view.onFigure(...Object.values(surface.board.toMap({x: a, y: b})))", *at)
    ]
    if zoom == 1.0:
        assert on_figure == [], "with room beside it, the card covers nothing that can be marked"
        on_figure = [(left + 3 * APART, y) for _left, y in low]
    taps = [at for pair in zip(low, on_figure[-5:], strict=True) for at in pair]
    began = time.monotonic()
    for number, at in enumerate(taps):
        wait(max(began + number * HURRY_S - time.monotonic(), 0))
        page.touchscreen.tap(*at)
    assert time.monotonic() - began < 10 * HURRY_S + 1, "they were hurried"
    page.wait_for_selector('.cm-saved[data-saved="10"][data-waiting="0"][data-refused="0"]')
    stored = running.stored(session.session_id)
    assert [mark.number for mark in stored] == list(range(1, 11))
    for mark, at in zip(stored, taps, strict=True):
        shape = mark.mark.shape
        assert isinstance(shape, PointShape)
        assert math.dist(hand.on_glass(shape.at.x, shape.at.y), at) <= 1, "each is where it was tapped"
    assert page.locator(".cm-at[data-mark]").count() == 10
