"""Formats of payroll systems, and the files made in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

IMMUTABLE = ("receiver_format_versions", "batch_files")


def upgrade() -> None:
    op.create_table(
        "receiver_formats",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_receiver_formats_name_not_blank")),
        sa.CheckConstraint(
            "kind IN ('adp', 'gusto', 'paychex', 'columns')",
            name=op.f("ck_receiver_formats_kind_choice"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receiver_formats")),
    )
    op.create_index(
        "uq_receiver_formats_name_used",
        "receiver_formats",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_table(
        "receiver_format_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("format_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        _build_moment("made_at"),
        sa.ForeignKeyConstraint(
            ["format_id"],
            ["receiver_formats.id"],
            name=op.f("fk_receiver_format_versions_format_id"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["users.id"], name=op.f("fk_receiver_format_versions_made_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receiver_format_versions")),
        sa.UniqueConstraint(
            "format_id", "version", name=op.f("uq_receiver_format_versions_format_id_version")
        ),
    )
    op.create_table(
        "batch_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("format_version_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        _build_moment("made_at"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["export_batches.id"], name=op.f("fk_batch_files_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["format_version_id"],
            ["receiver_format_versions.id"],
            name=op.f("fk_batch_files_format_version_id"),
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_batch_files_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_files")),
        sa.UniqueConstraint(
            "batch_id",
            "format_version_id",
            "currency",
            name=op.f("uq_batch_files_batch_id_format_version_id_currency"),
        ),
    )
    for table in IMMUTABLE:
        op.execute(
            f"CREATE TRIGGER {table}_are_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in ("batch_files", "receiver_format_versions", "receiver_formats"):
        op.drop_table(table)


def _build_moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )
