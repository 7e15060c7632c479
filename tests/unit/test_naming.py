"""The name of what lies under a tap."""

import math

import pytest

from charting.anatomy import (
    Atlas,
    BodyPoint,
    Laterality,
    Naming,
    Site,
    ViewPoint,
    name_place,
    name_tap,
    project,
)
from charting.anatomy.naming import BROAD, OTHERS, PatchTable
from charting.anatomy.sites import digit_in_words, level_in_words, name_of
from charting.domain import NotAPlace, OffBodyMap

PATCHES: list[tuple[str, list[tuple[float, float, float]], float]] = [
    ("knee.broad", [(0, 0, 0)], 20),
    ("knee.small", [(5, 0, 0)], 5),
    ("knee.curve", [(-40, 0, 0), (-40, 0, 30)], 5),
    ("knee.far", [(200, 0, 0)], 5),
]


def table(*patches: tuple[str, list[tuple[float, float, float]], float]) -> PatchTable:
    return PatchTable.of(
        (Site(structure=name, laterality=Laterality.LEFT), name, curve, radius)
        for name, curve, radius in patches
    )


def names(naming: Naming) -> list[str]:
    return [name.name for name in ([naming.best] if naming.best else []) + list(naming.others)]


def test_a_small_structure_beats_the_broad_one_on_which_it_lies() -> None:
    assert names(name_place(table(*PATCHES), BodyPoint(1, 0, 0))) == ["knee.small", "knee.broad"]


def test_inside_a_broad_structure_beats_close_to_a_small_one() -> None:
    assert names(name_place(table(*PATCHES), BodyPoint(-3, 0, 0), reach=10)) == ["knee.broad", "knee.small"]


def test_of_two_within_reach_the_nearer_edge_is_named_first() -> None:
    found = name_place(table(*PATCHES), BodyPoint(-28, 0, 10), reach=30)
    assert names(found) == ["knee.curve", "knee.broad", "knee.small"]
    assert found.best is not None
    assert (found.best.distance, found.best.outside) == (12, 7)


def test_of_two_alike_the_nearer_middle_is_named_first() -> None:
    alike = table(("knee.a", [(0, 0, 0)], 9), ("knee.b", [(4, 0, 0)], 9))
    assert names(name_place(alike, BodyPoint(3, 0, 0))) == ["knee.b", "knee.a"]
    assert names(name_place(alike, BodyPoint(1, 0, 0))) == ["knee.a", "knee.b"]


def test_of_two_alike_in_kind_the_one_whose_middle_is_nearer_for_its_size_is_named_first() -> None:
    unequal = table(("knee.large", [(0, 0, 0)], 8), ("knee.small", [(6, 0, 0)], 4))
    assert names(name_place(unequal, BodyPoint(3, 0, 0))) == ["knee.large", "knee.small"]  # 3/8 before 3/4
    assert names(name_place(unequal, BodyPoint(5, 0, 0))) == ["knee.small", "knee.large"]  # 1/4 before 5/8


def test_the_middle_of_a_patch_is_its_own_however_close_a_smaller_one_lies() -> None:
    close = table(("knee.large", [(0, 0, 0)], 8), ("knee.small", [(2, 0, 0)], 4))
    assert names(name_place(close, BodyPoint(0, 0, 0)))[0] == "knee.large"


def test_a_point_beats_a_broad_area_even_at_that_areas_middle() -> None:
    on_it = table(("knee.broad", [(0, 0, 0)], BROAD), ("knee.point", [(5, 0, 0)], BROAD - 3))
    assert names(name_place(on_it, BodyPoint(0, 0, 0))) == ["knee.point", "knee.broad"]


def test_of_two_that_nothing_tells_apart_the_order_does_not_depend_on_the_file() -> None:
    one, other = ("knee.a", [(0.0, 0.0, 0.0)], 9.0), ("knee.b", [(0.0, 0.0, 0.0)], 9.0)
    assert names(name_place(table(one, other), BodyPoint(1, 0, 0))) == ["knee.a", "knee.b"]
    assert names(name_place(table(other, one), BodyPoint(1, 0, 0))) == ["knee.a", "knee.b"]


def test_the_distance_to_a_curve_is_to_its_nearest_point_and_not_to_its_ends() -> None:
    (best,) = name_place(
        table(("knee.c", [(0, 0, 0), (0, 0, 30), (30, 0, 30)], 1)), BodyPoint(15, 4, 33)
    ).others
    assert best.distance == 5


def test_a_site_with_two_patches_comes_once_at_the_better_one() -> None:
    twice = table(("knee.a", [(0, 0, 0)], 5), ("knee.a", [(50, 0, 0)], 5))
    found = name_place(twice, BodyPoint(48, 0, 0), reach=100)
    assert names(found) == ["knee.a"]
    assert found.best is not None
    assert found.best.distance == 2


