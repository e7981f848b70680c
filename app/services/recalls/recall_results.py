"""A solved recall in plain values, on its way from the solving process into the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from app.models import Pause, Recall, RecallRow
from app.services.access.access import Actor
from app.services.auditing.audit import record
from app.services.plans.plan_results import build_summary
from solver.planning import Plan
from solver.recall_plan import build_changes

_ADD_STAYING_AWAY = """
    INSERT INTO recall_rows (recall_id, contractor_id, project_id, change, hours_today,
                             hours_per_week)
    SELECT DISTINCT CAST(:recall_id AS bigint), a.contractor_id, a.project_id,
           'does not return', 0, 0
    FROM assignments a
    JOIN unnest(CAST(:contractor_ids AS text[]), CAST(:project_ids AS text[]))
         AS judged (contractor_id, project_id)
      ON judged.contractor_id = a.contractor_id AND judged.project_id = a.project_id
    WHERE a.suspended_by_pause_id = :pause_id AND a.starts_on <= :resumed_on
    ON CONFLICT DO NOTHING
"""
"""Suspended work that the recall could have given back, and did not."""


@dataclass(frozen=True)
class SolvedRecall:
    """What is kept of a recall.

    is_plan      False when none was found in time: then there are no rows
    rows         rows of `recall_rows`, without recall_id
    judged       (contractor_id, project_id) of the returns that it could choose from; where a
                 rule speaks against a new place, the plain resume decides on the old work
    """

    is_plan: bool
    certificate: dict[str, Any]
    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    judged: list[tuple[str, str]]


def build_solved_recall(plan: Plan) -> SolvedRecall:
    """Take the plain values out of a plan; runs in the solving process."""
    assignments = plan.solution.assignments
    rows: list[dict[str, Any]] = []
    if assignments is not None:
        changes = build_changes(plan.problem, assignments)
        rows = [
            {str(name): value for name, value in row.items()}
            for row in changes.astype(object).to_dict("records")
        ]
    return SolvedRecall(
        is_plan=assignments is not None,
        certificate=dict(plan.certificate),
        summary=build_summary(plan.summary),
        rows=rows,
        judged=_list_judged(plan),
    )


def _list_judged(plan: Plan) -> list[tuple[str, str]]:
    instance, resumed = plan.problem.instance, set(plan.request.scope.project_ids)
    pairs = zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True)
    return [
        (instance.contractor_ids[contractor], instance.project_ids[project])
        for contractor, project in pairs
        if instance.project_ids[project] in resumed
    ]


def lock_recall_to_save(session: Session, recall_id: int) -> Recall:
    """Return the recall, locked after its pause, as everywhere else."""
    pause = select(Recall.pause_id).where(Recall.id == recall_id).scalar_subquery()
    session.execute(select(Pause.id).where(Pause.id == pause).with_for_update())
    return session.get_one(Recall, recall_id, with_for_update=True, populate_existing=True)


def save_recall(session: Session, recall: Recall, answer: SolvedRecall, *, actor: Actor) -> None:
    """Write an answer into its recall. The caller has it locked, and commits."""
    session.execute(delete(RecallRow).where(RecallRow.recall_id == recall.id))
    if answer.rows:
        session.execute(insert(RecallRow), [row | {"recall_id": recall.id} for row in answer.rows])
    session.execute(
        text(_ADD_STAYING_AWAY),
        {
            "recall_id": recall.id,
            "pause_id": recall.pause_id,
            "contractor_ids": [contractor_id for contractor_id, _ in answer.judged],
            "project_ids": [project_id for _, project_id in answer.judged],
            "resumed_on": recall.pause_date,
        },
    )
    recall.status = "succeeded"
    recall.finished_at = datetime.now(UTC)
    recall.certificate = answer.certificate
    recall.summary = answer.summary
    record(
        session,
        actor=actor,
        action="recall.saved",
        subject=("recall", recall.id),
        after={"rows": len(answer.rows)},
    )
