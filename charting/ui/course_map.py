"""The map of a course as an element of a page; the browser draws and fades it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import events, ui

from charting.anatomy import Atlas, View
from charting.chart import glyphs
from charting.chart.maps import paper_map
from charting.coursemap import density
from charting.desk.answers import CourseMap as MapFacts
from charting.desk.answers import MapMark
from charting.domain import FieldShape, PointShape, Session, TrackShape
from charting.ui.showing import ml_words, spot_words
from charting.ui.words import _

CELLS = 90
"""How many cells of density a view has along its longer side."""

FAINTEST = 0.04
"""Of the densest cell: what is fainter is not drawn."""


class CourseMap(ui.element, component="course_map.js"):
    """One view with the marks of all sessions, each session in its shape, and the spots to be opened.

    ``drawing`` is the address of the view's drawing, ``figure`` what ``figure_of`` returns. ``opened`` is
    called with a spot's number when it is touched.
    """

    def __init__(
        self, drawing: str, view: View, figure: Mapping[str, Any], skin: str, opened: Callable[[int], None]
    ) -> None:
        super().__init__()
        self._opened = opened
        self._props["skin"] = skin
        self._props["words"] = {
            "map": view.title,
            "in": _("Zoom in"),
            "out": _("Zoom out"),
            "fit": _("Show all"),
            "bar": _("5 cm on the reference figure"),
            "failed": _("The body map could not be fetched. The record is safe; reload the page."),
        }
        self.on("spot", self._touched)
        self.show(drawing, view, figure)

    def show(self, drawing: str, view: View, figure: Mapping[str, Any]) -> None:
        """Show another view."""
        self._props["words"] = {**self._props["words"], "map": view.title}
        self._props["size"] = list(view.size)
        self._props["edges"] = figure["edges"]
        self._props["figure"] = dict(figure)
        self._props["drawing"] = drawing
        self.update()

    def fade(self, strength: Mapping[int, float]) -> None:
        """Show each session, by its number, as strongly as is said: 0 hidden, 1 fully."""
        self.run_method("fade", {str(number): value for number, value in strength.items()})

    def show_density(self, on: bool) -> None:
        """Show or hide how much was given where."""
        self.run_method("density", on)

    def ring(self, spots: Sequence[int]) -> None:
        """Ring some spots, and no others."""
        self.run_method("ring", list(spots))

    def _touched(self, event: events.GenericEventArguments) -> None:
        if isinstance(event.args, int):
            self._opened(event.args)


def figure_of(atlas: Atlas, found: MapFacts, sessions: Sequence[Session], view: View) -> dict[str, Any]:
    """Return what the browser draws of a course on a view, in the view's frame (mm)."""
    number_of = {line.session_id: line.number for line in found.sessions}
    spacing = max(view.size) / CELLS
    paper = paper_map(atlas, view)
    return {
        "edges": {"left": paper.left, "right": paper.right, "words": list(paper.edges)},
        "glyphs": {key: glyphs()[key] for key in ("session", "sessions")},
        "marks": [_mark(one, number_of[one.session_id]) for one in found.marks if one.visible],
        "spots": [
            {
                "number": spot.number,
                "x": spot.at.x,
                "y": spot.at.y,
                "sessions": list(spot.sessions),
                "title": f"{spot.name}: {spot_words(spot.times, spot.days_ago, spot.ml)}",
            }
            for spot in found.spots
            if spot.visible
        ],
        "spacing": spacing,
        "density": _densities(sessions, view, spacing),
    }


def _densities(sessions: Sequence[Session], view: View, spacing: float) -> dict[str, list[list[float]]]:
    """Return for each session, by its number, the cells in which it gave something: x, y (mm), mL for 1 cm2.

    What all sessions gave is their sum, and what some of them gave the sum of those.
    """
    grids = {str(one.number): density([one], view, spacing=spacing).values for one in sessions}
    strongest = max((float(grid.max(initial=0.0)) for grid in grids.values()), default=0.0)
    found: dict[str, list[list[float]]] = {}
    for number, grid in grids.items():
        rows, columns = (grid > max(FAINTEST * strongest, 1e-9)).nonzero()
        found[number] = [
            [
                round(float(column) * spacing, 2),
                round(float(row) * spacing, 2),
                round(float(grid[row, column]), 4),
            ]
            for row, column in zip(rows, columns, strict=True)
        ]
    return found


def _mark(one: MapMark, session: int) -> dict[str, Any]:
    match one.shape:
        case TrackShape():
            path = [[point.x, point.y] for point in one.shape.path]
        case FieldShape():
            path = [[point.x, point.y] for point in one.shape.outline]
        case PointShape() | None:
            path = []
    return {
        "session": session,
        "x": one.at.x,
        "y": one.at.y,
        "path": path or None,
        "closed": isinstance(one.shape, FieldShape),
        "title": f"{one.name}, {ml_words(one.ml)}",
    }
