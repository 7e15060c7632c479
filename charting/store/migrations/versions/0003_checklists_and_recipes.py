"""What is asked before and after, how a signed session was judged, and what a solution was made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what was said of a session besides its marks, and a solution's recipe, each as canonical JSON."""
    op.add_column("sessions", sa.Column("more", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("sealed_judgement", sa.Text(), nullable=True))
    op.add_column("solutions", sa.Column("recipe", sa.Text(), nullable=True))
