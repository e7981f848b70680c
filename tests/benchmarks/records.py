"""Records for the tests: one method on a made-up instance."""

from __future__ import annotations

from benchmarks.growth import STAGES, Growth
from benchmarks.peers.answer import Claim
from benchmarks.record import Record, Verdict
from solver.policy import Tier
from solver.result import Progress


def build_record(
    method: str = "redeploy",
    *,
    instance: str = "S9",
    pairs: int = 1_000,
    coverage: int | None = 90,
    hours: int = 500,
    claims: tuple[Claim, ...] = (),
    steps: tuple[tuple[float, int], ...] = (),
    verdict: Verdict = Verdict.CHECKED,
    remark: str = "",
) -> Record:
    """Return a record; `steps` are seconds and values of coverage, None a run without a plan."""
    values = {} if coverage is None else {Tier.COVERAGE: coverage, Tier.HOURS: hours, Tier.FIT: 7}
    return Record(
        instance=instance,
        contractors=100,
        projects=10,
        pairs=pairs,
        tiers=(Tier.COVERAGE, Tier.HOURS, Tier.FIT),
        method=method,
        verdict=verdict,
        wall_s=12.5,
        peak_mb=150,
        values=values,
        claims=claims,
        events=tuple(Progress(Tier.COVERAGE, value, None, at) for at, value in steps),
        remark=remark,
    )


def build_growth(
    size: str = "M", *, pairs: int = 1_000, stage_s: float = 1.0, good_s: float | None = 2.5
) -> Growth:
    """Return a measured size, every stage as long as the others."""
    return Growth(
        size=size,
        contractors=100,
        projects=10,
        pairs=pairs,
        stages=dict.fromkeys(STAGES, stage_s),
        good_s=good_s,
        gaps={Tier.COVERAGE: 0.002, Tier.HOURS: 0.01, Tier.FIT: 0.5},
        peak_mb=300,
    )
