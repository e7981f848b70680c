"""The text of a CSV file in blocks of whole lines, and the cells of those that need no parser."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import repeat
from typing import TextIO

MAX_LINE_CHARACTERS = 1 << 20
"""Of one line; a cell takes at most `csv.field_size_limit()`, 131,072 unless set otherwise."""

_BLOCK_CHARACTERS = 1 << 20


def read_blocks(stream: TextIO) -> Iterator[str]:
    """Yield the rest of a stream in blocks that end where a line ends.

    A block has at most two million characters: where the last line of one is longer than
    MAX_LINE_CHARACTERS it is cut there, and whoever takes it finds it too long.
    """
    while block := stream.read(_BLOCK_CHARACTERS):
        yield block + stream.readline(MAX_LINE_CHARACTERS + 1)


def split_plain(block: str, delimiter: str, width: int) -> list[list[str]] | None:
    """Return the cells of a block, column by column; None where a parser of CSV has to look.

    That is where there are quotes, space behind a delimiter, lone carriage returns, blank
    rows, cells that may be too long, or a row that has not `width` cells. What is returned is
    what such a parser would find.
    """
    if '"' in block:
        return None
    block = block.replace("\r\n", "\n").removesuffix("\n")
    padded = f"\n{block}\n"
    if "\r" in block or f"{delimiter} " in block or "\n " in padded:
        return None
    blank = delimiter * (width - 1)
    if f"\n{blank}\n" in padded:
        return None
    lines = block.split("\n")
    if set(map(str.count, lines, repeat(delimiter))) != {width - 1}:
        return None
    if max(map(len, lines)) > csv.field_size_limit():
        return None
    cells = block.replace("\n", delimiter).split(delimiter)
    return [cells[place::width] for place in range(width)]
