"""Sessions: starting, reading, marking, signing, and hearing that one has changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from charting.access import Login, LoginChange, LoginState
from charting.api.answering import NOT_STORED, answered, listed
from charting.api.asking import Body, Given, OwnLogin, Rooms, SignSession, StartSession, Who, address_of
from charting.api.described import Described
from charting.api.routing import Routes
from charting.desk import Act, need
from charting.desk.answers import BatchAnswer, Changes, Ghost, SessionView
from charting.desk.asks import Batch
from charting.desk.laying import LaidDown
from charting.desk.payload import read, read_batch
from charting.domain import BadRequest, ChartingError, Laterality, Seal
from charting.domain.protocols import Protocol

HEARTBEAT_S = 15.0
"""How often a silent stream says that it is still there: proxies cut one that is silent for a minute."""

LOOK_S = 1.0
"""How often the store is asked while another process may write and cannot be heard."""

NEW_REVISION = 'data: {{"revision":{revision}}}\n\n'
STILL_HERE = ": still here\n\n"

PROTOCOLS: TypeAdapter[tuple[Protocol, ...]] = TypeAdapter(tuple[Protocol, ...])
GHOSTS: TypeAdapter[tuple[Ghost, ...]] = TypeAdapter(tuple[Ghost, ...])

NO_SESSION = {404: "There is no such session"}

routes = Routes("sessions")
log = logging.getLogger(__name__)


@routes.post(
    "/courses/{course_id}/sessions",
    Described(
        asks=StartSession, answers=SessionView, status=201,
        refuses={404: "There is no such course", 409: "The course has ended, or the id is taken"},
    ),
)  # fmt: skip
def start_session(course_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Start the next session of a course; the same id again returns the same session."""
    need(who, Act.MARK)
    asked = read(StartSession, body)
    return answered(rooms.desk.start_session(who, course_id, id=asked.id), 201)


@routes.get("/sessions/{session_id}", Described(answers=SessionView, refuses=NO_SESSION))
def get_session(session_id: UUID, who: Who, rooms: Given) -> Response:
    """Return a session with whom it is of, its marks and how it stands."""
    return answered(rooms.desk.session(who, session_id))


@routes.get("/sessions/{session_id}/changes", Described(answers=Changes, refuses=NO_SESSION))
def get_changes(session_id: UUID, who: Who, rooms: Given, after: int = 0) -> Response:
    """Return the marks that changed after a revision, withdrawn ones too, and how the session stands."""
    if not 0 <= after < 2**31:
        raise BadRequest("after is not a revision")
    return answered(rooms.desk.changes(who, session_id, after))


@routes.get(
    "/sessions/{session_id}/ghosts",
    Described(answers=Ghost, several=True, refuses=NO_SESSION),
)
def get_ghosts(session_id: UUID, who: Who, rooms: Given) -> Response:
    """Return the earlier sessions of the same course, each with the marks given in it."""
    return listed(GHOSTS, rooms.desk.ghosts(who, session_id))


@routes.get("/protocols", Described(answers=Protocol, several=True))
def get_protocols(who: Who, rooms: Given) -> Response:
    """Return the published protocols, each with its citation."""
    return listed(PROTOCOLS, rooms.desk.protocols(who))


@routes.get(
    "/sessions/{session_id}/protocols/{protocol}",
    Described(answers=LaidDown, refuses={404: "There is no such session, protocol or site"}),
)
def get_laid_down(
    session_id: UUID, protocol: str, who: Who, rooms: Given, side: str, optional: bool = False
) -> Response:
    """Return a protocol laid down on one side: what the tray still needs, and the marks to place as planned.

    Nothing is stored by this; the solutions and marks are then sent as steps like any others.
    """
    if side not in set(Laterality):
        raise BadRequest("side is neither right, left nor midline")
    laid = rooms.desk.lay_down(who, session_id, protocol, Laterality(side), optional)
    return answered(laid)


@routes.post(
    "/sessions/{session_id}/commands",
    Described(
        asks=Batch, answers=BatchAnswer, refuses={404: "There is no such session", 507: "There is no room"}
    ),
)
def carry_out(session_id: UUID, body: Body, who: Who, rooms: Given) -> Response:
    """Carry out steps in their order, each by itself, all in one transaction; answered once they are stored.

    Each step is answered as applied, duplicate, or refused and why; sending a batch again is harmless.
    """
    need(who, Act.MARK)  # before anything is read: whoever may not mark learns nothing by trying
    return answered(rooms.desk.carry_out(who, session_id, read_batch(body)))


@routes.post(
    "/sessions/{session_id}/seal",
    Described(
        asks=SignSession, answers=Seal,
        refuses={404: "There is no such session", 409: "What was seen is not what is stored, or it is signed",
                 429: "Too many wrong passwords"},
    ),
)  # fmt: skip
def seal_session(session_id: UUID, request: Request, body: Body, login: OwnLogin, rooms: Given) -> Response:
    """Sign a session with the password; it is a record from then on."""
    need(login.staff, Act.SIGN)
    asked = read(SignSession, body)
    rooms.logins.confirm(login, asked.password, address=address_of(request))
    return answered(rooms.desk.seal(login.staff, session_id, revision=asked.revision, marks=asked.marks))


@routes.get(
    "/sessions/{session_id}/events",
    Described(media=("text/event-stream",), refuses=NO_SESSION),
)
async def get_events(session_id: UUID, login: OwnLogin, rooms: Given) -> Response:
    """Stream the revision of a session whenever it changes: a hint, `changes` says what changed.

    The first is sent at once. The stream ends when the login ends or locks.
    """
    revision = await run_in_threadpool(rooms.desk.revision, login.staff, session_id)
    headers = {**NOT_STORED, "X-Accel-Buffering": "no"}
    return StreamingResponse(
        revisions(rooms, login, session_id, revision), media_type="text/event-stream", headers=headers
    )


async def revisions(rooms: Rooms, login: Login, session_id: UUID, known: int) -> AsyncIterator[str]:
    """Give a session's revisions as server-sent events, from the known one on, while the login is live."""
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()
    heard = known
    over = False

    def rang(revision: int) -> None:
        nonlocal heard
        heard = max(heard, revision)
        loop.call_soon_threadsafe(rung.set)

    def login_changed(change: LoginChange) -> None:
        nonlocal over
        over = over or change.state is not LoginState.LIVE
        loop.call_soon_threadsafe(rung.set)

    silent = 0.0
    with (
        rooms.desk.listen(login.staff, session_id, rang),
        rooms.logins.listen(login, login_changed),
    ):
        yield NEW_REVISION.format(revision=known)
        while not over:
            every = LOOK_S if rooms.desk.shared else HEARTBEAT_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), every)
            if not rung.is_set():
                silent += every
                present = await run_in_threadpool(rooms.logins.again, login)
                if present is None or present.state is not LoginState.LIVE:
                    return
                try:
                    heard = max(heard, await run_in_threadpool(rooms.desk.revision, login.staff, session_id))
                except ChartingError as trouble:
                    log.warning("the stream of session %s ends: %s", session_id, trouble)
                    return
            rung.clear()
            if heard > known:
                known, silent = heard, 0.0
                yield NEW_REVISION.format(revision=known)
            elif silent >= HEARTBEAT_S:
                silent = 0.0
                yield STILL_HERE
