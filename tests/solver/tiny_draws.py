"""Random tiny instances by number: every rule, policy order and tolerance in play.

Plain seeded draws, so that `draw_case(n)` is the same on every machine and a soak can
go through millions of them. Each draw has a flavour that turns one rule up, because
uniform draws seldom let two rules bind at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from solver.errors import InvalidInput
from solver.instance import NO_CLIENT, NO_LIMIT, Instance
from solver.instance_checks import build_checked_instance
from solver.policy import Policy, Tier
from tests.solver.instances import Contractor, Pair, Project, build_instance

FLAVOURS = (
    "mixed",
    "scarce seats",
    "scarce hours",
    "scarce budget",
    "walls",
    "leave",
    "part time",
    "large minimum hours",
    "negative fit",
    "switching",
    "many projects",
    "pins",
)


@dataclass(frozen=True)
class Case:
    """One draw: an instance that brute force can solve, and what to aim for."""

    number: int
    instance: Instance
    policy: Policy


class _Draw:
    """Whole numbers and choices from one generator."""

    def __init__(self, number: int) -> None:
        self._random = np.random.default_rng(number)

    def whole(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        return bool(self._random.random() < share)


def draw_case(number: int) -> Case:
    """Return the case of that number; the flavours take turns."""
    draw = _Draw(number)
    flavour = FLAVOURS[number % len(FLAVOURS)]
    return Case(number, _draw_instance(draw, flavour), _draw_policy(draw))


def _draw_policy(draw: _Draw) -> Policy:
    orders = list(permutations(Tier))
    tiers = orders[draw.whole(0, len(orders) - 1)]
    shares = (0.0, 0.0, 0.0, 0.1, 0.29, 0.5, 0.999)
    tolerances = {tier: shares[draw.whole(0, len(shares) - 1)] for tier in Tier}
    return Policy(f"order {'-'.join(tiers)}", tiers, tolerances=tolerances)


def _draw_instance(draw: _Draw, flavour: str) -> Instance:
    weeks = draw.whole(2, 4) if flavour in {"leave", "part time"} else draw.whole(1, 3)
    many = flavour == "many projects"
    num_contractors = draw.whole(1 if many else 2, 2 if many else 4)
    num_projects = draw.whole(4, 5) if many else draw.whole(1, 3)
    contractors = [_draw_contractor(draw, flavour, weeks) for _ in range(num_contractors)]
    projects = [_draw_project(draw, flavour, weeks) for _ in range(num_projects)]
    instance = build_instance(
        contractors,
        projects,
        _draw_pairs(draw, flavour, num_contractors, num_projects),
        walls=_draw_walls(draw, flavour, projects),
        switch_cost=draw.whole(0, 60 if flavour == "switching" else 8),
    )
    return _add_pins(draw, instance) if flavour == "pins" or draw.chance(0.15) else instance


def _draw_contractor(draw: _Draw, flavour: str, weeks: int) -> Contractor:
    many = flavour == "many projects"
    lost = draw.whole(0 if draw.chance(0.1) else 2, 5 if many else 7)
    away = 0.5 if flavour == "leave" else 0.15
    return Contractor(
        lost_hours=lost,
        floor_hours=draw.whole(0 if draw.chance(0.1) else min(1, lost), lost),
        max_projects=draw.whole(2, 5) if many else draw.whole(0 if draw.chance(0.1) else 1, 3),
        avail_days=tuple(draw.whole(0, 4) if draw.chance(away) else 5 for _ in range(weeks)),
    )


def _draw_project(draw: _Draw, flavour: str, weeks: int) -> Project:
    idle = 0.5 if flavour == "part time" else 0.15
    most_open = 6 if flavour == "scarce hours" else 14
    least = draw.whole(2, 5) if flavour == "large minimum hours" else draw.whole(1, 2)
    has_seats = draw.chance(0.9 if flavour == "scarce seats" else 0.25)
    has_budget = draw.chance(0.9 if flavour == "scarce budget" else 0.25)
    return Project(
        open_hours=tuple(draw.whole(least, most_open) for _ in range(weeks)),
        active=tuple(not draw.chance(idle) for _ in range(weeks)),
        seats=draw.whole(0 if draw.chance(0.1) else 1, 2) if has_seats else NO_LIMIT,
        min_hours=least,
        max_hours=draw.whole(least, 7),
        budget_cents=draw.whole(0 if draw.chance(0.1) else 4, 30) if has_budget else NO_LIMIT,
        priority=draw.whole(1, 5),
        client=draw.whole(NO_CLIENT, 2),
    )


def _draw_pairs(draw: _Draw, flavour: str, num_contractors: int, num_projects: int) -> list[Pair]:
    share = 1.0 if draw.chance(0.5) else 0.7
    least, most = (-9, 2) if flavour == "negative fit" else (-1, 9)
    return [
        (one, other, draw.whole(least, most), draw.whole(0, 4))
        for one in range(num_contractors)
        for other in range(num_projects)
        if draw.chance(share)
    ]


def _draw_walls(draw: _Draw, flavour: str, projects: list[Project]) -> list[tuple[int, int]]:
    clients = max(project.client for project in projects) + 1
    share = 0.8 if flavour == "walls" else 0.2
    return [(one, other) for other in range(clients) for one in range(other) if draw.chance(share)]


def _add_pins(draw: _Draw, instance: Instance) -> Instance:
    """Return the instance with up to two pins, those left out that break a rule."""
    for _ in range(draw.whole(1, 2)):
        if not instance.num_pairs:
            break
        pair = draw.whole(0, instance.num_pairs - 1)
        place = int(instance.pair_contractor[pair]), int(instance.pair_project[pair])
        if place in {(one, other) for one, other, _ in instance.pins.tolist()}:
            continue
        least = int(instance.min_hours[place[1]])
        rows = [*instance.pins.tolist(), [*place, draw.whole(least, least + 2)]]
        try:
            instance = build_checked_instance(
                replace(instance, pins=np.array(rows, dtype=np.int64))
            )
        except InvalidInput:
            continue
    return instance
