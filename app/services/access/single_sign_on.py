"""Single sign-on: which account somebody is whom the provider has let in.

The provider says who it is; an account has to exist. The first time it is found by its address,
which the provider must have verified, and bound to the provider's own name for the person.
From then on only that name counts: who gets an old address later gets no account with it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import NotFound, Refused
from app.models import User
from app.services.access.access import Actor, Permission, require
from app.services.access.sign_ins import delete_sign_ins
from app.services.auditing.audit import record
from app.services.transaction import transaction


@dataclass(frozen=True)
class Identity:
    """Whom a provider has let in.

    subject   the provider's name for the person, never given to another one
    email     None unless the provider has verified it
    """

    issuer: str
    subject: str
    email: str | None


def find_signed_on(session: Session, identity: Identity) -> User:
    """Return the active account of an identity, bound to it from now on.

    Raises Refused (`no_account`) where there is none, it is disabled, or somebody else's.
    """
    bound = select(User).where(
        User.oidc_issuer == identity.issuer, User.oidc_subject == identity.subject
    )
    user = session.scalars(bound).one_or_none()
    if user is None:
        user = _bind(session, identity)
    if not user.active:
        raise _refuse()
    return user


def unbind_sign_on(session: Session, *, actor: Actor, user_id: int) -> None:
    """Let an account be bound anew: the person has another identity at the provider.

    Its sign-ins end.

    Raises NotFound, or Refused (`not_bound`).
    """
    require(actor, Permission.MANAGE_USERS)
    with transaction(session):
        user = session.get(User, user_id, with_for_update=True, populate_existing=True)
        if user is None:
            raise NotFound("user", user_id)
        if user.oidc_issuer is None:
            raise Refused("not_bound", f"{user.email} is bound to no single sign-on.")
        before = {"issuer": user.oidc_issuer, "subject": user.oidc_subject}
        user.oidc_issuer = user.oidc_subject = None
        user.fs_uniquifier = secrets.token_hex(16)
        delete_sign_ins(session, user_id=user_id)
        subject = ("user", user_id)
        record(session, actor=actor, action="user.sign_on_unbound", subject=subject, before=before)


def _bind(session: Session, identity: Identity) -> User:
    if identity.email is None:
        raise _refuse()
    try:
        with transaction(session):
            user = session.scalars(
                select(User)
                .where(User.email == identity.email.strip().lower())
                .with_for_update()
                .execution_options(populate_existing=True)
            ).one_or_none()
            if user is None or not user.active or user.oidc_subject is not None:
                raise _refuse()
            user.oidc_issuer, user.oidc_subject = identity.issuer, identity.subject
            record(
                session,
                actor=Actor.of_user(user),
                action="user.sign_on_bound",
                subject=("user", user.id),
                after={"issuer": identity.issuer, "subject": identity.subject},
            )
    except IntegrityError as error:
        # Somebody bound another account to this identity at the same moment.
        raise _refuse() from error
    return user


def _refuse() -> Refused:
    return Refused(
        "no_account", "There is no account here for you. Ask your administrator for one."
    )
