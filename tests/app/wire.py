"""A wire between the application and PostgreSQL that breaks at a COMMIT, with the server itself."""

from __future__ import annotations

import os
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import Lock, Thread

import psycopg

from app.database import Database
from app.embedded import EmbeddedPostgres
from tests.app.processes import list_family, wait_until_gone

_TEXT = b"COMMIT\0"
_COMMIT = b"Q" + struct.pack("!i", 4 + len(_TEXT)) + _TEXT
"""As libpq sends it: alone, since it waits for the answer before and after."""

_SOCKET = ".s.PGSQL.5432"
_MOST_BYTES = 65_536


class Fate(Enum):
    """What becomes of the COMMIT at which the wire breaks; nobody hears its answer."""

    LOST = "it does not arrive"
    UNKNOWN = "it is sent, and the server dies at once"
    CARRIED_OUT = "it is carried out, and the server dies with the answer on the wire"


class Server:
    """The PostgreSQL server behind an address, for those who kill it."""

    def __init__(self, conninfo: str) -> None:
        with psycopg.connect(conninfo) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        self._folder = Path(folder)

    def connect(self, far: socket.socket) -> None:
        """Connect a socket to it; raises OSError while it is away."""
        far.connect(str(self._folder / _SOCKET))

    def kill(self, number: signal.Signals) -> None:
        """End it by a signal, and wait until nothing of it is left."""
        pid = int((self._folder / "postmaster.pid").read_text().split("\n")[0])
        family = [os.pidfd_open(pid), *list_family(pid)]
        os.kill(pid, number)
        wait_until_gone(family)
        # Its number is taken until somebody collects it: a new server would believe it alive.
        for name in ("postmaster.pid", f"{_SOCKET}.lock"):
            (self._folder / name).unlink(missing_ok=True)

    def start(self) -> None:
        """Start it again: it recovers from its log."""
        EmbeddedPostgres(self._folder.parent).start()


@dataclass
class _Break:
    """When the wire is to break, and how the server ends then."""

    fate: Fate
    number: signal.Signals
    commits_left: int


class Wire:
    """Passes on what libpq and the server say to each other, for any number of connections.

    num_breaks  how often it broke, which is once at most
    """

    def __init__(self, server: Server) -> None:
        self.num_breaks = 0
        self._server = server
        self._lock = Lock()
        self._break: _Break | None = None

    def break_at_commit(
        self, fate: Fate, *, number: signal.Signals = signal.SIGKILL, commits_left: int = 0
    ) -> None:
        """Break once, at a COMMIT to come, and end the server.

        number        SIGKILL, as by a power cut, or SIGQUIT, its immediate shutdown
        commits_left  how many COMMITs go through before it
        """
        self._break = _Break(fate, number, commits_left)

    def serve(self, door: socket.socket) -> None:
        """Take connections until the door is closed; while the server is away it hangs up."""
        lines: list[Thread] = []
        with suppress(OSError):
            while True:
                near, _address = door.accept()
                lines.append(Thread(target=self._connect, args=(near,)))
                lines[-1].start()
        for line in lines:
            line.join()

    def _connect(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far, suppress(OSError):
            self._server.connect(far)
            _Line(self, near, far).run()

    def decide(self) -> Fate | None:
        """Return the fate of the COMMIT that has come; None = it goes through like any other."""
        with self._lock:
            if self._break is None or self.num_breaks:
                return None
            self._break.commits_left -= 1
            return self._break.fate if self._break.commits_left < 0 else None

    def end_server(self) -> None:
        """Break: the server dies, and with it every connection."""
        assert self._break is not None
        self.num_breaks += 1
        self._server.kill(self._break.number)


class _Line:
    """One connection through the wire."""

    def __init__(self, wire: Wire, near: socket.socket, far: socket.socket) -> None:
        self._wire = wire
        self._near = near
        self._far = far
        self._fate: Fate | None = None

    def run(self) -> None:
        """Pass on until one end closes."""
        back = Thread(target=self._pass_answers)
        back.start()
        self._pass_questions()
        with suppress(OSError):
            self._far.shutdown(socket.SHUT_RDWR)
        back.join()

    def _pass_questions(self) -> None:
        with suppress(OSError):
            while asked := self._near.recv(_MOST_BYTES):
                if asked == _COMMIT:
                    self._fate = self._wire.decide()
                if self._fate is not Fate.LOST:
                    self._far.sendall(asked)
                if self._fate in {Fate.LOST, Fate.UNKNOWN}:
                    self._wire.end_server()
                    return

    def _pass_answers(self) -> None:
        with suppress(OSError):
            while answer := self._far.recv(_MOST_BYTES):
                if self._fate is None:
                    self._near.sendall(answer)
                elif self._fate is Fate.CARRIED_OUT:
                    self._wire.end_server()
                    break
            if self._fate in {None, Fate.CARRIED_OUT}:
                self._near.shutdown(socket.SHUT_RDWR)


@contextmanager
def stretch_wire(url: str) -> Iterator[tuple[str, Server, Wire]]:
    """Yield an address that leads through a wire to the database at `url`, server and wire."""
    database = Database(url)
    server = Server(database.conninfo)
    wire = Wire(server)
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = Thread(target=wire.serve, args=(door,))
        thread.start()
        # Words in clear text: the wire has to understand them.
        far = database.url.difference_update_query(["host"])
        query = {"sslmode": "disable", "gssencmode": "disable"}
        near = far.set(host="127.0.0.1", port=door.getsockname()[1]).update_query_dict(query)
        yield near.render_as_string(hide_password=False), server, wire
        door.shutdown(socket.SHUT_RDWR)
        thread.join()
