"""Whom a source asks, before it has asked: its server, and whose quota its requests come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, cast
from urllib.parse import urlsplit

from mentionwatch.config import ConfiguredSource
from mentionwatch.exchange import Secret
from mentionwatch.urls import host_of, is_web

__all__ = ["has_secret_address", "quota_of", "server_of"]

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
    """``type host``: the name under which all sources of one platform count what they took."""
    hosts = (host_of(address) for address in _addresses(source))
    return f"{source.source.type} {next((host for host in hosts if host), '')}"


def has_secret_address(source: ConfiguredSource) -> bool:
    """Whether one of its addresses is itself a secret."""
    return any(isinstance(value, Secret) and is_web(value.reveal()) for value in _options(source))


def _addresses(source: ConfiguredSource) -> Iterator[str]:
    """Every web address among a source's options, those that its type knows by itself included."""
    for value in _options(source):
        for one in value if isinstance(value, tuple) else (value,):
            text = one.reveal() if isinstance(one, Secret) else one
            if isinstance(text, str) and is_web(text):
                yield text


def _options(source: ConfiguredSource) -> Iterator[object]:
    return (getattr(source.source, option.name) for option in fields(cast(Any, source.source)))
