"""Recall plans with their progress and rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())
_MOMENT = sa.DateTime(timezone=True)
_CHECKS = {
    "status_choice": "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
    "stop_requested_choice": "stop_requested IN ('none', 'keep', 'cancel')",
    "weeks_range": "weeks BETWEEN 1 AND 104",
    "time_limit_s_range": "time_limit_s > 0",
    "error_when_failed": "(status = 'failed') = (error IS NOT NULL)",
}
_CHANGES = "'returns', 'does not return', 'leaves', 'changes hours', 'stays', 'moves'"


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pause_id", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", _MOMENT, nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_settings", _JSON, nullable=True),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("time_limit_s", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("pause_date", sa.Date(), nullable=False),
        sa.Column("horizon_starts_on", sa.Date(), nullable=False),
        sa.Column("horizon_ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("stop_requested", sa.Text(), server_default="none", nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", _MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("certificate", _JSON, nullable=True),
        sa.Column("summary", _JSON, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_recalls_{name}"))
            for name, condition in _CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name=op.f("fk_recalls_pause_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_recalls_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
    )
    op.create_index("ix_recalls_pause_id", "recalls", ["pause_id"])
    op.create_index(
        "uq_recalls_pause_id_unfinished",
        "recalls",
        ["pause_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "recall_progress",
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("elapsed_s", sa.Float(), nullable=False),
        _build_owner("recall_progress"),
        sa.PrimaryKeyConstraint("recall_id", "seq", name=op.f("pk_recall_progress")),
    )
    op.create_table(
        "recall_rows",
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("hours_today", sa.Integer(), nullable=False),
        sa.Column("hours_per_week", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint(f"change IN ({_CHANGES})", name=op.f("ck_recall_rows_change_choice")),
        sa.CheckConstraint(
            "hours_today BETWEEN 0 AND 168", name=op.f("ck_recall_rows_hours_today_range")
        ),
        sa.CheckConstraint(
            "hours_per_week BETWEEN 0 AND 168", name=op.f("ck_recall_rows_hours_per_week_range")
        ),
        _build_owner("recall_rows"),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_recall_rows_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_recall_rows_project_id")
        ),
        sa.PrimaryKeyConstraint(
            "recall_id", "contractor_id", "project_id", name=op.f("pk_recall_rows")
        ),
    )
    op.create_index("ix_recall_rows_recall_id_change", "recall_rows", ["recall_id", "change"])


def _build_owner(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_recall_id")
    return sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table("recall_rows")
    op.drop_table("recall_progress")
    op.drop_table("recalls")
