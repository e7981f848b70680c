"""How many changes of one person were refused in a minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_denial_counts",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("num_denied", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_audit_denial_counts_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_audit_denial_counts")),
    )


def downgrade() -> None:
    op.drop_table("audit_denial_counts")
