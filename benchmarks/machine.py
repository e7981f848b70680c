"""What a run ran on."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

BUSY_LOAD = 0.5
"""From this load average on, other programs shared the cores."""


@dataclass(frozen=True)
class Machine:
    """The computer, the versions, the day, and how busy it was before the run."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    versions: tuple[tuple[str, str], ...]
    day: date
    load: float

    @property
    def was_shared(self) -> bool:
        return self.load >= BUSY_LOAD


@dataclass(frozen=True)
class Setting:
    """What all methods of a run were given: the machine, seconds each, and threads."""

    machine: Machine
    seconds: float
    workers: int


def read_machine() -> Machine:
    """Return the machine as it is now (Linux)."""
    return Machine(
        processor=_find_value(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30,
        system=f"{platform.system()} {platform.release().split('-')[0]}",
        versions=(
            ("Redeploy", version("redeploy")),
            ("Python", sys.version.split()[0]),
            ("OR-Tools", version("ortools")),
            ("numpy", version("numpy")),
        ),
        day=datetime.now(UTC).date(),
        load=os.getloadavg()[0],
    )


def _find_value(path: Path, key: str) -> str | None:
    for line in path.read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return None
