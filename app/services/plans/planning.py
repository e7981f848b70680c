"""Plan runs as people ask for them: request one, stop one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Pause, PlanRun
from app.models.solves import SolveColumns
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.job_queue import enqueue_plan
from app.services.plans.horizon import MAX_WEEKS, build_plan_dates
from app.services.plans.plan_size import allow_for_size, count_paused
from app.services.plans.policies import find_policy_settings
from app.services.plans.policy_settings import POLICY_NAMES, PolicySettings, write_settings
from app.services.transaction import retried, transaction

UNFINISHED = ("queued", "running")

_TAKE_HOLES = """
    UPDATE offers o SET repair_run_id = n.id
    FROM proposals q
    JOIN plan_runs r ON r.id = q.plan_run_id
    JOIN plan_runs n ON n.pause_id = r.pause_id
    WHERE q.id = o.proposal_id AND n.id = :run_id
      AND o.released_at IS NOT NULL AND o.repair_run_id IS NULL
    RETURNING 1
"""


@dataclass(frozen=True)
class PlanOptions:
    """Policy and limits of one run (`solver.result.SolveLimits`); `weeks` of horizon, 1..104.

    A saved policy brings its own weeks and gap, and may shorten the time; more than 5,000
    people get more of it (`plan_size`).
    """

    policy: str = "people-first"
    weeks: int = 8
    time_limit_s: float = 60.0
    gap: float = 0.001
    workers: int = 2
    seed: int = 1


@retried
def request_plan(
    session: Session,
    *,
    actor: Actor,
    pause_id: int,
    options: PlanOptions,
    now: datetime | None = None,
) -> int:
    """Queue another plan of an open pause; return the plan run's id.

    `now` is an instant with its zone, None = this one: the plan begins on the first Monday
    from then on, however old the pause.

    Raises NotFound, Refused (`resumed`, `plan_running`) or InvalidValue.
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        pause = get_planned_pause(session, pause_id)
        instant = now or datetime.now(UTC)
        return queue_run(session, actor=actor, pause=pause, options=options, now=instant)


