"""Validation of the rules between people and of today's places, named as in the instance file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from solver.errors import Problem
from solver.groups import NO_LEADS, NO_TEAM, PairTable
from solver.instance import BoolArray, Instance, IntArray

_MAX_COUNT = 1_000_000_000


def find_group_problems(instance: Instance) -> Iterator[Problem]:
    """Every fault of `groups` and `today`; the pairs' indices must hold."""
    yield from _find_unknown_pairs(instance, "today", instance.today, eligible=True)
    groups = instance.groups
    if groups is None:
        return
    yield from _find_outside(
        "contractors[{}].team", groups.team, NO_TEAM, len(groups.team_names) - 1
    )
    for key, values, low in (
        ("min_people", groups.min_people, 1),
        ("people_per_lead", groups.people_per_lead, NO_LEADS),
        ("people", groups.people, 0),
        ("leads", groups.leads, 0),
    ):
        yield from _find_outside(f"projects[{{}}].{key}", values, low, _MAX_COUNT)
    for idx in np.flatnonzero(groups.leads > groups.people).tolist():
        yield Problem(
            f"projects[{idx}].leads", str(groups.leads[idx]), f"at most {groups.people[idx]} people"
        )
    yield from _find_unknown_pairs(instance, "leading", groups.leading, eligible=True)
    yield from _find_unknown_pairs(instance, "staying", groups.staying, eligible=False)


def _find_outside(place: str, values: IntArray, low: int, high: int) -> Iterator[Problem]:
    for idx in np.flatnonzero((values < low) | (values > high)).tolist():
        yield Problem(place.format(idx), str(values[idx]), f"a whole number from {low} to {high}")


def _find_unknown_pairs(
    instance: Instance, key: str, table: PairTable, *, eligible: bool
) -> Iterator[Problem]:
    """Rows whose indices do not exist or, where asked for, that are no eligible pair."""
    limits = np.array([instance.num_contractors, instance.num_projects])
    known = np.all((table >= 0) & (table < limits), axis=1)
    if eligible and known.any():
        known[known] = _are_pairs(instance, table[known])
    expected = "an eligible pair" if eligible else "a contractor index and a project index"
    for row in np.flatnonzero(~known).tolist():
        yield Problem(f"{key}[{row}]", str(table[row].tolist()), expected)


def _are_pairs(instance: Instance, table: PairTable) -> BoolArray:
    """bool[K]: the rows that stand among the instance's pairs."""
    contractors = np.unique(table[:, 0])
    held = np.isin(instance.pair_contractor, contractors)
    key = instance.pair_contractor[held].astype(np.int64) * instance.num_projects
    wanted = table[:, 0] * instance.num_projects + table[:, 1]
    found: BoolArray = np.isin(wanted, key + instance.pair_project[held])
    return found
