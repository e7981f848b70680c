"""Two web processes and two workers on one PostgreSQL, as on four machines without a network."""

from __future__ import annotations

import html
import json
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from app.database import Database
from tests.app.fleet import METRICS_TOKEN, Fleet, Person, run_fleet
from tests.app.processes import list_children, list_family, wait_until_gone
from tests.app.services.plans.crossing import wait_until_done_or_waiting
from tests.app.web.conftest import add_people
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
LISTEN told;
"""
"""A worker has come, or has done a plan's job and taken it out of the queue."""


@dataclass(frozen=True)
class Day:
    """What a manager did on the fleet: two pauses, whose plans the workers solved."""

    fleet: Fleet
    database: Database
    manager: Person


@pytest.fixture(scope="module")
def day(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The manager signs in at the first web process and pauses at the second one."""
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
            for project_id in ("P1", "P2"):
                pause(manager, second, project_id)
            wait_for(listener, fleet, ["plan", "plan"])
            yield Day(fleet, database, manager)
        database.dispose()


def pause(manager: Person, web: str, project_id: str) -> None:
    """Fill in the dialog, look at the impact, and confirm it."""
    order = {
        "scope": "project",
        "project_id": project_id,
        "client_id": "",
        "effective_at": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "reason_class": "security_breach",
        "comment": "",
        "review_by": f"{datetime.now(UTC) + timedelta(days=14):%Y-%m-%d}",
        "policy": "people-first",
    }
    dialog = f"{web}/ops/pauses/new"
    impact = manager.post(f"{web}/ops/pauses/impact", dialog, **order)
    seen = re.search(r'name="impact_seen"[^>]*value="([^"]*)"', impact.body)
    assert seen is not None
    order["impact_seen"] = html.unescape(seen[1])
    manager.post(f"{web}/ops/pauses", dialog, request_id=f"{REQUEST_ID}-{project_id}", **order)


def wait_for(listener: psycopg.Connection, fleet: Fleet, wanted: list[str]) -> None:
    """Wait until the database has told of some events, in any order."""
    notices = listener.notifies(timeout=WAIT_S, stop_after=len(wanted))
    told = [notice.payload for notice in notices]
    assert sorted(told) == wanted, [log.read_text()[-2000:] for log in fleet.logs]


def test_web_and_worker_need_no_network(day: Day) -> None:
    """Check 44: pages are served and plans are solved in processes without a network."""
    for log in day.fleet.logs:
        assert log.read_text().startswith("without a network, by ")
    for web in day.fleet.webs:
        assert day.manager.get(f"{web}/ops/").status == 200
    query = "SELECT status FROM plan_runs ORDER BY id"
    with day.database.session() as session:
        assert session.execute(text(query)).scalars().all() == ["succeeded", "succeeded"]


def test_session_of_one_web_process_is_valid_on_the_other_and_ends_on_both(day: Day) -> None:
    first, second = day.fleet.webs
    clerk = Person()
    clerk.sign_in(first, "payroll")
    assert "/login" not in clerk.get(f"{second}/payroll/").address
    clerk.post(f"{first}/logout", f"{first}/payroll/")
    assert "/login" in clerk.get(f"{second}/payroll/").address


def test_each_job_is_done_by_one_worker_and_once(day: Day) -> None:
    done = Counter(line["plan_run_id"] for line in day.fleet.read_lines("plan ended"))
    assert sorted(done.values()) == [1, 1]
    query = "SELECT sum(attempts), count(*) FROM plan_runs"
    with day.database.session() as session:
        assert session.execute(text(query)).one() == (2, 2)


def test_request_is_found_again_in_the_logs_of_the_workers(day: Day) -> None:
    given = {f"{REQUEST_ID}-P1", f"{REQUEST_ID}-P2"}
    for event in ("plan started", "plan ended"):
        assert {line["request_id"] for line in day.fleet.read_lines(event)} == given
    asked = {
        line["route"] for line in day.fleet.read_lines("request") if line["request_id"] in given
    }
    # The redirect after the pause brings the id along.
    assert asked == {"/ops/pauses", "/ops/plans/<int:run_id>"}


def test_every_line_of_every_process_is_one_object(day: Day) -> None:
    for log in day.fleet.logs:
        _first, *lines = log.read_text().splitlines()
        assert lines
        for line in lines:
            assert {"time", "level", "event"} <= set(json.loads(line))


def test_each_web_process_counts_its_own_requests(day: Day) -> None:
    paused = 'redeploy_request_seconds_count{method="POST",route="/ops/pauses",status="302"}'
    told = [
        day.manager.get(f"{web}/metrics", Authorization=f"Bearer {METRICS_TOKEN}").body
        for web in day.fleet.webs
    ]
    assert [f"{paused} 2.0" in one for one in told] == [False, True]
    assert ["redeploy_workers 2.0" in one for one in told] == [True, True]
    for web in day.fleet.webs:
        assert json.loads(day.manager.get(f"{web}/readyz").body) == {"status": "ready"}


def test_killed_server_is_replaced_and_what_it_had_begun_is_undone(day: Day) -> None:
    """Check 27: the process of gunicorn that serves, killed in the middle of a request."""
    web, pause_id = day.fleet.webs[0], 1
    order = f"{web}/ops/pauses/{pause_id}/terminate", f"{web}/ops/"
    (server,) = list_children(day.fleet.processes[0].pid)
    with (
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(day.database.conninfo) as holder,
    ):
        holder.execute("SELECT FROM pauses FOR UPDATE")
        lost = pool.submit(day.manager.post, *order, comment="They left")
        wait_until_done_or_waiting(day.database, lost)
        os.kill(server, signal.SIGKILL)
        with pytest.raises(OSError, match=r"closed|reset"):
            lost.result()
    ended = text("SELECT count(*) FROM audit_events WHERE action = 'pause.terminated'")
    with day.database.session() as session:
        assert session.scalar(ended) == 0
        session.rollback()
        # The door has stayed open: whoever comes waits there for the next one.
        assert "assignments have ended" in day.manager.post(*order, comment="They left").body
        assert session.scalar(ended) == 1


def test_server_whose_master_is_killed_leaves_and_others_go_on(day: Day) -> None:
    """Whoever starts the command again, as systemd does, finds its port free."""
    first, second = day.fleet.processes[:2]
    assert first.poll() is None
    family = list_family(second.pid)
    second.kill()
    second.wait()
    wait_until_gone(family)
    assert "/login" not in day.manager.get(f"{day.fleet.webs[0]}/ops/").address
