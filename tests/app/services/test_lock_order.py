"""Verbs that lock the same rows take turns: none is broken off by a deadlock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import Busy, Refused
from app.models import Assignment, AuditEvent, ExportBatch, HoursEntry, PlanRun, Proposal
from app.services.pauses.resuming import resume_pause
from app.services.plans import solving
from app.services.plans.plan_child import SolveFailed
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.planning import PlanOptions, request_plan
from app.services.plans.solving import run_plan
from app.services.review.reviewing import ProposalVersion, approve_proposals, reject_proposals
from app.services.transaction import MAX_TRIES, retried, transaction
from tests.app.pay_world import add_period, approve_day, export
from tests.app.services.plans.crossing import cross
from tests.app.world import PAUSE_DATE, SYSTEM, add_world, pause_p1, propose

ROWS = [("C1", "P2", 20), ("C2", "P2", 20)]


@dataclass(frozen=True)
class Scene:
    """A pause with a reviewed plan, and a second run that is being solved."""

    database: Database
    pause_id: int
    proposals: list[ProposalVersion]
    second_run_id: int

    def approve(self) -> None:
        with self.database.session() as session:
            approve_proposals(session, actor=SYSTEM, proposals=self.proposals[:1])

    def reject(self) -> None:
        with self.database.session() as session:
            reject_proposals(session, actor=SYSTEM, proposals=self.proposals, reason="no")

    def resume(self) -> None:
        with self.database.session() as session:
            resume_pause(session, actor=SYSTEM, pause_id=self.pause_id, today=PAUSE_DATE)

    def save(self) -> None:
        with self.database.session() as session:
            propose(session, self.second_run_id, ROWS)


@pytest.fixture
def scene(database: Database) -> Scene:
    with database.session() as session:
        add_world(session)
        opened = pause_p1(session)
        proposals = propose(session, opened.plan_run_id, ROWS)
        again = request_plan(session, actor=SYSTEM, pause_id=opened.pause_id, options=PlanOptions())
        session.execute(update(PlanRun).where(PlanRun.id == again).values(status="running"))
        session.commit()
    return Scene(database, opened.pause_id, proposals, again)


def count(database: Database, model: type) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    ("first", "stop_at", "second"),
    [
        (Scene.approve, "FROM pauses", Scene.save),
        (Scene.approve, "FROM pauses", Scene.reject),
        (Scene.approve, "INSERT INTO assignments", Scene.save),
        (Scene.reject, "INSERT INTO rejected_pairs", Scene.approve),
        (Scene.resume, "UPDATE pause_projects SET open", Scene.save),
        (Scene.save, "INSERT INTO proposals", Scene.resume),
        (Scene.save, "INSERT INTO proposals", Scene.approve),
    ],
)
def test_ordinary_verbs_on_the_same_rows_never_deadlock(
    scene: Scene, first: Callable[[Scene], None], stop_at: str, second: Callable[[Scene], None]
) -> None:
    assert cross(scene.database, lambda: first(scene), stop_at, lambda: second(scene)) == []


def test_approve_beside_a_reject_of_the_same_row_decides_it_once(scene: Scene) -> None:
    cross(scene.database, scene.approve, "FROM pauses", scene.reject)
    with scene.database.session() as session:
        statuses = session.scalars(select(Proposal.status).order_by(Proposal.id)).all()
    assert statuses == ["approved", "rejected"]


def test_saving_a_plan_waits_for_an_import_before_it_locks_anything(scene: Scene) -> None:
    # An import takes these locks in one statement, one after the other: stop in between.
    def lock_as_an_import_does() -> None:
        with scene.database.session() as session, transaction(session):
            session.execute(text("LOCK TABLE projects IN EXCLUSIVE MODE"))
            session.execute(text("LOCK TABLE contractors, assignments IN EXCLUSIVE MODE"))

    assert cross(scene.database, lock_as_an_import_does, "LOCK TABLE contractors", scene.save) == []


def test_export_waits_for_a_pause_and_takes_no_hours_that_the_pause_takes_back(
    database: Database,
) -> None:
    day = date(2026, 3, 4)
    with database.session() as session:
        add_world(session)
        approve_day(session, 1, day, "8")
        period_id = add_period(session, day, day)

    def pause() -> None:
        with database.session() as session:
            pause_p1(session)

    def export_hours() -> None:
        with database.session() as session, pytest.raises(Refused, match="No approved hours"):
            export(session, period_id)

    assert cross(database, pause, "DELETE FROM hours_entries", export_hours) == []
    assert (count(database, ExportBatch), count(database, HoursEntry)) == (0, 0)


DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION 'broken off' USING ERRCODE = '40P01'; END $$"


@pytest.mark.parametrize("num_conflicts", [0, 1, MAX_TRIES - 1])
def test_verb_broken_off_is_tried_again_from_the_present_state(
    database: Database, num_conflicts: int
) -> None:
    """Check 26: it starts from what stands now, not from what it had read."""
    seen: list[str] = []

    @retried
    def end_a1(session: Session) -> None:
        with transaction(session):
            assignment = session.get_one(Assignment, "A1")
            seen.append(assignment.status)
            assignment.status = "ended"
            session.flush()
            if len(seen) <= num_conflicts:
                session.execute(text(DEADLOCK))

    with database.session() as session:
        add_world(session)
        end_a1(session)
        assert seen == ["active"] * (num_conflicts + 1)
        assert session.get_one(Assignment, "A1", populate_existing=True).status == "ended"


def test_verb_broken_off_every_time_says_busy_and_writes_nothing(database: Database) -> None:
    """Check 26: the tries are bounded."""
    tries = []

    @retried
    def fail(session: Session) -> None:
        tries.append(1)
        with transaction(session):
            session.add(AuditEvent(actor="x", action="x", subject_kind="x", subject_id="x"))
            session.flush()
            session.execute(text(DEADLOCK))

    with database.session() as session:
        with pytest.raises(Busy):
            fail(session)
        assert len(tries) == MAX_TRIES
    assert count(database, AuditEvent) == 0


def test_plan_that_could_not_be_saved_goes_back_into_the_queue_with_its_reason(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.session() as session:
        add_world(session)
        run_id = pause_p1(session).plan_run_id
        session.execute(
            text(
                "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'broken off' USING ERRCODE = '40P01'; END $$"
            )
        )
        session.execute(
            text(
                "CREATE TRIGGER break_off BEFORE UPDATE ON plan_runs FOR EACH ROW "
                "WHEN (NEW.status = 'failed') EXECUTE FUNCTION break_off()"
            )
        )
        session.commit()
    monkeypatch.setattr(solving, "watch_child", lambda *_arguments: SolveFailed("no memory"))
    run_plan(database, run_id, limits=ChildLimits())
    with database.session() as session:
        assert session.get_one(PlanRun, run_id).status == "queued"
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.after is not None
    assert "could not be saved" in event.after["reason"]
