from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings

from solver.affected import Scope, build_affected
from solver.checker_rules import find_rule_violations
from solver.eligibility import Eligibility, build_eligibility
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.roster import Roster
from solver.rules.context import build_context
from tests.factories import make_roster
from tests.solver.markets import PROJECTS, markets
from tests.solver.pairs import PAUSE_DATE, make_pair_problem

CODES = [
    "not_open",
    "skill",
    "clearance",
    "clearance_expiry",
    "compartment",
    "wall",
    "country",
    "utc_distance",
    "currency",
    "min_pay",
    "pay_cut",
    "hours",
    "rejected",
    "same_project",
]


def _build(roster: Roster, request: PlanRequest) -> Eligibility:
    affected = build_affected(roster, request.scope, request.pause_date, request.horizon)
    return build_eligibility(build_context(roster, request, affected))


def test_rules_are_those_of_the_contract_in_its_order() -> None:
    eligibility = make_pair_problem().eligibility

    assert [rule.code for rule in eligibility.rules] == CODES
    assert list(eligibility.sentences) == CODES
    assert all(sentence[0].islower() for sentence in eligibility.sentences.values())


@given(market=markets())
@settings(max_examples=60)
def test_masks_agree_with_the_row_by_row_verifier(market: tuple[Roster, PlanRequest]) -> None:
    roster, request = market
    eligibility = _build(roster, request)
    contractor_ids = eligibility.context.affected.contractor_ids
    refused = eligibility.build_refused(0, len(contractor_ids))
    mask = eligibility.build_mask(0, len(contractor_ids))

    by_mask = [
        (
            CODES[rule],
            f"contractor {contractor_ids[contractor_idx]} on project {PROJECTS[project_idx]}",
        )
        for contractor_idx, project_idx, rule in np.argwhere(np.moveaxis(refused, 0, 2)).tolist()
    ]
    violations = find_rule_violations(roster, request, list(product(contractor_ids, PROJECTS)))
    assert by_mask == [(one.code, one.sentence.partition(":")[0]) for one in violations]
    assert np.array_equal(mask, ~refused.any(axis=0))


@given(market=markets())
@settings(max_examples=30)
def test_every_refusal_can_be_told(market: tuple[Roster, PlanRequest]) -> None:
    roster, request = market
    eligibility = _build(roster, request)

    for contractor_idx in range(eligibility.context.num_contractors):
        for project_idx in range(len(roster.projects)):
            for refusal in eligibility.list_refusals(contractor_idx, project_idx):
                assert refusal.reason
                assert refusal.unlock


@given(market=markets())
@settings(max_examples=30)
def test_masks_of_parts_join_to_the_whole(market: tuple[Roster, PlanRequest]) -> None:
    eligibility = _build(*market)
    num = eligibility.context.num_contractors

    parts = [eligibility.build_mask(row, row + 1) for row in range(num)]

    whole = eligibility.build_mask(0, num)
    assert np.array_equal(np.concatenate([whole[:0], *parts]), whole)


def test_masks_hold_beyond_one_word_of_projects() -> None:
    # 70 projects need two 64-bit words; every seventh asks for a clearance nobody has.
    projects = [
        {"project_id": f"P{number}", "clearance": 4 if number % 7 == 0 else 0}
        for number in range(70)
    ]
    roster = make_roster(
        projects=projects,
        contractors=[{"contractor_id": "C1"}],
        assignments=[{"contractor_id": "C1", "project_id": "P1"}],
    )
    request = PlanRequest(Scope(("P1",)), PAUSE_DATE, PEOPLE_FIRST)

    mask = _build(roster, request).build_mask(0, 1)[0]

    assert np.flatnonzero(~mask).tolist() == sorted({1, *range(0, 70, 7)})
