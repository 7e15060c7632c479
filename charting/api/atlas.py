"""The atlas over the wire: its index, and its files under the hash of the whole, to be kept for ever."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from fastapi import Request, Response
from pydantic_core import from_json

from charting.anatomy import Atlas, ViewEntry
from charting.anatomy.files import read_bytes
from charting.api.answering import FOR_EVER, answered, as_json
from charting.api.asking import Given, Who
from charting.api.described import Described
from charting.api.routing import Routes
from charting.domain import AtlasDiffers, Record

JSON, SVG = "application/json", "image/svg+xml"
GONE = {404: "The atlas has no such file", 409: "The atlas is of another release"}

routes = Routes("atlas")


class FigureLine(Record):
    """A reference body; its stature in mm."""

    id: str
    title: str
    sex: str
    stature: float


class ViewLine(Record):
    """A view: what it shows, its size in mm, and where its data, drawing and thumbnail are found."""

    figure: str
    id: str
    title: str
    region: str
    side: str | None
    aspect: str
    size: tuple[float, float]
    data: str
    drawing: str
    thumbnail: str


class AtlasIndex(Record):
    """All body maps of a release."""

    version: str
    sha256: str
    figures: tuple[FigureLine, ...]
    views: tuple[ViewLine, ...]


@lru_cache(maxsize=2)
def index_of(atlas: Atlas, base: str) -> AtlasIndex:
    """Return the index of an atlas, with the addresses of its files under a base."""
    return AtlasIndex(
        version=atlas.version, sha256=atlas.sha256,
        figures=tuple(
            FigureLine(id=one.id, title=one.title, sex=one.sex, stature=one.stature) for one in atlas.figures
        ),
        views=tuple(
            _line(atlas, entry, f"{base}/{atlas.sha256}/{figure.id}")
            for figure in atlas.figures
            for entry in atlas.views(figure.id)
        ),
    )  # fmt: skip


@routes.get("/atlas", Described(answers=AtlasIndex))
def get_atlas(request: Request, who: Who, rooms: Given) -> Response:
    """Return the index of the body maps."""
    return answered(index_of(rooms.atlas, request.url.path.rstrip("/")))


@routes.get("/atlas/{sha256}/{figure}/{view}.json", Described(refuses=GONE))
def get_view(sha256: str, figure: str, view: str, request: Request, who: Who, rooms: Given) -> Response:
    """Return a view's data as it ships, with `names`: each site that it shows in words, by its key."""
    return _kept(request, _data(_current(rooms.atlas, sha256), figure, view), JSON)


@routes.get("/atlas/{sha256}/{figure}/{view}.svg", Described(media=(SVG,), refuses=GONE))
def get_drawing(sha256: str, figure: str, view: str, request: Request, who: Who, rooms: Given) -> Response:
    """Return a view's drawing."""
    atlas = _current(rooms.atlas, sha256)
    return _kept(request, atlas.drawing(atlas.view(figure, view)).encode(), SVG)


@routes.get("/atlas/{sha256}/{figure}/thumbnails/{view}.svg", Described(media=(SVG,), refuses=GONE))
def get_thumbnail(sha256: str, figure: str, view: str, request: Request, who: Who, rooms: Given) -> Response:
    """Return a view's thumbnail."""
    atlas = _current(rooms.atlas, sha256)
    view_id = atlas.view(figure, view).id
    entry = next(one for one in atlas.views(figure) if one.id == view_id)
    return _kept(request, read_bytes(atlas.folder, entry.thumbnail), SVG)


@lru_cache(maxsize=128)
def _data(atlas: Atlas, figure: str, view: str) -> bytes:
    """Return a view's file with the names of its sites in it."""
    read = atlas.view(figure, view)
    entry = next(one for one in atlas.views(figure) if one.id == read.id)
    data = json.loads(read_bytes(atlas.folder, entry.file, entry.sha256))
    return as_json({**data, "names": {one.placed.site.key: one.placed.name for one in read.sites}})


def _line(atlas: Atlas, entry: ViewEntry, folder: str) -> ViewLine:
    return ViewLine(
        figure=entry.figure, id=entry.id, title=entry.title, region=entry.region, side=entry.side,
        aspect=entry.aspect, size=_size(atlas, entry),
        data=f"{folder}/{entry.id}.json", drawing=f"{folder}/{entry.id}.svg",
        thumbnail=f"{folder}/thumbnails/{entry.id}.svg",
    )  # fmt: skip


def _size(atlas: Atlas, entry: ViewEntry) -> tuple[float, float]:
    # without reading the views themselves, which takes fifty times as long for all of them
    width, height = from_json(read_bytes(atlas.folder, entry.file, entry.sha256))["size_mm"]
    return width, height


def _current(atlas: Atlas, sha256: str) -> Atlas:
    if sha256 != atlas.sha256:
        raise AtlasDiffers(f"the atlas is {atlas.sha256[:12]}")
    return atlas


def _kept(request: Request, content: bytes, media: str) -> Response:
    """Return a file that never changes under its address, or say that the browser has it."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**FOR_EVER, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media)
