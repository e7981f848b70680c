"""Charts are well-formed, and everything in them lies where it can be seen and read."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale import Axis, build_log_axis, format_number, format_percent
from benchmarks.svg_chart import HEIGHT, WIDTH, Chart, Series, draw_chart

SVG = "{http://www.w3.org/2000/svg}"
POSITIVE = st.floats(1e-3, 1e6)


def build_chart(*series: Series, title: str = "Title") -> Chart:
    points = [point for one in series for point in (*one.points, *one.dots, *one.hollow)]
    return Chart(
        title=title,
        subtitle="what it shows",
        x=build_log_axis("pairs", [x for x, _ in points], format_number),
        y=build_log_axis("MB", [y for _, y in points], format_number),
        series=series,
    )


def draw(*series: Series, title: str = "Title") -> ET.Element:
    return ET.fromstring(draw_chart(build_chart(*series, title=title)))


@given(st.lists(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1), min_size=1, max_size=6))
def test_every_mark_lies_on_the_paper(lines: list[list[tuple[float, float]]]) -> None:
    root = draw(
        *[Series("a", "#111111", tuple(sorted(points)), dots=tuple(points)) for points in lines]
    )
    for dot in root.iter(f"{SVG}circle"):
        assert 0 <= float(dot.attrib["cx"]) <= WIDTH
        assert 0 <= float(dot.attrib["cy"]) <= HEIGHT
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["y"]) <= HEIGHT


@given(st.lists(POSITIVE, min_size=2, max_size=6))
def test_names_of_lines_never_overlap(ends: list[float]) -> None:
    root = draw(*[Series(f"line {idx}", "#111111", ((5.0, end),)) for idx, end in enumerate(ends)])
    heights = sorted(
        float(text.attrib["y"])
        for text in root.iter(f"{SVG}text")
        if (text.text or "").startswith("line")
    )
    assert len(heights) == len(ends)
    assert all(below - above >= 16 for above, below in pairwise(heights))


def test_text_is_escaped() -> None:
    root = draw(Series("a < b & c", "#111111", ((1.0, 1.0),)), title="<b>")
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "a < b & c" in texts
    assert "<b>" in texts


def test_axes_are_labelled() -> None:
    texts = [text.text for text in draw(Series("a", "#111111", ((10.0, 10.0),))).iter(f"{SVG}text")]
    assert {"pairs", "MB"} <= set(texts)


def test_step_goes_across_before_it_goes_down() -> None:
    root = draw(Series("a", "#111111", ((1.0, 9.0), (2.0, 3.0)), is_step=True))
    path = root.find(f"{SVG}path")
    assert path is not None
    assert re.fullmatch(r"M[\d.]+ [\d.]+H[\d.]+V[\d.]+", path.attrib["d"])


def test_larger_values_lie_higher() -> None:
    low, high = draw(Series("a", "#111111", (), dots=((1.0, 2.0), (2.0, 8.0)))).iter(f"{SVG}circle")
    assert float(high.attrib["cy"]) < float(low.attrib["cy"])


def test_hollow_points_are_rings() -> None:
    (ring,) = draw(Series("a", "#111111", (), hollow=((1.0, 2.0),))).iter(f"{SVG}circle")
    assert ring.attrib["fill"] != ring.attrib["stroke"]


def test_log_axis_places_the_geometric_mean_in_the_middle() -> None:
    axis = Axis("s", 1, 100, is_log=True, format_tick=format_number)
    assert axis.place(10) == pytest.approx(0.5)


def test_values_beyond_an_end_are_drawn_there() -> None:
    axis = Axis("s", 1, 100, is_log=False, format_tick=format_number)
    assert (axis.place(0), axis.place(1_000)) == (0, 1)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1, 100, [1, 2, 5, 10, 20, 50, 100]),
        (0.0002, 1, [0.001, 0.01, 0.1, 1]),
        (30, 80, [50]),
    ],
)
def test_log_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    axis = Axis("s", low, high, is_log=True, format_tick=format_number)
    assert axis.list_ticks() == pytest.approx(expected)


def test_even_ticks_are_round() -> None:
    axis = Axis("s", 0, 23, is_log=False, format_tick=format_number)
    assert axis.list_ticks() == [0, 5, 10, 15, 20]


@pytest.mark.parametrize(("value", "text"), [(1_500, "1,500"), (2, "2"), (0.05, "0.05"), (1, "1")])
def test_format_number(value: float, text: str) -> None:
    assert format_number(value) == text


def test_format_percent() -> None:
    assert [format_percent(share) for share in (1, 0.05, 0.0001)] == ["100 %", "5 %", "0.01 %"]


def test_every_colour_has_a_lighter_one_where_the_system_is_dark() -> None:
    root = draw(Series("a", "#204060", ((1.0, 1.0), (2.0, 2.0)), dots=((1.0, 1.0),)))
    (style,) = root.iter(f"{SVG}style")
    assert ".s-204060{stroke:#8496a8}" in (style.text or "")
    used = {name for part in root.iter() for name in part.attrib.get("class", "").split()}
    assert used
    for name in used:
        assert f".{name}{{" in (style.text or "")


def test_second_line_is_dashed() -> None:
    root = draw(Series("a", "#111111", ((1.0, 1.0), (2.0, 2.0)), faint=((1.0, 2.0), (2.0, 1.0))))
    dashes = [path.attrib.get("stroke-dasharray") for path in root.iter(f"{SVG}path")]
    assert dashes == ["5 4", None]
