"""Loading the atlas: what it holds, and what is said when something is wrong with it."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from charting.anatomy import Atlas, Laterality, load_atlas
from charting.domain import (
    AtlasTooNew,
    BodyMapUnusable,
    UnknownFigure,
    UnknownRegion,
    UnknownSite,
    UnknownStructure,
    UnknownView,
)
from tests.synthetic import SyntheticAtlas, grid_data


def test_a_faultless_atlas_passes_its_own_check(synthetic: Atlas) -> None:
    synthetic.check()


def test_figures_structures_and_views_are_found_by_name(synthetic: Atlas) -> None:
    assert [figure.id for figure in synthetic.figures] == ["adult_male", "adult_female"]
    assert synthetic.figure("adult_female").sex == "female"
    assert synthetic.structure("elbow.ucl").name == "Ulnar collateral ligament of the elbow"
    assert synthetic.view("adult_male", "full_anterior").size == (560, 620)
    assert synthetic.site("adult_male", "hand.mcp/left/2").site.digit == 2
    assert synthetic.regions("adult_male") == ("full", "low_back", "elbow")


def test_a_view_is_read_once(synthetic: Atlas) -> None:
    assert synthetic.view("adult_male", "full_left") is synthetic.view("adult_male", "full_left")


def test_a_regions_views_are_those_of_the_side_and_those_without_one(synthetic: Atlas) -> None:
    def ids(region: str, side: Laterality | None = None) -> list[str]:
        return [entry.id for entry in synthetic.views_for("adult_male", region, side)]

    assert len(ids("elbow")) == 4
    assert ids("elbow", Laterality.RIGHT) == ["elbow_right_lateral", "elbow_right_medial"]
    assert ids("elbow", Laterality.LEFT) == ["elbow_left_lateral", "elbow_left_medial"]
    assert ids("low_back", Laterality.LEFT) == ["low_back_posterior"]
    assert len(ids("elbow", Laterality.MIDLINE)) == 4


def test_names_that_the_atlas_does_not_know_are_said_to_be_unknown(synthetic: Atlas) -> None:
    with pytest.raises(UnknownFigure, match="no figure 'child'"):
        synthetic.view("child", "full_left")
    with pytest.raises(UnknownView, match="adult_male has no view 'knee'"):
        synthetic.view("adult_male", "knee")
    with pytest.raises(UnknownStructure, match=r"no structure 'knee\.mcl'"):
        synthetic.structure("knee.mcl")
    with pytest.raises(UnknownSite, match=r"adult_male has no site 'hand\.mcp/left/9'"):
        synthetic.site("adult_male", "hand.mcp/left/9")
    with pytest.raises(UnknownRegion, match="'tail'"):
        synthetic.views_for("adult_male", "tail")


@pytest.mark.parametrize("odd", [None, 3, [], "", "../index", "a" * 10_000], ids=repr)
def test_odd_names_are_unknown_too(synthetic: Atlas, odd: Any) -> None:
    for error, ask in (
        (UnknownFigure, lambda: synthetic.figure(odd)),
        (UnknownView, lambda: synthetic.view("adult_male", odd)),
        (UnknownStructure, lambda: synthetic.structure(odd)),
        (UnknownSite, lambda: synthetic.site("adult_male", odd)),
    ):
        with pytest.raises(error):
            ask()


def test_the_atlas_hash_changes_with_any_file(draft: SyntheticAtlas, tmp_path: Path) -> None:
    before = load_atlas(draft.write(tmp_path / "before")).sha256
    draft.view("elbow_left_medial", "adult_female")["title"] += "!"
    draft.index["views"][-1]["title"] += "!"
    assert load_atlas(draft.write(tmp_path / "after")).sha256 != before


def test_the_drawing_of_a_view_is_the_one_that_its_data_was_made_with(
    draft: SyntheticAtlas, tmp_path: Path
) -> None:
    atlas = load_atlas(draft.write(tmp_path))
    view = atlas.view("adult_male", "full_left")
    assert atlas.drawing(view).startswith("<svg")
    view.drawing.write_text("<svg>another</svg>")
    with pytest.raises(BodyMapUnusable, match=r"adult_male/full_left\.svg is damaged"):
        atlas.drawing(view)


# Faults of single files, made after the hashes were written


def test_an_atlas_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BodyMapUnusable, match=r"index\.json is missing"):
        load_atlas(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name",
    ["adult_female/sites.json", "adult_male/full_left.json", "adult_female/full_left.svg",
     "adult_male/thumbnails/full_left.svg"],
)  # fmt: skip
def test_a_missing_file_is_named(draft: SyntheticAtlas, tmp_path: Path, name: str) -> None:
    (draft.write(tmp_path) / name).unlink()
    with pytest.raises(BodyMapUnusable, match=f"{name} is missing"):
        load_atlas(tmp_path).check()


@pytest.mark.parametrize(
    "name", ["adult_male/sites.json", "adult_male/full_left.json", "adult_male/full_left.svg"]
)
def test_a_file_of_which_one_byte_changed_is_named(draft: SyntheticAtlas, tmp_path: Path, name: str) -> None:
    file = draft.write(tmp_path) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BodyMapUnusable, match=f"{name} is damaged"):
        load_atlas(tmp_path).check()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema": 3}'], ids=repr)
def test_an_index_that_is_no_index_is_unusable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index.json").write_bytes(content)
    with pytest.raises(BodyMapUnusable, match=r"^index\.json: "):
        load_atlas(tmp_path)


def test_a_folder_in_the_place_of_a_file_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "index.json").mkdir()
    with pytest.raises(BodyMapUnusable, match=r"index\.json cannot be read"):
        load_atlas(tmp_path)


# Faults of meaning, with hashes as they ought to be

Fault = Callable[[SyntheticAtlas], Any]


def set_to(path: str, value: Any) -> Fault:
    """Return the fault of a value at a dotted path from a view called full_posterior."""

    def change(draft: SyntheticAtlas) -> None:
        place: Any = draft.view("full_posterior")
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            place = place[step]
        place[last] = value

    return change


def of_index(path: str, value: Any) -> Fault:
    def change(draft: SyntheticAtlas) -> None:
        place: Any = draft.index
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in steps:
            place = place[step]
        place[last] = value

    return change


def all_versions(version: str) -> Fault:
    def change(draft: SyntheticAtlas) -> None:
        for file in (draft.index, *draft.sites.values(), *draft.views.values()):
            file["version"] = version

    return change


def of_site(key: str, **fields: Any) -> Fault:
    return lambda draft: draft.site(key).update(fields)


def of_patch(key: str, **fields: Any) -> Fault:
    return lambda draft: draft.site(key)["patches"][0].update(fields)


def one_more_structure(draft: SyntheticAtlas) -> None:
    like = draft.structure("elbow.ucl")
    draft.index["structures"].append({**like, "id": "knee.acl", "number": 99, "name": "ACL"})


def cut_grid(draft: SyntheticAtlas) -> None:
    depth = draft.view("full_left")["depth"]
    depth["data"] = depth["data"][:-7]


BOW_TIE = [[[10, 10, 20, 20, 20, 10, 10, 20, 10, 10]]]
OPEN = [[[10, 10, 20, 10, 20, 20, 10, 20]]]
ODD = [[[10, 10, 20, 10, 20, 20, 10, 20, 10, 10, 10]]]
OUTSIDE = [[[10, 10, 9000, 10, 9000, 20, 10, 20, 10, 10]]]

FAULTS: dict[str, tuple[Fault, str]] = {
    "two views of one name": (lambda a: a.index["views"].append(dict(a.index["views"][0])), "there twice"),
    "two structures of one id": (of_index("structures.1.id", "lumbar.spinous_process"), "there twice"),
    "two structures of one number": (of_index("structures.1.number", 1), "there twice"),
    "two structures of one name": (of_index("structures.1.name", "LUMBAR spinous process"), "there twice"),
    "a level twice": (of_index("structures.0.levels", ["L4", "L4"]), "level L4 is there twice"),
    "levels and digits": (of_index("structures.0.digits", [2]), "both levels and digits"),
    "a structure that is nowhere": (
        one_more_structure,
        "site knee.acl/left is missing",
    ),
    "an unknown field": (of_index("colour", "red"), "colour: Extra inputs"),
    "a view of no figure": (of_index("views.0.figure", "child"), "unknown figure child"),
    "a view that one figure lacks": (
        lambda a: a.index["views"].pop(),
        "do not both have the view elbow_left_medial",
    ),
    "a view that the other figure lacks": (
        lambda a: a.index["views"].pop(0),
        "do not both have the view full_anterior",
    ),
    "a view that differs between figures": (of_index("views.0.region", "hand"), "not the same view"),
    "a path out of the folder": (of_index("views.0.file", "../secret.json"), r"views\.0\.file"),
    "an absolute path": (of_index("views.0.svg", "/etc/passwd.svg"), r"views\.0\.svg"),
    "a file of two endings": (
        of_index("figures.0.sites", "adult_male/nothing.txt.json"),
        r"figures\.0\.sites",
    ),
    "sites of another figure": (
        lambda a: a.sites["adult_male"].update(figure="adult_female"),
        "is of adult_female",
    ),
    "sites of another release": (lambda a: a.sites["adult_male"].update(version="1.0.1"), "1.0.1"),
    "a site twice": (
        lambda a: a.sites["adult_male"]["sites"].append(a.site("hand.mcp/left/2")),
        "there twice",
    ),
    "a site missing": (lambda a: a.sites["adult_female"]["sites"].pop(), "hand.mcp/left/3 is missing"),
    "a site of no structure": (of_site("elbow.ucl/left", structure="knee.ucl"), "not a site of any"),
    "a level that is none": (of_site("lumbar.spinous_process/midline/L4", level="L9"), "not a site of"),
    "no level": (of_site("lumbar.spinous_process/midline/L4", level=None), "not a site of"),
    "a paired midline": (of_site("elbow.ucl/left", laterality="midline"), "not a site of any"),
    "a right site on the left": (
        of_site("elbow.ucl/right", anchor=[[230, 0, 150]]),
        "elbow.ucl/right does not lie on the patient's right",
    ),
    "a left patch on the right": (
        of_patch("elbow.ucl/left", skin=[[-230, 0, 150]]),
        "elbow.ucl/left does not lie on the patient's left",
    ),
    "a paired site on the midline": (
        of_site("elbow.ucl/left", anchor=[[0, 0, 150]]),
        "does not lie on the patient's left",
    ),
    "a midline site to the side": (
        of_site("lumbar.spinous_process/midline/L4", anchor=[[9, 0, 90]]),
        "9.0 mm from the midline",
    ),
    "a patch without size": (of_patch("elbow.ucl/left", radius=0), "radius"),
    "a site without patches": (of_site("elbow.ucl/left", patches=[]), "patches"),
    "a site that is not a number": (of_site("elbow.ucl/left", anchor=[[math.nan, 0, 0]]), "anchor"),
    "a site in the next room": (of_site("elbow.ucl/left", anchor=[[1e6, 0, 0]]), "less than or equal"),
    "a landmark twice": (
        lambda a: a.sites["adult_male"]["landmarks"].append(a.sites["adult_male"]["landmarks"][0]),
        "landmark is there",
    ),
    "another title": (set_to("title", "Knee"), "its title is Knee, the index says full posterior"),
    "another side": (set_to("side", "right"), "its side is right, the index says None"),
    "another drawing": (set_to("svg.file", "adult_male/full_left.svg"), "its drawing is"),
    "another release": (set_to("version", "1.2.0"), "version 1.2.0, the index of 1.0.0"),
    "a stretched body": (set_to("to_view.0.0", -1.01), "stretches or skews"),
    "a mirrored body": (set_to("to_view.0", [1, 0, 0, 280]), "as in a mirror"),
    "a map that is not a number": (set_to("to_view.0.3", math.inf), r"to_view\.0\.3"),
    "no silhouette": (set_to("silhouette", []), "silhouette"),
    "a silhouette that crosses itself": (
        set_to("silhouette", BOW_TIE),
        "silhouette is not a valid polygon: Self-int",
    ),
    "an open silhouette": (set_to("silhouette", OPEN), "silhouette has a ring that is not closed"),
    "a silhouette with half a point": (set_to("silhouette", ODD), "silhouette has a ring that is not closed"),
    "a silhouette beyond the drawing": (set_to("silhouette", OUTSIDE), "a polygon leaves the drawing"),
    "a silhouette that is not a number": (set_to("silhouette.0.0.2", math.nan), "silhouette"),
    "a site's outline that crosses itself": (
        set_to("sites.0.polygons", BOW_TIE),
        "outline is not a valid polygon",
    ),
    "a site's outline without corners": (set_to("sites.0.polygons", [[[]]]), "not closed"),
    "an area that crosses itself": (set_to("areas.0.polygon", BOW_TIE[0]), "area is not a valid polygon"),
    "an area of no view": (set_to("areas.0.views", ["knee"]), "offers the unknown view knee"),
    "an unknown site": (set_to("sites.0.site", "knee.mcl/left"), "shows the site knee.mcl/left"),
    "a site shown twice": (
        lambda a: a.view("full_left")["sites"].append(a.view("full_left")["sites"][0]),
        "twice",
    ),
    "an unknown landmark": (
        set_to("landmarks", [{"id": "x", "name": "X", "at": [1, 1], "laterality": "left"}]),
        "landmark x",
    ),
    "a grid too small for its drawing": (set_to("size_mm", [570, 620]), "does not cover the drawing"),
    "a grid that was cut": (
        cut_grid,
        "depth grid",
    ),
    "a grid of another size": (set_to("depth.data", grid_data([[1, 2]])), "is not 249 rows of 225"),
    "a grid without spacing": (set_to("depth.spacing", 0), "spacing"),
    "a number written as text": (set_to("size_mm.0", "560"), "size_mm"),
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_an_atlas_with_a_fault_is_refused_in_words(
    draft: SyntheticAtlas, tmp_path: Path, fault: Fault, said: str
) -> None:
    fault(draft)
    with pytest.raises(BodyMapUnusable, match=said):
        load_atlas(draft.write(tmp_path)).check()


NEWER: dict[str, Fault] = {
    "index of a later schema": of_index("schema", "body-atlas/2"),
    "index of a later version": all_versions("2.0.0"),
    "sites of a later schema": lambda a: a.sites["adult_male"].update(schema="body-sites/7", shape="new"),
    "view of a later schema": lambda a: a.view("full_left").update(schema="body-map/2", shape="new"),
}


@pytest.mark.parametrize("newer", NEWER.values(), ids=NEWER.keys())
def test_an_atlas_for_a_later_release_says_so(draft: SyntheticAtlas, tmp_path: Path, newer: Fault) -> None:
    newer(draft)
    with pytest.raises(AtlasTooNew, match="this release reads up to"):
        load_atlas(draft.write(tmp_path)).check()


def test_a_later_minor_version_is_read(draft: SyntheticAtlas, tmp_path: Path) -> None:
    all_versions("1.7.2")(draft)
    atlas = load_atlas(draft.write(tmp_path))
    atlas.check()
    assert atlas.version == "1.7.2"


def test_loading_one_view_does_not_need_the_others(draft: SyntheticAtlas, tmp_path: Path) -> None:
    folder = draft.write(tmp_path)
    for file in (folder / "adult_female").glob("full_*.json"):
        file.write_text(json.dumps({}))
    assert load_atlas(folder).view("adult_male", "full_left").id == "full_left"
