"""How the whole way from a CSV folder to a checked plan grows with the size of the vendor.

    python -m benchmarks.growth FOLDER SECONDS WORKERS OUTPUT

measures one folder; `run_growth` draws a market for each size and runs that in a process
of its own, so that the peak of memory is the plan's and not that of the drawing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from app.exports.roster_folder import write_roster_folder
from app.importing import read_folder
from benchmarks.child import read_peak_mb
from benchmarks.comparison import GOOD_GAP
from benchmarks.market import SIZES, build_request, draw_market
from benchmarks.measuring import ROOT
from solver.planning import Plan, make_plan
from solver.policy import Tier
from solver.result import Control, Progress, SolveLimits, compute_gap

SEED = 1
SECONDS: Mapping[str, float] = MappingProxyType(
    {"T": 5, "S": 20, "M": 60, "M2": 90, "M3": 120, "L": 180, "XL": 720}
)
"""Limit of the search by size; reading, rules and check come on top."""

STAGES = ("read", "rules", "prices", "search", "check")


@dataclass(frozen=True)
class Growth:
    """One size.

    stages   seconds of each of `STAGES`; prices end with the first bound
    good_s   seconds from the start of reading to a plan within 1 % of the last bound of
             the first tier; None when there was none
    gaps     of each tier, by the method's own bound; None without a plan
    """

    size: str
    contractors: int
    projects: int
    pairs: int
    stages: Mapping[str, float]
    good_s: float | None
    gaps: Mapping[Tier, float | None]
    peak_mb: int

    @property
    def total_s(self) -> float:
        """Seconds from the folder to the checked plan."""
        return sum(self.stages.values())


def run_growth(sizes: Iterable[str], workers: int) -> Iterator[Growth]:
    """Yield each size, measured in a process of its own.

    Raises subprocess.CalledProcessError when one fails; its errors stand on standard error.
    """
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder, output = Path(place) / size, Path(place) / "growth.json"
            write_roster_folder(draw_market(SIZES[size], SEED), folder)
            command = [sys.executable, "-m", "benchmarks.growth", str(folder)]
            command += [str(SECONDS[size]), str(workers), str(output)]
            subprocess.run(command, cwd=ROOT, check=True)
            yield read_growth(output)


def measure_growth(folder: Path, seconds: float, workers: int) -> Growth:
    """Plan the folder, and return what each stage took."""
    begun_s = time.perf_counter()
    roster = read_folder(folder).roster
    read_s = time.perf_counter() - begun_s
    events: list[Progress] = []
    searching_since: list[float] = []

    def watch(event: Progress) -> None:
        searching_since.append(time.perf_counter() - begun_s - event.elapsed_s)
        events.append(event)

    limits = SolveLimits(time_limit_s=seconds, gap=0.0, workers=workers)
    plan = make_plan(roster, build_request(roster), limits, Control(watch))
    end_s = time.perf_counter() - begun_s
    # The event that came with the least delay tells best when the search began.
    search_began_s = min(searching_since)
    prices_s = next(event.elapsed_s for event in events if event.bound is not None)
    stages = {
        "read": read_s,
        "rules": search_began_s - read_s,
        "prices": prices_s,
        "search": plan.solution.wall_s - prices_s,
        "check": end_s - search_began_s - plan.solution.wall_s,
    }
    good_s = find_good_s(plan, events)
    return Growth(
        size=folder.name,
        contractors=plan.problem.instance.num_contractors,
        projects=plan.problem.instance.num_projects,
        pairs=plan.problem.instance.num_pairs,
        stages=stages,
        good_s=None if good_s is None else search_began_s + good_s,
        gaps={row.tier: row.gap for row in plan.solution.tiers},
        peak_mb=read_peak_mb(),
    )


def find_good_s(plan: Plan, events: Iterable[Progress]) -> float | None:
    """Return when in the search the first tier came within 1 % of its last bound."""
    first = plan.solution.tiers[0]
    return next(
        (
            event.elapsed_s
            for event in events
            if event.tier is first.tier
            and event.value is not None
            and compute_gap(event.value, first.bound) <= GOOD_GAP
        ),
        None,
    )


def read_growth(path: Path) -> Growth:
    """Return what a child wrote."""
    row = json.loads(path.read_text("utf-8"))
    return Growth(**row | {"gaps": {Tier(tier): gap for tier, gap in row["gaps"].items()}})


def main(arguments: list[str]) -> None:
    """Measure a folder, and write the result."""
    folder, seconds, workers, output = arguments
    growth = measure_growth(Path(folder), float(seconds), int(workers))
    Path(output).write_text(json.dumps(asdict(growth)), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
