"""Two web processes and two workers on one PostgreSQL, none with a network.

As on four machines: nothing is shared but the database. Their only network is the listening
socket that each web process is handed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from tests.app.web.conftest import PASSWORD

METRICS_TOKEN = "a token for the one who scrapes the metrics"
_WAIT_S = 120
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a web process answered in the end, and the address that redirects led to."""

    status: int
    body: str
    address: str


class Person:
    """A browser that talks to any of the web processes; its cookies go to all of them."""

    def __init__(self) -> None:
        handler = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(handler)

    def get(self, address: str, **headers: str) -> Answer:
        """Open an address; it must answer with a success."""
        return self._open(urllib.request.Request(address, headers=headers))

    def post(self, address: str, page: str, *, request_id: str = "", **form: str) -> Answer:
        """Send a form with the token that `page` of the same person has."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).body)
        assert token is not None
        data = urllib.parse.urlencode({**form, "csrf_token": token[1]}).encode()
        headers = {"X-Request-Id": request_id}
        return self._open(urllib.request.Request(address, data=data, headers=headers))

    def sign_in(self, web: str, role: str) -> Answer:
        """Sign in at one of the web processes."""
        form = {"email": f"{role}@vendor.example", "password": PASSWORD}
        return self.post(f"{web}/login", f"{web}/login", **form)

    def _open(self, request: urllib.request.Request) -> Answer:
        with self._opener.open(request, timeout=_WAIT_S) as answer:
            body = answer.read().decode()
            return Answer(answer.status, body, answer.url)


@dataclass(frozen=True)
class Fleet:
    """Addresses of the web processes, the processes, and where each writes its log."""

    webs: tuple[str, ...]
    processes: tuple[subprocess.Popen[bytes], ...]
    logs: tuple[Path, ...]

    def read_lines(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of an event in all logs."""
        lines = [line for log in self.logs for line in log.read_text().splitlines()]
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line["event"] == event]


@contextmanager
def run_fleet(conninfo: str, folder: Path, *, num_webs: int, num_workers: int) -> Iterator[Fleet]:
    """Start the processes; end them politely, and fail when one does not end well."""
    environment = {
        **os.environ,
        "DATABASE_URL": conninfo,
        "SECRET_KEY": "only for tests, only for tests, only for tests",
        "SECURE_COOKIES": "false",
        "REDEPLOY_METRICS_TOKEN": METRICS_TOKEN,
    }
    with ExitStack() as stack:
        processes: list[subprocess.Popen[bytes]] = []
        webs: list[str] = []
        logs: list[Path] = []
        for name in ("web",) * num_webs + ("worker",) * num_workers:
            logs.append(folder / f"{len(logs)}-{name}.log")
            log = stack.enter_context(logs[-1].open("wb"))
            # Closed here once it is theirs: whoever asks a process that died is refused.
            with socket.create_server(("127.0.0.1", 0)) as door:
                if name == "web":
                    webs.append(f"http://127.0.0.1:{door.getsockname()[1]}")
                processes.append(_start(name, environment, door.fileno(), log.fileno()))
            stack.callback(_kill, processes[-1])
        yield Fleet(tuple(webs), tuple(processes), tuple(logs))
        # Whoever has been killed meanwhile is left out.
        left = [process for process in processes if process.poll() != -signal.SIGKILL]
        for process in left:
            process.send_signal(signal.SIGTERM)
        ended = [process.wait(_WAIT_S) for process in left]
        assert ended == [0] * len(left), [log.read_text()[-2000:] for log in logs]


def _start(name: str, environment: dict[str, str], door: int, log: int) -> subprocess.Popen[bytes]:
    """Start a command without a network; a web process is handed the socket `door`."""
    handed = ("--door", str(door)) if name == "web" else ()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.app.offline", *handed, name],
        cwd=_ROOT,
        env=environment,
        stdout=log,
        stderr=log,
        pass_fds=(door,),
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
