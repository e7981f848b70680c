"""Mail as its readers get it: what it says, when it comes, and where it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Message
from app.services.messages.mail_modes import set_mail_mode
from app.services.messages.mailing import send_due
from app.services.messages.smtp import MailServer, find_mailable
from tests.app.services.messages.mail_server import SENDER, Mailbox
from tests.app.services.messages.mails import list_statuses, send_at, tell
from tests.app.world import add_account, add_world


def test_mail_says_what_the_message_says(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=1)
    tell(session, "C1", codename="Żubr\nBcc: x@y.example")
    assert send_due(database, server) == 1
    (mail,) = mailbox.mails
    assert mailbox.recipients == [mail["To"]] == ["C1@example.org"]
    assert mail["From"] == f"Redeploy <{SENDER}>"
    assert mail["Subject"] == "Your work has ended: Żubr Bcc: x@y.example"
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    content = mail.get_content()
    assert "and your work has ended on Żubr" in content
    assert "https://redeploy.example/my/work" in content
    assert list_statuses(session) == ["sent"]


def test_digest_comes_once_a_day_in_the_reader_s_morning(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=1, contractor={"utc_offset": 2.0})
    actor = add_account(session, "contractor", "C1")
    assert set_mail_mode(session, actor=actor, mail_mode="daily")
    tell(session, "C1", event=1)
    tell(session, "C1", event=2, codename="Kestrel")
    day = datetime(2030, 5, 6, tzinfo=UTC)
    # 06:59 and 07:00 on a clock two hours ahead of UTC.
    assert send_at(database, server, day + timedelta(hours=4, minutes=59)) == 0
    assert send_at(database, server, day + timedelta(hours=5)) == 1
    (mail,) = mailbox.mails
    assert mail["Subject"] == "2 messages, Mon 6 May 2030"
    assert "Your work has ended: Larch" in mail.get_content()
    assert "Your work has ended: Kestrel" in mail.get_content()
    tell(session, "C1", event=3)
    assert send_at(database, server, day + timedelta(hours=12)) == 0
    assert send_at(database, server, day + timedelta(hours=29)) == 1
    assert mailbox.subjects[1] == "1 message, Tue 7 May 2030"


@pytest.mark.parametrize("reason", ["chosen", "disabled", "inactive", "too old"])
def test_no_mail_goes_to_who_wants_none_or_has_gone(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer, reason: str
) -> None:
    add_world(session, num_contractors=1)
    actor = add_account(session, "contractor", "C1")
    tell(session, "C1")
    if reason == "chosen":
        set_mail_mode(session, actor=actor, mail_mode="none")
    elif reason == "disabled":
        session.execute(text("UPDATE users SET active = false"))
    elif reason == "inactive":
        session.execute(text("UPDATE contractors SET status = 'inactive'"))
    else:
        session.execute(text("UPDATE messages SET created_at = now() - interval '73 hours'"))
    session.commit()
    assert send_due(database, server) == 0
    assert mailbox.mails == []
    assert session.scalars(select(Message.to_mail)).all() == [False]


def test_mail_goes_to_the_address_that_the_person_signs_in_with(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=1)
    add_account(session, "contractor", "C1")
    tell(session, "C1")
    send_due(database, server)
    assert mailbox.recipients == ["c1@vendor.example"]


@pytest.mark.parametrize(
    ("address", "wired"),
    [
        ("ada@example.org", "ada@example.org"),
        (" o'hara+jobs@example.org", "o'hara+jobs@example.org"),
        ("ada@exämple.org", "ada@xn--exmple-cua.org"),
        ("jürgen@example.org", None),
        ("two words@example.org", None),
        ("a@b@example.org", None),
        ("x\ry@example.org", None),
        ("x>@example.org", None),
        ("@example.org", None),
        ("nobody", None),
        ("a@" + "b" * 70 + ".org", None),
    ],
)
def test_address_that_goes_over_the_wire(address: str, wired: str | None) -> None:
    assert find_mailable(address) == wired


def test_address_that_can_t_be_mailed_to_holds_nobody_up(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=2)
    session.execute(
        text("UPDATE contractors SET email = 'jürgen@x.example' WHERE contractor_id = 'C1'")
    )
    session.commit()
    tell(session, "C1", "C2")
    assert send_due(database, server) == 1
    assert list_statuses(session) == ["refused", "sent"]
    assert mailbox.recipients == ["C2@example.org"]
