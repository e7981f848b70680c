"""Scenarios as people ask for them, several at once.

Nothing here changes a pause, a plan, a proposal or an assignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import Pause, PauseProject, Project, Scenario
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.horizon import build_plan_dates
from app.services.job_queue import enqueue_scenario
from app.services.keys import is_among
from app.services.planning import UNFINISHED, PlanOptions, settle_options
from app.services.policy_settings import write_settings
from app.services.transaction import retried, transaction

MAX_AT_ONCE = 8
MAX_UNFINISHED = 24
"""Scenarios that may wait or run at a time, so that plans of real pauses keep a worker."""

_REQUEST_LOCK = 7_463
"""Key of the advisory lock under which scenarios are asked for."""

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

    The same request again, while the first still waits or runs, returns the first one's.

    options  limits; its policy is left out of account

    Raises NotFound, InvalidValue, or Refused (`resumed`, `nothing_to_pause`, `too_many`).
    """
    require(actor, Permission.PLAN)
    _check(variants, extra)
    instant = now or datetime.now(UTC)
    with transaction(session):
        # One request at a time: else two would not see each other's scenarios.
        session.execute(select(func.pg_advisory_xact_lock(_REQUEST_LOCK)))
        project_ids, effective_at = _find_case(session, case, instant)
        _refuse_unknown(session, [line.project_id for line in extra])
        day = build_plan_dates(effective_at, options.weeks, now=instant).pause_date
        asked = [
            (day, case.pause_id, project_ids, one.policy, _write_extra(one, extra))
            for one in variants
        ]
        same = _find_same(session, actor, asked)
        if same:
            return same
        _refuse_too_many(session, len(variants))
        batch = 0
        ids = []
        for variant in variants:
            settled, settings = settle_options(session, _with_policy(options, variant.policy))
            dates = build_plan_dates(effective_at, settled.weeks, now=instant)
            scenario = Scenario(
                pause_id=case.pause_id,
                paused_project_ids=project_ids,
                extra_demand=_write_extra(variant, extra),
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


def _with_policy(options: PlanOptions, policy: str) -> PlanOptions:
    return PlanOptions(**{**asdict(options), "policy": policy})


def _check(variants: Sequence[Variant], extra: Sequence[ExtraDemand]) -> None:
    if not 1 <= len(variants) <= MAX_AT_ONCE:
        raise InvalidValue("policies", len(variants), f"1 to {MAX_AT_ONCE} scenarios at once")
    for line in extra:
        if not 0 <= line.hours <= MAX_EXTRA_HOURS or not 0 <= line.seats <= MAX_EXTRA_SEATS:
            expected = f"up to {MAX_EXTRA_HOURS} hours and {MAX_EXTRA_SEATS} seats"
            raise InvalidValue("extra", f"{line.hours} hours, {line.seats} seats", expected)


def _write_extra(variant: Variant, extra: Sequence[ExtraDemand]) -> list[dict[str, Any]]:
    return [asdict(line) for line in extra] if variant.with_extra else []


def _find_same(
    session: Session,
    actor: Actor,
    asked: Sequence[tuple[date, int | None, list[str], str, list[dict[str, Any]]]],
) -> list[int]:
    """Return the actor's scenarios of the same request that have not ended; [] without any."""
    rows = session.scalars(
        select(Scenario)
        .where(
            Scenario.status.in_(UNFINISHED),
            Scenario.requested_by.is_not_distinct_from(actor.user_id),
        )
        .order_by(Scenario.batch, Scenario.id)
    )
    for _batch, group in groupby(rows, key=attrgetter("batch")):
        own = list(group)
        known = [
            (one.pause_date, one.pause_id, one.paused_project_ids, one.policy, one.extra_demand)
            for one in own
        ]
        if known == asked:
            return [one.id for one in own]
    return []


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
        raise Refused("nothing_to_pause", "None of these projects is open: nothing would stop.")
    day = case.pause_date
    return found, max(now, datetime(day.year, day.month, day.day, tzinfo=UTC))


def _refuse_unknown(session: Session, project_ids: Sequence[str]) -> None:
    known = select(Project.project_id).where(is_among(Project.project_id, project_ids))
    missing = sorted(set(project_ids) - set(session.scalars(known)))
    if missing:
        raise NotFound("project", ", ".join(missing))
