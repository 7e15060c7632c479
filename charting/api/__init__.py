"""The HTTP interface under /api/v1: another face of the same desk that the pages use."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from charting.access import Logins
from charting.anatomy import Atlas
from charting.api import atlas as atlas_routes
from charting.api import documents, people, sessions, signing_in
from charting.api.answering import NOT_STORED, Route, as_json
from charting.api.asking import Rooms
from charting.api.described import Described, openapi
from charting.desk import Desk
from charting.domain import Unknown
from charting.settings import Settings

__all__ = ["PREFIX", "create_router"]

PREFIX = "/api/v1"

SUBJECTS = (signing_in.routes, people.routes, sessions.routes, documents.routes, atlas_routes.routes)


def create_router(desk: Desk, logins: Logins, atlas: Atlas, settings: Settings) -> APIRouter:
    """Return the interface's router, to be included in the app as it is: its prefix is PREFIX.

    Who asks is read from the login's cookie. Errors are answered by the router itself, with a code and a
    sentence, whatever handlers the app has.
    """
    rooms = Rooms(desk, logins, atlas, settings)

    async def provide(request: Request) -> None:
        request.state.rooms = rooms

    router = APIRouter(prefix=PREFIX, route_class=Route, dependencies=[Depends(provide)])
    described: dict[str, Described] = {}
    for subject in SUBJECTS:
        subject.add_to(router)
        described |= subject.described

    @cache
    def document() -> bytes:
        return as_json(openapi(router, described))

    @router.get("/openapi.json", include_in_schema=False)
    def get_openapi_document() -> Response:
        """Return what the interface is, in OpenAPI."""
        return Response(document(), headers=NOT_STORED, media_type="application/json")

    @router.api_route(
        "/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    async def get_nothing(path: str) -> Any:
        """Say in words that there is nothing under an address, or nothing that answers this method."""
        raise Unknown(f"nothing answers {path[:100]!r} so")

    return router
