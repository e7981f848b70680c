"""Who may call what: the operations against the checked-in policy table, deny by default."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.application import API
from app.models import User, users_roles
from app.services.access.accounts import disable_user
from app.services.access.api_scopes import list_scopes
from app.services.access.api_tokens import revoke_token
from app.services.access.client_scopes import set_client_scope
from tests.app.api.conftest import Program, find_actor
from tests.app.web.conftest import ROLES, SYSTEM, Browser, Vendor

POLICY = [
    (row["method"], row["route"], row["who"], row["scope"])
    for row in csv.DictReader((Path(__file__).parent / "policy_table.csv").read_text().splitlines())
]
_UNTOLD_METHODS = {"HEAD", "OPTIONS"}
_REFUSED = {401, 403}


def fill(route: str) -> str:
    """Return an address of the route whose object does not exist."""
    route = route.replace("<day>", "2026-01-05")
    return re.sub(r"<path:\w+>", "none.such", re.sub(r"<int:\w+>", "987654", route))


def is_allowed(who: str, role: str) -> bool:
    return who in {"everyone", "any_token"} or role in who.split()


def test_policy_table_names_every_operation_and_no_other(app: Flask) -> None:
    """Check 1: a route that is not in the table fails."""
    routes = {
        (method, rule.rule)
        for rule in app.extensions[API].url_map.iter_rules()
        for method in (rule.methods or set()) - _UNTOLD_METHODS
    }
    assert {(method, route) for method, route, _who, _scope in POLICY} == routes


@pytest.mark.parametrize("role", ROLES)
def test_policy_table_holds(role: str, make_program: Callable[..., Program]) -> None:
    """Check 1: every route x method x role."""
    program = make_program(role)
    for method, route, who, _scope in POLICY:
        status = program.call(method, fill(route)).status_code
        assert (status not in _REFUSED) == is_allowed(who, role), (method, route, status)
        assert status < 500, (method, route)


def test_without_a_token_nothing_but_the_description_opens(stranger: Program) -> None:
    for method, route, who, _scope in POLICY:
        answer = stranger.call(method, fill(route))
        assert (answer.status_code == 401) == (who != "everyone"), route
        if who != "everyone":
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("role", ROLES)
def test_a_token_does_what_its_scopes_say_and_no_more(
    role: str, make_program: Callable[..., Program], session: Session
) -> None:
    rows = [row for row in POLICY if row[3] and is_allowed(row[2], role)]
    allowed = list_scopes(find_actor(session, role))
    # One operation of each scope is enough to see that the others open what they did.
    first = {wanted: (method, route) for method, route, _who, wanted in reversed(rows)}
    for scope in first:
        others = [name for name in allowed if name != scope]
        if not others:
            continue
        program = make_program(role, scopes=others)
        for method, route, _who, wanted in rows:
            if wanted == scope or first[wanted] == (method, route):
                status = program.call(method, fill(route)).status_code
                assert (status == 403) == (wanted == scope), (method, route, scope, status)


def test_a_cookie_opens_nothing(ops: Program, app: Flask, browse: Callable[[str], Browser]) -> None:
    """Check 3: nothing that a browser holds opens the API, so there is nothing to forge."""
    assert browse("ops_manager").send("GET", "/api/v1/projects").status_code == 401


def test_undeclared_operation_is_refused(app: Flask, ops: Program) -> None:
    app.extensions[API].add_url_rule("/api/v1/forgotten", "forgotten", lambda: "must not be seen")
    assert ops.call("GET", "/forgotten").status_code == 403


def test_someone_elses_object_reads_like_a_missing_one(
    contractor: Program, ops: Program, paused: Vendor, session: Session
) -> None:
    """Check 2: any object of someone else, 404 with the body of one that does not exist."""
    foreign = [
        contractor.call("PUT", "/own/hours/2026-01-05/a3", {"hours": "8"}),
        contractor.call("PUT", "/own/hours/2026-01-05/none", {"hours": "8"}),
        contractor.call("GET", "/own/offers/987654"),
        ops.call("GET", "/projects/none"),
        ops.call("GET", "/pauses/987654"),
        ops.call("POST", "/batches/987654/undo"),
        ops.call("GET", "/no/such/address"),
        ops.call("GET", f"/pauses/{10**30}"),
    ]
    assert {answer.status_code for answer in foreign} == {404}
    assert len({answer.get_data() for answer in foreign}) == 1


def test_a_manager_of_some_clients_knows_of_no_others_work(
    make_program: Callable[..., Program], session: Session, paused: Vendor
) -> None:
    """Check 2: what belongs to other clients is not there for a limited manager."""
    ops = make_program("ops_manager")
    limit_to_client(session, "K2")
    assert [row["project_id"] for row in ops.get("/projects")["items"]] == ["P2", "P3"]
    assert ops.get("/pauses")["items"] == []
    assert [row["contractor_id"] for row in ops.get("/contractors")["items"]] == ["C3"]
    hidden = [
        ops.call("GET", "/projects/P1"),
        ops.call("GET", "/contractors/C1"),
        ops.call("GET", f"/pauses/{paused.pause_id}"),
        ops.call("GET", f"/plans/{paused.run_id}"),
        ops.call("POST", f"/pauses/{paused.pause_id}/resume", {}),
    ]
    assert {answer.status_code for answer in hidden} == {404}
    assert len({answer.get_data() for answer in hidden}) == 1
    assert ops.call("GET", "/timesheets?day=2026-01-05").status_code == 403


def limit_to_client(session: Session, client_id: str) -> None:
    actor = find_actor(session, "ops_manager")
    assert actor.user_id is not None
    set_client_scope(session, actor=SYSTEM, user_id=actor.user_id, client_ids=[client_id])


def test_the_very_next_call_is_refused(
    make_program: Callable[..., Program], session: Session
) -> None:
    """Check 5: revoking, losing the role and being disabled end a token at once."""
    actor = find_actor(session, "ops_manager")
    assert actor.user_id is not None
    revoked, kept = make_program("ops_manager"), make_program("ops_manager")
    assert revoked.call("GET", "/me").status_code == 200
    revoke_token(session, actor=actor, token_id=1)
    assert revoked.call("GET", "/me").status_code == 401
    assert kept.call("GET", "/projects").status_code == 200
    session.execute(delete(users_roles).where(users_roles.c.user_id == actor.user_id))
    session.commit()
    assert kept.call("GET", "/projects").status_code == 403
    disable_user(session, actor=SYSTEM, user_id=actor.user_id)
    assert kept.call("GET", "/me").status_code == 401


def test_an_enabled_account_has_none_of_its_old_tokens(
    make_program: Callable[..., Program], session: Session
) -> None:
    actor = find_actor(session, "ops_manager")
    assert actor.user_id is not None
    program = make_program("ops_manager")
    disable_user(session, actor=SYSTEM, user_id=actor.user_id)
    session.execute(update(User).where(User.id == actor.user_id).values(active=True))
    session.commit()
    assert program.call("GET", "/me").status_code == 401


def test_too_many_wrong_tokens_of_an_address_are_told_to_wait(app: Flask, ops: Program) -> None:
    wrong = Program(app, "rdp_wrong")
    statuses = [wrong.call("GET", "/me").status_code for _ in range(31)]
    assert statuses == [401] * 30 + [429]
    assert ops.call("GET", "/me").status_code == 200
