"""What is told of offers: to their contractors, and to who approved one that was not taken."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Contractor, Offer, Proposal
from app.services.keys import is_among
from app.services.messages.outbox import News, add_messages


def tell_made(session: Session, offers: Sequence[Offer]) -> None:
    """Tell contractors of new offers."""
    news = [
        News(
            offer.id,
            {
                "offer_id": offer.id,
                "codename": offer.codename,
                "hours_per_week": offer.hours_per_week,
                "starts_on": offer.starts_on.isoformat(),
                "ends_on": None if offer.ends_on is None else offer.ends_on.isoformat(),
                "answer_by": offer.expires_at.isoformat(),
            },
            contractor_id=offer.contractor_id,
        )
        for offer in offers
    ]
    add_messages(session, "offer_made", news)


def tell_reminded(session: Session, offers: Sequence[Offer]) -> None:
    """Remind contractors of offers that end soon."""
    _tell_end(session, "offer_reminder", offers)


def tell_ended(session: Session, offers: Sequence[Offer]) -> None:
    """Tell of offers that end without an acceptance, whose status is set."""
    expired = [offer for offer in offers if offer.status == "expired"]
    _tell_end(session, "offer_expired", expired)
    add_messages(
        session,
        "offer_withdrawn",
        [
            News(
                offer.id,
                {"offer_id": offer.id, "codename": offer.codename},
                contractor_id=offer.contractor_id,
            )
            for offer in offers
            if offer.status == "withdrawn"
        ],
    )
    _tell_deciders(session, [offer for offer in offers if offer.status != "withdrawn"])


def _tell_end(session: Session, kind: str, offers: Sequence[Offer]) -> None:
    news = [
        News(
            offer.id,
            {
                "offer_id": offer.id,
                "codename": offer.codename,
                "answer_by": offer.expires_at.isoformat(),
            },
            contractor_id=offer.contractor_id,
        )
        for offer in offers
    ]
    add_messages(session, kind, news)


def _tell_deciders(session: Session, offers: Sequence[Offer]) -> None:
    """Tell who approved a place that it is free again."""
    keys = [offer.id for offer in offers if offer.decided_by is not None]
    rows = session.execute(
        select(Offer.id, Offer.codename, Offer.decided_by, Contractor.name, Proposal.plan_run_id)
        .join(Contractor, Contractor.contractor_id == Offer.contractor_id)
        .join(Proposal, Proposal.id == Offer.proposal_id)
        .where(is_among(Offer.id, keys))
        .order_by(Offer.id)
    )
    news = [
        News(
            row.id,
            {"codename": row.codename, "contractor": row.name, "plan_run_id": row.plan_run_id},
            user_id=row.decided_by,
        )
        for row in rows
    ]
    add_messages(session, "offer_declined", news)
