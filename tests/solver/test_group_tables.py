"""Instance files of version 2: rules between people, today's places."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solver.certificate import hash_instance
from solver.errors import InvalidInput
from solver.groups import NO_LEADS, NO_TEAM
from solver.instance_file import build_document, read_instance, write_instance
from solver.policy import PEOPLE_FIRST
from tests.solver.instances import Contractor, Project, build_instance

Document = dict[str, Any]


def make_document() -> Document:
    return {
        "format": "redeploy-instance",
        "version": 2,
        "contractors": [
            {"id": "c1", "lost_hours": 40, "floor_hours": 20, "team": "blue"},
            {"id": "c2", "lost_hours": 40, "floor_hours": 20, "team": None},
            {"id": "c3", "lost_hours": 40, "floor_hours": 20, "team": "blue"},
        ],
        "projects": [
            {"id": "p1", "open_hours": 50, "min_people": 3, "people": 2, "leads": 1},
            {"id": "p2", "open_hours": 50, "people_per_lead": 4},
        ],
        "pairs": [[0, 0, 5, 100], [2, 0, 5, 100], [1, 1, 5, 100]],
        "leading": [[1, 1]],
        "staying": [[2, 1], [0, 0]],
        "today": [[1, 1]],
    }


def write(folder: Path, document: Document) -> Path:
    path = folder / "instance.json"
    path.write_text(json.dumps(document))
    return path


def test_rules_between_people_are_read(tmp_path: Path) -> None:
    instance, _ = read_instance(write(tmp_path, make_document()))
    groups = instance.groups
    assert groups is not None
    assert groups.team_names == ("blue",)
    assert groups.team.tolist() == [0, NO_TEAM, 0]
    assert groups.min_people.tolist() == [3, 1]
    assert groups.people_per_lead.tolist() == [NO_LEADS, 4]
    assert groups.people.tolist() == [2, 0]
    assert groups.leads.tolist() == [1, 0]
    assert groups.leading.tolist() == [[1, 1]]
    assert groups.staying.tolist() == [[0, 0], [2, 1]]
    assert instance.today.tolist() == [[1, 1]]


def test_written_rules_read_the_same(tmp_path: Path) -> None:
    instance, policy = read_instance(write(tmp_path, make_document()))
    write_instance(tmp_path / "again.json", instance, policy)
    assert json.loads((tmp_path / "again.json").read_text())["version"] == 2
    again, _ = read_instance(tmp_path / "again.json")
    assert hash_instance(again, policy) == hash_instance(instance, policy)


def test_each_rule_changes_the_hash(tmp_path: Path) -> None:
    instance, policy = read_instance(write(tmp_path, make_document()))
    hashes = {hash_instance(instance, policy)}
    changes: list[Callable[[Document], object]] = [
        lambda document: document["contractors"][1].update(team="blue"),
        lambda document: document["projects"][0].update(min_people=2),
        lambda document: document["projects"][1].update(people_per_lead=5),
        lambda document: document["projects"][0].update(people=3),
        lambda document: document["projects"][0].update(leads=2),
        lambda document: document.update(leading=[]),
        lambda document: document.update(staying=[]),
        lambda document: document.update(today=[]),
    ]
    for change in changes:
        document = make_document()
        change(document)
        hashes.add(hash_instance(*read_instance(write(tmp_path, document))))
    assert len(hashes) == len(changes) + 1


def test_version_2_without_a_rule_is_the_instance_of_version_1(tmp_path: Path) -> None:
    document = make_document()
    for key in ("leading", "staying", "today"):
        del document[key]
    # A team of one asks for nothing, nor does a project that one person may start.
    document["contractors"][2]["team"] = "red"
    document["projects"] = [
        {"id": "p1", "open_hours": 50, "min_people": 1},
        {"id": "p2", "open_hours": 5},
    ]
    extended = hash_instance(*read_instance(write(tmp_path, document)))
    document["version"] = 1
    for row in document["contractors"]:
        del row["team"]
    del document["projects"][0]["min_people"]
    assert hash_instance(*read_instance(write(tmp_path, document))) == extended


def test_instance_without_rules_is_written_as_version_1() -> None:
    document = build_document(build_instance([Contractor()], [Project()]), PEOPLE_FIRST)
    assert document["version"] == 1
    assert set(document) == {
        "format", "version", "name", "weeks", "policy", "switch_cost", "contractors", "projects",
        "pairs", "walls",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda document: document.update(version=1), "file.leading"),
        (lambda document: document.update(version=1), "contractors[0].team"),
        (lambda document: document.update(version=1), "projects[0].min_people"),
        (lambda document: document["contractors"][0].update(team=7), "contractors[0].team"),
        (lambda document: document["contractors"][0].update(team=""), "contractors[0].team"),
        (lambda document: document["projects"][0].update(min_people=0), "projects[0].min_people"),
        (lambda document: document["projects"][0].update(leads="1"), "projects[0].leads"),
        (lambda document: document["projects"][0].update(leads=3), "projects[0].leads"),
        (lambda document: document.update(leading=[[0, 1]]), "leading[0]"),
        (lambda document: document.update(staying=[[0, 2]]), "staying[0]"),
        (lambda document: document.update(today=[[0]]), "today[0]"),
        (lambda document: document.update(today={}), "today"),
    ],
)
def test_fault_is_named_by_its_place(
    tmp_path: Path, change: Callable[[Document], object], place: str
) -> None:
    document = make_document()
    change(document)
    with pytest.raises(InvalidInput) as caught:
        read_instance(write(tmp_path, document))
    assert place in [problem.place for problem in caught.value.problems]
