"""The inbox, the same for every role: what happened, and the way to the page concerned."""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from app.errors import InvalidValue
from app.services.messages.inbox import count_unread, list_inbox, open_message, read_all
from app.services.messages.mail_modes import get_mail_mode, set_mail_mode
from app.web.form_fields import read_form
from app.web.formatting import pluralise
from app.web.guard import Audience, get_actor, permit
from app.web.input_limits import MAX_KEY, read_whole
from app.web.sessions import get_session

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

_PAGE_SIZE = 30

_MAIL_CHOICES = (
    ("at_once", "Each at once", "One mail for each message."),
    ("daily", "Once a day", "One mail in the morning, if there is anything new."),
    ("none", "No mail", "Look here from time to time."),
)

log = structlog.get_logger(__name__)


@blueprint.get("/")
@permit(Audience.SIGNED_IN)
def inbox() -> ResponseReturnValue:
    """List messages, the latest first."""
    unread_only = request.args.get("show") == "unread"
    page = list_inbox(
        get_session(),
        get_actor(),
        limit=_PAGE_SIZE,
        older_than=_read_id(request.args.get("before", "")),
        unread_only=unread_only,
    )
    return render_template(
        "messages/inbox.html",
        page=page,
        unread_only=unread_only,
        is_first="before" not in request.args,
        mail_mode=get_mail_mode(get_session(), get_actor()),
        mail_choices=_MAIL_CHOICES,
    )


@blueprint.post("/<int:message_id>/open")
@permit(Audience.SIGNED_IN)
def open_one(message_id: int) -> ResponseReturnValue:
    """Mark a message as read and go where it leads."""
    read_form()
    path = open_message(get_session(), actor=get_actor(), message_id=message_id)
    return redirect(path)


@blueprint.post("/read")
@permit(Audience.SIGNED_IN)
def read_everything() -> ResponseReturnValue:
    """Mark all messages as read that there were when the page was shown."""
    newest_id = _read_id(read_form("newest").get("newest", ""))
    if newest_id is None:
        raise InvalidValue("newest", "nothing", "the number of a message")
    num_read = read_all(get_session(), actor=get_actor(), newest_id=newest_id)
    flash(f"{pluralise(num_read, 'message')} marked as read.", "good")
    return redirect(url_for("messages.inbox"))


@blueprint.post("/mail")
@permit(Audience.SIGNED_IN)
def choose_mail() -> ResponseReturnValue:
    """Choose when one's messages are mailed."""
    mail_mode = read_form("mail_mode").get("mail_mode", "")
    changed = set_mail_mode(get_session(), actor=get_actor(), mail_mode=mail_mode)
    flash("Your choice is saved." if changed else "Nothing had changed.", "good")
    return redirect(url_for("messages.inbox"))


def init_messages(app: Flask) -> None:
    """Give the number of unread messages to every template of `app`."""
    app.jinja_env.globals.update(count_unread=_count_unread)


def _count_unread() -> int:
    """Return how many messages of the actor are unread; 0 when the database does not answer.

    Pages that say what went wrong show it too. A page that shows it twice asks once.
    """
    if "num_unread" not in g:
        g.num_unread = 0
        try:
            g.num_unread = count_unread(get_session(), get_actor())
        except OperationalError:
            log.warning("unread messages were not counted")
    num_unread: int = g.num_unread
    return num_unread


def _read_id(text: str) -> int | None:
    if not text:
        return None
    number = read_whole(text, MAX_KEY)
    if number is None:
        raise InvalidValue("message", text, "the number of a message")
    return number
