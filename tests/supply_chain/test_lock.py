"""The lock: one index, hashes, wheels, nothing young; and uv keeps to it."""

from __future__ import annotations

import copy
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from supply_chain.lock import BUILT_HERE, MIN_AGE, Fix, Lock, list_faults, read_fixes, read_lock
from supply_chain.wheels import find_site, list_wheels, normalise
from tests.supply_chain.poison import ROOT
from tests.supply_chain.test_installed import OF_PYTHON_ITSELF

TODAY = date(2026, 11, 22)
FILE = "https://files.pythonhosted.org/packages/sealed-1.0-py3-none-any.whl"


def make_lock(**changes: Any) -> dict[str, Any]:
    """Return a lock of one package, whose file was uploaded exactly 14 days ago."""
    wheel = {"url": FILE, "hash": f"sha256:{'a' * 64}", "upload-time": "2026-11-08T23:59:59Z"}
    package = {
        "name": "sealed",
        "version": "1.0",
        "source": {"registry": "https://pypi.org/simple"},
        "wheels": [wheel],
    }
    for name, value in changes.items():
        key = name.replace("_", "-")
        (wheel if key in {"url", "hash", "upload-time"} else package)[key] = value
    ours = {"name": "redeploy", "version": "0.1.0", "source": {"editable": "."}}
    return {"options": {"exclude-newer": "2026-11-07T00:00:00Z"}, "package": [ours, package]}


def find_fault(lock: Lock, *fixes: Fix) -> str:
    (fault,) = list_faults(lock, list(fixes), today=TODAY)
    return fault


def test_lock_has_no_fault_today() -> None:
    """Check 43: no entry is younger than 14 days, all are wheels of one index with hashes."""
    today = datetime.now(UTC).date()
    assert list_faults(read_lock(ROOT / "uv.lock"), read_fixes(), today=today) == []


def test_lock_would_have_been_refused_two_weeks_before() -> None:
    """Check 43: the same lock, on the day of its youngest file."""
    lock = read_lock(ROOT / "uv.lock")
    youngest = datetime.fromisoformat(lock["options"]["exclude-newer"]).date()
    assert list_faults(lock, [], today=youngest + MIN_AGE) == []
    assert list_faults(lock, [], today=youngest) != []


def test_package_without_a_wheel_is_named_or_refused() -> None:
    packages = read_lock(ROOT / "uv.lock")["package"]
    others = [one for one in packages if "editable" not in one["source"]]
    assert {one["name"] for one in others if "wheels" not in one} == BUILT_HERE


def test_file_of_14_days_is_taken() -> None:
    assert list_faults(make_lock(), [], today=TODAY) == []


def test_younger_file_needs_a_mark() -> None:
    """Check 43: the mark names package, version and advisory."""
    young = make_lock(upload_time="2026-11-09T00:00:00Z")
    assert find_fault(young) == (
        f"sealed 1.0: {FILE} was uploaded on 2026-11-09, less than 14 days ago"
    )
    assert list_faults(young, [Fix("sealed", "1.0", "GHSA-1")], today=TODAY) == []
    assert len(list_faults(young, [Fix("sealed", "1.0", "")], today=TODAY)) == 2
    assert len(list_faults(young, [Fix("sealed", "1.1", "GHSA-1")], today=TODAY)) == 2


def test_young_file_of_an_old_release_is_seen() -> None:
    """Check 43: whoever gets into a project can add a wheel to a release of last year."""
    lock = make_lock()
    wheels = lock["package"][1]["wheels"]
    wheels.append(wheels[0] | {"url": FILE.replace("none", "cp312"), "upload-time": "2026-11-20"})
    assert "uploaded on 2026-11-20" in find_fault(lock)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": {"registry": "https://pypi.example/simple"}}, "not from https://pypi.org"),
        ({"source": {"url": FILE}}, "not from https://pypi.org"),
        ({"wheels": []}, "has no wheel"),
        ({"hash": ""}, "has no sha256"),
        ({"hash": "md5:" + "a" * 32}, "has no sha256"),
        ({"url": "https://pypi.example/sealed.whl"}, "is not of https://files.pythonhosted.org/"),
        ({"sdist": {"path": "sealed.tar.gz", "hash": f"sha256:{'a' * 64}"}}, "a path is not of"),
    ],
)
def test_entry_that_may_not_be_there_is_named(changes: dict[str, Any], words: str) -> None:
    faults = list_faults(make_lock(**changes), [], today=TODAY)
    assert any(fault.startswith("sealed 1.0: ") and words in fault for fault in faults)


def test_file_without_a_day_of_upload_is_refused() -> None:
    lock = make_lock()
    del lock["package"][1]["wheels"][0]["upload-time"]
    assert find_fault(lock).endswith("does not say when it was uploaded")


def test_lock_that_takes_young_releases_is_refused() -> None:
    """Check 43: the next `uv lock` would take them."""
    lock = copy.deepcopy(make_lock())
    lock["options"]["exclude-newer"] = "2026-11-09T00:00:00Z"
    assert find_fault(lock) == "exclude-newer takes releases younger than 14 days"


def test_lock_and_project_name_the_same_day() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]
    lock = read_lock(ROOT / "uv.lock")
    assert lock["options"] == {"exclude-newer": project["exclude-newer"]}


def test_installed_wheels_are_those_of_the_lock() -> None:
    """Check 42: whatever is installed stands in the lock, in that version."""
    locked = {
        (normalise(one["name"]), one["version"]) for one in read_lock(ROOT / "uv.lock")["package"]
    }
    installed = {(wheel.name, wheel.version) for wheel in list_wheels(find_site(Path(sys.prefix)))}
    assert {name for name, _version in installed - locked} <= OF_PYTHON_ITSELF
