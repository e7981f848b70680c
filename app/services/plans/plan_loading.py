"""The optimiser's input of one plan run, out of the database's present state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import PlanRun
from app.models.solves import SolveColumns
from app.services.pauses.pause_scope import build_match
from app.services.plans.policy_roster import apply_policy
from app.services.plans.policy_settings import PolicySettings, read_settings
from app.services.plans.roster_loading import PLANNING_ASSIGNMENTS, load_roster
from solver.affected import Scope
from solver.request import PairId, PlanRequest, PlanRow
from solver.result import SolveLimits
from solver.roster import Roster

_SCOPE = """
    SELECT project_id FROM pause_projects WHERE pause_id = :pause_id
    ORDER BY project_id COLLATE "C"
"""

_PEOPLE = """
    SELECT m.contractor_id FROM pause_people m JOIN pauses q ON q.id = m.pause_id
    WHERE q.id = :pause_id AND q.people_kind <> 'everyone'
"""

_CLOSED_PAIRS = f"""
    SELECT c.contractor_id, s.project_id
    FROM contractors c
    JOIN pauses q ON q.status = 'open' AND q.people_kind <> 'everyone' AND q.id <> :pause_id
    JOIN pause_projects s ON s.pause_id = q.id
    WHERE c.contractor_id IN (
              SELECT contractor_id FROM assignments
              WHERE suspended_by_pause_id = :pause_id OR ended_by_pause_id = :pause_id)
      AND {build_match("q.people_kind", "ARRAY(SELECT jsonb_array_elements_text(q.people_values))")}
"""  # noqa: S608 - our own texts
"""Places that another pause of part of the people closes to those whom this pause touches."""

_PINNED = """
    SELECT a.contractor_id, a.project_id, a.hours_per_week
    FROM assignments a
    JOIN proposals p ON p.id = a.proposal_id
    JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE r.pause_id = :pause_id AND a.status = 'active'
      AND coalesce(a.ends_on, 'infinity') >= :pause_date
    ORDER BY a.contractor_id COLLATE "C", a.project_id COLLATE "C"
"""

_PROPOSED = """
    SELECT p.contractor_id, p.project_id, p.hours_per_week
    FROM proposals p JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE r.pause_id = :pause_id AND p.status = 'proposed' AND p.pinned = :pinned
    ORDER BY p.contractor_id COLLATE "C", p.project_id COLLATE "C"
"""

_SPENT_ELSEWHERE = """
    SELECT a.project_id, sum(a.hours_per_week * coalesce(a.pay_rate_cents, p.pay_rate_cents))
    FROM assignments a
    JOIN proposals p ON p.id = a.proposal_id
    JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE r.pause_id <> :pause_id AND a.status = 'active'
      AND coalesce(a.ends_on, 'infinity') >= :pause_date
    GROUP BY a.project_id
"""
"""Cents a week that approvals of other pauses, resumed ones too, cost on each project."""

_CONDITIONS = {
    "contractors": """
        contractor_id IN (
            SELECT unnest(CAST(:judged_ids AS text[]))
            UNION SELECT contractor_id FROM assignments WHERE project_id = ANY(:project_ids))
    """,
    "contractor_skills": "contractor_id = ANY(:judged_ids)",
    "time_off": "contractor_id = ANY(:judged_ids)",
}

_ASKED_SKILLS = {
    "project_skills": "project_id = ANY(:shown_ids)",
    "contractor_skills": "contractor_id = ANY(:asked_ids)",
}
"""Where some pairs alone are asked about: a pin holds whatever its contractor can do."""


def load_planning_roster(session: Session, run: PlanRun) -> tuple[Roster, PlanRequest]:
    """Return the roster as the plan of this run's pause sees it, and the request."""
    roster = load_pause_roster(session, run.pause_id, run.pause_date)
    request = build_pause_request(session, run, run.pause_id)
    if run.is_repair:
        # Only the holes are free: what is proposed stays as if it were pinned.
        request = replace(request, pinned=(*request.pinned, *request.baseline), baseline=())
    return apply_policy(roster, get_settings(run)), request


def load_pause_roster(session: Session, pause_id: int, pause_date: date) -> Roster:
    """Return the roster as a plan of this pause from that day on sees it."""
    keys = {
        "pause_id": pause_id,
        "pause_date": pause_date,
        "judged_ids": None,
        "project_ids": None,
    }
    roster = load_roster(session, assignments_query=PLANNING_ASSIGNMENTS, parameters=keys)
    return _take_spent(session, pause_id, pause_date, roster)


