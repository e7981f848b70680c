"""What the demo remembers between two runs: its secret and its sign-ins, in one private file."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

_FILE_NAME = "demo.json"


@dataclass(frozen=True)
class SignIn:
    """An account of the demo."""

    role: str
    name: str
    email: str
    password: str


@dataclass(frozen=True)
class DemoState:
    """`sign_ins` stays empty until the demo has been set up to its end."""

    secret_key: str
    sign_ins: tuple[SignIn, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether the demo's data are all there."""
        return bool(self.sign_ins)

    def with_sign_ins(self, sign_ins: tuple[SignIn, ...]) -> DemoState:
        """Return the state of a demo that is set up."""
        return replace(self, sign_ins=sign_ins)


def load_state(home: Path) -> DemoState:
    """Return the state kept under `home`, or a new one with a secret of its own."""
    path = home / _FILE_NAME
    if not path.is_file():
        return DemoState(secrets.token_hex(32))
    kept = json.loads(path.read_text(encoding="utf-8"))
    return DemoState(kept["secret_key"], tuple(SignIn(**row) for row in kept["sign_ins"]))


def save_state(home: Path, state: DemoState) -> None:
    """Keep the state under `home`, readable by its owner alone."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / _FILE_NAME
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state), file, indent=1)
    fresh.replace(path)
