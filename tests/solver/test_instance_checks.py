"""Checks of the pair columns: the order is told from repeats, in any width and any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.errors import InvalidInput
from solver.instance import Instance
from solver.instance_checks import build_checked_instance, find_pair_problems
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8)


@given(PAIRS, st.booleans(), st.sampled_from([np.int32, np.int64]))
def test_repeated_pairs_are_named_by_their_later_rows(
    pairs: list[tuple[int, int]], is_sorted: bool, width: type[np.signedinteger]
) -> None:
    pairs = sorted(pairs) if is_sorted else pairs
    contractor, project = np.array(pairs, dtype=width).reshape(-1, 2).T
    zeros = np.zeros(len(pairs), dtype=width)
    seen: Counter[tuple[int, int]] = Counter()
    expected = []
    for row, pair in enumerate(pairs):
        if seen[pair]:
            expected.append(f"pairs[{row}]")
        seen[pair] += 1
    problems = find_pair_problems(
        contractor, project, zeros, zeros, num_contractors=4, num_projects=4
    )
    assert [problem.place for problem in problems] == expected


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 1, 3, 2], [2, 3, 0, 1]])
def test_pairs_in_another_order_are_refused(order: list[int]) -> None:
    instance = build_instance([Contractor(), Contractor()], [Project(), Project()])
    shuffled = replace(
        instance,
        pair_contractor=instance.pair_contractor[order],
        pair_project=instance.pair_project[order],
    )
    with pytest.raises(InvalidInput, match="rising by contractor, then project"):
        build_checked_instance(shuffled)


def test_days_of_a_pair_are_the_days_worked_while_the_project_runs() -> None:
    instance = build_instance(
        [Contractor(avail_days=(5, 3)), Contractor(avail_days=(0, 4))],
        [Project(), Project(active=(False, True)), Project(active=(True, False))],
    )
    assert instance.pair_days.tolist() == [8, 3, 5, 4, 4, 0]


@given(tiny_instances())
def test_days_of_pairs_follow_their_definition(instance: Instance) -> None:
    pairs = zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True)
    expected = [
        int(instance.avail_days[contractor][instance.active[project]].sum())
        for contractor, project in pairs
    ]
    assert instance.pair_days.tolist() == expected
    assert instance.pair_days.dtype == np.int32
