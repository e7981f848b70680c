"""Files for receivers are kept part by part, as the generic ones are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_TO_PARTS = """
INSERT INTO export_files (batch_id, format, file_name, sha256, num_bytes, created_at)
SELECT batch_id, trim(format_version_id || ' ' || currency), file_name, sha256,
       octet_length(content), made_at FROM batch_files;
INSERT INTO export_file_parts (file_id, number, content)
SELECT f.id, 1, b.content FROM export_files f
JOIN batch_files b ON b.batch_id = f.batch_id
    AND f.format = trim(b.format_version_id || ' ' || b.currency);
UPDATE batch_files b SET file_id = f.id FROM export_files f
WHERE f.batch_id = b.batch_id AND f.format = trim(b.format_version_id || ' ' || b.currency);
"""

_FROM_PARTS = """
UPDATE batch_files b SET file_name = f.file_name, sha256 = f.sha256, content = (
    SELECT coalesce(string_agg(p.content, '' ORDER BY p.number), '')
    FROM export_file_parts p WHERE p.file_id = f.id)
FROM export_files f WHERE f.id = b.file_id;
"""

_COLUMNS = (("file_name", sa.Text()), ("sha256", sa.Text()), ("content", sa.LargeBinary()))


def upgrade() -> None:
    op.add_column("batch_files", sa.Column("file_id", sa.BigInteger(), nullable=True))
    _run_unguarded(_TO_PARTS)
    op.alter_column("batch_files", "file_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_batch_files_file_id"), "batch_files", "export_files", ["file_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_batch_files_file_id"), "batch_files", ["file_id"])
    for name, _type in _COLUMNS:
        op.drop_column("batch_files", name)


def downgrade() -> None:
    for name, type_ in _COLUMNS:
        op.add_column("batch_files", sa.Column(name, type_, nullable=True))
    _run_unguarded(_FROM_PARTS)
    for name, _type in _COLUMNS:
        op.alter_column("batch_files", name, nullable=False)
    op.drop_constraint(op.f("uq_batch_files_file_id"), "batch_files")
    op.drop_constraint(op.f("fk_batch_files_file_id"), "batch_files")
    op.drop_column("batch_files", "file_id")


def _run_unguarded(statements: str) -> None:
    # Its trigger refuses every update.
    op.execute("ALTER TABLE batch_files DISABLE TRIGGER batch_files_are_immutable")
    op.execute(statements)
    op.execute("ALTER TABLE batch_files ENABLE TRIGGER batch_files_are_immutable")
