"""Plan runs for tests: a small one, one that takes longer than any test, one without a solve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.importing import read_folder
from app.models import AuditEvent, PlanRun, Project
from app.sampling import CHORDUS_PAUSE_DATE
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.plan_results import SolvedPlan
from app.services.plans.planning import PlanOptions
from tests.app.world import PAUSE_DATE, SYSTEM, add_world, pause_p1

CHORDUS = Path(__file__).parents[3] / "sample_data" / "chordus"
LONG_S = 600.0


def get_run(session: Session, plan_run_id: int) -> PlanRun:
    return session.get_one(PlanRun, plan_run_id, populate_existing=True)


def start_small_plan(database: Database) -> int:
    with database.session() as session:
        add_world(session, target={"seats": 2})
        return pause_p1(session).plan_run_id


def start_long_plan(database: Database) -> int:
    """Pause Chordus of the sample data, with far more time than the test will give it."""
    with database.session() as session:
        import_roster(session, read_folder(CHORDUS).roster, actor=SYSTEM, source="chordus")
        project_id = session.scalars(
            select(Project.project_id).where(Project.codename == "Chordus")
        ).one()
        midnight = datetime.combine(CHORDUS_PAUSE_DATE, datetime.min.time(), UTC)
        return open_pause(
            session,
            actor=SYSTEM,
            project_ids=[project_id],
            effective_at=midnight,
            reason_class="other",
            options=PlanOptions(time_limit_s=LONG_S, gap=0.0, workers=1),
            now=midnight,
        ).plan_run_id


def once(act: Callable[[], bool]) -> Callable[[], bool]:
    """Return a `should_end` that calls `act` until it says that it has acted."""
    done = False

    def should_end() -> bool:
        nonlocal done
        done = done or act()
        return False

    return should_end


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def list_actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def build_answer() -> SolvedPlan:
    """Return a plan for the small vendor, as its solve would send it: C1 on P2, C2 left out."""
    place = {
        "contractor_id": "C1",
        "project_id": "P2",
        "hours_per_week": 20,
        "starts_on": PAUSE_DATE,
        "ends_on": None,
        "fit": 80,
        "pay_rate_cents": 4000,
        "previous_pay_rate_cents": 4000,
        "currency": "USD",
        "from_projects": "P1",
        "restored_hour_weeks": Decimal(160),
    }
    left_out = {
        "contractor_id": "C2",
        "lost_hours": 20,
        "restored_hours": 0,
        "floor_hours": 10,
        "covered": False,
        "away": False,
        "blocker": "capacity",
        "nearest_project": "P2",
        "unlock": "20 more open hours a week",
    }
    return SolvedPlan(
        is_plan=True,
        certificate={"seed": 1},
        summary={},
        proposals=[place],
        unplaced=[left_out],
    )
