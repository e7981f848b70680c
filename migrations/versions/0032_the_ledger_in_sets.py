"""The payroll ledger checked set by set: 500,000 days are a batch, and each was looked up twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_CHECKS = """
CREATE FUNCTION check_new_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT batch_id FROM new_rows) n
        LEFT JOIN export_batches b ON b.id = n.batch_id
        WHERE b.made_in IS DISTINCT FROM pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION '%: the batch is made, nothing can be added', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT contractor_id FROM new_rows) n
        LEFT JOIN contractors c USING (contractor_id) WHERE c.contractor_id IS NULL
    ) OR EXISTS (
        SELECT FROM (SELECT DISTINCT project_id FROM new_rows) n
        LEFT JOIN projects p USING (project_id) WHERE p.project_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a line names nobody of the roster'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER export_lines_come_with_their_batch
    AFTER INSERT ON export_lines REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_new_lines();

CREATE FUNCTION check_new_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT batch_id FROM new_rows) n
        LEFT JOIN export_batches b ON b.id = n.batch_id
        WHERE b.made_in IS DISTINCT FROM pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION '%: the batch is made, nothing can be added', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT batch_id, line_number, assignment_id FROM new_rows) n
        LEFT JOIN export_lines l ON l.batch_id = n.batch_id AND l.number = n.line_number
        LEFT JOIN assignments a USING (assignment_id)
        WHERE l.number IS NULL OR a.assignment_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a day names no line of its batch, or no assignment'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER export_days_come_with_their_batch
    AFTER INSERT ON export_days REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_new_days();

CREATE FUNCTION refuse_loss_of_exported() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_exported boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1])
        INTO is_exported USING to_jsonb(OLD) ->> TG_ARGV[1];
    IF is_exported THEN
        RAISE EXCEPTION 'an export names % %', TG_ARGV[1], to_jsonb(OLD) ->> TG_ARGV[1]
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
"""
"""What foreign keys did row by row, at a third of the time of an export."""

_OLD_CHECK = """
CREATE FUNCTION refuse_later_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT batch_id FROM new_rows) n
        JOIN export_batches b ON b.id = n.batch_id
        WHERE b.made_in <> pg_current_xact_id()::text::bigint
    ) THEN
        RAISE EXCEPTION '%: the batch is made, nothing can be added', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER export_lines_come_with_their_batch
    AFTER INSERT ON export_lines REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_later_lines();
CREATE TRIGGER export_days_come_with_their_batch
    AFTER INSERT ON export_days REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_later_lines();
"""

_NAMED = (
    ("contractors", "contractor_id", "export_lines"),
    ("projects", "project_id", "export_lines"),
    ("assignments", "assignment_id", "export_days"),
)
"""Table, its key, and the part of the ledger that names it."""

_KEYS = (
    ("export_lines", "batch_id", "export_batches", "id"),
    ("export_lines", "contractor_id", "contractors", "contractor_id"),
    ("export_lines", "project_id", "projects", "project_id"),
    ("export_days", "assignment_id", "assignments", "assignment_id"),
)
"""Foreign keys of one column: table, column, and what they named."""

_ENTRIES = """
UPDATE export_days d SET entry = n.entry
FROM (
    SELECT batch_id, line_number, assignment_id, work_date,
           row_number() OVER (PARTITION BY assignment_id, work_date
                              ORDER BY is_first DESC, batch_id, line_number) AS entry
    FROM export_days
) AS n
WHERE (d.batch_id, d.line_number, d.assignment_id, d.work_date)
    = (n.batch_id, n.line_number, n.assignment_id, n.work_date)
"""


def upgrade() -> None:
    for table, column, _other, _key in _KEYS:
        op.drop_constraint(op.f(f"fk_{table}_{column}"), table)
    op.drop_constraint(op.f("fk_export_days_batch_id_line_number"), "export_days")
    _drop_batch_triggers("refuse_later_lines()")
    op.add_column("export_days", sa.Column("entry", sa.SmallInteger(), nullable=True))
    op.execute("ALTER TABLE export_days DISABLE TRIGGER export_days_are_append_only")
    op.execute(_ENTRIES)
    op.execute("ALTER TABLE export_days ENABLE TRIGGER export_days_are_append_only")
    op.alter_column("export_days", "entry", nullable=False)
    op.drop_index("uq_export_days_assignment_id_work_date_first", "export_days")
    op.drop_index("ix_export_days_assignment_id_work_date", "export_days")
    op.drop_constraint(op.f("pk_export_days"), "export_days")
    op.create_primary_key(
        op.f("pk_export_days"), "export_days", ["assignment_id", "work_date", "entry"]
    )
    op.create_check_constraint(op.f("ck_export_days_entry_range"), "export_days", "entry > 0")
    op.drop_column("export_days", "is_first")
    op.execute(_CHECKS)
    for table, key, ledger in _NAMED:
        op.execute(
            f"CREATE TRIGGER exported_{table}_stay BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_exported('{ledger}', '{key}')"
        )
        op.execute(
            f"CREATE TRIGGER exported_{table}_keep_their_key BEFORE UPDATE ON {table} "
            f"FOR EACH ROW WHEN (OLD.{key} IS DISTINCT FROM NEW.{key}) "
            f"EXECUTE FUNCTION refuse_loss_of_exported('{ledger}', '{key}')"
        )


def downgrade() -> None:
    for table, _key, _ledger in _NAMED:
        op.execute(f"DROP TRIGGER exported_{table}_stay ON {table}")
        op.execute(f"DROP TRIGGER exported_{table}_keep_their_key ON {table}")
    _drop_batch_triggers("check_new_lines()", "check_new_days()", "refuse_loss_of_exported()")
    op.add_column("export_days", sa.Column("is_first", sa.Boolean(), nullable=True))
    op.execute("ALTER TABLE export_days DISABLE TRIGGER export_days_are_append_only")
    op.execute("UPDATE export_days SET is_first = entry = 1")
    op.execute("ALTER TABLE export_days ENABLE TRIGGER export_days_are_append_only")
    op.alter_column("export_days", "is_first", nullable=False)
    op.drop_constraint(op.f("ck_export_days_entry_range"), "export_days")
    op.drop_constraint(op.f("pk_export_days"), "export_days")
    op.drop_column("export_days", "entry")
    op.create_primary_key(
        op.f("pk_export_days"),
        "export_days",
        ["batch_id", "line_number", "assignment_id", "work_date"],
    )
    op.create_index(
        "ix_export_days_assignment_id_work_date", "export_days", ["assignment_id", "work_date"]
    )
    op.create_index(
        "uq_export_days_assignment_id_work_date_first",
        "export_days",
        ["assignment_id", "work_date"],
        unique=True,
        postgresql_where=sa.text("is_first"),
    )
    op.execute(_OLD_CHECK)
    op.create_foreign_key(
        op.f("fk_export_days_batch_id_line_number"),
        "export_days",
        "export_lines",
        ["batch_id", "line_number"],
        ["batch_id", "number"],
    )
    for table, column, other, key in _KEYS:
        op.create_foreign_key(op.f(f"fk_{table}_{column}"), table, other, [column], [key])


def _drop_batch_triggers(*functions: str) -> None:
    for table in ("export_lines", "export_days"):
        op.execute(f"DROP TRIGGER {table}_come_with_their_batch ON {table}")
    for function in functions:
        op.execute(f"DROP FUNCTION {function}")
