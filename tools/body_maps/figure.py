"""A whole figure: its skin, and every bone placed in it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import fit
from .fit import Column, Stand
from .fit_arm import fit_arm
from .fit_foot import fit_foot
from .inside import Depth
from .low_back import FEMALE, MALE, LowBackShape, build_low_back
from .mesh import Floats, Mesh, vertex_normals
from .raster import open_sky
from .skin import Shape, Skin, build_skin
from .sources import BoneSource, SkinSource

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What is read off a figure's skin by eye, mm.

    ``hips`` is the point midway between the hip joint centres in the frame of ``build_skin`` (the rig's hips are
    too far apart and too far back to be anatomy); the others are in the body frame that starts there.
    """

    hips: tuple[float, float, float]
    stand: Stand
    atlas_height: float  # centre of the atlas: level with the tips of the mastoid processes
    neck_height: float  # lower end plate of C7
    low_back: LowBackShape


PLANS = {
    "adult_male": Plan(
        hips=(0.0, -33.0, -10.0),
        stand=Stand((-102.5, 18.0, -430.0), (-93.0, 11.0, -833.0), 86.0, 1.0, 0.78),
        atlas_height=648.0,
        neck_height=557.0,
        low_back=MALE,
    ),
    "adult_female": Plan(
        hips=(0.0, -20.0, -5.0),
        stand=Stand((-93.0, 2.0, -390.0), (-82.0, -1.0, -748.0), 78.0, 0.9, 0.7),
        atlas_height=612.0,
        neck_height=531.0,
        low_back=FEMALE,
    ),
}


@dataclass(frozen=True)
class Figure:
    """A reference body in the anatomical position, LPS mm, origin midway between the hip joint centres.

    ``bones`` holds both sides: midline bones by their name, paired ones as ``<name>_right`` and ``<name>_left``.
    ``sculpted`` are landmarks known from the sculpting of the low back (right side and midline).
    """

    shape: Shape
    skin: Skin
    outer: NDArray[np.bool_]
    bones: dict[str, Mesh]
    sculpted: dict[str, Floats]

    @property
    def stature(self) -> float:
        """Height from sole to crown, mm."""
        return float(np.ptp(self.skin.mesh.vertices[:, 2]))


def build_figure(skin_source: SkinSource, bone_source: BoneSource, shape: Shape) -> Figure:
    """Return the figure of a shape with every bone in place; the left side is the exact mirror of the right."""
    started = time.perf_counter()

    def step(name: str) -> None:
        nonlocal started
        now = time.perf_counter()
        log.info("%-14s %-24s %6.1f s", shape.id, name, now - started)
        started = now

    plan = PLANS[shape.id]
    skin = build_skin(skin_source, shape).shifted(-np.array(plan.hips))
    step("skin")
    light = open_sky(skin.mesh, vertex_normals(skin.mesh), directions=48, pixels=600)
    outer = np.asarray(light > 0.1)
    depth = Depth(skin.mesh, outer)
    step("outer skin")
    low_back = build_low_back(plan.low_back)
    bones = dict(low_back.meshes)
    step("low back")
    spine = fit.source_spine(bone_source)
    bones["t12"] = low_back.t12
    column = Column(plan.atlas_height, plan.neck_height, low_back.frames["t12_upper"].origin)
    thoracic, centres = fit.fit_spine(spine, column, skin, depth)
    bones |= thoracic
    centres["t12"] = low_back.frames["t12"].origin
    bones |= fit.fit_ribs(bone_source, spine, centres, depth)
    bones |= fit.fit_head(bone_source, skin, outer)
    step("spine, ribs, head")
    hip = np.array([-plan.low_back.hip_half, 0.0, 0.0])
    bones |= fit.fit_leg(bone_source, hip, plan.stand, depth)
    bones |= fit_foot(bone_source, skin, depth, np.array(plan.stand.ankle))
    step("leg and foot")
    bones |= fit_arm(bone_source, skin, depth, bones)
    step("arm and hand")
    paired = {name: mesh for name, mesh in bones.items() if name.endswith("_right")}
    bones |= {name.removesuffix("_right") + "_left": mesh.mirrored() for name, mesh in paired.items()}
    return Figure(shape, skin, outer, dict(sorted(bones.items())), dict(low_back.landmarks))
