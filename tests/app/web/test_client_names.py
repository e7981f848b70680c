"""A client's name is read where a pause is made, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.services.messages.mailing import send_due
from app.services.own_work.calendar_links import make_link
from app.services.plans.plan_watch import ChildLimits
from app.services.plans.solving import run_plan
from app.services.review.reviewing import ProposalVersion, approve_proposals, publish_proposals
from app.web.guard import Audience, permit
from tests.app.pay_world import FIRST, add_period, approve_day, export
from tests.app.services.messages.mail_server import Mailbox, serve_mail
from tests.app.web.conftest import Browser
from tests.app.world import PASSWORD, SYSTEM, add_account, add_world, pause_p1

CANARY = "CANARY"
TABLES = ("plan_runs", "plan_progress", "proposals", "unplaced", "audit_events", "messages")


@pytest.fixture
def planned_run(database: Database, session: Session) -> int:
    """P1 is paused and planned: C1 finds a place, C2 still works for a competitor of K2."""
    add_world(
        session,
        num_contractors=2,
        walls=[{"client_id": "K2", "competitor_id": "K3", "cooling_off_days": 90}],
    )
    for statement in (
        "UPDATE clients SET name = 'CANARY-' || client_id",
        """INSERT INTO assignments
           (assignment_id, contractor_id, project_id, hours_per_week, starts_on, status)
           VALUES ('B2', 'C2', 'P3', 5, '2026-01-05', 'active')""",
        "UPDATE projects SET clearance = 4, compartments = 'x' WHERE project_id = 'P3'",
    ):
        session.execute(text(statement))
    session.commit()
    opened = pause_p1(session)
    run_plan(database, opened.plan_run_id, limits=ChildLimits())
    return opened.plan_run_id


def test_plan_writes_no_client_s_name_bug(session: Session, planned_run: int) -> None:
    """The unlock of a wall had named both clients."""
    unplaced = session.execute(text("SELECT blocker, unlock FROM unplaced")).all()
    assert unplaced == [("wall", "end the work on Larch, then wait 90 days")]
    assert session.scalars(text("SELECT status FROM plan_runs")).all() == ["succeeded"]
    for table in TABLES:
        rows = session.scalars(text(f"SELECT CAST(t AS text) FROM {table} AS t")).all()
        assert rows, table
        assert not [row for row in rows if CANARY in row], table


def test_pages_show_no_client_s_name(app: Flask, session: Session, planned_run: int) -> None:
    add_account(session, "ops_manager")
    add_account(session, "payroll")
    add_account(session, "contractor", "C1")
    (row,) = session.execute(text("SELECT id, version FROM proposals")).all()
    (outcome,) = approve_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(*row)])
    assert outcome.ok
    told = ProposalVersion(row.id, row.version + 1)
    publish_proposals(session, actor=SYSTEM, proposals=[told])
    approve_day(session, 1, FIRST, "8")
    export(session, add_period(session))
    paths = {
        "ops_manager": (
            "/ops/",
            "/ops/projects",
            "/ops/projects/P1",
            "/ops/projects/P2",
            "/ops/pauses",
            "/ops/pauses/1",
            f"/ops/plans/{planned_run}",
            f"/ops/plans/{planned_run}/review?status=all",
            f"/ops/plans/{planned_run}/unplaced",
            f"/ops/plans/{planned_run}/limits",
            f"/ops/plans/{planned_run}/open-demand",
            f"/ops/plans/{planned_run}/open-demand/P2",
            f"/ops/plans/{planned_run}/place/C2?project=P2&hours=20",
            "/messages/",
            "/ops/insights",
            "/ops/insights/waiting.csv",
            "/ops/insights/timeline?pause=1",
            "/ops/drills",
            "/ops/exposure",
            "/ops/exposure?format=csv",
            "/ops/exposure/contractors",
            "/ops/exposure/contractors/C1",
            "/ops/exposure/clients/K1",
            "/ops/exposure/clients/K1?format=csv",
            f"/ops/proposals/{row.id}",
        ),
        "payroll": (
            "/payroll/",
            "/payroll/periods/1",
            "/payroll/exports",
            "/payroll/exports/1",
            "/payroll/exports/1/file",
            "/payroll/exports/1/manifest",
            "/payroll/adjustments?person=name",
        ),
        "c1": ("/my/work", "/my/offers", "/my/offers/1", "/my/hours", "/my/calendar", "/messages/"),
    }
    for account, places in paths.items():
        browser = Browser(app)
        browser.sign_in(f"{account}@vendor.example", PASSWORD)
        for path in places:
            page = browser.get(path)
            assert page.status == 200, path
            assert CANARY not in page.body, path


def test_contractor_does_not_read_whose_a_codename_is_bug(
    app: Flask, database: Database, session: Session
) -> None:
    """The page had said that the new project is of a client whom the person knows."""
    add_world(session, num_contractors=1)
    session.execute(text("UPDATE projects SET client_id = 'K1' WHERE project_id = 'P2'"))
    session.commit()
    run_plan(database, pause_p1(session).plan_run_id, limits=ChildLimits())
    add_account(session, "contractor", "C1")
    (row,) = session.execute(text("SELECT id, version, reasons FROM proposals")).all()
    assert any("worked for this client before" in reason for reason in row.reasons)
    approve_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(row.id, 1)])
    publish_proposals(session, actor=SYSTEM, proposals=[ProposalVersion(row.id, 2)])
    browser = Browser(app)
    browser.sign_in("c1@vendor.example", PASSWORD)
    offered = browser.get("/my/offers/1")
    browser.post("/my/offers/1/accept", {})
    for page in (offered, browser.get("/my/work")):
        assert "Restores" in page.text
        assert "client before" not in page.text
        assert "Earlier work" not in page.text


@pytest.fixture
def read_logs(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[[], str]:
    """Return what reads all that was logged by this process and its children."""
    caplog.set_level("DEBUG")
    return lambda: "".join([*capfd.readouterr(), caplog.text])


def test_canary_is_in_no_log_mail_feed_or_error(
    read_logs: Callable[[], str],
    app: Flask,
    database: Database,
    session: Session,
    planned_run: int,
) -> None:
    """Check 12. Web, worker and PostgreSQL, at the most talkative, with a fault of each kind."""
    app.add_url_rule("/broken", "broken", permit(Audience.EVERYONE)(lambda: break_down(session)))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    manager = add_account(session, "ops_manager")
    ada = add_account(session, "contractor", "C1")
    proposals = [ProposalVersion(1, version) for version in (1, 2)]
    approve_proposals(session, actor=manager, proposals=proposals[:1])
    publish_proposals(session, actor=manager, proposals=proposals[1:])
    session.execute(text("INSERT INTO walls VALUES ('K1', 'K2', 36500, '2020-01-01')"))
    token = make_link(session, actor=ada)
    browser, person = Browser(app), Browser(app)
    browser.sign_in("ops_manager@vendor.example", PASSWORD)
    person.sign_in("c1@vendor.example", PASSWORD)
    form = {"scope": "client", "client_id": "K1", "reason_class": "other"}
    answers = [
        browser.get("/ops/projects/none"),
        browser.post("/ops/pauses/impact", form),
        browser.post("/ops/offers/withdraw", {"row": "1", "reason": f"{CANARY}-K2 said so"}),
        browser.get(f"/calendar/{token}.ics"),
        person.post("/my/offers/1/accept", {}),
        browser.get("/broken"),
    ]
    assert [answer.status for answer in answers] == [404, 200, 400, 200, 409, 500]
    mailbox = Mailbox()
    with serve_mail(mailbox) as server:
        assert send_due(database, server) > 0
    told = [answer.body for answer in answers] + [mail.as_string() for mail in mailbox.mails]
    told += [read_logs(), read_server_log(session)]
    assert "DataError" in "".join(told)
    assert [text for text in told if CANARY in text] == []


def break_down(session: Session) -> str:
    """Let PostgreSQL complain of a value that is a client's name."""
    names = session.scalars(text("SELECT name FROM clients")).all()
    session.execute(text("SELECT CAST(:name AS date)"), {"name": names[0]})
    return "not reached"


def read_server_log(session: Session) -> str:
    """Return what the PostgreSQL server of the tests has written of itself."""
    session.rollback()
    folder = Path(str(session.scalar(text("SELECT current_setting('data_directory')"))))
    return (folder / "log").read_text(errors="replace")
