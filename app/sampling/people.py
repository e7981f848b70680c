"""The contractors of the sample: who they are, where they live, what they can do and cost."""

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
from app.sampling.market import COMPARTMENTS, CONTRACTOR_MARKUP
from app.sampling.names import fold_to_ascii, join_name, load_cultures
from app.sampling.occupations import FloatArray, Occupations
from app.sampling.places import COUNTRIES, UNITS_PER_USD
from solver.instance import IntArray

_Z_OF_P90 = 1.2816
"""A standard normal value below which 90 % lie."""

_MAIL_DOMAINS = ("example.org", "example.com", "example.net")
"""Reserved by RFC 2606: no mail ever reaches a person."""


@dataclass(frozen=True, eq=False)
class People:
    """C contractors.

    occupation  int64[C]
    country     int64[C], position in `places.COUNTRIES`
    ability     float64[C], deviations from the usual in the occupation
    frame       roster frame of the contractors
    """

    occupation: IntArray
    country: IntArray
    ability: FloatArray
    frame: pd.DataFrame


def draw_people(occupations: Occupations, *, contractors: int, seed: int, starting: date) -> People:
    """Return contractors, their occupations drawn by the number of people employed in each."""
    rng = make_stream(seed, Part.PEOPLE)
    occupation = rng.choice(len(occupations.weights), contractors, p=occupations.weights)
    share = np.array([country.share for country in COUNTRIES], dtype=np.float64)
    country = rng.choice(len(COUNTRIES), contractors, p=share / share.sum())
    ability = rng.normal(0, 1, contractors)
    currency = np.array([COUNTRIES[place].currency for place in country], dtype=object)
    rate = round_to_step(_draw_rates(rng, occupations, occupation, country, ability), currency)
    hours = rng.choice(
        [40, 30, 20, 25, 45, 10], contractors, p=[0.55, 0.15, 0.15, 0.07, 0.05, 0.03]
    )
    columns = {
        **_draw_identities(rng, country),
        "max_weekly_hours": hours,
        "pay_rate_cents": rate,
        "currency": currency,
        **_draw_places(rng, country),
        **_draw_access(rng, contractors, starting),
        **_draw_wishes(rng, hours, rate, currency),
        "status": np.where(rng.random(contractors) < 0.98, "active", "inactive"),
    }
    return People(occupation, country, ability, build_frame("contractors", columns))


def _draw_rates(
    rng: np.random.Generator,
    occupations: Occupations,
    occupation: IntArray,
    country: IntArray,
    ability: FloatArray,
) -> FloatArray:
    """Return hourly rates: log-normal through the 10th, 50th and 90th wage percentile."""
    low, middle, high = occupations.log_wages[occupation].T
    place = 0.7 * ability + rng.normal(0, 0.7, len(ability))
    spread = np.where(place > 0, high - middle, middle - low) / _Z_OF_P90
    local = np.array([c.pay_factor * UNITS_PER_USD[c.currency] for c in COUNTRIES])
    haggled = rng.lognormal(0, 0.06, len(ability))
    rates: FloatArray = (
        np.exp(middle + place * spread) * CONTRACTOR_MARKUP * local[country] * haggled
    )
    return rates


def _draw_identities(rng: np.random.Generator, country: IntArray) -> dict[str, Any]:
    """Return ids, names and addresses; who shares a name gets a number in the address."""
    count = len(country)
    cultures = load_cultures()
    picks = rng.random((count, 2))
    taken: dict[str, int] = {}
    names, emails = [], []
    for place, (first, second) in zip(country.tolist(), picks.tolist(), strict=True):
        culture = cultures[COUNTRIES[place].culture]
        given = culture.given[int(first * len(culture.given))]
        family = culture.family[int(second * len(culture.family))]
        names.append(join_name(culture, given, family))
        stem = ".".join(fold_to_ascii(part) for part in (given, family) if part)
        number = taken[stem] = taken.get(stem, 0) + 1
        suffix = str(number) if number > 1 else ""
        emails.append(f"{stem}{suffix}@{_MAIL_DOMAINS[len(names) % len(_MAIL_DOMAINS)]}")
    width = len(str(count))
    payroll = np.array([f"{number:06d}" for number in rng.permutation(count) + 1], dtype=object)
    return {
        "contractor_id": [f"C{position + 1:0{width}d}" for position in range(count)],
        "name": names,
        "email": emails,
        "payroll_id": keep_some(rng, payroll, 0.97, ""),
    }


def _draw_places(rng: np.random.Generator, country: IntArray) -> dict[str, Any]:
    """Return country and UTC offset; half of the people live in the first zone of their country."""
    offsets = []
    picks = rng.random(len(country))
    for place, pick in zip(country.tolist(), picks.tolist(), strict=True):
        zones = COUNTRIES[place].utc_offsets
        offsets.append(zones[max(0, int((pick - 0.5) * 2 * len(zones)))])
    codes = np.array([COUNTRIES[place].code for place in country], dtype=object)
    known = rng.random(len(country)) < 0.985
    return {
        "country": keep_some(rng, codes, 0.985, ""),
        "utc_offset": np.where(known, np.array(offsets), np.nan),
    }


def _draw_access(rng: np.random.Generator, count: int, starting: date) -> dict[str, Any]:
    """Return clearances, some of which expire in the weeks after `starting`, and compartments."""
    clearance = rng.choice(5, count, p=[0.55, 0.22, 0.14, 0.07, 0.02])
    days = np.where(
        rng.random(count) < 0.2, rng.integers(3, 56, count), rng.integers(60, 1100, count)
    )
    expires = keep_some_days(rng, add_days(starting, days), 0.75)
    expires[clearance == 0] = np.datetime64("NaT")
    compartment = rng.choice(list(COMPARTMENTS), count)
    named = (clearance > 0) & (rng.random(count) < 0.3)
    return {
        "clearance": clearance,
        "clearance_expires_on": expires,
        "compartments": np.where(named, compartment, "").astype(object),
    }


def _draw_wishes(
    rng: np.random.Generator, hours: IntArray, rate: IntArray, currency: npt.NDArray[np.object_]
) -> dict[str, Any]:
    """Return what people ask for: floor, number of projects, lowest rate; most ask nothing."""
    count = len(hours)
    floor = np.rint(hours * rng.uniform(0.4, 0.8, count)).astype(np.int64)
    lowest = round_to_step(rate / 100 * rng.uniform(0.75, 0.95, count), currency)
    return {
        "floor_hours": keep_some(rng, floor, 0.35, pd.NA),
        "max_projects": rng.choice([3, 2, 1], count, p=[0.7, 0.18, 0.12]),
        "min_pay_rate_cents": keep_some(rng, lowest, 0.2, pd.NA),
    }
