"""Several accounts may be one contractor's: who is staff too decides on none of their own work."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("uq_users_contractor_id"), "users")
    op.create_index(op.f("ix_users_contractor_id"), "users", ["contractor_id"])


def downgrade() -> None:
    # The older schema knows one account for a contractor: the one that shows their work.
    op.execute(
        """
        UPDATE users SET contractor_id = NULL WHERE id IN (
            SELECT id FROM (
                SELECT u.id, row_number() OVER (
                    PARTITION BY u.contractor_id
                    ORDER BY bool_or(r.name = 'contractor') DESC NULLS LAST, u.id
                ) AS place
                FROM users u
                LEFT JOIN users_roles m ON m.user_id = u.id
                LEFT JOIN roles r ON r.id = m.role_id
                WHERE u.contractor_id IS NOT NULL
                GROUP BY u.id
            ) AS ranked WHERE place > 1
        )
        """
    )
    op.drop_index(op.f("ix_users_contractor_id"), "users")
    op.create_unique_constraint(op.f("uq_users_contractor_id"), "users", ["contractor_id"])
