"""Bounds are shared between methods only where they hold."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.comparison import Comparison, find_gap, group_by_instance, list_own_gaps
from benchmarks.peers.answer import Claim
from benchmarks.record import Verdict
from solver.policy import Tier
from solver.result import Progress
from tests.benchmarks.records import build_record

COVERAGE_100 = Claim(Tier.COVERAGE, 100, {})
HOURS_AT_90 = Claim(Tier.HOURS, 600, {Tier.COVERAGE: 90})


def test_bound_without_floors_holds_for_all() -> None:
    weak, strong = build_record("greedy", coverage=50), build_record(claims=(COVERAGE_100,))
    comparison = Comparison([weak, strong])
    assert comparison.find_bound(weak, Tier.COVERAGE) == 100
    assert comparison.find_gap(weak, Tier.COVERAGE) == 0.5


def test_lowest_of_two_bounds_counts() -> None:
    loose = build_record("cpsat", claims=(Claim(Tier.COVERAGE, 120, {}),))
    comparison = Comparison([loose, build_record(claims=(COVERAGE_100,))])
    assert comparison.find_bound(loose, Tier.COVERAGE) == 100


def test_conditional_bound_holds_for_a_plan_at_its_floor() -> None:
    other = build_record("cpsat", coverage=90)
    comparison = Comparison([build_record(claims=(HOURS_AT_90,)), other])
    assert comparison.find_bound(other, Tier.HOURS) == 600


def test_conditional_bound_says_nothing_about_a_plan_below_its_floor() -> None:
    other = build_record("cpsat", coverage=89)
    comparison = Comparison([build_record(claims=(HOURS_AT_90,)), other])
    assert comparison.find_bound(other, Tier.HOURS) is None
    assert comparison.find_gap(other, Tier.HOURS) is None


def test_bound_that_a_checked_plan_beats_is_refuted() -> None:
    false = Claim(Tier.COVERAGE, 80, {})
    comparison = Comparison([build_record("cpsat", claims=(false,)), build_record(coverage=81)])
    assert comparison.is_refuted(false)
    assert comparison.find_bound(comparison.records[1], Tier.COVERAGE) is None


def test_refused_plan_refutes_nothing() -> None:
    claim = Claim(Tier.COVERAGE, 80, {})
    refused = build_record(coverage=81, verdict=Verdict.REFUSED)
    assert not Comparison(
        [build_record("cpsat", coverage=70, claims=(claim,)), refused]
    ).is_refuted(claim)


def test_plan_below_the_floor_refutes_nothing() -> None:
    claim = Claim(Tier.HOURS, 400, {Tier.COVERAGE: 91})
    assert not Comparison([build_record(hours=500, claims=(claim,))]).is_refuted(claim)


def test_first_good_plan_is_the_first_within_one_percent() -> None:
    record = build_record(claims=(COVERAGE_100,), steps=((1.0, 98), (2.5, 99), (4.0, 100)))
    assert Comparison([record]).find_first_good_s(record) == 2.5


def test_first_good_plan_is_none_when_none_comes_so_near() -> None:
    record = build_record(claims=(COVERAGE_100,), steps=((1.0, 98),))
    assert Comparison([record]).find_first_good_s(record) is None


def test_gaps_over_time_only_get_smaller() -> None:
    record = build_record(claims=(COVERAGE_100,), steps=((1.0, 50), (2.0, 40), (3.0, 75)))
    assert Comparison([record]).list_gaps(record) == [(1.0, 0.5), (3.0, 0.25)]


def test_gap_of_a_negative_bound_is_positive() -> None:
    assert find_gap(-150, -100) == 0.5


def test_gap_without_a_plan_is_none() -> None:
    assert find_gap(None, 100) is None


def test_records_are_grouped_in_their_order() -> None:
    records = [build_record(instance=name) for name in ("S2", "S1", "S2")]
    groups = group_by_instance(records)
    assert [(group.records[0].instance, len(group.records)) for group in groups] == [
        ("S2", 2),
        ("S1", 1),
    ]


def test_own_gaps_take_the_best_value_and_bound_so_far() -> None:
    record = replace(
        build_record(),
        events=(
            Progress(Tier.COVERAGE, None, 100, 1.0),
            Progress(Tier.COVERAGE, 80, None, 2.0),
            Progress(Tier.COVERAGE, 60, 90, 3.0),
            Progress(Tier.HOURS, 10, 10, 4.0),
        ),
    )
    assert list_own_gaps(record) == [(2.0, 0.2), (3.0, 10 / 90)]


def test_method_without_bounds_has_no_own_gaps() -> None:
    assert not list_own_gaps(build_record(steps=((1.0, 50),)))
