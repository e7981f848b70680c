"""Secrets of webhooks: sealed at rest, and signatures as the standard has them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.services.webhooks.webhook_signing import (
    SecretLost,
    build_headers,
    draw_secret,
    open_secret,
    seal_secret,
)

KEY = "a key of at least 32 characters, for tests"


def test_signature_is_that_of_the_standard() -> None:
    # The example of github.com/standard-webhooks/standard-webhooks (MIT), "Verifying".
    headers = build_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_secret_is_sealed_at_rest() -> None:
    secret = draw_secret()
    sealed = seal_secret(secret, KEY)
    assert secret.removeprefix("whsec_") not in sealed
    assert sealed != seal_secret(secret, KEY)
    assert open_secret(sealed, KEY) == secret
    with pytest.raises(SecretLost):
        open_secret(sealed, KEY + "x")


def test_secrets_differ() -> None:
    assert len({draw_secret() for _ in range(100)}) == 100
