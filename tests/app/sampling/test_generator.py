"""Drawn rosters: reproducible, valid, and shaped like a vendor's data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.exports.roster_folder import write_roster_folder
from app.importing import read_folder
from app.sampling import CHORDUS_PAUSE_DATE, SIZES, SampleSize, build_sample_roster
from app.sampling.places import COUNTRIES
from app.sampling.words import list_clients, list_codenames
from solver.roster import Roster

SMALL = SampleSize(contractors=300, projects=20, clients=6, skills_each=10)
DAY = date(2027, 3, 1)


@pytest.fixture(scope="module")
def roster() -> Roster:
    return build_sample_roster(SMALL, seed=5, starting=DAY)


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


def join_projects(roster: Roster) -> pd.DataFrame:
    columns = ["project_id", "client_id", "currency", "clearance", "compartments", "starts_on"]
    return roster.assignments.merge(
        roster.projects[columns], on="project_id", suffixes=("", "_of_project")
    )


def test_same_seed_gives_the_same_bytes(tmp_path: Path, roster: Roster) -> None:
    write_roster_folder(roster, tmp_path / "one")
    write_roster_folder(build_sample_roster(SMALL, seed=5, starting=DAY), tmp_path / "other")
    assert len(read_bytes(tmp_path / "one")) == 8
    assert read_bytes(tmp_path / "one") == read_bytes(tmp_path / "other")


def test_other_seed_gives_other_people(roster: Roster) -> None:
    other = build_sample_roster(SMALL, seed=6, starting=DAY)
    assert other.contractors["name"].tolist() != roster.contractors["name"].tolist()


@pytest.mark.parametrize("seed", range(6))
def test_reader_finds_no_fault_in_a_drawn_roster(tmp_path: Path, seed: int) -> None:
    drawn = build_sample_roster(SMALL, seed=seed, starting=DAY)
    write_roster_folder(drawn, tmp_path)
    result = read_folder(tmp_path)
    assert result.warnings == ()
    for name, frame in drawn.frames().items():
        pd.testing.assert_frame_equal(frame, result.roster.frames()[name])


def test_committed_chordus_folder_is_the_one_drawn_with_seed_8(tmp_path: Path) -> None:
    write_roster_folder(
        build_sample_roster(SIZES["S"], seed=8, starting=CHORDUS_PAUSE_DATE), tmp_path
    )
    committed = Path(__file__).parents[3] / "sample_data" / "chordus"
    assert read_bytes(tmp_path) == read_bytes(committed)


def test_third_of_the_contractors_work_on_chordus(roster: Roster) -> None:
    chordus = roster.projects.iloc[0]
    assert chordus["codename"] == "Chordus"
    active = roster.assignments[roster.assignments["status"] == "active"]
    on_chordus = active[active["project_id"] == chordus["project_id"]]["contractor_id"]
    assert on_chordus.nunique() == SMALL.contractors // 3
    status = roster.contractors.set_index("contractor_id")["status"]
    assert set(status[on_chordus]) == {"active"}


def test_addresses_are_unique_and_lead_nowhere(roster: Roster) -> None:
    emails = roster.contractors["email"]
    assert emails.is_unique
    assert set(emails.str.split("@").str[1]) <= {"example.org", "example.com", "example.net"}
    assert emails.str.isascii().all()


def test_time_zone_and_currency_belong_to_the_country(roster: Roster) -> None:
    by_code = {country.code: country for country in COUNTRIES}
    people = roster.contractors
    known = people[(people["country"] != "") & people["utc_offset"].notna()]
    for country, offset, currency in known[["country", "utc_offset", "currency"]].to_numpy():
        assert offset in by_code[country].utc_offsets
        assert currency == by_code[country].currency


def test_three_currencies_and_every_kind_of_row_are_drawn(roster: Roster) -> None:
    assert set(roster.contractors["currency"]) == {"USD", "EUR", "INR"}
    assert {"open", "paused", "closed"} == set(roster.projects["status"])
    assert {"active", "ended"} == set(roster.assignments["status"])
    assert roster.contractors["clearance_expires_on"].notna().any()
    assert roster.projects["seats"].notna().any()
    assert roster.projects["weekly_budget_cents"].notna().any()
    assert len(roster.walls) > 0
    assert len(roster.time_off) > 0


def test_current_work_breaks_no_wall_and_no_weekly_limit(roster: Roster) -> None:
    work = join_projects(roster)
    active = work[work["status"] == "active"]
    hours = active.groupby("contractor_id")["hours_per_week"].sum()
    limit = roster.contractors.set_index("contractor_id")["max_weekly_hours"]
    assert (hours <= limit[hours.index]).all()
    walled = {frozenset(pair) for pair in roster.walls.iloc[:, :2].to_numpy().tolist()}
    both = active.merge(work, on="contractor_id")
    met = zip(both["client_id_x"], both["client_id_y"], strict=True)
    assert not any(frozenset(pair) in walled for pair in met)


def test_people_have_what_their_project_requires(roster: Roster) -> None:
    work = join_projects(roster).merge(roster.contractors, on="contractor_id", suffixes=("", "_c"))
    assert (work["clearance_c"] >= work["clearance"]).all()
    for needed, held in zip(work["compartments"], work["compartments_c"], strict=True):
        assert set(needed.split("|")) - {""} <= set(held.split("|"))
    required = roster.project_skills[roster.project_skills["required"]]
    needs = work[["contractor_id", "project_id"]].merge(required, on="project_id")
    held_levels = needs.merge(roster.contractor_skills, on=["contractor_id", "skill"], how="left")
    assert (held_levels["level"] >= held_levels["min_level"]).all()


def test_assignments_start_within_their_project_and_stand_on_the_day(roster: Roster) -> None:
    work = join_projects(roster)
    assert (work["starts_on"] >= work["starts_on_of_project"]).all()
    today = pd.Timestamp(DAY)
    active = work[work["status"] == "active"]
    assert (active["starts_on"] <= today).all()
    assert (active["ends_on"].isna() | (active["ends_on"] >= today)).all()
    assert (work[work["status"] == "ended"]["ends_on"] < today).all()


def test_rates_follow_country_and_currency(roster: Roster) -> None:
    median = roster.contractors.groupby("currency")["pay_rate_cents"].median()
    assert median["INR"] > 10 * median["USD"]
    assert 500 < median["USD"] < 10_000
    assert not np.any(roster.contractors["pay_rate_cents"] % 25)


def test_names_are_unique_for_the_largest_size() -> None:
    largest = SIZES["XL"]
    codenames = list_codenames(largest.projects)
    assert len({name.lower() for name in codenames}) == largest.projects
    assert all(name.isalpha() for name in codenames)
    assert len(set(list_clients(largest.clients))) == largest.clients
