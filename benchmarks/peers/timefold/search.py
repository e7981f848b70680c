"""Runs Timefold's local search on an instance and reads the plan back.

Its free edition searches in one thread. Phases are its defaults, except that the first plan
gives each slot a project and its hours one after the other, not every combination of both.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from benchmarks.peers.answer import Answer, Watcher
from benchmarks.peers.timefold.constraints import build_constraints
from benchmarks.peers.timefold.model import Person, Place, Plan, Project, Slot, Week
from solver.instance import NO_CLIENT, NO_LIMIT, WORKDAYS_PER_WEEK, Instance
from solver.policy import Policy, Tier
from solver.result import Assignments, Progress, SolveLimits

jpype: Any = importlib.import_module("jpype")
timefold: Any = importlib.import_module("timefold.solver")
config: Any = importlib.import_module("timefold.solver.config")

_UNLIMITED = 2**62
_PHASES = """
<solver>
  <constructionHeuristic>
    <queuedEntityPlacer>
      <entitySelector id="slot"/>
      <changeMoveSelector>
        <entitySelector mimicSelectorRef="slot"/><valueSelector variableName="place"/>
      </changeMoveSelector>
      <changeMoveSelector>
        <entitySelector mimicSelectorRef="slot"/><valueSelector variableName="amount"/>
      </changeMoveSelector>
    </queuedEntityPlacer>
  </constructionHeuristic>
  <localSearch/>
</solver>
"""


def search(instance: Instance, policy: Policy, limits: SolveLimits, on_progress: Watcher) -> Answer:
    """Return the best feasible plan within the time; None when there was none."""
    begun_s = time.perf_counter()
    slots = list(_list_slots(instance))
    solver = timefold.SolverFactory.create(_build_config(instance, policy, limits)).build_solver()
    given = _count_given(instance)

    def tell(soft_scores: list[int]) -> None:
        elapsed_s = time.perf_counter() - begun_s
        for tier, value in zip(policy.tiers, soft_scores, strict=True):
            reached = value + (given if tier is Tier.COVERAGE else 0)
            on_progress(Progress(tier, reached, None, elapsed_s))

    _listen(solver, tell)
    plan = solver.solve(Plan([Week(idx) for idx in range(instance.weeks)], slots, None))
    if plan.value is None or not plan.value.is_feasible:
        return Answer(None)
    return Answer(_read_plan(plan))


def _listen(solver: Any, tell: Callable[[list[int]], None]) -> None:
    """Call `tell` with the tiers of each new best plan that breaks no constraint.

    The package's own listener copies every object of the plan to Python each time, which left
    the search a quarter of its time on 300 contractors. This one reads the score in Java.
    """

    def hear(event: Any) -> None:
        best = event.getNewBestScore()
        if best.isFeasible():
            tell([int(value) for value in best.softScores()])

    # There is no public way to the solver in Java.
    listener = jpype.JProxy(
        "ai.timefold.solver.core.api.solver.event.SolverEventListener",
        dict={"bestSolutionChanged": hear},
    )
    solver._delegate.addEventListener(listener)


def _build_config(instance: Instance, policy: Policy, limits: SolveLimits) -> Any:
    return config.SolverConfig(
        xml_source_text=_PHASES,
        solution_class=Plan,
        entity_class_list=[Slot],
        environment_mode=config.EnvironmentMode.NO_ASSERT,
        random_seed=limits.seed,
        score_director_factory_config=config.ScoreDirectorFactoryConfig(
            constraint_provider_function=build_constraints(policy.tiers, instance.switch_cost)
        ),
        termination_config=config.TerminationConfig(
            spent_limit=config.Duration(milliseconds=int(1000 * limits.time_limit_s))
        ),
    )


def _list_slots(instance: Instance) -> Iterator[Slot]:
    """Yield the slots of every contractor who is eligible for a project, pins first."""
    projects = _list_projects(instance)
    least = instance.floor_hours * instance.horizon_days
    pins = {(contractor, project): hours for contractor, project, hours in instance.pins.tolist()}
    idx = count()
    # One list for all who lost as many hours: each becomes an object of Java.
    amounts_up_to = {
        most: list(range(1, most + 1)) for most in np.unique(instance.lost_hours).tolist()
    }
    for contractor in np.flatnonzero(np.diff(instance.pair_start)).tolist():
        lost_hours = int(instance.lost_hours[contractor])
        days = instance.avail_days[contractor].tolist()
        person = Person(contractor, lost_hours, int(least[contractor]), days)
        places = _list_places(instance, contractor, projects)
        pinned = [place for place in places if (contractor, place.project.idx) in pins]
        number = min(int(instance.max_projects[contractor]), len(places))
        amounts = amounts_up_to[lost_hours]
        undecided: list[Any] = [None] * (number - len(pinned))
        for place in [*pinned, *undecided]:
            hours = lost_hours if place is None else pins[contractor, place.project.idx]
            yield Slot(next(idx), person, places, amounts, place is not None, place, hours)


def _list_projects(instance: Instance) -> list[Project]:
    room = (WORKDAYS_PER_WEEK * instance.open_hours).tolist()
    seats, budget = instance.seats.tolist(), instance.weekly_budget_cents.tolist()
    return [
        Project(
            idx=idx,
            rivals=_list_rivals(instance, idx),
            least_hours=int(instance.min_hours[idx]),
            most_hours=int(instance.max_hours[idx]),
            priority=int(instance.priority[idx]),
            runs=instance.active[idx].tolist(),
            seats=_UNLIMITED if seats[idx] == NO_LIMIT else seats[idx],
            budget_cents=_UNLIMITED if budget[idx] == NO_LIMIT else budget[idx],
            room=room[idx],
        )
        for idx in range(instance.num_projects)
    ]


def _list_places(instance: Instance, contractor: int, projects: list[Project]) -> list[Place]:
    """Return the contractor's eligible pairs."""
    return [
        Place(
            project=projects[int(instance.pair_project[pair])],
            total_days=int(instance.pair_days[pair]),
            fit=int(instance.pair_fit[pair]),
            rate_cents=int(instance.pair_rate_cents[pair]),
        )
        for pair in range(*instance.pair_start[contractor : contractor + 2].tolist())
    ]


def _list_rivals(instance: Instance, project: int) -> list[int]:
    """Return the projects that a contractor on this one may not be on as well."""
    client = int(instance.client[project])
    if client == NO_CLIENT:
        return []
    partners = instance.wall_partners[client]
    return [idx for idx, other in enumerate(instance.client.tolist()) if other in partners]


def _count_given(instance: Instance) -> int:
    """Return how many contractors are covered by nothing, their floor or their days being 0."""
    return int(np.count_nonzero(instance.floor_hours * instance.horizon_days == 0))


def _read_plan(plan: Any) -> Assignments:
    return Assignments.build(
        [
            (slot.person.idx, slot.place.project.idx, slot.hours())
            for slot in plan.slots
            if slot.place is not None
        ]
    )
