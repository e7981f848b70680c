"""How long the rules take: a whole vendor paused at once, every pair decided.

    python -m benchmarks.run_eligibility M L XL

Sizes and market are those of `benchmarks.market`, by a fixed seed; each size runs in a process of
its own, so that the peak of memory is its own too.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from itertools import pairwise

from benchmarks.market import SIZES, build_request, draw_market
from solver.affected import build_affected
from solver.build import build_instance
from solver.proposals import build_unplaced
from solver.result import Assignments

_SIZES = ("M", "L", "XL")
_SEED = 1


def measure(size: str) -> None:
    """Print the seconds of each step and the peak of memory for one size."""
    roster = draw_market(SIZES[size], _SEED)
    request = build_request(roster)
    drawn_mb = _get_peak_mb()
    marks = [time.perf_counter()]
    affected = build_affected(roster, request.scope, request.pause_date, request.horizon)
    marks.append(time.perf_counter())
    problem = build_instance(roster, request)
    marks.append(time.perf_counter())
    unplaced = build_unplaced(problem, Assignments.build([]))
    marks.append(time.perf_counter())
    impact_s, build_s, explain_s = (after - before for before, after in pairwise(marks))
    print(
        f"{size}: {affected.num_contractors:,} x {SIZES[size].projects:,}, "
        f"{problem.instance.num_pairs:,} eligible pairs; impact {impact_s:.2f} s, "
        f"impact + rules + fit + instance {build_s:.2f} s, "
        f"explain {len(unplaced):,} people {explain_s:.2f} s; "
        f"peak {_get_peak_mb():,} MB ({drawn_mb:,} MB of it the roster)"
    )


def _get_peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(sizes: list[str]) -> None:
    """Run each size in a process of its own, or the one size that a child is for."""
    if sizes[:1] == ["--one"]:
        measure(sizes[1])
        return
    for size in sizes or _SIZES:
        command = [sys.executable, "-m", "benchmarks.run_eligibility", "--one", size]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
