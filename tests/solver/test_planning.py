from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver import planning
from solver.affected import Scope
from solver.build import PlanProblem, build_instance
from solver.checker import check
from solver.errors import InvalidInput, PlanRejected
from solver.instance import Instance
from solver.planning import Plan, make_plan
from solver.policy import PEOPLE_FIRST, Policy, Tier
from solver.request import PlanRequest
from solver.result import (
    Assignments,
    Control,
    Solution,
    SolveLimits,
    Status,
    StopReason,
    TierResult,
)
from solver.roster import Roster
from solver.search import solve
from tests.factories import make_roster
from tests.solver.pairs import PAUSE_DATE

LIMITS = SolveLimits(time_limit_s=20, gap=0.0, workers=1)

ROSTER = make_roster(
    projects=[
        {"project_id": "P0"},
        {"project_id": "P1", "demand_hours": 30},
        {"project_id": "P2", "clearance": 2, "demand_hours": 12},
    ],
    contractors=[
        {"contractor_id": "C1"},
        {"contractor_id": "C2", "clearance": 2},
        {"contractor_id": "C3"},
    ],
    assignments=[
        {"contractor_id": name, "project_id": "P0", "hours_per_week": 20}
        for name in ("C1", "C2", "C3")
    ],
)
"""42 open hours for 60 lost ones; all three floors of 10 hours can be kept."""

REQUEST = PlanRequest(Scope(("P0",)), PAUSE_DATE, PEOPLE_FIRST)


def _plan(request: PlanRequest = REQUEST, roster: Roster = ROSTER) -> Plan:
    return make_plan(roster, request, LIMITS, Control())


def _inject(
    monkeypatch: pytest.MonkeyPatch,
    rows: list[tuple[int, int, int]] | None,
    *,
    claim: int = 0,
) -> None:
    """Make the search return these rows, claiming `claim` more than each tier is worth."""

    def solve(
        instance: Instance,
        policy: Policy,
        limits: SolveLimits,
        control: Control,
        *,
        baseline: Assignments | None = None,
    ) -> Solution:
        if rows is None:
            values: dict[Tier, int | None] = dict.fromkeys(policy.tiers)
            plan = None
        else:
            plan = Assignments.build(rows)
            values = dict(check(instance, plan).values)
        tiers = tuple(
            TierResult(
                tier=tier,
                reached=None if value is None else value + claim,
                value=None if value is None else value + claim,
                bound=10**9,
                status=Status.NO_SOLUTION_FOUND if value is None else Status.FEASIBLE,
                stop_reason=StopReason.TIME_LIMIT,
                conditional=place > 0,
                wall_s=0.0,
            )
            for place, (tier, value) in enumerate(values.items())
        )
        return Solution(plan, tiers, limits, 0.0)

    monkeypatch.setattr(planning, "solve", solve)


def test_plan_restores_what_there_is_room_for() -> None:
    plan = _plan()

    assert plan.solution.status is Status.OPTIMAL
    assert plan.report is not None
    assert plan.report.ok
    assert plan.proposals["hours_per_week"].sum() == 42
    assert (plan.summary.num_affected, plan.summary.num_covered) == (3, 3)
    assert plan.summary.restored_hour_weeks == 42 * 8
    assert set(plan.unplaced["blocker"]) == {"capacity"}
    assert [tier.tier for tier in plan.summary.tiers] == list(PEOPLE_FIRST.tiers)


def test_plan_certificate_names_the_input_and_the_weeks() -> None:
    plan = _plan()

    assert plan.certificate["horizon"] == {
        "weeks": 8,
        "starts_on": "2026-11-23",
        "ends_on": "2027-01-17",
        "pause_date": "2026-11-18",
        "paused_projects": ["P0"],
    }
    assert str(plan.certificate["input_hash"]).startswith("sha256:")


def test_plan_keeps_pins_and_does_not_propose_them_again() -> None:
    plan = _plan(replace(REQUEST, pinned=(("C3", "P2", 12),)))

    assert plan.solution.assignments is not None
    assert (2, 2, 12) in plan.solution.assignments.rows()
    assert "P2" not in plan.proposals["project_id"].tolist()
    assert plan.proposals["hours_per_week"].sum() == 30


def test_plan_leaves_out_rejected_pairs() -> None:
    plan = _plan(replace(REQUEST, rejected=frozenset({("C1", "P1"), ("C3", "P1")})))

    assert plan.proposals["contractor_id"].unique().tolist() == ["C2"]
    assert plan.unplaced.set_index("contractor_id")["blocker"].to_dict()["C1"] == "rejected"


def test_plan_of_a_pause_that_affects_nobody_is_empty() -> None:
    plan = _plan(replace(REQUEST, scope=Scope(("P2",))))

    assert len(plan.proposals) == len(plan.unplaced) == 0
    assert plan.summary.num_affected == 0


def test_plan_accepts_a_baseline_with_pairs_gone_since(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Assignments | None] = []

    def watch(
        instance: Instance,
        policy: Policy,
        limits: SolveLimits,
        control: Control,
        *,
        baseline: Assignments | None = None,
    ) -> Solution:
        seen.append(baseline)
        return solve(instance, policy, limits, control, baseline=baseline)

    monkeypatch.setattr(planning, "solve", watch)
    rows = (("C1", "P1", 15), ("C1", "P2", 5), ("C9", "P1", 5), ("C1", "P9", 5))

    _plan(replace(REQUEST, baseline=rows))
    _plan(replace(REQUEST, baseline=rows[1:]))

    assert seen[0] is not None
    assert seen[0].rows() == [(0, 1, 15)]
    assert seen[1] is None


def test_plan_that_breaks_a_constraint_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    _inject(monkeypatch, [(0, 1, 20), (2, 1, 20)])

    with pytest.raises(PlanRejected, match="30 are open"):
        _plan()


def test_plan_that_breaks_a_rule_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    def build_with_every_pair(roster: Roster, request: PlanRequest) -> PlanProblem:
        problem = build_instance(roster, request)
        contractor, project = np.divmod(np.arange(9, dtype=np.int32), 3)
        instance = replace(
            problem.instance,
            pair_contractor=contractor,
            pair_project=project,
            pair_fit=np.full(9, 50, dtype=np.int32),
            pair_rate_cents=np.full(9, 4000, dtype=np.int32),
        )
        return replace(problem, instance=instance)

    monkeypatch.setattr(planning, "build_instance", build_with_every_pair)
    _inject(monkeypatch, [(0, 2, 10)])

    with pytest.raises(PlanRejected) as caught:
        _plan()

    assert caught.value.violations == ("contractor C1 on project P2: clearance 0, 2 needed",)


def test_plan_that_claims_too_much_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    _inject(monkeypatch, [(0, 1, 20)], claim=1)

    with pytest.raises(PlanRejected, match="the certificate claims hours value"):
        _plan()


def test_no_plan_in_time_tells_what_the_pins_alone_restore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _inject(monkeypatch, None)

    plan = _plan(replace(REQUEST, pinned=(("C2", "P2", 12),)))

    assert plan.solution.status is Status.NO_SOLUTION_FOUND
    assert plan.report is None
    assert len(plan.proposals) == 0
    assert plan.summary.num_covered == 1
    assert plan.unplaced["restored_hours"].tolist() == [0.0, 12.0, 0.0]


def test_plan_refuses_a_horizon_out_of_range() -> None:
    with pytest.raises(InvalidInput, match="weeks"):
        _plan(replace(REQUEST, weeks=0))
