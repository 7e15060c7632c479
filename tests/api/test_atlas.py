from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.conftest import Browser, House

AT = "http://localhost"


@pytest.fixture
def index(nurse: Browser) -> dict[str, Any]:
    body = nurse.get("atlas").json()
    assert isinstance(body, dict)
    return body


def test_the_index_names_every_view_and_where_it_is_found(house: House, index: dict[str, Any]) -> None:
    assert (index["version"], index["sha256"]) == (house.atlas.version, house.atlas.sha256)
    assert {one["id"] for one in index["figures"]} == {"adult_male", "adult_female"}
    for figure in house.atlas.figures:
        of_figure = [one for one in index["views"] if one["figure"] == figure.id]
        assert [one["id"] for one in of_figure] == [entry.id for entry in house.atlas.views(figure.id)]
    knee = next(one for one in index["views"] if one["id"] == "knee_right_medial")
    assert tuple(knee["size"]) == house.atlas.view(knee["figure"], knee["id"]).size


def test_a_view_is_what_ships_with_the_names_of_its_sites(
    house: House, nurse: Browser, index: dict[str, Any]
) -> None:
    line = next(one for one in index["views"] if one["id"] == "low_back_posterior")
    entry = next(one for one in house.atlas.views(line["figure"]) if one.id == line["id"])
    shipped = json.loads((house.atlas.folder / entry.file).read_text(encoding="utf-8"))
    served = nurse.get(AT + line["data"]).json()
    names = served.pop("names")
    assert served == shipped
    assert set(names) == {site["site"] for site in shipped["sites"]}
    assert names["lumbar.facet_capsule/right/L4L5"] == "R lumbar facet joint capsule, L4/L5"


@pytest.mark.parametrize("kind", ["data", "drawing", "thumbnail"])
def test_a_file_is_kept_for_ever_and_not_sent_twice(nurse: Browser, index: dict[str, Any], kind: str) -> None:
    address = AT + index["views"][0][kind]
    first = nurse.get(address)
    assert first.status_code == 200
    assert "immutable" in first.headers["cache-control"]
    assert first.headers["content-type"] == ("application/json" if kind == "data" else "image/svg+xml")
    again = nurse.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert nurse.get(address, headers={"if-none-match": '"other"'}).status_code == 200


def test_files_of_another_release_or_of_no_view_are_refused(house: House, nurse: Browser) -> None:
    sha256 = house.atlas.sha256
    for path, status, code in (
        (f"atlas/{'0' * 64}/adult_male/full_anterior.json", 409, "atlas_differs"),
        (f"atlas/{sha256}/child/full_anterior.json", 404, "unknown_figure"),
        (f"atlas/{sha256}/adult_male/tail.json", 404, "unknown_view"),
        (f"atlas/{sha256}/adult_male/tail.svg", 404, "unknown_view"),
        (f"atlas/{sha256}/adult_male/thumbnails/tail.svg", 404, "unknown_view"),
        (f"atlas/{sha256}/adult_male/..%2Findex.json", 404, "unknown_view"),
        (f"atlas/{sha256}/adult_male/index.txt", 404, "unknown"),
        (f"atlas/{sha256}/adult_male/{'x' * 500}.json", 404, "unknown_view"),
    ):
        answer = nurse.get(path)
        assert answer.status_code == status, path
        assert answer.json()["code"] in (code, "unknown"), path


def test_maps_are_shown_to_everyone_who_is_signed_in_and_to_nobody_else(
    house: House, administrator: Browser
) -> None:
    assert administrator.get("atlas").status_code == 200
    assert house.browser().get("atlas").status_code == 401
