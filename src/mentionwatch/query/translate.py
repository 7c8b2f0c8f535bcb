"""Tree to each platform's own query: it may bring more than the tree, never less of what the platform holds.

So exclusions are not passed on, but for ``-site:``: a platform searches the whole page and its own folding of words,
and would drop what the tree, applied here to what came, keeps. What a platform cannot be told is checked here, and is
listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mentionwatch.query.cover import asks_of, leaf_terms
from mentionwatch.query.dialects import DIALECTS, Dialect
from mentionwatch.query.tree import And, Except, Field, Handle, Name, Near, Node, Not, Or, Text, Title, With
from mentionwatch.query.write import format


@dataclass(frozen=True, slots=True)
class Translation:
    """What one platform is asked for, and what of the query is only checked here.

    ``queries`` are to be asked each on its own; none when the platform cannot be asked at all.
    """

    platform: str
    queries: tuple[str, ...]
    checked_here: tuple[str, ...]


def translate(node: Node, platform: str) -> Translation:
    """What ``platform`` (a key of :data:`DIALECTS`) is asked for a query."""
    dialect = DIALECTS[platform]
    if asks_of(node) is None:
        return Translation(platform, (), (format(node),))
    if dialect.any_of is None:
        left: list[str] = []
        queries = _one_by_one(node, dialect, left)
    else:
        writer = _Writer(dialect, dialect.any_of)
        clause = writer.clause(node)
        queries = list(writer.queries(clause)) if clause is not None and _positive(clause) else []
        left = writer.left
    return Translation(platform, tuple(dict.fromkeys(queries)), tuple(dict.fromkeys(left)))


def _one_by_one(node: Node, dialect: Dialect, left: list[str]) -> list[str]:
    """The terms of which every match holds one, as the platform writes them; the same as ``asks_of`` chooses."""
    match node:
        case Or():
            return [text for part in node.parts for text in _one_by_one(part, dialect, left)]
        case And() | Near():
            parts = node.parts if isinstance(node, And) else (node.left, node.right)
            chosen = next(part for part in parts if asks_of(part) is not None)
            left.extend([format(node)] if isinstance(node, Near) else [format(p) for p in parts if p is not chosen])
            return _one_by_one(chosen, dialect, left)
        case With():
            left.append(f"… WITH {format(node.context)}")
            return _one_by_one(node.part, dialect, left)
        case Except():
            left.append(f"… EXCEPT {format(node.mask)}")
            return _one_by_one(node.part, dialect, left)
        case Title() | Text():
            if isinstance(node, Title):
                left.append(format(node))
            return _one_by_one(node.part, dialect, left)
        case _:
            if (text := dialect.term(node)) is not None:
                return [text]
            left.append(format(node))
            words = (dialect.term(Name(term.text)) for term in leaf_terms(node)[:1])
            return [word for word in words if word is not None]


# A clause in a platform's words: a text, all of some clauses, or any of some.
@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _All:
    parts: tuple[_Clause, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    parts: tuple[_Clause, ...]


_Clause = _Text | _All | _Any


class _Writer:
    """For platforms with an OR: the tree as one clause in their words, cut to their limits."""

    def __init__(self, dialect: Dialect, any_of: str) -> None:
        self.dialect = dialect
        self.any_of = any_of
        self.left: list[str] = []

    def clause(self, node: Node) -> _Clause | None:
        """``node`` or something wider in the platform's words; ``None`` when that is everything."""
        match node:
            case And():
                return self.every(node.parts)
            case Or():
                before = len(self.left)
                parts = [clause for part in node.parts if (clause := self.clause(part)) is not None]
                if len(parts) == len(node.parts) and all(map(_positive, parts)):
                    return _Any(tuple(parts))
                # One alternative that cannot be asked makes all of them useless here.
                self.left[before:] = [format(node)]
                return None
            case Near():
                self.left.append(format(node))
                return self.every((node.left, node.right))
            case With():
                return self.every((node.part, node.context))
            case Except():
                self.left.append(f"… EXCEPT {format(node.mask)}")
                return self.clause(node.part)
            case Not():
                return self.excluded(node)
            case Title():
                return self.titled(node)
            case Text():
                return self.clause(node.part)
            case _:
                return self.leaf(node)

    def every(self, parts: Iterable[Node]) -> _Clause | None:
        kept = [clause for part in parts if (clause := self.clause(part)) is not None]
        kept.sort(key=lambda clause: not _positive(clause))
        return None if not kept else kept[0] if len(kept) == 1 else _All(tuple(kept))

    def excluded(self, node: Not) -> _Clause | None:
        sites = node.part.parts if isinstance(node.part, Or) else (node.part,)
        if self.dialect.excluded_site is not None and all(isinstance(s, Field) and s.name == "site" for s in sites):
            hosts = [s.value for s in sites if isinstance(s, Field)]
            if all("/" not in host for host in hosts):
                texts = [_Text(self.dialect.excluded_site.format(host)) for host in hosts]
                return texts[0] if len(texts) == 1 else _All(tuple(texts))
        self.left.append(format(node))
        return None

    def titled(self, node: Title) -> _Clause | None:
        inner = self.clause(node.part)
        if self.dialect.title is None or not isinstance(inner, _Text) or isinstance(node.part, Handle | Field):
            self.left.append(format(node))
            return inner
        return _Text(self.dialect.title.format(inner.text))

    def leaf(self, node: Node) -> _Clause | None:
        text = self.dialect.term(node)
        if text is not None:
            return _Text(text)
        self.left.append(format(node))
        words = [written for term in leaf_terms(node) if (written := self.dialect.term(Name(term.text)))]
        return None if not words else _All(tuple(_Text(word) for word in words)) if len(words) > 1 else _Text(words[0])

    # -- clause to queries -------------------------------------------------------------------------------------------

    def queries(self, clause: _Clause) -> Iterable[str]:
        """The clause as few queries as the platform's limits allow."""
        if not self.dialect.nested and (flat := _flat(clause)) != clause:
            self.left.append("what stands beside a word inside an alternative: this platform takes no nested groups")
            clause = flat
        return self.fitted(clause)

    def fitted(self, clause: _Clause) -> Iterable[str]:
        """The clause whole if it fits, else its alternatives apart, else fewer of its conditions."""
        text = self.text(clause, top=True)
        if self.fits(text):
            return [text]
        match clause:
            case _Any():
                return self.packed(clause.parts)
            case _All():
                wide = max(clause.parts, key=lambda part: len(part.parts) if isinstance(part, _Any) else 0)
                if isinstance(wide, _Any):
                    rest = tuple(part for part in clause.parts if part is not wide)
                    return self.packed(tuple(_All((alternative, *rest)) for alternative in wide.parts))
                # Conditions are left out from the end until it fits; the first is never an exclusion.
                self.left.append(f"conditions that do not fit into {self.dialect.length} characters")
                return self.fitted(clause.parts[0] if len(clause.parts) == 2 else _All(clause.parts[:-1]))
            case _Text():
                # A phrase longer than the platform takes is asked by the words that fit, and still finds it.
                return [clause.text[: self.dialect.length].rpartition(" ")[0].rstrip('" ') + '"']

    def packed(self, parts: tuple[_Clause, ...]) -> Iterable[str]:
        """Alternatives together as many as fit in one query."""
        batch: list[_Clause] = []
        for part in parts:
            if batch and not self.fits(self.text(_Any((*batch, part)), top=True)):
                yield from self.fitted(batch[0] if len(batch) == 1 else _Any(tuple(batch)))
                batch = []
            batch.append(part)
        yield from self.fitted(batch[0]) if len(batch) == 1 else [self.text(_Any(tuple(batch)), top=True)]

    def fits(self, text: str) -> bool:
        limit = self.dialect.operators
        return len(text) <= self.dialect.length and (limit is None or len(_OPERATOR.findall(text)) <= limit)

    def text(self, clause: _Clause, *, top: bool = False) -> str:
        match clause:
            case _Text():
                return clause.text
            case _All():
                return self.dialect.all_of.join(self.text(part) for part in clause.parts)
            case _Any():
                joined = self.any_of.join(
                    f"({self.text(part)})" if isinstance(part, _All) else self.text(part) for part in clause.parts
                )
                return joined if top and self.dialect.nested else f"({joined})"


