"""Mail: each message handed over once, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.services.messages.mailing import send_due
from app.services.messages.smtp import MailServer
from app.services.review.reviewing import ProposalVersion, approve_proposals, publish_proposals
from tests.app.services.messages.mail_server import OK, Mailbox, serve_mail
from tests.app.services.messages.mails import list_statuses, tell
from tests.app.world import SYSTEM, add_world, pause_p1, propose


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
from app.services.messages.mailing import run_mailer
from app.services.messages.smtp import MailServer, find_mailable
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
