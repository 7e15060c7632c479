"""What other processes change in a PostgreSQL: they say so as they commit, and a thread here listens.

Nothing depends on hearing it: what is said is a session's id and revision, never what changed. While there is
no connection to listen on, the revisions that somebody waits for are looked up every second instead.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.engine import Connection

from charting.domain import ChartingError
from charting.store.connecting import SESSION

CHANNEL = "charting"
LOOK_S = 1.0
RETRY_S = 0.25
LONGEST_RETRY_S = 30.0

ALIVE = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A connection on which nothing is said must not be dead for long without being missed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ear:
    """Who is told: ``heard`` with a session and its new revision, of the sessions that ``of`` names."""

    heard: Callable[[UUID, int], None]
    of: Callable[[], Collection[UUID]]


def say(connection: Connection, session_id: UUID, revision: int) -> None:
    """Tell all processes of a session's new revision, once the open transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, f"{session_id} {revision}")))


class Hearing:
    """Listens on a thread and a connection of its own, from the first ear until it is closed."""

    def __init__(self, engine: Engine, look: Callable[[Collection[UUID]], Mapping[UUID, int]]) -> None:
        """``look`` returns the present revisions of sessions, and raises ChartingError where it cannot."""
        self._engine = engine
        self._look_up = look
        self._lock = threading.Lock()
        self._ears: tuple[Ear, ...] = ()
        self._running: _Running | None = None

    @property
    def connected(self) -> bool:
        """Whether what other processes say is heard at this moment."""
        running = self._running
        return running is not None and running.connected.is_set()

    def tell(self, ear: Ear) -> None:
        """Have an ear told from now on; the same again changes nothing."""
        with self._lock:
            if ear not in self._ears:
                self._ears = (*self._ears, ear)
            if self._running is None:
                self._running = _Running()
                thread = threading.Thread(
                    target=self._work, args=(self._running,), name="hearing", daemon=True
                )
                self._running.thread = thread
                thread.start()

    def close(self) -> None:
        """Hear nothing more and end the thread; the ears are told again after the next ``tell``."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.close()

    def _work(self, running: _Running) -> None:
        from psycopg import Error

        delay = RETRY_S
        while not running.over.is_set():
            try:
                self._listen(running)
            except (Error, OSError) as trouble:
                if running.connected.is_set() or delay == RETRY_S:
                    log.warning(
                        "what other processes change is not heard (%s) and looked up instead",
                        type(trouble).__name__,
                    )
            if running.connected.is_set():
                running.connected.clear()
                delay = RETRY_S
            again = time.monotonic() + delay
            delay = min(2 * delay, LONGEST_RETRY_S)
            while not running.over.is_set() and (left := again - time.monotonic()) > 0:
                self._look()
                running.over.wait(min(LOOK_S, left))

    def _listen(self, running: _Running) -> None:
        import psycopg

        given, named = self._engine.dialect.create_connect_args(self._engine.url)
        connection = psycopg.connect(*given, **{**named, **ALIVE, "autocommit": True, "options": SESSION})
        with contextlib.closing(connection), selectors.DefaultSelector() as selector:
            connection.add_notify_handler(lambda said: self._heard(said.payload))
            connection.execute(f"LISTEN {CHANNEL}")
            running.connected.set()
            log.info("what other processes change is heard")
            self._look()  # what was said while nobody listened
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(running.wakes, selectors.EVENT_READ)
            while not running.over.is_set():
                selector.select()
                connection.pgconn.consume_input()
                while (said := connection.pgconn.notifies()) is not None:
                    self._heard(said.extra.decode())

    def _heard(self, said: str) -> None:
        try:
            session_id, revision = said.split()
            told = UUID(session_id), int(revision)
        except ValueError:
            log.warning("what was said on the channel is no session's revision")
            return
        for ear in self._ears:
            ear.heard(*told)

    def _look(self) -> None:
        for ear in self._ears:
            wanted = ear.of()
            if not wanted:
                continue
            try:
                found = self._look_up(wanted)
            except ChartingError as trouble:
                log.debug("the revisions of sessions could not be looked up: %s", trouble)
                return
            for session_id, revision in found.items():
                ear.heard(session_id, revision)


@dataclass
class _Running:
    """A thread that listens, and what ends it."""

    over: threading.Event = field(default_factory=threading.Event)
    connected: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.wakes, self._waking = socket.socketpair()

    def close(self) -> None:
        self.over.set()
        self._waking.send(b".")
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join()
        self.connected.clear()
        self.wakes.close()
        self._waking.close()
