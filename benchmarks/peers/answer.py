"""What every measured method gives back, whatever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from solver.instance import Instance
from solver.policy import Policy, Tier
from solver.result import Assignments, Progress, Solution, SolveLimits


@dataclass(frozen=True)
class Claim:
    """No plan that scores at least `floors` on other tiers scores more than `bound` on `tier`."""

    tier: Tier
    bound: int
    floors: Mapping[Tier, int]


@dataclass(frozen=True, eq=False)
class Answer:
    """A plan, None when there is none, and the bounds that the method claims."""

    assignments: Assignments | None
    claims: tuple[Claim, ...] = ()


class MethodLeftOut(Exception):
    """A method cannot run on this machine; the text says why, to go into the table."""


Watcher = Callable[[Progress], None]
Method = Callable[[Instance, Policy, SolveLimits, Watcher], Answer]


def build_answer(solution: Solution, policy: Policy) -> Answer:
    """Return a solution as an answer: each tier's bound holds above the tiers before it."""
    claims: list[Claim] = []
    floors: dict[Tier, int] = {}
    for row in solution.tiers:
        claims.append(Claim(row.tier, row.bound, dict(floors)))
        if row.reached is not None:
            floors[row.tier] = policy.get_least_value(row.tier, row.reached)
    return Answer(solution.assignments, tuple(claims))
