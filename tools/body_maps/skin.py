"""The figure's skin: shaped from the base mesh, posed in the anatomical position, subdivided, symmetric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mesh import MIRROR, Floats, Ints, Mesh, compacted, loop_subdivision, subdivided
from .sources import SkinSource

MM = 100.0  # one unit of the base mesh is 10 cm


@dataclass(frozen=True)
class Shape:
    """What a figure is made of: targets of the base mesh, each with its share."""

    id: str
    title: str
    sex: str
    targets: tuple[tuple[str, float], ...]


def _adult(sex: str, *, older: float, heavier: float) -> tuple[tuple[str, float], ...]:
    """Return the targets of an adult between the young and the old shape, and between average and maximal weight.

    Patients of this field are mostly in middle age and somewhat above the average weight of the young, so the
    reference figures are neither athletes nor young.
    """
    shares: list[tuple[str, float]] = []
    for age, of_age in (("young", 1 - older), ("old", older)):
        for people in ("african", "asian", "caucasian"):
            shares.append((f"macrodetails/{people}-{sex}-{age}", of_age / 3))
        for weight, of_weight in (("averageweight", 1 - heavier), ("maxweight", heavier)):
            shares.append((f"macrodetails/universal-{sex}-{age}-averagemuscle-{weight}", of_age * of_weight))
    return tuple(shares)


FIGURES = (
    Shape("adult_male", "Adult male", "male", _adult("male", older=0.4, heavier=0.2)),
    Shape("adult_female", "Adult female", "female", _adult("female", older=0.4, heavier=0.2)),
)


@dataclass(frozen=True)
class Skin:
    """A posed skin. ``mesh`` is fine, ``cage`` the mesh it was subdivided from; both (N, 3) mm, LPS, see ``pose``.

    ``joints`` holds the centre of each joint of the rig by name (``r-knee``, ``spine-1``, ``r-finger-2-1`` ...).
    ``part`` names, for each vertex of ``cage``, the limb it belongs to (see PARTS) as an index.
    """

    mesh: Mesh
    cage: Mesh
    joints: dict[str, Floats]
    part: Ints
    fine_part: Ints

    def shifted(self, by: Floats) -> Skin:
        """Return the skin moved by a vector in mm."""
        return Skin(
            self.mesh.moved(self.mesh.vertices + by),
            self.cage.moved(self.cage.vertices + by),
            {name: at + by for name, at in self.joints.items()},
            self.part,
            self.fine_part,
        )


PARTS = ("trunk", "right_arm", "left_arm", "right_leg", "left_leg")


def turned(axis: Floats, angle: float) -> Floats:
    """Return the (3, 3) rotation about an axis by an angle in radians (right hand)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def shortest(a: Floats, b: Floats) -> Floats:
    """Return the smallest rotation that turns direction ``a`` into direction ``b``."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    axis = np.cross(a, b)
    sine, cosine = float(np.linalg.norm(axis)), float(a @ b)
    return np.eye(3) if sine < 1e-9 else turned(axis, float(np.arctan2(sine, cosine)))


def frame(along: Floats, towards: Floats) -> Floats:
    """Return the (3, 3) basis, as columns, whose first axis is ``along`` and second as near ``towards`` as can be."""
    first = along / np.linalg.norm(along)
    second = towards - (towards @ first) * first
    second /= np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)], axis=1)


def share(rotation: Floats, part: float) -> Floats:
    """Return a part of a rotation: the same axis, ``part`` of the angle."""
    cosine = np.clip((np.trace(rotation) - 1) / 2, -1, 1)
    angle = float(np.arccos(cosine))
    if angle < 1e-9:
        return np.eye(3)
    axis = np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    )
    return turned(axis, angle * part)


@dataclass(frozen=True)
class _Rest:
    """The shape before posing: vertices and joint centres in LPS mm, standing on z = 0."""

    vertices: Floats
    joints: dict[str, Floats]


def _shaped(source: SkinSource, shape: Shape) -> _Rest:
    vertices = source.vertices.copy()
    for name, part in shape.targets:
        vertices += part * source.target(name)
    flipped = vertices[source.mirror] * MIRROR
    vertices = (vertices + flipped) / 2  # the source is symmetric but for rounding
    lps = np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], axis=1) * MM
    joints = source.joint_centres(lps)
    return _Rest(lps, joints)


# Directions of the anatomical position, for the patient's left (mirrored for the right): LPS.
ARM_FROM_BODY = np.radians(18.0)  # upper arm, away from the body
CARRYING_ANGLE = np.radians(7.0)  # forearm further out than the upper arm
KNEE_APART, ANKLE_APART = (
    98.0,
    95.0,
)  # half distances between knees and ankles, about hip-wide, mm at REFERENCE
REFERENCE = 1720.0  # stature for which the lengths above are given, mm


def _direction(angle: float, *, forward: float = 0.0) -> Floats:
    down = np.array([np.sin(angle), -forward, -np.cos(angle)])
    return down / np.linalg.norm(down)


def _arm_rotations(j: dict[str, Floats]) -> dict[str, Floats]:
    """Return the global rotation of each rig bone of the left arm that brings it into the anatomical position."""
    shoulder, elbow, wrist = j["l-shoulder"], j["l-elbow"], j["l-hand"]
    front = np.array([0.0, -1.0, 0.0])
    # the elbow's axis at rest: across the plane in which the forearm is flexed; its flexor side is the front
    flexor = (wrist - elbow) - (wrist - elbow) @ (elbow - shoulder) / (
        (elbow - shoulder) @ (elbow - shoulder)
    ) * (elbow - shoulder)
    upper = frame(_direction(ARM_FROM_BODY), front) @ frame(elbow - shoulder, flexor).T
    fore_direction = _direction(ARM_FROM_BODY + CARRYING_ANGLE)
    fore = shortest(upper @ (wrist - elbow), fore_direction) @ upper
    # the palm: normal to the plane of the wrist and the knuckles of index and little finger
    index, little = j["l-finger-2-1"], j["l-finger-5-1"]
    middle = (j["l-finger-3-1"] + j["l-finger-4-1"]) / 2
    palm = np.cross(index - wrist, little - wrist)
    thumb = j["l-finger-1-3"] - wrist
    if palm @ thumb < 0:  # at rest the thumb lies on the palmar side
        palm = -palm
    hand = (
        frame(_direction(ARM_FROM_BODY + CARRYING_ANGLE - np.radians(4)), front)
        @ frame(middle - wrist, palm).T
    )
    twist = hand @ fore.T
    rotations = {
        "shoulder01": share(upper, 0.25),
        "upperarm01": shortest(elbow - shoulder, upper @ (elbow - shoulder)),
        "upperarm02": upper,
        "lowerarm01": share(twist, 0.3) @ fore,
        "lowerarm02": share(twist, 0.72) @ fore,
        "wrist": hand,
    }
    # half of the upper arm's own roll at its upper half
    roll = upper @ rotations["upperarm01"].T
    rotations["upperarm01"] = share(roll, 0.5) @ rotations["upperarm01"]
    for finger in range(2, 6):
        rotations[f"metacarpal{finger - 1}"] = hand
        straight = _direction(
            ARM_FROM_BODY + CARRYING_ANGLE - np.radians(4) + np.radians((3.4 - finger) * -5.0)
        )
        for phalanx in range(1, 4):
            bone = j[f"l-finger-{finger}-{phalanx + 1}"] - j[f"l-finger-{finger}-{phalanx}"]
            flexed = straight + np.array([0.0, -0.05 - 0.06 * phalanx, 0.0])
            rotations[f"finger{finger}-{phalanx}"] = shortest(hand @ bone, flexed) @ hand
    thumb_out = _direction(ARM_FROM_BODY + CARRYING_ANGLE + np.radians(34), forward=0.22)
    for phalanx, spread in ((1, 4.0), (2, -6.0), (3, -12.0)):
        bone = j[f"l-finger-1-{phalanx + 1}"] - j[f"l-finger-1-{phalanx}"]
        towards = turned(np.array([0.0, 1.0, 0.0]), np.radians(-spread)) @ thumb_out
        rotations[f"finger1-{phalanx}"] = shortest(hand @ bone, towards) @ hand
    return rotations


def _swung(bone: Floats, sideways: float) -> Floats:
    """Return the rotation that brings a bone hanging down to end ``sideways`` mm further left than it starts."""
    drop = -np.sqrt(bone @ bone - sideways**2 - bone[1] ** 2)
    return shortest(bone, np.array([sideways, bone[1], drop]))


def _leg_rotations(j: dict[str, Floats], size: float) -> dict[str, Floats]:
    """Return the global rotation of each rig bone of the left leg: knees and feet forward, about hip-wide."""
    hip, knee, ankle, toe = j["l-upper-leg"], j["l-knee"], j["l-ankle"], j["l-toe-2-1"]
    thigh = _swung(knee - hip, KNEE_APART * size - hip[0])
    shin = _swung(ankle - knee, (ANKLE_APART - KNEE_APART) * size)
    forward, level = np.array([0.03, -1.0, 0.0]), toe - ankle
    yaw = turned(
        np.array([0.0, 0.0, 1.0]),
        float(np.arctan2(forward[1], forward[0]) - np.arctan2(level[1], level[0])),
    )
    # the foot's turn is taken up all along the leg, most of it at the hip
    rotations = {
        "upperleg01": share(yaw, 0.3) @ thigh,
        "upperleg02": share(yaw, 0.55) @ thigh,
        "lowerleg01": share(yaw, 0.75) @ shin,
        "lowerleg02": share(yaw, 0.9) @ shin,
        "foot": yaw,
    }
    for toe_number in range(1, 6):
        for phalanx in range(1, 3 if toe_number == 1 else 4):
            rotations[f"toe{toe_number}-{phalanx}"] = yaw
    return rotations


def _bone_ends(source: SkinSource, rest: _Rest, name: str) -> Floats:
    head = source.rig[name]["head"]
    if head["strategy"] == "CUBE":
        return rest.joints[head["cube_name"].removeprefix("joint-")]
    if head["strategy"] == "VERTEX":
        return np.asarray(rest.vertices[head["vertex_index"]])
    return np.asarray(rest.vertices[head["vertex_indices"]].mean(axis=0))


def _depth_first(source: SkinSource) -> list[str]:
    rig = source.rig
    ordered: list[str] = []
    waiting = [name for name, bone in rig.items() if not bone["parent"]]
    while waiting:
        name = waiting.pop(0)
        ordered.append(name)
        waiting += sorted(child for child, bone in rig.items() if bone["parent"] == name)
    return ordered


def _posed(source: SkinSource, rest: _Rest) -> _Rest:
    left = _arm_rotations(rest.joints) | _leg_rotations(
        rest.joints, float(np.ptp(rest.vertices[source.corners("body"), 2])) / REFERENCE
    )
    flip = np.diag([-1.0, 1.0, 1.0])
    rotation: dict[str, Floats] = {}
    shift: dict[str, Floats] = {}
    for name in _depth_first(source):
        parent = source.rig[name]["parent"]
        stem, _, side = name.rpartition(".")
        if side == "L" and stem in left:
            rotation[name] = left[stem]
        elif side == "R" and stem in left:
            rotation[name] = flip @ left[stem] @ flip
        else:
            rotation[name] = rotation[parent] if parent else np.eye(3)
        head = _bone_ends(source, rest, name)
        moved = rotation[parent] @ head + shift[parent] if parent else head
        shift[name] = moved - rotation[name] @ head
    total = np.zeros(len(rest.vertices))
    vertices = np.zeros_like(rest.vertices)
    for name, pairs in source.weights.items():
        if name not in rotation or not pairs:
            continue
        index = np.array([int(i) for i, _ in pairs])
        weight = np.array([w for _, w in pairs])
        vertices[index] += weight[:, None] * (rest.vertices[index] @ rotation[name].T + shift[name])
        total[index] += weight
    loose = total < 1e-6
    vertices[~loose] /= total[~loose, None]
    vertices[loose] = rest.vertices[loose]
    joints = source.joint_centres(vertices)
    return _Rest(vertices, joints)


def _parts(source: SkinSource) -> Ints:
    """Return, for each vertex of the base mesh, which of PARTS moves it most."""
    of_part = np.zeros((len(PARTS), len(source.vertices)))
    for name, pairs in source.weights.items():
        stem, _, side = name.rpartition(".")
        arm = stem.startswith(("upperarm", "lowerarm", "wrist", "metacarpal", "finger"))
        leg = stem.startswith(("upperleg", "lowerleg", "foot", "toe"))
        part = 0 if not (arm or leg) else (1 if arm else 3) + (side == "L")
        for index, weight in pairs:
            of_part[part, int(index)] += weight
    return np.asarray(of_part.argmax(axis=0), dtype=np.int64)


def _mirrored_faces(source: SkinSource, group: str, vertices: Floats) -> Ints:
    """Return a group's triangles of the right side and their mirror: quads are cut alike on both sides."""
    faces = source.faces(group)
    middle = vertices[faces][:, :, 0].mean(axis=1)
    right = faces[middle < 0]
    return np.concatenate([right, source.mirror[right][:, ::-1]])


