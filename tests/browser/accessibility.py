"""What axe-core finds wrong with a page, in words that name the spot."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "axe" / "axe.min.js"
AXE_SHA256 = "e9e5863c33a874f09bc01acd9234b7e3c871479f5eef8802fa582544465e6d01"

_RUN = "rules => axe.run(document, {resultTypes: ['violations'], runOnly: rules})"
# Best practices count too: one main landmark, headings in order, no content outside landmarks.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
_SPOTS_SHOWN = 3


@cache
def read_axe() -> str:
    """Return axe-core's source; raise ValueError when it is not the file that was vendored."""
    source = AXE.read_bytes()
    if hashlib.sha256(source).hexdigest() != AXE_SHA256:
        raise ValueError(f"{AXE.name} is not the vendored file")
    return source.decode()


def find_violations(page: Page, *, only_colours: bool = False) -> list[str]:
    """Return each broken rule with the first spots that break it.

    only_colours  for a page that was judged in another theme: the others see no difference
    """
    if not page.evaluate("() => 'axe' in window"):
        # Not a script tag: the pages' own security policy would refuse it.
        page.evaluate(read_axe())
    found: list[dict[str, Any]] = page.evaluate(_RUN, _COLOUR_RULES if only_colours else _RULES)[
        "violations"
    ]
    return [_describe(violation) for violation in found]


def _describe(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    spots = "; ".join(f"{node['target']}: {node['html'][:160]}" for node in nodes[:_SPOTS_SHOWN])
    return f"{violation['id']} ({len(nodes)}): {violation['help']}: {spots}"
