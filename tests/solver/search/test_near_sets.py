"""Which sets a neighbourhood looks at."""

from __future__ import annotations

import numpy as np

from solver.search.near_sets import find_nearest


def test_nearest_sets_are_those_that_miss_least_with_their_ties() -> None:
    missing = [np.array([0.0, 3.0, 1.0]), np.array([2.0, 2.0, 9.0])]
    near = find_nearest(missing, 3)
    assert [one.tolist() for one in near] == [[True, False, True], [True, True, False]]
    assert all(one.all() for one in find_nearest(missing, 6))


def test_of_millions_of_sets_alike_only_some_are_near_bug() -> None:
    """2,000 projects alike made a neighbourhood of two million sets: minutes, past any limit."""
    missing = [np.zeros(2_000), np.full(1_000, 5.0), np.zeros(8_000)]
    near = find_nearest(missing, 100)
    assert 100 <= sum(one.sum() for one in near) <= 101
    assert not near[1].any()
    # Spread over all of them, so over contractors.
    assert near[0].sum() == 20
