"""An OpenID Connect provider on the loopback: discovery, keys and tokens, as a real one serves."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "redeploy", "known to the provider and to us"


@dataclass
class Provider:
    """A provider that lets in whomever a test says.

    issuer    its address; `claimed_issuer` is what it says of itself
    asked     the paths that it was asked for, in order
    """

    issuer: str
    claimed_issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    signing_key: RSAKey | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def let_in(self, address: str, **claims: Any) -> str:
        """Sign somebody in who was sent to `address`; return where their browser goes back to."""
        asked = {name: texts[0] for name, texts in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = f"code {len(self.codes)}"
        now = int(time.time())
        self.codes[code] = {
            "challenge": asked["code_challenge"],
            "claims": {
                "iss": self.claimed_issuer,
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 60,
                "nonce": asked["nonce"],
                **claims,
            },
        }
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?code={code}&state={asked['state']}"

    def describe(self) -> dict[str, Any]:
        """Return the provider's metadata."""
        return {
            "issuer": self.claimed_issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    def redeem(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint: each code once, for who began with it."""
        granted = self.codes.pop(form["code"][0], None)
        verifier = form["code_verifier"][0].encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest())
        if granted is None or digest.rstrip(b"=").decode() != granted["challenge"]:
            return 400, {"error": "invalid_grant"}
        key = self.signing_key or self.key
        token = jwt.encode({"alg": "RS256", "kid": "k1"}, granted["claims"], key)
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}


@contextmanager
def run_provider() -> Iterator[Provider]:
    """Serve a provider on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path == "/keys":
                self._answer(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._answer(200, provider.describe())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            length = int(self.headers["Content-Length"])
            self._answer(*provider.redeem(parse_qs(self.rfile.read(length).decode())))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = f"http://127.0.0.1:{server.server_port}"
    provider = Provider(issuer, issuer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
