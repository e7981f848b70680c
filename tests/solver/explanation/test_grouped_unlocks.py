"""Each kind of change on a roster that only it unlocks, and random rosters solved in full."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.explanation.edits import apply_edits
from solver.explanation.grouped_unlocks import list_grouped_unlocks
from solver.explanation.unlock import GroupedUnlock
from solver.policy import Tier
from solver.request import PlanRequest
from solver.roster import Roster
from solver.search.cp_run import RunLimits
from tests.factories import Row
from tests.solver.explanation.plans import make_plan, make_problem, solve_best
from tests.solver.markets import markets

LIMITS = RunLimits(seconds=60)


def get_best(problem: PlanProblem, *rows: tuple[int, int, int]) -> GroupedUnlock:
    """Return the top unlock of a plan of these rows."""
    return list_grouped_unlocks(problem, make_plan(problem, *rows), limits=LIMITS)[0]


@pytest.mark.parametrize(
    ("project", "contractor", "code", "sentence"),
    [
        ({"clearance": 2}, {"clearance": 1}, "clearance", "raise 1 clearance to level 2"),
        (
            {"clearance": 1},
            {"clearance": 1, "clearance_expires_on": date(2026, 12, 1)},
            "clearance_expiry",
            "renew 1 clearance",
        ),
        (
            {"compartments": "amber|blue"},
            {"compartments": "blue|grey"},
            "compartment",
            "give 1 contractor access to compartment amber",
        ),
        ({"countries": "DE"}, {"country": "FR"}, "country", "allow FR on Code P1"),
        (
            {"utc_offset": 0, "max_utc_distance": 2},
            {"utc_offset": 5.5},
            "utc_distance",
            "allow 5.5 hours between time zones on Code P1, 2 now",
        ),
        (
            {"pay_rate_cents": 2000},
            {},
            "pay",
            "pay 32.00 USD an hour on Code P1, 20.00 now",
        ),
        (
            {"pay_rate_cents": 3500},
            {"min_pay_rate_cents": 3900},
            "pay",
            "pay 39.00 USD an hour on Code P1, 35.00 now",
        ),
        (
            {"min_hours": 30},
            {},
            "hours",
            "lower the least weekly hours of Code P1 from 30 to 20",
        ),
    ],
)
def test_one_rule_in_the_way_is_unlocked_and_verified(
    project: Row, contractor: Row, code: str, sentence: str
) -> None:
    unlock = get_best(make_problem([project], contractors=[contractor]))

    assert (unlock.code, unlock.sentence, unlock.num_changes) == (code, sentence, 1)
    assert (unlock.contractor_ids, unlock.project_ids) == (("C0",), ("P1",))
    assert (unlock.hours_per_week, unlock.num_covered) == (20.0, 1)
    assert unlock.verified
    assert unlock.proved


def test_skill_is_trained_to_the_level_asked_for() -> None:
    problem = make_problem(
        [{}], project_skills=[{"project_id": "P1", "skill": "Go", "min_level": 3}]
    )

    unlock = get_best(problem)

    assert unlock.sentence == "train 1 contractor in Go to level 3"
    assert (unlock.hours_per_week, unlock.verified) == (20.0, True)


def test_rejection_is_taken_back() -> None:
    unlock = get_best(make_problem([{}], rejected=[("C0", "P1")]))

    assert unlock.sentence == "take back 1 rejection"
    assert (unlock.hours_per_week, unlock.verified) == (20.0, True)


def test_one_more_project_at_a_time() -> None:
    problem = make_problem(
        [{"demand_hours": 12}, {"demand_hours": 12}], contractors=[{"max_projects": 1}]
    )

    unlocks = list_grouped_unlocks(problem, make_plan(problem, (0, 1, 12)), limits=LIMITS)

    (unlock,) = [one for one in unlocks if one.code == "max_projects"]
    assert unlock.sentence == "allow 1 contractor one more project at a time"
    assert (unlock.hours_per_week, unlock.verified) == (8.0, True)


def test_what_solving_again_restores_without_the_change_does_not_count() -> None:
    # C0 could have all 20 hours on P2, so one more project at a time brings nothing.
    problem = make_problem([{"demand_hours": 12}, {}], contractors=[{"max_projects": 1}])
    assert list_grouped_unlocks(problem, make_plan(problem, (0, 1, 12)), limits=LIMITS) == ()


@pytest.mark.parametrize(
    ("project", "sentence", "hours"),
    [
        # Without the change, C0 could give hours up: what is left over counts for nothing.
        ({"demand_hours": 20}, "20 more hours a week on Code P1", 20.0),
        ({"demand_hours": 23}, "17 more hours a week on Code P1", 17.0),
        ({"seats": 1}, "one more seat on Code P1", 20.0),
        (
            {"weekly_budget_cents": 90_000},
            "700.00 USD more weekly budget on Code P1",
            18.0,
        ),
    ],
)
def test_full_project_gets_more(project: Row, sentence: str, hours: float) -> None:
    problem = make_problem([project], contractors=[{}, {}])

    unlock = get_best(problem, (0, 1, 20))

    assert (unlock.sentence, unlock.verified) == (sentence, True)
    assert unlock.hours_per_week == hours


def test_group_is_ranked_by_hours_per_change() -> None:
    problem = make_problem(
        [{"clearance": 2}, {"countries": "DE", "demand_hours": 30}],
        contractors=[{"clearance": 1, "country": "FR"}] * 3,
    )

    best, second = list_grouped_unlocks(problem, make_plan(problem), limits=LIMITS)[:2]

    assert (best.sentence, best.hours_per_week, best.num_changes) == (
        "allow FR on Code P2",
        30.0,
        1,
    )
    assert second.sentence == "raise 3 clearances to level 2"
    assert (second.hours_per_week, second.num_changes, second.num_covered) == (60.0, 3, 3)


def test_changes_that_the_re_solve_does_not_need_drop_out() -> None:
    # Three could come to a project with hours for two: the third clearance changes nothing.
    problem = make_problem(
        [{"clearance": 2, "demand_hours": 20, "min_hours": 20, "max_hours": 20}],
        contractors=[{"clearance": 1}] * 3,
    )

    unlock = get_best(problem)

    assert unlock.sentence == "raise 1 clearance to level 2"
    assert (unlock.hours_per_week, len(unlock.edits)) == (20.0, 1)


def test_whoever_is_below_the_floor_may_displace_hours_above_one() -> None:
    # P1 is full with C0, who keeps a floor of 10 when C1 takes 10: no hour more, one covered.
    problem = make_problem(
        [{"demand_hours": 20, "clearance": 1}], contractors=[{"clearance": 1}, {}]
    )

    unlocks = list_grouped_unlocks(problem, make_plan(problem, (0, 1, 20)), limits=LIMITS)

    (unlock,) = [one for one in unlocks if one.code == "clearance"]
    assert (unlock.hours_per_week, unlock.num_covered, unlock.verified) == (0.0, 1, True)


def test_walls_are_never_unlocked() -> None:
    problem = make_problem(
        [{"client_id": "K2"}],
        walls=[{"client_id": "K1", "competitor_id": "K2", "cooling_off_days": 90}],
    )
    assert list_grouped_unlocks(problem, make_plan(problem), limits=LIMITS) == ()


def test_two_rules_in_the_way_are_no_group() -> None:
    problem = make_problem([{"clearance": 2, "countries": "DE"}], contractors=[{"country": "FR"}])
    assert list_grouped_unlocks(problem, make_plan(problem), most_verified=0) == ()


def test_without_verification_all_are_estimates() -> None:
    problem = make_problem([{"clearance": 2}])

    (unlock,) = list_grouped_unlocks(problem, make_plan(problem), most_verified=0)

    assert (unlock.hours_per_week, unlock.num_covered, unlock.verified) == (20.0, None, False)


@given(market=markets())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_verified_unlocks_hold_in_the_changed_roster(market: tuple[Roster, PlanRequest]) -> None:
    problem = build_instance(*market)
    tiers = problem.request.policy.tiers
    plan = solve_best(problem.instance, problem.request.policy)
    before = check(problem.instance, plan.assignments).values
    for unlock in _list_verified(list_grouped_unlocks(problem, plan, limits=LIMITS)):
        changed = build_instance(*apply_edits(problem.roster, problem.request, unlock.edits))
        best = solve_best(changed.instance, problem.request.policy)
        values = check(changed.instance, best.assignments).values
        assert tuple(values[tier] for tier in tiers) > tuple(before[tier] for tier in tiers)
        assert unlock.num_covered is not None
        assert values[Tier.COVERAGE] >= before[Tier.COVERAGE] + unlock.num_covered
        days = np.maximum(problem.instance.horizon_days, 1)
        lost = (problem.instance.lost_hours - plan.usage.earned / days).sum()
        assert unlock.hours_per_week <= lost + 1e-9


def _list_verified(unlocks: Iterable[GroupedUnlock]) -> list[GroupedUnlock]:
    return [one for one in unlocks if one.verified]
