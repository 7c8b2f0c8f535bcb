"""Which addresses a stranger may send us to: public ones only. Names are judged by what they resolve to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import zip_longest

import httpx

from mentionwatch.errors import BlockedAddress

#: From a name to its addresses, as text, in the order to try them; raises ``OSError`` when there are none.
Resolver = Callable[[str, int], Sequence[str]]

# What is not of the public Internet, from the IANA special-purpose registries of 2026. The list is ours, in full,
# because ``is_global`` changed its mind between Python's patch releases (gh-113171).
_PRIVATE4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network: Linux connects it to itself
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's own services, from within a machine there
            "169.254.0.0/16",  # link-local, and the metadata services of clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # the old 6to4 relays
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Of IPv6 only 2000::/3 is given out to the public; these parts of it are not.
_PUBLIC6 = IPv6Network("2000::/3")
_PRIVATE6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address in disguise, and no longer routed
            "3fff::/20",
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


@lru_cache(4096)
def is_public(address: str) -> bool:
    """Whether an address, as text, belongs to the public Internet.

    An IPv4 address inside an IPv6 one (mapped, NAT64) counts as itself; 6to4 and Teredo are never public. What is
    no address is not public either.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return _is_public4(ip.ipv4_mapped)
        if ip in _NAT64:
            return _is_public4(IPv4Address(int(ip) & 0xFFFFFFFF))
        return ip in _PUBLIC6 and not any(ip in network for network in _PRIVATE6)
    return _is_public4(ip)


def _is_public4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in _PRIVATE4)


@lru_cache(4096)
def literal(host: str) -> str | None:
    """The address a host is when it is no name, however oddly written (``127.1``, ``0x7f000001``, ``2130706433``)."""
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    if not host or host[-1] not in "0123456789abcdefABCDEFxX.":
        return None
    try:
        # The C library reads these as addresses wherever a name is looked up, and so must we.
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except (OSError, ValueError):
        return None


# Names under these are never public: RFC 6761 (localhost, test), RFC 6762 (local, and in appendix G what networks use
# for themselves), RFC 8375 (home.arpa). None of them is delegated in the DNS.
_LOCAL_SUFFIXES = (
    *(".localhost", ".local", ".test", ".home.arpa"),
    *(".intranet", ".internal", ".private", ".corp", ".home", ".lan"),
)


def is_local_name(host: str) -> bool:
    """Whether a name can only mean this machine or this network."""
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(_LOCAL_SUFFIXES)


def may_be_private(host: str, port: int, allowed: frozenset[str], shown: str) -> bool:
    """Whether ``host`` at ``port`` is one of ``allowed``, which alone may have private addresses.

    Raises ``BlockedAddress`` where it is not, and can be nothing but private.
    """
    known = literal(host)
    if f"{known or host}:{port}" in allowed:
        return True
    if is_local_name(host) or (known is not None and not is_public(known)):
        raise private_address(shown)
    return False


def private_origins(named: Iterable[str], *, any_name: bool = False) -> frozenset[str]:
    """Of the hosts that a configuration names, those that may have private addresses, as ``host:port``.

    These are addresses and names that can only be local, those without a dot included. A public name leads wherever its
    owner, or a name server on the way, says: it may be private only where the source has ``private = true``
    (``any_name``). A host without a port is one at 80 and one at 443.
    """
    origins: set[str] = set()
    for one in named:
        host, colon, port = one.rpartition(":")
        if not colon or not port.isdecimal() or (":" in host and not host.endswith("]")):
            host, port = one, ""
        host = ascii_host(host.strip("[]"))
        if any_name or "." not in host.rstrip(".") or literal(host) is not None or is_local_name(host):
            origins |= {f"{host}:{number}" for number in ([port] if port else ("80", "443"))}
    return frozenset(origins)


def ascii_host(host: str) -> str:
    """The one spelling in which hosts are compared: lower case, ASCII as httpx writes it, addresses in full."""
    if host.isascii():
        return literal(host) or host.lower()
    try:
        return httpx.URL(f"http://{host}").raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, ValueError):
        return host.lower()


def private_address(shown: str) -> BlockedAddress:
    """The error for a private address that nothing allows."""
    return BlockedAddress(
        f"{shown} is a private address; only `private = true` in its [[sources]] or [[notify]] allows it"
    )


class Families:
    """The order in which a name's addresses are tried, and which family has failed in this run; thread-safe."""

    def __init__(self) -> None:
        self._failed: set[bool] = set()

    def order(self, addresses: Sequence[str]) -> list[str]:
        """IPv6 and IPv4 in turns (RFC 8305, 4), the resolver's first family first; one that has failed comes last."""
        first = [one for one in addresses if (":" in one) == (":" in addresses[0])]
        second = [one for one in addresses if (":" in one) != (":" in addresses[0])]
        if first and second and (":" in first[0]) in self._failed:
            return second + first
        return [one for pair in zip_longest(first, second) for one in pair if one is not None]

    def alive(self, addresses: list[str]) -> list[str]:
        """Without those of a family that has failed, where there are others."""
        return [one for one in addresses if (":" in one) not in self._failed] or addresses

    def connected(self, address: str, tried: Sequence[str]) -> None:
        """``address`` took the connection, when ``tried`` had been, in that order."""
        self._failed.discard(":" in address)
        if (":" in tried[0]) != (":" in address):
            self._failed.add(":" in tried[0])


def resolve(host: str, port: int) -> Sequence[str]:
    """Asks the system's resolver; may take as long as that likes (see :func:`resolve_within`)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # A scoped IPv6 address keeps its zone: without it, it cannot be connected to.
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_within(resolver: Resolver, host: str, port: int, seconds: float) -> Sequence[str]:
    """What the resolver says, but no later than in ``seconds``: then ``TimeoutError``.

    The system's resolver cannot be interrupted, so it runs in a thread that is left behind if it hangs.
    """
    known = literal(host)
    if known is not None:
        return [known]
    answer: list[Sequence[str] | OSError] = []

    def ask() -> None:
        try:
            answer.append(resolver(host, port))
        except OSError as error:
            answer.append(error)
        except UnicodeError:  # a label that is empty or longer than 63: no name at all
            answer.append(socket.gaierror(socket.EAI_NONAME, "no name"))

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if not answer:
        raise TimeoutError("the name was not resolved in time")
    if isinstance(answer[0], OSError):
        raise answer[0]
    return answer[0]
