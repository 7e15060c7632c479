"""A socket that speaks as NiceGUI's does, or worse."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.access.conftest import Browser, Page

OURS = "ours"


class Socket:
    """A websocket, with what came through it."""

    def __init__(self, raw: ClientConnection) -> None:
        self.raw = raw
        self.heard: list[str] = []

    def send(self, text: str | bytes) -> None:
        self.raw.send(text)

    def emit(self, name: str, *args: Any) -> None:
        self.send("42" + json.dumps([name, *args]))

    def click(self, page: Page, label: str = "click", **other: Any) -> None:
        number, listener = page.listeners[label]
        message = {"id": number, "client_id": page.client_id, "listener_id": listener, "args": ["{}"]}
        self.emit("event", {**message, **other})

    def hear(self, seconds: float = 0.5) -> list[str]:
        """Return all that has come, waiting until nothing comes any more."""
        try:
            while True:
                one = self.raw.recv(timeout=seconds)
                if one == "2":
                    self.raw.send("3")
                self.heard.append(str(one))
        except (TimeoutError, ConnectionClosed):
            return self.heard

    def is_closed(self, seconds: float = 3.0) -> bool:
        """Say whether the server has closed it, reading what still comes before that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.raw.recv(timeout=0.2)
            except TimeoutError:
                continue
            except ConnectionClosed:
                return True
        return False

    def until(self, part: str, seconds: float = 5.0, *, at_start: bool = False) -> str:
        """Return the first frame that holds a text, or starts with it."""

        def fits(one: str) -> bool:
            return one.startswith(part) if at_start else part in one

        for one in self.heard:
            if fits(one):
                return one
        while True:
            one = str(self.raw.recv(timeout=seconds))
            if one == "2":
                self.raw.send("3")
            self.heard.append(one)
            if fits(one):
                return one


def address(base: str, page: Page | None, *, implicit: bool = True, transport: str = "websocket") -> str:
    query = {"EIO": "4", "transport": transport}
    if page is not None:
        query |= {
            "client_id": page.client_id, "tab_id": f"tab of {page.client_id}", "document_id": str(uuid4()),
            "next_message_id": "0", "implicit_handshake": str(implicit).lower(), "old_tab_id": "",
        }  # fmt: skip
    return f"{base}/_nicegui_ws/socket.io/?{urlencode(query)}"


@contextmanager
def socket(
    browser: Browser, page: Page | None, *, origin: str | None = OURS, cookie: str | None = OURS,
    implicit: bool = True,
) -> Iterator[Socket]:  # fmt: skip
    """Open a socket for a page and join; by default as the page itself does."""
    cookie = browser.cookie if cookie == OURS else cookie
    opening = connect(
        address(browser.base.replace("http", "ws"), page, implicit=implicit),
        origin=browser.base if origin == OURS else origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie} if cookie else None,
        proxy=None,
    )
    with opening as raw:
        one = Socket(raw)
        one.until("0{")
        one.send("40")
        one.until("4", at_start=True)
        yield one
