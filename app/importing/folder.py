"""Reads a whole CSV folder into a roster, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.importing.cross_checks import check_tables
from app.importing.problems import ProblemLog
from app.importing.raw_table import FileReading, read_raw_table
from app.importing.typed_table import TypedTable, build_roster_frame, build_typed_table
from solver.roster import TABLES, Roster, build_empty_frame


@dataclass(frozen=True, eq=False)
class ReadResult:
    """A folder that keeps the contract: its roster, how each file was read, and warnings.

    absent  optional files that are not there, and count as empty
    """

    roster: Roster
    readings: tuple[FileReading, ...]
    warnings: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the reading, a line each."""
        return _build_notes(self.readings, self.absent, self.warnings)


def read_folder(folder: Path) -> ReadResult:
    """Return the roster of a CSV folder (docs/data-format.md).

    Raises FolderRejected with every fault of every file, found in one pass.
    """
    log = ProblemLog()
    warnings: list[str] = []
    readings: list[FileReading] = []
    absent: list[str] = []
    tables: dict[str, TypedTable] = {}
    if not folder.is_dir():
        log.add(str(folder), value="no such folder", expected="a folder of CSV files")
        log.raise_if_any()
    for name, table in TABLES.items():
        path = folder / f"{name}.csv"
        if not path.is_file():
            if table.required:
                log.add(path.name, value="no such file", expected=f"the file {path.name}")
            else:
                absent.append(path.name)
            continue
        read = read_raw_table(path, table, log, warnings)
        if read is not None:
            raw, reading = read
            readings.append(reading)
            tables[name] = build_typed_table(raw, table, log)
    warnings += _name_unread_files(folder)
    check_tables(tables, log)
    log.raise_if_any(_build_notes(readings, absent, warnings))
    frames = {
        name: build_roster_frame(tables[name]) if name in tables else build_empty_frame(table)
        for name, table in TABLES.items()
    }
    return ReadResult(Roster(**frames), tuple(readings), tuple(warnings), tuple(absent))


def _build_notes(
    readings: Sequence[FileReading], absent: Sequence[str], warnings: Sequence[str]
) -> tuple[str, ...]:
    return (
        *(f"Read {reading}" for reading in readings),
        *(f"Absent, taken as empty: {file}" for file in absent),
        *(f"Warning: {warning}" for warning in warnings),
    )


def _name_unread_files(folder: Path) -> list[str]:
    known = {f"{name}.csv" for name in TABLES}
    return [
        f"{path.name}: not a file of the format, not read"
        for path in sorted(folder.iterdir())
        if path.suffix.lower() == ".csv" and path.name not in known
    ]
