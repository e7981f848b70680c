"""Recall plans: request one, and take people off its list of returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import Recall, RecallRow
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.job_queue import enqueue_recall
from app.services.keys import is_among
from app.services.plans.horizon import get_pause_date
from app.services.plans.plan_size import count_paused
from app.services.plans.planning import (
    UNFINISHED,
    PlanOptions,
    ask_to_end,
    get_open_pause,
    settle_options,
)
from app.services.plans.policy_settings import write_settings
from app.services.transaction import retried, transaction


@retried
def request_recall(
    session: Session, *, actor: Actor, pause_id: int, options: PlanOptions, today: date
) -> int:
    """Queue the recall plan of an open pause; return its id. Nothing changes by it.

    It plans from the Monday on or after `today`, and after the pause began.

    Raises NotFound, InvalidValue, or Refused (`resumed`, `terminated`, `recall_running`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        pause = get_open_pause(session, pause_id)
        options, settings = settle_options(session, options, count_paused(session, pause_id))
        unfinished = session.scalars(
            select(Recall.id).where(Recall.pause_id == pause_id, Recall.status.in_(UNFINISHED))
        ).first()
        if unfinished is not None:
            raise Refused("recall_running", "A recall of this pause is still being planned.")
        # A place approved this week begins on Monday: the recall must see it as work of then.
        first = max(today, get_pause_date(pause.effective_at) + timedelta(days=1))
        monday = first + timedelta(days=-first.weekday() % 7)
        recall = Recall(
            pause_id=pause_id,
            policy=options.policy,
            policy_settings=write_settings(settings),
            weeks=options.weeks,
            time_limit_s=options.time_limit_s,
            gap=options.gap,
            workers=options.workers,
            seed=options.seed,
            pause_date=monday,
            horizon_starts_on=monday,
            horizon_ends_on=monday + timedelta(days=7 * options.weeks - 1),
            requested_by=actor.user_id,
        )
        session.add(recall)
        session.flush()
        recall.job_id = enqueue_recall(session, recall.id)
        record(
            session,
            actor=actor,
            action="recall.requested",
            subject=("pause", pause_id),
            after={"recall_id": recall.id, "policy": recall.policy},
        )
        return recall.id


@retried
def stop_recall(session: Session, *, actor: Actor, recall_id: int, keep: bool) -> None:
    """End the planning of a recall now: with the best plan so far (`keep`), or with nothing.

    Raises NotFound, or Refused (`finished`, `not_started`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        recall = session.get(Recall, recall_id, with_for_update=True, populate_existing=True)
        if recall is None:
            raise NotFound("recall", recall_id)
        ask_to_end(session, recall, ("recall", "recall"), actor=actor, keep=keep)


@retried
def choose_returns(
    session: Session,
    *,
    actor: Actor,
    recall_id: int,
    contractor_ids: Sequence[str] | None,
    chosen: bool,
) -> int:
    """Take people off a recall's list of returns, or put them back; return how many changed.

    contractor_ids  None = everybody on the list

    Raises NotFound, or Refused (`not_ready`, `applied`, `resumed`, `terminated`).
    """
    require(actor, Permission.PAUSE)
    with transaction(session):
        recall = lock_ready_recall(session, recall_id)
        statement = (
            update(RecallRow)
            .where(
                RecallRow.recall_id == recall_id,
                RecallRow.change == "returns",
                RecallRow.chosen.is_not(chosen),
            )
            .values(chosen=chosen)
            .returning(RecallRow.contractor_id)
        )
        if contractor_ids is not None:
            statement = statement.where(is_among(RecallRow.contractor_id, contractor_ids))
        changed = len(set(session.scalars(statement)))
        if changed:
            record(
                session,
                actor=actor,
                action="recall.chosen" if chosen else "recall.left_out",
                subject=("pause", recall.pause_id),
                after={"recall_id": recall_id, "people": changed},
            )
    return changed


def lock_ready_recall(session: Session, recall_id: int, *, of_pause: int | None = None) -> Recall:
    """Return a recall that can still be applied, locked after its pause.

    of_pause  the pause that it must belong to: another pause's is not there, whatever its state

    Raises NotFound, or Refused (`not_ready`, `applied`, `resumed`, `terminated`).
    """
    pause_id = session.scalar(select(Recall.pause_id).where(Recall.id == recall_id))
    if pause_id is None or of_pause not in {None, pause_id}:
        raise NotFound("recall", recall_id)
    get_open_pause(session, pause_id)
    recall = session.get_one(Recall, recall_id, with_for_update=True, populate_existing=True)
    if recall.status != "succeeded":
        raise Refused("not_ready", "This recall has no plan to resume by.")
    if recall.applied_at is not None:
        raise Refused("applied", "The pause was resumed by this recall already.")
    return recall
