"""What is written down about one method on one instance, and its file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.peers.answer import Claim
from solver.instance import Instance
from solver.policy import Policy, Tier
from solver.result import Progress


class Verdict(StrEnum):
    """How a run ended."""

    CHECKED = "checked"
    REFUSED = "refused"
    NO_PLAN = "no plan"
    FAILED = "failed"
    KILLED = "killed"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Record:
    """One run of one method.

    values   what the checker counted, by tier; empty without a plan
    claims   the bounds that the method gave
    events   values and bounds as they came, in seconds since the instance was read
    wall_s   seconds between instance and answer; what the method did after its limit counts
    peak_mb  largest resident memory of the process; None when it did not end by itself
    remark   the checker's first sentence, the last line of an error, or why it was left out
    """

    instance: str
    contractors: int
    projects: int
    pairs: int
    tiers: tuple[Tier, ...]
    method: str
    verdict: Verdict
    wall_s: float
    peak_mb: int | None = None
    values: Mapping[Tier, int] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    events: tuple[Progress, ...] = ()
    remark: str = ""


def build_blank(instance: Instance, policy: Policy) -> Record:
    """Return a record of no method yet, with the sizes of the instance."""
    return Record(
        instance=instance.name,
        contractors=instance.num_contractors,
        projects=instance.num_projects,
        pairs=instance.num_pairs,
        tiers=policy.tiers,
        method="",
        verdict=Verdict.FAILED,
        wall_s=0.0,
    )


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write one line of JSON a record."""
    path.write_text("".join(json.dumps(asdict(record)) + "\n" for record in records), "utf-8")


def read_records(path: Path) -> list[Record]:
    """Return the records of a file that `write_records` wrote."""
    return [_build_record(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _build_record(row: dict[str, Any]) -> Record:
    return Record(
        **row
        | {
            "tiers": tuple(Tier(tier) for tier in row["tiers"]),
            "verdict": Verdict(row["verdict"]),
            "values": _read_values(row["values"]),
            "claims": tuple(
                Claim(Tier(claim["tier"]), claim["bound"], _read_values(claim["floors"]))
                for claim in row["claims"]
            ),
            "events": tuple(
                Progress(**event | {"tier": Tier(event["tier"])}) for event in row["events"]
            ),
        }
    )


def _read_values(values: Mapping[str, int]) -> dict[Tier, int]:
    return {Tier(tier): value for tier, value in values.items()}
