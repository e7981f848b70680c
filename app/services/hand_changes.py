"""Changing a proposal by hand: every rule judged again, and what it does to the goals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused, Stale
from app.models import PlanRun, Project, Proposal
from app.services.access import Actor, Permission, require
from app.services.audit import record
from app.services.hand_change_effects import Effect, Place, measure_effect
from app.services.plan_loading import get_settings, load_pairs_roster
from app.services.plan_results import list_place_reasons
from app.services.planning import UNFINISHED
from app.services.review_judge import Finding, Judge, list_hard
from app.services.review_locks import lock_for_review
from app.services.review_stale import ProposalVersion, find_stale
from app.services.transaction import retried, transaction
from solver.build import build_instance


@dataclass(frozen=True)
class CheckedChange:
    """A place instead of a proposal's own, judged against the present state.

    findings    rules and limits that it breaks; empty when it holds
    effect      what it does to the goals; None for somebody whom the pause does not affect
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


def check_change(
    session: Session, *, proposal_id: int, project_id: str, hours_per_week: int
) -> CheckedChange:
    """Judge another project or other hours for a proposal; changes nothing.

    Raises NotFound.
    """
    proposal = session.get(Proposal, proposal_id, populate_existing=True)
    if proposal is None:
        raise NotFound("proposal", proposal_id)
    if session.get(Project, project_id) is None:
        raise NotFound("project", project_id)
    return _check(session, proposal, project_id, hours_per_week)[1]


@retried
def change_proposal(
    session: Session,
    *,
    actor: Actor,
    wanted: ProposalVersion,
    project_id: str,
    hours_per_week: int,
    reason: str = "",
) -> None:
    """Give a proposal another project or other hours; it is pinned from then on.

    reason  why soft limits may be broken; they are remembered with the proposal

    Raises NotFound, Stale, or Refused (`broken`, `needs_reason`, `duplicate`).
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        proposal = _lock(session, actor, wanted, project_id)
        _refuse_duplicate(session, proposal, project_id)
        judge, checked = _check(session, proposal, project_id, hours_per_week)
        hard = list_hard(checked.findings, [one.code for one in checked.soft])
        if hard or checked.effect is None:
            raise Refused("broken", _say(hard) or "The pause does not affect this contractor.")
        if checked.soft and not reason.strip():
            raise Refused("needs_reason", f"{_say(checked.soft)} Give a reason to allow it.")
        before = _describe(session, proposal)
        _apply(session, proposal, judge, checked.effect, project_id)
        proposal.overridden = sorted({one.code for one in checked.soft})
        proposal.override_reason = reason.strip() if checked.soft else ""
        proposal.changed_by, proposal.changed_at = actor.user_id, datetime.now(UTC)
        proposal.pinned = True
        proposal.version += 1
        record(
            session,
            actor=actor,
            action="proposal.changed",
            subject=("proposal", proposal.id),
            before=before,
            after=_describe(session, proposal),
        )


@retried
def set_pin(session: Session, *, actor: Actor, wanted: ProposalVersion, pinned: bool) -> None:
    """Keep later plans from changing a proposal, or let them; the same again changes nothing.

    Raises NotFound, Stale, or Refused (`plan_running`): a plan that counts on a pin is not
    left without it.
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        proposal = _lock(session, actor, wanted, None)
        if proposal.pinned == pinned:
            return
        if not pinned:
            _refuse_while_planning(session, proposal.plan_run_id)
        proposal.pinned = pinned
        proposal.version += 1
        record(
            session,
            actor=actor,
            action="proposal.pinned" if pinned else "proposal.unpinned",
            subject=("proposal", proposal.id),
            before={"pinned": not pinned},
            after={"pinned": pinned},
        )


def _lock(
    session: Session, actor: Actor, wanted: ProposalVersion, project_id: str | None
) -> Proposal:
    """Return the proposal, locked with both projects, as the person saw it."""
    extra = [] if project_id is None else [project_id]
    rows = lock_for_review(session, [wanted.proposal_id], project_ids=extra)
    if wanted.proposal_id not in rows:
        raise NotFound("proposal", wanted.proposal_id)
    if project_id is not None and session.get(Project, project_id) is None:
        raise NotFound("project", project_id)
    stale = find_stale(session, actor, [wanted], rows, status="proposed")
    if stale:
        raise Stale("proposal", wanted.proposal_id, stale[wanted.proposal_id])
    return rows[wanted.proposal_id]


