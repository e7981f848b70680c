"""The verifier's own cases; that it agrees with the masks on every rule is tested there."""

from __future__ import annotations

from datetime import date

import pytest

from solver.affected import Scope
from solver.checker import Violation
from solver.checker_rules import find_rule_violations
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from tests.factories import Row, make_roster

REQUEST = PlanRequest(Scope(("P0",)), date(2026, 11, 18), PEOPLE_FIRST)


def _verify(
    contractor: Row | None = None, project: Row | None = None, lost: Row | None = None
) -> list[Violation]:
    roster = make_roster(
        projects=[{"project_id": "P0"}, {"project_id": "P1", **(project or {})}],
        contractors=[{"contractor_id": "C1", **(contractor or {})}],
        assignments=[{"contractor_id": "C1", "project_id": "P0", **(lost or {})}],
    )
    return find_rule_violations(roster, REQUEST, [("C1", "P1")])


def test_eligible_pair_breaks_nothing() -> None:
    assert _verify() == []


def test_violation_names_pair_and_values() -> None:
    assert _verify(project={"clearance": 2}) == [
        Violation("clearance", "contractor C1 on project P1: clearance 0, 2 needed")
    ]


def test_every_broken_rule_is_listed() -> None:
    codes = [one.code for one in _verify(project={"clearance": 2, "currency": "EUR"})]

    assert codes == ["clearance", "currency"]


@pytest.mark.parametrize(
    ("contractor", "lost"),
    [({"status": "inactive"}, {}), ({}, {"status": "ended"}), ({}, {"starts_on": "2026-11-19"})],
    ids=["inactive", "ended", "not begun"],
)
def test_contractor_that_the_pause_does_not_affect(contractor: Row, lost: Row) -> None:
    assert "affected" in [one.code for one in _verify(contractor=contractor, lost=lost)]


def test_contractor_without_lost_work_has_no_pay_to_compare() -> None:
    codes = [one.code for one in _verify(lost={"status": "ended"})]

    assert codes == ["affected", "hours"]


def test_wall_violation_names_codenames_and_no_client_bug() -> None:
    """It had named the competing client, to whoever reads the error of a plan or the log."""
    roster = make_roster(
        clients=[{"client_id": "Acme"}, {"client_id": "Rival"}],
        walls=[{"client_id": "Acme", "competitor_id": "Rival", "cooling_off_days": 30}],
        projects=[
            {"project_id": "P0", "client_id": "Acme", "codename": "Larch"},
            {"project_id": "P1", "client_id": "Rival"},
        ],
        contractors=[{"contractor_id": "C1"}],
        assignments=[{"contractor_id": "C1", "project_id": "P0"}],
    )

    violations = find_rule_violations(roster, REQUEST, [("C1", "P1")])

    assert violations == [
        Violation(
            "wall",
            "contractor C1 on project P1: on Larch until 2026-11-18, for a competitor of its "
            "client",
        )
    ]


def test_lost_rate_takes_no_project_rate_in_another_currency_bug() -> None:
    """30 EUR an hour on the lost work had made a cut from 4,000 to 1,500 INR look like a rise."""
    roster = make_roster(
        projects=[
            {"project_id": "P0", "pay_rate_cents": 3000, "currency": "EUR"},
            {"project_id": "P1", "pay_rate_cents": 150_000, "currency": "INR"},
        ],
        contractors=[{"contractor_id": "C1", "pay_rate_cents": 400_000, "currency": "INR"}],
        assignments=[{"contractor_id": "C1", "project_id": "P0"}],
    )

    violations = find_rule_violations(roster, REQUEST, [("C1", "P1")])

    assert [one.code for one in violations] == ["pay_cut"]
