"""Random small markets whose values sit close together, so that every rule bites both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from solver.affected import Scope
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.roster import Roster
from tests.factories import Row, make_roster

CLIENTS = ("K0", "K1", "K2")
PROJECTS = ("P0", "P1", "P2", "P3")
CONTRACTORS = ("C0", "C1", "C2", "C3")
_SKILLS = ("Python", "Go", "SQL")
_PAUSE_DATES = st.dates(date(2026, 11, 16), date(2026, 11, 22))

_days = st.integers(-40, 80).map(lambda days: date(2026, 11, 20) + timedelta(days=days))
_sets = st.sets(st.sampled_from(["A", "B", "C"])).map(lambda parts: "|".join(sorted(parts)))
_rates = st.integers(95, 130)
_offsets = st.none() | st.integers(-48, 56).map(lambda quarters: quarters / 4)
_hours = st.integers(1, 12)


def _spans() -> st.SearchStrategy[Row]:
    """Start and end in order; the end may be blank."""
    return st.tuples(_days, _days, st.booleans()).map(
        lambda drawn: {
            "starts_on": min(drawn[:2]),
            "ends_on": None if drawn[2] else max(drawn[:2]),
        }
    )


@st.composite
def _projects(draw: st.DrawFn, project_id: str) -> Row:
    dates = draw(st.just({"starts_on": None, "ends_on": None}) | _spans())
    return {
        "project_id": project_id,
        "client_id": draw(st.sampled_from(CLIENTS)),
        "status": draw(st.sampled_from(["open", "open", "open", "paused", "closed"])),
        "demand_hours": draw(st.integers(0, 40)),
        "priority": draw(st.integers(1, 5)),
        "seats": draw(st.none() | st.integers(0, 3)),
        "min_hours": draw(st.integers(1, 8)),
        "max_hours": draw(st.integers(8, 20)),
        "clearance": draw(st.integers(0, 2)),
        "compartments": draw(st.just("") | _sets),
        "pay_rate_cents": draw(st.none() | _rates),
        "weekly_budget_cents": draw(st.none() | st.integers(0, 3000)),
        "currency": draw(st.sampled_from(["USD", "USD", "EUR"])),
        "utc_offset": draw(_offsets),
        "max_utc_distance": draw(st.none() | st.integers(0, 48).map(lambda n: n / 4)),
        "countries": draw(st.just("") | st.sampled_from(["DE", "DE|FR"])),
        **dates,
    }


@st.composite
def _contractors(draw: st.DrawFn, contractor_id: str) -> Row:
    return {
        "contractor_id": contractor_id,
        "max_weekly_hours": draw(st.integers(0, 30)),
        "pay_rate_cents": draw(_rates),
        "currency": draw(st.sampled_from(["USD", "USD", "EUR"])),
        "country": draw(st.sampled_from(["", "DE", "FR"])),
        "utc_offset": draw(_offsets),
        "clearance": draw(st.integers(0, 3)),
        "clearance_expires_on": draw(st.none() | _days),
        "compartments": draw(_sets),
        "floor_hours": draw(st.none() | st.integers(0, 20)),
        "max_projects": draw(st.integers(0, 3)),
        "min_pay_rate_cents": draw(st.none() | _rates),
        "status": draw(st.sampled_from(["active", "active", "active", "inactive"])),
    }


@st.composite
def _assignments(draw: st.DrawFn) -> Row:
    return {
        "contractor_id": draw(st.sampled_from(CONTRACTORS)),
        "project_id": draw(st.sampled_from(PROJECTS)),
        "hours_per_week": draw(_hours),
        "pay_rate_cents": draw(st.none() | _rates),
        "status": draw(st.sampled_from(["active", "active", "ended"])),
        **draw(_spans()),
    }


def _list_skills(owner: str, ids: tuple[str, ...], levels: str) -> st.SearchStrategy[list[Row]]:
    rows: st.SearchStrategy[Row] = st.fixed_dictionaries(
        {
            owner: st.sampled_from(ids),
            "skill": st.sampled_from(_SKILLS),
            levels: st.integers(1, 5 if levels == "level" else 2),
        },
        optional={"required": st.booleans(), "weight": st.integers(1, 10)}
        if levels == "min_level"
        else {},
    )
    return st.lists(rows, max_size=8, unique_by=lambda row: (row[owner], row["skill"]))


@st.composite
def markets(draw: st.DrawFn) -> tuple[Roster, PlanRequest]:
    """Return a roster, and a request that pauses project P0 of it."""
    on_p0: list[Row] = [
        {"contractor_id": name, "project_id": "P0", "hours_per_week": draw(_hours)}
        for name in CONTRACTORS
    ]
    walls: st.SearchStrategy[Row] = st.fixed_dictionaries(
        {
            "client_id": st.sampled_from(CLIENTS),
            "competitor_id": st.sampled_from(CLIENTS),
            "cooling_off_days": st.integers(0, 40),
        }
    )
    leave: st.SearchStrategy[Row] = st.tuples(st.sampled_from(CONTRACTORS), _spans()).map(
        lambda drawn: {
            "contractor_id": drawn[0],
            **drawn[1],
            "ends_on": drawn[1]["ends_on"] or date(2027, 12, 31),
        }
    )
    roster = make_roster(
        clients=[{"client_id": name} for name in CLIENTS],
        walls=draw(st.lists(walls, max_size=2)),
        projects=[draw(_projects(name)) for name in PROJECTS],
        project_skills=draw(_list_skills("project_id", PROJECTS, "min_level")),
        contractors=[draw(_contractors(name)) for name in CONTRACTORS],
        contractor_skills=draw(_list_skills("contractor_id", CONTRACTORS, "level")),
        time_off=draw(st.lists(leave, max_size=3)),
        assignments=on_p0 + draw(st.lists(_assignments(), max_size=6)),
    )
    pairs = st.tuples(st.sampled_from(CONTRACTORS), st.sampled_from(PROJECTS))
    request = PlanRequest(
        Scope(("P0",)),
        draw(_PAUSE_DATES),
        replace(PEOPLE_FIRST, max_pay_cut=draw(st.sampled_from([0.0, 0.1, 0.2, 0.33]))),
        weeks=draw(st.integers(1, 5)),
        rejected=frozenset(draw(st.sets(pairs, max_size=2))),
    )
    return roster, request
