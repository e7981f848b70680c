"""What tests of running commands share: free ports, and looking at processes."""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path

_GONE_S = 60


def find_free_port() -> int:
    """Return a port that nothing serves on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def list_children(pid: int) -> list[int]:
    """Return the numbers of the processes that `pid` has started."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def list_family(pid: int) -> list[int]:
    """Return descriptors of the processes below `pid`; a number could be given out again."""
    children = list_children(pid)
    return [os.pidfd_open(child) for child in children] + [
        below for child in children for below in list_family(child)
    ]


def wait_until_gone(family: list[int]) -> None:
    """Wait for the end of every process of `list_family`; fail when one goes on."""
    assert family
    for descriptor in family:
        assert select.select([descriptor], [], [], _GONE_S)[0], "a process was left behind"
        os.close(descriptor)
