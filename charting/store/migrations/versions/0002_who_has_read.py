"""Who has opened which record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from charting.store.columns import Moment, counter

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the log of readings."""
    op.create_table(
        "reading_log",
        sa.Column("seq", counter(), autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("opened", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_reading_log_patient_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_reading_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reading_log_patient_id", "reading_log", ["patient_id", "seq"])
    op.create_index("ix_reading_log_subject_id", "reading_log", ["subject_id", "by", "at"])
