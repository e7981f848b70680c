"""Solves the instances with known optima and bounds, prints a table, exits 1 on a miss.

    python benchmarks/run_published.py [--workers 2] [NAME ...]

NAME picks instances whose name contains it. Every plan passes the independent checker,
or the solve fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solver.instance_file import read_instance
from solver.policy import Tier
from solver.result import Solution, SolveLimits, Status
from solver.search import solve

FOLDER = Path(__file__).parent / "instances"


@dataclass(frozen=True)
class Target:
    """What one instance must reach in how many seconds.

    proved   tiers that must be proved
    gaps     largest gap of a tier
    values   what a tier must reach, at least
    """

    path: Path
    seconds: float
    proved: tuple[Tier, ...] = ()
    gaps: tuple[tuple[Tier, float], ...] = ()
    values: tuple[tuple[Tier, int], ...] = ()


def list_targets() -> Iterator[Target]:
    """Yield every instance with its figures."""
    market = FOLDER / "market"
    for name in ("T1", "T2"):
        yield Target(market / f"{name}.json.gz", 60, proved=tuple(Tier))
    for name in ("S1", "S2", "S3"):
        yield Target(market / f"{name}.json.gz", 30, gaps=((Tier.COVERAGE, 0.01),))
    yield Target(market / "M1.json.gz", 60, gaps=((Tier.COVERAGE, 0.0035), (Tier.HOURS, 0.01)))
    expected = json.loads((FOLDER / "gap" / "expected.json").read_text())
    for name, best in sorted(expected.items()):
        path = FOLDER / "gap" / f"{name}.json.gz"
        values = tuple((tier, int(best[tier.value])) for tier in Tier)
        if name in {"chu1997_c10100", "chu1997_c10200"}:
            yield Target(path, 60, gaps=((Tier.FIT, 0.01),))
        else:
            yield Target(path, 60, proved=tuple(Tier), values=values)


def find_misses(target: Target, solution: Solution) -> list[str]:
    """Return what the solution misses of the target."""
    rows = {row.tier: row for row in solution.tiers}
    misses = [
        f"{tier} not proved" for tier in target.proved if rows[tier].status is not Status.OPTIMAL
    ]
    for tier, most in target.gaps:
        gap = rows[tier].gap
        if gap is None or gap > most:
            misses.append(f"{tier} gap {gap} above {most}")
    for tier, least in target.values:
        reached = rows[tier].reached
        if reached is None or reached < least:
            misses.append(f"{tier} {reached} below {least}")
    return misses


def run(target: Target, workers: int) -> list[str]:
    """Solve one instance, print its row and return what it misses."""
    instance, policy = read_instance(target.path)
    limits = SolveLimits(time_limit_s=target.seconds, gap=0.0, workers=workers)
    solution = solve(instance, policy, limits)
    cells = [f"{target.path.name.removesuffix('.json.gz'):<22}{solution.wall_s:7.1f} s"]
    for row in solution.tiers:
        gap = "-" if row.gap is None else f"{row.gap:.3%}"
        cells.append(f"{row.tier} {row.reached} of {row.bound} ({gap}, {row.wall_s:.1f} s)")
    misses = find_misses(target, solution)
    print(" | ".join(cells), "MISS: " + ", ".join(misses) if misses else "ok", flush=True)
    return misses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    misses = 0
    for target in list_targets():
        if not arguments.names or any(name in target.path.name for name in arguments.names):
            misses += bool(run(target, arguments.workers))
    print(f"{misses} instances miss their figures" if misses else "every figure reached")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
