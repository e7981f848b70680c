"""The certificate of a plan (data-format.md, section 4).

What was reached, what is possible, why the search stopped, and who checked it.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from solver.checker import CheckReport, Violation
from solver.instance import Instance
from solver.instance_file import build_outline, list_pairs
from solver.policy import Policy, Tier
from solver.result import Solution, Status, StopReason, TierResult, compute_gap

CERTIFICATE_FORMAT = "redeploy-certificate"
CERTIFICATE_VERSION = 1
_PAIRS_AT_A_TIME = 500_000


def hash_instance(instance: Instance, policy: Policy) -> str:
    """Return `sha256:` and the digest of the canonical content of the input.

    The same instance gives the same hash whatever order its file lists the pairs
    in and whatever defaults it spells out.
    """
    digest = hashlib.sha256()
    for text in _iterate_canonical(instance, policy):
        digest.update(text.encode("utf-8"))
    return "sha256:" + digest.hexdigest()


def _iterate_canonical(instance: Instance, policy: Policy) -> Iterator[str]:
    """Yield the canonical JSON of the input, some pairs at a time: all take gigabytes."""
    outline = build_outline(instance, policy)
    outline["tolerances"] = {tier.value: policy.tolerance_of(tier) for tier in policy.tiers}
    for number, key in enumerate(sorted([*outline, "pairs"])):
        yield f'{"," if number else "{"}"{key}":'
        if key == "pairs":
            yield from _iterate_pairs(instance)
        else:
            yield _dump(outline[key])
    yield "}"


def _iterate_pairs(instance: Instance) -> Iterator[str]:
    yield "["
    for first in range(0, instance.num_pairs, _PAIRS_AT_A_TIME):
        rows = list_pairs(instance, first, first + _PAIRS_AT_A_TIME)
        yield ("," if first else "") + _dump(rows)[1:-1]
    yield "]"


def _dump(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def build_certificate(
    *,
    input_hash: str,
    policy: Policy,
    horizon: Mapping[str, object],
    solution: Solution,
    report: CheckReport | None,
) -> dict[str, object]:
    """Return the certificate, ready for JSON.

    horizon  what the plan covers, for instance {"weeks": 8, "starts_on": "2026-06-01"}
    report   the checker's verdict; None when there is no plan to check
    """
    return {
        "format": CERTIFICATE_FORMAT,
        "version": CERTIFICATE_VERSION,
        "input_hash": input_hash,
        "policy": {
            "name": policy.name,
            "tiers": [tier.value for tier in policy.tiers],
            "tolerances": {tier.value: policy.tolerance_of(tier) for tier in policy.tiers},
            "switch_cost": policy.switch_cost,
        },
        "horizon": dict(horizon),
        "seed": solution.limits.seed,
        "limits": asdict(solution.limits),
        "versions": _get_versions(),
        "status": solution.status.value,
        "wall_s": round(solution.wall_s, 3),
        "tiers": [_build_tier(tier) for tier in solution.tiers],
        "checker": None if report is None else _build_verdict(report),
    }


def find_false_claims(
    claimed: Mapping[str, object], report: CheckReport, input_hash: str
) -> list[Violation]:
    """Return what a certificate claims that the instance and the checker contradict.

    Values must be those recomputed, no value may beat its bound, gaps must follow from
    them, only what meets its bound is proved, a bound given what an unproved tier reached
    must say so, every tier must be there once, and the input must be the one at hand.
    """
    false = []
    if claimed.get("input_hash") != input_hash:
        false.append(_false("input_hash", claimed.get("input_hash"), f"the input has {input_hash}"))
    tiers = claimed.get("tiers")
    rows = [row for row in tiers if isinstance(row, dict)] if isinstance(tiers, list) else []
    if sorted(str(row.get("name")) for row in rows) != sorted(tier.value for tier in Tier):
        return [*false, _false("tiers", tiers, "one row for each of coverage, hours, fit expected")]
    for row in rows:
        tier = Tier(str(row["name"]))
        scored = _find_false_scores(row, tier, report.values[tier])
        false += scored or _find_false_conclusions(row, tier)
    false += _find_unsaid_conditions(rows)
    proved = all(row.get("status") == Status.OPTIMAL for row in rows)
    if claimed.get("status") == Status.OPTIMAL and not proved:
        false.append(_false("status", Status.OPTIMAL, "not every goal is proved"))
    return false


def _find_false_scores(row: Mapping[str, object], tier: Tier, scored: int) -> list[Violation]:
    """Return what is wrong with a goal's value and bound, given what the plan scores."""
    false = []
    value, bound = row.get("value"), row.get("bound")
    if type(value) is not int or value != scored:
        false.append(_false(f"{tier} value", value, f"the plan scores {scored}"))
    if type(bound) is not int or bound < scored:
        false.append(_false(f"{tier} bound", bound, f"the plan scores {scored} already"))
    return false


def _find_false_conclusions(row: Mapping[str, object], tier: Tier) -> list[Violation]:
    """Return what does not follow from a goal's value and bound, which hold."""
    value, bound, reached = row["value"], row["bound"], row.get("reached", row["value"])
    if type(value) is not int or type(bound) is not int:
        return []
    if type(reached) is not int or reached > bound:
        return [_false(f"{tier} reached", reached, f"at most {bound} is possible")]
    best = max(reached, value)
    false = []
    gap, true_gap = row.get("gap"), compute_gap(best, bound)
    if not isinstance(gap, (int, float)) or not math.isclose(gap, true_gap, abs_tol=1e-9):
        false.append(_false(f"{tier} gap", gap, f"{best} of at most {bound} makes {true_gap}"))
    if row.get("status") == Status.OPTIMAL and best < bound:
        false.append(_false(f"{tier} status", row["status"], f"{best} of at most {bound}"))
    if row.get("stop_reason") == StopReason.PROVED and best < bound:
        false.append(_false(f"{tier} stop reason", "proved", f"{best} of at most {bound}"))
    return false


def _find_unsaid_conditions(rows: list[dict[str, object]]) -> Iterator[Violation]:
    """A bound that holds only given what an unproved goal above reached must say so."""
    unproved: object = None
    for row in rows:
        if unproved is not None and row.get("conditional") is False:
            yield _false(f"{row['name']} conditional", "false", f"{unproved} is not proved")
        if row.get("status") != Status.OPTIMAL and unproved is None:
            unproved = row["name"]


def _false(what: str, claimed: object, truth: str) -> Violation:
    return Violation("certificate", f"the certificate claims {what} = {claimed}; {truth}")


def _build_tier(tier: TierResult) -> dict[str, object]:
    return {
        "name": tier.tier.value,
        "value": tier.value,
        "reached": tier.reached,
        "bound": tier.bound,
        "gap": tier.gap,
        "status": tier.status.value,
        "stop_reason": tier.stop_reason.value,
        "conditional": tier.conditional,
        "wall_s": round(tier.wall_s, 3),
    }


def _build_verdict(report: CheckReport) -> dict[str, object]:
    return {
        "ok": report.ok,
        "violations": [violation.sentence for violation in report.violations],
        "values": {tier.value: value for tier, value in report.values.items()},
    }


def _get_versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in ("redeploy", "ortools", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            # A source tree that was never installed still solves.
            versions[package] = "not installed"
    return versions
