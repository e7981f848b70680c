"""Secrets of webhooks: drawn once, kept sealed, and used to sign what is sent.

Signatures are those of Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over
`id.timestamp.body`, for which receivers find libraries. Secrets are sealed by Fernet
(cryptography.io) with a key derived from SECRET_KEY: the database alone can forge nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_PURPOSE = b"redeploy webhook secrets"


class SecretLost(Exception):
    """A sealed secret can't be opened: SECRET_KEY is not the one that it was sealed with."""


def draw_secret() -> str:
    """Return a new secret, as receivers write it into their settings."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def seal_secret(secret: str, secret_key: str) -> str:
    """Return the secret as it is stored."""
    return _build_box(secret_key).encrypt(secret.encode("ascii")).decode("ascii")


def open_secret(sealed: str, secret_key: str) -> str:
    """Return a stored secret; raises SecretLost."""
    try:
        return _build_box(secret_key).decrypt(sealed.encode("ascii")).decode("ascii")
    except InvalidToken as error:
        raise SecretLost from error


def build_headers(secret: str, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers by which a receiver knows that a delivery is ours, and fresh."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((event_id.encode("ascii"), timestamp.encode("ascii"), body))
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


def _build_box(secret_key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret_key.encode("utf-8"))
    return Fernet(base64.urlsafe_b64encode(derived))
