"""Indexes for lists and figures over tens of thousands: they read no more than they count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_PAUSED_BY = ("suspended_by_pause_id", "ended_by_pause_id")


def upgrade() -> None:
    for column in _PAUSED_BY:
        op.drop_index(f"ix_assignments_{column}", "assignments")
        op.create_index(
            f"ix_assignments_{column}_contractor_id",
            "assignments",
            [column, "contractor_id"],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index(
        "ix_assignments_active",
        "assignments",
        ["project_id", "contractor_id"],
        postgresql_include=["hours_per_week", "starts_on", "ends_on"],
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "ix_contractors_inactive",
        "contractors",
        ["contractor_id"],
        postgresql_where=sa.text("status = 'inactive'"),
    )
    op.create_index("ix_contractors_country", "contractors", ["country", "contractor_id"])
    op.create_index("ix_contractors_name", "contractors", ["name", "contractor_id"])
    op.create_index(
        "ix_contractors_lower_name", "contractors", [sa.text("lower(name)"), "contractor_id"]
    )
    op.create_index(
        "ix_proposals_compared",
        "proposals",
        ["plan_run_id"],
        postgresql_where=sa.text("since_last <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_proposals_compared", "proposals")
    for name in ("lower_name", "name", "country", "inactive"):
        op.drop_index(f"ix_contractors_{name}", "contractors")
    op.drop_index("ix_assignments_active", "assignments")
    for column in _PAUSED_BY:
        op.drop_index(f"ix_assignments_{column}_contractor_id", "assignments")
        op.create_index(f"ix_assignments_{column}", "assignments", [column])
