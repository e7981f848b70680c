"""Uploads in the browser: files, their pieces, what was read of them, remembered columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")


def _choice(table: str, column: str, choices: tuple[str, ...]) -> sa.CheckConstraint:
    quoted = ", ".join(f"'{choice}'" for choice in choices)
    return sa.CheckConstraint(f"{column} IN ({quoted})", name=op.f(f"ck_{table}_{column}_choice"))


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _create_uploads()
    _create_files()
    _create_findings()


def _create_uploads() -> None:
    table = "import_uploads"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("phase", sa.Text(), server_default="reading", nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("progress", sa.Text(), server_default="", nullable=False),
        sa.Column("percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_outdated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("warnings", JSONB(), nullable=True),
        sa.Column("differences", JSONB(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("num_problems", sa.Integer(), server_default="0", nullable=False),
        sa.Column("num_omitted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", JSONB(), nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        _choice(table, "phase", ("reading", "writing", "ended")),
        _choice(table, "status", ("queued", "running", "done", "failed")),
        _choice(table, "verdict", ("unmatched", "rejected", "ready")),
        _choice(table, "ending", ("imported", "cancelled", "expired")),
        sa.CheckConstraint(
            "(status = 'failed') = (error IS NOT NULL)",
            name=op.f("ck_import_uploads_error_when_failed"),
        ),
        sa.CheckConstraint(
            "(phase = 'ended') = (ending IS NOT NULL)",
            name=op.f("ck_import_uploads_ending_when_ended"),
        ),
        _reference(table, "uploaded_by", "users.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_uploads")),
    )
    op.create_index(op.f("ix_import_uploads_uploaded_by"), table, ["uploaded_by"])


def _create_files() -> None:
    table = "import_files"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("num_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("header", JSONB(), nullable=True),
        sa.Column("table_name", sa.Text(), nullable=True),
        sa.Column("columns", JSONB(), nullable=True),
        sa.Column("is_guess", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("delimiter", sa.Text(), nullable=True),
        sa.Column("num_rows", sa.Integer(), nullable=True),
        sa.Column("first_rows", JSONB(), nullable=True),
        _choice(table, "kind", ("table", "zip", "mend")),
        _reference(table, "upload_id", "import_uploads.id"),
        _reference(table, "parent_id", "import_files.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_files")),
    )
    op.create_index(op.f("ix_import_files_upload_id"), table, ["upload_id"])
    op.create_table(
        "import_chunks",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _choice("import_chunks", "kind", ("raw", "rows")),
        _reference("import_chunks", "file_id", "import_files.id"),
        sa.PrimaryKeyConstraint("file_id", "kind", "seq", name=op.f("pk_import_chunks")),
    )
    # They live for a day at most; packing them would take longer than reading them.
    op.execute("ALTER TABLE import_chunks ALTER COLUMN data SET STORAGE EXTERNAL")


def _create_findings() -> None:
    op.create_table(
        "import_problems",
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        _reference("import_problems", "upload_id", "import_uploads.id"),
        sa.PrimaryKeyConstraint("upload_id", "seq", name=op.f("pk_import_problems")),
    )
    op.create_table(
        "import_rows",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", JSONB(), nullable=False),
        sa.Column("is_mended", sa.Boolean(), server_default="false", nullable=False),
        _reference("import_rows", "file_id", "import_files.id"),
        sa.PrimaryKeyConstraint("file_id", "line", name=op.f("pk_import_rows")),
    )
    op.create_table(
        "import_matchings",
        sa.Column("header_key", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("columns", JSONB(), nullable=False),
        sa.Column("saved_by", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", _MOMENT, server_default=_NOW, nullable=False),
        _reference("import_matchings", "saved_by", "users.id"),
        sa.PrimaryKeyConstraint("header_key", name=op.f("pk_import_matchings")),
    )


def downgrade() -> None:
    for table in (
        "import_matchings",
        "import_rows",
        "import_problems",
        "import_chunks",
        "import_files",
        "import_uploads",
    ):
        op.drop_table(table)
