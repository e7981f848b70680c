"""Which project sets a price step looks at: all, or where they are too many, the likely ones."""

from __future__ import annotations

import numpy as np

from solver.model.open_problem import OpenProblem, select_pairs
from solver.model.project_sets import (
    MAX_SET_SIZE,
    ProjectSets,
    Worth,
    build_project_sets,
    count_project_sets,
)
from solver.search.corners import Corners, build_corners
from solver.search.likely import find_best

_MOST_LISTED = {1: 2**62, 2: 300_000, 3: 60_000}
"""Project sets of each size that may all be listed."""
_BEST_PROJECTS, _FEWEST_PROJECTS = 8, 4
"""Projects of a contractor that are paired with each other where not all pairs can be."""
_MOST_BEST = 2_500_000
"""Pairs of best projects, about; with more contractors fewer projects count."""


def list_corners(problem: OpenProblem) -> tuple[Corners, ...]:
    """Return the corners of all sets of each size of which not too many exist."""
    sizes = [
        size
        for size in range(1, MAX_SET_SIZE + 1)
        if count_project_sets(problem, size) <= _MOST_LISTED[size]
    ]
    return tuple(build_corners(build_project_sets(problem, size)) for size in sizes)


def list_best_pairs(problem: OpenProblem, gain: Worth, setup: Worth) -> tuple[Corners, ...]:
    """Return the corners of pairs among each contractor's best projects; none if none exist.

    gain, setup  [U], what an hour and taking the project are worth at the prices so far
    """
    best = find_best(problem, gain, setup, _count_best(problem))
    few = build_project_sets(select_pairs(problem, best), 2)
    sets = ProjectSets(problem, best[few.members], few.joint_hours, few.exact)
    return (build_corners(sets),) if len(sets) else ()


def _count_best(problem: OpenProblem) -> int:
    """Return how many of each contractor's projects are paired."""
    num_contractors = int(np.count_nonzero(np.diff(problem.start)))
    most = _MOST_BEST / max(1, num_contractors)
    sizes = range(_BEST_PROJECTS, _FEWEST_PROJECTS, -1)
    return next((size for size in sizes if size * (size - 1) / 2 <= most), _FEWEST_PROJECTS)
