"""Whether proposals still hold: every rule and every limit against the present state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import structlog
from sqlalchemy.orm import Session

from app.models import PlanRun, Proposal
from app.services.plan_loading import load_pairs_roster
from app.services.review_ledger import ReviewLedger, Row
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.columns import get_date, get_day
from solver.result import Assignments

_log = structlog.get_logger(__name__)

_LIMIT_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "hours": "The hours a week are outside what the project and the lost hours allow now.",
        "lost_hours": "The contractor has no room for these hours any more.",
        "open_hours": "The project has not so many open hours any more.",
        "seats": "The project has no free seat any more.",
        "max_projects": "The contractor would get more new projects than allowed.",
        "budget": "The project's weekly budget has no room for it any more.",
        "wall": "The contractor would work for two competing clients.",
        "duplicate": "The contractor has just been assigned to this project.",
    }
)
"""By the codes of `ReviewLedger.find_fault`."""

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
    problem = build_instance(*load_pairs_roster(session, run, pairs))
    judge = _Judge(problem)
    objections = {
        proposal.id: objection
        for proposal in proposals
        if (objection := judge.find_objection(proposal)) is not None
    }
    # Rules between people are asked of whole plans: who approves one proposal decides alone.
    alone = replace(problem.instance, groups=None)
    report = check(alone, Assignments.build(judge.ledger.rows))
    if report.ok:
        return objections
    _log.error(
        "the independent check objects to approvals",
        plan_run_id=run.id,
        violations=[violation.sentence for violation in report.violations],
    )
    return {proposal.id: _NOT_CONFIRMED for proposal in proposals} | objections


class _Judge:
    """Judges one proposal after the other; what holds is booked and counts for the next."""

    def __init__(self, problem: PlanProblem) -> None:
        instance = problem.instance
        self.ledger = ReviewLedger(instance)
        self._problem = problem
        self._contractors = {text: idx for idx, text in enumerate(instance.contractor_ids)}
        self._projects = {text: idx for idx, text in enumerate(instance.project_ids)}

    def find_objection(self, proposal: Proposal) -> str | None:
        """Return why the proposal does not hold; book it when it does."""
        contractor_idx = self._contractors.get(proposal.contractor_id)
        if contractor_idx is None:
            return "The pause does not affect this contractor any more."
        row = (contractor_idx, self._projects[proposal.project_id], proposal.hours_per_week)
        objection = self._find_broken_rule(proposal, row)
        if objection is not None:
            return objection
        fault = self.ledger.find_fault(row)
        if fault is not None:
            return _LIMIT_SENTENCES[fault]
        self.ledger.book(row)
        return None

    def _find_broken_rule(self, proposal: Proposal, row: Row) -> str | None:
        contractor_idx, project_idx, _ = row
        problem = self._problem
        if self.ledger.find_pair(contractor_idx, project_idx) is None:
            refusal = problem.eligibility.list_refusals(contractor_idx, project_idx)[0]
            sentence = problem.eligibility.sentences[refusal.code]
            # A wall's details name clients, which not every reviewer may know.
            detail = "" if refusal.code == "wall" else f" ({refusal.reason})"
            return f"No longer eligible: {sentence}{detail}."
        rate = problem.context.get_new_rate(contractor_idx, project_idx)
        if rate != proposal.pay_rate_cents:
            return "The pay rate of this place has changed since the plan."
        return self._find_moved_dates(proposal, project_idx)

    def _find_moved_dates(self, proposal: Proposal, project_idx: int) -> str | None:
        """A project that runs longer now does no harm: the place keeps its own dates."""
        context = self._problem.context
        first, last = int(context.start_day[project_idx]), int(context.end_day[project_idx])
        if get_day(proposal.starts_on) < first:
            return f"The project now starts on {get_date(first)}: plan again."
        if get_day(proposal.ends_on or date.max) > last:
            return f"The project now ends on {get_date(last)}: plan again."
        return None
