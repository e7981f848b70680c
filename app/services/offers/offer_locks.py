"""The locks under which offers are answered and ended."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Offer
from app.services.keys import is_among
from app.services.review.review_locks import lock_for_review


def lock_offers(session: Session, offer_ids: Collection[int]) -> dict[int, Offer]:
    """Return the offers by id, locked after their projects, contractors, pauses and proposals.

    Ids that do not exist are left out.
    """
    wanted = is_among(Offer.id, offer_ids)
    lock_for_review(session, session.scalars(select(Offer.proposal_id).where(wanted)).all())
    rows = session.scalars(
        select(Offer)
        .where(wanted)
        .order_by(Offer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}
