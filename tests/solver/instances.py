"""Instances for the tests: named small ones, and random tiny ones for Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from solver.errors import InvalidInput
from solver.groups import NO_LEADS, NO_TEAM, GroupRules, build_pair_table
from solver.instance import NO_CLIENT, NO_LIMIT, Instance, IntArray
from solver.instance_checks import build_checked_instance
from solver.result import Assignments


@dataclass(frozen=True)
class Contractor:
    """A contractor of a made-up instance; one entry of avail_days a week."""

    lost_hours: int = 10
    floor_hours: int = 5
    max_projects: int = 3
    avail_days: tuple[int, ...] = (5, 5)
    team: str = ""


@dataclass(frozen=True)
class Project:
    """A project of a made-up instance; one entry of open_hours and active a week."""

    open_hours: tuple[int, ...] = (100, 100)
    active: tuple[bool, ...] = (True, True)
    seats: int = NO_LIMIT
    min_hours: int = 1
    max_hours: int = 40
    budget_cents: int = NO_LIMIT
    priority: int = 1
    client: int = NO_CLIENT
    min_people: int = 1
    people_per_lead: int = NO_LEADS
    people: int = 0
    leads: int = 0


Pair = tuple[int, int, int, int]
"""Contractor, project, fit, rate in cents."""


def build_instance(
    contractors: Sequence[Contractor],
    projects: Sequence[Project],
    pairs: Sequence[Pair] | None = None,
    *,
    walls: Sequence[tuple[int, int]] = (),
    pins: Sequence[tuple[int, int, int]] = (),
    switch_cost: int = 0,
    leading: Sequence[tuple[int, int]] = (),
    staying: Sequence[tuple[int, int]] = (),
    today: Sequence[tuple[int, int]] = (),
) -> Instance:
    """Return the checked instance; without `pairs` everyone is eligible, with fit 1 and rate 100.

    Weeks are as many as the first contractor has entries of avail_days, 2 without any.
    """
    if pairs is None:
        pairs = [
            (one, other, 1, 100)
            for one in range(len(contractors))
            for other in range(len(projects))
        ]
    weeks = len(contractors[0].avail_days) if contractors else 2
    table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 4)
    teams = sorted({one.team for one in contractors if one.team})
    groups = GroupRules(
        team=_column([teams.index(one.team) if one.team else NO_TEAM for one in contractors]),
        team_names=tuple(teams),
        min_people=_column([one.min_people for one in projects]),
        people_per_lead=_column([one.people_per_lead for one in projects]),
        people=_column([one.people for one in projects]),
        leads=_column([one.leads for one in projects]),
        leading=build_pair_table(leading),
        staying=build_pair_table(staying),
    )
    num_clients = max([project.client for project in projects], default=NO_CLIENT) + 1
    return build_checked_instance(
        Instance(
            name="made up",
            weeks=weeks,
            switch_cost=switch_cost,
            contractor_ids=tuple(f"c{idx}" for idx in range(len(contractors))),
            lost_hours=_column([one.lost_hours for one in contractors]),
            floor_hours=_column([one.floor_hours for one in contractors]),
            max_projects=_column([one.max_projects for one in contractors]),
            avail_days=_column([one.avail_days for one in contractors]).reshape(-1, weeks),
            project_ids=tuple(f"p{idx}" for idx in range(len(projects))),
            open_hours=_column([one.open_hours for one in projects]).reshape(-1, weeks),
            active=np.array([one.active for one in projects], dtype=np.bool_).reshape(-1, weeks),
            seats=_column([one.seats for one in projects]),
            min_hours=_column([one.min_hours for one in projects]),
            max_hours=_column([one.max_hours for one in projects]),
            weekly_budget_cents=_column([one.budget_cents for one in projects]),
            priority=_column([one.priority for one in projects]),
            client=_column([one.client for one in projects]),
            client_names=tuple(f"client{idx}" for idx in range(num_clients)),
            walls=np.array(walls, dtype=np.int64).reshape(-1, 2),
            pair_contractor=table[:, 0].astype(np.int32),
            pair_project=table[:, 1].astype(np.int32),
            pair_fit=table[:, 2].astype(np.int32),
            pair_rate_cents=table[:, 3].astype(np.int32),
            pins=np.array(pins, dtype=np.int64).reshape(-1, 3),
            groups=groups if groups.asks_something else None,
            today=build_pair_table(today),
        )
    )


def _column(values: Sequence[object]) -> IntArray:
    return np.array(values, dtype=np.int64)


@st.composite
def tiny_instances(draw: st.DrawFn) -> Instance:
    """Draw an instance small enough to try every plan, with every rule in play."""
    weeks = draw(st.integers(1, 3))
    whole = st.integers
    contractors = draw(
        st.lists(
            st.builds(
                Contractor,
                lost_hours=whole(0, 5),
                floor_hours=whole(0, 4),
                max_projects=whole(0, 3),
                avail_days=st.tuples(*[st.sampled_from([5, 5, 5, 3, 0])] * weeks),
            ).map(lambda one: replace(one, floor_hours=min(one.floor_hours, one.lost_hours))),
            min_size=1,
            max_size=3,
        )
    )
    projects = draw(
        st.lists(
            st.builds(
                Project,
                open_hours=st.tuples(*[whole(0, 8)] * weeks),
                active=st.tuples(*[st.sampled_from([True, True, True, False])] * weeks),
                seats=st.sampled_from([NO_LIMIT, NO_LIMIT, 0, 1, 2]),
                min_hours=whole(1, 3),
                max_hours=whole(3, 6),
                budget_cents=st.sampled_from([NO_LIMIT, NO_LIMIT, 0, 3, 7]),
                priority=whole(1, 5),
                client=whole(NO_CLIENT, 2),
            ),
            min_size=1,
            max_size=3,
        )
    )
    places = [(one, other) for one in range(len(contractors)) for other in range(len(projects))]
    eligible = draw(st.lists(st.sampled_from(places), unique=True))
    pairs = [(*place, draw(whole(-3, 9)), draw(whole(0, 3))) for place in eligible]
    clients = max(project.client for project in projects) + 1
    sides = [(one, other) for other in range(clients) for one in range(other)]
    walls = draw(st.lists(st.sampled_from(sides), unique=True)) if sides else []
    switch_cost = draw(whole(0, 20))
    instance = build_instance(contractors, projects, pairs, walls=walls, switch_cost=switch_cost)
    is_pinned = draw(st.booleans())
    if pairs and is_pinned:
        contractor, project, *_ = draw(st.sampled_from(pairs))
        return _pin(instance, contractor, project, draw(whole(1, 3)))
    return instance


def _pin(instance: Instance, contractor: int, project: int, hours: int) -> Instance:
    """Return the instance with one pin, or without where the pin alone breaks a rule."""
    pins = np.array([(contractor, project, hours)], dtype=np.int64)
    try:
        return build_checked_instance(replace(instance, pins=pins))
    except InvalidInput:
        return instance


def build_plan(*rows: tuple[int, int, int]) -> Assignments:
    """Return the plan of (contractor index, project index, hours per week) rows."""
    return Assignments.build(list(rows))
