"""A course map as it is shown: what ``charting.coursemap`` works out, on one view."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, tzinfo
from uuid import UUID

from charting.anatomy import Atlas, FigureSites, View, project
from charting.coursemap import Spot, on_view, per_structure, since_last, spots
from charting.coursemap.spots import name_of_place
from charting.desk.answers import CourseMap, MapMark, SiteSum, SpotsSinceLast, SpotView
from charting.desk.showing import session_line
from charting.domain import Course, Session
from charting.domain.amounts import plain


def course_map(
    atlas: Atlas,
    course: Course,
    sessions: Collection[Session],
    names: Mapping[UUID, str],
    *,
    figure: str,
    view: str,
    today: date,
    zone: tzinfo,
) -> CourseMap:
    """Return the course map of some sessions on a view; raises UnknownFigure, UnknownView.

    ``today`` is what "days ago" is counted from; ``names`` are those of the clinicians.
    """
    shown_on = atlas.view(figure, view)
    sites = atlas.sites(figure)
    found = spots(sessions, zone=zone)
    spot_of = {one.mark.id: spot.number for spot in found for one in spot.marks}
    changed = since_last(sessions, zone=zone)
    return CourseMap(
        course_id=course.id, figure=figure, view=shown_on.id, atlas_sha256=atlas.sha256, today=today,
        sessions=tuple(session_line(one, names[one.clinician_id]) for one in sessions),
        marks=tuple(
            MapMark(
                session_id=one.session.id, mark_id=one.mark.id, number=one.number, spot=spot_of[one.mark.id],
                at=one.at, shape=one.shape, visible=one.visible,
                name=name_of_place(one.mark.site, one.mark.laterality, sites), ml=one.mark.injection.ml,
            )
            for one in on_view(sessions, shown_on, atlas_sha256=atlas.sha256, zone=zone)
        ),
        spots=tuple(_spot_view(spot, shown_on, sites, today) for spot in found),
        sites=tuple(
            SiteSum(
                site=line.site.key if line.site else None, laterality=line.laterality, name=line.name,
                times=line.times, marks=line.marks, deposits=line.deposits, ml=plain(line.ml),
                last_on=line.last_on, change=line.change,
            )
            for line in per_structure(sessions, sites, zone=zone)
        ),
        since_last=SpotsSinceLast(
            now=_numbers(changed.now), before=_numbers(changed.before), both=_numbers(changed.both)
        ),
    )  # fmt: skip


def _spot_view(spot: Spot, view: View, sites: FigureSites, today: date) -> SpotView:
    falls = project(view, spot.middle)
    return SpotView(
        number=spot.number, name=name_of_place(spot.site, spot.laterality, sites),
        site=spot.site.key if spot.site else None, laterality=spot.laterality, times=spot.times,
        sessions=spot.sessions, last_on=spot.last_on, days_ago=(today - spot.last_on).days, ml=plain(spot.ml),
        at=falls.at, visible=falls.visible,
    )  # fmt: skip


def _numbers(some: Iterable[Spot]) -> tuple[int, ...]:
    return tuple(spot.number for spot in some)
