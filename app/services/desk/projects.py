"""Projects as the ops desk lists them, and the page of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Assignment, Contractor, PauseProject, Project, ProjectSkill
from app.services.access.client_scopes import ClientIds, build_is_visible_project
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page


@dataclass(frozen=True)
class ProjectRow:
    """A project in the list.

    staffed_hours, open_hours  per week, of the assignments active that day
    pause_id                   the open pause that stops it
    """

    project_id: str
    codename: str
    status: str
    priority: int
    num_people: int
    demand_hours: int
    staffed_hours: int
    open_hours: int
    starts_on: date | None
    ends_on: date | None
    pause_id: int | None


@dataclass(frozen=True)
class SkillNeed:
    """A skill that a project asks for."""

    skill: str
    min_level: int
    required: bool


@dataclass(frozen=True)
class PersonOnProject:
    """One assignment, seen from its project."""

    contractor_id: str
    name: str
    country: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None
    status: str
    assignment_id: str


@dataclass(frozen=True)
class ProjectPage:
    """One project with what it asks for."""

    row: ProjectRow
    pay_rate_cents: int | None
    currency: str
    seats: int | None
    min_hours: int
    max_hours: int
    clearance: int
    compartments: tuple[str, ...]
    countries: tuple[str, ...]
    utc_offset: float | None
    max_utc_distance: float | None
    skills: tuple[SkillNeed, ...]


def list_projects(
    session: Session,
    *,
    text: str,
    status: str,
    today: date,
    page: PageRequest,
    client_ids: ClientIds = None,
) -> Page[ProjectRow]:
    """Return projects whose codename holds `text`; a blank filter takes all.

    client_ids  only projects of these clients, None = all
    """
    statement = _select_rows(today).where(build_is_visible_project(client_ids))
    if text:
        statement = statement.where(contains_text(text, Project.codename))
    if status:
        statement = statement.where(Project.status == status)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Project.project_id)
    return Page([ProjectRow(**row._mapping) for row in found.rows], found.total)


def get_project(session: Session, project_id: str, *, today: date) -> ProjectPage:
    """Return one project.

    Raises NotFound.
    """
    project = session.get(Project, project_id)
    found = session.execute(_select_rows(today).where(Project.project_id == project_id)).first()
    if project is None or found is None:
        raise NotFound("project", project_id)
    needs = session.scalars(
        select(ProjectSkill)
        .where(ProjectSkill.project_id == project_id)
        .order_by(ProjectSkill.required.desc(), ProjectSkill.weight.desc(), ProjectSkill.skill)
    )
    return ProjectPage(
        row=ProjectRow(**found._mapping),
        pay_rate_cents=project.pay_rate_cents,
        currency=project.currency,
        seats=project.seats,
        min_hours=project.min_hours,
        max_hours=project.max_hours,
        clearance=project.clearance,
        compartments=split_list(project.compartments),
        countries=split_list(project.countries),
        utc_offset=project.utc_offset,
        max_utc_distance=project.max_utc_distance,
        skills=tuple(SkillNeed(need.skill, need.min_level, need.required) for need in needs),
    )


def list_people(
    session: Session, project_id: str, *, today: date, page: PageRequest
) -> Page[PersonOnProject]:
    """Return the assignments on a project that have not ended by `today`."""
    statement = (
        select(
            Contractor.contractor_id,
            Contractor.name,
            Contractor.country,
            Assignment.hours_per_week,
            Assignment.starts_on,
            Assignment.ends_on,
            Assignment.status,
            Assignment.assignment_id,
        )
        .join(Contractor, Contractor.contractor_id == Assignment.contractor_id)
        .where(
            Assignment.project_id == project_id,
            Assignment.status != "ended",
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
        )
    )
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Assignment.assignment_id)
    return Page([PersonOnProject(*row) for row in found.rows], found.total)


def split_list(text: str) -> tuple[str, ...]:
    """Return the parts of a `a|b` text."""
    return tuple(part for part in text.split("|") if part)


def _select_rows(today: date) -> Rows:
    staffing = (
        select(
            Assignment.project_id,
            func.count(Assignment.contractor_id.distinct()).label("num_people"),
            func.sum(Assignment.hours_per_week).label("staffed_hours"),
        )
        .where(
            Assignment.status == "active",
            Assignment.starts_on <= today,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
        )
        .group_by(Assignment.project_id)
        .subquery()
    )
    staffed = func.coalesce(staffing.c.staffed_hours, 0)
    return (
        select(
            Project.project_id,
            Project.codename,
            Project.status,
            Project.priority,
            func.coalesce(staffing.c.num_people, 0).label("num_people"),
            Project.demand_hours,
            staffed.label("staffed_hours"),
            func.greatest(Project.demand_hours - staffed, 0).label("open_hours"),
            Project.starts_on,
            Project.ends_on,
            PauseProject.pause_id,
        )
        .outerjoin(staffing, staffing.c.project_id == Project.project_id)
        .outerjoin(
            PauseProject, and_(PauseProject.project_id == Project.project_id, PauseProject.open)
        )
    )
