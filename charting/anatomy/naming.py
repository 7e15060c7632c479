"""What lies under a tap: the best site, and the next ones.

The name depends on the place of the body alone, so it is the same in every view (decision 0001):

    distance   from the place to a patch's curve on the skin
    outside    how far the place misses the patch: distance - radius, and 0 inside
    near       outside <= reach
    order      outside, then points before broad areas, then the smaller distance / radius, then the site's
               key

Inside beats outside, a point (an attachment, a joint) beats the broad area on which it lies, and among the
like the nearer beats the farther, in proportion to their sizes: so the middle of a patch is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from charting.anatomy.frames import laterality_of
from charting.domain import BodyPoint, Laterality, Site
from charting.domain.places import distance as distance_of

BROAD = 9.0
"""A patch of at least this radius in mm is a broad area, as a muscle's origin is; a smaller is a point."""

OTHERS = 5
"""How many further names are offered at most."""


@dataclass(frozen=True, slots=True)
class SiteName:
    """A site near a place: its name in words, how far the place is from its middle and from its edge, in mm.

    ``distance`` is to the curve in the middle of the patch; ``outside`` is to its edge, and 0 within.
    """

    site: Site
    name: str
    distance: float
    outside: float


@dataclass(frozen=True, slots=True)
class Naming:
    """What a place of the body is called.

    ``at`` is that place in the body frame and ``side`` its side of the patient. ``best`` is None where no
    site is within reach: a mark may stand anywhere on the skin, and a place without a name gets none. Then
    ``others`` are the nearest sites, to say where it is; else they are the other sites within reach.
    """

    at: BodyPoint
    side: Laterality
    best: SiteName | None
    others: tuple[SiteName, ...]

    @property
    def words(self) -> str:
        """The name, or where an unnamed place is."""
        if self.best:
            return self.best.name
        where = {"right": "on the right", "left": "on the left", "midline": "on the midline"}[self.side]
        if not self.others:
            return f"unnamed place {where}"
        nearest = self.others[0]
        return f"unnamed place {where}, {nearest.outside:.0f} mm from {nearest.name}"


@dataclass(frozen=True, slots=True, eq=False)
class PatchTable:
    """All patches of a figure as arrays, in the body frame, in mm.

    Each patch is one or more straight pieces of curve. For P patches and S pieces: ``start`` and ``run``
    (3, S) and ``length2`` (S,) are the pieces, patch by patch; ``first`` (P,) is each patch's first piece;
    ``radius`` (P,); ``site`` and ``name`` (P,) say whose patch it is.
    """

    start: NDArray[np.float64]
    run: NDArray[np.float64]
    length2: NDArray[np.float64]
    first: NDArray[np.intp]
    radius: NDArray[np.float64]
    site: tuple[Site, ...]
    name: tuple[str, ...]
    key: tuple[str, ...]

    @classmethod
    def of(
        cls, patches: Iterable[tuple[Site, str, Sequence[tuple[float, float, float]], float]]
    ) -> PatchTable:
        """Return the table of patches, each a site, its name, a curve of 1 or more points and a radius."""
        starts: list[tuple[float, float, float]] = []
        ends: list[tuple[float, float, float]] = []
        first: list[int] = []
        radius: list[float] = []
        sites: list[Site] = []
        names: list[str] = []
        for site, name, curve, reach in patches:
            first.append(len(starts))
            radius.append(reach)
            sites.append(site)
            names.append(name)
            starts += curve[:-1] or curve
            ends += curve[1:] or curve
        start = np.array(starts, dtype=np.float64).T.copy()
        run = np.array(ends, dtype=np.float64).T - start
        length2 = (run * run).sum(axis=0)
        length2[length2 == 0.0] = 1.0  # a point: its run is zero, and any divisor gives its start
        return cls(
            start, run, length2, np.array(first, dtype=np.intp), np.array(radius, dtype=np.float64),
            tuple(sites), tuple(names), tuple(site.key for site in sites),
        )  # fmt: skip

    def distances(self, point: BodyPoint) -> NDArray[np.float64]:
        """Return the distance (P,) in mm from a place of the body to every patch's curve."""
        # axis by axis over contiguous rows: twice as fast as rows of three
        (a, b, c), (u, v, w) = self.start, self.run
        x, y, z = point.x - a, point.y - b, point.z - c
        along = np.clip((x * u + y * v + z * w) / self.length2, 0.0, 1.0)
        x -= along * u
        y -= along * v
        z -= along * w
        return np.sqrt(np.minimum.reduceat(x * x + y * y + z * z, self.first))


def name_place(table: PatchTable, point: BodyPoint, reach: float = 0.0) -> Naming:
    """Return what a place of the body is called.

    ``point`` is in the body frame, ``reach`` in mm: how far a finger may miss, 0 or more. Sites come once,
    at their best patch, in the order that this module states. Raises NotAPlace for a bad reach.
    """
    reach = distance_of("reach", reach)
    distances = table.distances(point)
    outside = np.maximum(distances - table.radius, 0.0)
    near = np.flatnonzero(outside <= reach)
    named = len(near) > 0
    if not named:
        count = min(4 * OTHERS, len(outside))
        # as far as the farthest of these, so that what is equally far is not left to chance
        near = np.flatnonzero(outside <= np.partition(outside, count - 1)[count - 1])
    share = distances / table.radius
    ranked = sorted(
        (float(outside[i]), bool(table.radius[i] >= BROAD), float(share[i]), table.key[i], int(i))
        for i in near
    )
    names: dict[str, SiteName] = {}
    for miss, _, _, key, i in ranked:
        if key not in names:
            names[key] = SiteName(table.site[i], table.name[i], float(distances[i]), miss)
            if len(names) > OTHERS:
                break
    found = tuple(names.values())
    side = laterality_of(point)
    if named:
        return Naming(point, side, found[0], found[1:])
    return Naming(point, side, None, found[:OTHERS])
