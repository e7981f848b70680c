"""When approving needs a second person, many proposals at once or a raise, and asking one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import PlanRun, Proposal, ReviewBatch
from app.services.access.access import Actor, Permission
from app.services.keys import is_among
from app.services.messages.outbox import News, add_messages, tell_staff


@dataclass(frozen=True)
class SecondApproval:
    """When approving needs a second person.

    rows           more proposals than this at once; 0 = never for their number
    raise_percent  a pay rate raised by more than this; 0 = never for a raise
    """

    rows: int
    raise_percent: int


NO_SECOND = SecondApproval(rows=0, raise_percent=0)


def list_second_reasons(
    session: Session, verb: str, versions: Mapping[int, int], second: SecondApproval
) -> list[str]:
    """Return a sentence for each reason to ask a second person; empty when there is none."""
    if verb != "approve":
        return []
    reasons = []
    if second.rows and len(versions) > second.rows:
        reasons.append(
            f"It approves {len(versions):,} proposals; one person may approve {second.rows:,}."
        )
    if second.raise_percent and (raises := _count_raises(session, versions, second.raise_percent)):
        noun = "rate" if raises == 1 else "rates"
        reasons.append(f"It raises {raises:,} pay {noun} by more than {second.raise_percent} %.")
    return reasons


def ask_second(session: Session, batch: ReviewBatch, actor: Actor) -> None:
    """Tell everybody else who may decide that a batch of `actor` waits for one of them."""
    tell_staff(
        session,
        "approval_wanted",
        batch.id,
        _list_facts(batch, actor),
        pause_id=session.get_one(PlanRun, batch.plan_run_id).pause_id,
        permission=Permission.REVIEW,
        except_ids=(actor.user_id,),
    )


def tell_asker(session: Session, batch: ReviewBatch, actor: Actor) -> None:
    """Tell who asked for a batch that `actor` has confirmed it."""
    if batch.requested_by is not None:
        told = News(batch.id, _list_facts(batch, actor), user_id=batch.requested_by)
        add_messages(session, "approval_given", [told])


def _list_facts(batch: ReviewBatch, actor: Actor) -> dict[str, Any]:
    return {"batch_id": batch.id, "num_rows": batch.num_rows, "by": actor.name}


def _count_raises(session: Session, versions: Mapping[int, int], percent: int) -> int:
    most = Proposal.previous_pay_rate_cents * (100 + percent)
    count = select(func.count()).select_from(Proposal)
    return (
        session.scalar(
            count.where(is_among(Proposal.id, list(versions)), Proposal.pay_rate_cents * 100 > most)
        )
        or 0
    )
