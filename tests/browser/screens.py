"""Takes the pictures of every page, so that they never lag behind the product.

    .venv/bin/python -m tests.browser.screens FOLDER

Sets up a vendor of its own (embedded PostgreSQL, a web and a worker process, the Chordus
sample), does the main job on it, and photographs each page in FOLDER at 390 and 1440 px,
light and dark, for looking at. The pictures of the documentation: `make pictures`. Needs Chromium.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import click
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from app.cli.demo_state import SignIn
from tests.browser.vendor import Stage, enter, run_vendor

Theme = Literal["light", "dark"]

WIDTHS = {390: 844, 1440: 900}
THEMES: tuple[Theme, ...] = ("light", "dark")
PAGES = {
    "ops_manager": {
        "home": "/ops/",
        "projects": "/ops/projects",
        "project": "/ops/projects/P02",
        "pauses": "/ops/pauses",
        "pause": "/ops/pauses/1",
        "pause-dialog": "/ops/pauses/new?project=P03",
        "plan": "/ops/plans/1",
        "review": "/ops/plans/1/review",
        "review-all": "/ops/plans/1/review?status=all",
        "unplaced": "/ops/plans/1/unplaced",
        "proposal": "/ops/proposals/1",
        "not-found": "/ops/plans/987654",
    },
    "contractor": {
        "my-work": "/my/work",
        "my-hours": "/my/hours",
        "my-next-week": "/my/hours?{next}",
    },
    "payroll": {
        "periods": "/payroll/",
        "period": "/payroll/periods/1",
        "exports": "/payroll/exports",
        "export": "/payroll/exports/1",
        "corrections": "/payroll/adjustments",
    },
    "admin": {"users": "/admin/users", "audit": "/admin/audit"},
}


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Set up, photograph, clean up."""
    folder.mkdir(parents=True, exist_ok=True)
    with run_vendor() as stage, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        photograph_sign_in(browser, stage, folder)
        # One of each role: the second ops manager sees the same pages.
        for sign_in in {one.role: one for one in reversed(stage.sign_ins)}.values():
            photograph_desk(browser, stage, sign_in, folder)
        browser.close()
    click.echo(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def photograph_sign_in(browser: Browser, stage: Stage, folder: Path) -> None:
    """The sign-in page, at each width and in each theme."""
    for width, theme, context in open_contexts(browser):
        page = context.new_page()
        page.goto(f"{stage.address}/login")
        page.screenshot(path=folder / f"sign-in-{width}-{theme}.png", full_page=True)
        context.close()


def photograph_desk(browser: Browser, stage: Stage, sign_in: SignIn, folder: Path) -> None:
    """Every page of one role, at each width and in each theme, signed in once."""
    state = enter(browser, stage, sign_in)
    following = datetime.now(UTC).date() + timedelta(days=7)
    for width, theme, context in open_contexts(browser, storage_state=state):
        page = context.new_page()
        for name, path in PAGES[sign_in.role].items():
            page.goto(stage.address + path.format(next=f"week={following}"))
            page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
        context.close()


def open_contexts(browser: Browser, **options: Any) -> Iterator[tuple[int, Theme, BrowserContext]]:
    """Yield a browser profile for each width and theme."""
    for width, height in WIDTHS.items():
        for theme in THEMES:
            viewport: ViewportSize = {"width": width, "height": height}
            yield (
                width,
                theme,
                browser.new_context(viewport=viewport, color_scheme=theme, **options),
            )


if __name__ == "__main__":
    main()
