"""A real SMTP server on loopback for tests, and what it was given."""

from __future__ import annotations

import ssl
from asyncio import Transport
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.services.messages.smtp import MailServer
from tests.app.processes import find_free_port

CERTIFICATE = Path(__file__).parents[3] / "data" / "mail" / "cert.pem"
"""Of localhost, made for these tests alone; its key lies beside it."""

SENDER = "redeploy@vendor.example"
OK = "250 OK"


class Mailbox:
    """Takes every mail; `answer_rcpt` and `answer_data` may refuse one, or do worse.

    hangs_up  it takes a mail and breaks the connection off instead of saying so
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.hangs_up = False
        self.answer_rcpt: Callable[[str], str] = lambda _address: OK
        self.answer_data: Callable[[EmailMessage], str] = lambda _mail: OK

    async def handle_RCPT(  # noqa: N802 - the name that the server looks for
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        answer = self.answer_rcpt(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        if self.hangs_up:
            assert isinstance(server.transport, Transport)
            server.transport.abort()
        return self.answer_data(mail)

    @property
    def subjects(self) -> list[str]:
        """The subject lines, in the order of arrival."""
        return [str(mail["Subject"]) for mail in self.mails]


@contextmanager
def serve_mail(
    mailbox: Mailbox, *, port: int | None = None, tls: str = "none", password: str = ""
) -> Iterator[MailServer]:
    """Serve `mailbox` on loopback; yield how a worker reaches it."""
    server = MailServer(
        host="localhost" if tls != "none" else "127.0.0.1",
        port=port or find_free_port(),
        tls=tls,
        sender=SENDER,
        user="redeploy" if password else "",
        password=password,
        public_url="https://redeploy.example",
    )

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=data.password == password.encode())

    context = _build_tls() if tls != "none" else None
    controller = Controller(
        mailbox,
        hostname=server.host,
        port=server.port,
        ssl_context=context if tls == "tls" else None,
        tls_context=context if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        authenticator=authenticate if password else None,
        auth_required=bool(password),
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def _build_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_name("key.pem"))
    return context
