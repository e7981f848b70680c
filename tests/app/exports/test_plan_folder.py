"""The plan folder: what stands in its files, and that a spreadsheet runs none of it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.exports.plan_folder import PLAN_FILES, write_plan_folder
from app.importing import read_folder
from solver.affected import build_scope
from solver.planning import Plan, make_plan
from solver.policy import PEOPLE_FIRST
from solver.request import PlanRequest
from solver.result import Control, SolveLimits
from solver.roster import Roster

TINY = Path(__file__).parents[3] / "sample_data" / "tiny"


def make_tiny_plan(roster: Roster) -> Plan:
    scope = build_scope(roster, codenames=["Chordus"])
    request = PlanRequest(scope, date(2026, 11, 23), PEOPLE_FIRST)
    return make_plan(roster, request, SolveLimits(workers=1), Control())


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_tiny_plan(read_folder(TINY).roster)


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_same_plan_gives_the_same_bytes(tmp_path: Path, plan: Plan) -> None:
    for name in ("one", "other"):
        write_plan_folder(plan, tmp_path / name)
    assert {path.name for path in (tmp_path / "one").iterdir()} == PLAN_FILES
    for file in PLAN_FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_certificate_is_written_as_it_is(tmp_path: Path, plan: Plan) -> None:
    write_plan_folder(plan, tmp_path / "out")
    document = json.loads((tmp_path / "out" / "certificate.json").read_text("utf-8"))
    assert document == plan.certificate


def test_project_that_ends_gives_its_last_day(tmp_path: Path) -> None:
    roster = read_folder(TINY).roster
    projects = roster.projects.copy()
    projects.loc[projects["codename"] == "Umbra", "ends_on"] = "2027-02-28"
    write_plan_folder(make_tiny_plan(replace(roster, projects=projects)), tmp_path / "out")
    ends = {row["project_id"]: row["ends_on"] for row in read_rows(tmp_path / "out/proposals.csv")}
    assert ends["P4"] == "2027-02-28"
    assert ends["P2"] == ""


def test_formula_like_ids_and_sentences_are_made_harmless(tmp_path: Path) -> None:
    """Check 13: the folder of a plan."""
    roster = read_folder(TINY).roster
    frames = {
        name: frame.replace({"C01": "=C01", "C10": "@C10", "P2": "-P2"})
        for name, frame in roster.frames().items()
    }
    write_plan_folder(make_tiny_plan(Roster(**frames)), tmp_path / "out")
    first = read_rows(tmp_path / "out" / "proposals.csv")[0]
    assert (first["contractor_id"], first["project_id"]) == ("'=C01", "'-P2")
    unplaced = {row["contractor_id"] for row in read_rows(tmp_path / "out" / "unplaced.csv")}
    assert "'@C10" in unplaced
