"""Judges a whole solve of a tiny case against every plan there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from fractions import Fraction
from unittest.mock import patch

from solver.certificate import build_certificate, find_false_claims, hash_instance
from solver.checker import check
from solver.errors import PlanRejected
from solver.policy import Tier
from solver.result import Solution, SolveLimits, Status, StopReason
from solver.search import exact, huge, parts, solve, whole_prover
from tests.solver.brute_force import find_best_given, find_floor, list_plan_values
from tests.solver.tiny_draws import Case

_LIMITS = SolveLimits(time_limit_s=60, gap=0.0, workers=1)


class Way(Enum):
    """Which way through the search a case takes.

    WHOLE  as its size decides: CP-SAT proves the whole problem
    CORES  as a problem of hundreds of contractors: prices, neighbourhoods, cores
    LARGE  as a vendor: prices and neighbourhoods only, so that bounds stay open
    HUGE   part by part, then on a shortlist of the pairs, with bounds proved part by part
    """

    WHOLE = "whole"
    CORES = "cores"
    LARGE = "large"
    HUGE = "huge"


@contextmanager
def _sized(way: Way) -> Iterator[None]:
    """Make tiny problems take the way of larger ones."""
    match way:
        case Way.WHOLE:
            yield
        case Way.CORES:
            with patch.object(exact, "_TINY", -1):
                yield
        case Way.LARGE:
            with patch.multiple(exact, _TINY=-1, _SMALL=-1):
                yield
        case Way.HUGE:
            with (
                patch.multiple(exact, _TINY=-1, _SMALL=-1),
                patch.object(huge, "MOST_PAIRS", 0),
                patch.multiple(parts, _PART_PAIRS=4, _LIKELY=3, _NEAR=2, _FEWEST_PEOPLE=1),
                patch.object(whole_prover, "_PAIRS_AT_A_TIME", 3),
            ):
                yield


def find_faults(case: Case, way: Way) -> list[str]:
    """Return what is wrong with the answer to a case; nothing is what every case must give."""
    is_open = way in (Way.LARGE, Way.HUGE)
    work = 0.1 if is_open else None
    limits = SolveLimits(_LIMITS.time_limit_s, _LIMITS.gap, _LIMITS.workers, work_limit=work)
    try:
        with _sized(way):
            solution = solve(case.instance, case.policy, limits)
    except PlanRejected as error:
        return [str(error)]
    faults = [*_find_false_tiers(case, solution), *_find_false_certificate(case, solution)]
    if not is_open and solution.status is not Status.OPTIMAL:
        faults.append(f"not proved: {solution.tiers}")
    return faults


def _find_false_tiers(case: Case, solution: Solution) -> Iterator[str]:
    """Each tier against the best of all plans that keep what the tiers before it must keep."""
    plans = list_plan_values(case.instance)
    floors: dict[Tier, int] = {}
    proved = True
    for row in solution.tiers:
        best = find_best_given(plans, row.tier, floors)
        name = f"{row.tier} reached {row.reached}, value {row.value}, bound {row.bound}"
        if best is None or row.reached is None or row.value is None:
            yield f"{name}: no plan keeps the floors {floors}"
            return
        if not row.reached <= best <= row.bound:
            yield f"{name}: the best plan has {best}"
        if (row.status is Status.OPTIMAL) != (row.reached == row.bound):
            yield f"{name}: status {row.status}"
        if (row.stop_reason is StopReason.PROVED) != (row.status is Status.OPTIMAL):
            yield f"{name}: stop reason {row.stop_reason}, status {row.status}"
        if row.conditional != (not proved):
            yield f"{name}: conditional {row.conditional}"
        proved = proved and row.status is Status.OPTIMAL
        floors[row.tier] = find_floor(case.policy, row.tier, row.reached)
        if row.value < floors[row.tier]:
            yield f"{name}: {floors[row.tier]} must be kept"


def _find_false_certificate(case: Case, solution: Solution) -> Iterator[str]:
    """The checker on the plan, and the certificate after a trip through JSON."""
    if solution.assignments is None:
        yield "no plan"
        return
    report = check(case.instance, solution.assignments)
    yield from (violation.sentence for violation in report.violations)
    input_hash = hash_instance(case.instance, case.policy)
    certificate = build_certificate(
        input_hash=input_hash,
        policy=case.policy,
        horizon={"weeks": case.instance.weeks},
        solution=solution,
        report=report,
    )
    read = json.loads(json.dumps(certificate, allow_nan=False))
    if read != certificate:
        yield f"the certificate reads back as {read}"
    yield from (claim.sentence for claim in find_false_claims(read, report, input_hash))
    for row, claimed in zip(solution.tiers, read["tiers"], strict=True):
        if row.reached is None or row.value is None:
            continue
        missing = row.bound - max(row.reached, row.value)
        if claimed["gap"] != float(Fraction(missing, max(1, abs(row.bound)))):
            yield f"{row.tier} gap {claimed['gap']}: {missing} missing to {row.bound}"
