"""What webhooks are told of pauses, plans, offers and exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AccessItem, ExportBatch, Offer, Pause, PlanRun, Proposal
from app.services.webhooks.webhook_events import (
    add_event,
    add_listing_events,
    add_pause_event,
    is_heard,
)


def tell_paused(session: Session, pause: Pause, num_assignments: int) -> None:
    """Tell of a pause, and of the access that its people must lose."""
    add_pause_event(
        session,
        "pause.opened",
        pause.id,
        effective_at=pause.effective_at.isoformat(),
        review_by=_write(pause.review_by),
        num_assignments=num_assignments,
    )
    if is_heard(session, "access.removal_due"):
        _tell_access(session, pause.id)


def tell_extended(session: Session, pause: Pause) -> None:
    """Tell that a pause goes on."""
    add_pause_event(
        session,
        "pause.extended",
        pause.id,
        review_by=_write(pause.review_by),
        late_hours_until=_write(pause.late_hours_until),
    )


def tell_plan_ready(session: Session, run: PlanRun) -> None:
    """Tell that a plan has been solved."""
    counted = select(func.count()).select_from(Proposal).where(Proposal.plan_run_id == run.id)
    data = {
        "plan_run_id": run.id,
        "pause_id": run.pause_id,
        "is_repair": run.is_repair,
        "num_proposals": session.scalar(counted) or 0,
    }
    add_event(session, "plan.ready", data)


def tell_published(session: Session, offers: Sequence[Offer]) -> None:
    """Tell of new offers."""
    if not is_heard(session, "offers.published"):
        return
    listed = [
        {
            **_name(offer),
            "hours_per_week": offer.hours_per_week,
            "starts_on": _write(offer.starts_on),
            "ends_on": _write(offer.ends_on),
            "expires_at": _write(offer.expires_at),
        }
        for offer in offers
    ]
    add_listing_events(session, "offers.published", "offers", listed)


def tell_answer(session: Session, offer: Offer, verb: str) -> None:
    """Tell what a contractor says to an offer: `accepted`, `declined` or `undone`, not why."""
    add_event(session, f"offer.{verb}", _name(offer))


def tell_exported(session: Session, batch: ExportBatch) -> None:
    """Tell of an export batch; hours and money stay in the house."""
    data = {
        "batch_id": batch.id,
        "number": batch.number,
        "period_id": batch.period_id,
        "period_starts_on": _write(batch.period_starts_on),
        "period_ends_on": _write(batch.period_ends_on),
        "num_lines": batch.line_count,
        "sha256": batch.sha256,
    }
    add_event(session, "batch.exported", data)


def _tell_access(session: Session, pause_id: int) -> None:
    rows = session.execute(
        select(
            AccessItem.id,
            AccessItem.contractor_id,
            AccessItem.project_id,
            AccessItem.kind,
            AccessItem.name,
        )
        .where(AccessItem.pause_id == pause_id)
        .order_by(AccessItem.id)
    )
    names = ("item_id", "contractor_id", "project_id", "kind", "name")
    items = [dict(zip(names, row, strict=True)) for row in rows]
    add_listing_events(session, "access.removal_due", "items", items, pause_id=pause_id)


def _name(offer: Offer) -> dict[str, object]:
    return {
        "offer_id": offer.id,
        "contractor_id": offer.contractor_id,
        "project_id": offer.project_id,
        "codename": offer.codename,
    }


def _write(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()
