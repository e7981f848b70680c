"""A solved plan in plain values, on its way from the solving process into the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import Select, select, text, update
from sqlalchemy.orm import Session

from app.models import Explanation, Pause, PlanRun, Proposal, UnplacedContractor
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.bulk import add_rows
from app.services.plans.plan_explanations import build_explanations
from app.services.plans.policy_roster import name_left_out, name_left_out_blockers
from app.services.plans.policy_settings import read_settings
from solver.build import PlanProblem
from solver.planning import Plan
from solver.reasons import list_reasons
from solver.summary import PlanSummary


@dataclass(frozen=True)
class SolvedPlan:
    """What is kept of a `solver.planning.Plan`.

    is_plan      False when none was found in time: then there are no rows
    proposals    rows of `proposals`, without plan_run_id
    unplaced     rows of `unplaced`, without plan_run_id
    explanations rows of `explanations`, without plan_run_id
    """

    is_plan: bool
    certificate: dict[str, Any]
    summary: dict[str, Any]
    proposals: list[dict[str, Any]]
    unplaced: list[dict[str, Any]]
    explanations: list[dict[str, Any]] = field(default_factory=list)


def build_solved_plan(plan: Plan) -> SolvedPlan:
    """Take the plain values out of a plan; runs in the solving process."""
    projects = plan.problem.roster.projects
    currencies = dict(zip(projects["project_id"], projects["currency"], strict=True))
    affected = plan.problem.affected
    away = {person.contractor_id for person in affected.away}
    lost_hours = dict(zip(affected.contractor_ids, affected.lost_hours.tolist(), strict=True))
    proposals = [
        {
            **row,
            "starts_on": _get_date(row["starts_on"]),
            "ends_on": _get_date(row["ends_on"]),
            "currency": currencies[row["project_id"]],
            "restored_hour_weeks": Decimal(str(row["restored_hour_weeks"])),
            "reasons": list_place_reasons(
                plan.problem,
                row["contractor_id"],
                row["project_id"],
                row["hours_per_week"],
                lost_hours[row["contractor_id"]],
            ),
        }
        for row in _list_rows(plan.proposals)
    ]
    unplaced = [{**row, "away": row["contractor_id"] in away} for row in _list_rows(plan.unplaced)]
    return SolvedPlan(
        is_plan=plan.solution.assignments is not None,
        certificate=dict(plan.certificate),
        summary=build_summary(plan.summary),
        proposals=proposals,
        unplaced=unplaced,
        explanations=build_explanations(plan),
    )


def lock_run_to_save(session: Session, plan_run_id: int) -> PlanRun:
    """Return the run, locked after all that is locked before runs everywhere else."""
    # New proposals lock the people and projects that they name. An import takes whole
    # tables: taken in its order, and first, theirs and ours never wait in a circle.
    session.execute(text("LOCK TABLE projects, contractors, assignments IN ROW SHARE MODE"))
    pause = select(PlanRun.pause_id).where(PlanRun.id == plan_run_id).scalar_subquery()
    session.execute(select(Pause.id).where(Pause.id == pause).with_for_update())
    return session.get_one(PlanRun, plan_run_id, with_for_update=True, populate_existing=True)


def save_plan(session: Session, run: PlanRun, plan: SolvedPlan, *, actor: Actor) -> None:
    """Write a plan into its run; what older runs of the pause still propose is superseded.

    A repair leaves it as it is, and has only proposals for the holes.

    The caller has the run from `lock_run_to_save`, and commits.
    """
    earlier = _list_earlier(session, run.pause_id)
    pinned = _list_kept(session, run) if run.is_repair else _carry_pinned(session, run)
    if not run.is_repair:
        _supersede(session, run)
    key = {"plan_run_id": run.id}
    if plan.proposals:
        rows = [
            row | key | {"since_last": earlier.compare(row)}
            for row in plan.proposals
            # Pinned while the plan was made: the pin is the same place.
            if (row["contractor_id"], row["project_id"]) not in pinned
        ]
        add_rows(session, Proposal, rows)
    settings = read_settings(run.policy, run.policy_settings)
    unplaced = [name_left_out(row, settings) for row in plan.unplaced]
    if unplaced:
        add_rows(session, UnplacedContractor, [row | key for row in unplaced])
    add_rows(session, Explanation, [row | key for row in plan.explanations])
    run.status = "succeeded"
    run.finished_at = datetime.now(UTC)
    run.certificate = plan.certificate
    blockers = name_left_out_blockers(plan.summary.get("top_blockers", ()), unplaced)
    run.summary = plan.summary | {"top_blockers": blockers}
    record(
        session,
        actor=actor,
        action="plan.saved",
        subject=("plan_run", run.id),
        after={"proposals": len(plan.proposals), "unplaced": len(plan.unplaced)},
    )


def _supersede(session: Session, run: PlanRun) -> None:
    older = update(Proposal).where(
        Proposal.status == "proposed",
        Proposal.plan_run_id.in_(_select_runs_of(run.pause_id)),
        Proposal.plan_run_id != run.id,
    )
    session.execute(
        older.values(status="superseded", version=Proposal.version + 1),
        execution_options={"synchronize_session": False},
    )


def _list_kept(session: Session, run: PlanRun) -> set[tuple[str, str]]:
    """Return the pairs that a repair leaves in their own plans."""
    rows = session.execute(
        select(Proposal.contractor_id, Proposal.project_id).where(
            Proposal.status == "proposed", Proposal.plan_run_id.in_(_select_runs_of(run.pause_id))
        )
    )
    return {(row[0], row[1]) for row in rows}


_CARRIED = """
    INSERT INTO proposals (
        plan_run_id, contractor_id, project_id, hours_per_week, starts_on, ends_on, fit,
        pay_rate_cents, previous_pay_rate_cents, currency, from_projects, restored_hour_weeks,
        reasons, since_last, pinned, changed_by, changed_at, overridden, override_reason)
    SELECT :run_id, p.contractor_id, p.project_id, p.hours_per_week, p.starts_on, p.ends_on, p.fit,
        p.pay_rate_cents, p.previous_pay_rate_cents, p.currency, p.from_projects,
        p.restored_hour_weeks, p.reasons, 'kept', true, p.changed_by, p.changed_at, p.overridden,
        p.override_reason
    FROM proposals p JOIN plan_runs r ON r.id = p.plan_run_id
    WHERE r.pause_id = :pause_id AND p.status = 'proposed' AND p.pinned
    ORDER BY p.id
    RETURNING contractor_id, project_id
