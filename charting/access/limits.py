"""How much one login may ask of the program at a time: far more than a person does, less than hurts others.

What comes too fast waits its turn, in its order; nothing is thrown away. While it waits it is not even read,
so that the sender is held up and not the program's memory.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

FRAMES_A_SECOND, FRAMES_AT_ONCE = 50.0, 200.0
"""Of one login, over all its pages: what is carried out without waiting, steadily and in a burst."""

MOST_WEBSOCKETS = 24
"""Of one login: some more than pages may be open, as one may come back before it is known to have gone."""

SAID_EVERY_S = 60.0
MOST_KNOWN = 1_000

log = logging.getLogger(__name__)


@dataclass
class _Bucket:
    left: float
    at: float
    said: float = -SAID_EVERY_S


class Pace:
    """Says how long the frames of a login have to wait. Used on the event loop alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[UUID, _Bucket] = {}

    def wait_s(self, login_id: UUID, frames: int = 1) -> float:
        """Return the seconds after which these frames may be carried out; they are counted by this."""
        now = self._clock()
        bucket = self._buckets.get(login_id)
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets.setdefault(login_id, _Bucket(FRAMES_AT_ONCE, now))
        bucket.left = min(FRAMES_AT_ONCE, bucket.left + (now - bucket.at) * FRAMES_A_SECOND) - frames
        bucket.at = now
        wait = max(0.0, -bucket.left / FRAMES_A_SECOND)
        if wait and now - bucket.said >= SAID_EVERY_S:
            bucket.said = now
            log.warning("login %s sends more than %g frames a second and is slowed down", login_id,
                        FRAMES_A_SECOND)  # fmt: skip
        return wait

    def _make_room(self, now: float) -> None:
        if len(self._buckets) >= MOST_KNOWN:
            full_after = FRAMES_AT_ONCE / FRAMES_A_SECOND
            for login_id in [one for one, bucket in self._buckets.items() if now - bucket.at > full_after]:
                self._buckets.pop(login_id)


class Websockets:
    """Counts the websockets that are open in each login. Used on the event loop alone."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    def enter(self, login_id: UUID) -> bool:
        """Count one more, and say whether it may be opened; if not it is not counted."""
        if self._open[login_id] >= MOST_WEBSOCKETS:
            log.warning("login %s has %d websockets open; one more is refused", login_id, MOST_WEBSOCKETS)
            return False
        self._open[login_id] += 1
        return True

    def leave(self, login_id: UUID) -> None:
        """Count one less."""
        self._open[login_id] -= 1
        if self._open[login_id] <= 0:
            self._open.pop(login_id)
