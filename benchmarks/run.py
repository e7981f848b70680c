"""Redeploy beside its peers: prints the tables, and writes the page with its charts.

    python -m benchmarks.run [--seconds 20] [--methods redeploy,greedy]
        [--growth M,M2,M3,L] [--page docs] [INSTANCE ...]

INSTANCE is a name from benchmarks/instances (S1, chu1997_a05100), the path of an instance
file, or SIZE:SEED (M:11) for a market drawn by `benchmarks.market`, which nobody has tuned on;
larger ones are not kept in the repository. Exits with 1 when a plan of
Redeploy was refused or missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import METHODS
from benchmarks.comparison import Comparison, group_by_instance
from benchmarks.growth import SECONDS, Growth, run_growth
from benchmarks.growth_page import write_growth_table
from benchmarks.machine import Setting, read_machine
from benchmarks.market import SIZES, build_request, draw_market
from benchmarks.measuring import ROOT, measure_apart, read_subject
from benchmarks.page import write_page
from benchmarks.record import Record, Verdict
from benchmarks.table import build_rows, write_plain
from solver.build import build_instance
from solver.instance_file import write_instance

FOLDER = Path(__file__).parent / "instances"
DRAWN = ROOT / "build" / "instances"


def find_instance(name: str) -> Path:
    """Return the file of an instance by its name, the path itself, or a freshly drawn market.

    Raises FileNotFoundError when there is none of them.
    """
    size, _, seed = name.partition(":")
    if size in SIZES and seed.isdigit():
        return draw_instance(size, int(seed))
    found = [*FOLDER.glob(f"*/{name}.json.gz"), Path(name)]
    for path in found:
        if path.is_file():
            return path
    raise FileNotFoundError(f"no instance {name!r} in {FOLDER}, nor a file of that name")


def draw_instance(size: str, seed: int) -> Path:
    """Draw a market and return the file of its instance."""
    path = DRAWN / f"{size}-{seed}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    roster = draw_market(SIZES[size], seed)
    request = build_request(roster)
    write_instance(path, build_instance(roster, request).instance, request.policy)
    return path


def run_all(
    paths: Sequence[Path], methods: Sequence[str], seconds: float, workers: int
) -> list[Record]:
    """Return a record for each instance and method; prints each instance's table."""
    records: list[Record] = []
    for path in paths:
        subject = read_subject(path)
        group = []
        for method in methods:
            print(f"{subject.name}: {method} ...", file=sys.stderr, flush=True)
            group.append(measure_apart(subject, method, seconds, workers))
        print(f"\n{subject.name}, {subject.blank.pairs:,} eligible pairs\n")
        print(write_plain(build_rows(Comparison(group))), flush=True)
        records += group
    return records


def list_growth(sizes: Sequence[str], workers: int) -> list[Growth]:
    """Return how the sizes fared, the smallest first; prints each when it is done."""
    rows = []
    for row in run_growth(sorted(sizes, key=list(SECONDS).index), workers):
        print(write_growth_table([row]), flush=True)
        rows.append(row)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instances", nargs="*", metavar="INSTANCE")
    parser.add_argument("--methods", default=",".join(METHODS), help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=20, help="of each method, for each one")
    parser.add_argument("--workers", type=int, default=2, help="threads of a method")
    parser.add_argument(
        "--growth",
        type=lambda text: text.split(","),
        default=[],
        metavar="SIZE,...",
        help=f"measure Redeploy over these sizes too: {', '.join(SECONDS)}",
    )
    parser.add_argument("--page", type=Path, help="folder for benchmarks.md and its images")
    arguments = parser.parse_args()
    methods = arguments.methods.split(",")
    unknown = sorted(set(methods) - set(METHODS))
    if unknown:
        parser.error(f"no method {', '.join(unknown)}; there are {', '.join(METHODS)}")
    try:
        paths = [find_instance(name) for name in arguments.instances]
    except FileNotFoundError as error:
        parser.error(str(error))
    strange = sorted(set(arguments.growth) - set(SECONDS))
    if strange:
        parser.error(f"no size {', '.join(strange)}; there are {', '.join(SECONDS)}")
    machine = read_machine()
    records = run_all(paths, methods, arguments.seconds, arguments.workers)
    growth = list_growth(arguments.growth, arguments.workers)
    if arguments.page is not None:
        comparisons = group_by_instance(records)
        setting = Setting(machine, arguments.seconds, arguments.workers)
        write_page(arguments.page, comparisons, setting, growth)
    own = [record.verdict for record in records if record.method == "redeploy"]
    return 0 if all(verdict is Verdict.CHECKED for verdict in own) else 1


if __name__ == "__main__":
    sys.exit(main())
