"""A plan in the numbers that a manager asks for first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from solver.build import PlanProblem
from solver.explain import EXTRA_SENTENCES
from solver.instance import WORKDAYS_PER_WEEK
from solver.result import Assignments, TierResult
from solver.usage import build_usage

_NUM_TOP_BLOCKERS = 5


@dataclass(frozen=True)
class BlockerCount:
    """How many people below their lost hours one rule stops.

    code      a rule's code, or `capacity`, or `away`
    sentence  the rule in plain words
    """

    code: str
    sentence: str
    num_people: int


@dataclass(frozen=True)
class PlanSummary:
    """The plan in the numbers that a manager asks for first.

    num_affected         affected contractors, those away included
    num_away             of them on leave for the whole horizon, so not planned
    num_covered          of those planned, at or above their floor
    lost_hours           per week, those away included
    restored_hours       per week, averaged over each contractor's workdays in the horizon
    lost_hour_weeks      over the horizon, leave left out, of those planned
    restored_hour_weeks  over the horizon, leave left out; at most lost_hour_weeks
    tiers                value, bound, gap and why the search stopped, in the policy's order
    top_blockers         the rules that stop most people, the commonest first
    """

    num_affected: int
    num_away: int
    num_covered: int
    lost_hours: int
    restored_hours: float
    lost_hour_weeks: float
    restored_hour_weeks: float
    tiers: tuple[TierResult, ...]
    top_blockers: tuple[BlockerCount, ...]


def build_summary(
    problem: PlanProblem,
    assignments: Assignments,
    unplaced: pd.DataFrame,
    tiers: tuple[TierResult, ...],
) -> PlanSummary:
    """Return the summary of a plan; `unplaced` is that plan's table."""
    affected, days = problem.affected, problem.instance.horizon_days
    earned = build_usage(problem.instance, assignments).earned
    return PlanSummary(
        num_affected=affected.num_affected,
        num_away=len(affected.away),
        num_covered=int((earned >= affected.floor_hours * days).sum()),
        lost_hours=affected.total_lost_hours,
        restored_hours=float((earned / days).sum()),
        lost_hour_weeks=int((affected.lost_hours * days).sum()) / WORKDAYS_PER_WEEK,
        restored_hour_weeks=int(earned.sum()) / WORKDAYS_PER_WEEK,
        tiers=tiers,
        top_blockers=_count_blockers(
            unplaced["blocker"].tolist(), {**problem.eligibility.sentences, **EXTRA_SENTENCES}
        ),
    )


def _count_blockers(codes: list[str], sentences: Mapping[str, str]) -> tuple[BlockerCount, ...]:
    """Return the commonest blockers, ties in the order of their codes."""
    counted = sorted(Counter(codes).items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        BlockerCount(code, sentences[code], number) for code, number in counted[:_NUM_TOP_BLOCKERS]
    )
