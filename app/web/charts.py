"""Pictures that the server draws: lanes of bars, spans, cells or lines, a table behind each.

Across, a place is a share of the lane's width in percent; down, it is pixels. Text so keeps
its size on a phone and on a wide screen, and nothing has to know how wide the page is. The
looks are classes (`tone`) that the stylesheet colours for both themes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.web.formatting import NONE, format_day, format_moment, format_number

BAR_HEIGHT, CELL_HEIGHT, PLOT_HEIGHT = 10, 26, 170
WIDE = 20.0
"""Percent of the width from which a mark has room for a word, even on a phone."""
_TOP, _BOTTOM = 16, 4
"""Pixels of a plot above its greatest and below its least value."""


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
class Stroke:
    """A straight line in a lane: x in percent, y in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float
    tone: str


@dataclass(frozen=True)
class Tick:
    """A label of the axis across; a minor one is left out on a phone."""

    at: float
    text: str
    is_minor: bool = False
    anchor: str = "start"


@dataclass(frozen=True)
class Level:
    """A labelled line across a plot, `y` pixels from its top."""

    y: float
    text: str


@dataclass(frozen=True)
class Lane:
    """One row of a picture, or its whole plot.

    says   the lane in words, for those who don't see it
    value  what stands at its right end
    """

    label: str
    says: str
    marks: tuple[Mark, ...] = ()
    strokes: tuple[Stroke, ...] = ()
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


def get_bars_height(num_bars: int) -> int:
    """Return the pixels that so many bars take."""
    return num_bars * (BAR_HEIGHT + 2) - 2


@dataclass(frozen=True)
class Calendar:
    """Whole weeks as a picture's width: `starts_on` is a Monday."""

    starts_on: date
    weeks: int

    @property
    def ends_on(self) -> date:
        """The last day, a Sunday, included."""
        return self.starts_on + timedelta(days=7 * self.weeks - 1)

    @property
    def mondays(self) -> tuple[date, ...]:
        """The first day of every week."""
        return tuple(self.starts_on + timedelta(weeks=week) for week in range(self.weeks))

    def place(self, day: date) -> float:
        """Return where a day begins, in percent; before and after the weeks at their edges."""
        return scale((day - self.starts_on).days, 7 * self.weeks)

    def build_span(
        self,
        first: date,
        last: date | None,
        tone: str,
        says: str,
        *,
        height: int = BAR_HEIGHT,
        top: int = 0,
        text: str = "",
    ) -> Mark | None:
        """Return the mark of these days, both included; None when it lies outside.

        last  None = to the end of the weeks
        text  inside the mark, where it has room
        """
        last = min(last or self.ends_on, self.ends_on)
        if last < self.starts_on or first > last:
            return None
        start = self.place(first)
        end = self.place(last + timedelta(days=1))
        width = round(end - start, 2)
        return Mark(start, width, tone, top, height, says, text if width >= WIDE else "")

    def build_ticks(self, *, every: int = 4) -> tuple[Tick, ...]:
        """Return a tick for every Monday; on a phone only each `every`-th is shown."""
        step = 1 if self.weeks <= 18 else 2
        return tuple(
            Tick(self.place(monday), f"{monday.day} {monday:%b}", week % every != 0)
            for week, monday in enumerate(self.mondays)
            if week % step == 0
        )


def build_steps(
    points: Sequence[tuple[datetime, float]], end: datetime, most: float, tone: str
) -> tuple[Stroke, ...]:
    """Return a line that holds each value until the next; from the first point to `end`.

    points  rising in time, at least one; values 0..most
    """
    start = points[0][0]
    span = max((end - start).total_seconds(), 1.0)

    def place(moment: datetime, value: float) -> tuple[float, float]:
        x = scale((moment - start).total_seconds(), span)
        return x, get_height(value, most)

    strokes = []
    for (moment, value), (later, after) in zip(
        points, [*points[1:], (end, points[-1][1])], strict=True
    ):
        (x1, y1), (x2, y2) = place(moment, value), place(later, after)
        strokes.append(Stroke(x1, y1, x2, y1, tone))
        if y1 != y2:
            strokes.append(Stroke(x2, y1, x2, y2, tone))
    return tuple(strokes)


def get_height(value: float, most: float) -> float:
    """Return the y of a value in a plot, in pixels from its top."""
    room = PLOT_HEIGHT - _TOP - _BOTTOM
    return round(PLOT_HEIGHT - _BOTTOM - room * scale(value, most) / 100, 1)


def build_time_ticks(start: datetime, end: datetime) -> tuple[Tick, ...]:
    """Return about four moments from `start` to `end`: days, or hours within two days."""
    span = end - start
    texts = []
    for quarter in range(5):
        moment = start + span * quarter / 4
        is_short = span < timedelta(days=2)
        text = f"{moment:%H:%M}" if is_short else f"{moment.day} {moment:%b}"
        anchor = "start" if quarter == 0 else "end" if quarter == 4 else "middle"
        texts.append(Tick(25.0 * quarter, text, quarter % 2 == 1, anchor))
    return tuple(texts)
