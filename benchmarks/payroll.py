"""Times the export of a pay period with 100,000 lines, and how its memory grows with them.

    python -m benchmarks.payroll                  # 10,000 and 100,000 lines, 5 days each
    python -m benchmarks.payroll --days 1
    python -m benchmarks.payroll --lines 400000

Contractors with five assignments each, and a week of approved days on every assignment, are
written straight into an embedded database in a folder of its own, which is removed at the end.
Memory is that of the Python process; a file that would have to fit into it would show. Beside the
clock stands the work: processor time of Python and of its database session, to which a busy
machine adds little.
"""

from __future__ import annotations

import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.database import Database
from app.embedded import EmbeddedPostgres
from app.services.access.access import Actor
from app.services.paging import PageRequest
from app.services.payroll.kept_readiness import read_readiness
from app.services.payroll.pay_periods import create_period
from app.services.payroll.payroll_batches import get_batch, get_batch_file
from app.services.payroll.payroll_export import export_period
from app.services.payroll.payroll_readiness import find_rows

SYSTEM = Actor.of_system("a benchmark")
FIRST = date(2026, 2, 2)
EXPORT_S = 5
ASSIGNMENTS_EACH = 5
_SMALL = 10_000

_VENDOR = """
INSERT INTO clients (client_id, name) VALUES ('K', 'A client');
INSERT INTO projects (project_id, codename, client_id, status, demand_hours, priority, min_hours,
    max_hours, clearance, compartments, currency, countries)
SELECT 'P' || n, 'Code ' || n, 'K', 'open', 100, 3, 1, 40, 0, '', 'USD', ''
FROM generate_series(1, 5) n;
INSERT INTO contractors (contractor_id, name, email, max_weekly_hours, pay_rate_cents, currency,
    country, clearance, compartments, max_projects, payroll_id, status)
SELECT 'C' || n, 'Name ' || n, n || '@example.org', 60, 3000 + n % 3000,
       CASE WHEN n % 3 = 0 THEN 'EUR' ELSE 'USD' END, 'US', 0, '', 9, 'pay' || n, 'active'
FROM generate_series(1, :people) n;
INSERT INTO assignments (assignment_id, contractor_id, project_id, hours_per_week, starts_on,
    status)
SELECT 'A' || n || '-' || p, 'C' || n, 'P' || p, 8, DATE '2026-01-05', 'active'
FROM generate_series(1, :people) n, generate_series(1, 5) p
"""

_WEEK = """
INSERT INTO timesheets (contractor_id, starts_on, ends_on, zone, status, approved_version)
SELECT contractor_id, :first, CAST(:first AS date) + 6, 'UTC', 'approved', 1 FROM contractors;
INSERT INTO approved_hours (timesheet_id, version, assignment_id, work_date, hours, rate_cents,
    currency)
SELECT t.id, 1, a.assignment_id, CAST(:first AS date) + d, 1.25 + d * 0.1, 0, ''
FROM timesheets t JOIN assignments a USING (contractor_id), generate_series(0, :last_offset) d
WHERE t.starts_on = :first
"""


@dataclass(frozen=True)
class Measured:
    """What one act took.

    wall_s, work_s  the clock, and the time that Python and the database session worked
    grown_mb        by how much the process's memory has grown at its highest
    """

    wall_s: float
    work_s: float
    grown_mb: float


@click.command(help=__doc__)
@click.option("--lines", type=click.IntRange(min=_SMALL), default=100_000, show_default=True)
@click.option("--days", type=click.IntRange(1, 7), default=5, show_default=True)
def main(lines: int, days: int) -> None:
    """Measure a small period and a large one, and print figures and ratios."""
    small, large = run(_SMALL, days), run(lines, days)
    click.echo(f"{'':24}{f'{_SMALL:,} lines':>22}{f'{lines:,} lines':>22}{'ratio':>8}")
    for name, one in small.items():
        other = large[name]
        click.echo(
            f"{name:24}{describe(one):>22}{describe(other):>22}"
            f"{other.work_s / max(one.work_s, 0.01):8.1f}"
        )
    work_s = large["export"].work_s
    click.echo(f"export: {lines / work_s:,.0f} lines a second of work; limit {EXPORT_S} s")
    cores = len(os.sched_getaffinity(0))
    click.echo(f"load average at the end: {os.getloadavg()[0]:.1f} on {cores} cores")


def describe(one: Measured) -> str:
    return f"{one.wall_s:.1f} ({one.work_s:.2f}) s, +{one.grown_mb:.0f} MB"


def run(num_lines: int, num_days: int) -> dict[str, Measured]:
    """Write a vendor, export its week, look at it; return what each act took."""
    with (
        tempfile.TemporaryDirectory(prefix="redeploy-bench-") as home,
        EmbeddedPostgres(Path(home)).running() as url,
    ):
        database = Database(url)
        database.upgrade()
        with database.session() as session:
            measured = dict(measure_all(session, num_lines, num_days))
        database.dispose()
    return measured


def measure_all(session: Session, num_lines: int, num_days: int) -> Iterator[tuple[str, Measured]]:
    """Yield each act with what it took."""
    people = {"people": num_lines // ASSIGNMENTS_EACH}
    write(session, _VENDOR, people)
    write(session, _WEEK, {"first": FIRST, "last_offset": num_days - 1})
    period = create_period(
        session, actor=SYSTEM, starts_on=FIRST, ends_on=FIRST + timedelta(days=6), zone="UTC"
    )
    yield "readiness page", measure(session, lambda: read_page(session, period))
    yield "export", measure(session, lambda: export_period(session, actor=SYSTEM, period_id=period))
    batch = get_batch(session, 1)
    assert batch.line_count == num_lines

    def download() -> None:
        digest = hashlib.sha256()
        for part in get_batch_file(session, batch.batch_id).parts:
            digest.update(part)
        assert digest.hexdigest() == batch.sha256

    yield "download", measure(session, download)
    yield "readiness when done", measure(session, lambda: read_page(session, period))


def read_page(session: Session, period: int) -> None:
    """Do what the page of a period does: figures, and the first rows behind one of them."""
    readiness = read_readiness(session, period)
    find_rows(session, period, readiness, "due", PageRequest("contractor"))


def write(session: Session, statements: str, values: Mapping[str, object]) -> None:
    for statement in statements.split(";"):
        session.execute(text(statement), values)
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()


def measure(session: Session, act: Callable[[], object]) -> Measured:
    """Do it once, and look at the clock and at the memory before and after."""
    server = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    session.rollback()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, work = time.perf_counter(), time.process_time() + read_work_s(server)
    act()
    wall_s = time.perf_counter() - begun
    work_s = time.process_time() + read_work_s(server) - work
    session.rollback()
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    return Measured(wall_s, work_s, grown_kb / 1024)


def read_work_s(process: int) -> float:
    """Return the processor time of another process of this machine (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    ticks: int = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks


if __name__ == "__main__":
    main()
