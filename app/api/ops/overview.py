"""What the ops desk needs to see first."""

from __future__ import annotations

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_client_ids
from app.api.needs import LIST_OPS
from app.api.schemas import build_schema
from app.api.sessions import get_session
from app.services.desk.home import OpsHome, build_ops_home

desk = Desk("overview", "What needs attention today.")


@desk.operation("GET", "/overview", LIST_OPS, build_schema(OpsHome, name="Overview"))
def get_overview() -> OpsHome:
    """Read what needs attention today: open pauses, reviews, access, runs, offers, claims."""
    return build_ops_home(get_session(), today=get_today(), client_ids=get_client_ids())
