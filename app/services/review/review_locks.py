"""The locks under which proposals are decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.models import Contractor, Pause, PlanRun, Project, Proposal
from app.services.keys import is_among


def lock_for_review(
    session: Session, proposal_ids: Sequence[int], *, project_ids: Sequence[str] = ()
) -> dict[int, Proposal]:
    """Return the proposals by id, locked with their projects, contractors and pauses.

    project_ids  other projects to lock, where a proposal is to move

    Ids that do not exist are left out. Each table is locked in the order of its keys.
    """
    wanted = is_among(Proposal.id, proposal_ids)
    for key, owner in ((Project.project_id, Project), (Contractor.contractor_id, Contractor)):
        named = select(getattr(Proposal, key.key)).where(wanted)
        # Not their keys: rows that only name them, as new proposals do, need not wait.
        chosen: ColumnElement[bool] = key.in_(named)
        if owner is Project and project_ids:
            chosen = chosen | is_among(Project.project_id, project_ids)
        locked = select(key).where(chosen).order_by(key)
        session.execute(locked.with_for_update(of=owner, key_share=True)).all()
    # A resume waits for us, or we for it: the pause is either open for all rows or for none.
    pauses = select(PlanRun.pause_id).join(Proposal).where(wanted)
    session.execute(
        select(Pause.id).where(Pause.id.in_(pauses)).order_by(Pause.id).with_for_update(read=True)
    ).all()
    rows = session.scalars(
        select(Proposal)
        .where(wanted)
        .order_by(Proposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def lock_for_place(session: Session, plan_run_id: int, contractor_id: str, project_id: str) -> None:
    """Lock what a new proposal needs, in the order of `lock_for_review`."""
    for key, value, owner in (
        (Project.project_id, project_id, Project),
        (Contractor.contractor_id, contractor_id, Contractor),
    ):
        wanted = select(key).where(key == value)
        session.execute(wanted.with_for_update(of=owner, key_share=True)).all()
    pause = select(PlanRun.pause_id).where(PlanRun.id == plan_run_id).scalar_subquery()
    session.execute(select(Pause.id).where(Pause.id == pause).with_for_update(read=True)).all()
