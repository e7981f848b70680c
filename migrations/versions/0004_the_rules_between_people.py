"""The rules between people: teams of contractors, fewest people and leads of a project."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_RANGES = {
    "min_people": "min_people BETWEEN 1 AND 10000000",
    "people_per_lead": "people_per_lead BETWEEN 1 AND 10000000",
    "lead_level": "lead_level BETWEEN 1 AND 5",
}


def upgrade() -> None:
    op.add_column("contractors", sa.Column("team", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "projects", sa.Column("min_people", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("projects", sa.Column("people_per_lead", sa.Integer(), nullable=True))
    op.add_column(
        "projects", sa.Column("lead_level", sa.Integer(), server_default="4", nullable=False)
    )
    for column, condition in _RANGES.items():
        op.create_check_constraint(op.f(f"ck_projects_{column}_range"), "projects", condition)


def downgrade() -> None:
    for column in _RANGES:
        op.drop_column("projects", column)
    op.drop_column("contractors", "team")
