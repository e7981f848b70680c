"""The processes of one machine: start them, watch them, stop them all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import click

from app.config import Settings

_STOP_S = 10.0
_POLL_S = 0.2
_START_S = 60.0


class StopRequested(Exception):
    """Somebody wants everything to stop: Ctrl-C, SIGTERM, or a closed terminal."""


class ProcessEnded(Exception):
    """A process that should run until it is told to stop has ended by itself."""

    def __init__(self, name: str, exit_code: int) -> None:
        self.name = name
        self.exit_code = exit_code
        super().__init__(f"the {name} process ended with exit code {exit_code}")


class Stack:
    """The child processes of `redeploy up`; each is `redeploy COMMAND` in a session of its own.

    A session of its own, because Ctrl-C must reach only us: we stop them in order.
    """

    def __init__(self, environment: Mapping[str, str], log_folder: Path | None = None) -> None:
        self._environment = {**os.environ, **environment}
        self._log_folder = log_folder
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._files = ExitStack()

    def start(self, command: str) -> None:
        """Start `redeploy COMMAND`; with a log folder its output goes to COMMAND.log there."""
        output = None
        if self._log_folder is not None:
            path = self._log_folder / f"{command}.log"
            output = self._files.enter_context(path.open("ab"))
        self._children[command] = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "app.cli", command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def check(self) -> None:
        """Raise ProcessEnded when one of them has ended."""
        for name, child in self._children.items():
            code = child.poll()
            if code is not None:
                raise ProcessEnded(name, code)

    def wait(self) -> None:
        """Return never: raise ProcessEnded when a process ends, StopRequested when told to."""
        while True:
            self.check()
            time.sleep(_POLL_S)

    def wait_for_web(self, settings: Settings) -> None:
        """Return once the web process answers; raise ProcessEnded when it does not come up."""
        url = f"{build_address(settings)}/healthz"
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            self.check()
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own address
                    return
            except OSError:  # refused, reset, or too slow to answer: not up yet
                time.sleep(_POLL_S)
        raise click.ClickException(f"{url} does not answer")

    def stop(self) -> None:
        """End every process: politely, then by force."""
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + _STOP_S
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
            # Whatever it started is in its group: nothing of it may outlive us.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self._children.clear()
        self._files.close()


@contextmanager
def stop_signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into StopRequested; ignore those that follow.

    A second Ctrl-C must not leave half of the processes behind.
    """

    def raise_once(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise StopRequested

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, raise_once) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def require_free_port(settings: Settings) -> None:
    """Raise when something else serves on our port: it would answer in our place."""
    with socket.socket() as probe:
        # As the web server does, so that a port in its closing time counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            message = f"{build_address(settings)} is taken; PORT=... chooses another port"
            raise click.ClickException(message) from error


def build_address(settings: Settings) -> str:
    """Return where a browser on this machine finds the web server."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://{host}:{settings.port}"
