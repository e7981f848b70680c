"""Changing a proposal by hand: every rule judged again, and what it does to the goals."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused, Stale
from app.models import PlanRun, Project, Proposal
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.plans.plan_results import list_place_reasons
from app.services.plans.planning import UNFINISHED
from app.services.review.hand_change_effects import Effect
from app.services.review.hand_verdicts import CheckedChange, Wish, judge_wish, refuse_unless_allowed
from app.services.review.review_judge import Judge
from app.services.review.review_locks import lock_for_review
from app.services.review.review_stale import ProposalVersion, find_stale
from app.services.transaction import retried, transaction


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
    return _judge(session, proposal, project_id, hours_per_week)[1]


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
        judge, checked = _judge(session, proposal, project_id, hours_per_week)
        effect = refuse_unless_allowed(checked, reason)
        before = describe_place(session, proposal)
        proposal.project_id = project_id
        write_place(session, proposal, judge, effect)
        sign_by_hand(proposal, actor, checked, reason)
        proposal.version += 1
        record(
            session,
            actor=actor,
            action="proposal.changed",
            subject=("proposal", proposal.id),
            before=before,
            after=describe_place(session, proposal),
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


def _judge(
    session: Session, proposal: Proposal, project_id: str, hours_per_week: int
) -> tuple[Judge, CheckedChange]:
    run = session.get_one(PlanRun, proposal.plan_run_id)
    wish = Wish(proposal.contractor_id, project_id, hours_per_week, instead_of=proposal)
    return judge_wish(session, run, wish)


def write_place(session: Session, proposal: Proposal, judge: Judge, effect: Effect) -> None:
    """Write into a proposal what follows from its contractor, its project and its new hours."""
    proposal.hours_per_week = effect.after.hours_per_week
    proposal.starts_on, proposal.ends_on = effect.starts_on, effect.ends_on
    proposal.fit = effect.after.fit
    proposal.pay_rate_cents = effect.rate_cents
    proposal.currency = session.get_one(Project, proposal.project_id).currency
    proposal.restored_hour_weeks = Decimal(str(effect.after.hour_weeks))
    proposal.reasons = list_place_reasons(
        judge.problem,
        proposal.contractor_id,
        proposal.project_id,
        effect.after.hours_per_week,
        effect.lost_hours,
    )


def sign_by_hand(proposal: Proposal, actor: Actor, checked: CheckedChange, reason: str) -> None:
    """Note who chose the place and what they allowed; later plans leave it as it is."""
    proposal.overridden = sorted({one.code for one in checked.soft})
    proposal.override_reason = reason.strip() if checked.soft else ""
    proposal.changed_by, proposal.changed_at = actor.user_id, datetime.now(UTC)
    proposal.pinned = True


def describe_place(session: Session, proposal: Proposal) -> dict[str, object]:
    """Return what the audit trail keeps of a place by hand."""
    return {
        "contractor_id": proposal.contractor_id,
        "project_id": proposal.project_id,
        "codename": session.get_one(Project, proposal.project_id).codename,
        "hours_per_week": proposal.hours_per_week,
        "overridden": list(proposal.overridden),
        "reason": proposal.override_reason,
    }
