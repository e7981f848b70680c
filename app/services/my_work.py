"""What a contractor reads: own assignments, what changed, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Pause, Project, Proposal
from app.services.desk.projects import split_list
from app.services.desk.proposals import find_codenames
from app.services.pay_rates import get_pay_rate_cents
from app.services.plan_results import CLIENT_PART
from app.services.publishing import build_is_told


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
    contractor = session.get_one(Contractor, contractor_id)
    rows = _list_rows(session, contractor, today)
    alive = [row for row in rows if row.status == "active"]
    return MyWork(
        name=contractor.name,
        suspended=tuple(row for row in rows if row.status == "suspended"),
        current=tuple(row for row in alive if row.starts_on <= today),
        upcoming=tuple(row for row in alive if row.starts_on > today),
    )


def _list_rows(session: Session, contractor: Contractor, today: date) -> list[WorkRow]:
    found = session.execute(
        select(Assignment, Project, Pause, Proposal)
        .join(Project, Project.project_id == Assignment.project_id)
        .outerjoin(Pause, Pause.id == Assignment.suspended_by_pause_id)
        .outerjoin(Proposal, Proposal.id == Assignment.proposal_id)
        .where(
            Assignment.contractor_id == contractor.contractor_id,
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
        .execution_options(populate_existing=True)
    )
    return [
        WorkRow(
            assignment_id=assignment.assignment_id,
            codename=project.codename,
            status=assignment.status,
            hours_per_week=assignment.hours_per_week,
            starts_on=assignment.starts_on,
            ends_on=assignment.ends_on,
            rate_cents=get_pay_rate_cents(assignment, project, contractor),
            currency=contractor.currency,
            utc_offset=project.utc_offset,
            pause=_build_pause_note(pause),
            replacement=_build_replacement(session, proposal),
        )
        for assignment, project, pause, proposal in found
    ]


def _build_pause_note(pause: Pause | None) -> PauseNote | None:
    return None if pause is None else PauseNote(pause.effective_at, pause.review_by)


def _build_replacement(session: Session, proposal: Proposal | None) -> ReplacementNote | None:
    if proposal is None:
        return None
    return ReplacementNote(
        previous_rate_cents=proposal.previous_pay_rate_cents,
        from_codenames=find_codenames(session, split_list(proposal.from_projects)),
        reasons=tuple(
            reason for reason in proposal.reasons if not reason.startswith(f"{CLIENT_PART}:")
        ),
        decided_at=proposal.published_at,
    )
