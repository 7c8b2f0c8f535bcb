"""What a configuration may hold: every table and key, with what it means.

The reader, the JSON Schema and the documentation's tables all come from here, and a source's options from the fields
of its class, so none of them can say what another does not.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from mentionwatch.config.diagnostics import AlreadyReported, InvalidValue, Location, did_you_mean, quoted
from mentionwatch.config.scalar_types import (
    Boolean,
    Choice,
    Date,
    Duration,
    FilePath,
    HttpUrl,
    Integer,
    Number,
    Text,
    Timestamp,
    ValueType,
)
from mentionwatch.config.table_types import Either, Key, ListOf, MapOf, OneOrMany, ParsedTable, SecretType, Table
from mentionwatch.errors import UserError
from mentionwatch.messages import Secret
from mentionwatch.model import Role
from mentionwatch.sources import Source
from mentionwatch.sources.registry import Option, options, source_type, type_names
from mentionwatch.times import format_duration

__all__ = ["ROOT", "source_class", "source_table", "value_type_of"]


def _header_text(text: str) -> str:
    if not re.fullmatch(r"[!-'*-~]+", text):
        raise InvalidValue(
            "goes into the User-Agent header: one address or web page, in ASCII, without spaces or brackets"
        )
    return text


# A quoted or plain name before <address>, or the address alone; one, not a list of them.
_ADDRESS = r"[^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+"
_MAILBOX = re.compile(rf'(?:"[^"\\]*"|[^<>@,;:"\\]*)\s*<{_ADDRESS}>|{_ADDRESS}')


def _mailbox(text: str) -> str:
    if not _MAILBOX.fullmatch(text):
        raise InvalidValue(f'{quoted(text)} is no mail address; write "jo@acme.example" or "Jo <jo@acme.example>"')
    return text


def _host_name(text: str) -> str:
    if "://" in text or not re.fullmatch(r"[\w.-]+|\[?[0-9A-Fa-f:.]+\]?", text):
        raise InvalidValue(
            f"{quoted(text)} is no host name; write it without scheme and port, such as smtp.acme.example"
        )
    return text


def _quiet(text: str) -> tuple[time, time]:
    found = re.fullmatch(r"([0-9]{2}:[0-9]{2}) ?[-–] ?([0-9]{2}:[0-9]{2})", text)
    try:
        if found is None:
            raise ValueError
        begin, end = time.fromisoformat(found[1]), time.fromisoformat(found[2])
    except ValueError:
        raise InvalidValue(f'{quoted(text)} is no time span; write it like "22:00-07:00"') from None
    if begin == end:
        raise InvalidValue(f"{quoted(text)} is quiet all day or never; give it a length, or remove it")
    return begin, end


def _timezone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones  # imported here: few configurations have it, every start pays

    names = available_timezones()
    if not names and text != "UTC":
        raise InvalidValue("this machine has no time zone data; install the package tzdata")
    if text not in names and text != "UTC":
        raise InvalidValue(f"{quoted(text)} is no time zone{_nearest_zone(text, names)}")
    if text != "UTC":
        ZoneInfo(text)
    return text


def _nearest_zone(text: str, names: set[str]) -> str:
    cities = {name.rpartition("/")[2].lower(): name for name in sorted(names, reverse=True)}
    if exact := cities.get(text.rpartition("/")[2].replace(" ", "_").lower()):
        return f"; did you mean {quoted(exact)}?"
    near = did_you_mean(text, sorted(names))
    return near if "mean" in near else '; write it like "Europe/London"'


def _tag(text: str) -> str:
    if not re.fullmatch(r"[^\W_][\w.-]{0,49}", text):
        raise InvalidValue(f"{quoted(text)} is no tag; write up to 50 letters, digits, - and _")
    return text.casefold()


_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_HOURS = re.compile(
    rf"{_DAY}(?:-{_DAY})?(?: ?, ?{_DAY}(?:-{_DAY})?)* +([0-9]{{2}}:[0-9]{{2}})-([0-9]{{2}}:[0-9]{{2}})", re.I
)


def _hours(text: str) -> str:
    form = 'write it like "Mon-Fri 09:00-18:00", more spans after a semicolon'
    for span in text.split(";"):
        found = _HOURS.fullmatch(span.strip())
        if found is None:
            raise InvalidValue(f"{quoted(span.strip())} is no working time; {form}")
        try:
            begin = time.fromisoformat(found[1])
            end = None if found[2] == "24:00" else time.fromisoformat(found[2])
        except ValueError:
            raise InvalidValue(f"{quoted(span.strip())} has a time of day that is none; {form}") from None
        if end is not None and end <= begin:
            raise InvalidValue(f"{quoted(span.strip())} ends before it begins; {form}")
    return text


_TERM = Table(
    keys=(
        Key("text", Text(), "The name or phrase.", required=True),
        Key("case", Boolean(), "Whether capital and small letters must be as written.", default="false"),
        Key(
            "context", ListOf(Text()), "This name counts only near one of these, whatever the brand's own context says."
        ),
        Key("lookalikes", Boolean(), "Whether spellings such as `Acm3` count too; they are marked.", default="false"),
    ),
)

_TEST = Table(
    keys=(
        Key("text", Text(lines=True, empty=True, longest=100_000), "What somebody wrote.", required=True),
        Key("match", Boolean(), "Whether it must be a mention.", default="true"),
        Key("title", Text(longest=10_000), "Its title."),
        Key("url", HttpUrl(), "Its address."),
        Key("author", Text(), "Name or handle of who wrote it."),
        Key("language", Text(longest=35), "Its language, such as `en`."),
    )
)

_BRAND = Table(
    keys=(
        Key("name", Text(longest=200), "What the brand is called in digests and lists; unique.", required=True),
        Key("kind", Choice(("own", "competitor", "topic")), "Whose it is.", default='"own"'),
        Key(
            "names",
            ListOf(Either(Text(), _TERM), many="texts or tables (`text`, `case`, `context`, `lookalikes`)"),
            "Names and phrases, found as whole words in any script.",
        ),
        Key("hashtags", ListOf(Text()), "Hashtags, with or without `#`."),
        Key("handles", ListOf(Text()), "Accounts: `@acme`, `@acme@social.example`, `acme.bsky.social`."),
        Key("urls", ListOf(Text()), "A domain with its subdomains, or domain/path."),
        Key(
            "context",
            ListOf(Text()),
            "A bare name counts only near one of these; hashtags, handles and URLs need none.",
        ),
        Key(
            "exclude",
            ListOf(Text()),
            "A phrase that contains a name hides that occurrence only; any other rejects the item. "
            "Also `site:`, `author:`, `#tag`, `@handle`.",
        ),
        Key(
            "own",
            ListOf(Text()),
            "Our own handles, domains and URLs: their posts are kept and marked, never alerted or counted.",
        ),
        Key("query", Text(lines=True, longest=20_000), "A query instead of all the terms above."),
        Key("tests", ListOf(_TEST), "Texts that must, or must not, be mentions; `check` tries them."),
    )
)

_SMTP = Table(
    keys=(
        Key("host", Text(longest=255, check=_host_name, what="host name"), "The mail server's name.", required=True),
        Key("port", Integer(1, 65535), "Its port.", default="587 with starttls, 465 with tls, 25 with none"),
        Key("security", Choice(("starttls", "tls", "none")), "How the connection is protected.", default='"starttls"'),
        Key("username", Text(), "The account."),
        Key("password", SecretType(), "Its password."),
        Key(
            "from",
            Text(check=_mailbox, what="mail address"),
            "The sender.",
            default="`username` where that is an address",
        ),
        Key("ca_file", FilePath(), "PEM file of a certificate authority of your own."),
        Key(
            "timeout",
            Duration(low=timedelta(seconds=1), high=timedelta(minutes=10)),
            "How long one answer of the server is waited for.",
            default='"1m"',
        ),
    )
)

_DIGEST = Table(
    keys=(
        Key("name", Text(longest=200), "What `digest NAME` calls it; unique.", required=True),
        Key(
            "to",
            ListOf(Text(check=_mailbox, what="mail address"), least=1, many="mail addresses"),
            "Who gets it.",
            required=True,
        ),
        Key("brands", ListOf(Text()), "Names of the brands in it.", default="all"),
    )
)

_NOTIFY = Table(
    keys=(
        Key("name", Text(longest=200), "What the log calls it; unique.", required=True),
        Key(
            "url",
            SecretType(),
            "Where to: `json+https://`, `ntfys://`, `slack+https://`, or an Apprise address. Either this or `to`.",
        ),
        Key(
            "to",
            ListOf(Text(check=_mailbox, what="mail address"), least=1, many="mail addresses"),
            "Who is told by mail, through `[smtp]`. Either this or `url`.",
        ),
        Key(
            "when",
            ListOf(
                Choice(("urgent", "snowball", "spike", "overdue", "source-failing", "digest-failed", "rule", "person")),
                least=1,
                many="`urgent`, `snowball`, `spike`, `overdue`, `source-failing`, `digest-failed`, `rule`, `person`",
            ),
            "What to tell of.",
            required=True,
        ),
        Key("brands", ListOf(Text()), "Names of the brands to tell of.", default="all"),
        Key("rules", ListOf(Text()), "Of mentions, only those that one of these `[[rules]]` fits.", default="all"),
        Key("people", ListOf(Text()), "Of mentions, only those by one of these `[[people]]`.", default="all"),
        Key("roles", ListOf(Choice(get_args(Role))), "Of mentions, only those by these roles.", default="all"),
        Key(
            "quiet",
            Text(check=_quiet, what="times", pattern="^[0-9]{2}:[0-9]{2} ?[-–] ?[0-9]{2}:[0-9]{2}$"),
            "When alerts are held, such as `22:00-07:00`, and sent as one message after.",
        ),
        Key("secret", SecretType(), "What a `json+https://` webhook is signed with; see [alerts](alerts.md)."),
    )
)

_BY_LEVEL = Table(
    keys=tuple(
        Key(level, Duration(low=timedelta(seconds=1)), f"For what is {level}.")
        for level in ("urgent", "high", "normal", "low")
    ),
    what="table (`urgent`, `high`, `normal`, `low`)",
)

_RESPONSE = Table(
    keys=(
        Key("timezone", Text(check=_timezone, what="IANA name"), "Time zone of the working hours.", default='"UTC"'),
        Key(
            "hours",
            Text(check=_hours, what="days and times"),
            "Working hours; more spans after a semicolon.",
            default='"Mon-Fri 09:00-18:00"',
        ),
        Key("holidays", ListOf(Date()), "Days without working hours."),
        Key(
            "reply_within",
            _BY_LEVEL,
            "How soon an answer is due, in working time: a `1d` is 24 hours of it. A level not named has no clock.",
        ),
        Key(
            "resolve_within", _BY_LEVEL, "How soon it is to be resolved; stands still while the customer has the word."
        ),
        Key("team", ListOf(Text(longest=200)), "Who a mention may be assigned to.", default="anybody"),
        Key(
            "by", Text(longest=200), "Who acts, where neither `--by` nor `$MENTIONWATCH_BY` says.", default="login name"
        ),
    )
)

_THEN = Table(
    keys=(
        Key("urgency", Choice(("urgent", "high", "normal", "low")), "What its urgency is."),
        Key("assign", Text(longest=200), "Who gets it, once, unless somebody has moved it."),
        Key("tag", OneOrMany(Text(longest=200, check=_tag)), "What it is called in lists and JSON."),
        Key("ignore", Boolean(), "Whether it is noted that it will get no answer.", default="false"),
        Key("notify", OneOrMany(Text()), "Names of those of `[[notify]]` that are told of it."),
    ),
    what="table (`urgency`, `assign`, `tag`, `ignore`, `notify`)",
)

_RULE = Table(
    keys=(
        Key("name", Text(longest=100), "What reasons and the log call it; unique.", default="its query"),
        Key(
            "when",
            Text(lines=True, longest=20_000),
            "A [query](query.md), which may ask for what is known of a mention too; see [rules](rules.md).",
            required=True,
        ),
        Key("then", _THEN, "What is to happen where it holds.", required=True),
    )
)

_PERSON = Table(
    keys=(
        Key("name", Text(longest=200), "What they are called; unique.", required=True),
        Key("role", Choice(get_args(Role)), "Who they are to us.", required=True),
        Key(
            "handles",
            ListOf(Text(longest=300)),
            "Their accounts: `reddit:jo`, `@jo@social.example`, `jo.bsky.social`.",
        ),
        Key("urls", ListOf(Text(longest=2000)), "Their pages and sites: a domain, or domain/path."),
        Key("brands", ListOf(Text()), "Names of the brands this holds for.", default="all"),
        Key("assign", Text(longest=200), "Who gets what they say, once, unless somebody has moved it."),
        Key("note", Text(lines=True, longest=2000), "What is to be known of them; `show` says it."),
    )
)

_TEMPLATE = Table(
    keys=(
        Key("name", Text(longest=100), "What `reply --template` calls it; unique.", required=True),
        Key(
            "text",
            Text(lines=True, longest=10_000),
            "The words, with placeholders in braces: `{author}`; see [templates](templates.md).",
            required=True,
        ),
        Key("platform", Text(longest=50), "The platform it is for.", default="any"),
        Key("max", Integer(1, 100_000), "How long it may be.", default="as the platform says"),
    )
)

_CANARY = Table(
    keys=(
        Key(
            "term",
            Text(longest=200),
            "Words you planted where sources should find them; nobody else's.",
            required=True,
        ),
        Key("planted_at", Timestamp(), "When.", default="the date of what holds them"),
        Key("sources", ListOf(Text()), "Names of the sources that should find them.", default="all"),
    )
)

_RETENTION = Table(
    keys=(
        Key("items", Duration(forever=True), 'How long to keep what matched nothing; "0" keeps none.', default='"30d"'),
        Key("mentions", Duration(forever=True), "How long to keep mentions.", default='"forever"'),
    )
)

#: What every source has beside its own options.
_COMMON = (
    Key("type", Text(), "What it asks; `mentionwatch sources --types` lists them.", required=True),
    Key("name", Text(longest=200), "What messages and lists call it; unique.", default="type and host"),
    Key("every", Duration(high=timedelta(days=366)), "How often it is asked.", default="as the type says"),
    Key(
        "backlog",
        Choice(("keep", "tell")),
        "What is there already when it is first asked: `keep` it without telling, or `tell` it as news.",
        default='"keep"',
    ),
    Key("brands", ListOf(Text()), "Names of the brands it is asked for.", default="all"),
    Key("enabled", Boolean(), "Whether it is asked at all.", default="true"),
)


class SourceTable:
    """A source: the options every source has, and those of its type's class."""

    common = Table(_COMMON)

    def read(self, value: object, place: Location) -> ParsedTable:
        if not isinstance(value, dict):
            return self.common.read(value, place)
        name = value.get("type")
        if not isinstance(name, str):
            if "type" in value:
                (place / "type").problem('must be text, such as "feed"')
            else:
                place.problem(f"type is missing; one of: {', '.join(type_names())}")
            raise AlreadyReported
        try:
            table = source_table(name)
        except UserError as error:
            for problem in error.problems:
                (place / "type").problem(problem)
            raise AlreadyReported from None
        return table.read(value, place)

    def schema(self) -> dict[str, Any]:
        # A false schema, not an empty list, which draft 2020-12 forbids.
        return {"anyOf": [{"$ref": f"#/$defs/source-{name}"} for name in type_names()] or [False]}

    def words(self) -> str:
        return "source"


