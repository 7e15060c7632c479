"""A mark: what was injected at one place of a body map.

All geometry is in the view frame of the mark's view (mm, x right, y down), but for ``at``, which is in the
body frame. The shapes are plain points; ``geometry`` gives the Shapely object.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

import shapely
from pydantic import AfterValidator, Field, model_validator
from shapely.geometry.base import BaseGeometry

from charting.domain.amounts import Millilitres, plain
from charting.domain.ids import Id
from charting.domain.laterality import Laterality
from charting.domain.moments import Moment
from charting.domain.places import BodyPoint, ViewPoint
from charting.domain.sites import Site
from charting.domain.text import Line, Prose
from charting.domain.values import Record

SHORTEST_TRACK = 1.0
"""mm: a stroke shorter than this is a point that trembled."""

SMALLEST_FIELD = 4.0
"""mm2: an outline smaller than this encloses nothing that can be peppered."""

MOST_VERTICES = 400


class MarkState(StrEnum):
    """Planned (laid down, not yet done), given, or skipped. Only what was given counts and prints."""

    PLANNED = "planned"
    GIVEN = "given"
    SKIPPED = "skipped"


class Guidance(StrEnum):
    """How the needle found its place."""

    LANDMARK = "landmark"
    ULTRASOUND = "ultrasound"
    FLUOROSCOPY = "fluoroscopy"
    CT = "ct"


class Technique(StrEnum):
    """How the solution was given at one mark."""

    ENTHESIS = "enthesis"
    PEPPERING = "peppering"
    FAN = "fan"
    BOLUS = "bolus"
    INTRA_ARTICULAR = "intra_articular"
    PERINEURAL = "perineural"
    BLEB = "bleb"
    FENESTRATION = "fenestration"


class PointShape(Record):
    """One place."""

    kind: Literal["point"] = "point"
    at: ViewPoint

    @property
    def geometry(self) -> shapely.Point:
        """The point, in the view frame."""
        return shapely.Point(self.at.x, self.at.y)


class TrackShape(Record):
    """A line along which the needle went: a fan or a row of deposits. It does not cross itself."""

    kind: Literal["track"] = "track"
    path: Annotated[tuple[ViewPoint, ...], Field(min_length=2, max_length=MOST_VERTICES)]

    @property
    def geometry(self) -> shapely.LineString:
        """The line, in the view frame."""
        return shapely.LineString([(point.x, point.y) for point in self.path])

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        if self.geometry.length < SHORTEST_TRACK:
            raise ValueError(f"the track is shorter than {SHORTEST_TRACK:g} mm")
        if not self.geometry.is_simple:
            raise ValueError("the track crosses itself")
        return self


def _ring_once(outline: tuple[ViewPoint, ...]) -> tuple[ViewPoint, ...]:
    # one ring, one value: a lasso may say its first point twice, and stored geometry does not tell the two
    return outline[:-1] if len(outline) > 1 and outline[0] == outline[-1] else outline


class FieldShape(Record):
    """An area that was peppered; ``outline`` is its ring. A first point repeated at the end is left out."""

    kind: Literal["field"] = "field"
    outline: Annotated[
        tuple[ViewPoint, ...],
        AfterValidator(_ring_once),
        Field(min_length=3, max_length=MOST_VERTICES),
    ]

    @property
    def geometry(self) -> shapely.Polygon:
        """The area, in the view frame."""
        return shapely.Polygon([(point.x, point.y) for point in self.outline])

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        if not self.geometry.is_valid:
            raise ValueError("the outline crosses itself")
        if self.geometry.area < SMALLEST_FIELD:
            raise ValueError(f"the outline holds less than {SMALLEST_FIELD:g} mm2")
        return self


Shape = Annotated[PointShape | TrackShape | FieldShape, Field(discriminator="kind")]


def shape_of(geometry: BaseGeometry) -> PointShape | TrackShape | FieldShape:
    """Return the shape of a Shapely geometry in the view frame: Point, LineString, or Polygon without holes.

    Undone by ``geometry``. Raises ValueError for any other geometry, and one that cannot be meant.

    >>> shape_of(shapely.Point(3, 4)).geometry.equals(shapely.Point(3, 4))
    True
    """
    match geometry:
        case shapely.Point() if not geometry.is_empty:
            return PointShape(at=ViewPoint(geometry.x, geometry.y))
        case shapely.LineString():
            return TrackShape(path=tuple(ViewPoint(x, y) for x, y in geometry.coords))
        case shapely.Polygon() if not geometry.interiors:
            return FieldShape(outline=tuple(ViewPoint(x, y) for x, y in geometry.exterior.coords[:-1]))
        case _:
            raise ValueError(f"a {geometry.geom_type} is not the shape of a mark")


def middle_of(shape: PointShape | TrackShape | FieldShape) -> ViewPoint:
    """Return the point that stands for a shape: itself, half way along, or inside the area.

    >>> middle_of(TrackShape(path=(ViewPoint(0, 0), ViewPoint(10, 0))))
    ViewPoint(x=5.0, y=0.0)
    """
    match shape:
        case PointShape():
            return shape.at
        case TrackShape():
            middle = shape.geometry.interpolate(0.5, normalized=True)
        case FieldShape():
            area = shape.geometry
            middle = area.centroid if area.contains(area.centroid) else area.representative_point()
    return ViewPoint(round(middle.x, 3), round(middle.y, 3))


class MapRef(Record):
    """On which drawing a mark was made: figure and view, and the atlas by its version and hash."""

    figure: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    view: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    atlas_version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    atlas_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Injection(Record):
    """What was given at a mark, and how; what the tray says, unless the mark differs.

    ``punctures`` are skin entries, ``deposits`` boluses at a bony contact, each of ``ml_each``. ``depth_mm``
    is the needle's depth, and none together with ``to_bone`` means as deep as the bone was.
    """

    solution_id: Id | None = None
    ml_each: Millilitres = Decimal(0)
    deposits: Annotated[int, Field(ge=0, le=500)] = 1
    punctures: Annotated[int, Field(ge=0, le=500)] = 1
    to_bone: bool = False
    depth_mm: Annotated[int, Field(ge=1, le=300)] | None = None
    needle: Line = ""
    guidance: Guidance | None = None
    technique: Technique | None = None
    note: Prose = ""

    @property
    def ml(self) -> Decimal:
        """The volume given at the mark, mL."""
        return plain(self.ml_each * self.deposits)

    @model_validator(mode="after")
    def _volume_has_a_solution(self) -> Self:
        if self.ml and self.solution_id is None:
            raise ValueError("a volume is given of a solution, and none is named")
        return self


class Mark(Record):
    """What was injected at one place of a body map.

    ``at`` is where the middle of its shape lies on the skin, in the body frame; ``laterality`` is that of its
    site, or of the place where it has none. ``revision`` counts the changes of this mark, so that a command
    can say which one it has seen. A mark that was ``withdrawn`` neither counts nor shows; it stays so that
    taking back is exact. ``provenance`` says what laid it down, if not a finger: "from session 2".
    """

    id: Id
    map: MapRef
    shape: Shape
    at: BodyPoint
    site: Site | None
    laterality: Laterality
    state: MarkState = MarkState.GIVEN
    injection: Injection
    placed_at: Moment
    placed_by: Id
    provenance: Line = ""
    withdrawn: bool = False
    revision: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _side_is_the_sites(self) -> Self:
        if self.site is not None and self.site.laterality is not self.laterality:
            raise ValueError("the mark's side is not its site's")
        return self

    def changed(self, update: Mapping[str, object]) -> Mark:
        """Return the mark with some values changed; made anew, not copied: it is checked like any other."""
        return Mark.model_validate({**dict(self), **update})

    @property
    def counts(self) -> bool:
        """Whether the mark counts in totals, charts and course maps."""
        return self.state is MarkState.GIVEN and not self.withdrawn
