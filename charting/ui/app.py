"""The running program, put together: rooms, gate, interface, pages; and served.

Each step is a function of its own, so that a test can take as much of the program as it needs:

rooms = open_rooms(settings)          the store, the atlas, the desk, the logins
faces = interface(rooms)              what answers HTTP without NiceGUI
app = program(rooms)                  all of it, behind the gate; once a process, as NiceGUI is one
run(settings)                         serves that until it is told to stop
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import Client, ui
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

import charting
from charting import edge
from charting.access import Logins
from charting.access.gate import LARGEST_BODY, Gate
from charting.anatomy import load_atlas
from charting.api import create_router
from charting.desk import Desk
from charting.domain import ChartingError
from charting.settings import Settings
from charting.store.opening import open_clinic_store
from charting.ui import pages
from charting.ui.context import AppContext
from charting.ui.marking import serving
from charting.ui.open_pages import OpenPages
from charting.ui.sign_in import head_of_pages, router
from charting.ui.words import _

SWEEP_S = 1.0
RECONNECT_S = 10.0
"""How long a page that lost its socket is kept. Marks do not depend on it: they go by HTTP."""

MESSAGES_KEPT = 200
KEEP_ALIVE_S = 130
"""How long a silent connection is kept: longer than a proxy keeps its own, which would meet a closed one."""

STOPPING_S = 5
"""How long requests under way may take once the program is told to stop."""

SMALLEST_GZIP = 1000
STATIC = Path(__file__).parent / "static"
FONTS = Path(charting.__file__).parent / "fonts"

log = logging.getLogger(__name__)


def open_rooms(settings: Settings) -> AppContext:
    """Return the rooms of the program; whoever opens them closes the store."""
    store = open_clinic_store(settings)
    atlas = load_atlas()
    logins = Logins(store, edge.now, settings)
    return AppContext(
        settings=settings,
        atlas=atlas,
        store=store,
        desk=Desk(store, atlas, zone=settings.zone),
        logins=logins,
        pages=OpenPages(logins),
    )


def interface(rooms: AppContext) -> FastAPI:
    """Return what answers HTTP without NiceGUI: interface, sign-in page, code. The gate goes before it."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep(rooms.logins))
        yield
        sweeping.cancel()

    app = FastAPI(title="charting", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(router(rooms.logins, rooms.store, rooms.settings))
    app.include_router(create_router(rooms.desk, rooms.logins, rooms.atlas, rooms.settings))
    app.include_router(serving.router)
    app.mount("/static/fonts", StaticFiles(directory=FONTS))
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def gated(app: ASGIApp, rooms: AppContext) -> ASGIApp:
    """Return an application behind the gate; what comes out of it is compressed."""
    return GZipMiddleware(Gate(app, rooms.logins, rooms.settings), minimum_size=SMALLEST_GZIP)


def program(rooms: AppContext) -> ASGIApp:
    """Return the whole program. NiceGUI's app is one a process, and so this can be called once."""
    app = interface(rooms)
    Client.shared_head_html += head_of_pages(rooms.settings)
    register_pages(rooms)
    rooms.pages.guard(rooms.settings.own_origins)
    # no storage secret: nothing is kept in NiceGUI's storage, and so there is no second cookie and no file
    ui.run_with(
        app,
        title=_("Charts"),
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_S,
        message_history_length=MESSAGES_KEPT,
        gzip_middleware_factory=None,
        show_welcome_message=False,
    )
    return gated(app, rooms)


def register_pages(rooms: AppContext) -> None:
    """Tie every page of ``charting.ui.pages`` to its address."""
    for found in pkgutil.iter_modules(pages.__path__, f"{pages.__name__}."):
        register = getattr(importlib.import_module(found.name), "register", None)
        if register is not None:
            register(rooms)


def server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """Return the server of one process. No access log: the address of a search holds a name."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            ws="wsproto",
            ws_max_size=LARGEST_BODY,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOPPING_S,
        )
    )


def run(settings: Settings) -> None:
    """Serve the program until SIGTERM or SIGINT; requests under way are finished first.

    Raises ChartingError if the store, its key or the atlas cannot be used.
    """
    rooms = open_rooms(settings)
    try:
        server(program(rooms), settings).run()
    finally:
        rooms.store.close()


async def _sweep(logins: Logins) -> None:
    while True:
        try:
            await asyncio.to_thread(logins.sweep)
        except ChartingError as trouble:
            log.error("logins were not looked through: %s", trouble)
        await asyncio.sleep(SWEEP_S)
