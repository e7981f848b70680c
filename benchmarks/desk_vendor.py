"""The vendor that the desk's benchmark looks at: 10,000 contractors, 5,000 of them paused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import click
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import Assignment, PlanRun
from app.sampling import SIZES, build_sample_roster
from app.services.access.access import Actor
from app.services.access.accounts import add_user
from app.services.access.passwords import draw_password
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.plan_loading import build_limits, load_planning_roster
from app.services.plans.plan_results import build_solved_plan, lock_run_to_save, save_plan
from app.services.plans.planning import PlanOptions
from app.services.scenarios.scenario_requests import Case, Variant
from app.services.scenarios.scenario_results import (
    build_solved_scenario,
    lock_scenario_to_save,
    save_scenario,
)
from app.services.scenarios.scenarios import create_scenarios
from app.services.transaction import transaction
from solver.planning import Plan, make_plan
from solver.result import Control

SYSTEM = Actor.of_system("a benchmark")
EMAIL, PASSWORD = "ops@vendor.example", draw_password()
NUM_AFFECTED, NUM_PROPOSALS = 5_000, 10_000
_DEMAND_FACTOR = 4

_SECOND_PLACES = """
    INSERT INTO proposals (
        plan_run_id, contractor_id, project_id, hours_per_week, starts_on, fit, pay_rate_cents,
        previous_pay_rate_cents, currency, from_projects, restored_hour_weeks)
    SELECT p.plan_run_id, p.contractor_id, other.project_id, p.hours_per_week, p.starts_on,
        p.fit / 2, p.pay_rate_cents, p.previous_pay_rate_cents, p.currency,
        p.from_projects, p.restored_hour_weeks
    FROM proposals p
    CROSS JOIN LATERAL (
        SELECT project_id FROM projects q
        WHERE q.status = 'open' AND NOT EXISTS (
            SELECT FROM proposals mine
            WHERE mine.plan_run_id = p.plan_run_id AND mine.contractor_id = p.contractor_id
              AND mine.project_id = q.project_id)
        ORDER BY md5(p.id || q.project_id) LIMIT :places) AS other
    WHERE p.plan_run_id = :run_id
    ORDER BY p.id LIMIT :missing
    ON CONFLICT DO NOTHING
"""


def import_vendor(session: Session) -> list[str]:
    """Import the vendor and its manager; return the projects that will be paused."""
    roster = build_sample_roster(SIZES["M"], seed=1, starting=datetime.now(UTC).date())
    projects = roster.projects.copy()
    projects["demand_hours"] *= _DEMAND_FACTOR
    projects["seats"] = None
    import_roster(session, replace(roster, projects=projects), actor=SYSTEM, source="M")
    add_user(
        session,
        actor=SYSTEM,
        email=EMAIL,
        name="The manager",
        role="ops_manager",
        password=PASSWORD,
    )
    session.execute(text("ANALYZE"))
    session.commit()
    return _choose_projects(session)


def plan_pause(session: Session, project_ids: Sequence[str], solve_s: int) -> int:
    """Pause the projects, plan, top the plan up to NUM_PROPOSALS; return the plan run."""
    run_id = open_pause(
        session,
        actor=SYSTEM,
        project_ids=project_ids,
        effective_at=datetime.now(UTC).replace(second=0, microsecond=0),
        reason_class="other",
        options=PlanOptions(time_limit_s=solve_s),
    ).plan_run_id
    say("planning", f"{solve_s} s")
    run = session.get_one(PlanRun, run_id)
    roster, request = load_planning_roster(session, run)
    limits, pause_id = build_limits(run), run.pause_id
    session.rollback()
    plan = make_plan(roster, request, limits, Control())
    solved = build_solved_plan(plan)
    with transaction(session):
        save_plan(session, lock_run_to_save(session, run_id), solved, actor=SYSTEM)
    say("planned", f"{len(solved.proposals):,} proposals, {len(solved.unplaced):,} below")
    _add_scenarios(session, pause_id, plan)
    with transaction(session):
        missing = max(0, NUM_PROPOSALS - len(solved.proposals))
        keys = {"run_id": run_id, "missing": missing, "places": 3}
        session.execute(text(_SECOND_PLACES), keys)
        session.execute(text("ANALYZE"))
    return run_id


def _choose_projects(session: Session) -> list[str]:
    """Return the largest projects that together stop about NUM_AFFECTED people."""
    people = func.count(func.distinct(Assignment.contractor_id))
    rows = session.execute(
        select(Assignment.project_id, people)
        .where(Assignment.status == "active")
        .group_by(Assignment.project_id)
        .order_by(people.desc())
    ).all()
    session.rollback()
    chosen, total = [], 0
    for project_id, count in rows:
        if total < NUM_AFFECTED * 1.05:
            chosen.append(project_id)
            total += count
    return chosen


def _add_scenarios(session: Session, pause_id: int, plan: Plan) -> None:
    """Save the plan as two scenarios; in the second every third person gets nothing back."""
    variants = (
        Variant("people-first", with_extra=False),
        Variant("clients-first", with_extra=False),
    )
    ids = create_scenarios(
        session,
        actor=SYSTEM,
        case=Case(pause_id=pause_id),
        variants=variants,
        options=PlanOptions(),
    )
    answer = build_solved_scenario(plan)
    fewer = [
        row if place % 3 else row | {"restored_hours": 0.0, "covered": False, "places": []}
        for place, row in enumerate(answer.people)
    ]
    for scenario_id, people in zip(ids, (answer.people, fewer), strict=True):
        with transaction(session):
            scenario = lock_scenario_to_save(session, scenario_id)
            save_scenario(session, scenario, replace(answer, people=people), actor=SYSTEM)


def say(what: str, how_much: str) -> None:
    """Tell who waits how far it is."""
    click.echo(f"{what}: {how_much}", err=True)
