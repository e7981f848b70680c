"""What a client's security team is given: who had access to its data, and what was done about it.

The manifest names every file with its SHA-256 and the head of the audit trail; the audit event
names the manifest's. Whoever has a later head can tell that this, and nothing else, was handed
over that day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.exports.table_csv import CsvCell, build_table_csv
from app.models import AuditEvent, Client
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.auditing.audit_chain import read_head
from app.services.desk.exposure import list_codenames, list_exposures
from app.services.paging import PageRequest
from app.services.transaction import transaction

FORMAT = 1
FILES = ("exposure.csv", "access.csv", "readings.csv", "manifest.json")
MAX_ROWS = 100_000

_ACCESS = """
    SELECT i.contractor_id, c.name, i.kind, i.name AS access, q.effective_at, i.removed_at
    FROM access_items i
    JOIN projects p ON p.project_id = i.project_id
    JOIN contractors c ON c.contractor_id = i.contractor_id
    JOIN pauses q ON q.id = i.pause_id
    WHERE p.client_id = :client_id
    ORDER BY q.effective_at, i.contractor_id, i.kind, i.name LIMIT :most
"""


@dataclass(frozen=True)
class _Table:
    """A file of the evidence."""

    head: tuple[str, ...]
    rows: Sequence[Sequence[CsvCell]]


def build_evidence(
    session: Session, *, actor: Actor, client_id: str, today: date
) -> Mapping[str, bytes]:
    """Return the evidence for a client, the files of FILES by name, and note it in the trail.

    No competitor is in it, and no client's name.

    Raises Forbidden, NotFound, or Refused (`too many rows`).
    """
    require(actor, Permission.VIEW_EXPOSURE)
    with transaction(session):
        if session.get(Client, client_id) is None:
            raise NotFound("client", client_id)
        tables = {
            "exposure.csv": _read_exposures(session, client_id, today),
            "access.csv": _read_access(session, client_id),
            "readings.csv": _read_readings(session, client_id),
        }
        files = {name: build_table_csv(table.head, table.rows) for name, table in tables.items()}
        manifest = {
            "format": FORMAT,
            "projects": list_codenames(session, client_id),
            "as_of": today.isoformat(),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "made_by": actor.name,
            "files": {
                name: {"rows": len(tables[name].rows), "sha256": _hash(content)}
                for name, content in files.items()
            },
            "audit_head": json.loads(read_head(session).as_line()),
        }
        files["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
        record(
            session,
            actor=actor,
            action="exposure.evidence_made",
            subject=("client", client_id),
            after={
                "as_of": today,
                "manifest_sha256": _hash(files["manifest.json"]),
                "rows": {name: len(table.rows) for name, table in tables.items()},
            },
        )
    return files


def _read_exposures(session: Session, client_id: str, today: date) -> _Table:
    page = PageRequest("starts_on", limit=MAX_ROWS)
    found = list_exposures(
        session, kind="client", subject_id=client_id, text="", state="", today=today, page=page
    )
    if found.total > MAX_ROWS:
        sentence = f"{found.total:,} rows, and evidence takes {MAX_ROWS:,}."
        raise Refused("too many rows", sentence)
    head = ("Contractor id", "Contractor", "Project", "Hours a week", "From", "Until")
    rows = [
        (
            row.contractor_id,
            row.name,
            row.codename,
            row.hours_per_week,
            row.starts_on,
            row.last_day,
            row.free_after,
            row.state,
        )
        for row in found.rows
    ]
    return _Table((*head, "Cooling off until", "State"), rows)


def _read_access(session: Session, client_id: str) -> _Table:
    """Return what pauses of the client's projects took from whom, and when that was done."""
    keys = {"client_id": client_id, "most": MAX_ROWS}
    head = ("Contractor id", "Contractor", "Kind", "Access", "Stopped at", "Removed at")
    return _Table(head, [tuple(row) for row in session.execute(text(_ACCESS), keys)])


def _read_readings(session: Session, client_id: str) -> _Table:
    """Return who read this ledger, and when."""
    statement = (
        select(AuditEvent.at, AuditEvent.actor, AuditEvent.action)
        .where(AuditEvent.subject_kind == "client", AuditEvent.subject_id == client_id)
        .where(AuditEvent.action.startswith("exposure."))
        .order_by(AuditEvent.id)
        .limit(MAX_ROWS)
    )
    return _Table(("At", "Who", "What"), [tuple(row) for row in session.execute(statement)])


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
