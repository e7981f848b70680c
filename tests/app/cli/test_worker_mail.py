"""A real worker mails by its settings, beside its jobs, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from email.message import EmailMessage
from threading import Event

from app.database import Database
from app.services.messages.outbox import News, add_messages
from app.services.transaction import transaction
from tests.app.services.messages.mail_server import OK, SENDER, Mailbox, serve_mail
from tests.app.world import add_world

_WAIT_S = 300


def test_worker_mails_by_its_settings(database: Database) -> None:
    with database.session() as session:
        add_world(session, num_contractors=1)
        with transaction(session):
            facts = {"ended": ["Larch"], "other_hours": []}
            add_messages(session, "work_ended", [News(1, facts, contractor_id="C1")])
    mailbox, has_come = Mailbox(), Event()

    def note(_mail: EmailMessage) -> str:
        has_come.set()
        return OK

    mailbox.answer_data = note
    with serve_mail(mailbox) as server:
        settings = {
            "DATABASE_URL": database.conninfo,
            "REDEPLOY_SMTP_HOST": server.host,
            "REDEPLOY_SMTP_PORT": str(server.port),
            "REDEPLOY_SMTP_TLS": "none",
            "REDEPLOY_SMTP_FROM": SENDER,
        }
        command = [sys.executable, "-m", "app.cli", "worker"]
        with subprocess.Popen(command, env={**os.environ, **settings}) as worker:
            try:
                assert has_come.wait(_WAIT_S), "no mail came"
            finally:
                worker.send_signal(signal.SIGTERM)
            assert worker.wait(_WAIT_S) == 0
    assert mailbox.subjects == ["Your work has ended: Larch"]
