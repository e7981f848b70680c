"""The day of a large pause: requests at a steady rate while a plan for a third is solved.

    python -m benchmarks.storm                       # 40,000 contractors, 50 a second for 5 minutes
    python -m benchmarks.storm --seconds 60 --web 4 --processes 4,4+2
    python -m benchmarks.storm --page docs/load.md   # writes the figures into the page

Web processes, worker and PostgreSQL are real and share the machine with what sends the requests.
The first lines tell what is set up; that takes some minutes. Everything is in a folder of its
own, which is removed at the end.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import create_app
from app.config import Settings
from app.database import Database
from app.embedded import EmbeddedPostgres
from benchmarks.desk_vendor import say
from benchmarks.machine import read_machine
from benchmarks.open_loop import Answers, send_as_fast_as_answered, send_at_rate
from benchmarks.storm_mix import Mix, People
from benchmarks.storm_page import Outcome, Pace, Shape, describe, write_page
from benchmarks.storm_pauses import pause_largest, queue_plans
from benchmarks.storm_vendor import Storm, build_storm
from benchmarks.web_processes import (
    SETTINGS,
    Processes,
    open_browser,
    read_cpu_s,
    serving,
    sign_in_all,
)

NUM_CLICKING = 16
"""People who click without a pause where the highest rate is measured."""

_COUNTS = """
    SELECT (SELECT count(*) FROM offers WHERE status = 'accepted') AS accepted,
           (SELECT count(*) FROM proposals WHERE status = 'approved') AS approved,
           (SELECT count(*) FROM assignments WHERE proposal_id IS NOT NULL) AS places,
           (SELECT count(DISTINCT subject_id) FROM audit_events
            WHERE action = 'proposal.approved') AS events,
           (SELECT status FROM plan_runs WHERE id = :run_id) AS run_status
"""
_BEGUN = """
    SELECT count(*) FILTER (WHERE r.status = 'running' AND p.plan_run_id IS NOT NULL) AS solving,
           count(*) FILTER (WHERE r.status IN ('queued', 'running')) AS undone
    FROM plan_runs r LEFT JOIN (SELECT DISTINCT plan_run_id FROM plan_progress) p
      ON p.plan_run_id = r.id
