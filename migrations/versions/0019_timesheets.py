"""Pay weeks and their sheets; what was approved, kept by version; a day of 0 hours is an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SHEETS_OF_OLD_ENTRIES = """
INSERT INTO timesheets (contractor_id, starts_on, ends_on, zone, status, approved_version)
SELECT a.contractor_id, date_trunc('week', h.work_date)::date,
       date_trunc('week', h.work_date)::date + 6, 'UTC',
       CASE WHEN bool_and(h.export_batch_id IS NOT NULL) THEN 'locked'
            WHEN bool_or(h.export_batch_id IS NOT NULL) THEN 'reopened' ELSE 'open' END,
       bool_or(h.export_batch_id IS NOT NULL)::int
FROM hours_entries h JOIN assignments a USING (assignment_id)
GROUP BY a.contractor_id, date_trunc('week', h.work_date);

-- Exported entries refuse every change, this one too.
ALTER TABLE hours_entries DISABLE TRIGGER exported_hours_are_immutable;
UPDATE hours_entries h SET timesheet_id = t.id
FROM assignments a JOIN timesheets t USING (contractor_id)
WHERE a.assignment_id = h.assignment_id AND h.work_date BETWEEN t.starts_on AND t.ends_on;
ALTER TABLE hours_entries ENABLE TRIGGER exported_hours_are_immutable;

INSERT INTO approved_hours
       (timesheet_id, version, assignment_id, work_date, hours, rate_cents, currency)
SELECT timesheet_id, 1, assignment_id, work_date, hours, rate_cents, currency
FROM hours_entries WHERE export_batch_id IS NOT NULL;
"""
"""What payroll took counts as approved; the rest has to be submitted."""

_TRIGGERS = """
CREATE TRIGGER approved_hours_are_append_only
    BEFORE UPDATE OR DELETE ON approved_hours
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approved_hours_are_not_emptied
    BEFORE TRUNCATE ON approved_hours
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    _create_pay_groups()
    _create_timesheets()
    _create_approved_hours()
    op.add_column("hours_entries", sa.Column("timesheet_id", sa.BigInteger(), nullable=True))
    op.add_column("hours_entries", sa.Column("late_pause_id", sa.BigInteger(), nullable=True))
    op.execute(_SHEETS_OF_OLD_ENTRIES)
    op.execute(_TRIGGERS)
    op.alter_column("hours_entries", "timesheet_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_hours_entries_timesheet_id"),
        "hours_entries",
        "timesheets",
        ["timesheet_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_hours_entries_late_pause_id"), "hours_entries", "pauses", ["late_pause_id"], ["id"]
    )
    op.create_index(op.f("ix_hours_entries_timesheet_id"), "hours_entries", ["timesheet_id"])
    _allow_hours("hours >= 0 AND hours <= 24")


def downgrade() -> None:
    op.execute("DELETE FROM hours_entries WHERE hours = 0")
    _allow_hours("hours > 0 AND hours <= 24")
    op.drop_column("hours_entries", "late_pause_id")
    op.drop_column("hours_entries", "timesheet_id")
    op.drop_table("approved_hours")
    op.drop_table("timesheets")
    op.drop_column("contractors", "pay_group_id")
    op.drop_table("pay_groups")


def _allow_hours(condition: str) -> None:
    name = op.f("ck_hours_entries_hours_range")
    op.drop_constraint(name, "hours_entries")
    op.create_check_constraint(name, "hours_entries", condition)


def _create_pay_groups() -> None:
    op.create_table(
        "pay_groups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("first_weekday", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "first_weekday BETWEEN 0 AND 6", name=op.f("ck_pay_groups_first_weekday_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_groups")),
        sa.UniqueConstraint("name", name=op.f("uq_pay_groups_name")),
    )
    op.create_index(
        "ix_pay_groups_is_default",
        "pay_groups",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.add_column("contractors", sa.Column("pay_group_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_contractors_pay_group_id"), "contractors", "pay_groups", ["pay_group_id"], ["id"]
    )
    op.create_index(op.f("ix_contractors_pay_group_id"), "contractors", ["pay_group_id"])


def _create_timesheets() -> None:
    op.create_table(
        "timesheets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contractor_id", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("approved_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "ends_on BETWEEN starts_on AND starts_on + 6", name=op.f("ck_timesheets_days_range")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'submitted', 'rejected', 'approved', 'locked', 'reopened')",
            name=op.f("ck_timesheets_status_choice"),
        ),
        sa.CheckConstraint(
            "approved_version >= 0", name=op.f("ck_timesheets_approved_version_range")
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"],
            ["contractors.contractor_id"],
            name=op.f("fk_timesheets_contractor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_timesheets_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timesheets")),
        sa.UniqueConstraint(
            "contractor_id", "starts_on", name=op.f("uq_timesheets_contractor_id_starts_on")
        ),
    )
    op.create_index("ix_timesheets_status_starts_on", "timesheets", ["status", "starts_on"])


def _create_approved_hours() -> None:
    op.create_table(
        "approved_hours",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("timesheet_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Text(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=4, scale=2), nullable=False),
        sa.Column("rate_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("late_pause_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "approved_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "hours >= 0 AND hours <= 24", name=op.f("ck_approved_hours_hours_range")
        ),
        sa.CheckConstraint("rate_cents >= 0", name=op.f("ck_approved_hours_rate_cents_range")),
        sa.CheckConstraint("version > 0", name=op.f("ck_approved_hours_version_range")),
        sa.ForeignKeyConstraint(
            ["timesheet_id"], ["timesheets.id"], name=op.f("fk_approved_hours_timesheet_id")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.assignment_id"],
            name=op.f("fk_approved_hours_assignment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["late_pause_id"], ["pauses.id"], name=op.f("fk_approved_hours_late_pause_id")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_approved_hours_approved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approved_hours")),
        sa.UniqueConstraint(
            "timesheet_id",
            "version",
            "assignment_id",
            "work_date",
            name=op.f("uq_approved_hours_timesheet_id_version_assignment_id_work_date"),
        ),
    )
    op.create_index(
        "ix_approved_hours_assignment_id_work_date",
        "approved_hours",
        ["assignment_id", "work_date"],
    )
    op.create_index("ix_approved_hours_work_date", "approved_hours", ["work_date"])
