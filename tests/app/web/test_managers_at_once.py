"""Twelve managers approve overlapping selections through HTTP at the same moment.

`python -m benchmarks.managers` does it with 5,000 proposals and real web processes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Role, User
from tests.app.web.conftest import Browser, hash_test_password
from tests.app.world import add_world, pause_p1, propose

NUM_MANAGERS = 12
NUM_ACCOUNTS = 3
NUM_PROPOSALS = 36
NUM_EACH = 15

OUTCOMES = """
    SELECT count(*) FILTER (WHERE outcome = 'done'),
           count(DISTINCT proposal_id) FILTER (WHERE outcome = 'done'),
           count(*) FILTER (WHERE outcome = 'pending')
    FROM review_batch_rows
"""
MADE = """
    SELECT count(*), count(DISTINCT proposal_id),
           (SELECT count(*) FROM audit_events WHERE action = 'proposal.approved')
    FROM assignments WHERE proposal_id IS NOT NULL
"""


def test_twelve_managers_approve_each_proposal_exactly_once(app: Flask, session: Session) -> None:
    """Check 23: whatever they select, and whoever comes first."""
    add_world(session, num_contractors=NUM_PROPOSALS, target={"demand_hours": 2000})
    rows = [(f"C{number + 1}", "P2", 20) for number in range(NUM_PROPOSALS)]
    run_id = pause_p1(session).plan_run_id
    wanted = [f"{one.proposal_id}:{one.version}" for one in propose(session, run_id, rows)]
    # Nobody's first week is over, whenever this test runs.
    session.execute(text("UPDATE proposals SET starts_on = current_date + 1"))
    browsers = sign_in(app, session)
    barrier = Barrier(NUM_MANAGERS)

    def approve(number: int) -> int:
        start = number * (NUM_PROPOSALS - NUM_EACH) // (NUM_MANAGERS - 1)
        form = {"row": wanted[start : start + NUM_EACH], "decision": "approve"}
        barrier.wait()
        return browsers[number].post(f"/ops/plans/{run_id}/decisions", form, fragment=True).status

    with ThreadPoolExecutor(NUM_MANAGERS) as pool:
        statuses = list(pool.map(approve, range(NUM_MANAGERS)))
    assert statuses == [200] * NUM_MANAGERS
    assert session.execute(text(OUTCOMES)).one() == (NUM_PROPOSALS, NUM_PROPOSALS, 0)
    assert session.execute(text(MADE)).one() == (NUM_PROPOSALS, NUM_PROPOSALS, NUM_PROPOSALS)


def sign_in(app: Flask, session: Session) -> list[Browser]:
    """Return NUM_MANAGERS browsers of NUM_ACCOUNTS managers, each with its token at hand."""
    role = session.scalars(select(Role).where(Role.name == "ops_manager")).one()
    for number in range(NUM_ACCOUNTS):
        session.add(
            User(
                email=f"manager{number}@vendor.example",
                name=f"Manager {number}",
                password=hash_test_password(),
                fs_uniquifier=f"unique manager {number}",
                roles=[role],
            )
        )
    session.commit()
    first = [Browser(app) for _ in range(NUM_ACCOUNTS)]
    for number, browser in enumerate(first):
        browser.enter(f"manager{number}@vendor.example")
    browsers = list(first)
    while len(browsers) < NUM_MANAGERS:
        browsers.append(Browser(app))
        browsers[-1].take_cookies(first[len(browsers) % NUM_ACCOUNTS])
    for browser in browsers:
        browser.get("/nowhere")
    return browsers
