"""The database dies under a request and is started again; whoever asks again finds one effect.

The application speaks through a wire that breaks at a COMMIT; the server is really killed.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Proposal
from app.services.payroll.pay_periods import create_period
from app.services.review.reviewing import ProposalVersion, approve_proposals
from tests.app.api import conftest as api
from tests.app.api.test_once import build_order
from tests.app.outage import away
from tests.app.pay_world import approve, enter
from tests.app.web.conftest import Browser, Vendor
from tests.app.web.pages import Page
from tests.app.web.test_ops_pauses import ORDER
from tests.app.web.test_payroll import DAY, MONDAY, SUNDAY
from tests.app.web.test_review import list_rows
from tests.app.wire import Fate, Server, Wire, stretch_wire
from tests.app.world import SYSTEM
from tests.databases import Databases

make_program = api.make_program

EFFECTS = """
    SELECT (SELECT count(*) FROM pauses), (SELECT count(*) FROM plan_runs),
           (SELECT count(*) FROM assignments WHERE proposal_id IS NOT NULL),
           (SELECT count(*) FROM offers), (SELECT count(*) FROM export_batches)
"""
DONE = """
    SELECT action, count(*) FROM audit_events
    WHERE action IN ('pause.opened', 'proposal.approved', 'proposal.published', 'payroll.exported')
    GROUP BY action
