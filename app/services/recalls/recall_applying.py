"""Moving people as a recall plan says, inside the resume of its pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from app.models import Assignment, Pause, RecallRow
from app.services.keys import is_among
from app.services.plans.horizon import get_pause_date
from app.services.recalls.recall_checks import Pair, refuse_outdated
from app.services.recalls.recalling import lock_ready_recall


@dataclass(frozen=True)
class RecallOutcome:
    """What applying a recall did before the resume itself.

    not_returning  ids of the suspended assignments that end because the recall leaves them
    num_left       places of today that ended, num_changed those with other hours now
    """

    not_returning: tuple[str, ...]
    num_left: int
    num_changed: int


def apply_recall(session: Session, pause: Pause, recall_id: int, today: date) -> RecallOutcome:
    """Move people as the recall says, inside the transaction that resumes the pause.

    Those on its list of returns leave their places of today, or keep fewer hours there, and
    return with the hours planned. Whoever does not return keeps today's places, with hours
    that others left there if the recall says so and nobody who was to leave was taken off the
    list. The caller holds the locks on projects, contractors and the pause.

    Every rule and every limit is asked again first: what changed since the recall was planned
    counts, and nobody moves where one is broken.

    Raises NotFound, or Refused (`not_ready`, `applied`, `outdated`).
    """
    recall = lock_ready_recall(session, recall_id, of_pause=pause.id)
    rows = session.scalars(select(RecallRow).where(RecallRow.recall_id == recall_id)).all()
    returning = {
        (row.contractor_id, row.project_id): row.hours_per_week
        for row in rows
        if row.change == "returns" and row.chosen
    }
    people = {contractor_id for contractor_id, _ in returning}
    reduced = {
        (row.contractor_id, row.project_id): row.hours_per_week
        for row in rows
        if row.contractor_id in people and row.hours_per_week < row.hours_today
    }
    kept_by = {row.project_id for row in rows if _is_kept(row, people)}
    raised = {
        (row.contractor_id, row.project_id): row.hours_per_week
        for row in rows
        if 0 < row.hours_today < row.hours_per_week and row.project_id not in kept_by
    }
    refuse_outdated(session, recall, reduced | raised, returning)
    since = get_pause_date(pause.effective_at)
    num_left, num_changed = _set_hours(session, reduced | raised, since, today)
    staying_away = {
        (row.contractor_id, row.project_id)
        for row in rows
        if row.change == "does not return" or (row.change == "returns" and not row.chosen)
    }
    not_returning = _return(session, pause.id, returning, staying_away)
    recall.applied_at = session.execute(text("SELECT now()")).scalar_one()
    return RecallOutcome(tuple(not_returning), num_left, num_changed)


def _is_kept(row: RecallRow, returning: set[str]) -> bool:
    """Whether the recall would take hours from the place, and its person stays instead."""
    return row.hours_per_week < row.hours_today and row.contractor_id not in returning


def spread_hours(hours: Sequence[int], total: int) -> list[int]:
    """Return `total` hours over assignments, the first filled first; what is over goes to it.

    hours  what each has now, >= 1
    """
    spread, left = [], total
    for one in hours:
        spread.append(min(one, left))
        left -= spread[-1]
    if spread and left:
        spread[0] += left
    return spread


def _set_hours(
    session: Session, wanted: dict[Pair, int], since: date, today: date
) -> tuple[int, int]:
    """Give the places of today these hours a week; return how many ended and how many changed."""
    active = _list_assignments(
        session, wanted, Assignment.status == "active", Assignment.starts_on >= since
    )
    num_left = num_changed = 0
    for pair, assignments in active.items():
        target = spread_hours([one.hours_per_week for one in assignments], wanted[pair])
        for assignment, hours in zip(assignments, target, strict=True):
            if hours == 0:
                assignment.status = "ended"
                assignment.ends_on = max(assignment.starts_on, today)
                num_left += 1
            elif hours != assignment.hours_per_week:
                assignment.hours_per_week = hours
                num_changed += 1
            else:
                continue
            assignment.version += 1
    session.flush()
    return num_left, num_changed


def _return(
    session: Session, pause_id: int, returning: dict[Pair, int], staying_away: set[Pair]
) -> list[str]:
    """Set the hours of those who return; return the ids of the assignments that stay away."""
    mine = Assignment.suspended_by_pause_id == pause_id
    ended = [
        one.assignment_id
        for group in _list_assignments(session, staying_away, mine).values()
        for one in group
    ]
    for pair, assignments in _list_assignments(session, returning, mine).items():
        target = spread_hours([one.hours_per_week for one in assignments], returning[pair])
        for assignment, hours in zip(assignments, target, strict=True):
            if hours == 0:
                ended.append(assignment.assignment_id)
            else:
                assignment.hours_per_week = hours
    session.flush()
    return ended


def _list_assignments(
    session: Session, pairs: dict[Pair, int] | set[Pair], *conditions: ColumnElement[bool]
) -> dict[Pair, list[Assignment]]:
    """Return the assignments of these pairs that meet the conditions, the oldest first."""
    people = {contractor_id for contractor_id, _ in pairs}
    statement = (
        select(Assignment)
        .where(is_among(Assignment.contractor_id, people), *conditions)
        .order_by(Assignment.starts_on, Assignment.assignment_id)
        .execution_options(populate_existing=True)
    )
    found: dict[Pair, list[Assignment]] = {}
    for assignment in session.scalars(statement):
        pair = (assignment.contractor_id, assignment.project_id)
        if pair in pairs:
            found.setdefault(pair, []).append(assignment)
    return found
