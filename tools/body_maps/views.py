"""The views of a figure: from the table to a camera, and which skin and bones each of them shows."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from .draw import Captions
from .figure import Figure
from .mesh import MIRROR, Floats
from .raster import Camera
from .skin import PARTS, REFERENCE

Side = Literal["right", "left"]
Keep = Literal["all", "no_arms", "limb"]
TABLE = Path(__file__).resolve().parents[2] / "assets" / "body_maps" / "tables" / "views.toml"
MARGIN = 14.0  # mm around a whole figure
ROOM = 24.0  # mm beside a limb: for names, and for marks at its edge
NARROWEST = 560.0  # mm, of a view of the whole body

OPPOSITE = {"right": "left", "left": "right"}
LEFT, BACK, UP = np.eye(3)
TOWARDS = {
    "anterior": -BACK, "posterior": BACK, "right": -LEFT, "left": LEFT, "superior": UP,
    "dorsal": UP, "plantar": -UP,
}  # fmt: skip
BONES_OF_ARM = (
    "humerus", "radius", "ulna", "scaphoid", "lunate", "triquetrum", "pisiform", "trapezium", "trapezoid",
    "capitate", "hamate", "metacarpal_", "phalanx_proximal", "phalanx_middle", "phalanx_distal",
)  # fmt: skip
BONES_OF_LEG = (
    "femur", "patella", "tibia", "fibula", "talus", "calcaneus", "navicular", "cuboid", "cuneiform",
    "metatarsal", "toe_", "phalanx_foot",
)  # fmt: skip


@dataclass(frozen=True)
class ViewRow:
    """One row of the table for one side: see the comments at the head of ``views.toml``."""

    id: str
    title: str
    region: str
    aspect: str
    side: Side | None
    along: str
    centre: str
    box: tuple[float, float, float, float]
    keep: Keep
    fit: bool
    whole: bool
    whole_foot: bool
    near: bool
    tilt: float
    below: float | None
    above: float | None

    @property
    def limb(self) -> str | None:
        """Which limb a view of one limb shows: ``arm``, ``leg`` or None."""
        if self.keep != "limb":
            return None
        return "arm" if self.region in ("elbow", "hand") else "leg"


def _sided(text: str, side: Side | None) -> str:
    return text.replace("{side}", side or "").replace("{Side}", (side or "").capitalize())


def load_views(path: Path = TABLE) -> tuple[ViewRow, ...]:
    """Return every view of a figure, right and left written out, in the table's order."""
    rows = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["view"]:
        sides: tuple[Side | None, ...] = ("right", "left") if "{side}" in entry["id"] else (None,)
        for side in sides:
            box = cast(
                tuple[float, float, float, float], tuple(float(x) for x in entry.get("box", (0, 0, 0, 0)))
            )
            if side == "left":
                box = (-box[2], box[1], -box[0], box[3])
            rows.append(
                ViewRow(
                    id=_sided(entry["id"], side),
                    title=_sided(entry["title"], side),
                    region=entry["region"],
                    aspect=_sided(entry["aspect"], side),
                    side=side,
                    along=entry.get("along", "body"),
                    centre=entry.get("centre", "hips"),
                    box=box,
                    keep=entry.get("keep", "all"),
                    fit=entry.get("fit", False),
                    whole=entry.get("whole", False),
                    whole_foot=entry.get("whole_foot", False),
                    near=entry.get("near", False),
                    tilt=float(entry.get("tilt", 0.0)),
                    below=entry.get("below"),
                    above=entry.get("above"),
                )
            )
    return tuple(rows)


@dataclass(frozen=True)
class AreaRow:
    """One row of the table of areas: a part of the whole body, and the close-ups of it; ``low`` and ``high`` are mm."""

    id: str
    views: tuple[str, ...]
    centre: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    part: str | None = None
    aspects: tuple[str, ...] = ()


