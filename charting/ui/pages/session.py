"""A session: the exam screen, which the browser draws by itself."""

from __future__ import annotations

import asyncio

from nicegui import ui

from charting.desk import Act, may
from charting.ui.addresses import session_of
from charting.ui.context import AppContext
from charting.ui.marking import MarkingSurface
from charting.ui.theme import bare
from charting.ui.words import _

AWAY_S = 600.0
"""How long this page may be without its socket before it is taken down: the exam does not need it."""


def register(app_context: AppContext) -> None:
    """Tie a session's page to its address."""

    @ui.page("/sessions/{session_id}", reconnect_timeout=AWAY_S)
    async def session(session_id: str) -> None:
        with bare(app_context, _("Session")) as page:
            view = await asyncio.to_thread(app_context.desk.session, page.who, session_of(session_id))
            signs = may(page.who, Act.SIGN) or view.standing.seal is not None
            MarkingSurface(
                view.session_id,
                review=f"/sessions/{view.session_id}/review" if signs else None,
                back=f"/patients/{view.patient.id}",
                theme={"system": "auto"}.get(page.looks.theme, page.looks.theme),
                skin=page.looks.skin_class,
            )
