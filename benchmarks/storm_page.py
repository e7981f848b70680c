"""The figures of a storm as tables, on the screen and in docs/load.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.desk import get_percentile
from benchmarks.machine import Machine
from benchmarks.open_loop import Answers

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LIMIT_MS = 400


@dataclass(frozen=True)
class Shape:
    """Of the installation: web processes, threads of each, threads of a solve, and workers."""

    num_web: int
    num_threads: int
    solve_threads: int
    num_workers: int


@dataclass(frozen=True)
class Outcome:
    """What a storm came to; `work_s` is the processor time by process."""

    answers: Answers
    shape: Shape
    work_s: Mapping[str, float]
    run_status: str
    num_accepted: int
    num_approved: int


@dataclass(frozen=True)
class Pace:
    """What so many processes answer when some people click without a pause."""

    shape: Shape
    answers: Answers


def describe(
    outcome: Outcome, paces: Sequence[Pace], machine: Machine, load: float
) -> Iterable[str]:
    """Yield the lines of the figures, in Markdown."""
    answers, shape = outcome.answers, outcome.shape
    everything = answers.all_ms
    shared = (
        f" The machine was shared: its load was {machine.load:.1f} before, {load:.1f} at the end."
        if machine.was_shared
        else ""
    )
    yield (
        f"{machine.day}, {machine.processor}, {machine.cores} cores, {machine.memory_gb} GB; "
        f"{shape.num_web} web processes of {shape.num_threads} threads, one worker that solved "
        f"with {shape.solve_threads} threads (at the end the plan was {outcome.run_status}), "
        f"PostgreSQL and the sender of the requests on the same cores.{shared}"
    )
    yield ""
    yield (
        f"**{len(everything):,} requests in {answers.seconds:.0f} s, "
        f"{len(everything) / answers.seconds:.1f} a second; "
        f"p50 {get_percentile(everything, 0.5):.0f} ms, "
        f"p95 {get_percentile(everything, 0.95):.0f} ms (limit {LIMIT_MS}), "
        f"p99 {get_percentile(everything, 0.99):.0f} ms, most {max(everything):.0f} ms; "
        f"{answers.count(500, 599)} answers of 5xx.** "
        f"{outcome.num_accepted:,} offers were accepted and {outcome.num_approved:,} proposals "
        f"approved, each once. The sender was late by "
        f"{get_percentile(answers.lag_ms, 0.95):.0f} ms (p95), which counts above."
    )
    yield ""
    yield from _list_kinds(answers)
    yield ""
    yield from _list_work(outcome)
    if paces:
        yield ""
        yield from _list_paces(paces)


def _list_kinds(answers: Answers) -> Iterable[str]:
    yield "| request | number | p50 ms | p95 ms | most ms | other than 2xx, 3xx |"
    yield "|---|--:|--:|--:|--:|---|"
    for kind, taken in sorted(answers.taken_ms.items(), key=lambda item: -sum(item[1])):
        others = {
            status: number
            for status, number in sorted(answers.statuses[kind].items())
            if status >= 400
        }
        said = ", ".join(f"{number} x {status}" for status, number in others.items())
        yield (
            f"| {kind} | {len(taken):,} | {get_percentile(taken, 0.5):.0f} | "
            f"{get_percentile(taken, 0.95):.0f} | {max(taken):.0f} | {said} |"
        )


def _list_work(outcome: Outcome) -> Iterable[str]:
    yield "| process | processor time, cores | ms a request |"
    yield "|---|--:|--:|"
    number = len(outcome.answers.all_ms)
    for name, seconds in outcome.work_s.items():
        share = seconds / outcome.answers.seconds
        each = "" if name.startswith("worker") else f"{1000 * seconds / number:.1f}"
        yield f"| {name} | {share:.2f} | {each} |"


def _list_paces(paces: Sequence[Pace]) -> Iterable[str]:
    yield "| web processes | workers that solve | requests a second at most | p95 ms | 5xx |"
    yield "|--:|--:|--:|--:|--:|"
    for pace in paces:
        everything = pace.answers.all_ms
        yield (
            f"| {pace.shape.num_web} | {pace.shape.num_workers} | "
            f"{len(everything) / pace.answers.seconds:.0f} | "
            f"{get_percentile(everything, 0.95):.0f} | {pace.answers.count(500, 599)} |"
        )


def write_page(page: Path, lines: Sequence[str]) -> None:
    """Put the figures between the two marks of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    figures = "\n".join([BEGIN, "", *lines, "", END])
    page.write_text(before + figures + after, encoding="utf-8")
