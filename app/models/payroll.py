"""Pay periods, and the ledger of what payroll took: batches, lines, days and files."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents, build_choice_check, build_range_check

HOURS_KINDS = ("regular", "overtime")
"""As in `app.exports.payroll_line.HoursKind`."""


class PayPeriod(Base):
    """Days that payroll pays together; no two periods share a day.

    Closed, it is closed for good: triggers refuse every change of its own and of its hours.

    zone  IANA name; the period is over when its last day is over there
    """

    __tablename__ = "pay_periods"
    __table_args__ = (
        CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 61", name="days_range"),
        ExcludeConstraint(
            (text("daterange(starts_on, ends_on, '[]'::text)"), "&&"),
            using="gist",
            name="uq_pay_periods_days",
        ),
    )

    id: Mapped[BigKey]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    zone: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]


class KeptReadiness(Base):
    """What was due in a pay period when all that it was made of had this fingerprint.

    content  sums and names as `app.services.payroll.kept_readiness` writes them
    """

    __tablename__ = "kept_readiness"

    period_id: Mapped[int] = mapped_column(
        ForeignKey("pay_periods.id", ondelete="CASCADE"), primary_key=True
    )
    fingerprint: Mapped[str]
    content: Mapped[dict[str, Any]]


class ExportBatch(Base):
    """An immutable numbered batch of lines; triggers refuse change, deletion and later lines.

    period_id  None for batches of before there were pay periods
    totals     {"USD": {"lines": 12, "hours": "96.50", "amount_cents": 123456}, ...}
    manifest   JSON text: what the batch holds and by which rule
    sha256     lower-case hex of its generic file
    made_in    the transaction that made it: only that one may add lines
    """

    __tablename__ = "export_batches"
    __table_args__ = (
        CheckConstraint("period_starts_on <= period_ends_on", name="period_in_order"),
        CheckConstraint("number > 0", name="number_range"),
        CheckConstraint("line_count > 0", name="line_count_range"),
    )

    id: Mapped[BigKey]
    number: Mapped[int] = mapped_column(unique=True)
    period_id: Mapped[int | None] = mapped_column(ForeignKey("pay_periods.id"), index=True)
    period_starts_on: Mapped[date]
    period_ends_on: Mapped[date]
    line_count: Mapped[int]
    totals: Mapped[dict[str, Any]]
    manifest: Mapped[str]
    sha256: Mapped[str]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_in: Mapped[int] = mapped_column(
        BigInteger, server_default=text("(pg_current_xact_id())::text::bigint")
    )


class ExportLine(Base):
    """A line of a batch: hours of one contractor on one project at one rate in one pay period.

    Columns as in `app.exports.payroll_line.PayrollLine`; triggers refuse change and deletion, and
    hold batch, contractor and project to those that exist, all lines of a batch at once.
    """

    __tablename__ = "export_lines"
    __table_args__ = (
        build_choice_check("hours_kind", HOURS_KINDS),
        CheckConstraint("starts_on <= ends_on", name="period_in_order"),
        build_range_check("rate_cents", 0, 100_000_000),
        Index("ix_export_lines_contractor_id", "contractor_id", "project_id", "starts_on"),
    )

    batch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contractor_id: Mapped[str]
    payroll_id: Mapped[str]
    contractor: Mapped[str]
    project_id: Mapped[str] = mapped_column(index=True)
    project_code: Mapped[str]
    hours_kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    rate_cents: Mapped[Cents]
    amount_cents: Mapped[Cents]
    currency: Mapped[str]
    is_adjustment: Mapped[bool]


class ExportDay(Base):
    """Hours of one assignment and day inside a line; all days of a line add up to its hours.

    Triggers hold line and assignment to those that exist, all days of a batch at once.

    hours  negative where an adjustment takes them back
    entry  1 the first time that the day is in a batch, then 2 and so on: the key keeps two batches
           from taking the same day
    """

    __tablename__ = "export_days"
    __table_args__ = (CheckConstraint("entry > 0", name="entry_range"),)

    batch_id: Mapped[int] = mapped_column(BigInteger)
    line_number: Mapped[int]
    assignment_id: Mapped[str] = mapped_column(primary_key=True)
    work_date: Mapped[date] = mapped_column(primary_key=True)
    hours: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    entry: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class ExportFile(Base):
    """A file of a batch in one format, kept so that every download has the same bytes.

    format  `generic`, or the id of a format's version and the currency
    sha256  lower-case hex of all its parts
    made_in the transaction that made it: only that one may add parts
    """

    __tablename__ = "export_files"
    __table_args__ = (UniqueConstraint("batch_id", "format"),)

    id: Mapped[BigKey]
    batch_id: Mapped[int] = mapped_column(ForeignKey("export_batches.id"))
    format: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    num_bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_in: Mapped[int] = mapped_column(
        BigInteger, server_default=text("(pg_current_xact_id())::text::bigint")
    )


class ExportFilePart(Base):
    """Some bytes of a file, in the order of `number`."""

    __tablename__ = "export_file_parts"

    file_id: Mapped[int] = mapped_column(ForeignKey("export_files.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class HoursCorrection(Base):
    """What the hours of a day in a closed period should have been; rows are only ever added.

    The latest of a day counts, whatever was approved; the next batch pays the difference.
    """

    __tablename__ = "hours_corrections"
    __table_args__ = (
        build_range_check("hours", 0, 24),
        Index("ix_hours_corrections_assignment_id_work_date", "assignment_id", "work_date"),
    )

    id: Mapped[BigKey]
    assignment_id: Mapped[str] = mapped_column(ForeignKey("assignments.assignment_id"))
    work_date: Mapped[date]
    hours: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    reason: Mapped[str]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PayRate(Base):
    """What an hour pays from a day on; rows are only ever added, the latest for a day counts.

    Triggers add a row whenever a rate or currency of a contractor, project or assignment changes.

    subject_id  of the contractor, project or assignment
    starts_on   first day; 0001-01-01 for what held when the subject came
    rate_cents  None = the subject names no rate
    currency    of the rate; None for an assignment that is paid in its contractor's
    """

    __tablename__ = "pay_rates"
    __table_args__ = (
        build_choice_check("subject_kind", ("contractor", "project", "assignment")),
        build_range_check("rate_cents", 0, 100_000_000),
        Index("ix_pay_rates_subject", "subject_kind", "subject_id", "starts_on", "id"),
    )

    id: Mapped[BigKey]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    starts_on: Mapped[date]
    rate_cents: Mapped[Cents | None]
    currency: Mapped[str | None]
    reason: Mapped[str] = mapped_column(server_default="")
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime] = mapped_column(server_default=func.now())
