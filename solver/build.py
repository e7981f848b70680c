"""From a roster and a request to the optimiser's instance (data-format.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

from solver.affected import Affected, Horizon
from solver.instance import Instance
from solver.request import PlanRequest
from solver.roster import Roster


@dataclass(frozen=True, eq=False)
class PlanProblem:
    """An instance with what it was built from; project p is row p of `roster.projects`."""

    roster: Roster
    request: PlanRequest
    horizon: Horizon
    affected: Affected
    instance: Instance