def load_areas(path: Path = TABLE) -> tuple[AreaRow, ...]:
    """Return every area of a full-body view, in the table's order: the first that holds a place has it."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["area"]
    return tuple(
        AreaRow(
            id=row["id"],
            views=tuple(row["views"]),
            centre=row["centre"],
            low=tuple(row["low"]),
            high=tuple(row["high"]),
            part=row.get("part"),
            aspects=tuple(row.get("aspects", ())),
        )
        for row in rows
    )


def centres(figure: Figure) -> dict[str, Floats]:
    """Return the points of the right side and the midline that frames are measured from, mm in the body frame."""
    joints, bones = figure.skin.joints, figure.bones

    def middle(name: str) -> Floats:
        v = bones[name].vertices
        return np.asarray((v.min(axis=0) + v.max(axis=0)) / 2)

    tibia = bones["tibia_right"].vertices
    low = tibia[tibia[:, 2] < tibia[:, 2].min() + 15]
    jaw = bones["jaw"].vertices
    condyle = jaw[jaw[:, 0] < -20]
    humerus = bones["humerus_right"].vertices
    head = humerus[humerus[:, 2] > humerus[:, 2].max() - 45]
    return {
        "hips": np.zeros(3),
        "hip": np.array([-90.0, 0.0, 0.0]),
        "knee": np.array([*middle("patella_right")[:1], middle("femur_right")[1], tibia[:, 2].max()]),
        "ankle": np.array([*low[:, :2].mean(axis=0), low[:, 2].max()]),
        "neck": middle("c5"),
        "thorax": middle("t6"),
        "jaw": np.asarray(condyle[condyle[:, 2] > condyle[:, 2].max() - 6].mean(axis=0)),
        "shoulder": np.asarray(head.mean(axis=0)),
        "elbow": np.asarray(joints["r-elbow"]),
        "wrist": np.asarray(joints["r-hand"]),
    }


def axes(row: ViewRow, figure: Figure) -> Floats:
    """Return the rows of a view's rotation: view x, view y and depth, as directions in the body frame."""
    joints = figure.skin.joints
    up = UP
    if row.along == "arm":
        up = joints["r-shoulder"] - joints["r-hand"]
    elif row.along == "hand":
        up = joints["r-elbow"] * 0.35 + joints["r-hand"] * 0.65 - joints["r-finger-3-2"]
    if row.side == "left" and row.along != "body":
        up = up * MIRROR
    out = LEFT if row.side == "left" else -LEFT
    aspect = row.aspect
    limb = {"lateral": out, "medial": -out, "radial": out, "ulnar": -out, "palmar": -BACK}
    towards = limb.get(
        aspect, BACK if aspect == "dorsal" and row.region == "hand" else TOWARDS.get(aspect, UP)
    )
    if row.region == "ankle_foot" and aspect in ("dorsal", "plantar"):
        turn = np.radians(row.tilt)
        up, towards = (BACK, UP) if aspect == "dorsal" else (-BACK, -UP)
        up, towards = up * np.cos(turn) + towards * np.sin(turn), towards * np.cos(turn) - up * np.sin(turn)
    elif aspect == "superior":
        up = BACK
    up = up / np.linalg.norm(up)
    towards = towards - (towards @ up) * up
    towards = towards / np.linalg.norm(towards)
    return np.stack([np.cross(up, towards), -up, towards])


def shown_skin(row: ViewRow, figure: Figure) -> NDArray[np.bool_]:
    """Return which triangles of the fine skin a view shows."""
    part = figure.skin.fine_part[figure.skin.mesh.faces]
    if row.limb:
        return np.asarray((part == PARTS.index(f"{row.side}_{row.limb}")).all(axis=1))
    if row.keep == "no_arms":
        arms = np.isin(part, [PARTS.index("right_arm"), PARTS.index("left_arm")])
        return np.asarray(~arms.any(axis=1))
    return np.ones(len(part), dtype=bool)


def heights(row: ViewRow, figure: Figure) -> tuple[float, float]:
    """Return the heights between which a view shows the skin, mm in the body frame."""
    if row.above is None and row.below is None:
        return -np.inf, np.inf
    middle, size = float(centres(figure)[row.centre][2]), figure.stature / REFERENCE
    low = -np.inf if row.above is None else middle + row.above * size
    high = np.inf if row.below is None else middle + row.below * size
    return float(low), float(high)


