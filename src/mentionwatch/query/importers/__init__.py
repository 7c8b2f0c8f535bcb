"""The tools people come from, and what their words mean here.

From their help pages: Brandwatch's advanced operators, Meltwater's boolean guide, Brand24's, Awario's, Talkwalker
Alerts', Syften's, F5Bot's and Google's.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mentionwatch.errors import UserError
from mentionwatch.query.errors import QueryError
from mentionwatch.query.importers.parser import read, written
from mentionwatch.query.importers.tokens import ForeignSyntax, ImportedQuery, ImportWarnings, exact, plain_word, quoted
from mentionwatch.query.tree import Field, Name, Node, Not, all_of, any_of

#: Words between two phrases that a star in Google's quotes may stand for.
_STAR = 5

_PLACES: dict[str, str | None] = {"site": "site:{}", "url": "url:{}", "title": "title:{}", "author": "author:{}"}

BRANDWATCH = ForeignSyntax(
    fields={
        **_PLACES,
        "links": "link:{}",
        "link": "link:{}",
        "language": "lang:{}",
        "lang": "lang:{}",
        "hashtags": "#{}",
        "at_mentions": "@{}",
        "engagingwith": "@{}",
        "subreddit": "sub:{}",
        **dict.fromkeys(
            ("city", "country", "region", "continent", "latitude", "longitude", "engagementtype", "authorfollowers",
             "authorgender", "authortype", "authorverified", "rating", "sitevisitors", "channelid", "contenttype")
        ),
    },
)  # fmt: skip
MELTWATER = ForeignSyntax(
    fields={**_PLACES, "language": "lang:{}", "ingress": "{}", "source": "source:{}"},
    near=4,
)
BRAND24 = ForeignSyntax(fields=_PLACES, near=None)
AWARIO = ForeignSyntax(fields={**_PLACES, "lang": "lang:{}", "from": "author:{}"})
TALKWALKER = ForeignSyntax(
    fields={**_PLACES, "lang": "lang:{}", "content": "text:{}", "domainurl": "site:{}", "hashtag": "#{}"},
    word=lambda word, notes: _talkwalker_word(word, notes),
)
SYFTEN = ForeignSyntax(
    fields={**_PLACES, "type": "type:{}", "lang": "lang:{}"},
    any_value=frozenset({"site", "author", "type", "lang"}),
)
GOOGLE = ForeignSyntax(
    fields={
        "site": "site:{}",
        "intitle": "title:{}",
        "inurl": "url:{}",
        "intext": "text:{}",
        "inanchor": None,
        **dict.fromkeys(
            ("filetype", "ext", "after", "before", "when", "daterange", "location", "source", "cache", "related")
        ),
    },
    or_first=True,
    word=lambda word, notes: _google_word(word, notes),
    phrase=lambda phrase, notes: _google_phrase(phrase, notes),
)


def _talkwalker_word(word: str, notes: ImportWarnings) -> str | None:
    if word.startswith("++") and len(word) > 2:
        return exact(word[2:])
    if word.startswith("+") and len(word) > 1:
        notes.say(f"{word}: accents are never told apart here; + is dropped")
        word = word[1:]
    return plain_word(word, notes)


def _google_word(word: str, notes: ImportWarnings) -> str | None:
    if re.search(r"\d\.\.\$?\d", word):
        notes.say(f"{word}: ranges of numbers are not searched here; it is dropped")
        return None
    if word.startswith("+"):
        word = word[1:]
    elif word.startswith("~"):
        notes.say(f"{word}: synonyms are not searched here; ~ is dropped")
        word = word[1:]
    if "*" in word:
        if word.strip("*") == "":
            notes.say("* between words is dropped: it says nothing outside quotes")
            return None
        notes.say(f"{word}: Google takes no * inside a word; here it stands for any letters")
    return plain_word(word, notes) if word else None


def _google_phrase(phrase: str, notes: ImportWarnings) -> str | None:
    if "*" not in phrase:
        return quoted(phrase)
    parts = [part.strip() for part in re.split(r"(?:^|\s+)\*+(?=\s|$)", phrase)]
    parts = [quoted(part) for part in parts if part]
    if not parts:
        notes.say(f'"{phrase}" is dropped: it holds no word')
        return None
    if len(parts) > 1:
        notes.say(f"* in quotes is one or more words for Google; here up to {_STAR}, in this order")
    return f" ONEAR/{_STAR} ".join(parts)


# -- reading ---------------------------------------------------------------------------------------------------------


def _boolean(tool: ForeignSyntax) -> Callable[[str], ImportedQuery]:
    def import_one(text: str) -> ImportedQuery:
        notes = ImportWarnings()
        return written(read(text, tool, notes), notes, text)

    return import_one


def _google(text: str) -> ImportedQuery:
    notes = ImportWarnings()
    if all_in := re.match(r"\s*allin(title|url|text):\s*", text):
        prefix = {"title": "intitle:", "url": "inurl:", "text": ""}[all_in[1]]
        text = re.sub(r'(?<!\S)(-?)(?=[^\s()-])("[^"]*"|[^\s()]+)', rf"\1{prefix}\2", text[all_in.end() :])
    return written(read(text, GOOGLE, notes), notes, text)


_BRAND24_LINE = re.compile(
    r"\s*(keywords?|required(?: words?| keywords?)?|excluded?(?: words?| keywords?| sites?| authors?)?)\s*:\s*(.*)",
    re.IGNORECASE,
)


def _brand24(text: str) -> ImportedQuery:
    """A boolean query, or the form's fields one a line: ``keyword:``, ``required:``, ``excluded:`` with commas."""
    lines = [line for line in text.splitlines() if line.strip()]
    fields = [_BRAND24_LINE.fullmatch(line) for line in lines]
    if not fields or fields[0] is None:
        return _boolean(BRAND24)(text)
    notes = ImportWarnings()
    parts: list[Node] = []
    for line, found in zip(lines, fields, strict=True):
        if found is None:
            raise UserError(
                f"{line.strip()!r} is not a field of Brand24's; write keyword:, required: or excluded: before it"
            )
        values = [value.strip().strip('"') for value in found[2].split(",") if value.strip()]
        name = found[1].casefold()
        nodes = [_brand24_value(name, value, notes) for value in values]
        if name.startswith("exclude"):
            parts.extend(Not(node) for node in nodes)
        elif nodes:
            parts.append(any_of(nodes) if name.startswith("keyword") else all_of(nodes))
    return written(all_of(parts) if parts else None, notes, text)


