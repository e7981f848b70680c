"""What the numbers for machines count."""

from __future__ import annotations

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.auditing.audit import record
from app.services.operating.operating_figures import read_operating_figures
from app.services.transaction import transaction
from tests.app.world import SYSTEM, add_world, pause_p1


def test_figures_of_an_empty_installation_are_none(session: Session) -> None:
    figures = read_operating_figures(session)
    assert (figures.num_jobs, figures.num_plan_runs, figures.num_mails) == ({}, {}, {})
    assert (figures.oldest_job_s, figures.num_workers, figures.plan_gap) == (0, 0, 0)
    assert figures.num_deliveries == {}
    assert figures.oldest_unsent_s == {"mails": 0, "webhooks": 0}
    assert (figures.num_audited, figures.audit_age_s) == (0, 0)


def test_figures_count_jobs_runs_mails_and_living_workers(session: Session) -> None:
    add_world(session)
    pause_p1(session)
    session.execute(text("UPDATE procrastinate_events SET at = now() - interval '90 seconds'"))
    session.execute(
        text(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now()), (now()), (now() - interval '1 minute')"
        )
    )
    session.execute(
        text(
            "INSERT INTO mails (contractor_id, status) "
            "VALUES ('C1', 'waiting'), ('C2', 'waiting'), ('C1', 'in_doubt'), ('C1', 'sent')"
        )
    )
    session.execute(text("UPDATE mails SET created_at = now() - id * interval '1 minute'"))
    figures = read_operating_figures(session)
    assert figures.oldest_unsent_s == {"mails": 120, "webhooks": 0}
    assert figures.num_jobs == {("plans", "todo"): 1}
    assert figures.oldest_job_s == 90
    assert figures.num_plan_runs == {"queued": 1}
    assert figures.num_mails == {"waiting": 2, "in_doubt": 1}
    assert figures.num_workers == 2


SAME = """
    pause_id, policy, policy_settings, weeks, time_limit_s, gap, workers, seed, pause_date,
    horizon_starts_on, horizon_ends_on
"""


def test_figures_tell_the_widest_gap_of_the_newest_plan(session: Session) -> None:
    add_world(session)
    pause_p1(session)
    add = text(
        f"INSERT INTO plan_runs (status, finished_at, summary, {SAME}) "
        "SELECT 'succeeded', now() - :days * interval '1 day', CAST(:summary AS jsonb), "
        f"{SAME} FROM plan_runs LIMIT 1"
    )
    for days, gaps in ((2, [0.5]), (1, [0, 0.125, None])):
        summary = json.dumps({"tiers": [{"gap": gap} for gap in gaps]})
        session.execute(add, {"days": days, "summary": summary})
    assert read_operating_figures(session).plan_gap == 0.125


DELIVERIES = """
    INSERT INTO webhook_endpoints (url, kinds, sealed_secret) VALUES ('https://a', '{}', '');
    INSERT INTO webhook_events (event_id, kind, body) VALUES ('e', 'k', '');
    INSERT INTO webhook_deliveries (endpoint_id, event_id, status, queued_at)
    SELECT w.id, e.id, 'waiting', now() - interval '2 hours'
    FROM webhook_endpoints w, webhook_events e
"""


def test_figures_tell_what_waits_to_be_told_and_how_long_the_audit_chain_is(
    session: Session,
) -> None:
    for statement in DELIVERIES.split(";"):
        session.execute(text(statement))
    with transaction(session):
        record(session, actor=SYSTEM, action="thing.done", subject=("thing", 1))
    figures = read_operating_figures(session)
    assert figures.num_deliveries == {"waiting": 1}
    assert 7200 <= figures.oldest_unsent_s["webhooks"] < 7800
    assert figures.num_audited == 1
    assert 0 < figures.audit_age_s < 600
