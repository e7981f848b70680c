"""The policy editor: what is saved, what each setting does in words, errors at their field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import PlanRun, SavedPolicy
from app.services.plans.policy_settings import (
    PolicySettings,
    get_named_settings,
    read_settings,
    write_settings,
)
from app.web.ops.policy_form import FIELDS, fill_form, read_policy_form
from app.web.ops.policy_sentences import describe_goals, describe_limits, list_differences
from solver.policy import FitWeights, Policy, Tier
from tests.app.web.conftest import Browser, Vendor

PROJECTS = [("P1", "Chordus"), ("P2", "Larkspur")]
FORM = {
    **fill_form(get_named_settings("people-first"), PROJECTS, name="Gentle").values,
    "tolerance_1": "2.5",
    "max_pay_cut": "5",
    "excluded": "larkspur",
    "time_limit_s": "30",
    "offer_hours": "24",
}


def read(**changes: str) -> tuple[dict[str, str], PolicySettings | None]:
    form = read_policy_form({**FORM, **changes}, PROJECTS, most_seconds=60)
    return dict(form.errors), form.settings


percents = st.integers(0, 9_999).map(lambda number: Decimal(number) / 100)


@given(
    tiers=st.permutations(list(Tier)),
    given_up=percents,
    cut=percents,
    switch=st.integers(0, 1_000_000),
    floor=st.none() | st.integers(0, 168),
)
def test_form_reads_back_what_it_was_filled_with(
    tiers: list[Tier], given_up: Decimal, cut: Decimal, switch: int, floor: int | None
) -> None:
    aims = Policy(
        "Any",
        tuple(tiers),
        {tiers[0]: float(given_up / 100)},
        float(cut / 100),
        switch * 5,
        FitWeights(50, 20, 20, 10),
    )
    settings = PolicySettings(aims, floor, ("P2",), 12, 20, 0.005)
    filled = fill_form(settings, PROJECTS, name="Any")
    form = read_policy_form(filled.values, PROJECTS, most_seconds=60)
    assert form.errors == {}
    assert form.settings is not None
    assert write_settings(form.settings) == write_settings(settings)


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("name", "", "Give the policy a name."),
        ("name", "x" * 61, "At most 60 characters"),
        ("goal_2", "coverage", "Each goal once"),
        ("goal_1", "gold", "Choose a goal."),
        ("tolerance_1", "100", "Less than 100 percent."),
        ("tolerance_2", "-1", "A number from 0 to 100"),
        ("max_pay_cut", "5.555", "at most 2 decimals"),
        ("offer_hours", "0", "A whole number from 1 to 720"),
        ("max_pay_cut", "NaN", "A number from 0 to 100"),
        ("skills", "71", "these make 101."),
        ("rate", "x", "A whole number from 0 to 100."),
        ("switch_hour_weeks", "10001", "A number from 0 to 10,000"),
        ("floor_hours", "169", "from 0 to 168, or nothing"),
        ("weeks", "0", "from 1 to 104"),
        ("time_limit_s", "61", "from 1 to 60, or nothing"),
        ("gap", "1e400", "A number from 0 to 100"),
        ("excluded", "Larkspor", "No project is called Larkspor. Did you mean Larkspur?"),
    ],
)
def test_form_says_at_the_field_what_it_cannot_use(field: str, text: str, sentence: str) -> None:
    errors, settings = read(**{field: text})
    at = "skills" if field == "rate" and "make" in sentence else field
    assert sentence in errors[at]
    assert set(errors) - {at} <= {"goal_3"}
    assert settings is None


def test_form_names_every_wrong_field_at_once() -> None:
    errors, _ = read(name="", weeks="x", gap="", excluded="Nix")
    assert set(errors) == {"name", "weeks", "gap", "excluded"}


def test_sentences_say_what_is_not_as_usual() -> None:
    _, settings = read(floor_hours="12", switch_hour_weeks="4")
    assert settings is not None
    goals = [goal.text for goal in describe_goals(settings)]
    assert "Up to 2.5 % of what it reaches may be given up" in goals[0]
    assert "Nothing of what it reaches is given up" in goals[1]
    assert goals[2].endswith("plans that keep what the goals above reached.")
    assert list_differences(settings, dict(PROJECTS)) == [
        "People covered: Up to 2.5 % of what it reaches may be given up for the goals below.",
        "Nobody is offered less than 95 % of the rate they lost, nor less than their own minimum.",
        (
            "Who names no floor counts as covered from 12 hours a week on, or from all lost "
            "hours if those are fewer."
        ),
        (
            "An assignment costs as much fit as 4 hour-weeks of a perfect match. Goals that stand "
            "before fit never pay for it."
        ),
        "Nobody new goes to Larkspur; who works there stays.",
        "Contractors have 24 hours to answer an offer; then it goes on to somebody else.",
        (
            "The search ends after 30 s at the latest, and leaves a goal as soon as it is within "
            "0.1 % of its bound."
        ),
    ]


def test_named_policies_are_as_usual() -> None:
    for name in ("people-first", "clients-first", "best-fit"):
        settings = get_named_settings(name)
        assert list_differences(settings, {}) == []
        assert all(limit.is_usual for limit in describe_limits(settings, {}))


def save(ops: Browser, **changes: str) -> Any:
    return ops.post("/ops/policies", {**FORM, **changes})


def test_policy_is_saved_and_a_plan_asked_for_with_it(
    ops: Browser, session: Session, planned: Vendor
) -> None:
    page = save(ops)
    assert "Saved: plans can be asked for with Gentle now." in page.text
    assert any("Gentle" in row and "Larkspur" in row for row in page.rows)
    assert "Gentle" in ops.get("/ops/pauses/new").text
    again = ops.post(f"/ops/pauses/{planned.pause_id}/plans", {"policy": "Gentle"})
    assert "Waiting for a worker" in again.text
    assert "Gentle" in ops.get(f"/ops/pauses/{planned.pause_id}").text
    run = session.scalars(select(PlanRun).order_by(PlanRun.id.desc())).first()
    assert run is not None
    kept = read_settings(run.policy, run.policy_settings)
    assert (kept.excluded_project_ids, kept.aims.max_pay_cut) == (("P2",), 0.05)
    assert kept.offer_hours == 24
    assert run.time_limit_s == 30


def test_plan_with_an_unknown_policy_is_refused(ops: Browser, planned: Vendor) -> None:
    page = ops.post(f"/ops/pauses/{planned.pause_id}/plans", {"policy": "Nobody's"})
    assert page.status == 400


def test_editor_keeps_what_was_typed_beside_its_error(ops: Browser) -> None:
    page = save(ops, max_pay_cut="lots", note="for <b>Halcyon</b>")
    assert page.status == 400
    assert page.inputs["max_pay_cut"] == "lots"
    assert page.inputs["note"] == "for <b>Halcyon</b>"
    assert "1 field needs another look" in page.text
    assert 'aria-invalid="true"' in page.body
    assert "<b>Halcyon" not in page.body


def test_editor_says_that_a_name_is_taken(ops: Browser) -> None:
    save(ops)
    page = save(ops, name="GENTLE")
    assert page.status == 409
    assert "There is a policy called GENTLE already." in page.text


def test_words_follow_the_form_without_saving(ops: Browser, session: Session) -> None:
    page = ops.post("/ops/policies/words", {**FORM, "name": ""}, fragment=True)
    assert "Nobody is offered less than 95 % of the rate they lost" in page.text
    wrong = ops.post("/ops/policies/words", {**FORM, "weeks": "0"}, fragment=True)
    assert "1 field needs another look" in wrong.text
    assert session.scalars(select(SavedPolicy)).all() == []


def test_policy_is_changed_in_the_version_seen_then_put_away(
    ops: Browser, session: Session
) -> None:
    save(ops)
    policy_id = session.scalars(select(SavedPolicy.id)).one()
    path = f"/ops/policies/{policy_id}"
    opened = ops.get(path)
    assert (opened.inputs["tolerance_1"], opened.inputs["version"]) == ("2.5", "1")
    form = {name: opened.inputs.get(name, FORM[name]) for name in FIELDS}
    assert "Saved Gentle." in ops.post(path, {**form, "weeks": "12"}).text
    stale = ops.post(path, {**form, "weeks": "13"})
    assert (stale.status, "was changed since you opened it" in stale.text) == (409, True)
    assert ops.post(path, {**form, "version": "x"}).status == 400
    assert ops.get(f"/ops/policies/new?like={policy_id}").inputs["name"] == "Gentle (copy)"
    assert "is put away" in ops.post(f"{path}/archive", {}).text
    assert "Save policy" not in ops.get(path).text


def test_list_says_what_to_do_first(ops: Browser) -> None:
    assert "No policy of your own yet" in ops.get("/ops/policies").text
