"""Real web processes and workers on a database, as an installation runs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from flask import Flask
from flask_security.utils import login_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from app.models import User
from app.web.sessions import get_session

SETTINGS = {
    "SECRET_KEY": token_hex(32),
    "SECURE_COOKIES": "false",
    "SECOND_APPROVER_ROWS": "0",
    "SECOND_APPROVER_RAISE": "0",
    "LOG_LEVEL": "error",
}
AGENT = "benchmark"
_START_S = 120.0
_STOP_S = 20.0


@dataclass(frozen=True)
class SignedIn:
    """A person's browser: the cookies of the sign-in and the token that its forms need."""

    cookie: str
    token: str


def sign_in_all(app: Flask, user_ids: Collection[int]) -> list[SignedIn]:
    """Sign accounts in without their passwords, whose hashes are slow on purpose."""
    return [open_browser(app, user_id) for user_id in user_ids]


def open_browser(app: Flask, user_id: int | None = None) -> SignedIn:
    """Return the browser of an account, or of somebody who has not signed in."""
    origin = {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": AGENT}
    with app.test_request_context("/", environ_base=origin) as context:
        if user_id is not None:
            session = get_session()
            login_user(session.scalars(select(User).where(User.id == user_id)).one())
            session.commit()
        token = generate_csrf()
        response = app.response_class()
        app.session_interface.save_session(app, context.session, response)
    cookies = response.headers.getlist("Set-Cookie")
    return SignedIn("; ".join(cookie.partition(";")[0] for cookie in cookies), token)


@dataclass
class Processes:
    """The processes of an installation, by name, and where the web ones answer."""

    ports: list[int]
    pids: dict[str, int]


@contextmanager
def serving(url: str, *, num_web: int, num_threads: int, num_workers: int) -> Iterator[Processes]:
    """Run web processes and workers on the database at `url` until the block ends."""
    environment = {**os.environ, **SETTINGS, "DATABASE_URL": url, "WEB_THREADS": str(num_threads)}
    found = Processes([], {})
    with ExitStack() as stack:
        for number in range(num_web):
            port = find_free_port()
            process = stack.enter_context(_run("web", {**environment, "PORT": str(port)}))
            found.ports.append(port)
            found.pids[f"web {number + 1}"] = process.pid
        for number in range(num_workers):
            process = stack.enter_context(_run("worker", environment))
            found.pids[f"worker {number + 1}"] = process.pid
        for port in found.ports:
            _wait_for(port)
        yield found


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _run(command: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", command], env=environment, stdin=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"no web process on port {port}")


def read_cpu_s(pid: int) -> float:
    """Return the processor time of a process and of all that it started (proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    ticks: int = os.sysconf("SC_CLK_TCK")
    # Fields 16 and 17 hold the time of children that have ended.
    own = sum(int(field) for field in fields[11:15]) / ticks
    return own + sum(read_cpu_s(child) for child in children)
