"""Instance and solution files: what is written is read again, and every fault is named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from solver.certificate import hash_instance
from solver.errors import InvalidInput
from solver.instance import NO_CLIENT, NO_LIMIT, Instance
from solver.instance_file import read_instance, read_solution, write_instance, write_solution
from solver.policy import BEST_FIT, CLIENTS_FIRST, PEOPLE_FIRST
from tests.solver.instances import build_plan, tiny_instances

Document = dict[str, Any]


def build_document() -> Document:
    return {
        "format": "redeploy-instance",
        "version": 1,
        "name": "two people",
        "weeks": 2,
        "contractors": [
            {"id": "c1", "lost_hours": 40, "floor_hours": 20},
            {
                "id": "c2",
                "lost_hours": 10,
                "floor_hours": 30,
                "max_projects": 1,
                "avail_days": [5, 3],
            },
        ],
        "projects": [
            {"id": "p1", "open_hours": 50, "client": "a"},
            {"id": "p2", "open_hours": [9, 8], "active": [1, 0], "seats": 2, "client": 7},
        ],
        "pairs": [[1, 0, 5, 100], [0, 1, -5, 200], [0, 0, 4, 300]],
        "walls": [["a", 7], ["a", "nobody here"]],
    }


def write(folder: Path, document: object) -> Path:
    path = folder / "instance.json"
    path.write_text(json.dumps(document))
    return path


def find_problems(folder: Path, change: Callable[[Document], object]) -> list[str]:
    document = build_document()
    change(document)
    with pytest.raises(InvalidInput) as caught:
        read_instance(write(folder, document))
    return [problem.place for problem in caught.value.problems]


def test_missing_keys_take_the_documented_values(tmp_path: Path) -> None:
    instance, policy = read_instance(write(tmp_path, build_document()))
    assert policy == PEOPLE_FIRST
    assert instance.switch_cost == 0
    assert instance.max_projects.tolist() == [3, 1]
    assert instance.avail_days.tolist() == [[5, 5], [5, 3]]
    assert instance.floor_hours.tolist() == [20, 10], (
        "a floor above the lost hours is the lost hours"
    )
    assert instance.open_hours.tolist() == [[50, 50], [9, 8]]
    assert instance.active.tolist() == [[True, True], [True, False]]
    assert instance.seats.tolist() == [NO_LIMIT, 2]
    assert instance.weekly_budget_cents.tolist() == [NO_LIMIT, NO_LIMIT]
    assert instance.min_hours.tolist() == [5, 5]
    assert instance.max_hours.tolist() == [40, 40]
    assert instance.priority.tolist() == [3, 3]
    assert instance.client_names == ("a", "7")
    assert instance.walls.tolist() == [[0, 1]]
    assert instance.pair_contractor.tolist() == [0, 0, 1]
    assert instance.pair_fit.tolist() == [4, -5, 5]
    assert len(instance.pins) == 0


def test_project_without_client_has_none(tmp_path: Path) -> None:
    document = build_document()
    document["projects"][0]["client"] = None
    document["walls"] = []
    instance, _ = read_instance(write(tmp_path, document))
    assert instance.client.tolist() == [NO_CLIENT, 0]


@pytest.mark.parametrize("policy", [PEOPLE_FIRST, CLIENTS_FIRST, BEST_FIT])
def test_policy_is_named_by_its_order(tmp_path: Path, policy: Any) -> None:
    document = build_document() | {"policy": [tier.value for tier in policy.tiers]}
    assert read_instance(write(tmp_path, document))[1] == policy


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(instance=tiny_instances())
def test_written_instance_reads_the_same(instance: Instance, tmp_path: Path) -> None:
    for name in ("instance.json", "instance.json.gz"):
        write_instance(tmp_path / name, instance, PEOPLE_FIRST)
        again, policy = read_instance(tmp_path / name)
        assert hash_instance(again, policy) == hash_instance(instance, PEOPLE_FIRST)


def put(*keys: Any, value: object) -> Callable[[Document], object]:
    """Return a change that sets the value under a path of keys."""

    def change(document: Document) -> None:
        target: Any = document
        for key in keys[:-1]:
            target = target[key]
        target[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (put("format", value="other"), "format"),
        (put("version", value=3), "version"),
        (put("version", value=True), "version"),
        (put("weeks", value=0), "weeks"),
        (put("weeks", value="8"), "weeks"),
        (put("name", value=3), "name"),
        (put("policy", value=["coverage", "hours"]), "policy"),
        (put("policy", value=["coverage", "hours", "hours"]), "policy"),
        (put("policy", value=[["coverage"], "hours", "fit"]), "policy"),
        (put("switch_cost", value=-1), "switch_cost"),
        (put("switch_cost", value=1.5), "switch_cost"),
        (put("colour", value="red"), "file.colour"),
        (put("contractors", value={}), "contractors"),
        (put("contractors", 0, value=7), "contractors[0]"),
        (put("contractors", 0, "id", value="c2"), "contractors[1].id"),
        (put("contractors", 0, "id", value=""), "contractors[0].id"),
        (put("contractors", 1, "lost_hours", value=True), "contractors[1].lost_hours"),
        (put("contractors", 1, "lost_hours", value=-1), "contractors[1].lost_hours"),
        (put("contractors", 1, "lost_hours", value=1e3), "contractors[1].lost_hours"),
        (put("contractors", 1, "lost_hours", value=2**80), "contractors[1].lost_hours"),
        (put("contractors", 1, "avail_days", value=[5]), "contractors[1].avail_days"),
        (put("contractors", 1, "avail_days", value=[5, 6]), "contractors[1].avail_days[1]"),
        (put("contractors", 1, "avail_days", value=[5, None]), "contractors[1].avail_days[1]"),
        (put("contractors", 1, "salary", value=5), "contractors[1].salary"),
        (put("projects", 0, "open_hours", value=-1), "projects[0].open_hours[0]"),
        (put("projects", 0, "open_hours", value=None), "projects[0].open_hours"),
        (put("projects", 1, "active", value=[2, 0]), "projects[1].active"),
        (put("projects", 1, "seats", value=-2), "projects[1].seats"),
        (put("projects", 1, "min_hours", value=0), "projects[1].min_hours"),
        (put("projects", 1, "max_hours", value=4), "projects[1].max_hours"),
        (put("projects", 1, "priority", value=6), "projects[1].priority"),
        (put("projects", 1, "client", value=1.5), "projects[1].client"),
        (put("projects", 1, "weekly_budget_cents", value="9"), "projects[1].weekly_budget_cents"),
        (put("pairs", 1, value=[0, 1, 4]), "pairs[1]"),
        (put("pairs", 1, value=[0, 2, 4, 100]), "pairs[1].project"),
        (put("pairs", 1, value=[-1, 1, 4, 100]), "pairs[1].contractor"),
        (put("pairs", 1, value=[0, 1, 2**31, 100]), "pairs[1].fit"),
        (put("pairs", 1, value=[0, 1, 4, -1]), "pairs[1].rate_cents"),
        (put("pairs", 1, value=[0, 1, True, 100]), "pairs[1][2]"),
        (put("pairs", 2, value=[1, 0, 4, 100]), "pairs[2]"),
        (put("walls", 0, value=["a", "a"]), "walls[0]"),
        (put("walls", 0, value=["a"]), "walls[0]"),
        (put("pins", value=[[0, 0]]), "pins[0]"),
        (put("pins", value=[[0, 0, 41]]), "pins"),
    ],
)
def test_fault_is_named_by_its_place(
    tmp_path: Path, change: Callable[[Document], object], place: str
) -> None:
    assert place in find_problems(tmp_path, change)


def test_all_faults_are_collected_in_one_pass(tmp_path: Path) -> None:
    def change(document: Document) -> None:
        document["weeks"] = None
        document["contractors"][0]["lost_hours"] = "many"
        document["projects"][1]["priority"] = 9
        document["pairs"].append([5, 5, 5, 5])

    places = find_problems(tmp_path, change)
    assert {"weeks", "contractors[0].lost_hours", "projects[1].priority"} <= set(places)
    assert {"pairs[3].contractor", "pairs[3].project"} <= set(places)


def test_sums_beyond_64_bits_are_refused(tmp_path: Path) -> None:
    def change(document: Document) -> None:
        document["contractors"] = [
            {"id": f"c{idx}", "lost_hours": 10**6, "floor_hours": 0} for idx in range(40)
        ]
        document["projects"][0]["max_hours"] = 10**6
        document["weeks"] = 500
        document["contractors"][0]["avail_days"] = 5
        document["projects"][1] = {"id": "p2", "open_hours": 5}
        document["walls"] = []
        document["pairs"] = [[idx, 0, 2**31 - 1, 1] for idx in range(40)]

    assert "pairs: fit x workdays x hours" in find_problems(tmp_path, change)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "valid JSON"),
        (b"{", "valid JSON"),
        (b"\xff\xfe{}", "valid JSON in UTF-8"),
        (b'{"weeks": NaN}', "NaN is not a number"),
        (b'{"weeks": Infinity}', "Infinity is not a number"),
        (b'{"weeks": 1, "weeks": 2}', "weeks given twice"),
        (b"[" * 100_000, "nesting"),
        (b"[]", "an object"),
    ],
)
def test_broken_file_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "instance.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=words):
        read_instance(path)


def test_truncated_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "instance.json.gz"
    path.write_bytes(gzip.compress(json.dumps(build_document()).encode())[:-20])
    with pytest.raises(InvalidInput, match="whole gzip file"):
        read_instance(path)
    path.write_bytes(b"{}")
    with pytest.raises(InvalidInput, match="whole gzip file"):
        read_instance(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        read_instance(tmp_path / "nothing.json")
    with pytest.raises(InvalidInput, match="a readable file"):
        read_instance(tmp_path)


def test_written_solution_reads_the_same(tmp_path: Path) -> None:
    plan = build_plan((3, 1, 5), (0, 2, 7))
    write_solution(tmp_path / "solution.json", plan, {"seed": 1})
    again, certificate = read_solution(tmp_path / "solution.json")
    assert again.rows() == [(0, 2, 7), (3, 1, 5)]
    assert certificate == {"seed": 1}


def test_solution_without_certificate_has_none(tmp_path: Path) -> None:
    path = write(tmp_path, {"format": "redeploy-solution", "version": 1, "assignments": []})
    plan, certificate = read_solution(path)
    assert len(plan) == 0
    assert certificate is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"assignments": [[0, 1]]}, "assignments[0]"),
        ({"assignments": [[0, 1, 2.0]]}, "assignments[0][2]"),
        ({"assignments": [[0, 1, 2**40]]}, "assignments[0]"),
        ({"assignments": None}, "assignments"),
        ({"certificate": []}, "certificate"),
        ({"notes": ""}, "file.notes"),
        ({"version": "1"}, "version"),
    ],
)
def test_fault_of_a_solution_is_named(tmp_path: Path, change: Document, place: str) -> None:
    document = {"format": "redeploy-solution", "version": 1, "assignments": []} | change
    with pytest.raises(InvalidInput) as caught:
        read_solution(write(tmp_path, document))
    assert place in [problem.place for problem in caught.value.problems]
