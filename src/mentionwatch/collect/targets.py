"""Whom a source asks, before it has asked: its server, and whose quota its requests come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, cast
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from mentionwatch.config import ConfiguredSource
from mentionwatch.messages import Secret
from mentionwatch.urls import host_of, is_web

__all__ = ["has_secret_address", "hide_secrets", "quota_of", "server_of"]

# What is shorter is not looked for: it would be found in every second word.
_SHORTEST = 4
# Of a session's token, which no option holds: how a server gives back a header; words have no digits.
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic|token)(\s+)(?=\S*\d)[\w.~+/=-]{12,}")

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


def hide_secrets(source: ConfiguredSource, text: str) -> str:
    """What is said of a source, without its secrets: a server may give back in its answer what it was sent.

    Also where a secret stands at the end and was cut off there with the rest of what the server said.
    """
    text = _AUTHORIZATION.sub(r"\1\2***", text)
    for secret in sorted(_secrets(source), key=len, reverse=True):
        for spelt in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}:
            text = text.replace(spelt, "***")
            end = text.rstrip("…”\"'")
            for length in range(min(len(spelt), len(end)), _SHORTEST - 1, -1):
                if end.endswith(spelt[:length]):
                    text = f"{end[:-length]}***{text[len(end) :]}"
                    break
    return text


def _secrets(source: ConfiguredSource) -> set[str]:
    """The secrets among a source's options; of an address that is one, its password, parameters and long parts."""
    found: set[str] = set()
    for value in _options(source):
        if not isinstance(value, Secret):
            continue
        text = value.reveal().strip()
        found.add(text)
        if is_web(text):
            parts = urlsplit(text)
            found |= {parts.password or "", *(of for _, of in parse_qsl(parts.query))}
            found |= {part for part in parts.path.split("/") if len(part) >= 16}
    return {one for one in found if len(one) >= _SHORTEST}


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
