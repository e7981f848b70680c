"""Scenarios as people ask for them: several at once, stop one, remove one.

Nothing here changes a pause, a plan, a proposal or an assignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Pause, PauseProject, Project, Scenario
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.horizon import build_plan_dates
from app.services.job_queue import enqueue_scenario
from app.services.keys import is_among
from app.services.planning import UNFINISHED, PlanOptions, ask_to_end, settle_options
from app.services.policy_settings import write_settings
from app.services.transaction import retried, transaction

MAX_AT_ONCE = 8
MAX_UNFINISHED = 24
"""Scenarios that may wait or run at a time, so that plans of real pauses keep a worker."""

MAX_EXTRA_HOURS = 100_000
MAX_EXTRA_SEATS = 10_000


@dataclass(frozen=True)
class Case:
    """Whose lost hours are planned: those of a pause, or of one that never happened.

    pause_id     the pause, or None
    project_ids  what the hypothetical pause stops
    whole_client whether it stops everything of their clients
    pause_date   the hypothetical pause's first day
    """

    pause_id: int | None = None
    project_ids: tuple[str, ...] = ()
    whole_client: bool = False
    pause_date: date | None = None


@dataclass(frozen=True)
class ExtraDemand:
    """Hypothetical hours a week and seats on a project."""

    project_id: str
    hours: int
    seats: int


@dataclass(frozen=True)
class Variant:
    """One scenario of a request: a policy, with the extra demand or without."""

    policy: str
    with_extra: bool


@retried
def create_scenarios(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    variants: Sequence[Variant],
    extra: Sequence[ExtraDemand] = (),
    options: PlanOptions,
    now: datetime | None = None,
) -> list[int]:
    """Queue a scenario for each variant, all of the same people; return their ids.

    options  limits; its policy is left out of account

    Raises NotFound, InvalidValue, or Refused (`resumed`, `too_many`).
    """
    require(actor, Permission.PLAN)
    _check(variants, extra)
    instant = now or datetime.now(UTC)
    with transaction(session):
        _refuse_too_many(session, len(variants))
        project_ids, effective_at = _find_case(session, case, instant)
        _refuse_unknown(session, [line.project_id for line in extra])
        batch = 0
        ids = []
        for variant in variants:
            settled, settings = settle_options(session, _with_policy(options, variant.policy))
            dates = build_plan_dates(effective_at, settled.weeks, now=instant)
            scenario = Scenario(
                pause_id=case.pause_id,
                paused_project_ids=project_ids,
                extra_demand=[asdict(line) for line in extra] if variant.with_extra else [],
                batch=batch,
                policy=settled.policy,
                policy_settings=write_settings(settings),
                weeks=settled.weeks,
                time_limit_s=settled.time_limit_s,
                gap=settled.gap,
                workers=settled.workers,
                seed=settled.seed,
                pause_date=dates.pause_date,
                horizon_starts_on=dates.horizon_starts_on,
                horizon_ends_on=dates.horizon_ends_on,
                requested_by=actor.user_id,
            )
            session.add(scenario)
            session.flush()
            batch = batch or scenario.id
            scenario.batch = batch
            scenario.job_id = enqueue_scenario(session, scenario.id)
            ids.append(scenario.id)
            record(
                session,
                actor=actor,
                action="scenario.requested",
                subject=("scenario", scenario.id),
                after={
                    "pause_id": case.pause_id,
                    "project_ids": project_ids,
                    "policy": scenario.policy,
                    "extra_demand": scenario.extra_demand,
                },
            )
        return ids


@retried
def stop_scenario(session: Session, *, actor: Actor, scenario_id: int, keep: bool) -> None:
    """End a scenario now: with the best plan so far (`keep`), or with nothing.

    Raises NotFound, or Refused (`finished`, `not_started`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        scenario = _lock(session, scenario_id)
        ask_to_end(session, scenario, ("scenario", "scenario"), actor=actor, keep=keep)


@retried
def remove_scenario(session: Session, *, actor: Actor, scenario_id: int) -> None:
    """Delete a scenario with all that it found.

    Raises NotFound, or Refused (`unfinished`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        scenario = _lock(session, scenario_id)
        if scenario.status in UNFINISHED:
            raise Refused("unfinished", f"Scenario {scenario.id} is still being solved.")
        record(
            session,
            actor=actor,
            action="scenario.removed",
            subject=("scenario", scenario.id),
            before={"status": scenario.status, "policy": scenario.policy},
        )
        session.delete(scenario)


def _lock(session: Session, scenario_id: int) -> Scenario:
    scenario = session.get(Scenario, scenario_id, with_for_update=True, populate_existing=True)
    if scenario is None:
        raise NotFound("scenario", scenario_id)
    return scenario


def _with_policy(options: PlanOptions, policy: str) -> PlanOptions:
    return PlanOptions(**{**asdict(options), "policy": policy})


def _check(variants: Sequence[Variant], extra: Sequence[ExtraDemand]) -> None:
    if not 1 <= len(variants) <= MAX_AT_ONCE:
        raise InvalidValue("policies", len(variants), f"1 to {MAX_AT_ONCE} scenarios at once")
    for line in extra:
        if not 0 <= line.hours <= MAX_EXTRA_HOURS or not 0 <= line.seats <= MAX_EXTRA_SEATS:
            expected = f"up to {MAX_EXTRA_HOURS} hours and {MAX_EXTRA_SEATS} seats"
            raise InvalidValue("extra", f"{line.hours} hours, {line.seats} seats", expected)


def _refuse_too_many(session: Session, num_new: int) -> None:
    waiting = select(func.count()).select_from(Scenario).where(Scenario.status.in_(UNFINISHED))
    if (session.scalar(waiting) or 0) + num_new > MAX_UNFINISHED:
        sentence = f"At most {MAX_UNFINISHED} scenarios wait at a time. Let some of them end first."
        raise Refused("too_many", sentence)


def _find_case(session: Session, case: Case, now: datetime) -> tuple[list[str], datetime]:
    """Return the projects that stop and since when."""
    if case.pause_id is not None:
        pause = session.get(Pause, case.pause_id)
        if pause is None:
            raise NotFound("pause", case.pause_id)
        if pause.status == "resumed":
            raise Refused("resumed", f"Pause {pause.id} has been resumed.")
        held = select(PauseProject.project_id).where(PauseProject.pause_id == pause.id)
        return list(session.scalars(held.order_by(PauseProject.project_id))), pause.effective_at
    if not case.project_ids or case.pause_date is None:
        raise InvalidValue("case", "", "a pause, or projects and a day")
    _refuse_unknown(session, case.project_ids)
    stopped = select(Project.project_id).where(Project.status == "open")
    inside = is_among(Project.project_id, case.project_ids)
    if case.whole_client:
        owners = select(Project.client_id).where(inside)
        inside = Project.client_id.in_(owners)
    found = list(session.scalars(stopped.where(inside).order_by(Project.project_id)))
    if not found:
        raise InvalidValue("project_ids", ", ".join(case.project_ids), "open projects")
    day = case.pause_date
    return found, max(now, datetime(day.year, day.month, day.day, tzinfo=UTC))


def _refuse_unknown(session: Session, project_ids: Sequence[str]) -> None:
    known = select(Project.project_id).where(is_among(Project.project_id, project_ids))
    missing = sorted(set(project_ids) - set(session.scalars(known)))
    if missing:
        raise NotFound("project", ", ".join(missing))
