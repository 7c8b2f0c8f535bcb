r"""Text to tokens: the words, quotes and operators of a query, each with its place.

Outside quotes ``\`` takes the meaning from the symbol after it. Curly quotes are quotes: word processors make them.

More than 400 lines: one reader whose rules of quoting belong together, and the tables of words that it knows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError
from mentionwatch.query.fields import InvalidFieldValue
from mentionwatch.query.mention_fields import MENTION_FIELDS, NUMBER_FIELDS, parse_number_field
from mentionwatch.query.tree import Leaf

#: Words between the two sides of a NEAR, and places a loose phrase may move: beyond, write AND.
MAX_DISTANCE = 100
#: Stars and question marks in one word: more is a regular expression.
MAX_WILD = 8
MAX_REGEX = 1_000

TokenKind = Literal["(", ")", "and", "or", "not", "with", "except", "near", "near:", "field", "leaf", "value", "end"]

OPERATORS: dict[str, TokenKind] = {
    "AND": "and",
    "&&": "and",
    "OR": "or",
    "||": "or",
    "|": "or",
    "NOT": "not",
    "WITH": "with",
    "EXCEPT": "except",
}

#: Prefixes that stand before a value, and other tools' names for them.
PREFIXES = (
    "site", "url", "link", "title", "text", "author", "type", "lang", "source", "tag", "sub",
    "raw", "case", "lookalike",
)  # fmt: skip
#: Those that take one plain value; what stands after the others is a clause.
VALUED = frozenset(PREFIXES) - {"title", "text", "raw", "case", "lookalike"}
ALIASES = {
    "links": "link",
    "intitle": "title",
    "intext": "text",
    "inurl": "url",
    "authors": "author",
    "language": "lang",
    "platform": "source",
    "kind": "type",
    "hashtag": "tag",
    "hashtags": "tag",
    "tags": "tag",
}

#: Fields of a mention, which only a rule may ask for; see :mod:`mentionwatch.query.mention_fields`.
MENTION_FIELD_ALIASES = {"flags": "flag", "people": "person", "roles": "role", "brands": "brand"}
#: A count that is compared: ``followers>10k``, ``stars:<=2``.
_COUNT = re.compile(r"([A-Za-z]{1,12})(?::?(<=|>=|=<|=>|<|>|=)|:(?=\d))")

_OPENING = '"“”„‟＂'
_CLOSING = {'"': '"', "＂": '＂"'}
_CURLY = '"“”‟＂'
#: What a backslash takes the meaning from.
_ESCAPED = '"\\*?()`#@/-!|&~:' + _CURLY
#: Characters that show nothing and that copying leaves behind: between words they are spaces, in quotes nothing.
_UNSEEN = frozenset("\u200b\u2060\ufeff\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: What ends a word outside quotes, for a class of a pattern.
_BREAKS = rf"\s()\"{re.escape(_OPENING)}{''.join(sorted(_UNSEEN))}"
_NEAR = re.compile(r"(O?)NEAR/(\d{1,9})(f?)", re.IGNORECASE)
_NEAR_PREFIX = re.compile(r"(o?)near/(\d{1,9}):", re.IGNORECASE)
#: What may be an operator: longer is a word, and is not looked at.
_OPERATOR = re.compile(rf"(?:AND|OR|NOT|WITH|EXCEPT|&&|\|\|?|O?NEAR(?:/\w{{0,12}})?)(?=[{_BREAKS}]|\Z)", re.IGNORECASE)
_WORD = re.compile(rf"[^{_BREAKS}]*")
_PREFIX = re.compile(r"([A-Za-z_][A-Za-z_]*):")
_FUZZY = re.compile(r".*[^\\]~\d*")


@dataclass(frozen=True, slots=True)
class Token:
    """One sign of a query; ``value`` is a leaf, a (distance, ordered) pair or a prefix's name, by ``kind``."""

    kind: TokenKind
    start: int
    end: int
    leaf: Leaf | None = None
    distance: int = 0
    ordered: bool = False
    name: str = ""


def value_at(text: str, at: int) -> str:
    """The field's value that stands at ``at``: what a word or quote of a group ``site:(a OR b)`` says there."""
    reader = _Reader(text)
    reader.at = at
    return reader.value().name


