"""A manager's browser without a network, and what its requests cost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.database import Database
from benchmarks.desk_vendor import EMAIL, PASSWORD

PART = {"HX-Request": "true"}
"""What htmx sends when it asks for a part of a page."""


@dataclass(frozen=True)
class Timing:
    """What one kind of request took, in milliseconds, beside what it may take.

    busy  of the same requests, the time that Python and PostgreSQL worked themselves: other
          processes add nothing to it. PostgreSQL's parallel workers are left out.
    """

    name: str
    elapsed: list[float]
    busy: list[float]
    limit_ms: float


class Desk:
    """A manager's browser, and what its requests cost; one process, one at a time."""

    def __init__(self, database: Database, postmaster_pid: int) -> None:
        settings = {
            "SECRET_KEY": "5b0f6c1e9d7a4283-for-a-benchmark",
            "SECURE_COOKIES": "false",
            "SECOND_APPROVER_ROWS": "0",
            "SECOND_APPROVER_RAISE": "0",
        }
        self._client = create_app(Settings.from_environment(settings), database).test_client()
        self._postmaster_pid = postmaster_pid
        self.token = _sign_in(self._client)

    def measure(
        self,
        name: str,
        paths: Iterable[str],
        limit_ms: float,
        headers: Mapping[str, str] | None = None,
    ) -> Timing:
        """Time each request once; the first one of a kind warms up and is not counted."""
        acts = [partial(self._get, path, headers or {}) for path in paths]
        return self._time(name, acts, limit_ms)

    def measure_posts(
        self, name: str, forms: Iterable[tuple[str, Mapping[str, object]]], limit_ms: float
    ) -> Timing:
        """Time forms as htmx sends them; the first one warms up and is not counted."""
        return self._time(name, [partial(self.post, path, form) for path, form in forms], limit_ms)

    def post(self, path: str, form: Mapping[str, object]) -> str:
        """Send a form as htmx does; return what it answers."""
        data = {**form, "csrf_token": self.token}
        response = self._client.post(path, data=data, headers=PART)
        assert response.status_code == 200, (path, response.status_code)
        return response.text

    def send(self, path: str, form: Mapping[str, object]) -> None:
        """Send a form as a browser does; it leads on to another page."""
        data = {**form, "csrf_token": self.token}
        response = self._client.post(path, data=data, content_type="multipart/form-data")
        assert response.status_code == 302, (path, response.status_code)

    def open(self, path: str) -> str:
        """Return a page as a browser asks for it."""
        return self._get(path, {})

    def _get(self, path: str, headers: Mapping[str, str]) -> str:
        response = self._client.get(path, headers=headers)
        assert response.status_code == 200, (path, response.status_code)
        return response.text

    def time_once(self, act: Callable[[], object]) -> tuple[float, float]:
        """Return the milliseconds that passed, and those that anybody worked for it."""
        begun, worked = time.perf_counter(), self._measure_work()
        act()
        return 1000 * (time.perf_counter() - begun), 1000 * (self._measure_work() - worked)

    def _time(self, name: str, acts: Sequence[Callable[[], object]], limit_ms: float) -> Timing:
        taken = [self.time_once(act) for act in acts]
        taken = taken[1:] or taken
        return Timing(name, [one for one, _ in taken], [one for _, one in taken], limit_ms)

    def _measure_work(self) -> float:
        """Return the seconds of CPU of this thread and of the server's present backends."""
        parent = f"/proc/{self._postmaster_pid}"
        pids = Path(f"{parent}/task/{self._postmaster_pid}/children").read_text().split()
        return time.thread_time() + sum(map(_read_cpu_s, pids))


def _read_cpu_s(pid: str) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _sign_in(client: FlaskClient) -> str:
    """Sign the manager in; return the token that forms need."""

    def read_token(path: str) -> str:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
        assert token is not None
        return token[1]

    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": read_token("/login")}
    client.post("/login", data=form)
    return read_token("/ops/")
