"""Every bone but the sculpted low back placed into the figure: spine, ribs, skull, thigh and shin.

Each segment is placed by its ends: the joint centres of the figure, and the skin around it. What the placement
takes from published figures is listed in ``docs/anatomy-sources.md``; the atlas' tests check other figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from .inside import Depth, kept_under
from .mesh import MIRROR, Floats, Mesh, neighbour_mean, pieces, smoothed, subdivided, welded
from .skin import Skin, frame
from .sources import BoneSource, read_polydata

RIGHT = np.array([-1.0, 0.0, 0.0])
JOINT_SPACE = 3.0  # between the bones of the knee, mm
THORACIC = tuple(f"t{n}" for n in range(1, 13))
CERVICAL = tuple(f"c{n}" for n in range(1, 8))


@dataclass(frozen=True)
class Stand:
    """Where a figure's joints lie: numbers read off its skin, mm in the body frame (origin between the hip centres).

    ``knee`` is the centre of the knee's joint line, ``ankle`` that of the talocrural joint, both of the right side.
    """

    knee: tuple[float, float, float]
    ankle: tuple[float, float, float]
    knee_width: float  # across the femoral epicondyles
    shaft: float  # thickness of the shafts, 1 = as the source
    malleoli: float  # breadth at the malleoli, 1 = as the source


def segment(
    mesh: Mesh,
    start: tuple[Floats, Floats, Floats],
    end: tuple[Floats, Floats, Floats],
    *,
    across: tuple[float, float] = (1.0, 1.0),
    deep: tuple[float, float] = (1.0, 1.0),
) -> Mesh:
    """Return a long bone moved from one pair of joint centres to another.

    ``start`` and ``end`` are (upper joint, lower joint, a direction to the side). The length follows the joints;
    ``across`` and ``deep`` scale it sideways and front to back, at its upper and its lower end.
    """
    a, b, side = start
    source = frame(b - a, side)
    local = (mesh.vertices - a) @ source
    along = np.clip(local[:, 0] / np.linalg.norm(b - a), 0, 1)
    c, d, to_side = end
    target = frame(d - c, to_side)
    local[:, 0] *= np.linalg.norm(d - c) / np.linalg.norm(b - a)
    local[:, 1] *= across[0] + (across[1] - across[0]) * along
    local[:, 2] *= deep[0] + (deep[1] - deep[0]) * along
    return mesh.moved(local @ target.T + c)


def halved(mesh: Mesh) -> Mesh:
    """Return the mesh made exactly symmetric: its right half (x <= 0) and that half's mirror, sharing the midline."""
    vertices, faces = mesh.vertices, mesh.faces
    near = np.abs(vertices[:, 0]) < 0.3
    x = np.where(near, 0.0, vertices[:, 0])
    at = vertices.copy()
    at[near, 0] = 0.0
    points = list(at)
    made: dict[tuple[int, int], int] = {}

    def cut(p: int, q: int) -> int:
        key = (min(p, q), max(p, q))
        if key not in made:
            share = x[key[0]] / (x[key[0]] - x[key[1]])
            point = at[key[0]] + share * (at[key[1]] - at[key[0]])
            point[0] = 0.0
            made[key] = len(points)
            points.append(point)
        return made[key]

    kept: list[tuple[int, int, int]] = []
    for triangle in faces:
        polygon: list[int] = []
        for p, q in zip(triangle, np.roll(triangle, -1), strict=True):
            if x[p] <= 0:
                polygon.append(int(p))
            if x[p] * x[q] < 0:
                polygon.append(cut(int(p), int(q)))
        if len(polygon) >= 3 and any(x[p] < 0 for p in triangle):
            kept += [(polygon[0], polygon[i], polygon[i + 1]) for i in range(1, len(polygon) - 1)]
    right = Mesh(np.array(points), np.array(kept, dtype=np.int64))
    count = len(right.vertices)
    on_midline = right.vertices[:, 0] == 0
    partner = np.where(on_midline, np.arange(count), np.arange(count) + count)
    mirrored = right.vertices * MIRROR
    both = Mesh(
        np.concatenate([right.vertices, mirrored]),
        np.concatenate([right.faces, partner[right.faces[:, ::-1]]]),
    )

    return welded(both, within=0.01)


# ---------------------------------------------------------------- leg