def tokens(text: str, facts: bool = False) -> list[Token]:
    """The tokens of a query, closed by one of kind ``end``; a :class:`QueryError` at the first that is none.

    ``facts``: what is known of a mention may be asked for too.
    """
    for at, character in enumerate(text):
        if unicodedata.category(character) == "Cs" or (
            unicodedata.category(character) == "Cc" and character not in "\t\n\r"
        ):
            raise QueryError(text, at, f"U+{ord(character):04X} is not a character of a text", "remove it")
    found: list[Token] = []
    reader = _Reader(text, facts)
    while (token := reader.next()).kind != "end":
        found.append(token)
    return [*found, token]


class _Reader:
    def __init__(self, text: str, facts: bool = False) -> None:
        self.text = text
        self.facts = facts
        self.at = 0
        #: The prefix just read, whose value comes next.
        self.value_of = ""

    def fail(self, at: int, message: str, hint: str) -> QueryError:
        return QueryError(self.text, at, message, hint)

    def peek(self, offset: int = 0) -> str:
        return self.text[self.at + offset : self.at + offset + 1]

    def next(self) -> Token:
        while self.peek() and (self.peek().isspace() or self.peek() in _UNSEEN):
            self.at += 1
        start, here = self.at, self.peek()
        prefix, self.value_of = self.value_of, ""
        if prefix in VALUED or prefix in MENTION_FIELDS:
            return self.value()
        if prefix == "raw":
            leaf = self.raw_value()
            return Token("leaf", start, self.at, leaf=leaf)
        if not here:
            return Token("end", start, start)
        if here == "(":
            self.at += 1
            return Token("(", start, self.at)
        if here == ")":
            self.at += 1
            if re.match(r"~\d", self.text[self.at : self.at + 2]):
                raise self.fail(self.at, "a group cannot be loose", "write a NEAR/5 b instead of (a AND b)~5")
            return Token(")", start, self.at)
        if here in "-!" and self.peek(1) and not self.peek(1).isspace():
            self.at += 1
            return Token("not", start, self.at)
        return self.operator() or self.count() or self.prefixed() or self.leaf()

    def operator(self) -> Token | None:
        start = self.at
        if near := _NEAR_PREFIX.match(self.text, start):
            self.at = near.end()
            return Token("near:", start, self.at, distance=self.distance(start, near[2]), ordered=bool(near[1]))
        if not (found := _OPERATOR.match(self.text, start)):
            return None
        word = found[0]
        if kind := OPERATORS.get(word):
            self.at = found.end()
            return Token(kind, start, self.at)
        if near := _NEAR.fullmatch(word):
            self.at = found.end()
            distance = self.distance(start, near[2])
            return Token("near", start, self.at, distance=distance, ordered=bool(near[1] or near[3]))
        if word.startswith(("NEAR", "ONEAR")):
            raise self.fail(start, "NEAR does not say how near", f"write {word.split('/')[0]}/5 for at most five words")
        return None

    def rough_word(self) -> str:
        found = _WORD.match(self.text, self.at)
        return found[0] if found else ""

    @staticmethod
    def ends_word(character: str) -> bool:
        return character.isspace() or character in "()" or character in _OPENING or character in _UNSEEN

    def distance(self, at: int, digits: str) -> int:
        distance = int(digits)
        if distance > MAX_DISTANCE:
            raise self.fail(at, f"{distance} is too far to count as near", f"at most {MAX_DISTANCE}, or write AND")
        return distance

    def prefixed(self) -> Token | None:
        """A field with its group to come (``title:(``) or with its one value (``site:acme.example``)."""
        if not (found := _PREFIX.match(self.text, self.at)):
            return None
        start, name = self.at, found[1].lower()
        if self.text.startswith("//", found.end()):
            return None  # an address: https://…
        name = ALIASES.get(name, name)
        if MENTION_FIELD_ALIASES.get(name, name) in MENTION_FIELDS:
            name = MENTION_FIELD_ALIASES.get(name, name)
            if not self.facts:
                raise self.fail(
                    start,
                    f"{found[1]}: is known for mentions only",
                    "write it into the `when` of [[rules]]; a brand's query is read before anything is judged",
                )
        elif name not in PREFIXES:
            raise self.fail(start, f"there is no field {found[1]}:", _guess(name, found[1]))
        self.at = found.end()
        here = self.peek()
        if not here or (here.isspace() or here in ")"):
            raise self.fail(self.at, f"nothing follows {name}:", f"write {name}:value without a space")
        if here != "(":
            self.value_of = name
        return Token("field", start, self.at, name=name)

    def count(self) -> Token | None:
        """A comparison, in a rule: ``followers>10k``."""
        if not self.facts or not (found := _COUNT.match(self.text, self.at)) or found[1].lower() not in NUMBER_FIELDS:
            return None
        start = self.at
        self.at = found.end()
        value = self.rough_word()
        self.at += len(value)
        try:
            op = {"=<": "<=", "=>": ">=", None: "="}.get(found[2], found[2])
            leaf = parse_number_field(found[1].lower(), op, value, (start, self.at))
        except InvalidFieldValue as unfit:
            raise self.fail(start, *unfit.args) from unfit
        return Token("leaf", start, self.at, leaf=leaf)

    def value(self) -> Token:
        """The one value of a field: a word or a quote, as written but for the escapes of quotes."""
        start = self.at
        if self.peek() in _OPENING:
            text = re.sub(rf"\\([\\{_CURLY}])", r"\1", self.inside_quotes())
        else:
            text = self.rough_word()
            self.at += len(text)
        return Token("value", start, self.at, name=text.strip())

    def leaf(self) -> Token:
        start, here = self.at, self.peek()
        node: Leaf
        if here in _OPENING:
            node = self.quoted()
        elif here == "`":
            node = self.backticks()
        elif here == "/":
            node = self.regex()
        elif here in "#＃":
            self.at += 1
            word = self.plain_word("a hashtag has no text", "write #name without a space")
            node = tree.Hashtag(word, span=(start, self.at))
        elif here in "@＠":
            self.at += 1
            word = self.plain_word("a handle has no text", "write @name without a space")
            node = tree.Handle(word, span=(start, self.at))
        else:
            node = self.word()
        return Token("leaf", start, self.at, leaf=node)

    def plain_word(self, message: str, hint: str) -> str:
        start = self.at
        word = self.rough_word()
        self.at += len(word)
        if not any(unicodedata.category(c)[0] in "LN" for c in word):
            raise self.fail(start - 1, message, hint)
        return word

    def raw_value(self) -> tree.ExactString:
        """The value of ``raw:``: a word or a quote in which nothing but the closing quote has a meaning."""
        start = self.at
        if self.peek() == "`":
            return self.backticks()
        if self.peek() in _OPENING:
            text = _unescaped(self.inside_quotes())
        else:
            text = self.rough_word()
            self.at += len(text)
        return self.checked_raw(text, start)

    def backticks(self) -> tree.ExactString:
        start = self.at
        closing = self.at + 1
        while closing < len(self.text) and self.text[closing] != "`":
            closing += 2 if self.text[closing] == "\\" and self.text[closing + 1 : closing + 2] in ("`", "\\") else 1
        if closing >= len(self.text):
            raise self.fail(start, "this ` is never closed", "add a ` at the end of the exact text")
        self.at = closing + 1
        return self.checked_raw(re.sub(r"\\([`\\])", r"\1", self.text[start + 1 : closing]), start)

    def checked_raw(self, text: str, start: int) -> tree.ExactString:
        if not text.strip():
            raise self.fail(start, "the exact text is empty", "write what must be there")
        return tree.ExactString(text, span=(start, self.at))

    def regex(self) -> tree.Regex:
        start = self.at
        closing = self.at + 1
        while closing < len(self.text) and self.text[closing] != "/":
            closing += 2 if self.text[closing] == "\\" else 1
        if closing >= len(self.text):
            raise self.fail(start, "this /regex is never closed", 'add a /, or write "…" around a path')
        flags = re.compile(r"\w*").match(self.text, closing + 1)
        assert flags is not None
        self.at = flags.end()
        if set(flags[0]) - set("ims") or (self.peek() and not self.ends_word(self.peek())):
            raise self.fail(closing + 1, "only the flags i, m and s may follow a /regex/", 'write "…" around a path')
        pattern = self.text[start + 1 : closing].replace("\\/", "/")
        if len(pattern) > MAX_REGEX:
            raise self.fail(start, f"the regex has {len(pattern)} characters", f"at most {MAX_REGEX}")
        from mentionwatch.query.regex import regex_problem

        flag_text = "".join(sorted(set(flags[0])))
        if fault := regex_problem(pattern, flag_text):
            raise self.fail(start, *fault)
        return tree.Regex(pattern, flag_text, span=(start, self.at))

    def quoted(self) -> tree.Name | tree.SlopPhrase | tree.Wildcard:
        start = self.at
        text, wild = _phrase(self.inside_quotes())
        slop = re.compile(r"~(\d{1,9})").match(self.text, self.at)
        if slop:
            self.at = slop.end()
            words = " ".join(text.split())
            if wild or " " not in words:
                raise self.fail(start, "only a phrase of several plain words can be loose", 'write "a b"~5')
            return tree.SlopPhrase(_unescaped(words), self.distance(slop.start(), slop[1]), span=(start, self.at))
        return self.named(text, wild, start)

    def inside_quotes(self) -> str:
        """What stands between this quote and its closing one, as written."""
        start = self.at
        closers = _CLOSING.get(self.text[start], _CURLY)
        end = start + 1
        while end < len(self.text) and self.text[end] not in closers:
            end += 2 if self.text[end] == "\\" and self.text[end + 1 : end + 2] in _ESCAPED else 1
        if end >= len(self.text):
            raise self.fail(start, "this quote is never closed", 'add a " at the end of the phrase')
        self.at = end + 1
        return "".join(c for c in self.text[start + 1 : end] if c not in _UNSEEN)

    def word(self) -> tree.Name | tree.Wildcard:
        start = self.at
        pieces, wild = [], False
        while self.at < len(self.text) and not self.ends_word(self.peek()):
            here, after = self.peek(), self.peek(1)
            if here == "\\" and after and after in _ESCAPED:
                pieces.append("\\" + after)
                self.at += 2
                continue
            wild = wild or here in "*?"
            pieces.append("\\\\" if here == "\\" else here)
            self.at += 1
        # "acme, coffee" is a list; nobody looks for the comma.
        text = "".join(pieces).rstrip(",;") or "".join(pieces)
        if text in ("-", "–", "—", "−") or (text[0] in "–—−" and len(text) > 1):
            raise self.fail(start, f"{text[0]} alone excludes nothing", "write -word, with a plain - and no space")
        if _FUZZY.fullmatch(text):
            raise self.fail(start, "fuzzy search is not supported", 'write lookalike:word, or "two words"~5')
        return self.named(text, wild, start)

    def named(self, escaped: str, wild: bool, start: int) -> tree.Name | tree.Wildcard:
        escaped = " ".join(escaped.split())
        plain = _unescaped(escaped)
        if not any(unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "So" for c in plain):
            if wild:
                raise self.fail(start, f"{plain} alone finds everything", "write some letters beside it")
            if not plain:
                raise self.fail(start, "the phrase is empty", "write what must be there")
            raise self.fail(start, f"{plain} contains no letter or digit", f"write `{plain}` to find the symbol itself")
        if not wild:
            return tree.Name(plain, span=(start, self.at))
        for each in escaped.split(" "):
            bare = re.sub(r"\\.", "a", each)
            if bare.count("*") + bare.count("?") > MAX_WILD:
                raise self.fail(start, f"{each} has more than {MAX_WILD} wildcards", "write a /regex/ instead")
            if set(bare) <= set("*?") and (bare != "*" or " " not in escaped):
                raise self.fail(start, f"{each} alone finds every word", "write some letters beside it")
        if any(re.sub(r"\\.", "a", each) == "*" for each in (escaped.split(" ")[0], escaped.split(" ")[-1])):
            raise self.fail(start, "a lone * at the end of a phrase says nothing", "remove it")
        return tree.Wildcard(re.sub(r"\\([^*?\\])", r"\1", escaped), span=(start, self.at))


def _unescaped(text: str) -> str:
    return re.sub(rf"\\([{re.escape(_ESCAPED)}])", r"\1", text)


def _phrase(inside: str) -> tuple[str, bool]:
    """A quote's inside with its literal wildcards escaped, and whether any other is left."""
    pieces, wild, at = [], False, 0
    while at < len(inside):
        here, after = inside[at], inside[at + 1 : at + 2]
        at += 1
        if here == "\\":
            escaped = bool(after) and after in _ESCAPED
            here += after if escaped else "\\"
            at += escaped
        elif here == "*":
            wild = True
        elif here == "?":
            # At a word's end it closes a question; only between two letters does anybody mean one character.
            if after.isalnum() and at > 1 and inside[at - 2].isalnum():
                wild = True
            else:
                here = "\\?"
        pieces.append(here)
    return "".join(pieces), wild


def _guess(name: str, written: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, [*PREFIXES, *ALIASES], 1)
    if near:
        return f"did you mean {ALIASES.get(near[0], near[0])}:? Else write quotes round it"
    return f'fields are {", ".join(f"{p}:" for p in PREFIXES)}; to find the text itself write "{written}:…"'
