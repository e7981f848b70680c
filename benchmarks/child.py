"""Runs one method on one instance: the process that `benchmarks.measuring` starts.

    python -m benchmarks.child METHOD INSTANCE SECONDS WORKERS OUTPUT

Only the method that is measured is imported, so that the peak of memory is its own.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import cast

from benchmarks.peers.answer import Answer, Method, MethodLeftOut
from benchmarks.record import Record, Verdict, build_blank, write_records
from solver.checker import check
from solver.instance import Instance
from solver.instance_file import read_instance
from solver.policy import Policy, Tier
from solver.result import Progress, SolveLimits

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "redeploy": "benchmarks.peers.redeploy",
        "cpsat": "benchmarks.peers.compact_cpsat.method",
        "highs": "benchmarks.peers.highs",
        "scip": "benchmarks.peers.scip",
        "timefold": "benchmarks.peers.timefold.method",
        "greedy": "benchmarks.peers.greedy",
    }
)
"""Module of each method, in the order of the tables."""


def load_method(name: str) -> Method:
    """Return the method's `run`."""
    return cast(Method, importlib.import_module(METHODS[name]).run)


def measure(name: str, instance: Instance, policy: Policy, limits: SolveLimits) -> Record:
    """Run a method and check what it returns."""
    run = load_method(name)
    events: list[Progress] = []
    begun_s = time.perf_counter()
    try:
        answer = run(instance, policy, limits, events.append)
    except MethodLeftOut as obstacle:
        blank = build_blank(instance, policy)
        return replace(blank, method=name, verdict=Verdict.LEFT_OUT, remark=str(obstacle))
    wall_s = time.perf_counter() - begun_s
    peak_mb = read_peak_mb()
    verdict, remark, values = _judge(instance, answer)
    ends = [Progress(tier, value, None, wall_s) for tier, value in values.items()]
    return Record(
        instance=instance.name,
        contractors=instance.num_contractors,
        projects=instance.num_projects,
        pairs=instance.num_pairs,
        tiers=policy.tiers,
        method=name,
        verdict=verdict,
        wall_s=wall_s,
        peak_mb=peak_mb,
        values=values,
        claims=answer.claims,
        events=(*_drop_repeats(events), *ends),
        remark=remark,
    )


def _judge(instance: Instance, answer: Answer) -> tuple[Verdict, str, dict[Tier, int]]:
    """Return the checker's verdict, its first sentence if it refuses, and the tier values."""
    if answer.assignments is None:
        return Verdict.NO_PLAN, "", {}
    report = check(instance, answer.assignments)
    if report.ok:
        return Verdict.CHECKED, "", dict(report.values)
    return Verdict.REFUSED, report.violations[0].sentence, dict(report.values)


def _drop_repeats(events: list[Progress]) -> list[Progress]:
    """Return the events that say something new of their tier."""
    groups = groupby(events, key=lambda event: (event.tier, event.value, event.bound))
    return [next(group) for _, group in groups]


def read_peak_mb() -> int:
    """Return this process's largest resident memory, from Linux.

    `getrusage` would not do: a child starts with the peak of the process that forked it.
    """
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def main(arguments: list[str]) -> None:
    """Measure, and write the record."""
    name, path, seconds, workers, output = arguments
    instance, policy = read_instance(Path(path))
    limits = SolveLimits(time_limit_s=float(seconds), gap=0.0, workers=int(workers))
    write_records(Path(output), [measure(name, instance, policy, limits)])


if __name__ == "__main__":
    main(sys.argv[1:])
