"""The API against calls drawn from its own description.

`make api-fuzz` draws 10,000; the suite a small sample of the same.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.services.api_scopes import list_scopes
from app.services.api_tokens import make_token
from tests.app.api.conftest import find_actor
from tests.app.api.fuzzing import Known, fuzz, list_operations
from tests.app.api.test_access import POLICY
from tests.app.web.conftest import ROLES, Vendor

NUM_CALLS = int(os.environ.get("API_FUZZ_CALLS", "250"))


def build_known(vendor: Vendor) -> Known:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Known(
        keys={
            "project_id": "P1",
            "contractor_id": "C1",
            "client_id": "K1",
            "pause_id": vendor.pause_id,
            "run_id": vendor.run_id,
            "proposal_id": 1,
            "batch_id": 1,
            "offer_id": 1,
            "timesheet_id": 1,
            "period_id": 1,
            "export_id": 1,
            "assignment_id": "a1",
            "day": str(vendor.today),
        },
        values={
            "project_ids": ["P2"],
            "effective_at": now,
            "policy": "people-first",
            "zone": "UTC",
            "version": 1,
            "proposals": [{"proposal_id": 1, "version": 1}],
            "offer_ids": [1],
            "day": str(vendor.today),
            "starts_on": str(vendor.today),
            "ends_on": str(vendor.today),
        },
    )


def test_no_call_brings_a_fault(
    app: Flask, database: Database, session: Session, planned: Vendor
) -> None:
    """Check 16: the API fuzzed from its own OpenAPI: no 5xx, and every answer as described."""
    settings: Settings = app.extensions["redeploy.settings"]
    app = create_app(replace(settings, api_calls_per_minute=1_000_000), database)
    secrets = {}
    for role in ROLES:
        actor = find_actor(session, role)
        scopes = list_scopes(actor)
        made = make_token(session, actor=actor, name="fuzz", scopes=scopes, num_days=1)
        secrets[role] = made.secret
    roles = {scope: who.split()[0] for _method, _route, who, scope in POLICY if scope}
    operations = list_operations(app)
    known, statuses = build_known(planned), Counter[int]()
    for operation in operations:
        scopes = [name for need in operation.definition.raw["security"] for name in need["token"]]
        role = roles[scopes[0]] if scopes else "ops_manager"
        fuzz(
            operation,
            secrets[role],
            known,
            num_calls=max(1, NUM_CALLS // len(operations)),
            note=lambda status: statuses.update([status]),
        )
    # The sample is of use while calls of every kind come through.
    assert {200, 404, 422} <= set(statuses)
    assert statuses.total() >= NUM_CALLS - len(operations)
