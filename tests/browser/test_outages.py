"""The whole program, its real page, and a line between them that fails: no mark is lost, doubled or misshown.

The network is cut or goes silent for 10, 25 and 70 seconds, the server is ended and killed, the page is
reloaded without a network, the tab is killed just after a tap. All outages of the network run at once, each
on a line of its own, so that they take as long as the longest.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, Error

from charting.anatomy import Atlas
from charting.desk.answers import MarkView, SessionView
from charting.domain import PointShape
from tests.browser.conftest import Hand, wait
from tests.browser.harness.program import Line, Program, Way, program

OUTAGES: tuple[tuple[float, Way], ...] = (
    (10, "reset"), (10, "silent"), (25, "reset"), (25, "silent"), (70, "reset"), (70, "silent"),
)  # fmt: skip
OTHERS = 4
PLACES = ((123.6, 116.3), (98.0, 190.0), (60.0, 100.0), (84.0, 60.0), (85.0, 220.0))
BEFORE = (110.0, 150.0)
RECOVERS_S = 40.0
"""Longer than any pause between two tries, and a try that gets no answer."""


@dataclass
class Tablet(Hand):
    """Someone at the session's real page, behind a line that may fail."""

    program: Program
    line: Line
    session: SessionView
    context: BrowserContext
    tapped: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.program.sign_in(self.context.request, self.line.address)
        self.open()
        # the service worker answers for a page from its second load on, as for everyone who was here before
        self.page.evaluate("navigator.serviceWorker.ready")
        self.page.reload()
        self.ready()
        self.until("surface.prefetched && navigator.serviceWorker.controller", within=30)

    def open(self) -> None:
        super().__init__(self.context.new_page())
        self.page.goto(f"{self.line.address}/sessions/{self.session.session_id}")
        self.ready()

    def mark(self, place: tuple[float, float]) -> None:
        """Tap, whatever the page is doing: one that is being reloaded is waited for, as a person does."""
        until = time.monotonic() + RECOVERS_S
        while True:
            try:
                self.ready()
                count = self.shown()
                self.tap(*place)
                self.tapped.append(place)
                break
            except Error:  # the page was just reloaded under the hand
                assert time.monotonic() < until
                wait(0.2)
        assert self.shown() == count + 1, "a mark is on the map at once, whatever the network does"

    def agrees(self, within: float = RECOVERS_S) -> None:
        """Wait until all is saved; what was tapped, what is stored and what is shown are then the same."""
        self.page.wait_for_selector(
            f'.cm-saved[data-saved="{len(self.tapped)}"][data-waiting="0"][data-refused="0"]',
            timeout=within * 1000,
        )
        stored = self.program.stored(self.session.session_id)
        assert len({mark.mark.id for mark in stored}) == len(stored) == len(self.tapped)
        for mark, place in zip(stored, self.tapped, strict=True):
            assert math.dist(place_of(mark), place) <= 0.5
        shown = self.ask(
            "surface.model.marks.map(({id, number, name, shape}) => ({id, number, name, at: shape.at}))"
        )
        assert [(one["id"], one["number"], one["name"]) for one in shown] == [
            (str(mark.mark.id), mark.number, mark.name) for mark in stored
        ]
        assert [(one["at"]["x"], one["at"]["y"]) for one in shown] == [place_of(mark) for mark in stored]
        drawn = self.page.locator("[data-mark]").evaluate_all("all => all.map((one) => one.dataset.mark)")
        assert sorted(drawn) == sorted(str(mark.mark.id) for mark in stored)
        assert self.page.locator(".cm-list .cm-row").count() == len(stored)


def place_of(mark: MarkView) -> tuple[float, float]:
    shape = mark.mark.shape
    assert isinstance(shape, PointShape)
    return shape.at.x, shape.at.y


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, real_atlas: Atlas) -> Iterator[Program]:
    with program(tmp_path_factory.mktemp("program"), real_atlas, len(OUTAGES) + OTHERS) as one:
        yield one


@pytest.fixture(scope="module")
def free(running: Program) -> Iterator[tuple[Line, SessionView]]:
    """Lines and new sessions that nobody has used."""
    views = running.sessions(len(running.lines))
    running.start()
    return iter(list(zip(running.lines, views, strict=True)))


@pytest.fixture
def sit_down_at(
    running: Program, free: Iterator[tuple[Line, SessionView]], browse: Callable[..., BrowserContext]
) -> Callable[[], Tablet]:
    """Open a new session behind a line of its own."""

    def sit_down() -> Tablet:
        line, session = next(free)
        return Tablet(running, line, session, browse())

    return sit_down


def test_no_outage_of_the_network_loses_or_doubles_a_mark(sit_down_at: Callable[[], Tablet]) -> None:
    tablets = [(seconds, way, sit_down_at()) for seconds, way in OUTAGES]
    for _seconds, _way, tablet in tablets:
        tablet.mark(BEFORE)
        tablet.agrees()
    began = time.monotonic()
    todo: list[tuple[float, Callable[[], None]]] = []
    for seconds, way, tablet in tablets:
        todo.append((0.0, lambda way=way, tablet=tablet: tablet.line.be(way)))
        moments = (0.5, 2.0, seconds * 0.5, seconds * 0.8, seconds - 1.0)
        todo += [
            (moment, lambda tablet=tablet, place=place: tablet.mark(place))
            for moment, place in zip(moments, PLACES, strict=True)
        ]
        todo.append((seconds, lambda tablet=tablet: tablet.line.be("open")))
        todo.append((seconds + 0.1, lambda tablet=tablet: tablet.agrees()))
    for moment, act in sorted(todo, key=lambda one: one[0]):
        wait(max(began + moment - time.monotonic(), 0))
        act()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_that_is_ended_while_someone_marks_has_every_mark_when_it_is_back(
    by: signal.Signals, running: Program, sit_down_at: Callable[[], Tablet]
) -> None:
    tablet = sit_down_at()
    first, second, *rest = PLACES
    tablet.mark(first)
    tablet.agrees()
    tablet.mark(second)
    running.end(by)
    for place in rest:
        tablet.mark(place)
    wait(3)
    running.start()
    tablet.agrees()


def test_a_reload_without_a_network_shows_every_mark_and_more_can_be_made(
    running: Program, sit_down_at: Callable[[], Tablet]
) -> None:
    tablet = sit_down_at()
    *first, fourth, fifth = PLACES
    tablet.mark(first[0])
    tablet.agrees()
    wait(0.6)
    tablet.line.be("silent")
    for place in first[1:]:
        tablet.mark(place)
    tablet.page.reload()
    tablet.ready()
    assert tablet.shown() == len(first)
    tablet.mark(fourth)
    tablet.line.be("reset")
    tablet.page.reload()
    tablet.mark(fifth)
    tablet.line.be("open")
    tablet.agrees()
    assert tablet.page.locator("h1").inner_text().startswith("Tremblay")


def test_a_tab_that_is_killed_just_after_a_tap_has_lost_nothing(sit_down_at: Callable[[], Tablet]) -> None:
    tablet = sit_down_at()
    for place in PLACES:
        tablet.tap(*place)
        tablet.tapped.append(place)
        wait(0.02)
        tablet.page.close(run_before_unload=False)
        tablet.open()
    tablet.agrees()
