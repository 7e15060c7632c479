"""Plates: a view cropped to where the marks are, with the marks laid on it in millimetres of paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from charting.anatomy import View
from charting.chart.glyphs import glyphs
from charting.chart.maps import PaperMap
from charting.chart.words import THIN
from charting.coursemap import Shown
from charting.domain import FieldShape, PointShape, TrackShape, ViewPoint
from charting.words import _

MARGIN = 0.2
"""How much is left free around the marks, of the larger side of what they take."""

LEAST_MARGIN = 22.0
"""mm of the figure that are left free around the marks at least."""

LEAST_SHARE = 0.5
"""No crop is smaller than this share of the drawing's smaller side, so that the place can be recognised."""

LEAST_SIDE = 95.0
"""mm of the figure that a crop shows at least, if its drawing is that large; a full body fits no less."""

BARS = (5, 10, 20, 50, 100, 200, 500)
BAR_SHARE = 0.24

MOVED = 0.6
"""mm of paper beyond which a disc that had to make room has a line to its place."""

ROUNDS = 40
LOOK_AGAIN = 8
FEW = 60
NEAR_ENOUGH = 0.12
CALM = 0.7
"""Discs push each other aside in ROUNDS, each time by a share of what they lack (CALM), until none overlaps
another by more than NEAR_ENOUGH mm of paper. Who is near is looked up now and then; of a FEW everyone is."""

TITLE_BAND = 5.6
WORDS_BAND = 6.6
"""mm of paper above and below the drawing, for the title, the patient's sides and the scale."""

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a drawing, in its view frame (mm)."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Disc:
    """A number on a plate: ``x`` and ``y`` its middle, ``place`` where the mark is, mm of paper.

    ``moved`` says whether it had to make room for another.
    """

    number: int
    x: float
    y: float
    place: XY
    moved: bool


