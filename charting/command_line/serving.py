"""``charting demo`` and ``charting serve``: run the tool."""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from charting import edge
from charting.command_line.telling import fail, in_words, progress, read_settings, say

if TYPE_CHECKING:
    from charting.settings import Settings

DEMO_FOLDER = Path.home() / ".local" / "share" / "charting-demo"
DEMO_PORT = 8080
MARKER = "demo_made_at"
"""The file that says that a folder is a demo's, and may be made anew."""

STALE_DAYS = 2
STARTING_S = 60.0

Folder = Annotated[Path, typer.Option(help="Where the demo keeps its data.", show_default=False)]
Port = Annotated[
    int | None, typer.Option(min=1, max=65535, help="The port to listen on.", show_default=False)
]


def demo(
    port: Port = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make the demo's data anew.")] = False,
    folder: Folder = DEMO_FOLDER,
) -> None:
    """Start the tool with invented patients, in a data folder of its own, for this computer alone."""
    chosen = port if port is not None else free_port(DEMO_PORT)
    settings = demo_settings(folder, chosen)
    refuse_taken(settings)
    with alone_in(folder):
        with in_words():
            made_on = make_ready(folder, settings, fresh=fresh)
        listen(settings, lambda: _announce_demo(chosen, made_on))


def _announce_demo(port: int, made_on: datetime) -> None:
    from charting.demo import ACCOUNTS

    say()
    say(f"  Charting, with invented patients: http://localhost:{port}")
    say()
    for account in ACCOUNTS:
        say(f"    {account.role.value.capitalize():<14} {account.sign_in:<8} {account.password}")
    say()
    if (old := (edge.now() - made_on).days) >= STALE_DAYS:
        say(f"  Its days are those of {old} days ago; --fresh makes it anew.")
    say("  Ctrl+C ends it; what was charted stays.")


def serve(port: Port = None) -> None:
    """Start the tool for the clinic whose settings the environment holds."""
    settings = read_settings(**({} if port is None else {"port": port}))
    refuse_taken(settings)
    addresses = settings.origins or (f"http://localhost:{settings.port}",)
    listen(settings, lambda: say(f"Charting answers at {', '.join(addresses)}"))


def demo_settings(folder: Path, port: int) -> Settings:
    """Return the demo's settings: none of the environment's that lead to a clinic's record or a network."""
    return read_settings(
        clinic="Demo clinic", data=folder / "data", key_file=folder / "key" / "store.key", port=port,
        database_url=None, host="127.0.0.1", https=False, origins=(),
    )  # fmt: skip


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder for this process; ends the program if another one does, or the folder is no demo's."""
    if folder.exists() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        fail(f"{folder} holds something else than a demo; name another --folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / MARKER).open("a+") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            fail(f"The demo of {folder} is running already; end it first, or name another --folder.")
        yield


def make_ready(folder: Path, settings: Settings, *, fresh: bool) -> datetime:
    """Have the demo's data in a folder, and return when they were made; what is half made is made anew."""
    marker = folder / MARKER
    made_at = marker.read_text().strip()
    from charting.store.opening import open_clinic_store

    if made_at and not fresh:
        open_clinic_store(settings, upgrade=True).close()  # an earlier release may have made it
        return datetime.fromisoformat(made_at)
    marker.write_text("")
    for part in (settings.data, settings.key_file.parent):
        shutil.rmtree(part, ignore_errors=True)
    from charting.anatomy import load_atlas
    from charting.demo import make_demo

    now = edge.now()
    with (
        open_clinic_store(settings) as store,
        progress("Inventing patients") as tell,
    ):
        zone = settings.zone or edge.zone_here()
        make_demo(store, load_atlas(), settings, now=now, zone=zone, progress=tell)
    marker.write_text(f"{now.isoformat()}\n")
    return now


def listen(settings: Settings, announce: Callable[[], None]) -> None:
    """Serve until told to stop; ``announce`` is called once a browser is answered."""
    # the server raises the signal that ended it once more when it has finished what was under way
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    with in_words():
        from charting.ui.app import run

        threading.Thread(target=_once_answered, args=(settings, announce), daemon=True).start()
        run(settings)


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def _once_answered(settings: Settings, announce: Callable[[], None]) -> None:
    until = time.monotonic() + STARTING_S
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    while time.monotonic() < until:
        try:
            socket.create_connection((host, settings.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        announce()
        return


def refuse_taken(settings: Settings) -> None:
    """End the program if another one listens on the port."""
    if _is_taken(settings.host, settings.port):
        fail(f"Port {settings.port} is in use; end the program that uses it, or name another with --port.")


def free_port(first: int) -> int:
    """Return a port that nobody listens on: the first, or one of those after it."""
    return next((port for port in range(first, first + 20) if not _is_taken("127.0.0.1", port)), first)


def _is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
