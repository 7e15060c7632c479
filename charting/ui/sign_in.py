"""The sign-in page, and what a page asks to know whether its login still lasts.

The sign-in page is plain HTML under the strict policy. It is open to everyone, and NiceGUI would build a page
object for everyone who asks.
"""

from __future__ import annotations

import json
from html import escape
from string import Template
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from charting.access import Login, Logins, token_in
from charting.domain import StoreUnusable
from charting.settings import Settings
from charting.store import Store
from charting.ui.words import _

PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/static/sign_in.css">
<script type="module" src="/static/sign_in.js"></script>
</head>
<body class="charting-sign-in">
<main>
<form class="charting-card" method="post" autocomplete="on" data-next="$next" data-wait="$wait"
 data-away="$away" data-failed="$failed">
<h1>$clinic</h1>
<p>$lead</p>
<div class="said" role="alert">$said</div>
<label>$name_label
<input name="sign_in" type="text" autocomplete="username" autocapitalize="none" spellcheck="false"
 required maxlength="64" value="$name"></label>
<label>$password_label
<input name="password" type="password" autocomplete="current-password" required maxlength="200"></label>
<button type="submit">$button</button>
<noscript>$noscript</noscript>
</form>
</main>
</body>
</html>
""")

LONGEST_NEXT = 500


def router(logins: Logins, store: Store, settings: Settings) -> APIRouter:
    """Return the routes of the sign-in page, of what pages ask about their login, and of the health check."""
    made = APIRouter(include_in_schema=False)

    @made.api_route("/sign-in", methods=["GET", "HEAD"])
    def sign_in(request: Request, next: str = "/") -> Response:
        login = logins.find(token_in(request.headers.raw, settings))
        target = local_path(next)
        if login is not None and not login.locked:
            return RedirectResponse(target, status_code=303)
        return HTMLResponse(sign_in_page(settings, login, target, any_staff=logins.has_staff()))

    @made.get("/login-state")
    def login_state(request: Request) -> Response:
        login = logins.find(token_in(request.headers.raw, settings))
        return JSONResponse(state_of(login, logins))

    @made.post("/still-here")
    def still_here() -> Response:
        # the gate has noted the use
        return Response(status_code=204)

    @made.api_route("/healthz", methods=["GET", "HEAD"])
    def health() -> Response:
        try:
            with store.reading() as record:
                record.setting("health")
        except StoreUnusable:
            return JSONResponse({"status": "the store cannot be reached"}, status_code=503)
        return JSONResponse({"status": "ok"})

    return made


def local_path(path: str) -> str:
    """Return a path of ours to go on to; the start page for anything that could lead elsewhere.

    >>> local_path("/sessions/1?view=a"), local_path("//evil.example"), local_path("/\\\\evil.example")
    ('/sessions/1?view=a', '/', '/')
    """
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    plain = path.isascii() and path.isprintable() and " " not in path and "\\" not in path
    if not plain or parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//"):
        return "/"
    return "/" if len(path) > LONGEST_NEXT or parts.path in ("/sign-in", "/login-state") else path


def sign_in_page(settings: Settings, login: Login | None, target: str, *, any_staff: bool) -> str:
    """Return the page; for a locked login with the name filled in and the reason said."""
    lead, said = _("Sign in to the charts."), ""
    if login is not None:
        lead = _("Locked, because nobody has used this for a while.")
    if not any_staff:
        said = _("Nobody can sign in yet. Whoever runs this tool adds the first administrator: {command}")
    texts = {
        "title": _("Sign in"),
        "clinic": settings.clinic,
        "lead": lead,
        "name": login.staff.sign_in if login else "",
        "name_label": _("Name"),
        "password_label": _("Password"),
        "button": _("Sign in"),
        "next": target,
        "noscript": _("This page needs JavaScript."),
        "language": settings.language,
        **words(),
    }
    escaped = {key: escape(text) for key, text in texts.items()}
    shown = escape(said).replace("{command}", "<code>charting staff add</code>")
    return PAGE.substitute(escaped, said=shown)


def words() -> dict[str, str]:
    """Return what a form that asks for a password may have to say."""
    return {
        "wait": _("Wait {seconds} s"),
        "away": _("The server cannot be reached. Marks on this device are kept; try again in a moment."),
        "failed": _("That did not work. Nothing was changed; try again in a moment."),
    }


def head_of_pages(settings: Settings) -> str:
    """Return what every page carries in its head, so that it keeps in step with its login."""
    content = {
        "idle_s": settings.idle_minutes * 60,
        "words": {
            **words(),
            "soon": _("Locks in {seconds} s. Touch the screen to go on."),
            "crowded": _(
                "Too many pages are open. Close some, and this one goes on by itself; nothing is lost."
            ),
            "locked": _("Locked"),
            "kept": _("Nothing was lost; marks on this device are kept."),
            "password": _("Password"),
            "unlock": _("Unlock"),
            "other": _("Sign in as someone else"),
            "waiting": _("Marks on this device still wait to be saved. Unlock, so that they are."),
        },
    }
    return (
        f'<meta name="charting-login" content="{escape(json.dumps(content))}">\n'
        '<link rel="stylesheet" href="/static/sign_in.css">\n'
        '<script type="module" src="/static/login.js"></script>\n'
    )


def state_of(login: Login | None, logins: Logins) -> dict[str, Any]:
    """Return what a page is told of its login: its state, whose it is, and in how many seconds it locks."""
    if login is None:
        return {"state": "ended"}
    return {
        "state": login.state,
        "name": login.staff.name,
        "sign_in": login.staff.sign_in,
        "locks_in_s": logins.seconds_until(login.locks_at),
        "ends_in_s": logins.seconds_until(login.ends_at),
    }
