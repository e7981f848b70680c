"""Projects: the list, one of them, and who works on it."""

from __future__ import annotations

from typing import Any

from app.api.clock import get_today
from app.api.desk import Desk
from app.api.guard import get_client_ids
from app.api.needs import LIST_OPS, READ_OPS
from app.api.pages import Cut, PageQuery
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
from app.services.paging import Page, PageRequest

desk = Desk("projects", "Projects by their codenames.")


class ProjectQuery(PageQuery):
    """Narrows projects."""

    text = build_text()
    status = build_choice(("open", "paused", "closed"))


@desk.listing(
    "/projects", LIST_OPS, build_schema(ProjectRow), Cut("project_id", str), query=ProjectQuery
)
def list_all_projects(filters: dict[str, Any], page: PageRequest) -> Page[ProjectRow]:
    """List projects."""
    return list_projects(
        get_session(), **filters, today=get_today(), page=page, client_ids=get_client_ids()
    )


@desk.operation("GET", "/projects/<path:project_id>", READ_OPS, build_schema(ProjectPage))
def get_one_project(project_id: str) -> ProjectPage:
    """Read one project with what it asks for."""
    return get_project(get_session(), project_id, today=get_today())


@desk.listing(
    "/projects/<path:project_id>/contractors",
    READ_OPS,
    build_schema(PersonOnProject),
    Cut("assignment_id", str),
)
def list_people_of_project(
    _filters: dict[str, Any], page: PageRequest, project_id: str
) -> Page[PersonOnProject]:
    """List the assignments on a project that have not ended."""
    session, today = get_session(), get_today()
    get_project(session, project_id, today=today)
    return list_people(session, project_id, today=today, page=page)
