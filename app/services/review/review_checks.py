"""Whether proposals still hold: every rule and every limit against the present state."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date

import structlog
from sqlalchemy.orm import Session

from app.models import PlanRun, Proposal
from app.services.plans.plan_loading import get_settings, load_pairs_roster
from app.services.plans.walls import find_walled
from app.services.review.review_judge import LIMIT_SENTENCES, Judge, list_hard
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.columns import get_date, get_day
from solver.result import Assignments

_log = structlog.get_logger(__name__)

_NOT_CONFIRMED = (
    "Nothing was approved: the independent check found that these proposals together break "
    "a limit. This is a fault of Redeploy; its log names the limit."
)


def find_objections(
    session: Session, run: PlanRun, proposals: Sequence[Proposal]
) -> dict[int, str]:
    """Return a sentence for each proposal of `run` that may not be approved now, by its id.

    Proposals count in the order given: one that takes the last seat stands in the way of
    the next. The caller holds the locks on their projects and contractors.
    """
    pairs = [(proposal.contractor_id, proposal.project_id) for proposal in proposals]
    roster, request = load_pairs_roster(session, run, pairs, only_theirs=True)
    judge = Judge(build_instance(roster, request), get_settings(run).excluded_project_ids)
    walled = find_walled(session, proposals)
    objections = {
        proposal.id: objection
        for proposal in proposals
        if (objection := _find_objection(judge, proposal, walled)) is not None
    }
    allowed = [
        (one.contractor_id, one.project_id, one.hours_per_week)
        for one in proposals
        if one.overridden and one.id not in objections
    ]
    instance = judge.problem.instance
    if allowed:
        # What a person allowed counts as approved: limits make room for it, and for no more.
        pinned = (*request.pinned, *allowed)
        instance = build_instance(roster, replace(request, pinned=pinned)).instance
    # Rules between people are asked of whole plans: who approves one proposal decides alone.
    report = check(replace(instance, groups=None), Assignments.build(judge.ledger.rows))
    if report.ok:
        return objections
    _log.error(
        "the independent check objects to approvals",
        plan_run_id=run.id,
        violations=[violation.sentence for violation in report.violations],
    )
    return {proposal.id: _NOT_CONFIRMED for proposal in proposals} | objections


def _find_objection(judge: Judge, proposal: Proposal, walled: Container[int]) -> str | None:
    """Return why the proposal does not hold; book it when it does.

    walled  ids of proposals that the database would refuse: it counts work that has ended
            until today, the optimiser until the day of the plan
    """
    row = judge.find_row(proposal.contractor_id, proposal.project_id, proposal.hours_per_week)
    if row is None:
        return "The pause does not affect this contractor any more."
    broken = list_hard(judge.list_broken_rules(row), proposal.overridden)
    if broken:
        return f"No longer eligible: {broken[0].sentence}."
    problem = judge.problem
    if problem.context.get_new_rate(row[0], row[1]) != proposal.pay_rate_cents:
        return "The pay rate of this place has changed since the plan."
    moved = _find_moved_dates(problem, proposal, row[1])
    if moved is not None:
        return moved
    faults = list_hard(judge.list_broken_limits(row), proposal.overridden)
    if proposal.id in walled or faults:
        return LIMIT_SENTENCES["wall"] if proposal.id in walled else faults[0].sentence
    judge.ledger.book(row)
    return None


def _find_moved_dates(problem: PlanProblem, proposal: Proposal, project_idx: int) -> str | None:
    """A project that runs longer now does no harm: the place keeps its own dates."""
    context = problem.context
    first, last = int(context.start_day[project_idx]), int(context.end_day[project_idx])
    if get_day(proposal.starts_on) < first:
        return f"The project now starts on {get_date(first)}: plan again."
    if get_day(proposal.ends_on or date.max) > last:
        return f"The project now ends on {get_date(last)}: plan again."
    return None
