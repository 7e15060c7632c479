"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from charting.store.columns import Moment, counter, ordered_text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "clinic",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "clinic_settings",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_clinic_settings")),
    )
    op.create_table(
        "command_log",
        sa.Column("seq", counter(), autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asked_sha256", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_command_log")),
        sa.UniqueConstraint("id", name=op.f("uq_command_log_id")),
        sa.UniqueConstraint("subject_id", "revision", name=op.f("uq_command_log_subject_id_revision")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "patients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_number", sa.String(length=40), nullable=False),
        sa.Column("record_number_folded", ordered_text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("name_folded", ordered_text(), nullable=False),
        sa.Column("born", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("weight_10g", sa.Integer()),
        sa.Column("weighed_on", sa.Date()),
        sa.Column("allergies", sa.Text(), nullable=False),
        sa.Column("cautions", sa.Text(), nullable=False),
        sa.Column("figure", sa.String(length=60)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("touched_at", Moment(), nullable=False),
        sa.CheckConstraint("weight_10g > 0", name=op.f("ck_patients_weight")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("record_number_folded", name=op.f("uq_patients_record_number_folded")),
    )
    op.create_index("ix_patients_born", "patients", ["born"])
    op.create_index("ix_patients_name_folded", "patients", ["name_folded", "id"])
    op.create_index("ix_patients_touched_at", "patients", ["touched_at"])
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sign_in", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("sign_in", name=op.f("uq_staff_sign_in")),
    )
    op.create_table(
        "tries",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tries")),
    )
    op.create_table(
        "courses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("sides", sa.String(length=8), nullable=False),
        sa.Column("indication", sa.Text(), nullable=False),
        sa.Column("planned_sessions", sa.Integer()),
        sa.Column("every_days", sa.Integer()),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_courses_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("id", "patient_id", name=op.f("uq_courses_id_patient_id")),
    )
    op.create_index("ix_courses_patient_id", "courses", ["patient_id", "opened_on"])
    op.create_table(
        "logins",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_logins_staff_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_logins")),
        sa.UniqueConstraint("id", name=op.f("uq_logins_id")),
    )
    op.create_index("ix_logins_staff_id", "logins", ["staff_id", "ended_at"])
    op.create_table(
        "patient_words",
        sa.Column("word", ordered_text(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_patient_words_patient_id")),
        sa.PrimaryKeyConstraint("word", "patient_id", name=op.f("pk_patient_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_patient_words_patient_id", "patient_words", ["patient_id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("figure", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("clinician_id", sa.Uuid(), nullable=False),
        sa.Column("pain_before", sa.Integer()),
        sa.Column("pain_after", sa.Integer()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("sealed_at", Moment()),
        sa.Column("sealed_by", sa.Uuid()),
        sa.Column("sealed_name", sa.Text()),
        sa.Column("sealed_sha256", sa.String(length=64)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(sealed_at IS NULL) = (sealed_by IS NULL) AND (sealed_at IS NULL) = (sealed_name IS NULL) "
            "AND (sealed_at IS NULL) = (sealed_sha256 IS NULL)",
            name=op.f("ck_sessions_seal"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_sessions_number")),
        sa.CheckConstraint("pain_after BETWEEN 0 AND 10", name=op.f("ck_sessions_pain_after")),
        sa.CheckConstraint("pain_before BETWEEN 0 AND 10", name=op.f("ck_sessions_pain_before")),
        sa.ForeignKeyConstraint(["clinician_id"], ["staff.id"], name=op.f("fk_sessions_clinician_id")),
        sa.ForeignKeyConstraint(
            ["course_id", "patient_id"],
            ["courses.id", "courses.patient_id"],
            name=op.f("fk_sessions_course_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_sessions_course_id_number")),
    )
    op.create_index(
        "ix_sessions_drafts",
        "sessions",
        ["patient_id", "started_at"],
        sqlite_where=sa.text("sealed_at IS NULL"),
        postgresql_where=sa.text("sealed_at IS NULL"),
    )
    op.create_index("ix_sessions_patient_id", "sessions", ["patient_id", "started_at"])
    op.create_table(
        "documents",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_documents_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_documents")),
    )
    op.create_table(
        "solutions",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lots", sa.Text(), nullable=False),
        sa.Column("prepared_ul", sa.Integer()),
        sa.CheckConstraint("prepared_ul >= 0", name=op.f("ck_solutions_prepared")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_solutions_session_id")),
        sa.PrimaryKeyConstraint("session_id", "id", name=op.f("pk_solutions")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_solutions_session_id_position")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "components",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("solution_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("percent_e4", sa.Integer(), nullable=False),
        sa.CheckConstraint("percent_e4 > 0", name=op.f("ck_components_percent")),
        sa.ForeignKeyConstraint(
            ["session_id", "solution_id"],
            ["solutions.session_id", "solutions.id"],
            name=op.f("fk_components_session_id_solution_id"),
        ),
        sa.PrimaryKeyConstraint("session_id", "solution_id", "position", name=op.f("pk_components")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "marks",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("figure", sa.String(length=60), nullable=False),
        sa.Column("view", sa.String(length=60), nullable=False),
        sa.Column("atlas_version", sa.String(length=32), nullable=False),
        sa.Column("atlas_sha256", sa.String(length=64), nullable=False),
        sa.Column("shape", sa.String(length=8), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("at_x", sa.Double(), nullable=False),
        sa.Column("at_y", sa.Double(), nullable=False),
        sa.Column("at_z", sa.Double(), nullable=False),
        sa.Column("site_key", sa.String(length=120)),
        sa.Column("structure", sa.String(length=80)),
        sa.Column("level", sa.String(length=8)),
        sa.Column("digit", sa.Integer()),
        sa.Column("laterality", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("solution_id", sa.Uuid()),
        sa.Column("ul_each", sa.Integer(), nullable=False),
        sa.Column("deposits", sa.Integer(), nullable=False),
        sa.Column("punctures", sa.Integer(), nullable=False),
        sa.Column("to_bone", sa.Boolean(), nullable=False),
        sa.Column("depth_mm", sa.Integer()),
        sa.Column("needle", sa.Text(), nullable=False),
        sa.Column("guidance", sa.String(length=16)),
        sa.Column("technique", sa.String(length=24)),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.CheckConstraint("laterality IN ('right', 'left', 'midline')", name=op.f("ck_marks_laterality")),
        sa.CheckConstraint("shape IN ('point', 'track', 'field')", name=op.f("ck_marks_shape")),
        sa.CheckConstraint("state IN ('planned', 'given', 'skipped')", name=op.f("ck_marks_state")),
        sa.CheckConstraint("(site_key IS NULL) = (structure IS NULL)", name=op.f("ck_marks_site")),
        sa.CheckConstraint(
            "ul_each = 0 OR deposits = 0 OR solution_id IS NOT NULL", name=op.f("ck_marks_solution")
        ),
        sa.CheckConstraint(
            "ul_each >= 0 AND deposits >= 0 AND punctures >= 0", name=op.f("ck_marks_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "solution_id"],
            ["solutions.session_id", "solutions.id"],
            name=op.f("fk_marks_session_id_solution_id"),
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_marks_session_id")),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_marks")),
        sa.UniqueConstraint("session_id", "id", name=op.f("uq_marks_session_id_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_marks_changed", "marks", ["session_id", "changed"])
