"""What contractors enter of themselves: hours, rate, leave, and skills to be confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "time_off", sa.Column("is_own", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_table(
        "availability",
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("hours_per_week", sa.Integer(), nullable=True),
        sa.Column("least_rate_cents", sa.BigInteger(), nullable=True),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "hours_per_week BETWEEN 0 AND 168", name=op.f("ck_availability_hours_per_week_range")
        ),
        sa.CheckConstraint(
            "least_rate_cents BETWEEN 0 AND 100000000",
            name=op.f("ck_availability_least_rate_cents_range"),
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_availability_contractor_id"),
        ),
        sa.PrimaryKeyConstraint("contractor_id", name=op.f("pk_availability")),
    )
    op.create_table(
        "skill_claims",
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("confirmed_level", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default="claimed", nullable=False),
        sa.Column(
            "claimed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_skill_claims_level_range")),
        sa.CheckConstraint(
            "confirmed_level BETWEEN 1 AND 5", name=op.f("ck_skill_claims_confirmed_level_range")
        ),
        sa.CheckConstraint(
            "status IN ('claimed', 'confirmed', 'refused')",
            name=op.f("ck_skill_claims_status_choice"),
        ),
        sa.CheckConstraint(
            "status <> 'confirmed' OR confirmed_level IS NOT NULL",
            name=op.f("ck_skill_claims_confirmed_with_a_level"),
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_skill_claims_contractor_id"),
        ),
        sa.ForeignKeyConstraint(["skill"], ["skills.name"], name=op.f("fk_skill_claims_skill")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_skill_claims_decided_by")
        ),
        sa.PrimaryKeyConstraint("contractor_id", "skill", name=op.f("pk_skill_claims")),
    )
    op.create_index("ix_skill_claims_skill", "skill_claims", ["skill"])
    op.create_index(
        "ix_skill_claims_waiting",
        "skill_claims",
        ["claimed_at"],
        postgresql_where=sa.text("status = 'claimed'"),
    )


def downgrade() -> None:
    op.drop_table("skill_claims")
    op.drop_table("availability")
    op.drop_column("time_off", "is_own")
