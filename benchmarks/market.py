"""Draws markets that look like a real one, by a seed: for instances that nobody tuned on.

A whole vendor is paused at once: all contractors of the size work for project P0. Skills are
Zipf, so that some projects suit thousands and others a handful; demand is log-normal, short of
the hours lost, and differs from week to week, because people who are not paused leave their
projects at times. Levels, time zones, countries, clearances, walls, leave, seats and
budgets narrow it. The shares are those of `instances/market`; README.md there compares both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.affected import build_scope
from solver.instance import IntArray
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.roster import TABLES, Column, Kind, Roster, get_dtype

PAUSE_DATE = date(2026, 11, 18)
_MONDAY = pd.Timestamp("2026-11-23")
_WEEKS = 8
_NUM_CLIENTS = 12
_NUM_WALLS = 8
_SKILLS_HELD = 8
_LEAVERS_PER_PROJECT = 2
_DEMAND_PER_LOST_HOUR = 0.93
_HOURS_PER_SEAT = 15.6
_CENTS_PER_HOUR = 3_400
_SWITCH_COST = 4_000
_COUNTRIES = ("US", "IN", "DE", "BR", "PH", "KE", "PL", "FR")
_OFFSETS = (-6, 5, 1, -3, 8, 3, 1, 1)
_SKILLS_IN_CHUNK = 20_000


@dataclass(frozen=True)
class MarketSize:
    """How much to draw; fewer skills make a project suit more people."""

    contractors: int
    projects: int
    skills: int


SIZES: Mapping[str, MarketSize] = MappingProxyType(
    {
        "T": MarketSize(60, 10, 8),
        "S": MarketSize(300, 25, 12),
        "M": MarketSize(5_000, 150, 40),
        "M2": MarketSize(12_000, 250, 40),
        "M3": MarketSize(24_000, 400, 40),
        "L": MarketSize(40_000, 500, 40),
        "XL": MarketSize(250_000, 2_000, 40),
    }
)


def build_request(roster: Roster) -> PlanRequest:
    """Return the question of a drawn market: P0 is paused, where do all its people go?"""
    policy = replace(PEOPLE_FIRST, switch_cost=_SWITCH_COST)
    return PlanRequest(build_scope(roster, codenames=["P0"]), PAUSE_DATE, policy)


def draw_market(size: MarketSize, seed: int) -> Roster:
    """Return a market: the same size and seed give the same one."""
    rng = np.random.default_rng([seed, size.contractors, size.projects])
    leavers = _LEAVERS_PER_PROJECT * (size.projects - 1)
    people = [f"C{number}" for number in range(size.contractors + leavers)]
    projects = [f"P{number}" for number in range(size.projects)]
    clients = [f"K{number}" for number in range(_NUM_CLIENTS)]
    lost_hours = 5 + np.rint(35 * rng.beta(1.6, 2.0, size.contractors)).astype(np.int64)
    return Roster(
        clients=_build_frame("clients", {"client_id": clients, "name": clients}),
        walls=_draw_walls(rng, clients),
        projects=_draw_projects(rng, projects, clients, int(lost_hours.sum())),
        project_skills=_draw_project_skills(rng, projects, size.skills),
        contractors=_draw_contractors(rng, people),
        contractor_skills=_draw_contractor_skills(rng, people, size.skills),
        time_off=_draw_time_off(rng, people),
        assignments=_draw_assignments(rng, people, projects, lost_hours),
    )


def _build_frame(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of the table; a column left out holds its default in every row."""
    drawn = pd.DataFrame(columns)
    for column in TABLES[name].columns:
        if column.roster_name not in drawn:
            drawn[column.roster_name] = _get_default(column)
    return drawn[[column.roster_name for column in TABLES[name].columns]].astype(
        {column.roster_name: get_dtype(column) for column in TABLES[name].columns}
    )


def _get_default(column: Column) -> str | int | bool | None:
    match column.kind:
        case Kind.WHOLE:
            return None if column.default is None else int(column.default)
        case Kind.BOOLEAN:
            return column.default == "true"
        case Kind.TEXT | Kind.LIST | Kind.CHOICE:
            return column.default or ""
        case _:
            return None


def _draw_walls(rng: np.random.Generator, clients: list[str]) -> pd.DataFrame:
    one, other = np.triu_indices(len(clients), 1)
    chosen = rng.choice(len(one), _NUM_WALLS, replace=False)
    ids = np.array(clients, dtype=object)
    return _build_frame(
        "walls",
        {
            "client_id": ids[one[chosen]],
            "competitor_id": ids[other[chosen]],
            "cooling_off_days": rng.choice([30, 60, 90], _NUM_WALLS),
        },
    )


