"""How the interface answers: values as JSON, and every error as a code and a sentence under its status."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from charting.domain import (
    AtlasDiffers,
    BadRequest,
    BodyMapUnusable,
    ChainBroken,
    ChartFailed,
    ChartingError,
    Conflict,
    NotAllowed,
    NotAPlace,
    NotFound,
    NotInAtlas,
    NotReadyToSign,
    OffBodyMap,
    Record,
    SessionFull,
    SessionSealed,
    SignInNeeded,
    StoreFull,
    StoreUnusable,
    TooLarge,
    TooManyTries,
    WrongSide,
)

# the first that fits: a subclass stands before its parent
STATUS: tuple[tuple[type[ChartingError], int], ...] = (
    (TooLarge, 413),
    (BadRequest, 400),
    (NotAPlace, 400),
    (OffBodyMap, 400),
    (WrongSide, 400),
    (TooManyTries, 429),
    (SignInNeeded, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (NotInAtlas, 404),
    (AtlasDiffers, 409),
    (Conflict, 409),
    (NotReadyToSign, 409),
    (SessionFull, 409),
    (SessionSealed, 409),
    (StoreFull, 507),
    (StoreUnusable, 503),
    (BodyMapUnusable, 503),
    (ChainBroken, 503),
    (ChartFailed, 503),
    (ChartingError, 400),
)

NOT_STORED = {"Cache-Control": "no-store"}
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}

log = logging.getLogger(__name__)


class Refusal(Record):
    """Why something was refused: a stable code, a sentence for a person, and what one needs to act on it."""

    code: str
    sentence: str
    facts: str | None = None


UNEXPECTED = Refusal(
    code="unexpected",
    sentence="Something went wrong on the server. Marks on this device are kept; tell whoever runs it.",
)


def status_of(trouble: ChartingError) -> int:
    """Return the HTTP status under which an error is answered."""
    return next(status for kind, status in STATUS if isinstance(trouble, kind))


def refused(trouble: ChartingError) -> Response:
    """Return an error as an answer."""
    body = Refusal(code=trouble.code, sentence=trouble.sentence, facts=str(trouble) or None)
    headers = dict(NOT_STORED)
    if isinstance(trouble, TooManyTries):
        headers["Retry-After"] = str(trouble.wait_s)
    return Response(
        body.model_dump_json(exclude_none=True), status_of(trouble), headers, media_type="application/json"
    )


def answered(value: Record, status: int = 200) -> Response:
    """Return a value as an answer."""
    return Response(value.model_dump_json(), status, NOT_STORED, media_type="application/json")


def listed(shape: TypeAdapter[Any], values: Iterable[Record]) -> Response:
    """Return several values as an answer that is a list."""
    return Response(shape.dump_json(tuple(values)), headers=NOT_STORED, media_type="application/json")


class Route(APIRoute):
    """A route whose errors are answered as refusals, whatever raised them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route, with the refusals around it."""
        handle = super().get_route_handler()

        async def handle_or_refuse(request: Request) -> Response:
            try:
                return await handle(request)
            except ChartingError as trouble:
                if status_of(trouble) >= 500:
                    log.error("%s %s: %s", request.method, self.path, trouble)
                return refused(trouble)
            except RequestValidationError as misfit:
                first = misfit.errors()[0]
                where = ".".join(str(step) for step in first["loc"])
                return refused(BadRequest(f"{where}: {first['msg']}"))
            except Exception:
                # the address without its question: a search holds a name
                log.exception("%s %s failed", request.method, self.path)
                return Response(
                    UNEXPECTED.model_dump_json(exclude_none=True), 500, NOT_STORED,
                    media_type="application/json",
                )  # fmt: skip

        return handle_or_refuse


def as_json(value: Any) -> bytes:
    """Return a JSON value as the bytes of an answer."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