"""


@dataclass(frozen=True)
class Stage:
    """What every part of the run works on."""

    database: Database
    postmaster_pid: int
    storm: Storm
    people: People


@click.command(help=__doc__)
@click.option("--contractors", type=click.IntRange(min=1000), default=40_000, show_default=True)
@click.option("--rate", type=click.FloatRange(min=1), default=50, show_default=True)
@click.option("--seconds", type=click.IntRange(min=5), default=300, show_default=True)
@click.option("--web", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--solve-threads", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--first-solve-s", type=click.IntRange(min=1), default=30, show_default=True)
@click.option(
    "--processes",
    default="1,2,4,2+1,2+2",
    show_default=True,
    help="Web processes to saturate, and with `+` workers that solve meanwhile.",
)
@click.option("--most-s", type=click.IntRange(min=0), default=20, show_default=True)
@click.option("--page", type=click.Path(path_type=Path, dir_okay=False), default=None)
def main(
    *,
    contractors: int,
    rate: float,
    seconds: int,
    web: int,
    threads: int,
    solve_threads: int,
    first_solve_s: int,
    processes: str,
    most_s: int,
    page: Path | None,
) -> None:
    """Set up, let the storm pass, saturate, print the tables, clean up."""
    machine = read_machine()
    with _setting_up(contractors, first_solve_s) as stage:
        outcome = _run_storm(
            stage, Shape(web, threads, solve_threads, num_workers=1), rate, seconds
        )
        shapes = [_read_shape(one, threads, solve_threads) for one in processes.split(",")]
        paces = [_saturate(stage, shape, most_s) for shape in shapes if most_s]
    lines = list(describe(outcome, paces, machine, os.getloadavg()[1]))
    click.echo("\n".join(lines))
    if page is not None:
        write_page(page, lines)


@contextmanager
def _setting_up(num_contractors: int, solve_s: int) -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory(prefix="redeploy-bench-") as home,
        EmbeddedPostgres(Path(home)).running() as url,
    ):
        pid = int((Path(home) / "postgres" / "postmaster.pid").read_text().split("\n")[0])
        database = Database(url)
        database.upgrade()
        with database.session() as session:
            storm = build_storm(session, num_contractors=num_contractors, solve_s=solve_s)
        app = create_app(Settings.from_environment(SETTINGS), database)
        people = People(
            offered=tuple(sign_in_all(app, [user_id for user_id, _ in storm.offered])),
            working=tuple(sign_in_all(app, [user_id for user_id, _ in storm.working])),
            managers=tuple(sign_in_all(app, storm.managers)),
            clerks=tuple(sign_in_all(app, storm.clerks)),
            visitor=open_browser(app),
        )
        say("signed in", f"{len(people.offered) + len(people.working):,} contractors")
        yield Stage(database, pid, storm, people)
        database.dispose()


def _run_storm(stage: Stage, shape: Shape, rate: float, seconds: int) -> Outcome:
    """Pause the largest project, wait until a worker solves it, then let everybody come."""
    conninfo = stage.database.conninfo
    with (
        serving(
            conninfo,
            num_web=shape.num_web,
            num_threads=shape.num_threads,
            num_workers=shape.num_workers,
        ) as processes,
        stage.database.session() as session,
    ):
        run_id = pause_largest(session, solve_s=seconds + 60, workers=shape.solve_threads)
        _wait_until_solving(session, 1)
        say("storm", f"{rate:g} requests a second for {seconds} s")
        before = _read_work(stage, processes)
        mix = Mix(stage.storm, stage.people, run_id, datetime.now(UTC).date(), seed=7)
        answers = send_at_rate(processes.ports, mix.draw, rate=rate, seconds=seconds, seed=7)
        work = {name: total - before[name] for name, total in _read_work(stage, processes).items()}
        counts = session.execute(text(_COUNTS), {"run_id": run_id}).one()
        session.rollback()
        assert counts.events >= counts.places >= counts.approved
        return Outcome(
            answers=answers,
            shape=shape,
            work_s=work,
            run_status=counts.run_status,
            num_accepted=counts.accepted,
            num_approved=counts.approved,
        )


def _wait_until_solving(session: Session, num_plans: int) -> None:
    """Wait until so many plans have begun to find something, or are done, or for a minute."""
    for _ in range(240):
        begun = session.execute(text(_BEGUN)).one()
        session.rollback()
        if begun.solving >= min(num_plans, begun.undone):
            return
        time.sleep(0.25)


def _read_shape(text: str, num_threads: int, solve_threads: int) -> Shape:
    """Return the processes of `2` or of `2+1`: web processes, and workers that solve."""
    num_web, _plus, num_workers = text.partition("+")
    return Shape(int(num_web), num_threads, solve_threads, int(num_workers or 0))


def _saturate(stage: Stage, shape: Shape, seconds: int) -> Pace:
    """Measure how many requests a second so many processes answer at most."""
    with (
        stage.database.session() as session,
        serving(
            stage.database.conninfo,
            num_web=shape.num_web,
            num_threads=shape.num_threads,
            num_workers=shape.num_workers,
        ) as processes,
    ):
        queue_plans(session, shape.num_workers, solve_s=seconds + 60, workers=shape.solve_threads)
        _wait_until_solving(session, shape.num_workers)
        say("saturate", f"{shape.num_web} web processes, {shape.num_workers} workers")
        mix = Mix(stage.storm, stage.people, 1, datetime.now(UTC).date(), seed=shape.num_web)
        answers: Answers = send_as_fast_as_answered(
            processes.ports, mix.draw, num_people=NUM_CLICKING, seconds=seconds
        )
        return Pace(shape, answers)


def _read_work(stage: Stage, processes: Processes) -> Mapping[str, float]:
    """Return the processor time so far of each kind of process, in seconds."""
    work = {"PostgreSQL": read_cpu_s(stage.postmaster_pid), "this client": time.process_time()}
    for name, pid in processes.pids.items():
        work[name] = read_cpu_s(pid)
    return work


if __name__ == "__main__":
    main()
