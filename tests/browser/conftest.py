"""A real Chromium over a page with the exam screen, and a driver in a clinician's words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from charting.anatomy import Atlas
from charting.desk.answers import MarkView, SessionView
from tests.browser.harness.exam import Exam, served
from tests.chromium import TABLET


class Hand:
    """Marks on a page, by finger, pen, mouse or keys, at places in mm of the drawing."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._devtools: CDPSession | None = None

    @property
    def devtools(self) -> CDPSession:
        if self._devtools is None:
            self._devtools = self.page.context.new_cdp_session(self.page)
        return self._devtools

    def ask(self, script: str, *values: Any) -> Any:
        """Evaluate a script over ``surface`` and its values ``a``, ``b``."""
        return self.page.evaluate(
            f"([a, b]) => {{ const {{ surface }} = document.querySelector('.cm-root'); return {script}; }}",
            [*values, None, None][:2],
        )

    def ready(self) -> None:
        self.page.wait_for_selector(".cm-board svg.body-map")
        self.page.wait_for_selector(".cm-cover", state="detached")

    def on_glass(self, x: float, y: float) -> tuple[float, float]:
        at = self.ask("surface.board.toClient(a)", {"x": x, "y": y})
        return at["x"], at["y"]

    def centre(self, mark_id: object) -> tuple[float, float]:
        """Return where a mark's disc is drawn on the glass, whatever the page thinks of it."""
        box = self.page.locator(f'[data-mark="{mark_id}"] .cm-disc').bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def tap(self, x: float, y: float) -> None:
        self.page.touchscreen.tap(*self.on_glass(x, y))

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.on_glass(x, y))

    def tool(self, name: str) -> None:
        self.page.click(f'[data-name="{name}"]')

    def stroke(self, *places: tuple[float, float], lift: bool = True) -> None:
        glass = [self.on_glass(*place) for place in places]
        self.page.mouse.move(*glass[0])
        self.page.mouse.down()
        for at in glass[1:]:
            self.page.mouse.move(*at, steps=6)
        if lift:
            self.page.mouse.up()

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """Send touchStart, touchMove, touchEnd or touchCancel with fingers at px of the window."""
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def pen(self, kind: str, x: float, y: float) -> None:
        """Send mousePressed, mouseMoved or mouseReleased of a pen at px of the window."""
        down = kind == "mousePressed"
        self.devtools.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind, "x": x, "y": y, "pointerType": "pen", "clickCount": 1,
                "button": "none" if kind == "mouseMoved" else "left", "buttons": 1 if down else 0,
            },
        )  # fmt: skip

    def shown(self) -> int:
        return int(self.ask("surface.model.marks.length"))

    def until(self, script: str, within: float = 5.0) -> None:
        self.page.wait_for_function(
            f"() => {{ const {{ surface }} = document.querySelector('.cm-root'); return {script}; }}",
            timeout=within * 1000,
        )


class Doctor(Hand):
    """Someone at the page of a session, in the clinic that the page is of."""

    def __init__(self, page: Page, exam: Exam, session: SessionView) -> None:
        super().__init__(page)
        self.exam = exam
        self.session = session

    def saved(self, count: int, within: float = 10.0) -> tuple[MarkView, ...]:
        """Wait until so many marks are saved and nothing waits; return them as they are stored."""
        self.page.wait_for_selector(
            f'.cm-saved[data-saved="{count}"][data-waiting="0"]', timeout=within * 1000
        )
        marks = self.exam.stored(self.session.session_id).marks
        assert len(marks) == count
        return marks


@pytest.fixture
def exam(tmp_path: Path, real_atlas: Atlas) -> Iterator[Exam]:
    exam = Exam(tmp_path, real_atlas)
    yield exam
    exam.clinic.close()


@pytest.fixture
def address(exam: Exam) -> Iterator[str]:
    with served(exam.app) as address:
        yield address


@pytest.fixture
def trouble() -> list[str]:
    """What pages threw; a test that ends with any has failed."""
    return []


@pytest.fixture
def browse(chromium: Browser, trouble: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    contexts = []

    def open_context(**options: Any) -> BrowserContext:
        context = chromium.new_context(**{"viewport": TABLET, "has_touch": True, **options})
        context.on("weberror", lambda error: trouble.append(str(error.error)))
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def sit_down(exam: Exam, address: str, browse: Callable[..., BrowserContext]) -> Callable[..., Doctor]:
    """Open a session, a new one if none is given, in a browser of its own or in one that is open."""

    def open_page(
        session: SessionView | None = None, *, context: BrowserContext | None = None, **options: Any
    ) -> Doctor:
        session = session or exam.session()
        page = (context or browse(**options)).new_page()
        page.goto(f"{address}/sessions/{session.session_id}")
        doctor = Doctor(page, exam, session)
        doctor.ready()
        return doctor

    return open_page


@pytest.fixture
def doctor(sit_down: Callable[..., Doctor]) -> Doctor:
    return sit_down()


def wait(seconds: float) -> None:
    """Let time pass that is part of what is tried, such as a long press."""
    time.sleep(seconds)
