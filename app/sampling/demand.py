"""How much each project still wants: weekly hours, seats and budget beyond its present staff."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.sampling.frames import Part, keep_some, make_stream, round_to_step
from app.sampling.market import Market
from app.sampling.work import Work

_OPEN_RATIO = 1.5
"""Open hours of all projects against the hours lost when the first one pauses."""

_HOURS_STEP = 5


def draw_demand(market: Market, work: Work, *, seed: int) -> pd.DataFrame:
    """Return the projects with demand, seats and budget drawn around their present staff.

    Open hours spread unevenly, one project in ten wants nobody; half of the
    projects limit the heads, a third the weekly cost of new staff.
    """
    rng = make_stream(seed, Part.DEMAND)
    projects = market.projects.copy()
    count = len(projects)
    active = (work.assignments["status"] == "active").to_numpy()
    on, hours = work.project[active], work.assignments["hours_per_week"].to_numpy()[active]
    staffed = np.bincount(on, weights=hours, minlength=count)
    heads = np.bincount(on, minlength=count)
    share = rng.lognormal(0, 0.9, count) * (rng.random(count) < 0.9)
    share *= (projects["status"] == "open").to_numpy()
    share[0] = 0
    wanted = _OPEN_RATIO * staffed[0] * share / share.sum()
    wanted = np.rint(wanted / _HOURS_STEP) * _HOURS_STEP
    projects["demand_hours"] = (staffed + wanted).astype(np.int64)
    seats = heads + np.maximum(1, np.rint(wanted / rng.uniform(18, 34, count)))
    limited = keep_some(rng, seats.astype(np.int64), 0.5, pd.NA)
    rate = projects["pay_rate_cents"].astype("float64").fillna(np.nan).to_numpy() / 100
    rate = np.where(np.isnan(rate), market.rate, rate)
    cost = rate * wanted * rng.uniform(0.75, 1.2, count)
    budget = keep_some(rng, round_to_step(cost, market.currency), 0.33, pd.NA)
    limited[0] = budget[0] = pd.NA
    projects["seats"] = pd.array(limited.tolist(), dtype="Int64")
    projects["weekly_budget_cents"] = pd.array(budget.tolist(), dtype="Int64")
    return projects
