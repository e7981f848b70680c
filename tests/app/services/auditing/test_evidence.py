"""What a client's security team is given, and how the audit trail vouches for it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotFound
from app.models import AuditEvent, Client
from app.services.access.access import Actor
from app.services.auditing.audit_chain import read_head
from app.services.auditing.evidence import FILES, build_evidence
from app.services.auditing.exposure import LedgerFilter, read_ledger
from app.services.paging import PageRequest
from app.services.pauses.access_items import mark_access
from tests.app.world import SYSTEM, add_world, pause_p1

TODAY = date(2026, 3, 12)
NAME = "Client Whose Name Is A Secret"
MANAGER = Actor(None, "Morgan", frozenset({"ops_manager"}))


@pytest.fixture
def evidence(session: Session) -> Mapping[str, bytes]:
    """The evidence of K1, whose project was paused and whose access was partly taken back."""
    add_world(session, walls=[{"client_id": "K1", "competitor_id": "K2"}])
    session.get_one(Client, "K1").name = NAME
    opened = pause_p1(session)
    mark_access(session, actor=SYSTEM, pause_id=opened.pause_id, removed=True, item_ids=[1])
    read_ledger(
        session,
        actor=MANAGER,
        kind="client",
        subject_id="K1",
        wanted=LedgerFilter(),
        today=TODAY,
        page=PageRequest("starts_on", limit=10),
    )
    return build_evidence(session, actor=MANAGER, client_id="K1", today=TODAY)


def read_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_evidence_says_who_had_access_and_what_was_done(evidence: Mapping[str, bytes]) -> None:
    assert tuple(evidence) == FILES
    exposures = read_rows(evidence["exposure.csv"])
    assert [(row["Contractor id"], row["Project"], row["Until"]) for row in exposures] == [
        (f"C{number}", "Chordus", "2026-03-02") for number in (1, 2, 3)
    ]
    access = read_rows(evidence["access.csv"])
    assert [(row["Contractor id"], row["Kind"], row["Access"]) for row in access] == [
        (f"C{number}", "project", "Chordus") for number in (1, 2, 3)
    ]
    assert [bool(row["Removed at"]) for row in access] == [True, False, False]
    readings = read_rows(evidence["readings.csv"])
    assert [(row["Who"], row["What"]) for row in readings] == [("Morgan", "exposure.read")]


def test_evidence_names_no_client_and_no_competitor(evidence: Mapping[str, bytes]) -> None:
    everything = b"".join(evidence.values()).decode()
    assert NAME not in everything
    assert "Kestrel" not in everything
    assert '"Chordus"' in everything


def test_manifest_hashes_the_files_and_the_trail_hashes_the_manifest(
    session: Session, evidence: Mapping[str, bytes]
) -> None:
    """Check 38: whoever has a later head can tell what was handed over."""
    manifest = json.loads(evidence["manifest.json"])
    assert {name: facts["sha256"] for name, facts in manifest["files"].items()} == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in evidence.items()
        if name != "manifest.json"
    }
    event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.subject_id) == ("exposure.evidence_made", "K1")
    assert event.after is not None
    assert event.after["manifest_sha256"] == hashlib.sha256(evidence["manifest.json"]).hexdigest()
    # The head in the manifest is the one before the event that names it.
    assert manifest["audit_head"]["sequence"] == read_head(session).sequence - 1


def test_evidence_is_for_those_with_the_permission(session: Session) -> None:
    add_world(session)
    payroll = Actor(None, "Tove", frozenset({"payroll"}))
    with pytest.raises(Forbidden):
        build_evidence(session, actor=payroll, client_id="K1", today=TODAY)
    with pytest.raises(NotFound):
        build_evidence(session, actor=MANAGER, client_id="K9", today=TODAY)
