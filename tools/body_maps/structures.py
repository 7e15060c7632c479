"""The table of structures, and where each of them lies on a figure.

An anchor (see ``landmarks`` for the language of places) is one place, a ``curve`` of two to six places, or
``points``: separate places of one structure, such as the two sides of a finger's joint. Anchors are given for the
patient's right side or the midline; the left is the mirror, x -> -x.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .landmarks import (
    TABLES,
    Body,
    Place,
    TableError,
    check_place,
    filled,
    level_words,
    locate,
    names_used,
)
from .mesh import Floats

RADII = (4, 5, 6, 8, 10, 14, 20)
SIDES = ("paired", "midline")
VIEWS = frozenset(
    {"head_neck_posterior", "head_neck_lateral", "jaw_lateral", "thorax_posterior", "thorax_anterior"}
    | {"low_back_posterior", "pelvis_anterior", "hip_lateral", "hip_posterior"}
    | {f"shoulder_{aspect}" for aspect in ("anterior", "posterior", "lateral", "superior")}
    | {f"elbow_{aspect}" for aspect in ("anterior", "posterior", "medial", "lateral")}
    | {f"hand_{aspect}" for aspect in ("dorsal", "palmar", "radial", "ulnar")}
    | {f"knee_{aspect}" for aspect in ("anterior", "posterior", "medial", "lateral")}
    | {f"ankle_foot_{aspect}" for aspect in ("dorsal", "plantar", "medial", "lateral", "posterior")}
)
"""The close-ups, named without side."""


@dataclass(frozen=True)
class Caution:
    """What lies near a structure; ``high`` where the source list stresses it."""

    text: str
    high: bool = False


@dataclass(frozen=True)
class Structure:
    """One row of the table. ``anchor`` is one tuple of places for each separate part: a point or a short curve."""

    number: int
    id: str
    name: str
    synonyms: tuple[str, ...]
    region: str
    kind: str
    side: str
    levels: tuple[str, ...]
    digits: tuple[int, ...]
    cautions: tuple[Caution, ...]
    views: tuple[str, ...]
    also: tuple[str, ...]
    sources: tuple[str, ...]
    radius: float
    anchor: tuple[tuple[Place, ...], ...]
    note: str

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place of the anchor, parts joined."""
        return tuple(place for part in self.anchor for place in part)

    def sublevels(self) -> tuple[str | None, ...]:
        """Return the levels or digits at which the structure exists, as text; ``(None,)`` if it has neither."""
        return self.levels or tuple(str(d) for d in self.digits) or (None,)

    def lateralities(self) -> tuple[str, ...]:
        """Return the sides on which the structure exists."""
        return ("right", "left") if self.side == "paired" else ("midline",)


@dataclass(frozen=True)
class PlacedSite:
    """A structure at one side and level or digit: its parts, each (n, 3), n = 1 a point, else a curve; mm, body frame."""

    structure: Structure
    laterality: str
    sublevel: str | None
    parts: tuple[Floats, ...]

    @property
    def key(self) -> str:
        """The site as text: ``lumbar.facet_capsule/right/L4L5``."""
        return "/".join(x for x in (self.structure.id, self.laterality, self.sublevel) if x)

    @property
    def level(self) -> str | None:
        """The vertebral or rib level, if it has one."""
        return self.sublevel if self.structure.levels else None

    @property
    def digit(self) -> int | None:
        """The digit, if it has one."""
        return int(self.sublevel) if self.sublevel and self.structure.digits else None

    def mirrored(self) -> PlacedSite:
        """Return the same site on the left."""
        return PlacedSite(self.structure, "left", self.sublevel, tuple(p * [-1.0, 1, 1] for p in self.parts))


