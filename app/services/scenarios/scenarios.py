"""Scenarios as people ask for them, several at once.

Nothing here changes a pause, a plan, a proposal or an assignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Scenario
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.job_queue import enqueue_scenario
from app.services.plans.horizon import build_plan_dates
from app.services.plans.plan_size import count_paused, count_working
from app.services.plans.planning import UNFINISHED, PlanOptions, settle_options
from app.services.plans.policy_settings import write_settings
from app.services.scenarios.scenario_cases import FoundCase, check_made_up, find_case
from app.services.scenarios.scenario_requests import (
    NOTHING_MADE_UP,
    Case,
    MadeUp,
    Variant,
    check_request,
)
from app.services.transaction import retried, transaction

MAX_UNFINISHED = 24
"""Scenarios that may wait or run at a time, so that plans of real pauses keep a worker."""

_REQUEST_LOCK = 7_463
"""Key of the advisory lock under which scenarios are asked for."""


@retried
def create_scenarios(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    variants: Sequence[Variant],
    made_up: MadeUp = NOTHING_MADE_UP,
    options: PlanOptions,
    now: datetime | None = None,
) -> list[int]:
    """Queue a scenario for each variant, all of the same people; return their ids.

    The same request again, while the first still waits or runs, returns the first one's.

    options  limits; its policy is left out of account

    Raises NotFound, InvalidValue, or Refused (`resumed`, `nothing_to_pause`, `nobody`,
    `too_many`, `name_taken`).
    """
    require(actor, Permission.PLAN)
    instant = now or datetime.now(UTC)
    check_request(case, variants, made_up)
    with transaction(session):
        # One request at a time: else two would not see each other's scenarios.
        session.execute(select(func.pg_advisory_xact_lock(_REQUEST_LOCK)))
        common = find_case(session, case, instant)
        check_made_up(session, made_up)
        asked = [_describe(common, one, made_up, options, instant) for one in variants]
        same = _find_same(session, actor, asked)
        if same:
            return same
        _refuse_too_many(session, len(variants))
        return _queue(session, actor, asked, options, found=common, now=instant)


def _describe(
    found: FoundCase, variant: Variant, made_up: MadeUp, options: PlanOptions, now: datetime
) -> dict[str, Any]:
    """Return the columns of a scenario that say what was asked."""
    extra, new = made_up.write(is_used=variant.with_extra)
    return {
        "pause_id": found.pause_id,
        "paused_project_ids": found.project_ids,
        "people_kind": found.people.kind,
        "people_values": list(found.people.values),
        "people_ids": found.people_ids,
        "left_out_ids": found.left_out_ids,
        "extra_demand": extra,
        "new_projects": new,
        "policy": variant.policy,
        "pause_date": build_plan_dates(found.effective_at, options.weeks, now=now).pause_date,
    }


def _count_people(session: Session, found: FoundCase) -> int:
    if found.pause_id is not None:
        return count_paused(session, found.pause_id)
    return count_working(session, found.project_ids, found.people_ids)


def _queue(
    session: Session,
    actor: Actor,
    asked: Sequence[dict[str, Any]],
    options: PlanOptions,
    *,
    found: FoundCase,
    now: datetime,
) -> list[int]:
    batch = 0
    ids = []
    num_people = _count_people(session, found)
    for columns in asked:
        settled, settings = settle_options(
            session, _with_policy(options, columns["policy"]), num_people
        )
        dates = build_plan_dates(found.effective_at, settled.weeks, now=now)
        scenario = Scenario(
            **columns
            | {
                "policy": settled.policy,
                "policy_settings": write_settings(settings),
                "weeks": settled.weeks,
                "time_limit_s": settled.time_limit_s,
                "gap": settled.gap,
                "workers": settled.workers,
                "seed": settled.seed,
                "pause_date": dates.pause_date,
                "horizon_starts_on": dates.horizon_starts_on,
                "horizon_ends_on": dates.horizon_ends_on,
                "requested_by": actor.user_id,
                "batch": batch,
            }
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
                "pause_id": columns["pause_id"],
                "project_ids": columns["paused_project_ids"],
                "people_kind": columns["people_kind"],
                "policy": scenario.policy,
                "extra_demand": columns["extra_demand"],
                "new_projects": columns["new_projects"],
                "left_out": len(columns["left_out_ids"]),
            },
        )
    return ids


def _with_policy(options: PlanOptions, policy: str) -> PlanOptions:
    return PlanOptions(**{**asdict(options), "policy": policy})


def _find_same(session: Session, actor: Actor, asked: Sequence[dict[str, Any]]) -> list[int]:
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
        known = [{name: getattr(one, name) for name in asked[0]} for one in own]
        if known == asked:
            return [one.id for one in own]
    return []


def _refuse_too_many(session: Session, num_new: int) -> None:
    waiting = select(func.count()).select_from(Scenario).where(Scenario.status.in_(UNFINISHED))
    if (session.scalar(waiting) or 0) + num_new > MAX_UNFINISHED:
        sentence = f"At most {MAX_UNFINISHED} scenarios wait at a time. Let some of them end first."
        raise Refused("too_many", sentence)
