"""One body map as it is read, and what can be asked of it: name, lift, project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import shapely

from charting.anatomy.depth import DepthGrid
from charting.anatomy.files import (
    MultiPolygonRings,
    SiteOnViewEntry,
    ViewEntry,
    ViewFile,
    parse,
    read_bytes,
)
from charting.anatomy.frames import ViewMap
from charting.anatomy.naming import Naming, name_place
from charting.anatomy.sites import FigureSites, Landmark, PlacedSite
from charting.domain import BodyMapUnusable, BodyPoint, Laterality, NotAPlace, OffBodyMap, ViewPoint

EDGE = 0.5
"""mm beyond the silhouette that still count as the figure: its outline is drawn 0.7 mm wide."""

SEEN_WITHIN = 3.0
"""mm of depth within which a place of the body is on the visible skin, besides what the grid leaves open."""

SEEN_AT_MOST = 8.0
"""mm of depth that are never forgiven: half the thickness of a finger."""

ROUNDING = 0.05
"""mm by which rounded coordinates may overrun the drawing."""


@dataclass(frozen=True, slots=True, eq=False)
class SiteOnView:
    """A site that a view shows; ``outline`` is where a tap means it, in the view frame (empty if covered)."""

    placed: PlacedSite
    entry: SiteOnViewEntry
    outline: shapely.MultiPolygon

    @property
    def anchor(self) -> ViewPoint:
        """Where a mark on the site is put, in the view frame."""
        return ViewPoint(*self.entry.anchor)


@dataclass(frozen=True, slots=True)
class LandmarkOnView:
    """A landmark that a view shows, in the view frame."""

    landmark: Landmark
    at: ViewPoint


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A part of a full-body view, in the view frame, and the ids of the close-ups that belong to it."""

    id: str
    outline: shapely.Polygon
    views: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a place of the body falls on a drawing, and whether it can be seen there."""

    at: ViewPoint
    visible: bool


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One projection of a figure. All lengths are mm of the view frame: x right, y down, (0, 0) top left.

    ``size`` is width and height; ``silhouette`` the figure's outline; ``drawing`` the SVG and ``data`` the
    JSON file it was read from, with their SHA-256; ``edges`` the words at its left and right edge.
    """

    figure: str
    id: str
    title: str
    region: str
    side: Laterality | None
    aspect: str
    version: str
    drawing: Path
    drawing_sha256: str
    data_sha256: str
    size: tuple[float, float]
    edges: tuple[str, str]
    silhouette: shapely.MultiPolygon
    map: ViewMap
    depth: DepthGrid
    sites: tuple[SiteOnView, ...]
    landmarks: tuple[LandmarkOnView, ...]
    areas: tuple[Area, ...]
    on_figure: FigureSites


def name_tap(view: View, at: ViewPoint, reach: float = 0.0) -> Naming:
    """Return what lies under a tap: the best site and the next ones, with distances in mm.

    ``at`` is in the view frame; ``reach`` is how far the finger may miss, in mm of the figure, at the present
    zoom. Where no site is within reach, ``best`` is None and the nearest sites say where it is.

    Raises OffBodyMap if the tap is not on the figure, NotAPlace for a bad reach.
    Source: decision 0001.
    """
    return name_place(view.on_figure.table, lift(view, at), reach)


def lift(view: View, at: ViewPoint) -> BodyPoint:
    """Return the place on the skin, in the body frame, under a point of the drawing; undone by project.

    Raises OffBodyMap if the point is not on the figure.
    """
    at = _view_point(at)
    if not _on_figure(view, at):
        raise OffBodyMap(f"({at.x:.1f}, {at.y:.1f}) is not on the figure in {view.id}")
    skin = view.depth.at(at.x, at.y)
    if skin is None:
        raise OffBodyMap(f"there is no skin at ({at.x:.1f}, {at.y:.1f}) in {view.id}")
    return view.map.backward(at, skin.depth)


def project(view: View, point: BodyPoint) -> Projection:
    """Return where a place of the body, in the body frame, falls on the drawing; undone by lift if visible.

    It is visible where the skin that the drawing shows there is the skin on which the place lies: neither
    behind it nor, as with the other leg in a view of one leg alone, in front of it.
    """
    if not isinstance(point, BodyPoint):
        raise NotAPlace(f"{point!r} is not a place of the body")
    x, y, depth = view.map.forward(point)
    at = ViewPoint(x, y)
    if not _on_figure(view, at):
        return Projection(at, visible=False)
    skin = view.depth.at(x, y)
    if skin is None:
        return Projection(at, visible=False)
    allowed = min(SEEN_WITHIN + skin.slack, SEEN_AT_MOST)
    return Projection(at, visible=abs(skin.depth - depth) <= allowed)


def close_ups_at(view: View, at: ViewPoint) -> tuple[str, ...]:
    """Return the ids of the close-ups that a tap on a full-body view offers, none where there are none."""
    at = _view_point(at)
    found = [area.views for area in view.areas if area.outline.intersects(shapely.Point(at.x, at.y))]
    return tuple(dict.fromkeys(chain.from_iterable(found)))


