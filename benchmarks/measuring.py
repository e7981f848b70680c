"""Runs a method in a process of its own, with a limit that the process cannot ignore."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.record import Record, Verdict, build_blank, read_records
from solver.instance_file import read_instance

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "build" / "timefold"
"""Where `make timefold` puts the packages of a peer that the project does not depend on."""
_GRACE_FACTOR, _GRACE_S = 1.5, 120.0
"""A process may need this much of its limit, and these seconds, before it is killed."""


@dataclass(frozen=True)
class Subject:
    """An instance to measure on; the sizes are told of runs that fail, too."""

    path: Path
    blank: Record

    @property
    def name(self) -> str:
        return self.blank.instance


def read_subject(path: Path) -> Subject:
    """Return the instance of a file, named after the file."""
    instance, policy = read_instance(path)
    name = path.name.removesuffix(".gz").removesuffix(".json")
    blank = replace(build_blank(instance, policy), instance=name)
    return Subject(path, blank)


def measure_apart(subject: Subject, method: str, seconds: float, workers: int) -> Record:
    """Return the record of a method that ran in a child process."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "record.jsonl"
        command = [sys.executable, "-m", "benchmarks.child", method]
        command += [str(subject.path.resolve()), str(seconds), str(workers), str(output)]
        begun_s = time.perf_counter()
        try:
            child = subprocess.run(
                command,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(PACKAGES)},
                check=False,
                capture_output=True,
                timeout=_GRACE_FACTOR * seconds + _GRACE_S,
            )
        except subprocess.TimeoutExpired:
            verdict, remark = Verdict.KILLED, "did not end"
        else:
            if child.returncode == 0:
                return replace(read_records(output)[0], instance=subject.name)
            verdict, remark = Verdict.FAILED, _get_last_line(child.stderr, child.returncode)
        wall_s = time.perf_counter() - begun_s
        return replace(subject.blank, method=method, verdict=verdict, wall_s=wall_s, remark=remark)


def _get_last_line(errors: bytes, code: int) -> str:
    lines = errors.decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), f"exit code {code}")
