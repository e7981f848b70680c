"""Who worked where before a pause, what it stopped, and what came after: a page of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, PlanRun, Project, Proposal
from app.services.keys import is_among
from app.services.paging import Page, PageRequest, Rows, contains_text, read_page

STATES = ("placed", "waiting")


@dataclass(frozen=True)
class WorkSpan:
    """One assignment on the timeline.

    kind     `other` work, `paused` by this pause, or `new`: a place approved under it
    ends_on  None = open-ended
    """

    project_id: str
    codename: str
    kind: str
    hours_per_week: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class TimelineRow:
    """A person whom the pause touches, with all their work in the weeks shown."""

    contractor_id: str
    name: str
    spans: tuple[WorkSpan, ...]

    def sum_hours(self, kind: str) -> int:
        """Return the hours a week of the spans of one kind."""
        return sum(span.hours_per_week for span in self.spans if span.kind == kind)


def list_timeline(
    session: Session,
    pause_id: int,
    *,
    first: date,
    last: date,
    text: str = "",
    state: str = "",
    page: PageRequest,
) -> Page[TimelineRow]:
    """Return the people of a pause, with their work between two days, both included.

    state  `placed` or `waiting` for a place; blank takes both
    """
    stopped = exists().where(
        Assignment.contractor_id == Contractor.contractor_id,
        _is_stopped_by(pause_id),
    )
    placed = Contractor.contractor_id.in_(
        select(Proposal.contractor_id)
        .join(PlanRun, PlanRun.id == Proposal.plan_run_id)
        .join(Assignment, Assignment.proposal_id == Proposal.id)
        .where(PlanRun.pause_id == pause_id, Assignment.status == "active")
    )
    inside = {"placed": placed, "waiting": and_(stopped, ~placed)}.get(state, or_(stopped, placed))
    conditions = [Contractor.status == "active", inside]
    if text:
        conditions.append(contains_text(text, Contractor.name, Contractor.contractor_id))
    people: Rows = select(Contractor.contractor_id, Contractor.name).where(*conditions)
    columns = {"name": Contractor.name, "contractor_id": Contractor.contractor_id}
    found = read_page(session, people, page, columns, Contractor.contractor_id)
    spans = _list_spans(session, pause_id, [row.contractor_id for row in found.rows], first, last)
    rows = [
        TimelineRow(person_id, name, tuple(spans.get(person_id, ())))
        for person_id, name in found.rows
    ]
    return Page(rows, found.total)


def _is_stopped_by(pause_id: int) -> ColumnElement[bool]:
    """Return the condition that the pause suspended an assignment, or ended it when terminated."""
    return or_(
        Assignment.suspended_by_pause_id == pause_id, Assignment.ended_by_pause_id == pause_id
    )


def _list_spans(
    session: Session, pause_id: int, contractor_ids: list[str], first: date, last: date
) -> dict[str, list[WorkSpan]]:
    rows = session.execute(
        select(
            Assignment.contractor_id,
            Project.project_id,
            Project.codename,
            _is_stopped_by(pause_id),
            PlanRun.pause_id,
            Assignment.hours_per_week,
            Assignment.starts_on,
            Assignment.ends_on,
        )
        .join(Project, Project.project_id == Assignment.project_id)
        .outerjoin(Proposal, Proposal.id == Assignment.proposal_id)
        .outerjoin(PlanRun, PlanRun.id == Proposal.plan_run_id)
        .where(
            is_among(Assignment.contractor_id, contractor_ids),
            Assignment.starts_on <= last,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= first),
        )
        .order_by(Assignment.starts_on, Assignment.assignment_id)
    )
    spans: dict[str, list[WorkSpan]] = {}
    for (
        contractor_id,
        project_id,
        codename,
        is_stopped,
        placed_by,
        hours,
        starts_on,
        ends_on,
    ) in rows:
        kind = "paused" if is_stopped else "new" if placed_by == pause_id else "other"
        spans.setdefault(contractor_id, []).append(
            WorkSpan(project_id, codename, kind, hours, starts_on, ends_on)
        )
    return spans
