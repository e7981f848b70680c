"""Whole vendors with a row behind every page, whose texts a test chooses.

A canary is a client's name that must turn up nowhere; hostile texts are what an attacker would
write into every field that takes one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import PayGroup, Role, User
from app.services.access.access import Actor
from app.services.access.api_scopes import list_scopes
from app.services.access.api_tokens import make_token
from app.services.imports.importing import import_roster
from app.services.offers.offer_answers import decline_offer
from app.services.own_work.calendar_links import make_link
from app.services.own_work.skill_claims import claim_skill
from app.services.plans.policies import create_policy
from app.services.plans.policy_settings import PolicySettings
from app.services.review.reviewing import ProposalVersion, reject_proposals
from app.services.review.saved_views import save_view
from solver.policy import PEOPLE_FIRST
from tests.app.api.conftest import find_actor
from tests.app.offers import add_bare_offer
from tests.app.web.conftest import (
    SYSTEM,
    Vendor,
    hash_test_password,
    pause_chordus,
    save_small_plan,
)
from tests.app.web.everything import add_everything
from tests.factories import make_roster

ADA = Actor(None, "Ada", frozenset({"contractor"}), "C1")
BO = Actor(None, "Bo", frozenset({"contractor"}), "C2")

CANARY = "Quellmark"
"""Stands in the names of all clients of a canary world, and in nothing else."""

SCRIPT = "<script>pwned()</script>"
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(A1)",
    "a;=1+1",
)
MARKUP = (
    SCRIPT,
    '"><svg onload=pwned()>',
    "'><img src=x onerror=pwned()>",
    "</title></textarea><script>pwned()</script>",
    "javascript:pwned()",
    "{{ pwned() }}{% raw %}",
    "\u202ednoces\u202c first",
    "\u2066\u202egnorw",
)


@dataclass(frozen=True)
class Texts:
    """What people typed: `clients` are names of clients, `others` every other free text.

    The texts are dealt out in turn, so each field meets one and each text several fields.
    """

    clients: Sequence[str] = ("Acme", "Bolt")
    others: Sequence[str] = ()

    def deal(self, place: int, usual: str) -> str:
        """Return the text for one place, with the usual one behind it to tell places apart."""
        if not self.others:
            return usual
        return f"{self.others[place % len(self.others)]} {usual}"


@dataclass(frozen=True)
class World:
    """The keys of a built world.

    keys            name of a route's parameter -> values that exist
    calendar_token  opens Ada's calendar
    api_headers     by role: what its program sends, with a token for all that the role may
    """

    keys: dict[str, list[str]]
    calendar_token: str
    api_headers: dict[str, dict[str, str]]


def add_world_of(session: Session, texts: Texts) -> World:
    """Build a vendor with a row for each page; every role has the account ROLE@vendor.example.

    Ada (C1) is the contractor who signs in; P1 of client K1 is paused and planned anew.
    """
    _add_roster(session, texts)
    add_accounts(session, texts)
    vendor = pause_chordus(session, comment=texts.deal(20, "They called at nine"))
    save_small_plan(session, vendor)
    rows = add_everything(session, vendor)
    _add_typed_texts(session, vendor, texts)
    token = make_link(session, actor=find_actor(session, "contractor"))
    return World(_name_keys(rows), token, _make_tokens(session))


def _add_roster(session: Session, texts: Texts) -> None:
    deal = texts.deal
    roster = make_roster(
        clients=[
            {"client_id": "K1", "name": texts.clients[0]},
            {"client_id": "K2", "name": texts.clients[1]},
        ],
        projects=[
            {"project_id": "P1", "codename": deal(0, "Chordus"), "client_id": "K1"},
            {"project_id": "P2", "codename": deal(1, "Larkspur"), "client_id": "K2"},
            {
                "project_id": "P3",
                "codename": deal(2, "Umbra"),
                "client_id": "K2",
                "status": "closed",
            },
        ],
        project_skills=[{"project_id": "P2", "skill": deal(3, "weaving")}],
        contractors=[
            {
                "contractor_id": f"C{number + 1}",
                "name": deal(4 + number, name),
                "payroll_id": f"pay-{number}",
                "country": deal(7 + number, "FR"),
                "team": deal(10 + number, "blue"),
            }
            for number, name in enumerate(("Ada", "Bo", "Cy"))
        ],
        contractor_skills=[
            {"contractor_id": f"C{number}", "skill": deal(3, "weaving")} for number in (1, 2)
        ],
        assignments=[
            {"assignment_id": "a1", "contractor_id": "C1", "project_id": "P1"},
            {"assignment_id": "a2", "contractor_id": "C2", "project_id": "P1"},
            {"assignment_id": "a3", "contractor_id": "C3", "project_id": "P2"},
        ],
    )
    import_roster(session, roster, actor=SYSTEM, source=deal(13, "folder"))


def add_accounts(session: Session, texts: Texts) -> None:
    """Add an account for each role there is, the contractor's being Ada's."""
    for place, role in enumerate(session.scalars(select(Role).order_by(Role.name)).all()):
        session.add(
            User(
                email=f"{role.name}@vendor.example",
                name=texts.deal(place, f"The {role.name}"),
                password=hash_test_password(),
                fs_uniquifier=f"unique {role.name}",
                contractor_id="C1" if role.name == "contractor" else None,
                roles=[role],
            )
        )
    session.commit()


def _add_typed_texts(session: Session, vendor: Vendor, texts: Texts) -> None:
    """Type a text into the fields that the roster does not have."""
    deal = texts.deal
    manager = find_actor(session, "ops_manager")
    claim_skill(session, actor=ADA, skill=deal(3, "weaving"), level=5)
    reject_proposals(
        session, actor=manager, proposals=[ProposalVersion(2, 1)], reason=deal(21, "not now")
    )
    save_view(session, actor=manager, list_name="proposals", name=deal(22, "mine"), query="a=b")
    create_policy(
        session, actor=manager, name=deal(23, "kind"), settings=PolicySettings(PEOPLE_FIRST)
    )
    offer_id = add_bare_offer(session, vendor.run_id, "C2", "P3")
    decline_offer(session, actor=BO, offer_id=offer_id, reason="other", note=deal(24, "no"))
    session.add(PayGroup(name=deal(25, "Rome"), zone="Europe/Rome", first_weekday=0))
    session.commit()


def _make_tokens(session: Session) -> dict[str, dict[str, str]]:
    headers = {}
    for role in session.scalars(select(Role.name)).all():
        actor = find_actor(session, role)
        scopes = list_scopes(actor)
        if scopes:
            made = make_token(session, actor=actor, name="crawler", scopes=scopes, num_days=1)
            headers[role] = {"Authorization": f"Bearer {made.secret}"}
    return headers


def _name_keys(rows: dict[str, int]) -> dict[str, list[str]]:
    """Return the keys of rows by the parameter of the routes that show them."""
    holders = {
        "pause_id": "pause",
        "run_id": "run",
        "result_id": "drill",
        "batch_id": "batch",
        "policy_id": "policy",
        "scenario_id": "scenario",
        "period_id": "period",
        "timesheet_id": "sheet",
        "format_id": "map",
        "offer_id": "offer",
        "upload_id": "upload",
        "file_id": "import_file",
    }
    keys = {name: ["1", str(rows.get(row, 2))] for name, row in holders.items()}
    return keys | {
        "project_id": ["P1", "P2", "P3"],
        "client_id": ["K1", "K2"],
        "contractor_id": ["C1", "C2", "C3"],
        "kind": ["adp", "gusto", "paychex", "columns"],
        "key": ["waiting", "demand", "nothing"],
        "token": ["none"],
        "name": ["clients"],
        "proposal_id": ["1", "2"],
    }
