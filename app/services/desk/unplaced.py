"""People whom a plan leaves below their lost hours, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Contractor, Project, UnplacedContractor
from app.services.paging import Page, PageRequest, contains_text, read_page


@dataclass(frozen=True)
class BlockerGroup:
    """How many people one blocker holds; `num_below_floor` of them do not reach their floor."""

    blocker: str
    num_people: int
    num_below_floor: int
    missing_hours: float


@dataclass(frozen=True)
class UnplacedRow:
    """One contractor below the lost hours; hours are per week."""

    contractor_id: str
    name: str
    country: str
    lost_hours: int
    restored_hours: float
    missing_hours: float
    floor_hours: int
    covered: bool
    away: bool
    blocker: str
    nearest_codename: str | None
    unlock: str


def list_blockers(session: Session, run_id: int) -> list[BlockerGroup]:
    """Return the blockers of a run, the commonest first."""
    rows = session.execute(
        select(
            UnplacedContractor.blocker,
            func.count(),
            func.count().filter(~UnplacedContractor.covered),
            func.sum(UnplacedContractor.lost_hours - UnplacedContractor.restored_hours),
        )
        .where(UnplacedContractor.plan_run_id == run_id)
        .group_by(UnplacedContractor.blocker)
        .order_by(func.count().desc(), UnplacedContractor.blocker)
    )
    return [BlockerGroup(*row) for row in rows]


def list_unplaced(
    session: Session, run_id: int, *, text: str, blocker: str, page: PageRequest
) -> Page[UnplacedRow]:
    """Return the people of a run below their lost hours; a blank filter takes all."""
    missing = UnplacedContractor.lost_hours - UnplacedContractor.restored_hours
    statement = (
        select(
            Contractor.contractor_id,
            Contractor.name,
            Contractor.country,
            UnplacedContractor.lost_hours,
            UnplacedContractor.restored_hours,
            missing.label("missing_hours"),
            UnplacedContractor.floor_hours,
            UnplacedContractor.covered,
            UnplacedContractor.away,
            UnplacedContractor.blocker,
            Project.codename.label("nearest_codename"),
            UnplacedContractor.unlock,
        )
        .join(Contractor, Contractor.contractor_id == UnplacedContractor.contractor_id)
        .outerjoin(Project, Project.project_id == UnplacedContractor.nearest_project)
        .where(UnplacedContractor.plan_run_id == run_id)
    )
    if text:
        statement = statement.where(contains_text(text, Contractor.name, UnplacedContractor.unlock))
    if blocker:
        statement = statement.where(UnplacedContractor.blocker == blocker)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Contractor.contractor_id)
    return Page([UnplacedRow(*row) for row in found.rows], found.total)
