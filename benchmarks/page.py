"""The page of a run: tables, charts, and what it ran on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.comparison import Comparison
from benchmarks.growth import Growth
from benchmarks.growth_page import (
    CHART_NAME,
    build_growth_chart,
    describe_growth,
    write_growth_table,
)
from benchmarks.machine import Setting
from benchmarks.plots import build_gap_chart, build_memory_chart, build_seconds_chart
from benchmarks.svg_chart import Chart, draw_chart
from benchmarks.table import build_rows, write_markdown

_INTRODUCTION = """\
# Benchmarks

Redeploy beside what one would reach for instead, on the same instances, one after the other, each
in a process of its own with the same time limit. This page is written by `make bench-full`; `make
bench` is a short run.

- **Redeploy**: the product, `solver.search.solve`.
- **compact CP-SAT**: the model as one writes it down, an hours and a yes/no variable for each
  eligible pair, given to CP-SAT.
- **HiGHS**, **SCIP**: the same rows as a mixed-integer program, through OR-Tools' MathOpt. HiGHS
  chooses its own number of threads, SCIP solves in one.
- **Timefold**: local search in Java, one thread, hard constraints and a soft level for each goal.
  A place of a contractor is what it decides: project and hours. Its search gets the whole time;
  turning the model and the data into Java's comes before and counts in its seconds.
- **best fit first**: the sheet sorted by fit, each pair given as many hours as there is room for.

Timefold and best fit first know no bounds. The others raise the goals one after the other and hold
what each reached. The instances are in `benchmarks/instances`.
"""

_LEGEND = """\
*Value* is what the independent checker counts; *verdict* is its word on the plan. Goals are in
hour-days: an hour a week over one five-day week counts 5. *Own bound* is the method's own: no
plan reaches more, given what it reached on the goals above. *Best bound* is the lowest of all
methods in the run that holds for this plan; a bound is held against a plan only when the plan
reaches what that bound was proved under, so a plan that is weaker on a goal may have no such
bound, or a higher one, on the goals below it. *Gap* is (bound - value) / bound. *Within 1 %
after* is when the first plan came whose first goal is within 1 % of the best bound. In the
charts of the gap over time a full line is held against that best bound, known only at the end;
the dashed line is the gap between the method's own best value and own bound by then. *Seconds*
run from the read instance to the answer; *peak MB* is the process's largest resident memory,
Python and instance included.
"""


_GROWTH = """\
## Growth

Redeploy alone, on markets drawn for this by `benchmarks/market.py`, from the CSV folder to the
checked plan with a reason for everyone below their hours. *Rules* are affected people, eligibility,
fit and the instance; *prices* end with the first bound; *search* goes on to its limit and
*check* is what follows. *Within 1 % after* counts from the start of reading, and the 1 % is
held against the last bound of coverage.
"""


def write_page(
    folder: Path,
    comparisons: Sequence[Comparison],
    setting: Setting,
    growth: Sequence[Growth] = (),
) -> None:
    """Write benchmarks.md into the folder, and its charts into images/ there."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    charts = dict(list_charts(comparisons, setting.seconds))
    if growth:
        charts[CHART_NAME] = build_growth_chart(growth)
    for name, chart in charts.items():
        (images / name).write_text(draw_chart(chart), "utf-8")
    text = "\n".join(_list_parts(comparisons, charts, setting, growth))
    (folder / "benchmarks.md").write_text(text, "utf-8")


def list_charts(comparisons: Sequence[Comparison], seconds: float) -> Iterator[tuple[str, Chart]]:
    """Yield the file name of each chart, and the chart; those without a line are left out."""
    for comparison in comparisons:
        chart = build_gap_chart(comparison, seconds)
        if chart.series:
            yield _get_gap_name(comparison), chart
    yield "bench-seconds.svg", build_seconds_chart(comparisons)
    yield "bench-memory.svg", build_memory_chart(comparisons)


def _get_gap_name(comparison: Comparison) -> str:
    return f"bench-gap-{comparison.records[0].instance}.svg"


def _list_parts(
    comparisons: Sequence[Comparison],
    charts: Mapping[str, Chart],
    setting: Setting,
    growth: Sequence[Growth],
) -> Iterator[str]:
    yield _INTRODUCTION
    yield _describe_setting(setting)
    yield "## Cost over size\n"
    yield "A dot is an instance; a line goes through the mean of each size.\n"
    for name in ("bench-seconds.svg", "bench-memory.svg"):
        yield _show(name, charts[name])
    if growth:
        yield _GROWTH
        yield _show(CHART_NAME, charts[CHART_NAME])
        yield describe_growth(growth)
        yield write_growth_table(growth) + "\n"
    yield "## Instance by instance\n"
    yield _LEGEND
    for comparison in comparisons:
        first = comparison.records[0]
        yield f"### {first.instance}\n"
        yield (
            f"{first.contractors:,} contractors, {first.projects:,} projects, {first.pairs:,} "
            f"eligible pairs; goals in the order {', '.join(first.tiers)}.\n"
        )
        yield write_markdown(build_rows(comparison)) + "\n"
        name = _get_gap_name(comparison)
        if name in charts:
            yield _show(name, charts[name])


def _show(name: str, chart: Chart) -> str:
    return f"![{chart.title}: {chart.subtitle}](images/{name})\n"


def _describe_setting(setting: Setting) -> str:
    machine = setting.machine
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions)
    shared = (
        f"The machine was shared: the load average before the run was {machine.load:.1f}, so that "
        "every method had less than its cores and times vary from run to run."
        if machine.was_shared
        else f"The machine was otherwise idle (load average {machine.load:.1f} before the run)."
    )
    return (
        f"## This run\n\n{machine.day.isoformat()}, {setting.seconds:g} seconds a method and "
        f"instance, {setting.workers} threads where a method takes a number. {machine.processor}, "
        f"{machine.cores} cores, {machine.memory_gb} GB, {machine.system}; {versions}. {shared}\n"
    )
