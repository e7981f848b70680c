"""docs/api.md: its client works against a running server, its tables are the code's."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.services.access.api_scopes import SCOPES
from app.services.access.api_tokens import make_token
from tests.app.api import conftest as programs
from tests.app.web import conftest as pages
from tests.app.web.conftest import Vendor

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")

settings, app = pages.settings, pages.whole_app
people, paused, planned = pages.people, pages.paused, pages.planned


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Address of a server over the test's database."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The client of the page, as if it were a file."""
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    module = ModuleType("redeploy_client")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(found.group(1), "docs/api.md", "exec"), module.__dict__)
    return module


def test_the_client_of_the_page_works(
    address: str, client_module: Any, session: Session, planned: Vendor
) -> None:
    actor = programs.find_actor(session, "ops_manager")
    scopes = ["ops:read", "ops:write"]
    made = make_token(session, actor=actor, name="docs", scopes=scopes, num_days=1)
    client = client_module.Redeploy(address, made.secret)
    assert [project.codename for project in client.list_projects()] == ["Larkspur"]
    proposals = list(client.list_proposals(planned.run_id))
    assert {one.contractor_id for one in proposals} == {"C1", "C2"}
    assert client.approve(planned.run_id, proposals) == "done"
    assert list(client.list_proposals(planned.run_id)) == []
    now = datetime.now(UTC).isoformat(timespec="seconds")
    run_id = client.pause(["P2"], effective_at=now, reason_class="other")
    assert not client.is_solved(run_id)
    with pytest.raises(client_module.Problem, match="already_paused"):
        client.pause(["P2"], effective_at=now, reason_class="other")


def test_the_page_names_every_scope() -> None:
    assert set(re.findall(r"^\| `([a-z]+:[a-z]+)` \|", PAGE, re.MULTILINE)) == set(SCOPES)
