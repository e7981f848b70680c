"""Both verifications of the rules between people agree: by the instance and by the roster."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.build import build_instance
from solver.checker import check
from solver.checker_people import find_people_violations
from solver.request import PlanRequest
from solver.result import Assignments
from solver.roster import Roster
from tests.solver.markets import CONTRACTORS, PROJECTS, markets

_CODES = {"team", "min_people", "lead"}


@st.composite
def asking_markets(draw: st.DrawFn) -> tuple[Roster, PlanRequest]:
    """Return a market in which projects and people ask for others; some are recalls.

    Nearly everybody is eligible, so that these rules decide.
    """
    roster, request = draw(markets())
    projects = roster.projects.assign(
        status="open",
        clearance=0,
        compartments="",
        countries="",
        currency="USD",
        min_hours=1,
        max_utc_distance=np.nan,
        min_people=np.array(draw(_lists(st.sampled_from([1, 1, 2, 3]), PROJECTS))),
        people_per_lead=pd.Series(
            draw(_lists(st.sampled_from([None, None, 1, 2]), PROJECTS)), dtype="Int64"
        ),
        lead_level=np.array(draw(_lists(st.integers(1, 5), PROJECTS))),
    )
    teams = draw(_lists(st.sampled_from(["", "blue", "blue", "red"]), CONTRACTORS))
    contractors = roster.contractors.assign(
        team=pd.Series(teams, dtype="str"), currency="USD", max_weekly_hours=40
    )
    skills = roster.project_skills.assign(required=False)
    if draw(st.booleans()):
        days = timedelta(days=draw(st.integers(1, 60)))
        request = replace(request, paused_since=request.pause_date - days)
    elif draw(st.booleans()):
        row = (draw(st.sampled_from(CONTRACTORS)), draw(st.sampled_from(PROJECTS[1:])), 3)
        request = replace(request, pinned=(row,))
    roster = replace(roster, projects=projects, contractors=contractors, project_skills=skills)
    return roster, request


def _lists(
    elements: st.SearchStrategy[object], over: tuple[str, ...]
) -> st.SearchStrategy[list[object]]:
    return st.lists(elements, min_size=len(over), max_size=len(over))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(market=asking_markets(), seed=st.integers(0, 2**32), share=st.sampled_from([0.3, 0.6, 1.0]))
def test_roster_and_instance_say_the_same_of_a_plan(
    market: tuple[Roster, PlanRequest], seed: int, share: float
) -> None:
    roster, request = market
    problem = build_instance(roster, request)
    instance = problem.instance
    random = np.random.default_rng(seed)
    taken = np.flatnonzero(random.random(instance.num_pairs) < share)
    rows = {
        (int(instance.pair_contractor[pair]), int(instance.pair_project[pair])): 1 for pair in taken
    } | {(one, project): hours for one, project, hours in instance.pins.tolist()}
    plan = Assignments.build([(*pair, hours) for pair, hours in rows.items()])
    pairs = [(instance.contractor_ids[one], instance.project_ids[project]) for one, project in rows]
    by_instance = [row for row in check(instance, plan).violations if row.code in _CODES]
    by_roster = find_people_violations(problem.roster, request, pairs)
    assert sorted(_name(row.code, row.sentence) for row in by_roster) == sorted(
        _name(row.code, row.sentence) for row in by_instance
    )


def _name(code: str, sentence: str) -> tuple[str, str]:
    """Return the code and the sentence up to what only one of the two adds."""
    return code, sentence.partition(";")[0]
