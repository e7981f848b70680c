"""Pause drills: a request, and what a pause of each client would do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drills",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("drilled_on", sa.Date(), nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_drills_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
    )
    op.create_table(
        "drill_results",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("drill_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in (
                "num_projects",
                "num_affected",
                "num_away",
                "num_coverable",
                "num_bound",
                "lost_hours",
                "restorable_hours",
            )
        ),
        sa.Column("lost_pay_cents", JSONB(), nullable=True),
        sa.Column("unlocks", JSONB(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed')",
            name=op.f("ck_drill_results_status_choice"),
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (error IS NOT NULL)",
            name=op.f("ck_drill_results_error_when_failed"),
        ),
        sa.CheckConstraint(
            "status <> 'done' OR (num_affected IS NOT NULL AND num_coverable IS NOT NULL)",
            name=op.f("ck_drill_results_figures_when_done"),
        ),
        sa.ForeignKeyConstraint(
            ["drill_id"], ["drills.id"], name=op.f("fk_drill_results_drill_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.client_id"], name=op.f("fk_drill_results_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_results")),
        sa.UniqueConstraint(
            "drill_id", "client_id", name=op.f("uq_drill_results_drill_id_client_id")
        ),
    )
    op.create_index("ix_drill_results_client_id_id", "drill_results", ["client_id", "id"])


def downgrade() -> None:
    op.drop_table("drill_results")
    op.drop_table("drills")
