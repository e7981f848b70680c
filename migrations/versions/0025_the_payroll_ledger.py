"""The payroll ledger: pay periods, lines and days of batches, kept files, rates by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NOW = sa.text("now()")
_THIS_TRANSACTION = sa.text("(pg_current_xact_id())::text::bigint")

_CLOSED_PERIODS = """
CREATE FUNCTION is_in_closed_period(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    closed timestamptz;
BEGIN
    -- The lock makes whoever closes the period wait for us, or us for them.
    SELECT closed_at INTO closed FROM pay_periods
    WHERE day BETWEEN starts_on AND ends_on FOR SHARE;
    RETURN closed IS NOT NULL;
END
$$;

CREATE FUNCTION refuse_hours_of_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND is_in_closed_period(OLD.work_date) THEN
        RAISE EXCEPTION 'the pay period of % is closed: % refused', OLD.work_date, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP <> 'DELETE' AND is_in_closed_period(NEW.work_date) THEN
        RAISE EXCEPTION 'the pay period of % is closed: % refused', NEW.work_date, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER hours_of_closed_periods_are_immutable
    BEFORE INSERT OR UPDATE OR DELETE ON hours_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_hours_of_closed_period();

CREATE FUNCTION refuse_other_hours_of_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_in_closed_period(NEW.work_date) AND NOT EXISTS (
        SELECT FROM hours_entries h
        WHERE h.assignment_id = NEW.assignment_id AND h.work_date = NEW.work_date
          AND h.hours = NEW.hours
    ) THEN
        RAISE EXCEPTION 'the pay period of % is closed: only its own hours can be approved',
            NEW.work_date USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approved_hours_of_closed_periods_are_those_entered
    BEFORE INSERT ON approved_hours
    FOR EACH ROW EXECUTE FUNCTION refuse_other_hours_of_closed_period();

CREATE FUNCTION refuse_emptying_closed_periods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pay_periods WHERE closed_at IS NOT NULL) THEN
        RAISE EXCEPTION '% holds closed pay periods: TRUNCATE refused', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER hours_of_closed_periods_are_not_emptied
    BEFORE TRUNCATE ON hours_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_closed_periods();
CREATE TRIGGER closed_pay_periods_are_not_emptied
    BEFORE TRUNCATE ON pay_periods
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_closed_periods();

CREATE FUNCTION refuse_change_of_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'the pay period of % is closed: % refused', OLD.starts_on, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF (NEW.starts_on, NEW.ends_on) <> (OLD.starts_on, OLD.ends_on)
       AND EXISTS (SELECT FROM export_batches WHERE period_id = OLD.id) THEN
        RAISE EXCEPTION 'the pay period of % has batches: its days stay', OLD.starts_on
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER closed_pay_periods_are_immutable
    BEFORE UPDATE OR DELETE ON pay_periods
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_period();
"""

_LEDGER = """
CREATE FUNCTION check_new_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.made_in := pg_current_xact_id()::text::bigint;
    IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM export_batches) THEN
        RAISE EXCEPTION 'batches are numbered without gaps: % refused', NEW.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (SELECT closed_at FROM pay_periods WHERE id = NEW.period_id FOR SHARE) IS NOT NULL THEN
        RAISE EXCEPTION 'the pay period of % is closed: no batch any more', NEW.period_starts_on
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER export_batches_are_numbered_and_open
    BEFORE INSERT ON export_batches FOR EACH ROW EXECUTE FUNCTION check_new_batch();

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

CREATE FUNCTION stamp_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.made_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END
$$;
CREATE TRIGGER export_files_are_stamped
    BEFORE INSERT ON export_files FOR EACH ROW EXECUTE FUNCTION stamp_transaction();

CREATE FUNCTION refuse_later_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT made_in FROM export_files WHERE id = NEW.file_id)
       <> pg_current_xact_id()::text::bigint THEN
        RAISE EXCEPTION 'the file is made, nothing can be added'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER export_file_parts_come_with_their_file
    BEFORE INSERT ON export_file_parts FOR EACH ROW EXECUTE FUNCTION refuse_later_parts();