def _draw_projects(
    rng: np.random.Generator, projects: list[str], clients: list[str], lost_hours: int
) -> pd.DataFrame:
    num = len(projects)
    demand = rng.lognormal(0, 0.9, num)
    demand = np.maximum(20, np.rint(demand / demand.sum() * lost_hours * _DEMAND_PER_LOST_HOUR))
    demand = demand.astype(np.int64)
    # Who runs late or ends early runs in some weeks only.
    late = np.where(rng.random(num) < 0.15, rng.integers(1, 5, num), 0)
    early = np.where(rng.random(num) < 0.15, rng.integers(3, _WEEKS, num), 60)
    early = np.maximum(early, late + 1)
    seats = np.rint(demand / _HOURS_PER_SEAT * rng.uniform(0.8, 1.25, num)).astype(np.int64) + 1
    budget = demand * np.rint(_CENTS_PER_HOUR * rng.uniform(0.85, 1.2, num)).astype(np.int64)
    home = rng.choice(len(_COUNTRIES), num)
    return _build_frame(
        "projects",
        {
            "project_id": projects,
            "codename": projects,
            "client_id": rng.choice(clients, num),
            "status": "open",
            "demand_hours": demand,
            "priority": rng.choice(5, num, p=[0.15, 0.19, 0.3, 0.22, 0.14]) + 1,
            "seats": _keep(rng, seats, 0.58),
            "min_hours": rng.choice([4, 5, 8, 10], num, p=[0.2, 0.36, 0.28, 0.16]),
            "max_hours": rng.choice([15, 20, 30, 40], num, p=[0.18, 0.3, 0.24, 0.28]),
            "clearance": rng.choice([0, 1, 2, 3], num, p=[0.76, 0.14, 0.07, 0.03]),
            "compartments": rng.choice(["", "ALPHA", "BETA"], num, p=[0.95, 0.03, 0.02]),
            "pay_rate_cents": _keep(rng, rng.integers(2_200, 6_500, num), 0.45),
            "weekly_budget_cents": _keep(rng, budget, 0.25),
            "starts_on": _MONDAY + pd.to_timedelta(7 * late - 300 * (late == 0), unit="D"),
            "ends_on": _MONDAY + pd.to_timedelta(7 * early - 3, unit="D"),
            "utc_offset": np.array(_OFFSETS)[home],
            "max_utc_distance": _keep(rng, rng.choice([4, 6, 8], num), 0.5),
            "countries": np.where(
                rng.random(num) < 0.12, rng.choice(["US|DE|FR|PL", "IN|PH|KE|BR"], num), ""
            ),
        },
    )


def _keep(rng: np.random.Generator, values: IntArray, share: float) -> pd.Series:
    """Return the values with about this share of them, the others blank."""
    return pd.Series(values, dtype="Int64").mask(rng.random(len(values)) >= share)


def _draw_contractors(rng: np.random.Generator, people: list[str]) -> pd.DataFrame:
    num = len(people)
    home = rng.choice(len(_COUNTRIES), num, p=[0.3, 0.2, 0.1, 0.1, 0.1, 0.08, 0.06, 0.06])
    return _build_frame(
        "contractors",
        {
            "contractor_id": people,
            "name": people,
            "email": [f"{one}@example.org" for one in people],
            "max_weekly_hours": 40,
            "pay_rate_cents": np.rint(rng.triangular(1_000, 3_000, 7_000, num)),
            "country": np.array(_COUNTRIES, dtype=object)[home],
            "utc_offset": np.array(_OFFSETS)[home],
            "clearance": rng.choice(4, num, p=[0.45, 0.3, 0.17, 0.08]),
            "clearance_expires_on": _MONDAY + pd.to_timedelta(rng.integers(20, 900, num), unit="D"),
            "compartments": rng.choice(["", "ALPHA", "ALPHA|BETA"], num, p=[0.75, 0.18, 0.07]),
            "max_projects": rng.choice([1, 2, 3], num, p=[0.14, 0.1, 0.76]),
        },
    )


