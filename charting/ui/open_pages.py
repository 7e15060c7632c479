"""The pages that are open, and the socket that carries their events.

NiceGUI carries out an event for whoever knows a page's id, from any socket, also after sign-out. Here an
event is carried out only if it comes through a socket that shook hands for that very page, and if the page's
own login is live at that moment. When a login ends, its pages leave for the sign-in page and are then taken
down; while it is locked they are covered, and carry out nothing.

This touches what NiceGUI 3.18 does not promise to keep: the handlers of ``core.sio``, ``Client.instances``
and the tasks in which a page waits to be taken down. ``tests/access`` says so when an upgrade changes them.
"""

from __future__ import annotations

import asyncio
import logging
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from nicegui import Client, core
from socketio.exceptions import ConnectionRefusedError as Refused

from charting.access import Login, LoginChange, LoginListening, Logins, LoginState

LEAVING_S = 0.5
"""How long a page may take to leave by itself before it is taken down."""

MOST_PAGES = 20
"""Pages of one login whose sockets are open at a time."""

CROWDED = "Too many pages are open"
"""Told to a page that is one too many; ``login.js`` knows these words and tries again."""

MOST_ARGUMENTS = 20
TEXT_OF_AN_ID = 80

log = logging.getLogger(__name__)

Handler = Callable[..., Any]


class OpenPages:
    """Which page belongs to which login. Used on the event loop alone, but for what ``listen`` calls."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        self._login: dict[str, Login] = {}
        self._listening: dict[UUID, LoginListening] = {}
        self._sockets: dict[str, str] = {}

    def login_of(self, client: Client) -> Login | None:
        """Return the login of a page as it is now, live or locked; none if it has ended or never was."""
        login = self._login.get(client.id) or _at_build(client)
        return self._logins.again(login) if login is not None else None

    @property
    def count(self) -> int:
        """How many pages there are whose socket has been connected."""
        return len(self._login)

    def guard(self, origins: frozenset[str]) -> None:
        """Put the guards in front of NiceGUI's socket, once; ``origins`` are those of our own pages."""
        core.sio.eio.cors_allowed_origins = sorted(origins)
        handlers = core.sio.handlers["/"]
        handlers["connect"] = self._connect(handlers["connect"])
        handlers["handshake"] = self._handshake(handlers["handshake"])
        handlers["disconnect"] = self._disconnect(handlers["disconnect"])
        handlers["event"] = self._event(handlers["event"])
        handlers["javascript_response"] = self._answer(handlers["javascript_response"], _is_answer)
        handlers["ack"] = self._answer(handlers["ack"], _is_ack)
        handlers["log"] = self._report
        core.sio.eio.handlers["message"] = _without_traceback(core.sio.eio.handlers["message"])

    # ---- the socket ----------------------------------------------------------------------------------------

    def _connect(self, original: Handler) -> Handler:
        async def connect(sid: str, *_: Any) -> None:
            # what a browser sends as an event named "connect" comes here too, and is no connection
            if sid in self._sockets:
                return
            environ = core.sio.get_environ(sid)
            login = _of_environ(environ)
            query = urllib.parse.parse_qs(environ.get("QUERY_STRING", ""))
            client = Client.instances.get(query.get("client_id", [""])[0])
            if login is None or client is None or not self._own(client, login):
                # NiceGUI's page reloads on these words, and the gate then leads to the sign-in page
                raise Refused("Implicit handshake failed")
            if self._open_in(login) >= MOST_PAGES:
                log.warning("login %s has %d pages open; one more has to wait", login.id, MOST_PAGES)
                raise Refused(CROWDED)
            self._sockets[sid] = client.id
            try:
                await original(sid, environ)
            except BaseException:
                self._sockets.pop(sid, None)
                raise
            self._open(client, login)

        return connect

    def _handshake(self, original: Handler) -> Handler:
        async def handshake(sid: str, *args: Any) -> bool:
            message = args[0] if len(args) == 1 else None
            if (
                not isinstance(message, dict)
                or any(not _is_id(message.get(key)) for key in ("client_id", "tab_id", "document_id"))
                or not isinstance(message.get("next_message_id", 0), int)
                or self._sockets.get(sid) != message["client_id"]
            ):
                _drop("handshake")
                return False
            return bool(await original(sid, message))

        return handshake

    def _disconnect(self, original: Handler) -> Handler:
        async def disconnect(sid: str, *_: Any) -> None:
            # nor is an event named "disconnect" the end of a connection
            if core.sio.manager.is_connected(sid, "/"):
                return
            self._sockets.pop(sid, None)
            original(sid)

        return disconnect

    def _event(self, original: Handler) -> Handler:
        async def event(sid: str, *args: Any) -> None:
            message = args[0] if len(args) == 1 else None
            client = self._page(sid, message)
            if client is None or not _is_event(message):
                _drop("event")
                return
            login = self.login_of(client) if client.id in self._login else None
            if login is None or login.state is not LoginState.LIVE:
                _drop("event of a page that is signed out or locked")
                return
            self._logins.used(login)
            try:
                original(sid, message)
            except (ValueError, KeyError):
                # what a handler raises NiceGUI deals with; this is an argument or a listener that is none
                _drop("event that cannot be read")

        return event

    def _answer(self, original: Handler, fits: Callable[[Any], bool]) -> Handler:
        async def answer(sid: str, *args: Any) -> None:
            message = args[0] if len(args) == 1 else None
            if self._page(sid, message) is None or not fits(message):
                _drop("answer")
                return
            original(sid, message)

        return answer

    async def _report(self, sid: str, *args: Any) -> None:
        # what a page says of an error can quote what was on it, and no log may hold that
        if self._page(sid, args[0] if len(args) == 1 else None) is not None:
            log.warning("a page reported an error; its browser's console says which")

    def _page(self, sid: str, message: Any) -> Client | None:
        """Return the page that a message is for, if its socket is that page's own and shook hands."""
        if not isinstance(message, dict) or not _is_id(message.get("client_id")):
            return None
        client = Client.instances.get(message["client_id"])
        if client is None or self._sockets.get(sid) != client.id or not client.has_socket_connection:
            return None
        return client if client.id in core.sio.rooms(sid) else None

    # ---- what happens to logins ----------------------------------------------------------------------------

    def _open_in(self, login: Login) -> int:
        """Return how many sockets of pages of a login are connected."""
        clients = (Client.instances.get(client_id) for client_id in self._sockets.values())
        return sum(client is not None and self._own(client, login) for client in clients)

    def _own(self, client: Client, login: Login) -> bool:
        own = self._login.get(client.id) or _at_build(client)
        return own is not None and own.id == login.id

    def _open(self, client: Client, login: Login) -> None:
        if client.id in self._login:
            return
        self._login[client.id] = login
        client.on_delete(lambda: self._close(client.id))
        self._hear(login)

    def _hear(self, login: Login) -> None:
        if login.id not in self._listening:
            loop = asyncio.get_running_loop()

            def heard(change: LoginChange) -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._changed, change)

            self._listening[login.id] = self._logins.listen(login, heard)

    def _close(self, client_id: str) -> None:
        login = self._login.pop(client_id, None)
        if login is not None and all(other.id != login.id for other in self._login.values()):
            listening = self._listening.pop(login.id, None)
            if listening is not None:
                listening.end()

    def _changed(self, change: LoginChange) -> None:
        pages = [
            client
            for client_id, login in self._login.items()
            if login.id == change.login_id and (client := Client.instances.get(client_id)) is not None
        ]
        if change.successor is not None:
            self._move(change.login_id, change.successor, pages)
        for client in pages:
            client.run_javascript(_TELL.format(state="live" if change.successor else change.state))
        if change.state is LoginState.ENDED:
            self._listening.pop(change.login_id, None)
            for client in pages:
                self._login.pop(client.id, None)
            asyncio.get_running_loop().call_later(LEAVING_S, self._take_down, pages)

    def _move(self, old_id: UUID, new: Login, pages: list[Client]) -> None:
        for client in pages:
            self._login[client.id] = new
        listening = self._listening.pop(old_id, None)
        if listening is not None:
            self._listening[new.id] = listening

    def _take_down(self, pages: list[Client]) -> None:
        for client in pages:
            for sid in [one for one, client_id in self._sockets.items() if client_id == client.id]:
                _keep(asyncio.ensure_future(_hang_up(sid)))
            if client.id in Client.instances:
                # a page that has left by itself would be taken down once more, some seconds later
                for document_id in list(client._delete_tasks):
                    client._cancel_delete_task(document_id)
                client.delete()


