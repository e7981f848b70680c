"""The list of projects and the page of one."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.projects import get_project, list_people, list_projects
from app.services.paging import PageRequest
from app.web.clock import get_today
from app.web.guard import permit
from app.web.listing import Listing, Sorting, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session

_PROJECT_SORTING = Sorting(
    ("codename", "status", "priority", "num_people", "demand_hours", "open_hours", "ends_on"),
    "codename",
)
_PEOPLE_SORTING = Sorting(("name", "country", "hours_per_week", "starts_on", "status"), "name")


@blueprint.get("/projects")
@permit(Permission.VIEW_OPS)
def projects() -> ResponseReturnValue:
    """List projects, narrowed by text and status."""
    query = read_list_query(request.args, ("text", "status"), _PROJECT_SORTING)
    found = list_projects(
        get_session(),
        text=query.filters["text"],
        status=query.filters["status"],
        today=get_today(),
        page=PageRequest(query.sort, query.descending, query.offset, query.size),
    )
    listing = Listing(query, found.rows, found.total, "ops.projects", {})
    template = "ops/projects_table.html" if is_fragment() else "ops/projects.html"
    return render_template(template, listing=listing)


@blueprint.get("/projects/<path:project_id>")
@permit(Permission.VIEW_OPS)
def project(project_id: str) -> ResponseReturnValue:
    """Show one project, what it asks for and who is on it."""
    session, today = get_session(), get_today()
    page = get_project(session, project_id, today=today)
    query = read_list_query(request.args, (), _PEOPLE_SORTING)
    found = list_people(
        session,
        project_id,
        today=today,
        page=PageRequest(query.sort, query.descending, query.offset, query.size),
    )
    pause = None if page.row.pause_id is None else get_pause(session, page.row.pause_id)
    return render_template(
        "ops/project.html",
        page=page,
        pause=pause,
        listing=Listing(query, found.rows, found.total, "ops.project", {"project_id": project_id}),
    )
