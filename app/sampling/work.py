"""Who works where: current and earlier assignments, and time off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product
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
from app.sampling.market import Market
from app.sampling.occupations import Occupations
from app.sampling.people import People
from app.sampling.places import UNITS_PER_USD
from solver.instance import BoolArray, IntArray

_FLAGSHIP_SHARE = 1 / 3
_IDLE_SHARE = 0.08
_SAME_TRADE_PULL = 6.0
_HORIZON_DAYS = 56

NOBODY = -1
"""Project of a contractor who works on none."""


@dataclass(frozen=True, eq=False)
class Work:
    """Assignments as roster frame; `contractor` and `project` int64[A] hold their positions."""

    assignments: pd.DataFrame
    contractor: IntArray
    project: IntArray
    time_off: pd.DataFrame


def draw_work(
    occupations: Occupations, market: Market, people: People, *, seed: int, starting: date
) -> Work:
    """Return who works where on the day `starting`; a third of the people on the first project."""
    rng = make_stream(seed, Part.WORK)
    count = len(people.frame)
    chooser = _ProjectChooser(rng, occupations, market, people, starting)
    main = _draw_main_projects(rng, chooser, people)
    second = np.where((main != NOBODY) & (rng.random(count) < 0.15), chooser.choose(), NOBODY)
    earlier = np.where(rng.random(count) < 0.45, chooser.choose(), NOBODY)
    second[_collides(market, main, second)] = NOBODY
    earlier[_collides(market, main, earlier) | _collides(market, second, earlier)] = NOBODY
    hours_main, hours_second = _draw_hours(rng, people, second)
    staff = pd.concat(
        [
            _list_staff(main, hours_main, ended=False),
            _list_staff(second, hours_second, ended=False),
            _list_staff(earlier, hours_main, ended=True),
        ],
        ignore_index=True,
    )
    return Work(
        assignments=_build_assignments(rng, market, people, staff, starting),
        contractor=staff["contractor"].to_numpy(),
        project=staff["project"].to_numpy(),
        time_off=_draw_time_off(rng, people.frame, starting),
    )


class _ProjectChooser:
    """Chooses a running project per contractor: same currency, and mostly the same trade."""

    def __init__(
        self,
        rng: np.random.Generator,
        occupations: Occupations,
        market: Market,
        people: People,
        starting: date,
    ) -> None:
        self._rng = rng
        running = (market.projects["status"] == "open") & (
            market.projects["starts_on"] <= pd.Timestamp(starting)
        )
        self._candidates = np.flatnonzero(running.to_numpy())[1:]
        self._popularity = rng.lognormal(0, 0.8, len(self._candidates))
        self._trade = occupations.group[market.lead[self._candidates]]
        self._currency = market.currency[self._candidates]
        self._trade_of_people = occupations.group[people.occupation]
        self._currency_of_people = people.frame["currency"].to_numpy(dtype=object)

    def choose(self) -> IntArray:
        """Return int64[C], a project per contractor; NOBODY where none pays the currency."""
        chosen = np.full(len(self._trade_of_people), NOBODY, dtype=np.int64)
        for trade, currency in product(np.unique(self._trade_of_people), UNITS_PER_USD):
            of_trade = self._trade_of_people == trade
            members = np.flatnonzero(of_trade & (self._currency_of_people == currency))
            pull = self._popularity * np.where(self._trade == trade, _SAME_TRADE_PULL, 1.0)
            pull = pull * (self._currency == currency)
            if pull.sum() > 0:
                chosen[members] = self._rng.choice(
                    self._candidates, len(members), p=pull / pull.sum()
                )
        return chosen


def _draw_main_projects(
    rng: np.random.Generator, chooser: _ProjectChooser, people: People
) -> IntArray:
    main = chooser.choose()
    active = np.flatnonzero(people.frame["status"] == "active")
    order = rng.permutation(active)
    flagship = round(len(main) * _FLAGSHIP_SHARE)
    main[order[:flagship]] = 0
    main[order[flagship : flagship + round(len(main) * _IDLE_SHARE)]] = NOBODY
    main[(people.frame["status"] == "inactive").to_numpy()] = NOBODY
    return main


def _collides(market: Market, one: IntArray, other: IntArray) -> BoolArray:
    """Return where two projects of a person are the same or their clients compete."""
    both = (one != NOBODY) & (other != NOBODY)
    walled = market.walled[market.client[one], market.client[other]]
    collides: BoolArray = both & ((one == other) | walled)
    return collides


def _draw_hours(
    rng: np.random.Generator, people: People, second: IntArray
) -> tuple[IntArray, IntArray]:
    """Return weekly hours on the main and the second project, within the person's limit."""
    most = people.frame["max_weekly_hours"].to_numpy()
    share = rng.choice([1.0, 0.75, 0.5], len(most), p=[0.6, 0.25, 0.15])
    share[second != NOBODY] = np.minimum(share[second != NOBODY], 0.75)
    main = np.clip(np.rint(np.minimum(most, 40) * share), 5, None).astype(np.int64)
    return main, np.clip(most - main, 1, 20)


