"""The ways of leaving the network: none leaves one, and whoever can't leave is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LEAVE = """
import sys
from tests.app import offline
print(offline.leave_network(sys.argv[1:]))
offline.require_no_network()
"""


def leave(*ways: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LEAVE, *ways], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("ways", [["namespace", "user", "filter"], ["filter"]])
def test_process_that_left_can_try_no_address(ways: list[str]) -> None:
    """Check 44: what web and worker are started in."""
    left = leave(*ways)
    assert (left.returncode, left.stderr) == (0, "")
    assert left.stdout.strip() in ways


def test_process_that_stays_is_refused() -> None:
    """Check 44: the proof fails where there is a network, or could be one."""
    stayed = subprocess.run(
        [sys.executable, "-c", LEAVE.replace("print(offline.leave_network(sys.argv[1:]))", "")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert stayed.returncode == 1
    assert "can be tried" in stayed.stderr


def test_no_way_is_no_silence() -> None:
    nowhere = leave()
    assert nowhere.returncode == 1
    assert "no way to leave the network" in nowhere.stderr
