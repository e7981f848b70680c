"""What pictures are laid out on: weeks across, or time across and a value up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.web.charts import BAR_HEIGHT, PLOT_HEIGHT, WIDE, Mark, Stroke, Tick, scale

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
