"""Pure parts of the pages: the certificate's words, charts, orders, the state of a list."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.errors import InvalidValue
from app.services.desk.plans import ProgressPoint, RunPage
from app.services.plans.policy_roster import LEFT_OUT
from app.services.plans.policy_settings import get_named_settings
from app.web.form_fields import refuse_unknown_fields
from app.web.listing import Listing, Sorting, read_list_query
from app.web.ops.certificate_chart import BAR_WIDTH, build_bar
from app.web.ops.certificate_words import STOP_WORDS, build_certificate_words
from app.web.ops.pause_form import read_order, start_order
from app.web.ops.policy_words import BLOCKER_WORDS, POLICY_CHOICES
from app.web.ops.progress_chart import HEIGHT, build_charts, build_rows
from solver.affected import Scope
from solver.build import build_instance
from solver.policy import PEOPLE_FIRST, POLICIES
from solver.request import PlanRequest
from solver.result import StopReason
from tests.app.web.saved_plan import build_certificate
from tests.factories import make_roster

NOW = datetime(2026, 11, 22, 14, 5, 30, tzinfo=UTC)


def make_run(certificate: dict[str, Any] | None, **summary: float) -> RunPage:
    counts = {"num_affected": 4, "num_away": 1, "num_covered": 2}
    hours = {"lost_hour_weeks": 480.0, "restored_hour_weeks": 320.0}
    return RunPage(
        run_id=1,
        pause_id=1,
        status="succeeded",
        stop_requested="none",
        is_repair=False,
        policy="people-first",
        weeks=8,
        time_limit_s=60,
        pause_date=date(2026, 11, 22),
        horizon_starts_on=date(2026, 11, 23),
        horizon_ends_on=date(2027, 1, 17),
        requested_by="somebody",
        requested_at=NOW,
        started_at=NOW,
        finished_at=NOW,
        error=None,
        certificate=certificate,
        summary={**counts, **hours, **summary},
        num_by_status={},
        settings=get_named_settings("people-first"),
    )


def test_words_of_a_proved_plan_promise_nothing_better() -> None:
    certificate = build_certificate()
    certificate["tiers"][0] |= {"value": 3, "bound": 3, "gap": 0.0, "stop_reason": "proved"}
    words = build_certificate_words(make_run(certificate))
    assert words is not None
    assert words.lede.endswith("No plan can do better.")
    assert words.tiers[1].condition == ""


def test_words_of_a_bound_above_everybody_stop_at_everybody() -> None:
    certificate = build_certificate()
    certificate["tiers"][0] |= {"bound": 30}
    words = build_certificate_words(make_run(certificate))
    assert words is not None
    assert words.lede.endswith("No plan can do better than 3.")


def test_words_without_a_plan_still_tell_the_bound() -> None:
    certificate = build_certificate() | {"checker": None}
    for tier in certificate["tiers"]:
        tier |= {"value": None, "reached": None, "gap": None}
    words = build_certificate_words(make_run(certificate))
    assert words is not None
    assert words.lede.startswith("No plan was found in time. No plan can let more than 3 of 3")
    assert words.tiers[0].value == "none"
    assert not words.is_checked


def test_words_of_a_refused_plan_warn() -> None:
    certificate = build_certificate() | {"checker": {"ok": False}}
    words = build_certificate_words(make_run(certificate))
    assert words is not None
    assert "must not be used" in words.checker


def test_words_wait_for_the_certificate() -> None:
    assert build_certificate_words(make_run(None)) is None


def test_condition_names_only_goals_that_are_not_proved() -> None:
    certificate = build_certificate()
    certificate["tiers"][0] |= {"gap": 0.0}
    words = build_certificate_words(make_run(certificate))
    assert words is not None
    assert "hours restored, which is not proved" in words.tiers[2].condition
    assert "people covered" not in words.tiers[2].condition


def test_chart_steps_from_the_first_to_the_last_moment() -> None:
    points = [
        ProgressPoint("coverage", 0, 10, 0.0),
        ProgressPoint("coverage", 5, 10, 5.0),
        ProgressPoint("hours", 50, None, 10.0),
    ]
    coverage, hours, fit = build_charts(("coverage", "hours", "fit"), points, 20.0)
    gap, bound, best = coverage.lane.lines
    top, bottom = (level.y for level in coverage.lane.levels)
    middle = (top + bottom) / 2
    assert list(best.corners) == [(0, bottom), (50, bottom), (50, middle), (100, middle)]
    assert {y for _x, y in bound.corners} == {top}
    assert gap.is_area
    assert set(gap.corners) == {*best.corners, *bound.corners}
    bound_of_hours, best_of_hours = hours.lane.lines
    assert list(best_of_hours.corners) == [(0, middle), (100, middle)]
    assert (coverage.value, coverage.bound, coverage.end) == ("5", "10", "10 s")
    assert (hours.value, hours.bound, len(bound_of_hours.corners)) == ("10", "", 0)
    assert (fit.is_started, len(fit.lane.lines)) == (False, 0)
    assert (coverage.gap, coverage.is_last, hours.gap, hours.is_last) == ("50 %", False, "", True)


def test_rows_behind_a_long_search_are_thinned_and_keep_the_last() -> None:
    points = [ProgressPoint("coverage", number, 2_000, float(number)) for number in range(1_001)]
    rows = build_rows(points)
    assert len(rows) <= 201
    assert (rows[0].value, rows[-1].value, rows[-1].gap) == ("0", "1,000", "50 %")


@pytest.mark.parametrize(
    ("value", "bound", "start", "share"),
    [
        (100, 100, "", 1.0),
        (40, 100, "", 0.4),
        (96, 100, "90 % of the bound", 0.6),
        (9_999, 10_000, "99.9 % of the bound", 0.9),
        (0, 10, "", 0.0),
    ],
)
def test_bar_looks_close_enough_to_show_the_gap(
    value: int, bound: int, start: str, share: float
) -> None:
    bar = build_bar(value, value, bound)
    assert (bar.start, bar.reached) == (start, None)
    assert bar.value == pytest.approx(share * BAR_WIDTH, abs=0.1)


def test_bar_marks_what_was_reached_before_some_of_it_was_given_up() -> None:
    bar = build_bar(90, 95, 100)
    assert bar.reached is not None
    assert bar.value < bar.reached < BAR_WIDTH
    assert build_bar(None, None, 5).value == 0
    assert build_bar(0, 0, 0).value == BAR_WIDTH


def test_words_say_what_a_tolerance_gave_to_the_goals_below() -> None:
    certificate = build_certificate()
    certificate["tiers"][1] |= {"reached": 1650, "gap": 0.0}
    words = build_certificate_words(make_run(certificate))
    assert words is not None
    assert words.tiers[1].given_up == (
        "330 was reached; the policy let 10 of it go for the goals below."
    )
    assert words.tiers[0].given_up == ""


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(0, 10**9), st.none() | st.integers(0, 10**9), st.floats(0, 600)
        ),
        max_size=30,
    )
)
def test_chart_stays_inside_its_box(rows: list[tuple[int | None, int | None, float]]) -> None:
    points = [
        ProgressPoint("fit", value, bound, elapsed_s)
        for value, bound, elapsed_s in sorted(rows, key=lambda row: row[2])
    ]
    (chart,) = build_charts(("fit",), points, 600.0)
    for x, y in (corner for line in chart.lane.lines for corner in line.corners):
        assert 0 <= x <= 100
        assert 0 <= y <= HEIGHT


def test_policies_of_the_pages_are_those_of_the_optimiser() -> None:
    assert [name for name, _title, _sentence in POLICY_CHOICES] == list(POLICIES)


def test_every_rule_has_words() -> None:
    roster = make_roster(
        projects=[{"project_id": "P1"}],
        contractors=[{"contractor_id": "C1"}],
        assignments=[{"contractor_id": "C1", "project_id": "P1"}],
    )
    request = PlanRequest(Scope(("P1",)), date(2026, 11, 23), PEOPLE_FIRST)
    codes = set(build_instance(roster, request).eligibility.sentences)
    assert codes | {"capacity", "away", LEFT_OUT} == set(BLOCKER_WORDS)


def test_order_without_anything_names_every_field() -> None:
    order = read_order({}, {}, now=NOW)
    assert set(order.errors) == {"project_id", "reason_class", "effective_at", "review_by"}
    assert not order.has_scope


def test_order_of_a_client_leaves_the_project_out() -> None:
    form = {"scope": "client", "client_id": "K1", "comment": "x" * 3000}
    order = read_order(form, {"project_id": ["P1"]}, now=NOW)
    assert (order.client_id, order.project_ids) == ("K1", ())
    assert order.has_scope
    assert "At most 2,000 characters" in order.errors["comment"]


def test_order_is_not_reviewed_before_it_begins() -> None:
    form = {"effective_at": "2026-11-22T14:05", "review_by": "2026-11-21"}
    assert "review_by" in read_order(form, {}, now=NOW).errors


def test_order_of_another_offset_is_the_same_instant_in_utc() -> None:
    order = read_order({"effective_at": "2026-11-22T14:05+02:00"}, {}, now=NOW)
    assert order.effective_at == datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def test_order_of_a_wrong_year_is_refused() -> None:
    for text in ("2025-11-22T14:05", "2028-11-22T14:05", "0001-01-01T00:00+14:00"):
        assert "effective_at" in read_order({"effective_at": text}, {}, now=NOW).errors


def test_new_order_starts_this_minute() -> None:
    order = start_order(project_id="P1", now=NOW)
    assert order.effective_at == NOW.replace(second=0)
    assert order.review_by == date(2026, 12, 6)


def test_list_query_takes_defaults_for_what_it_cannot_use(app: Flask) -> None:
    args = MultiDict({"sort": "password", "page": "-4", "size": "7", "text": " a "})
    with app.test_request_context():
        query = read_list_query(args, ("text",), Sorting(("name",), "name", descending=True))
    assert (query.sort, query.descending, query.page, query.size) == ("name", True, 1, 25)
    assert query.filters["text"] == "a"


def test_listing_addresses_keep_filters_and_leave_defaults_out(app: Flask) -> None:
    with app.test_request_context():
        query = read_list_query(MultiDict({"text": "a b"}), ("text",), Sorting(("name",), "name"))
        listing = Listing(query, ["row"] * 25, 60, "ops.projects", {})
        assert listing.url(page=2) == "/ops/projects?text=a+b&sort=name&page=2"
        assert listing.url(descending=True, page=1).endswith("descending=1")
    assert (listing.first, listing.last, listing.num_pages) == (1, 25, 3)
    assert listing.is_filtered


def test_unknown_fields_are_named() -> None:
    with pytest.raises(InvalidValue, match="rate, role"):
        refuse_unknown_fields(["role", "rate", "name", "csrf_token"], ["name"])


def test_every_reason_to_stop_has_words() -> None:
    assert set(STOP_WORDS) == set(StopReason)
