"""The leaves of a query: where each stands in an item."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from mentionwatch.errors import UserError
from mentionwatch.match.terms import NameTerm, compile_term, term_from_value
from mentionwatch.match.word_boundaries import ends_word, starts_word
from mentionwatch.model import Match, Term
from mentionwatch.query.globs import glob_pattern
from mentionwatch.query.proximity import MAX_SPANS
from mentionwatch.query.tree import ExactString, Field, Handle, Hashtag, Leaf, Name, Regex, Wildcard
from mentionwatch.query.unparse import unparse_leaf
from mentionwatch.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mentionwatch.match.view import FieldView, ItemView

#: Where a leaf stands in an item. Of ``lang:``, ``type:`` and ``source:`` no place is told: see :func:`holds`.
LeafFinder = Callable[["ItemView"], list[Match]]
LeafTest = Callable[["ItemView"], bool]

_LETTERS = r"[\p{L}\p{M}\p{N}_]"
_GAP = r"[\s\-]+"


def leaf_finder(node: Leaf) -> LeafFinder:
    """What finds a leaf; raises :class:`~mentionwatch.errors.UserError` for a term that could match anything."""
    match node:
        case Name():
            return _name(node)
        case ExactString():
            return _raw(node)
        case Wildcard():
            return _wildcard(node)
        case Regex():
            return _regex(node)
        case Hashtag():
            return _tags(node, node.text) if re.search(r"[*?]", node.text) else _term(Term("hashtag", node.text))
        case Handle():
            # compile_term takes "acme.bsky.social" and "@acme" alike.
            return _term(Term("handle", f"@{node.text}"))
        case Field(name="link"):
            return _term(Term("url", node.value))
        case Field(name="tag"):
            return _tags(node, node.value)
        case Field(name="author"):
            return _author(node)
        case Field(name="site" | "url" | "sub"):
            return _address(node)
        case _:
            raise TypeError(f"{unparse_leaf(node)} is not at any position")


def leaf_test(node: Field) -> LeafTest:
    """Whether an item has ``type:``, ``lang:`` or ``source:``; what is not known of an item is not so."""
    match node.name:
        case "type":
            return lambda view: view.item.kind == node.value
        case "lang":
            return lambda view: _is_language(view.item.language, node.value)
        case _:
            pattern = glob_pattern(node.value)
            return lambda view: pattern.fullmatch(view.item.platform.casefold()) is not None


def _is_language(language: str | None, wanted: str) -> bool:
    """``lang:pt`` holds for ``pt-BR`` too."""
    spoken = (language or "").casefold().replace("_", "-")
    return spoken == wanted or spoken.startswith(wanted + "-")


def _term(term: Term) -> LeafFinder:
    found = compile_term(term).find
    return lambda view: found(view)[:MAX_SPANS]


def _name(node: Name) -> LeafFinder:
    term = Term("name", node.text, case=node.case, lookalikes=node.lookalikes)
    try:
        found = compile_term(term).find
    except UserError:
        # One letter alone is no brand's term; beside other words of a query it can be meant.
        if len(node.text) != 1 or not node.text.isalnum():
            raise
        found = NameTerm(term).find
    if term_from_value(node.text).kind != "url":
        return lambda view: found(view)[:MAX_SPANS]
    links = compile_term(Term("url", node.text)).find

    def both(view: ItemView) -> list[Match]:
        named = found(view)
        stands = {(match.field, match.start) for match in named}
        return [*named, *(m for m in links(view) if not _covers(m, stands))][:MAX_SPANS]

    return both


def _covers(match: Match, stands: Iterable[tuple[str, int]]) -> bool:
    """Whether the name was already told inside this address."""
    return any(field == match.field and match.start <= start < match.end for field, start in stands)


def _raw(node: ExactString) -> LeafFinder:
    wanted = unicodedata.normalize("NFC", node.text)
    label = unparse_leaf(node)

    def found(view: ItemView) -> list[Match]:
        return [
            field.seen_match(label, "query", at, at + len(wanted))
            for field in view.texts
            for at in islice(_standing(field.seen, wanted), MAX_SPANS)
        ]

    return found


def _standing(text: str, wanted: str) -> Iterable[int]:
    """Where ``wanted`` stands whole: not continued by a letter or digit, nor by one more of the sign at its edge."""
    at = text.find(wanted)
    while at >= 0:
        stop = at + len(wanted)
        doubled = _is_doubled(wanted[0], text[at - 1 : at]) or _is_doubled(wanted[-1], text[stop : stop + 1])
        if not doubled and starts_word(text, at) and ends_word(text, stop, plural=False):
            yield at
        at = text.find(wanted, at + 1)


def _is_doubled(edge: str, neighbour: str) -> bool:
    return edge == neighbour and not edge.isalnum()


def _wildcard(node: Wildcard) -> LeafFinder:
    from mentionwatch.query.regex import compile_regex, spans

    made: list[str] = []
    literals: list[str] = []
    for word in node.text.split(" "):
        parts = [part for part in re.split(r"((?:\\.|[^*?])+)", word) if part]
        inside: list[str] = []
        for part in parts:
            if part[0] in "*?":
                inside.extend(_LETTERS + ("*" if sign == "*" else "") for sign in part)
            else:
                literal = fold(re.sub(r"\\(.)", r"\1", part)).text
                literals.append(literal)
                inside.append(re.escape(literal))
        made.append(_LETTERS + "+" if word == "*" else "".join(inside))
    pattern = compile_regex(_GAP.join(made), "")
    rarest = max(literals, key=len)
    label = unparse_leaf(node)

    def found(view: ItemView) -> list[Match]:
        return [
            field.match(label, "query", begin, stop)
            for field in view.texts
            if rarest in field.text
            for begin, stop in spans(pattern, field.plain, MAX_SPANS)
            if starts_word(field.plain, begin) and ends_word(field.plain, stop, plural=False)
        ]

    return found


def _regex(node: Regex) -> LeafFinder:
    from mentionwatch.query.regex import MAX_MATCHES, MAX_READ, compile_regex, spans

    pattern = compile_regex(node.pattern, node.flags)
    label = unparse_leaf(node)

    def found(view: ItemView) -> list[Match]:
        return [
            field.seen_match(label, "query", start, end)
            for field in view.texts
            for start, end in spans(pattern, field.seen[:MAX_READ], MAX_MATCHES)
        ]

    return found


def _tags(node: Hashtag | Field, pattern: str) -> LeafFinder:
    """Hashtags of the texts and the tags a platform gives apart, whole; spaces and hyphens in them do not count."""
    wanted = glob_pattern(re.sub(r"[\s_-]+", "", pattern))
    label = unparse_leaf(node)

    def is_wanted(field: FieldView, begin: int, stop: int) -> bool:
        return wanted.fullmatch(re.sub(r"[\s_\-]+", "", field.text[begin:stop])) is not None

    def found(view: ItemView) -> list[Match]:
        made = [
            field.match(label, "hashtag", tag.begin, tag.stop)
            for field in view.texts
            for tag in field.tags
            if is_wanted(field, tag.begin + 1, tag.stop)
        ]
        for apart in view.tags:
            begin = len(apart.text) - len(apart.text.removeprefix("#"))
            if begin < len(apart.text) and is_wanted(apart, begin, len(apart.text)):
                made.append(apart.match(label, "hashtag", begin, len(apart.text)))
        return made[:MAX_SPANS]

    return found


def _author(node: Field) -> LeafFinder:
    """The author's handle, with or without its host, or the name as shown; whole."""
    wanted, label = glob_pattern(node.value), unparse_leaf(node)

    def found(view: ItemView) -> list[Match]:
        author = view.item.author
        handle = (author.handle or "").removeprefix("@")
        for value, shown in (
            (handle, author.handle),
            (handle.partition("@")[0], author.handle),
            (author.name, author.name),
        ):
            if value and shown and wanted.fullmatch(fold(value).text.strip()):
                return [Match(label, "query", "author", 0, len(shown), shown)]
        return []

    return found


