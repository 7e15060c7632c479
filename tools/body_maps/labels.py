"""Where the names of landmarks stand: near their point, never over one another, on quiet ground if they can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .raster import Bools, Window

Box = tuple[float, float, float, float]  # left, top, right, bottom, mm
Point = tuple[float, float]

NARROW, WIDE = set("iljtfr.,:;'()I1 "), set("mwMWCGOQDHN")


OFF_THE_FRAME = 1e6  # the cost of a name that runs off the frame


def text_width(text: str, size: float) -> float:
    """Return about how long a text is at a given size, mm: in DejaVu Sans, wider than most that it may be set in."""
    units = sum(0.35 if c in NARROW else 0.86 if c in WIDE else 0.61 for c in text)
    return units * size


@dataclass(frozen=True)
class Label:
    """A name and the point it belongs to, view mm."""

    text: str
    point: Point


@dataclass(frozen=True)
class Placed:
    """A name placed: the baseline's ``at``, which end of the text that is, and the leader from point to text."""

    text: str
    at: Point
    anchor: str
    leader: tuple[Point, Point]
    box: Box


def _overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def _crosses(p: tuple[Point, Point], q: tuple[Point, Point]) -> bool:
    def side(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return (
        side(p[0], p[1], q[0]) * side(p[0], p[1], q[1]) < 0
        and side(q[0], q[1], p[0]) * side(q[0], q[1], p[1]) < 0
    )


def _through(line: tuple[Point, Point], box: Box) -> bool:
    """Return whether a line passes through a box."""
    for part in np.linspace(0, 1, 12):
        x = line[0][0] + part * (line[1][0] - line[0][0])
        y = line[0][1] + part * (line[1][1] - line[0][1])
        if box[0] < x < box[2] and box[1] < y < box[3]:
            return True
    return False


def _candidates(label: Label, size: float) -> list[Placed]:
    long = text_width(label.text, size)
    x, y = label.point
    found = []
    for side in (1, -1):
        for dx in (1.0, 2.2, 4.0, 6.5, 9.5, 13.0, 17.0):
            for dy in (0.0, -1.4, 1.4, -2.8, 2.8, -4.6, 4.6, -7.0, 7.0):
                if abs(dy) > 1.6 * dx + 1.0:
                    continue
                u, v = x + side * dx * size, y + dy * size
                box = (
                    (u, v - 0.55 * size, u + long, v + 0.5 * size)
                    if side > 0
                    else (u - long, v - 0.55 * size, u, v + 0.5 * size)
                )
                end = (u - side * 0.25 * size, v)
                found.append(
                    Placed(
                        label.text,
                        (u, v + 0.34 * size),
                        "start" if side > 0 else "end",
                        (label.point, end),
                        box,
                    )
                )
    return found


def place_labels(
    labels: list[Label],
    points: list[Point],
    *,
    size: float,
    width: float,
    height: float,
    taken: list[Box],
    ground: Bools,
    window: Window,
) -> list[Placed]:
    """Return the names placed within a frame of ``width`` by ``height`` mm, clear of ``taken`` boxes and all points.

    A name that would run off the frame wherever it stood is left out.

    ``ground`` (rows, columns of ``window``) is where drawing is dense; names prefer to stand elsewhere.
    """
    total = np.pad(np.cumsum(np.cumsum(ground.astype(np.float64), axis=0), axis=1), ((1, 0), (1, 0)))

    def busy(box: Box) -> float:
        rows, columns = window.pixel(np.array([box[0], box[2]]), np.array([box[1], box[3]]))
        i = np.clip(rows, 0, ground.shape[0])
        j = np.clip(columns, 0, ground.shape[1])
        area = max(1, int(i[1] - i[0]) * int(j[1] - j[0]))
        return float(total[i[1], j[1]] - total[i[0], j[1]] - total[i[1], j[0]] + total[i[0], j[0]]) / area

    def own_cost(one: Placed) -> float:
        edge = 0.4 * size
        if one.box[0] < edge or one.box[2] > width - edge or one.box[1] < edge or one.box[3] > height - edge:
            return OFF_THE_FRAME
        cost = 0.0
        (x, y), (u, v) = one.leader
        cost += 0.7 * np.hypot(u - x, v - y) / size + 0.25 * abs(v - y) / size
        cost += 6.0 * busy(one.box)
        for box in taken:
            cost += 400 * (_overlap(one.box, box) > 0)
        for px, py in points:
            if (
                one.box[0] - 0.3 * size < px < one.box[2] + 0.3 * size
                and one.box[1] - 0.2 * size < py < one.box[3] + 0.2 * size
            ):
                cost += 60
            elif (px, py) != one.leader[0]:
                along = np.clip(
                    ((px - x) * (u - x) + (py - y) * (v - y)) / max((u - x) ** 2 + (v - y) ** 2, 1e-9), 0, 1
                )
                if np.hypot(px - x - along * (u - x), py - y - along * (v - y)) < 0.3 * size:
                    cost += 30
        return float(cost)

    def pair_cost(a: Placed, b: Placed) -> float:
        grown = (a.box[0] - 0.3 * size, a.box[1] - 0.12 * size, a.box[2] + 0.3 * size, a.box[3] + 0.12 * size)
        cost = 500.0 * (_overlap(grown, b.box) > 0)
        cost += 80.0 * _crosses(a.leader, b.leader)
        cost += 120.0 * (_through(a.leader, b.box) or _through(b.leader, a.box))
        return cost

    order = sorted(range(len(labels)), key=lambda n: (labels[n].point[1], labels[n].point[0], labels[n].text))
    choices = [[(own_cost(c), c) for c in _candidates(label, size)] for label in labels]
    chosen: dict[int, Placed] = {}
    for _ in range(5):
        changed = False
        for n in order:
            others = [c for m, c in chosen.items() if m != n]
            best = min(
                range(len(choices[n])),
                key=lambda k: (choices[n][k][0] + sum(pair_cost(choices[n][k][1], o) for o in others), k),
            )
            if chosen.get(n) is not choices[n][best][1]:
                chosen[n] = choices[n][best][1]
                changed = True
        if not changed:
            break
    cost = {n: next(c for c, one in choices[n] if one is chosen[n]) for n in chosen}
    return [chosen[n] for n in sorted(chosen) if cost[n] < OFF_THE_FRAME]
