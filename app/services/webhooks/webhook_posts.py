"""One post to an endpoint, over a connection to an address that has been checked."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Timer

from app.services.webhooks.webhook_addresses import Network, NotDelivered, resolve, split_url

_STEP_S = 10.0
"""How long a receiver may keep silent."""

_WHOLE_S = 30.0
"""How long one post may take in all, however the receiver trickles its answer."""

_MAX_ERROR = 200


def post(url: str, headers: Mapping[str, str], body: bytes, networks: Sequence[Network]) -> int:
    """Send the body; return the status of the answer, which is from 200 to 299.

    Redirects are not followed: they would lead to an address that nobody registered.

    Raises NotDelivered for any other answer, and for none.
    """
    parts, host, port = split_url(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    own = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "Redeploy-Webhooks",
        "Connection": "close",
    }
    addresses = resolve(host, port, networks)
    try:
        with _connect(addresses, host, port, is_secret=parts.scheme == "https") as stream:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = stream
            connection.request("POST", target, body, {**own, **headers})
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}"[:_MAX_ERROR]) from error
    if 300 <= status < 400:
        raise NotDelivered(f"It answered {status}; redirects are not followed.", status)
    if not 200 <= status < 300:
        raise NotDelivered(f"It answered {status}.", status)
    return status


@contextmanager
def _connect(
    addresses: Sequence[str], host: str, port: int, *, is_secret: bool
) -> Iterator[socket.socket]:
    """Yield a connection to the first address that takes one, cut off after _WHOLE_S."""
    with _open_first(addresses, port) as plain:
        stream = plain
        if is_secret:
            stream = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        timer = Timer(_WHOLE_S, _cut, (stream,))
        timer.daemon = True
        timer.start()
        try:
            with stream:
                yield stream
        finally:
            timer.cancel()


def _open_first(addresses: Sequence[str], port: int) -> socket.socket:
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=_STEP_S)
    return socket.create_connection((last, port), timeout=_STEP_S)


def _cut(stream: socket.socket) -> None:
    with suppress(OSError):
        stream.shutdown(socket.SHUT_RDWR)
