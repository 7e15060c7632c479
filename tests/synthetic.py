"""A small atlas of a made-up body, written file by file, so that each of its faults can be made on purpose.

The body is three ellipsoids, a trunk and two arms, exactly symmetric; its skin, silhouettes and depths are
computed, not drawn. Everything is in the body frame (LPS, mm) until a view takes it to its own.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import math
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry

FIGURES = {"adult_male": 1.0, "adult_female": 0.93}

TRUNK = ((0.0, 0.0, 200.0), (160.0, 100.0, 300.0))
RIGHT_ARM = ((-230.0, 0.0, 150.0), (35.0, 35.0, 250.0))
LEFT_ARM = ((230.0, 0.0, 150.0), (35.0, 35.0, 250.0))
BODY = (TRUNK, RIGHT_ARM, LEFT_ARM)

# rows of view x, view y (down) and depth (towards the viewer)
ANTERIOR = ((1, 0, 0), (0, 0, -1), (0, -1, 0))
POSTERIOR = ((-1, 0, 0), (0, 0, -1), (0, 1, 0))
RIGHT = ((0, -1, 0), (0, 0, -1), (-1, 0, 0))
LEFT = ((0, 1, 0), (0, 0, -1), (1, 0, 0))

# id, region, side, aspect, turn, what is drawn, left and top edge, width, height, spacing of the grid
VIEWS = (
    ("full_anterior", "full", None, "anterior", ANTERIOR, BODY, (-280, -510), (560, 620), 2.5),
    ("full_posterior", "full", None, "posterior", POSTERIOR, BODY, (-280, -510), (560, 620), 2.5),
    ("full_left", "full", None, "left", LEFT, BODY, (-120, -510), (240, 620), 2.5),
    ("full_right", "full", None, "right", RIGHT, BODY, (-120, -510), (240, 620), 2.5),
    ("low_back_posterior", "low_back", None, "posterior", POSTERIOR, BODY, (-120, -220), (240, 260), 1.0),
    ("elbow_right_lateral", "elbow", "right", "lateral", RIGHT, (RIGHT_ARM,), (-50, -240), (100, 180), 1.0),
    ("elbow_right_medial", "elbow", "right", "medial", LEFT, (RIGHT_ARM,), (-50, -240), (100, 180), 1.0),
    ("elbow_left_lateral", "elbow", "left", "lateral", LEFT, (LEFT_ARM,), (-50, -240), (100, 180), 1.0),
    ("elbow_left_medial", "elbow", "left", "medial", RIGHT, (LEFT_ARM,), (-50, -240), (100, 180), 1.0),
)

# id, name, side, levels, digits, and for each part the patch: points of a curve, the direction in which the
# skin is sought from them, and the radius
STRUCTURES = (
    ("lumbar.spinous_process", "Lumbar spinous process", "midline", ["L4", "L5"], [],
     {"L4": ([(0, 0, 90)], (0, 1, 0), 5.0), "L5": ([(0, 0, 60)], (0, 1, 0), 5.0)}),
    ("lumbar.facet_capsule", "Lumbar facet joint capsule", "paired", ["L4L5"], [],
     {"L4L5": ([(-22, 0, 75)], (0, 1, 0), 6.0)}),
    ("lumbar.multifidus", "Multifidus, lumbar part", "paired", [], [],
     {None: ([(-14, 0, 40), (-20, 0, 110)], (0, 1, 0), 20.0)}),
    ("elbow.ucl", "Ulnar collateral ligament of the elbow", "paired", [], [],
     {None: ([(-230, 0, 150)], (1, 0, 0), 6.0)}),
    ("elbow.common_extensor", "Common extensor origin", "paired", [], [],
     {None: ([(-230, 5, 160), (-230, -5, 150)], (-1, 0, 0), 8.0)}),
    ("hand.mcp", "MCP joint", "paired", [], [2, 3],
     {2: ([(-238, 0, -60)], (0, 1, 0), 4.0), 3: ([(-226, 0, -60)], (0, 1, 0), 4.0)}),
)  # fmt: skip


@dataclass
class SyntheticAtlas:
    """The files of an atlas as plain data: change what should be wrong, then write them."""

    index: dict[str, Any]
    sites: dict[str, dict[str, Any]]
    views: dict[tuple[str, str], dict[str, Any]]
    drawings: dict[tuple[str, str], str] = field(default_factory=dict)

    def view(self, view: str, figure: str = "adult_male") -> dict[str, Any]:
        return self.views[figure, view]

    def site(self, key: str, figure: str = "adult_male") -> dict[str, Any]:
        return next(site for site in self.sites[figure]["sites"] if site_key(site) == key)

    def structure(self, structure: str) -> dict[str, Any]:
        return next(one for one in self.index["structures"] if one["id"] == structure)

    def write(self, folder: Path) -> Path:
        """Write all files with their hashes as they ought to be for what is in them now."""
        for figure in self.index["figures"]:
            figure["sites_sha256"] = _write(folder, figure["sites"], self.sites[figure["id"]])
        for entry in self.index["views"]:
            view = self.views.get((entry["figure"], entry["id"]))
            if view is None:
                continue
            drawing = self.drawings[entry["figure"], entry["id"]].encode()
            path = folder / entry["svg"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(drawing)
            view["svg"]["sha256"] = hashlib.sha256(drawing).hexdigest()
            thumbnail = folder / entry["thumbnail"]
            thumbnail.parent.mkdir(parents=True, exist_ok=True)
            thumbnail.write_bytes(drawing)
            entry["sha256"] = _write(folder, entry["file"], view)
        _write(folder, "index.json", self.index)
        return folder


def synthetic_atlas() -> SyntheticAtlas:
    """Return the files of a whole and faultless atlas, each time new ones."""
    return copy.deepcopy(_faultless())


@cache
def _faultless() -> SyntheticAtlas:
    index: dict[str, Any] = {
        "schema": "body-atlas/1",
        "version": "1.0.0",
        "figures": [
            {"id": figure, "title": figure.replace("_", " "), "sex": figure.removeprefix("adult_"),
             "stature_mm": 1730.0 * scale, "sites": f"{figure}/sites.json", "sites_sha256": "0" * 64}
            for figure, scale in FIGURES.items()
        ],
        "views": [],
        "structures": [
            {"id": structure, "number": number, "name": name, "synonyms": [], "kind": "ligament",
             "region": "full", "side": side, "levels": levels, "digits": digits,
             "cautions": [{"text": "Ulnar nerve", "high": True}], "views": ["full_posterior"],
             "sources": ["T"]}
            for number, (structure, name, side, levels, digits, _) in enumerate(STRUCTURES, start=1)
        ],
    }  # fmt: skip
    atlas = SyntheticAtlas(index, {}, {})
    for figure, scale in FIGURES.items():
        atlas.sites[figure] = _sites_file(figure, scale)
        for row in VIEWS:
            view = _view_file(figure, scale, row, atlas.sites[figure]["sites"])
            atlas.views[figure, view["id"]] = view
            atlas.drawings[figure, view["id"]] = '<svg xmlns="http://www.w3.org/2000/svg"/>'
            index["views"].append(
                {name: view[name] for name in ("figure", "id", "title", "region", "side", "aspect")}
                | {"file": f"{figure}/{view['id']}.json", "sha256": "0" * 64, "svg": view["svg"]["file"],
                   "thumbnail": f"{figure}/thumbnails/{view['id']}.svg"}
            )  # fmt: skip
    return atlas


def site_key(site: dict[str, Any]) -> str:
    part = site["level"] or site["digit"]
    return "/".join([site["structure"], site["laterality"], *([str(part)] if part else [])])


def skin_from(point: Any, direction: Any, scale: float = 1.0) -> tuple[float, float, float]:
    """Return where the line from a point of the body meets the skin of the ellipsoid around that point."""
    start, along = np.array(point, float), np.array(direction, float)
    for middle, radii in BODY:
        ends = _line_through(middle, radii, start, along, scale)
        if ends is not None and ends[0] <= 0 <= ends[1]:
            x, y, z = start + ends[1] * along
            return float(x), float(y), float(z)
    raise AssertionError(f"{point} is not in the body")


def grid_data(numbers: Any) -> str:
    whole = np.asarray(numbers).astype(np.uint16)
    bend = np.diff(np.diff(whole, axis=0, prepend=np.uint16(0)), axis=1, prepend=np.uint16(0))
    return base64.b64encode(zlib.compress(bend.astype("<u2").tobytes(), 9)).decode()


def _sites_file(figure: str, scale: float) -> dict[str, Any]:
    sites = []
    for structure, _, side, _, _, parts in STRUCTURES:
        for laterality in ("midline",) if side == "midline" else ("right", "left"):
            sign = -1.0 if laterality == "left" else 1.0
            for part, (curve, direction, radius) in parts.items():
                skin = [skin_from(np.array(point) * scale, direction, scale) for point in curve]
                sites.append(
                    {
                        "structure": structure,
                        "laterality": laterality,
                        "level": part if isinstance(part, str) else None,
                        "digit": part if isinstance(part, int) else None,
                        "anchor": [[sign * x * scale, y * scale, z * scale] for x, y, z in curve],
                        "patches": [{"skin": [[sign * x, y, z] for x, y, z in skin], "radius": radius}],
                    }
                )
    landmarks = [
        {"id": "elbow.tip", "name": "Tip of the elbow", "laterality": laterality,
         "at": list(skin_from((sign * 230 * scale, 0, 150 * scale), (0, 1, 0), scale))}
        for laterality, sign in (("right", -1), ("left", 1))
    ]  # fmt: skip
    return {
        "schema": "body-sites/1",
        "version": "1.0.0",
        "figure": figure,
        "sites": sites,
        "landmarks": landmarks,
    }


def _view_file(figure: str, scale: float, row: Any, sites: list[dict[str, Any]]) -> dict[str, Any]:
    name, region, side, aspect, turn, parts, corner, size, spacing = row
    turning = np.array(turn, float)
    to_view = np.column_stack([turning, [-corner[0], -corner[1], 0.0]])
    width, height = size
    columns, rows = math.ceil(width / spacing) + 1, math.ceil(height / spacing) + 1
    depth = _depth(turning, to_view[:, 3], parts, scale, columns, rows, spacing)
    outlines = [_outline(turning, to_view[:, 3], part, scale) for part in parts]
    frame = shapely.box(0, 0, width, height)
    silhouette = shapely.set_precision(shapely.union_all(outlines).intersection(frame), 0.01)
    offset, step = -500.0, 0.02
    numbers = np.where(np.isnan(depth), 65535, np.round((np.nan_to_num(depth) - offset) / step))
    shown = []
    for site in sites:
        x, y, z = to_view[:, :3] @ np.array(site["patches"][0]["skin"][0]) + to_view[:, 3]
        column, line = round(x / spacing), round(y / spacing)
        if not (0 <= column < columns and 0 <= line < rows and abs(depth[line, column] - z) < 4):
            continue
        spot = shapely.Point(x, y).buffer(site["patches"][0]["radius"], 8).intersection(silhouette)
        if not spot.is_empty:
            spot = shapely.set_precision(spot, 0.01)
            shown.append(
                {"site": site_key(site), "anchor": [float(x), float(y)], "polygons": coordinates(spot)}
            )
    areas = []
    if region == "full" and aspect in ("anterior", "posterior"):
        for part, middle in (("right", -230.0), ("left", 230.0)):
            x, y, _ = turning @ np.array([middle, 0, 150]) * scale + to_view[:, 3]
            box = shapely.box(x - 30, y - 60, x + 30, y + 60)
            areas.append(
                {"area": f"elbow_{part}", "polygon": coordinates(box)[0],
                 "views": [f"elbow_{part}_lateral", f"elbow_{part}_medial"]}
            )  # fmt: skip
    return {
        "schema": "body-map/1", "version": "1.0.0", "figure": figure, "id": name,
        "title": name.replace("_", " "), "region": region, "side": side, "aspect": aspect,
        "svg": {"file": f"{figure}/{name}.svg", "sha256": "0" * 64}, "size_mm": [width, height],
        "to_view": to_view.tolist(), "edges": {"left": "left edge", "right": "right edge"},
        "silhouette": coordinates(silhouette),
        "depth": {"spacing": spacing, "columns": columns, "rows": rows, "scale": step, "offset": offset,
                  "data": grid_data(numbers)},
        "sites": shown, "landmarks": [], "areas": areas,
    }  # fmt: skip


def coordinates(shape: Any) -> Any:
    """Return a polygon or more as their rings, each x, y, x, y ..."""
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    return [
        [
            [float(number) for point in ring.coords for number in point]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in parts
    ]


def _line_through(
    middle: Any, radii: Any, start: Any, along: Any, scale: float
) -> tuple[float, float] | None:
    """Return where a line enters and leaves an ellipsoid, in steps of ``along`` from ``start``."""
    from_middle = (start - np.array(middle) * scale) / (np.array(radii) * scale)
    step = along / (np.array(radii) * scale)
    a, b, c = step @ step, 2 * from_middle @ step, from_middle @ from_middle - 1
    inside = b * b - 4 * a * c
    if inside < 0:
        return None
    root = math.sqrt(inside)
    return float((-b - root) / (2 * a)), float((-b + root) / (2 * a))


def _depth(
    turning: Any, shift: Any, parts: Any, scale: float, columns: int, rows: int, spacing: float
) -> Any:
    """Return the depth (rows, columns) of the nearest ellipsoid, NaN where there is none."""
    x, y = np.meshgrid(np.arange(columns) * spacing - shift[0], np.arange(rows) * spacing - shift[1])
    start = x[..., None] * turning[0] + y[..., None] * turning[1]
    nearest = np.full(x.shape, np.nan)
    for middle, radii in parts:
        size = np.array(radii) * scale
        from_middle = (start - np.array(middle) * scale) / size
        step = turning[2] / size
        a, b, c = step @ step, 2 * from_middle @ step, (from_middle**2).sum(-1) - 1
        with np.errstate(invalid="ignore"):
            nearest = np.fmax(nearest, (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a))
    return nearest


def _outline(turning: Any, shift: Any, part: Any, scale: float) -> shapely.Polygon:
    """Return the ellipse that an ellipsoid throws onto the drawing."""
    middle, radii = part
    spread = turning @ np.diag((np.array(radii) * scale) ** 2) @ turning.T
    around = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    circle = np.stack([np.cos(around), np.sin(around)])
    points = np.linalg.cholesky(spread[:2, :2]) @ circle
    return shapely.Polygon((points.T + (turning @ np.array(middle) * scale + shift)[:2]).tolist())


def _write(folder: Path, name: str, content: dict[str, Any]) -> str:
    data = json.dumps(content, sort_keys=True).encode()
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