def build_skin(source: SkinSource, shape: Shape, *, subdivisions: int = 2) -> Skin:
    """Return the skin of a figure, LPS mm, origin on the midline midway between the rig's hip joints.

    The caller moves it to the hip joint centres of the fitted pelvis (the rig's are too far apart to be anatomy).
    """
    posed = _posed(source, _shaped(source, shape))
    flipped = posed.vertices[source.mirror] * MIRROR
    vertices = (posed.vertices + flipped) / 2
    origin = (posed.joints["l-upper-leg"] + posed.joints["r-upper-leg"]) / 2
    faces = np.concatenate(
        [_mirrored_faces(source, "body", vertices), _mirrored_faces(source, "helper-r-eye", vertices)]
    )
    used = np.unique(faces)
    cage = compacted(Mesh(vertices - origin, faces))
    fine = subdivided(cage, subdivisions)
    part = _parts(source)[used]
    joints = {name: at - origin for name, at in posed.joints.items()}
    # a fine vertex belongs to the part of the nearest cage vertex: subdivision keeps the old ones first
    share_of = np.zeros((len(cage.vertices), len(PARTS)))
    share_of[np.arange(len(part)), part] = 1.0
    fine_share = _subdivided_values(cage, share_of, subdivisions)
    return Skin(fine, cage, joints, part, np.asarray(fine_share.argmax(axis=1), dtype=np.int64))


def _subdivided_values(cage: Mesh, values: Floats, times: int) -> Floats:
    faces, count = cage.faces, len(cage.vertices)
    for _ in range(times):
        step = loop_subdivision(faces, count)
        values = np.asarray(step.weights @ values)
        faces, count = step.faces, len(values)
    return values
