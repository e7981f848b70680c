"""The ops desk's first page."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.desk.home import build_ops_home
from app.services.desk.redeployment_rates import RATE_DAYS, sum_rates
from app.web.clock import get_today
from app.web.guard import get_actor, permit
from app.web.ops.blueprint import blueprint
from app.web.ops.people_pictures import draw_rates, draw_restored
from app.web.sessions import get_session


@blueprint.get("/")
@permit(Permission.VIEW_OPS, narrowed=True)
def home() -> ResponseReturnValue:
    """Show what needs attention today."""
    today = get_today()
    page = build_ops_home(get_session(), today=today, client_ids=get_actor().client_ids)
    now = datetime.now(UTC)
    return render_template(
        "ops/home.html",
        page=page,
        today=today,
        figures=page.redeployment.figures,
        num_open=len(page.pauses),
        week_rate=sum_rates(page.rates, len(RATE_DAYS) - 1, now),
        pictures={
            "restored": draw_restored(page.redeployment.points, now),
            "rates": draw_rates(page.rates, now),
        },
    )
