"""A row of each kind that has a page, on top of the paused and planned small vendor."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.exports.payroll_formats.column_map import write_map
from app.models import ImportFile, PayGroup, Timesheet
from app.services.drills.drilling import request_drill
from app.services.payroll.receiver_formats import create_format
from app.services.plans.planning import PlanOptions
from app.services.plans.policies import create_policy
from app.services.plans.policy_settings import PolicySettings
from app.services.review.review_batches import open_batch
from app.services.review.reviewing import ProposalVersion
from app.services.review.second_approval import SecondApproval
from app.services.scenarios.scenario_requests import Case, Variant
from app.services.scenarios.scenarios import create_scenarios
from app.services.transaction import transaction
from app.services.webhooks.webhook_endpoints import WebhookRules, register_endpoint
from app.services.webhooks.webhook_events import add_event
from solver.policy import PEOPLE_FIRST
from tests.app.exports.payroll_formats.test_column_map import PLAIN
from tests.app.offers import add_bare_offer
from tests.app.pay_world import add_period, export
from tests.app.services.imports.uploads import CONTRACTORS, add_read_upload
from tests.app.web.conftest import SYSTEM, Vendor
from tests.app.web.test_drills import finish
from tests.app.web.test_ops_scenarios import ONE, OTHER, solve
from tests.app.web.test_payroll import MONDAY, SUNDAY, work
from tests.app.world import add_entry


def add_everything(session: Session, planned: Vendor) -> dict[str, int]:
    """Add the rows; return name in an address -> key."""
    request_drill(session, actor=SYSTEM, today=planned.today)
    scenarios = create_scenarios(
        session,
        actor=SYSTEM,
        case=Case(planned.pause_id),
        variants=[Variant("people-first", with_extra=False), Variant("best-fit", with_extra=False)],
        options=PlanOptions(),
    )
    solve(session, scenarios[0], ONE)
    solve(session, scenarios[1], OTHER)
    work(session, 1, "7.5")
    period = add_period(session, MONDAY, SUNDAY)
    export_id = export(session, period)
    work(session, 2, "4", approved=False)
    return add_uploads(session) | {
        "period": period,
        "export": export_id,
        "pause": planned.pause_id,
        "run": planned.run_id,
        "drill": finish(session)[0],
        "batch": open_batch(
            session,
            actor=SYSTEM,
            plan_run_id=planned.run_id,
            verb="approve",
            proposals=[ProposalVersion(1, 1)],
            second=SecondApproval(rows=1, raise_percent=1),
        ),
        "policy": create_policy(
            session, actor=SYSTEM, name="Careful", settings=PolicySettings(PEOPLE_FIRST)
        ),
        "sheet": add_sheet(session, planned.today),
        "offer": add_bare_offer(session, planned.run_id, "C1", "P3"),
        "map": create_format(
            session, actor=SYSTEM, name="Bureau", kind="columns", settings=write_map(PLAIN)
        ),
        "webhook": add_webhook(session),
        "scenario": scenarios[0],
        "other": scenarios[1],
    }


def add_uploads(session: Session) -> dict[str, int]:
    """Have the ops manager upload what is to be mended, to be matched, and to be confirmed."""
    email = "ops_manager@vendor.example"
    bad = CONTRACTORS.replace("C2,Bo,bo@example.org", "C9,=Bo <svg onload=pwned()>,nobody")
    keys = {
        "unmatched": add_read_upload(session, email, {"export.csv": "Key,Title\nK9,Northgate\n"}),
        "ready": add_read_upload(session, email, {"contractors.csv": CONTRACTORS}),
        "upload": add_read_upload(session, email, {"contractors.csv": bad}),
        "import_file": session.scalar(select(func.max(ImportFile.id))) or 0,
    }
    session.rollback()
    return keys


def add_webhook(session: Session) -> int:
    """Register an endpoint to which an event is on its way; return its id."""
    endpoint_id, _secret = register_endpoint(
        session,
        actor=SYSTEM,
        url="https://hooks.example.org/redeploy",
        kinds=("pause.resumed", "plan.ready"),
        rules=WebhookRules("only for tests, only for tests, only for tests"),
    )
    with transaction(session):
        add_event(session, "pause.resumed", {"pause_id": 1, "projects": []})
    return endpoint_id


def add_sheet(session: Session, today: date) -> int:
    """Give Cy hours of a week that is over, and everybody a pay group; return the sheet."""
    session.add(PayGroup(name="Berlin", zone="Europe/Berlin", first_weekday=6, is_default=True))
    session.commit()
    add_entry(session, "a3", today - timedelta(days=7), "7.5")
    return session.scalars(select(Timesheet.id).where(Timesheet.contractor_id == "C3")).one()
