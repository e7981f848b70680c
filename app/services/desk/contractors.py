"""Contractors as programs of the ops desk read them: who works where, and what they can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Assignment, Contractor, ContractorSkill, Project
from app.services.access.client_scopes import ClientIds, build_is_visible_project
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page


@dataclass(frozen=True)
class ContractorRow:
    """A contractor in a list.

    num_projects, hours_per_week  of the assignments that are active on the day asked for
    """

    contractor_id: str
    name: str
    country: str
    status: str
    max_weekly_hours: int
    num_projects: int
    hours_per_week: int


@dataclass(frozen=True)
class SkillLevel:
    """A skill that a contractor has, from 1 to 5."""

    skill: str
    level: int


@dataclass(frozen=True)
class Place:
    """One of a contractor's assignments that have not ended."""

    assignment_id: str
    project_id: str
    codename: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None
    status: str
    suspended_by_pause_id: int | None


@dataclass(frozen=True)
class ContractorPage:
    """One contractor with skills and assignments."""

    row: ContractorRow
    skills: tuple[SkillLevel, ...]
    assignments: tuple[Place, ...]


def list_contractors(
    session: Session,
    *,
    text: str,
    status: str,
    today: date,
    page: PageRequest,
    client_ids: ClientIds = None,
) -> Page[ContractorRow]:
    """Return contractors whose name or id holds `text`; a blank filter takes all.

    client_ids  only those who have work of these clients, None = all
    """
    statement = _select_rows(today, client_ids)
    if text:
        matches = contains_text(text, Contractor.name, Contractor.contractor_id)
        statement = statement.where(matches)
    if status:
        statement = statement.where(Contractor.status == status)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Contractor.contractor_id)
    return Page([ContractorRow(*row) for row in found.rows], found.total)


def get_contractor(
    session: Session, contractor_id: str, *, today: date, client_ids: ClientIds = None
) -> ContractorPage:
    """Return one contractor; of `client_ids`' work alone, None = of all.

    Raises NotFound.
    """
    statement = _select_rows(today, client_ids).where(Contractor.contractor_id == contractor_id)
    row = session.execute(statement).first()
    if row is None:
        raise NotFound("contractor", contractor_id)
    skills = session.execute(
        select(ContractorSkill.skill, ContractorSkill.level)
        .where(ContractorSkill.contractor_id == contractor_id)
        .order_by(ContractorSkill.skill)
    )
    places = session.execute(
        select(
            Assignment.assignment_id,
            Assignment.project_id,
            Project.codename,
            Assignment.hours_per_week,
            Assignment.starts_on,
            Assignment.ends_on,
            Assignment.status,
            Assignment.suspended_by_pause_id,
        )
        .join(Project, Project.project_id == Assignment.project_id)
        .where(
            Assignment.contractor_id == contractor_id,
            Assignment.status != "ended",
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
            build_is_visible_project(client_ids),
        )
        .order_by(Assignment.starts_on, Assignment.assignment_id)
    )
    return ContractorPage(
        ContractorRow(*row),
        tuple(SkillLevel(*skill) for skill in skills),
        tuple(Place(*place) for place in places),
    )


def _select_rows(today: date, client_ids: ClientIds) -> Rows:
    """Return the statement over contractors; of limited readers only those with work to see."""
    work = (
        select(
            Assignment.contractor_id,
            func.count(Assignment.project_id.distinct()).label("num_projects"),
            func.sum(Assignment.hours_per_week).label("hours_per_week"),
        )
        .join(Project, Project.project_id == Assignment.project_id)
        .where(
            Assignment.status == "active",
            Assignment.starts_on <= today,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
            build_is_visible_project(client_ids),
        )
        .group_by(Assignment.contractor_id)
        .subquery()
    )
    statement: Rows = select(
        Contractor.contractor_id,
        Contractor.name,
        Contractor.country,
        Contractor.status,
        Contractor.max_weekly_hours,
        func.coalesce(work.c.num_projects, 0).label("num_projects"),
        func.coalesce(work.c.hours_per_week, 0).label("hours_per_week"),
    ).outerjoin(work, work.c.contractor_id == Contractor.contractor_id)
    if client_ids is None:
        return statement
    seen = (
        select(Assignment.contractor_id)
        .join(Project, Project.project_id == Assignment.project_id)
        .where(Assignment.status != "ended", build_is_visible_project(client_ids))
    )
    return statement.where(Contractor.contractor_id.in_(seen))
