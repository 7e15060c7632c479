"""The bell: who looks at a session is told when it has changed. A hint, never the change itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self
from uuid import UUID

Heard = Callable[[int], None]
"""What is called with the new revision, on the thread of whoever made the change: it must not take long."""

log = logging.getLogger(__name__)


class Bell:
    """Tells listeners of a session its new revision, each revision once; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[UUID, dict[Listening, Heard]] = {}
        self._rung: dict[UUID, int] = {}

    def listen(self, session_id: UUID, heard: Heard) -> Listening:
        """Return a subscription that lasts until it is ended."""
        listening = Listening(self, session_id)
        with self._lock:
            self._heard.setdefault(session_id, {})[listening] = heard
        return listening

    def ring(self, session_id: UUID, revision: int) -> None:
        """Tell everyone who listens to a session; a listener that fails does not keep it from the others.

        A revision that was told, or an earlier one, is not told again.
        """
        with self._lock:
            if session_id not in self._heard or revision <= self._rung.get(session_id, 0):
                return
            self._rung[session_id] = revision
            listeners = list(self._heard.get(session_id, {}).values())
        for heard in listeners:
            try:
                heard(revision)
            except Exception:  # a page that has gone is no reason to tell the writer that writing failed
                log.exception("a listener to session %s failed", session_id)

    def end(self, listening: Listening) -> None:
        """Let a subscription hear nothing more."""
        with self._lock:
            listeners = self._heard.get(listening.session_id, {})
            listeners.pop(listening, None)
            if not listeners:
                self._heard.pop(listening.session_id, None)
                self._rung.pop(listening.session_id, None)

    def sessions(self) -> tuple[UUID, ...]:
        """Return the sessions that someone listens to."""
        with self._lock:
            return tuple(self._heard)

    @property
    def listeners(self) -> int:
        """How many subscriptions there are."""
        with self._lock:
            return sum(len(heard) for heard in self._heard.values())


class Listening:
    """A subscription to a session; ``end`` may be called more than once."""

    def __init__(self, bell: Bell, session_id: UUID) -> None:
        self._bell = bell
        self.session_id = session_id

    def end(self) -> None:
        """Hear nothing more."""
        self._bell.end(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
