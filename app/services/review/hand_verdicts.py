"""What rules, limits and goals say of a place that a person chooses by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import PlanRun, Proposal
from app.services.plans.plan_loading import get_settings, load_pairs_roster
from app.services.review.hand_change_effects import Effect, Place, measure_effect
from app.services.review.review_judge import Finding, Judge, list_hard
from solver.build import build_instance


@dataclass(frozen=True)
class Wish:
    """A place that somebody wants for a contractor in a plan.

    instead_of   the proposal that it would replace, None for a place of its own
    """

    contractor_id: str
    project_id: str
    hours_per_week: int
    instead_of: Proposal | None = None

    @property
    def now(self) -> Place | None:
        """The place that it would replace."""
        if self.instead_of is None:
            return None
        return Place(self.instead_of.project_id, self.instead_of.hours_per_week)


@dataclass(frozen=True)
class CheckedChange:
    """A place by hand, judged against the present state.

    findings    rules and limits that it breaks; empty when it holds
    effect      what it does to the goals; None for somebody whom the pause does not affect, or
                who is on leave for all of the weeks
    open_hours  weekly hours that the project has left beside what is approved
    wanted_hours  those that other proposals of the plan still want of it
    """

    findings: tuple[Finding, ...]
    effect: Effect | None
    open_hours: int
    wanted_hours: int

    @property
    def hard(self) -> list[Finding]:
        """What nobody may override."""
        return [one for one in self.findings if not one.is_soft]

    @property
    def soft(self) -> list[Finding]:
        """What a person may override, with a reason."""
        return [one for one in self.findings if one.is_soft]


def judge_wish(session: Session, run: PlanRun, wish: Wish) -> tuple[Judge, CheckedChange]:
    """Judge a place beside the others that the same plan proposes for the same person."""
    others = _list_others(session, run, wish)
    places = (wish.project_id, *(project_id for project_id, _ in others))
    pairs = [(wish.contractor_id, project_id) for project_id in places]
    problem = build_instance(*load_pairs_roster(session, run, pairs))
    judge = Judge(problem, get_settings(run).excluded_project_ids)
    row = judge.find_row(wish.contractor_id, wish.project_id, wish.hours_per_week)
    if row is None:
        return judge, CheckedChange((), None, 0, 0)
    for other_id, hours in others:
        other = judge.find_row(wish.contractor_id, other_id, hours)
        if other is not None and not judge.ledger.list_faults(other):
            judge.ledger.book(other)
    findings = (*judge.list_broken_rules(row), *judge.list_broken_limits(row))
    return judge, CheckedChange(
        findings,
        measure_effect(judge, row, wish.now),
        judge.ledger.get_open_hours(row[1]),
        _sum_wanted(session, run, wish),
    )


def refuse_unless_allowed(checked: CheckedChange, reason: str) -> Effect:
    """Return the effect of a place that holds, or that a reason allows.

    Raises Refused (`broken`, `needs_reason`).
    """
    hard = list_hard(checked.findings, [one.code for one in checked.soft])
    if hard or checked.effect is None:
        raise Refused("broken", _say(hard) or "The pause does not affect this contractor.")
    if checked.soft and not reason.strip():
        raise Refused("needs_reason", f"{_say(checked.soft)} Give a reason to allow it.")
    return checked.effect


def _select_beside(run: PlanRun, wish: Wish) -> Select[str, int]:
    """Return the statement of (project, hours) of the plan's other undecided proposals."""
    statement = select(Proposal.project_id, Proposal.hours_per_week).where(
        Proposal.plan_run_id == run.id, Proposal.status == "proposed"
    )
    if wish.instead_of is not None:
        statement = statement.where(Proposal.id != wish.instead_of.id)
    return statement


def _list_others(session: Session, run: PlanRun, wish: Wish) -> list[tuple[str, int]]:
    beside = _select_beside(run, wish).where(Proposal.contractor_id == wish.contractor_id)
    return [(row.project_id, row.hours_per_week) for row in session.execute(beside)]


def _sum_wanted(session: Session, run: PlanRun, wish: Wish) -> int:
    beside = _select_beside(run, wish).where(Proposal.project_id == wish.project_id)
    return sum(row.hours_per_week for row in session.execute(beside))


def _say(findings: Collection[Finding]) -> str:
    return " ".join(
        one.sentence if one.sentence.endswith(".") else f"Not eligible: {one.sentence}."
        for one in findings
    )
