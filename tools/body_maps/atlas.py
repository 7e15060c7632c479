"""The whole atlas: every view of every figure drawn and written, with the data that the reading side needs.

What is written is described in ``charting.anatomy.files``. The same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Point

from . import landmarks as marks
from . import structures as table
from . import views as view_table
from .areas import Patch, site_polygons
from .contours import area_of, polygon_data, polygons_of
from .draw import Drawing, Landmark, Plate, SiteArea, draw_body_map
from .figure import Figure, build_figure
from .inside import Depth
from .landmarks import Body
from .mesh import MIRROR, Floats
from .raster import Camera, Scene, Window, depth_grid, rasterize, scene_of
from .skin import FIGURES, PARTS, REFERENCE
from .sources import BoneSource, SkinSource
from .structures import PlacedSite, Structure
from .views import AreaRow, ViewRow

VERSION = "1.0.0"
SHALLOW = 25.0  # a site no deeper than this, mm, is also meant by the skin nearest to it
OTHER_SKIN, OTHER_FINGER = 20.0, 6.0
"""The skin that a view shows over a point belongs to something else, a finger before it or the trunk behind it, when it
lies farther away than twice the nearest skin and this, mm."""

log = logging.getLogger(__name__)


@dataclass
class Prepared:
    """A figure ready to be drawn: its scenes, landmarks, sites and the patches of skin that mean each site."""

    figure: Figure
    rows: tuple[ViewRow, ...]
    cameras: dict[str, Camera]
    skin: Scene
    bones: Scene
    landmarks: list[Landmark]
    palpable: frozenset[str]
    major: frozenset[str]
    bones_of_landmarks: dict[str, str]
    sites: tuple[PlacedSite, ...]
    areas: tuple[AreaRow, ...]
    patches: dict[str, list[Patch]] = field(default_factory=dict)
    _alone: dict[tuple[str, str | None], Scene] = field(default_factory=dict)

    def skin_of(self, row: ViewRow) -> Scene:
        """Return the skin that a view shows; a limb drawn alone is lit alone."""
        key = row.limb or row.keep, row.side if row.limb else None
        if key not in self._alone:
            keep = view_table.shown_skin(row, self.figure)
            self._alone[key] = self.skin.alone(keep)
        return self._between(row, self._alone[key])

    def _between(self, row: ViewRow, scene: Scene) -> Scene:
        low, high = view_table.heights(row, self.figure)
        height = scene.vertices[scene.faces][:, :, 2]
        keep = np.asarray((height > low).all(axis=1) & (height < high).all(axis=1))
        return scene if keep.all() else scene.only(keep)

    def bone_of(self, landmark: Landmark) -> str:
        """Return the name of the bone that a landmark is on, with its side if it has one."""
        bone = self.bones_of_landmarks[landmark.id]
        sided = f"{bone}_{landmark.laterality}"
        return sided if sided in self.figure.bones else bone

    def bones_of(self, row: ViewRow) -> Scene:
        """Return the bones that a view shows."""
        shown = set(view_table.shown_bones(row, self.figure))
        numbers = [i for i, name in enumerate(self.bones.names) if name in shown]
        return self._between(row, self.bones.only(np.isin(self.bones.part, numbers)))


def prepare(figure: Figure, rows: Sequence[ViewRow]) -> Prepared:
    """Return a figure with its landmarks found, its sites placed and the skin of each site known."""
    body = Body(
        {name: mesh for name, mesh in figure.bones.items() if not name.endswith("_left")},
        figure.skin.mesh,
        figure.sculpted,
        figure.stature / REFERENCE,
    )
    entries = marks.load()
    found = marks.find(body, entries)
    landmarks = []
    for entry in entries:
        at = found[entry.id]
        if entry.side == "midline":
            landmarks.append(Landmark(entry.id, entry.name, at, "midline"))
        else:
            landmarks.append(Landmark(entry.id, entry.name, at, "right"))
            landmarks.append(Landmark(entry.id, entry.name, at * MIRROR, "left"))
    sites = table.place_all(table.load(), body, found)
    cameras = {row.id: view_table.camera(row, figure) for row in rows}
    prepared = Prepared(
        figure=figure,
        rows=tuple(rows),
        cameras=cameras,
        skin=scene_of({"skin": figure.skin.mesh}),
        bones=scene_of(figure.bones),
        landmarks=landmarks,
        palpable=frozenset(entry.id for entry in entries if entry.palpable and entry.named),
        major=frozenset(entry.id for entry in entries if entry.major),
        bones_of_landmarks={entry.id: body.named(entry.bone) for entry in entries},
        sites=sites,
        areas=view_table.load_areas(),
    )
    for row in rows:
        prepared.skin_of(row)  # once, before the work is shared out
    prepared.patches.update(_patches(prepared))
    return prepared


# ---------------------------------------------------------------- the skin that means a site


@dataclass(frozen=True)
class _Seen:
    """The skin of a view as a grid to look points up in."""

    camera: Camera
    depth: Floats
    x: Floats
    y: Floats

    @staticmethod
    def of(camera: Camera, skin: Scene) -> _Seen:
        grid = depth_grid(camera, skin, spacing=1.0)  # so that rows and columns are mm
        i, j = np.nonzero(np.isfinite(grid.depth))
        return _Seen(camera, grid.depth[i, j], j.astype(np.float64), i.astype(np.float64))

    def skin_over(self, points: Floats) -> Floats:
        """Return the skin (N, 3) that the view shows over body points (N, 3): what a finger touches to mean them."""
        seen = self.camera.project(points)
        found = []
        for x, y, _ in seen:
            nearest = int(np.argmin((self.x - x) ** 2 + (self.y - y) ** 2))
            close = float(np.hypot(self.x[nearest] - x, self.y[nearest] - y)) < 1.0
            at = (x, y) if close else (self.x[nearest], self.y[nearest])
            found.append((*at, self.depth[nearest]))
        place = np.array(found)
        return self.camera.lift(place[:, 0], place[:, 1], place[:, 2])


def _patches(prepared: Prepared) -> dict[str, list[Patch]]:
    """Return the patches of every site: the skin over it in each view that shows it, and the skin nearest to it.

    They are made for the right side and the midline; the left has their mirror.
    """
    figure = prepared.figure
    rows = {row.id: row for row in prepared.rows}
    seen: dict[str, _Seen] = {}
    depth = Depth(figure.skin.mesh, figure.outer)
    found: dict[str, list[Patch]] = {}
    for site in prepared.sites:
        if site.laterality == "left":
            right = found[site.key.replace("/left", "/right")]
            found[site.key] = [Patch(site.key, p.curve * MIRROR, p.radius) for p in right]
            continue
        radius = round(site.structure.radius * max(0.85, figure.stature / REFERENCE), 1)
        names = table.view_ids([*site.structure.views, *site.structure.also], site.laterality)
        patches: list[Patch] = []
        obliged = table.view_ids(site.structure.views, site.laterality) if not site.structure.digits else ()
        for view in names:
            if view not in seen:
                seen[view] = _Seen.of(prepared.cameras[view], prepared.skin_of(rows[view]))
            shown = False
            for part in site.parts:
                over = seen[view].skin_over(part)
                away = np.linalg.norm(over - part, axis=1)
                near = np.linalg.norm(depth.nearest(part) - part, axis=1)
                own = away <= 2 * near + (OTHER_FINGER if site.structure.digits else OTHER_SKIN)
                if not own.any() and view in obliged and part is site.parts[-1] and not shown:
                    own[:] = True  # deep, and yet the source list has it reached from here
                if own.any():
                    shown = True
                    _add(patches, Patch(site.key, over[own], radius))
        for part in site.parts:
            if not patches or float(depth(part).max()) < SHALLOW:
                _add(patches, Patch(site.key, depth.nearest(part), radius))
        if site.laterality == "right":  # in the cleft the nearest skin may be the other side's
            patches = [Patch(p.site, np.minimum(p.curve, [-1.0, np.inf, np.inf]), p.radius) for p in patches]
        else:
            patches = [*patches, *(Patch(p.site, p.curve * MIRROR, p.radius) for p in patches if _beside(p))]
        found[site.key] = [Patch(p.site, np.round(p.curve, 2), p.radius) for p in patches]
    return found


def _beside(patch: Patch) -> bool:
    return bool(np.abs(patch.curve[:, 0]).max() > 0.3)


def _add(patches: list[Patch], patch: Patch) -> None:
    """Add a patch unless one that is there covers it nearly."""
    for other in patches:
        if len(other.curve) == len(patch.curve):
            away = np.linalg.norm(other.curve - patch.curve, axis=1).max()
            if away < 0.35 * patch.radius:
                return
    patches.append(patch)


# ---------------------------------------------------------------- one view


@dataclass(frozen=True)
class Made:
    """A view as it was written."""

    view: str
    sha256: str
    seconds: float
    sites: int
    bytes: int
    bones_outside: float


EXACT, COARSE = 2, 1
"""Decimals of the millimetres in a view's polygons: of a close-up, and of a whole body, where a finger covers more."""


