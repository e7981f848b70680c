"""People whom a plan leaves below their lost hours, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from app.errors import NotFound
from app.models import Contractor, Project, Proposal, UnplacedContractor
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page

_STANDING = ("proposed", "approved", "published")


@dataclass(frozen=True)
class BlockerGroup:
    """How many people one blocker holds; `num_below_floor` of them do not reach their floor."""

    blocker: str
    num_people: int
    num_below_floor: int
    missing_hours: float


@dataclass(frozen=True)
class UnplacedRow:
    """One contractor below the lost hours; hours are per week.

    placed_by_hand  codenames and hours of places chosen by hand, None without any
    """

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
    placed_by_hand: str | None
    currency: str


BY_HAND = ("not_yet", "placed")
"""What the list may be narrowed to: people without a place by hand, and with one."""


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
    session: Session, run_id: int, *, text: str, blocker: str, by_hand: str, page: PageRequest
) -> Page[UnplacedRow]:
    """Return the people of a run below their lost hours; a blank filter takes all."""
    statement = _select_rows(run_id)
    if text:
        statement = statement.where(contains_text(text, Contractor.name, UnplacedContractor.unlock))
    if blocker:
        statement = statement.where(UnplacedContractor.blocker == blocker)
    if by_hand in BY_HAND:
        has_place = _select_by_hand(run_id).exists()
        statement = statement.where(has_place if by_hand == "placed" else ~has_place)
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page(session, statement, page, columns, Contractor.contractor_id)
    return Page([UnplacedRow(*row) for row in found.rows], found.total)


def get_unplaced(session: Session, run_id: int, contractor_id: str) -> UnplacedRow:
    """Return one contractor whom a run left below the lost hours.

    Raises NotFound.
    """
    chosen = _select_rows(run_id).where(Contractor.contractor_id == contractor_id)
    found = session.execute(chosen).first()
    if found is None:
        raise NotFound("contractor", contractor_id)
    return UnplacedRow(*found)


def _select_rows(run_id: int) -> Rows:
    missing = UnplacedContractor.lost_hours - UnplacedContractor.restored_hours
    return (
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
            _select_by_hand(run_id).scalar_subquery().label("placed_by_hand"),
            Contractor.currency,
        )
        .join(Contractor, Contractor.contractor_id == UnplacedContractor.contractor_id)
        .outerjoin(Project, Project.project_id == UnplacedContractor.nearest_project)
        .where(UnplacedContractor.plan_run_id == run_id)
    )


def _select_by_hand(run_id: int) -> Select[str | None]:
    """Return the statement of what people chose for one contractor of the outer statement."""
    place = aliased(Project)
    said = func.concat(place.codename, " ", Proposal.hours_per_week, " h")
    return (
        select(func.string_agg(said, aggregate_order_by(literal(", "), place.codename)))
        .select_from(Proposal)
        .join(place, place.project_id == Proposal.project_id)
        .where(
            Proposal.plan_run_id == run_id,
            Proposal.contractor_id == UnplacedContractor.contractor_id,
            Proposal.changed_at.is_not(None),
            Proposal.status.in_(_STANDING),
        )
        .correlate(UnplacedContractor)
    )
