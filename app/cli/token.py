"""`redeploy token`: tokens of the JSON API, for accounts whose owner can't open the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.opening import open_database
from app.config import Settings
from app.errors import NotFound
from app.models import User
from app.services.access.access import Actor
from app.services.access.api_tokens import MAX_DAYS, list_tokens, make_token, revoke_token


@click.group()
def token() -> None:
    """Tend the tokens of the JSON API."""


@token.command("make")
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="May come more than once.")
@click.option("--days", "num_days", type=click.IntRange(1, MAX_DAYS), default=90, show_default=True)
def make(email: str, name: str, scopes: tuple[str, ...], num_days: int) -> None:
    """Make a token of the account EMAIL and print it, this once."""
    with open_database(Settings.from_environment()) as database, database.session() as session:
        actor = _get_owner(session, email)
        made = make_token(session, actor=actor, name=name, scopes=scopes, num_days=num_days)
    click.echo(made.secret)


@token.command("list")
@click.argument("email")
def list_command(email: str) -> None:
    """List the tokens of the account EMAIL."""
    now = datetime.now(UTC)
    with open_database(Settings.from_environment()) as database, database.session() as session:
        actor = _get_owner(session, email)
        tokens = list_tokens(session, actor.user_id or 0, now=now)
    for one in tokens:
        used = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never used"
        until = f"{one.expires_at:%Y-%m-%d}"
        click.echo(f"{one.token_id}\t{one.state}\t{until}\t{used}\t{one.name}")


@token.command("revoke")
@click.argument("email")
@click.argument("token_id", type=int)
def revoke(email: str, token_id: int) -> None:
    """Let token TOKEN_ID of the account EMAIL stop working."""
    with open_database(Settings.from_environment()) as database, database.session() as session:
        actor = _get_owner(session, email)
        was_working = revoke_token(session, actor=actor, token_id=token_id)
    click.echo("Revoked." if was_working else "It was revoked already.", err=True)


def _get_owner(session: Session, email: str) -> Actor:
    """Return the account as an actor; raises NotFound for one that is none or is disabled."""
    user = session.scalars(
        select(User).where(User.email == email.strip().lower(), User.active)
    ).one_or_none()
    if user is None:
        raise NotFound("account", email)
    # The trail says that it was done on the server, not by the account's owner.
    actor = replace(Actor.of_user(user), name=f"redeploy token for {user.email}")
    session.rollback()
    return actor
