"""Repairs: a plan for the holes that offers left, with everything else as it is."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Offer, Pause, PlanRun, Proposal
from app.services.access.access import Actor, Permission, require
from app.services.plans.plan_loading import get_settings
from app.services.plans.planning import add_run, build_options, get_planned_pause
from app.services.transaction import retried, transaction


def request_repairs(session: Session, *, actor: Actor, now: datetime | None = None) -> list[int]:
    """Queue a repair for every pause with holes that no plan looks after; return the run ids.

    A pause whose plan is being solved has its turn when that has ended.
    """
    require(actor, Permission.PLAN)
    pause_ids = session.scalars(
        select(PlanRun.pause_id)
        .distinct()
        .join(Proposal, Proposal.plan_run_id == PlanRun.id)
        .join(Offer, Offer.proposal_id == Proposal.id)
        .join(Pause, Pause.id == PlanRun.pause_id)
        .where(
            Offer.released_at.is_not(None),
            Offer.repair_run_id.is_(None),
            Pause.status != "resumed",
        )
        .order_by(PlanRun.pause_id)
    ).all()
    session.rollback()
    runs = [_request_repair(session, actor, pause_id, now) for pause_id in pause_ids]
    return [run_id for run_id in runs if run_id is not None]


@retried
def _request_repair(
    session: Session, actor: Actor, pause_id: int, now: datetime | None
) -> int | None:
    """Queue the repair of one pause as its last plan was asked for; None while one is solved."""
    try:
        with transaction(session):
            pause = get_planned_pause(session, pause_id)
            last = session.scalars(
                select(PlanRun)
                .where(PlanRun.pause_id == pause_id, PlanRun.status == "succeeded")
                .order_by(PlanRun.id.desc())
                .limit(1)
            ).one()
            return add_run(
                session,
                actor=actor,
                pause=pause,
                options=build_options(last),
                settings=get_settings(last),
                now=now or datetime.now(UTC),
                is_repair=True,
            )
    except Refused:
        return None