def test_a_place_without_a_site_within_reach_gets_no_name_and_hears_what_is_nearest() -> None:
    found = name_place(table(*PATCHES), BodyPoint(100, 0, 0), reach=10)
    assert found.best is None
    assert names(found) == ["knee.broad", "knee.small", "knee.far", "knee.curve"]
    assert found.words == "unnamed place on the left, 80 mm from knee.broad"


def test_reach_ends_where_it_says() -> None:
    assert name_place(table(*PATCHES), BodyPoint(208, 0, 0), reach=3).best
    assert not name_place(table(*PATCHES), BodyPoint(208, 0, 0), reach=2.999).best


def test_no_more_names_are_offered_than_a_person_reads() -> None:
    many = table(*((f"knee.s{i}", [(i / 10, 0.0, 0.0)], 5.0) for i in range(30)))
    assert len(name_place(many, BodyPoint(0, 0, 0)).others) == OTHERS
    assert len(name_place(many, BodyPoint(0, 900, 0)).others) == OTHERS


@pytest.mark.parametrize("reach", [-1, math.nan, math.inf, "4", None, True])
def test_a_reach_that_is_no_distance_is_refused(synthetic: Atlas, reach: float) -> None:
    with pytest.raises(NotAPlace, match=r"^reach is "):
        name_tap(synthetic.view("adult_male", "low_back_posterior"), ViewPoint(120, 130), reach)


def test_a_tap_names_structure_side_and_level(synthetic: Atlas) -> None:
    back = synthetic.view("adult_male", "low_back_posterior")
    found = name_tap(back, ViewPoint(142, 146))
    assert found.words == "R lumbar facet joint capsule, L4/L5"
    assert found.best is not None
    assert found.best.site.key == "lumbar.facet_capsule/right/L4L5"
    assert found.side is Laterality.RIGHT
    assert [other.name for other in found.others] == ["R multifidus, lumbar part"]
    assert name_tap(back, ViewPoint(120, 131)).words == "Lumbar spinous process, L4"


def test_a_tap_beside_the_figure_is_off_the_body_map_however_far_it_reaches(synthetic: Atlas) -> None:
    with pytest.raises(OffBodyMap):
        name_tap(synthetic.view("adult_male", "full_anterior"), ViewPoint(5, 5), reach=500)


@pytest.mark.parametrize("figure", ["adult_male", "adult_female"])
def test_every_site_is_found_from_its_own_patch_in_every_view_that_shows_it(
    synthetic: Atlas, figure: str
) -> None:
    seen = set()
    for entry in synthetic.views(figure):
        view = synthetic.view(figure, entry.id)
        for shown in view.sites:
            seen.add(shown.placed.site.key)
            at = project(view, shown.placed.patches[0].skin[0])
            assert at.visible
            assert name_tap(view, at.at, reach=1).words == shown.placed.name
    assert seen == set(synthetic.sites(figure).by_key)


def test_a_place_has_one_name_in_all_views_that_see_it(synthetic: Atlas) -> None:
    patch = synthetic.site("adult_male", "elbow.common_extensor/right").patches[0]
    names = {
        view.id: name_tap(view, projected.at, reach=2).words
        for view in (synthetic.view("adult_male", entry.id) for entry in synthetic.views("adult_male"))
        if (projected := project(view, patch.skin[0])).visible
    }
    assert set(names) == {"full_right", "elbow_right_lateral"}
    assert set(names.values()) == {"R common extensor origin"}


def test_names_on_a_chart_begin_with_the_side_and_end_with_the_level_or_digit(synthetic: Atlas) -> None:
    def name(key: str) -> str:
        return synthetic.site("adult_male", key).name

    assert name("elbow.ucl/left") == "L ulnar collateral ligament of the elbow"
    assert name("hand.mcp/right/3") == "R MCP joint, middle finger"
    assert name("lumbar.spinous_process/midline/L5") == "Lumbar spinous process, L5"


def test_a_persons_name_keeps_its_capital(synthetic: Atlas) -> None:
    named = synthetic.structure("elbow.ucl").model_copy(update={"name": "Achilles tendon"})
    assert name_of(named, Site(structure="ankle.achilles", laterality=Laterality.LEFT)) == "L Achilles tendon"


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("L4", "L4"),
        ("L4L5", "L4/L5"),
        ("C7T1", "C7/T1"),
        ("C0C1", "C0/C1"),
        ("T11T12", "T11/T12"),
        ("R10", "rib 10"),
    ],
)
def test_levels_are_written_as_they_are_spoken(level: str, words: str) -> None:
    assert level_in_words(level) == words


def test_fingers_have_names_and_toes_have_numbers() -> None:
    assert [digit_in_words("hand.mcp", digit) for digit in range(1, 6)] == [
        "thumb", "index finger", "middle finger", "ring finger", "little finger",
    ]  # fmt: skip
    assert [digit_in_words("foot.mtp", digit) for digit in range(1, 6)] == [
        "big toe", "2nd toe", "3rd toe", "4th toe", "5th toe",
    ]  # fmt: skip
