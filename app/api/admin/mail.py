"""How mail stands, and sending once more what may not have arrived."""

from __future__ import annotations

from datetime import UTC, datetime

from marshmallow import Schema, fields

from app.api.desk import Desk
from app.api.guard import get_actor
from app.api.needs import READ_MAIL, WRITE_MAIL
from app.api.schemas import build_schema, nest
from app.api.sessions import get_session
from app.services.messages.mail_desk import MailDesk, get_mail_desk, send_again

desk = Desk("mail", "How mail stands.")


class MailServerSchema(Schema):
    """How the mail server answers; `failing_since` is null while it takes mail."""

    failing_since = fields.DateTime(required=True, allow_none=True)
    num_failures = fields.Integer(required=True)
    next_try_at = fields.DateTime(required=True)
    error = fields.String(required=True)


MailDeskSchema = build_schema(
    MailDesk, name="Mail", more={"server": nest(MailServerSchema, allow_none=True)}
)


@desk.operation("GET", "/mail", READ_MAIL, MailDeskSchema)
def get_mail() -> MailDesk:
    """Read how mail stands: how many wait, and which may not have arrived."""
    return get_mail_desk(get_session(), now=datetime.now(UTC))


@desk.operation("POST", "/mail/<int:mail_id>/again", WRITE_MAIL, MailDeskSchema)
def send_mail_again(mail_id: int) -> MailDesk:
    """Send a mail once more that may not have arrived."""
    send_again(get_session(), actor=get_actor(), mail_id=mail_id)
    return get_mail_desk(get_session(), now=datetime.now(UTC))
