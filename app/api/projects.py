"""Projects: the list, one of them, and who works on it."""

from __future__ import annotations

from typing import Any

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_client_ids
from app.api.needs import LIST_OPS, READ_OPS
from app.api.pages import Cut, PageQuery, build_page_schema
from app.api.schemas import build_choice, build_schema, build_text
from app.api.sessions import get_session
from app.services.desk.projects import (
    PersonOnProject,
    ProjectPage,
    ProjectRow,
    get_project,
    list_people,
    list_projects,
)

desk = Desk("projects", "Projects by their codenames.")

_CUT = Cut("project_id", str)
_PEOPLE_CUT = Cut("assignment_id", str)


class ProjectQuery(PageQuery):
    """Narrows projects."""

    text = build_text()
    status = build_choice(("open", "paused", "closed"))


@desk.operation(
    "GET", "/projects", LIST_OPS, build_page_schema(build_schema(ProjectRow)), query=ProjectQuery
)
def list_all_projects(query: dict[str, Any]) -> dict[str, Any]:
    """List projects."""
    found = list_projects(
        get_session(),
        text=query["text"],
        status=query["status"],
        today=get_today(),
        page=_CUT.read(query),
        client_ids=get_client_ids(),
    )
    return _CUT.build(found, query)


@desk.operation("GET", "/projects/<path:project_id>", READ_OPS, build_schema(ProjectPage))
def get_one_project(project_id: str) -> ProjectPage:
    """Read one project with what it asks for."""
    return get_project(get_session(), project_id, today=get_today())


@desk.operation(
    "GET",
    "/projects/<path:project_id>/contractors",
    READ_OPS,
    build_page_schema(build_schema(PersonOnProject)),
    query=PageQuery,
)
def list_people_of_project(query: dict[str, Any], project_id: str) -> dict[str, Any]:
    """List the assignments on a project that have not ended."""
    session, today = get_session(), get_today()
    get_project(session, project_id, today=today)
    found = list_people(session, project_id, today=today, page=_PEOPLE_CUT.read(query))
    return _PEOPLE_CUT.build(found, query)
