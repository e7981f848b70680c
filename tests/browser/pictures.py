"""Retakes every picture of the documentation: `make pictures`.

Sets up a vendor of its own (`tests.browser.vendor`), and writes each of PICTURES to docs/images:
one screen, light, as a person sees it who opens the page. Needs Chromium.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.vendor import Stage, enter, run_vendor

FOLDER = Path(__file__).parents[2] / "docs" / "images"
DESK = (1200, 780)
PHONE = (390, 780)


def leave_as_it_is(page: Page) -> None:
    """Photograph the page as it opens."""


def open_palette(page: Page) -> None:
    """Look for the paused project."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to a page").fill("chor")
    expect(page.get_by_role("option", name="Pause of Chordus")).to_be_visible()


def open_keys(page: Page) -> None:
    """List the keys of the page."""
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def open_columns(page: Page) -> None:
    """Choose the columns of a list."""
    page.locator("summary", has_text="Columns").first.click()


def see_certificate(page: Page) -> None:
    """Wait for the plan to be there."""
    expect(page.get_by_role("region", name="Certificate")).to_be_visible()


def choose_a_row(page: Page) -> None:
    """Walk to the second row by keys and select it."""
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")


def open_drawer(page: Page) -> None:
    """Open the first proposal beside the list."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why this")).to_be_visible()


def compare_all(page: Page) -> None:
    """Compare the two scenarios of the list."""
    for box in page.get_by_role("checkbox", name="Select").all():
        box.check()
    page.get_by_role("button", name="Compare side by side").click()
    expect(page.get_by_role("heading", name="Side by side")).to_be_visible()


@dataclass(frozen=True)
class Picture:
    """One picture: whose page, which, how large in pixels, and what is done first."""

    name: str
    role: str
    path: str
    size: tuple[int, int] = DESK
    prepare: Callable[[Page], None] = leave_as_it_is


PICTURES = (
    Picture("plan", "ops_manager", "/ops/plans/1", (1280, 1080), see_certificate),
    Picture("ops-home", "ops_manager", "/ops/"),
    Picture("ops-pause", "ops_manager", "/ops/pauses/new?project=P03", (1200, 1000)),
    Picture("ops-pause-page", "ops_manager", "/ops/pauses/1"),
    Picture("ops-review", "ops_manager", "/ops/plans/1/review", (1440, 860), choose_a_row),
    Picture("review-drawer", "ops_manager", "/ops/plans/1/review", (1440, 900), open_drawer),
    Picture("review-batch", "ops_manager", "/ops/batches/1", (1200, 620)),
    Picture("recall", "ops_manager", "/ops/pauses/1/recall", (1280, 860)),
    Picture("scenarios", "ops_manager", "/ops/scenarios", (1280, 900), compare_all),
    Picture("limits", "ops_manager", "/ops/plans/1/limits", (1280, 860)),
    Picture("drill", "ops_manager", "/ops/drills/1", (1280, 820)),
    Picture("ops-unplaced", "ops_manager", "/ops/plans/1/unplaced"),
    Picture("ops-insights", "ops_manager", "/ops/insights"),
    Picture("ops-exposure", "ops_manager", "/ops/exposure"),
    Picture("ops-policy", "ops_manager", "/ops/policies/new"),
    Picture("habits-palette", "ops_manager", "/ops/", (1200, 620), open_palette),
    Picture("habits-keys", "ops_manager", "/ops/plans/1/review", (1440, 700), open_keys),
    Picture("habits-list", "ops_manager", "/ops/projects", (1200, 620), open_columns),
    Picture("contractor-work", "contractor", "/my/work", PHONE),
    Picture("contractor-hours", "contractor", "/my/hours", PHONE),
    Picture("payroll-period", "payroll", "/payroll/periods/1"),
    Picture("payroll-exports", "payroll", "/payroll/exports", (1200, 400)),
    Picture("admin-users", "admin", "/admin/users"),
    Picture("admin-audit", "admin", "/admin/audit"),
)


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice([picture.name for picture in PICTURES]))
def main(names: tuple[str, ...]) -> None:
    """Take all pictures, or those named."""
    with run_vendor() as stage, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for role in dict.fromkeys(picture.role for picture in PICTURES):
            wanted = [
                one for one in PICTURES if one.role == role and (not names or one.name in names)
            ]
            if wanted:
                take_pictures(browser, stage, role, wanted)
        browser.close()


def take_pictures(browser: Browser, stage: Stage, role: str, wanted: list[Picture]) -> None:
    """Photograph pages of one role, signed in once."""
    state = enter(browser, stage, next(one for one in stage.sign_ins if one.role == role))
    context = browser.new_context(
        color_scheme="light", reduced_motion="reduce", storage_state=state
    )
    page = context.new_page()
    for picture in wanted:
        width, height = picture.size
        page.set_viewport_size({"width": width, "height": height})
        page.goto(stage.address + picture.path)
        picture.prepare(page)
        page.screenshot(path=FOLDER / f"{picture.name}.png")
        click.echo(picture.name)
    context.close()


if __name__ == "__main__":
    main()
