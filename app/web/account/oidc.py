"""Sign-in by an OpenID Connect provider (extra `oidc`): only where the settings name one.

The provider is asked in the moment somebody signs in and at no other time; the second factor
is its business. Authlib holds state, nonce and PKCE verifier and checks the signed answer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Blueprint, Flask, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_security.utils import login_user
from werkzeug.exceptions import TooManyRequests

from app.config import Settings
from app.errors import ConfigurationError, Refused
from app.services.access.sign_in_tries import TryLimit, give_back_try, take_try
from app.services.access.single_sign_on import Identity, find_signed_on
from app.web.account.sign_in_limits import FAILURES_OF_AN_ADDRESS
from app.web.guard import Audience, permit
from app.web.sessions import get_session
from solver.errors import Problem

log = structlog.get_logger()

blueprint = Blueprint("oidc", __name__, url_prefix="/sign-on")

PROVIDER_TIMEOUT_S = 10
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures with a public key: the client's secret can't forge an answer."""

_EXTENSION = "redeploy.oidc"


@blueprint.get("/start")
@permit(Audience.EVERYONE)
def start() -> ResponseReturnValue:
    """Send the browser to the provider."""
    client = _get_client()
    if current_user.is_authenticated:
        return redirect("/")
    return _ask(client)


@blueprint.get("/back")
@permit(Audience.EVERYONE)
def back() -> ResponseReturnValue:
    """Sign in whom the provider has let in."""
    client = _get_client()
    limits = (TryLimit(f"address {request.remote_addr}", FAILURES_OF_AN_ADDRESS),)
    now = datetime.now(UTC)
    opens_at = take_try(get_session(), limits, now=now)
    if opens_at is not None:
        raise TooManyRequests(retry_after=opens_at)
    identity = _read_answer(client)
    if identity is None:
        return _return_to_sign_in("The sign-in was not completed. Nothing happened: try again.")
    try:
        user = find_signed_on(get_session(), identity)
    except Refused as refused:
        return _return_to_sign_in(refused.sentence)
    login_user(user, authn_via=["oidc"])
    get_session().commit()
    give_back_try(get_session(), limits, now=now)
    return redirect("/")


def init_oidc(app: Flask, settings: Settings) -> None:
    """Name the provider of the settings to `app`; without one there is no such sign-in.

    Raises ConfigurationError when the extra is not installed.
    """
    app.jinja_env.globals["sign_on_name"] = settings.oidc_name if settings.oidc_issuer else None
    if not settings.oidc_issuer:
        return
    try:
        # The extra: an installation without single sign-on has no HTTP client.
        # It has no types of its own.
        from authlib.integrations.flask_client import (  # type: ignore[import-untyped]  # noqa: PLC0415
            OAuth,
        )
    except ImportError:
        expected = "the extra oidc installed (authlib, requests), or no such setting"
        problem = Problem("setting REDEPLOY_OIDC_ISSUER", settings.oidc_issuer, expected)
        raise ConfigurationError([problem]) from None
    app.extensions[_EXTENSION] = OAuth(app).register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": PROVIDER_TIMEOUT_S,
        },
    )


def _get_client() -> Any:
    """Return Authlib's client, which has no types; without a provider there is no such page."""
    client = current_app.extensions.get(_EXTENSION)
    if client is None:
        abort(404)
    return client


def _ask(client: Any) -> ResponseReturnValue:
    from requests import RequestException  # noqa: PLC0415 - of the extra

    settings = _get_settings()
    try:
        _check_provider(client.load_server_metadata(), settings)
        answer: ResponseReturnValue = client.authorize_redirect(
            settings.public_url + url_for("oidc.back")
        )
    except (RequestException, ValueError) as error:
        log.warning("the provider of single sign-on does not answer", error=type(error).__name__)
        return _return_to_sign_in("Single sign-on does not answer. Try again in a moment.")
    return answer


def _read_answer(client: Any) -> Identity | None:
    """Return whom the provider let in; None when its answer is none that counts."""
    from authlib.common.errors import (  # type: ignore[import-untyped]  # noqa: PLC0415 - of the extra
        AuthlibBaseError,
    )
    from joserfc.errors import JoseError  # noqa: PLC0415 - of the extra
    from requests import RequestException  # noqa: PLC0415 - of the extra

    try:
        metadata = client.load_server_metadata()
        _check_provider(metadata, _get_settings())
        issuer: str = metadata["issuer"]
        token = client.authorize_access_token(
            claims_options={
                "iss": {"essential": True, "values": [issuer]},
                "sub": {"essential": True},
            }
        )
    except (AuthlibBaseError, JoseError, RequestException, ValueError) as error:
        log.warning("single sign-on was refused", error=type(error).__name__)
        return None
    claims = token.get("userinfo")
    if claims is None:
        return None
    is_verified = claims.get("email_verified") is True
    return Identity(issuer, str(claims["sub"]), claims.get("email") if is_verified else None)


def _check_provider(metadata: dict[str, Any], settings: Settings) -> None:
    """Raise ValueError for metadata of somebody else; leave signatures with a public key only."""
    if str(metadata.get("issuer")).rstrip("/") != settings.oidc_issuer:
        raise ValueError("the provider names another issuer")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [
        name for name in offered if name in _ALGORITHMS
    ]


def _get_settings() -> Settings:
    settings: Settings = current_app.extensions["redeploy.settings"]
    return settings


def _return_to_sign_in(sentence: str) -> ResponseReturnValue:
    flash(sentence, "bad")
    return redirect(url_for("security.login"))
