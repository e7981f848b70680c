"""What the lock may hold: files of one index, with hashes, as wheels, and none too young.

A poisoned release is usually found within days, so nothing younger than two weeks is taken. A
release that mends a hole may be needed at once; `security_fixes.csv` names those.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

INDEX = "https://pypi.org/simple"
FILES = "https://files.pythonhosted.org/"
MIN_AGE = timedelta(days=14)
FIXES = Path(__file__).parent / "security_fixes.csv"

BUILT_HERE = frozenset({"flask-principal"})
"""Packages that have no wheel: of 2013, and what Flask-Security stands on. The hash of its source
is checked before its set-up runs; any other such package is a fault."""

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")

Lock = Mapping[str, Any]
"""A lock file of uv, as TOML reads it."""


class Fix(NamedTuple):
    """A release that is taken although it is young, with the advisory that asks for it."""

    package: str
    version: str
    advisory: str


def read_lock(path: Path) -> Lock:
    """Return the lock at `path`."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_fixes(path: Path = FIXES) -> list[Fix]:
    """Return the releases that are marked as security fixes."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Fix(**row) for row in csv.DictReader(file)]


def list_faults(lock: Lock, fixes: list[Fix], *, today: date) -> list[str]:
    """Return a sentence for each entry of `lock` that may not be there on the day `today`."""
    packages = [package for package in lock["package"] if "editable" not in package["source"]]
    held = {(package["name"], package["version"]) for package in packages}
    marked = {(fix.package, fix.version) for fix in fixes if fix.advisory}
    faults = [
        f"security_fixes.csv: {fix.package} {fix.version} is not in the lock, or has no advisory"
        for fix in fixes
        if (fix.package, fix.version) not in held & marked
    ]
    for package in packages:
        latest = None if (package["name"], package["version"]) in marked else today - MIN_AGE
        faults += (
            f"{package['name']} {package['version']}: {fault}"
            for fault in _list_faults_of(package, latest)
        )
    if _read_day(lock["options"]["exclude-newer"]) > today - MIN_AGE:
        faults.append("exclude-newer takes releases younger than 14 days")
    return faults


def _list_faults_of(package: Mapping[str, Any], latest: date | None) -> Iterator[str]:
    """Yield what is wrong with an entry; `latest` is the last day of upload, None = any."""
    if package["source"] != {"registry": INDEX}:
        yield f"comes from {package['source']}, not from {INDEX}"
    if not package.get("wheels") and package["name"] not in BUILT_HERE:
        yield "has no wheel: its build would run code of its own"
    for file in (*package.get("wheels", ()), *filter(None, [package.get("sdist")])):
        url = file.get("url", "a path")
        if not url.startswith(FILES):
            yield f"{url} is not of {FILES}"
        if not _SHA256.fullmatch(file.get("hash", "")):
            yield f"{url} has no sha256"
        if "upload-time" not in file:
            yield f"{url} does not say when it was uploaded"
        elif latest is not None and _read_day(file["upload-time"]) > latest:
            yield f"{url} was uploaded on {_read_day(file['upload-time'])}, less than 14 days ago"


def _read_day(moment: str) -> date:
    return datetime.fromisoformat(moment).date()
