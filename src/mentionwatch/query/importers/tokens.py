"""The signs of another tool's query, each word already written in our language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError
from mentionwatch.query.tokens import OPERATORS as OURS
from mentionwatch.query.unparse import unparse

ForeignTokenKind = Literal["(", ")", "and", "or", "not", "near", "leaf", "end"]


@dataclass(frozen=True, slots=True)
class ImportedQuery:
    """A query in our language, and what of the other tool's meaning is lost or changed."""

    query: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """One sign of a foreign query. A leaf's ``text`` is in our language; ``None`` when it cannot be said."""

    kind: ForeignTokenKind
    start: int
    end: int
    text: str | None = None
    distance: int = 0
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class ForeignSyntax:
    """What another tool's words mean.

    ``fields``: its prefix to our text, with ``{}`` for the value, or to ``None`` when it cannot be said here.
    ``word`` rewrites a bare word, ``phrase`` the inside of quotes; both give our text or ``None``.
    """

    fields: Mapping[str, str | None] = field(default_factory=dict)
    word: Callable[[str, ImportWarnings], str | None] | None = None
    phrase: Callable[[str, ImportWarnings], str | None] | None = None
    #: Words a bare ``NEAR`` allows between; ``None`` where it must say.
    near: int | None = None
    #: OR binds more tightly than the AND of two words side by side, as in web search.
    or_first: bool = False
    #: Several values of one field mean any of them.
    any_value: frozenset[str] = frozenset()


