"""From the start of the process to the first page, and the memory it then takes (medians).

The program is compiled to bytecode before, as ``make tool`` and every start but the first one do.

starting, until the sign-in page is answered   2.5 s
memory at rest                                 200 MB
making the demo's patients                       5 s
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.limits import INSTEAD, median_within
from charting import edge
from charting.anatomy import load_atlas
from charting.demo import make_demo
from charting.settings import Settings
from charting.store.opening import open_clinic_store

ROUNDS = 5
GIVE_UP_S = 60.0
MB = 1e6


def a_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clinic(folder: Path) -> Settings:
    """Return the settings of a clinic with the demo's patients, in a folder."""
    settings = Settings(data=folder / "data", key_file=folder / "key" / "store.key")
    with open_clinic_store(settings) as store:
        make_demo(store, load_atlas(), settings, now=edge.now(), zone=edge.zone_here())
    return settings


@contextmanager
def started(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start the tool in a process of its own, as a clinic does; it ends afterwards."""
    port = a_port()
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CHARTING_") and name != "PYTHONDONTWRITEBYTECODE"
        },
        "PYTHONPYCACHEPREFIX": str(settings.data.parent / "bytecode"),
        "CHARTING_DATA": str(settings.data),
        "CHARTING_KEY_FILE": str(settings.key_file),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "charting", "serve", "--port", str(port)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=GIVE_UP_S)


def first_page(process: subprocess.Popen[bytes], port: int) -> int:
    """Wait for the sign-in page, and return its size in bytes."""
    until = time.monotonic() + GIVE_UP_S
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/sign-in", headers={"Accept": "text/html"})
            answer = connection.getresponse()
            if answer.status == 200:
                return len(answer.read())
        except OSError:
            time.sleep(0.01)
        finally:
            connection.close()
    raise AssertionError(f"no page came; the process has ended with {process.poll()}")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return clinic(tmp_path_factory.mktemp("clinic"))


def test_starting_until_the_first_page(benchmark: BenchmarkFixture, settings: Settings) -> None:
    with ExitStack() as running:

        def start() -> int:
            return first_page(*running.enter_context(started(settings)))

        assert benchmark.pedantic(start, teardown=running.close, rounds=ROUNDS, warmup_rounds=1) > 500
    median_within(benchmark, 2.5)


def test_memory_at_rest(benchmark: BenchmarkFixture, settings: Settings) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is read from /proc, as on Linux")
    with started(settings) as (process, port):
        first_page(process, port)
        time.sleep(1)
        memory = Path(f"/proc/{process.pid}/statm")
        # what is timed is the reading; what counts is what was read
        pages = int(benchmark.pedantic(memory.read_text).split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") / MB
    benchmark.extra_info[INSTEAD] = f"{resident:.0f} MB of 200 MB"
    assert resident <= 200, f"{resident:.0f} MB at rest"


def test_making_the_demo(benchmark: BenchmarkFixture, tmp_path_factory: pytest.TempPathFactory) -> None:
    benchmark.pedantic(
        clinic, setup=lambda: ((tmp_path_factory.mktemp("demo"),), {}), rounds=3, warmup_rounds=0
    )
    median_within(benchmark, 5.0)
