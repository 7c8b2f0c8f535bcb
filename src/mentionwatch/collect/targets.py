"""Which server a source asks, before it has asked it, and whose quota its requests are taken from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, cast
from urllib.parse import urlsplit

from mentionwatch.config import ConfiguredSource
from mentionwatch.messages import Secret
from mentionwatch.urls import host_of, is_web

_PORTS = {"http": 80, "https": 443}


def server_of(source: ConfiguredSource) -> str:
    """``host:port`` of a source's first address, or its type where only its requests will tell."""
    for address in _addresses(source):
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            continue
        if host:
            return f"{host}:{port or _PORTS.get(parts.scheme.lower(), 0)}"
    return source.source.type


def quota_of(source: ConfiguredSource) -> str:
    """``type host``: the name under which all sources of one platform count their requests."""
    hosts = (host_of(address) for address in _addresses(source))
    return f"{source.source.type} {next((host for host in hosts if host), '')}"


def is_loopback(url: str) -> bool:
    """Whether a server runs on this machine, where one host is many servers and none of them a stranger's."""
    host = host_of(url) or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def options_of(source: ConfiguredSource) -> Iterator[object]:
    """The values of a source's options."""
    return (getattr(source.source, option.name) for option in fields(cast(Any, source.source)))


def _addresses(source: ConfiguredSource) -> Iterator[str]:
    """Every web address among a source's options, those that its type knows by itself included."""
    for value in options_of(source):
        for one in value if isinstance(value, tuple) else (value,):
            text = one.reveal() if isinstance(one, Secret) else one
            if isinstance(text, str) and is_web(text):
                yield text
