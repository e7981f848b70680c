"""Two worlds that differ in a hidden client only look the same to who may not know of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.application import API
from app.config import Settings
from app.database import Database
from app.models import SavedPolicy
from app.services.imports.importing import import_roster
from app.services.pauses.pausing import open_pause
from app.services.plans.planning import PlanOptions
from app.services.plans.policies import change_policy, create_policy
from app.services.plans.policy_settings import PolicySettings
from solver.policy import PEOPLE_FIRST
from tests.app.web.conftest import SYSTEM, Browser, prepare
from tests.app.web.crawling import Answer, crawl, list_addresses
from tests.app.web.every_key import limit_manager
from tests.app.web.worlds import Texts, World, add_world_of
from tests.databases import TEMPLATE, Databases, name_database
from tests.factories import make_roster

SEARCHED = ("Swift", "Night", "Aard", "P9", "C9", "Chordus")

_OF_THE_MOMENT = re.compile("^program /api/v1/(account|tokens)$")
"""Addresses that tell when this very role signed in or called."""

_BY_DESIGN = re.compile(
    # People are a shared pool: where they are placed, any open project is a choice, by codename.
    r"/(place|places|change|blockers)\b"
    # What is made at that moment says so, and names the head of the one audit trail.
    r"|/evidence\b"
)
"""Addresses where a limited manager's worlds may differ."""


def hide_client(session: Session) -> None:
    """Give the vendor a client K9 for whom nobody works whom the contractor knows of."""
    roster = make_roster(
        clients=[{"client_id": "K9", "name": "One Name"}],
        projects=[{"project_id": "P9", "codename": "Nightjar", "client_id": "K9"}],
        contractors=[{"contractor_id": "C9", "name": "Ida", "payroll_id": "hidden-9"}],
        assignments=[{"assignment_id": "a9", "contractor_id": "C9", "project_id": "P9"}],
    )
    import_roster(session, roster, actor=SYSTEM, source="hidden")
    create_policy(session, actor=SYSTEM, name="Spare some", settings=exclude("P9"))


def exclude(*project_ids: str) -> PolicySettings:
    return PolicySettings(PEOPLE_FIRST, excluded_project_ids=project_ids)


def change_hidden_client(session: Session) -> None:
    """Change all there is of the hidden client: name, projects, people, walls, and a pause."""
    roster = make_roster(
        clients=[{"client_id": "K9", "name": "Another Name"}],
        walls=[{"client_id": "K9", "competitor_id": "K2", "cooling_off_days": 90}],
        projects=[
            {"project_id": "P9", "codename": "Swift", "client_id": "K9", "demand_hours": 7},
            {"project_id": "P91", "codename": "Aardwolf", "client_id": "K9"},
            {"project_id": "P92", "codename": "Chordus II", "client_id": "K9"},
        ],
        project_skills=[{"project_id": "P91", "skill": "aardwolf taming"}],
        contractors=[
            {"contractor_id": "C9", "name": "Ivo", "payroll_id": "hidden-9"},
            {"contractor_id": "C0", "name": "Abe", "payroll_id": "hidden-0"},
        ],
        assignments=[
            {"assignment_id": "a0", "contractor_id": "C0", "project_id": "P91"},
            {"assignment_id": "a91", "contractor_id": "C9", "project_id": "P92"},
        ],
    )
    import_roster(session, roster, actor=SYSTEM, source="hidden")
    open_pause(
        session,
        actor=SYSTEM,
        client_id="K9",
        effective_at=datetime.now(UTC) - timedelta(days=1),
        reason_class="security_breach",
        options=PlanOptions(),
    )
    spared = session.scalars(select(SavedPolicy).where(SavedPolicy.name == "Spare some")).one()
    change_policy(
        session,
        actor=SYSTEM,
        policy_id=spared.id,
        version=spared.version,
        name=spared.name,
        settings=exclude("P9", "P91"),
    )


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


@pytest.fixture(scope="module")
def two_worlds(databases: Databases, postgres_url: str) -> Iterator[tuple[World, str, str]]:
    """A vendor, and its copy in which the hidden client is another: their addresses.

    The ops manager is limited to K1.
    """
    name = databases.create(TEMPLATE)
    url = name_database(postgres_url, name)
    with open_database(url) as database, database.session() as session:
        world = add_world_of(session, Texts())
        hide_client(session)
        limit_manager(session, "K1")
    copy = databases.create(name)
    copied = name_database(postgres_url, copy)
    with open_database(copied) as database, database.session() as session:
        change_hidden_client(session)
    yield world, url, copied
    databases.drop(name)
    databases.drop(copy)


def look(url: str, world: World, home: Path, role: str) -> Mapping[str, Answer]:
    """Open every page, and every operation of the API, as a role whose work is for K1."""
    settings = Settings.from_environment(
        {
            "SECRET_KEY": "only for tests, only for tests, only for tests",
            "SECURE_COOKIES": "false",
            "REDEPLOY_HOME": str(home),
        }
    )
    keys = world.keys | {
        "project_id": ["P1", "P9", "P91"],
        "client_id": ["K1", "K9", "K8"],
        "contractor_id": ["C1", "C9", "C0"],
        "assignment_id": ["a1", "a9", "a0"],
        "offer_id": ["1", "2", "3"],
        "pause_id": ["1", "2"],
        "run_id": ["1", "2"],
        "token": [world.calendar_token],
    }
    with open_database(url) as database:
        app = prepare(create_app(settings, database))
        browser = Browser(app)
        browser.enter(f"{role}@vendor.example")
        searched = [f"/palette?q={word}" for word in SEARCHED]
        pages = crawl(browser, [*list_addresses(app, keys), *searched])
        operations = list_addresses(app.extensions[API], keys)
        program = crawl(Browser(app), operations, headers=world.api_headers[role])
    return pages | {f"program {address}": answer for address, answer in program.items()}


def list_different(
    two_worlds: tuple[World, str, str], home: Path, role: str
) -> tuple[set[str], set[int]]:
    """Return the addresses that tell a role which of the worlds it is in, and all statuses met.

    Where they differ, the first world is looked at again: a page may have told another minute.
    """
    world, one, other = two_worlds
    before, seen = (look(url, world, home, role) for url in (one, other))
    assert sum(answer.status == 200 for answer in seen.values()) > 20
    assert before.keys() == seen.keys()
    different = {
        address
        for address, answer in seen.items()
        if answer != before[address] and not _OF_THE_MOMENT.search(address)
    }
    if role != "contractor":
        different = {address for address in different if not _BY_DESIGN.search(address)}
    if different:
        after = look(one, world, home, role)
        different = {address for address in different if seen[address] != after[address]}
    return different, {answer.status for answer in seen.values()}


def test_contractor_sees_no_difference(two_worlds: tuple[World, str, str], tmp_path: Path) -> None:
    """Check 10. Every address answers byte for byte the same; hidden and unknown ids read alike."""
    different, statuses = list_different(two_worlds, tmp_path, "contractor")
    assert different == set()
    assert statuses >= {200, 403, 404}


def test_limited_manager_sees_no_difference(
    two_worlds: tuple[World, str, str], tmp_path: Path
) -> None:
    """Check 10. Nor does an ops manager of other clients, in counts, lists, files or searches."""
    different, statuses = list_different(two_worlds, tmp_path, "ops_manager")
    assert different == set()
    assert statuses >= {200, 403, 404}