def _refuse_duplicate(session: Session, proposal: Proposal, project_id: str) -> None:
    same = select(Proposal.id).where(
        Proposal.plan_run_id == proposal.plan_run_id,
        Proposal.contractor_id == proposal.contractor_id,
        Proposal.project_id == project_id,
        Proposal.id != proposal.id,
    )
    if session.scalars(same).first() is not None:
        sentence = "This plan has a proposal for the same person and project: decide on that one."
        raise Refused("duplicate", sentence)


def _refuse_while_planning(session: Session, plan_run_id: int) -> None:
    pause = select(PlanRun.pause_id).where(PlanRun.id == plan_run_id).scalar_subquery()
    running = select(PlanRun.id).where(PlanRun.pause_id == pause, PlanRun.status.in_(UNFINISHED))
    if session.scalars(running).first() is not None:
        sentence = "A plan that counts on this pin is being made: wait until it has ended."
        raise Refused("plan_running", sentence)


def _check(
    session: Session, proposal: Proposal, project_id: str, hours_per_week: int
) -> tuple[Judge, CheckedChange]:
    run = session.get_one(PlanRun, proposal.plan_run_id)
    others = _list_others(session, proposal)
    pairs = [(proposal.contractor_id, key) for key in (project_id, *(key for key, _ in others))]
    problem = build_instance(*load_pairs_roster(session, run, pairs))
    judge = Judge(problem, get_settings(run).excluded_project_ids)
    row = judge.find_row(proposal.contractor_id, project_id, hours_per_week)
    if row is None:
        return judge, CheckedChange((), None, 0, 0)
    # Beside the other places that the same plan proposes for the same person.
    for other_id, hours in others:
        other = judge.find_row(proposal.contractor_id, other_id, hours)
        if other is not None and not judge.ledger.list_faults(other):
            judge.ledger.book(other)
    findings = (*judge.list_broken_rules(row), *judge.list_broken_limits(row))
    now = Place(proposal.project_id, proposal.hours_per_week)
    effect = measure_effect(judge, row, now)
    return judge, CheckedChange(
        findings,
        effect,
        judge.ledger.get_open_hours(row[1]),
        _sum_wanted(session, proposal, project_id),
    )


def _list_others(session: Session, proposal: Proposal) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Proposal.project_id, Proposal.hours_per_week).where(
            Proposal.plan_run_id == proposal.plan_run_id,
            Proposal.contractor_id == proposal.contractor_id,
            Proposal.id != proposal.id,
            Proposal.status == "proposed",
        )
    )
    return [(row.project_id, row.hours_per_week) for row in rows]


def _sum_wanted(session: Session, proposal: Proposal, project_id: str) -> int:
    hours = session.scalars(
        select(Proposal.hours_per_week).where(
            Proposal.plan_run_id == proposal.plan_run_id,
            Proposal.project_id == project_id,
            Proposal.id != proposal.id,
            Proposal.status == "proposed",
        )
    )
    return sum(hours)


def _apply(
    session: Session, proposal: Proposal, judge: Judge, effect: Effect, project_id: str
) -> None:
    problem = judge.problem
    proposal.project_id = project_id
    proposal.hours_per_week = effect.after.hours_per_week
    proposal.starts_on, proposal.ends_on = effect.starts_on, effect.ends_on
    proposal.fit = effect.after.fit
    proposal.pay_rate_cents = effect.rate_cents
    proposal.currency = session.get_one(Project, project_id).currency
    proposal.restored_hour_weeks = Decimal(str(effect.after.hour_weeks))
    proposal.reasons = list_place_reasons(
        problem,
        proposal.contractor_id,
        project_id,
        effect.after.hours_per_week,
        effect.lost_hours,
    )


def _describe(session: Session, proposal: Proposal) -> dict[str, object]:
    return {
        "project_id": proposal.project_id,
        "codename": session.get_one(Project, proposal.project_id).codename,
        "hours_per_week": proposal.hours_per_week,
        "overridden": list(proposal.overridden),
        "reason": proposal.override_reason,
    }


def _say(findings: Sequence[Finding] | Collection[Finding]) -> str:
    return " ".join(
        one.sentence if one.sentence.endswith(".") else f"Not eligible: {one.sentence}."
        for one in findings
    )