def fit_leg(bones: BoneSource, hip: Floats, stand: Stand, depth: Depth) -> dict[str, Mesh]:
    """Return femur, patella, tibia and fibula of the right leg; ``hip`` (3,) is the hip joint's centre."""
    knee, ankle = np.array(stand.knee), np.array(stand.ankle)
    raw_hip, raw_knee = np.array([-83.5, 70.7, -66.1]), np.array([-83.5, 74.8, -462.0])
    raw_line = raw_knee - [0, 0, 29.5]  # the tibial plateau lies below the model's knee axis
    raw_ankle = np.array([-83.5, 74.8, -892.0])
    wide = stand.knee_width / 76.3  # across the epicondyles of the source
    to_line = (raw_hip, raw_line, RIGHT), (hip, knee, RIGHT)
    femur = subdivided(bones.bone("femur_r"), 2, through=0.7)
    femur = segment(femur, *to_line, across=(stand.shaft, wide), deep=(stand.shaft, wide * 0.98))
    size = stand.knee_width / 86
    shin = (raw_line, raw_ankle, RIGHT), (knee, ankle, RIGHT)
    under_femur = knee - [0, 8.0 * size, 0]  # the source's plateau is too deep, and far behind the condyles
    tibia = subdivided(bones.bone("tibia_r"), 3, through=0.7)
    tibia = segment(
        tibia,
        shin[0],
        (under_femur, ankle, RIGHT),
        across=(wide, stand.malleoli),
        deep=(wide * 0.87, stand.shaft),
    )
    fibula = smoothed(subdivided(bones.bone("fibula"), 3, through=0.4), 8)
    fibula = segment(fibula, *shin, across=(wide, stand.malleoli), deep=(wide, stand.shaft))
    made = {"femur_right": femur, "tibia_right": tibia, "fibula_right": fibula}
    made = {name: smoothed(kept_under(mesh, depth, 3.5)[0], 6) for name, mesh in made.items()}
    made["fibula_right"] = _rounded_tip(_raised_head(made["fibula_right"], 12.0 * wide / 1.13), 28.0)
    made["femur_right"] = _level(made["femur_right"], knee, knee[2], up=False)
    made["tibia_right"] = _level(made["tibia_right"], knee, knee[2] - JOINT_SPACE * size, up=True)
    made["tibia_right"] = _over_talus(made["tibia_right"], ankle, 7.0 * size)
    made["tibia_right"] = _with_malleolus(made["tibia_right"], 6.0 * size)
    made["patella_right"] = _patella(bones, made["femur_right"], knee, wide, depth)
    return made


def _level(mesh: Mesh, knee: Floats, height: float, *, up: bool) -> Mesh:
    """Return femur or tibia with both condyles (``up``: of the tibia) ending at a height, so that the joint is level.

    The legs of a figure stand apart, which would tilt the joint and open its outer side. Each condyle moves as a
    whole; the movement fades out over the shaft.
    """
    v = mesh.vertices
    beside, away = v[:, 0] - knee[0], np.abs(v[:, 2] - height)
    sign = 1.0 if up else -1.0
    ends = []
    for side in (-1.0, 1.0):
        condyle = (side * beside > 8) & (side * beside < 32) & (away < 40)
        ends.append(float((sign * v[condyle, 2]).max()) * sign)
    share = _smooth((beside + 14) / 28)
    by = height - (ends[0] + (ends[1] - ends[0]) * share)
    return mesh.moved(v + np.array([0.0, 0.0, 1.0]) * (by * _smooth((105 - away) / 60))[:, None])


