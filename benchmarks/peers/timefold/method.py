"""Timefold as one method among the others, where its package and Java are there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import cast

from benchmarks.peers.answer import Answer, Method, MethodLeftOut, Watcher
from solver.instance import Instance
from solver.policy import Policy
from solver.result import SolveLimits

NEWEST_PYTHON = (3, 12)
"""The package translates the bytecode of Python up to this version."""


def run(instance: Instance, policy: Policy, limits: SolveLimits, on_progress: Watcher) -> Answer:
    """Return the plan of Timefold's local search; it knows no bound.

    Raises MethodLeftOut where it cannot run.
    """
    reason = find_obstacle()
    if reason is not None:
        raise MethodLeftOut(reason)
    search = cast(Method, importlib.import_module("benchmarks.peers.timefold.search").search)
    return search(instance, policy, limits, on_progress)


def find_obstacle() -> str | None:
    """Return why Timefold cannot run here, None where it can."""
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest, running = (
            ".".join(map(str, pair)) for pair in (NEWEST_PYTHON, sys.version_info[:2])
        )
        return f"its package runs on Python up to {newest}, this is {running}"
    if importlib.util.find_spec("timefold") is None:
        return "its package is not installed; `make timefold` installs it"
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home) / "bin") if home else None) is None:
        return "Java 17 or later was not found on PATH or in JAVA_HOME"
    return None
