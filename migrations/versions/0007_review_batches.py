"""Review in batches: decisions with an outcome per row, saved views, publishing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATUSES = ("proposed", "approved", "rejected", "superseded")
_NEW_STATUSES = ("proposed", "approved", "published", "rejected", "superseded")
_TABLES = ("review_batches", "review_batch_rows", "saved_views")


def upgrade() -> None:
    _allow_statuses(_NEW_STATUSES)
    op.add_column(
        "proposals", sa.Column("since_last", sa.Text(), server_default="", nullable=False)
    )
    op.add_column("proposals", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    # Until now approving told the contractor.
    op.execute(
        "UPDATE proposals SET status = 'published', published_at = decided_at "
        "WHERE status = 'approved'"
    )
    op.create_check_constraint(
        op.f("ck_proposals_since_last_choice"),
        "proposals",
        "since_last IN ('', 'kept', 'changed', 'new')",
    )
    _create_batches()
    _create_rows()
    _create_views()


def _allow_statuses(statuses: tuple[str, ...]) -> None:
    quoted = ", ".join(f"'{status}'" for status in statuses)
    op.drop_constraint(op.f("ck_proposals_status_choice"), "proposals")
    op.create_check_constraint(
        op.f("ck_proposals_status_choice"), "proposals", f"status IN ({quoted})"
    )


def _create_batches() -> None:
    op.create_table(
        "review_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_run_id", sa.BigInteger(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("second_reasons", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("num_rows", sa.Integer(), nullable=False),
        sa.Column("num_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("num_refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requested_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verb IN ('approve', 'reject', 'publish')", name=op.f("ck_review_batches_verb_choice")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'withdrawn', 'undone')",
            name=op.f("ck_review_batches_status_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_run_id"], ["plan_runs.id"], name=op.f("fk_review_batches_plan_run_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["users.id"], name=op.f(f"fk_review_batches_{column}")
            )
            for column in ("requested_by", "confirmed_by", "closed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_batches")),
    )
    op.create_index(
        "ix_review_batches_plan_run_id_status", "review_batches", ["plan_run_id", "status"]
    )


def _create_rows() -> None:
    op.create_table(
        "review_batch_rows",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="pending", nullable=False),
        sa.Column("sentence", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('pending', 'done', 'refused', 'undone', 'kept')",
            name=op.f("ck_review_batch_rows_outcome_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["review_batches.id"],
            name=op.f("fk_review_batch_rows_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals.id"],
            name=op.f("fk_review_batch_rows_proposal_id"),
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_review_batch_rows")),
        sa.UniqueConstraint(
            "batch_id", "proposal_id", name=op.f("uq_review_batch_rows_batch_id_proposal_id")
        ),
    )
    op.create_index("ix_review_batch_rows_proposal_id", "review_batch_rows", ["proposal_id"])


def _create_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_saved_views_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint(
            "user_id",
            "list_name",
            "name",
            name=op.f("uq_saved_views_user_id_list_name_name"),
        ),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_proposals_since_last_choice"), "proposals")
    op.drop_column("proposals", "published_at")
    op.drop_column("proposals", "since_last")
    # A published place was approved before.
    op.execute("UPDATE proposals SET status = 'approved' WHERE status = 'published'")
    _allow_statuses(_STATUSES)
