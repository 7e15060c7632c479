"""Bony landmarks found on the fitted bones, by the rules written in ``tables/landmarks.toml``.

A *place* is a small table that says where a point is. It starts from one of

    at = "femur.adductor_tubercle"                       a landmark already found
    between = ["tibia.gerdy", "fibula.head"], fraction = 0.4
    extreme = { lateral = 1, superior = 0.5 }, within = { superior = [0.8, 1.0] }
    box = { lateral = 0.5, anterior = 0.9 }              fractions of the bone's box (0.5 where not given)
    centre = true, within = { superior = [0.9, 1.0] }    mean of the bone's vertices

(the last three on ``bone``, by default the bone in the landmark's name), is then moved by ``offset`` (mm on the
adult male) and last brought onto a surface: ``on`` names bones, or the skin, and the nearest point is taken, or,
with ``toward``, the outermost point met when looking back from that direction. Without ``on`` it stays in space,
except that ``extreme`` is always a point of its bone.

Directions are anatomical words in the frame of the bone (see ``Body.frame``) on the patient's right side, where
everything is given; the left is the mirror. Points are (3,) float64, body frame (LPS), mm.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .mesh import Floats, Mesh, joined

TABLES = Path(__file__).resolve().parents[2] / "assets" / "body_maps" / "tables"

Place = Mapping[str, Any]

PLACE_WORDS = frozenset(
    {"at", "between", "fraction", "extreme", "box", "centre", "bone", "within", "offset", "on", "toward"}
)
STARTS = frozenset({"at", "between", "extreme", "box", "centre"})

_LONG = {"femur", "tibia", "fibula", "humerus", "radius", "ulna"}
_CARPALS = {"scaphoid", "lunate", "triquetrum", "pisiform", "trapezium", "trapezoid", "capitate", "hamate"}
_FOOT = re.compile(r"(talus|calcaneus|navicular|cuboid|cuneiform_.*|metatarsal_.*|toe_.*)")
_RAY = re.compile(r"(metacarpal|phalanx_proximal|phalanx_middle|phalanx_distal)_([1-5])")
_ARM = {"humerus", "radius", "ulna"} | _CARPALS

# axis (0 lateral, 1 anterior, 2 superior) and sign of each direction word
_COMMON = {
    "lateral": (0, 1),
    "medial": (0, -1),
    "anterior": (1, 1),
    "posterior": (1, -1),
    "superior": (2, 1),
    "inferior": (2, -1),
}
_UPRIGHT = {**_COMMON, "proximal": (2, 1), "distal": (2, -1)}
_HANDED = {**_UPRIGHT, "radial": (0, 1), "ulnar": (0, -1), "palmar": (1, 1), "dorsal": (1, -1)}
_FOOTED = {**_COMMON, "distal": (1, 1), "proximal": (1, -1), "dorsal": (2, 1), "plantar": (2, -1)}
DIRECTIONS = frozenset(_HANDED) | frozenset(_FOOTED)

SCAPULA_STANDS = np.array([[0.535, -0.587, 0.607], [0.604, -0.237, -0.761], [0.591, 0.774, 0.228]])
"""The scapula's lateral, anterior and superior (rows) in its own axes of spread, as the bone stands at rest."""

THUMB_TURN = np.deg2rad(60)
"""How far the thumb is turned about its length against the fingers: its nail looks to the side, not to the back."""


class TableError(ValueError):
    """A table of landmarks or structures says something that cannot be."""


class LandmarkMissing(LookupError):
    """A landmark was asked for that has not been found."""


def unit(vector: Floats) -> Floats:
    """Return a vector at length 1."""
    return np.asarray(vector / np.linalg.norm(vector))


def long_axis(vertices: Floats) -> Floats:
    """Return the unit vector along which vertices (N, 3) are spread most, pointing up (or back when it lies flat)."""
    spread = vertices - vertices.mean(axis=0)
    axis = np.linalg.svd(spread, full_matrices=False)[2][0]
    up = axis[2] if abs(axis[2]) > 0.3 else axis[1]
    return np.asarray(axis if up > 0 else -axis)


