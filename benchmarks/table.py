"""The table of a run: for each method, tier by tier, what it reached and what it proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.comparison import Comparison, find_gap, find_own_claim
from benchmarks.plots import LABELS
from benchmarks.record import Record, Verdict
from solver.policy import Tier

HEADER = (
    "method",
    "tier",
    "value",
    "own bound",
    "own gap",
    "best bound",
    "gap",
    "seconds",
    "within 1 % after",
    "peak MB",
    "verdict",
)
_TEXT_COLUMNS = {"method", "tier", "verdict"}
_NONE = "-"


def build_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return the cells under `HEADER`: a row a tier, what concerns the whole run in the first."""
    return [
        row
        for record in comparison.records
        for place, tier in enumerate(_list_tiers(record))
        for row in [_build_row(comparison, record, tier, is_first=not place)]
    ]


def _list_tiers(record: Record) -> Sequence[Tier]:
    """Return the tiers that there is something to say about: one row says why there is nothing."""
    return record.tiers[:1] if record.verdict is Verdict.LEFT_OUT else record.tiers


def _build_row(
    comparison: Comparison, record: Record, tier: Tier, *, is_first: bool
) -> tuple[str, ...]:
    value, claim = record.values.get(tier), find_own_claim(record, tier)
    own_bound = _format_count(None if claim is None else claim.bound)
    if claim is not None and comparison.is_refuted(claim):
        own_bound += " (refuted)"
    return (
        LABELS[record.method] if is_first else "",
        tier.value,
        _format_count(value),
        own_bound,
        format_gap(find_gap(value, None if claim is None else claim.bound)),
        _format_count(comparison.find_bound(record, tier)),
        format_gap(comparison.find_gap(record, tier)),
        *(_describe_run(comparison, record) if is_first else ("",) * 4),
    )


def _describe_run(comparison: Comparison, record: Record) -> tuple[str, str, str, str]:
    good_s = comparison.find_first_good_s(record)
    return (
        _NONE if record.verdict is Verdict.LEFT_OUT else format_seconds(record.wall_s),
        _NONE if good_s is None else format_seconds(good_s) + " s",
        _format_count(record.peak_mb),
        f"{record.verdict}: {record.remark}" if record.remark else str(record.verdict),
    )


def _format_count(value: int | None) -> str:
    return _NONE if value is None else f"{value:,}"


def format_gap(gap: float | None) -> str:
    """Return the gap in percent; one that is not 0 never reads as 0."""
    if gap is None:
        return _NONE
    return f"{100 * gap:.2f} %" if gap == 0 or abs(gap) >= 0.00005 else f"{100 * gap:.1g} %"


def format_seconds(seconds: float) -> str:
    """Return seconds, with decimals where they are few."""
    return f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def write_plain(rows: Sequence[Sequence[str]]) -> str:
    """Return the table for a terminal, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(HEADER, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if name in _TEXT_COLUMNS else cell.rjust(width)
            for name, cell, width in zip(HEADER, row, widths, strict=True)
        )
        for row in (HEADER, *rows)
    ]
    return "\n".join(line.rstrip() for line in lines)


def write_markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return the table for a page."""
    return "\n".join(_list_markdown_lines(rows))


def _list_markdown_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _join(HEADER)
    yield "|" + "|".join("---" if name in _TEXT_COLUMNS else "---:" for name in HEADER) + "|"
    yield from (_join([cell.replace("|", "\\|") for cell in row]) for row in rows)


def _join(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
