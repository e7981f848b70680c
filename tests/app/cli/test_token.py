"""`redeploy token`: made, listed and revoked on the server, for an account's owner."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli import main
from app.database import Database
from app.models import AuditEvent
from app.services.access.api_callers import TokenRefused, open_token
from tests.app.world import add_account

EMAIL = "ops_manager@vendor.example"


def run(database: Database, *arguments: str) -> Result:
    environment = {"DATABASE_URL": database.conninfo}
    return CliRunner().invoke(main, ["token", *arguments], env=environment)


def test_token_is_made_listed_and_revoked(database: Database, session: Session) -> None:
    add_account(session, "ops_manager")
    made = run(database, "make", EMAIL, "--name", "Sync", "--scope", "ops:read", "--days", "7")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    opened = open_token(session, secret, now=datetime.now(UTC), calls_per_minute=9)
    assert opened.scopes == {"ops:read"}
    listed = run(database, "list", EMAIL).stdout
    assert listed.startswith(f"{opened.token_id}\tworks\t")
    assert secret not in listed
    assert run(database, "revoke", EMAIL, str(opened.token_id)).exit_code == 0
    with pytest.raises(TokenRefused):
        open_token(session, secret, now=datetime.now(UTC), calls_per_minute=9)
    actors = set(session.scalars(select(AuditEvent.actor).where(AuditEvent.action.like("token.%"))))
    assert actors == {f"redeploy token for {EMAIL}"}


def test_unknown_account_and_unusable_scope_make_nothing(
    database: Database, session: Session
) -> None:
    assert "no account" in run(database, "list", "nobody@vendor.example").stderr
    add_account(session, "ops_manager")
    refused = run(database, "make", EMAIL, "--name", "Sync", "--scope", "audit:read")
    assert refused.exit_code == 1
    assert "some of ops:read" in refused.stderr