"""


def _carry_pinned(session: Session, run: PlanRun) -> set[tuple[str, str]]:
    """Copy the pinned proposals of earlier plans into the run; return their pairs."""
    keys = {"run_id": run.id, "pause_id": run.pause_id}
    return {(who, where) for who, where in session.execute(text(_CARRIED), keys)}


@dataclass(frozen=True)
class _Earlier:
    """What earlier plans of a pause still propose.

    places  (contractor_id, project_id, hours_per_week)
    people  everybody who has a place among them
    """

    places: frozenset[tuple[str, str, int]]
    people: frozenset[str]

    def compare(self, row: Mapping[str, Any]) -> str:
        """Return how a new proposal stands beside them: a value of `Proposal.since_last`."""
        if not self.places:
            return ""
        if (row["contractor_id"], row["project_id"], row["hours_per_week"]) in self.places:
            return "kept"
        return "changed" if row["contractor_id"] in self.people else "new"


def _list_earlier(session: Session, pause_id: int) -> _Earlier:
    rows = session.execute(
        select(Proposal.contractor_id, Proposal.project_id, Proposal.hours_per_week).where(
            Proposal.status == "proposed", Proposal.plan_run_id.in_(_select_runs_of(pause_id))
        )
    )
    places = frozenset((who, where, hours) for who, where, hours in rows)
    return _Earlier(places, frozenset(who for who, _, _ in places))


def _select_runs_of(pause_id: int) -> Select[int]:
    return select(PlanRun.id).where(PlanRun.pause_id == pause_id)


CLIENT_PART = "Earlier work"
"""Begins the sentence that tells whose work a codename is; contractors don't read it."""

_FIT_PARTS = {
    "skills": "Skills",
    "rate": "Pay",
    "time_zone": "Time zone",
    "known_client": CLIENT_PART,
}


def list_place_reasons(
    problem: PlanProblem, contractor_id: str, project_id: str, hours_per_week: int, lost_hours: int
) -> list[str]:
    """Say what a place gives back, then each part of the fit."""
    restores = f"Restores {hours_per_week} of {lost_hours} lost hours a week."
    return [
        restores,
        *(
            f"{_FIT_PARTS[part.part]}: {part.sentence} ({part.points:.0f} of {part.most} points)."
            for part in list_reasons(problem, contractor_id, project_id)
        ),
    ]


def _list_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain Python values, None where one is missing."""
    plain = frame.astype(object)
    records = plain.where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in records]


def _get_date(value: datetime | date | None) -> date | None:
    """Return the day of a timestamp."""
    return value.date() if isinstance(value, datetime) else value


def build_summary(summary: PlanSummary) -> dict[str, Any]:
    """Return the summary as it is kept."""
    return {
        "num_affected": summary.num_affected,
        "num_away": summary.num_away,
        "num_covered": summary.num_covered,
        "lost_hours": summary.lost_hours,
        "restored_hours": summary.restored_hours,
        "lost_hour_weeks": summary.lost_hour_weeks,
        "restored_hour_weeks": summary.restored_hour_weeks,
        "top_blockers": [asdict(blocker) for blocker in summary.top_blockers],
        "tiers": [{**asdict(tier), "gap": tier.gap} for tier in summary.tiers],
    }
