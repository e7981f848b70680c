"""Offers: approved proposals put to their contractors; plans that fill the holes they leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_FOREIGN_KEYS = (
    ("proposal_id", "proposals.id"),
    ("contractor_id", "contractors.contractor_id"),
    ("project_id", "projects.project_id"),
    ("decided_by", "users.id"),
    ("withdrawn_by", "users.id"),
    ("repair_run_id", "plan_runs.id"),
)


def upgrade() -> None:
    op.add_column(
        "plan_runs",
        sa.Column("is_repair", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_table(
        "offers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("proposal_id", sa.BigInteger(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("codename", sa.Text(), nullable=False),
        sa.Column("hours_per_week", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("pay_rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("previous_pay_rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        *(
            sa.Column(name, JSONB(), server_default="[]", nullable=False)
            for name in ("from_codenames", "asked", "reasons")
        ),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repair_run_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_offers_status_choice"),
        ),
        sa.CheckConstraint(
            "decline_reason IN ('', 'hours', 'rate', 'dates', 'work', 'other_work', 'personal', "
            "'other')",
            name=op.f("ck_offers_decline_reason_choice"),
        ),
        sa.CheckConstraint(
            "hours_per_week BETWEEN 1 AND 168", name=op.f("ck_offers_hours_per_week_range")
        ),
        sa.CheckConstraint(
            "released_at IS NULL OR status IN ('declined', 'expired', 'withdrawn')",
            name=op.f("ck_offers_released_when_not_taken"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_offers_{column}"))
            for column, target in _FOREIGN_KEYS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_offers_proposal_id")),
    )
    op.create_index("ix_offers_contractor_id", "offers", ["contractor_id"])
    op.create_index("ix_offers_project_id", "offers", ["project_id"])
    op.create_index("ix_offers_repair_run_id", "offers", ["repair_run_id"])
    op.create_index("ix_offers_status_expires_at", "offers", ["status", "expires_at"])
    op.create_index(
        "ix_offers_repair_run_id_missing",
        "offers",
        ["released_at"],
        postgresql_where=sa.text("repair_run_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("offers")
    op.drop_column("plan_runs", "is_repair")
