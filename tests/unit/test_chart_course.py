"""What a course map says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from charting.chart import CourseFacts, course_map, course_map_svg, pdf, session_glyph, sheet_svg
from charting.chart.courses import course_plate
from charting.chart.sheets import Picture, Table
from charting.coursemap import spots
from charting.domain import MarkState, UnknownView
from tests.golden import sessions


def test_every_session_is_drawn_in_its_own_shape_and_place() -> None:
    facts = sessions.course(of=6, marks=12)
    view = facts.atlas.view(facts.figure, "low_back_posterior")
    plate = course_plate(facts, view, spots(facts.sessions), 180, 190)
    assert {(place, number) for place, number, _x, _y in plate.symbols} == {(n, n + 1) for n in range(6)}
    assert len(plate.symbols) == sum(len(session.given) for session in facts.sessions)
    svg = course_map_svg(facts, view.id)
    for place in range(6):
        assert session_glyph(place).colour in svg


def test_a_course_of_more_sessions_than_shapes_uses_them_again_with_their_numbers() -> None:
    assert session_glyph(6) == session_glyph(0)
    facts = sessions.course(of=8, marks=6)
    svg = course_map_svg(facts, "low_back_posterior")
    assert ">8, square" not in svg
    assert ">8, sky blue square<" in svg
    assert ">8<" in svg


def test_the_tables_say_how_often_how_long_ago_and_how_much() -> None:
    facts = sessions.course(of=3, marks=20)
    rows = [
        [" ".join(cell).replace("\u2009", " ") for cell in row.cells]
        for sheet in course_map(facts).sheets
        for element in sheet.elements
        if isinstance(element, Table)
        for row in element.rows
    ]
    again = [spot for spot in spots(facts.sessions) if spot.times > 1]
    assert again
    listed = {row[0]: row for row in rows if row[3].startswith("×")}
    assert set(listed) == {str(spot.number) for spot in again}
    for spot in again:
        row = listed[str(spot.number)]
        assert row[3] == f"×{spot.times}"
        assert row[4].endswith(f"{(facts.today - spot.last_on).days} days ago")
        assert row[2] == ", ".join(str(number) for number in spot.sessions)


def test_what_was_not_given_is_not_on_the_map() -> None:
    facts = sessions.course(of=2, marks=10)
    view = facts.atlas.view(facts.figure, "low_back_posterior")
    last = facts.sessions[-1]
    planned = tuple(mark.model_copy(update={"state": MarkState.PLANNED}) for mark in last.marks)
    changed = replace(facts, sessions=(facts.sessions[0], last.model_copy(update={"marks": planned})))
    plate = course_plate(changed, view, spots(changed.sessions), 180, 190)
    assert {place for place, _n, _x, _y in plate.symbols} == {0}


def test_a_course_without_sessions_is_a_whole_document() -> None:
    facts = replace(sessions.course(of=1, marks=5), sessions=())
    document = course_map(facts)
    assert any(isinstance(one, Picture) for one in document.sheets[0].elements)
    assert pdf(document).startswith(b"%PDF")
    assert course_map_svg(facts, "full_anterior").startswith("<svg")


def test_the_same_course_gives_the_same_bytes_in_whatever_order_its_sessions_come() -> None:
    facts = sessions.course(of=4, marks=30)
    backwards = replace(facts, sessions=tuple(reversed(facts.sessions)))
    assert course_map_svg(facts, "full_posterior") == course_map_svg(backwards, "full_posterior")
    assert pdf(course_map(facts)) == pdf(course_map(backwards))


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(UnknownView):
        course_map_svg(sessions.course(of=1, marks=3), "knee_middle")


def test_every_view_of_the_figure_can_be_drawn() -> None:
    facts = sessions.course(of=2, marks=10)
    for entry in facts.atlas.views(facts.figure):
        assert course_map_svg(facts, entry.id).endswith("</svg>")


def test_a_very_large_course_is_drawn_with_all_its_marks() -> None:
    facts = large(of=10, marks=40)
    view = facts.atlas.view(facts.figure, "low_back_posterior")
    plate = course_plate(facts, view, spots(facts.sessions), 180, 190)
    assert len(plate.symbols) == sum(len(session.given) for session in facts.sessions)
    assert len(plate.rings) <= 60


def large(*, of: int, marks: int) -> CourseFacts:
    """Return a course whose sessions hold the same marks again, ``of`` times."""
    facts = sessions.course(of=2, marks=marks)
    ids = sessions.Ids(700_000)
    again = []
    for number in range(1, of + 1):
        source = facts.sessions[number % 2]
        again.append(
            source.model_copy(
                update={
                    "id": ids(),
                    "number": number,
                    "started_at": source.started_at + timedelta(days=7 * number),
                    "marks": tuple(mark.model_copy(update={"id": ids()}) for mark in source.marks),
                }
            )
        )
    return replace(facts, sessions=tuple(again))


def test_every_sheet_of_a_course_map_is_an_svg() -> None:
    document = course_map(sessions.course(of=6, marks=40), "full_posterior")
    for number in range(len(document.sheets)):
        assert sheet_svg(document, number).startswith("<svg")