ROOT = Table(
    keys=(
        Key("database", FilePath(), "The database file.", default="`$MENTIONWATCH_DB`, else in the user's data folder"),
        Key(
            "contact",
            Text(longest=200, check=_header_text, what="address"),
            "A page or address in the User-Agent, so that a site's owner can reach you.",
        ),
        Key("retention", _RETENTION, "How long what was said is kept."),
        Key("brands", ListOf(_BRAND), "The names under watch."),
        Key("sources", ListOf(SourceTable()), "The places to ask."),
        Key("smtp", _SMTP, "The mail server digests go through."),
        Key("digests", ListOf(_DIGEST), "Who gets which digest."),
        Key("notify", ListOf(_NOTIFY), "Where alerts go."),
        Key("response", _RESPONSE, "Working hours, and how soon an answer is due."),
        Key("rules", ListOf(_RULE), "What is to happen with which mentions, beside the built-in rules."),
        Key("people", ListOf(_PERSON), "Who is known: customers, journalists, partners, trolls, ourselves."),
        Key("templates", ListOf(_TEMPLATE), "The words of answers you give often."),
        Key("canaries", ListOf(_CANARY), "Words planted to see how soon sources find them."),
    )
)


@cache
def source_class(name: str) -> type[Source]:
    """The class of this type; raises UserError when there is none. The registry looks into its folder each time."""
    return source_type(name)