"""

_KEPT = (
    "export_lines",
    "export_days",
    "export_files",
    "export_file_parts",
    "hours_corrections",
    "pay_rates",
)
"""Tables whose rows are only ever added; `export_batches` has been one since 0001."""

_SUBJECTS = (
    ("contractor", "contractors", "contractor_id", "n.currency", "o.currency"),
    ("project", "projects", "project_id", "n.currency", "o.currency"),
    ("assignment", "assignments", "assignment_id", "NULL::text", "NULL::text"),
)
"""Kind of subject, its table and key, and the currency of its new and old row."""

_FUNCTIONS = (
    "refuse_hours_of_closed_period()",
    "refuse_other_hours_of_closed_period()",
    "refuse_emptying_closed_periods()",
    "refuse_change_of_period()",
    "check_new_batch()",
    "refuse_later_lines()",
    "stamp_transaction()",
    "refuse_later_parts()",
    "is_in_closed_period(date)",
)

_OLD_RATES = """
-- What the hours of before were entered at stays their rate.
WITH seen AS (
    SELECT h.assignment_id, h.work_date, h.rate_cents, h.currency,
           lag(ROW(h.rate_cents, h.currency)) OVER w
               IS DISTINCT FROM ROW(h.rate_cents, h.currency) AS is_new,
           lead(h.work_date) OVER w IS NULL AS is_last
    FROM hours_entries h WHERE h.assignment_id IN (
        SELECT x.assignment_id FROM hours_entries x
        JOIN assignments a USING (assignment_id) JOIN contractors c USING (contractor_id)
        JOIN projects p USING (project_id)
        WHERE ROW(x.rate_cents, x.currency) IS DISTINCT FROM ROW(coalesce(a.pay_rate_cents,
              CASE WHEN p.currency = c.currency THEN p.pay_rate_cents END, c.pay_rate_cents),
              c.currency))
    WINDOW w AS (PARTITION BY h.assignment_id ORDER BY h.work_date)
)
INSERT INTO pay_rates (subject_kind, subject_id, starts_on, rate_cents, currency)
SELECT 'assignment', assignment_id, work_date, rate_cents, currency FROM seen WHERE is_new
UNION ALL
SELECT 'assignment', s.assignment_id, s.work_date + 1, a.pay_rate_cents, NULL
FROM seen s JOIN assignments a USING (assignment_id) WHERE s.is_last;
"""

_OLD_BATCHES = """
INSERT INTO export_lines (batch_id, number, contractor_id, payroll_id, contractor, project_id,
    project_code, hours_kind, starts_on, ends_on, hours, rate_cents, amount_cents, currency,
    is_adjustment)
SELECT b.id, row_number() OVER w, c.contractor_id, c.payroll_id, c.name, p.project_id, p.codename,
       'regular', b.period_starts_on, b.period_ends_on, h.hours, h.rate_cents,
       round(h.hours * h.rate_cents), h.currency, false
FROM hours_entries h JOIN export_batches b ON b.id = h.export_batch_id
JOIN assignments a USING (assignment_id) JOIN contractors c USING (contractor_id)
JOIN projects p USING (project_id)
WINDOW w AS (PARTITION BY b.id ORDER BY c.name, c.contractor_id, h.work_date, p.codename, h.id);

INSERT INTO export_days (batch_id, line_number, assignment_id, work_date, hours, is_first)
SELECT b.id, row_number() OVER w, h.assignment_id, h.work_date, h.hours, true
FROM hours_entries h JOIN export_batches b ON b.id = h.export_batch_id
JOIN assignments a USING (assignment_id) JOIN contractors c USING (contractor_id)
JOIN projects p USING (project_id)
WINDOW w AS (PARTITION BY b.id ORDER BY c.name, c.contractor_id, h.work_date, p.codename, h.id);

INSERT INTO export_files (batch_id, format, file_name, sha256, num_bytes, created_at)
SELECT id, 'generic', format('payroll-%s.csv', to_char(number, 'FM000000')), sha256,
       octet_length(content), created_at FROM export_batches;
INSERT INTO export_file_parts (file_id, number, content)
SELECT f.id, 1, b.content FROM export_files f JOIN export_batches b ON b.id = f.batch_id;

