"""The bones of the right foot, from the talus to the toes, fitted into a figure's skin.

Everything is in mm, LPS, in the figure's body frame; the sole stands on the lowest skin. Hind- and midfoot move as
one block that keeps its arch; the metatarsals and the phalanges are carried joint to joint.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from .inside import Depth, kept_under, parted
from .joint_maps import Bools, JointMap, digit_end, digit_skin, end_of, even, joint_between, mended, slimmed
from .mesh import Floats, Mesh, joined, pieces, subdivided
from .skin import Skin
from .sources import BoneSource

UP = np.array([0.0, 0.0, 1.0])
BACK = np.array([0.0, 1.0, 0.0])

# The source's foot has its bones as loose pieces; which is which, by their place (most vertices first).
FOOT = (
    "calcaneus",
    "metatarsal_foot_1",
    "metatarsal_foot_2",
    "metatarsal_foot_3",
    "metatarsal_foot_4",
    "metatarsal_foot_5",
    "navicular",
    "cuboid",
    "cuneiform_medial",
    "cuneiform_lateral",
    "cuneiform_intermediate",
)
TARSALS = ("talus", "calcaneus", "navicular", "cuboid", *(n for n in FOOT if n.startswith("cuneiform")))
TOES = (
    "phalanx_foot_middle_2",
    "phalanx_foot_middle_3",
    "phalanx_foot_middle_4",
    "phalanx_foot_middle_5",
    "phalanx_foot_proximal_1",
    "phalanx_foot_proximal_2",
    "phalanx_foot_proximal_3",
    "phalanx_foot_proximal_4",
    "phalanx_foot_proximal_5",
    "phalanx_foot_distal_1",
    "phalanx_foot_distal_2",
    "phalanx_foot_distal_3",
    "phalanx_foot_distal_4",
    "phalanx_foot_distal_5",
)
BESIDE = {
    1: ("cuneiform_medial",),
    2: ("cuneiform_intermediate",),
    3: ("cuneiform_lateral",),
    4: ("cuboid",),
    5: ("cuboid",),
}
NEIGHBOURS = (
    ("navicular", "cuneiform_lateral"),
    ("navicular", "cuneiform_intermediate"),
    ("navicular", "cuneiform_medial"),
    ("cuneiform_medial", "cuneiform_intermediate"),
    ("cuneiform_intermediate", "cuneiform_lateral"),
    ("cuboid", "cuneiform_lateral"),
    *((near, f"metatarsal_foot_{k}") for k, names in BESIDE.items() for near in names),
)
SOLE = -944.0  # the source's lowest point of the heel bone, z
DOME = np.array([-83.5, 69.0, -878.0])  # the source's top of the talus
ANKLE = np.array([-83.5, 74.8, -892.0])  # the source's talocrural joint

# The figure's joints, as shares of the length of the foot: how far the true metatarsophalangeal joints lie behind
# the rig's, which are at the webs, and how high above the floor; and the soft parts under, behind and before.
BEHIND_RIG = {1: 0.024, 2: 0.032, 3: 0.042, 4: 0.050, 5: 0.076}
HEIGHT = {1: 0.074, 2: 0.066, 3: 0.062, 4: 0.058, 5: 0.054}
UNDER_HEEL, BEHIND_HEEL, PULP = 0.050, 0.034, 0.015
SECOND_METATARSAL = 0.28
OFF_TARSUS = 0.005  # how much further forward than in the source the metatarsals begin
INTO_MORTISE = 1.5  # mm that the source's talus lacks to stand between the malleoli
# smaller than life in the source
GROWTH = {
    "cuneiform_lateral": 1.18,
    "cuneiform_intermediate": 1.12,
    "cuneiform_medial": 1.05,
    "navicular": 1.03,
}


def rounded(mesh: Mesh, times: int) -> Mesh:
    """Return the mesh subdivided, without the shrinking that smoothing brings to a coarse one."""
    fine = subdivided(mesh, times)
    middle = fine.vertices.mean(axis=0)
    grown = np.ptp(mesh.vertices, axis=0) / np.ptp(fine.vertices, axis=0)
    return fine.moved(middle + (fine.vertices - middle) * (grown))


def _source(bones: BoneSource) -> dict[str, Mesh]:
    found = {"talus": bones.bone("talus")}
    found |= dict(zip(FOOT, pieces(bones.bone("foot")), strict=True))
    found |= dict(zip(TOES, pieces(bones.bone("bofoot")), strict=True))
    return {name: rounded(mended(mesh), 2) for name, mesh in found.items()}


def toe_skins(skin: Skin) -> dict[int, Bools]:
    """Return which vertices of the fine skin belong to each toe of the right foot, from its web to its tip."""
    length = _foot_length(skin)
    found = {}
    for k in range(1, 6):
        line = (skin.joints[f"r-toe-{k}-1"], skin.joints[f"r-toe-{k}-{3 if k == 1 else 4}"])
        widest = (0.085 if k == 1 else 0.055) * length
        found[k] = digit_skin(skin, skin.fine_part == 3, line, np.arange(0.0, 0.14, 0.008) * length, widest)
    return found


def _foot_points(skin: Skin) -> Floats:
    at = skin.mesh.vertices[skin.fine_part == 3]
    return np.asarray(at[at[:, 2] < skin.joints["r-ankle"][2]])


def _foot_length(skin: Skin) -> float:
    return float(np.ptp(_foot_points(skin)[:, 1]))


def fit_foot(bones: BoneSource, skin: Skin, depth: Depth, tibia_end: Floats | None) -> dict[str, Mesh]:
    """Return the bones of the right foot by name, mm LPS in the body frame, all of them under the skin.

    ``tibia_end`` (3,) is the centre of the talocrural joint, about which the foot turns: within the talus.
    """
    source = _source(bones)
    sole_skin = _foot_points(skin)
    length = _foot_length(skin)
    floor, heel = float(sole_skin[:, 2].min()), float(sole_skin[:, 1].max())
    rig = {(k, i): skin.joints[f"r-toe-{k}-{i}"] for k in range(1, 6) for i in range(1, 4 if k == 1 else 5)}
    chain = {k: [source[f"metatarsal_foot_{k}"], *(source[n] for n in _phalanges(k))] for k in range(1, 6)}
    start = {k: joint_between(chain[k][0], joined([source[n] for n in BESIDE[k]])) for k in chain}
    between = {
        k: [joint_between(a, b, share=0.03) for a, b in zip(c, c[1:], strict=False)] for k, c in chain.items()
    }
    # joints of the figure
    skins = toe_skins(skin)
    goal: dict[int, list[Floats]] = {}
    for k in chain:
        line = [rig[k, i] for i in range(1, 4 if k == 1 else 5)]
        ball = line[0] + BACK * BEHIND_RIG[k] * length
        ball[2] = floor + HEIGHT[k] * length
        inner = []
        for joint in line[1:-1]:  # halfway between the skin above and below
            column = sole_skin[np.linalg.norm(sole_skin[:, :2] - joint[:2], axis=1) < 4.0][:, 2]
            inner.append(np.array([joint[0], joint[1], (column.min() + column.max()) / 2]))
        tip = digit_end(skin.mesh.vertices[skins[k]], inner[-1], line[-1])
        ahead = (tip - inner[-1]) / np.linalg.norm(tip - inner[-1])
        goal[k] = [ball, *inner, tip - ahead * PULP * length]
    # hind- and midfoot
    calcaneus = source["calcaneus"].vertices
    back_from = float(calcaneus[:, 1].max())
    back_to = heel - BEHIND_HEEL * length
    under_to = floor + UNDER_HEEL * length
    base_to = goal[2][0][1] + SECOND_METATARSAL * length
    scale = (back_to - base_to) / (back_from - start[2][1])
    if tibia_end is None:
        tibia_end = skin.joints["r-ankle"].copy()
        tibia_end[2] = floor + 0.315 * length - scale * (DOME[2] - ANKLE[2])
    dome = tibia_end + scale * (DOME - ANKLE) + UP * INTO_MORTISE
    # the heel bone keeps its length: where the skin's heel is short, the talus gives way a little
    natural = back_to - scale * (back_from - DOME[1])
    dome[1] = np.clip(dome[1], natural - 5.0, natural + 5.0)
    upright = (dome[2] - under_to) / (DOME[2] - SOLE)
    across = 0.92 * scale
    lean = goal[2][0][0] - (dome[0] + across * (between[2][0][0] - DOME[0]))
    # the heel bone points to the middle of the heel
    heel_skin = sole_skin[(sole_skin[:, 1] > heel - 0.12 * length) & (sole_skin[:, 2] < floor + 0.2 * length)]
    tuber = calcaneus[calcaneus[:, 1] > back_from - 20.0]
    tuber_x = float(tuber[:, 0].min() + tuber[:, 0].max()) / 2
    heel_lean = float(heel_skin[:, 0].min() + heel_skin[:, 0].max()) / 2 - (
        dome[0] + across * (tuber_x - DOME[0])
    )
    lengthwise = CubicHermiteSpline(
        (start[2][1], DOME[1], back_from),
        (base_to, dome[1], back_to),
        (scale, scale, scale),
        extrapolate=False,
    )

    def block(at: Floats) -> Floats:
        y = np.asarray(lengthwise(np.clip(at[..., 1], start[2][1], back_from)))
        y = y + scale * np.minimum(at[..., 1] - start[2][1], 0.0)
        ahead = (DOME[1] - at[..., 1]) / (
            DOME[1] - between[2][0][1]
        )  # 0 under the tibia, 1 at the second toe
        inward = np.clip(
            1 - np.abs(ahead - 0.35) / 0.35, 0, 1
        )  # the midfoot's inner border lies close to the skin
        x = dome[0] + across * (at[..., 0] - DOME[0]) + ahead * lean - 0.012 * length * inward
        behind = np.clip((at[..., 1] - DOME[1]) / (back_from - 10.0 - DOME[1]), 0.0, 1.0)
        x = x + behind * (0.8 * heel_lean - ahead * lean)
        # the midfoot keeps its form even where the ankle stands high
        height = np.interp(ahead, (0.0, 0.5), (upright, min(upright, 1.05 * scale)))
        return np.stack([x, y, under_to + height * (at[..., 2] - SOLE)], axis=-1)

    found = {}
    for name in TARSALS:
        mesh = source[name]
        centre = mesh.vertices.mean(axis=0)
        if name == "talus":  # its trochlea is narrower than its body
            at = mesh.vertices.copy()
            high = np.clip((at[:, 2] - (DOME[2] - 14.0)) / 10.0, 0.0, 1.0)
            at[:, 0] += (DOME[0] - at[:, 0]) * 0.18 * high - 1.5
            mesh = mesh.moved(at)
        found[f"{name}_right"] = mesh.moved(block(centre + (mesh.vertices - centre) * GROWTH.get(name, 1.0)))
    for k, meshes in chain.items():
        ahead = between[k][-1] - between[k][-2]
        joint_from = [start[k], *between[k], end_of(meshes[-1], ahead / np.linalg.norm(ahead))]
        base = block(start[k])
        base += (goal[k][0] - base) * OFF_TARSUS * length / np.linalg.norm(goal[k][0] - base)
        joint_to = [base, *goal[k]]
        for i, (name, mesh) in enumerate(zip([f"metatarsal_foot_{k}", *_phalanges(k)], meshes, strict=True)):
            a, b, c, d = joint_from[i], joint_from[i + 1], joint_to[i], joint_to[i + 1]
            stretch = float(np.linalg.norm(d - c) / np.linalg.norm(b - a))
            thick = across * (float(np.sqrt(stretch / scale)) if i else 1.0)
            carry = JointMap((a, b), (c, d), (UP, UP), even(thick))
            found[f"{name}_right"] = mesh.moved(carry(mesh.vertices))
    _part(found)
    own_depth = _own_skin(skin, skins)
    for name, mesh in found.items():
        digit = name.split("_")[-2]
        if name.startswith("phalanx"):
            found[name] = slimmed(mesh, own_depth[digit], 2.2)
        else:
            found[name], _ = kept_under(mesh, own_depth["foot"], 4.0, reach=6.0)
    return found


def _part(found: dict[str, Mesh]) -> None:
    """Move neighbouring bones of the midfoot apart where they pass through each other; metatarsals stay."""
    for _ in range(4):
        for first, second in NEIGHBOURS:
            a, b = found[f"{first}_right"], found[f"{second}_right"]
            found[f"{first}_right"] = parted(a, b, 0.5, passes=1)
            if not second.startswith("metatarsal"):
                found[f"{second}_right"] = parted(b, a, 0.5, passes=1)


def _phalanges(toe: int) -> list[str]:
    parts = ("proximal", "distal") if toe == 1 else ("proximal", "middle", "distal")
    return [f"phalanx_foot_{part}_{toe}" for part in parts]


def _own_skin(skin: Skin, toes: dict[int, Bools]) -> dict[str, Depth]:
    """Return the depth under the skin of the foot, and under that of each toe with the foot behind it."""
    on_leg = skin.fine_part == 3
    foot = on_leg & ~np.any(np.stack(list(toes.values())), axis=0)
    return {"foot": Depth(skin.mesh, on_leg)} | {
        str(k): Depth(skin.mesh, foot | toe) for k, toe in toes.items()
    }
