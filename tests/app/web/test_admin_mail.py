"""The administrator's page of mail: what may not have arrived, and sending it once more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import AuditEvent, Mail
from app.services.messages.mail_server import note_failure
from tests.app.web.conftest import Browser


def add_mail(session: Session, status: str, error: str = "") -> int:
    mail = Mail(contractor_id="C1", status=status, error=error, ended_at=datetime.now(UTC))
    session.add(mail)
    session.commit()
    return mail.id


def test_page_says_what_may_not_have_arrived(admin: Browser, session: Session) -> None:
    assert "Nothing is stuck" in admin.get("/admin/mail").text
    add_mail(session, "waiting")
    add_mail(session, "sent")
    add_mail(session, "in_doubt", "The worker that sent it died.")
    add_mail(session, "refused", "550 No such user <script>")
    page = admin.get("/admin/mail")
    assert "Waiting 1" in page.text
    assert "Sent in the last 24 hours 1" in page.text
    assert "May not have arrived 2" in page.text
    assert "The worker that sent it died." in page.text
    assert "550 No such user &lt;script&gt;" in page.body


def test_page_says_that_the_server_is_away(admin: Browser, session: Session) -> None:
    note_failure(session, ConnectionRefusedError("nobody there"), datetime.now(UTC))
    assert "The mail server has not taken mail since" in admin.get("/admin/mail").text


def test_stuck_mail_is_sent_once_more(admin: Browser, session: Session) -> None:
    mail_id = add_mail(session, "in_doubt", "The worker that sent it died.")
    assert "on its way once more" in admin.post(f"/admin/mail/{mail_id}/again", {}).text
    assert session.scalars(text("SELECT status FROM mails")).all() == ["waiting"]
    events = session.scalars(
        select(AuditEvent.subject_id).where(AuditEvent.action == "mail.sent_again")
    )
    assert events.all() == [str(mail_id)]


@pytest.mark.parametrize("status", ["waiting", "handing_over", "sent"])
def test_mail_that_is_not_stuck_is_not_sent_again(
    admin: Browser, session: Session, status: str
) -> None:
    mail_id = add_mail(session, status)
    assert admin.post(f"/admin/mail/{mail_id}/again", {}).status == 409
    assert session.scalars(text("SELECT status FROM mails")).all() == [status]