def scapula_frame(mesh: Mesh) -> Floats:
    """Return the scapula's anatomical frame (rows lateral, anterior, superior), which turns with the bone."""
    corners = mesh.vertices[mesh.faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    middle = corners.mean(axis=1)
    spread = (middle - np.average(middle, axis=0, weights=area)) * np.sqrt(area)[:, None]
    axes = np.linalg.eigh(spread.T @ spread)[1][:, ::-1].T
    first, second = np.meshgrid([1.0, -1.0], [1.0, -1.0])
    turn = np.linalg.det(axes)
    frames = [
        SCAPULA_STANDS @ (axes * np.array([[a], [b], [a * b * turn]]))
        for a, b in zip(first.ravel(), second.ravel(), strict=True)
    ]
    return np.asarray(max(frames, key=lambda frame: float(-frame[0, 0] - frame[1, 1] + frame[2, 2])))


@dataclass(frozen=True)
class Body:
    """The fitted right half of a figure: bones by name (``femur_right`` or, on the midline, ``sacrum``), and skin.

    ``sculpted`` are landmarks that come with sculpted bones. ``scale`` multiplies every offset (1 = adult male).
    """

    bones: Mapping[str, Mesh]
    skin: Mesh | None = None
    sculpted: Mapping[str, Floats] = field(default_factory=dict)
    scale: float = 1.0
    _frames: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    def bone(self, name: str) -> Mesh:
        """Return a bone by its name without side (``metatarsal_2``, ``toe_proximal_2`` in the foot); or the ``skin``."""
        if name == "skin" and self.skin is not None:
            return self.skin
        named = self.named(name)
        return self.bones.get(f"{named}_right") or self.bones[named]

    def named(self, name: str) -> str:
        """Return the figure's own name, without side, of a bone as the tables call it."""
        named = re.sub(r"^toe_", "phalanx_foot_", re.sub(r"^metatarsal_(?=\d)", "metatarsal_foot_", name))
        if f"{named}_right" not in self.bones and named not in self.bones:
            raise LandmarkMissing(f"the figure has no bone named {name}")
        return named

    def frame(self, name: str) -> Floats:
        """Return a bone's anatomical frame: rows lateral, anterior, superior as unit vectors of the body frame.

        The trunk, head and clavicle use the body's own axes; the scapula turns with its blade. A long bone's superior is its length, pointing
        proximally. The hand turns about the palm's plane, the thumb further by ``THUMB_TURN``. In the foot
        anterior is the line from the heel to the second toe, and superior is up.
        """
        if name not in self._frames:
            self._frames[name] = self._make_frame(name)
        return self._frames[name]

    def _make_frame(self, name: str) -> Floats:
        body = np.array([[-1.0, 0, 0], [0, -1, 0], [0, 0, 1]])
        if name == "scapula":
            return scapula_frame(self.bone(name))
        if name in _LONG:
            return _upright(long_axis(self.bone(name).vertices), body[1])
        ray = _RAY.fullmatch(name)
        if name in _CARPALS or ray:
            middle = [self.bone(f"metacarpal_{i}").vertices.mean(axis=0) for i in range(1, 6)]
            across = middle[1] - middle[4]
            up = long_axis(self.bone(name if ray else "metacarpal_3").vertices)
            palm = np.cross(across, long_axis(self.bone("metacarpal_3").vertices))
            palm = palm if palm[1] < 0 else -palm
            if ray and ray[2] == "1":
                palm = np.cos(THUMB_TURN) * unit(palm) - np.sin(THUMB_TURN) * unit(across)
            return _upright(up, palm)
        if _FOOT.fullmatch(name):
            ahead = self.bone("metatarsal_2").vertices.mean(axis=0) - self.bone("calcaneus").vertices.mean(
                axis=0
            )
            ahead = unit(ahead * [1, 1, 0])
            return np.array([np.cross(ahead, body[2]), ahead, body[2]])
        return body

    def direction(self, bone: str, weights: Mapping[str, float]) -> Floats:
        """Return the sum of direction words, each times its number, as a vector of the body frame."""
        words = words_of(bone)
        total = np.zeros(3)
        for word, amount in weights.items():
            if word not in words:
                raise TableError(f"“{word}” is no direction of the {bone}")
            axis, sign = words[word]
            total += sign * amount * self.frame(bone)[axis]
        return total

    def inside(self, bone: str, within: Mapping[str, Sequence[float]]) -> Floats:
        """Return the bone's vertices (K, 3) that lie in the given fractions of its box, all axes by frame words."""
        vertices = self.bone(bone).vertices
        keep = np.ones(len(vertices), dtype=bool)
        for word, (low, high) in within.items():
            along = vertices @ self.direction(bone, {word: 1})
            share = (along - along.min()) / max(float(np.ptp(along)), 1e-9)
            keep &= (share >= low) & (share <= high)
        if not keep.any():
            raise TableError(f"no part of the {bone} lies within {dict(within)}")
        return np.asarray(vertices[keep])

    def box_point(self, bone: str, fractions: Mapping[str, float]) -> Floats:
        """Return the point at the given fractions of the bone's box (0.5 along axes that are not named)."""
        vertices = self.bone(bone).vertices @ self.frame(bone).T
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        share = np.full(3, 0.5)
        for word, fraction in fractions.items():
            axis, sign = words_of(bone)[word]
            share[axis] = fraction if sign > 0 else 1 - fraction
        return np.asarray((low + share * (high - low)) @ self.frame(bone))


def words_of(bone: str) -> dict[str, tuple[int, int]]:
    """Return the direction words that a bone knows."""
    if _FOOT.fullmatch(bone):
        return _FOOTED
    if bone in _ARM or _RAY.fullmatch(bone):
        return _HANDED
    return _UPRIGHT


def _upright(up: Floats, ahead: Floats) -> Floats:
    """Return the frame whose superior is ``up`` and whose anterior is as near ``ahead`` as it can be."""
    front = unit(ahead - (ahead @ up) * up)
    return np.array([np.cross(front, up), front, up])


def nearest_on(mesh: Mesh, point: Floats) -> Floats:
    """Return the point of the mesh's surface that is nearest to a point (3,)."""
    corners = _near_triangles(mesh, point)
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac = b - a, c - a
    normal = np.cross(ab, ac)
    square = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-18)
    ap = point - a
    v = np.einsum("ij,ij->i", np.cross(ap, ac), normal) / square
    w = np.einsum("ij,ij->i", np.cross(ab, ap), normal) / square
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    candidates = [np.where(inside[:, None], a + v[:, None] * ab + w[:, None] * ac, a)]
    for start, end in ((a, b), (b, c), (c, a)):
        edge = end - start
        share = np.einsum("ij,ij->i", point - start, edge) / np.maximum(
            np.einsum("ij,ij->i", edge, edge), 1e-18
        )
        candidates.append(start + np.clip(share, 0, 1)[:, None] * edge)
    points = np.concatenate(candidates)
    return np.asarray(points[np.argmin(np.linalg.norm(points - point, axis=1))])