def _list_staff(project: IntArray, hours: IntArray, *, ended: bool) -> pd.DataFrame:
    """Return (contractor, project, hours, ended) of everyone who has a project."""
    contractor = np.flatnonzero(project != NOBODY)
    return pd.DataFrame(
        {
            "contractor": contractor,
            "project": project[contractor],
            "hours": hours[contractor],
            "ended": ended,
        }
    )


def _build_assignments(
    rng: np.random.Generator,
    market: Market,
    people: People,
    staff: pd.DataFrame,
    starting: date,
) -> pd.DataFrame:
    count = len(staff)
    contractor, project = staff["contractor"].to_numpy(), staff["project"].to_numpy()
    ended = staff["ended"].to_numpy()
    width = len(str(count))
    starts = add_days(starting, -rng.integers(20, 600, count))
    first_days = market.projects["starts_on"].to_numpy(dtype="datetime64[s]")[project]
    starts = np.maximum(starts, first_days)
    ends = keep_some_days(rng, add_days(starting, rng.integers(20, 400, count)), 0.25)
    # An earlier assignment ended some days before, though not before it began.
    gone = add_days(starting, -rng.integers(5, 220, count))
    ends = np.where(ended, np.maximum(gone, starts), ends)
    rates = people.frame["pay_rate_cents"].to_numpy()[contractor]
    currency = people.frame["currency"].to_numpy(dtype=object)[contractor]
    agreed = round_to_step(rates / 100 * rng.uniform(0.95, 1.12, count), currency)
    columns: dict[str, Any] = {
        "assignment_id": [f"A{position + 1:0{width}d}" for position in range(count)],
        "contractor_id": people.frame["contractor_id"].to_numpy(dtype=object)[contractor],
        "project_id": market.projects["project_id"].to_numpy(dtype=object)[project],
        "hours_per_week": staff["hours"].to_numpy(),
        "starts_on": starts,
        "ends_on": ends,
        "pay_rate_cents": keep_some(rng, agreed, 0.2, pd.NA),
        "status": np.where(ended, "ended", "active"),
    }
    return build_frame("assignments", columns)


def _draw_time_off(
    rng: np.random.Generator, contractors: pd.DataFrame, starting: date
) -> pd.DataFrame:
    """Return leaves: a quarter of the people have one near, one in a hundred is away throughout."""
    ids = contractors["contractor_id"].to_numpy(dtype=object)
    away = np.flatnonzero(rng.random(len(ids)) < 0.25)
    first = rng.integers(-30, 80, len(away))
    last = first + rng.choice([0, 1, 4, 6, 11, 13, 20], len(away))
    throughout = rng.random(len(away)) < 0.04
    first[throughout] = -3
    last[throughout] = _HORIZON_DAYS + 30
    columns: dict[str, npt.NDArray[Any]] = {
        "contractor_id": ids[away],
        "starts_on": add_days(starting, first),
        "ends_on": add_days(starting, last),
    }
    return build_frame("time_off", columns)
