"""`redeploy recall`, from the CSV folder to the recall folder."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import CliRunner, Result

from app.cli import main
from app.exports.recall_folder import RECALL_FILES

FILES = {
    "clients": "client_id,name\nK1,Quillmere Institute\n",
    "projects": (
        "project_id,codename,client_id,status,demand_hours,priority\n"
        "P0,Chordus,K1,paused,80,5\nP1,Larkspur,K1,open,40,3\n"
    ),
    "contractors": (
        "contractor_id,name,email,max_weekly_hours,pay_rate\n"
        "C1,Ada Berg,ada@example.org,40,30\nC2,Bo Lind,bo@example.org,40,30\n"
    ),
    "assignments": (
        "assignment_id,contractor_id,project_id,hours_per_week,starts_on\n"
        "A1,C1,P0,40,2026-01-05\nA2,C2,P0,40,2026-01-05\nA3,C1,P1,40,2026-09-21\n"
    ),
}


def run(folder: Path, out: Path, *more: object) -> Result:
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    arguments = ["recall", folder, "--resume", "Chordus", "--on", "2026-11-23", "-o", out, *more]
    return CliRunner().invoke(main, [str(one) for one in (*arguments, "--workers", 1)])


def test_recall_writes_who_returns_and_says_what_others_lose(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(tmp_path / "roster", out, "--paused-since", "2026-09-14")
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == RECALL_FILES
    rows = list(csv.reader((out / "recall.csv").read_text("utf-8").splitlines()))
    assert rows == [
        ["contractor_id", "project_id", "change", "hours_today", "hours_per_week"],
        ["C1", "P0", "returns", "0", "40"],
        ["C1", "P1", "leaves", "40", "0"],
        ["C2", "P0", "returns", "0", "40"],
    ]
    assert "Return                 2, 80 hours a week\n" in result.stdout
    assert "Leave a place of today 1\n" in result.stdout
    assert "      40  Larkspur\n" in result.stdout
    assert "Verified" in result.stdout


def test_switching_cost_is_points_of_a_full_time_place(tmp_path: Path) -> None:
    out = tmp_path / "out"
    more = ("--paused-since", "2026-09-14", "--switch-cost", 3, "--weeks", 2)
    assert run(tmp_path / "roster", out, *more).exit_code == 0
    certificate = json.loads((out / "certificate.json").read_text("utf-8"))
    assert certificate["policy"]["switch_cost"] == 3 * 40 * 5 * 2


def explain(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, arguments)])


def test_recall_can_be_explained_bug(tmp_path: Path) -> None:
    """Its folder had lacked the request, so that `redeploy explain` knew plans alone."""
    out = tmp_path / "out"
    assert run(tmp_path / "roster", out, "--paused-since", "2026-09-14").exit_code == 0
    result = explain(out, "C1")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Contractor C1: 40.0 of 40 hours a week restored")
    # 40 hours x 8 weeks x fit 100, less the switching cost of 5 points of a full-time place.
    assert "  Chordus: 40 hours a week, fit 100, 1,600 hour-weeks x priority, 30,400" in lines[1]
    assert "  Larkspur: fit 100, 40 hours a week fit instead" in result.stdout
    assert explain(out).exit_code == 0
    assert "contractor C9 is not recalled" in explain(out, "C9").stderr


def test_explained_recall_counts_the_places_that_stay_bug(tmp_path: Path) -> None:
    """Proposals hold the new places alone: without the others the plan would have had room."""
    out = tmp_path / "out"
    more = ("--paused-since", "2026-09-14", "--policy", "best-fit", "--switch-cost", 100)
    assert run(tmp_path / "roster", out, *more).exit_code == 0
    rows = list(csv.DictReader((out / "recall.csv").read_text("utf-8").splitlines()))
    assert {(row["project_id"], row["change"]) for row in rows if row["contractor_id"] == "C1"} == {
        ("P1", "stays")
    }
    result = explain(out, "C1")
    assert result.exit_code == 0, result.output
    assert "\n  Larkspur: 40 hours a week, fit 100," in result.stdout


def test_resume_before_the_pause_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(tmp_path / "roster", out, "--paused-since", "2026-11-23")
    assert result.exit_code == 2
    assert "a day before 2026-11-23" in result.stderr
    assert not out.exists()


def test_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine", "utf-8")
    result = run(tmp_path / "roster", out, "--paused-since", "2026-09-14")
    assert result.exit_code == 2
    assert {path.name for path in out.iterdir()} == {"notes.txt"}
