"""Line charts as SVG text, for the pages of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from benchmarks.scale import Axis

WIDTH, HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 148, 66, 58
_INK, _SOFT, _GRID, _PAPER = "#1f2933", "#5b6770", "#e4e8ec", "#fcfdfd"
_DARK = {_INK: "#e6e9ec", _SOFT: "#a3adb6", _GRID: "#30363d", _PAPER: "#12171d"}
"""The colours where the reader's system is dark."""
_WHITE_IN_DARK = 0.45
"""How much white lightens a line's colour there."""
_FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
_LABEL_GAP = 17

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One line and its marks; at least one point in all.

    points  of the line, rising in x
    faint   a second line, dashed, in the same colour
    dots    measured points, drawn full; a step line has none
    is_step  the value holds until the next point, as a best value so far does
    hollow  points drawn as rings: measured, but not what the axis means (the page says why)
    """

    name: str
    colour: str
    points: tuple[Point, ...]
    is_step: bool = False
    dots: tuple[Point, ...] = ()
    hollow: tuple[Point, ...] = ()
    faint: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart with one line a series, each named at its right end."""

    title: str
    subtitle: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]


def draw_chart(chart: Chart) -> str:
    """Return the chart as an SVG document; the first series lies above the others.

    Colours are attributes, so that every program shows them, and classes, by which a style
    turns them over where the reader's system is dark.
    """
    parts = [
        *_draw_frame(chart),
        *_draw_axes(chart),
        *(part for series in reversed(chart.series) for part in _draw_series(chart, series)),
        *_draw_legend(chart),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _draw_frame(chart: Chart) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="{_FONT}" font-size="12">'
    )
    yield _build_dark_style(chart)
    yield f"<title>{escape(chart.title)}. {escape(chart.subtitle)}</title>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" {_paint(_PAPER, _GRID)}/>'
    yield _text(20, 28, chart.title, size=16, weight=600)
    yield _text(20, 47, chart.subtitle, colour=_SOFT)


def _draw_axes(chart: Chart) -> Iterator[str]:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    for tick in chart.y.list_ticks():
        y = _get_y(chart, tick)
        yield _line(_LEFT, y, right, y, _GRID)
        yield _text(_LEFT - 8, y + 4, chart.y.format_tick(tick), colour=_SOFT, anchor="end")
    for tick in chart.x.list_ticks():
        x = _get_x(chart, tick)
        yield _line(x, _TOP, x, bottom, _GRID)
        yield _text(x, bottom + 18, chart.x.format_tick(tick), colour=_SOFT, anchor="middle")
    yield _line(_LEFT, bottom, right, bottom, _SOFT)
    yield _line(_LEFT, _TOP, _LEFT, bottom, _SOFT)
    yield _text((_LEFT + right) / 2, HEIGHT - 16, chart.x.label, anchor="middle")
    middle = (_TOP + bottom) / 2
    turn = f' transform="rotate(-90 20 {middle:.1f})"'
    yield _text(20, middle, chart.y.label, anchor="middle", extra=turn)


def _draw_series(chart: Chart, series: Series) -> Iterator[str]:
    for points, look in (
        (series.faint, 'stroke-width="1.4" stroke-dasharray="5 4"'),
        (series.points, 'stroke-width="2.2" stroke-linecap="round"'),
    ):
        path = _build_path(chart, points, is_step=series.is_step)
        if path:
            paint = _paint("none", series.colour)
            yield f'<path d="{path}" {paint} {look} stroke-linejoin="round"/>'
    yield from _draw_dots(chart, series.dots, series.colour, series.colour)
    yield from _draw_dots(chart, series.hollow, _PAPER, series.colour)


def _draw_dots(chart: Chart, points: Iterable[Point], fill: str, stroke: str) -> Iterator[str]:
    for x, y in points:
        yield (
            f'<circle cx="{_get_x(chart, x):.1f}" cy="{_get_y(chart, y):.1f}" r="4" '
            f'{_paint(fill, stroke)} stroke-width="1.8"/>'
        )


def _build_path(chart: Chart, points: Iterable[Point], *, is_step: bool) -> str:
    commands: list[str] = []
    for x, y in points:
        across, down = f"{_get_x(chart, x):.1f}", f"{_get_y(chart, y):.1f}"
        if not commands:
            commands.append(f"M{across} {down}")
        elif is_step:
            commands.append(f"H{across}V{down}")
        else:
            commands.append(f"L{across} {down}")
    return "".join(commands)


def _draw_legend(chart: Chart) -> Iterator[str]:
    """Name each line beside its last point, moved apart where two would overlap."""
    x = WIDTH - _RIGHT + 12
    for series, y in zip(_sort_by_end(chart), _spread_labels(chart), strict=True):
        end = _get_end(series)
        yield _line(
            _get_x(chart, end[0]) + 6, _get_y(chart, end[1]), x, y, series.colour, dash=True
        )
        yield _text(x + 4, y + 4, series.name, colour=series.colour, weight=600)


def _spread_labels(chart: Chart) -> list[float]:
    """Return heights for the labels, top first, none nearer than a line to the one above."""
    ends = [_get_end(series) for series in _sort_by_end(chart)]
    heights: list[float] = []
    for _, value in ends:
        lowest_above = heights[-1] + _LABEL_GAP if heights else 0.0
        heights.append(max(_get_y(chart, value), lowest_above))
    # What ran over the bottom goes back up, and pushes the labels above it.
    ceiling = float(HEIGHT - _BOTTOM)
    for place in reversed(range(len(heights))):
        heights[place] = min(heights[place], ceiling)
        ceiling = heights[place] - _LABEL_GAP
    return heights


def _sort_by_end(chart: Chart) -> list[Series]:
    """Return the series from the one that ends highest down."""
    return sorted(chart.series, key=lambda series: -_get_end(series)[1])


def _get_end(series: Series) -> Point:
    return max((*series.points, *series.dots, *series.hollow))


def _get_x(chart: Chart, value: float) -> float:
    return _LEFT + chart.x.place(value) * (WIDTH - _LEFT - _RIGHT)


def _get_y(chart: Chart, value: float) -> float:
    return HEIGHT - _BOTTOM - chart.y.place(value) * (HEIGHT - _TOP - _BOTTOM)


def _paint(fill: str, stroke: str) -> str:
    """Return the attributes of a fill and a stroke, and the classes that the dark style knows."""
    names = [
        f"{use}-{colour[1:]}" for use, colour in (("f", fill), ("s", stroke)) if colour != "none"
    ]
    return f'class="{" ".join(names)}" fill="{fill}" stroke="{stroke}"'


def _build_dark_style(chart: Chart) -> str:
    dark = _DARK | {series.colour: _lighten(series.colour) for series in chart.series}
    rules = "".join(
        f".f-{colour[1:]}{{fill:{turned}}}.s-{colour[1:]}{{stroke:{turned}}}"
        for colour, turned in dark.items()
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def _lighten(colour: str) -> str:
    """Return #rrggbb mixed with white."""
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (255 - one) * _WHITE_IN_DARK):02x}" for one in parts)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: bool = False) -> str:
    dashes = ' stroke-dasharray="2 3"' if dash else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f"<line {ends} {_paint('none', colour)}{dashes}/>"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    weight: int = 400,
    colour: str = _INK,
    anchor: str = "start",
    extra: str = "",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'{_paint(colour, "none")} text-anchor="{anchor}"{extra}>{escape(text)}</text>'
    )
