"""Where a shape that a finger drew lies: inside the figure, lifted to the body, and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

import shapely
from pydantic import ValidationError
from shapely.errors import ShapelyError

from charting.anatomy import Atlas, FigureSites, Naming, SiteName, View, laterality_of, lift, name_place
from charting.anatomy.view import EDGE
from charting.desk.answers import SiteOffer
from charting.desk.asks import OnMap
from charting.domain import (
    AtlasDiffers,
    BodyPoint,
    FieldShape,
    Laterality,
    MapRef,
    Mark,
    NotAPlace,
    OffBodyMap,
    PointShape,
    Shape,
    Site,
    TrackShape,
    ViewPoint,
    WrongSide,
    middle_of,
    shape_of,
)
from charting.domain.marks import MOST_VERTICES

DIGITS = 3
"""Decimals of a millimetre that a record keeps of a drawing: a screen has none as fine."""

HALF = 0.5
"""How much of a field must lie on the figure."""

ELSEWHERE = 0.05
"""How much of a field may lie on another part of the figure, such as the other leg, and be left out."""

SIDES_MEET_WITHIN = 20.0
"""mm from the midline plane within which a mark may mean a site of either side, as beside the spine."""

OFFERED_WITHIN = 50.0
OFFERS = 2


@dataclass(frozen=True, slots=True)
class Placing:
    """A shape on its drawing (view frame), where it lies (body frame), and which site it means."""

    map: MapRef
    shape: Shape
    at: BodyPoint
    site: Site | None
    laterality: Laterality


class Places:
    """Every place of an atlas; remembers what it worked out."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._bounds: Callable[[View], shapely.Geometry] = lru_cache(maxsize=64)(_bounds)
        self._near: Callable[[str, BodyPoint], tuple[SiteName, ...]] = lru_cache(maxsize=8192)(self._ranked)

    def place(self, figure: str, ask: OnMap) -> Placing:
        """Return where an ask's shape lies, its coordinates rounded to a thousandth of a millimetre.

        Raises AtlasDiffers, UnknownView, OffBodyMap, NotAPlace, UnknownSite or WrongSide.
        """
        if ask.atlas_sha256 != self._atlas.sha256:
            raise AtlasDiffers(f"the atlas is {self._atlas.sha256[:12]}, not {ask.atlas_sha256[:12]}")
        view = self._atlas.view(figure, ask.view)
        shape = self._inside(view, ask.shape)
        at = lift(view, middle_of(shape))
        if ask.chosen:
            site = None if ask.site is None else self.site(figure, ask.site, at)
        else:
            best = name_place(view.on_figure.table, at, ask.reach).best
            site = None if best is None else best.site
        return Placing(
            map=MapRef(
                figure=figure, view=view.id, atlas_version=self._atlas.version,
                atlas_sha256=self._atlas.sha256,
            ),
            shape=shape, at=at, site=site, laterality=site.laterality if site else laterality_of(at),
        )  # fmt: skip

    def site(self, figure: str, key: str, at: BodyPoint) -> Site:
        """Return a site that a clinician chose for a place; raises UnknownSite, WrongSide."""
        site = self._atlas.site(figure, key).site
        if _across(site, at):
            raise WrongSide(f"{site.key} is not on the {laterality_of(at)}, where the mark is")
        return site

    def name(self, mark: Mark) -> str:
        """Return a mark's name in words: its site's, or where the unnamed place is."""
        sites = self._sites(mark)
        if mark.site is None:
            return Naming(mark.at, laterality_of(mark.at), None, self._near(sites.figure, mark.at)).words
        placed = sites.by_key.get(mark.site.key)
        return mark.site.key if placed is None else placed.name

    def others(self, mark: Mark) -> tuple[SiteOffer, ...]:
        """Return the next best sites that a mark could mean, the nearest first."""
        own = mark.site.key if mark.site else None
        found = (
            near
            for near in self._near(mark.map.figure, mark.at)
            if near.site.key != own and not _across(near.site, mark.at)
        )
        return tuple(
            SiteOffer(key=near.site.key, name=near.name, outside=round(near.outside, 1))
            for near, _ in zip(found, range(OFFERS), strict=False)
        )

    def _sites(self, mark: Mark) -> FigureSites:
        return self._atlas.sites(mark.map.figure)

    def _ranked(self, figure: str, at: BodyPoint) -> tuple[SiteName, ...]:
        # the order of naming does not depend on the reach
        naming = name_place(self._atlas.sites(figure).table, at, OFFERED_WITHIN)
        return naming.others if naming.best is None else (naming.best, *naming.others)

    def _inside(self, view: View, shape: Shape) -> Shape:
        try:
            match shape:
                case PointShape():
                    return PointShape(at=_rounded(shape.at))  # lifting refuses what is beside the figure
                case TrackShape():
                    track = TrackShape(path=tuple(_rounded(point) for point in shape.path))
                    if not shapely.covers(self._bounds(view), track.geometry):
                        raise OffBodyMap(f"the track leaves the figure in {view.id}")
                    return track
                case FieldShape():
                    return self._field_inside(view, shape)
                case _:
                    assert_never(shape)
        except ValidationError as misfit:
            raise NotAPlace(misfit.errors(include_url=False, include_input=False)[0]["msg"]) from None
        except (ShapelyError, ValueError) as trouble:
            if isinstance(trouble, NotAPlace):
                raise
            raise NotAPlace(f"the shape has no geometry: {trouble}") from trouble

    def _field_inside(self, view: View, shape: FieldShape) -> FieldShape:
        """Return a field as it was drawn, or as much of it as lies on the figure if it reaches beyond."""
        drawn = shapely.set_precision(shape.geometry, 10.0**-DIGITS)
        if isinstance(drawn, shapely.Polygon) and shapely.covers(self._bounds(view), drawn):
            return FieldShape(outline=tuple(_rounded(point) for point in shape.outline))
        kept = shapely.set_precision(shape.geometry.intersection(view.silhouette), 10.0**-DIGITS)
        parts = [part for part in shapely.get_parts(kept) if isinstance(part, shapely.Polygon)]
        largest = max(parts, key=lambda part: part.area, default=shapely.Polygon())
        area = shape.geometry.area
        if largest.area < HALF * area:
            raise OffBodyMap(f"less than half of the field lies on one part of the figure in {view.id}")
        if sum(part.area for part in parts) - largest.area > ELSEWHERE * area:
            raise OffBodyMap(f"the field lies on two parts of the figure in {view.id}")
        # a field has no holes: a gap between two fingers inside it stays part of it, as it was drawn
        return _with_few_vertices(shapely.Polygon(largest.exterior))


