"""Whether proposals still hold: every rule and every limit against the present state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy.orm import Session

from app.models import PlanRun, Proposal
from app.services.plan_loading import load_planning_roster
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.result import Assignments

_Row = tuple[int, int, int]
"""Contractor index, project index, hours per week."""

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
        "pin": "The contractor is assigned to this project already.",
    }
)
"""By the code of the checker's violation."""


def find_objections(
    session: Session, run: PlanRun, proposals: Sequence[Proposal]
) -> dict[int, str]:
    """Return a sentence for each proposal of `run` that may not be approved now, by its id.

    Proposals count in the order given: one that takes the last seat stands in the way of
    the next. The caller holds the locks on their projects and contractors.
    """
    roster, request = load_planning_roster(session, run)
    problem = build_instance(roster, request)
    contractors = {text: idx for idx, text in enumerate(problem.instance.contractor_ids)}
    projects = {text: idx for idx, text in enumerate(problem.instance.project_ids)}
    objections: dict[int, str] = {}
    rows: dict[int, _Row] = {}
    for proposal in proposals:
        contractor_idx = contractors.get(proposal.contractor_id)
        project_idx = projects[proposal.project_id]
        if contractor_idx is None:
            objections[proposal.id] = "The pause does not affect this contractor any more."
            continue
        objection = _find_broken_rule(problem, proposal, contractor_idx, project_idx)
        if objection is None:
            rows[proposal.id] = (contractor_idx, project_idx, proposal.hours_per_week)
        else:
            objections[proposal.id] = objection
    return objections | _find_broken_limits(problem, rows)


def _find_broken_rule(
    problem: PlanProblem, proposal: Proposal, contractor_idx: int, project_idx: int
) -> str | None:
    refusals = problem.eligibility.list_refusals(contractor_idx, project_idx)
    if refusals:
        code = refusals[0].code
        sentence = problem.eligibility.sentences[code]
        # A wall's details name clients, which not every reviewer may know.
        detail = "" if code == "wall" else f" ({refusals[0].reason})"
        return f"No longer eligible: {sentence}{detail}."
    rate = problem.context.get_new_rate(contractor_idx, project_idx)
    if rate != proposal.pay_rate_cents:
        return "The pay rate of this place has changed since the plan."
    return None


def _find_broken_limits(problem: PlanProblem, rows: Mapping[int, _Row]) -> dict[int, str]:
    """Let the independent checker judge the rows on top of what is approved already.

    All rows are tried at once, then halves, so that a thousand good ones cost one check.
    Adding rows never mends a broken limit, so this finds what one by one would find.
    """
    accepted: list[_Row] = [tuple(pin) for pin in problem.instance.pins.tolist()]
    objections: dict[int, str] = {}
    blocks = [list(rows.items())]
    while blocks:
        block = blocks.pop()
        candidate = accepted + [row for _, row in block]
        report = check(problem.instance, Assignments.build(candidate))
        if report.ok:
            accepted = candidate
        elif len(block) == 1:
            objections[block[0][0]] = _LIMIT_SENTENCES[report.violations[0].code]
        else:
            middle = len(block) // 2
            # The first half is judged first: it comes off the end of the list.
            blocks += [block[middle:], block[:middle]]
    return objections
