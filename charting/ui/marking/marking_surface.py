"""The exam screen of a session as an element of a page."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from nicegui import ui

from charting.ui.marking.serving import CODE_PATH


class MarkingSurface(ui.element, component="marking_surface.js"):
    """The exam screen of a session. It draws, saves and undoes without the page's socket.

    ``review`` and ``back`` are addresses of pages, ``sign_in`` that of the sign-in page; without one there is
    no way to it. ``theme`` is light, dark, or auto, which follows the page. ``skin`` is the class of the
    drawings' skin (``Looks.skin_class``). ``words`` are translations by their English words. A ``#mark=<id>``
    in the page's address chooses and shows that mark. The app is to include ``serving.router``.
    """

    def __init__(
        self,
        session_id: UUID,
        *,
        review: str | None = None,
        back: str | None = None,
        sign_in: str = "/sign-in",
        api: str = "/api/v1",
        theme: str = "auto",
        skin: str = "",
        words: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._props["code"] = CODE_PATH
        self._props["session"] = str(session_id)
        self._props["api"] = api
        self._props["urls"] = {"review": review, "back": back, "signIn": sign_in}
        self._props["theme"] = theme
        self._props["skin"] = skin
        self._props["words"] = dict(words or {})
        ui.add_head_html(
            f'<link rel="stylesheet" href="{CODE_PATH}/marking.css">'
            f'<script type="module" src="{CODE_PATH}/worker.js"></script>'
        )
        self.style("width: 100%; height: 100dvh")

    def set_theme(self, theme: str) -> None:
        """Show the screen light or dark."""
        self.run_method("set_theme", theme)
