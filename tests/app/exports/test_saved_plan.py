"""A plan folder read back says what was written, and every fault of one is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.exports.plan_folder import write_plan_folder
from app.exports.saved_plan import StrayProposal, UnreadablePlan, read_plan_folder
from app.importing import read_folder
from solver.certificate import hash_instance
from solver.errors import InvalidInput
from solver.planning import Plan
from solver.roster import Roster
from tests.app.exports.test_plan_folder import TINY, make_tiny_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_tiny_plan(read_folder(TINY).roster)


@pytest.fixture
def out(tmp_path: Path, plan: Plan) -> Path:
    write_plan_folder(plan, tmp_path / "out", TINY)
    return tmp_path / "out"


def edit(path: Path, **changes: object) -> None:
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(document | changes), "utf-8")


def test_saved_plan_is_the_plan_that_was_written(out: Path, plan: Plan) -> None:
    saved = read_plan_folder(out)
    assert saved.request == plan.request
    assert saved.roster_folder == TINY
    assert saved.input_hash == hash_instance(plan.problem.instance, plan.request.policy)
    assignments = plan.solution.assignments
    assert assignments is not None
    assert saved.build_assignments(plan.problem.instance).rows() == assignments.rows()


def test_plan_from_elsewhere_names_no_csv_folder(tmp_path: Path, plan: Plan) -> None:
    write_plan_folder(plan, tmp_path / "out")
    assert read_plan_folder(tmp_path / "out").roster_folder is None


def test_ids_made_harmless_for_spreadsheets_are_found_again(tmp_path: Path) -> None:
    roster = read_folder(TINY).roster
    frames = {
        name: frame.replace({"C01": "=C01", "P2": "-P2"}) for name, frame in roster.frames().items()
    }
    made = make_tiny_plan(Roster(**frames))
    write_plan_folder(made, tmp_path / "out")
    rows = read_plan_folder(tmp_path / "out").build_assignments(made.problem.instance).rows()
    assert made.solution.assignments is not None
    assert rows == made.solution.assignments.rows()


def test_proposal_of_an_unknown_contractor_is_refused(out: Path, plan: Plan) -> None:
    instance = plan.problem.instance
    renamed = replace(instance, contractor_ids=("X", *instance.contractor_ids[1:]))
    with pytest.raises(StrayProposal, match="C01"):
        read_plan_folder(out).build_assignments(renamed)


@pytest.mark.parametrize("file", ["request.json", "certificate.json", "proposals.csv"])
def test_missing_file_is_named(out: Path, file: str) -> None:
    (out / file).unlink()
    with pytest.raises(UnreadablePlan, match=f"{file} .*no such file"):
        read_plan_folder(out)


def test_file_that_is_no_json_is_named(out: Path) -> None:
    (out / "request.json").write_text("{", "utf-8")
    with pytest.raises(UnreadablePlan, match=r"request\.json"):
        read_plan_folder(out)


def test_request_of_another_version_is_refused(out: Path) -> None:
    edit(out / "request.json", version=3)
    with pytest.raises(UnreadablePlan, match="redeploy-request version 1 or 2"):
        read_plan_folder(out)


def test_request_of_version_1_is_read_as_it_was_meant(out: Path, plan: Plan) -> None:
    path = out / "request.json"
    document = json.loads(path.read_text("utf-8"))
    del document["paused_since"], document["switch_cost"]
    path.write_text(json.dumps(document | {"version": 1}), "utf-8")
    assert read_plan_folder(out).request == plan.request


def test_day_since_that_is_none_is_refused(out: Path) -> None:
    edit(out / "request.json", paused_since="long ago")
    with pytest.raises(UnreadablePlan, match="paused_since 'long ago' is no date"):
        read_plan_folder(out)


def test_pause_date_that_is_none_is_refused(out: Path) -> None:
    edit(out / "request.json", pause_date="tomorrow")
    with pytest.raises(UnreadablePlan, match="'tomorrow' is no date"):
        read_plan_folder(out)


def test_every_fault_of_the_request_is_named(out: Path) -> None:
    edit(out / "request.json", weeks="eight", paused_projects="P1")
    with pytest.raises(InvalidInput) as caught:
        read_plan_folder(out)
    assert {problem.place for problem in caught.value.problems} == {
        "request.json.weeks",
        "paused_projects",
    }


def test_certificate_without_a_hash_is_refused(out: Path) -> None:
    edit(out / "certificate.json", input_hash=None)
    with pytest.raises(UnreadablePlan, match="no input_hash"):
        read_plan_folder(out)


def test_proposals_without_their_columns_are_refused(out: Path) -> None:
    (out / "proposals.csv").write_text("contractor_id,project_id\nC01,P2\n", "utf-8")
    with pytest.raises(UnreadablePlan, match="hours_per_week"):
        read_plan_folder(out)
