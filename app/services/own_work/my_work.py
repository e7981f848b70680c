"""What a contractor reads: own assignments, what changed, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, case, func, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Pause, Project, Proposal
from app.services.desk.projects import split_list
from app.services.desk.proposals import find_codenames
from app.services.offers.publishing import build_is_told
from app.services.paging import Rows
from app.services.payroll.pay_rates import choose_pay_rate_cents
from app.services.plans.plan_results import CLIENT_PART

_COLUMNS = (
    Contractor.name,
    Contractor.currency,
    Contractor.pay_rate_cents.label("cents"),
    Assignment.assignment_id,
    Assignment.status,
    Assignment.hours_per_week,
    Assignment.starts_on,
    Assignment.ends_on,
    Assignment.pay_rate_cents.label("own_cents"),
    Project.codename,
    Project.utc_offset,
    Project.pay_rate_cents.label("project_cents"),
    Project.currency.label("project_currency"),
    Pause.id.label("pause_id"),
    Pause.effective_at,
    Pause.review_by,
    Proposal.id.label("proposal_id"),
    Proposal.previous_pay_rate_cents,
    Proposal.from_projects,
    Proposal.reasons,
    Proposal.published_at,
)
"""What the page shows; columns, as whole objects take twice the time."""


@dataclass(frozen=True)
class PauseNote:
    """The pause that stops an assignment; the reason is not the contractor's to read."""

    effective_at: datetime
    review_by: date | None


@dataclass(frozen=True)
class ReplacementNote:
    """What an approved proposal changed for the contractor.

    from_codenames  the paused projects that it replaces
    reasons         without whether the client is a known one: a codename hides whose it is
    """

    previous_rate_cents: int
    from_codenames: tuple[str, ...]
    reasons: tuple[str, ...]
    decided_at: datetime | None


@dataclass(frozen=True)
class WorkRow:
    """One of a contractor's assignments; the rate in cents an hour of `currency`."""

    assignment_id: str
    codename: str
    status: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None
    rate_cents: int
    currency: str
    utc_offset: float | None
    pause: PauseNote | None
    replacement: ReplacementNote | None


@dataclass(frozen=True)
class MyWork:
    """A contractor's assignments: suspended ones, those of now, and those to come."""

    name: str
    suspended: tuple[WorkRow, ...]
    current: tuple[WorkRow, ...]
    upcoming: tuple[WorkRow, ...]

    @property
    def hours_per_week(self) -> int:
        """Weekly hours of all that is not suspended."""
        return sum(row.hours_per_week for row in (*self.current, *self.upcoming))


def get_my_work(session: Session, contractor_id: str, *, today: date) -> MyWork:
    """Return the contractor's assignments that have not ended by `today`."""
    found = session.execute(_select(contractor_id, today)).all()
    if not found:
        mine = Contractor.contractor_id == contractor_id
        return MyWork(session.scalars(select(Contractor.name).where(mine)).one(), (), (), ())
    rows = [_build_row(session, row) for row in found]
    alive = [row for row in rows if row.status == "active"]
    return MyWork(
        name=found[0].name,
        suspended=tuple(row for row in rows if row.status == "suspended"),
        current=tuple(row for row in alive if row.starts_on <= today),
        upcoming=tuple(row for row in alive if row.starts_on > today),
    )


def _select(contractor_id: str, today: date) -> Rows:
    return (
        select(*_COLUMNS)
        .join_from(Assignment, Contractor)
        .join(Project, Project.project_id == Assignment.project_id)
        .outerjoin(Pause, Pause.id == Assignment.suspended_by_pause_id)
        .outerjoin(Proposal, Proposal.id == Assignment.proposal_id)
        .where(
            Assignment.contractor_id == contractor_id,
            Assignment.status != "ended",
            build_is_told(),
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
        )
        .order_by(
            case((Assignment.proposal_id.is_(None), 1), else_=0),
            Assignment.starts_on,
            func.lower(Project.codename),
            Assignment.assignment_id,
        )
    )


def _build_row(session: Session, row: Row[*tuple[Any, ...]]) -> WorkRow:
    return WorkRow(
        assignment_id=row.assignment_id,
        codename=row.codename,
        status=row.status,
        hours_per_week=row.hours_per_week,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        rate_cents=choose_pay_rate_cents(
            row.own_cents, (row.project_cents, row.project_currency), (row.cents, row.currency)
        ),
        currency=row.currency,
        utc_offset=row.utc_offset,
        pause=None if row.pause_id is None else PauseNote(row.effective_at, row.review_by),
        replacement=None if row.proposal_id is None else _build_replacement(session, row),
    )


def _build_replacement(session: Session, row: Row[*tuple[Any, ...]]) -> ReplacementNote:
    return ReplacementNote(
        previous_rate_cents=row.previous_pay_rate_cents,
        from_codenames=find_codenames(session, split_list(row.from_projects)),
        reasons=tuple(reason for reason in row.reasons if not reason.startswith(f"{CLIENT_PART}:")),
        decided_at=row.published_at,
    )
