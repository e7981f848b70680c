"""What a mail says: the message or the messages of a day, in plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.services.messages.message_kinds import MessageText
from app.services.wording import format_day

_POLICY = SMTP.clone(cte_type="7bit")
"""Any server takes seven bits."""


@dataclass(frozen=True)
class MailDraft:
    """A mail about to be written.

    messages  at least one; with `digest_on` those of a day, else a single one
    """

    mail_id: int
    recipient: str
    created_at: datetime
    messages: Sequence[MessageText]
    digest_on: date | None


def write_mail(draft: MailDraft, *, sender: str, public_url: str) -> bytes:
    """Return the mail with its headers, lines ended by CR LF.

    Its Message-ID is the same on each try, so that a mailbox can tell a repeated one.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = f"Redeploy <{sender}>"
    mail["To"] = draft.recipient
    mail["Subject"] = " ".join(_write_subject(draft).split())
    mail["Date"] = format_datetime(draft.created_at.astimezone(UTC))
    mail["Message-ID"] = build_message_id(draft, sender)
    # Answers of machines, such as out-of-office notes, would reach nobody.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(_write_body(draft, public_url)))
    return mail.as_bytes()


def build_message_id(draft: MailDraft, sender: str) -> str:
    """Return the Message-ID; a database that begins again counts from another time on."""
    domain = sender.rpartition("@")[2]
    return f"<mail-{draft.mail_id}.{int(draft.created_at.timestamp())}@{domain}>"


def _write_subject(draft: MailDraft) -> str:
    if draft.digest_on is None:
        return draft.messages[0].subject
    count = len(draft.messages)
    noun = "message" if count == 1 else "messages"
    return f"{count} {noun}, {format_day(draft.digest_on)}"


def _write_body(draft: MailDraft, public_url: str) -> list[str]:
    body = []
    for message in draft.messages:
        if draft.digest_on is not None:
            body += [message.subject, "-" * len(message.subject)]
        body += message.lines
        if public_url:
            body += ["", f"{public_url}{message.path}"]
        body.append("")
    settings = f"{public_url}/messages/" if public_url else ""
    return [*body, f"When you get mail, you choose in Redeploy. {settings}".strip()]
