"""The sculpted low back: closed bones that fit each other and carry their landmarks, in body mm."""

import numpy as np
import pytest

pytest.importorskip("skimage", reason="needs the maps group")
from scipy.spatial import cKDTree

from tools.body_maps.low_back import FEMALE, MALE, LowBack, build_low_back
from tools.body_maps.mesh import Mesh
from tools.body_maps.sculpt import is_closed, volume

SHAPES = {"male": MALE, "female": FEMALE}


@pytest.fixture(scope="module", params=sorted(SHAPES))
def low_back(request: pytest.FixtureRequest) -> tuple[str, LowBack]:
    return request.param, build_low_back(SHAPES[request.param])


def gap(a: Mesh, b: Mesh) -> float:
    """Return the least distance between the vertices of two meshes in mm."""
    return float(cKDTree(a.vertices).query(b.vertices)[0].min())


def test_every_bone_is_closed_and_faces_outward(low_back: tuple[str, LowBack]) -> None:
    meshes = low_back[1].meshes
    assert set(meshes) == {"l1", "l2", "l3", "l4", "l5", "sacrum", "coccyx", "pelvis_right"}
    for name, mesh in (meshes | low_back[1].discs | {"t12": low_back[1].t12}).items():
        assert is_closed(mesh), name
        assert volume(mesh) > 0, name


def test_midline_bones_are_symmetric(low_back: tuple[str, LowBack]) -> None:
    for name in ("l1", "l3", "l5", "sacrum", "coccyx"):
        vertices = low_back[1].meshes[name].vertices
        distance, _ = cKDTree(vertices).query(vertices * [-1, 1, 1])
        assert float(distance.max()) < 1e-6, name


def test_neighbouring_bones_lie_close_without_touching(low_back: tuple[str, LowBack]) -> None:
    meshes = low_back[1].meshes
    chain = ["l1", "l2", "l3", "l4", "l5", "sacrum"]
    for above, below in zip(chain, chain[1:], strict=False):
        assert 0.8 < gap(meshes[above], meshes[below]) < 2.6, (above, below)
    assert 0.8 < gap(low_back[1].t12, meshes["l1"]) < 2.6
    assert 1.2 < gap(meshes["sacrum"], meshes["pelvis_right"]) < 3.5
    assert float(meshes["pelvis_right"].vertices[:, 0].max()) < -1.5  # the symphysis


def test_the_figure_has_the_sizes_it_was_asked_for(low_back: tuple[str, LowBack]) -> None:
    sex, made = low_back
    shape = SHAPES[sex]
    marks = made.landmarks
    for name, wanted, within in (
        ("pelvis.asis", shape.asis, 6),
        ("pelvis.psis", shape.psis, 4),
        ("pelvis.iliac_crest_top", shape.crest_top, 6),
        ("pelvis.iliac_tubercle", shape.crest_widest, 6),
    ):
        assert np.linalg.norm(marks[name] * [-1, 1, 1] - wanted) < within, name
    np.testing.assert_allclose(marks["pelvis.acetabulum_centre"], (-shape.hip_half, 0, 0), atol=0.01)
    breadth = float(np.ptp(made.meshes["sacrum"].vertices[:, 0]))
    assert abs(breadth - shape.sacrum_width) < 4


def test_the_cup_is_round_about_the_hip_joint_centre(low_back: tuple[str, LowBack]) -> None:
    sex, made = low_back
    centre = np.array([-SHAPES[sex].hip_half, 0.0, 0.0])
    distance = np.linalg.norm(made.meshes["pelvis_right"].vertices - centre, axis=1)
    assert float(distance.min()) > 25.0
    assert np.count_nonzero(distance < 27.5) > 300


def test_landmarks_lie_on_their_bones_at_the_right_hand_side(low_back: tuple[str, LowBack]) -> None:
    made = low_back[1]
    inside = ("body_centre", "acetabulum_centre", "foramen", "hiatus")
    surface = cKDTree(np.concatenate([m.vertices for m in (*made.meshes.values(), made.t12)]))
    for name, at in (made.landmarks | made.t12_landmarks).items():
        assert at.shape == (3,), name
        assert at[0] <= 0, name
        if not any(word in name for word in inside) and "symphysis" not in name:
            assert surface.query(at)[0] < 2.5, name


def test_bones_stand_in_their_anatomical_order(low_back: tuple[str, LowBack]) -> None:
    marks = low_back[1].landmarks
    tips = [marks[f"L{i}.spinous_tip"][2] for i in range(1, 6)]
    tips += [marks[f"sacrum.s{i}_tubercle"][2] for i in range(1, 5)]
    assert all(a > b for a, b in zip(tips, tips[1:], strict=False))
    foramina = [marks[f"sacrum.foramen_s{i}"] for i in range(1, 5)]
    assert all(a[2] > b[2] and a[0] < b[0] for a, b in zip(foramina, foramina[1:], strict=False))
    assert marks["pelvis.psis"][1] > marks["pelvis.piis"][1]
    assert marks["pelvis.psis"][2] > marks["pelvis.piis"][2] > marks["pelvis.ischial_spine"][2]
    for i in (1, 2, 4, 5):  # the third lumbar vertebra reaches farthest to the side
        assert marks["L3.transverse_tip"][0] < marks[f"L{i}.transverse_tip"][0] + 0.3


def test_the_sacral_foramina_are_open_from_behind(low_back: tuple[str, LowBack]) -> None:
    made = low_back[1]
    sacrum = made.meshes["sacrum"].vertices
    for i in range(1, 5):
        at = made.landmarks[f"sacrum.foramen_s{i}"]
        assert float(np.linalg.norm(sacrum - at, axis=1).min()) > 1.2, i


def test_the_roof_of_the_sacral_canal_ends_at_the_hiatus(low_back: tuple[str, LowBack]) -> None:
    made = low_back[1]
    at = made.landmarks["sacrum.hiatus"]
    middle = made.meshes["sacrum"].vertices
    middle = middle[np.abs(middle[:, 0]) < 1.5]
    below = middle[(middle[:, 2] < at[2] - 3) & (middle[:, 2] > at[2] - 9)]
    above = middle[(middle[:, 2] > at[2] + 1) & (middle[:, 2] < at[2] + 5)]
    assert float(below[:, 1].max()) < at[1] - 3
    assert float(above[:, 1].max()) > at[1] - 1


def test_the_same_shape_gives_the_same_bones() -> None:
    first, second = build_low_back(MALE, 2.0), build_low_back(MALE, 2.0)
    for name, mesh in first.meshes.items():
        np.testing.assert_array_equal(mesh.vertices, second.meshes[name].vertices)
        np.testing.assert_array_equal(mesh.faces, second.meshes[name].faces)


def test_the_spine_can_be_continued_above_l1(low_back: tuple[str, LowBack]) -> None:
    made = low_back[1]
    up = made.l1_upper.rotation[:, 2]
    assert abs(float(np.linalg.det(made.l1_upper.rotation)) - 1) < 1e-9
    above = (made.meshes["l1"].vertices - made.l1_upper.origin) @ up
    body = np.abs(made.meshes["l1"].vertices - made.l1_upper.origin) @ np.array([1.0, 1.0, 0.0]) < 14
    assert abs(float(above[body].max())) < 2.5
    assert made.t12_facet.middle[0] < 0
