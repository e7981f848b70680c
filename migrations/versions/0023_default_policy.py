"""A policy that is taken where nobody chooses one, and the policy that a drill goes by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "policies",
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "uq_policies_is_default",
        "policies",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_check_constraint(
        op.f("ck_policies_default_is_used"), "policies", "archived_at IS NULL OR NOT is_default"
    )
    op.add_column(
        "drills", sa.Column("policy", sa.Text(), server_default="people-first", nullable=False)
    )
    op.add_column("drills", sa.Column("policy_settings", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("drills", "policy_settings")
    op.drop_column("drills", "policy")
    op.drop_constraint(op.f("ck_policies_default_is_used"), "policies")
    op.drop_index("uq_policies_is_default", "policies")
    op.drop_column("policies", "is_default")
