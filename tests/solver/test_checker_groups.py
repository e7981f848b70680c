"""The checker refuses a plan that breaks exactly one rule between people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from solver.checker import check
from solver.errors import InvalidInput
from solver.instance import Instance
from solver.policy import Tier
from tests.solver.instances import Contractor, Project, build_instance, build_plan

Rows = tuple[tuple[int, int, int], ...]


def find_violations(instance: Instance, *rows: tuple[int, int, int]) -> list[tuple[str, str]]:
    report = check(instance, build_plan(*rows))
    return [(violation.code, violation.sentence) for violation in report.violations]


def build_team() -> Instance:
    return build_instance(
        [
            Contractor(team="blue"),
            Contractor(team="blue"),
            Contractor(team="red"),
            Contractor(),
            # Away while p1 runs, at work while p0 does.
            Contractor(team="blue", avail_days=(5, 0)),
        ],
        [Project(), Project(active=(False, True))],
    )


@pytest.mark.parametrize(
    "rows",
    [
        (),
        ((0, 0, 5), (1, 0, 1), (4, 0, 3)),
        ((2, 0, 5),),
        ((3, 0, 5), (3, 1, 5)),
        ((0, 1, 5), (1, 1, 5)),
        ((4, 1, 5),),
    ],
    ids=["nobody", "everybody", "alone in the team", "no team", "away is not asked", "nor asks"],
)
def test_team_accepts(rows: Rows) -> None:
    assert not find_violations(build_team(), *rows)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (((0, 0, 5),), "team blue is on project p0 without c1, c4"),
        (((0, 0, 5), (1, 0, 5)), "team blue is on project p0 without c4"),
        (((1, 1, 5),), "team blue is on project p1 without c0"),
        (((0, 0, 5), (1, 0, 5), (4, 0, 5), (0, 1, 5)), "team blue is on project p1 without c1"),
    ],
)
def test_split_team_is_refused(rows: Rows, sentence: str) -> None:
    assert find_violations(build_team(), *rows) == [("team", sentence)]


def test_team_joins_a_member_who_works_there() -> None:
    instance = build_instance(
        [Contractor(team="blue")] * 3, [Project()], [(0, 0, 1, 1), (1, 0, 1, 1)], staying=[(2, 0)]
    )
    assert not find_violations(instance, (0, 0, 5), (1, 0, 5))
    assert find_violations(instance, (0, 0, 5)) == [
        ("team", "team blue is on project p0 without c1")
    ]


def test_more_hours_of_a_member_who_works_there_ask_nobody() -> None:
    instance = build_instance([Contractor(team="blue")] * 2, [Project()], staying=[(0, 0)])
    assert not find_violations(instance, (0, 0, 5))


@pytest.mark.parametrize(
    ("project", "rows", "people"),
    [
        (Project(min_people=3), ((0, 0, 1), (1, 0, 1)), 2),
        (Project(min_people=3, people=1), ((0, 0, 1),), 2),
        # Who is away while the project runs is nobody there.
        (Project(min_people=3), ((0, 0, 1), (1, 0, 1), (3, 0, 1)), 2),
    ],
)
def test_project_below_its_fewest_people_is_refused(
    project: Project, rows: Rows, people: int
) -> None:
    instance = build_instance([*[Contractor()] * 3, Contractor(avail_days=(0, 0))], [project])
    assert find_violations(instance, *rows) == [
        ("min_people", f"project p0 has {people} people; nobody joins below 3")
    ]


@pytest.mark.parametrize(
    ("project", "rows"),
    [
        (Project(min_people=3), ()),
        (Project(min_people=3), ((0, 0, 1), (1, 0, 1), (2, 0, 1))),
        (Project(min_people=3, people=2), ((0, 0, 1),)),
        (Project(min_people=3, people=1), ()),
    ],
)
def test_none_or_enough_people_are_accepted(project: Project, rows: Rows) -> None:
    assert not find_violations(build_instance([Contractor()] * 3, [project]), *rows)


def test_more_hours_of_who_works_there_are_no_new_person() -> None:
    project = Project(min_people=3, people=1)
    instance = build_instance([Contractor()] * 3, [project], staying=[(0, 0)])
    assert not find_violations(instance, (0, 0, 1))
    assert [code for code, _ in find_violations(instance, (0, 0, 1), (1, 0, 1))] == ["min_people"]


@pytest.mark.parametrize(
    ("project", "rows", "sentence"),
    [
        (Project(people_per_lead=2), ((1, 0, 1),), "0 leads for 1 people; 1 are needed"),
        (
            Project(people_per_lead=2),
            ((0, 0, 1), (1, 0, 1), (2, 0, 1)),
            "1 leads for 3 people; 2 are needed",
        ),
        (
            Project(people_per_lead=2, people=3, leads=1),
            ((1, 0, 1),),
            "1 leads for 4 people; 2 are needed",
        ),
        (
            Project(people_per_lead=2, people=4, leads=1),
            ((0, 0, 1),),
            "2 leads for 5 people; 3 are needed",
        ),
    ],
)
def test_too_few_leads_are_refused(project: Project, rows: Rows, sentence: str) -> None:
    instance = build_instance([Contractor()] * 3, [project], leading=[(0, 0)])
    assert find_violations(instance, *rows) == [("lead", f"project p0 has {sentence}")]


@pytest.mark.parametrize(
    ("project", "rows"),
    [
        (Project(people_per_lead=2), ((0, 0, 1), (1, 0, 1))),
        (Project(people_per_lead=3, people=1, leads=1), ((1, 0, 1), (2, 0, 1))),
        (Project(people_per_lead=2, people=3, leads=1), ((0, 0, 1),)),
        (Project(people_per_lead=2, people=5), ()),
    ],
)
def test_enough_leads_are_accepted(project: Project, rows: Rows) -> None:
    instance = build_instance([Contractor()] * 3, [project], leading=[(0, 0)])
    assert not find_violations(instance, *rows)


@pytest.mark.parametrize(
    ("contractors", "project", "code"),
    [
        ([Contractor(team="blue")] * 3, Project(), "team"),
        ([Contractor()] * 3, Project(min_people=3), "min_people"),
        ([Contractor()] * 3, Project(people_per_lead=3), "lead"),
    ],
)
def test_pin_alone_is_kept_and_nobody_joins_it_against_the_rule(
    contractors: list[Contractor], project: Project, code: str
) -> None:
    instance = build_instance(contractors, [project], pins=[(0, 0, 5)], leading=[(2, 0)])
    assert not find_violations(instance, (0, 0, 5))
    assert [found for found, _ in find_violations(instance, (0, 0, 5), (1, 0, 5))] == [code]
    assert not find_violations(instance, (0, 0, 5), (1, 0, 5), (2, 0, 5))


def test_todays_places_cost_no_switch() -> None:
    instance = build_instance([Contractor()], [Project()] * 2, switch_cost=7, today=[(0, 1)])
    assert check(instance, build_plan((0, 0, 2))).values[Tier.FIT] == 2 * 10 - 7
    assert check(instance, build_plan((0, 1, 2))).values[Tier.FIT] == 2 * 10
    assert check(instance, build_plan((0, 0, 2), (0, 1, 2))).values[Tier.FIT] == 4 * 10 - 7


@pytest.mark.parametrize(
    ("project", "place"),
    [
        (Project(min_people=-1), "projects[0].min_people"),
        (Project(people_per_lead=-1), "projects[0].people_per_lead"),
        (Project(min_people=2, people=1, leads=2), "projects[0].leads"),
    ],
)
def test_fault_of_a_project_is_named(project: Project, place: str) -> None:
    # The second project asks for something, so that the rules are there to be checked.
    assert place in find_faulty_places(lambda: build_instance([], [project, Project(min_people=2)]))


@pytest.mark.parametrize(
    ("build", "place"),
    [
        (lambda: build_pairs(leading=[(1, 0)]), "leading[0]"),
        (lambda: build_pairs(staying=[(0, 1)]), "staying[0]"),
        (lambda: build_pairs(today=[(0, 0), (1, 0)]), "today[1]"),
    ],
)
def test_fault_of_a_row_is_named(build: Callable[[], Instance], place: str) -> None:
    assert place in find_faulty_places(build)


def build_pairs(
    leading: Sequence[tuple[int, int]] = (),
    staying: Sequence[tuple[int, int]] = (),
    today: Sequence[tuple[int, int]] = (),
) -> Instance:
    """Return an instance of one eligible pair of two people."""
    return build_instance(
        [Contractor()] * 2,
        [Project(min_people=2)],
        [(0, 0, 1, 1)],
        leading=leading,
        staying=staying,
        today=today,
    )


def find_faulty_places(build: Callable[[], Instance]) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        build()
    return [problem.place for problem in caught.value.problems]
