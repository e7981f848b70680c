"""State of a list page: its filters, sorting and page, as they stand in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.web.input_limits import read_whole

PAGE_SIZES = (25, 50, 100)
_MAX_PAGE = 1_000_000


@dataclass(frozen=True)
class Sorting:
    """Columns that a list may be sorted by, and the one it starts with."""

    columns: tuple[str, ...]
    default: str
    descending: bool = False


@dataclass(frozen=True)
class ListQuery:
    """What a person asked of a list.

    filters  name -> text; "" when not filtered
    page     from 1
    size     rows a page, one of PAGE_SIZES
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


def read_list_query(
    args: MultiDict[str, str], filter_names: Sequence[str], sorting: Sorting
) -> ListQuery:
    """Return the query in `args`; what is unknown or unusable takes its default."""
    asked = args.get("sort", "")
    known = asked in sorting.columns
    size = args.get("size", default=PAGE_SIZES[0], type=int)
    return ListQuery(
        filters={name: args.get(name, "").strip() for name in filter_names},
        sort=asked if known else sorting.default,
        descending=args.get("descending") == "1" if known else sorting.descending,
        page=max(1, read_whole(args.get("page", ""), _MAX_PAGE) or 1),
        size=size if size in PAGE_SIZES else PAGE_SIZES[0],
    )


@dataclass(frozen=True)
class Listing:
    """One page of a list, with addresses of its neighbours.

    endpoint, parts  the view and the values in its path
    """

    query: ListQuery
    rows: Sequence[Any]
    total: int
    endpoint: str
    parts: Mapping[str, Any]

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
        values |= {"size": self.query.size} | changes
        values["descending"] = "1" if values["descending"] else None
        if values["page"] == 1:
            values["page"] = None
        if values["size"] == PAGE_SIZES[0]:
            values["size"] = None
        return url_for(self.endpoint, **self.parts, **values)


def is_fragment() -> bool:
    """Return whether htmx asks for the part of a page that it will swap."""
    return request.headers.get("HX-Request") == "true"
