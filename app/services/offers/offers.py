"""Offers as publishing makes them: what the contractor is told, frozen at that moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Offer
from app.services.access.access import Actor
from app.services.auditing.audit import Event, record_all
from app.services.messages.offer_news import tell_made
from app.services.plans.plan_results import CLIENT_PART
from app.services.plans.policy_settings import OFFER_HOURS
from app.services.webhooks.webhook_news import tell_published

_ADD = """
    INSERT INTO offers (
        proposal_id, contractor_id, project_id, codename, hours_per_week, starts_on, ends_on,
        pay_rate_cents, previous_pay_rate_cents, currency, from_codenames, asked, reasons,
        decided_by, sent_at, expires_at)
    SELECT q.id, q.contractor_id, q.project_id, j.codename, q.hours_per_week, q.starts_on,
        q.ends_on, q.pay_rate_cents, q.previous_pay_rate_cents, q.currency,
        coalesce((SELECT jsonb_agg(f.codename ORDER BY f.codename) FROM projects f
                  WHERE f.project_id = ANY(string_to_array(q.from_projects, '|'))), '[]'),
        coalesce((SELECT jsonb_agg(s.skill || ', level ' || s.min_level ORDER BY s.skill)
                  FROM project_skills s WHERE s.project_id = q.project_id AND s.required), '[]'),
        coalesce((SELECT jsonb_agg(said.sentence ORDER BY said.place)
                  FROM jsonb_array_elements_text(q.reasons) WITH ORDINALITY
                       AS said (sentence, place)
                  WHERE NOT starts_with(said.sentence, :client_part)), '[]'),
        q.decided_by, :now,
        :now + make_interval(hours => coalesce(
            CAST(r.policy_settings ->> 'offer_hours' AS int), :offer_hours))
    FROM proposals q
    JOIN projects j ON j.project_id = q.project_id
    JOIN plan_runs r ON r.id = q.plan_run_id
    WHERE q.id = ANY(:proposal_ids)
    ORDER BY q.id
    RETURNING *
"""


def add_offers(
    session: Session, actor: Actor, proposal_ids: Collection[int], now: datetime
) -> None:
    """Put approved proposals to their contractors, in the transaction that publishes them.

    A proposal is offered once: the database refuses a second offer of it.
    """
    keys = {
        "proposal_ids": list(proposal_ids),
        "now": now,
        "offer_hours": OFFER_HOURS,
        "client_part": f"{CLIENT_PART}:",
    }
    made = session.scalars(select(Offer).from_statement(text(_ADD)), keys).all()
    tell_made(session, made)
    tell_published(session, made)
    events = [
        Event(
            ("offer", row.id),
            None,
            {
                "status": "pending",
                "proposal_id": row.proposal_id,
                "contractor_id": row.contractor_id,
                "project_id": row.project_id,
                "expires_at": row.expires_at,
            },
        )
        for row in made
    ]
    record_all(session, actor=actor, action="offer.sent", events=events)
