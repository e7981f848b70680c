"""What a worker finds out beside plans, for pictures: scenarios, limits, a drill, a recall."""

from __future__ import annotations

import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli.processes import Stack
from app.models import DrillResult, Pause, PlanLimits, Project, Recall, Scenario
from app.services.access.access import Actor
from app.services.drills.drilling import request_drill
from app.services.plans.plan_limits import request_limits
from app.services.plans.planning import PlanOptions
from app.services.recalls.recalling import request_recall
from app.services.scenarios.scenario_requests import Case, Variant
from app.services.scenarios.scenarios import create_scenarios
from app.web.clock import get_today

OPTIONS = PlanOptions(time_limit_s=10)
VARIANTS = (Variant("people-first", with_extra=False), Variant("best-fit", with_extra=False))
UNFINISHED = ("queued", "running")
_POLL_S = 0.5


def ask_for_answers(session: Session, manager: Actor, plan_run_id: int) -> None:
    """Ask for one of each kind about the first pause and its plan."""
    pause_id = session.scalars(select(Pause.id)).one()
    client_id = session.scalars(
        select(Project.client_id).where(Project.codename == "Halcyon")
    ).one()
    session.rollback()
    today = get_today()
    create_scenarios(
        session, actor=manager, case=Case(pause_id), variants=VARIANTS, options=OPTIONS
    )
    request_limits(session, actor=manager, plan_run_id=plan_run_id)
    request_drill(session, actor=manager, today=today, client_id=client_id)
    request_recall(session, actor=manager, pause_id=pause_id, options=OPTIONS, today=today)


def wait_for_answers(session: Session, stack: Stack) -> None:
    """Return once a worker has found all of them."""

    def are_there() -> bool:
        stack.check()
        num_open = sum(
            session.scalar(
                select(func.count()).select_from(model).where(model.status.in_(UNFINISHED))
            )
            or 0
            for model in (Scenario, PlanLimits, DrillResult, Recall)
        )
        session.rollback()
        return num_open == 0

    while not are_there():
        time.sleep(_POLL_S)
