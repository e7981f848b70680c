"""One account as administrators see it, and the clients that it can be limited to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Client, Project, User
from app.services.access.access import SCOPED_ROLE
from app.services.desk.admin_desk import UserRow, build_user_row
from app.services.desk.pauses import title_codenames


@dataclass(frozen=True)
class UserPage(UserRow):
    """One account with what guards and limits it.

    client_ids       whose work it sees as an ops manager; none = all clients'
    has_two_factor   whether a code is asked for beside the password
    num_recovery_codes  of those that are left
    sign_on_issuer   the provider of single sign-on that it is bound to, None = none
    """

    client_ids: frozenset[str]
    has_two_factor: bool
    num_recovery_codes: int
    sign_on_issuer: str | None

    @property
    def is_ops_manager(self) -> bool:
        """Whether it can be limited to clients."""
        return SCOPED_ROLE in self.roles


@dataclass(frozen=True)
class ClientTitle:
    """A client by its projects: administrators have no duty to know its name."""

    client_id: str
    title: str


def get_user_page(session: Session, user_id: int) -> UserPage:
    """Return one account.

    Raises NotFound.
    """
    user = session.get(User, user_id, populate_existing=True)
    if user is None:
        raise NotFound("user", user_id)
    return UserPage(
        **vars(build_user_row(user)),
        client_ids=frozenset(scope.client_id for scope in user.client_scopes),
        has_two_factor=user.tf_totp_secret is not None,
        num_recovery_codes=len(user.mf_recovery_codes),
        sign_on_issuer=user.oidc_issuer,
    )


def list_client_titles(session: Session) -> list[ClientTitle]:
    """Return every client, in the order of its id."""
    rows = session.execute(
        select(Client.client_id, func.array_agg(func.distinct(Project.codename)))
        .outerjoin(Project, Project.client_id == Client.client_id)
        .group_by(Client.client_id)
        .order_by(Client.client_id)
    )
    return [
        ClientTitle(client_id, title_codenames([name for name in names if name]))
        for client_id, names in rows
    ]