def _address(node: Field) -> LeafFinder:
    """``site:``, ``url:`` and ``sub:`` look at the item's own address, ``site:`` at its outlet's as well."""
    label, is_wanted = unparse_leaf(node), _address_test(node)

    def found(view: ItemView) -> list[Match]:
        url = view.item.url
        outlet = view.item.published_on if node.name == "site" else None
        is_there = url and (is_wanted(url) or (outlet and is_wanted(outlet)))
        return [Match(label, "url", "url", 0, len(url), url)] if url and is_there else []

    return found


def _address_test(node: Field) -> Callable[[str], bool]:
    from mentionwatch.match.addresses import host_and_path, on_site, site_of

    if node.name == "site":
        if node.value.startswith("."):
            ending = node.value
            return lambda url: ((host_and_path(url) or ("", ()))[0]).endswith(ending)
        site = site_of(node.value)
        if site is None:
            raise UserError(f"{node.value} is not a site: write site:acme.example or site:acme.example/path")
        return lambda url: on_site(url, site)
    if node.name == "sub":
        wanted = glob_pattern(node.value)

        def in_community(url: str) -> bool:
            _, path = host_and_path(url) or ("", ())
            return (
                len(path) > 1 and path[0] in ("r", "c", "m") and wanted.fullmatch(path[1].partition("@")[0]) is not None
            )

        return in_community
    parts = [part for part in node.value.split("*") if part]

    def holds(url: str) -> bool:
        at, address = 0, url.casefold()
        for part in parts:
            at = address.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True

    return holds