def _near_triangles(mesh: Mesh, point: Floats) -> Floats:
    distance = np.linalg.norm(mesh.vertices - point, axis=1)
    nearest = distance.min()
    faces = mesh.faces
    if len(faces) > 4000:
        longest = 12.0
        faces = faces[distance[faces].min(axis=1) <= nearest + longest]
    return np.asarray(mesh.vertices[faces])


def outermost_on(mesh: Mesh, point: Floats, direction: Floats) -> Floats | None:
    """Return the point of the mesh farthest along ``direction`` on the line through ``point``; None if it misses."""
    ray = unit(direction)
    side = unit(np.cross(ray, [0.36, 0.48, 0.8]))
    other = np.cross(ray, side)
    flat = (mesh.vertices - point) @ np.stack([side, other], axis=1)
    corners = flat[mesh.faces]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    safe = np.where(np.abs(area) < 1e-12, np.inf, area)
    u = (-a[:, 0] * (c[:, 1] - a[:, 1]) + (c[:, 0] - a[:, 0]) * a[:, 1]) / safe
    v = (-(b[:, 0] - a[:, 0]) * a[:, 1] + a[:, 0] * (b[:, 1] - a[:, 1])) / safe
    hit = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (np.abs(area) >= 1e-12)
    if not hit.any():
        return None
    depth = (mesh.vertices @ ray)[mesh.faces[hit]]
    u, v = u[hit], v[hit]
    along = depth[:, 0] + u * (depth[:, 1] - depth[:, 0]) + v * (depth[:, 2] - depth[:, 0])
    return np.asarray(point + (along.max() - point @ ray) * ray)


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """Return a place with ``{level}``-like words in its texts replaced."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], match[0]), value)
    if isinstance(value, Mapping):
        return {key: filled(item, words) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, words) for item in value]
    return value


def level_words(level: str | None) -> dict[str, str]:
    """Return what ``{level}``, ``{upper}``, ``{lower}``, ``{rib}``, ``{bone}`` … stand for at a level.

    >>> level_words("L4L5")["lower"], level_words("T5")["rib"], level_words("R3")["bone"]
    ('L5', 'R5', 'rib_3')
    """
    if level is None:
        return {}
    if level.isdigit():
        return {"digit": level}
    parts = re.findall(r"[CTLSR]\d+", level)
    words = {"level": level}
    if not parts:
        return words | {"bone": level}
    if len(parts) == 2:
        return words | {
            "upper": parts[0],
            "lower": parts[1],
            "upper_bone": bone_of_level(parts[0]),
            "lower_bone": bone_of_level(parts[1]),
            "bone": bone_of_level(parts[1]),
        }
    number = parts[0][1:]
    return words | {
        "number": number,
        "rib": f"R{number}",
        "rib_bone": f"rib_{number}",
        "bone": bone_of_level(level),
    }


def bone_of_level(level: str) -> str:
    """Return the bone that a level's letter and number name: ``L4`` the vertebra l4, ``R3`` the rib, ``S1`` the sacrum."""
    if level[0] == "R":
        return f"rib_{level[1:]}"
    return "sacrum" if level[0] == "S" else level.lower()


