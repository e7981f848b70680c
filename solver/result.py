"""What a solve says: the plan, and per tier its value, bound, gap and why it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from solver.instance import IntArray
from solver.policy import Tier


class Status(StrEnum):
    """How far a tier, or a whole solve, got."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    NO_SOLUTION_FOUND = "NO_SOLUTION_FOUND"


class StopReason(StrEnum):
    """Why the search on a tier ended."""

    PROVED = "proved"
    GAP_REACHED = "gap reached"
    NOTHING_LEFT = "nothing left to try"
    TIME_LIMIT = "time limit"
    MEMORY_LIMIT = "memory limit"
    STOPPED = "stopped by a person"


@dataclass(frozen=True)
class SolveLimits:
    """When to stop.

    time_limit_s  wall seconds over all tiers, > 0
    gap           relative gap at which a tier is good enough, >= 0
    workers       CP-SAT threads, >= 1; one worker and one seed reproduce a plan
    seed          of every random choice
    work_limit    with one worker: deterministic units of work over all tiers, > 0; None
                  takes what even a slow core does in the time limit. A plan is
                  reproduced as long as the work ends it, not the time.
    memory_limit_mb  megabytes that the process may hold, > 0; beyond them the search ends
                  with what it has. It is looked at now and then, so leave some in reserve.
    """

    time_limit_s: float = 60.0
    gap: float = 0.001
    workers: int = 2
    seed: int = 1
    work_limit: float | None = None
    memory_limit_mb: int | None = None


@dataclass(frozen=True)
class Progress:
    """One event of a running solve: the best known value and bound of a tier."""

    tier: Tier
    value: int | None
    bound: int | None
    elapsed_s: float


@dataclass(frozen=True)
class Control:
    """How a caller watches and ends a solve; both callables must be cheap."""

    on_progress: Callable[[Progress], None] = lambda _progress: None
    should_stop: Callable[[], bool] = lambda: False


def compute_gap(value: int, bound: int) -> float:
    """Return (bound - value) / |bound|, 0 when they meet; a bound of 0 counts as 1."""
    return (bound - value) / max(1, abs(bound))


@dataclass(frozen=True)
class TierResult:
    """One goal's outcome, in the model's integers.

    reached      best value when this tier was solved; None without any plan
    value        what the final plan scores; below `reached` only by the tolerance, above it
                 where the search for a later tier improved this one too
    bound        no plan of the full problem scores more (given the conditions)
    conditional  an earlier tier was not proved, so the bound holds only for plans
                 that score at least what that tier reached
    """

    tier: Tier
    reached: int | None
    value: int | None
    bound: int
    status: Status
    stop_reason: StopReason
    conditional: bool
    wall_s: float

    @property
    def gap(self) -> float | None:
        """Distance of the best known value to the bound; None without a plan."""
        if self.reached is None:
            return None
        best = self.reached if self.value is None else max(self.reached, self.value)
        return compute_gap(best, self.bound)


@dataclass(frozen=True, eq=False)
class Assignments:
    """A plan: parallel int64[N] arrays, sorted by contractor then project, hours >= 1."""

    contractor: IntArray
    project: IntArray
    hours_per_week: IntArray

    def __len__(self) -> int:
        return len(self.contractor)

    @classmethod
    def build(cls, rows: list[tuple[int, int, int]]) -> Assignments:
        """Return the plan of (contractor index, project index, hours per week) rows."""
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2])

    def rows(self) -> list[tuple[int, int, int]]:
        """Return the plan as (contractor index, project index, hours per week) rows."""
        return list(
            zip(
                self.contractor.tolist(),
                self.project.tolist(),
                self.hours_per_week.tolist(),
                strict=True,
            )
        )


@dataclass(frozen=True, eq=False)
class Solution:
    """A solve's whole answer; `assignments` is None when no plan was found in time."""

    assignments: Assignments | None
    tiers: tuple[TierResult, ...]
    limits: SolveLimits
    wall_s: float

    @property
    def status(self) -> Status:
        """OPTIMAL only when every tier is proved."""
        if self.assignments is None:
            return Status.NO_SOLUTION_FOUND
        proved = all(tier.status is Status.OPTIMAL for tier in self.tiers)
        return Status.OPTIMAL if proved else Status.FEASIBLE
