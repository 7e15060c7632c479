"""Laying a protocol down: where on the body maps its sites are marked, as planned marks to be confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import shapely
import shapely.affinity

from charting.anatomy import Atlas, View, lift
from charting.anatomy.files import Structure
from charting.anatomy.sites import sites_of
from charting.anatomy.view import SiteOnView
from charting.domain import (
    Injection,
    Laterality,
    NotInAtlas,
    OffBodyMap,
    PointShape,
    Record,
    Session,
    Site,
    Solution,
    ViewPoint,
)
from charting.domain.protocols import Part, Protocol, ProtocolSite

APART = 8.0
"""mm between two places laid down at one structure, as far as it reaches."""

DIGITS = 2
"""Decimals of a mm of a place that nobody pointed at."""


class Laid(Record):
    """One planned mark of a protocol: on which view, where (view frame), which site, and what of which."""

    view: str
    shape: PointShape
    site: str
    name: str
    solution: str
    injection: Injection
    optional: bool
    provenance: str


class LaidDown(Record):
    """A protocol laid down on a session: the solutions that its tray still needs, and the planned marks."""

    protocol: Protocol
    solutions: tuple[Solution, ...]
    marks: tuple[Laid, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    view: View
    at: ViewPoint
    shown: SiteOnView


def lay_on(
    atlas: Atlas, session: Session, protocol: Protocol, laterality: Laterality, *, optional: bool,
    new_id: Callable[[], UUID],
) -> LaidDown:  # fmt: skip
    """Return a protocol laid down on a session, with the syringes of its tray that hold the same.

    Raises UnknownFigure, NotInAtlas.
    """
    added: list[Solution] = []
    syringes: dict[str, UUID] = {}
    for wanted in protocol.solutions:
        like = next((one for one in session.solutions if one.components == wanted.components), None)
        if like is None:
            like = Solution(
                id=new_id(),
                name=f"{protocol.citation}: {wanted.name}",
                components=wanted.components,
                recipe=wanted.recipe,
            )
            added.append(like)
        syringes[wanted.key] = like.id
    marks = lay_down(atlas, session.figure, protocol, laterality, syringes, optional=optional)
    return LaidDown(protocol=protocol, solutions=tuple(added), marks=marks)


def lay_down(
    atlas: Atlas,
    figure: str,
    protocol: Protocol,
    laterality: Laterality,
    syringes: Mapping[str, UUID],
    *,
    optional: bool = False,
) -> tuple[Laid, ...]:
    """Return a protocol's marks on one side of a figure, in its order.

    Midline structures are laid down with either side. ``syringes`` has the session's solution for each key of
    the protocol's.

    Raises UnknownFigure; NotInAtlas for a structure, level or digit that the body maps do not have or show.
    """
    laid = []
    for wanted in protocol.sites:
        if wanted.part is Part.OPTIONAL and not optional:
            continue
        for site in _sites(atlas, wanted, laterality):
            for place in _places(atlas, figure, site, wanted.places):
                laid.append(
                    Laid(
                        view=place.view.id, shape=PointShape(at=place.at), site=site.key,
                        name=place.shown.placed.name, solution=wanted.solution,
                        injection=Injection(
                            solution_id=syringes[wanted.solution], ml_each=wanted.ml_each,
                            deposits=wanted.deposits, technique=wanted.technique,
                        ),
                        optional=wanted.part is Part.OPTIONAL, provenance=f"from {protocol.citation}",
                    )
                )  # fmt: skip
    return tuple(laid)


def _sites(atlas: Atlas, wanted: ProtocolSite, laterality: Laterality) -> Iterator[Site]:
    structure: Structure = atlas.structure(wanted.structure)
    found = [
        site
        for site in sites_of(structure)
        if site.laterality in (laterality, Laterality.MIDLINE)
        and (not wanted.levels or site.level in wanted.levels)
        and (not wanted.digits or site.digit in wanted.digits)
    ]
    if not found:
        raise NotInAtlas(f"{wanted.structure} has no such level or digit on the {laterality}")
    yield from found


def _places(atlas: Atlas, figure: str, site: Site, count: int) -> list[_Place]:
    """Return ``count`` places at a site, on the first of its structure's views that shows it."""
    order = atlas.structure(site.structure).views
    of_site = [
        entry
        for entry in atlas.views(figure)
        if entry.side in (None, site.laterality) and _of_view(entry.id) in order
    ]
    for entry in sorted(of_site, key=lambda entry: order.index(_of_view(entry.id))):
        view = atlas.view(figure, entry.id)
        shown = next((one for one in view.sites if one.placed.site.key == site.key), None)
        if shown is None or shown.outline.is_empty:
            continue
        points = _points(shown, count)
        if all(_is_on(view, point) for point in points):
            return [_Place(view, point, shown) for point in points]
    raise NotInAtlas(f"no body map shows {site.key}")


def _of_view(view: str) -> str:
    """Return a view's name without its side, as structures name the views that show them.

    >>> _of_view("knee_right_medial"), _of_view("low_back_posterior")
    ('knee_medial', 'low_back_posterior')
    """
    return view.replace("_right_", "_").replace("_left_", "_")


def _points(shown: SiteOnView, count: int) -> list[ViewPoint]:
    """Return places on a site's outline: its anchor, or several in a row along its longest stretch."""
    area = max(shown.outline.geoms, key=lambda part: part.area)
    anchor = shapely.Point(shown.anchor.x, shown.anchor.y)
    if not shown.outline.buffer(1.0).covers(anchor):
        anchor = area.representative_point()
    if count == 1:
        return [_view_point(anchor)]
    row = _longest_stretch(area, anchor, APART * (count - 1))
    return [_view_point(row.interpolate(step / (count - 1), normalized=True)) for step in range(count)]


def _longest_stretch(area: shapely.Polygon, through: shapely.Point, length: float) -> shapely.LineString:
    """Return the longest line through a point that stays inside an area, no longer than ``length``."""
    inside = area.buffer(-1.0)
    best = shapely.LineString([(through.x, through.y), (through.x + 0.01, through.y)])
    for turn in range(0, 180, 15):
        ray = shapely.affinity.rotate(
            shapely.LineString([(through.x - length / 2, through.y), (through.x + length / 2, through.y)]),
            turn,
        )
        for part in shapely.get_parts(inside.intersection(ray)):
            if isinstance(part, shapely.LineString) and part.length > best.length:
                best = part
    return best


def _is_on(view: View, at: ViewPoint) -> bool:
    try:
        lift(view, at)
    except OffBodyMap:
        return False
    return True


def _view_point(point: shapely.Point) -> ViewPoint:
    return ViewPoint(round(point.x, DIGITS), round(point.y, DIGITS))
