"""The figures to reach: a benchmark states its own, and fails where it is not reached."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

MS = 1e-3
TO_REACH_S = "to reach, s"
INSTEAD = "instead of a time"
"""What a benchmark says of itself that is not a time, such as memory."""


def median_within(benchmark: BenchmarkFixture, limit: float) -> None:
    """Fail if the median of what was measured, if it was, is over a limit in seconds."""
    if benchmark.stats is None:
        return  # run without --benchmark-enable: nothing was measured
    benchmark.extra_info[TO_REACH_S] = limit
    median = benchmark.stats.stats.median
    assert median <= limit, f"median {median / MS:.3f} ms is over {limit / MS:g} ms"
