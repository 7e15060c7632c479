"""One view as SVG: skin, bones, landmarks, orientation, scale and sites, drawn like a plate of a printed atlas.

Every edge is a Bezier path. Tone is a small grey picture used as a mask over a flat colour, so that it is soft at
any zoom, small, and its colour a matter of style. Everything is in the view frame: mm, x right, y down.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import PIL.Image
import shapely
import svgwrite
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry import MultiPolygon, box
from skimage.measure import label as connected
from svgwrite.base import BaseElement
from svgwrite.container import Group

from .contours import (
    Curve,
    Line,
    area_of,
    bezier,
    crack_lines,
    evenly,
    held_outlines,
    joined_lines,
    jump_cracks,
    junctions,
    label_cracks,
    outlines,
    path_data,
    polygon_data,
    polygons_of,
    ridge_lines,
    softened,
    tapered,
    to_view,
)
from .labels import Label, place_labels
from .mesh import Floats
from .raster import (
    Bools,
    Camera,
    DepthGrid,
    Image,
    Labels,
    Raster,
    Scene,
    Window,
    depth_grid,
    extended,
    rasterize,
    smooth_inside,
)
from .style import STYLE, THEMES

FULL_BODY = 700.0  # a frame longer than this, mm, is drawn at the scale of the whole body


@dataclass(frozen=True)
class Landmark:
    """A palpable point to be named in a view: ``at`` (3,) in the body frame, mm."""

    id: str
    name: str
    at: Floats
    laterality: str = "midline"


@dataclass(frozen=True)
class SiteArea:
    """A site as a view shows it: its key, its anchor (K, 2) and its polygons, both in view mm."""

    key: str
    anchor: Floats
    polygons: MultiPolygon


@dataclass(frozen=True)
class Captions:
    """What is written on a view: its title, the words at the left and right edge, and the patient's side there.

    ``letters`` are written at the left and the right edge; a view of one limb has its own letter alone.
    """

    title: str
    edges: tuple[str, str] = ("", "")
    letters: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Drawing:
    """A drawn view: the SVG, and what the view knows about itself (view frame, mm)."""

    view: str
    svg: str
    thumbnail: str
    silhouette: MultiPolygon
    depth: DepthGrid
    landmarks: tuple[tuple[Landmark, tuple[float, float]], ...]
    bones_outside: float  # mm2 of bone that lay beyond the skin's silhouette and was cut off


# --- tone ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tone:
    """A grey picture laid over a part of the view: 0 leaves the colour below, 1 covers it with shade.

    ``box`` is its left, top, width and height in view mm.
    """

    grey: Image
    box: tuple[float, float, float, float]

    def data_uri(self, quality: int = 92) -> str:
        """Return the picture as a grey JPEG in a data URI: tone is smooth, so that it takes a third of a PNG."""
        fixed = np.round(np.clip(self.grey, 0, 1) * 255).astype(np.uint8)
        file = io.BytesIO()
        PIL.Image.fromarray(fixed, mode="L").save(file, "JPEG", quality=quality, optimize=True)
        return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


LIGHT = np.array([-0.30, -0.45, 0.84]) / np.linalg.norm([-0.30, -0.45, 0.84])  # from above the viewer's left


def _halved(values: Image, inside: Bools) -> tuple[Image, Bools]:
    """Return values at half the resolution, the mean of what lies inside in each 2 x 2 block."""
    rows, columns = (values.shape[0] // 2) * 2, (values.shape[1] // 2) * 2
    weight = inside[:rows, :columns].astype(np.float32)
    mixed = values[:rows, :columns] * weight
    total = weight.reshape(rows // 2, 2, columns // 2, 2).sum(axis=(1, 3))
    mean = mixed.reshape(rows // 2, 2, columns // 2, 2).sum(axis=(1, 3)) / np.maximum(total, 1e-6)
    return mean.astype(np.float32), total > 0


def _facing(raster: Raster, camera: Camera) -> Image:
    """Return unit normals in the view frame (rows, columns, 3), turned towards the viewer."""
    normals = raster.values(raster.scene.normals @ camera.to_view[:, :3].T)
    away = normals[..., 2] < 0
    normals[away] *= -1
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    return np.asarray(normals / np.maximum(length, 1e-6), dtype=np.float32)


def _relief(depth: Image, inside: Bools, sigma: float) -> Image:
    """Return how far each pixel lies below its surroundings within ``sigma`` pixels, mm (hollows positive)."""
    held = np.where(inside, depth, 0)
    return smooth_inside(held, inside, sigma) - held


def skin_tone(camera: Camera, skin: Scene, scale: float) -> Tone:
    """Return the tone of the skin at ``scale`` pixels per mm."""
    window = Window.over(camera, 2 * scale, margin=4 / scale)
    raster = rasterize(camera, skin, window)
    inside = raster.hit
    normals = _facing(raster, camera)
    sky = raster.values(skin.light)
    lambert = np.clip(normals @ LIGHT.astype(np.float32), 0, 1)
    edge = normals[..., 2]
    depth = np.where(inside, raster.depth, 0).astype(np.float32)
    hollow = np.clip(_relief(depth, inside, 9 * window.scale), -6, 6) / 6
    fine = np.clip(_relief(depth, inside, 3 * window.scale), -1.5, 1.5) / 1.5
    light = (0.46 * lambert + 0.54 * edge**0.75) * (0.45 + 0.55 * np.clip(sky * 1.06, 0, 1) ** 0.9)
    light = light - 0.09 * hollow - 0.06 * fine
    shade = np.clip((0.95 - light) / 0.95, 0, 1)
    shade = shade * (1.12 - 0.22 * shade)
    shade = smooth_inside(shade.astype(np.float32), inside, max(0.8, 0.7 * window.scale))
    small, within = _halved(shade, inside)
    half = Window(window.left, window.top, scale, small.shape[1], small.shape[0])
    return _trimmed(small, within, half)


def bone_tone(camera: Camera, bones: Scene, scale: float) -> Tone:
    """Return the tone of the bones at ``scale`` pixels per mm."""
    window = Window.over(camera, 2 * scale, margin=4 / scale)
    raster = rasterize(camera, bones, window)
    inside = raster.hit
    normals = _facing(raster, camera)
    sky = raster.values(bones.light)
    lambert = np.clip(normals @ LIGHT.astype(np.float32), 0, 1)
    depth = np.where(inside, raster.depth, 0).astype(np.float32)
    fine = np.clip(_relief(depth, inside, 2.5 * window.scale), -3, 3) / 3
    light = (0.55 * lambert + 0.45 * normals[..., 2]) * (
        0.35 + 0.65 * np.clip(sky * 1.15, 0, 1)
    ) - 0.12 * fine
    shade = np.clip((0.86 - light) / 0.86, 0, 1) ** 1.15
    shade = smooth_inside(shade.astype(np.float32), inside, max(0.7, 0.35 * window.scale))
    small, within = _halved(shade, inside)
    half = Window(window.left, window.top, scale, small.shape[1], small.shape[0])
    return _trimmed(small, within, half)


def _trimmed(shade: Image, inside: Bools, window: Window) -> Tone:
    """Return the tone cut to where anything is, and carried on smoothly beyond it.

    So no pale rim shows at the edge, and the picture has no sharp steps, which would cost much of its size.
    """
    if not inside.any():
        return Tone(np.zeros((1, 1), dtype=np.float32), (0.0, 0.0, 1.0, 1.0))
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    i0, i1 = max(0, int(rows[0]) - 3), min(inside.shape[0], int(rows[-1]) + 4)
    j0, j1 = max(0, int(columns[0]) - 3), min(inside.shape[1], int(columns[-1]) + 4)
    shade, inside = shade[i0:i1, j0:j1], inside[i0:i1, j0:j1]
    away = ndimage.distance_transform_edt(~inside)
    wide = extended(shade, inside)
    softer = ndimage.gaussian_filter(wide, 6.0)
    part = np.clip((away - 1) / 2, 0, 1)
    wide = wide + part * (softer - wide)
    scale = window.scale
    place = (window.left + j0 / scale, window.top + i0 / scale, (j1 - j0) / scale, (i1 - i0) / scale)
    return Tone(wide.astype(np.float32), place)


# --- the drawing ---------------------------------------------------------------------------------------------


@dataclass
class Plate:
    """One view while it is drawn: what it shows, its rasters and its outlines, each made once.

    ``skin`` and ``bones`` are in the body frame, mm, and may be one limb alone.
    """

    camera: Camera
    skin: Scene
    bones: Scene

    @cached_property
    def full(self) -> bool:
        """Whether the view is drawn at the scale of the whole body."""
        return self.long_side > FULL_BODY

    @cached_property
    def long_side(self) -> float:
        """The longer side of the frame, mm."""
        return max(self.camera.width, self.camera.height)

    @cached_property
    def pen(self) -> float:
        """The breadth of the outline, mm: 0.7 on a frame of 320 mm, finer on small ones, broader on large ones."""
        return float(np.clip(0.7 * np.sqrt(self.long_side / 320), 0.5, 1.5))

    @cached_property
    def scale(self) -> float:
        """Pixels per mm from which lines are drawn."""
        area = self.camera.width * self.camera.height
        return float(np.clip(np.sqrt(3.2e6 / area), 2.0, 8.0))

    @cached_property
    def quantum(self) -> float:
        """The step to which the coordinates of lines are rounded, mm."""
        return 0.2 if self.full else 0.1 if self.long_side > 350 else 0.05

    @cached_property
    def tolerance(self) -> float:
        """How far a drawn curve may leave its line, mm."""
        return float(np.clip(0.085 * self.long_side / 300, 0.06, 0.4))

    @cached_property
    def window(self) -> Window:
        """The pixels from which lines are drawn."""
        return Window.over(self.camera, self.scale, margin=6 * self.pen)

    @cached_property
    def skin_raster(self) -> Raster:
        """What the view sees of the skin."""
        return rasterize(self.camera, self.skin, self.window)

    @cached_property
    def bone_raster(self) -> Raster:
        """What the view sees of the bones."""
        return rasterize(self.camera, self.bones, self.window)

    @cached_property
    def frame(self) -> shapely.Polygon:
        """The frame, view mm."""
        return box(0, 0, self.camera.width, self.camera.height)

    def curves(self, lines: list[Line]) -> list[Curve]:
        """Return lines (view mm) as smooth curves."""
        return [bezier(line, self.tolerance) for line in lines]

    def path(self, curves: list[Curve]) -> str:
        """Return curves as the data of one path."""
        return path_data(curves, quantum=self.quantum)

    # skin

    @cached_property
    def silhouette_lines(self) -> list[Line]:
        """The outline of the skin, from which it is drawn."""
        return outlines(self.skin_raster.hit, self.window, sigma=1.2, smallest=4 * self.pen**2)

    @cached_property
    def silhouette(self) -> MultiPolygon:
        """The figure's outline as the view's data has it: finer than the line that is drawn, coarser on a whole body."""
        tolerance = 0.15 if self.full else 0.08
        whole = area_of(
            self.skin_raster.hit, self.window, tolerance=tolerance, sigma=1.2, smallest=4 * self.pen**2
        )
        return polygons_of(whole.intersection(self.frame))

    def inner_lines(self) -> list[Curve]:
        """Return the contours within the silhouette where one part of the skin hides another, tapering out."""
        raster = self.skin_raster
        strong, weak = (9.0, 2.0) if self.full else (4.0, 1.0)
        depth = np.where(raster.hit, raster.depth, np.nan).astype(np.float32)
        across, down, jump_a, jump_d = jump_cracks(depth, raster.part, strong=strong, weak=weak)
        drawn = []
        for line in crack_lines(across, down):
            strength = _crack_values(line, jump_a, jump_d)
            drawn.append(
                self._tapering(line, strength, full_at=(14.0 if self.full else 7.0), pen=0.8 * self.pen)
            )
        return [curve for curve in drawn if curve is not None]

    def _tapering(
        self, line: Line, strength: Floats, *, full_at: float, pen: float, least: float = 7.0
    ) -> Curve | None:
        """Return a line in pixel space as a shape that grows with its strength and thins out at open ends."""
        scale = self.scale
        smooth = softened(line, max(1.6, 0.5 * scale), max(5.0, 1.2 * scale), hold=0.8)
        points = to_view(smooth.points, self.window)
        length = Line(points, False).length
        if length < least * self.pen:
            return None
        if line.closed:
            points, strength = np.concatenate([points, points[:1]]), np.concatenate([strength, strength[:1]])
        even = evenly(points, False, 1.0 / scale)
        weight = np.interp(np.linspace(0, 1, len(even)), np.linspace(0, 1, len(strength)), strength)
        weight = ndimage.gaussian_filter1d(weight, 1.5 * scale, mode="nearest")
        along = np.linspace(0, length, len(even))
        taper = min(8 * self.pen, length / 2.2)
        ends = (
            np.clip(np.minimum(along, length - along) / taper, 0, 1)
            if not line.closed
            else np.ones(len(even))
        )
        width = pen * np.clip(0.25 + 0.75 * weight / full_at, 0.25, 1) * np.sqrt(ends)
        return tapered(Line(even, False), np.maximum(width, 0.06 * self.pen), self.tolerance)

    def skin_creases(self) -> list[Curve]:
        """Return lines along sharp valleys of the skin: navel, folds, eyes, mouth, between toes."""
        raster = self.skin_raster
        inside = raster.hit
        sigma = 1.1 * self.scale if not self.full else 1.5 * self.scale
        normals = _facing(raster, self.camera)
        bend = np.zeros(inside.shape, dtype=np.float32)
        for axis, k in ((1, 0), (0, 1)):
            flat = smooth_inside(normals[..., k], inside, 0.6 * sigma)
            bend -= np.gradient(flat, axis=axis) * self.scale
        depth = np.where(inside, raster.depth, np.nan).astype(np.float32)
        limit = 5.0 if self.full else 2.5
        across, down, _, _ = jump_cracks(depth, raster.part, strong=limit, weak=0.6 * limit)
        near = np.zeros_like(inside)
        near |= across[1:] | across[:-1] | down[:, 1:] | down[:, :-1] | ~inside
        near = ndimage.binary_dilation(near, iterations=int(np.ceil(1.4 * sigma)))
        bend[near] = 0
        bend = ndimage.gaussian_filter(bend, 0.5 * sigma)
        bend[near] = 0
        strong, weak = (0.16, 0.07) if self.full else (0.22, 0.10)
        drawn = []
        for line in ridge_lines(bend, strong=strong, weak=weak):
            assert line.weight is not None
            drawn.append(self._tapering(line, line.weight, full_at=0.5, pen=0.6 * self.pen, least=5.0))
        return [curve for curve in drawn if curve is not None]

    # bones

    @cached_property
    def bone_part(self) -> Labels:
        """Which bone each pixel shows, -1 for none; specks are given to nothing."""
        part = self.bone_raster.part.copy()
        pieces = connected(part, background=-1, connectivity=1)
        least = (2.2 if self.full else 1.2) * self.pen * self.scale
        small = np.bincount(pieces.ravel()) < least**2
        small[0] = False
        speck = small[pieces]
        if speck.any():  # a speck takes the label of the pixel nearest to it
            nearest = ndimage.distance_transform_edt(speck, return_distances=False, return_indices=True)
            part = part[tuple(nearest)]
        return np.asarray(part, dtype=np.int32)

    @cached_property
    def bone_pieces(self) -> Labels:
        """Connected pieces of bones, -1 for none."""
        return np.asarray(connected(self.bone_part, background=-1, connectivity=1) - 1, dtype=np.int32)

    def far(self) -> NDArray[np.int64]:
        """Return for each piece how far it lies behind the skin seen: 0 near, 1 deeper, 2 on the far side."""
        pieces = self.bone_pieces
        both = self.skin_raster.hit & self.bone_raster.hit
        gap = np.zeros(both.shape)
        gap[both] = self.skin_raster.depth[both] - self.bone_raster.depth[both]
        count = int(pieces.max(initial=-1)) + 1
        seen = pieces >= 0
        total = np.bincount(pieces[seen], weights=gap[seen], minlength=count)
        mean = total / np.maximum(np.bincount(pieces[seen], minlength=count), 1)
        return np.digitize(mean, [95.0, 150.0])

    def bone_creases(self) -> list[Curve]:
        """Return the lines within a bone where it hides a part of itself."""
        raster = self.bone_raster
        depth = np.where(raster.hit, raster.depth, np.nan).astype(np.float32)
        strong, weak = (4.0, 1.5) if self.full else (2.0, 0.7)
        labels = np.where(raster.part == self.bone_part, self.bone_part, -1).astype(np.int32)
        across, down, jump_a, jump_d = jump_cracks(depth, labels, strong=strong, weak=weak)
        drawn = []
        for line in crack_lines(across, down):
            strength = _crack_values(line, jump_a, jump_d)
            drawn.append(self._tapering(line, strength, full_at=4.0, pen=0.5 * self.pen, least=5.0))
        return [curve for curve in drawn if curve is not None]


def _crack_values(line: Line, across: Image, down: Image) -> Floats:
    """Return the value of the crack at each point of a chain in pixel space."""
    corners = line.points.astype(np.int64)
    following = np.roll(corners, -1, axis=0)
    j, i = np.minimum(corners, following).T
    flat = corners[:, 1] == following[:, 1]
    rows, columns = down.shape[0], across.shape[1]
    values = np.where(
        flat,
        across[np.clip(i, 0, rows), np.clip(j, 0, columns - 1)],
        down[np.clip(i, 0, rows - 1), np.clip(j, 0, columns)],
    ).astype(np.float64)
    if not line.closed and len(values) > 1:
        values[-1] = values[-2]
    return values


def draw_body_map(
    view: Plate,
    *,
    landmarks: list[Landmark] | None = None,
    sites: list[SiteArea] | None = None,
    captions: Captions | None = None,
) -> Drawing:
    """Return one view drawn."""
    camera = view.camera
    captions = captions or Captions(camera.view)
    name = camera.view
    book = svgwrite.Drawing(
        size=(f"{camera.width:g}", f"{camera.height:g}"),
        viewBox=f"0 0 {camera.width:g} {camera.height:g}",
        profile="full",
        debug=False,
    )
    book.attribs.update({"class": "body-map", "id": name, "role": "img"})
    book.set_desc(title=captions.title)
    book.add(book.style(STYLE))
    outline = path_data(view.curves(view.silhouette_lines), quantum=0.05 if view.full else 0.02)
    # where a page gives the drawing more room than its frame, a limb still ends at the frame, and without a line
    frame = book.clipPath(id=f"{name}-frame")
    frame.add(book.rect((0, 0), (camera.width, camera.height)))
    book.defs.add(frame)
    clip = book.clipPath(id=f"{name}-clip", clip_path=f"url(#{name}-frame)")
    book.defs.add(book.path(d=outline, id=f"{name}-outline"))
    clip.add(book.use(f"#{name}-outline"))
    book.defs.add(clip)

    def layer(kind: str) -> Group:
        group = book.g(id=f"{name}-{kind}", class_=f"layer layer-{kind}")
        book.add(group)
        return group

    def toned(tone: Tone, kind: str) -> BaseElement:
        """Return a flat colour that shows as much as the tone says."""
        left, top, wide, high = (round(side, 3) for side in tone.box)
        place, size = (left, top), (wide, high)
        mask = book.mask(start=place, size=size, id=f"{name}-{kind}-tone", maskUnits="userSpaceOnUse")
        mask.add(book.image(tone.data_uri(), insert=place, size=size, preserveAspectRatio="none"))
        book.defs.add(mask)
        return book.rect(place, size, class_=f"tone {kind}-tone", mask=f"url(#{name}-{kind}-tone)")

    # skin
    group = layer("skin")
    group.attribs["clip-path"] = f"url(#{name}-frame)"
    body = group.add(book.g(clip_path=f"url(#{name}-clip)"))
    body.add(book.use(f"#{name}-outline", class_="skin"))
    filled = float(view.skin_raster.hit.mean()) * camera.width * camera.height
    start = float(np.clip(np.sqrt(SKIN_PIXELS / max(filled, 1)), 0.25, 2.0))
    skin_shade = _within(skin_tone(camera, view.skin, start), SKIN_BYTES)
    body.add(toned(skin_shade, "skin"))
    inner = view.path(view.inner_lines())
    creases = view.path(view.skin_creases())
    if inner:
        body.add(book.path(d=inner, class_="skin-line", id=f"{name}-inner"))
    if creases:
        body.add(book.path(d=creases, class_="skin-crease", id=f"{name}-creases"))
    group.add(book.use(f"#{name}-outline", class_="skin-outline", stroke_width=round(view.pen, 2)))

    # bones
    group = layer("bones")
    outside = 0.0
    if view.bone_raster.hit.any():
        group.attribs["clip-path"] = f"url(#{name}-clip)"
        outside = float((view.bone_raster.hit & ~view.skin_raster.hit).sum()) / view.scale**2
        areas = [polygon_data(site.polygons, quantum=0.1) for site in sites or []]
        taken = sum(map(len, [outline, inner, creases, skin_shade.data_uri(), *areas])) + 60 * len(areas)
        _draw_bones(book, group, view, toned, ROOM - taken)
        for lines, kind in ((inner, "inner"), (creases, "creases")):
            if lines:  # the skin's own lines stay to be seen, faintly, over the bones
                group.add(book.use(f"#{name}-{kind}", class_="skin-over"))

    shown = _visible(view, landmarks or [])
    _draw_landmarks(book, layer("landmarks"), view, shown, captions)
    _draw_orientation(book, layer("orientation"), view, captions)
    _draw_scale(book, layer("scale"), view)
    group = layer("sites")
    group.attribs["clip-path"] = f"url(#{name}-frame)"
    crowded = len(sites or []) > CROWDED
    if crowded:
        group.attribs["class"] += " site"
    for site in sites or []:
        if crowded:
            if not site.polygons.is_empty:
                area = group.add(book.path(d=polygon_data(site.polygons, quantum=0.1)))
                area.attribs["data-site"] = site.key
            continue
        one = group.add(book.g(class_="site"))
        one.attribs["data-site"] = site.key
        if not site.polygons.is_empty:
            one.add(book.path(d=polygon_data(site.polygons, quantum=0.1)))
        if len(site.anchor) == 1:
            x, y = site.anchor[0]
            one.add(book.circle((round(float(x), 1), round(float(y), 1)), round(view.pen * 1.3, 1)))
        elif len(site.anchor) > 1:
            run = Line(np.asarray(site.anchor, dtype=np.float64), False)
            one.add(
                book.path(
                    d=view.path([bezier(run, 0.2)]), class_="site-curve", stroke_width=round(view.pen, 2)
                )
            )
    return Drawing(
        name,
        book.tostring() + "\n",
        thumbnail(view, captions.title),
        view.silhouette,
        depth_grid(camera, view.skin),
        tuple(shown),
        outside,
    )


SKIN_PIXELS, SKIN_BYTES = 80_000, 17_000  # pixels of tone inside the silhouette; size of its data URI
BONE_PIXELS, BONE_BYTES = 110_000, (15_000, 48_000)  # the same for the bones, least and most
CROWDED = 120  # sites: a drawing with more shows their outlines alone
ROOM = 124_000  # characters for everything but texts and markup


def _within(tone: Tone, size: int) -> Tone:
    """Return the tone, made coarser until its picture is within ``size`` characters."""
    whole = PIL.Image.fromarray(tone.grey)
    factor = 1.0
    while (length := len(tone.data_uri())) > size and factor > 0.2:
        factor *= float(np.clip(np.sqrt(size / length) * 0.98, 0.6, 0.96))
        columns, rows = (max(2, round(side * factor)) for side in whole.size)
        tone = Tone(np.asarray(whole.resize((columns, rows), PIL.Image.Resampling.BOX)), tone.box)
    return tone


def _draw_bones(
    book: svgwrite.Drawing, group: Group, view: Plate, toned: Callable[[Tone, str], BaseElement], room: int
) -> None:
    """Draw the bones into their layer; ``room`` is how many characters they may take."""
    pieces, far = view.bone_pieces, view.far()
    level_of = np.concatenate([far, [9]])
    fine = 2.5 if view.full else max(1.5, 0.3 * view.scale)
    broad = max(5.0, (2.0 if view.full else 0.9) * view.scale)

    def curve(line: Line) -> Curve:
        return bezier(Line(to_view(line.points, view.window), line.closed), view.tolerance)

    # the outline of each level, and within a level every edge between two bones once
    outline: dict[int, str] = {}
    level = level_of[pieces]
    for depth in (2, 1, 0):
        regions = np.where(level == depth, pieces, np.where(level < depth, -2, -1)).astype(np.int32)
        held = junctions(*label_cracks(regions))
        lines = held_outlines(level == depth, held, fine=fine, broad=broad, smallest=6)
        if lines:
            outline[depth] = view.path([curve(line) for line in lines])
    drawn: dict[int, list[Curve]] = {depth: [] for depth in outline}
    edges = crack_lines(*label_cracks(pieces))
    beside = [tuple(int(level_of[side]) for side in _labels_beside(line, pieces)) for line in edges]
    within = [(line, one) for line, (one, other) in zip(edges, beside, strict=True) if one == other]
    for line, depth in joined_lines([line for line, _ in within], [depth for _, depth in within]):
        drawn[depth].append(curve(softened(line, fine, broad, hold=0.8)))
    inner = {depth: view.path(curves) for depth, curves in drawn.items()}
    creases = view.path(view.bone_creases())
    # the tone, as fine as the room that the lines leave allows
    room -= sum(map(len, outline.values())) + sum(map(len, inner.values())) + len(creases)
    filled = float(view.bone_raster.hit.mean()) * view.camera.width * view.camera.height
    start = float(np.clip(np.sqrt(BONE_PIXELS / max(filled, 1)), 0.4, 3.0))
    tone = _within(bone_tone(view.camera, view.bones, start), int(np.clip(room, *BONE_BYTES)))

    name, pen = view.camera.view, round(0.5 * view.pen, 2)
    clip = book.clipPath(id=f"{name}-bone-clip")
    for depth, data in outline.items():
        book.defs.add(book.path(d=data, id=f"{name}-bone-{depth}"))
        clip.add(book.use(f"#{name}-bone-{depth}"))
        group.add(book.use(f"#{name}-bone-{depth}", class_=f"bone-fill far-{depth}"))
    book.defs.add(clip)
    inside = group.add(book.g(clip_path=f"url(#{name}-bone-clip)"))
    inside.add(toned(tone, "bone"))
    for depth in outline:
        kind = f"bone-line far-{depth}"
        if inner[depth]:
            group.add(book.path(d=inner[depth], class_=kind, stroke_width=pen))
        group.add(book.use(f"#{name}-bone-{depth}", class_=kind, stroke_width=pen))
    if creases:
        group.add(book.path(d=creases, class_="bone-crease"))


def _labels_beside(line: Line, labels: Labels) -> tuple[int, int]:
    """Return the labels on the two sides of a chain of cracks, at its middle."""
    points = line.points.astype(np.int64)
    k = len(points) // 2 - 1 if len(points) > 1 else 0
    (x0, y0), (x1, y1) = points[k], points[(k + 1) % len(points)]
    rows, columns = labels.shape

    def at(i: int, j: int) -> int:
        return int(labels[i, j]) if 0 <= i < rows and 0 <= j < columns else -1

    x, y = int(min(x0, x1)), int(min(y0, y1))
    return (at(y - 1, x), at(y, x)) if y0 == y1 else (at(y, x - 1), at(y, x))


def _visible(view: Plate, landmarks: list[Landmark]) -> list[tuple[Landmark, tuple[float, float]]]:
    """Return the landmarks that this view can show, with their places: in the frame, near the surface, not hidden."""
    shown = []
    for landmark in landmarks:
        x, y, depth = view.camera.project(np.asarray(landmark.at, dtype=np.float64)[None])[0]
        margin = 2 * view.pen
        if not (margin < x < view.camera.width - margin and margin < y < view.camera.height - margin):
            continue
        row, column = (int(v) for v in view.window.pixel(np.array(x), np.array(y)))
        skin, bone = float(view.skin_raster.depth[row, column]), float(view.bone_raster.depth[row, column])
        if not np.isfinite(skin) or skin - depth > 70 or (np.isfinite(bone) and bone - depth > 9):
            continue
        shown.append((landmark, (float(x), float(y))))
    return shown


def _draw_landmarks(
    book: svgwrite.Drawing,
    group: Group,
    view: Plate,
    shown: list[tuple[Landmark, tuple[float, float]]],
    captions: Captions,
) -> None:
    size = text_size(view.camera)
    named: dict[str, tuple[Landmark, tuple[float, float]]] = {}
    for landmark, at in shown:  # both sides have their dot; the name stands once, at the right
        if landmark.name not in named or at[0] > named[landmark.name][1][0]:
            named[landmark.name] = (landmark, at)
    labels = [Label(landmark.name, at) for landmark, at in named.values()]
    busy = np.isin(view.bone_pieces, [-1], invert=True)
    placed = place_labels(
        labels,
        [at for _, at in shown],
        size=size,
        width=view.camera.width,
        height=view.camera.height,
        taken=_reserved(view, captions),
        ground=busy,
        window=view.window,
    )
    for label in placed:
        (x, y), (u, v) = label.leader
        group.add(
            book.line(
                (round(x, 2), round(y, 2)),
                (round(u, 2), round(v, 2)),
                class_="leader",
                stroke_width=round(0.055 * size, 2),
            )
        )
    for _, (x, y) in shown:
        group.add(
            book.circle(
                (round(x, 2), round(y, 2)),
                round(0.17 * size, 2),
                class_="landmark",
                stroke_width=round(0.08 * size, 2),
            )
        )
    for label in placed:
        group.add(
            book.text(
                label.text,
                insert=(round(label.at[0], 2), round(label.at[1], 2)),
                class_="name",
                font_size=round(size, 2),
                stroke_width=round(0.22 * size, 2),
                text_anchor=label.anchor,
            )
        )


def text_size(camera: Camera) -> float:
    """Return the height of text in a view, mm: about 12 px when the frame is 700 px high, less in narrow frames."""
    longer, shorter = max(camera.width, camera.height), min(camera.width, camera.height)
    return float(np.clip(min(longer / 58, shorter / 22), 2.6, 30))


def _reserved(view: Plate, captions: Captions) -> list[tuple[float, float, float, float]]:
    """Return the boxes (left, top, right, bottom) that orientation and scale take."""
    size = text_size(view.camera)
    wide, high = view.camera.width, view.camera.height
    lines = scale_words(view)
    long = 0.52 * size * max(map(len, lines))
    boxes = [(0.0, high - (2.2 + len(lines)) * size, max(50.0, long) + 1.5 * size, high)]
    if captions.letters[0]:
        boxes.append((0.0, 0.0, 3 * size, 2.6 * size))
    if captions.letters[1]:
        boxes.append((wide - 3 * size, 0.0, wide, 2.6 * size))
    for word, left in ((captions.edges[0], True), (captions.edges[1], False)):
        if word:
            long = 0.6 * size * len(word) + size
            boxes.append(
                (0.0 if left else wide - long, high / 2 - size, long if left else wide, high / 2 + size)
            )
    return boxes


def _draw_orientation(book: svgwrite.Drawing, group: Group, view: Plate, captions: Captions) -> None:
    size = text_size(view.camera)
    wide, high = view.camera.width, view.camera.height
    for letter, x, anchor in zip(captions.letters, (size, wide - size), ("start", "end"), strict=True):
        if letter:
            group.add(
                book.text(
                    letter,
                    insert=(round(x, 2), round(2 * size, 2)),
                    class_="side",
                    font_size=round(1.7 * size, 2),
                    text_anchor=anchor,
                )
            )
    for word, x, anchor in zip(
        captions.edges, (0.6 * size, wide - 0.6 * size), ("start", "end"), strict=True
    ):
        if word:
            group.add(
                book.text(
                    word,
                    insert=(round(x, 2), round(high / 2, 2)),
                    class_="edge",
                    font_size=round(size, 2),
                    stroke_width=round(0.22 * size, 2),
                    text_anchor=anchor,
                )
            )


def _draw_scale(book: svgwrite.Drawing, group: Group, view: Plate) -> None:
    size = text_size(view.camera)
    high = view.camera.height
    x, y = size, high - 0.9 * size
    tick = 0.35 * size
    group.add(
        book.path(
            d=f"M{x:.2f} {y - tick:.2f}v{tick:.2f}h50v{-tick:.2f}",
            class_="bar",
            stroke_width=round(0.12 * size, 2),
        )
    )
    lines = scale_words(view)
    for above, words in enumerate(reversed(lines)):
        group.add(
            book.text(
                words,
                insert=(round(x, 2), round(y - (0.75 + above) * size, 2)),
                class_="bar-name",
                font_size=round(0.85 * size, 2),
                stroke_width=round(0.2 * size, 2),
            )
        )


def scale_words(view: Plate) -> tuple[str, ...]:
    """Return what is written over the scale bar: on a whole body in two lines, clear of the feet."""
    return ("5 cm on the", "reference figure") if view.full else ("5 cm on the reference figure",)


def thumbnail(view: Plate, title: str) -> str:
    """Return a small drawing of the view, flat colours and few lines, at most about 6 kB."""
    coarse = view.long_side / (200 if view.full else 240)
    frame = view.frame
    skin = polygons_of(view.silhouette.simplify(coarse * 0.5))
    bones = MultiPolygon()
    if view.bone_raster.hit.any():
        whole = area_of(
            view.bone_part >= 0,
            view.window,
            tolerance=coarse * 0.5,
            smallest=(2 * coarse) ** 2,
            sigma=0.5 * coarse * view.scale,
        )
        bones = polygons_of(whole.intersection(frame).intersection(view.silhouette.buffer(0)))
    book = svgwrite.Drawing(
        size=("100%", "100%"),
        viewBox=f"0 0 {view.camera.width:g} {view.camera.height:g}",
        profile="full",
        debug=False,
    )
    book.attribs.update({"class": "body-map body-map-thumbnail", "role": "img"})
    book.set_desc(title=title)
    pen = round(view.long_side / 110, 2)
    book.add(
        book.path(
            d=polygon_data(skin, quantum=0.5),
            style=f"fill:var(--map-skin,#f6e3d7);stroke:var(--map-skin-line,#6b4130);stroke-width:{pen}",
        )
    )
    if not bones.is_empty:
        book.add(
            book.path(
                d=polygon_data(bones, quantum=0.5),
                style=f"fill:var(--map-bone,#faf3e3);stroke:var(--map-bone-line,#857a58);stroke-width:{pen / 2:g}",
            )
        )
    return book.tostring() + "\n"


VARIABLE = re.compile(r"var\(\s*(--[a-z0-9-]+)\s*,\s*([^()]*(?:\([^()]*\))?[^()]*)\)")


def resolved(svg: str, theme: str = "", *, layers: tuple[str, ...] = ("bones", "landmarks")) -> str:
    """Return a drawing for renderers without CSS variables, in a theme, with the layers named (and "sites") shown."""
    colours = THEMES.get(theme, {})
    classes = ["body-map", *([theme] if theme else [])]
    classes += ["show-sites"] if "sites" in layers else []
    classes += [f"no-{layer}" for layer in ("bones", "landmarks") if layer not in layers]
    plain = VARIABLE.sub(lambda found: colours.get(found[1], found[2].strip()), svg)
    plain = re.sub(r"--map-[a-z-]+:[^;}]*;?", "", plain)  # what sets variables has nothing left to set
    return plain.replace('class="body-map', f'class="{" ".join(classes)}', 1)
