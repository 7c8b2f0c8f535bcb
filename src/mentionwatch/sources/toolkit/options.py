"""Options of a source type: how they are declared, what speaks against the values given, the address among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import TypeVar
from urllib.parse import urlsplit

from mentionwatch.errors import UserError

__all__ = ["normalize_base_url", "option", "require_options"]

_Value = TypeVar("_Value")


def option(default: _Value, explanation: str) -> _Value:
    """A dataclass field that has a default, and the sentence of help that explains it."""
    made: _Value = field(default=default, metadata={"help": explanation})
    return made


def require_options(*checks: tuple[object, str], problems: Iterable[str] = ()) -> None:
    """Raise :class:`~mentionwatch.errors.UserError` with the problem of each check that is false or empty."""
    found = (*problems, *(problem for holds, problem in checks if not holds))
    if found:
        raise UserError(*found)


def normalize_base_url(option: str, value: str) -> str:
    """The address without a slash at its end; ``https://`` is put before a bare host.

    Raises :class:`~mentionwatch.errors.UserError`, its problem starting with ``option``, for anything that is not
    http(s) with a host, and for what belongs in another option: a user name, a query, a fragment.
    """
    text = value.strip()
    if "://" not in text:
        text = f"https://{text}"
    problem = _problem(text)
    if problem:
        raise UserError(f"{option}: {problem}")
    return text.rstrip("/")


def _problem(text: str) -> str | None:
    if not text.isprintable() or " " in text:
        return "an address has no spaces or control characters"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not an address; write it like https://social.example"
    if parts.scheme not in ("http", "https"):
        return "the address must start with https:// or http://"
    if not host:
        return "the address has no host; write it like https://social.example"
    if parts.username is not None or parts.password is not None:
        return "no user name or password in the address: it would be seen in logs"
    if "?" in text or "#" in text:
        return "only the server's own address belongs here, without ? and #"
    return None
