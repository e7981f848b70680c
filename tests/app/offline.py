"""Starts `redeploy COMMAND` where there is no network but PostgreSQL's socket.

    python -m tests.app.offline [--door NUMBER] [--way WAY] COMMAND

A listening socket that the caller hands over still works; the command gets it as systemd would
give it. The first way that this machine allows is taken:

namespace  a network namespace of its own, without an interface that is up
user       the same, by a user namespace, for those who are not root
filter     the kernel refuses every socket but those of files (seccomp)

Where none is allowed, or a connection can still be tried, nothing is started.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.ENETUNREACH
_SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: what seccomp calls it, and the number of the system call `socket`."""

_FIRST_HANDED = 3
"""The number at which systemd puts the first socket that it hands over."""

_ADDRESSES = (
    (socket.AF_INET, "127.0.0.1"),
    (socket.AF_INET, "192.0.2.1"),
    (socket.AF_INET6, "2001:db8::1"),
)
_NOWHERE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

_libc = ctypes.CDLL(None, use_errno=True)


def enter_namespace() -> None:
    """Leave the network of this machine; raises OSError where that is not allowed."""
    _call("unshare", _NEW_NET)


def enter_user_namespace() -> None:
    """Do the same as somebody who is not root, and stay the same user."""
    user, group = os.getuid(), os.getgid()
    _call("unshare", _NEW_USER | _NEW_NET)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def refuse_sockets() -> None:
    """Let the kernel refuse sockets of every family but AF_UNIX, from now on and in children."""
    machine, call = _SOCKET_CALLS[platform.machine()]
    steps = [
        (_LOAD, 0, 0, 4),  # which machine
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, 0),  # which system call
        (_EQUAL, 0, 3, call),
        (_LOAD, 0, 0, 16),  # its first argument
        (_EQUAL, 1, 0, socket.AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _call("prctl", _SET_SECCOMP, _FILTER_MODE, ctypes.c_char_p(program), 0, 0)


WAYS: dict[str, Callable[[], None]] = {
    "namespace": enter_namespace,
    "user": enter_user_namespace,
    "filter": refuse_sockets,
}


def leave_network(names: list[str]) -> str:
    """Take the first of some ways that is allowed; return its name.

    Ends the process with the reasons where none is.
    """
    reasons = []
    for name in names:
        try:
            WAYS[name]()
        except OSError as error:
            reasons.append(f"{name}: {error}")
        else:
            return name
    sys.exit(f"no way to leave the network: {'; '.join(reasons)}")


def require_no_network() -> None:
    """End the process where an address, even of this machine, can still be tried."""
    for family, address in _ADDRESSES:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                with socket.socket(family, kind) as outbound:
                    outbound.settimeout(1)
                    outbound.connect((address, 53))
            except OSError as error:
                if error.errno in _NOWHERE:
                    continue
            sys.exit(f"{address} can be tried")


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def main() -> None:
    """Become `redeploy COMMAND`, without a network."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--way", choices=WAYS, action="append")
    parser.add_argument("--door", type=int, help="the number of a listening socket")
    parser.add_argument("command")
    given = parser.parse_args()
    way = leave_network(given.way or list(WAYS))
    require_no_network()
    sys.stderr.write(f"without a network, by {way}\n")
    if given.door is not None:
        os.dup2(given.door, _FIRST_HANDED)
        os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
    os.execv(sys.executable, [sys.executable, "-m", "app.cli", given.command])


if __name__ == "__main__":
    main()
