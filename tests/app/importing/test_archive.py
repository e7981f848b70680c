"""Zips that lie about themselves, or are too much of everything: refused by name."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.importing.archive import MAX_ENTRIES, BadArchive, unpack

MEGABYTE = 1024 * 1024


def build_zip(
    files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = 0
) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return stream.getvalue()


def read(path: Path, data: bytes, *, max_bytes: int = 8 * MEGABYTE) -> dict[str, bytes]:
    path = path / "upload.zip"
    path.write_bytes(data)
    return {entry.name: b"".join(entry.blocks) for entry in unpack(path, max_bytes=max_bytes)}


def build_twice(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, b"one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(name, b"other")
    return stream.getvalue()


def patch_directory(data: bytes, offset: int, layout: str, value: int) -> bytes:
    """Change a field of the first entry in the zip's directory."""
    place = data.index(b"PK\x01\x02") + offset
    changed = bytearray(data)
    struct.pack_into(layout, changed, place, value)
    return bytes(changed)


def test_folders_and_what_systems_add_do_not_matter(tmp_path: Path) -> None:
    data = build_zip(
        {
            "roster/clients.csv": b"a",
            "roster/README.md": b"b",
            "__MACOSX/roster/._clients.csv": b"c",
            "roster/.hidden.csv": b"d",
        }
    )
    assert read(tmp_path, data) == {"clients.csv": b"a"}


SECRET = patch_directory(build_zip({"clients.csv": b"a"}), 8, "<H", 1)

HOSTILE = {
    "path upwards": (build_zip({"../clients.csv": b"a"}), "a path inside the archive"),
    "path upwards of Windows": (build_zip({"..\\clients.csv": b"a"}), "a path inside the archive"),
    "absolute path": (build_zip({"/etc/clients.csv": b"a"}), "a path inside the archive"),
    "drive": (build_zip({"C:clients.csv": b"a"}), "a path inside the archive"),
    "link": (
        build_zip({"clients.csv": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777),
        "a file, not a link",
    ),
    "password": (SECRET, "a file without a password"),
    "zip in the zip": (build_zip({"more.zip": b"PK"}), "no archive inside the archive"),
    "other packing": (build_zip({"a.csv": b"a"}, zipfile.ZIP_LZMA), "packed by deflate"),
    "packed a thousand times": (
        build_zip({"clients.csv": b"0" * 4 * MEGABYTE}),
        "packed at most 200 times",
    ),
    "too many entries": (
        build_zip({f"{number}.csv": b"" for number in range(MAX_ENTRIES + 1)}),
        f"at most {MAX_ENTRIES}",
    ),
    "too much in all": (
        build_zip({"a.csv": b"ab" * MEGABYTE, "b.csv": b"ab" * 4 * MEGABYTE}, zipfile.ZIP_STORED),
        "at most 8,388,608",
    ),
    "one name in two folders": (build_zip({"a/x.csv": b"", "b/X.csv": b""}), "each file once"),
    "one name twice": (build_twice("x.csv"), "each file once"),
    "no zip": (b"client_id,name\n", "a zip that is whole"),
    "half a zip": (build_zip({"clients.csv": b"a" * 900}, zipfile.ZIP_STORED)[:600], "whole"),
}


@pytest.mark.parametrize(("data", "expected"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_zip_is_refused_by_name(tmp_path: Path, data: bytes, expected: str) -> None:
    """Check 15: before anything of it is unpacked."""
    with pytest.raises(BadArchive, match=expected):
        read(tmp_path, data)


def test_entry_larger_than_its_directory_says_is_cut_off(tmp_path: Path) -> None:
    """Check 15: what counts is what comes out, not what the directory promises."""
    data = build_zip({"clients.csv": b"ab" * 2 * MEGABYTE}, zipfile.ZIP_STORED)
    lying = patch_directory(data, 24, "<I", 10)
    with pytest.raises(BadArchive):
        read(tmp_path, lying, max_bytes=MEGABYTE)
