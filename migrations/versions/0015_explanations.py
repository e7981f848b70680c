"""Why each proposal, kept with its plan; changes by hand, pins and overrides of proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "explanations",
        sa.Column("plan_run_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_run_id"], ["plan_runs.id"], name=op.f("fk_explanations_plan_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_explanations_contractor_id"),
        ),
        sa.PrimaryKeyConstraint("plan_run_id", "contractor_id", name=op.f("pk_explanations")),
    )
    op.create_index("ix_explanations_contractor_id", "explanations", ["contractor_id"])
    op.add_column(
        "proposals", sa.Column("pinned", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("proposals", sa.Column("changed_by", sa.BigInteger(), nullable=True))
    op.add_column("proposals", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "proposals",
        sa.Column("overridden", postgresql.JSONB(), server_default="[]", nullable=False),
    )
    op.add_column(
        "proposals", sa.Column("override_reason", sa.Text(), server_default="", nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_proposals_changed_by"), "proposals", "users", ["changed_by"], ["id"]
    )


def downgrade() -> None:
    for column in ("override_reason", "overridden", "changed_at", "changed_by", "pinned"):
        op.drop_column("proposals", column)
    op.drop_table("explanations")
