"""State of a list page: its filters, sorting and page, as they stand in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.services.paging import Page, PageRequest
from app.web.input_limits import read_whole
from app.web.list_columns import Column, read_hidden

PAGE_SIZES = (25, 50, 100)
PRINTED_ROWS = 1000
"""Rows of a list on paper: some thirty sheets; beyond that the CSV file serves better."""
_MAX_PAGE = 1_000_000


@dataclass(frozen=True)
class Sorting:
    """Columns that a list may be sorted by, and the one it starts with."""

    columns: tuple[str, ...]
    default: str
    descending: bool = False

    @classmethod
    def of_columns(
        cls, columns: Sequence[Column], default: str, *, descending: bool = False
    ) -> Sorting:
        """Return the sorting by every column whose head sorts."""
        return cls(tuple(one.key for one in columns if one.sorts), default, descending)


@dataclass(frozen=True)
class ListQuery:
    """What a person asked of a list.

    filters  name -> text; "" when not filtered
    page     from 1
    size     rows a page: one of PAGE_SIZES, or PRINTED_ROWS
    """

    filters: Mapping[str, str]
    sort: str
    descending: bool
    page: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.size

    @property
    def page_request(self) -> PageRequest:
        """The page for a service."""
        return PageRequest(self.sort, self.descending, self.offset, self.size)


def read_list_query(
    args: MultiDict[str, str], filter_names: Sequence[str], sorting: Sorting
) -> ListQuery:
    """Return the query in `args`; what is unknown or unusable takes its default."""
    asked = args.get("sort", "")
    known = asked in sorting.columns
    size = args.get("size", default=PAGE_SIZES[0], type=int)
    if is_print_view():
        size, page = PRINTED_ROWS, 1
    else:
        size = size if size in PAGE_SIZES else PAGE_SIZES[0]
        page = max(1, read_whole(args.get("page", ""), _MAX_PAGE) or 1)
    return ListQuery(
        filters={name: args.get(name, "").strip() for name in filter_names},
        sort=asked if known else sorting.default,
        descending=args.get("descending") == "1" if known else sorting.descending,
        page=page,
        size=size,
    )


@dataclass(frozen=True)
class Listing:
    """One page of a list, with addresses of its neighbours.

    endpoint, parts  the view and the values in its path
    columns          what its table and its CSV file show; () for a list without either
    """

    query: ListQuery
    rows: Sequence[Any]
    total: int
    endpoint: str
    parts: Mapping[str, Any]
    columns: Sequence[Column] = ()

    @property
    def name(self) -> str:
        """Name of the list in cookies and in the page."""
        return self.endpoint.replace(".", "-")

    @property
    def page_sizes(self) -> tuple[int, ...]:
        """Rows a page that one may choose."""
        return PAGE_SIZES

    @property
    def shown_columns(self) -> list[Column]:
        """Columns of the table, those that are hidden by choice included."""
        return [column for column in self.columns if not column.csv_only]

    @property
    def hidden(self) -> frozenset[str]:
        """Keys of the columns that this browser hides."""
        return read_hidden(self.name, self.columns)

    @property
    def sort(self) -> str:
        """Column that the rows are sorted by."""
        return self.query.sort

    @property
    def descending(self) -> bool:
        """Whether the greatest come first."""
        return self.query.descending

    @property
    def page(self) -> int:
        """Number of this page, from 1."""
        return self.query.page

    @property
    def num_pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.query.size))

    @property
    def first(self) -> int:
        """Place of the first row in the whole list, from 1."""
        return self.query.offset + 1

    @property
    def last(self) -> int:
        """Place of the last row in the whole list."""
        return self.query.offset + len(self.rows)

    @property
    def is_filtered(self) -> bool:
        """Whether any filter narrows the list."""
        return any(self.query.filters.values())

    def url(self, **changes: object) -> str:
        """Return the address of this list with `changes` to its query."""
        values: dict[str, Any] = {name: text for name, text in self.query.filters.items() if text}
        values |= {"sort": self.sort, "descending": self.descending, "page": self.page}
        if self.query.size in PAGE_SIZES:
            values["size"] = self.query.size
        values |= changes
        values["descending"] = "1" if values["descending"] else None
        if values["page"] == 1:
            values["page"] = None
        if values.get("size") == PAGE_SIZES[0]:
            values["size"] = None
        return url_for(self.endpoint, **self.parts, **values)


def build_listing(
    query: ListQuery,
    find_rows: Callable[[PageRequest], Page[Any]],
    columns: Sequence[Column],
    endpoint: str,
    **parts: Any,
) -> Listing:
    """Return the page of a list that `query` asks for; its last one when it has become shorter."""
    found = find_rows(query.page_request)
    if found.total and not found.rows:
        query = replace(query, page=-(-found.total // query.size))
        found = find_rows(query.page_request)
    return Listing(query, found.rows, found.total, endpoint, parts, columns)


def is_print_view() -> bool:
    """Return whether the address asks for the list as it goes on paper."""
    return request.args.get("print") == "1"


def is_fragment() -> bool:
    """Return whether htmx asks for the part of a page that it will swap."""
    return request.headers.get("HX-Request") == "true"
