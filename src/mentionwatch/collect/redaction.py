"""Keeps a source's secrets out of everything that is stored or shown: messages, errors and addresses."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from mentionwatch.collect.targets import options_of
from mentionwatch.config import ConfiguredSource
from mentionwatch.errors import SourceError
from mentionwatch.messages import Secret
from mentionwatch.urls import is_web, redact

# What is shorter is not looked for: it would be found in every second word.
_SHORTEST = 4
# Of a session's token, which no option holds: how a server gives back a header; words have no digits.
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic|token)(\s+)(?=\S*\d)[\w.~+/=-]{12,}")


def hide_secrets(source: ConfiguredSource, text: str) -> str:
    """A text about a source without its secrets: a server may give back in its answer what it was sent.

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


def redact_error(source: ConfiguredSource, error: SourceError) -> SourceError:
    """The error without secrets and without what it holds on to: a traceback's frames keep the whole answer."""
    error.message = hide_secrets(source, error.message)
    error.response = None
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def storable_url(source: ConfiguredSource, url: str | None) -> str | None:
    """An address as it may be stored: of a source whose own address is a secret, the server and no more.

    The token of such an address may stand anywhere in it, in its path too, and where it has moved to has another.
    """
    if url is None:
        return None
    if any(isinstance(value, Secret) and is_web(value.reveal()) for value in options_of(source)):
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/***"
    return redact(url)


def _secrets(source: ConfiguredSource) -> set[str]:
    """The secrets among a source's options; of an address that is one, its password, parameters and long parts."""
    found: set[str] = set()
    for value in options_of(source):
        if not isinstance(value, Secret):
            continue
        text = value.reveal().strip()
        found.add(text)
        if is_web(text):
            parts = urlsplit(text)
            found |= {parts.password or "", *(of for _, of in parse_qsl(parts.query))}
            found |= {part for part in parts.path.split("/") if len(part) >= 16}
    return {one for one in found if len(one) >= _SHORTEST}
