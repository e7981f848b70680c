"""The API against calls drawn from its own description.

`make api-fuzz` draws 10,000; the suite a small sample of the same.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil

from flask import Flask
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.models import Mail, Skill
from app.services.access.accounts import add_user
from app.services.access.api_scopes import list_scopes
from app.services.access.api_tokens import make_token
from app.services.access.passwords import draw_password
from tests.app.api.conftest import find_actor
from tests.app.api.fuzzing import Known, fuzz, list_operations
from tests.app.api.test_access import POLICY
from tests.app.api.test_desks import COLUMN_MAP
from tests.app.web.conftest import ROLES, SYSTEM, Vendor
from tests.app.web.everything import add_everything

NUM_CALLS = int(os.environ.get("API_FUZZ_CALLS", "150"))


def build_known(session: Session, vendor: Vendor) -> Known:
    """Add a row of each kind there is; return what calls can be about."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    rows = add_everything(session, vendor)
    mail = Mail(contractor_id="C1", status="in_doubt", error="", ended_at=datetime.now(UTC))
    session.add_all([mail, Skill(name="weaving")])
    session.commit()
    victim_id = add_user(
        session,
        actor=SYSTEM,
        email="victim@vendor.example",
        name="Victim",
        role="auditor",
        password=draw_password(),
    )
    ada = find_actor(session, "contractor")
    spare = make_token(session, actor=ada, name="spare", scopes=["own:read"], num_days=1)
    return Known(
        keys={
            "project_id": "P1",
            "contractor_id": "C1",
            "client_id": "K1",
            "assignment_id": "a1",
            "day": str(vendor.today),
            "pause_id": vendor.pause_id,
            "run_id": vendor.run_id,
            "batch_id": rows["batch"],
            "offer_id": rows["offer"],
            "timesheet_id": rows["sheet"],
            "period_id": rows["period"],
            "export_id": rows["export"],
            "policy_id": rows["policy"],
            "format_id": rows["map"],
            "scenario_id": rows["scenario"],
            "other_id": rows["other"],
            "result_id": rows["drill"],
            "upload_id": rows["upload"],
            "file_id": rows["import_file"],
            "endpoint_id": rows["webhook"],
            "mail_id": mail.id,
            "user_id": victim_id,
            "token_id": spare.token_id,
            **dict.fromkeys(("proposal_id", "message_id", "group_id", "delivery_id"), 1),
        },
        values={
            "project_ids": ["P2"],
            "contractor_ids": ["C1"],
            "client_ids": ["K1"],
            "effective_at": now,
            "policy": "people-first",
            "zone": "UTC",
            "version": 1,
            "proposals": [{"proposal_id": 1, "version": 1}],
            "offer_ids": [rows["offer"]],
            "day": str(vendor.today),
            "starts_on": str(vendor.today),
            "ends_on": str(vendor.today),
            "work_date": str(vendor.today),
            "assignment_id": "a1",
            "group_id": 1,
            "email": "new@vendor.example",
            "url": "https://hooks.example.org/new",
            "column_map": COLUMN_MAP,
            "skill": "weaving",
            "excluded_project_ids": ["P2"],
        },
        guarded=frozenset({"user_id", "token_id"}),
    )


def test_no_call_brings_a_fault(
    app: Flask, database: Database, session: Session, planned: Vendor
) -> None:
    """Check 16: the API fuzzed from its own OpenAPI: no 5xx, and every answer as described."""
    settings: Settings = app.extensions["redeploy.settings"]
    wide = replace(settings, api_calls_per_minute=1_000_000, webhooks=True)
    app = create_app(wide, database)
    secrets = {}
    for role in ROLES:
        actor = find_actor(session, role)
        scopes = list_scopes(actor)
        made = make_token(session, actor=actor, name="fuzz", scopes=scopes, num_days=1)
        secrets[role] = made.secret
    # Of the scopes for every account a contractor has the most to read.
    who_may = {scope: who.replace("any_token", "contractor") for _, _, who, scope in POLICY}
    operations = list_operations(app)
    known, statuses = build_known(session, planned), Counter[int]()
    for operation in operations:
        scopes = [name for need in operation.definition.raw["security"] for name in need["token"]]
        role = who_may[scopes[0]].split()[0] if scopes else "ops_manager"
        fuzz(
            operation,
            secrets[role],
            known,
            num_calls=ceil(NUM_CALLS / len(operations)),
            note=lambda status: statuses.update([status]),
        )
    # The sample is of use while calls of every kind come through.
    assert {200, 404, 422} <= set(statuses)
    assert statuses.total() >= NUM_CALLS
