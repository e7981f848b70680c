"""The exact peers solve the problem that Redeploy solves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.child import METHODS, load_method, measure
from benchmarks.peers import highs, scip
from benchmarks.peers.answer import Answer
from benchmarks.record import Verdict
from benchmarks.run import FOLDER
from solver.checker import check
from solver.instance import Instance
from solver.instance_file import read_instance
from solver.policy import BEST_FIT, CLIENTS_FIRST, PEOPLE_FIRST, Policy
from solver.result import Progress, SolveLimits
from tests.solver.brute_force import find_reached
from tests.solver.instances import tiny_instances

LIMITS = SolveLimits(time_limit_s=60, gap=0.0, workers=1)
EXACT_PEERS = ("cpsat", "highs", "scip")


@pytest.mark.parametrize("method", EXACT_PEERS)
def test_peer_proves_the_optimum_of_redeploy(method: str) -> None:
    instance, policy = read_instance(FOLDER / "market" / "T1.json.gz")
    own = measure("redeploy", instance, policy, LIMITS)
    peer = measure(method, instance, policy, LIMITS)
    assert peer.verdict is own.verdict is Verdict.CHECKED
    assert peer.values == own.values
    assert {claim.tier: claim.bound for claim in peer.claims} == own.values


@pytest.mark.parametrize("method", EXACT_PEERS)
@given(instance=tiny_instances(), policy=st.sampled_from([PEOPLE_FIRST, CLIENTS_FIRST, BEST_FIT]))
@settings(max_examples=15, deadline=None)
def test_peer_reaches_what_brute_force_finds(
    method: str, instance: Instance, policy: Policy
) -> None:
    answer: Answer = load_method(method)(instance, policy, LIMITS, lambda _event: None)
    assert answer.assignments is not None
    report = check(instance, answer.assignments)
    assert report.ok
    best = find_reached(instance, policy)
    assert report.values == best
    assert {claim.tier: claim.bound for claim in answer.claims} == best


@pytest.mark.parametrize("method", list(METHODS))
def test_last_event_tells_the_value_of_the_plan(method: str) -> None:
    instance, policy = read_instance(FOLDER / "market" / "T1.json.gz")
    record = measure(method, instance, policy, LIMITS)
    last = {event.tier: event for event in record.events if event.value is not None}
    assert {tier: event.value for tier, event in last.items()} == record.values


@pytest.mark.parametrize("method", ["highs", "scip"])
def test_log_of_a_solver_tells_values_on_the_way(method: str) -> None:
    instance, policy = read_instance(FOLDER / "market" / "T1.json.gz")
    events: list[Progress] = []
    load_method(method)(instance, policy, LIMITS, events.append)
    assert (16, 16) in {(event.value, event.bound) for event in events}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (" C       0       0         0   0.00%   263.5       232    13.58%    1   2", (232, 263)),
        ("         0       0         0   0.00%   276        -inf       inf    0   0", (None, 276)),
        ("        Nodes      |    B&B Tree     |            Objective Bounds", None),
        ("2514 rows, 1971 cols, 13732 nonzeros  0s", None),
    ],
)
def test_highs_log_line(line: str, expected: tuple[int | None, int | None] | None) -> None:
    assert highs.read_log_line(line) == expected


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (" 2.640626e+02 | 2.320000e+02 |  13.82%| unknown", (232, 264)),
        (" 1.000000e+20 |      --      |    Inf | unknown", (None, None)),
        ("  dualbound   | primalbound  |  gap   | compl. ", None),
    ],
)
def test_scip_log_line(ending: str, expected: tuple[int | None, int | None] | None) -> None:
    start = "r 2.8s|1 |0 |3040 | - |shifting| 0 |1994 |2388 |2588 | 241 | 18 | 19 | 0 |"
    assert scip.read_log_line(start + ending) == expected


def test_scip_summary_is_no_row_of_the_table() -> None:
    assert scip.read_log_line("Solving Time (sec) : 0.03") is None
