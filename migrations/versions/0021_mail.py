"""Mail of messages: when each person gets it, each mail once, and how the server stands."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("num_tries", sa.Integer(), server_default="0", nullable=False),
        _build_time("created_at"),
        _build_time("next_try_at"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(contractor_id, user_id) = 1", name=op.f("ck_mails_one_person")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'handing_over', 'sent', 'in_doubt', 'refused', 'given_up')",
            name=op.f("ck_mails_status_choice"),
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["contractors.contractor_id"], name=op.f("fk_mails_contractor_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mails_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint(
            "contractor_id", "digest_on", name=op.f("uq_mails_contractor_id_digest_on")
        ),
        sa.UniqueConstraint("user_id", "digest_on", name=op.f("uq_mails_user_id_digest_on")),
    )
    op.create_index(
        "ix_mails_next_try_at_waiting",
        "mails",
        ["next_try_at", "id"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_mails_status_id",
        "mails",
        ["status", "id"],
        postgresql_where=sa.text("status <> 'sent'"),
    )
    op.create_table(
        "mail_server_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("num_failures", sa.Integer(), server_default="0", nullable=False),
        _build_time("next_try_at"),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_server_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_server_state")),
    )
    op.add_column(
        "messages", sa.Column("to_mail", sa.Boolean(), server_default="true", nullable=False)
    )
    op.add_column("messages", sa.Column("mail_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_messages_mail_id"), "messages", "mails", ["mail_id"], ["id"])
    op.create_index(op.f("ix_messages_mail_id"), "messages", ["mail_id"])
    op.create_index(
        "ix_messages_id_to_mail", "messages", ["id"], postgresql_where=sa.text("to_mail")
    )
    op.add_column(
        "users", sa.Column("mail_mode", sa.Text(), server_default="at_once", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_users_mail_mode_choice"), "users", "mail_mode IN ('at_once', 'daily', 'none')"
    )


def downgrade() -> None:
    op.drop_column("users", "mail_mode")
    op.drop_column("messages", "mail_id")
    op.drop_column("messages", "to_mail")
    op.drop_table("mail_server_state")
    op.drop_table("mails")


def _build_time(name: str) -> sa.Column[datetime]:
    moment = sa.DateTime(timezone=True)
    return sa.Column(name, moment, server_default=sa.text("now()"), nullable=False)
