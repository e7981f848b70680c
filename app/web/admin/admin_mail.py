"""The administrator's page of mail: whether the server answers, and what may not have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.messages.mail_desk import get_mail_desk, send_again
from app.web.form_fields import read_form
from app.web.guard import get_actor, permit
from app.web.sessions import get_session

blueprint = Blueprint("admin_mail", __name__, url_prefix="/admin/mail")

_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "in_doubt": ("In doubt", "warn"),
        "refused": ("Refused", "bad"),
        "given_up": ("Given up", "bad"),
    }
)
"""Status of a mail -> its word and the tone of its chip."""


@blueprint.get("")
@permit(Permission.MANAGE_USERS)
def index() -> ResponseReturnValue:
    """Show how mail stands."""
    desk = get_mail_desk(get_session(), now=datetime.now(UTC))
    return render_template("admin/mail.html", desk=desk, states=_STATES)


@blueprint.post("/<int:mail_id>/again")
@permit(Permission.MANAGE_USERS)
def again(mail_id: int) -> ResponseReturnValue:
    """Send a mail once more."""
    read_form()
    send_again(get_session(), actor=get_actor(), mail_id=mail_id)
    flash("The mail is on its way once more.", "good")
    return redirect(url_for("admin_mail.index"))
