"""What else scenarios may imagine: part of the people, new projects, people left out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "scenarios",
        sa.Column("people_kind", sa.Text(), server_default="everyone", nullable=False),
    )
    for name in ("people_values", "new_projects", "left_out_ids"):
        op.add_column(
            "scenarios", sa.Column(name, JSONB(), server_default=sa.text("'[]'"), nullable=False)
        )
    op.add_column("scenarios", sa.Column("people_ids", JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_scenarios_people_kind_choice"),
        "scenarios",
        "people_kind IN ('everyone', 'country', 'skill', 'list')",
    )


def downgrade() -> None:
    for name in ("people_kind", "people_values", "new_projects", "left_out_ids", "people_ids"):
        op.drop_column("scenarios", name)
