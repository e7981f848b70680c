"""Times the review desk at M: the list, the drawer, a change, and approving 5,000 at once.

    python -m benchmarks.desk                 # plans for 30 s, then 40 requests of each kind
    python -m benchmarks.desk --solve-s 60 --requests 200

A vendor of 10,000 contractors is drawn, projects are paused until 5,000 people are affected, and
the rest ask for enough hours that most of them can be placed. The plan is a real one; it is
topped up with second places to 10,000 proposals. Requests go through the whole web application,
without the network. Everything runs in a folder of its own, which is removed at the end.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.models import Assignment, PlanRun, Proposal
from app.sampling import SIZES, build_sample_roster
from app.services.access import Actor
from app.services.accounts import add_user, draw_password
from app.services.importing import import_roster
from app.services.pausing import open_pause
from app.services.plan_loading import build_limits, load_planning_roster
from app.services.plan_results import build_solved_plan, lock_run_to_save, save_plan
from app.services.planning import PlanOptions
from app.services.review_batches import (
    advance_batch,
    open_batch,
)
from app.services.review_stale import ProposalVersion
from app.services.second_approval import NO_SECOND
from app.services.transaction import transaction
from solver.planning import make_plan
from solver.result import Control

SYSTEM = Actor.of_system("a benchmark")
PASSWORD = draw_password()
NUM_AFFECTED, NUM_PROPOSALS, NUM_APPROVED = 5_000, 10_000, 5_000
LIST_MS, DRAWER_MS, BULK_S = 300, 400, 10
_DEMAND_FACTOR = 4

QUERIES = (
    "",
    "page=80",
    "sort=name",
    "sort=pay_change_cents&descending=1",
    "sort=coverage&page=20",
    "text=an",
    "min_fit=70&pay=no_cut",
    "coverage=below&sort=codename",
    "country=DE",
    "skill=Speaking&size=100",
    "status=all&size=100&page=30",
)

_SECOND_PLACES = """
    INSERT INTO proposals (
        plan_run_id, contractor_id, project_id, hours_per_week, starts_on, fit, pay_rate_cents,
        previous_pay_rate_cents, currency, from_projects, restored_hour_weeks)
    SELECT p.plan_run_id, p.contractor_id, other.project_id, p.hours_per_week, p.starts_on,
        greatest(p.fit - 10, 0), p.pay_rate_cents, p.previous_pay_rate_cents, p.currency,
        p.from_projects, p.restored_hour_weeks
    FROM proposals p
    CROSS JOIN LATERAL (
        SELECT project_id FROM projects q
        WHERE q.status = 'open' AND NOT EXISTS (
            SELECT FROM proposals mine
            WHERE mine.plan_run_id = p.plan_run_id AND mine.contractor_id = p.contractor_id
              AND mine.project_id = q.project_id)
        ORDER BY md5(p.id || q.project_id) LIMIT :places) AS other
    WHERE p.plan_run_id = :run_id
    ORDER BY p.id LIMIT :missing
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Timing:
    """What one kind of request took, in milliseconds, beside what it may take.

    cpu  of the same requests, the time that Python itself worked: a busy machine adds nothing
    """

    name: str
    samples: list[float]
    cpu: list[float]
    limit_ms: float


def get_percentile(samples: list[float], share: float) -> float:
    """Return the value below which `share` of the samples lie."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@click.command(help=__doc__)
@click.option("--solve-s", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--requests", type=click.IntRange(min=1), default=40, show_default=True)
def main(solve_s: int, requests: int) -> None:
    """Set up, measure, print the table, clean up."""
    with (
        tempfile.TemporaryDirectory(prefix="redeploy-bench-") as home,
        EmbeddedPostgres(Path(home)).running() as url,
    ):
        database = Database(url, pool_size=8)
        database.upgrade()
        with database.session() as session:
            run_id = prepare(session, solve_s)
            timings = measure_pages(build_client(database), session, run_id, requests)
            approved = approve_many(session, run_id)
        database.dispose()
    for line in describe(timings, approved):
        click.echo(line)


def prepare(session: Session, solve_s: int) -> int:
    """Import the vendor, pause, plan and top up; return the plan run."""
    roster = build_sample_roster(SIZES["M"], seed=1, starting=datetime.now(UTC).date())
    projects = roster.projects.copy()
    projects["demand_hours"] *= _DEMAND_FACTOR
    projects["seats"] = None
    import_roster(session, replace(roster, projects=projects), actor=SYSTEM, source="M")
    add_user(
        session,
        actor=SYSTEM,
        email="ops@vendor.example",
        name="The manager",
        role="ops_manager",
        password=PASSWORD,
    )
    run_id = open_pause(
        session,
        actor=SYSTEM,
        project_ids=choose_projects(session),
        effective_at=datetime.now(UTC).replace(second=0, microsecond=0),
        reason_class="other",
        options=PlanOptions(time_limit_s=solve_s),
    ).plan_run_id
    say("planning", f"{solve_s} s")
    run = session.get_one(PlanRun, run_id)
    roster, request = load_planning_roster(session, run)
    limits = build_limits(run)
    session.rollback()
    solved = build_solved_plan(make_plan(roster, request, limits, Control()))
    with transaction(session):
        save_plan(session, lock_run_to_save(session, run_id), solved, actor=SYSTEM)
    say("planned", f"{len(solved.proposals):,} proposals, {len(solved.unplaced):,} below")
    with transaction(session):
        missing = max(0, NUM_PROPOSALS - len(solved.proposals))
        keys = {"run_id": run_id, "missing": missing, "places": 3}
        session.execute(text(_SECOND_PLACES), keys)
        session.execute(text("ANALYZE"))
    return run_id


def choose_projects(session: Session) -> list[str]:
    """Return the largest projects that together stop about NUM_AFFECTED people."""
    people = func.count(func.distinct(Assignment.contractor_id))
    rows = session.execute(
        select(Assignment.project_id, people)
        .where(Assignment.status == "active")
        .group_by(Assignment.project_id)
        .order_by(people.desc())
    ).all()
    session.rollback()
    chosen, total = [], 0
    for project_id, count in rows:
        if total < NUM_AFFECTED * 1.05:
            chosen.append(project_id)
            total += count
    return chosen


def build_client(database: Database) -> FlaskClient:
    """Return a browser of the manager's, signed in."""
    settings = Settings.from_environment({"SECRET_KEY": "x" * 40, "SECURE_COOKIES": "false"})
    app: Flask = create_app(settings, database)
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)
    assert token is not None
    form = {"email": "ops@vendor.example", "password": PASSWORD, "csrf_token": token[1]}
    client.post("/login", data=form)
    assert client.get("/ops/").status_code == 200
    return client