UPDATE timesheets SET settled_version = approved_version;
"""


def upgrade() -> None:
    _create_periods()
    _widen_batches()
    _create_lines()
    _create_files()
    _create_corrections()
    _create_rates()
    op.add_column(
        "timesheets",
        sa.Column("settled_version", sa.Integer(), server_default="0", nullable=False),
    )
    op.execute(_OLD_BATCHES)
    _keep_rates()
    op.execute(_OLD_RATES)
    op.execute("DROP TRIGGER exported_hours_are_immutable ON hours_entries")
    op.drop_column("hours_entries", "export_batch_id")
    op.drop_column("export_batches", "content")
    op.create_index("ix_hours_entries_work_date", "hours_entries", ["work_date"])
    op.create_index(
        "ix_timesheets_unsettled",
        "timesheets",
        ["starts_on"],
        postgresql_where=sa.text("settled_version <> approved_version"),
    )
    op.execute(_CLOSED_PERIODS)
    op.execute(_LEDGER)
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_are_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_timesheets_unsettled", "timesheets")
    op.drop_index("ix_hours_entries_work_date", "hours_entries")
    op.execute("DROP TRIGGER hours_of_closed_periods_are_immutable ON hours_entries")
    op.execute("DROP TRIGGER hours_of_closed_periods_are_not_emptied ON hours_entries")
    op.execute("DROP TRIGGER approved_hours_of_closed_periods_are_those_entered ON approved_hours")
    op.execute("DROP TRIGGER export_batches_are_numbered_and_open ON export_batches")
    op.execute("DROP TRIGGER export_batches_are_immutable ON export_batches")
    _restore_batches()
    for kind, table, *_columns in _SUBJECTS:
        op.execute(f"DROP TRIGGER {table}_start_their_rates ON {table}")
        op.execute(f"DROP TRIGGER {table}_keep_their_rates ON {table}")
        op.execute(f"DROP FUNCTION keep_{kind}_rates()")
    op.drop_column("timesheets", "settled_version")
    for table in (
        "pay_rates",
        "hours_corrections",
        "export_file_parts",
        "export_files",
        "export_days",
        "export_lines",
    ):
        op.drop_table(table)
    for column in ("period_id", "manifest", "idempotency_key", "made_in"):
        op.drop_column("export_batches", column)
    op.drop_table("pay_periods")
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(
        "CREATE TRIGGER export_batches_are_immutable BEFORE UPDATE OR DELETE ON export_batches "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER exported_hours_are_immutable BEFORE UPDATE OR DELETE ON hours_entries "
        "FOR EACH ROW WHEN (OLD.export_batch_id IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )


def _create_periods() -> None:
    op.create_table(
        "pay_periods",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "ends_on BETWEEN starts_on AND starts_on + 61", name=op.f("ck_pay_periods_days_range")
        ),
        postgresql.ExcludeConstraint(
            (sa.text("daterange(starts_on, ends_on, '[]'::text)"), "&&"),
            using="gist",
            name="uq_pay_periods_days",
        ),
        _build_user("pay_periods", "created_by"),
        _build_user("pay_periods", "closed_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_periods")),
    )


def _widen_batches() -> None:
    # Its trigger refuses the update of rows that were written before.
    op.execute("ALTER TABLE export_batches DISABLE TRIGGER export_batches_are_immutable")
    op.add_column("export_batches", sa.Column("period_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "export_batches", sa.Column("manifest", sa.Text(), server_default="{}", nullable=False)
    )
    op.alter_column("export_batches", "manifest", server_default=None)
    op.add_column("export_batches", sa.Column("idempotency_key", sa.Text(), nullable=True))
    op.add_column("export_batches", sa.Column("made_in", sa.BigInteger(), nullable=True))
    op.execute("UPDATE export_batches SET made_in = 0")
    op.alter_column("export_batches", "made_in", nullable=False, server_default=_THIS_TRANSACTION)
    op.execute("ALTER TABLE export_batches ENABLE TRIGGER export_batches_are_immutable")
    op.create_foreign_key(
        op.f("fk_export_batches_period_id"), "export_batches", "pay_periods", ["period_id"], ["id"]
    )
    op.create_index(op.f("ix_export_batches_period_id"), "export_batches", ["period_id"])
    op.create_unique_constraint(
        op.f("uq_export_batches_idempotency_key"), "export_batches", ["idempotency_key"]
    )


def _restore_batches() -> None:
    op.add_column("hours_entries", sa.Column("export_batch_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_hours_entries_export_batch_id"),
        "hours_entries",
        "export_batches",
        ["export_batch_id"],
        ["id"],
    )
    op.create_index(op.f("ix_hours_entries_export_batch_id"), "hours_entries", ["export_batch_id"])
    op.create_index(
        "ix_hours_entries_work_date_unexported",
        "hours_entries",
        ["work_date"],
        postgresql_where=sa.text("export_batch_id IS NULL"),
    )
    op.execute(
        "UPDATE hours_entries h SET export_batch_id = d.batch_id FROM export_days d "
        "WHERE d.is_first AND d.assignment_id = h.assignment_id AND d.work_date = h.work_date"
    )
    op.add_column("export_batches", sa.Column("content", sa.LargeBinary(), nullable=True))
    op.execute(
        "UPDATE export_batches b SET content = (SELECT string_agg(p.content, '' ORDER BY p.number) "
        "FROM export_files f JOIN export_file_parts p ON p.file_id = f.id "
        "WHERE f.batch_id = b.id AND f.format = 'generic')"
    )
    op.alter_column("export_batches", "content", nullable=False)


def _create_lines() -> None:
    op.create_table(
        "export_lines",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("payroll_id", sa.Text(), nullable=False),
        sa.Column("contractor", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("project_code", sa.Text(), nullable=False),
        sa.Column("hours_kind", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=9, scale=2), nullable=False),
        sa.Column("rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_adjustment", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "hours_kind IN ('regular', 'overtime')", name=op.f("ck_export_lines_hours_kind_choice")
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_export_lines_period_in_order")),
        sa.CheckConstraint(
            "rate_cents BETWEEN 0 AND 100000000", name=op.f("ck_export_lines_rate_cents_range")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["export_batches.id"], name=op.f("fk_export_lines_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_export_lines_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_export_lines_project_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_export_lines")),
    )
    op.create_index(
        "ix_export_lines_contractor_id",
        "export_lines",
        ["contractor_id", "project_id", "starts_on"],
    )
    op.create_index(op.f("ix_export_lines_project_id"), "export_lines", ["project_id"])
    op.create_table(
        "export_days",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id", "line_number"],
            ["export_lines.batch_id", "export_lines.number"],
            name=op.f("fk_export_days_batch_id_line_number"),
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.assignment_id"],
            name=op.f("fk_export_days_assignment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "batch_id", "line_number", "assignment_id", "work_date", name=op.f("pk_export_days")
        ),
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


def _create_files() -> None:
    op.create_table(
        "export_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("num_bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.Column("made_in", sa.BigInteger(), server_default=_THIS_TRANSACTION, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["export_batches.id"], name=op.f("fk_export_files_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_files")),
        sa.UniqueConstraint("batch_id", "format", name=op.f("uq_export_files_batch_id_format")),
    )
    op.create_table(
        "export_file_parts",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["export_files.id"], name=op.f("fk_export_file_parts_file_id")
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_export_file_parts")),
    )


def _create_corrections() -> None:
    op.create_table(
        "hours_corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint("hours BETWEEN 0 AND 24", name=op.f("ck_hours_corrections_hours_range")),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.assignment_id"],
            name=op.f("fk_hours_corrections_assignment_id"),
        ),
        _build_user("hours_corrections", "entered_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_corrections")),
    )
    op.create_index(
        "ix_hours_corrections_assignment_id_work_date",
        "hours_corrections",
        ["assignment_id", "work_date"],
    )


def _create_rates() -> None:
    op.create_table(
        "pay_rates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("rate_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", _MOMENT, server_default=_NOW, nullable=False),
        sa.CheckConstraint(
            "subject_kind IN ('contractor', 'project', 'assignment')",
            name=op.f("ck_pay_rates_subject_kind_choice"),
        ),
        sa.CheckConstraint(
            "rate_cents BETWEEN 0 AND 100000000", name=op.f("ck_pay_rates_rate_cents_range")
        ),
        _build_user("pay_rates", "entered_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_rates")),
    )
    op.create_index(
        "ix_pay_rates_subject", "pay_rates", ["subject_kind", "subject_id", "starts_on", "id"]
    )


def _keep_rates() -> None:
    """Write down today's rates, and every later change by statement: an import has many rows."""
    for kind, table, key, currency, old_currency in _SUBJECTS:
        op.execute(
            "INSERT INTO pay_rates (subject_kind, subject_id, starts_on, rate_cents, currency) "  # noqa: S608
            f"SELECT '{kind}', n.{key}, DATE '0001-01-01', n.pay_rate_cents, {currency} "
            f"FROM {table} n WHERE n.pay_rate_cents IS NOT NULL"
        )
        op.execute(
            f"""
CREATE FUNCTION keep_{kind}_rates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO pay_rates (subject_kind, subject_id, starts_on, rate_cents, currency)
        SELECT '{kind}', n.{key}, DATE '0001-01-01', n.pay_rate_cents, {currency}
        FROM new_rows n WHERE n.pay_rate_cents IS NOT NULL;
    ELSE
        INSERT INTO pay_rates (subject_kind, subject_id, starts_on, rate_cents, currency)
        SELECT '{kind}', n.{key}, (now() AT TIME ZONE 'UTC')::date, n.pay_rate_cents, {currency}
        FROM new_rows n JOIN old_rows o USING ({key})
        WHERE (n.pay_rate_cents, {currency}) IS DISTINCT FROM (o.pay_rate_cents, {old_currency})
          -- A rate that was corrected from an earlier day on is written down already.
          AND n.pay_rate_cents IS DISTINCT FROM (
              SELECT r.rate_cents FROM pay_rates r
              WHERE r.subject_kind = '{kind}' AND r.subject_id = n.{key}
                AND r.starts_on <= (now() AT TIME ZONE 'UTC')::date
                AND r.currency IS NOT DISTINCT FROM {currency}
              ORDER BY r.starts_on DESC, r.id DESC LIMIT 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER {table}_start_their_rates
    AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_{kind}_rates();
CREATE TRIGGER {table}_keep_their_rates
    AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_{kind}_rates();
"""  # noqa: S608
        )


def _build_user(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}"))
