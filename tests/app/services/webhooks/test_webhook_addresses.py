"""Where webhooks may go: never behind the vendor's own walls, unless the settings say so."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network

import pytest

from app.services.webhooks.webhook_addresses import (
    NotDelivered,
    find_url_problem,
    may_reach,
    resolve,
)

PRIVATE = ip_network("10.20.0.0/16")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_private_address_is_refused(address: str) -> None:
    assert not may_reach(ip_address(address), (PRIVATE,))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_address_is_taken(address: str) -> None:
    assert may_reach(ip_address(address), ())


@pytest.mark.parametrize("address", ["10.20.0.1", "::ffff:10.20.255.255"])
def test_private_network_of_the_settings_is_taken(address: str) -> None:
    assert may_reach(ip_address(address), (PRIVATE,))


def test_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ("93.184.216.34", "10.0.0.1")

    def look_up(host: str, port: int, **_more: object) -> list[tuple[object, ...]]:
        assert host == "hooks.example.org"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(NotDelivered) as caught:
        resolve("hooks.example.org", 443, ())
    # A name that leads inside would tell administrators what stands where.
    assert str(caught.value) == "hooks.example.org is where webhooks may not go."
    assert resolve("hooks.example.org", 443, (ip_network("10.0.0.0/24"),)) == list(addresses)


def test_unknown_name_is_said() -> None:
    with pytest.raises(NotDelivered, match="is not known"):
        resolve("x" * 70, 443, ())


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org",
        "https://hooks.example.org:8443/redeploy?key=1",
        "https://10.20.3.4/hook",
        "https://[2606:2800:220:1::1]/hook",
    ],
)
def test_usable_url_is_taken(url: str) -> None:
    assert find_url_problem(url, (PRIVATE,)) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "an address such as"),
        ("hooks.example.org", "an address such as"),
        ("ftp://hooks.example.org", "an address such as"),
        ("https://", "an address such as"),
        ("https://hooks.example.org:0/", "an address such as"),
        ("https://hooks.example.org:99999/", "an address such as"),
        ("https://[::1/", "an address such as"),
        ("http://hooks.example.org/", "https: what"),
        ("https://name:word@hooks.example.org/", "without a name"),
        ("https://hooks.example.org/#part", "without a name"),
        ("https://hooks.example.org/a b", "plain characters"),
        ("https://hooks.example.org/\r\nx", "plain characters"),
        ("https://hööks.example.org/", "plain characters"),
        ("https://hooks.example.org/" + "a" * 500, "plain characters"),
        ("https://192.168.0.1/", "public internet"),
        ("http://127.0.0.1:9/", "public internet"),
        ("https://[fd00::1]/", "public internet"),
    ],
)
def test_unusable_url_is_refused(url: str, expected: str) -> None:
    assert expected in str(find_url_problem(url, (PRIVATE,)))


def test_loopback_needs_no_https_where_the_settings_allow_it() -> None:
    assert find_url_problem("http://127.0.0.1:9/", (ip_network("127.0.0.1"),)) is None
    assert find_url_problem("http://localhost:9/", ()) is None
