"""The growth of a run as text and chart: seconds of each stage over the eligible pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.growth import STAGES, Growth
from benchmarks.scale import build_log_axis, format_number
from benchmarks.svg_chart import Chart, Series
from benchmarks.table import format_gap, format_seconds
from solver.policy import Tier

CHART_NAME = "bench-growth.svg"
_LEAST_S = 0.001
_LABELS = {
    "read": "reading the CSV",
    "rules": "rules and fit",
    "prices": "first bound",
    "check": "check, reasons",
}
_COLOURS = {"read": "#2563c9", "rules": "#c2410c", "prices": "#8b3fa8", "check": "#6b7280"}
_HEADER = (
    "size",
    "contractors",
    "projects",
    "eligible pairs",
    *(f"{stage} s" for stage in STAGES),
    "in all s",
    "within 1 % after",
    "coverage gap",
    "hours gap",
    "peak MB",
)


def build_growth_chart(rows: Sequence[Growth]) -> Chart:
    """Return seconds over pairs: to a good plan, and of each stage that no limit ends."""
    lines = [
        Series(
            "plan within 1 %",
            "#0b6e4f",
            tuple((row.pairs, row.good_s) for row in rows if row.good_s is not None),
            dots=tuple((row.pairs, row.good_s) for row in rows if row.good_s is not None),
            hollow=tuple((row.pairs, row.total_s) for row in rows if row.good_s is None),
        )
    ]
    for stage, label in _LABELS.items():
        points = tuple((row.pairs, max(row.stages[stage], _LEAST_S)) for row in rows)
        lines.append(Series(label, _COLOURS[stage], points, dots=points))
    seconds = [y for line in lines for _, y in (*line.points, *line.hollow)]
    return Chart(
        title="Growth",
        subtitle="seconds of the stages from CSV folder to checked plan; "
        "rings: run over without a plan within 1 %",
        x=build_log_axis("eligible pairs", [row.pairs for row in rows], format_number),
        y=build_log_axis("seconds", seconds, format_number),
        series=tuple(lines),
    )


def write_growth_table(rows: Sequence[Growth]) -> str:
    """Return the table for the page, a row a size."""
    lines = ["| " + " | ".join(_HEADER) + " |", "|---|" + "---:|" * (len(_HEADER) - 1)]
    lines += ["| " + " | ".join(_list_cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def _list_cells(row: Growth) -> Iterator[str]:
    yield row.size
    yield from (f"{count:,}" for count in (row.contractors, row.projects, row.pairs))
    yield from (format_seconds(row.stages[stage]) for stage in STAGES)
    yield format_seconds(row.total_s)
    yield "-" if row.good_s is None else format_seconds(row.good_s) + " s"
    yield from (format_gap(row.gaps[tier]) for tier in (Tier.COVERAGE, Tier.HOURS))
    yield f"{row.peak_mb:,}"


def describe_growth(rows: Sequence[Growth]) -> str:
    """Return how each stage grows from the smallest to the largest size, as powers of the pairs."""
    first, last = rows[0], rows[-1]
    if last.pairs <= first.pairs:
        return ""
    times = last.pairs / first.pairs
    powers = [
        f"{label} {math.log(grown, times):.2f}"
        for stage, label in _LABELS.items()
        if (grown := last.stages[stage] / max(first.stages[stage], _LEAST_S)) > 0
    ]
    if first.good_s is not None and last.good_s is not None:
        powers.insert(0, f"plan within 1 % {math.log(last.good_s / first.good_s, times):.2f}")
    return (
        f"From {first.size} to {last.size}, {times:,.0f} times the pairs, seconds grow with the "
        f"pairs to the power of: {', '.join(powers)}. A power of 1 is linear.\n"
    )