@cache
def source_table(name: str) -> Table:
    """The keys of a ``[[sources]]`` entry of this type; raises UserError when there is no such type."""
    own = tuple(
        Key(option.name, _option_kind(name, option), option.help or "An option.", option.required, _default(option))
        for option in options(source_class(name))
    )
    kinds = {"type": Choice((name,))}
    common = tuple(Key(key.name, kinds.get(key.name, key.kind), key.help, key.required, key.default) for key in _COMMON)
    return Table(common[:2] + own + common[2:], what=f"source of type {name}")


def _option_kind(name: str, option: Option) -> ValueType:
    address = HttpUrl(bare=option.name != "url")
    try:
        if option.address and option.scheme == "http" and option.annotation in (str, str | None):
            return address
        if option.address and option.secret and option.annotation in (str | Secret, str | Secret | None):
            return Either(address, SecretType())
        if option.empty and option.annotation is str:
            return Text(longest=20_000, lines=True, empty=True)
        return value_type_of(option.annotation)
    except TypeError as error:
        raise UserError(f'source type "{name}" cannot be configured: option {option.name}: {error}') from error


_SIMPLE: dict[object, ValueType] = {
    str: Text(longest=20_000, lines=True),
    bool: Boolean(),
    int: Integer(-(2**53), 2**53),
    float: Number(),
    timedelta: Duration(),
    date: Date(),
    Path: FilePath(),
    Secret: SecretType(),
}


def value_type_of(annotation: Any) -> ValueType:
    """The kind of value a field with this annotation takes; TypeError for a type no configuration can hold."""
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return Choice(inner)
    if origin in (typing.Union, types.UnionType):
        chosen = [member for member in inner if member is not types.NoneType]
        if len(chosen) == 1:
            return value_type_of(chosen[0])
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return ListOf(value_type_of(inner[0]))
    if origin in (dict, Mapping) and inner[0] is str:
        return MapOf(value_type_of(inner[1]))
    raise TypeError(f"no configuration can hold a {annotation}")


def _default(option: Option) -> str:
    """The default as one would write it."""
    value = option.default
    if option.required or value is None or value == () or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{format_duration(value)}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{element}"' for element in value) + "]"
    return f'"{value}"' if isinstance(value, str | Path) else str(value)
