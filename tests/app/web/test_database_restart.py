"""The database is restarted under a request; whoever asks again finds one effect."""

from __future__ import annotations

import os
import select as waiting
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.services.pay_periods import create_period
from tests.app.outage import away
from tests.app.pay_world import approve, enter
from tests.app.web.conftest import Browser, Vendor
from tests.app.web.pages import Page
from tests.app.web.test_ops_pauses import ORDER
from tests.app.web.test_payroll import DAY, MONDAY, SUNDAY
from tests.app.web.test_review import list_rows
from tests.app.world import SYSTEM

Order = tuple[str, str, dict[str, Any]]
"""The page with the form's token, the address, the form."""

EFFECTS = """
    SELECT (SELECT count(*) FROM pauses), (SELECT count(*) FROM plan_runs),
           (SELECT count(*) FROM assignments WHERE proposal_id IS NOT NULL),
           (SELECT count(*) FROM export_batches),
           (SELECT count(*) FROM audit_events
            WHERE action IN ('pause.opened', 'proposal.approved', 'payroll.exported'))
"""


@dataclass
class Crash:
    """PostgreSQL dies at one COMMIT, as by a power cut, and comes back by itself.

    commits_left  how many COMMITs go through before it
    arrives       whether that COMMIT is carried out; its answer is lost in any case
    """

    commits_left: int
    arrives: bool
    commit: Callable[[Any], None]
    deaths: list[int] = field(default_factory=list)

    def __call__(self, connection: Any) -> None:
        if self.deaths or self.commits_left:
            self.commits_left -= not self.deaths
            self.commit(connection)
            return
        dbapi = connection.driver_connection
        wire, backend = dbapi.pgconn, dbapi.info.backend_pid
        self.deaths.append(backend)
        if self.arrives:
            wire.send_query(b"COMMIT")
            wire.flush()
            waiting.select([wire.socket], [], [])
            # The answer has come as far as our socket; nobody is to read it.
            os.read(wire.socket, 65_536)
        descriptor = os.pidfd_open(backend)
        os.kill(backend, signal.SIGKILL)
        waiting.select([descriptor], [], [])
        os.close(descriptor)
        if not self.arrives:
            self.commit(connection)
        while wire.get_result() is not None:
            pass
        raise psycopg.OperationalError("the connection is lost")


@pytest.fixture
def crash(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Crash]]:
    """Return a function that lets PostgreSQL die at a COMMIT to come."""
    # Tests do without the log; a crash that is to keep what was committed needs it.
    set_for_database(database, "ALTER DATABASE {} SET synchronous_commit = on")
    dialect = database.engine.dialect

    def arrange(*, commits_left: int, arrives: bool) -> Crash:
        with psycopg.connect(database.conninfo, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        # Connections of before do not know of the setting.
        database.dispose()
        found = Crash(commits_left, arrives, dialect.do_commit)
        monkeypatch.setattr(dialect, "do_commit", found)
        return found

    yield arrange
    set_for_database(database, "ALTER DATABASE {} RESET synchronous_commit")


def set_for_database(database: Database, statement: LiteralString) -> None:
    assert database.url.database is not None
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database.url.database)))


def ask_until_it_is_back(browser: Browser, order: Order) -> Page:
    """Send a form as a person does who is told to try again in a moment."""
    page, path, form = order
    while True:
        looked = browser.get(page)
        if looked.status == 200:
            answer = browser.post(path, form)
            if answer.status != 503:
                return answer


def pause(ops: Browser) -> Order:
    everyone = ORDER | {"people": "everyone"}
    seen = ops.post("/ops/pauses/impact", everyone, fragment=True).inputs["impact_seen"]
    return "/ops/", "/ops/pauses", everyone | {"impact_seen": seen}


@pytest.mark.parametrize("arrives", [True, False])
def test_pause_whose_answer_was_lost_is_one_pause(
    ops: Browser, session: Session, crash: Callable[..., Crash], arrives: bool
) -> None:
    """Check 29: COMMIT was sent, and carried out or not; nobody knows."""
    order = pause(ops)
    token = ops.get("/ops/").csrf_token
    died = crash(commits_left=0, arrives=arrives)
    answer = ops.send("POST", order[1], data=order[2] | {"csrf_token": token})
    assert len(died.deaths) == 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "What you sent may have been saved or not" in answer.text
    again = ask_until_it_is_back(ops, order)
    assert again.status == (409 if arrives else 200)
    assert session.execute(text(EFFECTS)).one() == (1, 1, 0, 0, 1)


def test_approval_whose_answer_was_lost_is_each_assignment_once(
    ops: Browser, session: Session, planned: Vendor, crash: Callable[..., Crash]
) -> None:
    """Check 29: between the steps of a request."""
    rows = list_rows(session, planned.run_id)
    session.rollback()
    path = f"/ops/plans/{planned.run_id}/decisions"
    form = {"row": rows, "decision": "approve"}
    token = ops.get("/ops/").csrf_token
    # The first COMMIT keeps the decision, the second one carries it out.
    died = crash(commits_left=1, arrives=True)
    answer = ops.send("POST", path, data=form | {"csrf_token": token})
    assert (answer.status_code, len(died.deaths)) == (503, 1)
    again = ask_until_it_is_back(ops, ("/ops/", path, form))
    assert again.status == 200
    assert session.execute(text(EFFECTS)).one() == (1, 1, 2, 0, 3)


@pytest.mark.usefixtures("people")
def test_export_whose_answer_was_lost_is_one_batch(
    payroll: Browser, session: Session, crash: Callable[..., Crash]
) -> None:
    """Check 29: the key of the form finds the batch again."""
    approve(session, enter(session, "C1", MONDAY, {("a1", DAY): "7.5"}))
    create_period(session, actor=SYSTEM, starts_on=MONDAY, ends_on=SUNDAY, zone="UTC")
    session.rollback()
    order = ("/payroll/", "/payroll/periods/1/export", {"key": "one click"})
    token = payroll.get("/payroll/").csrf_token
    died = crash(commits_left=0, arrives=True)
    answer = payroll.send("POST", order[1], data=order[2] | {"csrf_token": token})
    assert (answer.status_code, len(died.deaths)) == (503, 1)
    assert "Export 1" in ask_until_it_is_back(payroll, order).text
    assert session.execute(text(EFFECTS)).one() == (0, 0, 0, 1, 1)


def test_pages_say_that_the_database_is_away_and_come_back_with_it(
    ops: Browser, database: Database
) -> None:
    """Check 29: nobody has to restart the web process."""
    assert ops.get("/ops/").status == 200
    with away(database):
        page = ops.get("/ops/")
        assert (page.status, page.headers["Retry-After"]) == (503, "5")
        assert "The database does not answer" in page.text
        part = ops.get("/ops/projects", fragment=True)
        assert (part.status, part.headers["HX-Retarget"]) == (503, "#notices")
    assert ops.get("/ops/").status == 200
