"""Auditors, ops managers of some clients, the second factor, and single sign-on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_COLUMNS = (
    "tf_primary_method",
    "tf_totp_secret",
    "totp_last_counter",
    "mf_recovery_codes",
    "oidc_issuer",
    "oidc_subject",
)


def upgrade() -> None:
    op.execute(
        "INSERT INTO roles (name, description) "
        "VALUES ('auditor', 'reads the audit trail and the exposure ledger')"
    )
    for name in ("tf_primary_method", "tf_totp_secret", "oidc_issuer", "oidc_subject"):
        op.add_column("users", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("users", sa.Column("totp_last_counter", sa.BigInteger(), nullable=True))
    codes = sa.Column("mf_recovery_codes", postgresql.JSONB(), server_default="[]", nullable=False)
    op.add_column("users", codes)
    op.create_check_constraint(
        op.f("ck_users_oidc_identity_whole"),
        "users",
        "(oidc_issuer IS NULL) = (oidc_subject IS NULL)",
    )
    op.create_unique_constraint(
        op.f("uq_users_oidc_issuer_oidc_subject"), "users", ["oidc_issuer", "oidc_subject"]
    )
    op.create_table(
        "client_scopes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_client_scopes_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.client_id"], name=op.f("fk_client_scopes_client_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "client_id", name=op.f("pk_client_scopes")),
    )
    op.create_index(op.f("ix_client_scopes_client_id"), "client_scopes", ["client_id"])


def downgrade() -> None:
    op.drop_table("client_scopes")
    op.drop_constraint(op.f("uq_users_oidc_issuer_oidc_subject"), "users")
    op.drop_constraint(op.f("ck_users_oidc_identity_whole"), "users")
    for name in _COLUMNS:
        op.drop_column("users", name)
    op.execute(
        "DELETE FROM users_roles WHERE role_id IN (SELECT id FROM roles WHERE name = 'auditor')"
    )
    op.execute("DELETE FROM roles WHERE name = 'auditor'")
