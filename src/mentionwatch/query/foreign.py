"""Other tools' queries, read into our tree; whatever cannot be said here is told, never dropped in silence.

One reader for all: they differ in words, not in shape. :mod:`~mentionwatch.query.importers` holds the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mentionwatch.query.errors import QueryError
from mentionwatch.query.parse import MAX_DEPTH, MAX_LENGTH, parse
from mentionwatch.query.tokens import MAX_DISTANCE
from mentionwatch.query.tokens import OPERATORS as OURS
from mentionwatch.query.tree import (
    And,
    ExactString,
    Except,
    Field,
    Near,
    Node,
    Not,
    Or,
    Text,
    Title,
    With,
    all_of,
    any_of,
    children,
)
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


def read(text: str, tool: ForeignSyntax, notes: ImportWarnings) -> Node | None:
    """The tree of another tool's query; ``None`` when nothing of it can be said here.

    Raises a :class:`~mentionwatch.query.errors.QueryError` that names the column where the text is no query.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(text, MAX_LENGTH, f"the query has {len(text)} characters", f"at most {MAX_LENGTH}")
    return _Parser(text, tool, notes).whole()


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
        notes.say(f"{word} holds no letter or digit and is dropped")
        return None
    if re.match(r"[#@]\w", word) or (re.fullmatch(r"[\w.'&*?+-]+!?", word) and word not in OURS):
        return word
    return quoted(word)


def exact(text: str) -> str:
    """Our exact string."""
    return unparse(ExactString(text))


