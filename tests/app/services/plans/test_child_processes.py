"""The process that a worker's children are forked from: what it holds, and its own end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

from app.services.plans.child_limits import STOP, limit_child
from app.services.plans.child_processes import running_child
from tests.app.processes import wait_until_gone

_STANDARD_STREAMS = {"0", "1", "2"}


def tell(pipe: Connection) -> None:
    """Say who forked us and whether all is loaded, then that we were told to stop."""
    is_loaded = {"app.services.plans.plan_child", "ortools.sat.python.cp_model"} <= set(sys.modules)
    should_stop = limit_child(4096, pipe)
    pipe.send((os.getppid(), os.getpid(), is_loaded))
    should_stop.wait()
    pipe.send("told")
    threading.Event().wait()


def test_child_begins_with_all_loaded_where_there_is_one_thread_and_no_connection() -> None:
    """So there is no lock and no connection that a child could take over half-used."""
    with running_child("probe", tell) as (_child, pipe):
        server, _pid, is_loaded = pipe.recv()
        proc = Path(f"/proc/{server}")
        assert is_loaded
        assert len(list((proc / "task").iterdir())) == 1
        opened = [one for one in (proc / "fd").iterdir() if one.name not in _STANDARD_STREAMS]
        sockets = [one for one in opened if str(one.readlink()).startswith("socket:")]
        assert len(sockets) == 1, "besides the one where it is asked for children"


def test_dead_fork_server_takes_no_child_along_and_is_replaced() -> None:
    with running_child("probe", tell) as (_child, pipe):
        server, pid, _is_loaded = pipe.recv()
        ours = [os.pidfd_open(pid)]
        theirs = [os.pidfd_open(server)]
        os.kill(server, signal.SIGKILL)
        wait_until_gone(theirs)
        pipe.send(STOP)
        assert pipe.recv() == "told"
    wait_until_gone(ours)
    with running_child("probe", tell) as (_child, pipe):
        assert pipe.recv()[0] != server
