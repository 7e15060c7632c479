"""Small pictures of body maps with the marks of a course on them, as SVG for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from charting.anatomy import Atlas, ViewEntry
from charting.chart.glyphs import session_glyph
from charting.coursemap import on_view
from charting.desk.answers import CourseFacts
from charting.domain import Laterality, Sides

MOST_THUMBNAILS = 3


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A view with the marks of a course, as SVG."""

    view: str
    title: str
    svg: str


def atlas_path(atlas: Atlas) -> str:
    """Return the address below which the interface serves the atlas's files."""
    return f"/api/v1/atlas/{atlas.sha256}"


def views_of(atlas: Atlas, facts: CourseFacts) -> tuple[ViewEntry, ...]:
    """Return the views in which a course is looked at: those of its region and side, and all that hold marks.

    Those that hold most marks come first.
    """
    figure = facts.sessions[-1].figure if facts.sessions else facts.patient.reference_figure
    held = Counter(mark.map.view for session in facts.sessions for mark in session.given)
    side = {Sides.RIGHT: Laterality.RIGHT, Sides.LEFT: Laterality.LEFT}.get(facts.course.sides)
    own = {entry.id for entry in atlas.views_for(figure, facts.course.region, side)}
    entries = [entry for entry in atlas.views(figure) if entry.id in own or entry.id in held]
    return tuple(sorted(entries, key=lambda entry: -held[entry.id]))


def thumbnails(atlas: Atlas, facts: CourseFacts) -> tuple[Thumbnail, ...]:
    """Return small pictures of the views in which a course gave most."""
    held = {mark.map.view for session in facts.sessions for mark in session.given}
    entries = [entry for entry in views_of(atlas, facts) if not held or entry.id in held]
    return tuple(_thumbnail(atlas, facts, entry) for entry in entries[:MOST_THUMBNAILS])


def _thumbnail(atlas: Atlas, facts: CourseFacts, entry: ViewEntry) -> Thumbnail:
    view = atlas.view(entry.figure, entry.id)
    width, height = view.size
    radius = max(width, height) / 34
    marks = []
    for one in on_view(facts.sessions, view, atlas_sha256=atlas.sha256):
        if one.visible:
            look = session_glyph(one.session.number - 1)
            place = f"translate({one.at.x:.1f} {one.at.y:.1f}) scale({radius:.2f})"
            marks.append(f'<path d="{look.path}" transform="{place}"/>')
    href = escape(f"{atlas_path(atlas)}/{entry.figure}/thumbnails/{entry.id}.svg")
    svg = (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(entry.title)}">'
        f'<image href="{href}" width="{width:g}" height="{height:g}"/>'
        f'<g fill="#0b6e75" stroke="#ffffff" stroke-width=".35">{"".join(marks)}</g></svg>'
    )
    return Thumbnail(entry.id, entry.title, svg)


def pain_line(pains: Sequence[tuple[int | None, int | None]]) -> str:
    """Return pain before and after each session, 0 to 10, as a small line: 100 units a session, 40 high."""
    points = []
    for index, (before, after) in enumerate(pains):
        points += [
            (index * 100 + offset, 36 - 3.2 * value, value, offset)
            for offset, value in ((35, before), (65, after))
            if value is not None
        ]
    if not points:
        return ""
    path = " ".join(f"{x},{y:.1f}" for x, y, _value, _offset in points)
    # strokes keep their width and dots stay round however the line is stretched over its sessions
    dots = "".join(f'<path d="M{x} {y:.1f}h0"/>' for x, y, _value, _offset in points)
    steady = 'vector-effect="non-scaling-stroke"'
    return (
        f'<polyline points="{path}" fill="none" stroke="var(--soft)" stroke-width="1.5" {steady}/>'
        f'<g stroke="var(--ink)" stroke-width="7" stroke-linecap="round">'
        f"{dots.replace('/>', f' {steady}/>')}</g>"
    )
