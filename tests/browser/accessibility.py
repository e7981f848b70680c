"""What axe-core finds wrong with a page, in words that name the spot."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "axe" / "axe.min.js"
AXE_SHA256 = "e9e5863c33a874f09bc01acd9234b7e3c871479f5eef8802fa582544465e6d01"

# Sheets need no second reading: no rule of ours asks what they say.
_RUN = """async ([theme, rules]) => {
    if (!('axe' in window)) return null;
    const root = document.documentElement, end = performance.now() + 20000;
    // A script of the page follows the system's theme a moment later.
    while (theme && root.dataset.bsTheme !== theme) {
        if (performance.now() > end) throw new Error(`the page does not become ${theme}`);
        await new Promise(requestAnimationFrame);
    }
    const options = {resultTypes: ['violations'], runOnly: rules, preload: false};
    return (await axe.run(document, options)).violations;
}"""
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


def find_violations(
    page: Page, *, theme: str | None = None, only_colours: bool = False
) -> list[str]:
    """Return each broken rule with the first spots that break it.

    theme  that the page comes to show, `light` or `dark`; None = as it is
    only_colours  for a page that was judged in another theme: the others see no difference
    """
    order = [theme, _COLOUR_RULES if only_colours else _RULES]
    found: list[dict[str, Any]] | None = page.evaluate(_RUN, order)
    if found is None:
        # Not a script tag: the pages' own security policy would refuse it.
        page.evaluate(read_axe())
        found = page.evaluate(_RUN, order)
    assert found is not None
    return [_describe(violation) for violation in found]


def _describe(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    spots = "; ".join(f"{node['target']}: {node['html'][:160]}" for node in nodes[:_SPOTS_SHOWN])
    return f"{violation['id']} ({len(nodes)}): {violation['help']}: {spots}"
