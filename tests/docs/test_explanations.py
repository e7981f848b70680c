"""docs/explanations.md says what the code does: every basis, the effort of every change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solver.explanation.candidates import MOST_PEOPLE
from solver.explanation.neighbours import WHOLE_PAIRS
from solver.explanation.person_unlocks import EFFORT
from solver.explanation.runner_ups import Basis

PAGE = (Path(__file__).parents[2] / "docs" / "explanations.md").read_text("utf-8")


@pytest.mark.parametrize("basis", list(Basis))
def test_basis_is_explained(basis: Basis) -> None:
    assert f"\n| {basis.value} | " in PAGE


def test_points_of_effort_are_those_of_the_code() -> None:
    points = {int(row) for row in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert points == set(EFFORT.values())


def test_sizes_are_those_of_the_code() -> None:
    assert f"up to {WHOLE_PAIRS} eligible pairs" in PAGE
    assert f"at most {MOST_PEOPLE} people a group" in PAGE
