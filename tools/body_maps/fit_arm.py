"""The bones of the right arm, from the scapula to the fingertips, fitted into a figure's skin.

Everything is in mm, LPS, in the figure's body frame. The source's arm hangs with its palm forward, as the figure's.
Each bone is carried joint to joint; the joints are found in the skin, since those of the skin's rig are approximate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import least_squares
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from .inside import Depth, kept_under
from .joint_maps import (
    Bools,
    JointMap,
    Knots,
    digit_end,
    digit_skin,
    end_of,
    even,
    joint_between,
    mended,
    section,
    slimmed,
)
from .mesh import Floats, Mesh, joined, pieces, smoothed, subdivided, vertex_normals
from .skin import REFERENCE, Skin, frame, shortest
from .sources import BoneSource

FRONT = np.array([0.0, -1.0, 0.0])
UP = np.array([0.0, 0.0, 1.0])

# Places in the source, mm LPS: read off its meshes.
HEAD = np.array([-170.4, 17.6, 793.9])  # centre of the sphere through the humeral head
HEAD_RADIUS = 22.9
ELBOW = np.array(
    [-160.0, 11.5, 501.0]
)  # middle between the epicondyles, on the axis of trochlea and capitulum
EPICONDYLES = 64.6  # distance between the two
OLECRANON = 28.5  # how far it stands behind the axis
WRIST = np.array([-223.5, 4.5, 257.0])  # middle between the styloids
STYLOIDS = 45.5  # breadth of both forearm bones at the wrist
# In the source the forearm bones gape a little; how far each comes nearer its neighbours at the elbow and at the wrist.
NEARER = {
    "radius": (np.array([0.0, 0.0, 3.0]), np.array([0.5, 0.0, 0.0])),
    "ulna": (np.array([0.0, -0.5, 1.0]), np.array([-4.5, 0.0, 0.0])),
}
CLAVICLE = (np.array([-27.2, -4.3, 804.7]), np.array([-144.6, 19.9, 826.3]))  # sternal, acromial end
CLOSER = np.array([-4.0, 0.0, 0.0])  # clavicle and acromion gape in the source: how much nearer they come

# Where the joints lie in the skin: shares and mm, judged on both figures.
ELBOW_SHARE = 0.533  # of the way from the shoulder to the wrist
DELTOID = 19.0  # mm of soft parts over the greater tubercle
SUBCUTANEOUS = 7.0  # mm of skin and fat over the clavicle
ABOVE_HEAD = 48.0  # mm from the centre of the humeral head to the skin above, on a shoulder of full size

SCAPULA = {
    "socket": np.array([-142.0, 33.0, 789.0]),
    "acromion": np.array([-169.5, 31.0, 827.0]),  # its outer edge
    "acromion_front": np.array([-152.0, 17.1, 830.4]),  # beside the end of the clavicle
    "acromion_back": np.array([-164.0, 52.6, 825.5]),
    "spine": np.array([-117.5, 74.8, 825.6]),
    "root": np.array([-62.0, 93.0, 812.0]),
    "border": np.array([-57.0, 102.0, 775.0]),
    "upper": np.array([-75.0, 63.5, 842.0]),
    "lower": np.array([-85.0, 114.0, 703.0]),
}
ROOT_ASIDE = 86.0  # mm from the midline to the root of the spine, on a figure of REFERENCE height
# The source's coracoid process droops and leans outward: where its tip lies instead, mm medial, back and up.
CORACOID_TIP = np.array([7.0, 3.0, 20.0])
SOCKET_FACES = np.array([-0.87, -0.47, 0.15])

CARPALS = ("scaphoid", "lunate", "triquetrum", "pisiform", "trapezium", "trapezoid", "capitate", "hamate")
CARPAL_GROWTH = 1.04
APART = {
    "triquetrum": np.array([-1.5, 0.0, 1.0]),
    "pisiform": np.array([-1.0, 0.5, 1.0]),
}  # nearer the lunate
FINGERS = {
    1: ("arm_r_1mc", "arm_r_thumbprox", "arm_r_thumbdist"),
    2: ("arm_r_2mc", "arm_r_2proxph", "arm_r_2midph", "arm_r_2distph"),
    3: ("arm_r_3mc", "arm_r_3proxph", "arm_r_3midph", "arm_r_3distph"),
    4: ("arm_r_4mc", "arm_r_4proxph", "arm_r_4midph", "arm_r_4distph"),
    5: ("arm_r_5mc", "arm_r_5proxph", "arm_r_5midph", "arm_r_5distph"),
}
# How far the joints of the fingers lie from those of the rig, as shares of the rig's hand (wrist to middle knuckle):
# along the finger, positive towards its tip. The rig's knuckles are at the webs, the true ones nearer the wrist.
KNUCKLES = {1: 0.05, 2: -0.068, 3: -0.055, 4: -0.064, 5: -0.068}
MIDDLE_JOINT, LAST_JOINT = 0.012, 0.020
THUMB_OFF_WEB = 0.02
PULP = 0.034  # soft parts beyond the last bone


@dataclass(frozen=True)
class ArmJoints:
    """The right arm's joints in the figure, mm LPS, and the sizes of its bones against the source's."""

    shoulder: Floats
    elbow: Floats
    wrist: Floats
    elbow_scale: float
    wrist_scale: tuple[float, float]  # front to back, side to side


def arm_joints(skin: Skin) -> ArmJoints:
    """Return the right arm's joint centres, found in the skin from the rig's approximate ones."""
    rig_shoulder, rig_elbow, rig_wrist = (skin.joints[f"r-{name}"] for name in ("shoulder", "elbow", "hand"))
    arm = skin.mesh.vertices[skin.fine_part == 1]
    fore = frame(rig_wrist - rig_elbow, FRONT)
    elbow_breadth = float(np.ptp(section(arm, rig_elbow, fore)[1]))
    scale = 0.83 * elbow_breadth / EPICONDYLES
    at_wrist = section(arm, rig_wrist, fore)
    wrist = rig_wrist + fore[:, 1:] @ at_wrist.mean(axis=1)
    wrist_scale = (0.62 * float(np.ptp(at_wrist[0])) / 25.0, 0.86 * float(np.ptp(at_wrist[1])) / STYLOIDS)
    # the humeral head: under the outer contour of the shoulder and under its top
    upper = frame(rig_elbow - rig_shoulder, FRONT)
    outer = section(arm, rig_shoulder, upper)[1, 1]
    shoulder = rig_shoulder + upper[:, 2] * (outer - 26.0 * scale - DELTOID)
    over = np.linalg.norm(skin.mesh.vertices[:, :2] - shoulder[:2], axis=1) < 8.0
    top = float(skin.mesh.vertices[over & (skin.mesh.vertices[:, 2] > shoulder[2] - 20)][:, 2].max())
    shoulder = np.array([shoulder[0], shoulder[1] + 2.0, top - ABOVE_HEAD * scale])
    elbow = shoulder + ELBOW_SHARE * (wrist - shoulder)
    near = rig_elbow + fore[:, 0] * ((elbow - rig_elbow) @ fore[:, 0])
    (back, _), (inner, outer_side) = section(arm, near, fore)
    elbow = near + fore[:, 1] * (back + OLECRANON * scale + 5.0) + fore[:, 2] * (inner + outer_side) / 2
    return ArmJoints(shoulder, elbow, wrist, scale, wrist_scale)


def _humerus(bones: BoneSource, joints: ArmJoints) -> tuple[Mesh, JointMap]:
    scale = joints.elbow_scale
    carry = JointMap(
        (HEAD, ELBOW),
        (joints.shoulder, joints.elbow),
        (FRONT, FRONT),
        even(scale),
        ends=(0.12, 0.16),
        end_scale=(scale, scale),
    )
    source = mended(bones.bone("arm_r_humerus"))
    return subdivided(source.moved(carry(source.vertices)), 2), carry


def _forearm(bones: BoneSource, joints: ArmJoints) -> dict[str, Mesh]:
    at_elbow = joints.elbow_scale
    front, side = joints.wrist_scale
    across: tuple[Knots, Knots] = (
        ((0.0, at_elbow), (0.25, at_elbow), (1.0, front)),
        ((0.0, at_elbow), (0.25, at_elbow), (1.0, side)),
    )
    carry = JointMap(
        (ELBOW, WRIST),
        (joints.elbow, joints.wrist),
        (FRONT, FRONT),
        across,
        ends=(0.15, 0.1),
        end_scale=(at_elbow, (front + side) / 2),
    )
    found = {}
    for name in ("radius", "ulna"):
        source = mended(bones.bone(f"arm_r_{name}"))
        share = np.clip((ELBOW[2] - source.vertices[:, 2]) / (ELBOW[2] - WRIST[2]), 0.0, 1.0)[:, None]
        at_rest = source.vertices + (1 - share) * NEARER[name][0] + share * NEARER[name][1]
        source = source.moved(at_rest)
        found[f"{name}_right"] = smoothed(subdivided(source.moved(carry(source.vertices)), 2), 2)
    return found


def _hand(bones: BoneSource, skin: Skin, joints: ArmJoints) -> dict[str, Mesh]:
    source = {n: mended(bones.bone(f"arm_r_{n}")) for n in CARPALS}
    fingers = {k: [mended(bones.bone(name)) for name in names] for k, names in FINGERS.items()}
    rig = {(k, i): skin.joints[f"r-finger-{k}-{i}"] for k in FINGERS for i in range(1, 5)}
    wrist = joints.wrist
    size = float(np.linalg.norm(rig[3, 1] - wrist))
    # joints of the source: where neighbouring bones come nearest
    beside = {1: ("trapezium",), 2: ("trapezoid",), 3: ("capitate",), 4: ("hamate",), 5: ("hamate",)}
    start = {k: joint_between(fingers[k][0], joined([source[n] for n in beside[k]])) for k in FINGERS}
    between_bones = {
        k: [joint_between(a, b) for a, b in zip(f, f[1:], strict=False)] for k, f in fingers.items()
    }
    # joints of the figure
    skins = finger_skins(skin)
    goal: dict[int, list[Floats]] = {}
    for k in FINGERS:
        first = 1 if k > 1 else 2
        line = [rig[k, i] for i in range(first, 5)]
        ahead = [(b - a) / np.linalg.norm(b - a) for a, b in zip(line, line[1:], strict=False)]
        shift = [KNUCKLES[k], MIDDLE_JOINT, LAST_JOINT] if k > 1 else [KNUCKLES[k], LAST_JOINT]
        if k > 1:  # a knuckle moves along its metacarpal, towards the wrist
            ahead[0] = (line[0] - wrist) / np.linalg.norm(line[0] - wrist)
        goal[k] = [p + d * s * size for p, d, s in zip(line, ahead, shift, strict=False)]
        own = skin.mesh.vertices[skins[k]]
        goal[k].append(digit_end(own, line[-2], line[-1]) - ahead[-1] * PULP * size)
        for i in range(1, len(goal[k]) - 1):  # the joints within the finger: in the middle of its skin
            axes = frame(ahead[i], FRONT)
            goal[k][i] = goal[k][i] + axes[:, 1:] @ section(own, goal[k][i], axes, apart=25.0).mean(axis=1)
    # the thumb's first joint keeps clear of the fold of its web
    thumb = (goal[1][1] - goal[1][0]) / np.linalg.norm(goal[1][1] - goal[1][0])
    away = goal[1][0] - goal[2][0]
    away -= (away @ thumb) * thumb
    goal[1][0] = goal[1][0] + away * THUMB_OFF_WEB * size / np.linalg.norm(away)
    # the wrist's bones move as one block; its breadth follows the hand's
    palm = frame(goal[3][0] - wrist, FRONT)
    source_palm = frame(between_bones[3][0] - WRIST, FRONT)
    reach = float(np.linalg.norm(goal[3][0] - wrist))
    carpus = 0.345 * reach / float((start[3] - WRIST) @ source_palm[:, 0])
    block = JointMap(
        (WRIST, WRIST + source_palm[:, 0]),
        (wrist, wrist + palm[:, 0] * carpus),
        (FRONT, FRONT),
        (((0.0, 0.9 * carpus),), ((0.0, 0.9 * carpus),)),
    )
    found = {}
    for n, mesh in source.items():
        # the source's carpal bones stand apart: each grows around its own middle
        middle = mesh.vertices.mean(axis=0)
        found[f"{n}_right"] = mesh.moved(
            block(middle + (mesh.vertices - middle) * CARPAL_GROWTH + APART.get(n, 0.0))
        )
    broad = 0.88 * carpus
    for k, chain in fingers.items():
        joint_from = [start[k], *between_bones[k]]
        last = chain[-1]
        along = between_bones[k][-1] - between_bones[k][-2]
        joint_from.append(end_of(last, along / np.linalg.norm(along)))
        joint_to = [block(start[k]), *goal[k]]
        names = [f"metacarpal_{k}", f"phalanx_proximal_{k}", f"phalanx_middle_{k}", f"phalanx_distal_{k}"]
        if k == 1:
            del names[2]
        for i, (name, mesh) in enumerate(zip(names, chain, strict=True)):
            a, b = joint_from[i], joint_from[i + 1]
            c, d = joint_to[i], joint_to[i + 1]
            towards = FRONT
            if k == 1:
                turn = palm @ source_palm.T
                towards = shortest(turn @ (b - a), d - c) @ turn @ FRONT
            stretch = float(np.linalg.norm(d - c) / np.linalg.norm(b - a))
            across = float(np.sqrt(broad * stretch)) if i else broad
            carry = JointMap((a, b), (c, d), (FRONT, towards), even(across))
            found[f"{name}_right"] = mesh.moved(carry(mesh.vertices))
    return found


def _levels(skin: Skin, thorax: dict[str, Mesh] | None) -> tuple[float, float]:
    """Return the heights (mm) of the tips of the spinous processes of T3 and T7."""
    if thorax and "t3" in thorax and "t7" in thorax:
        heights = []
        for name in ("t3", "t7"):
            vertices = thorax[name].vertices
            heights.append(float(vertices[np.argsort(vertices[:, 1])[-4:], 2].mean()))
        return heights[0], heights[1]
    notch = skin.joints["r-clavicle"][2]
    return 0.978 * notch, 0.784 * notch


def _source_scapula(bones: BoneSource) -> Mesh:
    """Return the source's scapula with its coracoid process raised."""
    mesh = bones.bone("ground_r_scapula")
    v = mesh.vertices
    beyond_root = np.clip((22.0 - v[:, 1]) / 26.0, 0, 1)
    on_process = np.clip((v[:, 0] + 148.0) / 4.0, 0, 1) * np.clip((819.0 - v[:, 2]) / 3.0, 0, 1)
    return mesh.moved(v + CORACOID_TIP * (beyond_root * on_process)[:, None])


