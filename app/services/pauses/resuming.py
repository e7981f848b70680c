"""Resuming: the pause ends, work goes on where it still can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, RecallRow, Wall
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.keys import is_among
from app.services.messages.work_news import list_work_of, tell_of_changes
from app.services.offers.offer_endings import withdraw_for_resume
from app.services.pauses.pause_endings import end_assignments, end_planning, lock_places
from app.services.pauses.resume_choice import Person, Work, choose_ended
from app.services.plans.planning import get_open_pause
from app.services.recalls.recall_applying import apply_recall
from app.services.transaction import retried, transaction
from app.services.webhooks.webhook_events import add_pause_event

_WORK_OF_SUSPENDED = """
    SELECT a.contractor_id,
           CASE WHEN a.suspended_by_pause_id = :pause_id THEN 'suspended'
                WHEN a.status = 'active' THEN 'active' ELSE 'seen' END,
           a.assignment_id, p.client_id, a.hours_per_week, a.starts_on,
           CASE a.status
               WHEN 'ended' THEN least(a.ends_on, CAST(:today AS date))
               WHEN 'active' THEN a.ends_on
               ELSE least(a.ends_on, (other.effective_at AT TIME ZONE 'UTC')::date) END,
           a.proposal_id IS NOT NULL
    FROM assignments a
    JOIN projects p ON p.project_id = a.project_id
    LEFT JOIN pauses other ON other.id = a.suspended_by_pause_id AND other.id <> :pause_id
    WHERE a.contractor_id IN (
        SELECT contractor_id FROM assignments WHERE suspended_by_pause_id = :pause_id
    ) AND (a.suspended_by_pause_id = :pause_id OR a.status = 'active' OR a.starts_on <= CASE
        WHEN other.id IS NULL THEN least(a.ends_on, CAST(:today AS date))
        ELSE least(a.ends_on, (other.effective_at AT TIME ZONE 'UTC')::date) END)
"""
"""What comes back, what goes on beside it, and what is over: its cooling-off may not be."""

_RESTORE = """
    UPDATE assignments SET status = 'active', suspended_by_pause_id = NULL,
           version = version + 1
    WHERE suspended_by_pause_id = :pause_id
"""

_FIND_HEIRS = """
    SELECT s.project_id, min(heir.id)
    FROM pause_projects s
    JOIN projects p ON p.project_id = s.project_id
    JOIN pauses heir ON heir.client_id = p.client_id AND heir.status = 'open'
                    AND heir.people_kind = 'everyone'
    WHERE s.pause_id = :pause_id AND s.open AND heir.id <> :pause_id
    GROUP BY s.project_id
"""

_KEEP_SUSPENDED = """
    UPDATE assignments SET suspended_by_pause_id = :heir_id, version = version + 1
    WHERE suspended_by_pause_id = :pause_id AND project_id = :project_id
"""

_KEEP_PEOPLE_SUSPENDED = """
    UPDATE assignments a SET suspended_by_pause_id = heir.id, version = a.version + 1
    FROM (
        SELECT w.assignment_id, min(q.id) AS id
        FROM assignments w
        JOIN pause_projects s ON s.project_id = w.project_id AND s.pause_id <> :pause_id
        JOIN pauses q ON q.id = s.pause_id AND q.status = 'open'
        LEFT JOIN pause_people m ON m.pause_id = q.id AND m.contractor_id = w.contractor_id
        WHERE w.suspended_by_pause_id = :pause_id
          AND (m.contractor_id IS NOT NULL OR s.open AND q.people_kind = 'everyone')
        GROUP BY w.assignment_id
    ) heir
    WHERE heir.assignment_id = a.assignment_id
    RETURNING 1
"""

_TAKE_OVER = """
    INSERT INTO pause_projects (pause_id, project_id, previous_status, open)
    SELECT :heir_id, project_id, previous_status, true FROM pause_projects
    WHERE pause_id = :pause_id AND project_id = :project_id
    ON CONFLICT (pause_id, project_id)
    DO UPDATE SET open = true, previous_status = excluded.previous_status
"""

_REOPEN_PROJECTS = """
    UPDATE projects p SET status = s.previous_status
    FROM pause_projects s
    WHERE s.project_id = p.project_id AND s.pause_id = :pause_id AND s.open
      AND NOT s.project_id = ANY(:handed_ids)
