"""What an administrator sees of mail, and sending once more what may not have arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import Contractor, Mail, MailServerState, User
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.messages.mail_server import find_state
from app.services.transaction import retried, transaction

_STUCK = ("in_doubt", "refused", "given_up")
_MOST_ROWS = 200
_LATELY = timedelta(days=1)


@dataclass(frozen=True)
class StuckMail:
    """A mail that may not have arrived; `digest` tells a day's mail from that of one message."""

    mail_id: int
    name: str
    digest: bool
    status: str
    error: str
    created_at: datetime


@dataclass(frozen=True)
class MailDesk:
    """How mail stands.

    num_sent  in the last 24 hours
    stuck     the latest _MOST_ROWS of num_stuck
    server    None when it has never failed
    """

    num_waiting: int
    num_sent: int
    num_stuck: int
    stuck: Sequence[StuckMail]
    server: MailServerState | None


def get_mail_desk(session: Session, *, now: datetime) -> MailDesk:
    """Return how mail stands; of each mail whom it is for, and not what it says."""
    rows = session.execute(
        select(
            Mail.id,
            func.coalesce(Contractor.name, User.name),
            Mail.digest_on.is_not(None),
            Mail.status,
            Mail.error,
            Mail.created_at,
        )
        .outerjoin(Contractor, Contractor.contractor_id == Mail.contractor_id)
        .outerjoin(User, User.id == Mail.user_id)
        .where(Mail.status.in_(_STUCK))
        .order_by(Mail.id.desc())
        .limit(_MOST_ROWS)
    )
    return MailDesk(
        num_waiting=_count(session, "waiting", "handing_over"),
        num_sent=_count(session, "sent", since=now - _LATELY),
        num_stuck=_count(session, *_STUCK),
        stuck=[StuckMail(*row) for row in rows],
        server=find_state(session),
    )


@retried
def send_again(session: Session, *, actor: Actor, mail_id: int) -> None:
    """Let a mail that may not have arrived be sent once more, with the same Message-ID.

    Raises NotFound, or Refused (`not_stuck`) for one that waits or has arrived.
    """
    require(actor, Permission.MANAGE_USERS)
    with transaction(session):
        mail = session.get(Mail, mail_id, with_for_update=True, populate_existing=True)
        if mail is None:
            raise NotFound("mail", mail_id)
        if mail.status not in _STUCK:
            raise Refused("not_stuck", "This mail has been sent, or is on its way.")
        record(
            session,
            actor=actor,
            action="mail.sent_again",
            subject=("mail", mail.id),
            before={"status": mail.status, "error": mail.error},
            after={"status": "waiting"},
        )
        mail.status, mail.ended_at = "waiting", None
        mail.next_try_at = datetime.now(UTC)


def _count(session: Session, *statuses: str, since: datetime | None = None) -> int:
    counted = select(func.count()).select_from(Mail).where(Mail.status.in_(statuses))
    if since is not None:
        counted = counted.where(Mail.ended_at >= since)
    return session.scalar(counted) or 0
