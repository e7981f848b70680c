"""What a plan run asks for: the pause, the policy, and what people decided before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from solver.affected import DEFAULT_WEEKS, Horizon, Scope, build_horizon
from solver.policy import Policy

PlanRow = tuple[str, str, int]
"""(contractor_id, project_id, hours_per_week)."""

PairId = tuple[str, str]
"""(contractor_id, project_id)."""


@dataclass(frozen=True)
class PlanRequest:
    """One run of the optimiser on a roster.

    scope       the paused projects
    pause_date  first day of the pause; the horizon starts on the Monday on or after it
    policy      the order of the goals
    weeks       whole weeks of the horizon, 1..104
    pinned      approved assignments made under this same pause. They stay as they are and
                use up capacity as parts of the plan, so the roster must not hold them
                among its assignments as well
    rejected    pairs turned down before; the rule `rejected` refuses them
    baseline    rows of the plan proposed before; a re-run prefers them among equals
    paused_since  the first day of a pause that ended: then this is a recall. The scope resumes on
                `pause_date`, and whoever the pause sent elsewhere is planned anew
    """

    scope: Scope
    pause_date: date
    policy: Policy
    weeks: int = DEFAULT_WEEKS
    pinned: tuple[PlanRow, ...] = ()
    rejected: frozenset[PairId] = frozenset()
    baseline: tuple[PlanRow, ...] = ()
    paused_since: date | None = None

    @property
    def horizon(self) -> Horizon:
        """The weeks planned; raises InvalidInput when `weeks` is out of range."""
        return build_horizon(self.pause_date, self.weeks)
