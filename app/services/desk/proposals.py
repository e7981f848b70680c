"""Proposals of a plan run: the table, what a filter matches, and one in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Assignment, Contractor, PlanRun, Project, Proposal, User
from app.services.desk.projects import split_list
from app.services.desk.proposal_filter import (
    ProposalFilter,
    build_conditions,
    build_coverage,
    join_people,
)
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, Rows, read_page_by_key


@dataclass(frozen=True)
class ProposalRow:
    """A proposal in the table; rates in cents an hour of `currency`.

    since_last, coverage  as in `ProposalFilter`
    """

    proposal_id: int
    version: int
    contractor_id: str
    name: str
    country: str
    project_id: str
    codename: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None
    fit: int
    pay_rate_cents: int
    previous_pay_rate_cents: int
    pay_change_cents: int
    currency: str
    status: str
    decision_note: str
    since_last: str
    coverage: str


@dataclass(frozen=True)
class ExposureRow:
    """An assignment that the contractor has or had: whose work they know."""

    codename: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None
    status: str


@dataclass(frozen=True)
class ProposalPage:
    """One proposal with what a manager weighs before deciding."""

    row: ProposalRow
    plan_run_id: int
    pause_id: int
    run_status: str
    reasons: tuple[str, ...]
    from_codenames: tuple[str, ...]
    restored_hour_weeks: Decimal
    decided_by: str | None
    decided_at: datetime | None
    exposure: tuple[ExposureRow, ...]
    pinned: bool
    changed_by: str | None
    changed_at: datetime | None
    overridden: tuple[str, ...]
    override_reason: str

    @property
    def changed_by_hand(self) -> bool:
        """Whether a person gave it other hours or another project than the plan had."""
        return self.changed_at is not None


def list_proposals(
    session: Session, run_id: int, narrowed: ProposalFilter, page: PageRequest
) -> Page[ProposalRow]:
    """Return the proposals of a run that pass the filter."""
    statement = _select_rows().where(*build_conditions(run_id, narrowed))
    columns = {column.name: column for column in statement.selected_columns}
    found = read_page_by_key(session, statement, page, columns, Proposal.id)
    return Page([ProposalRow(*row) for row in found.rows], found.total)


def list_versions(session: Session, run_id: int, narrowed: ProposalFilter) -> list[tuple[int, int]]:
    """Return (id, version) of every proposal that passes the filter, the best fit first."""
    rows = session.execute(
        _select_rows()
        .with_only_columns(Proposal.id, Proposal.version)
        .where(*build_conditions(run_id, narrowed))
        .order_by(Proposal.fit.desc(), Proposal.id)
    )
    return [(row.id, row.version) for row in rows]


def get_proposal(session: Session, proposal_id: int) -> ProposalPage:
    """Return one proposal.

    Raises NotFound.
    """
    found = session.execute(_select_rows().where(Proposal.id == proposal_id)).first()
    proposal = session.get(Proposal, proposal_id, populate_existing=True)
    if found is None or proposal is None:
        raise NotFound("proposal", proposal_id)
    run = session.get_one(PlanRun, proposal.plan_run_id)
    return ProposalPage(
        row=ProposalRow(*found),
        plan_run_id=run.id,
        pause_id=run.pause_id,
        run_status=run.status,
        reasons=tuple(proposal.reasons),
        from_codenames=find_codenames(session, split_list(proposal.from_projects)),
        restored_hour_weeks=proposal.restored_hour_weeks,
        decided_by=_find_name(session, proposal.decided_by),
        decided_at=proposal.decided_at,
        exposure=_list_exposure(session, proposal.contractor_id),
        pinned=proposal.pinned,
        changed_by=_find_name(session, proposal.changed_by),
        changed_at=proposal.changed_at,
        overridden=tuple(proposal.overridden),
        override_reason=proposal.override_reason,
    )


def _find_name(session: Session, user_id: int | None) -> str | None:
    return None if user_id is None else session.get_one(User, user_id).name


def list_other_places(session: Session, proposal: ProposalRow, run_id: int) -> list[ProposalRow]:
    """Return the other proposals of the same run for the same contractor."""
    rows = session.execute(
        _select_rows()
        .where(
            Proposal.plan_run_id == run_id,
            Proposal.contractor_id == proposal.contractor_id,
            Proposal.id != proposal.proposal_id,
        )
        .order_by(Proposal.id)
    )
    return [ProposalRow(*row) for row in rows]


def find_codenames(session: Session, project_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the codenames of the projects, in order of name."""
    return tuple(
        session.scalars(
            select(Project.codename)
            .where(is_among(Project.project_id, project_ids))
            .order_by(Project.codename)
        )
    )


def _list_exposure(session: Session, contractor_id: str) -> tuple[ExposureRow, ...]:
    rows = session.execute(
        select(
            Project.codename,
            Assignment.hours_per_week,
            Assignment.starts_on,
            Assignment.ends_on,
            Assignment.status,
        )
        .join(Project, Project.project_id == Assignment.project_id)
        .where(Assignment.contractor_id == contractor_id)
        .order_by(Assignment.starts_on.desc(), Assignment.assignment_id)
    )
    return tuple(ExposureRow(*row) for row in rows)


def _select_rows() -> Rows:
    return join_people(
        select(
            Proposal.id.label("proposal_id"),
            Proposal.version,
            Contractor.contractor_id,
            Contractor.name,
            Contractor.country,
            Project.project_id,
            Project.codename,
            Proposal.hours_per_week,
            Proposal.starts_on,
            Proposal.ends_on,
            Proposal.fit,
            Proposal.pay_rate_cents,
            Proposal.previous_pay_rate_cents,
            (Proposal.pay_rate_cents - Proposal.previous_pay_rate_cents).label("pay_change_cents"),
            Proposal.currency,
            Proposal.status,
            Proposal.decision_note,
            Proposal.since_last,
            build_coverage().label("coverage"),
        )
    )
