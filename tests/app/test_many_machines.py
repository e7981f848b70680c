"""Two web processes and two workers on one PostgreSQL, as on four machines without a network."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.services.pausing import OpenedPause, open_pause
from app.services.planning import PlanOptions
from tests.app.fleet import METRICS_TOKEN, Fleet, Person, run_fleet
from tests.app.web.conftest import SYSTEM, add_people
from tests.databases import Databases

REQUEST_ID = "the-one-who-asked"
WAIT_S = 120

TELL = """
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('told', TG_ARGV[0]); RETURN NULL; END $$;
CREATE TRIGGER tell_worker AFTER INSERT ON procrastinate_workers
    FOR EACH ROW EXECUTE FUNCTION tell('worker');
CREATE TRIGGER tell_plan AFTER DELETE ON procrastinate_jobs FOR EACH ROW
    WHEN (OLD.task_name = 'plan') EXECUTE FUNCTION tell('plan');
CREATE TRIGGER tell_drill AFTER DELETE ON procrastinate_jobs FOR EACH ROW
    WHEN (OLD.task_name = 'drill') EXECUTE FUNCTION tell('drill');
LISTEN told;
"""
"""A worker has come, or has done a job and taken it out of the queue."""


@dataclass(frozen=True)
class Day:
    """What was done on the fleet: drills of two clients for a manager, the plan of a pause."""

    fleet: Fleet
    database: Database
    run_id: int
    manager: Person


@pytest.fixture(scope="module")
def day(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The manager signs in at the first web process and asks the second one for the work."""
    with databases.lend() as url:
        database = Database(url)
        with database.session() as session:
            add_people(session)
        folder = tmp_path_factory.mktemp("fleet")
        with (
            psycopg.connect(database.conninfo, autocommit=True) as listener,
            listener.execute(TELL),
            run_fleet(database.conninfo, folder, num_webs=2, num_workers=2) as fleet,
        ):
            wait_for(listener, fleet, ["worker", "worker"])
            manager, (first, second) = Person(), fleet.webs
            manager.sign_in(first, "ops_manager")
            drills = f"{second}/ops/drills"
            manager.post(drills, drills, request_id=REQUEST_ID)
            wait_for(listener, fleet, ["drill", "drill"])
            with database.session() as session:
                run_id = pause(session).plan_run_id
            wait_for(listener, fleet, ["plan"])
            yield Day(fleet, database, run_id, manager)
        database.dispose()


def pause(session: Session) -> OpenedPause:
    """Pause Chordus; nobody asked for it over HTTP."""
    return open_pause(
        session,
        actor=SYSTEM,
        project_ids=["P1"],
        effective_at=datetime.now(UTC) - timedelta(days=1),
        reason_class="security_breach",
        options=PlanOptions(workers=1),
    )


def wait_for(listener: psycopg.Connection, fleet: Fleet, wanted: list[str]) -> None:
    """Wait until the database has told of some events, in any order."""
    notices = listener.notifies(timeout=WAIT_S, stop_after=len(wanted))
    told = [notice.payload for notice in notices]
    assert sorted(told) == wanted, [log.read_text()[-2000:] for log in fleet.logs]


def count_by_event(day: Day, event: str, key: str) -> Counter[int]:
    """Return how many lines of an event there are for each number."""
    return Counter(line[key] for line in day.fleet.read_lines(event))


def test_web_and_worker_need_no_network(day: Day) -> None:
    """Check 44: pages are served and plans are solved in processes without a network."""
    for log in day.fleet.logs:
        assert log.read_text().startswith("without a network, by ")
    for web in day.fleet.webs:
        assert day.manager.get(f"{web}/ops/").status == 200
    query = "SELECT status FROM plan_runs ORDER BY id"
    with day.database.session() as session:
        assert session.execute(text(query)).scalars().all() == ["succeeded"]


def test_session_of_one_web_process_is_valid_on_the_other_and_ends_on_both(day: Day) -> None:
    first, second = day.fleet.webs
    clerk = Person()
    clerk.sign_in(first, "payroll")
    assert "/login" not in clerk.get(f"{second}/payroll/").address
    clerk.post(f"{first}/logout", f"{first}/payroll/")
    assert "/login" in clerk.get(f"{second}/payroll/").address


def test_each_job_is_done_by_one_worker_and_once(day: Day) -> None:
    assert count_by_event(day, "plan ended", "plan_run_id") == {day.run_id: 1}
    assert sorted(count_by_event(day, "client drilled", "result_id").values()) == [1, 1]
    query = "SELECT sum(attempts), count(*) FROM plan_runs"
    with day.database.session() as session:
        assert session.execute(text(query)).one() == (1, 1)


def test_request_is_found_again_in_the_logs_of_the_workers(day: Day) -> None:
    drilled = day.fleet.read_lines("client drilled")
    assert [line["request_id"] for line in drilled] == [REQUEST_ID, REQUEST_ID]
    asked = [
        line["route"]
        for line in day.fleet.read_lines("request")
        if line["request_id"] == REQUEST_ID
    ]
    assert set(asked) == {"/ops/drills"}
    # Nobody asked for the plan over HTTP.
    (ended,) = day.fleet.read_lines("plan ended")
    assert "request_id" not in ended


def test_every_line_of_every_process_is_one_object(day: Day) -> None:
    for log in day.fleet.logs:
        _first, *lines = log.read_text().splitlines()
        assert lines
        for line in lines:
            assert {"time", "level", "event"} <= set(json.loads(line))


def test_each_web_process_counts_its_own_requests(day: Day) -> None:
    drilled = 'redeploy_request_seconds_count{method="POST",route="/ops/drills",status="302"}'
    told = [
        day.manager.get(f"{web}/metrics", Authorization=f"Bearer {METRICS_TOKEN}").body
        for web in day.fleet.webs
    ]
    assert [f"{drilled} 1.0" in one for one in told] == [False, True]
    assert ["redeploy_workers 2.0" in one for one in told] == [True, True]
    for web in day.fleet.webs:
        assert json.loads(day.manager.get(f"{web}/readyz").body) == {"status": "ready"}