def load_pairs_roster(
    session: Session, run: PlanRun, pairs: Collection[PairId], *, only_theirs: bool = False
) -> tuple[Roster, PlanRequest]:
    """Return as much of `load_planning_roster` as judging these pairs needs.

    only_theirs  nothing but the pairs is asked about: other projects look closed, and who is
                 there for a pin alone comes without skills

    That is all work of their contractors, and everybody's work on their projects, which
    takes seats and hours. Other contractors may be missing, with their pins. Like the plan,
    it keeps to the policy that the run was asked for with.
    """
    # A pinned proposal is a wish until it is approved: it takes no seat from another.
    request = build_pause_request(session, run, run.pause_id, with_wishes=False)
    project_ids = {project_id for _, project_id in pairs}
    # A pin on one of the projects takes a seat as a part of the plan: its contractor is needed
    # in full, leave included.
    asked_ids = {contractor_id for contractor_id, _ in pairs}
    judged_ids = asked_ids | {row[0] for row in request.pinned if row[1] in project_ids}
    pinned = tuple(row for row in request.pinned if row[0] in judged_ids)
    shown_ids = project_ids | {where for _, where, _ in pinned}
    roster = load_roster(
        session,
        assignments_query=PLANNING_ASSIGNMENTS,
        conditions=_CONDITIONS | (_ASKED_SKILLS if only_theirs else {}),
        parameters={
            "pause_id": run.pause_id,
            "pause_date": run.pause_date,
            "asked_ids": list(asked_ids),
            "judged_ids": list(judged_ids),
            "project_ids": list(project_ids),
            "shown_ids": list(shown_ids),
        },
    )
    roster = _take_spent(session, run.pause_id, run.pause_date, roster)
    if only_theirs:
        roster = _close_others(roster, shown_ids)
    return apply_policy(roster, get_settings(run)), replace(request, pinned=pinned)


def _take_spent(session: Session, pause_id: int, pause_date: date, roster: Roster) -> Roster:
    """Return the roster with the budgets that approvals of other pauses leave."""
    keys = {"pause_id": pause_id, "pause_date": pause_date}
    spent = {where: int(cents) for where, cents in session.execute(text(_SPENT_ELSEWHERE), keys)}
    if not spent:
        return roster
    projects = roster.projects
    cost = projects["project_id"].map(spent).fillna(0).astype("Int64")
    budget = projects["weekly_budget_cents"]
    return replace(
        roster, projects=projects.assign(weekly_budget_cents=(budget - cost).clip(lower=0))
    )


def _close_others(roster: Roster, project_ids: Collection[str]) -> Roster:
    """Return the roster with all open projects but these closed: no place on them is looked at."""
    projects = roster.projects
    is_other = (projects["status"] == "open") & ~projects["project_id"].isin(list(project_ids))
    return replace(
        roster, projects=projects.assign(status=projects["status"].mask(is_other, "closed"))
    )


def build_pause_request(
    session: Session, solve: SolveColumns, pause_id: int, *, with_wishes: bool = True
) -> PlanRequest:
    """Return the request of a solve of this pause, with what people decided so far.

    with_wishes  also with what is proposed, pinned or not
    """
    keys = {"pause_id": pause_id, "pause_date": solve.pause_date}
    rejected = session.execute(text("SELECT contractor_id, project_id FROM rejected_pairs"))
    closed = session.execute(text(_CLOSED_PAIRS), keys)
    approved = fetch_plan_rows(session, _PINNED, keys)
    pinned, baseline = (
        fetch_plan_rows(session, _PROPOSED, keys | {"pinned": is_pinned}) if with_wishes else ()
        for is_pinned in (True, False)
    )
    return PlanRequest(
        scope=load_scope(session, pause_id),
        pause_date=solve.pause_date,
        policy=get_settings(solve).aims,
        weeks=solve.weeks,
        pinned=(*approved, *pinned),
        rejected=frozenset((who, where) for who, where in (*rejected, *closed)),
        baseline=baseline,
    )


def load_scope(session: Session, pause_id: int) -> Scope:
    """Return what a pause stops, and whose work, if not everybody's."""
    keys = {"pause_id": pause_id}
    people = frozenset(session.scalars(text(_PEOPLE), keys))
    return Scope(tuple(session.scalars(text(_SCOPE), keys)), people or None)


def get_settings(solve: SolveColumns) -> PolicySettings:
    """Return what its policy held when the solve was asked for."""
    return read_settings(solve.policy, solve.policy_settings)


def build_limits(solve: SolveColumns) -> SolveLimits:
    """Return the limits that it was requested with."""
    return SolveLimits(
        time_limit_s=solve.time_limit_s, gap=solve.gap, workers=solve.workers, seed=solve.seed
    )


def fetch_plan_rows(
    session: Session, query: str, keys: Mapping[str, object]
) -> tuple[PlanRow, ...]:
    """Return (contractor, project, hours a week) of each row."""
    return tuple((who, where, hours) for who, where, hours in session.execute(text(query), keys))