_TELL = "window.charting?.login?.('{state}') ?? ('{state}' === 'ended' && location.replace('/sign-in'))"
_tasks: set[asyncio.Future[None]] = set()


async def _hang_up(sid: str) -> None:
    connection = core.sio.manager.eio_sid_from_sid(sid, "/")
    wire = core.sio.eio.sockets.get(connection)
    # told that it was meant, the page does not connect again
    await core.sio.disconnect(sid)
    if wire is not None:
        await core.sio.eio.disconnect(connection)
        # and whoever does not hang up is hung up on
        await wire.queue.put(None)


def _keep(task: asyncio.Future[None]) -> None:
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def _at_build(client: Client) -> Login | None:
    """Return the login of the request for which a page was built, which the gate put there."""
    return getattr(client.request.state, "login", None)


def _of_environ(environ: dict[str, Any]) -> Login | None:
    login = environ.get("asgi.scope", {}).get("state", {}).get("login")
    return login if isinstance(login, Login) else None


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TEXT_OF_AN_ID


def _is_event(message: Any) -> bool:
    args = message.get("args", [])
    return (
        isinstance(message.get("id"), int)
        and _is_id(message.get("listener_id"))
        and isinstance(args, list)
        and len(args) <= MOST_ARGUMENTS
        and all(one is None or isinstance(one, str) for one in args)
    )


def _is_answer(message: Any) -> bool:
    return _is_id(message.get("request_id"))


def _is_ack(message: Any) -> bool:
    return isinstance(message.get("next_message_id"), int)


def _drop(what: str) -> None:
    log.info("dropped: %s", what)


def _without_traceback(original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def message(eio_sid: str, data: Any) -> None:
        try:
            await original(eio_sid, data)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            _drop("a frame that cannot be read")

    return message
