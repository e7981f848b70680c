"""The list of projects and the page of one."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.access.access import Permission
from app.services.desk.pauses import get_pause
from app.services.desk.projects import (
    PersonOnProject,
    ProjectRow,
    get_project,
    list_people,
    list_projects,
)
from app.services.paging import Page, PageRequest
from app.web.clock import get_today
from app.web.formatting import get_status_word
from app.web.guard import get_actor, permit
from app.web.list_columns import Column
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, is_fragment, read_list_query
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session

_PROJECT_COLUMNS = (
    Column("project_id", "Project id", csv_only=True, sorts=False),
    Column("codename", "Project", fixed=True),
    Column("status", "Status", lambda row: get_status_word(row.status)),
    Column("priority", "Priority", number=True),
    Column("num_people", "People", number=True),
    Column("demand_hours", "Wanted", number=True),
    Column("open_hours", "Open demand", number=True),
    Column("ends_on", "Ends"),
)
_PROJECT_SORTING = Sorting.of_columns(_PROJECT_COLUMNS, "codename")
_PEOPLE_COLUMNS = (
    Column("contractor_id", "Contractor id", csv_only=True, sorts=False),
    Column("name", "Contractor", fixed=True),
    Column("country", "Country"),
    Column("hours_per_week", "Hours a week", number=True),
    Column("starts_on", "From"),
    Column("ends_on", "Until", csv_only=True, sorts=False),
    Column("status", "State", lambda row: get_status_word(row.status)),
)
_PEOPLE_SORTING = Sorting.of_columns(_PEOPLE_COLUMNS, "name")


@blueprint.get("/projects")
@permit(Permission.VIEW_OPS, narrowed=True)
def projects() -> ResponseReturnValue:
    """List projects, narrowed by text and status."""
    query = read_list_query(request.args, ("text", "status"), _PROJECT_SORTING)

    def find_rows(page: PageRequest) -> Page[ProjectRow]:
        return list_projects(
            get_session(),
            text=query.filters["text"],
            status=query.filters["status"],
            today=get_today(),
            page=page,
            client_ids=get_actor().client_ids,
        )

    if asks_for_csv():
        return send_list("projects", _PROJECT_COLUMNS, query, find_rows)
    listing = build_listing(query, find_rows, _PROJECT_COLUMNS, "ops.projects")
    template = "ops/projects_table.html" if is_fragment() else "ops/projects.html"
    return render_template(template, listing=listing)


@blueprint.get("/projects/<path:project_id>")
@permit(Permission.VIEW_OPS)
def project(project_id: str) -> ResponseReturnValue:
    """Show one project, what it asks for and who is on it."""
    session, today = get_session(), get_today()
    page = get_project(session, project_id, today=today)
    query = read_list_query(request.args, (), _PEOPLE_SORTING)

    def find_rows(page: PageRequest) -> Page[PersonOnProject]:
        return list_people(session, project_id, today=today, page=page)

    if asks_for_csv():
        return send_list("people", _PEOPLE_COLUMNS, query, find_rows)
    pause = None if page.row.pause_id is None else get_pause(session, page.row.pause_id)
    return render_template(
        "ops/project.html",
        page=page,
        pause=pause,
        listing=build_listing(
            query, find_rows, _PEOPLE_COLUMNS, "ops.project", project_id=project_id
        ),
    )
