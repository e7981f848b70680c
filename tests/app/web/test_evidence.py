"""Taking files out of the pages: evidence for a client, and what the audit trail says of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent
from app.services.payroll.pay_periods import create_period
from app.services.payroll.payroll_export import export_period
from tests.app.pay_world import approve, enter
from tests.app.web.conftest import CLIENT_NAME, SYSTEM, Browser, Vendor

MONDAY = date(2026, 3, 2)


def test_page_of_a_client_leads_to_its_evidence(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    assert 'href="/ops/exposure/evidence/K1"' in ops.get("/ops/exposure/clients/K1").body
    assert "evidence" not in ops.get("/ops/exposure/contractors/C1").body
    response = ops.send("GET", "/ops/exposure/evidence/K1")
    assert response.headers["Content-Disposition"] == 'attachment; filename="evidence.zip"'
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as archive:
        assert archive.testzip() is None
        everything = b"".join(map(archive.read, archive.namelist())).decode()
        manifest = json.loads(archive.read("manifest.json"))
    assert "Ada" in everything
    assert CLIENT_NAME not in everything
    assert manifest["made_by"] == "The ops_manager"
    made = select(AuditEvent.subject_id).where(AuditEvent.action == "exposure.evidence_made")
    assert session.scalars(made).all() == ["K1"]


def test_evidence_of_no_client_is_not_there(ops: Browser, session: Session) -> None:
    assert ops.get("/ops/exposure/evidence/K9").status == 404
    made = select(AuditEvent).where(AuditEvent.action == "exposure.evidence_made")
    assert session.scalars(made).all() == []


def test_every_taking_of_a_payroll_file_is_noted(
    payroll: Browser, session: Session, people: None
) -> None:
    """Check 40: names and pay leave the house with who took them and when."""
    sheet = enter(session, "C1", MONDAY, {("a1", MONDAY): "7.5"})
    approve(session, sheet)
    days = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=6)}
    period_id = create_period(session, actor=SYSTEM, zone="UTC", **days)
    export_period(session, actor=SYSTEM, period_id=period_id)
    for path in ("file", "file", "manifest"):
        assert payroll.get(f"/payroll/exports/1/{path}").status == 200
    assert payroll.get("/payroll/exports/2/file").status == 404
    taken = select(AuditEvent).where(AuditEvent.action == "file.downloaded").order_by(AuditEvent.id)
    assert [(one.actor, one.subject_id) for one in session.scalars(taken)] == [
        ("The payroll", "payroll-000001.csv"),
        ("The payroll", "payroll-000001.csv"),
        ("The payroll", "payroll-000001-manifest.json"),
    ]
