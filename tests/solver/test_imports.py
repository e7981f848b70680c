from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["affected", "eligibility", "fit", "build", "explain", "reasons"]
)
def test_pages_can_import_without_the_optimiser(module: str) -> None:
    # OR-Tools takes half a second to load; a page that only explains must not pay for it.
    code = f"import sys, solver.{module}; print('ortools' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"
