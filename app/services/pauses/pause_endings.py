"""What every end of a pause does, be it resumed or terminated: locks, plans, assignments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Assignment, Contractor, Pause, PauseProject, PlanRun, Project, RecallRow
from app.services.plans.planning import UNFINISHED, cancel_or_stop

_END = """
    UPDATE assignments a SET status = 'ended', suspended_by_pause_id = NULL,
           ended_by_pause_id = CAST(:ended_by AS bigint),
           ends_on = greatest(a.starts_on, least(a.ends_on, (:effective_at AT TIME ZONE coalesce(
               (SELECT zone FROM pay_groups WHERE id = c.pay_group_id OR is_default
                ORDER BY id IS DISTINCT FROM c.pay_group_id LIMIT 1), 'UTC'))::date)),
           version = a.version + 1
    FROM contractors c
    WHERE c.contractor_id = a.contractor_id AND a.assignment_id = ANY(:assignment_ids)
"""
"""The last day is a date in the zone of the person's pay week, as days of hours are."""

_LOCK_PROPOSALS = """
    SELECT id FROM proposals
    WHERE status = 'proposed'
      AND plan_run_id IN (SELECT id FROM plan_runs WHERE pause_id = :pause_id)
    ORDER BY id FOR UPDATE
"""

_SUPERSEDE = """
    UPDATE proposals SET status = 'superseded', version = version + 1
    WHERE status = 'proposed'
      AND plan_run_id IN (SELECT id FROM plan_runs WHERE pause_id = :pause_id)
"""


def lock_places(session: Session, pause_id: int, recall_id: int | None = None) -> None:
    """Lock the projects, then the contractors, each in the order of their ids.

    recall_id  a recall that is applied: then also the projects whose places it changes

    All projects of the clients, not only the pause's own: a resume of the client's other
    pause may be handing some of them over to this one. The contractors wait for approvals,
    which count hours a week, and approvals wait for us.
    """
    clients = (
        select(Project.client_id)
        .join(PauseProject, PauseProject.project_id == Project.project_id)
        .where(PauseProject.pause_id == pause_id)
    )
    people = select(Assignment.contractor_id).where(Assignment.suspended_by_pause_id == pause_id)
    changed = select(RecallRow.project_id).where(RecallRow.recall_id == recall_id)
    for key, inside in (
        (Project.project_id, Project.client_id.in_(clients) | Project.project_id.in_(changed)),
        (Contractor.contractor_id, Contractor.contractor_id.in_(people)),
    ):
        session.execute(
            select(key).where(inside).order_by(key).with_for_update(key_share=True)
        ).all()


def end_planning(session: Session, pause_id: int) -> None:
    """Cancel the unfinished plan and supersede what is only proposed."""
    unfinished = select(PlanRun).where(PlanRun.pause_id == pause_id, PlanRun.status.in_(UNFINISHED))
    for run in session.scalars(unfinished.order_by(PlanRun.id).with_for_update()):
        cancel_or_stop(run, keep=False)
    session.execute(text(_LOCK_PROPOSALS), {"pause_id": pause_id})
    session.execute(text(_SUPERSEDE), {"pause_id": pause_id})


def end_assignments(
    session: Session, pause: Pause, assignment_ids: Sequence[str], *, for_good: bool = False
) -> None:
    """End assignments on the day, in their own zone, on which the pause took effect.

    for_good  the pause was terminated: they stay what its plans give back
    """
    keys = {
        "effective_at": pause.effective_at,
        "assignment_ids": list(assignment_ids),
        "ended_by": pause.id if for_good else None,
    }
    session.execute(text(_END), keys)
