"""Times an import in the browser: 100,000 contractors with a million skills, as a zip.

    python -m benchmarks.browser_import
    python -m benchmarks.browser_import --contractors 10000

The upload and the pages go through the whole web application, without the network; the reading runs
in the worker's child process and the writing in this one, as in a worker. Times are in seconds:
those that passed, and those that anybody worked for it (this process, its children, PostgreSQL's
backends). Everything runs in a folder of its own, which is removed at the end.
"""

from __future__ import annotations

import io
import os
import re
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from app.database import Database
from app.embedded import EmbeddedPostgres
from app.exports.roster_folder import write_roster_folder
from app.models import ContractorSkill, ImportUpload
from app.sampling.generator import SampleSize, build_sample_roster
from app.services.access.access import Actor
from app.services.access.accounts import add_user
from app.services.imports.import_jobs import run_reading, run_writing
from app.services.plans.child_processes import prepare_children
from app.services.plans.plan_watch import ChildLimits
from benchmarks.desk_client import Desk
from benchmarks.desk_vendor import EMAIL, PASSWORD

LIMIT_S = 30


@dataclass
class Stopwatch:
    """Seconds of each step: those that passed, and those that somebody worked."""

    pid: int
    steps: list[tuple[str, float, float]] = field(default_factory=list)

    def time(self, name: str, act: Callable[[], None]) -> None:
        begun, worked = time.perf_counter(), self._measure_work()
        act()
        passed = time.perf_counter() - begun
        self.steps.append((name, passed, self._measure_work() - worked))

    def _measure_work(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        # The reading child is one of the fork server's, which is ours.
        children = [self.pid, *_list_children(self.pid), *_list_children(os.getpid())]
        return own.ru_utime + own.ru_stime + sum(map(_read_cpu_s, children))


def _list_children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _read_cpu_s(pid: int) -> float:
    """Return the time that a process and those of its children that have ended took."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def build_zip(contractors: int) -> tuple[bytes, int]:
    """Return a drawn vendor as a zip, and the bytes of its files."""
    size = SampleSize(contractors, max(20, contractors // 100), max(8, contractors // 700), 6)
    roster = build_sample_roster(size, seed=1, starting=datetime.now(UTC).date())
    with tempfile.TemporaryDirectory() as name:
        write_roster_folder(roster, Path(name))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in sorted(Path(name).iterdir()):
                archive.write(path, path.name)
        unpacked = sum(path.stat().st_size for path in Path(name).iterdir())
    return stream.getvalue(), unpacked


@click.command(help=__doc__)
@click.option("--contractors", type=click.IntRange(min=100), default=100_000, show_default=True)
def main(contractors: int) -> None:
    """Draw, upload, read, confirm, write; print what each took."""
    prepare_children()
    data, unpacked = build_zip(contractors)
    with (
        tempfile.TemporaryDirectory(prefix="redeploy-bench-") as home,
        EmbeddedPostgres(Path(home)).running() as url,
    ):
        pid = int((Path(home) / "postgres" / "postmaster.pid").read_text().split("\n")[0])
        database = Database(url)
        database.upgrade()
        with database.session() as session:
            add_user(
                session,
                actor=Actor.of_system("a benchmark"),
                email=EMAIL,
                name="Morgan",
                role="ops_manager",
                password=PASSWORD,
            )
        watch = Stopwatch(pid)
        num_skills = run(Desk(database, pid), database, data, watch)
        database.dispose()
    report(contractors, num_skills, (len(data), unpacked), watch)


def run(desk: Desk, database: Database, data: bytes, watch: Stopwatch) -> int:
    """Do what a manager and a worker do in turn; return how many skills there are then."""
    sent = FileStorage(io.BytesIO(data), "vendor.zip")
    watch.time("upload", lambda: desk.send("/imports/", {"files": sent}))
    watch.time("reading, preview", lambda: run_reading(database, 1, limits=ChildLimits()))
    pages: list[str] = []
    watch.time("page of the preview", lambda: pages.append(desk.open("/imports/1")))
    found = re.search(r'name="fingerprint" value="(\w+)"', pages[0])
    assert found is not None, pages[0]
    form = {"fingerprint": found[1]}
    watch.time("confirming", lambda: desk.send("/imports/1/confirm", form))
    watch.time("writing", lambda: run_writing(database, 1))
    with database.session() as session:
        assert session.get_one(ImportUpload, 1).ending == "imported"
        return session.scalar(select(func.count()).select_from(ContractorSkill)) or 0


def report(contractors: int, num_skills: int, sizes: tuple[int, int], watch: Stopwatch) -> None:
    """Print the table."""
    packed, unpacked = (size / 1024 / 1024 for size in sizes)
    sizes_told = f"a zip of {packed:.0f} MB, {unpacked:.0f} MB unpacked"
    click.echo(f"{contractors:,} contractors, {num_skills:,} skills: {sizes_told}")
    click.echo(f"{'seconds':24}{'passed':>10}{'worked':>10}")
    for name, passed, worked in watch.steps:
        click.echo(f"{name:24}{passed:10.1f}{worked:10.1f}")
    all_passed = sum(passed for _name, passed, _worked in watch.steps)
    all_worked = sum(worked for _name, _passed, worked in watch.steps)
    click.echo(f"{'in all':24}{all_passed:10.1f}{all_worked:10.1f}   (limit {LIMIT_S} s)")
    load = f"{os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores"
    click.echo(f"load average at the end: {load}")


if __name__ == "__main__":
    main()
