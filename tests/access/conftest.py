"""The whole program in a process of its own, and clients that behave as badly as they like."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.access.running import PASSWORD

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Page:
    """A NiceGUI page as it was sent: its id, its policy, and what its elements listen to."""

    client_id: str
    html: str
    headers: httpx.Headers
    listeners: dict[str, tuple[int, str]] = field(default_factory=dict)


class Browser(httpx.Client):
    """A browser: one jar of cookies, and the headers a browser sends."""

    def __init__(self, base: str) -> None:
        super().__init__(base_url=base, timeout=20, headers={"Origin": base})
        self.base = base

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def sign_in(self, name: str = "osei", password: str = PASSWORD) -> httpx.Response:
        return self.post("/api/v1/login", json={"sign_in": name, "password": password})

    def page(self, path: str = "/probe") -> Page:
        answer = self.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
        found = re.search(r"'client_id': '([0-9a-f-]{36})'", answer.text)
        assert found is not None
        elements = re.search(r"parseElements\(String\.raw`(.*?)`\)", answer.text, re.DOTALL)
        assert elements is not None
        plain = elements[1]
        for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&#96;", "`"), ("&#36;", "$"), ("&amp;", "&")):
            plain = plain.replace(written, meant)
        page = Page(found[1], answer.text, answer.headers)
        for number, element in json.loads(plain).items():
            for event in element.get("events", []):
                label = str(element.get("text") or element.get("props", {}).get("label"))
                page.listeners[label] = (int(number), event["listener_id"])
        return page


@dataclass
class Program:
    """The running program."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> Browser:
        return Browser(self.base)

    @property
    def clicks(self) -> list[str]:
        trace = self.folder / "clicks"
        return trace.read_text().splitlines() if trace.exists() else []

    @property
    def memory_mib(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def running(folder: Path, *settings: str) -> Iterator[Program]:
    port = free_port()
    log = folder / "log"
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CHARTING"))
    }
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.access.running", str(folder), str(port), *settings],
            cwd=ROOT, stdout=file, stderr=file, env=environ,
        )  # fmt: skip
    program = Program(folder, port, process, log)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, program.said()
            try:
                if httpx.get(f"{program.base}/healthz", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                assert time.monotonic() < deadline, program.said()
                time.sleep(0.1)
        yield program
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the program did not stop") from None


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with running(tmp_path_factory.mktemp("program")) as one:
        yield one


@pytest.fixture
def browser(program: Program) -> Iterator[Browser]:
    with program.browser() as one:
        yield one


@pytest.fixture
def signed_in(browser: Browser) -> Browser:
    assert browser.sign_in().status_code == 200
    return browser


def until(what: Any, seconds: float = 5.0) -> bool:
    """Wait until something holds; say whether it came to hold."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.02)
    return bool(what())
