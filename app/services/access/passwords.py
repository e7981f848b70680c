"""Passwords: how they are drawn, kept and compared, and which ones are taken."""

from __future__ import annotations

import re
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import InvalidValue
from app.services.access.password_guesses import count_parts

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 128
MIN_DISTINCT = 5
MIN_PARTS = 6
"""Of what `count_parts` finds; fewer are among the first that somebody tries."""

PRODUCT = "redeploy"

_PASSWORD_BYTES = 12
_SHORTEST_NAME = 5
"""Parts of a name or an address that are looked for in a password."""


def draw_password() -> str:
    """Return a random password of 96 bits."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def hash_password(password: str) -> str:
    """Return the argon2 hash as the sign-in page verifies it (normal form NFKD)."""
    return PasswordHasher().hash(_normalise(password))


def is_password(password: str, password_hash: str | None) -> bool:
    """Tell whether a password has this hash; an account without one has no password."""
    if password_hash is None:
        return False
    try:
        return PasswordHasher().verify(password_hash, _normalise(password))
    except (VerificationError, InvalidHashError):
        return False


def check_password(password: str, *, email: str, name: str) -> None:
    """Return when people may choose the password.

    Length is what counts (NIST SP 800-63B): no mixture of characters is asked for, but nothing
    that is tried first, nor what somebody who knows the person and this page would try.

    Raises InvalidValue, which does not show it.
    """
    found = f"{len(password)} characters"
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        expected = f"{MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters"
        raise InvalidValue("password", found, expected)
    if len(set(password)) < MIN_DISTINCT:
        raise InvalidValue("password", found, f"at least {MIN_DISTINCT} different characters")
    words = (*name.split(), *re.split(r"[^\w]+|_", email), email.partition("@")[0], PRODUCT)
    if any(part.casefold() in password.casefold() for part in filter(_is_telling, words)):
        expected = "one without your name, your address or the name of this product"
        raise InvalidValue("password", found, expected)
    if count_parts(password) < MIN_PARTS:
        expected = "one with more in it than common words, years, repeats and rows of keys"
        raise InvalidValue("password", found, expected)


def _is_telling(part: str) -> bool:
    return len(part) >= _SHORTEST_NAME


def _normalise(password: str) -> str:
    return unicodedata.normalize("NFKD", password)
