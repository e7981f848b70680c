"""Times the ops desk at M: lists, drawers, impact, insights, and approving 5,000 at once.

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
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.embedded import EmbeddedPostgres
from app.models import Proposal, ReviewBatch
from benchmarks.desk_client import PART, Desk, Timing
from benchmarks.desk_vendor import import_vendor, plan_pause

NUM_APPROVED = 5_000
LIST_MS, DRAWER_MS, IMPACT_MS, BULK_MS = 300, 400, 3_000, 10_000

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
PAGES = (
    ("home", "/ops/"),
    ("insights", "/ops/insights"),
    ("timeline", "/ops/insights/timeline"),
    ("projects", "/ops/projects"),
    ("pauses", "/ops/pauses"),
    ("who is left out", "/ops/plans/{run_id}/unplaced?size=100"),
    ("exposure of people", "/ops/exposure/contractors?size=100"),
    ("two scenarios compared", "/ops/scenarios/compare?id=1&id=2&size=100"),
)


@click.command(help=__doc__)
@click.option("--solve-s", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--requests", type=click.IntRange(min=1), default=40, show_default=True)
def main(solve_s: int, requests: int) -> None:
    """Set up, measure, print the table, clean up."""
    with (
        tempfile.TemporaryDirectory(prefix="redeploy-bench-") as home,
        EmbeddedPostgres(Path(home)).running() as url,
    ):
        pid = int((Path(home) / "postgres" / "postmaster.pid").read_text().split("\n")[0])
        database = Database(url, pool_size=8)
        database.upgrade()
        with database.session() as session:
            project_ids = import_vendor(session)
            desk = Desk(database, pid)
            timings = [measure_impact(desk, project_ids)]
            run_id = plan_pause(session, project_ids, solve_s)
            timings += measure_pages(desk, session, run_id, requests)
            approval, steps, done, refused = approve_many(desk, session, run_id)
        database.dispose()
    for line in describe([*timings, steps], approval, (done, refused)):
        click.echo(line)


def measure_impact(desk: Desk, project_ids: Sequence[str]) -> Timing:
    """Ask what the pause of all these projects would do, as the dialog does."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
    form = {"scope": "project", "project_id": list(project_ids), "effective_at": now}
    form |= {"people": "everyone", "zone": "UTC", "reason_class": "other"}
    return desk.measure_posts("impact of the pause", [("/ops/pauses/impact", form)] * 5, IMPACT_MS)


def measure_pages(desk: Desk, session: Session, run_id: int, requests: int) -> list[Timing]:
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
    verdict = PART | {"HX-Target": "verdict"}
    return [
        desk.measure("review page", lists, LIST_MS),
        desk.measure("review list (filter, sort, page)", lists, LIST_MS, PART),
        desk.measure("drawer", drawers, DRAWER_MS, PART),
        desk.measure("what stands in the way", blockers, DRAWER_MS, PART),
        desk.measure("verdict on a change", changes, DRAWER_MS, verdict),
        *(
            desk.measure(name, [path.format(run_id=run_id)] * requests, LIST_MS)
            for name, path in PAGES
        ),
    ]


def approve_many(desk: Desk, session: Session, run_id: int) -> tuple[Timing, Timing, int, int]:
    """Approve all that match a filter which about NUM_APPROVED do, as the page goes through it.

    Returns the whole of it, each step of the bar, and how many were approved and refused.
    """
    fits = session.scalars(
        select(Proposal.fit).where(Proposal.plan_run_id == run_id).order_by(Proposal.fit.desc())
    ).all()
    min_fit = fits[min(NUM_APPROVED, len(fits)) - 1]
    matching = select(func.count()).where(Proposal.plan_run_id == run_id, Proposal.fit >= min_fit)
    form: dict[str, object] = {
        "min_fit": min_fit,
        "all_matching": "1",
        "seen": session.scalar(matching),
    }
    session.rollback()
    path = f"/ops/plans/{run_id}/decisions"
    steps = [desk.time_once(partial(desk.post, path, form | {"decision": "approve"}))]
    while (batch := _get_batch(session)).status == "running":
        path = f"/ops/batches/{batch.id}/advance"
        steps.append(desk.time_once(partial(desk.post, path, {})))
    elapsed, busy = [one for one, _ in steps], [one for _, one in steps]
    return (
        Timing("approving", [sum(elapsed)], [sum(busy)], BULK_MS),
        Timing("a step of the approval's bar", elapsed, busy, BULK_MS),
        batch.num_done,
        batch.num_refused,
    )


def _get_batch(session: Session) -> ReviewBatch:
    session.rollback()
    newest = select(ReviewBatch).order_by(ReviewBatch.id.desc()).limit(1)
    return session.scalars(newest, execution_options={"populate_existing": True}).one()


def get_percentile(samples: list[float], share: float) -> float:
    """Return the value below which `share` of the samples lie."""
    ranked = sorted(samples)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def describe(
    timings: Iterable[Timing], approval: Timing, outcomes: tuple[int, int]
) -> Iterable[str]:
    """Yield the lines of the table."""
    yield f"{'ms':34}{'p50':>8}{'p95':>8}{'busy p50':>10}{'busy p95':>10}{'limit':>8}"
    for one in timings:
        columns = [get_percentile(one.elapsed, 0.5), get_percentile(one.elapsed, 0.95)]
        columns += [get_percentile(one.busy, 0.5), get_percentile(one.busy, 0.95), one.limit_ms]
        widths = (8, 8, 10, 10, 8)
        cells = (f"{value:{width}.0f}" for value, width in zip(columns, widths, strict=True))
        yield f"{one.name:34}{''.join(cells)}"
    yield ""
    done, refused = outcomes
    yield (
        f"approving {done + refused:,} in one batch: {approval.elapsed[0] / 1000:.1f} s, of it "
        f"{approval.busy[0] / 1000:.1f} s of work (limit {BULK_MS // 1000} s); "
        f"{done:,} approved, {refused:,} refused with a reason"
    )
    load = f"{os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores"
    yield f"load average at the end: {load}"


if __name__ == "__main__":
    main()
