"""The charts of a run: gap over time for each instance, cost over size for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from benchmarks.comparison import Comparison
from benchmarks.scale import Axis, build_log_axis, format_number, format_percent
from benchmarks.svg_chart import Chart, Series

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "redeploy": "Redeploy",
        "cpsat": "compact CP-SAT",
        "highs": "HiGHS",
        "scip": "SCIP",
        "greedy": "best fit first",
    }
)
_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "redeploy": "#0b6e4f",
        "cpsat": "#c2410c",
        "highs": "#2563c9",
        "scip": "#8b3fa8",
        "greedy": "#6b7280",
    }
)
_LEAST_GAP, _LEAST_S = 0.0002, 0.01
"""Ends of the logarithmic axes: what is smaller is drawn there."""


def build_gap_chart(comparison: Comparison, seconds: float) -> Chart:
    """Return the gap of the first tier over time, a line a method; none for a method without plan.

    The gap is to the best bound of the run, known only at the end: it says how good each
    plan was, not what the method knew.
    """
    lines = []
    last_s = 1.05 * max([seconds, *(record.wall_s for record in comparison.records)])
    for record in comparison.records:
        steps = comparison.list_gaps(record)
        if steps:
            end = (last_s, steps[-1][1])
            points = [(max(at, _LEAST_S), max(gap, _LEAST_GAP)) for at, gap in [*steps, end]]
            lines.append(_build_series(record.method, points, is_step=True))
    first = comparison.records[0]
    return Chart(
        title=f"{first.instance}: gap of {comparison.first_tier} over time",
        subtitle=f"{first.contractors:,} contractors, {first.pairs:,} eligible pairs; "
        "gap to the best bound of the run",
        x=Axis("seconds", _LEAST_S, last_s, is_log=True, format_tick=format_number),
        y=Axis(
            f"gap of {comparison.first_tier}",
            _LEAST_GAP,
            1.0,
            is_log=True,
            format_tick=format_percent,
        ),
        series=tuple(lines),
    )


def build_seconds_chart(comparisons: Sequence[Comparison]) -> Chart:
    """Return the seconds to the first plan within 1 %; rings where a run ended without one."""
    full: dict[str, list[tuple[float, float]]] = {}
    hollow: dict[str, list[tuple[float, float]]] = {}
    for comparison in comparisons:
        for record in comparison.records:
            good_s = comparison.find_first_good_s(record)
            kind, at = (hollow, record.wall_s) if good_s is None else (full, good_s)
            kind.setdefault(record.method, []).append((record.pairs, max(at, 0.001)))
    return _build_cost_chart(
        "Time to a good plan",
        "seconds to the first plan within 1 % of the best bound; rings: run over without one",
        "seconds",
        full,
        hollow,
    )


def build_memory_chart(comparisons: Sequence[Comparison]) -> Chart:
    """Return the peak of memory of each method over the size."""
    full: dict[str, list[tuple[float, float]]] = {}
    for comparison in comparisons:
        for record in comparison.records:
            if record.peak_mb is not None:
                full.setdefault(record.method, []).append((record.pairs, record.peak_mb))
    return _build_cost_chart("Memory", "largest resident memory of the process", "MB", full, {})


def _build_cost_chart(
    title: str,
    subtitle: str,
    unit: str,
    full: Mapping[str, list[tuple[float, float]]],
    hollow: Mapping[str, list[tuple[float, float]]],
) -> Chart:
    every = [point for points in (*full.values(), *hollow.values()) for point in points]
    lines = [
        _build_series(method, sorted(full.get(method, [])), hollow=sorted(hollow.get(method, [])))
        for method in LABELS
        if method in full or method in hollow
    ]
    return Chart(
        title=title,
        subtitle=subtitle,
        x=build_log_axis("eligible pairs", [pairs for pairs, _ in every], format_number),
        y=build_log_axis(unit, [cost for _, cost in every], format_number),
        series=tuple(lines),
    )


def _build_series(
    method: str,
    points: Sequence[tuple[float, float]],
    *,
    is_step: bool = False,
    hollow: Sequence[tuple[float, float]] = (),
) -> Series:
    return Series(LABELS[method], _COLOURS[method], tuple(points), is_step, tuple(hollow))