_OPERATOR = re.compile(r"\b(?:AND|OR|NOT)\b(?=(?:[^\"]*\"[^\"]*\")*[^\"]*\Z)")


def _positive(clause: _Clause) -> bool:
    """Whether something must be found for the clause to hold."""
    match clause:
        case _Text():
            return not clause.text.startswith("-")
        case _All():
            return any(_positive(part) for part in clause.parts)
        case _Any():
            return all(_positive(part) for part in clause.parts)


def _widest(clause: _Clause) -> list[str]:
    """Single texts of which every match holds one: of a conjunction the part with the fewest."""
    match clause:
        case _Text():
            return [clause.text]
        case _Any():
            return [text for part in clause.parts for text in _widest(part)]
        case _All():
            return min((_widest(part) for part in clause.parts if _positive(part)), key=len)


def _flat(clause: _Clause) -> _Clause:
    """The clause with no group inside a group: an alternative that is a conjunction keeps its first part only."""
    match clause:
        case _Any():
            return _Any(tuple(_Text(text) for part in clause.parts for text in _widest(part)))
        case _All():
            parts: list[_Clause] = []
            for part in clause.parts:
                flat = _flat(part)
                parts.extend(flat.parts if isinstance(flat, _All) else (flat,))
            return _All(tuple(parts))
        case _:
            return clause
