"""Clients, walls and projects of the sample, with the skills each project asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.sampling.frames import (
    Part,
    add_days,
    build_frame,
    keep_some,
    keep_some_days,
    make_stream,
    round_to_step,
)
from app.sampling.needs import draw_project_skills
from app.sampling.occupations import FloatArray, Occupations
from app.sampling.places import COUNTRIES, UNITS_PER_USD
from app.sampling.words import list_clients, list_codenames
from solver.instance import IntArray

CONTRACTOR_MARKUP = 1.35
"""What a contractor charges against a salaried wage: no paid leave, own insurance."""

COMPARTMENTS = ("amber", "basalt", "cobalt", "dolmen", "ember")

_FLAGSHIP_PRIORITY = 4


@dataclass(frozen=True, eq=False)
class Market:
    """The demand side; P projects, the first (Chordus) is the one that pauses.

    client    int64[P], position in `clients`
    lead      int64[P], occupation that the project mostly needs
    currency  object[P]
    rate      float64[P], usual hourly rate in the project's currency
    walls     frame; `walled[a, b]` bool[K, K] says the same both ways
    projects  roster frame without demand, seats and budget
    """

    clients: pd.DataFrame
    walls: pd.DataFrame
    walled: npt.NDArray[np.bool_]
    projects: pd.DataFrame
    project_skills: pd.DataFrame
    client: IntArray
    lead: IntArray
    currency: npt.NDArray[np.object_]
    rate: FloatArray


def draw_market(
    occupations: Occupations, *, clients: int, projects: int, seed: int, starting: date
) -> Market:
    """Return clients, walls and projects as they stand on the day `starting`."""
    rng = make_stream(seed, Part.MARKET)
    client_ids = [f"K{position + 1:0{len(str(clients))}d}" for position in range(clients)]
    walls, walled = _draw_walls(rng, client_ids)
    client = _draw_clients_of_projects(rng, clients, projects)
    lead = _draw_leads(rng, occupations, projects)
    share = np.array([country.share for country in COUNTRIES], dtype=np.float64)
    home = rng.choice(len(COUNTRIES), projects, p=share / share.sum())
    home[0] = 0
    currency = np.array([COUNTRIES[place].currency for place in home], dtype=object)
    local = np.array([c.pay_factor * UNITS_PER_USD[c.currency] for c in COUNTRIES])
    rate = np.exp(occupations.log_wages[lead, 1]) * CONTRACTOR_MARKUP * local[home]
    frame = _draw_projects(rng, [client_ids[owner] for owner in client], home, rate, starting)
    return Market(
        clients=build_frame("clients", {"client_id": client_ids, "name": list_clients(clients)}),
        walls=walls,
        walled=walled,
        projects=frame,
        project_skills=draw_project_skills(rng, occupations, frame["project_id"], lead, home),
        client=client,
        lead=lead,
        currency=currency,
        rate=rate,
    )


def _draw_walls(
    rng: np.random.Generator, client_ids: list[str]
) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return about half as many walls as clients; two of them stand around the first client."""
    count = len(client_ids)
    # A wall without cooling-off opens with the pause; one with keeps its side closed.
    walls = {(0, 1): 0, (0, 2): 90}
    for _ in range(count // 2 - 1):
        one, other = sorted(rng.choice(np.arange(1, count), 2, replace=False).tolist())
        walls[one, other] = int(rng.choice([0, 30, 60, 90, 180]))
    walled = np.zeros((count, count), dtype=np.bool_)
    for one, other in walls:
        walled[one, other] = walled[other, one] = True
    frame = build_frame(
        "walls",
        {
            "client_id": [client_ids[one] for one, _ in walls],
            "competitor_id": [client_ids[other] for _, other in walls],
            "cooling_off_days": list(walls.values()),
        },
    )
    return frame, walled


def _draw_clients_of_projects(rng: np.random.Generator, clients: int, projects: int) -> IntArray:
    """Return each project's client: every client has one, the bigger ones several."""
    weights = 1 / np.sqrt(np.arange(1, clients + 1))
    client = rng.choice(clients, projects, p=weights / weights.sum())
    client[:clients] = np.arange(clients)
    return client


def _draw_leads(rng: np.random.Generator, occupations: Occupations, projects: int) -> IntArray:
    """Return lead occupations; a third is drawn evenly, so rare skills are wanted as well."""
    even = np.full(len(occupations.weights), 1 / len(occupations.weights))
    return rng.choice(len(even), projects, p=(2 * occupations.weights + even) / 3)


def _draw_projects(
    rng: np.random.Generator,
    client_ids: list[str],
    home: IntArray,
    rate: FloatArray,
    starting: date,
) -> pd.DataFrame:
    count = len(home)
    width = len(str(count))
    offsets = np.array([COUNTRIES[place].utc_offsets[0] for place in home])
    offset = np.where(rng.random(count) < 0.85, offsets, np.nan)
    limit = np.where(rng.random(count) < 0.4, rng.choice([3, 4, 5, 6, 8], count), np.nan)
    currency = np.array([COUNTRIES[place].currency for place in home], dtype=object)
    pay = round_to_step(rate * rng.lognormal(0.08, 0.12, count), currency)
    starts, ends = _draw_project_days(rng, count)
    columns: dict[str, Any] = {
        "project_id": [f"P{position + 1:0{width}d}" for position in range(count)],
        "codename": list_codenames(count),
        "client_id": client_ids,
        "status": _draw_statuses(rng, count),
        "demand_hours": np.zeros(count, dtype=np.int64),
        "priority": rng.choice(5, count, p=[0.1, 0.2, 0.4, 0.2, 0.1]) + 1,
        "min_hours": rng.choice([5, 8, 10, 15, 20], count, p=[0.6, 0.1, 0.15, 0.1, 0.05]),
        "max_hours": rng.choice([40, 30, 20], count, p=[0.75, 0.15, 0.1]),
        "clearance": rng.choice(4, count, p=[0.68, 0.17, 0.1, 0.05]),
        "compartments": keep_some(rng, rng.choice(list(COMPARTMENTS), count), 0.1, ""),
        "pay_rate_cents": keep_some(rng, pay, 0.45, pd.NA),
        "currency": currency,
        "starts_on": add_days(starting, starts),
        "ends_on": keep_some_days(rng, add_days(starting, ends), 0.6),
        "utc_offset": offset,
        "max_utc_distance": np.where(np.isnan(offset), np.nan, limit),
        "countries": keep_some(rng, _list_countries(rng, home), 0.1, ""),
    }
    _shape_flagship(columns)
    return build_frame("projects", columns)


def _draw_statuses(rng: np.random.Generator, count: int) -> npt.NDArray[np.object_]:
    status = np.full(count, "open", dtype=object)
    order = rng.permutation(np.arange(1, count))
    few = max(1, count // 20)
    status[order[:few]] = "closed"
    status[order[few : few + max(1, few // 2)]] = "paused"
    return status


def _draw_project_days(rng: np.random.Generator, count: int) -> tuple[IntArray, IntArray]:
    """Return first and last day as days from `starting`: some projects run part of the horizon."""
    starts = -rng.integers(30, 900, count)
    late = rng.random(count) < 0.12
    starts[late] = rng.integers(7, 36, int(late.sum()))
    ends = rng.integers(90, 700, count)
    early = (rng.random(count) < 0.12) & ~late
    ends[early] = rng.integers(14, 50, int(early.sum()))
    return starts, ends


def _list_countries(rng: np.random.Generator, home: IntArray) -> npt.NDArray[np.object_]:
    """Return lists of the home country and some others that are paid in the same currency."""
    lists = []
    for place in home:
        same = [c.code for c in COUNTRIES if c.currency == COUNTRIES[place].currency]
        chosen = rng.choice(same, min(len(same), 5), replace=False).tolist()
        lists.append("|".join(sorted({COUNTRIES[place].code, *chosen})))
    return np.array(lists, dtype=object)


def _shape_flagship(columns: dict[str, Any]) -> None:
    """Make the first project one that people of every place and trade can work on."""
    open_to_all = {
        "priority": _FLAGSHIP_PRIORITY,
        "min_hours": 5,
        "max_hours": 40,
        "clearance": 0,
        "compartments": "",
        "pay_rate_cents": pd.NA,
        "starts_on": columns["starts_on"].min(),
        "ends_on": np.datetime64("NaT"),
        "max_utc_distance": np.nan,
        "countries": "",
    }
    for name, value in open_to_all.items():
        columns[name][0] = value
