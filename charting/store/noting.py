"""Readings on their way into the log: whoever reads does not wait for the disk, nor is kept by a full one."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from charting.domain import ChartingError
from charting.store.readings import Opened, Reading

PAUSE_S = 0.2
"""How long readings are gathered, so that opening a patient takes the writer's turn once."""

RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
MOST_WAITING = 10_000
MOST_REMEMBERED = 10_000

log = logging.getLogger(__name__)


class Noting:
    """Writes readings down on a thread of its own, in their order; safe from any thread.

    What cannot be written is kept and tried again, and the log of the program says so. ``close`` writes what
    still waits; a reading noted after it starts the thread again.
    """

    def __init__(self, write: Callable[[Sequence[Reading]], None]) -> None:
        """``write`` writes all that it is given or nothing, and raises ChartingError where it cannot."""
        self._write = write
        self._lock = threading.Condition()
        self._one_writes = threading.Lock()
        self._waiting: list[Reading] = []
        self._noted: OrderedDict[tuple[UUID, Opened, UUID], datetime] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._lost = 0

    def note(self, reading: Reading) -> None:
        """Have a reading written down soon, unless it is one with a reading that was noted."""
        with self._lock:
            at = self._noted.get(reading.of)
            if at is not None and reading.repeats(at):
                return
            self._noted[reading.of] = reading.at
            self._noted.move_to_end(reading.of)
            if len(self._noted) > MOST_REMEMBERED:
                self._noted.popitem(last=False)
            self._waiting.append(reading)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="readings", daemon=True)
                self._thread.start()
            self._lock.notify_all()

    def write(self) -> bool:
        """Write down now what waits; whether nothing waits any more."""
        with self._one_writes:
            with self._lock:
                readings, self._waiting = self._waiting, []
            if not readings:
                return True
            try:
                self._write(readings)
            except ChartingError as trouble:
                with self._lock:
                    whole = readings + self._waiting
                    self._waiting = whole[-MOST_WAITING:]
                    self._lost += len(whole) - len(self._waiting)
                    waiting, lost = len(self._waiting), self._lost
                log.error(
                    "who has opened which record could not be written down (%s): %d wait, %d are lost",
                    trouble, waiting, lost,
                )  # fmt: skip
                return False
            return True

    def close(self) -> None:
        """Write down what waits and end the thread; what cannot be written is lost, and the log says so."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._closing = True
            self._lock.notify_all()
        if thread is not None:
            thread.join()
        written = self.write()
        with self._lock:
            self._closing = False
            if not written:
                log.error("%d readings of records were never written down", len(self._waiting))
                self._waiting = []
                self._noted.clear()

    def _work(self) -> None:
        delay = PAUSE_S
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._closing or self._waiting)
                if self._closing or self._lock.wait_for(lambda: self._closing, delay):
                    return
            if self.write():
                delay = PAUSE_S
            else:
                delay = RETRY_S if delay == PAUSE_S else min(2 * delay, LONGEST_RETRY_S)
