"""The shape of the atlas's files, and how one of them is read.

The generator writes these shapes and the program reads them; there is no other description. Every number
is in millimetres unless its name says otherwise. A field that is not here is an error, not a surprise.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic_core import from_json

from charting.domain import AtlasTooNew, BodyMapUnusable, Laterality, Record
from charting.domain.places import FARTHEST
from charting.domain.sites import Digit, Level, StructureId

READS_SCHEMA = 1
"""The number after the slash in a file's ``schema``: how it is written."""

READS_MAJOR = 1
"""The first number of a file's ``version``: what its ids mean."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Inside = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.[a-z]+$")]
"""A file inside the atlas's folder; the pattern cannot leave it."""

Length = Annotated[float, Field(gt=0, le=FARTHEST)]
Coordinate = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST)]
XYZ = tuple[Coordinate, Coordinate, Coordinate]
Row = tuple[float, float, float, float]
Curve = Annotated[tuple[XYZ, ...], Field(min_length=1)]
Ring = tuple[float, ...]
"""A closed line as x, y, x, y ...: written so, a view is read in two thirds of the time that pairs take."""
PolygonRings = Annotated[tuple[Ring, ...], Field(min_length=1)]
"""A polygon: its shell, then its holes."""
MultiPolygonRings = tuple[PolygonRings, ...]


class Asset(Record):
    """A part of an atlas file: strictly typed, so that a number written as text is an error."""

    model_config = ConfigDict(strict=True)


class FigureEntry(Asset):
    """A reference body."""

    id: Name
    title: Words
    sex: Literal["female", "male"]
    stature_mm: Length
    sites: Inside
    sites_sha256: Sha256


class ViewFacts(Asset):
    """What a view shows, as the index and the view's own file both state it."""

    figure: Name
    id: Name
    title: Words
    region: Name
    side: Literal[Laterality.RIGHT, Laterality.LEFT] | None
    aspect: Name


class ViewEntry(ViewFacts):
    """Where to find a view, and what it shows."""

    file: Inside
    sha256: Sha256
    svg: Inside
    thumbnail: Inside


class Caution(Asset):
    """What lies near a structure; ``high`` where its source stresses it."""

    text: Words
    high: bool = False


class Structure(Asset):
    """A named part of anatomy.

    ``name`` has no side. ``views`` are the close-ups that must show it, and ``also`` those in which it can be
    reached besides, both without the side: ``knee_medial``. ``sources`` are letters that say where the name
    was read.
    """

    id: StructureId
    number: Annotated[int, Field(ge=1)]
    name: Words
    synonyms: tuple[Words, ...]
    region: Name
    kind: Words
    side: Literal["paired", "midline"]
    levels: tuple[Level, ...]
    digits: tuple[Digit, ...]
    cautions: tuple[Caution, ...]
    views: Annotated[tuple[Name, ...], Field(min_length=1)]
    also: tuple[Name, ...] = ()
    sources: tuple[Words, ...]


class IndexFile(Asset):
    """``index.json``: everything the atlas holds."""

    format: Literal["body-atlas/1"] = Field(alias="schema")
    version: Version
    figures: Annotated[tuple[FigureEntry, ...], Field(min_length=1)]
    views: Annotated[tuple[ViewEntry, ...], Field(min_length=1)]
    structures: Annotated[tuple[Structure, ...], Field(min_length=1)]


# What a file holds by the hundred is read into plain slots, by the same rules as an Asset: it takes half the
# time, and leaves the garbage collector a third of the objects to go through.
_AS_AN_ASSET = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class PatchEntry:
    """Where a finger touches the skin to mean a site: all within ``radius`` of a curve, in the body frame."""

    __pydantic_config__: ClassVar[ConfigDict] = _AS_AN_ASSET

    skin: Curve
    radius: Length


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """A site on one figure; ``anchor`` is where it lies in the body, in the body frame."""

    __pydantic_config__: ClassVar[ConfigDict] = _AS_AN_ASSET

    structure: StructureId
    laterality: Laterality
    anchor: Curve
    patches: Annotated[tuple[PatchEntry, ...], Field(min_length=1)]
    level: Level | None = None
    digit: Digit | None = None


@dataclass(frozen=True, slots=True)
class LandmarkEntry:
    """A bony point that a finger can feel, in the body frame."""

    __pydantic_config__: ClassVar[ConfigDict] = _AS_AN_ASSET

    id: Words
    name: Words
    laterality: Laterality
    at: XYZ


class SitesFile(Asset):
    """``<figure>/sites.json``: where the structures lie on one figure."""

    format: Literal["body-sites/1"] = Field(alias="schema")
    version: Version
    figure: Name
    sites: Annotated[tuple[SiteEntry, ...], Field(min_length=1)]
    landmarks: tuple[LandmarkEntry, ...]


