"""The access that a pause takes away, ticked off, and the reminders of its review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pause_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('project', 'compartment')", name=op.f("ck_access_items_kind_choice")
        ),
        sa.ForeignKeyConstraint(["pause_id"], ["pauses.id"], name=op.f("fk_access_items_pause_id")),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_access_items_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_access_items_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by"], ["users.id"], name=op.f("fk_access_items_removed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_items")),
        sa.UniqueConstraint(
            "pause_id",
            "contractor_id",
            "kind",
            "name",
            name=op.f("uq_access_items_pause_id_contractor_id_kind_name"),
        ),
    )
    op.create_index(op.f("ix_access_items_contractor_id"), "access_items", ["contractor_id"])
    op.create_index(
        "ix_access_items_pause_id_removed_at", "access_items", ["pause_id", "removed_at"]
    )
    op.create_table(
        "pause_reminders",
        sa.Column("pause_id", sa.BigInteger(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "stage IN ('soon', 'due', 'overdue')", name=op.f("ck_pause_reminders_stage_choice")
        ),
        sa.ForeignKeyConstraint(
            ["pause_id"], ["pauses.id"], name=op.f("fk_pause_reminders_pause_id")
        ),
        sa.PrimaryKeyConstraint(
            "pause_id", "review_by", "stage", "on_day", name=op.f("pk_pause_reminders")
        ),
    )


def downgrade() -> None:
    op.drop_table("pause_reminders")
    op.drop_table("access_items")
