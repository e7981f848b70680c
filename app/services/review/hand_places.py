"""Placing an affected contractor by hand: a proposal that no plan made, under the same rules."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import Contractor, Pause, PlanRun, Project, Proposal
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.review.hand_changes import describe_place, sign_by_hand, write_place
from app.services.review.hand_verdicts import CheckedChange, Wish, judge_wish, refuse_unless_allowed
from app.services.review.review_locks import lock_for_place
from app.services.review.review_stale import describe_last_changes, find_past
from app.services.transaction import retried, transaction

_STATE_WORDS = {
    "proposed": "has a proposal for the same person and project: decide on that one, or change it",
    "rejected": "had this place, and somebody rejected it: undo the rejection first",
    "superseded": "had this place, and a newer plan has replaced it",
}


def check_place(session: Session, *, plan_run_id: int, wish: Wish) -> CheckedChange:
    """Judge a place for an affected contractor beside what the plan has for them.

    Raises NotFound.
    """
    return judge_wish(session, _get_run(session, plan_run_id, wish), wish)[1]


@retried
def add_place(
    session: Session,
    *,
    actor: Actor,
    plan_run_id: int,
    wish: Wish,
    reason: str = "",
    today: date | None = None,
) -> int:
    """Propose a place by hand in the latest plan of a pause; return the proposal's id.

    It waits for approval like every other, and is pinned. Asked for twice, it is there once.

    reason  why soft limits may be broken; they are remembered with the proposal
    today   a place whose first week is over by then is refused; None = none is too old

    Raises NotFound, or Refused (`not_planned`, `replaced`, `resumed`, `own_work`, `duplicate`,
    `broken`, `needs_reason`, `past`).
    """
    require(actor, Permission.REVIEW)
    with transaction(session):
        lock_for_place(session, plan_run_id, wish.contractor_id, wish.project_id)
        run = _get_run(session, plan_run_id, wish)
        _refuse_run(session, run)
        if actor.contractor_id == wish.contractor_id:
            raise Refused("own_work", "Nobody decides on their own work.")
        there = _find_there(session, run, wish)
        if there is not None:
            return _accept_repeat(session, there, actor, wish)
        judge, checked = judge_wish(session, run, wish)
        effect = refuse_unless_allowed(checked, reason)
        proposal = Proposal(
            plan_run_id=run.id,
            contractor_id=wish.contractor_id,
            project_id=wish.project_id,
            previous_pay_rate_cents=effect.lost_rate_cents,
            from_projects="|".join(effect.from_projects),
            since_last="new" if _is_replan(session, run) else "",
        )
        write_place(session, proposal, judge, effect)
        sign_by_hand(proposal, actor, checked, reason)
        session.add(proposal)
        session.flush()
        past = find_past({proposal.id: proposal}, today)
        if past:
            raise Refused("past", past[proposal.id])
        record(
            session,
            actor=actor,
            action="proposal.added",
            subject=("proposal", proposal.id),
            after=describe_place(session, proposal),
        )
        return proposal.id


def _get_run(session: Session, plan_run_id: int, wish: Wish) -> PlanRun:
    """Return the run; raises NotFound for it, the contractor or the project."""
    run = session.get(PlanRun, plan_run_id, populate_existing=True)
    if run is None:
        raise NotFound("plan run", plan_run_id)
    if session.get(Contractor, wish.contractor_id) is None:
        raise NotFound("contractor", wish.contractor_id)
    if session.get(Project, wish.project_id) is None:
        raise NotFound("project", wish.project_id)
    return run


def _refuse_run(session: Session, run: PlanRun) -> None:
    """Raise Refused unless the run's proposals still stand."""
    if session.get_one(Pause, run.pause_id, populate_existing=True).status == "resumed":
        raise Refused("resumed", "The pause has been resumed.")
    if run.status != "succeeded":
        raise Refused("not_planned", "This run has brought no plan to add a place to.")
    latest = select(func.max(PlanRun.id)).where(
        PlanRun.pause_id == run.pause_id, PlanRun.status == "succeeded"
    )
    if session.scalar(latest) != run.id:
        raise Refused("replaced", "A newer plan of this pause exists: place people there.")


def _find_there(session: Session, run: PlanRun, wish: Wish) -> Proposal | None:
    """Return the plan's proposal of the same pair, whatever became of it."""
    return session.scalars(
        select(Proposal)
        .where(
            Proposal.plan_run_id == run.id,
            Proposal.contractor_id == wish.contractor_id,
            Proposal.project_id == wish.project_id,
        )
        .execution_options(populate_existing=True)
    ).first()


def _accept_repeat(session: Session, there: Proposal, actor: Actor, wish: Wish) -> int:
    """Return the id of a proposal that the same request made before; raise Refused otherwise."""
    is_repeat = (
        there.status == "proposed"
        and there.version == 1
        and there.changed_at is not None
        and there.changed_by == actor.user_id
        and there.hours_per_week == wish.hours_per_week
    )
    if is_repeat:
        return there.id
    state = _STATE_WORDS.get(there.status, "has this place already, and it has been decided on")
    said = describe_last_changes(session, [there.id]).get(there.id, "")
    raise Refused("duplicate", f"This plan {state}. {said}".rstrip())


def _is_replan(session: Session, run: PlanRun) -> bool:
    """Whether the list says of the run's proposals how they stand beside an earlier plan."""
    compared = select(Proposal.id).where(Proposal.plan_run_id == run.id, Proposal.since_last != "")
    return session.scalars(compared.limit(1)).first() is not None
