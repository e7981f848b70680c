"""The contractor's calendar: the page of its secret link, and the file that the link opens."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from app.config import Settings
from app.errors import NotFound
from app.exports.calendar_file import write_calendar
from app.services.access.access import Permission
from app.services.access.sign_in_tries import TryLimit, take_try
from app.services.own_work.calendar_entries import list_calendar_entries
from app.services.own_work.calendar_links import (
    build_link_path,
    find_made_at,
    get_calendar_owner,
    make_link,
    revoke_link,
)
from app.web.clock import get_today
from app.web.contractor.own_contractor import get_contractor_id
from app.web.form_fields import read_form
from app.web.guard import Audience, get_actor, permit
from app.web.sessions import get_session

blueprint = Blueprint("my_calendar", __name__)

WRONG_LINKS_OF_AN_ADDRESS = 30
"""Links that open nothing, from one network address in five minutes; beyond them comes 429."""

_TITLE = "Redeploy assignments"


@blueprint.get("/my/calendar")
@permit(Permission.LOG_OWN_HOURS)
def page() -> ResponseReturnValue:
    """Say whether there is a link; the link itself can't be shown again."""
    made_at = find_made_at(get_session(), get_contractor_id())
    return render_template("contractor/calendar.html", made_at=made_at, link=None)


@blueprint.post("/my/calendar")
@permit(Permission.LOG_OWN_HOURS)
def make() -> ResponseReturnValue:
    """Make a link in place of the one before, and show it this once."""
    read_form()
    link = _build_address() + build_link_path(make_link(get_session(), actor=get_actor()))
    made_at = find_made_at(get_session(), get_contractor_id())
    return render_template("contractor/calendar.html", made_at=made_at, link=link)


@blueprint.post("/my/calendar/revoke")
@permit(Permission.LOG_OWN_HOURS)
def revoke() -> ResponseReturnValue:
    """Let the link stop working."""
    read_form()
    if revoke_link(get_session(), actor=get_actor()):
        flash("The link opens nothing any more.", "good")
    return redirect(url_for("my_calendar.page"))


@blueprint.get("/calendar/<token>.ics")
@permit(Audience.EVERYONE)
def feed(token: str) -> ResponseReturnValue:
    """Return the calendar that a secret link opens; calendars have no other way to sign in."""
    session = get_session()
    try:
        contractor_id = get_calendar_owner(session, token)
    except NotFound:
        _count_wrong_link()
        raise
    content = write_calendar(
        list_calendar_entries(session, contractor_id, today=get_today()),
        title=_TITLE,
        page=_build_address() + url_for("contractor.work"),
        now=datetime.now(UTC),
    )
    return Response(content, mimetype="text/calendar")


def _count_wrong_link() -> None:
    """Count a try from this address; raises TooManyRequests when there were too many."""
    limit = TryLimit(f"calendar {request.remote_addr}", WRONG_LINKS_OF_AN_ADDRESS)
    get_session().rollback()
    opens_at = take_try(get_session(), [limit], now=datetime.now(UTC))
    if opens_at is not None:
        raise TooManyRequests(retry_after=opens_at)


def _build_address() -> str:
    """Return the address of the pages, without a slash at its end."""
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings.public_url or request.host_url.rstrip("/")
