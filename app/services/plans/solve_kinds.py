"""The kinds of solve a worker runs, plans, recalls and scenarios: where each reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import (
    PlanProgress,
    PlanRun,
    Recall,
    RecallProgress,
    Scenario,
    ScenarioProgress,
)
from app.models.solves import SolveColumns
from app.services.job_queue import enqueue_plan, enqueue_recall, enqueue_scenario
from app.services.plans.plan_loading import load_planning_roster
from app.services.plans.plan_results import (
    SolvedPlan,
    build_solved_plan,
    lock_run_to_save,
    save_plan,
)
from app.services.recalls.recall_loading import load_recall_roster
from app.services.recalls.recall_results import (
    SolvedRecall,
    build_solved_recall,
    lock_recall_to_save,
    save_recall,
)
from app.services.scenarios.scenario_loading import load_scenario_roster
from app.services.scenarios.scenario_results import (
    SolvedScenario,
    build_solved_scenario,
    lock_scenario_to_save,
    save_scenario,
)
from solver.planning import Plan
from solver.request import PlanRequest
from solver.result import Progress
from solver.roster import Roster

Answer = SolvedPlan | SolvedRecall | SolvedScenario
"""What the solving process sends when it is done."""


@dataclass(frozen=True)
class SolveKind:
    """How one kind of solve is kept.

    name        begins its events in the audit trail, and names it to the solving process
    subject     what the audit trail calls its rows
    progress_owner  the column that ties progress to its solve
    lock_class  first key of the advisory locks that living workers hold on their solves
    enqueue     queues its job in the session's transaction; returns the job's number
    load        reads the optimiser's input; in the solving process
    build       takes what is kept out of a plan; in the solving process
    lock        returns the row, locked after all that is locked before it everywhere else
    save        writes an answer of `build` into its row, which the caller has locked; `actor=`
                says who did it
    """

    name: str
    subject: str
    model: type[SolveColumns]
    progress_owner: InstrumentedAttribute[int]
    lock_class: int
    enqueue: Callable[[Session, int], int]
    load: Callable[[Session, int], tuple[Roster, PlanRequest, SolveColumns]]
    build: Callable[[Plan], Answer]
    lock: Callable[[Session, int], SolveColumns]
    save: Callable[..., None]

    def get(self, session: Session, solve_id: int, *, is_locked: bool = False) -> SolveColumns:
        """Return the row as it is now; it must exist."""
        row: SolveColumns = session.get_one(
            self.model, solve_id, with_for_update=is_locked or None, populate_existing=True
        )
        return row

    def select_unfinished(self) -> Select[int]:
        """Return the statement of the ids that a worker has, or will have."""
        return (
            select(self.model.id)
            .where(self.model.status.in_(("queued", "running")))
            .order_by(self.model.id)
        )

    def clear_progress(self, session: Session, solve_id: int) -> None:
        """Forget what an earlier attempt found."""
        session.execute(delete(self.progress_owner.class_).where(self.progress_owner == solve_id))

    def add_progress(
        self, session: Session, solve_id: int, first_seq: int, points: list[Progress]
    ) -> None:
        """Write points of progress, numbered from `first_seq`."""
        rows: list[dict[str, Any]] = [
            {
                self.progress_owner.key: solve_id,
                "seq": first_seq + place,
                "tier": point.tier.value,
                "value": point.value,
                "bound": point.bound,
                "elapsed_s": point.elapsed_s,
            }
            for place, point in enumerate(points)
        ]
        if rows:
            session.execute(insert(self.progress_owner.class_), rows)


def _load_plan(session: Session, run_id: int) -> tuple[Roster, PlanRequest, SolveColumns]:
    run = session.get_one(PlanRun, run_id)
    return *load_planning_roster(session, run), run


def _load_scenario(session: Session, scenario_id: int) -> tuple[Roster, PlanRequest, SolveColumns]:
    scenario = session.get_one(Scenario, scenario_id)
    return *load_scenario_roster(session, scenario), scenario


def _load_recall(session: Session, recall_id: int) -> tuple[Roster, PlanRequest, SolveColumns]:
    recall = session.get_one(Recall, recall_id)
    return *load_recall_roster(session, recall), recall


PLAN = SolveKind(
    name="plan",
    subject="plan_run",
    model=PlanRun,
    progress_owner=PlanProgress.plan_run_id,
    lock_class=7_461,
    enqueue=enqueue_plan,
    load=_load_plan,
    build=build_solved_plan,
    lock=lock_run_to_save,
    save=save_plan,
)

SCENARIO = SolveKind(
    name="scenario",
    subject="scenario",
    model=Scenario,
    progress_owner=ScenarioProgress.scenario_id,
    lock_class=7_462,
    enqueue=enqueue_scenario,
    load=_load_scenario,
    build=build_solved_scenario,
    lock=lock_scenario_to_save,
    save=save_scenario,
)

RECALL = SolveKind(
    name="recall",
    subject="recall",
    model=Recall,
    progress_owner=RecallProgress.recall_id,
    lock_class=7_463,
    enqueue=enqueue_recall,
    load=_load_recall,
    build=build_solved_recall,
    lock=lock_recall_to_save,
    save=save_recall,
)

KINDS: Mapping[str, SolveKind] = MappingProxyType(
    {kind.name: kind for kind in (PLAN, RECALL, SCENARIO)}
)
"""By name, as it travels to the solving process."""
