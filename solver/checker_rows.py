"""The rows of a plan as the checker reads them, good or bad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.instance import BoolArray, Instance, IntArray
from solver.result import Assignments


@dataclass(frozen=True, eq=False)
class PlanRows:
    """Assignments whose indices exist.

    pair      int64[N], place among the instance's pairs where `eligible`
    eligible  bool[N], the pair is one of the instance's
    """

    instance: Instance
    contractor: IntArray
    project: IntArray
    hours: IntArray
    pair: IntArray
    eligible: BoolArray

    def select(self, keep: BoolArray) -> PlanRows:
        """Return the rows where `keep` (bool[N]) is true."""
        return PlanRows(
            self.instance,
            self.contractor[keep],
            self.project[keep],
            self.hours[keep],
            self.pair[keep],
            self.eligible[keep],
        )


def read_rows(instance: Instance, assignments: Assignments) -> PlanRows:
    """Return the rows whose indices exist."""
    inside = find_existing(instance, assignments)
    contractor, project = assignments.contractor[inside], assignments.project[inside]
    pair, eligible = _find_pairs(instance, contractor, project)
    return PlanRows(
        instance, contractor, project, assignments.hours_per_week[inside], pair, eligible
    )


def find_existing(instance: Instance, assignments: Assignments) -> BoolArray:
    """bool[N]: the rows whose contractor and project are of the instance."""
    contractor, project = assignments.contractor, assignments.project
    inside: BoolArray = (
        (contractor >= 0)
        & (contractor < instance.num_contractors)
        & (project >= 0)
        & (project < instance.num_projects)
    )
    return inside


def _find_pairs(
    instance: Instance, contractor: IntArray, project: IntArray
) -> tuple[IntArray, BoolArray]:
    """Return for each row its place among the pairs, and whether it is one of them at all."""
    key = instance.pair_contractor.astype(np.int64) * instance.num_projects + instance.pair_project
    wanted = contractor * instance.num_projects + project
    place = np.searchsorted(key, wanted)
    found = np.zeros(len(wanted), dtype=np.bool_)
    inside = place < len(key)
    found[inside] = key[place[inside]] == wanted[inside]
    return place, found
