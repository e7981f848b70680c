"""One object for every key that an address can name: twice, of two clients and two people.

Client K1 has Chordus and Halcyon, client K2 has Larkspur and Nightjar. Of each, one project is
paused and its contractor offered work on the other. Ada (C1) signs in as the contractor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, inspect, select
from sqlalchemy.orm import Session

from app.models import (
    Base,
    BatchFile,
    ClientScope,
    Drill,
    DrillResult,
    ExportBatch,
    ExportFile,
    Mail,
    Message,
    Offer,
    PayPeriod,
    PlanRun,
    Proposal,
    Recall,
    ReceiverFormat,
    ReceiverFormatVersion,
    ReviewBatch,
    SavedPolicy,
    SavedView,
    Scenario,
    TimeOff,
    Timesheet,
    User,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.services.plans.policy_settings import get_named_settings, write_settings
from tests.app.web.conftest import SYSTEM
from tests.factories import make_roster

Keys = Mapping[str, object]
"""Name of a key in an address -> the key of a real object."""

UNKNOWN: Keys = {
    "client_id": "none.such",
    "project_id": "none.such",
    "contractor_id": "none.such",
}
"""Keys of nothing; every other one is the number below."""

UNKNOWN_NUMBER = 987_654

CODENAMES = {"K1": ("Chordus", "Halcyon"), "K2": ("Larkspur", "Nightjar")}
"""Client -> the codenames of its open projects, the paused one first."""

_FILLERS: Mapping[type, object] = {
    str: "x",
    int: 1,
    float: 1.0,
    Decimal: Decimal(1),
    date: date(2026, 3, 2),
    datetime: datetime(2026, 3, 2, tzinfo=UTC),
    object: {},
    bytes: b"x",
}


@dataclass(frozen=True)
class World:
    """Keys of real objects: the first client's and Ada's, the others', and those of all."""

    own: Keys
    others: Keys
    shared: Keys

    def of(self, role: str) -> Keys:
        """Return the keys of objects that the role's account works with."""
        return {**self.shared, **self.own} if role != "payroll" else {**self.own, **self.shared}


def add_world(session: Session) -> World:
    """Add one object for every key to the vendor of the fixture `people`."""
    add_projects(session)
    users = {user.email.partition("@")[0]: user for user in session.scalars(select(User))}
    own = dict(add_work(session, "K1", "C1"))
    others = {**add_work(session, "K2", "C3"), **add_personal(session, users["admin"], "C3")}
    for role in ("ops_manager", "contractor"):
        own |= add_personal(session, users[role], "C1")
    return World(own, others, add_shared(session))


def limit_manager(session: Session, *client_ids: str) -> None:
    """Limit the ops manager to some clients."""
    user = session.scalars(select(User).where(User.email == "ops_manager@vendor.example")).one()
    user.client_scopes = [ClientScope(client_id=one) for one in client_ids]
    session.commit()


def add_projects(session: Session) -> None:
    """Add a second open project of each client to the vendor of the fixture `people`."""
    roster = make_roster(
        clients=[{"client_id": "K1"}, {"client_id": "K2"}],
        projects=[
            {"project_id": "P4", "codename": "Halcyon", "client_id": "K1"},
            {"project_id": "P5", "codename": "Nightjar", "client_id": "K2"},
        ],
    )
    import_roster(session, roster, actor=SYSTEM, source="a test")


