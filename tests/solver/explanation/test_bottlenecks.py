from __future__ import annotations

import numpy as np
import pytest

from solver.explanation.bottlenecks import Resource, list_bottlenecks, list_skill_gaps
from solver.explanation.grouped_unlocks import list_grouped_unlocks
from solver.explanation.price_estimate import compute_prices, estimate_changes
from solver.explanation.runner_ups import Basis, list_runner_ups
from solver.explanation.standing import build_standing_plan
from solver.instance import NO_LIMIT
from solver.policy import CLIENTS_FIRST, PEOPLE_FIRST, Tier
from solver.result import Assignments
from solver.search import pricing
from tests.solver.explanation.plans import make_plan, make_problem
from tests.solver.instances import Contractor, Project, build_instance


def test_plan_with_room_everywhere_has_no_bottleneck() -> None:
    instance = build_instance([Contractor()], [Project()])
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))
    assert list_bottlenecks(plan, compute_prices(plan, PEOPLE_FIRST)) == ()


@pytest.mark.parametrize(
    ("project", "resource", "amount", "worth"),
    [
        # 40 hours x 10 workdays x priority 2; a person's 10 hours; 40 hours at 100 cents.
        (Project(open_hours=(10, 10), priority=2), Resource.HOURS, 40, 800),
        (Project(seats=1, priority=2), Resource.SEATS, 1, 200),
        (Project(budget_cents=1000, priority=2), Resource.BUDGET, 4000, 800),
    ],
)
def test_scarce_resource_is_priced_at_what_it_would_bring(
    project: Project, resource: Resource, amount: int, worth: int
) -> None:
    instance = build_instance([Contractor()] * 8, [project])
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))

    (found,) = list_bottlenecks(plan, compute_prices(plan, CLIENTS_FIRST, steps=400))

    assert (found.resource, found.project_idx, found.amount, found.left) == (resource, 0, amount, 0)
    assert found.worth[Tier.HOURS] == pytest.approx(worth, rel=0.05)


def test_part_of_many_contractors_has_the_prices_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = build_instance(
        [Contractor()] * 400,
        [Project(open_hours=(500, 500), priority=2), Project(open_hours=(9_000, 9_000))],
    )
    plan = build_standing_plan(instance, Assignments.build([]))
    whole = compute_prices(plan, CLIENTS_FIRST, steps=400).by_tier[Tier.HOURS]
    monkeypatch.setattr(pricing, "_SAMPLE_PAIRS", 100)
    part = compute_prices(plan, CLIENTS_FIRST, steps=400).by_tier[Tier.HOURS]
    assert whole.gain.shape == part.gain.shape == (instance.num_pairs,)
    assert whole.prices.hour_days.max() > 0
    assert part.prices.hour_days == pytest.approx(whole.prices.hour_days, rel=0.05)
    assert part.gain == pytest.approx(whole.gain, rel=0.05)


def test_scarcest_project_comes_first() -> None:
    instance = build_instance(
        [Contractor()] * 8,
        [Project(open_hours=(10, 10)), Project(open_hours=(10, 10), priority=5)],
    )
    plan = build_standing_plan(instance, Assignments.build([]))
    found = list_bottlenecks(plan, compute_prices(plan, CLIENTS_FIRST))
    assert [one.project_idx for one in found] == [1, 0]


def test_instance_without_pairs_has_no_prices() -> None:
    instance = build_instance([Contractor()], [Project()], [])
    plan = build_standing_plan(instance, Assignments.build([]))
    prices = compute_prices(plan, PEOPLE_FIRST)
    assert dict(prices.by_tier) == {}
    assert list_bottlenecks(plan, prices) == ()


def test_estimate_charges_for_what_others_would_lose() -> None:
    # p0 is scarce at priority 3; moving c0 to p1 at priority 1 loses 100 x (3 - 1) less what
    # somebody else makes of the hours on p0, which is as much again: 100 x 3.
    instance = build_instance(
        [Contractor()] * 3, [Project(open_hours=(10, 10), priority=3), Project()]
    )
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))
    pair = np.array([1])

    (change,) = estimate_changes(plan, compute_prices(plan, CLIENTS_FIRST, steps=400), 0, pair)

    assert change[Tier.HOURS] == pytest.approx(0, abs=5)
    assert instance.seats.tolist() == [NO_LIMIT, NO_LIMIT]


def test_estimate_charges_for_a_scarce_seat() -> None:
    # The seat is worth 100 x (2 - 1) to anybody, so taking it from others gains nothing.
    instance = build_instance([Contractor()] * 4, [Project(seats=1, priority=2), Project()])
    plan = build_standing_plan(instance, Assignments.build([(0, 1, 10), (1, 0, 10)]))

    prices = compute_prices(plan, CLIENTS_FIRST, steps=400)
    (change,) = estimate_changes(plan, prices, 0, np.array([0]))

    assert change[Tier.HOURS] == pytest.approx(0, abs=5)


def test_estimates_are_named_as_such() -> None:
    instance = build_instance([Contractor()], [Project()] * 3)
    plan = build_standing_plan(instance, Assignments.build([(0, 0, 10)]))
    prices = compute_prices(plan, PEOPLE_FIRST)
    rows = list_runner_ups(plan, PEOPLE_FIRST.tiers, 0, prices=prices, most_resolved=1)
    assert [row.basis for row in rows][1:] == [Basis.PRICES]
    assert rows[1].change is not None
    assert set(rows[1].change) == {Tier.COVERAGE, Tier.HOURS}


def test_skill_that_keeps_people_out_is_a_gap() -> None:
    problem = make_problem(
        [{}, {"clearance": 1}],
        project_skills=[{"project_id": "P1", "skill": "Go", "min_level": 3}],
    )
    unlocks = list_grouped_unlocks(problem, make_plan(problem))

    (gap,) = list_skill_gaps(unlocks)

    assert (gap.sentence, gap.num_people) == ("train 1 contractor in Go to level 3", 1)
    assert (gap.hours_per_week, gap.verified) == (20.0, True)
