"""Which proxy the environment names for an address: ``http_proxy``, ``https_proxy``, ``all_proxy``, ``no_proxy``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from mentionwatch.fetch.address_policy import ascii_host

_HOST_PORT = re.compile(r"(\[[^]]*\]|[^:]*)(?::([0-9]{1,5}))?")


def proxy_for(scheme: str, host: str, port: int, environ: Mapping[str, str]) -> str | None:
    """The proxy's URL, or ``None`` to go directly.

    Both spellings count, the lower-case one first, as in curl; ``HTTP_PROXY`` does not where ``REQUEST_METHOD`` is set,
    because a web server may have made it of a visitor's ``Proxy:`` header (httpoxy). An empty value means no proxy.
    """
    named = _setting(f"{scheme}_proxy", environ)
    if named is None:
        named = _setting("all_proxy", environ)
    if not named or _is_exempt(host.lower().rstrip("."), port, _setting("no_proxy", environ) or ""):
        return None
    return named if "://" in named else f"http://{named}"


def names_proxy(environ: Mapping[str, str]) -> bool:
    """Whether the environment names any proxy at all."""
    return any(_setting(name, environ) for name in ("http_proxy", "https_proxy", "all_proxy"))


def _setting(name: str, environ: Mapping[str, str]) -> str | None:
    if name in environ:
        return environ[name].strip()
    if name == "http_proxy" and "REQUEST_METHOD" in environ:
        return None
    value = environ.get(name.upper())
    return None if value is None else value.strip()


def _is_exempt(host: str, port: int, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` names the host: ``*``, a domain with its subdomains, an address, a network, ``:port``."""
    for entry in no_proxy.lower().replace(" ", ",").split(","):
        name = entry.strip()
        if not name:
            continue
        if name == "*" or _in_network(host, name):
            return True
        split = _HOST_PORT.fullmatch(name)
        if split is None or (split[2] and int(split[2]) != port):
            continue
        domain = ascii_host(split[1].strip("[]").removeprefix("*").removeprefix("."))
        if domain and (host == domain or host.endswith(f".{domain}")):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    try:
        return ip_address(host) in ip_network(network.strip("[]"), strict=False)
    except ValueError:
        return False
