"""JSON from strangers: read within bounds, and asked for fields without trusting a single type.

The rules, each of them a test: ``NaN`` and ``Infinity`` are not JSON (RFC 8259, section 6); nesting too deep to read
is not understood; of two equal keys the last counts, as in every browser; an integer that no 64 bits hold is unknown
(``None``); bytes that are no UTF-8 become U+FFFD and cost nothing else; a field of the wrong type is absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Response
from mentionwatch.text import one_line

__all__ = [
    "JsonObject",
    "error_text",
    "read_array",
    "read_error",
    "read_json",
    "read_list",
    "read_message",
    "read_object",
]

#: The widest integer that SQLite and every language beside Python can hold: 2**63 - 1.
_WIDEST = 2**63 - 1
#: No identifier, name or code of any platform is longer; what is, is not one.
_IDENTIFIER = 512
#: Members of an array that are looked at: no platform gives more than 1,000 items at once.
_MOST = 5_000
#: Brackets an answer may hold, those in its texts included: a page of 200 items has some thousands, and 10 MB of empty
#: objects would become 300 MB of memory.
_BRACKETS = 300_000
#: Commas, for what has no brackets: 10 MB of numbers or of short keys would become 200 MB. 10 MB of prose hold 170,000.
_COMMAS = 400_000


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object that answers every question, with nothing where the field is missing or of another type."""

    fields: Mapping[str, object] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields)

    def __contains__(self, key: str) -> bool:
        return key in self.fields

    def text(self, key: str) -> str:
        """A string as it came – not clean –, ``""`` when there is none."""
        value = self.fields.get(key)
        return value if isinstance(value, str) else ""

    def identifier(self, key: str) -> str | None:
        """A short string or an integer, as text; ``None`` when empty, longer than 512 or holding control characters."""
        value = self.fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            return None
        value = value.strip()
        return value if 0 < len(value) <= _IDENTIFIER and value.isprintable() else None

    def number_id(self, key: str) -> str | None:
        """An identifier that is a number, as text."""
        value = self.identifier(key)
        return value if value is not None and value.isascii() and value.isdigit() else None

    def integer(self, key: str) -> int | None:
        """A whole number, whichever way it is written (``3``, ``3.0``)."""
        value = self.fields.get(key)
        if isinstance(value, bool):
            return None
        if isinstance(value, float) and value.is_integer() and abs(value) <= _WIDEST:
            return int(value)
        return value if isinstance(value, int) else None

    def count(self, key: str) -> int | None:
        """A whole number from 0; a negative one means "hidden" where it occurs, and is unknown."""
        value = self.integer(key)
        return value if value is not None and value >= 0 else None

    def number(self, key: str) -> float | None:
        """A finite number."""
        value = self.fields.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if math.isfinite(value) else None

    def flag(self, key: str) -> bool:
        """``True`` only for ``true``."""
        return self.fields.get(key) is True

    def object(self, key: str) -> JsonObject:
        """The object inside, or an empty one."""
        value = self.fields.get(key)
        return JsonObject(value) if isinstance(value, dict) else JsonObject()

    def objects(self, key: str) -> tuple[JsonObject, ...]:
        """Those of the first 5,000 members of an array that are objects."""
        return _objects(self.fields.get(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Those of the first 5,000 members of an array that are strings, as they came."""
        value = self.fields.get(key)
        return tuple(member for member in value[:_MOST] if isinstance(member, str)) if isinstance(value, list) else ()


def read_object(response: Response) -> JsonObject:
    """The object an answer holds.

    Raises :class:`~mentionwatch.errors.UnexpectedResponse` when the answer is no JSON, or no object.
    """
    value = read_json(response)
    if not isinstance(value, dict):
        raise UnexpectedResponse(f"a JSON {_kind(value)} came where an object was expected", status=response.status)
    return JsonObject(value)


def read_error(response: Response) -> JsonObject | None:
    """The object an error answer holds; ``None`` for anything else, which its status alone explains."""
    try:
        return read_object(response)
    except UnexpectedResponse:
        return None


def error_text(text: str, limit: int = 160) -> str:
    """``text`` on one line and without anything that does not print; ``""`` when nothing is left."""
    return "".join(char if char.isprintable() else " " for char in one_line(text, limit)).strip()


def read_list(answer: JsonObject, key: str, response: Response, what: str | None = None) -> tuple[JsonObject, ...]:
    """The objects of the list that an answer must hold under ``key``; ``what`` names them where the key does not.

    Raises :class:`~mentionwatch.errors.UnexpectedResponse` when no list is there.
    """
    if not isinstance(answer.fields.get(key), list):
        raise UnexpectedResponse(f"the response has no list of {what or key}", status=response.status)
    return answer.objects(key)


def read_array(response: Response) -> tuple[JsonObject, ...]:
    """The objects of the array an answer holds; an empty array is an answer.

    Raises :class:`~mentionwatch.errors.UnexpectedResponse` unless it is a JSON array of at most
    5,000 entries with at least one object among them.
    """
    value = read_json(response)
    if not isinstance(value, list):
        raise UnexpectedResponse(f"a JSON {_kind(value)} came where an array was expected", status=response.status)
    if len(value) > _MOST:
        raise UnexpectedResponse(
            f"an array of more than {_MOST:,} entries, more than were requested", status=response.status
        )
    objects = _objects(value)
    if value and not objects:
        raise UnexpectedResponse(f"an array of JSON {_kind(value[0])}s came instead of objects", status=response.status)
    return objects


def read_json(response: Response) -> object:
    """The value an answer holds.

    Raises :class:`~mentionwatch.errors.UnexpectedResponse`; the message names what came instead, never its content.
    """
    body = response.body
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start and not body.strip():
        raise UnexpectedResponse("got an empty response instead of JSON", status=response.status)
    if start.startswith(b"<"):
        raise UnexpectedResponse(
            "got a web page instead of JSON; is this the address of the API?", status=response.status
        )
    if body.count(b"{") + body.count(b"[") > _BRACKETS or body.count(b",") > _COMMAS:
        raise UnexpectedResponse("the JSON holds more values than any page of results", status=response.status)
    try:
        text = body.decode(json.detect_encoding(body), errors="replace")
        value: object = json.loads(text.removeprefix("\ufeff"), parse_constant=_no_constant, parse_int=_bounded)
    except RecursionError:
        raise UnexpectedResponse("the JSON is nested too deeply to read", status=response.status) from None
    except ValueError as error:
        raise UnexpectedResponse("the response is not JSON, or was cut off", status=response.status) from error
    return value


def read_message(message: bytes) -> JsonObject | None:
    """The object one message of a stream holds, under the same rules; ``None`` for anything else.

    The message's length is bounded by whoever received it.
    """
    if message.count(b"{") + message.count(b"[") > _BRACKETS or message.count(b",") > _COMMAS:
        return None
    try:
        value = _MESSAGES.decode(message.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return JsonObject(value) if isinstance(value, dict) else None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _bounded(digits: str) -> int | None:
    # 20 characters hold every 64-bit integer with its sign; int() refuses more than 4,300 digits by raising.
    if len(digits) > 20:
        return None
    value = int(digits)
    return value if abs(value) <= _WIDEST else None


#: Made once: ``json.loads`` with rules of its own makes a decoder for every call, which costs as much as the reading.
_MESSAGES = json.JSONDecoder(parse_constant=_no_constant, parse_int=_bounded)


def _objects(value: object) -> tuple[JsonObject, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(JsonObject(member) for member in value[:_MOST] if isinstance(member, dict))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "value")
