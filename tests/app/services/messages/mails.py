"""What the tests of mail share: something to tell, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Mail
from app.services.messages.mailing import send_due
from app.services.messages.outbox import News, add_messages
from app.services.messages.smtp import MailServer
from app.services.transaction import transaction


def tell(session: Session, *contractor_ids: str, event: int = 1, codename: str = "Larch") -> None:
    facts = {"ended": [codename], "other_hours": []}
    with transaction(session):
        add_messages(
            session,
            "work_ended",
            [News(event, facts, contractor_id=one) for one in contractor_ids],
        )


def list_statuses(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Mail.status).order_by(Mail.id)))


def send_at(database: Database, server: MailServer, now: datetime) -> int:
    return send_due(database, server, get_now=lambda: now)
