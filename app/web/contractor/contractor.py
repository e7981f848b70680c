"""The contractor's own assignments."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.own_work.my_offers import list_waiting
from app.services.own_work.my_work import get_my_work
from app.web.clock import get_today
from app.web.contractor.own_contractor import get_contractor_id
from app.web.guard import permit
from app.web.sessions import get_session

blueprint = Blueprint("contractor", __name__, url_prefix="/my")


@blueprint.get("/work")
@permit(Permission.LOG_OWN_HOURS)
def work() -> ResponseReturnValue:
    """Show the contractor's assignments, what changed and why."""
    today = get_today()
    return render_template(
        "contractor/work.html",
        page=get_my_work(get_session(), get_contractor_id(), today=today),
        offers=list_waiting(get_session(), get_contractor_id(), now=datetime.now(UTC)),
        today=today,
    )
