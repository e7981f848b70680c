"""Headers of templates: encodings, delimiters, line ends, quotes, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.payroll_formats.template_header import (
    DELIMITERS,
    MAX_HEADER_BYTES,
    decode_header,
    read_template,
)
from solver.errors import InvalidInput

words = st.text("aZ9é ß#", max_size=8).map("N{}".format)


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter", "line_end", "names"),
    [
        (b"Id,Hours\r\n1,2\r\n", "utf-8", ",", "\r\n", ("Id", "Hours")),
        (b"Id;Stunden\n", "utf-8", ";", "\n", ("Id", "Stunden")),
        (b"Id\tHours", "utf-8", "\t", "\r\n", ("Id", "Hours")),
        (b"\xef\xbb\xbfId|Hours\r\n", "utf-8", "|", "\r\n", ("Id", "Hours")),
        ("Id;Prénom\r\n".encode("cp1252"), "cp1252", ";", "\r\n", ("Id", "Prénom")),
        ("Id;Prénom\r\n".encode(), "utf-8", ";", "\r\n", ("Id", "Prénom")),
        (b'"Last, first",""\r\n', "utf-8", ",", "\r\n", ("Last, first", "")),
        (b"Id\r\n", "utf-8", ",", "\r\n", ("Id",)),
        (
            "\ufeffId\tHours\r\nx".encode("utf-16-le"),
            "utf-16-le",
            "\t",
            "\r\n",
            ("Id", "Hours"),
        ),
    ],
)
def test_template_says_how_it_is_written(
    content: bytes, encoding: str, delimiter: str, line_end: str, names: tuple[str, ...]
) -> None:
    header = read_template(content)
    assert (header.encoding, header.delimiter, header.line_end) == (encoding, delimiter, line_end)
    assert header.names == names
    assert content.startswith(header.content)
    assert (
        decode_header(header.content, encoding)
        == content.decode(encoding).lstrip("\ufeff").splitlines()[0]
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "a header in the first line"),
        (b"\xef\xbb\xbf\r\n1,2", "a header in the first line"),
        (b"Id,=1+1\r\n", "column 2: '=1\\+1' found, a name that is no formula"),
        ("Id,\uff1dA\r\n".encode(), "column 2"),
        (b'Id,"two\r\nlines"\r\n', "column 2"),
        (b"," * 200, "201 columns"),
        (b"a" * (MAX_HEADER_BYTES + 1), "a first line of up to 20000 bytes"),
    ],
)
def test_header_that_cannot_be_used_is_refused(content: bytes, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        read_template(content)


@given(
    names=st.lists(words, min_size=2, max_size=6),
    delimiter=st.sampled_from(list(DELIMITERS)),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16-le", "utf-16-be"]),
)
def test_header_is_kept_to_the_byte(names: list[str], delimiter: str, encoding: str) -> None:
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    line = (mark + delimiter.join(names)).encode(encoding)
    header = read_template(line + "\r\n1\r\n".encode(encoding))
    assert header.content == line
    assert len(header.names) == len(names)
