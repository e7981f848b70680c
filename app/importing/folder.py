"""Reads a whole CSV folder into a roster, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.importing.cross_checks import Targets, check_tables
from app.importing.problems import ProblemLog
from app.importing.raw_reading import read_raw_table
from app.importing.raw_table import FileReading
from app.importing.source import SourceFile
from app.importing.typed_table import TypedTable, build_roster_frame, build_typed_table
from solver.roster import TABLES, Roster, build_empty_frame


@dataclass(frozen=True, eq=False)
class ReadResult:
    """A folder that keeps the contract: its rows, how each file was read, and warnings.

    absent  optional files that are not there, and count as empty
    """

    tables: ReadTables
    readings: tuple[FileReading, ...]
    warnings: tuple[str, ...]
    absent: tuple[str, ...]

    @cached_property
    def roster(self) -> Roster:
        """The rows as frames, built once somebody wants them."""
        return self.tables.build_roster()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the reading, a line each."""
        return _build_notes(self.readings, self.absent, self.warnings)


@dataclass(frozen=True, eq=False)
class ReadTables:
    """What could be read of some files, by table: the rows, and how each file was read."""

    tables: dict[str, TypedTable]
    readings: list[FileReading]

    def build_roster(self) -> Roster:
        """Return the roster; the tables must be free of faults, those that are not there empty."""
        frames = {
            name: build_roster_frame(self.tables[name])
            if name in self.tables
            else build_empty_frame(table)
            for name, table in TABLES.items()
        }
        return Roster(**frames)


def read_folder(folder: Path) -> ReadResult:
    """Return the roster of a CSV folder (docs/data-format.md).

    Raises FolderRejected with every fault of every file, found in one pass.
    """
    log = ProblemLog()
    warnings: list[str] = []
    absent: list[str] = []
    sources: dict[str, SourceFile] = {}
    if not folder.is_dir():
        log.add(str(folder), value="no such folder", expected="a folder of CSV files")
        log.raise_if_any()
    for name, table in TABLES.items():
        path = folder / f"{name}.csv"
        if path.is_file():
            sources[name] = SourceFile(path.name, path)
        elif table.required:
            log.add(path.name, value="no such file", expected=f"the file {path.name}")
        else:
            absent.append(path.name)
    read = read_tables(sources, log, warnings)
    warnings += _name_unread_files(folder)
    log.raise_if_any(_build_notes(read.readings, absent, warnings))
    return ReadResult(read, tuple(read.readings), tuple(warnings), tuple(absent))


def read_tables(
    sources: Mapping[str, SourceFile],
    log: ProblemLog,
    warnings: list[str],
    known_keys: Mapping[str, Set[str]] | None = None,
    *,
    on_file: Callable[[SourceFile], None] = lambda _source: None,
) -> ReadTables:
    """Read the files of some tables and check them, alone and against each other.

    Every fault goes to `log`.

    known_keys  by table: what a row may refer to beside the rows of the files
    on_file     is told of each file before it is read
    """
    read = ReadTables({}, [])
    for name, source in sources.items():
        on_file(source)
        found = read_raw_table(source, TABLES[name], log, warnings)
        if found is not None:
            raw, reading = found
            read.readings.append(reading)
            read.tables[name] = build_typed_table(raw, TABLES[name], log)
    unread = frozenset(sources) - frozenset(read.tables)
    check_tables(read.tables, Targets(read.tables, known_keys, unread), log)
    return read


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
