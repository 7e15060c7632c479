"""Loading the atlas and naming a tap, against the figures to reach (median).

loading the index                                 10 ms
loading the index and the sites of both figures   50 ms
loading one view, the largest                     10 ms
naming a tap                                       0.5 ms
"""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.limits import MS, median_within
from charting.anatomy import Atlas, View, ViewPoint, lift, load_atlas, name_tap, project
from charting.anatomy.view import read_view


def on_figure(view: View, at: ViewPoint) -> bool:
    return bool(view.silhouette.covers(shapely.Point(at.x, at.y)))


@pytest.fixture(scope="session")
def largest(atlas: Atlas) -> View:
    """The view of the male figure with the largest data file."""
    entries = atlas.views("adult_male")
    entry = max(entries, key=lambda one: (atlas.folder / one.file).stat().st_size)
    return atlas.view("adult_male", entry.id)


def test_loading_the_index(benchmark: BenchmarkFixture, folder: Path) -> None:
    benchmark(load_atlas, folder)
    median_within(benchmark, 10 * MS)


def test_loading_the_index_and_all_sites(benchmark: BenchmarkFixture, folder: Path) -> None:
    def load_all() -> None:
        atlas = load_atlas(folder)
        for figure in atlas.figures:
            atlas.sites(figure.id)

    benchmark(load_all)
    median_within(benchmark, 50 * MS)


def test_loading_the_largest_view(benchmark: BenchmarkFixture, atlas: Atlas, largest: View) -> None:
    entry = next(one for one in atlas.views("adult_male") if one.id == largest.id)
    benchmark(read_view, atlas.folder, entry, atlas.version, atlas.sites("adult_male"))
    median_within(benchmark, 10 * MS)


@pytest.mark.parametrize("reach", [0.0, 4.0, 15.0])
def test_naming_a_tap(benchmark: BenchmarkFixture, largest: View, reach: float) -> None:
    taps = [shown.anchor for shown in largest.sites if on_figure(largest, shown.anchor)]
    name_tap(largest, taps[0], reach)

    def name_all() -> None:
        for tap in taps:
            name_tap(largest, tap, reach)

    benchmark(name_all)
    median_within(benchmark, 0.5 * MS * len(taps))


def test_naming_a_tap_far_from_any_site(benchmark: BenchmarkFixture, largest: View) -> None:
    middle = largest.silhouette.representative_point()
    benchmark(name_tap, largest, ViewPoint(middle.x, middle.y), 0.0)
    median_within(benchmark, 0.5 * MS)


def test_lifting_and_projecting_into_another_view(
    benchmark: BenchmarkFixture, atlas: Atlas, largest: View
) -> None:
    middle = largest.silhouette.representative_point()
    other = atlas.view("adult_male", "full_posterior")
    benchmark(lambda: project(other, lift(largest, ViewPoint(middle.x, middle.y))))
    median_within(benchmark, 0.1 * MS)