def _scapula(
    bones: BoneSource, skin: Skin, depth: Depth, joints: ArmJoints, thorax: dict[str, Mesh] | None
) -> Mesh:
    """Return the scapula: turned, moved and scaled as a whole until its socket, border and spine lie as they should."""
    source = _source_scapula(bones)
    third, seventh = _levels(skin, thorax)
    size = joints.elbow_scale
    marks = np.stack(list(SCAPULA.values()))
    names = list(SCAPULA)
    flat = source.vertices[(source.vertices[:, 2] < 800) & (source.vertices[:, 0] > -125)]
    wall = _Wall(thorax) if thorax and "rib_5_right" in thorax else None
    gap = HEAD_RADIUS * size + 4.0
    share = float(np.ptp(skin.mesh.vertices[:, 2])) / REFERENCE

    def place(parameters: Floats, at: Floats) -> Floats:
        turn = Rotation.from_rotvec(parameters[:3]).as_matrix() * float(np.exp(parameters[6]))
        return np.asarray((at - SCAPULA["socket"]) @ turn.T + joints.shoulder + 30.0 * parameters[3:6])

    def strain(parameters: Floats) -> Floats:
        at = dict(zip(names, place(parameters, marks), strict=True))
        facing = Rotation.from_rotvec(parameters[:3]).apply(SOCKET_FACES)
        under = depth(
            np.stack(
                [
                    at["acromion"],
                    at["acromion_back"],
                    at["spine"],
                    at["root"],
                    at["lower"],
                    at["border"],
                    at["upper"],
                ]
            )
        )
        terms = [
            *((at["socket"] - joints.shoulder + facing * gap) / 0.7),
            (under[0] - 5.0) / 1.2,
            (under[1] - 6.0) / 2.0,
            (under[2] - 7.0) / 4.0,
            (under[3] - 13.0) / 5.0,
            (under[4] - 17.0) / 5.0,
            (under[5] - 18.0) / 5.0,
            (under[6] - 26.0) / 10.0,
            (at["root"][0] + ROOT_ASIDE * share) / 3.0,
            (at["lower"][0] - at["root"][0] + 8.0) / 4.0,
            (at["root"][2] - third) / 6.0,
            (at["lower"][2] - (seventh - 6.0)) / 6.0,
            (parameters[6] - np.log(1.06 * size)) / 0.07,
            *(parameters[:3] / np.array([0.35, 0.1, 0.35])),
        ]
        if wall is not None:
            clear = wall(place(parameters, flat))
            terms += list(np.minimum(clear - 4.0, 0.0) / np.sqrt(len(clear) / 15))
            terms.append((np.quantile(clear, 0.3) - 8.0) / 3.0)
        return np.array(terms)

    start = np.zeros(7)
    start[6] = np.log(1.06 * size)
    best = least_squares(strain, start, x_scale=0.1).x
    return subdivided(source.moved(place(best, source.vertices)), 1)


