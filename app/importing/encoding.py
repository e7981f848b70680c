"""How a CSV file was written: its character encoding and its delimiter."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection
from pathlib import Path

DELIMITERS = (",", ";", "\t")

UTF_8 = "utf-8"
CP1252 = "cp1252"
_HEAD_BYTES = 4
_BLOCK_CHARACTERS = 1 << 20
_BLOCK_BYTES = 1 << 20


class Undecodable(Exception):
    """The bytes of a file are text in none of the known encodings."""

    def __init__(self, line: int | None) -> None:
        self.line = line
        super().__init__(f"undecodable, line {line}")


def detect_encoding(path: Path) -> str:
    """Return the name of the codec that reads the file, trying UTF-16, UTF-8, then cp1252.

    Raises Undecodable with the line of the first byte that none of them knows.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    marked = _find_marked_encoding(head)
    if marked is not None:
        return _confirm_whole(path, marked)
    if _find_undecodable_line(path, UTF_8) is None:
        return UTF_8
    line = _find_undecodable_line(path, CP1252)
    if line is not None:
        raise Undecodable(line)
    return CP1252


def sniff_delimiter(header_line: str, known: Collection[str]) -> str:
    """Return the delimiter that splits the header into the most names of `known`.

    Where no delimiter finds a known name, the one that finds the most names.
    """
    names = set(known)

    def count_names(delimiter: str) -> tuple[int, int]:
        cells = split_header(header_line, delimiter)
        return len(names & set(cells)), len(cells)

    return max(DELIMITERS, key=count_names)


def split_header(header_line: str, delimiter: str) -> list[str]:
    """Return the names of the header, trimmed and in small letters."""
    cells = next(csv.reader([header_line], delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip().lower() for cell in cells]


def _find_marked_encoding(head: bytes) -> str | None:
    """Return the encoding that a byte order mark, or the zeros of UTF-16 text, give away."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = [byte == 0 for byte in head]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    if zeros == [True, False, True, False]:
        return "utf-16-be"
    return None


def _confirm_whole(path: Path, encoding: str) -> str:
    try:
        with path.open(encoding=encoding, newline="") as stream:
            while stream.read(_BLOCK_CHARACTERS):
                pass
    except UnicodeDecodeError:
        raise Undecodable(None) from None
    return encoding


def _find_undecodable_line(path: Path, encoding: str) -> int | None:
    """Return the line of the first byte that `encoding` does not know; in UTF-8 or cp1252."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as stream:
        # By blocks: a file may be one line of a gigabyte.
        while block := stream.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as fault:
                return line + fault.object.count(b"\n", 0, fault.start)
            line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None