def measure_pages(
    client: FlaskClient, session: Session, run_id: int, requests: int
) -> list[Timing]:
    """Ask for lists, drawers and verdicts on changes, `requests` times each."""
    rows = session.execute(
        select(Proposal.id, Proposal.project_id)
        .where(Proposal.plan_run_id == run_id)
        .order_by(Proposal.id)
    ).all()
    session.rollback()
    chance = random.Random(7)
    lists = [f"/ops/plans/{run_id}/review?{QUERIES[n % len(QUERIES)]}" for n in range(requests)]
    picked = [chance.choice(rows) for _ in range(requests)]
    drawers = [f"/ops/proposals/{row.id}" for row in picked]
    changes = [
        f"{path}/change?project={chance.choice(rows).project_id}&hours=15" for path in drawers
    ]
    blockers = [f"{path}/blockers" for path in drawers]
    part = {"HX-Request": "true"}
    return [
        measure(client, "review page", lists, LIST_MS, {}),
        measure(client, "review list (filter, sort, page)", lists, LIST_MS, part),
        measure(client, "drawer", drawers, DRAWER_MS, part),
        measure(client, "what stands in the way", blockers, DRAWER_MS, part),
        measure(client, "verdict on a change", changes, DRAWER_MS, part | {"HX-Target": "verdict"}),
    ]


def measure(
    client: FlaskClient, name: str, paths: Iterable[str], limit_ms: float, headers: dict[str, str]
) -> Timing:
    """Time each request once; the first one of a kind warms up and is not counted."""

    def ask(path: str) -> tuple[float, float]:
        begun, cpu = time.perf_counter(), time.thread_time()
        response = client.get(path, headers=headers)
        assert response.status_code == 200, path
        return 1000 * (time.perf_counter() - begun), 1000 * (time.thread_time() - cpu)

    taken = list(map(ask, paths))
    taken = taken[1:] or taken
    return Timing(name, [wall for wall, _ in taken], [cpu for _, cpu in taken], limit_ms)


def approve_many(session: Session, run_id: int) -> tuple[int, int, float, float]:
    """Approve the best fitting NUM_APPROVED of the plan; return done, refused, seconds, CPU."""
    found = session.execute(
        select(Proposal.id, Proposal.version)
        .where(Proposal.plan_run_id == run_id)
        .order_by(Proposal.reasons == [], Proposal.fit.desc(), Proposal.id)
        .limit(NUM_APPROVED)
    ).all()
    session.rollback()
    wanted = [ProposalVersion(row.id, row.version) for row in found]
    begun, cpu = time.perf_counter(), time.thread_time()
    batch_id = open_batch(
        session,
        actor=SYSTEM,
        plan_run_id=run_id,
        verb="approve",
        proposals=wanted,
        second=NO_SECOND,
    )
    while advance_batch(session, actor=SYSTEM, batch_id=batch_id):
        pass
    seconds, cpu = time.perf_counter() - begun, time.thread_time() - cpu
    done, refused = session.execute(
        text("SELECT num_done, num_refused FROM review_batches WHERE id = :id"), {"id": batch_id}
    ).one()
    return done, refused, seconds, cpu


def describe(timings: Iterable[Timing], approved: tuple[int, int, float, float]) -> Iterable[str]:
    """Yield the lines of the table."""
    done, refused, seconds, cpu = approved
    load = f"{os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores"
    yield f"{'':34}{'p50 ms':>10}{'p95 ms':>10}{'limit':>10}{'Python ms':>12}"
    for one in timings:
        p50, p95 = get_percentile(one.samples, 0.5), get_percentile(one.samples, 0.95)
        cpu = get_percentile(one.cpu, 0.95)
        yield f"{one.name:34}{p50:10.0f}{p95:10.0f}{one.limit_ms:10.0f}{cpu:12.0f}"
    yield ""
    yield (
        f"approving {done + refused:,} in one batch: {seconds:.1f} s, of it {cpu:.1f} s in Python "
        f"(limit {BULK_S} s); {done:,} approved, {refused:,} refused with a reason"
    )
    yield f"load average at the end: {load}"


def say(what: str, how_much: str) -> None:
    click.echo(f"{what}: {how_much}", err=True)


if __name__ == "__main__":
    main()
