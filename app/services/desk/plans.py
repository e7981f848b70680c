"""Plan runs: state, progress, and how their proposals stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Pause, PlanProgress, PlanRun, Proposal, User
from app.services.plans.policy_settings import PolicySettings, read_settings


@dataclass(frozen=True)
class ProgressPoint:
    """Best known value and bound of a tier, seconds after the start."""

    tier: str
    value: int | None
    bound: int | None
    elapsed_s: float


@dataclass(frozen=True)
class RunRow:
    """A plan run in a list."""

    run_id: int
    status: str
    policy: str
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class RunPage:
    """One plan run as its page shows it.

    certificate, summary  as the worker saved them; None until it succeeded
    settings              what the policy held when the run was asked for
    num_by_status         proposal status -> how many
    is_repair             it fills the holes that offers left, and nothing else
    """

    run_id: int
    pause_id: int
    status: str
    stop_requested: str
    policy: str
    weeks: int
    time_limit_s: float
    pause_date: date
    horizon_starts_on: date
    horizon_ends_on: date
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    certificate: Mapping[str, Any] | None
    summary: Mapping[str, Any] | None
    num_by_status: Mapping[str, int]
    is_repair: bool
    settings: PolicySettings

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in {"queued", "running"}


def get_run(session: Session, run_id: int) -> RunPage:
    """Return one plan run.

    Raises NotFound.
    """
    run = session.get(PlanRun, run_id, populate_existing=True)
    if run is None:
        raise NotFound("plan run", run_id)
    counts = session.execute(
        select(Proposal.status, func.count())
        .where(Proposal.plan_run_id == run_id)
        .group_by(Proposal.status)
    )
    requester = session.get(User, run.requested_by) if run.requested_by is not None else None
    return RunPage(
        run_id=run.id,
        pause_id=run.pause_id,
        status=run.status,
        stop_requested=run.stop_requested,
        policy=run.policy,
        weeks=run.weeks,
        time_limit_s=run.time_limit_s,
        pause_date=run.pause_date,
        horizon_starts_on=run.horizon_starts_on,
        horizon_ends_on=run.horizon_ends_on,
        requested_by=requester.name if requester is not None else "the command line",
        requested_at=run.requested_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        error=run.error,
        certificate=run.certificate,
        summary=run.summary,
        num_by_status={row[0]: row[1] for row in counts},
        is_repair=run.is_repair,
        settings=read_settings(run.policy, run.policy_settings),
    )


def can_place(session: Session, run: RunPage) -> bool:
    """Return whether people may be placed by hand in this run: its proposals still stand."""
    if run.status != "succeeded":
        return False
    newer = exists().where(
        PlanRun.pause_id == run.pause_id, PlanRun.id > run.run_id, PlanRun.status == "succeeded"
    )
    resumed = exists().where(Pause.id == run.pause_id, Pause.status == "resumed")
    return bool(session.scalar(select(~newer & ~resumed)))


def list_runs(session: Session, pause_id: int) -> list[RunRow]:
    """Return the plan runs of a pause, the latest first."""
    rows = session.execute(
        select(
            PlanRun.id, PlanRun.status, PlanRun.policy, PlanRun.requested_at, PlanRun.finished_at
        )
        .where(PlanRun.pause_id == pause_id)
        .order_by(PlanRun.id.desc())
    )
    return [RunRow(*row) for row in rows]


def list_progress(session: Session, run_id: int) -> list[ProgressPoint]:
    """Return the progress of a run in order of time."""
    rows = session.execute(
        select(PlanProgress.tier, PlanProgress.value, PlanProgress.bound, PlanProgress.elapsed_s)
        .where(PlanProgress.plan_run_id == run_id)
        .order_by(PlanProgress.seq)
    )
    return [ProgressPoint(*row) for row in rows]
