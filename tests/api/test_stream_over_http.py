"""The stream of revisions through a real server, with the gate and the compression before it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.middleware.gzip import GZipMiddleware

from charting.access.gate import Gate
from charting.settings import Settings
from tests.api.conftest import PASSWORD, House


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        settings = Settings(
            data=house.settings.data, key_file=house.settings.key_file, origins=(f"http://127.0.0.1:{port}",)
        )
        app = GZipMiddleware(Gate(house.app, house.logins, settings))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        running.join(10)
        assert not running.is_alive()


@contextmanager
def signed_in(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=f"{address}/api/v1/", headers={"origin": address}, trust_env=False, timeout=5
    ) as client:
        client.post("login", json={"sign_in": name, "password": PASSWORD}).raise_for_status()
        yield client


def test_another_s_mark_is_heard_of_within_a_second_and_the_stream_ends_at_sign_out(
    house: House, address: str
) -> None:
    session = house.start()
    path = f"sessions/{session.session_id}"
    with signed_in(address, "lavoie") as nurse, signed_in(address, "osei") as doctor:
        with nurse.stream("GET", f"{path}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert "content-encoding" not in stream.headers
            lines = (line for line in stream.iter_lines() if line)
            assert json.loads(next(lines).removeprefix("data: ")) == {"revision": 1}
            ask = house.ask_place(session).model_dump(mode="json")
            before = time.monotonic()
            doctor.post(f"{path}/commands", json={"commands": [ask]}).raise_for_status()
            assert json.loads(next(lines).removeprefix("data: ")) == {"revision": 2}
            assert time.monotonic() - before < 1
            token = nurse.cookies["charting"]
            house.logins.sign_out(token)
            assert list(lines) == []
        assert nurse.get("me").status_code == 401
    assert house.desk._bell.listeners == 0
