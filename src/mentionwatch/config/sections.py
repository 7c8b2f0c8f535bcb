"""What a configuration may hold: every section and key, with what it means.

The reader, the JSON Schema and the documentation's tables all come from here, and a source's options from the fields
of its class, so none of them can say what another does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from mentionwatch.config.scalar_types import (
    Boolean,
    Choice,
    Date,
    FilePath,
    HttpUrl,
    Integer,
    String,
    TimeSpan,
    Timestamp,
)
from mentionwatch.config.source_tables import SourceTable, source_table
from mentionwatch.config.table_types import Either, Key, ListOf, OneOrMany, SecretType, Table
from mentionwatch.config.validators import (
    check_header_text,
    check_host_name,
    check_mailbox,
    check_timezone,
    check_working_hours,
    normalize_tag,
    parse_quiet_hours,
)
from mentionwatch.errors import UserError
from mentionwatch.model import BRAND_KINDS, URGENCY_LEVELS, Role
from mentionwatch.sources.registry import type_names

_TEXTS = ListOf(String())
_NAME = String(max_length=200)
_SHORT_NAME = String(max_length=100)
_QUERY = String(multiline=True, max_length=20_000)
_MAILBOX = String(validate=check_mailbox, what="mail address")
_MAILBOXES = ListOf(_MAILBOX, min_items=1, plural="mail addresses")
_ROLE = Choice(get_args(Role))

_TERM = Table(
    keys=(
        Key("text", String(), "The name or phrase.", required=True),
        Key("case", Boolean(), "Whether upper and lower case must be as written.", default="false"),
        Key("context", _TEXTS, "This name counts only near one of these, whatever the brand's own context says."),
        Key("lookalikes", Boolean(), "Whether lookalikes such as `Acm3` match too; they are marked.", default="false"),
    ),
)

_TEST = Table(
    keys=(
        Key("text", String(multiline=True, allow_empty=True, max_length=100_000), "The text to match.", required=True),
        Key("match", Boolean(), "Whether it must match.", default="true"),
        Key("title", String(max_length=10_000), "Its title."),
        Key("url", HttpUrl(), "Its address."),
        Key("author", String(), "Name or handle of who wrote it."),
        Key("language", String(max_length=35), "Its language, such as `en`."),
    )
)

_BRAND = Table(
    keys=(
        Key("name", _NAME, "What the brand is called in digests and lists; unique.", required=True),
        Key("kind", Choice(BRAND_KINDS), "Whose brand it is.", default='"own"'),
        Key(
            "names",
            ListOf(Either(String(), _TERM), plural="texts or tables (`text`, `case`, `context`, `lookalikes`)"),
            "Names and phrases, found as whole words in any script.",
        ),
        Key("hashtags", _TEXTS, "Hashtags, with or without `#`."),
        Key("handles", _TEXTS, "Accounts: `@acme`, `@acme@social.example`, `acme.bsky.social`."),
        Key("urls", _TEXTS, "A domain with its subdomains, or domain/path."),
        Key("context", _TEXTS, "A bare name counts only near one of these; hashtags, handles and URLs need none."),
        Key(
            "exclude",
            _TEXTS,
            "A phrase that contains a name hides that occurrence only; any other rejects the item. "
            "Also `site:`, `author:`, `#tag`, `@handle`.",
        ),
        Key(
            "own",
            _TEXTS,
            "Your own handles, domains and URLs: their posts are kept and marked, never alerted or counted.",
        ),
        Key("query", _QUERY, "A query instead of all the terms above."),
        Key("tests", ListOf(_TEST), "Texts that must, or must not, match; `check` tests them."),
    )
)

_SMTP = Table(
    keys=(
        Key(
            "host",
            String(max_length=255, validate=check_host_name, what="host name"),
            "The mail server's name.",
            required=True,
        ),
        Key("port", Integer(1, 65535), "Its port.", default="587 with starttls, 465 with tls, 25 with none"),
        Key("security", Choice(("starttls", "tls", "none")), "How the connection is protected.", default='"starttls"'),
        Key("username", String(), "The account."),
        Key("password", SecretType(), "Its password."),
        Key("from", _MAILBOX, "The sender.", default="`username` where that is an address"),
        Key("ca_file", FilePath(), "PEM file of your own certificate authority."),
        Key(
            "timeout",
            TimeSpan(low=timedelta(seconds=1), high=timedelta(minutes=10)),
            "How long the server may take from the connection to the first recipient, and for each later answer.",
            default='"1m"',
        ),
        Key(
            "reply_timeout",
            TimeSpan(low=timedelta(seconds=1), high=timedelta(minutes=30)),
            "How long it may take to say that it has the message.",
            default='"2m"',
        ),
    )
)

_DIGEST = Table(
    keys=(
        Key("name", _NAME, "Its name, as in `digest NAME`; unique.", required=True),
        Key("to", _MAILBOXES, "Who gets it.", required=True),
        Key("brands", _TEXTS, "Names of the brands in it.", default="all"),
    )
)

_NOTIFY = Table(
    keys=(
        Key("name", _NAME, "Its name in the log; unique.", required=True),
        Key(
            "url",
            SecretType(),
            "Where to: `json+https://`, `ntfys://`, `slack+https://`, or an Apprise address. Either this or `to`.",
        ),
        Key("to", _MAILBOXES, "Who is alerted by mail, through `[smtp]`. Either this or `url`."),
        Key(
            "when",
            ListOf(
                Choice(("urgent", "snowball", "spike", "overdue", "source-failing", "digest-failed", "rule", "person")),
                min_items=1,
                plural="`urgent`, `snowball`, `spike`, `overdue`, `source-failing`, `digest-failed`, `rule`, `person`",
            ),
            "The events to alert about.",
            required=True,
        ),
        Key("brands", _TEXTS, "Names of the brands to alert about.", default="all"),
        Key("rules", _TEXTS, "Of mentions, only those that one of these `[[rules]]` matches.", default="all"),
        Key("people", _TEXTS, "Of mentions, only those by one of these `[[people]]`.", default="all"),
        Key("roles", ListOf(_ROLE), "Of mentions, only those by people in these roles.", default="all"),
        Key(
            "quiet",
            String(validate=parse_quiet_hours, what="times", pattern="^[0-9]{2}:[0-9]{2} ?[-–] ?[0-9]{2}:[0-9]{2}$"),
            "Quiet hours such as `22:00-07:00`: alerts are held, and sent as one message afterwards.",
        ),
        Key("secret", SecretType(), "The key that signs a `json+https://` webhook; see [alerts](alerts.md)."),
        Key(
            "private",
            Boolean(),
            "Allow the public host name in `url` to resolve to a private address.",
            default="false",
        ),
    )
)

_BY_LEVEL = Table(
    keys=tuple(Key(level, TimeSpan(low=timedelta(seconds=1)), f"For what is {level}.") for level in URGENCY_LEVELS),
    what="table (`urgent`, `high`, `normal`, `low`)",
)

_RESPONSE = Table(
    keys=(
        Key(
            "timezone",
            String(validate=check_timezone, what="IANA name"),
            "Time zone of the working hours.",
            default='"UTC"',
        ),
        Key(
            "hours",
            String(validate=check_working_hours, what="days and times"),
            "Working hours; more spans after a semicolon.",
            default='"Mon-Fri 09:00-18:00"',
        ),
        Key("holidays", ListOf(Date()), "Days without working hours."),
        Key(
            "reply_within",
            _BY_LEVEL,
            "How soon an answer is due, in working time: a `1d` is 24 hours of it. Levels not named have no deadline.",
        ),
        Key("resolve_within", _BY_LEVEL, "How soon it must be resolved; paused while it is the customer's turn."),
        Key("team", ListOf(_NAME), "Who a mention may be assigned to.", default="anybody"),
        Key("by", _NAME, "Who acts, where neither `--by` nor `$MENTIONWATCH_BY` says so.", default="login name"),
    )
)

_THEN = Table(
    keys=(
        Key("urgency", Choice(URGENCY_LEVELS), "The urgency to set."),
        Key("assign", _NAME, "Who to assign it to, once, unless a person has acted on it."),
        Key("tag", OneOrMany(String(max_length=200, validate=normalize_tag)), "Tags to add."),
        Key("ignore", Boolean(), "Whether to mark it as not needing a reply.", default="false"),
        Key("notify", OneOrMany(String()), "Names of the `[[notify]]` entries to alert."),
    ),
    what="table (`urgency`, `assign`, `tag`, `ignore`, `notify`)",
)

_RULE = Table(
    keys=(
        Key("name", _SHORT_NAME, "Its name in reasons and in the log; unique.", default="its query"),
        Key(
            "when",
            _QUERY,
            "A [query](query.md), which may ask for what is known of a mention too; see [rules](rules.md).",
            required=True,
        ),
        Key("then", _THEN, "What to do with a mention that matches.", required=True),
    )
)

_PERSON = Table(
    keys=(
        Key("name", _NAME, "Their name; unique.", required=True),
        Key("role", _ROLE, "Who they are to you.", required=True),
        Key(
            "handles",
            ListOf(String(max_length=300)),
            "Their accounts: `reddit:jo`, `@jo@social.example`, `jo.bsky.social`.",
        ),
        Key("urls", ListOf(String(max_length=2000)), "Their pages and sites: a domain, or domain/path."),
        Key("brands", _TEXTS, "Names of the brands this applies to.", default="all"),
        Key("assign", _NAME, "Who to assign their mentions to, once, unless a person has acted on them."),
        Key("note", String(multiline=True, max_length=2000), "What to know about them; `show` prints it."),
    )
)

_TEMPLATE = Table(
    keys=(
        Key("name", _SHORT_NAME, "Its name, as in `reply --template`; unique.", required=True),
        Key(
            "text",
            String(multiline=True, max_length=10_000),
            "The text, with placeholders in braces: `{author}`; see [templates](templates.md).",
            required=True,
        ),
        Key("platform", String(max_length=50), "The platform it is for.", default="any"),
        Key("max", Integer(1, 100_000), "Its maximum length.", default="as the platform says"),
    )
)

_CANARY = Table(
    keys=(
        Key(
            "term",
            _NAME,
            "A phrase you planted where sources should find it, and that nobody else uses.",
            required=True,
        ),
        Key("planted_at", Timestamp(), "When it was planted.", default="the date of what holds them"),
        Key("sources", _TEXTS, "Names of the sources that should find them.", default="all"),
    )
)

_RETENTION = Table(
    keys=(
        Key("items", TimeSpan(forever=True), 'How long to keep what matched nothing; "0" keeps none.', default='"30d"'),
        Key("mentions", TimeSpan(forever=True), "How long to keep mentions.", default='"forever"'),
    )
)

_JUDGING = Table(
    keys=(
        Key(
            "phrases",
            ListOf(FilePath()),
            "Phrase files of your own, or folders of them; see [judging](judging.md#your-own-phrases).",
        ),
    )
)

ROOT = Table(
    keys=(
        Key("database", FilePath(), "The database file.", default="`$MENTIONWATCH_DB`, else in the user's data folder"),
        Key(
            "contact",
            String(max_length=200, validate=check_header_text, what="address"),
            "A page or address in the User-Agent, so that a site's owner can reach you.",
        ),
        Key("retention", _RETENTION, "How long items and mentions are kept."),
        Key("brands", ListOf(_BRAND), "The monitored brands."),
        Key("sources", ListOf(SourceTable()), "The sources to poll."),
        Key("smtp", _SMTP, "The mail server digests go through."),
        Key("digests", ListOf(_DIGEST), "Who gets which digest."),
        Key("notify", ListOf(_NOTIFY), "Where alerts go."),
        Key("response", _RESPONSE, "Working hours, and how soon an answer is due."),
        Key("judging", _JUDGING, "How mentions are judged."),
        Key("rules", ListOf(_RULE), "What to do with which mentions, in addition to the built-in rules."),
        Key("people", ListOf(_PERSON), "Known people: customers, journalists, partners, trolls, yourselves."),
        Key("templates", ListOf(_TEMPLATE), "The texts of frequent replies."),
        Key("canaries", ListOf(_CANARY), "Phrases planted to measure how soon sources find them."),
    )
)


def config_schema() -> dict[str, Any]:
    """What ``config.toml`` may hold; an editor that knows JSON Schema completes and checks with it.

    Contains every installed source type, plug-ins too. A plug-in that cannot be loaded is accepted with any options:
    ``check`` rejects its entry with the reason.
    """
    root = ROOT.json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mentionwatch configuration",
        **root,
        "$defs": {f"source-{name}": _source_schema(name) for name in type_names()},
    }


def _source_schema(name: str) -> dict[str, Any]:
    try:
        return source_table(name).json_schema()
    except UserError:
        return {"type": "object", "required": ["type"], "properties": {"type": {"enum": [name]}}}
