"""The tables of structures and landmarks, as a reader of the source list would check them."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from tools.body_maps import landmarks as marks
from tools.body_maps import structures as table
from tools.body_maps.landmarks import Body, TableError, locate
from tools.body_maps.mesh import Mesh
from tools.body_maps.structures import Structure

ROWS_OF_THE_SOURCE_LIST = 227
SHORTHAND = re.compile(r"\b(n\.|nn\.|a\.|NAV|LFCN|PIN|N/A/V)(?=\s|$|,|/)")


@pytest.fixture(scope="module")
def structures() -> tuple[Structure, ...]:
    return table.load()


@pytest.fixture(scope="module")
def by_number(structures: tuple[Structure, ...]) -> dict[int, Structure]:
    return {structure.number: structure for structure in structures}


def test_every_row_of_the_source_list_is_there_exactly_once(structures: tuple[Structure, ...]) -> None:
    assert sorted(s.number for s in structures) == list(range(1, ROWS_OF_THE_SOURCE_LIST + 1))


def test_ids_and_names_are_unique(structures: tuple[Structure, ...]) -> None:
    assert len({s.id for s in structures}) == len(structures)
    assert len({s.name.casefold() for s in structures}) == len(structures)


def test_words_name_no_side_and_hide_nothing_in_shorthand(structures: tuple[Structure, ...]) -> None:
    for structure in structures:
        words = re.findall(r"[a-z]+", structure.name.lower())
        assert not {"right", "left", "bilateral"} & set(words), structure.name
        for caution in structure.cautions:
            assert not SHORTHAND.search(caution.text), caution.text
            assert caution.text[0].isupper(), caution.text
            assert not caution.text.isupper(), caution.text


def test_names_that_readers_could_confuse_keep_the_joint(structures: tuple[Structure, ...]) -> None:
    names = [s.name.lower() for s in structures]
    for words in ("collateral ligament", "posterior oblique ligament", "anterior oblique"):
        for name in names:
            if words in name:
                assert re.search(r"knee|elbow|wrist|thumb|finger|toe|lateral ulnar", name), name


def test_levels_and_digits_are_those_the_anatomy_has(by_number: dict[int, Structure]) -> None:
    counted = {
        1: 6,  # L1 to S1
        2: 5,  # L1/L2 to L5/S1
        3: 5,
        4: 4,  # L1/L2 to L4/L5
        6: 5,
        7: 4,
        8: 5,
        37: 12,
        38: 12,  # T1/T2 to T12/L1
        39: 12,
        40: 12,
        41: 12,
        42: 10,  # ribs 11 and 12 have no costotransverse joint
        43: 10,
        44: 11,  # the first rib has no superior costotransverse ligament
        45: 12,
        46: 12,
        51: 10,
        52: 7,
        61: 6,
        62: 6,
        63: 6,  # C2/C3 to C7/T1
        66: 7,
    }
    assert {n: len(s.levels) for n, s in by_number.items() if s.levels} == counted
    assert {n: s.digits for n, s in by_number.items() if s.digits} == dict.fromkeys(
        (144, 145, 146, 226), (2, 3, 4, 5)
    )


def test_sites_are_counted_over_sides_levels_and_digits(structures: tuple[Structure, ...]) -> None:
    counts = Counter(s.side for s in structures for _ in s.sublevels())
    assert counts == {"paired": 334, "midline": 73}
    assert sum(len(s.sublevels()) * len(s.lateralities()) for s in structures) == 741


def test_levels_are_in_order_down_the_body(structures: tuple[Structure, ...]) -> None:
    column = [
        *(f"C{i}" for i in range(1, 8)),
        *(f"T{i}" for i in range(1, 13)),
        *(f"L{i}" for i in range(1, 6)),
        "S1",
    ]
    for structure in structures:
        first = [re.findall(r"[CTLSR]\d+", level) for level in structure.levels]
        for parts in first:
            if len(parts) == 2:
                assert column.index(parts[1]) == column.index(parts[0]) + 1, structure.id
        where = [int(p[0][1:]) if p[0][0] == "R" else column.index(p[0]) for p in first]
        assert where == sorted(set(where)), structure.id


def test_every_landmark_an_anchor_uses_is_in_the_table(structures: tuple[Structure, ...]) -> None:
    known = {landmark.id for landmark in marks.load()}
    for structure in structures:
        assert set(table.landmarks_used(structure)) <= known, structure.id


def test_a_structure_of_the_midline_is_anchored_there(structures: tuple[Structure, ...]) -> None:
    side = {landmark.id: landmark.side for landmark in marks.load()}
    for structure in structures:
        if structure.side == "midline":
            assert {side[name] for name in table.landmarks_used(structure)} == {"midline"}, structure.id


def test_hackett_letters_find_their_structures(structures: tuple[Structure, ...]) -> None:
    found = {
        letter: sorted(s.number for s in structures if f"Hackett {letter}" in s.synonyms)
        for letter in ("IL", "LS", "A", "B", "C", "D", "SS", "ST", "SC", "H")
    }
    assert found == {
        "IL": [9, 10],
        "LS": [12],
        "A": [13],
        "B": [13],
        "C": [14],
        "D": [15],
        "SS": [24],
        "ST": [22],
        "SC": [25],
        "H": [152],
    }


def test_views_named_without_side_become_the_side_of_the_site() -> None:
    assert table.view_ids(["head_neck_lateral", "jaw_lateral"], "midline") == (
        "head_neck_right",
        "head_neck_left",
        "jaw_right",
        "jaw_left",
    )
    assert table.view_ids(["ankle_foot_dorsal", "low_back_posterior"], "right") == (
        "ankle_foot_right_dorsal",
        "low_back_posterior",
    )


# ---------------------------------------------------------------- the language of places


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    """Return a closed box, outward facing."""
    corners = np.array(
        [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    )
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [(q[0], q[1], q[2]) for q in quads] + [(q[0], q[2], q[3]) for q in quads]
    return Mesh(corners.astype(float), np.array(faces))


@pytest.fixture
def body() -> Body:
    """A hip bone, in place of which stands a box on the patient's right, 20 mm wide, 40 deep, 60 high."""
    return Body({"pelvis_right": box((-60, -10, 100), (-40, 30, 160))})


