"""Charts and course maps still look as they did when they were looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from charting.chart import ChartFacts, course_map, course_map_svg, session_chart, sheet_svg
from tests.golden import sessions

Golden = Callable[[str, str], None]


@pytest.mark.parametrize(
    ("name", "facts", "count"),
    [
        ("knee", sessions.knee, 1),
        ("low-back", sessions.low_back, 2),
        ("shoulders", sessions.shoulders, 1),
        ("empty", sessions.empty, 1),
    ],
)
def test_a_sessions_chart_looks_as_it_did(
    golden: Golden, name: str, facts: Callable[[], ChartFacts], count: int
) -> None:
    document = session_chart(facts())
    assert len(document.sheets) == count
    for number in range(count):
        golden(f"{name}-{number + 1}", sheet_svg(document, number))


@pytest.mark.parametrize("view", ["low_back_posterior", "full_posterior"])
def test_a_course_map_looks_as_it_did(golden: Golden, view: str) -> None:
    golden(f"course-{view.replace('_', '-')}", course_map_svg(sessions.course(), view))


def test_a_course_maps_first_sheet_looks_as_it_did(golden: Golden) -> None:
    golden("course-1", sheet_svg(course_map(sessions.course()), 0))
