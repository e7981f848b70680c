"""Offers as the ops desk sees them: who answered what, and who has not answered yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models import OFFER_STATUSES, Contractor, Offer, PlanRun, Proposal
from app.services.access.client_scopes import ClientIds, build_is_visible_pause
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page_by_key


@dataclass(frozen=True)
class OfferFilter:
    """Narrows the list; a blank part takes all.

    text      in the contractor's name, the codename, or the contractor's id as a whole
    state     one of OFFER_STATUSES
    pause_id  of the plan that proposed it
    client_ids  only of pauses of these clients, None = all
    """

    text: str = ""
    state: str = ""
    pause_id: int | None = None
    client_ids: ClientIds = None


@dataclass(frozen=True)
class OfferRow:
    """One offer; rates in cents an hour of `currency`.

    repair_run_id  the plan that looks for other work in the hole it left
    """

    offer_id: int
    proposal_id: int
    contractor_id: str
    contractor: str
    codename: str
    hours_per_week: int
    starts_on: date
    pay_rate_cents: int
    pay_change_cents: int
    currency: str
    state: str
    sent_at: datetime
    expires_at: datetime
    reminded_at: datetime | None
    answered_at: datetime | None
    decline_reason: str
    note: str
    repair_run_id: int | None


def list_offers(session: Session, narrowed: OfferFilter, page: PageRequest) -> Page[OfferRow]:
    """Return the offers that pass the filter."""
    statement = _join(_select(), narrowed)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page_by_key(session, statement, page, columns, Offer.id)
    return Page([OfferRow(*row) for row in found.rows], found.total)


def find_offer(session: Session, proposal_id: int) -> OfferRow | None:
    """Return the offer of a published proposal; None where nothing was offered."""
    statement = _join(_select(), OfferFilter()).where(Offer.proposal_id == proposal_id)
    row = session.execute(statement).first()
    return None if row is None else OfferRow(*row)


def list_pending_ids(session: Session, narrowed: OfferFilter) -> list[int]:
    """Return the ids of all that pass the filter and wait for an answer."""
    statement = _join(select(Offer.id), narrowed).where(Offer.status == "pending")
    return [row[0] for row in session.execute(statement.order_by(Offer.id))]


def count_offers(session: Session, narrowed: OfferFilter) -> Mapping[str, int]:
    """Return how many offers are in each state, whatever text and state the filter asks for.

    Every state is named.
    """
    counted = replace(narrowed, text="", state="")
    statement = _join(select(Offer.status, func.count()), counted)
    found = {row[0]: row[1] for row in session.execute(statement.group_by(Offer.status))}
    return {state: found.get(state, 0) for state in OFFER_STATUSES}


def _select() -> Rows:
    return select(
        Offer.id.label("offer_id"),
        Offer.proposal_id,
        Offer.contractor_id,
        Contractor.name.label("contractor"),
        Offer.codename,
        Offer.hours_per_week,
        Offer.starts_on,
        Offer.pay_rate_cents,
        (Offer.pay_rate_cents - Offer.previous_pay_rate_cents).label("pay_change_cents"),
        Offer.currency,
        Offer.status.label("state"),
        Offer.sent_at,
        Offer.expires_at,
        Offer.reminded_at,
        Offer.answered_at,
        Offer.decline_reason,
        Offer.note,
        Offer.repair_run_id,
    )


def _join(statement: Rows, narrowed: OfferFilter) -> Rows:
    # Every offer has a contractor: the outer join is for `read_page_by_key`.
    joined = statement.select_from(Offer).outerjoin(
        Contractor, Contractor.contractor_id == Offer.contractor_id
    )
    if narrowed.pause_id is not None or narrowed.client_ids is not None:
        joined = joined.join(Proposal, Proposal.id == Offer.proposal_id).join(
            PlanRun, PlanRun.id == Proposal.plan_run_id
        )
        joined = joined.where(build_is_visible_pause(narrowed.client_ids, PlanRun.pause_id))
    if narrowed.pause_id is not None:
        joined = joined.where(PlanRun.pause_id == narrowed.pause_id)
    return joined.where(*_build_conditions(narrowed))


def _build_conditions(narrowed: OfferFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrowed.text:
        matches = contains_text(narrowed.text, Contractor.name, Offer.codename)
        conditions.append(matches | (Offer.contractor_id == narrowed.text))
    if narrowed.state in OFFER_STATUSES:
        conditions.append(Offer.status == narrowed.state)
    return conditions
