"""The numbered tiny instances once more, with rules between people and places of today."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.errors import InvalidInput
from solver.groups import NO_LEADS, NO_TEAM, GroupRules, PairTable, build_pair_table
from solver.instance import Instance, IntArray
from solver.instance_checks import build_checked_instance
from tests.solver.tiny_draws import Case, draw_case

_SEED = 8_191


def draw_group_case(number: int) -> Case:
    """Return the case of that number; one rule or another is turned up."""
    case = draw_case(number)
    random = np.random.default_rng([_SEED, number])
    groups = _draw_groups(random, case.instance)
    instance = replace(
        case.instance,
        groups=groups if groups.asks_something else None,
        today=_draw_pairs(random, case.instance, 0.3 if random.random() < 0.3 else 0.0),
    )
    try:
        return replace(case, instance=build_checked_instance(instance))
    except InvalidInput:
        # Pins drawn before the rules are no plan any more.
        return replace(case, instance=replace(instance, pins=np.zeros((0, 3), dtype=np.int64)))


def _draw_groups(random: np.random.Generator, instance: Instance) -> GroupRules:
    size, people = instance.num_projects, instance.num_contractors
    asks = random.random(3) < 0.6
    working = random.integers(0, 3, size) * (random.random(size) < 0.3)
    num_teams = int(random.integers(1, 3))
    return GroupRules(
        team=_mix(random, random.integers(0, num_teams, people), NO_TEAM, 0.8 * asks[0]),
        team_names=tuple(f"t{team}" for team in range(num_teams)),
        min_people=_mix(random, random.integers(2, 4, size), 1, 0.6 * asks[1]),
        people_per_lead=_mix(random, random.integers(1, 4, size), NO_LEADS, 0.6 * asks[2]),
        people=working,
        leads=np.minimum(working, random.integers(0, 2, size)),
        leading=_draw_pairs(random, instance, 0.5),
        staying=_draw_pairs(random, instance, 0.1),
    )


def _mix(random: np.random.Generator, drawn: IntArray, otherwise: int, share: float) -> IntArray:
    return np.where(random.random(len(drawn)) < share, drawn, otherwise)


def _draw_pairs(random: np.random.Generator, instance: Instance, share: float) -> PairTable:
    chosen = np.flatnonzero(random.random(instance.num_pairs) < share)
    return build_pair_table(
        zip(
            instance.pair_contractor[chosen].tolist(),
            instance.pair_project[chosen].tolist(),
            strict=True,
        )
    )
