"""`redeploy explain` on the plan of the tiny roster, which is solved by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main

TINY = Path(__file__).parents[3] / "sample_data" / "tiny"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def make_plan(roster: Path, out: Path) -> Path:
    options = ["--pause", "Chordus", "--on", "2026-11-23", "--workers", 1, "-o", out]
    assert run("plan", roster, *options).exit_code == 0
    return out


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_plan(TINY, tmp_path_factory.mktemp("tiny") / "out")


def test_plan_names_bottlenecks_and_verified_unlocks(out: Path) -> None:
    result = run("explain", out)
    assert result.exit_code == 0, result.output
    assert "  Larkspur, 40 more hours a week: about " in result.stdout
    # Umbra has 16 of its 40 hours left, and C08's floor is 15.
    assert "  renew 1 clearance: +16 hours a week, +1 at their floor (verified)" in result.stdout
    assert "Verdigris" not in result.stdout


def test_estimates_are_said_to_be_such(out: Path) -> None:
    result = run("explain", out, "--verify", 0)
    assert "  renew 1 clearance: +16 hours a week (estimate)" in result.stdout
    assert "(verified)" not in result.stdout


def test_contractor_with_proposals_sees_what_they_add(out: Path) -> None:
    result = run("explain", out, "C07")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert (
        lines[0] == "Contractor C07: 24.0 of 24 hours a week restored, at or above the floor of 12"
    )
    assert lines[1] == (
        "  Umbra: 24 hours a week, fit 93, 576 hour-weeks x priority, "
        "17,856 hour-weeks x fit, the floor needs it"
    )
    assert "  none: no other project is eligible" in lines


def test_contractor_without_a_place_sees_the_cheapest_unlock(out: Path) -> None:
    result = run("explain", out, "C08")
    assert "Contractor C08: 0.0 of 30 hours a week restored, below the floor of 15" in result.stdout
    assert (
        "  Umbra, 30 hours a week at most: renew clearance, expires 2026-12-20 [clearance_expiry]"
        in result.stdout
    )


def test_runner_up_is_told_with_its_cost(out: Path) -> None:
    # Halcyon's one seat goes to C06: with C05 in it, 20 hours x 8 weeks x priority 4 are lost.
    result = run("explain", out, "C05", "--prices")
    assert (
        "  Halcyon: fit 95, full as things stand; with 20 hours a week: "
        "-640 hour-weeks x priority, -10,720 hour-weeks x fit (whole plan solved again)"
    ) in result.stdout


def test_people_of_a_project_are_ranked(out: Path) -> None:
    result = run("explain", out, "--project", "Larkspur", "--most", 2)
    assert result.stdout.splitlines() == [
        "People eligible for Larkspur, best fit first:",
        "  C01: fit 95, pay +0.00 an hour, 0 h fit on top, 35 h instead; has 35 h on Larkspur",
        "  C03: fit 81, pay +0.00 an hour, 0 h fit on top, 10 h instead; has 10 h on Larkspur",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["C99"], "contractor C99 is not affected by the pause"),
        (["--project", "Lark"], "no project has the codename Lark"),
        (["--most", "0"], "--most"),
    ],
)
def test_unknown_names_are_bad_input(out: Path, arguments: list[str], message: str) -> None:
    result = run("explain", out, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_folder_without_a_plan_is_bad_input() -> None:
    result = run("explain", TINY)
    assert result.exit_code == 2
    assert "request.json cannot be read as part of a plan: no such file" in result.stderr


def test_roster_that_moved_is_named(tmp_path: Path) -> None:
    roster = Path(shutil.copytree(TINY, tmp_path / "roster"))
    out = make_plan(roster, tmp_path / "out")
    roster.rename(tmp_path / "moved")

    lost = run("explain", out, "C08")
    found = run("explain", out, "C08", "--roster", tmp_path / "moved")

    assert lost.exit_code == 2
    assert "name it with --roster FOLDER" in lost.stderr
    assert found.exit_code == 0


def test_roster_that_changed_is_refused(tmp_path: Path) -> None:
    roster = Path(shutil.copytree(TINY, tmp_path / "roster"))
    out = make_plan(roster, tmp_path / "out")
    projects = roster / "projects.csv"
    projects.write_text(projects.read_text("utf-8").replace("Umbra,K3,open,40", "Umbra,K3,open,80"))

    result = run("explain", out)

    assert result.exit_code == 2
    assert "has changed since the plan was made" in result.stderr
