from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.solver.pairs import FIRST_DAY, LAST_DAY, get_refusal, list_codes, make_pair_problem


def test_not_open_allows_an_open_project() -> None:
    assert list_codes(make_pair_problem()) == []


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_not_open_refuses_other_statuses(status: str) -> None:
    refusal = get_refusal(make_pair_problem(project={"status": status}))

    assert refusal.code == "not_open"
    assert refusal.reason == f"the project is {status}"
    assert refusal.unlock == "reopen Code P1"


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "codes"),
    [
        (date(2027, 1, 11), None, []),
        (date(2027, 1, 12), None, ["not_open"]),
        (None, FIRST_DAY, []),
        (None, FIRST_DAY - timedelta(days=1), ["not_open"]),
        (date(2026, 12, 1), date(2026, 12, 6), ["not_open"]),
        (date(2026, 12, 1), date(2026, 12, 7), []),
    ],
    ids=["last monday", "after it", "first monday", "before it", "no monday", "one monday"],
)
def test_not_open_counts_mondays(
    starts_on: date | None, ends_on: date | None, codes: list[str]
) -> None:
    problem = make_pair_problem(project={"starts_on": starts_on, "ends_on": ends_on})

    assert list_codes(problem) == codes


def test_not_open_names_the_horizon() -> None:
    refusal = get_refusal(make_pair_problem(project={"starts_on": date(2027, 3, 1)}))

    assert refusal.reason == f"the project does not run from {FIRST_DAY} to {LAST_DAY}"


@pytest.mark.parametrize(("lost_hours", "codes"), [(11, ["hours"]), (12, []), (13, [])])
def test_hours_asks_for_the_least_weekly_hours(lost_hours: int, codes: list[str]) -> None:
    problem = make_pair_problem(project={"min_hours": 12}, lost={"hours_per_week": lost_hours})

    assert list_codes(problem) == codes


def test_hours_counts_the_lost_hours_after_the_cap() -> None:
    problem = make_pair_problem(project={"min_hours": 12}, contractor={"max_weekly_hours": 11})

    refusal = get_refusal(problem)

    assert refusal.reason == "11 hours a week lost, 12 at least"
    assert refusal.unlock == "lower the least weekly hours of Code P1 from 12 to 11"


def test_rejected_refuses_the_pair_turned_down() -> None:
    problem = make_pair_problem(rejected=[("C1", "P1")])

    assert get_refusal(problem).unlock == "take back the rejection for Code P1"
    assert problem.instance.num_pairs == 0


def test_rejected_leaves_other_pairs_alone() -> None:
    problem = make_pair_problem(
        rejected=[("C1", "P2"), ("C9", "P1"), ("C1", "P9")],
        more_projects=[{"project_id": "P2", "client_id": "K1"}],
    )

    assert list_codes(problem) == []
    assert problem.instance.pair_project.tolist() == [1]


def test_same_project_refuses_every_project_of_the_scope() -> None:
    problem = make_pair_problem()

    assert [one.code for one in problem.eligibility.list_refusals(0, 0)] == ["same_project"]
    assert problem.eligibility.list_refusals(0, 0)[0].unlock == "resume Code P0"


def test_same_project_allows_another_of_the_same_client() -> None:
    assert list_codes(make_pair_problem(project={"client_id": "K0"})) == []