def _brand24_value(name: str, value: str, notes: ImportWarnings) -> Node:
    prefix = "site:" if "site" in name else "author:" if "author" in name else ""
    node = read(f'{prefix}"{value}"', BRAND24, notes)
    if node is None:
        raise UserError(f"{value!r} cannot be searched for")
    return node


def _syften(text: str) -> ImportedQuery:
    """A filter a line; several lines are several filters, of which any may match."""
    notes = ImportWarnings()
    found: list[Node] = []
    for line in text.splitlines():
        line, accept, _ = line.partition("$accept:")
        if accept:
            notes.say("$accept: is a model's judgement; nothing is decided by one here, and it is dropped")
        if line.strip() and (node := read(line, SYFTEN, notes)) is not None:
            found.append(node)
    return written(any_of(found) if found else None, notes, text)


_F5BOT_FLAG = re.compile(r"(no|only)-(reddit|hackernews|lobsters)")


def _f5bot(text: str) -> ImportedQuery:
    """A literal phrase a line, with its flags after it."""
    notes = ImportWarnings()
    found: list[Node] = []
    for line in text.splitlines():
        words = line.split()
        flags = [flag for word in words if (flag := _F5BOT_FLAG.fullmatch(word))]
        phrase = " ".join(word for word in words if not _F5BOT_FLAG.fullmatch(word))
        if not phrase:
            continue
        if not re.search(r"\w", phrase):
            raise QueryError(text, text.index(line), f"{phrase} contains no letter or digit", "write it in `backticks`")
        parts: list[Node] = [Name(phrase)]
        if only := [Field("source", flag[2]) for flag in flags if flag[1] == "only"]:
            parts.append(any_of([*only]))
        parts.extend(Not(Field("source", flag[2])) for flag in flags if flag[1] == "no")
        found.append(all_of(parts))
    notes.say("F5Bot finds a phrase inside longer words unless told otherwise; here it is whole words: *word* for both")
    return written(any_of(found) if found else None, notes, text)


IMPORTERS: dict[str, Callable[[str], ImportedQuery]] = {
    "brandwatch": _boolean(BRANDWATCH),
    "meltwater": _boolean(MELTWATER),
    "brand24": _brand24,
    "syften": _syften,
    "awario": _boolean(AWARIO),
    "google": _google,
    "talkwalker": _boolean(TALKWALKER),
    "f5bot": _f5bot,
}


def import_query(text: str, tool: str) -> ImportedQuery:
    """A query of ``tool`` (a key of :data:`IMPORTERS`) in our language, with all that is lost or changed.

    Raises a :class:`~mentionwatch.query.errors.QueryError` with the column where the text is no query of that tool.
    """
    return IMPORTERS[tool](text)
