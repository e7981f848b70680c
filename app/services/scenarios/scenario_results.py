"""A solved scenario in plain values, on its way from the solving process into the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.models import Scenario, ScenarioPerson
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.plans.plan_results import build_summary
from app.services.plans.policy_roster import name_left_out
from app.services.plans.policy_settings import PolicySettings, read_settings
from solver.planning import Plan
from solver.result import Assignments
from solver.usage import build_usage, find_pairs

_NOT_KEPT = frozenset({"nearest_project", "unlock"})


@dataclass(frozen=True)
class SolvedScenario:
    """What is kept of a `solver.planning.Plan`.

    is_plan  False when none was found in time: then there are no rows
    people   rows of `scenario_people`, without scenario_id, with `nearest_project`
    """

    is_plan: bool
    certificate: dict[str, Any]
    summary: dict[str, Any]
    people: list[dict[str, Any]]


def build_solved_scenario(plan: Plan) -> SolvedScenario:
    """Take the plain values out of a plan; runs in the solving process."""
    assignments = plan.solution.assignments
    return SolvedScenario(
        is_plan=assignments is not None,
        certificate=dict(plan.certificate),
        summary=build_summary(plan.summary),
        people=[] if assignments is None else _list_people(plan, assignments),
    )


def _list_people(plan: Plan, assignments: Assignments) -> list[dict[str, Any]]:
    problem = plan.problem
    instance, affected = problem.instance, problem.affected
    rates = instance.pair_rate_cents[find_pairs(instance, assignments)].tolist()
    lost_rates = affected.lost_rate_cents.tolist()
    places: list[list[list[Any]]] = [[] for _ in affected.contractor_ids]
    pay_change = [0] * len(places)
    for (contractor, project, hours), rate in zip(assignments.rows(), rates, strict=True):
        places[contractor].append([instance.project_ids[project], hours])
        pay_change[contractor] += hours * (rate - lost_rates[contractor])
    roster = problem.roster.contractors
    currencies = dict(zip(roster["contractor_id"], roster["currency"], strict=True))
    unplaced = plan.unplaced
    blockers = dict(zip(unplaced["contractor_id"], unplaced["blocker"], strict=True))
    nearest = dict(zip(unplaced["contractor_id"], unplaced["nearest_project"], strict=True))
    earned = build_usage(instance, assignments).earned
    planned = [
        {
            "contractor_id": contractor_id,
            "lost_hours": int(affected.lost_hours[idx]),
            "floor_hours": int(affected.floor_hours[idx]),
            "restored_hours": int(earned[idx]) * 100 // int(instance.horizon_days[idx]) / 100,
            "covered": bool(earned[idx] >= affected.floor_hours[idx] * instance.horizon_days[idx]),
            "places": sorted(places[idx]),
            "pay_change_cents": pay_change[idx],
            "currency": currencies[contractor_id],
            "blocker": blockers.get(contractor_id, ""),
            "nearest_project": nearest.get(contractor_id, ""),
        }
        for idx, contractor_id in enumerate(affected.contractor_ids)
    ]
    return planned + [
        {
            "contractor_id": person.contractor_id,
            "lost_hours": person.lost_hours,
            "floor_hours": person.floor_hours,
            "restored_hours": 0.0,
            "covered": False,
            "places": [],
            "pay_change_cents": 0,
            "currency": currencies[person.contractor_id],
            "blocker": "away",
        }
        for person in affected.away
    ]


def lock_scenario_to_save(session: Session, scenario_id: int) -> Scenario:
    """Return the scenario, locked; it touches no rows but its own."""
    return session.get_one(Scenario, scenario_id, with_for_update=True, populate_existing=True)


def save_scenario(
    session: Session, scenario: Scenario, answer: SolvedScenario, *, actor: Actor
) -> None:
    """Write an answer into its scenario. The caller has it locked, and commits."""
    settings = read_settings(scenario.policy, scenario.policy_settings)
    session.execute(delete(ScenarioPerson).where(ScenarioPerson.scenario_id == scenario.id))
    if answer.people:
        rows = [_build_row(row, scenario.id, settings) for row in answer.people]
        session.execute(insert(ScenarioPerson), rows)
    scenario.status = "succeeded"
    scenario.finished_at = datetime.now(UTC)
    scenario.certificate = answer.certificate
    scenario.summary = answer.summary
    record(
        session,
        actor=actor,
        action="scenario.saved",
        subject=("scenario", scenario.id),
        after={"people": len(answer.people)},
    )


def _build_row(
    row: Mapping[str, Any], scenario_id: int, settings: PolicySettings
) -> dict[str, Any]:
    """Return the row as it is kept; who is short because of the policy reads so."""
    named = name_left_out({"nearest_project": "", **row}, settings)
    kept = {name: value for name, value in named.items() if name not in _NOT_KEPT}
    return kept | {"scenario_id": scenario_id}
