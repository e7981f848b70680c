"""docs/webhooks.md names every kind of event with its fields, and its sample checks signatures."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.services.webhooks.webhook_kinds import WEBHOOK_KINDS
from app.services.webhooks.webhook_signing import build_headers, draw_secret

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z._]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def read_sample() -> Callable[[str, dict[str, str], bytes], bool]:
    (sample,) = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(sample, names)
    found: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]
    return found


def test_webhooks_page_lists_every_kind_with_its_fields() -> None:
    rows = {
        code: set(re.findall(r"`([a-z_0-9]+)`", data)) for code, _when, data in ROW.findall(PAGE)
    }
    assert list(rows) == list(WEBHOOK_KINDS)
    for code, documented in rows.items():
        fields = {
            word for one in WEBHOOK_KINDS[code].fields for word in re.findall("[a-z_0-9]+", one)
        }
        # "The same" as the kind before; projects and kinds of access are explained once.
        assert documented <= fields | {"project", "compartment"}, code
        assert documented >= {one for one in fields if one not in {"codename", "project_id"}} or (
            code.startswith("offer.") and not documented
        ), code


def test_sample_of_the_page_tells_genuine_from_forged() -> None:
    is_genuine, secret, now = read_sample(), draw_secret(), datetime.now(UTC)
    body = b'{"type":"pause.opened"}'
    headers = build_headers(secret, "evt_1", body, now)
    assert is_genuine(secret, headers, body)
    assert not is_genuine(draw_secret(), headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(secret, {**headers, "webhook-id": "evt_2"}, body)
    late = build_headers(secret, "evt_1", body, now - timedelta(minutes=6))
    assert not is_genuine(secret, late, body)
