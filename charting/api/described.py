"""What the interface is, in OpenAPI: read from its routes, and from what each says it takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from charting.api.answering import Refusal

REF = "#/components/schemas/{model}"

ABOUT = """Everything that the pages can do.

Sign in with `POST /login`; the cookie it sets is asked for everywhere else. Every refusal has a stable
`code`, a `sentence` for a person, and `facts`. Ids are UUIDs of version 7 and are made by whoever asks, so
that a request can be sent again without harm. Amounts are decimal numbers written as text; lengths are mm of
the reference figure, shapes in the view frame (x right, y down), places of the body in the body frame (LPS).
JSON is read strictly: no duplicate keys, no NaN or Infinity, no unpaired surrogates, no NUL, no unknown
fields."""


@dataclass(frozen=True)
class Described:
    """What a route takes, gives, and may refuse beyond what every route may."""

    asks: type[BaseModel] | None = None
    answers: type[BaseModel] | None = None
    several: bool = False
    media: Sequence[str] = ("application/json",)
    status: int = 200
    refuses: Mapping[int, str] = field(default_factory=dict)
    open: bool = False


EVERYWHERE = {
    400: "What was asked cannot be read, or cannot be meant",
    401: "Nobody is signed in",
    403: "The role does not allow it",
    503: "The record cannot be reached",
}


def openapi(router: APIRouter, described: Mapping[str, Described]) -> dict[str, Any]:
    """Return the OpenAPI document of a router; ``described`` is by the operation's id."""
    document = get_openapi(
        title="Charting", version=version("charting"), description=ABOUT, routes=router.routes
    )
    wanted = _models(described)
    refs, definitions = models_json_schema(wanted, ref_template=REF)
    for operations in document["paths"].values():
        for operation in operations.values():
            what = described[operation["operationId"]]
            if what.asks is not None:
                schema = refs[what.asks, "validation"]
                operation["requestBody"] = {
                    "required": True,
                    "content": {"application/json": {"schema": schema}},
                }
            operation["responses"] = _responses(what, refs)
            if not what.open:
                operation["security"] = [{"login": []}]
    document["components"] = {
        "schemas": {**_of_parameters(document), **definitions["$defs"]},
        "securitySchemes": {"login": {"type": "apiKey", "in": "cookie", "name": "__Host-charting"}},
    }
    return document


def _of_parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that parameters in an address refer to; how they misfit is said our own way."""
    schemas = document.get("components", {}).get("schemas", {})
    return {name: schema for name, schema in schemas.items() if not name.endswith("ValidationError")}


def _models(described: Mapping[str, Described]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Refusal, "serialization"): None}
    for what in described.values():
        if what.asks is not None:
            models[what.asks, "validation"] = None
        if what.answers is not None:
            models[what.answers, "serialization"] = None
    return list(models)


def _responses(what: Described, refs: Mapping[Any, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if what.answers is not None:
        schema = refs[what.answers, "serialization"]
        if what.several:
            schema = {"type": "array", "items": schema}
    good: dict[str, Any] = {"description": "Done"}
    if what.status != 204:
        good["content"] = {
            media: {"schema": schema} if media == "application/json" else {} for media in what.media
        }
    codes = {**EVERYWHERE, **what.refuses}
    if what.open:
        codes.pop(403, None)
    if what.asks is not None:
        codes |= {413: "The body is over 1 MB"}
    refusal = {"application/json": {"schema": refs[Refusal, "serialization"]}}
    return {
        str(what.status): good,
        **{str(code): {"description": text, "content": refusal} for code, text in sorted(codes.items())},
    }
