"""The charts of a run: gap over time for each instance, cost over size for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean
from types import MappingProxyType

from benchmarks.comparison import Comparison, list_own_gaps
from benchmarks.record import Record, Verdict
from benchmarks.scale import Axis, build_log_axis, format_number, format_percent
from benchmarks.svg_chart import Chart, Point, Series

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "redeploy": "Redeploy",
        "cpsat": "compact CP-SAT",
        "highs": "HiGHS",
        "scip": "SCIP",
        "timefold": "Timefold",
        "greedy": "best fit first",
    }
)
_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "redeploy": "#0b6e4f",
        "cpsat": "#c2410c",
        "highs": "#2563c9",
        "scip": "#8b3fa8",
        "timefold": "#a16207",
        "greedy": "#6b7280",
    }
)
_LEAST_GAP, _LEAST_S = 0.0002, 0.01
"""Ends of the logarithmic axes: what is smaller is drawn there."""


def build_gap_chart(comparison: Comparison, seconds: float) -> Chart:
    """Return the gap of the first tier over time, a line a method; none for a method without plan.

    The gap is to the best bound of the run, known only at the end: it says how good each
    plan was. What the method itself knew, its best value and bound so far, is the dashed line.
    """
    lines = []
    last_s = 1.05 * max([seconds, *(record.wall_s for record in comparison.records)])
    for record in comparison.records:
        steps = comparison.list_gaps(record)
        if steps:
            series = Series(
                LABELS[record.method],
                _COLOURS[record.method],
                _draw_steps(steps, last_s),
                is_step=True,
                faint=_draw_steps(list_own_gaps(record), last_s),
            )
            lines.append(series)
    first = comparison.records[0]
    return Chart(
        title=f"{first.instance}: gap of {comparison.first_tier} over time",
        subtitle=f"{first.contractors:,} contractors, {first.pairs:,} eligible pairs; "
        "to the best bound of the run; dashed: proved by then",
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


def _draw_steps(steps: Sequence[Point], last_s: float) -> tuple[Point, ...]:
    """Return the steps up to the end of the run, within the ends of the axes."""
    ends = [*steps, (last_s, steps[-1][1])] if steps else []
    return tuple((max(at, _LEAST_S), max(gap, _LEAST_GAP)) for at, gap in ends)


def build_seconds_chart(comparisons: Sequence[Comparison]) -> Chart:
    """Return the seconds to the first plan within 1 %; rings where a run ended without one."""
    costs = []
    for comparison in comparisons:
        for record in comparison.records:
            if record.verdict is Verdict.LEFT_OUT:
                continue
            good_s = comparison.find_first_good_s(record)
            at = record.wall_s if good_s is None else good_s
            costs.append(_Cost(record, max(at, 0.001), is_met=good_s is not None))
    return _build_cost_chart(
        "Time to a good plan",
        "seconds to the first plan within 1 % of the best bound; rings: run over without one",
        "seconds",
        costs,
    )


def build_memory_chart(comparisons: Sequence[Comparison]) -> Chart:
    """Return the peak of memory of each method over the size."""
    costs = [
        _Cost(record, record.peak_mb, is_met=True)
        for comparison in comparisons
        for record in comparison.records
        if record.peak_mb is not None
    ]
    return _build_cost_chart("Memory", "largest resident memory of the process", "MB", costs)


@dataclass(frozen=True)
class _Cost:
    """What a run cost; unmet where it ended without what the chart counts."""

    record: Record
    cost: float
    is_met: bool

    @property
    def point(self) -> Point:
        return self.record.pairs, self.cost


def _build_cost_chart(title: str, subtitle: str, unit: str, costs: Sequence[_Cost]) -> Chart:
    lines = []
    for method in LABELS:
        own = [cost for cost in costs if cost.record.method == method]
        met = [cost for cost in own if cost.is_met]
        if own:
            lines.append(
                Series(
                    LABELS[method],
                    _COLOURS[method],
                    _average_by_size(met),
                    dots=tuple(cost.point for cost in met),
                    hollow=tuple(cost.point for cost in own if not cost.is_met),
                )
            )
    return Chart(
        title=title,
        subtitle=subtitle,
        x=build_log_axis("eligible pairs", [cost.record.pairs for cost in costs], format_number),
        y=build_log_axis(unit, [cost.cost for cost in costs], format_number),
        series=tuple(lines),
    )


def _average_by_size(costs: Sequence[_Cost]) -> tuple[Point, ...]:
    """Return the geometric mean of the points of each size: contractors and projects."""
    by_size: dict[tuple[int, int], list[Point]] = {}
    for cost in costs:
        size = cost.record.contractors, cost.record.projects
        by_size.setdefault(size, []).append(cost.point)
    means = [
        (geometric_mean(x for x, _ in points), geometric_mean(y for _, y in points))
        for points in by_size.values()
    ]
    return tuple(sorted(means))
