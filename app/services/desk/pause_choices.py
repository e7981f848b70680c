"""What the pause dialog offers: projects, clients, countries and skills."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.models import Assignment, Client, Contractor, ContractorSkill, Project, Skill
from app.services.access.client_scopes import ClientIds, build_is_visible_project


@dataclass(frozen=True)
class ProjectChoice:
    """A project that a pause can stop, with who works there now and their hours a week."""

    project_id: str
    codename: str
    num_people: int
    hours_per_week: int


@dataclass(frozen=True)
class ClientChoice:
    """A client that a pause may name; shown only where the pause is made."""

    client_id: str
    name: str
    num_projects: int


def list_clients(session: Session, client_ids: ClientIds) -> list[ClientChoice]:
    """Return those of the clients that have a project to pause."""
    rows = session.execute(
        select(Client.client_id, Client.name, func.count())
        .join(Project, Project.client_id == Client.client_id)
        .where(Project.status == "open", build_is_visible_project(client_ids))
        .group_by(Client.client_id)
        .order_by(Client.name)
    )
    return [ClientChoice(*row) for row in rows]


def list_pausable_projects(session: Session, client_ids: ClientIds) -> list[ProjectChoice]:
    """Return every project of these clients that a pause can stop."""
    rows = session.execute(
        select(
            Project.project_id,
            Project.codename,
            func.count(Assignment.contractor_id.distinct()),
            func.coalesce(func.sum(Assignment.hours_per_week), 0),
        )
        .outerjoin(
            Assignment,
            and_(Assignment.project_id == Project.project_id, Assignment.status == "active"),
        )
        .where(Project.status == "open", build_is_visible_project(client_ids))
        .group_by(Project.project_id)
        .order_by(func.lower(Project.codename), Project.project_id)
    )
    return [ProjectChoice(*row) for row in rows]


def list_countries(session: Session) -> list[tuple[str, int]]:
    """Return the countries of contractors at work, and how many people work in each."""
    rows = session.execute(
        select(Contractor.country, func.count(Contractor.contractor_id.distinct()))
        .join(Assignment, Assignment.contractor_id == Contractor.contractor_id)
        .where(Assignment.status == "active", Contractor.country != "")
        .group_by(Contractor.country)
        .order_by(Contractor.country)
    )
    return [(row[0], row[1]) for row in rows]


def list_common_skills(session: Session, limit: int = 400) -> list[str]:
    """Return the skills that most contractors hold, by name."""
    commonest = (
        select(ContractorSkill.skill)
        .group_by(ContractorSkill.skill)
        .order_by(func.count().desc(), ContractorSkill.skill)
        .limit(limit)
    )
    return sorted(session.scalars(commonest))


def list_skill_names(session: Session) -> list[str]:
    """Return every skill that a contractor or a project has been given, by name."""
    return list(session.scalars(select(Skill.name).order_by(Skill.name)))


def list_currencies(session: Session) -> list[str]:
    """Return the currencies that contractors are paid in, the commonest first."""
    return list(
        session.scalars(
            select(Contractor.currency)
            .group_by(Contractor.currency)
            .order_by(func.count().desc(), Contractor.currency)
        )
    )