def _smooth(share: Floats) -> Floats:
    """Return a share held within 0 to 1 that starts and ends gently."""
    share = np.clip(share, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _over_talus(tibia: Mesh, ankle: Floats, by: float) -> Mesh:
    """Return the tibia with the front of its lower end ``by`` mm lower: the source's gapes over the talus."""
    v = tibia.vertices
    front = 0.2 + 0.8 * _smooth((12 - (v[:, 1] - ankle[1])) / 20)
    near_end = _smooth((float(v[:, 2].min()) + 40 - v[:, 2]) / 32)
    return tibia.moved(v - np.array([0.0, 0.0, by]) * (front * near_end)[:, None])


def _with_malleolus(tibia: Mesh, length: float) -> Mesh:
    """Return the tibia with its medial malleolus drawn out below the joint, which the source's tibia lacks."""
    v = tibia.vertices
    low = float(v[:, 2].min())
    end = v[v[:, 2] < low + 12]
    medial, breadth = float(end[:, 0].max()), float(np.ptp(end[:, 0]))
    inward = np.clip((v[:, 0] - (medial - 0.34 * breadth)) / (0.22 * breadth), 0, 1)
    down = np.clip((low + 16 - v[:, 2]) / 16, 0, 1)
    back = np.clip(
        1 - np.abs(v[:, 1] - (end[:, 1].min() + 0.42 * np.ptp(end[:, 1]))) / (0.5 * np.ptp(end[:, 1])), 0, 1
    )
    share = (inward**2 * (3 - 2 * inward)) * down * np.sqrt(back)
    drawn = tibia.moved(v - np.array([0.0, 0.0, 1.0]) * (length * share)[:, None])
    return smoothed(drawn, 10)


def _raised_head(fibula: Mesh, by: float) -> Mesh:
    """Return the fibula with its head ``by`` mm higher: the source's lies nearly 3 cm below the joint line."""
    v = fibula.vertices
    share = np.clip(1 - (v[:, 2].max() - v[:, 2]) / 110, 0, 1)
    return fibula.moved(v + np.array([0.0, 0.0, by]) * (share * share * (3 - 2 * share))[:, None])


def _rounded_tip(mesh: Mesh, length: float) -> Mesh:
    """Return a bone with the lowest ``length`` mm smoothed: the source's fibula ends in a point and in ridges above."""
    mean = neighbour_mean(mesh)
    low, high = float(mesh.vertices[:, 2].min()), mesh.vertices[:, 2]
    share = np.clip((low + length - high) / (0.5 * length), 0, 1)[:, None]
    fading = _smooth((low + 3.5 * length - high) / (2 * length))[:, None]
    vertices = mesh.vertices
    for step in range(120):  # alternately in and out, which takes off ridges and keeps the breadth
        vertices = vertices + (0.5 if step % 2 == 0 else -0.52) * fading * (mean @ vertices - vertices)
    for _ in range(40):
        vertices = vertices + 0.6 * share * (mean @ vertices - vertices)
    lost = float(vertices[:, 2].min()) - low
    vertices = vertices - np.array([0.0, 0.0, 1.0]) * share * lost  # as long as before
    return mesh.moved(vertices)


def _patella(bones: BoneSource, femur: Mesh, knee: Floats, wide: float, depth: Depth) -> Mesh:
    """Return the patella over the groove of the femur, its lower pole just above the joint line, 4 mm under the skin."""
    raw = read_polydata(bones.folder / "pat.vtp")
    lps = np.stack([-raw.vertices[:, 2], -raw.vertices[:, 0], raw.vertices[:, 1]], axis=1) * 1000
    mesh = smoothed(subdivided(Mesh(lps, raw.faces), 2), 4)
    size = np.ptp(mesh.vertices, axis=0)
    scale = np.array([46.0, 22.0, 45.0]) / size * (wide / 1.13)
    at = (mesh.vertices - (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2) * scale
    front = femur.vertices[np.abs(femur.vertices[:, 2] - knee[2] - 38) < 6]
    middle = np.array([knee[0], 0.0, knee[2] + 4.0 + 22.5 * wide / 1.13])
    near = front[np.abs(front[:, 0] - knee[0]) < 14]
    middle[1] = near[:, 1].min() - 0.5 * 22 * wide / 1.13 - 1.0
    placed = mesh.moved(at + middle)
    too_deep = float(depth(placed.vertices).min()) - 4.0
    return placed.moved(
        placed.vertices + np.array([0.0, min(0.0, -too_deep) if too_deep > 0 else -too_deep, 0.0])
    )


# ---------------------------------------------------------------- spine and thorax


@dataclass(frozen=True)
class Vertebra:
    """A vertebra of the source: its mesh, the centre of its body and its place in the column."""

    mesh: Mesh
    centre: Floats


def source_spine(bones: BoneSource) -> dict[str, Vertebra]:
    """Return the source's vertebrae c1..l5, each with the centre of its body (of the atlas: of the dens behind its arch)."""
    found = (p for p in pieces(bones.bone("hat_spine")) if len(p.vertices) > 100)  # smaller ones are discs
    whole = sorted(found, key=lambda p: -float(p.vertices[:, 2].mean()))
    names = [*CERVICAL, *THORACIC, *(f"l{n}" for n in range(1, 6))]
    spine = {}
    for number, (name, mesh) in enumerate(zip(names, whole, strict=True)):
        half_depth = float(np.interp(number, [0, 6, 18, 23], [8, 8.5, 15, 17]))
        middle = mesh.vertices[np.abs(mesh.vertices[:, 0]) < 12]
        front = float(middle[:, 1].min())
        body = middle[middle[:, 1] < front + 1.2 * half_depth][:, 2]
        spine[name] = Vertebra(mesh, np.array([0.0, front + half_depth, float(body.min() + body.max()) / 2]))
    spine["c7"] = _prominent(spine["c6"], spine["c7"].centre)
    return spine


PROMINENCE = 1.25  # how much longer than that of C6 the spinous process of C7 is, behind its lamina


def _prominent(c6: Vertebra, centre: Floats) -> Vertebra:
    """Return C7 made of C6: larger, its spinous process longer, thicker at its end and not forked.

    The source's own C7 is its T1 with shorter transverse processes.
    """
    v = (c6.mesh.vertices - c6.centre) * np.array([1.08, 1.02, 1.06])
    behind = np.clip(v[:, 1] - 22.0, 0.0, None)
    process = np.clip((11 - np.abs(v[:, 0])) / 4, 0, 1) * np.clip(behind / 8, 0, 1)
    end = process * np.clip((v[:, 1] - 40) / 10, 0, 1)
    fork = np.clip(1 - np.abs(v[:, 0]) / 3.5, 0, 1) * np.clip((v[:, 1] - 42) / 4, 0, 1)
    v[:, 1] += process * (PROMINENCE - 1) * behind + 6.0 * fork
    v[:, 2] -= 0.02 * process * behind
    middle = float(np.average(v[:, 2], weights=end + 1e-9))
    v[:, 2] += 0.35 * end * (v[:, 2] - middle)
    return Vertebra(c6.mesh.moved(v + centre), centre)


@dataclass(frozen=True)
class Column:
    """Where the spine above the lumbar part stands: heights in mm of the body frame.

    ``top`` centre of the atlas, ``neck`` lower end plate of C7, ``waist`` (3,) upper end plate of T12.
    """

    top: float
    neck: float
    waist: Floats


TIP_UNDER_SKIN = {
    "c1": 30.0, "c2": 23.0, "c3": 25.0, "c4": 25.0, "c5": 21.0, "c6": 15.0, "c7": 9.0,
    **dict.fromkeys(THORACIC, 9.5),
}  # fmt: skip


MASTOID = np.array([-46.0, 106.5, 586.0])  # tip of the source's mastoid process
ATLAS_BEFORE_MASTOID = 5.0  # mm

SPINOUS_SLOPE = {
    "t9": 0.85,
    "t10": 0.65,
    "t11": 0.45,
}  # the source's slope as much as those above them; they do not


def _back_profile(skin: Skin) -> CubicSpline:
    """Return the skin's posterior midline as y of z."""
    v = skin.mesh.vertices
    midline = v[(np.abs(v[:, 0]) < 4) & (v[:, 2] > -60)]
    heights = np.arange(-50.0, float(v[:, 2].max()) - 20, 8.0)
    return CubicSpline(heights, [midline[np.abs(midline[:, 2] - z) < 6][:, 1].max() for z in heights])


def fit_spine(
    spine: dict[str, Vertebra], column: Column, skin: Skin, depth: Depth
) -> tuple[dict[str, Mesh], dict[str, Floats]]:
    """Return the vertebrae c1..t11 and, by name, the centres of their bodies.

    Heights: the source's own proportions between the three heights of ``column``. Front to back: the spinous
    tips lie a set depth under the skin of the back, the curve smoothed so that neighbours do not jump.
    """
    names = [*CERVICAL, *THORACIC[:-1]]
    raw = np.array([spine[n].centre for n in [*names, "t12"]])
    gaps = -np.diff(raw[:, 2])
    edge_c7, edge_t11 = raw[6, 2] - gaps[6] * 0.5, raw[17, 2] - gaps[17] * 0.5
    height = np.empty(len(names))
    height[:7] = column.neck + (raw[:7, 2] - edge_c7) / (raw[0, 2] - edge_c7) * (column.top - column.neck)
    rest = (raw[7:18, 2] - edge_t11) / (edge_c7 - edge_t11)
    height[7:] = column.waist[2] + rest * (column.neck - column.waist[2])
    scale = np.gradient(height) / np.gradient(raw[:-1, 2])
    back = _back_profile(skin)
    forward = np.empty(len(names))
    for i, name in enumerate(names):
        v = spine[name].mesh.vertices - spine[name].centre
        tip = v[np.abs(v[:, 0]) < 8]
        tip = tip[tip[:, 1].argmax()]
        forward[i] = float(back(height[i] + scale[i] * tip[2])) - TIP_UNDER_SKIN[name] - tip[1]
    forward[0] = forward[1]  # the atlas turns about the dens of the axis
    ends = np.concatenate([[2 * forward[0] - forward[1]], forward, [column.waist[1]] * 2])
    forward = gaussian_filter1d(ends, 1.1, mode="nearest")[1:-2]
    step = column.waist[1] + 4.0 - forward[-1]  # the lowest three lead over to the lumbar spine
    forward[-3:] += step * np.array([0.25, 0.5, 0.8])
    # the neck leans until the transverse processes of the atlas lie just before the mastoid ones
    atlas = spine["c1"].mesh.vertices - spine["c1"].centre
    side = float(forward[0] + atlas[np.abs(atlas[:, 0]).argmax(), 1])
    mastoid = float(_head_map(skin)(MASTOID[None])[0, 1])
    forward[:7] += (mastoid - ATLAS_BEFORE_MASTOID - side) * np.linspace(1, 0, 7)
    centres = np.stack([np.zeros(len(names)), forward, height], axis=1)
    lean_raw = np.arctan(np.gradient(raw[:-1, 1]) / np.gradient(raw[:-1, 2]))
    lean = np.arctan(np.gradient(forward) / np.gradient(height))
    meshes = {}
    for i, name in enumerate(names):
        share = 0.55 if name in CERVICAL else 1.0  # the neck's spinous processes would meet
        turn = -share * (lean[i] - lean_raw[i])  # about x: y towards z
        cosine, sine = np.cos(turn), np.sin(turn)
        rotation = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
        local = (spine[name].mesh.vertices - spine[name].centre) * np.array([1.0, 1.0, scale[i]])
        spinous = np.clip((8 - np.abs(local[:, 0])) / 4, 0, 1) * np.clip((local[:, 1] - 18) / 14, 0, 1)
        local[:, 2] *= 1 + (SPINOUS_SLOPE.get(name, 1.0) - 1) * np.where(local[:, 2] < 0, spinous, 0)
        placed = spine[name].mesh.moved(local @ rotation.T + centres[i])
        meshes[name] = halved(kept_under(subdivided(placed, 2, through=0.8), depth, 5.0)[0])
    return meshes, dict(zip(names, centres, strict=True))


RIBS_LEAVE = 150.0  # where, front to back, the ribs of the source leave its spine, mm
RIB_SLOPE = 0.55  # how much a rib of the source falls for each mm it runs forward
RIB_DEPTH, STERNUM_DEPTH = 14.0, 8.0  # under the skin: ribs at the side of the chest, sternum in front, mm


@dataclass(frozen=True)
class _Chest:
    """How the source's chest moves into the figure: with the vertebrae, widened and deepened level by level."""

    level: Floats  # heights of the source's vertebrae t12..t1
    back: Floats  # how far each moves backward
    up: Floats  # how far each moves up
    wide: Floats
    deep: Floats
    lower: float  # how far the lower margin sinks
    front: float  # how far the sternum sinks

    def level_of(self, vertices: Floats) -> Floats:
        """Return the height on the spine that the rib through each point comes from."""
        along = vertices[:, 2] + RIB_SLOPE * np.clip(RIBS_LEAVE - vertices[:, 1], 0, None)
        return np.clip(along, self.level[0], self.level[-1])

    def moved(self, mesh: Mesh) -> Mesh:
        """Return a rib or the sternum in the figure."""
        v = mesh.vertices
        level = self.level_of(v)
        sinking = np.clip((360 - v[:, 2]) / 150, 0, 1) * np.clip((165 - v[:, 1]) / 110, 0, 1)
        x = v[:, 0] * PchipInterpolator(self.level, self.wide)(level)
        forward = (v[:, 1] - RIBS_LEAVE) * PchipInterpolator(self.level, self.deep)(level)
        y = RIBS_LEAVE + forward + PchipInterpolator(self.level, self.back)(level)
        z = v[:, 2] + PchipInterpolator(self.level, self.up)(level) - self.lower * sinking
        z -= (
            self.front
            * np.interp(v[:, 2], [330, 430], [0.4, 1])
            * np.clip((RIBS_LEAVE - v[:, 1]) / 110, 0, 1)
        )
        return mesh.moved(np.stack([x, y, z], axis=1))


def fit_ribs(
    bones: BoneSource, spine: dict[str, Vertebra], centres: dict[str, Floats], depth: Depth
) -> dict[str, Mesh]:
    """Return rib_1_right .. rib_12_right and the sternum with the costal cartilages (``sternum``).

    Every point moves with the vertebra its rib comes from, so ribs keep their joints; then the cage is widened
    and deepened to the figure's chest.
    """
    sternum, *rest = pieces(bones.bone("hat_ribs"))
    ribs = sorted(
        (p for p in rest if p.vertices[:, 0].mean() < 0), key=lambda p: -float(p.vertices[:, 2].max())
    )
    before = np.array([spine[t].centre for t in THORACIC[::-1]])
    after = np.array([centres[t] for t in THORACIC[::-1]])
    tall = float(np.ptp(after[:, 2]) / np.ptp(before[:, 2]))
    shift = after - before
    chest = _Chest(before[:, 2], shift[:, 1], shift[:, 2], np.ones(12), np.ones(12), 16.0 * tall, 24.0 * tall)
    for _ in range(12):
        chest = _nearer(chest, sternum, ribs, depth)
    made = {}
    for number, rib in enumerate(ribs, start=1):
        placed = kept_under(subdivided(chest.moved(rib), 2, through=0.4), depth, 6.0)[0]
        made[f"rib_{number}_right"] = placed
    made["sternum"] = halved(kept_under(subdivided(chest.moved(sternum), 1, through=0.8), depth, 6.0)[0])
    return made


def _nearer(chest: _Chest, sternum: Mesh, ribs: list[Mesh], depth: Depth) -> _Chest:
    """Return the chest one step nearer to the depths that ribs and sternum shall have under the skin."""
    levels, grow = [], []
    for rib in ribs[2:10]:
        v = chest.moved(rib).vertices
        outermost = v[:, 0] < np.quantile(v[:, 0], 0.06)
        levels.append(float(np.median(chest.level_of(rib.vertices))))
        grow.append(float(np.clip(depth(v[outermost]).min() - RIB_DEPTH, -10, 10)) / 130)
    order = np.argsort(levels)
    step = np.interp(chest.level, np.array(levels)[order], np.array(grow)[order])
    wide = np.clip(gaussian_filter1d(chest.wide * (1 + step), 1.0, mode="nearest"), 0.8, 1.15)
    level = chest.level_of(sternum.vertices)
    front, room = chest.moved(sternum).vertices, np.zeros(12)
    under = depth(front)
    for i, at in enumerate(chest.level):
        here = np.abs(level - at) < 22
        if here.sum() > 20:
            room[i] = np.quantile(under[here], 0.04) - STERNUM_DEPTH
    deeper = gaussian_filter1d(np.clip(room, -10, 10) / 140, 1.0, mode="nearest")
    return replace(chest, wide=wide, deep=np.clip(chest.deep * (1 + deeper), 0.75, 1.2))


# ---------------------------------------------------------------- head


def _head_depth(skin: Skin, outer: NDArray[np.bool_]) -> Depth:
    """Return the depth under the head's skin, leaving out eyes, lips and ears, behind which bone lies differently."""
    v, j = skin.mesh.vertices, skin.joints
    across, up = np.abs(v[:, 0]), v[:, 2]
    eye, mouth = j["r-eye"], j["tongue-4"][2] + 5
    eyes = (np.abs(across + eye[0]) < 20) & (np.abs(up - eye[2]) < 13) & (v[:, 1] < eye[1] + 25)
    lips = (across < 34) & (np.abs(up - mouth) < 14) & (v[:, 1] < eye[1] + 60)
    nostrils = (across < 22) & (up > mouth + 10) & (up < eye[2] - 8) & (v[:, 1] < eye[1] + 20)
    ears = (across > np.interp(up, [eye[2] - 60, eye[2] + 40], [66, 74])) & (
        np.abs(v[:, 1] - eye[1] - 85) < 45
    )
    return Depth(skin.mesh, outer & ~(eyes | lips | nostrils | ears))


@dataclass(frozen=True)
class _HeadMap:
    """How the source's skull and jaw move into the figure's head; points (N, 3) of the source, mm.

    The face follows the skin's eyes, mouth and chin; behind it the base of the skull keeps the vault's scale.
    """

    brow: float
    eye: float
    deep: float
    wide: float
    tall: float
    face: PchipInterpolator

    def __call__(self, at: Floats) -> Floats:
        base = _rise(at[:, 1], 80, 108) * _rise(637 - at[:, 2], 0, 20)
        height = (1 - base) * self.face(at[:, 2]) + base * (self.eye + (at[:, 2] - 637) * self.tall)
        cheeks = _rise(at[:, 1], 40, 72) * _rise(155 - at[:, 1], 0, 35) * _rise(665 - at[:, 2], 0, 35)
        angle = _rise(at[:, 1], 58, 80) * _rise(106 - at[:, 1], 0, 10) * _rise(598 - at[:, 2], 0, 26)
        across = at[:, 0] * self.wide * (1 + BASE_WIDER * cheeks + ANGLE_WIDER * angle)
        return np.stack([across, self.brow + 6 + (at[:, 1] - 18) * self.deep, height], axis=1)


BASE_WIDER, ANGLE_WIDER = (
    0.10,
    0.08,
)  # skull base, cheek bones and rami; angles of the jaw: beyond the source's


def _rise(at: Floats, low: float, high: float) -> Floats:
    """Return a smooth step from 0 at ``low`` to 1 at ``high``."""
    share = np.clip((at - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _head_map(skin: Skin) -> _HeadMap:
    """Return the map of the head: eyes, mouth, chin, crown, brow and occiput of bone under those of the skin."""
    v, j = skin.mesh.vertices, skin.joints
    midline = v[np.abs(v[:, 0]) < 4]
    eye = float(j["r-eye"][2])
    crown = float(v[:, 2].max())
    chin = midline[(midline[:, 1] < j["jaw"][1] + 12) & (midline[:, 2] > j["jaw"][2] - 40)]
    head = midline[midline[:, 2] > eye]
    brow = head[np.abs(head[:, 2] - eye - 20) < 5][:, 1].min()
    occiput = v[(v[:, 2] > eye - 20) & (np.abs(v[:, 0]) < 20)][:, 1].max()
    above_ears = v[np.abs(v[:, 2] - (eye + 0.55 * (crown - eye))) < 4]
    low, mouth, top = chin[:, 2].min() + 6, j["tongue-4"][2] + 6, crown - 6.5
    face = PchipInterpolator(
        [500.0, 541.0, 577.0, 637.0, 732.0, 760.0], [low - 46, low, mouth, eye, top, top + 30]
    )
    deep = (occiput - 7 - (brow + 6)) / (182 - 18)
    wide = (np.ptp(above_ears[:, 0]) / 2 - 6) / 70
    return _HeadMap(float(brow), eye, float(deep), float(wide), (top - eye) / (732 - 637), face)


def fit_head(bones: BoneSource, skin: Skin, outer: NDArray[np.bool_]) -> dict[str, Mesh]:
    """Return skull and jaw, carried into the head and kept under its skin."""
    depth = _head_depth(skin, outer)
    placed = _head_map(skin)
    jaw = bones.bone("hat_jaw")
    ramus = jaw.vertices.copy()  # the source's jaw stands 8 mm too high in its joint, its teeth closed
    ramus[:, 2] = np.where(ramus[:, 2] > 585, 585 + 0.78 * (ramus[:, 2] - 585), ramus[:, 2])
    made = {}
    for name, source in (("skull", bones.bone("hat_skull")), ("jaw", jaw.moved(ramus))):
        moved = source.moved(placed(source.vertices))
        made[name] = halved(kept_under(moved, depth, 3.5, passes=5, reach=8.0)[0])
    return made