def test_directions_are_the_patients(body: Body) -> None:
    found = {"pelvis.start": np.array([-50.0, 10.0, 130.0])}
    place = {"at": "pelvis.start", "offset": {"lateral": 3, "anterior": 4, "superior": 5}}
    assert locate(place, body, found).tolist() == [-53.0, 6.0, 135.0]


def test_offsets_grow_with_the_figure(body: Body) -> None:
    small = Body(body.bones, scale=0.5)
    found = {"pelvis.start": np.zeros(3)}
    assert locate({"at": "pelvis.start", "offset": {"superior": 8}}, small, found).tolist() == [0, 0, 4]


def test_a_point_is_brought_to_the_nearest_surface_or_to_the_one_seen_from_a_direction(body: Body) -> None:
    found = {"pelvis.start": np.array([-58.0, 10.0, 130.0])}
    assert locate({"at": "pelvis.start", "on": "pelvis"}, body, found).tolist() == [-60, 10, 130]
    seen = locate({"at": "pelvis.start", "on": "pelvis", "toward": "posterior"}, body, found)
    assert np.allclose(seen, [-58, 30, 130])


def test_box_fractions_and_extremes(body: Body) -> None:
    middle = locate({"box": {"superior": 1.0}, "bone": "pelvis"}, body, {})
    assert middle.tolist() == [-50, 10, 160]
    corner = locate({"extreme": {"lateral": 1, "anterior": 1, "superior": 1}, "bone": "pelvis"}, body, {})
    assert corner.tolist() == [-60, -10, 160]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"at": "a.b", "offset": {"upward": 1}}, "no direction"),
        ({"at": "a.b", "box": {}}, "exactly one"),
        ({"at": "a.b", "colour": "red"}, "knows no colour"),
        ({}, "exactly one"),
    ],
)
def test_a_place_that_means_nothing_is_refused_in_words(
    place: dict[str, object], words: str, body: Body
) -> None:
    with pytest.raises(TableError, match=words):
        locate(place, body, {"a.b": np.zeros(3)})


def test_left_is_the_mirror_of_right(structures: tuple[Structure, ...]) -> None:
    facet = next(s for s in structures if s.id == "lumbar.facet_capsule")
    right = table.PlacedSite(facet, "right", "L4L5", (np.array([[-20.0, 60.0, 80.0]]),))
    left = right.mirrored()
    assert left.key == "lumbar.facet_capsule/left/L4L5"
    assert left.parts[0].tolist() == [[20.0, 60.0, 80.0]]
    assert (left.level, left.digit) == ("L4L5", None)