def _with_few_vertices(area: shapely.Polygon) -> FieldShape:
    """Return a clipped area as a field: the figure's outline has more vertices than a hand draws."""
    within = 0.02
    fewer = area
    while len(fewer.exterior.coords) > MOST_VERTICES:
        simpler = shapely.set_precision(area.simplify(within), 10.0**-DIGITS)
        if not isinstance(simpler, shapely.Polygon):
            raise NotAPlace("the outline is too fine to be kept")
        fewer = simpler
        within *= 2
    ring = shape_of(fewer)
    if not isinstance(ring, FieldShape):
        raise NotAPlace("the outline encloses nothing")
    return FieldShape(outline=tuple(_rounded(point) for point in ring.outline))


def _bounds(view: View) -> shapely.Geometry:
    """Return all that counts as the figure on a view: its silhouette and the width of the drawn line."""
    bounds = view.silhouette.buffer(EDGE)
    shapely.prepare(bounds)
    return bounds


def _rounded(point: ViewPoint) -> ViewPoint:
    return ViewPoint(round(point.x, DIGITS) + 0.0, round(point.y, DIGITS) + 0.0)


def _across(site: Site, at: BodyPoint) -> bool:
    """Say whether a site is of the other side than the place, and the place not where the sides meet."""
    if abs(at.x) <= SIDES_MEET_WITHIN or site.laterality is Laterality.MIDLINE:
        return False
    return site.laterality is not laterality_of(at)
