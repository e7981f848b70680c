"""Where webhooks may go: to the public internet, and to private networks that settings name.

Whoever registers an endpoint must not reach, through our worker, what stands behind the vendor's
own walls. A name is looked up once, every address that it has is checked, and the connection
goes to a checked address: a second look-up could give another answer.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import SplitResult, urlsplit

import structlog

_log = structlog.get_logger(__name__)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAX_URL = 500
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""Global unicast (RFC 4291); what translates into IPv4 elsewhere is outside."""


class NotDelivered(Exception):
    """A delivery did not arrive, or nobody knows; its text says why, for people.

    http_status  of the answer; None without one
    """

    def __init__(self, sentence: str, http_status: int | None = None) -> None:
        self.http_status = http_status
        super().__init__(sentence)


def find_url_problem(url: str, networks: Sequence[Network]) -> str | None:
    """Return what the address of an endpoint should have been; None when it is fine."""
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > _MAX_URL:
        return f"an address of up to {_MAX_URL} plain characters"
    parts = _find_parts(url)
    if parts is None or parts.hostname is None:
        return "an address such as https://hooks.example.org/redeploy"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "an address without a name, a password or a #"
    literal = _find_literal(parts.hostname)
    is_loopback = parts.hostname == "localhost" or (literal is not None and literal.is_loopback)
    if parts.scheme == "http" and not is_loopback:
        return "https: what is sent unencrypted can be read and changed on its way"
    if literal is not None and not may_reach(literal, networks):
        return "an address on the public internet, or in a network that the settings allow"
    return None


def _find_parts(url: str) -> SplitResult | None:
    """Return the parts of a URL that a browser would open; None for any other text."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_usable else None


def split_url(url: str) -> tuple[SplitResult, str, int]:
    """Return the parts of a checked URL, its host and its port."""
    parts = urlsplit(url)
    return parts, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def resolve(host: str, port: int, networks: Sequence[Network]) -> list[str]:
    """Return the addresses of a host, all of them checked.

    Raises NotDelivered when it has none, or one that may not be reached.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotDelivered(f"{host} is not known.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not may_reach(ip_address(address), networks):
            # For operators. Whoever registers endpoints would learn the plan of our networks.
            _log.warning("webhook to a closed network", host=host, address=address)
            raise NotDelivered(f"{host} is where webhooks may not go.")
    return addresses


def may_reach(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether webhooks may go to an address."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in networks):
        return True
    if isinstance(address, IPv6Address) and (
        address not in _PUBLIC_IPV6 or address.sixtofour is not None or address.teredo is not None
    ):
        return False
    return address.is_global and not address.is_multicast


def _find_literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
