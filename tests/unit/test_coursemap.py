"""Spots, views, tables and notices of a course."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from charting.anatomy import Atlas, FigureSites, lift, load_atlas, project
from charting.coursemap import (
    SPOT_WITHIN,
    Change,
    density,
    notices,
    on_view,
    per_structure,
    since_last,
    spots,
)
from charting.domain import (
    BodyPoint,
    Laterality,
    Mark,
    MarkState,
    NotAPlace,
    PointShape,
    Session,
    Site,
    TrackShape,
    ViewPoint,
    middle_of,
)
from tests.people import START, a_mark, a_session

KNEE = "knee_right_medial"
FEMORAL = Site(structure="knee.mcl.femoral", laterality=Laterality.RIGHT)


@cache
def atlas() -> Atlas:
    return load_atlas()


def the_sites() -> FigureSites:
    return atlas().sites("adult_female")


def at(x: float, y: float = -30.0, z: float = -420.0) -> BodyPoint:
    return BodyPoint(x, y, z)


def sessions_with(*places: list[BodyPoint]) -> list[Session]:
    """Return one session for each list, with a mark at each of its places."""
    return [
        a_session(
            number,
            marks=tuple(a_mark(10 * number + i, at=place, site=None) for i, place in enumerate(listed)),
        )
        for number, listed in enumerate(places, start=1)
    ]


def test_a_place_treated_in_three_sessions_is_one_spot() -> None:
    (spot,) = spots(sessions_with([at(-70)], [at(-72)], [at(-69)]))
    assert spot.times == 3
    assert spot.sessions == (1, 2, 3)
    assert spot.ml == Decimal("1.5")
    assert spot.last_on == (START + timedelta(days=56)).date()
    assert spot.middle.x == pytest.approx(-70.33, abs=0.01)


def test_two_marks_at_one_place_in_one_session_are_one_time() -> None:
    (spot,) = spots(sessions_with([at(-70), at(-71)]))
    assert (spot.times, len(spot.marks), spot.ml) == (1, 2, Decimal("1.0"))


def test_a_chain_of_marks_does_not_become_one_spot() -> None:
    chain = [at(-70 - 4.0 * step) for step in range(12)]
    found = spots(sessions_with(chain))
    assert len(found) >= 4
    for spot in found:
        xs = [one.mark.at.x for one in spot.marks]
        assert max(xs) - min(xs) <= 2 * SPOT_WITHIN


def test_places_just_beyond_the_distance_are_two_spots() -> None:
    assert len(spots(sessions_with([at(-70), at(-70 - SPOT_WITHIN)]))) == 1
    assert len(spots(sessions_with([at(-70), at(-70 - SPOT_WITHIN - 0.01)]))) == 2


def test_a_session_that_follows_changes_no_spot_that_was_there() -> None:
    before = sessions_with([at(-70), at(-79)], [at(-71)])
    after = sessions_with([at(-70), at(-79)], [at(-71)], [at(-74.4), at(-60)])
    first, second = spots(before), spots(after)
    assert [spot.number for spot in second] == [1, 2, 3]
    for old, new in zip(first, second, strict=False):
        assert [one.mark.id for one in old.marks] == [one.mark.id for one in new.marks][: len(old.marks)]


def test_marks_of_two_sides_never_share_a_spot() -> None:
    right = a_mark(1, at=BodyPoint(-2.6, 90, 100), site=None)
    left = a_mark(2, at=BodyPoint(2.6, 90, 100), site=None).model_copy(update={"laterality": Laterality.LEFT})
    assert len(spots([a_session(marks=(right, left))])) == 2


def test_two_levels_of_one_structure_never_share_a_spot_however_near() -> None:
    levels = [
        Site(structure="cervical.interspinous_ligament", laterality=Laterality.MIDLINE, level=level)
        for level in ("C4C5", "C5C6")
    ]
    marks = [a_mark(n, at=BodyPoint(0, 60, 500 + 3 * n), site=site) for n, site in enumerate(levels)]
    first, second = a_session(1, marks=(marks[0],)), a_session(2, marks=(marks[1],))
    assert len(spots([first, second])) == 2
    assert notices(second, [first], the_sites(), date(2026, 12, 30)) == ()
    unnamed = marks[1].model_copy(update={"site": None})
    assert len(spots([first, a_session(2, marks=(unnamed,))])) == 1


def test_marks_on_two_figures_share_no_spot_and_no_drawing() -> None:
    mark = lifted("knee.mcl.femoral/right")
    other = mark.model_copy(
        update={"id": a_mark(2).id, "map": mark.map.model_copy(update={"figure": "adult_male"})}
    )
    sessions = [a_session(1, marks=(mark,)), a_session(2, marks=(other,))]
    assert len(spots(sessions)) == 2
    shown = on_view(sessions, atlas().view("adult_female", KNEE))
    assert [one.visible for one in shown] == [True, False]


def test_what_was_planned_skipped_or_withdrawn_is_in_no_spot() -> None:
    marks = (
        a_mark(1, state=MarkState.PLANNED),
        a_mark(2, state=MarkState.SKIPPED),
        a_mark(3).model_copy(update={"withdrawn": True}),
    )
    session = a_session(marks=marks)
    assert spots([session]) == ()
    assert per_structure([session], the_sites()) == ()
    assert on_view([session], atlas().view("adult_female", KNEE)) == ()


@pytest.mark.parametrize("within", [0, -1, float("nan"), float("inf")])
def test_a_spot_needs_a_size(within: float) -> None:
    with pytest.raises(NotAPlace):
        spots([a_session()], within)


def test_a_spot_is_called_what_most_of_its_marks_mean() -> None:
    sites = [None, FEMORAL, FEMORAL]
    sessions = [
        a_session(n, marks=(a_mark(n, at=at(-70), site=site),)) for n, site in enumerate(sites, start=1)
    ]
    (spot,) = spots(sessions)
    assert spot.site == FEMORAL


def test_the_day_of_a_session_is_the_clinics_and_not_greenwichs() -> None:
    late = a_session(marks=(a_mark(at=at(-70)),)).model_copy(
        update={"started_at": START.replace(day=24, hour=2)}
    )
    (spot,) = spots([late], zone=ZoneInfo("America/Montreal"))
    assert spot.last_on == date(2026, 11, 23)
    (spot,) = spots([late], zone=timezone(timedelta(hours=9)))
    assert spot.last_on == date(2026, 11, 24)


def lifted(key: str, number: int = 1, view: str = KNEE) -> Mark:
    """Return a mark that was made on a view where it shows a site, lifted to the skin there."""
    shown = atlas().view("adult_female", view)
    anchor = next(one.anchor for one in shown.sites if one.placed.site.key == key)
    placed = the_sites().site(key)
    return a_mark(number, shape=PointShape(at=anchor), view=view, at=lift(shown, anchor), site=placed.site)


def test_a_place_marked_in_two_views_is_one_spot() -> None:
    anterior = atlas().view("adult_female", "knee_right_anterior")
    tried = 0
    for site in atlas().view("adult_female", KNEE).sites:
        medial = lifted(site.placed.site.key, 1, KNEE)
        falls = project(anterior, medial.at)
        if falls.visible and medial.laterality is Laterality.RIGHT:
            again = a_mark(2, shape=PointShape(at=falls.at), view=anterior.id, at=lift(anterior, falls.at))
            assert len(spots([a_session(1, marks=(medial,)), a_session(2, marks=(again,))])) == 1
            tried += 1
    assert tried >= 3


def test_a_mark_stands_on_its_own_view_where_the_finger_put_it() -> None:
    mark = lifted("knee.mcl.femoral/right")
    (shown,) = on_view([a_session(marks=(mark,))], atlas().view("adult_female", KNEE))
    assert shown.at == middle_of(mark.shape)
    assert shown.shape == mark.shape
    assert shown.visible
    assert shown.number == 1


def test_a_mark_on_the_inner_side_is_not_seen_from_outside() -> None:
    session = a_session(marks=(lifted("knee.mcl.femoral/right"),))
    (shown,) = on_view([session], atlas().view("adult_female", "knee_right_lateral"))
    assert not shown.visible
    assert shown.shape is None


def test_a_track_made_on_other_drawings_is_laid_where_its_place_now_falls() -> None:
    mark = lifted("knee.mcl.femoral/right")
    middle = middle_of(mark.shape)
    # as if the drawing had been 10 mm wider at its left when the track was made
    track = TrackShape(path=(ViewPoint(middle.x + 5, middle.y), ViewPoint(middle.x + 15, middle.y)))
    session = a_session(marks=(mark.model_copy(update={"shape": track}),))
    view = atlas().view("adult_female", KNEE)
    (shown,) = on_view([session], view, atlas_sha256="f" * 64)
    assert isinstance(shown.shape, TrackShape)
    assert shown.shape.path[0].x == pytest.approx(middle.x - 5, abs=0.01)
    (same,) = on_view([session], view, atlas_sha256=mark.map.atlas_sha256)
    assert same.shape == track


def test_the_table_has_a_line_for_each_site_and_says_what_changed() -> None:
    tibial = Site(structure="knee.mcl.tibial", laterality=Laterality.RIGHT)
    pes = Site(structure="knee.pes_anserinus", laterality=Laterality.RIGHT)
    sessions = [
        a_session(1, marks=(a_mark(1, site=pes), a_mark(2, site=tibial))),
        a_session(2, marks=(a_mark(3, site=tibial), a_mark(4, site=None))),
        a_session(3, marks=(a_mark(5, site=tibial, deposits=2), a_mark(6, site=FEMORAL))),
    ]
    lines = {line.name: line for line in per_structure(sessions, the_sites())}
    first = lines["R medial collateral ligament of the knee, tibial attachment"]
    assert (first.times, first.marks, first.deposits, first.ml) == (3, 3, 4, Decimal("2.0"))
    assert first.change is Change.AGAIN
    assert first.last_on == date(2027, 1, 18)
    assert next(iter(lines)) == first.name
    assert lines["R medial collateral ligament of the knee, femoral attachment"].change is Change.NEW
    assert lines["unnamed place on the right"].change is Change.NOT_NOW
    assert [line.change for line in lines.values() if line.site == pes] == [Change.EARLIER]


def test_what_changed_since_the_session_before() -> None:
    changed = since_last(sessions_with([at(-70)], [at(-70), at(-100)], [at(-71), at(-130)]))
    assert [spot.founded_at.x for spot in changed.now] == [-130]
    assert [spot.founded_at.x for spot in changed.before] == [-100]
    assert [spot.founded_at.x for spot in changed.both] == [-70]


def test_of_a_first_session_everything_is_new_and_of_none_nothing() -> None:
    assert len(since_last(sessions_with([at(-70)])).now) == 1
    nothing = since_last([])
    assert (nothing.now, nothing.before, nothing.both) == ((), (), ())


def test_the_density_adds_up_to_what_was_given() -> None:
    view = atlas().view("adult_female", KNEE)
    session = a_session(marks=(lifted("knee.mcl.femoral/right"), lifted("knee.mcl.femoral/right", 2)))
    found = density([session], view)
    assert found.values.sum() * found.spacing**2 / 100 == pytest.approx(1.0, abs=0.001)
    assert density([], view).values.sum() == 0


def test_a_mark_at_a_place_treated_before_is_told() -> None:
    sessions = [a_session(n, marks=(a_mark(n, at=at(-70 - n), site=FEMORAL),)) for n in (1, 2, 3)]
    session = a_session(4, marks=(a_mark(9, at=at(-70), site=FEMORAL), a_mark(10, at=at(-120), site=None)))
    (notice,) = notices(session, [*sessions, session], the_sites(), date(2027, 2, 15))
    assert notice.code == "given_before"
    assert notice.mark_id == session.marks[0].id
    assert notice.words == (
        "R medial collateral ligament of the knee, femoral attachment: "
        "given here 3 times, last 28 days ago, 1.5 mL so far"
    )


def test_a_session_that_followed_is_not_told_as_earlier() -> None:
    first = a_session(1, marks=(a_mark(1, at=at(-70)),))
    later = a_session(2, marks=(a_mark(2, at=at(-70)),))
    assert notices(first, [later], the_sites(), date(2026, 12, 30)) == ()
    assert len(notices(later, [first], the_sites(), date(2026, 12, 30))) == 1
