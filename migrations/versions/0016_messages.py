"""Messages to people, each written with the event that it tells of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(contractor_id, user_id) = 1", name=op.f("ck_messages_one_person")
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_messages_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_messages_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "kind", "event", "contractor_id", name=op.f("uq_messages_kind_event_contractor_id")
        ),
        sa.UniqueConstraint(
            "kind", "event", "user_id", name=op.f("uq_messages_kind_event_user_id")
        ),
    )
    for person in ("contractor_id", "user_id"):
        op.create_index(f"ix_messages_{person}_id", "messages", [person, "id"])
        op.create_index(
            f"ix_messages_{person}_unread",
            "messages",
            [person],
            postgresql_where=sa.text("read_at IS NULL"),
        )


def downgrade() -> None:
    op.drop_table("messages")
