"""The colours of the stylesheet against WCAG 2.2, level AA."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[3] / "app" / "static" / "css" / "app.css"


def read_tokens(theme: str) -> dict[str, str]:
    """Return the colours of a theme in the stylesheet."""
    block = re.search(
        rf'\[data-bs-theme="{theme}"\] \{{\n(.*?)\n\}}', STYLES.read_text(), re.DOTALL
    )
    assert block is not None
    return dict(re.findall(r"--rd-([\w-]+): (#[0-9a-f]{6})", block[1]))


def measure_luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def measure_contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2, 1.4.3)."""
    dark, light = sorted((measure_luminance(one), measure_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(theme: str) -> None:
    tokens = read_tokens(theme)
    grounds = ("bg", "surface", "sunken", "accent-soft")
    pairs = [(text, ground) for text in ("text", "muted") for ground in grounds]
    pairs += [(tone, f"{tone}-soft") for tone in ("good", "warn", "bad", "info", "accent")]
    pairs += [(tone, "surface") for tone in ("good", "bad", "accent")]
    for text, ground in pairs:
        assert measure_contrast(tokens[text], tokens[ground]) >= 4.5, (text, ground)
    assert measure_contrast("#ffffff", tokens["accent-solid"]) >= 4.5
    assert measure_contrast(tokens["line-strong"], tokens["surface"]) >= 3
