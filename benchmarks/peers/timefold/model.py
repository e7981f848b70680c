"""The problem in Timefold's words: entities, facts and constraints.

An entity is one place of a contractor (`max_projects` each, never more than there are
eligible projects), to be given a project and hours. Only `benchmarks.peers.timefold.method`
imports this module, and only where the package is there. It is loaded by name because the
project neither depends on the package nor has its types.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Annotated, Any

domain: Any = importlib.import_module("timefold.solver.domain")
score: Any = importlib.import_module("timefold.solver.score")

_HARD_LEVELS, _SOFT_LEVELS = 1, 3


@dataclass(eq=False)
class Person:
    """A contractor; `least_earned` hour-days over the horizon cover the floor.

    days  workdays in each week
    """

    idx: int
    lost_hours: int
    least_earned: int
    days: list[int]


@dataclass(eq=False)
class Week:
    """A week of the horizon."""

    idx: int


@dataclass(eq=False)
class Project:
    """A project.

    rivals  projects that may not be held beside this one
    room    5 x the open hours of each week, in hour-days
    runs    whether it runs in each week
    """

    idx: int
    rivals: list[int]
    least_hours: int
    most_hours: int
    priority: int
    runs: list[bool]
    seats: int
    budget_cents: int
    room: list[int]


@dataclass(eq=False)
class Place:
    """An eligible pair; `total_days` are the workdays while the project runs.

    There are many: each object costs time to become one of Java, so it holds no list.
    """

    project: Project
    total_days: int
    fit: int
    rate_cents: int


@domain.planning_entity
@dataclass(eq=False)
class Slot:
    """What is decided: a place, None for none, and hours a week.

    Hours beyond what the place allows count as the nearest that it does, so that a move of
    one variable alone makes sense. Only slots with a place come into a constraint.
    """

    idx: Annotated[int, domain.PlanningId]
    person: Person
    places: Annotated[list[Place], domain.ValueRangeProvider(id="places")]
    amounts: Annotated[list[int], domain.ValueRangeProvider(id="amounts")]
    is_pinned: Annotated[bool, domain.PlanningPin]
    place: Annotated[
        Place,
        domain.PlanningVariable(value_range_provider_refs=["places"], allows_unassigned=True),
    ]
    amount: Annotated[int, domain.PlanningVariable(value_range_provider_refs=["amounts"])]

    def hours(self) -> int:
        return min(max(self.amount, self.place.project.least_hours), self.place.project.most_hours)

    def hours_in(self, week: int) -> int:
        return self.hours() if self.place.project.runs[week] else 0

    def load_in(self, week: int) -> int:
        return self.hours_in(week) * self.person.days[week]

    def cents(self) -> int:
        return self.hours() * self.place.rate_cents

    def earned(self) -> int:
        return self.hours() * self.place.total_days

    def weighted(self) -> int:
        return self.earned() * self.place.project.priority

    def fit_score(self) -> int:
        return self.earned() * self.place.fit

    def project(self) -> Project:
        return self.place.project


@domain.planning_solution
@dataclass(eq=False)
class Plan:
    """All slots, and what the solver thinks of them."""

    weeks: Annotated[list[Week], domain.ProblemFactCollectionProperty]
    slots: Annotated[list[Slot], domain.PlanningEntityCollectionProperty]
    value: Annotated[
        score.BendableScore,
        domain.PlanningScore(
            bendable_hard_levels_size=_HARD_LEVELS, bendable_soft_levels_size=_SOFT_LEVELS
        ),
    ]
