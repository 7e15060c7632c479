"""The browser of the tests: Debian's Chromium, without what would reach for a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

TABLET = {"width": 1180, "height": 820}
DESKTOP = {"width": 1440, "height": 900}


@contextmanager
def chromium_browser() -> Iterator[Browser]:
    """Give a Chromium; one at a time in a process, as Playwright keeps an event loop of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        )  # fmt: skip
        yield browser
        browser.close()
