"""The search clauses that cover a query: every item that the query matches holds the terms of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mentionwatch.match.terms import term_from_value
from mentionwatch.model import SearchClause, Term
from mentionwatch.query import tree
from mentionwatch.query.tree import Node

#: What a search engine keeps of an exact string: a run of letters and digits with the signs it may hold inside.
_SEARCHABLE = re.compile(r"\w[\w.'’+#&-]*")


def search_clauses_of(node: Node) -> tuple[SearchClause, ...] | None:
    """The clauses that cover a node; ``None`` when it can hold without any word a platform could be asked for.

    Of clauses joined by AND or NEAR the first that can be asked is asked; of OR all must be.
    """
    found = _asks(node)
    return None if found is None else _once(found)


def _asks(node: Node) -> list[SearchClause] | None:
    match node:
        case tree.Or():
            return _any(node.parts)
        case tree.And():
            return _first(node.parts)
        case tree.Near():
            return _first((node.left, node.right))
        case tree.With() | tree.Except() | tree.Title() | tree.Text():
            return _asks(node.part)
        case tree.Not():
            return None
        case tree.Name() if term_from_value(node.text).kind == "url":
            # A bare domain is found as a word and as an address.
            return [SearchClause(Term("name", node.text)), SearchClause(Term("url", node.text))]
        case _:
            terms = required_terms(node)
            return [SearchClause(terms[0], terms[1:])] if terms else None


def _any(parts: Iterable[Node]) -> list[SearchClause] | None:
    found: list[SearchClause] = []
    for part in parts:
        asked = _asks(part)
        if asked is None:
            return None
        found.extend(asked)
    return found


def _first(parts: tuple[Node, ...]) -> list[SearchClause] | None:
    asked = [(part, _asks(part)) for part in parts]
    chosen = next((found for _, found in asked if found), None)
    if chosen is None:
        return None
    # What else must stand there and is a single word: it narrows every one of the chosen.
    others = tuple(
        term
        for _, found in asked
        if found is not chosen and found is not None and len(found) == 1
        for term in (found[0].term, *found[0].also)
        if term.kind == "name"
    )
    return [SearchClause(ask.term, tuple(dict.fromkeys((*ask.also, *others)))) for ask in chosen]


def required_terms(node: Node) -> tuple[Term, ...]:
    """The terms that stand in every text in which a leaf is found, the most telling first; none when unknown."""
    match node:
        case tree.Name():
            return (Term("name", node.text, case=node.case, lookalikes=node.lookalikes),)
        case tree.SlopPhrase():
            return _names(node.text.split(" "))
        case tree.Wildcard():
            words = [re.sub(r"\\(.)", r"\1", word) for word in _plain_runs(node.text)]
            return _names(words)
        case tree.ExactString():
            return _names(_SEARCHABLE.findall(node.text))
        case tree.Hashtag():
            return () if re.search(r"[*?]", node.text) else (Term("hashtag", node.text),)
        case tree.Handle():
            return (Term("handle", f"@{node.text}"),)
        case tree.Field(name="site" | "link"):
            return (Term("url", node.value),)
        case tree.Field(name="tag"):
            return () if re.search(r"[*?\s\\]", node.value) else (Term("hashtag", node.value),)
        case _:
            return ()


def _names(words: Iterable[str]) -> tuple[Term, ...]:
    ordered = sorted({word for word in words if re.search(r"\w", word)}, key=lambda word: (-len(word), word))
    return tuple(Term("name", word) for word in ordered)


def _plain_runs(pattern: str) -> Iterable[str]:
    """The runs of whole words of a pattern without a wildcard among them."""
    run: list[str] = []
    for word in [*pattern.split(" "), "*"]:
        if re.search(r"(?<!\\)(?:\\\\)*[*?]", word):
            if run:
                yield " ".join(run)
            run = []
        else:
            run.append(word)


def _once(found: list[SearchClause]) -> tuple[SearchClause, ...]:
    kept: dict[tuple[str, str], SearchClause] = {}
    for ask in found:
        key = (ask.term.kind, ask.term.text.casefold())
        # Asked alone by one clause, it must not be narrowed by another.
        if key in kept and kept[key].also != ask.also:
            kept[key] = SearchClause(kept[key].term)
        else:
            kept.setdefault(key, ask)
    return tuple(kept.values())
