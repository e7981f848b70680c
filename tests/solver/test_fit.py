from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from solver.affected import build_affected
from solver.build import PlanProblem
from solver.fit import FitParts, build_fit_scale, round_fit
from solver.policy import PEOPLE_FIRST, FitWeights
from solver.request import PlanRequest
from solver.roster import Roster
from solver.rules.context import build_context
from tests.factories import Row
from tests.solver.markets import markets
from tests.solver.pairs import make_pair_problem


def _fraction_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _make_parts(
    skills: tuple[int, int], rate: tuple[int, int], time_zone: tuple[int, int], known: int
) -> FitParts:
    """Return the parts of one pair from (numerator, denominator) of S, R and T, and K."""
    numbers = (*skills, *rate, *time_zone, known)
    columns = [np.array([number], dtype=np.int64) for number in numbers]
    return FitParts(
        skills=columns[0],
        skills_of=columns[1],
        rate=columns[2],
        rate_of=columns[3],
        time_zone=columns[4],
        time_zone_of=columns[5],
        known_client=columns[6],
    )


def _order(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


@given(
    skills=st.tuples(st.integers(0, 500), st.integers(1, 500)),
    rate=st.tuples(st.integers(0, 10**11), st.integers(1, 10**11)),
    time_zone=st.integers(0, 43200),
    known=st.integers(0, 1),
    weights=st.sampled_from([FitWeights(), FitWeights(40, 30, 20, 10), FitWeights(0, 100, 0, 0)]),
)
@settings(max_examples=150)
def test_rounding_agrees_with_fractions(
    skills: tuple[int, int],
    rate: tuple[int, int],
    time_zone: int,
    known: int,
    weights: FitWeights,
) -> None:
    parts = _make_parts(_order(*skills), _order(*rate), (time_zone, 43200), known)
    exact = (
        weights.skills * Fraction(*_order(*skills))
        + weights.rate * Fraction(*_order(*rate))
        + weights.time_zone * Fraction(time_zone, 43200)
        + weights.known_client * known
    )

    fit = round_fit(parts, weights)

    assert fit.tolist() == [_fraction_half_up(exact)]


@given(
    skills=st.tuples(st.integers(0, 500), st.integers(1, 500)),
    time_zone=st.integers(0, 43200),
    above=st.integers(0, 13),
    scale=st.integers(1, 1000),
    nudge=st.sampled_from([-1, 0, 0, 1]),
)
@example(skills=(44, 83), time_zone=505, above=7, scale=244, nudge=0)  # floats fall below
@settings(max_examples=150)
def test_rounding_is_exact_on_and_beside_a_half(
    skills: tuple[int, int], time_zone: int, above: int, scale: int, nudge: int
) -> None:
    # With 4320 = 43200 / 10, R is chosen so that 70 n/of + 15 R + t/4320 is half + 1/2 exactly.
    # Then it moves by one part in `rate_of`.
    number, of = _order(*skills)
    half = math.floor(Fraction(70 * number, of) + Fraction(time_zone, 4320)) + above
    rate = ((2 * half + 1) * of * 4320 - 140 * number * 4320 - 2 * time_zone * of) * scale + nudge
    rate_of = 30 * of * 4320 * scale
    assume(0 <= rate <= rate_of)

    fit = round_fit(_make_parts((number, of), (rate, rate_of), (time_zone, 43200), 0), FitWeights())

    assert fit.tolist() == [half if nudge < 0 else half + 1]


def _get_fit(problem: PlanProblem) -> int:
    fit = problem.fit_scale.compute_fit(
        np.array([0], dtype=np.int32), np.array([1], dtype=np.int32), PEOPLE_FIRST.fit_weights
    )
    return int(fit[0])


def test_fit_of_a_project_that_asks_nothing_from_a_stranger() -> None:
    assert _get_fit(make_pair_problem()) == 70 + 15 + 10


def test_fit_counts_a_known_client() -> None:
    assert _get_fit(make_pair_problem(project={"client_id": "K0"})) == 100


def test_fit_does_not_count_a_client_of_later_work() -> None:
    later: Row = {"project_id": "P1", "starts_on": "2026-11-19"}

    assert _get_fit(make_pair_problem(more_assignments=[later])) == 95


def test_fit_counts_ended_work_for_the_client() -> None:
    ended: Row = {"project_id": "P1", "starts_on": "2025-01-06", "status": "ended"}

    assert _get_fit(make_pair_problem(more_assignments=[ended])) == 100


def test_fit_weighs_skills() -> None:
    # (3 x 4/5 + 1 x 0) / 4 = 0.6 of 70 points, and 25 for the rest
    asked: list[Row] = [
        {"skill": "Python", "min_level": 2, "weight": 3},
        {"skill": "Go", "required": False, "weight": 1},
    ]

    assert (
        _get_fit(make_pair_problem(asked=asked, held=[{"skill": "Python", "level": 4}])) == 42 + 25
    )


@pytest.mark.parametrize(
    ("new", "points"),
    [(8000, 15), (4000, 15), (3000, 8), (2000, 0), (1000, 0)],
    ids=["twice", "same", "three quarters, 7.5 rounded up", "half", "quarter"],
)
def test_fit_of_the_rate_is_clipped(new: int, points: int) -> None:
    assert _get_fit(make_pair_problem(project={"pay_rate_cents": new})) == 80 + points


def test_fit_of_any_rate_after_unpaid_work_is_full() -> None:
    assert (
        _get_fit(make_pair_problem(lost={"pay_rate_cents": 0}, project={"pay_rate_cents": 0})) == 95
    )


@pytest.mark.parametrize(
    ("theirs", "wanted", "points"),
    [
        (0.0, 0.0, 10),
        (0.0, 6.0, 5),
        (0.0, 12.0, 0),
        (12.0, -12.0, 10),
        (None, 1.0, 0),
        (3.0, None, 10),
    ],
)
def test_fit_of_the_time_zone(theirs: float | None, wanted: float | None, points: int) -> None:
    fit = _get_fit(
        make_pair_problem(contractor={"utc_offset": theirs}, project={"utc_offset": wanted})
    )

    assert fit == 85 + points


@given(market=markets())
@settings(max_examples=50)
def test_fit_agrees_with_the_formula_in_fractions(market: tuple[Roster, PlanRequest]) -> None:
    roster, request = market
    request = replace(request, rejected=frozenset())
    affected = build_affected(roster, request.scope, request.pause_date, request.horizon)
    scale = build_fit_scale(build_context(roster, request, affected))
    num, num_projects = affected.num_contractors, len(roster.projects)
    contractor, project = np.divmod(np.arange(num * num_projects, dtype=np.int32), num_projects)

    fit = scale.compute_fit(contractor, project, FitWeights()).tolist()

    assert fit == [
        _fraction_half_up(_compute_by_hand(roster, request, contractor_id, project_idx, lost_rate))
        for contractor_id, lost_rate in zip(
            affected.contractor_ids, map(affected.get_lost_rate, range(num)), strict=True
        )
        for project_idx in range(num_projects)
    ]


def _compute_by_hand(
    roster: Roster, request: PlanRequest, contractor_id: str, project_idx: int, lost_rate: Fraction
) -> Fraction:
    """Return 70 S + 15 R + 10 T + 5 K as data-format.md writes it."""
    project = roster.projects.to_dict("records")[project_idx]
    people = {row["contractor_id"]: row for row in roster.contractors.to_dict("records")}
    person = people[contractor_id]
    rate = person["pay_rate_cents"]
    new_rate = rate if pd.isna(project["pay_rate_cents"]) else project["pay_rate_cents"]
    half = Fraction(1, 2)
    pay = min(Fraction(1), max(Fraction(0), (Fraction(int(new_rate)) / lost_rate - half) / half))
    return (
        70 * _compute_skills(roster, contractor_id, project["project_id"])
        + 15 * pay
        + 10 * _compute_time_zone(person["utc_offset"], project["utc_offset"])
        + 5 * _has_worked_for(roster, request, contractor_id, project["client_id"])
    )


def _compute_skills(roster: Roster, contractor_id: str, project_id: str) -> Fraction:
    held = {
        row["skill"]: row["level"]
        for row in roster.contractor_skills.to_dict("records")
        if row["contractor_id"] == contractor_id
    }
    wanted = [
        row for row in roster.project_skills.to_dict("records") if row["project_id"] == project_id
    ]
    if not wanted:
        return Fraction(1)
    total = sum(int(row["weight"]) * int(held.get(row["skill"], 0)) for row in wanted)
    return Fraction(total, 5 * sum(int(row["weight"]) for row in wanted))


def _compute_time_zone(theirs: float, wanted: float) -> Fraction:
    if math.isnan(wanted):
        return Fraction(1)
    if math.isnan(theirs):
        return Fraction(0)
    apart = abs(Fraction(theirs) - Fraction(wanted)) % 24
    return 1 - min(apart, 24 - apart) / 12


def _has_worked_for(
    roster: Roster, request: PlanRequest, contractor_id: str, client_id: str
) -> bool:
    clients = dict(zip(roster.projects["project_id"], roster.projects["client_id"], strict=True))
    return any(
        row["contractor_id"] == contractor_id
        and clients[row["project_id"]] == client_id
        and row["starts_on"].date() <= request.pause_date
        for row in roster.assignments.to_dict("records")
    )
