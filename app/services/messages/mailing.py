"""Sending mail: one worker at a time hands over what waits, one mail after the other.

A mail is marked in the moment in which the server is ready for its text, and again when the
server has answered. A worker that dies in between leaves a mail that may have gone: it stays in
doubt and is not sent again, so nobody gets the same mail twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Mail, Message
from app.services.messages.mail_grouping import TOO_OLD, group_messages
from app.services.messages.mail_server import (
    compute_wait,
    is_server_due,
    note_failure,
    note_success,
)
from app.services.messages.mail_text import MailDraft, write_mail
from app.services.messages.message_kinds import write_message
from app.services.messages.smtp import (
    AnswerLost,
    Connection,
    MailRefused,
    MailServer,
    ServerAway,
    find_mailable,
)
from app.services.send_loop import keep_sending
from app.services.transaction import transaction

_SENDER_LOCK = 7_470
"""Whoever holds this advisory lock sends; PostgreSQL lets go of it when the worker dies."""


_NEXT = """
    SELECT m.id, m.created_at, m.digest_on, coalesce(u.email, a.email, c.email) AS recipient
    FROM mails m
    LEFT JOIN users u ON u.id = m.user_id
    LEFT JOIN contractors c ON c.contractor_id = m.contractor_id
    LEFT JOIN LATERAL (
        SELECT s.email
        FROM users s JOIN users_roles r ON r.user_id = s.id JOIN roles o ON o.id = r.role_id
        WHERE s.contractor_id = m.contractor_id AND o.name = 'contractor' AND s.active
        ORDER BY s.id LIMIT 1
    ) a ON true
    WHERE m.status = 'waiting' AND m.next_try_at <= :now
    ORDER BY m.next_try_at, m.id
    LIMIT 1
"""


def run_mailer(database: Database, server: MailServer, stop: Event) -> None:
    """Send mail until `stop` is set; a database that is away is waited for."""
    keep_sending(
        lambda: send_due(database, server, should_stop=stop.is_set),
        stop,
        sent="mail sent",
        counted="num_mails",
        waits="mail waits for the database",
    )


def send_due(
    database: Database,
    server: MailServer,
    *,
    get_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Hand over every mail that is due; return how many the server took.

    Does nothing while another worker sends, or while a server that failed is left in peace.
    """
    with _hold_sender(database) as is_ours:
        if not is_ours:
            return 0
        with database.session() as session:
            _settle(session)
            group_messages(session, get_now())
            return _Round(session, server, get_now).send(should_stop)


class _Round:
    """One go at everything that waits, over one connection."""

    def __init__(
        self, session: Session, server: MailServer, get_now: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._server = server
        self._get_now = get_now

    def send(self, should_stop: Callable[[], bool]) -> int:
        if not is_server_due(self._session, self._get_now()) or self._find_next() is None:
            return 0
        num_sent = 0
        try:
            connection = Connection(self._server)
        except ServerAway as error:
            note_failure(self._session, error, self._get_now())
            return 0
        try:
            while not should_stop() and (draft := self._find_next()) is not None:
                num_sent += self._send(connection, draft)
        except (ServerAway, AnswerLost) as error:
            note_failure(self._session, error, self._get_now())
        else:
            connection.close()
        return num_sent

    def _send(self, connection: Connection, draft: MailDraft) -> bool:
        """Hand one mail over; return whether the server took it.

        Raises ServerAway or AnswerLost when the connection is of no more use.
        """
        recipient = find_mailable(draft.recipient)
        if recipient is None:
            self._end(draft, "refused", "The address can't be mailed to.")
            return False
        draft = replace(draft, recipient=recipient)
        mail_id = draft.mail_id
        content = write_mail(draft, sender=self._server.sender, public_url=self._server.public_url)
        try:
            connection.hand_over(
                draft.recipient,
                content,
                before_content=lambda: self._mark(mail_id, "waiting", "handing_over"),
            )
        except MailRefused as error:
            self._note_refusal(draft, error)
            return False
        except ServerAway as error:
            # Others go first the next time: it may be this mail that the server stumbles over.
            self._postpone(draft, str(error))
            raise
        except AnswerLost as error:
            self._mark(mail_id, "handing_over", "in_doubt", str(error))
            raise
        self._mark(mail_id, "handing_over", "sent")
        note_success(self._session)
        return True

    def _find_next(self) -> MailDraft | None:
        """Return the mail that has waited longest."""
        row = self._session.execute(text(_NEXT), {"now": self._get_now()}).one_or_none()
        if row is None:
            self._session.rollback()
            return None
        messages = self._session.execute(
            select(Message.kind, Message.facts)
            .where(Message.mail_id == row.id)
            .order_by(Message.id)
        ).all()
        self._session.rollback()
        texts = [write_message(kind, facts) for kind, facts in messages]
        return MailDraft(row.id, row.recipient, row.created_at, texts, row.digest_on)

    def _mark(self, mail_id: int, before: str, after: str, error: str = "") -> None:
        """Take a mail from one status to another.

        Raises ServerAway when another sender was faster: this one has lost its lock, and the
        server gets no text.
        """
        with transaction(self._session):
            changed = self._session.execute(
                update(Mail)
                .where(Mail.id == mail_id, Mail.status == before)
                .values(
                    status=after,
                    error=error,
                    num_tries=Mail.num_tries + int(after == "handing_over"),
                    ended_at=None if after == "handing_over" else self._get_now(),
                )
                .returning(Mail.id)
            ).all()
        if not changed and after == "handing_over":
            raise ServerAway("another worker sends")

    def _note_refusal(self, draft: MailDraft, error: MailRefused) -> None:
        if error.for_good:
            self._end(draft, "refused", str(error))
        else:
            self._postpone(draft, str(error))

    def _postpone(self, draft: MailDraft, error: str) -> None:
        """Let a mail wait, each time twice as long; after TOO_OLD leave it to the inbox."""
        if draft.created_at < self._get_now() - TOO_OLD:
            self._end(draft, "given_up", error)
            return
        with transaction(self._session):
            mail = self._session.get_one(Mail, draft.mail_id, populate_existing=True)
            # A refusal after the text was a try that has been counted.
            if mail.status == "waiting":
                mail.num_tries += 1
            mail.status = "waiting"
            mail.error = error
            mail.next_try_at = self._get_now() + compute_wait(mail.num_tries)

    def _end(self, draft: MailDraft, status: str, error: str) -> None:
        with transaction(self._session):
            mail = self._session.get_one(Mail, draft.mail_id, populate_existing=True)
            mail.status, mail.error, mail.ended_at = status, error, self._get_now()


def _settle(session: Session) -> None:
    """Put in doubt what a sender that died had been handing over; the caller is the only one."""
    with transaction(session):
        session.execute(
            update(Mail)
            .where(Mail.status == "handing_over")
            .values(status="in_doubt", error="The worker that sent it died.", ended_at=None)
        )


@contextmanager
def _hold_sender(database: Database) -> Iterator[bool]:
    """Yield whether this is the one that sends."""
    keys = {"lock": _SENDER_LOCK}
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), keys)
        is_ours = bool(taken.scalar_one())
        try:
            yield is_ours
        finally:
            if is_ours:
                with suppress(OperationalError):
                    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), keys)
