"""Reading a whole CSV folder."""

from __future__ import annotations

import codecs
from pathlib import Path

import pandas as pd
import pytest

from app.importing import FolderRejected, ReadResult, read_folder
from app.importing.problems import MAX_PROBLEMS_OF_A_COLUMN
from solver.roster import TABLES, Kind, get_dtype

FILES = {
    "clients": "client_id,name\nK1,Quillmere Institute\nK2,Marrowby Foods\n",
    "projects": (
        "project_id,codename,client_id,status,demand_hours,countries\n"
        "P1,Chordus,K1,open,60,\nP2,Larkspur,K2,Paused,80.0, IN | DE |DE\n"
    ),
    "contractors": (
        "contractor_id,name,email,max_weekly_hours,pay_rate,payroll_id\n"
        "01,Zoë Müller,zoe@example.org,40,31.5,007\n"
    ),
    "assignments": (
        "assignment_id,contractor_id,project_id,hours_per_week,starts_on\nA1,01,P1,40,2026-01-05\n"
    ),
}


def write_folder(folder: Path, **changed: str | bytes | None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in {**FILES, **changed}.items():
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode()
            (folder / f"{name}.csv").write_bytes(data)
    return folder


def read_problems(folder: Path) -> list[tuple[str, int | None, str | None, str]]:
    with pytest.raises(FolderRejected) as caught:
        read_folder(folder)
    return [(p.file, p.line, p.column, p.value) for p in caught.value.problems]


def find_reading(result: ReadResult, file: str) -> str:
    return next(str(reading) for reading in result.readings if reading.file == file)


def test_roster_has_every_column_with_its_dtype(tmp_path: Path) -> None:
    frames = read_folder(write_folder(tmp_path)).roster.frames()
    for name, table in TABLES.items():
        assert list(frames[name].columns) == [column.roster_name for column in table.columns]
        for column in table.columns:
            assert frames[name][column.roster_name].dtype == get_dtype(column)


def test_blank_cells_and_absent_columns_take_the_default(tmp_path: Path) -> None:
    roster = read_folder(write_folder(tmp_path)).roster
    project = roster.projects.iloc[0]
    assert (project["priority"], project["min_hours"], project["currency"]) == (3, 5, "USD")
    assert pd.isna(project["seats"])
    assert pd.isna(project["starts_on"])
    assert project["countries"] == ""
    assert len(roster.walls) == 0


def test_values_are_normalised(tmp_path: Path) -> None:
    roster = read_folder(write_folder(tmp_path)).roster
    assert roster.projects["demand_hours"].tolist() == [60, 80]
    assert roster.projects["status"].tolist() == ["open", "paused"]
    assert roster.projects["countries"].tolist() == ["", "DE|IN"]
    assert roster.contractors["pay_rate_cents"].tolist() == [3150]


def test_leading_zeros_stay(tmp_path: Path) -> None:
    roster = read_folder(write_folder(tmp_path)).roster
    assert roster.contractors["contractor_id"].tolist() == ["01"]
    assert roster.contractors["payroll_id"].tolist() == ["007"]


@pytest.mark.parametrize(
    ("encode", "words"),
    [
        (lambda text: text.encode(), "UTF-8"),
        (lambda text: codecs.BOM_UTF8 + text.encode(), "UTF-8 with a byte order mark"),
        (lambda text: text.encode("utf-16"), "UTF-16"),
        (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), "UTF-16"),
        (lambda text: text.encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (lambda text: text.encode("cp1252"), "cp1252 (Windows)"),
    ],
    ids=["utf-8", "utf-8-bom", "utf-16-le-bom", "utf-16-be-bom", "utf-16-le", "cp1252"],
)
@pytest.mark.parametrize(
    ("delimiter", "word"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs")]
)
def test_encoding_and_delimiter_are_found_and_said(
    tmp_path: Path, encode: object, words: str, delimiter: str, word: str
) -> None:
    assert callable(encode)
    text = FILES["contractors"].replace(",", delimiter)
    result = read_folder(write_folder(tmp_path, contractors=encode(text)))
    assert result.roster.contractors["name"].tolist() == ["Zoë Müller"]
    assert find_reading(result, "contractors.csv") == (
        f"contractors.csv: 1 row, {words}, separated by {word}"
    )


def test_line_ends_of_every_system_are_read(tmp_path: Path) -> None:
    for line_end in ("\r\n", "\r"):
        text = FILES["projects"].replace("\n", line_end)
        assert len(read_folder(write_folder(tmp_path, projects=text)).roster.projects) == 2


def test_quoted_cells_keep_delimiters_quotes_and_newlines(tmp_path: Path) -> None:
    text = 'client_id,name\nK1,"Quill, ""Mere""\r\nInstitute"\nK2, "b, c"\n'
    roster = read_folder(write_folder(tmp_path, clients=text)).roster
    assert roster.clients["name"].tolist() == ['Quill, "Mere"\r\nInstitute', "b, c"]


def test_line_numbers_count_quoted_newlines_and_blank_rows(tmp_path: Path) -> None:
    text = 'client_id,name\nK1,"a\nb\nc"\n\n,,\nK2,\n'
    found = read_problems(write_folder(tmp_path, clients=text))
    assert found == [("clients.csv", 7, "name", "")]


def test_formula_like_text_is_text(tmp_path: Path) -> None:
    text = FILES["clients"].replace("Marrowby Foods", "=cmd|' /C calc'!A0")
    clients = read_folder(write_folder(tmp_path, clients=text)).roster.clients
    assert clients["name"].tolist() == ["Quillmere Institute", "=cmd|' /C calc'!A0"]


def test_unknown_columns_and_files_are_named_in_warnings(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, clients="client_id,name,vip,\nK1,a,yes,\nK2,b,no,\n")
    (folder / "contractor_skill.csv").write_text("x\n")
    result = read_folder(folder)
    assert result.warnings == (
        "clients.csv: column 'vip' is not part of the format and is not read",
        "clients.csv: a column without a name is not read",
        "contractor_skill.csv: not a file of the format, not read",
    )


def test_header_names_may_have_capitals_and_space(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, clients="Client_ID , NAME\nK1,a\nK2,b\n")
    assert read_folder(folder).roster.clients["name"].tolist() == ["a", "b"]


def test_header_only_file_has_no_rows(tmp_path: Path) -> None:
    result = read_folder(write_folder(tmp_path, time_off="contractor_id,starts_on,ends_on\n"))
    assert len(result.roster.time_off) == 0
    assert find_reading(result, "time_off.csv").startswith("time_off.csv: 0 rows")


def test_every_fault_of_every_file_is_reported_in_one_pass(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        clients="client_id,name\nK1,\nK1,b\nK2,c\n",
        projects=FILES["projects"].replace("P2,Larkspur,K2", "P2,chordus,K7"),
        contractors=FILES["contractors"].replace("40,31.5", "x,31.555"),
        assignments=None,
    )
    assert read_problems(folder) == [
        ("assignments.csv", None, None, "no such file"),
        ("clients.csv", 2, "name", ""),
        ("clients.csv", 3, "client_id", "K1"),
        ("contractors.csv", 2, "max_weekly_hours", "x"),
        ("contractors.csv", 2, "pay_rate", "31.555"),
        ("projects.csv", 3, "client_id", "K7"),
        ("projects.csv", 3, "codename", "chordus"),
    ]


def test_ragged_row_still_counts_as_a_target_of_references(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, clients="client_id,name\nK1\nK2,b\n")
    assert read_problems(folder) == [("clients.csv", 2, None, "1 cells")]


def test_ragged_row_is_not_held_to_rules_between_its_cells(tmp_path: Path) -> None:
    # Without its last cell, max_hours would be the default of 40.
    header = "project_id,codename,client_id,status,demand_hours,min_hours,max_hours\n"
    rows = "P1,Chordus,K1,open,60,5,40\nP2,Larkspur,K2,open,80,50\n"
    found = read_problems(write_folder(tmp_path, projects=header + rows))
    assert found == [("projects.csv", 3, None, "6 cells")]


def test_unreadable_target_does_not_make_references_wrong(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, clients='client_id,name\n"K1,a\nK2,b\n')
    assert [row[:2] for row in read_problems(folder)] == [("clients.csv", 2)]


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRejected, match="no such folder"):
        read_folder(tmp_path / "nowhere")


def test_faults_beyond_the_limit_of_a_column_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"K{number},\n" for number in range(1, MAX_PROBLEMS_OF_A_COLUMN + 6))
    with pytest.raises(FolderRejected, match="and 5 more") as caught:
        read_folder(write_folder(tmp_path, clients=f"client_id,name\n{rows}"))
    assert len(caught.value.problems) == MAX_PROBLEMS_OF_A_COLUMN
    assert caught.value.omitted == 5


