"""What is wrong with a CSV folder: each fault with its place, value and expectation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.errors import AppError

MAX_PROBLEMS_OF_A_COLUMN = 1_000
"""Faults kept per file and column; a wrong export of a million rows must not fill the memory."""

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class CellProblem:
    """One fault of a CSV folder.

    line    first line of the row in the file, the header is line 1; None = the whole file
    column  as in the header; None = the whole row or file
    value   the text that stands there
    """

    file: str
    line: int | None
    column: str | None
    value: str
    expected: str

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        shown = self.value
        if len(shown) > _SHOWN_CHARACTERS:
            shown = shown[:_SHOWN_CHARACTERS] + "..."
        return f"{place}: {shown!r} found, {self.expected} expected"


class FolderRejected(AppError):
    """A CSV folder breaks the data contract; nothing of it may be used.

    problems  every fault of every file, in the order of files and lines
    omitted   faults left out because their column has too many to list
    notes     how each file was read, and warnings: an unknown column is often a missing one
    """

    def __init__(
        self,
        problems: tuple[CellProblem, ...],
        omitted: int = 0,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.problems = problems
        self.omitted = omitted
        self.notes = notes
        lines = [str(problem) for problem in problems]
        if omitted:
            lines.append(f"and {omitted:,} more of the same columns")
        super().__init__("\n".join(lines))


class ProblemLog:
    """Collects the faults of one reading."""

    def __init__(self) -> None:
        self._problems: list[CellProblem] = []
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def add(
        self,
        file: str,
        *,
        value: str,
        expected: str,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        """Note one fault; beyond the limit of a column only its count is kept."""
        self._counts[file, column] += 1
        if self._counts[file, column] <= MAX_PROBLEMS_OF_A_COLUMN:
            self._problems.append(CellProblem(file, line, column, value, expected))

    @property
    def problems(self) -> tuple[CellProblem, ...]:
        """Everything noted, sorted by file and line."""
        return tuple(sorted(self._problems, key=lambda one: (one.file, one.line or 0)))

    @property
    def num_omitted(self) -> int:
        """Faults that were counted only."""
        return self._counts.total() - len(self._problems)

    def raise_if_any(self, notes: tuple[str, ...] = ()) -> None:
        """Raise FolderRejected with everything noted, sorted by file and line."""
        if self._problems:
            raise FolderRejected(self.problems, self.num_omitted, notes)