def quoted(text: str) -> str:
    """Our phrase of a text whose stars are wildcards."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _phrase(sign: re.Match[str], tool: ForeignSyntax, notes: ImportWarnings) -> str | None:
    inside = " ".join(sign["quoted"].split())
    if sign["boost"]:
        notes.say(_BOOST.format(sign[0]))
    if not inside:
        raise QueryError(sign.string, sign.start(), "the phrase is empty", "write what must stand there")
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


class _Parser:
    def __init__(self, text: str, tool: ForeignSyntax, notes: ImportWarnings) -> None:
        self.text = text
        self.tool = tool
        self.notes = notes
        self.tokens = tokens(text, tool, notes)
        self.index = 0
        self.depth = 0
        #: A condition of the clause being read was dropped.
        self.widened = False

    @property
    def here(self) -> ForeignToken:
        return self.tokens[self.index]

    def take(self) -> ForeignToken:
        self.index += 1
        return self.tokens[self.index - 1]

    def fail(self, at: int, message: str, mend: str) -> QueryError:
        return QueryError(self.text, at, message, mend)

    def whole(self) -> Node | None:
        node = self.every() if self.tool.or_first else self.either()
        if self.here.kind != "end":
            raise self.fail(self.here.start, "this ) closes nothing", "remove it, or add a ( before")
        return node

    def either(self) -> Node | None:
        operand = self.negated if self.tool.or_first else self.every
        start = self.here.start
        parts = [operand()]
        while self.here.kind == "or":
            self.take()
            parts.append(operand())
        kept = [part for part in parts if part is not None]
        if len(kept) < len(parts) and kept:
            self.notes.say(f"an alternative of {self.text[start : self.end()]} was dropped: it will find less")
        return any_of(kept) if kept else None

    def every(self) -> Node | None:
        operand = self.either if self.tool.or_first else self.negated
        parts = [operand()]
        while self.here.kind not in ("or", ")", "end"):
            if self.here.kind == "and":
                self.take()
            parts.append(operand())
        kept = [part for part in parts if part is not None]
        self.widened = self.widened or 0 < len(kept) < len(parts)
        return all_of(self.gathered(kept)) if kept else None

    def gathered(self, parts: list[Node]) -> list[Node]:
        """With several values of one field joined by OR, where the tool means it so."""
        groups: dict[str, list[Node]] = {}
        for part in parts:
            if isinstance(part, Field) and part.name in self.tool.any_value:
                groups.setdefault(part.name, []).append(part)
        made: list[Node] = []
        for part in parts:
            group = groups.get(part.name) if isinstance(part, Field) else None
            if group is None:
                made.append(part)
            elif part is group[0]:
                made.append(any_of(group))
        return made

    def negated(self) -> Node | None:
        if self.here.kind != "not":
            return self.related()
        start = self.take().start
        self.deeper()
        outside, self.widened = self.widened, False
        part = self.negated()
        self.depth -= 1
        # An exclusion that lost a condition would hide more than was meant.
        usable = part is not None and not self.widened
        self.widened = outside
        if not usable:
            self.notes.say(f"the exclusion {self.text[start : self.end()]} was dropped: it will find more")
        return Not(part) if part is not None and usable else None

    def related(self) -> Node | None:
        left = self.single()
        chained = 0
        while self.here.kind == "near":
            operator = self.take()
            chained += 1
            self.deeper()
            left = self.near(left, self.single(), operator)
        self.depth -= chained
        return left

    def near(self, left: Node | None, right: Node | None, operator: ForeignToken) -> Node | None:
        if left is None or right is None:
            self.widened = True
            return left or right
        sign = self.text[operator.start : operator.end]
        if operator.distance > MAX_DISTANCE:
            self.notes.say(f"{sign} is farther than {MAX_DISTANCE} words and becomes AND")
            return all_of([left, right])
        for side, other in ((left, right), (right, left)):
            if isinstance(side, And):
                self.notes.say(f"{sign} on a group of AND becomes a NEAR on each of its words")
                pairs = [(part, other) if side is left else (other, part) for part in side.parts]
                near = [self.near(a, b, operator) for a, b in pairs]
                return all_of([each for each in near if each is not None])
        if _holds_more_than_text(left) or _holds_more_than_text(right):
            self.notes.say(f"{sign} on a field or an exclusion becomes AND")
            return all_of([left, right])
        return Near(left, right, operator.distance, operator.ordered)

    def single(self) -> Node | None:
        token = self.here
        if token.kind == "leaf":
            self.take()
            return self.leaf(token)
        if token.kind != "(":
            raise self.misplaced(token)
        self.take()
        self.deeper()
        node = self.every() if self.tool.or_first else self.either()
        if self.here.kind != ")":
            raise self.fail(token.start, "this ( is never closed", "add a )")
        closing = self.take()
        self.depth -= 1
        return self.loosened(node, closing) if closing.distance >= 0 else node

    def loosened(self, node: Node | None, closing: ForeignToken) -> Node | None:
        """``(a AND b)~5``: all of the parts near one another."""
        if not isinstance(node, And):
            return node
        near = self.near_chain(node, closing)
        self.notes.say(f"{self.text[closing.start : closing.end]} becomes NEAR/{closing.distance} between its parts")
        return near

    def near_chain(self, node: And, closing: ForeignToken) -> Node | None:
        made: Node | None = node.parts[0]
        for part in node.parts[1:]:
            made = self.near(made, part, replace(closing, kind="near"))
        return made

    def leaf(self, token: ForeignToken) -> Node | None:
        if token.text is None:
            return None
        try:
            return parse(token.text)
        except QueryError as error:
            raise self.fail(token.start, error.message, error.mend) from error

    def misplaced(self, token: ForeignToken) -> QueryError:
        if token.kind == "end":
            if self.index == 0:
                return self.fail(0, "the query is empty", "write what to look for")
            before = self.tokens[self.index - 1]
            written = self.text[before.start : before.end]
            return self.fail(before.start, f"nothing stands after {written}", "write what belongs there")
        written = self.text[token.start : token.end]
        return self.fail(token.start, f"{written} has nothing before it", "write what belongs there")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(self.here.start, f"clauses are nested more than {MAX_DEPTH} deep", "take out parentheses")

    def end(self) -> int:
        return self.tokens[self.index - 1].end


def _holds_more_than_text(node: Node) -> bool:
    return isinstance(node, Field | Not | Title | Text | With | And) or (
        isinstance(node, Or | Near | Except) and any(map(_holds_more_than_text, children(node)))
    )


def written(node: Node | None, notes: ImportWarnings, text: str) -> ImportedQuery:
    """The import's outcome; a :class:`~mentionwatch.query.errors.QueryError` when nothing is left of the query."""
    if node is None:
        reasons = "; ".join(notes.all())
        raise QueryError(text, 0, f"nothing of this query can be said here ({reasons})", "write it anew")
    query = unparse(node)
    parse(query)
    return ImportedQuery(query, notes.all())
