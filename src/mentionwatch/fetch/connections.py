"""Plain connections, for what is not HTTP: the address that was checked is the address connected to."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from mentionwatch.fetch.address_policy import Families, Resolver, is_public, private_address, resolve_within

# Addresses of one name that are tried.
_MOST_ADDRESSES = 8
# Seconds for an address while there are others: RFC 8305 begins the next after a quarter of a second, side by side.
_PATIENCE = 2.0

#: From an address, a port and seconds to a connected socket; raises ``OSError``.
Dial = Callable[[str, int, float], socket.socket]


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an address, within so many seconds. Raises ``OSError``."""
    connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
    except BaseException:
        connection.close()
        raise
    return connection


def open_connection(
    resolver: Resolver,
    dial: Dial,
    families: Families,
    host: str,
    port: int,
    *,
    shown: str,
    left: Callable[[], float],
    may_be_private: bool,
) -> socket.socket:
    """A connection to the first address of a host that takes it.

    Raises ``OSError``, and ``BlockedAddress`` where all addresses are private and none may be.
    """
    found = resolve_within(resolver, host, port, left())
    allowed = [address for address in found if may_be_private or is_public(address)]
    if found and not allowed:
        raise private_address(shown)
    failed: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    tried: list[str] = []
    addresses = families.order(allowed)[:_MOST_ADDRESSES]
    for address in addresses:
        tried.append(address)
        seconds = left()
        try:
            connection = dial(address, port, seconds if len(tried) == len(addresses) else min(_PATIENCE, seconds))
        except OSError as error:
            failed = error
            continue
        families.connected(address, tried)
        return connection
    raise failed


def start_tls(
    connection: socket.socket, context: ssl.SSLContext, host: str, left: Callable[[], float]
) -> ssl.SSLSocket:
    """The connection under TLS, the certificate checked by name. Raises ``OSError``, the connection closed."""
    try:
        connection.settimeout(left())  # for the whole handshake: OpenSSL's module counts it down
        return context.wrap_socket(connection, server_hostname=host.rstrip("."))
    except BaseException:
        connection.close()
        raise
