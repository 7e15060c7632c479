"""A lock that is had in the order of asking: no writer starves, however busy the others are."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from charting.domain import StoreUnusable


class Turns:
    """Hands out turns, one at a time, first come first served."""

    def __init__(self, patience: float) -> None:
        """``patience`` is how many seconds are waited for a turn before giving up."""
        self._patience = patience
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._waiting: deque[tuple[int, threading.Event]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        with self._lock:
            return len(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and have it.

        Raises StoreUnusable if it does not come in time, RuntimeError if this thread has it already.
        """
        me = threading.get_ident()
        mine = (me, threading.Event())
        with self._lock:
            if self._holder == me:
                raise RuntimeError("this thread is writing already")
            if self._holder is None and not self._waiting:
                self._holder = me
                mine[1].set()
            else:
                self._waiting.append(mine)
        if not mine[1].wait(self._patience):
            with self._lock:
                # the turn may have come between giving up and getting here
                if not mine[1].is_set():
                    self._waiting.remove(mine)
                    raise StoreUnusable(f"no turn to write came within {self._patience:g} s")
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._holder, event = self._waiting.popleft()
                    event.set()
                else:
                    self._holder = None
