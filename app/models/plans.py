"""Plan runs: their progress, their certificate, and the proposals they made."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, Cents, build_choice_check, build_range_check

_MAX_HOURS_A_WEEK = 168


class PlanRun(Base):
    """One solve with its inputs, policy and result.

    stop_requested  `keep`: end now with the best plan so far; `cancel`: end with nothing
    policy          its name when the run was asked for
    policy_settings what it held then (`app.services.policy_settings`); None in runs from before
                    policies could be saved
    job_id          the job that solves it; its number changes when a dead worker's run is
                    queued again
    attempts        how often a worker took it up
    pause_date      the day planned from: the pause's own, or the day of a later request
    summary         affected, covered, hours restored of lost, top blockers
    error           one sentence, when the run failed
    """

    __tablename__ = "plan_runs"
    __table_args__ = (
        build_choice_check("status", ("queued", "running", "succeeded", "failed", "cancelled")),
        build_choice_check("stop_requested", ("none", "keep", "cancel")),
        build_range_check("weeks", 1, 104),
        CheckConstraint("time_limit_s > 0", name="time_limit_s_range"),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error_when_failed"),
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

    id: Mapped[BigKey]
    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"))
    policy: Mapped[str]
    policy_settings: Mapped[dict[str, Any] | None]
    weeks: Mapped[int]
    time_limit_s: Mapped[float]
    gap: Mapped[float]
    workers: Mapped[int]
    seed: Mapped[int]
    pause_date: Mapped[date]
    horizon_starts_on: Mapped[date]
    horizon_ends_on: Mapped[date]
    status: Mapped[str] = mapped_column(server_default="queued")
    stop_requested: Mapped[str] = mapped_column(server_default="none")
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(server_default="0")
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    certificate: Mapped[dict[str, Any] | None]
    summary: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]


class PlanProgress(Base):
    """Best known value and bound of a tier at one moment of a running solve."""

    __tablename__ = "plan_progress"

    plan_run_id: Mapped[int] = mapped_column(ForeignKey("plan_runs.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    tier: Mapped[str]
    value: Mapped[int | None] = mapped_column(BigInteger)
    bound: Mapped[int | None] = mapped_column(BigInteger)
    elapsed_s: Mapped[float]


class Proposal(Base):
    """The optimiser's output: a place for one contractor; binding on nobody.

    from_projects          the paused projects it replaces, `a|b`
    restored_hour_weeks    over the horizon; an hour a week over one week counts 1
    reasons                plain sentences for the manager and the contractor
    since_last             beside what earlier plans still proposed: `kept`, `changed` (the
                           contractor had another place or other hours) or `new`; "" in a first plan
    published_at           when the contractor was told; approved before that, it only reserves
                           the place
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


class UnplacedContractor(Base):
    """An affected contractor below the lost hours, and what stands in the way.

    restored_hours  per week, averaged over the horizon
    away      on leave for the whole horizon, so not planned
    covered   at or above the floor all the same
    blocker   rule code, or `capacity`
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
