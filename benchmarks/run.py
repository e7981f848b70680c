"""Redeploy beside its peers: prints the tables, and writes the page with its charts.

    python -m benchmarks.run [--seconds 20] [--methods redeploy,greedy] [--page docs] INSTANCE ...

INSTANCE is a name from benchmarks/instances (S1, chu1997_a05100) or the path of an
instance file; larger ones are not kept in the repository. Exits with 1 when a plan of
Redeploy was refused or missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import METHODS
from benchmarks.comparison import Comparison, group_by_instance
from benchmarks.machine import read_machine
from benchmarks.measuring import measure_apart, read_subject
from benchmarks.page import write_page
from benchmarks.record import Record, Verdict
from benchmarks.table import build_rows, write_plain

FOLDER = Path(__file__).parent / "instances"


def find_instance(name: str) -> Path:
    """Return the file of an instance by its name, or the path itself.

    Raises FileNotFoundError when there is neither.
    """
    found = [*FOLDER.glob(f"*/{name}.json.gz"), Path(name)]
    for path in found:
        if path.is_file():
            return path
    raise FileNotFoundError(f"no instance {name!r} in {FOLDER}, nor a file of that name")


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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instances", nargs="+", metavar="INSTANCE")
    parser.add_argument("--methods", default=",".join(METHODS), help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=20, help="of each method, for each one")
    parser.add_argument("--workers", type=int, default=2, help="threads of a method")
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
    machine = read_machine()
    records = run_all(paths, methods, arguments.seconds, arguments.workers)
    if arguments.page is not None:
        comparisons = group_by_instance(records)
        write_page(arguments.page, comparisons, machine, arguments.seconds, arguments.workers)
    own = [record.verdict for record in records if record.method == "redeploy"]
    return 0 if all(verdict is Verdict.CHECKED for verdict in own) else 1


if __name__ == "__main__":
    sys.exit(main())