def read_view(folder: Path, entry: ViewEntry, version: str, on_figure: FigureSites) -> View:
    """Return a view once its files are whole and fit each other and the index.

    Raises BodyMapUnusable, naming the file and what is the matter with it.
    """
    file = parse(ViewFile, entry.file, read_bytes(folder, entry.file, entry.sha256))
    try:
        _refuse_other(file, entry, version)
        view = _view(folder, entry, file, on_figure)
    except (BodyMapUnusable, NotAPlace) as trouble:
        raise BodyMapUnusable(f"{entry.file}: {trouble}") from trouble
    read_bytes(folder, file.svg.file, file.svg.sha256)
    return view


def _refuse_other(file: ViewFile, entry: ViewEntry, version: str) -> None:
    """Raise BodyMapUnusable if a view's file is not the one that the index describes."""
    if file.version != version:
        raise BodyMapUnusable(f"it is of version {file.version}, the index of {version}")
    for field in ("figure", "id", "title", "region", "side", "aspect"):
        if getattr(file, field) != getattr(entry, field):
            raise BodyMapUnusable(
                f"its {field} is {getattr(file, field)}, the index says {getattr(entry, field)}"
            )
    if file.svg.file != entry.svg:
        raise BodyMapUnusable(f"its drawing is {file.svg.file}, the index says {entry.svg}")


def _view(folder: Path, entry: ViewEntry, file: ViewFile, on_figure: FigureSites) -> View:
    width, height = file.size_mm
    depth = DepthGrid.decode(file.depth)
    if not depth.covers(width, height):
        raise BodyMapUnusable("the depth grid does not cover the drawing")
    (silhouette,) = multipolygons([file.silhouette], "the silhouette")
    areas = multipolygons([(area.polygon,) for area in file.areas], "an area")
    outlines = multipolygons([site.polygons for site in file.sites], "a site's outline")
    left, top, right, bottom = shapely.total_bounds([silhouette, *outlines, *areas])
    if min(left, top, width - right, height - bottom) < -ROUNDING:
        raise BodyMapUnusable("a polygon leaves the drawing")
    if len({site.site for site in file.sites}) != len(file.sites):
        raise BodyMapUnusable("a site is there twice")
    shapely.prepare(silhouette)
    return View(
        figure=file.figure,
        id=file.id,
        title=file.title,
        region=file.region,
        side=file.side,
        aspect=file.aspect,
        version=file.version,
        drawing=folder / file.svg.file,
        drawing_sha256=file.svg.sha256,
        data_sha256=entry.sha256,
        size=(width, height),
        edges=(file.edges.left, file.edges.right),
        silhouette=silhouette,
        map=ViewMap.of(file.to_view),
        depth=depth,
        sites=tuple(
            SiteOnView(_known(on_figure, site.site), site, outline)
            for site, outline in zip(file.sites, outlines, strict=True)
        ),
        landmarks=_landmarks(file, on_figure),
        areas=tuple(
            Area(area.area, outline.geoms[0], area.views)
            for area, outline in zip(file.areas, areas, strict=True)
        ),
        on_figure=on_figure,
    )


def multipolygons(coordinates: Sequence[MultiPolygonRings], what: str) -> list[shapely.MultiPolygon]:
    """Return the polygons that rings make, all at once because one by one takes ten times as long.

    Raises BodyMapUnusable, saying ``what`` it was about, for a polygon that is open or not valid.
    """
    polygons = list(chain.from_iterable(coordinates))
    rings = list(chain.from_iterable(polygons))
    if any(len(ring) < 8 or len(ring) % 2 or ring[:2] != ring[-2:] for ring in rings):
        raise BodyMapUnusable(f"{what} has a ring that is not closed")
    points = np.fromiter(chain.from_iterable(rings), np.float64).reshape(-1, 2)
    offsets = (_ends(rings) // 2, _ends(polygons), _ends(coordinates))
    built = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, points, offsets)
    valid = shapely.is_valid(built)
    if not valid.all():
        reason = shapely.is_valid_reason(built[int(np.argmin(valid))])
        raise BodyMapUnusable(f"{what} is not a valid polygon: {reason}")
    return list(built)


def _ends(parts: Sequence[Sequence[object]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _known(on_figure: FigureSites, key: str) -> PlacedSite:
    placed = on_figure.by_key.get(key)
    if placed is None:
        raise BodyMapUnusable(f"it shows the site {key}, which the figure does not have")
    return placed


def _landmarks(file: ViewFile, on_figure: FigureSites) -> tuple[LandmarkOnView, ...]:
    shown = []
    for entry in file.landmarks:
        landmark = on_figure.landmark(entry.id, entry.laterality)
        if landmark is None or landmark.name != entry.name:
            raise BodyMapUnusable(f"it shows the landmark {entry.id}, which the figure does not have so")
        shown.append(LandmarkOnView(landmark, ViewPoint(*entry.at)))
    return tuple(shown)


def _on_figure(view: View, at: ViewPoint) -> bool:
    width, height = view.size
    if not (-EDGE <= at.x <= width + EDGE and -EDGE <= at.y <= height + EDGE):
        return False
    return bool(view.silhouette.dwithin(shapely.Point(at.x, at.y), EDGE))


def _view_point(at: ViewPoint) -> ViewPoint:
    if not isinstance(at, ViewPoint):
        raise NotAPlace(f"{at!r} is not a point of a drawing")
    return at
