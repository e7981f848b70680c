"""What pictures are laid out on: weeks across, or time across and a value up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.web.charts import BAR_HEIGHT, PLOT_HEIGHT, WIDE, Level, Line, Mark, Tick, scale

_TOP, _BOTTOM = 16, 4
"""Pixels of a plot above its greatest and below its least value."""


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


@dataclass(frozen=True)
class Plot:
    """A plot's box: time from `start` to `end` across, `low` to `high` up, in units of their own.

    height  pixels
    """

    start: float
    end: float
    low: float
    high: float
    height: int = PLOT_HEIGHT

    def build_steps(self, points: Sequence[tuple[float, float]], tone: str) -> Line:
        """Return a line that holds each value until the next, from the first point to the end.

        points  (time, value), rising in time
        """
        corners: list[tuple[float, float]] = []
        for moment, value in points:
            x, y = scale(moment - self.start, self.end - self.start), self.get_height(value)
            if corners:
                corners.append((x, corners[-1][1]))
            corners.append((x, y))
        if corners:
            corners.append((100.0, corners[-1][1]))
        return Line(tuple(corners), tone)

    def get_height(self, value: float) -> float:
        """Return the y of a value, in pixels from the top; the middle where there is but one."""
        spread = self.high - self.low
        share = scale(value - self.low, spread) / 100 if spread > 0 else 0.5
        return round(self.height - _BOTTOM - (self.height - _TOP - _BOTTOM) * share, 1)

    def build_levels(self, values: Sequence[float], texts: Sequence[str]) -> tuple[Level, ...]:
        """Return a labelled line across at each value."""
        return tuple(
            Level(self.get_height(value), text) for value, text in zip(values, texts, strict=True)
        )


def build_share_plot(start: datetime, end: datetime) -> Plot:
    """Return the plot of a share in percent over time; its times are timestamps."""
    return Plot(start.timestamp(), end.timestamp(), 0.0, 100.0)


def enclose(upper: Line, lower: Line, tone: str) -> tuple[Line, ...]:
    """Return the area between two lines; nothing where one of them has no point."""
    if not (upper.corners and lower.corners):
        return ()
    return (Line((*upper.corners, *reversed(lower.corners)), tone, is_area=True),)


def build_time_ticks(start: datetime, end: datetime) -> tuple[Tick, ...]:
    """Return up to five moments from `start` to `end`: days, or hours within two days.

    A moment that would read like the one before it has no tick.
    """
    span = end - start
    ticks: list[Tick] = []
    for quarter in range(5):
        moment = start + span * quarter / 4
        is_short = span < timedelta(days=2)
        text = f"{moment:%H:%M}" if is_short else f"{moment.day} {moment:%b}"
        anchor = "start" if quarter == 0 else "end" if quarter == 4 else "middle"
        if not ticks or text != ticks[-1].text:
            ticks.append(Tick(25.0 * quarter, text, quarter % 2 == 1, anchor))
    return tuple(ticks)
