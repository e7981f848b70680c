"""Saving, changing and putting away policies, and finding the one that a plan asks for."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import InvalidValue, NotFound, Refused, Stale
from app.models import Project, SavedPolicy
from app.services.access.access import Actor, Permission, require
from app.services.auditing.audit import record
from app.services.keys import is_among
from app.services.plans.policy_settings import (
    POLICY_NAMES,
    PolicySettings,
    get_named_settings,
    read_settings,
    write_settings,
)
from app.services.transaction import retried, transaction

_DEFAULT_LOCK = 7_464
"""Key of the advisory lock under which the default is chosen."""

MAX_NAME = 60
MAX_NOTE = 500


@retried
def create_policy(
    session: Session, *, actor: Actor, name: str, note: str = "", settings: PolicySettings
) -> int:
    """Save a policy under a new name; return its id.

    Raises InvalidValue, or Refused (`name_taken`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        _check(session, name, note, settings)
        policy = SavedPolicy(
            name=name, note=note, settings=write_settings(settings), changed_by=actor.user_id
        )
        session.add(policy)
        _flush_name(session, name)
        record(
            session,
            actor=actor,
            action="policy.created",
            subject=("policy", policy.id),
            after=_describe(policy),
        )
        return policy.id


@retried
def change_policy(
    session: Session,
    *,
    actor: Actor,
    policy_id: int,
    version: int,
    name: str,
    note: str = "",
    settings: PolicySettings,
) -> None:
    """Replace what a policy holds; plans asked for before keep what they had.

    version  that the actor has seen

    Raises NotFound, Stale, InvalidValue, or Refused (`name_taken`, `archived`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        policy = _lock(session, policy_id)
        if policy.archived_at is not None:
            raise Refused("archived", f"The policy {policy.name} has been put away.")
        if policy.version != version:
            raise Stale("policy", policy_id, f"{policy.name} was changed since you opened it.")
        _check(session, name, note, settings)
        before = _describe(policy)
        policy.name, policy.note = name, note
        policy.settings = write_settings(settings)
        if _describe(policy) == before:
            return
        policy.version += 1
        policy.changed_by = actor.user_id
        policy.changed_at = datetime.now(UTC)
        _flush_name(session, name)
        record(
            session,
            actor=actor,
            action="policy.changed",
            subject=("policy", policy.id),
            before=before,
            after=_describe(policy),
        )


@retried
def archive_policy(session: Session, *, actor: Actor, policy_id: int) -> str:
    """Put a policy away: it is not offered any more; return its name. Twice is as once.

    Raises NotFound.
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        policy = _lock(session, policy_id)
        name = policy.name
        if policy.archived_at is None:
            policy.is_default = False
            policy.archived_at = datetime.now(UTC)
            record(
                session,
                actor=actor,
                action="policy.archived",
                subject=("policy", policy.id),
                before={"archived": False},
                after={"archived": True},
            )
        return name


@retried
def set_default_policy(session: Session, *, actor: Actor, policy_id: int, is_default: bool) -> str:
    """Take a policy where nobody chooses one, or no longer; return its name. Twice is as once.

    Raises NotFound, or Refused (`archived`).
    """
    require(actor, Permission.PLAN)
    with transaction(session):
        # One at a time: else two would both become the default.
        session.execute(select(func.pg_advisory_xact_lock(_DEFAULT_LOCK)))
        policy = _lock(session, policy_id)
        if policy.archived_at is not None:
            raise Refused("archived", f"The policy {policy.name} has been put away.")
        name = policy.name
        if policy.is_default == is_default:
            return name
        others = update(SavedPolicy).where(SavedPolicy.is_default)
        session.execute(others.values(is_default=False))
        policy.is_default = is_default
        record(
            session,
            actor=actor,
            action="policy.default_set" if is_default else "policy.default_unset",
            subject=("policy", policy.id),
            before={"is_default": not is_default},
            after={"is_default": is_default},
        )
        return name


def get_default_policy(session: Session) -> str:
    """Return the name of the policy to take where nobody chooses one."""
    chosen = select(SavedPolicy.name).where(SavedPolicy.is_default)
    return session.scalars(chosen).first() or POLICY_NAMES[0]


def find_used_name(session: Session, name: str) -> str | None:
    """Return the name of a policy that is still in use; None otherwise."""
    return None if find_policy_settings(session, name) is None else name


def settle_policy(session: Session, name: str | None) -> tuple[str, PolicySettings]:
    """Return the policy of this name, or the default, with what it holds.

    Raises InvalidValue for one that is not in use.
    """
    wanted = name or get_default_policy(session)
    settings = find_policy_settings(session, wanted)
    if settings is None:
        expected = "a saved policy, or one of " + ", ".join(POLICY_NAMES)
        raise InvalidValue("policy", wanted, expected)
    return wanted, settings


def find_policy_settings(session: Session, name: str) -> PolicySettings | None:
    """Return what the policy of this name holds; None when there is none in use."""
    if name in POLICY_NAMES:
        return get_named_settings(name)
    kept = session.scalars(
        select(SavedPolicy.settings).where(
            SavedPolicy.name == name, SavedPolicy.archived_at.is_(None)
        )
    ).first()
    return None if kept is None else read_settings(name, kept)


def _lock(session: Session, policy_id: int) -> SavedPolicy:
    policy = session.get(SavedPolicy, policy_id, with_for_update=True, populate_existing=True)
    if policy is None:
        raise NotFound("policy", policy_id)
    return policy


def _check(session: Session, name: str, note: str, settings: PolicySettings) -> None:
    if not name or name != name.strip() or len(name) > MAX_NAME:
        raise InvalidValue("name", name, f"1 to {MAX_NAME} characters")
    if len(note) > MAX_NOTE:
        raise InvalidValue("note", note, f"at most {MAX_NOTE} characters")
    # "People first" would read like the policy that is always there.
    if name.lower().replace(" ", "-") in POLICY_NAMES:
        raise _name_taken(name)
    wanted = settings.excluded_project_ids
    known = set(
        session.scalars(select(Project.project_id).where(is_among(Project.project_id, wanted)))
    )
    missing = [project_id for project_id in wanted if project_id not in known]
    if missing:
        raise InvalidValue("excluded_project_ids", ", ".join(missing), "ids of projects")


def _flush_name(session: Session, name: str) -> None:
    """Write the row; the index on names decides between two at once."""
    try:
        session.flush()
    except IntegrityError as error:
        raise _name_taken(name) from error


def _name_taken(name: str) -> Refused:
    return Refused("name_taken", f"There is a policy called {name} already.")


def _describe(policy: SavedPolicy) -> dict[str, object]:
    return {"name": policy.name, "note": policy.note, "settings": policy.settings}