class SvgEntry(Asset):
    """The drawing of a view."""

    file: Inside
    sha256: Sha256


class Edges(Asset):
    """The words at the left and the right edge of the drawing: ``lateral``, ``medial``."""

    left: Words
    right: Words


class DepthEntry(Asset):
    """The visible skin: at column j and row i, the point (j, i) * spacing of the drawing.

    ``data`` is base64 of zlib of rows * columns little-endian 16-bit numbers, row after row: the second
    difference of each point, down and across, modulo 65536, so that summing down the columns and then along
    the rows gives the numbers (the change of a smooth skin's slope packs into a fifth of the room). The depth
    is offset + scale * number, in mm towards the viewer, and 65535 says that there is no skin.
    """

    spacing: Annotated[float, Field(gt=0, le=100)]
    columns: Annotated[int, Field(ge=2, le=10_000)]
    rows: Annotated[int, Field(ge=2, le=10_000)]
    scale: Annotated[float, Field(gt=0, le=1)]
    offset: Annotated[float, Field(ge=-FARTHEST, le=FARTHEST)]
    data: str


@dataclass(frozen=True, slots=True)
class SiteOnViewEntry:
    """A site that this view shows, in the view frame: its anchor, and where a tap means it."""

    __pydantic_config__: ClassVar[ConfigDict] = _AS_AN_ASSET

    site: Words
    anchor: tuple[Coordinate, Coordinate]
    polygons: MultiPolygonRings


@dataclass(frozen=True, slots=True)
class LandmarkOnViewEntry:
    """A landmark that this view shows, in the view frame."""

    __pydantic_config__: ClassVar[ConfigDict] = _AS_AN_ASSET

    id: Words
    name: Words
    at: tuple[Coordinate, Coordinate]
    laterality: Laterality


class AreaEntry(Asset):
    """A part of a full-body view and the close-ups that belong to it."""

    area: Name
    polygon: PolygonRings
    views: Annotated[tuple[Name, ...], Field(min_length=1)]


class ViewFile(ViewFacts):
    """``<figure>/<view>.json``: one body map.

    ``to_view`` takes the body frame to the view frame and the depth towards the viewer, three rows of four.
    """

    format: Literal["body-map/1"] = Field(alias="schema")
    version: Version
    svg: SvgEntry
    size_mm: tuple[Length, Length]
    to_view: tuple[Row, Row, Row]
    edges: Edges
    silhouette: Annotated[MultiPolygonRings, Field(min_length=1)]
    depth: DepthEntry
    sites: tuple[SiteOnViewEntry, ...]
    landmarks: tuple[LandmarkOnViewEntry, ...]
    areas: tuple[AreaEntry, ...] = ()


File = TypeVar("File", IndexFile, SitesFile, ViewFile)


def read_bytes(folder: Path, name: str, sha256: str | None = None) -> bytes:
    """Return what a file of the atlas holds, once its SHA-256 is the one that is expected.

    Raises BodyMapUnusable if the file is missing, unreadable or not the one that was expected.
    """
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise BodyMapUnusable(f"{name} is missing from {folder}") from None
    except OSError as trouble:
        raise BodyMapUnusable(f"{name} cannot be read: {trouble.strerror}") from trouble
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise BodyMapUnusable(f"{name} is damaged or of another release: its SHA-256 is not {sha256[:12]}…")
    return content


def parse(shape: type[File], name: str, content: bytes) -> File:
    """Return a file's content in its shape.

    Raises AtlasTooNew if it was written for a later release, BodyMapUnusable if it does not fit the shape.
    """
    try:
        file = shape.model_validate_json(content)
    except ValidationError as misfit:
        _refuse_newer(name, content)
        first = misfit.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        # without its cause: a damaged file can have thousands of misfits, and a log would hold them all
        raise BodyMapUnusable(f"{name}: {where or 'content'}: {first['msg']}") from None
    _refuse_newer_version(name, file.version)
    return file


def _refuse_newer(name: str, content: bytes) -> None:
    """Raise AtlasTooNew if a file that does not fit says that it is of a later schema or version."""
    try:
        loose = from_json(content)
    except ValueError:
        return
    if not isinstance(loose, dict):
        return
    stated = re.fullmatch(r"body-[a-z]+/(\d{1,9})", str(loose.get("schema")))
    if stated and int(stated[1]) > READS_SCHEMA:
        raise AtlasTooNew(f"{name} is of schema {stated[0]}, and this release reads up to {READS_SCHEMA}")
    _refuse_newer_version(name, str(loose.get("version")))


def _refuse_newer_version(name: str, version: str) -> None:
    major = re.match(r"(\d{1,9})\.", version)
    if major and int(major[1]) > READS_MAJOR:
        raise AtlasTooNew(f"{name} is of version {version}, and this release reads up to {READS_MAJOR}.x")
