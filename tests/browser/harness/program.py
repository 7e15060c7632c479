"""The whole program in a process of its own, lines to it that can be cut, and a clinic to mark in."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from playwright.sync_api import APIRequestContext

from charting import edge
from charting.access import Logins, passwords
from charting.anatomy import Atlas
from charting.desk import Desk
from charting.desk.answers import MarkView, SessionView
from charting.settings import Settings
from charting.store.opening import open_clinic_store
from tests.clinic import found
from tests.people import ANNE, DOCTOR, KNEE

PASSWORD = "violet ladder 9 harbour"
GIVE_UP_S = 60.0
PIECE = 65536

Way = Literal["open", "reset", "silent"]
"""How a line is: open; cut, with a refusal for whoever asks (flight mode); or nothing comes through and
nothing is closed (out of the radio's reach)."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Line:
    """A line from a browser to the program, byte by byte; what it is to do with them is set at any time."""

    def __init__(self, to: int, loop: asyncio.AbstractEventLoop) -> None:
        self.port = free_port()
        self.way: Way = "open"
        self._to = to
        self._loop = loop
        self._open: set[asyncio.StreamWriter] = set()
        self._may_go = asyncio.Event()
        self._may_go.set()
        asyncio.run_coroutine_threadsafe(self._listen(), loop).result(10)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def be(self, way: Way) -> None:
        """Be open, cut or silent from now on."""
        asyncio.run_coroutine_threadsafe(self._be(way), self._loop).result(10)

    async def _be(self, way: Way) -> None:
        # what a silent line held back is lost with it: a radio that is back makes new connections
        if way == "reset" or self.way == "silent":
            for writer in list(self._open):
                _reset(writer)
        self.way = way
        if way == "silent":
            self._may_go.clear()
        else:
            self._may_go.set()

    async def _listen(self) -> None:
        self.server = await asyncio.start_server(self._met, "127.0.0.1", self.port)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        there = None
        try:
            await self._may_go.wait()
            if self.way == "reset":
                _reset(writer)
                return
            away, there = await asyncio.open_connection("127.0.0.1", self._to)
            self._open.add(there)
            await asyncio.gather(self._carry(reader, there), self._carry(away, writer))
        except OSError:
            _reset(writer)
        finally:
            for one in (writer, there):
                if one is not None:
                    self._open.discard(one)
                    one.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._may_go.wait()
            writer.write(piece)
            await writer.drain()
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a dead network does: at once, and not in an orderly way."""
    one = writer.get_extra_info("socket")
    if one is not None and one.fileno() >= 0:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Program:
    """``charting serve`` over a clinic's data, which is started, ended and killed; and what it has stored."""

    def __init__(self, folder: Path, atlas: Atlas, lines: int) -> None:
        self.port = free_port()
        self.settings = Settings(data=folder / "data", key_file=folder / "keys" / "store.key")
        self.log = folder / "log"
        self._atlas = atlas
        self._process: subprocess.Popen[bytes] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.lines = [Line(self.port, self._loop) for _ in range(lines)]

    @property
    def address(self) -> str:
        """The program's own, which no outage touches."""
        return f"http://localhost:{self.port}"

    def sessions(self, count: int) -> list[SessionView]:
        """Make a clinic with a doctor, and so many patients with a session each that has just begun."""
        views = []
        with open_clinic_store(self.settings) as store:
            found(store)
            _quick_password(Logins(store, edge.now, self.settings))
            desk = Desk(store, self._atlas)
            for number in range(count):
                patient = ANNE.model_copy(update={"id": edge.new_id(), "record_number": f"O-{number}"})
                course = KNEE.model_copy(update={"id": edge.new_id(), "patient_id": patient.id})
                desk.save_patient(DOCTOR, patient, None)
                desk.save_course(DOCTOR, course, None)
                views.append(desk.start_session(DOCTOR, course.id, id=edge.new_id()))
        return views

    def start(self) -> None:
        """Start it, and wait until it answers."""
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CHARTING"))
        }
        environ |= {
            "CHARTING_DATA": str(self.settings.data), "CHARTING_KEY_FILE": str(self.settings.key_file),
            "CHARTING_ORIGINS": json.dumps([self.address, *(line.address for line in self.lines)]),
        }  # fmt: skip
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "charting", "serve", "--port", str(self.port)],
                env=environ, stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + GIVE_UP_S
        while True:
            assert self._process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.address}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                assert time.monotonic() < until, self.log.read_text()
                time.sleep(0.05)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End it, in an orderly way or by killing it."""
        assert self._process is not None
        self._process.send_signal(by)
        self._process.wait(GIVE_UP_S)
        self._process = None

    def close(self) -> None:
        """End what is still running."""
        for line in self.lines:
            line.be("reset")
        if self._process is not None:
            self.end()
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _hang_up(self) -> None:
        for line in self.lines:
            line.server.close()
        for carrying in asyncio.all_tasks() - {asyncio.current_task()}:
            carrying.cancel()
        await asyncio.sleep(0.05)

    def sign_in(self, browser: APIRequestContext, address: str) -> None:
        """Sign a browser in as the doctor."""
        answer = browser.post(
            f"{address}/api/v1/login", data={"sign_in": DOCTOR.sign_in, "password": PASSWORD},
            headers={"Origin": address},
        )  # fmt: skip
        assert answer.ok, answer.text()

    def stored(self, session_id: UUID) -> tuple[MarkView, ...]:
        """Return a session's marks as the program tells them by a way of its own."""
        with httpx.Client(base_url=self.address, headers={"Origin": self.address}) as client:
            client.post(
                "/api/v1/login", json={"sign_in": DOCTOR.sign_in, "password": PASSWORD}
            ).raise_for_status()
            answer = client.get(f"/api/v1/sessions/{session_id}")
            return SessionView.model_validate_json(answer.content).marks


def _quick_password(logins: Logins) -> None:
    """Give the doctor a password whose hash is quickly made: passwords are not what is tried here."""
    usual, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    try:
        logins.set_password(DOCTOR.id, PASSWORD, by=None)
    finally:
        passwords._hasher = usual


@contextmanager
def program(folder: Path, atlas: Atlas, lines: int) -> Iterator[Program]:
    """Give the program, not yet started, with so many lines to it."""
    one = Program(folder, atlas, lines)
    try:
        yield one
    finally:
        one.close()
