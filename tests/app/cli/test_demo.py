"""`redeploy demo`: set up, stopped, and continued on the same data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from app.cli import main
from app.embedded import EmbeddedPostgres
from tests.app.processes import find_free_port, list_family, wait_until_gone

ROLES = ("ops_manager", "payroll", "admin", "auditor", "contractor")
STOP_S = 120


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: the name of PostgreSQL's socket has little room."""
    with TemporaryDirectory(prefix="redeploy-test-") as name:
        yield Path(name)


def show_demo(home: Path, *arguments: str) -> list[str]:
    """Run the demo until it serves, end it as Ctrl-C does, and return the sign-ins it printed."""
    port = find_free_port()
    environment = {
        **os.environ,
        "REDEPLOY_HOME": str(home),
        "PORT": str(port),
        "SOLVE_TIME_LIMIT_S": "3",
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "app.cli", "demo", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    sign_ins = []
    try:
        for line in process.stdout:
            if line.split()[:1] and line.split()[0] in ROLES:
                sign_ins.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=60) as answer:
            assert answer.status == 200
        family = list_family(process.pid)
        busy = CliRunner().invoke(main, ["demo"], env={"REDEPLOY_HOME": str(home)})
        assert (busy.exit_code, "a demo is running" in busy.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    wait_until_gone(family)
    assert not EmbeddedPostgres(home).is_running()
    return sign_ins


def test_demo_sets_up_then_goes_on_with_the_same_data_then_starts_over(home: Path) -> None:
    first = show_demo(home)
    roles = ["ops_manager", "payroll", "admin", "ops_manager", "auditor", "contractor"]
    assert [line.split()[0] for line in first] == roles
    assert len({line.split()[-1] for line in first}) == len(roles)
    assert (home / "demo.json").stat().st_mode & 0o777 == 0o600
    assert show_demo(home) == first
    assert {line.split()[-1] for line in show_demo(home, "--reset")}.isdisjoint(
        line.split()[-1] for line in first
    )
