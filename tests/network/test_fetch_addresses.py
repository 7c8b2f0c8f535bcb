"""Which addresses are of the public Internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.fetch.address_policy import is_local_name, is_public, literal, may_be_private


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::8a",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:10.0.0.1",
        "::ffff:0:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4/32",
        "01.2.3.4",
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses())
def test_what_is_public_here_is_so_for_python_too(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global or getattr(address, "ipv4_mapped", None) or str(address).startswith("64:ff9b:")


@given(st.ip_addresses(v=4))
def test_an_address_is_the_same_in_every_spelling(address: IPv4Address) -> None:
    number = int(address)
    for spelling in (str(number), hex(number), oct(number).replace("0o", "0"), f"{address}."):
        found = literal(spelling)
        assert found is not None
        assert ip_address(found) == address
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    assert not is_public(f"::{address}")


@pytest.mark.parametrize("host", ["example.com", "1.2.3.4.example", "a", "0xg", "", "...", "feed"])
def test_a_name_is_no_address(host: str) -> None:
    assert literal(host) is None


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "a.localhost", "nas.local", "x.internal", "a.home.arpa"])
def test_local_names(name: str) -> None:
    assert is_local_name(name)


@pytest.mark.parametrize("name", ["localhost.example.com", "notlocalhost", "local", "mylocal.example", "arpa"])
def test_other_names_are_not_local(name: str) -> None:
    assert not is_local_name(name)


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("wiki.corp.example", 443, True),
        ("wiki.corp.example", 80, True),
        ("wiki.corp.example", 8080, True),
        ("wiki.corp.example", 6379, False),
        ("nas", 5000, True),
        ("nas", 80, False),
        ("::1", 443, True),
        ("fd00::5", 9000, True),
        ("corp.example", 443, False),
        ("x.wiki.corp.example", 443, False),
    ],
)
def test_a_named_host_is_allowed_at_the_usual_ports_and_the_one_that_is_asked(
    host: str, port: int, allowed: bool
) -> None:
    named = frozenset({"wiki.corp.example", "nas:5000", "[::1]", "[fd00::5]:9000"})
    assert may_be_private(host, port, named, own_port=8080) is allowed
