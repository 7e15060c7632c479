"""The gate: everything that reaches the program passes it, and what is not in its table needs a live login.

It stands outside of NiceGUI and FastAPI, so that nothing is built for whoever may not come in, and on the way
out it puts the security headers on every answer, those of errors too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import anyio
import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from charting.access.cookies import token_in
from charting.access.limits import Pace, Websockets
from charting.access.logins import Login, Logins
from charting.domain import ChartingError, Locked, NotAllowed, SignInNeeded, StoreUnusable, TooLarge
from charting.settings import Settings

KIB = 1024
LARGEST_BODY = 1024 * KIB
LARGEST_OPEN_BODY = 16 * KIB
BODY_SECONDS = 30.0
"""How long a request may take to send its body."""

LOOKING_UP = 8
"""Logins that are looked up in the store at a time."""

SOCKET = "/_nicegui_ws/"
BETWEEN = "\x1e"
"""What stands between the frames of a request of the socket, where it has to do with requests."""

FRAMES = frozenset("12345")
SIGN_IN = "/sign-in"
METHODS = ("GET", "HEAD", "POST", "PUT")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Open:
    """A path, or all paths below one that ends with a slash, that anyone may ask for."""

    methods: tuple[str, ...]
    path: str

    def fits(self, method: str, path: str) -> bool:
        """Say whether a request is for this path."""
        fits = path.startswith(self.path) if self.path.endswith("/") else path == self.path
        return fits and method in self.methods


READ = ("GET", "HEAD")
OPEN = (
    Open(READ, SIGN_IN),
    Open(("POST",), "/api/v1/login"),
    # these three look at the login themselves, and say so if there is none
    Open(("POST",), "/api/v1/unlock"),
    Open(("POST",), "/api/v1/logout"),
    Open(READ, "/login-state"),
    Open(READ, "/healthz"),
    # code, that of the offline shell included; nothing of the clinic
    Open(READ, "/sw.js"),
    Open(READ, "/offline"),
    Open(READ, "/marking/"),
    Open(READ, "/favicon.ico"),
    Open(READ, "/static/"),
)
"""What is open to everyone. Everything else needs a live login."""

OPEN_PATTERN = re.compile(r"/_nicegui/[^/]+/(?:static|libraries|components|resources|esm)/.+")
"""The code of NiceGUI, under the number of its release; not what pages have added while they run."""

KEPT = re.compile(
    r"/_nicegui/[^/]+/(?:static|libraries|components|resources|esm)/.+|/static/.+|/marking/.+"
    r"|/api/v1/atlas/[0-9a-f]{64}/.+|/sw\.js|/offline|/favicon\.ico"
)
"""What a browser may keep: code and drawings. Nothing else, for everything else may be about someone."""

NO_USE = re.compile(r"/api/v1/(?:me|sessions/[^/]+/(?:changes|events))")
"""What a page asks for by itself: it does not show that anyone is there."""

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
DRAWING = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; frame-ancestors 'none'; "
    "sandbox"
)
DOCUMENT = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self' {sockets}; manifest-src 'self'; "
    "worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""NiceGUI compiles its templates in the browser and cannot do without 'unsafe-eval'."""

SCRIPT = re.compile(rb"<script(?=[\s>])")


