"""Which addresses are of the public Internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.errors import BlockedAddress
from mentionwatch.fetch.address_policy import (
    Families,
    ascii_host,
    is_local_name,
    is_public,
    literal,
    may_be_private,
    private_origins,
)


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


@pytest.mark.parametrize(
    "name", ["localhost", "LocalHost.", "a.localhost", "nas.local", "x.internal", "wiki.lan", "a.home.arpa"]
)
def test_local_names(name: str) -> None:
    assert is_local_name(name)


@pytest.mark.parametrize("name", ["localhost.example.com", "notlocalhost", "local", "mylocal.example", "arpa"])
def test_other_names_are_not_local(name: str) -> None:
    assert not is_local_name(name)


@pytest.mark.parametrize(
    ("named", "origin", "allowed"),
    [
        ("wiki.corp.example", "wiki.corp.example:443", False),
        ("wiki.corp.example:8080", "wiki.corp.example:8080", False),
        ("nas:5000", "nas:5000", True),
        ("nas:5000", "nas:80", False),
        ("localhost", "localhost:443", True),
        ("printer.local", "printer.local:80", True),
        ("printer.local", "printer.local:631", False),
        ("10.0.0.5", "10.0.0.5:80", True),
        ("10.0.0.5:8080", "10.0.0.5:8080", True),
        ("10.0.0.5:8080", "10.0.0.5:443", False),
        ("127.1", "127.0.0.1:80", True),
        ("0:0::1", "::1:80", True),
        ("[::1]", "::1:443", True),
        ("::1", "::1:80", True),
        ("[fd00::5]:9000", "fd00::5:9000", True),
        ("[fd00::5]:9000", "fd00::5:80", False),
    ],
)
def test_addresses_and_local_names_may_be_private_port_by_port(named: str, origin: str, allowed: bool) -> None:
    """A public name leads where strangers say; ``private = true`` is for those that are meant to lead home."""
    assert (origin in private_origins([named])) is allowed


def test_any_name_may_be_private_where_the_source_says_so() -> None:
    """At its port and no other."""
    assert private_origins(["wiki.corp.example:8080"], any_name=True) == {"wiki.corp.example:8080"}


def test_a_name_is_one_in_whatever_script_it_is_written() -> None:
    """What a configuration names as it is read is asked for as it is sent."""
    spelt = private_origins(["Bücher.local:8080"])

    assert spelt == {"xn--bcher-kva.local:8080"} == private_origins(["xn--bcher-kva.LOCAL:8080"])
    assert ascii_host("straße.example") == "xn--strae-oqa.example"


def test_what_can_only_be_private_is_refused_before_it_is_looked_up() -> None:
    """Behind a proxy nobody else looks."""
    allowed = frozenset({"127.0.0.1:8080"})

    assert may_be_private("127.0.0.1", 8080, allowed, "127.0.0.1:8080")
    assert not may_be_private("feeds.example", 80, allowed, "feeds.example")
    for host, port in (("127.0.0.1", 8081), ("localhost", 8080), ("0x7f.1", 80)):
        with pytest.raises(BlockedAddress, match="shown is a private address"):
            may_be_private(host, port, allowed, "shown")


def test_families_take_turns_and_one_that_failed_comes_last() -> None:
    """RFC 8305: however many IPv6 addresses a name has, the second address that is tried is an IPv4 one."""
    families = Families()
    six, four = [f"2606::{n}" for n in range(5)], ["1.2.3.4", "1.2.3.5"]

    assert families.order([*six, *four])[:5] == ["2606::0", "1.2.3.4", "2606::1", "1.2.3.5", "2606::2"]
    families.connected("1.2.3.4", ["2606::0", "1.2.3.4"])
    assert families.order([*six, *four])[:3] == ["1.2.3.4", "1.2.3.5", "2606::0"]
    assert families.alive(families.order([*six, *four])) == four
    assert families.alive(families.order(six)) == six
    families.connected("2606::9", ["2606::9"])
    assert families.order([*six, *four])[:2] == ["2606::0", "1.2.3.4"]