def test_cell_longer_than_the_csv_limit_is_a_fault(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, clients=f"client_id,name\nK1,{'x' * 200_000}\nK2,b\n")
    assert [row[:3] for row in read_problems(folder)] == [("clients.csv", 2, None)]


def test_every_required_column_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in TABLES:
        (folder / f"{name}.csv").write_text("nothing\n")
    found = {(file.removesuffix(".csv"), column) for file, _, column, _ in read_problems(folder)}
    required = {(t.name, c.name) for t in TABLES.values() for c in t.columns if c.required}
    assert found == required


def test_every_kind_of_cell_is_parsed_in_some_table() -> None:
    assert {column.kind for t in TABLES.values() for column in t.columns} == set(Kind)


def test_file_with_capitals_in_its_name_is_named_bug(tmp_path: Path) -> None:
    """`Walls.CSV` had been passed over in silence, and its walls with it."""
    folder = write_folder(tmp_path)
    (folder / "Walls.CSV").write_text("client_id,competitor_id,cooling_off_days\n")
    assert read_folder(folder).warnings == ("Walls.CSV: not a file of the format, not read",)


def test_absent_files_are_named(tmp_path: Path) -> None:
    result = read_folder(write_folder(tmp_path))
    assert result.absent == (
        "walls.csv",
        "project_skills.csv",
        "contractor_skills.csv",
        "time_off.csv",
    )
    assert "Absent, taken as empty: walls.csv" in result.notes


def test_refused_folder_still_says_how_it_was_read_bug(tmp_path: Path) -> None:
    """The unknown column is the clue to the missing one, and had been dropped."""
    folder = write_folder(tmp_path, clients="client_id;nmae\nK1;Quillmere\nK2;Marrowby\n")
    with pytest.raises(FolderRejected) as caught:
        read_folder(folder)
    notes = caught.value.notes
    assert "Read clients.csv: 2 rows, UTF-8, separated by semicolons" in notes
    assert "Warning: clients.csv: column 'nmae' is not part of the format and is not read" in notes