"""


@dataclass(frozen=True)
class ResumedPause:
    """What a resume did with the assignments that the pause had suspended.

    num_restored  active again
    num_ended     ended with the pause: the contractor has no room left, is inactive or works
                  for a competing client by now, or the assignment is over
    num_handed_over  still suspended, because another pause that stops them is open too
    num_not_recalled  ended because the recall plan leaves them; num_left places of today that
                      ended because their people returned
    """

    num_restored: int
    num_ended: int
    num_handed_over: int
    num_not_recalled: int = 0
    num_left: int = 0


@retried
def resume_pause(
    session: Session, *, actor: Actor, pause_id: int, today: date, recall_id: int | None = None
) -> ResumedPause:
    """End a pause: its projects reopen, its assignments are active again where still valid.

    A project whose client is paused too goes over to that pause, and so does the work of
    people whom another pause stops there. Proposals not yet decided are superseded, an
    unfinished plan is cancelled; what was approved stays, but an offer that nobody has accepted
    makes way for the work that its contractor had.

    recall_id  the recall plan to resume by: then those whom it calls back return with the hours
               planned and leave their places of today, and what it leaves ends

    Raises NotFound, or Refused (`resumed`, `terminated`; of the recall `not_ready`, `applied`,
    `outdated`).
    """
    require(actor, Permission.PAUSE)
    with transaction(session):
        lock_places(session, pause_id, recall_id)
        pause = get_open_pause(session, pause_id)
        before = list_work_of(session, _list_people(session, pause_id, recall_id))
        recalled = None
        if recall_id is not None:
            recalled = apply_recall(session, pause, recall_id, today)
            end_assignments(session, pause, recalled.not_returning)
        else:
            # A recall has counted with the places that are offered; without one, people return.
            withdraw_for_resume(session, actor=actor, pause_id=pause_id)
        end_planning(session, pause_id)
        heirs = _find_heirs(session, pause_id)
        handed_over = _keep_suspended(session, pause_id, heirs)
        kept = session.execute(text(_KEEP_PEOPLE_SUSPENDED), {"pause_id": pause_id}).all()
        handed_over += len(kept)
        ended = _choose_ended(session, pause_id, today)
        end_assignments(session, pause, list(ended))
        restored = len(
            session.execute(text(_RESTORE + " RETURNING 1"), {"pause_id": pause_id}).all()
        )
        tell_of_changes(session, pause_id, before)
        add_pause_event(session, "pause.resumed", pause_id)
        _release_projects(session, pause_id, heirs)
        pause.status = "resumed"
        pause.resumed_by = actor.user_id
        pause.resumed_at = session.execute(text("SELECT now()")).scalar_one()
        record(
            session,
            actor=actor,
            action="pause.resumed",
            subject=("pause", pause_id),
            before={"status": "open"},
            after={
                "status": "resumed",
                "assignments_restored": restored,
                "assignments_ended": len(ended),
                "ended_because": ended,
                "assignments_handed_over": handed_over,
                "projects_handed_over": heirs,
                "recall_id": recall_id,
                "not_recalled": list(recalled.not_returning) if recalled else [],
                "places_left": recalled.num_left if recalled else 0,
                "places_with_other_hours": recalled.num_changed if recalled else 0,
            },
        )
    session.expire_all()
    return ResumedPause(
        restored,
        len(ended),
        handed_over,
        len(recalled.not_returning) if recalled else 0,
        recalled.num_left if recalled else 0,
    )


def _list_people(session: Session, pause_id: int, recall_id: int | None) -> set[str]:
    """Return everybody whose work the resume may change."""
    suspended = select(Assignment.contractor_id).where(Assignment.suspended_by_pause_id == pause_id)
    moved = select(RecallRow.contractor_id).where(RecallRow.recall_id == recall_id)
    return {*session.scalars(suspended), *session.scalars(moved)}


def _find_heirs(session: Session, pause_id: int) -> dict[str, int]:
    """Return the pause of its whole client that each project goes over to, by project id."""
    rows = session.execute(text(_FIND_HEIRS), {"pause_id": pause_id})
    return {project_id: heir_id for project_id, heir_id in rows}  # noqa: C416 - rows are no pairs


def _keep_suspended(session: Session, pause_id: int, heirs: Mapping[str, int]) -> int:
    """Move the assignments of projects with an heir to that pause; return how many."""
    return sum(
        len(
            session.execute(
                text(_KEEP_SUSPENDED + " RETURNING 1"),
                {"pause_id": pause_id, "project_id": project_id, "heir_id": heir_id},
            ).all()
        )
        for project_id, heir_id in heirs.items()
    )


def _choose_ended(session: Session, pause_id: int, today: date) -> dict[str, str]:
    """Return why each suspended assignment that cannot go on ends, by its id."""
    rows = session.execute(text(_WORK_OF_SUSPENDED), {"pause_id": pause_id, "today": today})
    suspended: dict[str, list[Work]] = {}
    active: dict[str, list[Work]] = {}
    seen: dict[str, list[Work]] = {}
    by_state = {"suspended": suspended, "active": active, "seen": seen}
    for contractor_id, state, name, client_id, hours, starts_on, ends_on, is_placed in rows:
        work = Work(name, client_id, hours, starts_on, ends_on or date.max, is_placed)
        by_state[state].setdefault(contractor_id, []).append(work)
    barriers = {
        frozenset({wall.client_id, wall.competitor_id}): wall.cooling_off_days
        for wall in session.scalars(select(Wall).order_by(Wall.cooling_off_days))
    }
    people = session.scalars(
        select(Contractor)
        .where(is_among(Contractor.contractor_id, suspended))
        .execution_options(populate_existing=True)
    )
    ended: dict[str, str] = {}
    for contractor in people:
        mine = contractor.contractor_id
        person = Person(contractor.status == "active", contractor.max_weekly_hours)
        ended |= choose_ended(
            person, suspended[mine], active.get(mine, ()), barriers, today, seen=seen.get(mine, ())
        )
    return ended


def _release_projects(session: Session, pause_id: int, heirs: Mapping[str, int]) -> None:
    """Give the projects their status back, or to the pause that holds them from now on."""
    keys = {"pause_id": pause_id, "handed_ids": list(heirs)}
    session.execute(text(_REOPEN_PROJECTS), keys)
    session.execute(text("UPDATE pause_projects SET open = false WHERE pause_id = :pause_id"), keys)
    for project_id, heir_id in heirs.items():
        session.execute(
            text(_TAKE_OVER), {"pause_id": pause_id, "project_id": project_id, "heir_id": heir_id}
        )
