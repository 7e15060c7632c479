"""A body map for paper: line and light grey, taken once from its drawing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from xml.etree import ElementTree

from charting.anatomy import Atlas, View
from charting.domain import BodyMapUnusable

KEPT = 48
"""How many maps stay in memory; one takes about 100 kB."""

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True, eq=False)
class PaperMap:
    """The lines of a body map, as SVG path data in its view frame (mm).

    ``outline`` is the figure's, ``creases`` the thin shapes of skin inside it, ``bones`` from the farthest to
    the nearest: how far (2, 1, 0), and whether it is a filled shape or a line. ``bone_creases`` are thin
    shapes. ``left`` and ``right`` are the patient's side at that edge of the drawing, R, L or nothing;
    ``edges`` the words there, as the drawing has them.
    """

    sha256: str
    outline: str
    creases: tuple[str, ...]
    bones: tuple[tuple[int, bool, str], ...]
    bone_creases: tuple[str, ...]
    left: str
    right: str
    edges: tuple[str, str]


_maps: OrderedDict[str, PaperMap] = OrderedDict()
_lock = Lock()


def paper_map(atlas: Atlas, view: View) -> PaperMap:
    """Return a view's map for paper; kept by the hash of its drawing once it has been taken apart.

    Raises BodyMapUnusable if the drawing has changed on the disk, or has no outline.
    """
    with _lock:
        kept = _maps.get(view.drawing_sha256)
        if kept is not None:
            _maps.move_to_end(view.drawing_sha256)
            return kept
    taken = _taken_apart(atlas.drawing(view), view)
    with _lock:
        _maps[view.drawing_sha256] = taken
        while len(_maps) > KEPT:
            _maps.popitem(last=False)
    return taken


def _taken_apart(svg: str, view: View) -> PaperMap:
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as trouble:
        raise BodyMapUnusable(f"the drawing of {view.id} is not an SVG: {trouble}") from trouble
    path_by_id = {one.get("id"): one.get("d", "") for one in root.iter(f"{_SVG}path")}
    outline = path_by_id.get(f"{view.id}-outline")
    if not outline:
        raise BodyMapUnusable(f"the drawing of {view.id} has no outline")
    creases: list[str] = []
    bones: list[tuple[int, bool, str]] = []
    bone_creases: list[str] = []
    left = right = ""
    edges = ["", ""]
    for one in root.iter():
        classes = one.get("class", "").split()
        if not classes:
            continue
        at_end = one.get("text-anchor") == "end"
        if classes[0] in ("skin-line", "skin-crease"):
            creases.append(_path(one, path_by_id))
        elif classes[0] in ("bone-fill", "bone-line"):
            far = next((int(name[-1]) for name in classes if name.startswith("far-")), 0)
            bones.append((far, classes[0] == "bone-fill", _path(one, path_by_id)))
        elif classes[0] == "bone-crease":
            bone_creases.append(_path(one, path_by_id))
        elif classes[0] == "side":
            left, right = (left, one.text or "") if at_end else (one.text or "", right)
        elif classes[0] == "edge":
            edges[at_end] = one.text or ""
    return PaperMap(
        sha256=view.drawing_sha256,
        outline=outline,
        creases=tuple(path for path in creases if path),
        bones=tuple(bone for bone in bones if bone[2]),
        bone_creases=tuple(path for path in bone_creases if path),
        left=left,
        right=right,
        edges=(edges[0], edges[1]),
    )


def _path(element: ElementTree.Element, path_by_id: dict[str | None, str]) -> str:
    return element.get("d") or path_by_id.get(element.get(_HREF, "").removeprefix("#"), "")
