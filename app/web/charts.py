"""Pictures that the server draws: lanes of bars, spans, cells or lines, a table behind each.

Across, a place is a share of the lane's width in percent; down, it is pixels. Text so keeps
its size on a phone and on a wide screen, and nothing has to know how wide the page is. The
looks are classes (`tone`) that the stylesheet colours for both themes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.web.formatting import NONE, format_day, format_moment, format_number

BAR_HEIGHT, CELL_HEIGHT, PLOT_HEIGHT = 10, 26, 170
WIDE = 20.0
"""Percent of the width from which a mark has room for a word, even on a phone."""


@dataclass(frozen=True)
class Mark:
    """A rectangle in a lane.

    start, width  percent of the lane's width, 0..100
    top, height   pixels
    says          what it stands for, read on hover
    text          a few characters inside it, "" for none
    """

    start: float
    width: float
    tone: str
    top: int = 0
    height: int = BAR_HEIGHT
    says: str = ""
    text: str = ""

    @property
    def middle(self) -> float:
        """Percent of the lane's width at which the text of a narrow mark is centred."""
        return round(self.start + self.width / 2, 2)

    @property
    def is_wide(self) -> bool:
        """Whether its text begins at its left edge instead."""
        return self.width >= WIDE


@dataclass(frozen=True)
class Line:
    """A line through corners in a lane, or the area in them: x in percent, y in pixels."""

    corners: tuple[tuple[float, float], ...]
    tone: str
    is_area: bool = False

    @property
    def points(self) -> str:
        """The corners as SVG writes them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.corners)


@dataclass(frozen=True)
class Tick:
    """A label of the axis across; a minor one is left out on a phone."""

    at: float
    text: str
    is_minor: bool = False
    anchor: str = "start"


@dataclass(frozen=True)
class Level:
    """A labelled line across a plot, `y` pixels from its top; the label at its left or right."""

    y: float
    text: str
    is_right: bool = False


@dataclass(frozen=True)
class Lane:
    """One row of a picture, or its whole plot.

    says   the lane in words, for those who don't see it
    value  what stands at its right end
    """

    label: str
    says: str
    marks: tuple[Mark, ...] = ()
    lines: tuple[Line, ...] = ()
    levels: tuple[Level, ...] = ()
    value: str = ""
    note: str = ""
    href: str = ""
    height: int = BAR_HEIGHT


Cell = str | int | date | datetime | None
"""A value of a table; None = unknown."""


@dataclass(frozen=True)
class Column:
    """A column of a table; with a `unit`, "" for none, it holds numbers."""

    text: str
    unit: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether its cells are set flush right."""
        return self.unit is not None

    @property
    def csv_text(self) -> str:
        """The head of the column in a file, where cells are bare numbers."""
        return f"{self.text} ({self.unit})" if self.unit else self.text


@dataclass(frozen=True)
class DataTable:
    """The numbers of a picture."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()

    @property
    def text_rows(self) -> list[list[str]]:
        """The rows as a page shows them."""
        return [
            [_write(cell, column) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]


def _write(cell: Cell, column: Column) -> str:
    match cell:
        case None:
            return NONE
        case datetime():
            return format_moment(cell)
        case date():
            return format_day(cell)
        case int():
            return f"{format_number(cell)} {column.unit or ''}".rstrip()
        case _:
            return cell


@dataclass(frozen=True)
class Picture:
    """A picture with its words and its numbers.

    key       names it in addresses and ids
    sentence  what a reader should take from it
    legend    (tone, words) of each kind of mark
    lanes     empty when there is nothing to show: then `sentence` says why
    """

    key: str
    title: str
    sentence: str
    lanes: tuple[Lane, ...]
    table: DataTable
    legend: tuple[tuple[str, str], ...] = ()
    ticks: tuple[Tick, ...] = ()


def scale(value: float, most: float) -> float:
    """Return `value` as percent of `most`, within 0..100."""
    return round(100 * min(max(value, 0.0), most) / most, 2) if most > 0 else 0.0


def build_bars(values: Sequence[tuple[str, float, str]], most: float) -> tuple[Mark, ...]:
    """Return a bar for each (tone, value, words), one below the other, `most` the whole width."""
    return tuple(
        Mark(0, scale(value, most), tone, top=row * (BAR_HEIGHT + 2), says=words)
        for row, (tone, value, words) in enumerate(values)
        if value > 0
    )


def stack_bars(groups: Sequence[tuple[Mark, ...]]) -> tuple[Mark, ...]:
    """Return bars of different scales one below the other, a group a line."""
    return tuple(
        replace(mark, top=line * (BAR_HEIGHT + 2))
        for line, group in enumerate(groups)
        for mark in group
    )


def get_bars_height(num_bars: int) -> int:
    """Return the pixels that so many bars take."""
    return num_bars * (BAR_HEIGHT + 2) - 2
