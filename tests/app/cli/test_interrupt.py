"""Ctrl-C during a real solve, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

CHORDUS = Path(__file__).parents[3] / "sample_data" / "chordus"


def test_interrupt_keeps_the_best_plan_so_far(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        *(sys.executable, "-m", "app.cli", "plan", str(CHORDUS), "--pause", "Chordus"),
        *("--on", "2026-11-23", "--time-limit", "600", "--gap", "0", "--workers", "1"),
        *("-o", str(out)),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            # From here on there is a plan to keep.
            if " contractors, at most" in line:
                break
        process.send_signal(signal.SIGINT)
        printed, told = process.communicate()
    assert process.returncode == 0, told
    assert "the best plan so far is kept" in told
    assert "Stopped by you: this is the best plan found until then." in printed
    assert "Verified" in printed
    certificate = json.loads((out / "certificate.json").read_text("utf-8"))
    assert certificate["status"] == "FEASIBLE"
    assert (out / "proposals.csv").stat().st_size > 1_000
