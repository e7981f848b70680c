"""Draws a whole roster: the same size, seed and day give the same roster, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from app.sampling.abilities import draw_skills
from app.sampling.demand import draw_demand
from app.sampling.market import Market, draw_market
from app.sampling.occupations import load_occupations
from app.sampling.people import People, draw_people
from app.sampling.work import Work, draw_work
from solver.roster import Roster


@dataclass(frozen=True)
class SampleSize:
    """How many rows to draw; `skills_each` = skills of the occupation a contractor lists."""

    contractors: int
    projects: int
    clients: int
    skills_each: int


SIZES: Mapping[str, SampleSize] = MappingProxyType(
    {
        "S": SampleSize(900, 41, 12, 14),
        "M": SampleSize(10_000, 200, 40, 14),
        "L": SampleSize(50_000, 800, 120, 10),
        "XL": SampleSize(250_000, 2_000, 300, 6),
    }
)


def build_sample_roster(size: SampleSize, *, seed: int, starting: date) -> Roster:
    """Return an invented roster as it stands on the day `starting`.

    A third of the contractors work on the first project, Chordus of client 1:
    pausing it that day is the question the sample is made for.
    """
    occupations = load_occupations()
    market = draw_market(
        occupations,
        clients=size.clients,
        projects=size.projects,
        seed=seed,
        starting=starting,
    )
    people = draw_people(occupations, contractors=size.contractors, seed=seed, starting=starting)
    work = draw_work(occupations, market, people, seed=seed, starting=starting)
    return Roster(
        clients=market.clients,
        walls=market.walls,
        projects=draw_demand(market, work, seed=seed),
        project_skills=market.project_skills,
        contractors=_grant_access(market, people, work),
        contractor_skills=draw_skills(
            occupations, market, people, work, skills_each=size.skills_each, seed=seed
        ),
        time_off=work.time_off,
        assignments=work.assignments,
    )


def _grant_access(market: Market, people: People, work: Work) -> pd.DataFrame:
    """Return the contractors, cleared for the projects they work on or worked on."""
    frame = people.frame.copy()
    needed = np.zeros(len(frame), dtype=np.int64)
    np.maximum.at(needed, work.contractor, market.projects["clearance"].to_numpy()[work.project])
    raised = needed > frame["clearance"].to_numpy()
    frame.loc[raised, "clearance"] = needed[raised]
    compartments = market.projects["compartments"].to_numpy(dtype=object)[work.project]
    named = compartments != ""
    held: list[set[str]] = [set(text.split("|")) - {""} for text in frame["compartments"]]
    for contractor, name in zip(
        work.contractor[named].tolist(), compartments[named].tolist(), strict=True
    ):
        held[contractor].add(name)
    frame["compartments"] = pd.Series(["|".join(sorted(names)) for names in held], dtype="str")
    return frame
