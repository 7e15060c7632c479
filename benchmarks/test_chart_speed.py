"""Charts and course maps against the figures to reach (median), once each map has been taken apart.

session chart as SVG, 40 marks                    5 ms
course map as SVG, 6 sessions of 40 marks        15 ms, any view
course map as SVG, 10,000 marks                 250 ms
spots of 10,000 marks                           250 ms
session chart as PDF, 40 marks                  100 ms
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.test_anatomy_speed import MS, median_within
from charting.chart import ChartFacts, CourseFacts, course_map_svg, pdf, session_chart, sheet_svg
from charting.coursemap import spots
from charting.domain import BodyPoint, Details
from tests.golden import sessions
from tests.people import an_id


@pytest.fixture(scope="session")
def forty() -> ChartFacts:
    facts = sessions.low_back()
    assert len(facts.session.given) == 40
    return facts


@pytest.fixture(scope="session")
def six() -> CourseFacts:
    facts = sessions.course(of=6, marks=40)
    assert sum(len(session.given) for session in facts.sessions) == 240
    return facts


@pytest.fixture(scope="session")
def ten_thousand() -> CourseFacts:
    """50 sessions of 200 marks, scattered about the places of a low back."""
    facts = sessions.course(of=1, marks=40)
    (first,) = facts.sessions
    number = count()
    listed = []
    for of in range(1, 51):
        marks = []
        for index in range(200):
            n = next(number)
            source = first.marks[index % 40]
            at = source.at
            place = BodyPoint(at.x + 4 * math.sin(n), at.y, at.z + 4 * math.cos(1.7 * n))
            marks.append(source.model_copy(update={"id": an_id(100_000 + n), "at": place}))
        listed.append(
            first.model_copy(
                update={
                    "id": an_id(90_000 + of),
                    "number": of,
                    "started_at": first.started_at + timedelta(days=of),
                    "marks": tuple(marks),
                }
            )
        )
    return replace(facts, sessions=tuple(listed))


def test_a_session_chart_as_svg(benchmark: BenchmarkFixture, forty: ChartFacts) -> None:
    def draw() -> list[str]:
        document = session_chart(forty)
        return [sheet_svg(document, number) for number in range(len(document.sheets))]

    draw()
    benchmark(draw)
    median_within(benchmark, 5 * MS)


@pytest.mark.parametrize("view", ["low_back_posterior", "full_posterior", "thorax_posterior", "full_right"])
def test_a_course_map_as_svg(benchmark: BenchmarkFixture, six: CourseFacts, view: str) -> None:
    course_map_svg(six, view)
    benchmark(course_map_svg, six, view)
    median_within(benchmark, 15 * MS)


@pytest.mark.parametrize("view", ["low_back_posterior", "full_posterior"])
def test_a_course_map_of_ten_thousand_marks(
    benchmark: BenchmarkFixture, ten_thousand: CourseFacts, view: str
) -> None:
    benchmark.pedantic(course_map_svg, (ten_thousand, view), rounds=5, warmup_rounds=1)
    median_within(benchmark, 250 * MS)


def test_spots_of_ten_thousand_marks(benchmark: BenchmarkFixture, ten_thousand: CourseFacts) -> None:
    benchmark.pedantic(spots, (ten_thousand.sessions,), rounds=5, warmup_rounds=1)
    median_within(benchmark, 250 * MS)


def test_a_session_chart_as_pdf(benchmark: BenchmarkFixture, forty: ChartFacts) -> None:
    pdf(session_chart(forty))
    turn = count()

    def changed() -> tuple[tuple[Any, ...], dict[str, Any]]:
        # another note each time: what is set twice comes out of Typst's memory
        session = forty.session.model_copy(update={"details": Details(note=f"Note {next(turn)}")})
        return (session_chart(replace(forty, session=session)),), {}

    benchmark.pedantic(pdf, setup=changed, rounds=15)
    median_within(benchmark, 100 * MS)
