"""Pay weeks: whose week starts when, its sheets of hours, and what was approved of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents, build_choice_check, build_range_check

SHEET_STATUSES = ("open", "submitted", "rejected", "approved", "locked", "reopened")
"""Of a timesheet. Hours can be changed while it is open, rejected or reopened."""


class PayGroup(Base):
    """People whose pay week has the same zone and first day.

    zone           IANA name; the days of the week are dates there
    first_weekday  0 = Monday to 6 = Sunday
    is_default     of everybody who is in no group; one group at most
    """

    __tablename__ = "pay_groups"
    __table_args__ = (
        build_range_check("first_weekday", 0, 6),
        Index(
            "ix_pay_groups_is_default",
            "is_default",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[BigKey]
    name: Mapped[str] = mapped_column(unique=True)
    zone: Mapped[str]
    first_weekday: Mapped[int]
    is_default: Mapped[bool] = mapped_column(server_default="false")


class Timesheet(Base):
    """One contractor's pay week: seven days, or fewer where the pay week was moved.

    Bounds and zone stay what they were when the sheet began, so that no day changes its week.

    version           moves with every change of the sheet and of its hours
    approved_version  how often it was approved: the version of `ApprovedHours` in force
    reason            of the last rejection or reopening
    settled_version   the approved version that payroll has taken; another one is yet to be settled
    """

    __tablename__ = "timesheets"
    __table_args__ = (
        UniqueConstraint("contractor_id", "starts_on"),
        CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 6", name="days_range"),
        build_choice_check("status", SHEET_STATUSES),
        CheckConstraint("approved_version >= 0", name="approved_version_range"),
        Index("ix_timesheets_status_starts_on", "status", "starts_on"),
        Index(
            "ix_timesheets_unsettled",
            "starts_on",
            postgresql_where=text("settled_version <> approved_version"),
        ),
    )

    id: Mapped[BigKey]
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    zone: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
    version: Mapped[int] = mapped_column(server_default="1")
    approved_version: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[str] = mapped_column(server_default="")
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_version: Mapped[int] = mapped_column(server_default="0")


class ApprovedHours(Base):
    """The hours of one day on one assignment as they were approved: what payroll takes.

    Rows are only ever added; a trigger refuses the rest. Each approval of a sheet writes all its
    days anew under the next `version`. In force are the rows of the sheet's `approved_version`
    while the sheet is approved or locked. A day of 0 hours has a row as well.

    late_pause_id  the pause before which the hours were worked, and after which they were entered
    """

    __tablename__ = "approved_hours"
    __table_args__ = (
        UniqueConstraint("timesheet_id", "version", "assignment_id", "work_date"),
        CheckConstraint("hours >= 0 AND hours <= 24", name="hours_range"),
        CheckConstraint("rate_cents >= 0", name="rate_cents_range"),
        CheckConstraint("version > 0", name="version_range"),
        Index("ix_approved_hours_assignment_id_work_date", "assignment_id", "work_date"),
        Index("ix_approved_hours_work_date", "work_date"),
    )

    id: Mapped[BigKey]
    timesheet_id: Mapped[int] = mapped_column(ForeignKey("timesheets.id"))
    version: Mapped[int]
    assignment_id: Mapped[str] = mapped_column(ForeignKey("assignments.assignment_id"))
    work_date: Mapped[date]
    hours: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    rate_cents: Mapped[Cents]
    currency: Mapped[str]
    late_pause_id: Mapped[int | None] = mapped_column(ForeignKey("pauses.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime] = mapped_column(server_default=func.now())