def add_work(session: Session, client_id: str, contractor_id: str) -> Keys:
    """Pause a client's first project, and add all that can come of it; return its keys."""
    paused_id, target_id = {"K1": ("P1", "P4"), "K2": ("P2", "P5")}[client_id]
    now = datetime.now(UTC)
    opened = open_pause(
        session,
        actor=SYSTEM,
        project_ids=[paused_id],
        effective_at=now - timedelta(days=1),
        reason_class="funding",
        review_by=now.date(),
        options=PlanOptions(),
        now=now,
    )
    run = session.get_one(PlanRun, opened.plan_run_id)
    run.status, run.started_at, run.finished_at = "succeeded", now, now
    proposed = {"plan_run_id": run.id, "currency": "USD", "from_projects": paused_id}
    published = add_row(
        session,
        Proposal,
        **proposed,
        contractor_id=contractor_id,
        project_id=target_id,
        status="published",
        published_at=now,
    )
    waiting = add_row(
        session, Proposal, **proposed, contractor_id=contractor_id, project_id=paused_id
    )
    offer = add_row(
        session,
        Offer,
        proposal_id=published,
        contractor_id=contractor_id,
        project_id=target_id,
        codename=CODENAMES[client_id][1],
        currency="USD",
        sent_at=now,
        expires_at=now + timedelta(days=2),
    )
    days = {"horizon_starts_on": now.date(), "horizon_ends_on": now.date()}
    solve = {"status": "succeeded", "policy": "people-first", **days}
    drill = add_row(session, Drill)
    result = {
        "drill_id": drill,
        "client_id": client_id,
        **dict.fromkeys(("num_projects", "num_affected", "num_coverable", "num_bound"), 1),
        **dict.fromkeys(("num_away", "lost_hours", "restorable_hours"), 0),
        "lost_pay_cents": {},
        "unlocks": [],
    }
    keys: dict[str, object] = {
        "client_id": client_id,
        "project_id": target_id,
        "contractor_id": contractor_id,
        "pause_id": opened.pause_id,
        "run_id": run.id,
        "proposal_id": waiting,
        "offer_id": offer,
        "batch_id": add_row(
            session, ReviewBatch, plan_run_id=run.id, verb="approve", status="done"
        ),
        "recall_id": add_row(session, Recall, pause_id=opened.pause_id, **solve),
        "result_id": add_row(session, DrillResult, **result, status="done", finished_at=now),
        "scenario_id": add_row(session, Scenario, paused_project_ids=[paused_id], **solve),
    }
    session.commit()
    return keys


def add_personal(session: Session, user: User, contractor_id: str) -> Keys:
    """Add what belongs to one person alone; return its keys."""
    today = datetime.now(UTC).date()
    facts = {"batch_id": 1, "num_rows": 1, "by": "x"}
    keys: dict[str, object] = {
        "message_id": add_row(
            session,
            Message,
            kind="approval_given",
            event=f"e{user.id}",
            user_id=user.id,
            facts=facts,
        ),
        "view_id": add_row(session, SavedView, user_id=user.id),
        "time_off_id": add_row(
            session,
            TimeOff,
            contractor_id=contractor_id,
            starts_on=today + timedelta(days=30),
            ends_on=today + timedelta(days=31),
            is_own=True,
        ),
    }
    session.commit()
    return keys


def add_shared(session: Session) -> Keys:
    """Add what everybody at a desk shares; return its keys."""
    period = add_row(session, PayPeriod, zone="UTC", ends_on=date(2026, 3, 8))
    batch = add_row(session, ExportBatch, period_id=period)
    receiver = add_row(session, ReceiverFormat, kind="adp")
    version = add_row(session, ReceiverFormatVersion, format_id=receiver)
    user = session.scalars(select(User).order_by(User.id)).first()
    assert user is not None
    aims = get_named_settings("people-first")
    endpoint = add_row(session, WebhookEndpoint, kinds=["plan.ready"])
    event = add_row(session, WebhookEvent)
    keys: dict[str, object] = {
        "endpoint_id": endpoint,
        "delivery_id": add_row(session, WebhookDelivery, endpoint_id=endpoint, event_id=event),
        "period_id": period,
        "batch_id": batch,
        "format_id": receiver,
        "file_id": add_row(
            session,
            BatchFile,
            batch_id=batch,
            format_version_id=version,
            file_id=add_row(session, ExportFile, batch_id=batch),
        ),
        "policy_id": add_row(session, SavedPolicy, settings=write_settings(aims)),
        "mail_id": add_row(session, Mail, user_id=user.id, status="in_doubt"),
        "timesheet_id": add_row(session, Timesheet, contractor_id="C3", zone="UTC"),
        "user_id": user.id,
    }
    session.commit()
    return keys


def add_row(session: Session, model: type[Base], **values: Any) -> int:
    """Add a row with something in every column that needs it; return its key."""
    table = inspect(model).local_table
    assert isinstance(table, Table)
    for column in table.columns:
        is_free = (
            column.nullable or column.identity is not None or column.server_default is not None
        )
        if not is_free and column.name not in values:
            values[column.name] = _FILLERS[column.type.python_type]
    row = model(**values)
    session.add(row)
    session.flush()
    key: int = next(iter(inspect(row).identity or ()))
    return key