@dataclass(frozen=True, slots=True)
class Track:
    """A track on a plate: the ring of its tapered stroke, and a dot for each deposit, mm of paper."""

    ring: tuple[XY, ...]
    dots: tuple[XY, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field on a plate: its outline, and the lines of its hatching, mm of paper."""

    ring: tuple[XY, ...]
    hatch: tuple[tuple[XY, XY], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A view on paper: ``width`` and ``height`` mm of paper, ``crop`` of the view, ``scale`` paper mm a mm.

    The drawing stands between ``top`` and ``bottom`` mm of paper that belong to the words around it.
    ``bar`` is the length of the scale bar in mm of the figure. ``frames`` are rectangles that say where other
    plates are (x, y, width, height in mm of paper). ``symbols`` are sessions' shapes: the place in the
    course, the number, x and y; ``rings`` the numbers of spots. ``bones`` says whether the bones are drawn.
    """

    title: str
    alt: str
    view: View
    map: PaperMap
    crop: Box
    width: float
    height: float
    scale: float
    radius: float
    bar: int
    top: float = TITLE_BAND
    bottom: float = WORDS_BAND
    discs: tuple[Disc, ...] = ()
    tracks: tuple[Track, ...] = ()
    fields: tuple[Field, ...] = ()
    frames: tuple[tuple[float, float, float, float], ...] = ()
    symbols: tuple[tuple[int, int, float, float], ...] = ()
    rings: tuple[Disc, ...] = ()
    bones: bool = True


def plate(
    view: View,
    paper: PaperMap,
    shown: Iterable[Shown],
    width: float,
    height: float,
    *,
    title: str | None = None,
    radius: float = 2.0,
) -> Plate:
    """Return a view on ``width`` × ``height`` mm of paper, cropped to the marks that it sees."""
    seen = [one for one in shown if one.visible]
    drawn = height - TITLE_BAND - WORDS_BAND
    crop = crop_for(view, seen, width / drawn)
    scale = width / crop.width
    on_paper = [((one.x - crop.x) * scale, TITLE_BAND + (one.y - crop.y) * scale) for one in seen]
    tracks, fields, starts = [], [], list(on_paper)
    for index, one in enumerate(seen):
        match one.shape:
            case TrackShape(path=path):
                line = _on_paper(path, crop, scale)
                tracks.append(track(line, one.mark.injection.deposits))
                starts[index] = line[0]
            case FieldShape(outline=outline):
                fields.append(hatched(_on_paper(outline, crop, scale)))
            case PointShape() | None:
                pass
    at = apart(starts, radius, (0.0, TITLE_BAND, width, height - WORDS_BAND))
    discs = tuple(
        Disc(one.number, x, y, place, math.dist((x, y), place) > MOVED)
        for one, (x, y), place in zip(seen, at, starts, strict=True)
    )
    title = view.title if title is None else title
    return Plate(
        title=title,
        alt=alt_of(title, [one.number for one in seen]),
        view=view,
        map=paper,
        crop=crop,
        width=width,
        height=height,
        scale=scale,
        radius=radius,
        bar=bar_for(width, scale),
        discs=discs,
        tracks=tuple(tracks),
        fields=tuple(fields),
    )


def alt_of(title: str, numbers: Sequence[int]) -> str:
    """Return the words that stand for a plate where it cannot be seen."""
    if not numbers:
        return _("Body map, {title}, without marks").format(title=title)
    listed = ", ".join(str(number) for number in numbers)
    return _("Body map, {title}, with the marks {numbers}").format(title=title, numbers=listed)


def crop_for(view: View, seen: Sequence[Shown], aspect: float) -> Box:
    """Return the part of a view that shows marks with room around them, of an aspect (width / height).

    It may reach beyond the drawing where the drawing is of another aspect; without marks it is all of it.
    """
    width, height = view.size
    if not seen:
        left, top, right, bottom = 0.0, 0.0, width, height
    else:
        xs, ys = [one.x for one in seen], [one.y for one in seen]
        for one in seen:
            # by kind, not by class: of ten thousand shapes, asking pydantic's classes takes longest
            if one.shape is not None and one.shape.kind != "point":
                points = one.shape.path if one.shape.kind == "track" else one.shape.outline
                xs += [point.x for point in points]
                ys += [point.y for point in points]
        left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
        margin = max(LEAST_MARGIN, MARGIN * max(right - left, bottom - top))
        left, top, right, bottom = left - margin, top - margin, right + margin, bottom + margin
    least = min(LEAST_SIDE, width, height) if view.region == "full" else LEAST_SHARE * min(width, height)
    least = min(max(least, LEAST_SIDE), width, height)
    wide, high = max(right - left, least), max(bottom - top, least)
    wide, high = max(wide, high * aspect), max(high, wide / aspect)
    # what is larger than the drawing shows all of it once; nothing is gained by more paper around it
    if wide > width and high > height:
        wide, high = max(width, height * aspect), max(height, width / aspect)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    return Box(_inside(middle_x, wide, width), _inside(middle_y, high, height), wide, high)


def _inside(middle: float, length: float, whole: float) -> float:
    """Return the start of a stretch about a middle, moved into the whole, or about it where it is longer."""
    if length >= whole:
        return (whole - length) / 2
    return min(max(middle - length / 2, 0.0), whole - length)


def bar_for(width: float, scale: float) -> int:
    """Return the length in mm of the figure of a scale bar that takes up to a quarter of a plate."""
    fits = [bar for bar in BARS if bar * scale <= BAR_SHARE * width]
    return fits[-1] if fits else BARS[0]


def bar_words(bar: int) -> str:
    """Return the length of a scale bar in words: 5 cm."""
    return f"{bar}{THIN}mm" if bar < 10 else f"{bar // 10}{THIN}cm"


def track(line: Sequence[XY], deposits: int) -> Track:
    """Return the tapered stroke of a line in mm of paper, widest where the needle went in."""
    sizes = glyphs()["track"]
    start, end = sizes["start_mm"] / 2, sizes["end_mm"] / 2
    path = shapely.LineString(line)
    steps = _distances(line)
    left, right = [], []
    for index, ((x, y), along) in enumerate(zip(line, steps, strict=True)):
        before, after = line[max(index - 1, 0)], line[min(index + 1, len(line) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1.0
        half = start + (end - start) * along / (steps[-1] or 1.0)
        left.append((x - dy / length * half, y + dx / length * half))
        right.append((x + dy / length * half, y - dx / length * half))
    shares = [(i + 0.5) / deposits for i in range(deposits)] if deposits > 1 else [1.0] * deposits
    dots = [path.interpolate(share, normalized=True) for share in shares]
    return Track((*left, *reversed(right)), tuple((dot.x, dot.y) for dot in dots))


def hatched(ring: Sequence[XY]) -> Field:
    """Return the hatching of an outline in mm of paper, at the angle and distance of the glyphs."""
    sizes = glyphs()["field"]
    area = shapely.Polygon(ring)
    turned = shapely.affinity.rotate(area, sizes["hatch_degrees"], origin=(0, 0))
    left, top, right, bottom = turned.bounds
    step = sizes["hatch_mm"]
    ys = np.arange(math.ceil(top / step) * step, bottom, step)
    rows = [((left - 1, y), (right + 1, y)) for y in ys.tolist()]
    if not rows:
        return Field(tuple(ring), ())
    lines = shapely.MultiLineString(rows).intersection(turned)
    back = shapely.affinity.rotate(lines, -sizes["hatch_degrees"], origin=(0, 0))
    parts = shapely.get_parts(back)
    hatch = tuple(
        ((a[0], a[1]), (b[0], b[1]))
        for one in parts
        if isinstance(one, shapely.LineString) and len(one.coords) == 2
        for a, b in [one.coords]
    )
    return Field(tuple(ring), hatch)


def apart(places: Sequence[XY], radius: float, within: tuple[float, float, float, float]) -> list[XY]:
    """Return where discs stand so that none lies on another, each as near its place as that allows.

    All in mm of paper; discs stay ``within`` left, top, right and bottom. The same places always give the
    same answer.
    """
    if not places:
        return []
    at = np.array(places, dtype=np.float64)
    least = np.array(within[:2]) + radius
    most = np.maximum(np.array(within[2:]) - radius, least)
    if len(at) > 1:
        need = 2 * radius + 0.15
        # those at one place are first laid around it, by their order
        counted: dict[XY, int] = {}
        for index, place in enumerate(places):
            same = counted[place] = counted.get(place, -1) + 1
            turn = 2.399963 * same
            at[index] += 0.02 * same * np.array([math.cos(turn), math.sin(turn)])
        x, y = at.T.copy()
        for turn in range(ROUNDS):
            if turn % LOOK_AGAIN == 0:
                one, other = _near(x, y, need)
            dx, dy = x[one] - x[other], y[one] - y[other]
            length = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-6)
            lack = need - length
            if not len(lack) or lack.max() < NEAR_ENOUGH:
                if turn % LOOK_AGAIN == 0:
                    break
                continue
            push = CALM * np.maximum(lack, 0.0) / (2 * length)
            push_x, push_y, count = push * dx, push * dy, len(x)
            x = x + np.bincount(one, push_x, count) - np.bincount(other, push_x, count)
            y = y + np.bincount(one, push_y, count) - np.bincount(other, push_y, count)
            x = np.minimum(np.maximum(x, least[0]), most[0])
            y = np.minimum(np.maximum(y, least[1]), most[1])
        at = np.column_stack([x, y])
    return [(x, y) for x, y in np.clip(at, least, most).round(3).tolist()]


def _near(
    x: NDArray[np.float64], y: NDArray[np.float64], need: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of places that are, or may soon be, nearer to each other than they need."""
    if len(x) <= FEW:
        one, other = np.triu_indices(len(x), 1)
    else:
        places = np.asarray(shapely.points(x, y))
        one, other = shapely.STRtree(places).query(places, predicate="dwithin", distance=2 * need)
        one, other = one[one < other], other[one < other]
        # in one order, so that sums come out the same whatever order the tree has found them in
        order = np.lexsort((other, one))
        one, other = one[order], other[order]
    return one, other


def _on_paper(points: Sequence[ViewPoint], crop: Box, scale: float) -> list[XY]:
    return [((point.x - crop.x) * scale, TITLE_BAND + (point.y - crop.y) * scale) for point in points]


def _distances(line: Sequence[XY]) -> list[float]:
    steps = [0.0]
    for before, after in zip(line, line[1:], strict=False):
        steps.append(steps[-1] + math.dist(before, after))
    return steps


def locator_plate(
    view: View,
    paper: PaperMap,
    shown: Sequence[Shown],
    groups: Sequence[set[UUID]],
    width: float,
    height: float,
) -> Plate:
    """Return a whole body with a frame around each group of marks (their ids), seen from there or not."""
    wide, high = view.size
    drawn = height - TITLE_BAND - WORDS_BAND
    scale = min(width / wide, drawn / high) * 0.97
    crop = Box((wide - width / scale) / 2, (high - drawn / scale) / 2, width / scale, drawn / scale)
    at = {one.mark.id: ((one.x - crop.x) * scale, TITLE_BAND + (one.y - crop.y) * scale) for one in shown}
    boxes = []
    for group in groups:
        places = [at[mark] for mark in at if mark in group]
        if places:
            xs, ys = [x for x, _y in places], [y for _x, y in places]
            boxes.append((min(xs) - 2.2, min(ys) - 2.2, max(xs) + 2.2, max(ys) + 2.2))
    return Plate(
        title=_("Where"),
        alt=_("Where the marks are on the whole body, {view}").format(view=view.title),
        view=view,
        map=paper,
        crop=crop,
        width=width,
        height=height,
        scale=scale,
        radius=1.0,
        bar=0,
        frames=tuple((left, top, right - left, low - top) for left, top, right, low in _merged(boxes)),
        bones=False,
    )


def _merged(boxes: Sequence[tuple[float, float, float, float]]) -> list[tuple[float, float, float, float]]:
    """Return boxes (left, top, right, bottom) with those that overlap made one, until none do."""
    apart_from_all: list[tuple[float, float, float, float]] = []
    for box in boxes:
        left, top, right, low = box
        grown = True
        while grown:
            grown = False
            for other in apart_from_all:
                if left <= other[2] and other[0] <= right and top <= other[3] and other[1] <= low:
                    left, top = min(left, other[0]), min(top, other[1])
                    right, low = max(right, other[2]), max(low, other[3])
                    apart_from_all.remove(other)
                    grown = True
                    break
        apart_from_all.append((left, top, right, low))
    return apart_from_all
