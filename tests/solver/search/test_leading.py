"""What leads to a tier on problems that are searched as large ones, without a master problem."""

from __future__ import annotations

import pytest

from solver.model.open_problem import OpenProblem, build_open_problem
from solver.policy import Tier
from solver.search import tier_search, tightening
from solver.search.ascent import Goal
from solver.search.dual_bound import build_prover
from solver.search.exact import Size
from solver.search.improvement import Improver
from solver.search.leading import Lead, Leader
from solver.search.prices import Resources
from solver.search.pricing import Pricer
from solver.search.start import fill
from solver.search.tier_search import TierSearch
from tests.solver.crowds import build_clock, draw_crowd, score_checked
from tests.solver.instances import Contractor, Project, build_instance

SHARE = 0.4


@pytest.fixture
def no_master(monkeypatch: pytest.MonkeyPatch) -> None:
    """No master problem is small enough."""
    monkeypatch.setattr(tightening, "_MOST_COLUMNS", 0)


def find_lead(problem: OpenProblem, tier: Tier, following: Tier) -> Lead:
    clock, resources = build_clock(), Resources(problem)
    prover = build_prover(resources)
    pricer = Pricer(problem, resources, clock, Size.LARGE, prover)
    leader = Leader(problem, clock, Size.LARGE, prover, pricer, known=None, goes_on=False)
    return leader.find_lead(Goal(tier, {}), following, SHARE)


def build_roomy() -> OpenProblem:
    """Everybody fits."""
    projects = [Project(open_hours=(400, 400))] * 2
    return build_open_problem(build_instance([Contractor()] * 6, projects))


def test_scarce_coverage_without_a_master_problem_leads_alone_bug(no_master: None) -> None:
    lead = find_lead(build_open_problem(draw_crowd(1)), Tier.COVERAGE, Tier.HOURS)
    assert lead.goal.is_coverage_alone
    assert lead.share == SHARE
    assert lead.tightened is not None
    assert lead.tightened.answer is None


def test_coverage_of_everybody_leads_with_the_next_tier() -> None:
    lead = find_lead(build_roomy(), Tier.COVERAGE, Tier.HOURS)
    assert set(lead.goal.weights) == {Tier.COVERAGE, Tier.HOURS}
    assert lead.share > SHARE


def test_coverage_that_comes_next_leads_beside_hours(no_master: None) -> None:
    lead = find_lead(build_open_problem(draw_crowd(1)), Tier.HOURS, Tier.COVERAGE)
    assert set(lead.goal.weights) == {Tier.COVERAGE, Tier.HOURS}


def test_start_plan_of_scarce_coverage_gives_no_hours_beyond_it_bug(
    no_master: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tier_search, "find_size", lambda _problem: Size.LARGE)
    monkeypatch.setattr(Improver, "run", lambda _self, _share, _is_done: None)
    spare_hours = 0
    for number in range(4):
        problem = build_open_problem(draw_crowd(number))
        search = TierSearch(problem, build_clock(), dict.fromkeys(Tier, 0))
        goal = Goal(Tier.COVERAGE, {})
        search.raise_tier(
            goal, 1.0, baseline=None, report=lambda _value, _bound: None, following=Tier.HOURS
        )
        assert search.prices is not None
        filled = fill(Resources(problem), goal, search.prices, search.hours)
        before, after = score_checked(problem, search.hours), score_checked(problem, filled)
        assert before[Tier.COVERAGE] > 0
        spare_hours += after[Tier.HOURS] - before[Tier.HOURS]
    assert spare_hours > 0
