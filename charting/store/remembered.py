"""Sessions that were read lately, so that one mark does not cost reading a hundred.

A session is remembered together with the last hash of its chain, and given only to whoever has just read the
same hash from the database: the hash stands for everything that ever happened to the session, so what is
given can be neither old nor of a change that was rolled back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from uuid import UUID

from charting.domain import Session

MOST_MARKS = 12_000
"""Marks of all remembered sessions together; one takes about 5 kB."""


class Remembered:
    """The sessions read last, as many as hold MOST_MARKS marks."""

    def __init__(self, most_marks: int = MOST_MARKS) -> None:
        self._most = most_marks
        self._lock = threading.Lock()
        self._sessions: OrderedDict[UUID, tuple[str, Session]] = OrderedDict()
        self._marks = 0

    def get(self, session_id: UUID, head: str) -> Session | None:
        """Return the session if it is remembered as of this head of its chain."""
        with self._lock:
            known = self._sessions.get(session_id)
            if known is None or known[0] != head:
                return None
            self._sessions.move_to_end(session_id)
            return known[1]

    def put(self, session: Session, head: str) -> None:
        """Remember a session as of this head of its chain."""
        with self._lock:
            self._forget(session.id)
            self._sessions[session.id] = (head, session)
            self._marks += _weight(session)
            while self._marks > self._most and len(self._sessions) > 1:
                self._forget(next(iter(self._sessions)))

    def _forget(self, session_id: UUID) -> None:
        known = self._sessions.pop(session_id, None)
        if known is not None:
            self._marks -= _weight(known[1])


def _weight(session: Session) -> int:
    return len(session.marks) + 2  # the session itself and its solutions weigh as two marks
