"""What is shown where there is no page, and where a page failed: in words, with a way back, and no details.

Both are plain HTML under the strict policy, like the sign-in page: they must not depend on what has just
failed, and whoever tries addresses leaves no page object behind.
"""

from __future__ import annotations

import logging
import traceback
from html import escape
from string import Template
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, PlainTextResponse
from nicegui import core
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charting.ui.context import AppContext
from charting.ui.looks import looks_in
from charting.ui.theme import WORKLIST
from charting.ui.words import _

PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$heading · $clinic</title>
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/static/sign_in.css">
</head>
<body class="charting-sign-in $shade">
<main class="charting-card">
<h1>$heading</h1>
<p role="alert">$lead</p>
$ways
</main>
</body>
</html>
""")

log = logging.getLogger(__name__)


def register(app_context: AppContext) -> None:
    """Answer addresses without a page, and pages that fail, in the place of NiceGUI."""

    async def no_page(request: Request, trouble: Exception) -> Response:
        if isinstance(trouble, HTTPException) and not _wants_page(request):
            return await http_exception_handler(request, trouble)
        return HTMLResponse(
            _page(
                app_context,
                request,
                _("There is nothing here"),
                _("No page has this address. Nothing was changed."),
                [(_("Back to the start"), WORKLIST)],
            ),
            status_code=404,
        )

    core.app.add_exception_handler(404, no_page)
    if core.app.middleware_stack is None:
        known = [one for one in core.app.user_middleware if "app_context" in one.kwargs]
        for one in known:
            core.app.user_middleware.remove(one)
        core.app.add_middleware(Failed, app_context=app_context)


class Failed:
    """Answers for a page that raised.

    An exception handler will not do: after its answer Starlette raises once more, and the server then hangs
    up on the browser and writes what was raised, which may hold a name, into its log.
    """

    def __init__(self, app: ASGIApp, app_context: AppContext) -> None:
        self._app = app
        self._app_context = app_context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer it if nothing was answered before something was raised."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as trouble:
            if started:
                raise
            request = Request(scope, receive)
            # where and of which kind; the message, and the question after the address, may hold a name
            where = "".join(traceback.format_tb(trouble.__traceback__))
            log.error("%s failed: %s\n%s", request.url.path, type(trouble).__name__, where)
            await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if not _wants_page(request):
            return PlainTextResponse(_("That did not work. The record is safe."), status_code=500)
        return HTMLResponse(
            _page(
                self._app_context,
                request,
                _("This page could not be shown"),
                _(
                    "Something went wrong on the server. The record is safe, and marks on this device are "
                    "kept. If it happens again, tell whoever runs this tool."
                ),
                [(_("Try again"), quote(request.url.path)), (_("Back to the start"), WORKLIST)],
            ),
            status_code=500,
        )


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page(
    app_context: AppContext, request: Request, heading: str, lead: str, ways: list[tuple[str, str]]
) -> str:
    dark = looks_in(request.cookies, app_context.settings).dark
    links = [
        f'<a class="way{" quiet" if number else ""}" href="{escape(target)}">{escape(words)}</a>'
        for number, (words, target) in enumerate(ways)
    ]
    return PAGE.substitute(
        language=escape(app_context.settings.language),
        heading=escape(heading),
        clinic=escape(app_context.settings.clinic),
        lead=escape(lead),
        ways="\n".join(links),
        shade={None: "", True: "body--dark", False: "body--light"}[dark],
    )
