"""Plan runs: their progress, their certificate, and the proposals they made."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents, build_choice_check, build_range_check
from app.models.solves import ProgressColumns, SolveColumns, build_solve_checks

_MAX_HOURS_A_WEEK = 168


class PlanRun(SolveColumns, Base):
    """The solve of a pause; its proposals are there to be decided on.

    is_repair  it fills the holes that offers left: all that is approved or proposed stays
    """

    __tablename__ = "plan_runs"
    __table_args__ = (
        *build_solve_checks(),
        Index(
            "ix_plan_runs_pause_id_status",
            "pause_id",
            "status",
        ),
        Index(
            "uq_plan_runs_pause_id_unfinished",
            "pause_id",
            unique=True,
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
    )

    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"))
    is_repair: Mapped[bool] = mapped_column(server_default="false")


class PlanProgress(ProgressColumns, Base):
    """Progress of a plan run while it is solved."""

    __tablename__ = "plan_progress"

    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"), primary_key=True)


class Proposal(Base):
    """The optimiser's output: a place for one contractor; binding on nobody.

    from_projects          the paused projects it replaces, `a|b`
    restored_hour_weeks    over the horizon; an hour a week over one week counts 1
    reasons                plain sentences for the manager and the contractor
    since_last             beside what earlier plans still proposed: `kept`, `changed` (the
                           contractor had another place or other hours) or `new`; "" in a first plan
    published_at           when the contractor was told; approved before that, it only reserves
                           the place
    pinned                 no later plan may change it, though nobody has approved it yet
    changed_by, changed_at who changed the place by hand, None where it is as the plan made it
    overridden             codes of the soft limits that it may break, and why a person allowed it
    """

    __tablename__ = "proposals"
    __table_args__ = (
        build_choice_check(
            "status", ("proposed", "approved", "published", "rejected", "superseded")
        ),
        build_choice_check("since_last", ("", "kept", "changed", "new")),
        build_range_check("hours_per_week", 1, _MAX_HOURS_A_WEEK),
        build_range_check("fit", 0, 100),
        Index("uq_proposals_place", "plan_run_id", "contractor_id", "project_id", unique=True),
        Index("ix_proposals_plan_run_id_status", "plan_run_id", "status"),
        Index("ix_proposals_compared", "plan_run_id", postgresql_where=text("since_last <> ''")),
    )

    id: Mapped[BigKey]
    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"))
    contractor_id: Mapped[str] = mapped_column(ForeignKey("contractors.contractor_id"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"), index=True)
    hours_per_week: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    fit: Mapped[int]
    pay_rate_cents: Mapped[Cents]
    previous_pay_rate_cents: Mapped[Cents]
    currency: Mapped[str]
    from_projects: Mapped[str]
    restored_hour_weeks: Mapped[Decimal] = mapped_column(Numeric(10, 1))
    reasons: Mapped[list[str]] = mapped_column(server_default="[]")
    status: Mapped[str] = mapped_column(server_default="proposed")
    version: Mapped[int] = mapped_column(server_default="1")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(server_default="")
    since_last: Mapped[str] = mapped_column(server_default="")
    published_at: Mapped[datetime | None]
    pinned: Mapped[bool] = mapped_column(server_default="false")
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime | None]
    overridden: Mapped[list[str]] = mapped_column(server_default="[]")
    override_reason: Mapped[str] = mapped_column(server_default="")


class UnplacedContractor(Base):
    """An affected contractor below the lost hours, and what stands in the way.

    restored_hours  per week, averaged over the horizon
    away      on leave for the whole horizon, so not planned
    covered   at or above the floor all the same
    blocker   rule code, `capacity`, `away`, or `left_out` by the policy
    """

    __tablename__ = "unplaced"

    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"), primary_key=True)
    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True
    )
    lost_hours: Mapped[int]
    restored_hours: Mapped[float]
    floor_hours: Mapped[int]
    covered: Mapped[bool]
    away: Mapped[bool]
    blocker: Mapped[str]
    nearest_project: Mapped[str]
    unlock: Mapped[str]


class RejectedPair(Base):
    """A contractor and a project that a manager turned down; no later plan proposes it."""

    __tablename__ = "rejected_pairs"

    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True
    )
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"), primary_key=True)
    reason: Mapped[str]
    rejected_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    rejected_at: Mapped[datetime] = mapped_column(server_default=func.now())
