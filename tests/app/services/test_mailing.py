"""Mail: each message handed over once, whoever dies or is away meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Mail, Message
from app.services.mail_modes import set_mail_mode
from app.services.mail_server import compute_wait
from app.services.mailing import send_due
from app.services.outbox import News, add_messages
from app.services.reviewing import ProposalVersion, approve_proposals, publish_proposals
from app.services.smtp import MailServer, find_mailable
from app.services.transaction import transaction
from tests.app.processes import find_free_port
from tests.app.services.mail_server import CERTIFICATE, OK, SENDER, Mailbox, serve_mail
from tests.app.world import SYSTEM, add_account, add_world, pause_p1, propose

NOW = datetime.now(UTC)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    with serve_mail(mailbox) as server:
        yield server


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


def test_mail_is_sent_once(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=3)
    tell(session, "C1", "C2", "C3")
    tell(session, "C1", event=2)
    assert send_due(database, server) == 4
    assert send_due(database, server) == 0
    assert sorted(mailbox.recipients) == [f"C{n}@example.org" for n in (1, 1, 2, 3)]
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 4


def test_many_workers_at_once_send_once(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    add_world(session, num_contractors=5)
    tell(session, *(f"C{n + 1}" for n in range(5)))
    barrier = Barrier(4)

    def work() -> None:
        barrier.wait()
        send_due(database, server)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mailbox.recipients) == [f"C{n + 1}@example.org" for n in range(5)]


_WORKER = """
import sys
from threading import Event
from app.database import Database
from app.services.mailing import run_mailer
from app.services.smtp import MailServer, find_mailable
url, port = sys.argv[1], int(sys.argv[2])
server = MailServer("127.0.0.1", port, "none", "redeploy@vendor.example")
run_mailer(Database(url), server, Event())
"""


@pytest.mark.parametrize(("step", "left"), [("rcpt", "waiting"), ("data", "handing_over")])
def test_worker_killed_while_it_sends_sends_nothing_twice(
    database: Database, session: Session, mailbox: Mailbox, step: str, left: str
) -> None:
    """Killed before the text, the next worker sends it; after, the mail has gone already."""
    add_world(session, num_contractors=2)
    tell(session, "C1")

    with serve_mail(mailbox) as server:
        arguments = [sys.executable, "-c", _WORKER, database.conninfo, str(server.port)]
        with subprocess.Popen(arguments) as worker:

            def kill(_subject: object) -> str:
                os.kill(worker.pid, signal.SIGKILL)
                worker.wait()
                return OK

            if step == "rcpt":
                mailbox.answer_rcpt = kill
            else:
                mailbox.answer_data = kill
            assert worker.wait(timeout=120) == -signal.SIGKILL
        assert list_statuses(session) == [left]
        mailbox.answer_rcpt = lambda _address: OK
        mailbox.answer_data = lambda _mail: OK
        tell(session, "C2")
        wait_until_sender_is_free(session)
        send_due(database, server)
    assert sorted(mailbox.recipients) == ["C1@example.org", "C2@example.org"]
    assert len(mailbox.mails) == 2
    assert list_statuses(session) == ["sent" if step == "rcpt" else "in_doubt", "sent"]


BREAK_OFF_TWICE = """
CREATE SEQUENCE tries;
CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tries') < 3 THEN
        RAISE EXCEPTION 'broken off' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER break_off AFTER INSERT ON messages EXECUTE FUNCTION break_off();
"""


def test_publishing_broken_off_twice_mails_each_contractor_once(
    database: Database, session: Session, mailbox: Mailbox, server: MailServer
) -> None:
    """Check 26: tried again after a serialization failure, it tells nobody twice."""
    add_world(session, num_contractors=2)
    rows = [("C1", "P2", 20), ("C2", "P2", 20)]
    proposals = propose(session, pause_p1(session).plan_run_id, rows)
    approve_proposals(session, actor=SYSTEM, proposals=proposals)
    send_due(database, server)
    num_before = len(mailbox.mails)
    session.execute(text(BREAK_OFF_TWICE))
    session.commit()
    approved = [ProposalVersion(one.proposal_id, one.version + 1) for one in proposals]
    assert all(one.ok for one in publish_proposals(session, actor=SYSTEM, proposals=approved))
    assert session.execute(text("SELECT last_value FROM tries")).scalar_one() == 3
    session.rollback()
    send_due(database, server)
    assert sorted(mailbox.recipients[num_before:]) == ["C1@example.org", "C2@example.org"]
    assert send_due(database, server) == 0


def wait_until_sender_is_free(session: Session) -> None:
    """Wait until PostgreSQL has noticed that the sender died."""
    session.execute(text("SELECT pg_advisory_lock(7470)"))
    session.execute(text("SELECT pg_advisory_unlock(7470)"))
    session.rollback()


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