"""


@dataclass(frozen=True)
class Line:
    """How the application reaches its database, and how that is broken."""

    url: str
    server: Server
    wire: Wire


@pytest.fixture
def app(whole_app: Flask) -> Flask:
    """The API too: programs lose answers as people do."""
    return whole_app


@pytest.fixture
def line(databases: Databases) -> Iterator[Line]:
    """A migrated database without rows behind a wire."""
    with databases.lend() as url:
        # Tests do without its log; a crash that is to keep what was committed needs it.
        set_for_database(url, "ALTER DATABASE {} SET synchronous_commit = on")
        with stretch_wire(url) as stretched:
            yield Line(*stretched)
        set_for_database(url, "ALTER DATABASE {} RESET synchronous_commit")


@pytest.fixture
def database(line: Line) -> Iterator[Database]:
    """That database, for every fixture of the pages."""
    database = Database(line.url)
    yield database
    database.dispose()


def set_for_database(url: str, statement: LiteralString) -> None:
    database = Database(url)
    with psycopg.connect(database.conninfo, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database.url.database or "")))


@dataclass(frozen=True)
class Order:
    """A form: the page on which it stands, its address, and what is filled in."""

    page: str
    path: str
    form: dict[str, Any]


def lose_answer(line: Line, browser: Browser, order: Order, fate: Fate, **options: Any) -> Page:
    """Send a form, lose its answer with the server, send it again once that is back."""
    form = order.form | {"csrf_token": browser.get(order.page).csrf_token}
    break_down(line, fate, **options)
    answer = browser.send("POST", order.path, data=form)
    assert line.wire.num_breaks == 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "What you sent may have been saved or not" in answer.text
    # While it is away nobody is told anything else.
    assert browser.get(order.page).status == 503
    line.server.start()
    return browser.post(order.path, order.form)


def break_down(line: Line, fate: Fate, **options: Any) -> None:
    """Let the server die at a COMMIT to come."""
    with psycopg.connect(Database(line.url).conninfo, autocommit=True) as connection:
        # What was written so far need not be read from the log again.
        connection.execute("CHECKPOINT")
    line.wire.break_at_commit(fate, **options)


def read_effects(session: Session) -> tuple[tuple[int, ...], dict[str, int]]:
    """Return what there is of everything, and what was done how often."""
    session.rollback()
    done = dict(tuple(row) for row in session.execute(text(DONE)))
    return tuple(session.execute(text(EFFECTS)).one()), done


def pause(ops: Browser) -> Order:
    everyone = ORDER | {"people": "everyone"}
    seen = ops.post("/ops/pauses/impact", everyone, fragment=True).inputs["impact_seen"]
    return Order("/ops/", "/ops/pauses", everyone | {"impact_seen": seen})


@pytest.mark.parametrize("fate", Fate)
def test_pause_whose_answer_was_lost_is_one_pause(
    ops: Browser, session: Session, line: Line, fate: Fate
) -> None:
    """Check 29: COMMIT was sent, and carried out or not; nobody knows."""
    again = lose_answer(line, ops, pause(ops), fate)
    if fate is not Fate.UNKNOWN:
        assert again.status == {Fate.CARRIED_OUT: 409, Fate.LOST: 200}[fate]
    # Whichever it was, the page says that it is paused, once.
    assert again.status == 200 or "paused already" in again.text
    assert read_effects(session) == ((1, 1, 0, 0, 0), {"pause.opened": 1})


def test_approval_whose_answer_was_lost_is_each_assignment_once(
    ops: Browser, session: Session, planned: Vendor, line: Line
) -> None:
    """Check 29: between the steps of a request, by an immediate shutdown."""
    rows = list_rows(session, planned.run_id)
    session.rollback()
    path = f"/ops/plans/{planned.run_id}/decisions"
    order = Order("/ops/", path, {"row": rows, "decision": "approve"})
    # The first COMMIT keeps the decision, the second one carries it out.
    again = lose_answer(line, ops, order, Fate.CARRIED_OUT, commits_left=1, number=signal.SIGQUIT)
    assert "0 proposals approved, 2 not." in again.text
    assert "Earlier 2 proposals approved." in again.text
    assert read_effects(session) == ((1, 1, 2, 0, 0), {"pause.opened": 1, "proposal.approved": 2})


def test_publishing_whose_answer_was_lost_is_each_offer_once(
    ops: Browser, session: Session, planned: Vendor, line: Line
) -> None:
    """Check 29: nobody gets a second offer, nor hears of one twice."""
    found = session.execute(select(Proposal.id, Proposal.version)).all()
    session.rollback()
    proposals = [ProposalVersion(*row) for row in found]
    approve_proposals(session, actor=SYSTEM, proposals=proposals)
    rows = list_rows(session, planned.run_id)
    session.rollback()
    path = f"/ops/plans/{planned.run_id}/decisions"
    order = Order("/ops/", path, {"row": rows, "decision": "publish"})
    again = lose_answer(line, ops, order, Fate.CARRIED_OUT, commits_left=1)
    assert "Earlier 2 proposals published." in again.text
    assert read_effects(session)[0] == (1, 1, 2, 2, 0)
    told = text("SELECT count(*) FROM messages WHERE kind = 'offer_made'")
    assert session.scalar(told) == 2


@pytest.mark.usefixtures("people")
def test_export_whose_answer_was_lost_is_one_batch(
    payroll: Browser, session: Session, line: Line
) -> None:
    """Check 29: the key of the form finds the batch again."""
    approve(session, enter(session, "C1", MONDAY, {("a1", DAY): "7.5"}))
    create_period(session, actor=SYSTEM, starts_on=MONDAY, ends_on=SUNDAY, zone="UTC")
    session.rollback()
    order = Order("/payroll/", "/payroll/periods/1/export", {"key": "one click"})
    assert "Export 1" in lose_answer(line, payroll, order, Fate.CARRIED_OUT).text
    assert read_effects(session) == ((0, 0, 0, 0, 1), {"payroll.exported": 1})


def test_call_whose_answer_was_lost_is_not_done_again(
    make_program: Callable[[str], api.Program], session: Session, line: Line
) -> None:
    """Check 29: a program sends the same idempotency key, and is told the truth."""
    ops, order = make_program("ops_manager"), build_order()
    # The first COMMIT keeps the use of the token.
    break_down(line, Fate.CARRIED_OUT, commits_left=1)
    answer = ops.call("POST", "/pauses", order, key="k")
    assert (answer.status_code, line.wire.num_breaks) == (503, 1)
    assert "send it again with the same idempotency key" in answer.text
    line.server.start()
    again = ops.call("POST", "/pauses", order, key="k")
    assert (again.status_code, again.get_json()["code"]) == (409, "answer_lost")
    assert read_effects(session) == ((1, 1, 0, 0, 0), {"pause.opened": 1})


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