class _Wall:
    """How far points stand off the outside of the right ribs, mm."""

    def __init__(self, thorax: dict[str, Mesh]) -> None:
        ribs = joined([thorax[f"rib_{k}_right"] for k in range(1, 11) if f"rib_{k}_right" in thorax])
        normals = vertex_normals(ribs)
        middle = np.array([0.0, float(np.median(ribs.vertices[:, 1]))])
        away = ribs.vertices[:, :2] - middle
        outer = (normals[:, :2] * away).sum(axis=1) > 0.5 * np.linalg.norm(away, axis=1)
        self._points, self._normals = ribs.vertices[outer], normals[outer]
        self._tree = cKDTree(self._points)

    def __call__(self, at: Floats) -> Floats:
        _, nearest = self._tree.query(at)
        return np.asarray(((at - self._points[nearest]) * self._normals[nearest]).sum(axis=1))


def _clavicle(
    bones: BoneSource,
    skin: Skin,
    depth: Depth,
    scapula: Mesh,
    source_scapula: Mesh,
    joints: ArmJoints,
    thorax: dict[str, Mesh] | None,
) -> Mesh:
    source = pieces(bones.bone("ground_r_clavicle"))[0]
    # its outer end keeps the place that it has beside the acromion in the source
    facet = CLAVICLE[1] - SCAPULA["acromion_front"] + CLOSER
    like = _similarity(source_scapula.vertices, scapula.vertices[: len(source_scapula.vertices)])
    outer = like[1] + like[0] @ (SCAPULA["acromion_front"] + facet)
    inner = skin.joints["r-clavicle"].copy()
    if thorax and "sternum" in thorax:
        sternum = thorax["sternum"].vertices
        manubrium = sternum[np.abs(sternum[:, 0]) < 32.0]
        inner = manubrium[np.argmax(manubrium[:, 2] - 0.7 * manubrium[:, 0])] + np.array([0.0, 0.0, 5.0])
    carry = JointMap(CLAVICLE, (inner, outer), (UP, UP), even(1.04 * joints.elbow_scale))
    mesh = subdivided(mended(source.moved(carry(source.vertices))), 2)
    # the bone is felt along its whole length: station by station it rises to just under the skin
    share = (mesh.vertices - inner) @ (outer - inner) / float((outer - inner) @ (outer - inner))
    stations = np.linspace(0.0, 1.0, 9)
    free = np.interp(
        stations, (0.0, 0.3, 0.7, 1.0), (0.15 if thorax and "sternum" in thorax else 1.0, 1.0, 1.0, 0.0)
    )
    for _ in range(3):
        under, outward = depth.with_direction(mesh.vertices)
        lifts = []
        for at, part in zip(stations, free, strict=True):
            near = np.where(np.abs(share - at) < 0.08)[0]
            top = near[np.argmin(under[near])]
            lifts.append(part * (under[top] - SUBCUTANEOUS) * outward[top])
        lift = np.stack(lifts)
        lift = np.stack(
            [np.convolve(np.pad(lift[:, i], 1, mode="edge"), (0.25, 0.5, 0.25), "valid") for i in range(3)],
            axis=1,
        )
        bend = np.stack(
            [CubicSpline(stations, lift[:, i])(np.clip(share, 0.0, 1.0)) for i in range(3)], axis=1
        )
        mesh = mesh.moved(mesh.vertices + 0.7 * bend)
    return mesh


