"""What an ops manager of some clients sees and changes: the one place that decides it.

A project belongs to its client, a pause to the clients of all its projects, and a plan, a
proposal, a batch or a recall to those of its pause. Whoever is limited to other clients, or to
only some of a pause's, does not learn that it exists.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.errors import InvalidValue, NotFound, Refused
from app.models import (
    Client,
    ClientScope,
    DrillResult,
    Offer,
    Pause,
    PauseProject,
    PlanRun,
    Project,
    Proposal,
    Recall,
    ReviewBatch,
    User,
)
from app.services.access.access import SCOPED_ROLE, Actor, Permission, require
from app.services.auditing.audit import record
from app.services.keys import is_among
from app.services.transaction import transaction

ClientIds = frozenset[str] | None
"""The clients that somebody is limited to; None = not limited."""


def _of_pause(pause_id: Callable[[Any], Select[int]]) -> Callable[[Any], Select[str]]:
    """Return how to find the clients of what belongs to a pause."""

    def find(key: Any) -> Select[str]:
        return (
            select(Project.client_id)
            .join(PauseProject, PauseProject.project_id == Project.project_id)
            .where(PauseProject.pause_id.in_(pause_id(key)))
        )

    return find


_CLIENTS_OF: Mapping[str, Callable[[Any], Select[str]]] = MappingProxyType(
    {
        "client_id": lambda key: select(Client.client_id).where(Client.client_id == key),
        "project_id": lambda key: select(Project.client_id).where(Project.project_id == key),
        "result_id": lambda key: select(DrillResult.client_id).where(DrillResult.id == key),
        "pause_id": _of_pause(lambda key: select(Pause.id).where(Pause.id == key)),
        "run_id": _of_pause(lambda key: select(PlanRun.pause_id).where(PlanRun.id == key)),
        "recall_id": _of_pause(lambda key: select(Recall.pause_id).where(Recall.id == key)),
        "proposal_id": _of_pause(
            lambda key: (
                select(PlanRun.pause_id)
                .join(Proposal, Proposal.plan_run_id == PlanRun.id)
                .where(Proposal.id == key)
            )
        ),
        "batch_id": _of_pause(
            lambda key: (
                select(PlanRun.pause_id)
                .join(ReviewBatch, ReviewBatch.plan_run_id == PlanRun.id)
                .where(ReviewBatch.id == key)
            )
        ),
    }
)
"""Name of a key, as addresses have it -> the clients of what it names."""

SCOPED_KEYS = frozenset(_CLIENTS_OF)
"""Names of keys whose object belongs to clients."""


def check_object(session: Session, client_ids: ClientIds, name: str, key: object) -> None:
    """Return when whoever is limited to `client_ids` may know what the key `name` names.

    Raises NotFound, for what is other clients' as for what does not exist.
    """
    if client_ids is None:
        return
    found = set(session.scalars(_CLIENTS_OF[name](key)))
    if not found or not client_ids.issuperset(found):
        raise NotFound(name.removesuffix("_id"), key)


def check_projects(
    session: Session, client_ids: ClientIds, project_ids: Collection[str], client_id: str | None
) -> None:
    """Return when an order may name these projects, or this client.

    Raises NotFound for the first that it may not.
    """
    if client_ids is None:
        return
    if client_id is not None:
        check_object(session, client_ids, "client_id", client_id)
    for project_id in project_ids:
        check_object(session, client_ids, "project_id", project_id)


def build_is_of(
    client_ids: ClientIds, client_id: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Return the condition that a column names one of these clients."""
    return true() if client_ids is None else is_among(client_id, client_ids)


def build_is_visible_project(client_ids: ClientIds) -> ColumnElement[bool]:
    """Return the condition that a project is one of these clients'."""
    return build_is_of(client_ids, Project.client_id)


def build_is_visible_pause(
    client_ids: ClientIds, pause_id: InstrumentedAttribute[int]
) -> ColumnElement[bool]:
    """Return the condition that a pause has projects of these clients only."""
    if client_ids is None:
        return true()
    outside = (
        select(PauseProject.pause_id)
        .join(Project, Project.project_id == PauseProject.project_id)
        .where(~is_among(Project.client_id, client_ids))
    )
    return pause_id.not_in(outside)


def keep_visible_projects(
    session: Session, client_ids: ClientIds, project_ids: Sequence[str]
) -> tuple[str, ...]:
    """Return those of the projects that are of these clients, in their order."""
    if client_ids is None:
        return tuple(project_ids)
    visible = select(Project.project_id).where(
        is_among(Project.project_id, project_ids), build_is_visible_project(client_ids)
    )
    kept = set(session.scalars(visible))
    return tuple(one for one in project_ids if one in kept)


def keep_visible_offers(
    session: Session, client_ids: ClientIds, offer_ids: Sequence[int]
) -> Sequence[int]:
    """Return those of the offers whose pause is one of these clients'."""
    if client_ids is None:
        return offer_ids
    return session.scalars(
        select(Offer.id)
        .join(Proposal, Proposal.id == Offer.proposal_id)
        .join(PlanRun, PlanRun.id == Proposal.plan_run_id)
        .where(is_among(Offer.id, offer_ids), build_is_visible_pause(client_ids, PlanRun.pause_id))
        .order_by(Offer.id)
    ).all()


def list_hidden_pauses(session: Session, client_ids: ClientIds) -> Sequence[int]:
    """Return the ids of the pauses that are not only of these clients."""
    if client_ids is None:
        return ()
    hidden = ~build_is_visible_pause(client_ids, Pause.id)
    return session.scalars(select(Pause.id).where(hidden).order_by(Pause.id)).all()


def build_is_told(pause_id: int) -> ColumnElement[bool]:
    """Return the condition that an account may be told of a pause."""
    own = select(ClientScope.client_id).where(ClientScope.user_id == User.id)
    outside = (
        select(PauseProject.pause_id)
        .join(Project, Project.project_id == PauseProject.project_id)
        .where(PauseProject.pause_id == pause_id, Project.client_id.not_in(own))
    )
    return ~own.exists() | ~outside.exists()


def set_client_scope(
    session: Session, *, actor: Actor, user_id: int, client_ids: Collection[str]
) -> bool:
    """Limit an ops manager to some clients, none = all clients; return whether that is new.

    The next request of the account knows.

    Raises NotFound, InvalidValue for a client that does not exist, or Refused (`own_account`,
    `no_ops_manager`).
    """
    require(actor, Permission.MANAGE_USERS)
    if actor.user_id == user_id:
        raise Refused("own_account", "You can't say it of your own account.")
    wanted = set(client_ids)
    with transaction(session):
        user = session.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("user", user_id)
        if wanted and all(role.name != SCOPED_ROLE for role in user.roles):
            sentence = f"{user.email} is no ops manager: no other role is limited to clients."
            raise Refused("no_ops_manager", sentence)
        found = select(Client.client_id).where(is_among(Client.client_id, wanted))
        known = set(session.scalars(found))
        if wanted - known:
            raise InvalidValue("client", min(wanted - known), "the id of a client")
        before = {scope.client_id for scope in user.client_scopes}
        if before == wanted:
            return False
        user.client_scopes = [ClientScope(client_id=one) for one in sorted(wanted)]
        record(
            session,
            actor=actor,
            action="user.client_scope_set",
            subject=("user", user_id),
            before={"client_ids": sorted(before)},
            after={"client_ids": sorted(wanted)},
        )
    return True
