"""Which proposals of a plan run a list shows: the filter and its conditions in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import (
    Contractor,
    ContractorSkill,
    Project,
    Proposal,
    ReviewBatchRow,
    UnplacedContractor,
)
from app.services.paging import Rows, contains_text

PAY_CHANGES = ("cut", "same", "raise", "no_cut")
COVERAGES = ("full", "floor", "below")
SINCE_LAST = ("kept", "changed", "new")


@dataclass(frozen=True)
class ProposalFilter:
    """Narrows proposals; a blank or None part takes all.

    text        in the contractor's name or id, or the project's codename
    skill       that the contractor has, at any level
    min_fit, max_fit  0..100, both included
    pay_change  one of PAY_CHANGES; `no_cut` = the same or higher
    coverage    what the plan gives back to the contractor: `full` = every lost hour,
                `floor` = at least the floor, `below` = less
    since_last  some of SINCE_LAST; empty = any
    batch_id    proposals that a batch was about
    """

    text: str = ""
    status: str = ""
    project_id: str = ""
    country: str = ""
    skill: str = ""
    min_fit: int | None = None
    max_fit: int | None = None
    pay_change: str = ""
    coverage: str = ""
    since_last: tuple[str, ...] = ()
    batch_id: int | None = None


def build_coverage() -> ColumnElement[str]:
    """Return one of COVERAGES for each row of `join_people`.

    It is as the plan has it; where a person chose the place, what its contractor has by now.
    """
    given = aliased(Proposal)
    hours = (
        select(func.sum(given.hours_per_week))
        .where(
            given.plan_run_id == Proposal.plan_run_id,
            given.contractor_id == Proposal.contractor_id,
            given.status.in_(("proposed", "approved", "published")),
        )
        .correlate(Proposal)
        .scalar_subquery()
    )
    is_by_hand = Proposal.changed_at.is_not(None)
    return case(
        (UnplacedContractor.contractor_id.is_(None), "full"),
        (is_by_hand & (hours >= UnplacedContractor.lost_hours), "full"),
        (is_by_hand & (hours >= UnplacedContractor.floor_hours), "floor"),
        (is_by_hand, "below"),
        (UnplacedContractor.covered, "floor"),
        else_="below",
    )


def join_people(statement: Rows) -> Rows:
    """Join contractor, project and shortfall to a statement over proposals.

    Every proposal has a contractor and a project; outer joins let `read_page_by_key` do without.
    """
    shortfall = and_(
        UnplacedContractor.plan_run_id == Proposal.plan_run_id,
        UnplacedContractor.contractor_id == Proposal.contractor_id,
    )
    return (
        statement.outerjoin(Contractor, Contractor.contractor_id == Proposal.contractor_id)
        .outerjoin(Project, Project.project_id == Proposal.project_id)
        .outerjoin(UnplacedContractor, shortfall)
    )


def build_conditions(run_id: int, narrowed: ProposalFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter on the rows of `join_people`."""
    return [
        Proposal.plan_run_id == run_id,
        *_build_text_conditions(narrowed),
        *_build_people_conditions(narrowed),
        *_build_place_conditions(narrowed),
    ]


def _build_text_conditions(narrowed: ProposalFilter) -> list[ColumnElement[bool]]:
    if not narrowed.text:
        return []
    return [
        or_(
            contains_text(narrowed.text, Contractor.name, Project.codename),
            Contractor.contractor_id == narrowed.text,
        )
    ]


def _build_people_conditions(narrowed: ProposalFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrowed.country:
        conditions.append(Contractor.country == narrowed.country)
    if narrowed.skill:
        holders: Select[str] = select(ContractorSkill.contractor_id).where(
            ContractorSkill.skill == narrowed.skill
        )
        conditions.append(Proposal.contractor_id.in_(holders))
    if narrowed.coverage:
        conditions.append(build_coverage() == narrowed.coverage)
    return conditions


def _build_place_conditions(narrowed: ProposalFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    exact: tuple[tuple[SQLCoreOperations[str], str], ...] = (
        (Proposal.status, narrowed.status),
        (Proposal.project_id, narrowed.project_id),
    )
    conditions += [column == wanted for column, wanted in exact if wanted]
    if narrowed.since_last:
        conditions.append(Proposal.since_last.in_(narrowed.since_last))
    if narrowed.min_fit is not None:
        conditions.append(Proposal.fit >= narrowed.min_fit)
    if narrowed.max_fit is not None:
        conditions.append(Proposal.fit <= narrowed.max_fit)
    if narrowed.pay_change:
        conditions.append(_build_pay_condition(narrowed.pay_change))
    if narrowed.batch_id is not None:
        conditions.append(
            exists().where(
                ReviewBatchRow.batch_id == narrowed.batch_id,
                ReviewBatchRow.proposal_id == Proposal.id,
            )
        )
    return conditions


def _build_pay_condition(pay_change: str) -> ColumnElement[bool]:
    new, old = Proposal.pay_rate_cents, Proposal.previous_pay_rate_cents
    return {"cut": new < old, "same": new == old, "raise": new > old, "no_cut": new >= old}[
        pay_change
    ]
