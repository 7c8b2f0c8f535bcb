"""Checks of single texts: each gives the value as it is kept, or raises :class:`~.diagnostics.InvalidValue`."""

from __future__ import annotations

import re
from datetime import time

from mentionwatch.config.diagnostics import InvalidValue, did_you_mean, quoted


def check_header_text(text: str) -> str:
    if not re.fullmatch(r"[!-'*-~]+", text):
        raise InvalidValue(
            "goes into the User-Agent header: one address or web page, in ASCII, without spaces or brackets"
        )
    return text


# A quoted or plain name before <address>, or the address alone; one, not a list of them.
_ADDRESS = r"[^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+"
_MAILBOX = re.compile(rf'(?:"[^"\\]*"|[^<>@,;:"\\]*)\s*<{_ADDRESS}>|{_ADDRESS}')


def check_mailbox(text: str) -> str:
    if not _MAILBOX.fullmatch(text):
        raise InvalidValue(
            f'{quoted(text)} is not an e-mail address; write "jo@acme.example" or "Jo <jo@acme.example>"'
        )
    return text


def check_host_name(text: str) -> str:
    if "://" in text or not re.fullmatch(r"[\w.-]+|\[?[0-9A-Fa-f:.]+\]?", text):
        raise InvalidValue(
            f"{quoted(text)} is not a host name; write it without scheme and port, such as smtp.acme.example"
        )
    return text


def parse_quiet_hours(text: str) -> tuple[time, time]:
    found = re.fullmatch(r"([0-9]{2}:[0-9]{2}) ?[-–] ?([0-9]{2}:[0-9]{2})", text)
    try:
        if found is None:
            raise ValueError
        begin, end = time.fromisoformat(found[1]), time.fromisoformat(found[2])
    except ValueError:
        raise InvalidValue(f'{quoted(text)} is not a time span; write it like "22:00-07:00"') from None
    if begin == end:
        raise InvalidValue(f"{quoted(text)} is quiet all day or never; give it a length, or remove it")
    return begin, end


def check_timezone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones  # imported here: few configurations have it, every start pays

    names = available_timezones()
    if not names and text != "UTC":
        raise InvalidValue("this machine has no time zone data; install the package tzdata")
    if text not in names and text != "UTC":
        raise InvalidValue(f"{quoted(text)} is not a time zone{_nearest_zone(text, names)}")
    if text != "UTC":
        ZoneInfo(text)
    return text


def _nearest_zone(text: str, names: set[str]) -> str:
    cities = {name.rpartition("/")[2].lower(): name for name in sorted(names, reverse=True)}
    if exact := cities.get(text.rpartition("/")[2].replace(" ", "_").lower()):
        return f"; did you mean {quoted(exact)}?"
    near = did_you_mean(text, sorted(names))
    return near if "mean" in near else '; write it like "Europe/London"'


def normalize_tag(text: str) -> str:
    if not re.fullmatch(r"[^\W_][\w.-]{0,49}", text):
        raise InvalidValue(f"{quoted(text)} is not a tag; write up to 50 letters, digits, - and _")
    return text.casefold()


_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_HOURS = re.compile(
    rf"{_DAY}(?:-{_DAY})?(?: ?, ?{_DAY}(?:-{_DAY})?)* +([0-9]{{2}}:[0-9]{{2}})-([0-9]{{2}}:[0-9]{{2}})", re.I
)


def check_working_hours(text: str) -> str:
    form = 'write it like "Mon-Fri 09:00-18:00", more spans after a semicolon'
    for span in text.split(";"):
        found = _HOURS.fullmatch(span.strip())
        if found is None:
            raise InvalidValue(f"{quoted(span.strip())} is not a working time; {form}")
        try:
            begin = time.fromisoformat(found[1])
            end = None if found[2] == "24:00" else time.fromisoformat(found[2])
        except ValueError:
            raise InvalidValue(f"{quoted(span.strip())} has an invalid time of day; {form}") from None
        if end is not None and end <= begin:
            raise InvalidValue(f"{quoted(span.strip())} ends before it starts; {form}")
    return text
