"""The people whom a plan leaves below their lost hours."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import get_run
from app.services.desk.unplaced import list_blockers, list_unplaced
from app.services.paging import PageRequest
from app.web.guard import permit
from app.web.listing import Listing, Sorting, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.policy_words import BLOCKER_WORDS
from app.web.sessions import get_session

_SORTING = Sorting(
    ("name", "lost_hours", "restored_hours", "missing_hours", "floor_hours", "blocker"),
    "missing_hours",
    descending=True,
)


@blueprint.get("/plans/<int:run_id>/unplaced")
@permit(Permission.VIEW_OPS)
def plan_unplaced(run_id: int) -> ResponseReturnValue:
    """List the unplaced with their reason, and count them by blocker."""
    session = get_session()
    run = get_run(session, run_id)
    query = read_list_query(request.args, ("text", "blocker"), _SORTING)
    found = list_unplaced(
        session,
        run_id,
        text=query.filters["text"],
        blocker=query.filters["blocker"],
        page=PageRequest(query.sort, query.descending, query.offset, query.size),
    )
    template = "ops/unplaced_table.html" if is_fragment() else "ops/unplaced.html"
    return render_template(
        template,
        run=run,
        pause=get_pause(session, run.pause_id),
        blockers=list_blockers(session, run_id),
        blocker_words=BLOCKER_WORDS,
        listing=Listing(query, found.rows, found.total, "ops.plan_unplaced", {"run_id": run_id}),
    )