def _rings(geometry: shapely.Polygon, digits: int) -> list[list[float]]:
    return [
        [round(float(number), digits) for point in ring.coords for number in point]
        for ring in (geometry.exterior, *geometry.interiors)
    ]


def _coordinates(geometry: MultiPolygon, digits: int) -> list[list[list[float]]]:
    kept = polygons_of(shapely.make_valid(shapely.set_precision(geometry, 10.0**-digits)))
    return [_rings(polygon, digits) for polygon in kept.geoms]


def draw_view(
    prepared: Prepared, row: ViewRow
) -> tuple[Drawing, dict[str, MultiPolygon], dict[str, tuple[float, float]]]:
    """Return a view's drawing, the polygons of its sites, and each site's anchor in the view frame."""
    camera = prepared.cameras[row.id]
    plate = Plate(camera, prepared.skin_of(row), prepared.bones_of(row))
    near = _in_frame(camera, (p for patches in prepared.patches.values() for p in patches))
    polygons = site_polygons(camera, plate.skin, near, plate.silhouette)
    anchors, areas = {}, []
    for site in prepared.sites:
        if site.key not in polygons:
            continue
        shape = polygons[site.key]
        anchors[site.key] = _anchor(camera, site, shape)
        curves = [camera.project(part)[:, :2] for part in site.parts]
        areas.append(SiteArea(site.key, curves[0], shape))
    # the whole body's drawing leaves sites to its data: at its size they would be dust
    areas = [] if row.whole else _plainer(areas, camera)
    shown = set(view_table.shown_bones(row, prepared.figure))
    wanted = prepared.major if row.whole else prepared.palpable
    named = [m for m in prepared.landmarks if m.id in wanted and prepared.bone_of(m) in shown]
    words = view_table.captions(row, camera)
    drawing = draw_body_map(plate, landmarks=named, sites=areas, captions=words)
    return drawing, polygons, anchors


