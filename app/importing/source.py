"""One file to be read: where its bytes are, and what its columns and rows stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True)
class SourceFile:
    """A CSV file of a table.

    name     as people know it: faults and readings name it
    columns  column of the format -> name in the file's header, in small letters; None = the
             header has the names of the format, and where it is given nothing else is read
    mends    line -> the cells that count instead of what stands there
    """

    name: str
    path: Path
    columns: Mapping[str, str] | None = None
    mends: Mapping[int, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))

    def name_columns(self, header: Sequence[str]) -> list[str]:
        """Return the header as the format would name it; what is not read keeps its own name."""
        if self.columns is None:
            return list(header)
        by_header = {theirs: ours for ours, theirs in self.columns.items()}
        return [by_header.get(name, f"{name} (left out)") for name in header]