def _draw_project_skills(
    rng: np.random.Generator, projects: list[str], num_skills: int
) -> pd.DataFrame:
    """Return one to three skills of each project, the common ones more often."""
    asked = rng.choice([1, 2, 3], len(projects), p=[0.55, 0.35, 0.1])
    skills = _draw_skills(rng, len(projects), num_skills, 3, evenness=0.7)
    place = np.arange(3) < asked[:, np.newaxis]
    return _build_frame(
        "project_skills",
        {
            "project_id": np.repeat(np.array(projects, dtype=object), asked),
            "skill": _name_skills(skills[place]),
            "min_level": rng.choice([1, 2, 3, 4], int(asked.sum()), p=[0.3, 0.42, 0.22, 0.06]),
            "weight": rng.integers(1, 4, int(asked.sum())),
        },
    )


def _draw_contractor_skills(
    rng: np.random.Generator, people: list[str], num_skills: int
) -> pd.DataFrame:
    held = min(_SKILLS_HELD, num_skills)
    skills = np.concatenate(
        [
            _draw_skills(rng, len(people[start : start + _SKILLS_IN_CHUNK]), num_skills, held)
            for start in range(0, len(people), _SKILLS_IN_CHUNK)
        ]
    )
    return _build_frame(
        "contractor_skills",
        {
            "contractor_id": np.repeat(np.array(people, dtype=object), held),
            "skill": _name_skills(skills.ravel()),
            "level": rng.choice(5, skills.size, p=[0.15, 0.25, 0.3, 0.2, 0.1]) + 1,
        },
    )


def _draw_skills(
    rng: np.random.Generator, count: int, num_skills: int, each: int, *, evenness: float = 0.0
) -> IntArray:
    """int64[count, each]: different skills; the n-th is drawn 1 / n ^ (1 - evenness) as often."""
    weight = -(1 - evenness) * np.log(np.arange(1, num_skills + 1))
    # The largest of log weight + Gumbel noise are a draw without replacement by weight.
    scores = weight + rng.gumbel(size=(count, num_skills))
    return np.argsort(-scores, axis=1)[:, :each]


def _name_skills(skills: IntArray) -> npt.NDArray[np.object_]:
    names = np.array([f"skill {number}" for number in range(int(skills.max()) + 1)], dtype=object)
    return names[skills]


def _draw_time_off(rng: np.random.Generator, people: list[str]) -> pd.DataFrame:
    """Return leaves of some days for a fifth of the people."""
    away = np.flatnonzero(rng.random(len(people)) < 0.2)
    first = rng.integers(-5, 7 * _WEEKS, len(away))
    return _build_frame(
        "time_off",
        {
            "contractor_id": np.array(people, dtype=object)[away],
            "starts_on": _MONDAY + pd.to_timedelta(first, unit="D"),
            "ends_on": _MONDAY
            + pd.to_timedelta(first + rng.choice([0, 2, 4, 11], len(away)), unit="D"),
        },
    )


def _draw_assignments(
    rng: np.random.Generator, people: list[str], projects: list[str], lost_hours: IntArray
) -> pd.DataFrame:
    """Return the paused work, an earlier job of half the people, and who leaves when."""
    num, num_projects = len(lost_hours), len(projects)
    earlier = np.flatnonzero(rng.random(num) < 0.5)
    leaver = np.arange(num, len(people))
    contractor = np.concatenate([np.arange(num), earlier, leaver])
    project = np.concatenate(
        [
            np.zeros(num, dtype=np.int64),
            rng.integers(1, num_projects, len(earlier)),
            np.tile(np.arange(1, num_projects), _LEAVERS_PER_PROJECT),
        ]
    )
    # Days from the first Monday; earlier jobs are over, leavers end inside the horizon.
    first = np.concatenate([np.full(num, -200), np.full(len(earlier), -500), -100 + 0 * leaver])
    last = np.concatenate(
        [
            np.full(num, 500),
            -rng.integers(10, 250, len(earlier)),
            rng.integers(3, 7 * _WEEKS, len(leaver)),
        ]
    )
    hours = np.concatenate([lost_hours, np.full(len(earlier), 20), rng.integers(3, 9, len(leaver))])
    is_over = np.arange(len(contractor)) - num
    return _build_frame(
        "assignments",
        {
            "assignment_id": [f"A{number}" for number in range(len(contractor))],
            "contractor_id": np.array(people, dtype=object)[contractor],
            "project_id": np.array(projects, dtype=object)[project],
            "hours_per_week": hours,
            "starts_on": _MONDAY + pd.to_timedelta(first, unit="D"),
            "ends_on": _MONDAY + pd.to_timedelta(last, unit="D"),
            "status": np.where((is_over >= 0) & (is_over < len(earlier)), "ended", "active"),
        },
    )
