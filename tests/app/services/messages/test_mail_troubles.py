"""Mail servers that are away, refuse, break off or cannot be trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Mail
from app.services.messages.mail_server import compute_wait
from app.services.messages.mailing import send_due
from app.services.messages.smtp import MailServer
from tests.app.processes import find_free_port
from tests.app.services.messages.mail_server import CERTIFICATE, OK, SENDER, Mailbox, serve_mail
from tests.app.services.messages.mails import list_statuses, send_at, tell
from tests.app.world import add_world

NOW = datetime.now(UTC)


def test_server_down_then_up(database: Database, session: Session, mailbox: Mailbox) -> None:
    add_world(session, num_contractors=2)
    port = find_free_port()
    away = MailServer("127.0.0.1", port, "none", SENDER)
    tell(session, "C1", "C2")
    assert send_at(database, away, NOW) == 0
    assert list_statuses(session) == ["waiting", "waiting"]
    with serve_mail(mailbox, port=port) as server:
        # Left in peace at first, so that a server in trouble is not hammered.
        assert send_at(database, server, NOW + timedelta(seconds=29)) == 0
        assert send_at(database, server, NOW + timedelta(seconds=31)) == 2
    assert len(mailbox.mails) == 2
    state = session.execute(text("SELECT failing_since, num_failures FROM mail_server_state"))
    assert state.all() == [(None, 0)]


def test_waits_grow_up_to_an_hour() -> None:
    waits = [compute_wait(count).total_seconds() for count in (1, 2, 3, 7, 8, 1000)]
    assert waits == [30, 60, 120, 1920, 3600, 3600]


def test_mail_refused_for_now_is_tried_again_and_others_go_on(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=2)
    mailbox.answer_rcpt = lambda address: "450 Later" if address.startswith("C1") else OK
    tell(session, "C1", "C2")
    assert send_at(database, server, NOW) == 1
    assert list_statuses(session) == ["waiting", "sent"]
    mailbox.answer_rcpt = lambda _address: OK
    assert send_at(database, server, NOW + timedelta(seconds=31)) == 1
    first = session.scalars(select(Mail).order_by(Mail.id)).first()
    assert first is not None
    assert (first.num_tries, first.status) == (2, "sent")


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_mail_refused_for_good_is_not_tried_again(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer, step: str
) -> None:
    add_world(session, num_contractors=1)
    if step == "rcpt":
        mailbox.answer_rcpt = lambda _address: "550 No such user"
    else:
        mailbox.answer_data = lambda _mail: "554 Looks like spam"
    tell(session, "C1")
    for hours in (0, 2):
        assert send_at(database, server, NOW + timedelta(hours=hours)) == 0
    assert list_statuses(session) == ["refused"]
    assert len(mailbox.mails) == (step == "data")


def test_mail_that_is_refused_for_days_is_given_up(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=1)
    mailbox.answer_rcpt = lambda _address: "450 Later"
    tell(session, "C1")
    send_at(database, server, NOW)
    send_at(database, server, NOW + timedelta(days=3, hours=1))
    assert list_statuses(session) == ["given_up"]


def test_connection_lost_after_the_text_leaves_the_mail_in_doubt(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=2)
    tell(session, "C1", "C2")
    mailbox.hangs_up = True
    assert send_at(database, server, NOW) == 0
    assert list_statuses(session) == ["in_doubt", "waiting"]
    mailbox.hangs_up = False
    assert send_at(database, server, NOW + timedelta(seconds=31)) == 1
    assert list_statuses(session) == ["in_doubt", "sent"]
    assert len(mailbox.mails) == 2


@pytest.mark.parametrize(("tls", "password"), [("starttls", "right and long enough"), ("tls", "")])
def test_mail_goes_over_tls(
    database: Database,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    tls: str,
    password: str,
) -> None:
    mailbox = Mailbox()
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    add_world(session, num_contractors=1)
    tell(session, "C1")
    with serve_mail(mailbox, tls=tls, password=password) as server:
        assert send_due(database, server) == 1
    assert len(mailbox.mails) == 1


def test_certificate_that_nobody_vouches_for_gets_no_mail(
    database: Database, session: Session, mailbox: Mailbox
) -> None:
    add_world(session, num_contractors=1)
    tell(session, "C1")
    with serve_mail(mailbox, tls="starttls") as server:
        assert send_due(database, server) == 0
    assert mailbox.mails == []
    error = session.execute(text("SELECT error FROM mail_server_state")).scalar_one()
    assert "CERTIFICATE_VERIFY_FAILED" in error


def test_server_without_tls_gets_no_mail_in_plain_text(
    database: Database, session: Session, mailbox: Mailbox
) -> None:
    add_world(session, num_contractors=1)
    tell(session, "C1")
    with serve_mail(mailbox) as plain:
        server = MailServer(plain.host, plain.port, "starttls", SENDER)
        assert send_due(database, server) == 0
    assert mailbox.mails == []
    assert list_statuses(session) == ["waiting"]