def bone_of_landmark(name: str) -> str:
    """Return the bone in a landmark's id; of a pair of vertebrae the lower one."""
    head = name.split(".")[0]
    levels = re.fullmatch(r"(?:[CTLSR]\d+)+", head)
    return bone_of_level(re.findall(r"[CTLSR]\d+", head)[-1]) if levels else head


def locate(place: Place, body: Body, found: Mapping[str, Floats], *, bone: str | None = None) -> Floats:
    """Return where a place is: a point (3,), body frame, mm. Its texts are already filled in."""
    check_place(place)

    def known(name: str) -> Floats:
        if name not in found:
            raise LandmarkMissing(f"landmark {name} has not been found")
        return found[name]

    bone = str(place.get("bone", bone or ""))
    if "at" in place:
        point, bone = known(place["at"]), bone_of_landmark(place["at"])
    elif "between" in place:
        first, second = place["between"]
        share = float(place.get("fraction", 0.5))
        point = (1 - share) * known(first) + share * known(second)
        bone = bone_of_landmark(first)
    elif "extreme" in place:
        vertices = body.inside(bone, place.get("within", {}))
        along = vertices @ unit(body.direction(bone, place["extreme"]))
        top = vertices[along >= along.max() - 0.8]
        point = vertices[np.argmin(np.linalg.norm(vertices - top.mean(axis=0), axis=1))]
    elif "box" in place:
        point = body.box_point(bone, place["box"])
    else:
        point = body.inside(bone, place.get("within", {})).mean(axis=0)
    point = point + body.scale * body.direction(bone, place.get("offset", {}))
    if "on" not in place:
        return np.asarray(point, dtype=np.float64)
    names = [place["on"]] if isinstance(place["on"], str) else list(place["on"])
    mesh = joined([body.bone(name) for name in names])
    if "toward" in place:
        met = outermost_on(mesh, point, body.direction(bone, {place["toward"]: 1}))
        if met is not None:
            return met
    return nearest_on(mesh, point)


