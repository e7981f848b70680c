"""What the command palette finds, and for whom."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.services.access.access import Actor
from app.services.imports.importing import import_roster
from app.services.palette import MOST_OF_A_KIND, Targets, find_targets
from tests.app.web.conftest import CLIENT_NAME, Vendor, paused, people, planned
from tests.factories import make_roster

__all__ = ["paused", "people", "planned"]

OPS = Actor(None, "Morgan", frozenset({"ops_manager"}))


def test_codename_leads_to_project_pause_and_plan(session: Session, planned: Vendor) -> None:
    found = find_targets(session, OPS, "chord")
    assert [(one.project_id, one.codename, one.status) for one in found.projects] == [
        ("P1", "Chordus", "paused")
    ]
    assert [(one.pause_id, one.title, one.status) for one in found.pauses] == [
        (planned.pause_id, "Chordus", "open")
    ]
    assert [(one.run_id, one.title) for one in found.plans] == [(planned.run_id, "Chordus")]
    assert not found.contractors


def test_codename_that_begins_so_comes_first(session: Session, people: None) -> None:
    found = find_targets(session, OPS, "u")
    assert [one.codename for one in found.projects] == ["Umbra", "Chordus", "Larkspur"]


def test_blank_text_leads_to_open_pauses_alone(session: Session, planned: Vendor) -> None:
    found = find_targets(session, OPS, "")
    assert [one.pause_id for one in found.pauses] == [planned.pause_id]
    assert (found.projects, found.plans, found.contractors) == ((), (), ())


def test_contractor_is_found_by_the_start_of_the_id(session: Session, planned: Vendor) -> None:
    (ada,) = find_targets(session, OPS, "c1").contractors
    assert (ada.contractor_id, ada.name, ada.project_id) == ("C1", "Ada", "P1")
    assert ada.proposal_id is not None
    (cy,) = find_targets(session, OPS, "C3").contractors
    assert (cy.proposal_id, cy.project_id) == (None, "P2")


@pytest.mark.parametrize("text", ["Ada", CLIENT_NAME, CLIENT_NAME[:8], "K1", "C", "%", "_"])
def test_neither_names_nor_clients_nor_wildcards_find_anything(
    session: Session, planned: Vendor, text: str
) -> None:
    found = find_targets(session, OPS, text)
    assert not found.contractors
    assert not [one for one in found.projects if text.lower() not in one.codename.lower()]


@pytest.mark.parametrize("role", ["contractor", "payroll", "admin"])
def test_other_roles_find_no_objects(session: Session, planned: Vendor, role: str) -> None:
    actor = Actor(None, "Someone", frozenset({role}))
    for text in ("", "Chordus", "C1"):
        assert find_targets(session, actor, text) == Targets()


def test_no_more_than_a_handful_of_a_kind(session: Session) -> None:
    count = MOST_OF_A_KIND + 3
    roster = make_roster(
        projects=[{"project_id": f"P{n}", "codename": f"Alder {n}"} for n in range(count)],
        contractors=[{"contractor_id": f"CC{n}"} for n in range(count)],
    )
    import_roster(session, roster, actor=Actor.of_system("a test"), source="a test")
    assert len(find_targets(session, OPS, "alder").projects) == MOST_OF_A_KIND
    assert len(find_targets(session, OPS, "cc").contractors) == MOST_OF_A_KIND
