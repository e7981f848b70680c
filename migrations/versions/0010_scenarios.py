"""Scenarios: what-if solves with their progress and people, apart from plans and proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
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


def upgrade() -> None:
    op.create_table(
        "scenarios",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pause_id", sa.BigInteger(), nullable=True),
        sa.Column("paused_project_ids", _JSON, nullable=False),
        sa.Column("extra_demand", _JSON, server_default="[]", nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
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
            sa.CheckConstraint(condition, name=op.f(f"ck_scenarios_{name}"))
            for name, condition in _CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name=op.f("fk_scenarios_pause_id")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_scenarios_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenarios")),
    )
    op.create_index("ix_scenarios_pause_id", "scenarios", ["pause_id"])
    op.create_index("ix_scenarios_batch", "scenarios", ["batch"])
    op.create_table(
        "scenario_progress",
        sa.Column("scenario_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("elapsed_s", sa.Float(), nullable=False),
        _build_owner("scenario_progress"),
        sa.PrimaryKeyConstraint("scenario_id", "seq", name=op.f("pk_scenario_progress")),
    )
    op.create_table(
        "scenario_people",
        sa.Column("scenario_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("lost_hours", sa.Integer(), nullable=False),
        sa.Column("floor_hours", sa.Integer(), nullable=False),
        sa.Column("restored_hours", sa.Numeric(7, 2), nullable=False),
        sa.Column("covered", sa.Boolean(), nullable=False),
        sa.Column("places", _JSON, nullable=False),
        sa.Column("pay_change_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("blocker", sa.Text(), server_default="", nullable=False),
        _build_owner("scenario_people"),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_scenario_people_contractor_id"),
        ),
        sa.PrimaryKeyConstraint("scenario_id", "contractor_id", name=op.f("pk_scenario_people")),
    )


def downgrade() -> None:
    op.drop_table("scenario_people")
    op.drop_table("scenario_progress")
    op.drop_table("scenarios")


def _build_owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["scenario_id"],
        ["scenarios.id"],
        name=op.f(f"fk_{table}_scenario_id"),
        ondelete="CASCADE",
    )