def check_place(place: Place) -> None:
    """Refuse a place that the language does not know, in words."""
    unknown = set(place) - PLACE_WORDS
    if unknown:
        raise TableError(f"a place knows no {', '.join(sorted(unknown))}")
    if len(STARTS & set(place)) != 1:
        raise TableError(f"a place starts from exactly one of {', '.join(sorted(STARTS))}: {dict(place)}")
    for key in ("offset", "extreme", "box", "within"):
        strange = set(place.get(key, {})) - DIRECTIONS
        if strange:
            raise TableError(f"{', '.join(sorted(strange))} in “{key}” is no direction")


def names_used(place: Place) -> tuple[str, ...]:
    """Return the ids of the landmarks that a place starts from."""
    if "at" in place:
        return (place["at"],)
    return tuple(place.get("between", ()))


@dataclass(frozen=True)
class Landmark:
    """One row of the table, its levels not yet expanded."""

    id: str
    name: str
    bone: str
    palpable: bool
    side: str
    definition: str
    rule: Place
    levels: tuple[str, ...] = ()
    named: bool = True  # if palpable: named on the close-ups
    major: bool = False  # named on the full body too

    def expanded(self) -> Iterable[Landmark]:
        """Yield the landmark at each of its levels."""
        for level in self.levels or (None,):
            words = level_words(level)
            yield Landmark(
                id=filled(self.id, words),
                name=filled(self.name, words | _spoken(level)),
                bone=filled(self.bone, words),
                palpable=self.palpable,
                side=self.side,
                definition=self.definition,
                rule=filled(self.rule, words),
                named=self.named,
                major=self.major,
            )


def _spoken(level: str | None) -> dict[str, str]:
    """Return the words in which a level is read: ``L4/L5``, ``rib 3``."""
    if level is None:
        return {}
    parts = re.findall(r"[CTLSR]\d+", level)
    return {"level": "/".join(f"rib {p[1:]}" if p[0] == "R" else p for p in parts) or level}


def load(path: Path = TABLES / "landmarks.toml") -> tuple[Landmark, ...]:
    """Return every landmark of the table, expanded by level, ids unique; the order lets each use those before it."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["landmark"]
    found: dict[str, Landmark] = {}
    for row in rows:
        row = {**row, "levels": tuple(row.get("levels", ()))}
        for landmark in Landmark(**row).expanded():
            if landmark.id in found:
                raise TableError(f"the table names the landmark {landmark.id} twice")
            if landmark.side not in ("paired", "midline"):
                raise TableError(f"{landmark.id}: side is paired or midline, not {landmark.side}")
            if landmark.rule != {"sculpted": True}:
                check_place(landmark.rule)
            for name in names_used(landmark.rule):
                if name not in found:
                    raise TableError(f"{landmark.id} starts from {name}, which no row before it gives")
            found[landmark.id] = landmark
    return tuple(found.values())


def find(body: Body, table: Iterable[Landmark] | None = None, *, lenient: bool = False) -> dict[str, Floats]:
    """Return every landmark of the right side and the midline: id -> (3,), body frame, mm.

    ``lenient`` leaves out those whose bone or sculpted point is missing instead of raising ``LandmarkMissing``.
    """
    found: dict[str, Floats] = {}
    for landmark in load() if table is None else table:
        try:
            if landmark.rule == {"sculpted": True}:
                if landmark.id not in body.sculpted:
                    raise LandmarkMissing(f"no sculpted bone gives {landmark.id}")
                point = np.asarray(body.sculpted[landmark.id], dtype=np.float64)
            else:
                point = locate(landmark.rule, body, found, bone=landmark.bone)
        except LandmarkMissing:
            if not lenient:
                raise
            continue
        found[landmark.id] = point * [0, 1, 1] if landmark.side == "midline" else point
    return found
