"""The people whom a plan leaves below their lost hours."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.plans import can_place, get_run
from app.services.desk.unplaced import UnplacedRow, list_blockers, list_unplaced
from app.services.paging import Page, PageRequest
from app.web.guard import permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.ops.policy_words import BLOCKER_WORDS
from app.web.sessions import get_session
from app.web.skill_words import name_skills

_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("country", "Country", csv_only=True, sorts=False),
    Column("lost_hours", "Lost", number=True),
    Column("restored_hours", "Restored", number=True),
    Column("missing_hours", "Missing", csv_only=True),
    Column("floor_hours", "Floor", number=True),
    Column("covered", "Floor kept", lambda row: "yes" if row.covered else "no", csv_only=True),
    Column("blocker", "In the way", lambda row: BLOCKER_WORDS.get(row.blocker, row.blocker)),
    Column("nearest_codename", "Nearest project", csv_only=True, sorts=False),
    Column("placed_by_hand", "Placed by hand", csv_only=True, sorts=False),
    Column("unlock", "Unlock", lambda row: name_skills(row.unlock), sorts=False),
)
BY_HAND_WORDS = {"not_yet": "Not placed by hand", "placed": "Placed by hand"}
_SORTING = Sorting.of_columns(_COLUMNS, "missing_hours", descending=True)


@blueprint.get("/plans/<int:run_id>/unplaced")
@permit(Permission.VIEW_OPS)
def plan_unplaced(run_id: int) -> ResponseReturnValue:
    """List the unplaced with their reason, and count them by blocker."""
    session = get_session()
    run = get_run(session, run_id)
    query = read_list_query(request.args, ("text", "blocker", "by_hand"), _SORTING)

    def find_rows(page: PageRequest) -> Page[UnplacedRow]:
        filters = query.filters
        return list_unplaced(
            session,
            run_id,
            text=filters["text"],
            blocker=filters["blocker"],
            by_hand=filters["by_hand"],
            page=page,
        )

    if asks_for_csv():
        return send_list("not-fully-placed", _COLUMNS, query, find_rows)
    template = "ops/unplaced_table.html" if is_fragment() else "ops/unplaced.html"
    return render_template(
        template,
        run=run,
        pause=get_pause(session, run.pause_id),
        can_place=can_place(session, run),
        by_hand_words=BY_HAND_WORDS,
        blockers=list_blockers(session, run_id),
        blocker_words=BLOCKER_WORDS,
        listing=build_listing(query, find_rows, _COLUMNS, "ops.plan_unplaced", run_id=run_id),
    )
