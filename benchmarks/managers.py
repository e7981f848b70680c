"""Twelve managers approve 5,000 overlapping proposals through HTTP, each exactly once.

    python -m benchmarks.managers
    python -m benchmarks.managers --web 4 --solve-s 60

Each manager takes a window of a third of the list, the next one's window begins a little further
on, and all send the forms that the page sends, to real web processes. Everything is in a folder
of its own, which is removed at the end.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import click
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.models import Proposal
from app.services.access.accounts import add_user
from benchmarks.desk_vendor import PASSWORD, SYSTEM, import_vendor, plan_pause
from benchmarks.open_loop import Request, send
from benchmarks.web_processes import SETTINGS, SignedIn, serving, sign_in_all

NUM_MANAGERS = 12
NUM_PROPOSALS = 5_000
LIMIT_S = 30

_RUNNING = re.compile(r'hx-post="(/ops/batches/\d+/advance)"')
_MADE = """
    SELECT (SELECT count(*) FROM assignments WHERE proposal_id IS NOT NULL) AS assignments,
           (SELECT count(DISTINCT proposal_id) FROM assignments) AS different,
           (SELECT count(*) FROM audit_events WHERE action = 'proposal.approved') AS events,
           (SELECT count(*) FROM review_batch_rows WHERE outcome = 'done') AS done,
           (SELECT count(*) FROM review_batch_rows WHERE outcome = 'refused') AS refused,
           (SELECT count(*) FROM review_batch_rows WHERE outcome = 'pending') AS pending
"""


@click.command(help=__doc__)
@click.option("--web", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--solve-s", type=click.IntRange(min=1), default=30, show_default=True)
def main(web: int, solve_s: int) -> None:
    """Set up, let them approve, count, clean up."""
    with (
        tempfile.TemporaryDirectory(prefix="redeploy-bench-") as home,
        EmbeddedPostgres(Path(home)).running() as url,
    ):
        database = Database(url)
        database.upgrade()
        with database.session() as session:
            project_ids = import_vendor(session)
            run_id = plan_pause(session, project_ids, solve_s)
            session.execute(text("DELETE FROM procrastinate_jobs"))
            session.commit()
            wanted = list_wanted(session, run_id)
            managers = [add_manager(session, number) for number in range(NUM_MANAGERS)]
        app = create_app(Settings.from_environment(SETTINGS), database)
        browsers = sign_in_all(app, managers)
        with serving(
            database.conninfo, num_web=web, num_threads=NUM_MANAGERS, num_workers=0
        ) as processes:
            seconds = approve_all(processes.ports, browsers, run_id, wanted)
        with database.session() as session:
            made = session.execute(text(_MADE)).one()
        database.dispose()
    assert made.assignments == made.different == made.events == made.done
    assert made.pending == 0
    cores = len(os.sched_getaffinity(0))
    click.echo(
        f"{NUM_MANAGERS} managers, {len(wanted):,} proposals, {made.done + made.refused:,} "
        f"decisions: {seconds:.1f} s (limit {LIMIT_S} s); {made.done:,} approved, each once; "
        f"{made.refused:,} refused with a reason; {web} web processes, "
        f"load {os.getloadavg()[0]:.1f} on {cores} cores"
    )


def list_wanted(session: Session, run_id: int) -> list[str]:
    """Return what the boxes of the best proposals send."""
    rows = session.execute(
        select(Proposal.id, Proposal.version)
        .where(Proposal.plan_run_id == run_id, Proposal.status == "proposed")
        .order_by(Proposal.fit.desc(), Proposal.id)
        .limit(NUM_PROPOSALS)
    ).all()
    session.rollback()
    return [f"{row.id}:{row.version}" for row in rows]


def add_manager(session: Session, number: int) -> int:
    return add_user(
        session,
        actor=SYSTEM,
        email=f"manager-{number}@vendor.example",
        name=f"Manager {number}",
        role="ops_manager",
        password=PASSWORD,
    )


def approve_all(
    ports: Sequence[int], browsers: Sequence[SignedIn], run_id: int, wanted: Sequence[str]
) -> float:
    """Let all of them approve their windows at the same moment; return the seconds."""
    barrier = Barrier(len(browsers) + 1)
    width = len(wanted) // 3
    step = (len(wanted) - width) / (len(browsers) - 1)

    def approve(number: int) -> None:
        who, port = browsers[number], ports[number % len(ports)]
        first = round(number * step)
        form = {"row": wanted[first : first + width], "decision": "approve"}
        request = Request("", f"/ops/plans/{run_id}/decisions", who, form, is_part=True)
        barrier.wait()
        while True:
            status, body = send(port, request)
            assert status == 200, (status, body[:500])
            going = _RUNNING.findall(body)
            if not going:
                return
            # Anybody's page goes on with any batch that runs.
            request = Request("", going[number % len(going)], who, {}, is_part=True)

    with ThreadPoolExecutor(len(browsers)) as pool:
        done = [pool.submit(approve, number) for number in range(len(browsers))]
        barrier.wait()
        begun = time.perf_counter()
        for one in done:
            one.result()
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
