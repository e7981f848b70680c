"""Reading answers the way a person does: the words, the inputs, the links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

_SILENT = {"script", "style", "title", "head", "template"}


@dataclass
class Page:
    """A page that came back.

    text    what a person reads, spaces folded
    inputs  name -> value of the last input of that name
    """

    status: int
    body: str
    headers: dict[str, str]
    text: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)

    @property
    def csrf_token(self) -> str:
        """The token of the page's forms."""
        return self.inputs["csrf_token"]


def read_page(response: TestResponse) -> Page:
    """Return the page in `response`."""
    body = response.get_data(as_text=True)
    response.close()
    page = Page(response.status_code, body, dict(response.headers))
    if response.mimetype == "text/html":
        reader = _Reader(page)
        reader.feed(body)
        page.text = " ".join(" ".join(reader.words).split())
    return page


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._silent = 0
        self._row: list[str] | None = None
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        if tag == "tr":
            self._row = []
        name = values.get("name")
        if tag == "input" and name:
            self._page.inputs[name] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        if tag == "tr" and self._row is not None:
            self._page.rows.append(" ".join(" ".join(self._row).split()))
            self._row = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.words.append(data)
        if self._row is not None:
            self._row.append(data)
