"""People who sign in, and their roles; shaped as Flask-Security reads them."""

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Table,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigKey, build_choice_check
from app.models.mails import MAIL_MODES

users_roles = Table(
    "users_roles",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id"), primary_key=True, index=True),
)


class Role(Base, RoleMixin):
    """What a user is here for; `app.services.access.access` says what each role may do."""

    __tablename__ = "roles"

    id: Mapped[BigKey]
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(server_default="")


class User(Base, UserMixin):
    """One sign-in. `password` is an argon2 hash, None when it may not sign in by password.

    contractor_id  who the person is on the roster, None for staff who are not on it; several
                   accounts may be one contractor's, one of them with the role contractor
    mail_mode      when the person's messages are mailed, one of MAIL_MODES
    client_scopes  the clients whose work an ops manager sees; without any, all clients'
    tf_primary_method, tf_totp_secret  `authenticator` and its encrypted key once the second
                   factor is set up; named as Flask-Security reads them
    totp_last_counter  the time step of the last code used: no code works twice
    mf_recovery_codes  keyed hashes of the recovery codes that are left
    oidc_issuer, oidc_subject  whom the account is at the provider of single sign-on, bound at
                   the first sign-in there
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        build_choice_check("mail_mode", MAIL_MODES),
        CheckConstraint(
            "(oidc_issuer IS NULL) = (oidc_subject IS NULL)", name="oidc_identity_whole"
        ),
        UniqueConstraint("oidc_issuer", "oidc_subject"),
    )

    id: Mapped[BigKey]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    contractor_id: Mapped[str | None] = mapped_column(
        ForeignKey("contractors.contractor_id"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    # Flask-Security declares these without None, though a new account has no sign-in yet.
    current_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    last_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    current_login_ip: Mapped[str | None]
    last_login_ip: Mapped[str | None]
    login_count: Mapped[int] = mapped_column(server_default="0")
    mail_mode: Mapped[str] = mapped_column(server_default="at_once")
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    totp_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    mf_recovery_codes: Mapped[list[str]] = mapped_column(server_default="[]")
    oidc_issuer: Mapped[str | None]
    oidc_subject: Mapped[str | None]
    # Flask-Security declares the wider list[RoleMixin]; SQLAlchemy needs the mapped class.
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=users_roles, lazy="selectin"
    )
    client_scopes: Mapped[list[ClientScope]] = relationship(cascade="all, delete-orphan")


class ClientScope(Base):
    """A client whose work an ops manager sees; the other clients' is hidden from then on."""

    __tablename__ = "client_scopes"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    client_id: Mapped[str] = mapped_column(
        ForeignKey("clients.client_id"), primary_key=True, index=True
    )


class UserSession(Base):
    """One sign-in of one browser; without its row the browser's cookie opens nothing.

    token_sha256  of the random id that the cookie carries, in hexadecimal
    """

    __tablename__ = "user_sessions"

    id: Mapped[BigKey]
    token_sha256: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInTries(Base):
    """Failed tries to sign in with one account or from one network address, until `ends_at`.

    key_sha256  of what they have in common, in hexadecimal: people type passwords there too
    """

    __tablename__ = "sign_in_tries"

    key_sha256: Mapped[str] = mapped_column(primary_key=True)
    num_tries: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
