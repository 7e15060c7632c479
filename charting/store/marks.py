"""Marks: their table and its translators.

Geometry is WKB in the view frame (mm), ``at_…`` is in the body frame (mm), volumes are whole microlitres.
``position`` is the mark's place in the order of its session, ``changed`` the session's revision at which it
last changed.
"""

from __future__ import annotations

import struct
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from charting.domain import (
    BodyPoint,
    FieldShape,
    Guidance,
    Injection,
    Laterality,
    MapRef,
    Mark,
    MarkState,
    PointShape,
    Site,
    Technique,
    TrackShape,
    ViewPoint,
    shape_of,
)
from charting.domain.amounts import plain
from charting.store.columns import Moment, blob, metadata, reads, sha256

marks = Table(
    "marks",
    metadata,
    Column("session_id", Uuid, ForeignKey("sessions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("figure", String(60), nullable=False),
    Column("view", String(60), nullable=False),
    Column("atlas_version", String(32), nullable=False),
    Column("atlas_sha256", sha256(), nullable=False),
    Column("shape", String(8), nullable=False),
    Column("geometry", blob(), nullable=False),
    Column("at_x", Double, nullable=False),
    Column("at_y", Double, nullable=False),
    Column("at_z", Double, nullable=False),
    Column("site_key", String(120)),
    Column("structure", String(80)),
    Column("level", String(8)),
    Column("digit", Integer),
    Column("laterality", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("solution_id", Uuid),
    Column("ul_each", Integer, nullable=False),
    Column("deposits", Integer, nullable=False),
    Column("punctures", Integer, nullable=False),
    Column("to_bone", Boolean, nullable=False),
    Column("depth_mm", Integer),
    Column("needle", Text, nullable=False),
    Column("guidance", String(16)),
    Column("technique", String(24)),
    Column("note", Text, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("placed_by", Uuid, nullable=False),
    Column("provenance", Text, nullable=False),
    UniqueConstraint("session_id", "id"),
    ForeignKeyConstraint(["session_id", "solution_id"], ["solutions.session_id", "solutions.id"]),
    CheckConstraint("laterality IN ('right', 'left', 'midline')", name="laterality"),
    CheckConstraint("state IN ('planned', 'given', 'skipped')", name="state"),
    CheckConstraint("shape IN ('point', 'track', 'field')", name="shape"),
    CheckConstraint("ul_each >= 0 AND deposits >= 0 AND punctures >= 0", name="amounts"),
    CheckConstraint("ul_each = 0 OR deposits = 0 OR solution_id IS NOT NULL", name="solution"),
    CheckConstraint("(site_key IS NULL) = (structure IS NULL)", name="site"),
    Index("ix_marks_changed", "session_id", "changed"),
    sqlite_with_rowid=False,
)


_POINT = struct.Struct("<BIdd")
_POINT_BEGINS = bytes([1, 1, 0, 0, 0])
"""Of WKB: least byte first, and a point."""


def mark_row(session_id: UUID, position: int, changed: int, mark: Mark) -> dict[str, Any]:
    """Return the columns of a mark."""
    site, given = mark.site, mark.injection
    return {
        "session_id": session_id,
        "position": position,
        "id": mark.id,
        "revision": mark.revision,
        "changed": changed,
        **dict(mark.map),
        "shape": mark.shape.kind,
        "geometry": _wkb(mark.shape),
        "at_x": mark.at.x,
        "at_y": mark.at.y,
        "at_z": mark.at.z,
        "site_key": site.key if site else None,
        "structure": site.structure if site else None,
        "level": site.level if site else None,
        "digit": site.digit if site else None,
        "laterality": str(mark.laterality),
        "state": str(mark.state),
        "withdrawn": mark.withdrawn,
        "solution_id": given.solution_id,
        "ul_each": int(given.ml_each * 1000),
        "deposits": given.deposits,
        "punctures": given.punctures,
        "to_bone": given.to_bone,
        "depth_mm": given.depth_mm,
        "needle": given.needle,
        "guidance": str(given.guidance) if given.guidance else None,
        "technique": str(given.technique) if given.technique else None,
        "note": given.note,
        "placed_at": mark.placed_at,
        "placed_by": mark.placed_by,
        "provenance": mark.provenance,
    }


# many marks are of one drawing and of a few sites, and none of these values ever changes
@lru_cache(maxsize=1000)
def _map_ref(figure: str, view: str, atlas_version: str, atlas_sha256: str) -> MapRef:
    return MapRef(figure=figure, view=view, atlas_version=atlas_version, atlas_sha256=atlas_sha256)


@lru_cache(maxsize=5000)
def _site(structure: str, laterality: Laterality, level: str | None, digit: int | None) -> Site:
    return Site(structure=structure, laterality=laterality, level=level, digit=digit)


def _wkb(shape: PointShape | TrackShape | FieldShape) -> bytes:
    if isinstance(shape, PointShape):
        return _POINT.pack(1, 1, shape.at.x, shape.at.y)  # what Shapely writes, without making a geometry
    return shapely.to_wkb(shape.geometry, byte_order=1)


def _shape(wkb: bytes) -> PointShape | TrackShape | FieldShape:
    if len(wkb) == _POINT.size and wkb.startswith(_POINT_BEGINS):
        # nine marks of ten are points, and reading one through Shapely takes ten times as long
        _, _, x, y = _POINT.unpack(wkb)
        return PointShape(at=ViewPoint(x, y))
    return shape_of(shapely.from_wkb(wkb))


@reads("marks")
def mark_of(row: Row[Any]) -> Mark:
    """Return the mark of a row, checked like any other; its site has the mark's side."""
    laterality = Laterality(row.laterality)
    return Mark(
        id=row.id,
        map=_map_ref(row.figure, row.view, row.atlas_version, row.atlas_sha256),
        shape=_shape(row.geometry),
        at=BodyPoint(row.at_x, row.at_y, row.at_z),
        site=None if row.structure is None else _site(row.structure, laterality, row.level, row.digit),
        laterality=laterality,
        state=MarkState(row.state),
        injection=Injection(
            solution_id=row.solution_id,
            ml_each=plain(Decimal(row.ul_each) / 1000),
            deposits=row.deposits,
            punctures=row.punctures,
            to_bone=row.to_bone,
            depth_mm=row.depth_mm,
            needle=row.needle,
            guidance=Guidance(row.guidance) if row.guidance else None,
            technique=Technique(row.technique) if row.technique else None,
            note=row.note,
        ),
        placed_at=row.placed_at,
        placed_by=row.placed_by,
        provenance=row.provenance,
        withdrawn=row.withdrawn,
        revision=row.revision,
    )
