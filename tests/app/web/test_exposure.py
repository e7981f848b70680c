"""The pages of the exposure ledger: no client's name, and every reading in the audit trail."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent, Wall
from tests.app.web.conftest import CLIENT_NAME, Browser, Vendor


def list_readings(session: Session) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(AuditEvent.actor, AuditEvent.action, AuditEvent.subject_id)
        .where(AuditEvent.action.startswith("exposure."))
        .order_by(AuditEvent.id)
    )
    return [(actor, action, subject_id) for actor, action, subject_id in rows]


def test_lists_lead_to_the_ledgers(ops: Browser, session: Session, paused: Vendor) -> None:
    clients = ops.get("/ops/exposure")
    assert any(row.startswith("Chordus") for row in clients.rows)
    assert 'href="/ops/exposure/clients/K1"' in clients.body
    people = ops.get("/ops/exposure/contractors?text=Ada", fragment=True)
    assert 'href="/ops/exposure/contractors/C1"' in people.body
    assert "Cy" not in people.text
    assert "No client matches" in ops.get("/ops/exposure?text=nothing").text
    assert list_readings(session) == []


def test_ledger_of_a_client_names_people_and_codenames(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    page = ops.get("/ops/exposure/clients/K1")
    assert [row for row in page.rows if row.startswith("Ada C1 Chordus")] != []
    assert "in the audit trail" in page.text
    assert CLIENT_NAME not in page.body
    assert list_readings(session) == [("The ops_manager", "exposure.read", "K1")]
    file = ops.send("GET", "/ops/exposure/clients/K1?format=csv").get_data(as_text=True)
    assert "C1,Ada,Chordus,20,2026-01-05," in file
    assert CLIENT_NAME not in file
    assert list_readings(session)[-1] == ("The ops_manager", "exposure.exported", "K1")


def test_ledger_of_a_contractor_says_what_walls_close(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    session.add(Wall(client_id="K2", competitor_id="K1", cooling_off_days=90))
    session.commit()
    page = ops.get("/ops/exposure/contractors/C1")
    assert "Closed to Ada by a wall 1 project of competitors" in page.text
    assert [row for row in page.rows if row.startswith("Larkspur Chordus")] != []
    assert "Closed to Cy by a wall" in ops.get("/ops/exposure/contractors/C3").text


def test_ledger_of_nobody_does_not_exist(ops: Browser, session: Session) -> None:
    for path in ("clients/K9", "contractors/C9", "clients/K9?format=csv"):
        assert ops.get(f"/ops/exposure/{path}").status == 404
    assert list_readings(session) == []


def test_ledger_is_not_for_others(
    contractor: Browser, payroll: Browser, admin: Browser, paused: Vendor
) -> None:
    for browser in (contractor, payroll, admin):
        assert browser.get("/ops/exposure/clients/K1").status == 403
