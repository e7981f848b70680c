"""Scenarios on the pages: asked for field by field, watched, compared person by person."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Scenario
from app.services.pauses.pause_scope import PeopleScope
from app.services.plans.planning import PlanOptions
from app.services.plans.policies import create_policy
from app.services.plans.policy_settings import PolicySettings
from app.services.scenarios.scenario_requests import Case, ExtraDemand, MadeUp, NewProject, Variant
from app.services.scenarios.scenario_results import SolvedScenario, save_scenario
from app.services.scenarios.scenarios import create_scenarios
from app.services.transaction import transaction
from app.web.formatting import MINUS
from app.web.ops.new_project_form import NewChoices
from app.web.ops.scenario_form import FIELDS, read_scenario_form, start_scenario_form
from solver.policy import PEOPLE_FIRST, Policy
from tests.app.web.conftest import SYSTEM, Browser, Vendor
from tests.app.web.saved_plan import build_certificate

CHOICES = NewChoices(["python", "lang:de"], ["USD"])
PROJECTS = [("P1", "Chordus"), ("P2", "Larkspur")]
TODAY = date(2026, 11, 22)


def build_person(
    contractor_id: str, places: list[list[Any]], pay_change: int = 0
) -> dict[str, Any]:
    hours = sum(place[1] for place in places)
    return {
        "contractor_id": contractor_id,
        "lost_hours": 20,
        "floor_hours": 10,
        "restored_hours": float(hours),
        "covered": hours >= 10,
        "places": places,
        "pay_change_cents": pay_change,
        "currency": "USD",
        "blocker": "" if hours == 20 else "capacity",
    }


ONE = [
    build_person("C1", [["P2", 20]]),
    build_person("C2", []),
    build_person("C3", [["P2", 10]]),
]
OTHER = [
    build_person("C1", [["P2", 5]], pay_change=-500),
    build_person("C2", [["P2", 10], ["P3", 10]], pay_change=1000),
    build_person("C3", [["P3", 10]]),
]


def solve(session: Session, scenario_id: int, people: Sequence[dict[str, Any]]) -> None:
    """Save an answer without solving anything."""
    summary = {
        "num_affected": 4,
        "num_away": 1,
        "num_covered": sum(person["covered"] for person in people),
        "lost_hour_weeks": 480.0,
        "restored_hour_weeks": 8 * sum(person["restored_hours"] for person in people),
    }
    with transaction(session):
        row = session.get_one(Scenario, scenario_id)
        row.started_at = datetime.now(UTC)
        answer = SolvedScenario(True, build_certificate(), summary, list(people))
        save_scenario(session, row, answer, actor=SYSTEM)


@pytest.fixture
def asked(session: Session, paused: Vendor) -> list[int]:
    """Two scenarios of the pause wait for a worker: people first, without and with more demand."""
    return create_scenarios(
        session,
        actor=SYSTEM,
        case=Case(paused.pause_id),
        variants=[
            Variant("people-first", with_extra=False),
            Variant("people-first", with_extra=True),
        ],
        made_up=MadeUp((ExtraDemand("P2", 40, 2),)),
        options=PlanOptions(),
    )


@pytest.fixture
def solved(session: Session, asked: list[int]) -> list[int]:
    """Both have an answer."""
    solve(session, asked[0], ONE)
    solve(session, asked[1], OTHER)
    return asked


def read(policies: Sequence[str] = ("people-first",), **changes: str) -> Any:
    filled = start_scenario_form(7, "people-first", TODAY).values
    lists = {"policies": policies, "people_country": ("DE", "FR")}
    return read_scenario_form({**filled, **changes}, lists, PROJECTS, CHOICES, today=TODAY)


def test_form_takes_each_policy_with_and_without_the_demand() -> None:
    form = read(("people-first", "best-fit"), extra_project_1="larkspur", extra_hours_1="40")
    assert form.case == Case(7)
    assert form.made_up.extra == (ExtraDemand("P2", 40, 0),)
    assert [(one.policy, one.with_extra) for one in form.variants] == [
        ("people-first", False),
        ("people-first", True),
        ("best-fit", False),
        ("best-fit", True),
    ]
    only = read(extra_project_1="P2", extra_hours_1="40", also_without="")
    assert [one.with_extra for one in only.variants] == [True]


def test_form_takes_part_of_the_people_and_leaves_others_out() -> None:
    form = read(case="none", projects="Chordus", people="country", left_out="C1\nC2, C1")
    assert form.case.people == PeopleScope("country", ("DE", "FR"))
    assert form.case.left_out == ("C1", "C2")
    assert read(people="country").case.people == PeopleScope()
    assert "people_skill" in read(case="none", projects="Chordus", people="skill").errors


def test_form_takes_a_project_that_does_not_exist() -> None:
    line = {"new_name_1": "Falcon", "new_hours_1": "80", "new_currency_1": "USD"}
    asked = read(**line, new_seats_1="4", new_skills_1="Python 3, lang:de", new_rate_1="42.5")
    skills = (("python", 3), ("lang:de", 1))
    assert asked.made_up.new == (NewProject("Falcon", 80, 4, skills, 4250, "USD"),)
    assert [one.with_extra for one in asked.variants] == [False, True]
    bare = read(**line)
    assert bare.made_up.new == (NewProject("Falcon", 80, None, (), None, "USD"),)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"new_name_1": ""}, "new_name_1"),
        ({"new_hours_1": "0"}, "new_hours_1"),
        ({"new_seats_1": "none"}, "new_seats_1"),
        ({"new_skills_1": "welding"}, "new_skills_1"),
        ({"new_skills_1": "python 0"}, "new_skills_1"),
        ({"new_rate_1": "1.005"}, "new_rate_1"),
        ({"new_rate_1": "nan"}, "new_rate_1"),
        ({"new_currency_1": "XXX"}, "new_currency_1"),
    ],
)
def test_form_says_what_is_wrong_with_a_new_project(changes: dict[str, str], field: str) -> None:
    line = {"new_name_1": "Falcon", "new_hours_1": "80", "new_currency_1": "USD"}
    assert list(read(**(line | changes)).errors) == [field]


def test_form_takes_a_pause_that_never_happened() -> None:
    form = read(case="none", projects="Chordus, larkspur", whole_client="1")
    day = TODAY + timedelta(days=1)
    assert form.case == Case(None, ("P1", "P2"), whole_client=True, pause_date=day)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"pause_id": ""}, "pause_id", "Choose the pause."),
        ({"case": "none"}, "projects", "Name the projects"),
        ({"case": "none", "projects": "Chordis"}, "projects", "Did you mean Chordus?"),
        ({"case": "none", "projects": "P1", "pause_date": ""}, "pause_date", "Give the day."),
        (
            {"case": "none", "projects": "P1", "pause_date": "2026-11-21"},
            "pause_date",
            "From today",
        ),
        ({"extra_project_1": "Nix", "extra_hours_1": "1"}, "extra_project_1", "No project"),
        ({"extra_hours_2": "5"}, "extra_project_2", "Name one project."),
        ({"extra_project_3": "Chordus"}, "extra_hours_3", "Give the hours a week."),
        ({"extra_project_1": "P1", "extra_hours_1": "-4"}, "extra_hours_1", "A whole number"),
        ({"extra_seats_1": "99999999"}, "extra_seats_1", "A whole number up to 10,000."),
    ],
)
def test_form_says_at_the_field_what_it_cannot_use(
    changes: dict[str, str], field: str, sentence: str
) -> None:
    form = read(**changes)
    assert sentence in form.errors[field]
    assert form.case is None


def test_form_asks_for_one_to_eight_scenarios() -> None:
    assert "Choose at least one" in read(()).errors["policies"]
    five = tuple("abcde")
    errors = read(five, extra_project_1="P1", extra_hours_1="1").errors
    assert errors["policies"] == "At most 8 scenarios at once; these make 10."


def test_scenarios_are_asked_for_and_wait_side_by_side(
    ops: Browser, session: Session, paused: Vendor
) -> None:
    opened = ops.get(f"/ops/scenarios/new?pause={paused.pause_id}&policy=best-fit")
    assert "Those of an open pause" in opened.text
    form = {name: "" for name in FIELDS if name != "policies"} | {
        "case": "pause",
        "pause_id": str(paused.pause_id),
        "policies": ["people-first", "clients-first"],
    }
    page = ops.post("/ops/scenarios", form)
    assert page.status == 200
    assert "The pause of Chordus" in page.text
    assert "follows once every scenario has ended" in page.text
    policies = session.scalars(select(Scenario.policy).order_by(Scenario.id)).all()
    assert policies == ["people-first", "clients-first"]
    part = ops.get("/ops/scenarios/compare?id=1&id=2&part=table", fragment=True)
    assert 'hx-trigger="every 2s"' in part.body


def test_form_keeps_what_was_typed_and_says_why_not(ops: Browser, paused: Vendor) -> None:
    form = dict.fromkeys(FIELDS, "") | {"case": "none", "projects": "Q"}
    page = ops.post("/ops/scenarios", form)
    assert page.status == 400
    assert "3 fields need another look" in page.text
    assert ">Q</textarea>" in page.body
    gone = form | {"case": "pause", "pause_id": "99", "policies": ["people-first"]}
    assert "There is no pause 99 any more." in ops.post("/ops/scenarios", gone).text
    unknown = gone | {"pause_id": str(paused.pause_id), "policies": ["nobody's"]}
    assert ops.post("/ops/scenarios", unknown).status == 400


def test_scenario_is_watched_stopped_and_removed(ops: Browser, asked: list[int]) -> None:
    path = f"/ops/scenarios/{asked[0]}"
    page = ops.get(path)
    assert "Waiting for a worker" in page.text
    assert "Compare 2 scenarios" in page.text
    assert "Not started" in ops.get(f"{path}/progress", fragment=True).text
    assert "Nothing is known yet" in ops.get(f"{path}/progress/table", fragment=True).text
    assert "still being solved" in ops.post(f"{path}/remove", {}).text
    assert ops.post(f"{path}/stop", {"how": "burn"}).status == 400
    assert "This scenario was cancelled" in ops.post(f"{path}/stop", {"how": "cancel"}).text
    assert "has cancelled already" in ops.post(f"{path}/stop", {"how": "keep"}).text
    assert "The scenario is gone." in ops.post(f"{path}/remove", {}).text
    assert ops.get(path).status == 404


def test_solved_scenario_says_its_certificate(ops: Browser, solved: list[int]) -> None:
    page = ops.get(f"/ops/scenarios/{solved[1]}")
    assert "2 of 3 people keep at least their floor" in page.text
    assert "40 h a week more on Larkspur, 2 seats more" in page.text
    assert "Checked independently" in page.text


def find_row(rows: Sequence[str], start: str) -> str:
    return next(row for row in rows if row.startswith(start))


def test_comparison_tells_each_number_against_the_first(ops: Browser, solved: list[int]) -> None:
    page = ops.get(f"/ops/scenarios/compare?id={solved[0]}&id={solved[1]}")
    rows = page.rows
    assert find_row(rows, "People covered") == (
        "People covered at or above their floor 2 of 3; at most 3 possible 2 of 3; at most 3 "
        "possible"
    )
    assert "240 50 % of 480 280 +40 58 % of 480" in find_row(rows, "Hours restored")
    assert find_row(rows, "Placed in full").endswith("1 1")
    assert find_row(rows, "Without any hours").endswith(f"1 0 {MINUS}1")
    assert find_row(rows, "On several projects").endswith("0 1 +1")
    assert find_row(rows, "Lower pay").endswith("0 1 +1")
    assert find_row(rows, "Assignments").endswith("2 4 +2")
    assert find_row(rows, "Most in the way").count("Open demand is used up 2") == 2
    assert "goal 1; at most 3, gap 33.33 %" in find_row(rows, "Goal: people covered")
    assert 'hx-trigger="every 2s"' not in page.body


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada", "Cy", "Bo"]),
        ("sort=difference&descending=1", ["Bo", "Cy", "Ada"]),
        ("change=moved", ["Ada", "Cy", "Bo"]),
        ("change=more", ["Bo"]),
        ("change=fewer", ["Ada"]),
        ("change=gains", ["Bo"]),
        ("change=loses", ["Ada"]),
        ("text=cy", ["Cy"]),
        ("left=B&right=A&change=more", ["Ada"]),
        ("left=Z&right=Z", ["Ada", "Cy", "Bo"]),
        ("change=nothing", ["Ada", "Cy", "Bo"]),
    ],
)
def test_people_filter_and_sort(
    ops: Browser, solved: list[int], query: str, names: list[str]
) -> None:
    address = f"/ops/scenarios/compare?id={solved[0]}&id={solved[1]}&{query}"
    page = ops.get(address, fragment=True)
    found = [row.split()[0] for row in page.rows if row.startswith(("Ada", "Bo", "Cy"))]
    assert found == names


def test_people_show_both_places_and_count_each_change(ops: Browser, solved: list[int]) -> None:
    page = ops.get(f"/ops/scenarios/compare?id={solved[0]}&id={solved[1]}")
    bo = find_row(page.rows, "Bo")
    assert "none below the floor Open demand is used up Larkspur 10 h, Umbra 10 h 0 20 +20 h" in bo
    for words in ("Everyone 3", "Other places 3", "More hours 1", "Floor gained 1", "Floor lost 1"):
        assert words in page.text


def test_difference_is_a_file_too(ops: Browser, solved: list[int]) -> None:
    address = f"/ops/scenarios/compare?id={solved[0]}&id={solved[1]}&change=gains&format=csv"
    head, bo = csv.reader(ops.get(address).body.lstrip("\ufeff").splitlines())
    line = dict(zip(head, bo, strict=True))
    assert (line["Contractor id"], line["Places in A"]) == ("C2", "")
    assert line["Places in B"] == "Larkspur 10 h, Umbra 10 h"
    assert (line["Difference"], line["Floor kept in B"]) == ("20.0", "yes")
    assert (line["In the way in A"], line["In the way in B"]) == ("Open demand is used up", "")
    assert (line["Pay difference a week"], line["Currency"]) == ("10.00", "USD")


def test_who_is_short_because_of_the_policy_reads_so(
    ops: Browser, session: Session, solved: list[int], paused: Vendor
) -> None:
    aims = Policy("Away", PEOPLE_FIRST.tiers)
    settings = PolicySettings(aims, excluded_project_ids=("P2",))
    create_policy(session, actor=SYSTEM, name="Away", settings=settings)
    (other,) = create_scenarios(
        session,
        actor=SYSTEM,
        case=Case(paused.pause_id),
        variants=[Variant("Away", with_extra=False)],
        options=PlanOptions(),
    )
    solve(session, other, [build_person("C2", []) | {"nearest_project": "P2"}])
    page = ops.get(f"/ops/scenarios/compare?id={solved[0]}&id={other}")
    assert "Left out by the policy 1" in find_row(page.rows, "Most in the way")
    assert "Left out by the policy" in find_row(page.rows, "Bo")


def test_people_of_different_cases_are_compared_too(
    ops: Browser, session: Session, solved: list[int], paused: Vendor
) -> None:
    (other,) = create_scenarios(
        session,
        actor=SYSTEM,
        case=Case(None, ("P2",), pause_date=paused.today + timedelta(days=1)),
        variants=[Variant("people-first", with_extra=False)],
        options=PlanOptions(),
    )
    solve(session, other, ONE[2:])
    page = ops.get(f"/ops/scenarios/compare?id={solved[0]}&id={other}")
    assert "If Larkspur stopped on" in page.text
    assert "not affected" in find_row(page.rows, "Ada")


def test_comparison_refuses_what_is_no_scenario(ops: Browser, solved: list[int]) -> None:
    assert ops.get("/ops/scenarios/compare").status == 400
    assert ops.get("/ops/scenarios/compare?id=x").status == 400
    assert ops.get("/ops/scenarios/compare?id=987654").status == 404
    many = "&".join(f"id={number}" for number in range(1, 10))
    assert ops.get(f"/ops/scenarios/compare?{many}").status == 400
    alone = ops.get(f"/ops/scenarios/compare?id={solved[0]}")
    assert "person by person" not in alone.text


def test_list_of_scenarios_leads_to_each(ops: Browser, solved: list[int]) -> None:
    page = ops.get("/ops/scenarios")
    assert find_row(page.rows, "People first The pause of Chordus 40 h a week more on Larkspur")
    assert "No scenario matches" in ops.get("/ops/scenarios?text=zzz", fragment=True).text
    assert "Whose hours" in ops.get("/ops/scenarios?format=csv").body


def test_list_without_scenarios_says_what_to_ask(ops: Browser) -> None:
    assert "No scenario yet" in ops.get("/ops/scenarios").text
    assert "No pause is open" in ops.get("/ops/scenarios/new").text