def _similarity(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the linear part (3, 3) and the shift (3,) that carry points ``a`` onto ``b``."""
    ones = np.ones((len(a), 1))
    found, *_ = np.linalg.lstsq(np.hstack([a, ones]), b, rcond=None)
    return np.asarray(found[:3].T), np.asarray(found[3])


def fit_arm(bones: BoneSource, skin: Skin, depth: Depth, thorax: dict[str, Mesh] | None) -> dict[str, Mesh]:
    """Return the bones of the right arm by name, mm LPS in the body frame, all of them under the skin.

    ``thorax`` may hold the figure's ribs, sternum and thoracic vertebrae; then the scapula lies on the ribs, the
    clavicle meets the sternum, and the vertebrae set the scapula's height.
    """
    joints = arm_joints(skin)
    humerus, _ = _humerus(bones, joints)
    scapula = _scapula(bones, skin, depth, joints, thorax)
    found = {
        "scapula_right": scapula,
        "clavicle_right": _clavicle(bones, skin, depth, scapula, _source_scapula(bones), joints, thorax),
        "humerus_right": humerus,
        **_forearm(bones, joints),
        **_hand(bones, skin, joints),
    }
    own = _own_skin(skin, finger_skins(skin))
    for name, mesh in found.items():
        if name in ("scapula_right", "clavicle_right"):
            continue
        key = name.split("_")[-2] if name.startswith(("phalanx", "metacarpal")) else "arm"
        if name.removesuffix("_right") in CARPALS:
            found[name] = slimmed(mesh, own[key], 3.5)
        elif key == "arm":
            found[name], _ = kept_under(mesh, own[key], 4.0, reach=6.0)
        else:
            found[name] = slimmed(mesh, own[key], 2.2)
    return found


def finger_skins(skin: Skin) -> dict[int, Bools]:
    """Return which vertices of the fine skin belong to each finger of the right hand, from its web to its tip."""
    size = float(np.linalg.norm(skin.joints["r-finger-3-1"] - skin.joints["r-hand"]))
    return {
        k: digit_skin(
            skin,
            skin.fine_part == 1,
            (skin.joints[f"r-finger-{k}-{2 if k == 1 else 1}"], skin.joints[f"r-finger-{k}-4"]),
            np.arange(-0.05, 0.4, 0.02) * size,
            0.17 * size,
        )
        for k in FINGERS
    }


def _own_skin(skin: Skin, fingers: dict[int, Bools]) -> dict[str, Depth]:
    """Return the depth under the skin of the arm alone and under that of each finger with the palm.

    Beside a fold (the armpit, the web of two fingers) the nearest skin may be that of the neighbour, whose normal
    says nothing about the bone.
    """
    on_arm = skin.fine_part == 1
    palm = on_arm & ~np.any(np.stack(list(fingers.values())), axis=0)
    return {"arm": Depth(skin.mesh, on_arm)} | {
        str(k): Depth(skin.mesh, palm | mine) for k, mine in fingers.items()
    }
