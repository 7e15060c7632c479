"""What the benchmarks share: the atlas that is measured, and the table that they end with.

The atlas is the real one, or while there is none a small made-up one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.limits import INSTEAD, MS, TO_REACH_S
from charting.anatomy import Atlas, load_atlas, packaged_folder
from tests.synthetic import synthetic_atlas


def real_folder() -> Path | None:
    packaged = packaged_folder()
    return packaged if (packaged / "index.json").is_file() else None


def pytest_report_header() -> str:
    """Say what is measured: figures of the made-up atlas say nothing about the figures to reach."""
    return f"atlas: {real_folder() or 'MADE UP, much smaller than the real one, which is not there'}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """End with a line for each benchmark: its median, and the figure to reach."""
    measured = [
        one
        for one in config._benchmarksession.benchmarks
        if one.stats.rounds and {TO_REACH_S, INSTEAD} & one.extra_info.keys()
    ]
    if not measured:
        return
    terminalreporter.section("medians against the figures to reach")
    for one in measured:
        what = one.name.removeprefix("test_").replace("_", " ")
        if INSTEAD in one.extra_info:
            terminalreporter.write_line(f"{what:<60} {one.extra_info[INSTEAD]:>13}")
            continue
        limit = one.extra_info[TO_REACH_S]
        verdict = "" if one.stats.median <= limit else "  NOT REACHED"
        terminalreporter.write_line(
            f"{what:<60} {one.stats.median / MS:>10.3f} ms   of {limit / MS:>8g} ms{verdict}"
        )


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if real := real_folder():
        return real
    return synthetic_atlas().write(tmp_path_factory.mktemp("synthetic_atlas"))


@pytest.fixture(scope="session")
def atlas(folder: Path) -> Atlas:
    return load_atlas(folder)