class Gate:
    """The ASGI application in front of all others. ``app`` is what lies behind it."""

    def __init__(self, app: ASGIApp, logins: Logins, settings: Settings) -> None:
        self.app = app
        self._logins = logins
        self._settings = settings
        self._origins = settings.own_origins
        # older browsers do not take 'self' for a socket; an address of IPv6 no policy can name
        sockets = (re.sub(r"^http", "ws", origin) for origin in self._origins if "[" not in origin)
        self._sockets = " ".join(sorted(sockets))
        self._looking_up: anyio.CapacityLimiter | None = None
        self._pace = Pace()
        self._open_sockets = Websockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, self._outward(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)

    # ---- http ----------------------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)
        if method not in METHODS:
            return await _answer(send, 405, _words("bad_request", "This cannot be done here."), allow=METHODS)
        if _odd(path):
            return await _answer(send, 400, _words("bad_request", "There is no such address."))
        is_open = any(one.fits(method, path) for one in OPEN) or (
            method in READ and OPEN_PATTERN.fullmatch(path) is not None
        )
        if not self._from_us(headers, method, is_open):
            log.warning("refused a request from another origin")
            return await _refuse(send, 403, NotAllowed("the request does not come from our own pages"))
        if not is_open:
            try:
                login = await self._login(headers)
            except StoreUnusable as trouble:
                return await _refuse(send, 503, trouble)
            if login is None or (login.locked and not path.startswith(SOCKET)):
                return await _send_to_sign_in(scope, headers, send, login)
            _state(scope)["login"] = login
            if _is_use(method, path, headers):
                self._logins.used(login)
        # a proxy that changes the path is none of ours, and NiceGUI would write this into its pages
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-prefix"]
        if method not in READ:
            try:
                receive = await _body(headers, receive, LARGEST_OPEN_BODY if is_open else LARGEST_BODY)
            except TooLarge as trouble:
                return await _refuse(send, 413, trouble)
            except TimeoutError:
                return await _answer(send, 408, _words("bad_request", "The request did not arrive in time."))
        if method == "POST" and path.startswith(SOCKET):
            message = await receive()
            frames = message.get("body", b"").decode("utf-8", "replace").split(BETWEEN)
            if not all(map(_is_frame, frames)):
                return await _answer(send, 400, _words("bad_request", "These are no frames."))
            await asyncio.sleep(self._pace.wait_s(_state(scope)["login"].id, len(frames)))
            receive = _giving(message, receive)
        await self.app(scope, receive, send)
        return None

    def _from_us(self, headers: Headers, method: str, is_open: bool) -> bool:
        """Say whether a request may come from where it comes from.

        What changes something must name one of our origins, or the browser must say that it is ours. What
        only reads may be asked for without an origin, but not from within another site; following a link
        from there, to a page, is no such thing.
        """
        origins = headers.getlist("origin")
        site = headers.get("sec-fetch-site")
        if len(origins) > 1 or (origins and origins[0].lower() not in self._origins):
            return False
        if method not in READ:
            return bool(origins) or site == "same-origin"
        followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        return is_open or site in (None, "same-origin", "none") or followed

    # ---- the socket ----------------------------------------------------------------------------------------

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        login = None
        if len(origins) == 1 and origins[0].lower() in self._origins and scope["path"].startswith(SOCKET):
            try:
                login = await self._login(headers)
            except StoreUnusable:
                log.warning("a socket was refused: the store cannot be reached")
        if login is None:
            await send({"type": "websocket.close", "code": 1008})
            return
        _state(scope)["login"] = login
        login_id = login.id
        if not self._open_sockets.enter(login_id):
            await _refuse_socket(scope, send)
            return

        async def frames() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                if wait := self._pace.wait_s(login_id):
                    await asyncio.sleep(wait)
                if _is_frame(message.get("text")):
                    return message
                log.info("dropped: a frame that is none")

        try:
            await self.app(scope, frames, send)
        finally:
            self._open_sockets.leave(login_id)

    async def _login(self, headers: Headers) -> Login | None:
        """Return the login of a request, live or locked."""
        token = token_in(headers.raw, self._settings)
        if token is None:
            return None
        known = self._logins.remembered(token)
        if known is not None:
            return known
        if self._looking_up is None:
            self._looking_up = anyio.CapacityLimiter(LOOKING_UP)
        return await anyio.to_thread.run_sync(self._logins.find, token, limiter=self._looking_up)

    # ---- outward -------------------------------------------------------------------------------------------

    def _outward(self, scope: Scope, send: Send) -> Send:
        """Return a ``send`` that puts the headers on, and a nonce on the scripts of NiceGUI's pages."""
        nonce = ""
        held: Message | None = None
        parts: list[bytes] = []

        async def outward(message: Message) -> None:
            nonlocal nonce, held
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=[*message.get("headers", [])])
                is_page = headers.get("x-nicegui-content") == "page"
                if is_page:
                    nonce = secrets.token_urlsafe(18)
                self._put_headers(headers, scope["path"], message["status"], nonce)
                message = {**message, "headers": headers.raw}
                if is_page and headers.get("content-type", "").startswith("text/html"):
                    held = message
                    return
                await send(message)
            elif message["type"] == "http.response.body" and held is not None:
                parts.append(message.get("body", b""))
                if message.get("more_body", False):
                    return
                body = SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), b"".join(parts))
                MutableHeaders(raw=held["headers"])["content-length"] = str(len(body))
                start, held = held, None
                await send(start)
                await send({"type": "http.response.body", "body": body})
            else:
                await send(message)

        return outward

    def _put_headers(self, headers: MutableHeaders, path: str, status: int, nonce: str) -> None:
        kind = headers.get("content-type", "").partition(";")[0]
        if nonce:
            headers["content-security-policy"] = PAGE.format(nonce=nonce, sockets=self._sockets)
        else:
            special = {"image/svg+xml": DRAWING, "application/pdf": DOCUMENT}
            headers["content-security-policy"] = special.get(kind, STRICT)
        headers["x-content-type-options"] = "nosniff"
        headers["x-frame-options"] = "DENY"
        headers["referrer-policy"] = "no-referrer"
        headers["cross-origin-resource-policy"] = "same-origin"
        headers["permissions-policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        if self._settings.https:
            headers["strict-transport-security"] = "max-age=31536000"
            headers["cross-origin-opener-policy"] = "same-origin"
        for name in ("server", "access-control-allow-origin", "access-control-allow-credentials"):
            if name in headers:
                del headers[name]
        if not KEPT.fullmatch(path) or status not in (200, 206, 304):
            headers["cache-control"] = "no-store"
        elif "cache-control" not in headers:
            headers["cache-control"] = "no-cache"


def _state(scope: Scope) -> MutableMapping[str, Any]:
    state: MutableMapping[str, Any] = scope.setdefault("state", {})
    return state


def _odd(path: str) -> bool:
    parts = path.split("/")
    return not path.startswith("/") or ".." in parts or "" in parts[1:-1] or "\\" in path or "\0" in path


def _is_use(method: str, path: str, headers: Headers) -> bool:
    """Say whether a request shows that a person is there.

    The socket's heartbeats do not, nor does what a page fetches by itself. Where the browser says that
    nobody's hand led to a page, as when a page reloads itself, that does not either.
    """
    if path.startswith(SOCKET) or NO_USE.fullmatch(path):
        return False
    if method not in READ:
        return True
    if headers.get("sec-fetch-mode", "navigate") != "navigate" or not _wants_page(path, headers):
        return False
    return "sec-fetch-mode" not in headers or "sec-fetch-user" in headers


def _wants_page(path: str, headers: Headers) -> bool:
    return not path.startswith(("/api/", SOCKET)) and "text/html" in headers.get("accept", "")


async def _send_to_sign_in(scope: Scope, headers: Headers, send: Send, login: Login | None) -> None:
    if scope["method"] in READ and _wants_page(scope["path"], headers):
        query = scope.get("query_string", b"").decode("latin-1")
        target = scope["path"] + (f"?{query}" if query else "")
        lead = SIGN_IN if target == "/" else f"{SIGN_IN}?next={quote(target, safe='/')}"
        await _answer(send, 303, b"", location=(lead,))
    elif login is not None:
        await _refuse(send, 401, Locked("the login waits for its password"))
    else:
        await _refuse(send, 401, SignInNeeded("no live login"))


async def _body(headers: Headers, receive: Receive, largest: int) -> Receive:
    """Read a body to its end and return a ``receive`` that gives it; raises TooLarge, TimeoutError."""
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > largest:
        raise TooLarge(f"a body has at most {largest} bytes")
    parts: list[bytes] = []
    size = 0
    gone = False
    async with asyncio.timeout(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                gone = True
                break
            part = message.get("body", b"")
            size += len(part)
            if size > largest:
                raise TooLarge(f"a body has at most {largest} bytes")
            parts.append(part)
            if not message.get("more_body", False):
                break
    if gone:
        return _giving({"type": "http.disconnect"}, receive)
    return _giving({"type": "http.request", "body": b"".join(parts), "more_body": False}, receive)


def _giving(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def _is_frame(text: str | None) -> bool:
    """Say whether a text is a frame that a browser sends: close, ping, pong, message or upgrade."""
    return text is not None and text[:1] in FRAMES


def _words(code: str, sentence: str) -> bytes:
    return json.dumps({"code": code, "sentence": sentence}).encode()


async def _refuse(send: Send, status: int, trouble: ChartingError) -> None:
    await _answer(send, status, _words(trouble.code, trouble.sentence))


async def _refuse_socket(scope: Scope, send: Send) -> None:
    """Say that a login has too many sockets; the page tries again by itself."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    body = _words("too_many_pages", "Too many pages are open. Close some of them; nothing is lost.")
    raw = [(b"content-type", b"application/json"), (b"retry-after", b"5")]
    await send({"type": "websocket.http.response.start", "status": 429, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body})


async def _answer(send: Send, status: int, body: bytes, **headers: Iterable[str]) -> None:
    raw = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    raw += [(name.encode(), ", ".join(values).encode("latin-1")) for name, values in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
