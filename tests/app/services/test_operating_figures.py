"""What the numbers for machines count."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.operating_figures import read_operating_figures
from tests.app.world import add_world, pause_p1


def test_figures_of_an_empty_installation_are_none(session: Session) -> None:
    figures = read_operating_figures(session)
    assert (figures.num_jobs, figures.num_plan_runs, figures.num_mails) == ({}, {}, {})
    assert (figures.oldest_job_s, figures.num_workers) == (0, 0)


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
    figures = read_operating_figures(session)
    assert figures.num_jobs == {("plans", "todo"): 1}
    assert figures.oldest_job_s == 90
    assert figures.num_plan_runs == {"queued": 1}
    assert figures.num_mails == {"waiting": 2, "in_doubt": 1}
    assert figures.num_workers == 2