def load(path: Path = TABLES / "structures.toml") -> tuple[Structure, ...]:
    """Return the table's rows in its order; anything that does not hold together is refused in words."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["structure"]
    found = tuple(_structure(row) for row in rows)
    for what in ("number", "id", "name"):
        seen: set[Any] = set()
        for structure in found:
            value = getattr(structure, what)
            if value in seen:
                raise TableError(f"two structures share the {what} {value}")
            seen.add(value)
    return found


def _structure(row: Mapping[str, Any]) -> Structure:
    anchor = row["anchor"]
    parts: list[list[Place]]
    if "curve" in anchor:
        parts = [anchor["curve"]]
    elif "points" in anchor:
        parts = [[place] for place in anchor["points"]]
    else:
        parts = [[anchor]]
    made = Structure(
        number=row["number"],
        id=row["id"],
        name=row["name"],
        synonyms=tuple(row["synonyms"]),
        region=row["region"],
        kind=row["kind"],
        side=row["side"],
        levels=tuple(row.get("levels", ())),
        digits=tuple(row.get("digits", ())),
        cautions=tuple(Caution(c["text"], c.get("high", False)) for c in row["cautions"]),
        views=tuple(row["views"]),
        also=tuple(row.get("also", ())),
        sources=tuple(row["sources"]),
        radius=row["radius"],
        anchor=tuple(tuple(part) for part in parts),
        note=row.get("note", ""),
    )
    _check(made)
    return made


def _check(structure: Structure) -> None:
    def refuse(words: str) -> None:
        raise TableError(f"structure {structure.number} ({structure.id}): {words}")

    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", structure.id):
        refuse("an id is lower-case words joined by underscores and dots")
    if structure.side not in SIDES:
        refuse(f"side is paired or midline, not {structure.side}")
    if structure.levels and structure.digits:
        refuse("levels and digits exclude each other")
    if structure.radius not in RADII:
        refuse(f"radius {structure.radius} is not one of {RADII}")
    strange = (set(structure.views) | set(structure.also)) - VIEWS
    if strange or not structure.views:
        refuse(f"unknown views: {', '.join(sorted(strange)) or 'none named'}")
    for part in structure.anchor:
        if not 1 <= len(part) <= 6:
            refuse("a curve has two to six places")
    for place in structure.places:
        try:
            check_place(place)
        except TableError as error:
            refuse(str(error))


def landmarks_used(structure: Structure) -> Iterator[str]:
    """Yield the id of every landmark that the anchor needs, over all levels and digits."""
    for sublevel in structure.sublevels():
        for place in structure.places:
            yield from names_used(filled(place, level_words(sublevel)))


def place_site(
    structure: Structure, sublevel: str | None, body: Body, landmarks: Mapping[str, Floats]
) -> PlacedSite:
    """Return where the structure lies on the right side (or the midline) at one level or digit."""
    words = level_words(sublevel)
    parts = []
    for part in structure.anchor:
        points = np.array([locate(filled(place, words), body, landmarks) for place in part])
        parts.append(points * [0, 1, 1] if structure.side == "midline" else points)
    return PlacedSite(structure, structure.lateralities()[0], sublevel, tuple(parts))


def place_all(
    structures: Iterable[Structure], body: Body, landmarks: Mapping[str, Floats]
) -> tuple[PlacedSite, ...]:
    """Return every site of every structure, right (or midline) before left, in the table's order."""
    found: list[PlacedSite] = []
    for structure in structures:
        for sublevel in structure.sublevels():
            site = place_site(structure, sublevel, body, landmarks)
            found.append(site)
            if structure.side == "paired":
                found.append(site.mirrored())
    return tuple(found)


def view_ids(names: Iterable[str], laterality: str) -> tuple[str, ...]:
    """Return the ids of close-ups named without side, as seen for a site of the given laterality.

    >>> view_ids(["knee_medial", "head_neck_lateral", "thorax_anterior"], "left")
    ('knee_left_medial', 'head_neck_left', 'thorax_anterior')
    """
    sides = ("right", "left") if laterality == "midline" else (laterality,)
    found: list[str] = []
    for name in names:
        region, _, aspect = name.rpartition("_")
        for side in sides:
            if name in ("head_neck_lateral", "jaw_lateral"):
                view = f"{region}_{side}"
            elif region in ("shoulder", "elbow", "hand", "knee", "ankle_foot", "hip"):
                view = f"{region}_{side}_{aspect}"
            else:
                view = name
            if view not in found:
                found.append(view)
    return tuple(found)


__all__ = [
    "Caution",
    "PlacedSite",
    "Structure",
    "landmarks_used",
    "load",
    "place_all",
    "place_site",
    "view_ids",
]
