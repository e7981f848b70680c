"""The certificate says what the solve reached, and a false claim does not pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from solver import certificate
from solver.certificate import build_certificate, find_false_claims, hash_instance
from solver.checker import CheckReport, check
from solver.instance import Instance
from solver.instance_file import build_document
from solver.policy import PEOPLE_FIRST, Policy, Tier
from solver.result import Solution, SolveLimits, Status, StopReason, TierResult
from tests.solver.instances import Contractor, Project, build_instance, build_plan


def build_small_instance() -> Instance:
    return build_instance([Contractor()], [Project()])


def build_solution(instance: Instance) -> tuple[Solution, CheckReport]:
    plan = build_plan((0, 0, 10))
    report = check(instance, plan)
    tiers = tuple(
        TierResult(
            tier=tier,
            reached=report.values[tier],
            value=report.values[tier],
            bound=report.values[tier] + extra,
            status=Status.FEASIBLE if extra else Status.OPTIMAL,
            stop_reason=StopReason.TIME_LIMIT if extra else StopReason.PROVED,
            conditional=False,
            wall_s=0.12345,
        )
        for tier, extra in zip(PEOPLE_FIRST.tiers, (0, 0, 5), strict=True)
    )
    return Solution(plan, tiers, SolveLimits(seed=7), 1.5), report


def build_claim() -> tuple[dict[str, Any], CheckReport, str]:
    instance = build_small_instance()
    solution, report = build_solution(instance)
    input_hash = hash_instance(instance, PEOPLE_FIRST)
    certificate = build_certificate(
        input_hash=input_hash,
        policy=PEOPLE_FIRST,
        horizon={"weeks": 2},
        solution=solution,
        report=report,
    )
    read: dict[str, Any] = json.loads(json.dumps(certificate))
    return read, report, input_hash


def test_certificate_holds_what_the_contract_names() -> None:
    certificate, _, input_hash = build_claim()
    assert certificate["input_hash"] == input_hash
    assert certificate["policy"]["tiers"] == ["coverage", "hours", "fit"]
    assert certificate["horizon"] == {"weeks": 2}
    assert certificate["seed"] == 7
    assert {"python", "ortools", "numpy", "redeploy"} <= set(certificate["versions"])
    assert certificate["checker"]["ok"] is True
    assert certificate["status"] == "FEASIBLE"
    fit = certificate["tiers"][2]
    assert (fit["name"], fit["value"], fit["bound"]) == ("fit", 100, 105)
    assert fit["gap"] == pytest.approx(5 / 105)
    assert fit["status"] == "FEASIBLE"
    assert fit["stop_reason"] == "time limit"
    assert fit["wall_s"] == 0.123


def test_honest_certificate_passes() -> None:
    assert find_false_claims(*build_claim()) == []


def test_gap_is_that_of_a_value_which_a_later_goal_improved_bug() -> None:
    tier = TierResult(
        tier=Tier.HOURS,
        reached=90,
        value=95,
        bound=100,
        status=Status.FEASIBLE,
        stop_reason=StopReason.TIME_LIMIT,
        conditional=False,
        wall_s=1.0,
    )
    assert tier.gap == 0.05
    assert replace(tier, value=80).gap == 0.1
    assert replace(tier, value=None).gap == 0.1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda claim: claim["tiers"][0].update(value=2), "coverage value = 2; the plan scores 1"),
        (lambda claim: claim["tiers"][1].update(value=None), "hours value"),
        (lambda claim: claim["tiers"][2].update(bound=99), "fit bound = 99"),
        (lambda claim: claim["tiers"][2].update(bound=105.0), "fit bound = 105.0"),
        (lambda claim: claim["tiers"][2].update(gap=0.0), "fit gap = 0.0; 100 of at most 105"),
        (lambda claim: claim["tiers"][2].pop("gap"), "fit gap = None"),
        (lambda claim: claim["tiers"][2].update(status="OPTIMAL"), "fit status = OPTIMAL"),
        (lambda claim: claim["tiers"][2].update(stop_reason="proved"), "fit stop reason = proved"),
        (
            lambda claim: claim["tiers"][1].update(status="FEASIBLE"),
            "fit conditional = false; hours is not proved",
        ),
        (lambda claim: claim["tiers"][2].update(reached=106), "fit reached = 106"),
        (
            lambda claim: claim.update(status="OPTIMAL"),
            "status = OPTIMAL; not every goal",
        ),
        (lambda claim: claim["tiers"].pop(), "tiers"),
        (lambda claim: claim.update(tiers="all of them"), "tiers"),
        (lambda claim: claim["tiers"][0].update(name="hours"), "tiers"),
        (lambda claim: claim.update(input_hash="sha256:0"), "input_hash"),
    ],
)
def test_false_claim_is_named(change: Callable[[dict[str, Any]], object], words: str) -> None:
    claim, report, input_hash = build_claim()
    change(claim)
    false = find_false_claims(claim, report, input_hash)
    assert {violation.code for violation in false} == {"certificate"}
    assert words in false[0].sentence


def test_certificate_without_a_plan_has_bounds_and_no_verdict() -> None:
    instance = build_small_instance()
    solution, _ = build_solution(instance)
    tiers = tuple(replace(tier, value=None, reached=None) for tier in solution.tiers)
    certificate = build_certificate(
        input_hash="sha256:0",
        policy=PEOPLE_FIRST,
        horizon={},
        solution=replace(solution, assignments=None, tiers=tiers),
        report=None,
    )
    assert certificate["status"] == "NO_SOLUTION_FOUND"
    assert certificate["checker"] is None


@pytest.mark.parametrize("pairs_at_a_time", [1, 2, 3, 500_000])
def test_hash_is_that_of_the_canonical_document(
    monkeypatch: pytest.MonkeyPatch, pairs_at_a_time: int
) -> None:
    monkeypatch.setattr(certificate, "_PAIRS_AT_A_TIME", pairs_at_a_time)
    instance = build_instance([Contractor(), Contractor()], [Project(), Project()])
    tolerances = {tier.value: PEOPLE_FIRST.tolerance_of(tier) for tier in PEOPLE_FIRST.tiers}
    document = build_document(instance, PEOPLE_FIRST) | {"tolerances": tolerances}
    assert instance.num_pairs > 2
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert hash_instance(instance, PEOPLE_FIRST) == f"sha256:{digest}"


def test_hash_follows_the_content() -> None:
    instance = build_small_instance()
    same = build_small_instance()
    other = build_instance([Contractor(lost_hours=11)], [Project()])
    tolerant = Policy("people-first", PEOPLE_FIRST.tiers, tolerances={Tier.COVERAGE: 0.1})
    assert hash_instance(instance, PEOPLE_FIRST) == hash_instance(same, PEOPLE_FIRST)
    assert hash_instance(instance, PEOPLE_FIRST) != hash_instance(other, PEOPLE_FIRST)
    assert hash_instance(instance, PEOPLE_FIRST) != hash_instance(instance, tolerant)
