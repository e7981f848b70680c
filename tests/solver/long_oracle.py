"""A longer soak of the search against brute force than the test suite has time for.

    python -m tests.solver.long_oracle --count 10000 --first 1000

The cases are numbered, so a fault is repeated with `--first N --count 1`.
"""

from __future__ import annotations

import argparse
import sys

from tests.solver.oracle import Way, find_faults
from tests.solver.tiny_draws import draw_case


def main() -> int:
    """Judge the cases of the arguments; return 1 when any answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many cases")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--way", choices=[way.value for way in Way], default=Way.WHOLE.value)
    arguments = parser.parse_args()
    wrong = 0
    for number in range(arguments.first, arguments.first + arguments.count):
        faults = find_faults(draw_case(number), Way(arguments.way))
        wrong += bool(faults)
        for fault in faults:
            sys.stdout.write(f"case {number}: {fault}\n")
    sys.stdout.write(f"{arguments.count} cases, {wrong} with faults\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
