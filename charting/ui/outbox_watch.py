"""What a page knows of the marks that still wait on its device."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from nicegui import events, ui

from charting.ui.marking.serving import CODE_PATH

Counted = Callable[[int, int], None]
"""Called with how many steps wait on the device, and how many were refused and not looked at."""


class OutboxWatch(ui.element, component="outbox_watch.js"):
    """Counts the steps of a session that this browser has not yet brought to the server, and sends them.

    ``me`` is who is signed in: only their own steps are sent. ``counted`` is called whenever a count changes.
    """

    def __init__(self, session_id: UUID, me: UUID, counted: Counted) -> None:
        super().__init__()
        self._props["code"] = CODE_PATH
        self._props["session"] = str(session_id)
        self._props["api"] = "/api/v1"
        self._props["me"] = str(me)
        self._counted = counted
        self.on("counted", self._heard)

    def _heard(self, event: events.GenericEventArguments) -> None:
        # from the browser: what is no count counts nothing
        told = event.args if isinstance(event.args, dict) else {}
        waiting, refused = told.get("waiting"), told.get("refused")
        if isinstance(waiting, int) and isinstance(refused, int):
            self._counted(waiting, refused)