@retried
def stop_plan(session: Session, *, actor: Actor, plan_run_id: int, keep: bool) -> None:
    """End a run now: with the best plan so far (`keep`), or with nothing.

    Raises NotFound, or Refused (`finished`, `not_started`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        run = session.get(PlanRun, plan_run_id, with_for_update=True, populate_existing=True)
        if run is None:
            raise NotFound("plan run", plan_run_id)
        ask_to_end(session, run, ("plan", "plan_run"), actor=actor, keep=keep)


def ask_to_end(
    session: Session, run: SolveColumns, names: tuple[str, str], *, actor: Actor, keep: bool
) -> None:
    """Pass on the wish that a solve ends, and record it. The caller holds its row lock.

    names  of the kind of solve in the audit trail: of its events, and of its rows

    Raises Refused (`finished`, `not_started`).
    """
    event, subject = names
    title = f"{event.capitalize()} {run.id}"
    if run.status not in UNFINISHED:
        raise Refused("finished", f"{title} has {run.status} already.")
    if keep and run.status == "queued":
        raise Refused("not_started", f"{title} has not started: there is no plan yet.")
    before = {"status": run.status, "stop_requested": run.stop_requested}
    cancel_or_stop(run, keep=keep)
    record(
        session,
        actor=actor,
        action=f"{event}.{'stop' if keep else 'cancel'}_requested",
        subject=(subject, run.id),
        before=before,
        after={"status": run.status, "stop_requested": run.stop_requested},
    )


def cancel_or_stop(run: SolveColumns, *, keep: bool) -> None:
    """Ask a running solve to end; a queued one ends at once. The caller holds its row lock."""
    run.stop_requested = "keep" if keep else "cancel"
    if run.status == "queued":
        run.status = "cancelled"
        run.finished_at = datetime.now(UTC)


def get_open_pause(session: Session, pause_id: int) -> Pause:
    """Return the pause, its row locked against a resume.

    Raises NotFound, or Refused (`resumed`, `terminated`).
    """
    pause = get_planned_pause(session, pause_id)
    if pause.status == "terminated":
        raise Refused("terminated", f"Pause {pause.id} has been terminated.")
    return pause


def get_planned_pause(session: Session, pause_id: int) -> Pause:
    """Return a pause whose people may be planned, its row locked against a resume.

    Those of a terminated one still need places. Raises NotFound, or Refused (`resumed`).
    """
    pause = session.get(Pause, pause_id, with_for_update=True, populate_existing=True)
    if pause is None:
        raise NotFound("pause", pause_id)
    if pause.status == "resumed":
        raise Refused("resumed", f"Pause {pause.id} has been resumed.")
    return pause


def queue_run(
    session: Session, *, actor: Actor, pause: Pause, options: PlanOptions, now: datetime
) -> int:
    """Add a plan run and its job inside the caller's transaction; return the run's id."""
    options, settings = settle_options(session, options, count_paused(session, pause.id))
    return add_run(session, actor=actor, pause=pause, options=options, settings=settings, now=now)


def add_run(
    session: Session,
    *,
    actor: Actor,
    pause: Pause,
    options: PlanOptions,
    settings: PolicySettings,
    now: datetime,
    is_repair: bool = False,
) -> int:
    """Add a run of settled options and its job; holes that offers left are in its hands then.

    Raises Refused (`plan_running`).
    """
    dates = build_plan_dates(pause.effective_at, options.weeks, now=now)
    run = PlanRun(
        pause_id=pause.id,
        is_repair=is_repair,
        policy=options.policy,
        policy_settings=write_settings(settings),
        weeks=options.weeks,
        time_limit_s=options.time_limit_s,
        gap=options.gap,
        workers=options.workers,
        seed=options.seed,
        pause_date=dates.pause_date,
        horizon_starts_on=dates.horizon_starts_on,
        horizon_ends_on=dates.horizon_ends_on,
        requested_by=actor.user_id,
    )
    unfinished = session.scalars(
        select(PlanRun.id).where(PlanRun.pause_id == pause.id, PlanRun.status.in_(UNFINISHED))
    ).first()
    if unfinished is not None:
        raise Refused("plan_running", f"Plan {unfinished} of this pause is still being solved.")
    session.add(run)
    session.flush()
    run.job_id = enqueue_plan(session, run.id)
    num_holes = len(session.execute(text(_TAKE_HOLES), {"run_id": run.id}).all())
    record(
        session,
        actor=actor,
        action="plan.requested",
        subject=("plan_run", run.id),
        after={
            "pause_id": pause.id,
            "policy": run.policy,
            "time_limit_s": run.time_limit_s,
            "is_repair": is_repair,
            "holes": num_holes,
        },
    )
    return run.id


def build_options(run: PlanRun) -> PlanOptions:
    """Return the options that a run was asked for with."""
    return PlanOptions(run.policy, run.weeks, run.time_limit_s, run.gap, run.workers, run.seed)


def settle_options(
    session: Session, options: PlanOptions, num_people: int
) -> tuple[PlanOptions, PolicySettings]:
    """Return the options as their policy and so many people want them, and all that it holds then.

    Raises InvalidValue for a policy that is not in use, and for a limit out of range.
    """
    settings = find_policy_settings(session, options.policy)
    if settings is None:
        expected = "a saved policy, or one of " + ", ".join(POLICY_NAMES)
        raise InvalidValue("policy", options.policy, expected)
    options = replace(options, time_limit_s=allow_for_size(options.time_limit_s, num_people))
    if options.policy not in POLICY_NAMES:
        shorter = min(options.time_limit_s, settings.time_limit_s or options.time_limit_s)
        options = replace(options, weeks=settings.weeks, gap=settings.gap, time_limit_s=shorter)
    _check_limits(options)
    kept = replace(
        settings, weeks=options.weeks, gap=options.gap, time_limit_s=options.time_limit_s
    )
    return options, kept


def _check_limits(options: PlanOptions) -> None:
    if not 1 <= options.weeks <= MAX_WEEKS:
        raise InvalidValue("weeks", options.weeks, f"a number from 1 to {MAX_WEEKS}")
    if not 0 < options.time_limit_s <= 86_400:
        raise InvalidValue("time_limit_s", options.time_limit_s, "seconds, up to a day")
    if not 0 <= options.gap < 1:
        raise InvalidValue("gap", options.gap, "a share in [0, 1)")
    if not 1 <= options.workers <= 256:
        raise InvalidValue("workers", options.workers, "a number from 1 to 256")
