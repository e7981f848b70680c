"""One connection to a mail server, taken apart into the steps at which it may fail.

Until the server has the text, a failure means that nothing was sent. After it has answered,
what it said holds. In between nobody knows: it may have taken the mail and its answer was lost.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

_TIMEOUT_S = 30.0
_MAX_ERROR_LENGTH = 200
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out, and as whom.

    tls         `starttls`, `tls` from the first byte, or `none`
    sender      the address that mail comes from
    public_url  the address of the pages, without a slash at its end; "" = mail has no links
    """

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    public_url: str = ""


class ServerAway(Exception):
    """The server does not answer, or takes no mail from us at all; no mail has gone."""


class MailRefused(Exception):
    """The server does not take this mail; `for_good` says whether to try again."""

    def __init__(self, sentence: str, *, for_good: bool) -> None:
        self.for_good = for_good
        super().__init__(sentence)


class AnswerLost(Exception):
    """The server had the text and did not answer: the mail may have gone, or not."""


class Connection:
    """A connection that has been opened and signed in.

    Raises ServerAway when there is none to be had.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server
        try:
            self._smtp = _open(server)
        except (OSError, smtplib.SMTPException) as error:
            raise ServerAway(_describe(error)) from error

    def hand_over(
        self, recipient: str, content: bytes, *, before_content: Callable[[], None]
    ) -> None:
        """Hand over one mail; return once the server has taken it.

        before_content  called when the server is ready for the text and has nothing of it yet

        Raises MailRefused, ServerAway or AnswerLost; after the last two it can't be used any more.
        """
        self._announce(recipient)
        try:
            before_content()
        except BaseException:
            # The server waits for a text that must not come: it gets no end of it.
            self._smtp.close()
            raise
        try:
            self._smtp.send(_quote_dots(content) + b".\r\n")
            code, answer = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise AnswerLost(_describe(error)) from error
        _check(code, answer)

    def close(self) -> None:
        """Say goodbye, as far as the server still listens."""
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def _announce(self, recipient: str) -> None:
        """Go up to where the server waits for the text."""
        try:
            code, answer = self._smtp.mail(self._server.sender)
            if code != 250:
                raise ServerAway(_describe_answer(code, answer))
            code, answer = self._smtp.rcpt(recipient)
            if code in {250, 251}:
                code, answer = self._smtp.docmd("DATA")
            if code == 421:
                raise ServerAway(_describe_answer(code, answer))
            if code != 354:
                self._smtp.rset()
                _check(code, answer)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise ServerAway(_describe(error)) from error


def find_mailable(address: str) -> str | None:
    """Return the address as it goes over the wire; None when no server would know what to do.

    A domain in any script has a form in ASCII; a mailbox name has none.
    """
    name, _at, domain = address.strip().rpartition("@")
    try:
        wired = f"{name}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    return wired if _ADDRESS.fullmatch(wired) else None


def _open(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=_TIMEOUT_S, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S)
    try:
        if server.tls == "starttls":
            # Raises when the server does not offer it: nothing goes out in plain text.
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
    except (OSError, smtplib.SMTPException):
        smtp.close()
        raise
    return smtp


def _check(code: int, answer: bytes) -> None:
    if not 200 <= code < 300:
        raise MailRefused(_describe_answer(code, answer), for_good=code >= 500)


def _quote_dots(content: bytes) -> bytes:
    """Return the text as it goes over the wire: a dot alone on a line would end it."""
    return re.sub(rb"(?m)^\.", b"..", content)


def _describe_answer(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('ascii', 'replace')}"[:_MAX_ERROR_LENGTH]


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_MAX_ERROR_LENGTH]