SITES_BYTES = 20_000  # the outlines of sites in one drawing


def _plainer(areas: list[SiteArea], camera: Camera) -> list[SiteArea]:
    """Return the areas with outlines simple enough for a drawing; the view's data keeps the exact ones."""
    tolerance = 0.2 + max(camera.width, camera.height) / 1500
    while True:
        plain = [replace(area, polygons=polygons_of(area.polygons.simplify(tolerance))) for area in areas]
        if (
            sum(len(polygon_data(area.polygons, quantum=0.1)) for area in plain) <= SITES_BYTES
            or tolerance > 3
        ):
            return plain
        tolerance *= 1.4


def _in_frame(camera: Camera, patches: Iterable[Patch]) -> list[Patch]:
    found = []
    for patch in patches:
        x, y, _ = camera.project(patch.curve).T
        inside = (x > -patch.radius) & (x < camera.width + patch.radius)
        inside &= (y > -patch.radius) & (y < camera.height + patch.radius)
        if inside.any():
            found.append(patch)
    return found


def _anchor(camera: Camera, site: PlacedSite, shape: MultiPolygon) -> tuple[float, float]:
    """Return where a mark on the site is put: over the middle of its anchor if the view can show that place."""
    for part in site.parts:
        middle = (
            part[len(part) // 2]
            if len(part) % 2
            else part[len(part) // 2 - 1 : len(part) // 2 + 1].mean(axis=0)
        )
        x, y, _ = camera.project(middle[None])[0]
        if shape.contains(Point(x, y)):
            return round(float(x), 2), round(float(y), 2)
    largest = max(shape.geoms, key=lambda polygon: polygon.area)
    at = largest.representative_point()
    return round(at.x, 2), round(at.y, 2)


def write_view(prepared: Prepared, row: ViewRow, folder: Path) -> Made:
    """Draw a view and write its SVG, thumbnail and data into the figure's folder."""
    started = time.perf_counter()
    name = prepared.figure.shape.id
    camera = prepared.cameras[row.id]
    drawing, polygons, anchors = draw_view(prepared, row)
    svg = drawing.svg.encode("utf-8")
    place = folder / name
    (place / "thumbnails").mkdir(parents=True, exist_ok=True)
    (place / f"{row.id}.svg").write_bytes(svg)
    (place / "thumbnails" / f"{row.id}.svg").write_text(drawing.thumbnail, encoding="utf-8")
    left, right = view_table.edges(row, camera)
    digits = COARSE if row.whole else EXACT
    data = {
        "schema": "body-map/1",
        "version": VERSION,
        "figure": name,
        "id": row.id,
        "title": row.title,
        "region": row.region,
        "side": row.side,
        "aspect": row.aspect,
        "svg": {"file": f"{name}/{row.id}.svg", "sha256": hashlib.sha256(svg).hexdigest()},
        "size_mm": [camera.width, camera.height],
        "to_view": [[round(float(x), 9) for x in line] for line in camera.to_view],
        "edges": {"left": left, "right": right},
        "silhouette": _coordinates(drawing.silhouette, digits),
        "depth": drawing.depth.encoded(),
        "sites": [
            {"site": key, "anchor": list(anchors[key]), "polygons": _coordinates(shape, digits)}
            for key, shape in polygons.items()
        ],
        "landmarks": [
            {"id": m.id, "name": m.name, "at": [round(x, 2), round(y, 2)], "laterality": m.laterality}
            for m, (x, y) in drawing.landmarks
        ],
        "areas": _areas(prepared, row) if row.whole else [],
    }
    digest, size = _write(place / f"{row.id}.json", data)
    seconds = time.perf_counter() - started
    return Made(row.id, digest, seconds, len(polygons), len(svg) + size, drawing.bones_outside)


def _write(path: Path, data: Mapping[str, Any]) -> tuple[str, int]:
    content = (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest(), len(content)


def _areas(prepared: Prepared, row: ViewRow) -> list[dict[str, Any]]:
    """Return the areas of a full-body view: where a tap offers which close-ups."""
    figure, camera = prepared.figure, prepared.cameras[row.id]
    raster = rasterize(camera, prepared.skin, Window.over(camera, 0.5, margin=4.0))
    i, j = np.nonzero(raster.hit)
    x, y = raster.window.centres()
    at = camera.lift(x[j], y[i], raster.depth[i, j].astype(np.float64))
    part = figure.skin.fine_part[raster.scene.faces[raster.face[i, j], 0]]
    middle, size = view_table.centres(figure), figure.stature / REFERENCE
    free = np.ones(len(at), dtype=bool)
    known = {r.id for r in prepared.rows}
    found = []
    for area in prepared.areas:
        if area.aspects and row.aspect not in area.aspects:
            continue
        for side in ("right", "left") if "{side}" in area.id else ("",):
            point = at * MIRROR if side == "left" else at
            offset = (point - middle[area.centre]) / size
            inside = free & (offset >= area.low).all(axis=1) & (offset <= area.high).all(axis=1)
            if area.part:
                inside &= part == PARTS.index(f"{side}_{area.part}")
            mask = np.zeros(raster.hit.shape, dtype=bool)
            mask[i[inside], j[inside]] = True
            shapes = area_of(mask, raster.window, tolerance=1.0).geoms
            free &= ~inside
            if not shapes:
                continue
            largest = max(shapes, key=lambda polygon: polygon.area)
            if largest.area < 200:
                continue
            closeups = [view.replace("{side}", side) for view in area.views]
            found.append(
                {
                    "area": area.id.replace("{side}", side),
                    "polygon": _rings(shapely.Polygon(largest.exterior), COARSE),
                    "views": [view for view in closeups if view in known],
                }
            )
    return found


# ---------------------------------------------------------------- the whole

_shared: dict[str, Prepared] = {}


def _task(view: str, folder: Path) -> Made:
    prepared = _shared["figure"]
    row = next(row for row in prepared.rows if row.id == view)
    return write_view(prepared, row, folder)


def make(
    skin: SkinSource,
    bones: BoneSource,
    folder: Path,
    *,
    jobs: int = 2,
    only_figures: Sequence[str] = (),
    only_views: Sequence[str] = (),
) -> None:
    """Build the figures and write their views. Only a whole run writes the index."""
    rows = view_table.load_views()
    structures = table.load()
    figures, entries = [], []
    for shape in FIGURES:
        if only_figures and shape.id not in only_figures:
            continue
        started = time.perf_counter()
        prepared = prepare(build_figure(skin, bones, shape), rows)
        log.info("%-14s %-24s %6.1f s", shape.id, "light, sites, patches", time.perf_counter() - started)
        wanted = [row.id for row in rows if not only_views or row.id in only_views]
        made = {one.view: one for one in _run(prepared, wanted, folder, jobs)}
        digest = _write_sites(prepared, folder)
        figures.append(
            {
                "id": shape.id,
                "title": shape.title,
                "sex": shape.sex,
                "stature_mm": round(prepared.figure.stature, 1),
                "sites": f"{shape.id}/sites.json",
                "sites_sha256": digest,
            }
        )
        entries += [_entry(shape.id, row, made[row.id]) for row in rows if row.id in made]
    if not only_figures and not only_views:
        index = {
            "schema": "body-atlas/1",
            "version": VERSION,
            "figures": figures,
            "views": entries,
            "structures": [_structure(one) for one in structures],
        }
        _write(folder / "index.json", index)


def _run(prepared: Prepared, wanted: Sequence[str], folder: Path, jobs: int) -> list[Made]:
    _shared["figure"] = prepared
    made = []
    if jobs == 1:
        results: Iterable[Made] = (_task(view, folder) for view in wanted)
        made = [_told(one) for one in results]
    else:
        context = multiprocessing.get_context("fork")  # the workers share the figure's memory
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            made = [_told(one) for one in pool.map(_task, wanted, [folder] * len(wanted))]
    return made


def _told(one: Made) -> Made:
    log.info(
        "  %-32s %5.1f s  %4d sites  %4d kB%s",
        one.view,
        one.seconds,
        one.sites,
        one.bytes // 1000,
        f"  bone outside the skin: {one.bones_outside:.1f} mm2" if one.bones_outside > 0.5 else "",
    )
    return one


def _write_sites(prepared: Prepared, folder: Path) -> str:
    name = prepared.figure.shape.id
    sites = []
    for site in prepared.sites:
        entry: dict[str, Any] = {"structure": site.structure.id, "laterality": site.laterality}
        if site.level:
            entry["level"] = site.level
        if site.digit:
            entry["digit"] = site.digit
        entry["anchor"] = _points(np.concatenate(site.parts))
        entry["patches"] = [
            {"skin": _points(p.curve), "radius": p.radius} for p in prepared.patches[site.key]
        ]
        sites.append(entry)
    data = {
        "schema": "body-sites/1",
        "version": VERSION,
        "figure": name,
        "sites": sites,
        "landmarks": [
            {"id": m.id, "name": m.name, "laterality": m.laterality, "at": _points(m.at[None])[0]}
            for m in prepared.landmarks
        ],
    }
    return _write(folder / name / "sites.json", data)[0]


def _points(points: Floats) -> list[list[float]]:
    return [[round(float(x), 2) + 0.0 for x in point] for point in points]


def _entry(figure: str, row: ViewRow, made: Made) -> dict[str, Any]:
    return {
        "figure": figure,
        "id": row.id,
        "title": row.title,
        "region": row.region,
        "side": row.side,
        "aspect": row.aspect,
        "file": f"{figure}/{row.id}.json",
        "sha256": made.sha256,
        "svg": f"{figure}/{row.id}.svg",
        "thumbnail": f"{figure}/thumbnails/{row.id}.svg",
    }


def _structure(one: Structure) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "synonyms": list(one.synonyms),
        "region": one.region,
        "kind": one.kind,
        "side": one.side,
        "levels": list(one.levels),
        "digits": list(one.digits),
        "cautions": [asdict(caution) for caution in one.cautions],
        "views": list(one.views),
        "also": list(one.also),
        "sources": list(one.sources),
    }
