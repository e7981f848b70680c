"""Pauses of part of the people, their zone and cut-off, and pauses that are terminated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PAUSE_COLUMNS = (
    "zone",
    "people_kind",
    "people_values",
    "late_hours_until",
    "terminated_by",
    "terminated_at",
)


def upgrade() -> None:
    op.add_column("pauses", sa.Column("zone", sa.Text(), server_default="UTC", nullable=False))
    op.add_column(
        "pauses", sa.Column("people_kind", sa.Text(), server_default="everyone", nullable=False)
    )
    op.add_column(
        "pauses",
        sa.Column(
            "people_values",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
    )
    op.add_column("pauses", sa.Column("late_hours_until", sa.DateTime(timezone=True)))
    op.add_column("pauses", sa.Column("terminated_by", sa.BigInteger()))
    op.add_column("pauses", sa.Column("terminated_at", sa.DateTime(timezone=True)))
    op.create_foreign_key(
        op.f("fk_pauses_terminated_by"), "pauses", "users", ["terminated_by"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_pauses_people_kind_choice"),
        "pauses",
        "people_kind IN ('everyone', 'country', 'skill', 'list')",
    )
    _change_status_choices("'open', 'resumed', 'terminated'")
    op.create_table(
        "pause_people",
        sa.Column("pause_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name=op.f("fk_pause_people_pause_id")),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_pause_people_contractor_id"),
        ),
        sa.PrimaryKeyConstraint("pause_id", "contractor_id", name=op.f("pk_pause_people")),
    )
    op.create_index(op.f("ix_pause_people_contractor_id"), "pause_people", ["contractor_id"])
    op.add_column("assignments", sa.Column("ended_by_pause_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_assignments_ended_by_pause_id"),
        "assignments",
        "pauses",
        ["ended_by_pause_id"],
        ["id"],
    )
    op.create_index(op.f("ix_assignments_ended_by_pause_id"), "assignments", ["ended_by_pause_id"])


def downgrade() -> None:
    op.drop_column("assignments", "ended_by_pause_id")
    op.drop_table("pause_people")
    # A terminated pause was over; the older schema knows no other end.
    op.execute("UPDATE pauses SET status = 'resumed' WHERE status = 'terminated'")
    _change_status_choices("'open', 'resumed'")
    for column in reversed(_PAUSE_COLUMNS):
        op.drop_column("pauses", column)


def _change_status_choices(choices: str) -> None:
    name = op.f("ck_pauses_status_choice")
    op.drop_constraint(name, "pauses")
    op.create_check_constraint(name, "pauses", f"status IN ({choices})")