def shown_bones(row: ViewRow, figure: Figure) -> list[str]:
    """Return the names of the bones a view shows."""
    names = []
    for name in figure.bones:
        side = "right" if name.endswith("_right") else "left" if name.endswith("_left") else None
        arm = name.startswith(BONES_OF_ARM) and not name.startswith("phalanx_foot")
        leg = name.startswith(BONES_OF_LEG)
        if row.limb and (side != row.side or not (arm if row.limb == "arm" else leg)):
            continue
        if row.keep == "no_arms" and arm:
            continue
        viewed = row.side or (row.aspect if row.aspect in OPPOSITE else None)
        if row.near and side is not None and side != viewed:
            continue
        names.append(name)
    return names


def camera(row: ViewRow, figure: Figure) -> Camera:
    """Return the camera of a view on a figure: its frame starts at 0, 0 and is a whole number of mm wide and high."""
    rotation = axes(row, figure)
    mesh = figure.skin.mesh
    seen = mesh.vertices[np.unique(mesh.faces[shown_skin(row, figure)])]
    lowest, highest = heights(row, figure)
    seen = seen[(seen[:, 2] > lowest) & (seen[:, 2] < highest)] @ rotation.T
    if row.whole:
        low, high = seen[:, :2].min(axis=0) - MARGIN, seen[:, :2].max(axis=0) + MARGIN
        lacking = np.array([max(0.0, NARROWEST - (high[0] - low[0])) / 2, 0.0])
        low, high = low - lacking, high + lacking
    else:
        at = centres(figure)[row.centre]
        if row.side == "left":
            at = at * MIRROR
        middle = (rotation @ at)[:2]
        box = np.array(row.box) * figure.stature / REFERENCE
        low, high = middle + box[:2], middle + box[2:]
        if row.whole_foot:
            if row.aspect == "plantar":  # the toes are up on the page
                low = np.array([low[0], seen[:, 1].min() - MARGIN])
            else:
                high = np.array([high[0], seen[:, 1].max() + MARGIN])
        if row.fit:
            inside = seen[(seen[:, 1] > low[1]) & (seen[:, 1] < high[1])]
            low = np.array([inside[:, 0].min() - ROOM, low[1]])
            high = np.array([inside[:, 0].max() + ROOM, high[1]])
            if row.region == "hand":
                high = np.array([high[0], seen[:, 1].max() + MARGIN])
    size = np.ceil(np.round(high - low, 3))
    low = (low + high - size) / 2
    to_view = np.zeros((3, 4))
    to_view[:, :3] = rotation
    to_view[:2, 3] = -low
    return Camera(row.id, np.round(to_view, 9), float(size[0]), float(size[1]))


def edges(row: ViewRow, view: Camera) -> tuple[str, str]:
    """Return the words for the left and the right edge of a view."""
    x = view.to_view[0, :3]
    if abs(x[0]) > abs(x[1]):
        if row.side is None:
            return ("right", "left") if x[0] > 0 else ("left", "right")
        out, inside = ("radial", "ulnar") if row.region == "hand" else ("lateral", "medial")
        right_is_out = (x[0] < 0) == (row.side == "right")
        return (inside, out) if right_is_out else (out, inside)
    front, rear = ("palmar", "dorsal") if row.region == "hand" else ("anterior", "posterior")
    return (front, rear) if x[1] > 0 else (rear, front)


def captions(row: ViewRow, view: Camera) -> Captions:
    """Return what is written on a view: the patient's R and L stand where they are on the body."""
    x = float(view.to_view[0, 0])
    letter = {"right": "R", "left": "L"}
    if row.side is not None and (row.limb or row.region in ("hip", "shoulder", "jaw", "head_neck")):
        letters = (letter[row.side], "")
    elif row.aspect in letter:
        letters = (letter[row.aspect], "")
    else:
        letters = ("R", "L") if x > 0 else ("L", "R")
    words = edges(row, view)
    return Captions(row.title, ("", "") if set(words) == {"right", "left"} else words, letters)