class ImportWarnings:
    """What is to be told of an import, each once, in order."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def say(self, text: str) -> None:
        self._said.setdefault(text)

    def all(self) -> tuple[str, ...]:
        return tuple(self._said)


_SIGN = re.compile(
    r"""
      (?P<space>\s+|<<<.*?>>>)
    | (?P<open>\()
    | (?P<close>\)(?:~(?P<slop>\d{1,9}))?)
    | (?P<field>[A-Za-z_][\w.]*):(?=[^\s)/]|/(?!/))
    | (?P<bracket>\[[^\]]*\])
    | (?P<minus>[-!](?=[^\s)]))
    | (?P<around>AROUND\((?P<n1>\d{1,9})\))
    | (?P<near>(?P<o>O?)(?:NEAR|WITHIN)(?:/(?P<n2>\d{1,9})(?P<f>f?))?(?=[\s("“]))
    | (?P<list>(?:o?near)/\d{1,9}:(?:"[^"]*"|[^\s()"])+)
    | (?P<atleast>at_?least\d+(?=[\s("{]))
    | (?P<exact>`[^`]*`)
    | ["“”](?P<quoted>[^"“”]*)["“”](?:~(?P<loose>\d{1,9}))?(?P<boost>\^\d+)?
    | (?P<word>[^\s()"“”]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_BOOST = "{}: which word is shown first cannot be chosen here; ^ is dropped"
_OPERATORS: dict[str, ForeignTokenKind] = {
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "|": "or",
    "||": "or",
    "&": "and",
    "&&": "and",
}


def tokens(text: str, tool: ForeignSyntax, notes: ImportWarnings) -> list[ForeignToken]:
    """The foreign query's signs, each leaf already in our words."""
    found: list[ForeignToken] = []
    at, prefix = 0, ""
    while at < len(text):
        sign = _SIGN.match(text, at)
        if sign is None:
            raise QueryError(text, at, "this quote is never closed", 'add a " at the end of the phrase')
        start, at = at, sign.end()
        if sign["space"]:
            continue
        if sign["field"] and not prefix:
            prefix = sign["field"]
            if text[at : at + 1] == "(":
                raise QueryError(text, start, f"{prefix}:( … ) holds a group", "write the field beside each word")
            continue
        found.extend(_token(sign, start, at, prefix, tool, notes))
        prefix = ""
    return [*found, ForeignToken("end", len(text), len(text))]


def _token(
    sign: re.Match[str], start: int, end: int, prefix: str, tool: ForeignSyntax, notes: ImportWarnings
) -> list[ForeignToken]:
    if prefix:
        value = sign["quoted"] if sign["quoted"] is not None else sign[0]
        return [ForeignToken("leaf", start, end, _field(prefix, value, sign["quoted"] is not None, tool, notes))]
    if sign["open"]:
        return [ForeignToken("(", start, end)]
    if sign["close"]:
        return [ForeignToken(")", start, end, distance=int(sign["slop"] or -1))]
    if sign["minus"]:
        return [ForeignToken("not", start, end)]
    if sign["around"]:
        return [ForeignToken("near", start, end, distance=int(sign["n1"]))]
    if sign["near"]:
        distance = int(sign["n2"]) if sign["n2"] else tool.near
        if distance is None:
            raise QueryError(sign.string, start, "NEAR does not say how near", "write NEAR/5")
        return [ForeignToken("near", start, end, distance=distance, ordered=bool(sign["o"] or sign["f"]))]
    if sign["atleast"]:
        notes.say(f"{sign['atleast']}: how often a word stands there is not counted here")
        return []
    if sign["list"] or sign["exact"]:
        return [ForeignToken("leaf", start, end, sign[0])]
    if sign["quoted"] is not None:
        return [ForeignToken("leaf", start, end, _phrase(sign, tool, notes))]
    return _word(sign[0], start, end, tool, notes)


def _word(word: str, start: int, end: int, tool: ForeignSyntax, notes: ImportWarnings) -> list[ForeignToken]:
    if word in _OPERATORS:
        return [ForeignToken(_OPERATORS[word], start, end)]
    if word in ("and", "or", "not", "near"):
        notes.say(f'"{word}" in lower case is taken as a word; write {word.upper()} for the operator')
    text = tool.word(word, notes) if tool.word is not None else plain_word(word, notes)
    return [ForeignToken("leaf", start, end, text)]


def plain_word(word: str, notes: ImportWarnings) -> str | None:
    """A bare word in our language: quoted where a sign in it would mean something else here."""
    if boost := re.fullmatch(r"(.+)\^\d+", word):
        notes.say(_BOOST.format(word))
        word = boost[1]
    if not re.search(r"\w", word):
        notes.say(f"{word} contains no letter or digit and is dropped")
        return None
    if re.match(r"[#@]\w", word) or (re.fullmatch(r"[\w.'&*?+-]+!?", word) and word not in OURS):
        return word
    return quoted(word)


def exact(text: str) -> str:
    """Our exact string."""
    return unparse(tree.ExactString(text))


def quoted(text: str) -> str:
    """Our phrase of a text whose stars are wildcards."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _phrase(sign: re.Match[str], tool: ForeignSyntax, notes: ImportWarnings) -> str | None:
    inside = " ".join(sign["quoted"].split())
    if sign["boost"]:
        notes.say(_BOOST.format(sign[0]))
    if not inside:
        raise QueryError(sign.string, sign.start(), "the phrase is empty", "write what must be there")
    if sign["loose"]:
        return f"{quoted(inside)}~{sign['loose']}" if " " in inside else quoted(inside)
    return tool.phrase(inside, notes) if tool.phrase is not None else quoted(inside)


def _field(prefix: str, value: str, is_phrase: bool, tool: ForeignSyntax, notes: ImportWarnings) -> str | None:
    name = prefix.casefold()
    if name == "raw":
        return exact(value)
    if name not in tool.fields:
        notes.say(f"{prefix}: is not known here; {prefix}:{value} is dropped")
        return None
    template = tool.fields[name]
    if template is None:
        notes.say(f"{prefix}:{value} cannot be said here and is dropped")
        return None
    if re.search(r"\s", value) or is_phrase:
        value = value.lstrip("@#").replace(" ", "") if template in ("#{}", "@{}") else quoted(value)
    return template.format(value.lstrip("@#") if template in ("#{}", "@{}") else value)
