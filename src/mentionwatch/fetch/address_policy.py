"""Which addresses a stranger may send us to: public ones only. Names are judged by what they resolve to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

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


def is_local_name(host: str) -> bool:
    """Whether a name can only mean this machine or this network (RFC 6761, 6762, 8375)."""
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith((".localhost", ".local", ".internal", ".home.arpa"))


def may_be_private(host: str, port: int, named: frozenset[str], own_port: int) -> bool:
    """Whether the configuration allows a private address behind this host and port.

    ``named`` holds hosts and ``host:port`` pairs. A host named without a port is allowed at the standard ports and at
    ``own_port``, that of the request, so that a service named at one port opens no door to its neighbours.
    """
    host = host.lower()
    shown = f"[{host}]" if ":" in host else host
    if f"{shown}:{port}" in named:
        return True
    return port in (80, 443, own_port) and (host in named or shown in named)


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
