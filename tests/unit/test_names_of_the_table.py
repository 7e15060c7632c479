"""The names that the table of structures gives to sites, as they stand on a chart."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

import pytest

from charting.anatomy import Structure, packaged_folder, sites_of
from charting.anatomy.sites import name_sites

WRITTEN_FOR_THE_GENERATOR = {"radius", "anchor", "note"}


@pytest.fixture(scope="module")
def table() -> list[Structure]:
    rows = tomllib.loads((packaged_folder() / "tables" / "structures.toml").read_text())["structure"]
    return [
        Structure.model_validate(
            {
                "levels": [],
                "digits": [],
                **{k: v for k, v in row.items() if k not in WRITTEN_FOR_THE_GENERATOR},
            },
            strict=False,
        )
        for row in rows
    ]


def test_no_two_sites_are_called_the_same(table: list[Structure]) -> None:
    names = Counter(named.name.casefold() for named in name_sites(table).values())
    assert [name for name, count in names.items() if count > 1] == []


def test_a_structure_is_never_confused_with_its_side(table: list[Structure]) -> None:
    for structure in table:
        words = structure.name.casefold().replace(",", " ").split()
        assert not {"right", "left", "r", "l"} & set(words), structure.name


def test_no_name_says_its_digit_twice(table: list[Structure]) -> None:
    names = [named.name for named in name_sites(table).values()]
    assert [name for name in names if re.search(r"(finger|toe)s?, [^,]*(finger|toe)$", name)] == []


def test_every_site_has_its_mirror(table: list[Structure]) -> None:
    sites = {site.key: site for structure in table for site in sites_of(structure)}
    assert all(site.mirrored().key in sites for site in sites.values())


@pytest.mark.parametrize(
    ("key", "begins", "ends"),
    [
        ("knee.mcl.tibial/right", "R medial collateral ligament of the knee", ", tibial attachment"),
        ("lumbar.facet_capsule/left/L4L5", "L lumbar facet joint capsule", ", L4/L5"),
        ("lumbar.spinous_process/midline/L5", "Spinous process of the lumbar spine", ", L5"),
        ("hand.mcp/left/2", "L metacarpophalangeal joint", " ligaments, index finger"),
        ("foot.mtp/right/5", "R metatarsophalangeal joint", ", 5th toe"),
    ],
)
def test_a_chart_says(table: list[Structure], key: str, begins: str, ends: str) -> None:
    name = name_sites(table)[key].name
    assert name.startswith(begins)
    assert name.endswith(ends)
