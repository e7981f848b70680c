"""The ops desk's first page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.services.access import Permission
from app.services.desk.home import build_ops_home
from app.web.clock import get_today
from app.web.guard import permit
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session


@blueprint.get("/")
@permit(Permission.VIEW_OPS)
def home() -> ResponseReturnValue:
    """Show what needs attention today."""
    today = get_today()
    page = build_ops_home(get_session(), today=today)
    return render_template("ops/home.html", page=page, today=today)
