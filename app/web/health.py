"""`/healthz` and `/readyz`, and the address that sends everyone to their desk."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.services.operating.readiness import find_hindrance
from app.web.guard import Audience, get_actor, permit
from app.web.navigation import find_first_page
from app.web.sessions import get_session

blueprint = Blueprint("site", __name__)


@blueprint.get("/healthz")
@permit(Audience.EVERYONE)
def healthz() -> ResponseReturnValue:
    """Answer 200 when the database answers, 503 when it does not."""
    try:
        get_session().execute(text("SELECT 1"))
    except OperationalError:
        return {"status": "the database does not answer"}, 503
    return {"status": "ok"}


@blueprint.get("/readyz")
@permit(Audience.EVERYONE)
def readyz() -> ResponseReturnValue:
    """Answer 200 when requests may come here, else 503 with the reason."""
    hindrance = find_hindrance(get_session())
    return ({"status": "ready"}, 200) if hindrance is None else ({"status": hindrance}, 503)


@blueprint.get("/")
@permit(Audience.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Send people to the desk where their work begins."""
    address = find_first_page(get_actor())
    if address is None:
        return render_template("no_role.html")
    return redirect(address)
