"""The running totals of a review say what the independent checker says, row by row."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.services.review.review_ledger import ReviewLedger, Row
from solver.checker import check
from solver.instance import Instance
from solver.result import Assignments
from tests.solver.instances import Contractor, Project, build_instance, tiny_instances


def judge_by_checker(instance: Instance, rows: list[Row]) -> list[str | None]:
    """Try each row on top of the pins and of what held before; return what broke first."""
    accepted: list[Row] = [(who, where, hours) for who, where, hours in instance.pins.tolist()]
    codes: list[str | None] = []
    for row in rows:
        report = check(instance, Assignments.build([*accepted, row]))
        codes.append(None if report.ok else report.violations[0].code)
        if report.ok:
            accepted.append(row)
    return codes


def judge_by_ledger(instance: Instance, rows: list[Row]) -> list[str | None]:
    ledger = ReviewLedger(instance)
    codes = []
    for row in rows:
        codes.append(next(iter(ledger.list_faults(row)), None))
        if codes[-1] is None:
            ledger.book(row)
    return codes


@given(tiny_instances(), st.data())
def test_ledger_agrees_with_the_checker_on_every_row(
    instance: Instance, data: st.DataObject
) -> None:
    pairs = list(
        zip(instance.pair_contractor.tolist(), instance.pair_project.tolist(), strict=True)
    )
    if not pairs:
        return
    drawn = data.draw(
        st.lists(st.tuples(st.sampled_from(pairs), st.integers(0, 8)), max_size=8), "rows"
    )
    rows = [(who, where, hours) for (who, where), hours in drawn]
    assert judge_by_ledger(instance, rows) == judge_by_checker(instance, rows)


def test_ledger_names_each_limit() -> None:
    instance = build_instance(
        [Contractor(lost_hours=20, max_projects=2), Contractor(lost_hours=20, max_projects=3)],
        [
            Project(open_hours=(20, 20), seats=1, min_hours=4, max_hours=10),
            Project(open_hours=(9, 20), max_hours=12, budget_cents=1000, client=0),
            Project(open_hours=(40, 40), max_hours=30, client=1),
        ],
        [(who, where, 1, 100) for who in (0, 1) for where in (0, 1, 2)],
        walls=[(0, 1)],
    )
    rows = [
        (0, 0, 3),
        (0, 0, 10),
        (0, 0, 10),
        (0, 2, 11),
        (1, 0, 10),
        (0, 1, 10),
        (0, 1, 5),
        (0, 2, 5),
        (1, 1, 5),
        (1, 1, 4),
        (1, 2, 4),
    ]
    assert judge_by_ledger(instance, rows) == [
        "hours",
        None,
        "duplicate",
        "lost_hours",
        "seats",
        "open_hours",
        None,
        "max_projects",
        "open_hours",
        None,
        "wall",
    ]
