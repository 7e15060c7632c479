"""The first tables."""

from __future__ import annotations

from alembic import op

from charting.store import triggers
from charting.store.columns import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table and guard."""
    metadata.create_all(op.get_bind())
    triggers.create(op.get_bind())
