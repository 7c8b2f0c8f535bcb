"""What one brand's terms make of one item: the terms, the context, the exclusions, and the one reason either way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from itertools import combinations
from typing import Protocol

from mentionwatch.match.addresses import Site, on_site, site_of
from mentionwatch.match.names import NamePattern, squash
from mentionwatch.match.required_literals import RequiredLiterals, required_literals_of
from mentionwatch.match.terms import NameTerm, TermMatcher, compile_term, suffix_problem, term_from_value, term_problem
from mentionwatch.match.view import FieldView, ItemView
from mentionwatch.model import Brand, BrandMatch, Item, Match, Term
from mentionwatch.text import fold

_FIELDS = ("title", "text", "url", "links", "tags", "handles", "author")
_SHOWN_WORDS = 5
_SHORTEST_INSIDE = 4
#: Occurrences told of one item and brand; a text that repeats a name more often is made to.
MAX_MATCHES = 1000


class QueryPredicate(Protocol):
    """A brand's ``query``, compiled by the query language."""

    #: Of which every item it matches holds one: those of its terms, joined by ``|``; empty when any item may match.
    required_literals: RequiredLiterals

    def judge(self, view: ItemView) -> tuple[tuple[Match, ...], str]:
        """The matches in order – none when the item is not meant – and the clause that decided."""
        ...


#: Makes a :class:`QueryPredicate` of a query's text; raises :class:`~mentionwatch.errors.UserError`.
QueryCompiler = Callable[[str], QueryPredicate]


class ContextTerms:
    """Words of which one must stand in title or text."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        # a short word of context is no harm: it only ever stands beside a name
        terms = [compile_term(term_from_value(word), one_letter=True) for word in words]
        self._terms = [(term, required_literals_of(term)) for term in terms]

    def found(self, view: ItemView) -> Match | None:
        """The first of them that stands in title or text."""
        for term, literals in self._terms:
            if not isinstance(term, NameTerm) or literals.may_match(view.folded):
                for match in term.find(view):
                    if match.field in ("title", "text"):
                        return match
        return None

    def __str__(self) -> str:
        shown = ", ".join(f"“{word}”" for word in self.words[:_SHOWN_WORDS])
        return shown + (f" and {len(self.words) - _SHOWN_WORDS} more" if len(self.words) > _SHOWN_WORDS else "")


class Exclusion:
    """One ``exclude`` value: hides the occurrences of a name that it contains, or rejects the item."""

    def __init__(self, value: str, names: Sequence[NamePattern]) -> None:
        self.value = value
        #: ``site`` or ``author`` and what follows the colon; empty for a term.
        self.field, self.sought = _excluded_field(value)
        #: What is looked for in the item, unless one of its fields is.
        self.term = term_from_value(value) if not self.field else None
        self._site = site_of(self.sought) if self.field == "site" else None
        self._author = NamePattern(self.sought) if self.field == "author" else None
        self._matcher = compile_term(self.term) if self.term is not None else None
        self._literals = required_literals_of(self._matcher) if isinstance(self._matcher, NameTerm) else None
        #: Whether a name stands in it, so that it only hides that occurrence.
        self.hides = isinstance(self._matcher, NameTerm) and any(_holds(value, name) for name in names)

    def found(self, view: ItemView) -> list[Match]:
        """Where it stands. For ``site:`` and ``author:`` the field says which of the item's own marks it is."""
        item = view.item
        if self._site is not None:
            if item.url and any(url and on_site(url, self._site) for url in (item.url, item.published_on)):
                return [Match(self.value, "url", "url", 0, len(item.url), item.url)]
        elif self._author is not None:
            for name in (item.author.handle, item.author.name):
                if name and self._is_author(name):
                    return [Match(self.value, "handle", "author", 0, len(name), name)]
        elif self._matcher is not None and (self._literals is None or self._literals.may_match(view.folded)):
            return self._matcher.find(view)
        return []

    def _is_author(self, name: str) -> bool:
        """The whole name or handle; a handle without its host is that name on any host."""
        assert self._author is not None
        wanted = self._author.folded.removeprefix("@")
        given = fold(name).text.strip().removeprefix("@")
        return given == wanted or ("@" not in wanted and given.partition("@")[0] == wanted)


def _excluded_field(value: str) -> tuple[str, str]:
    kind, colon, rest = value.strip().partition(":")
    return (kind.lower(), rest.strip()) if colon and kind.lower() in ("site", "author") else ("", "")


def _holds(phrase: str, name: NamePattern) -> bool:
    """Whether a phrase contains a name, as a word of it or, unless the name is very short, inside one."""
    inside = name.squashed.casefold()
    if (len(inside) >= _SHORTEST_INSIDE or not inside.isascii()) and inside in squash(phrase):
        return True
    return any(NamePattern(name.written).find(FieldView("text", phrase)))


class OwnAccounts:
    """What marks an item as the brand's own: its author's handle or page, or the site it stands on."""

    def __init__(self, values: Sequence[str]) -> None:
        self._handles: set[str] = set()
        self._sites: list[Site] = []
        for value in values:
            text = fold(value).text.strip()
            if text.startswith("@") or "/" not in text:
                self._handles.add(text.removeprefix("@"))
            if not text.startswith("@") and (site := site_of(value)) is not None:
                self._sites.append(site)

    def holds(self, item: Item) -> bool:
        """A handle is compared whole, host included: the same name on another server is somebody else."""
        author = item.author
        if author.handle and fold(author.handle).text.strip().removeprefix("@") in self._handles:
            return True
        return any(url is not None and on_site(url, site) for url in (author.url, item.url) for site in self._sites)


def context_problem(value: str) -> str | None:
    """What is wrong with a word of ``context``, or ``None``."""
    return term_problem(term_from_value(value), one_letter=True)


def may_be_one_letter(term: Term, brand: Brand) -> bool:
    """Whether a name is held to its case and to a context, so that one letter of it is no word of any text."""
    return term.case and bool(term.context or brand.context)


def exclude_problem(value: str) -> str | None:
    """What is wrong with an ``exclude`` value, or ``None``."""
    field, sought = _excluded_field(value)
    if field:
        if not sought:
            return f"“{value}” names nobody after the colon"
        return f"“{value}”: {sought} is not a domain" if field == "site" and site_of(sought) is None else None
    return term_problem(term_from_value(value))


def own_problem(value: str) -> str | None:
    """What is wrong with an ``own`` value, or ``None``."""
    if value.strip().startswith("@") or site_of(value) is not None:
        return term_problem(term_from_value(value)) or suffix_problem(Term("url", value))
    return f"“{value}” is neither @handle nor a domain or URL"


class BrandMatcher:
    """A brand's compiled terms. Raises :class:`~mentionwatch.errors.UserError` for a term that cannot match."""

    def __init__(self, brand: Brand, compile_query: QueryCompiler | None = None) -> None:
        self.brand = brand
        self.query: QueryPredicate | None = None
        if brand.query is not None:
            if compile_query is None:  # it would match nothing, and nobody would know
                raise ValueError("a brand with a query needs its compiler: see mentionwatch.query.matcher")
            self.query = compile_query(brand.query)
        self.terms: list[TermMatcher] = [compile_term(term, may_be_one_letter(term, brand)) for term in brand.terms]
        names = [term.pattern for term in self.terms if isinstance(term, NameTerm)]
        self._term_contexts = [ContextTerms(term.term.context) if term.term.context else None for term in self.terms]
        self._context = ContextTerms(brand.context) if brand.context else None
        self.exclusions = [Exclusion(value, names) for value in brand.exclude]
        self._own = OwnAccounts(brand.own)

    def required_literals(self) -> list[RequiredLiterals]:
        """Of each term, or of the query as a whole."""
        return (
            [self.query.required_literals]
            if self.query is not None
            else [required_literals_of(term) for term in self.terms]
        )

    def verdict(self, view: ItemView, possible: Collection[int] | None = None) -> BrandMatch:
        """What the brand makes of the item, with the one reason that decided.

        ``possible``: the indexes in :meth:`required_literals` of the terms that the item may hold; any when ``None``.
        """
        if self.query is not None:
            matches, reason = self.query.judge(view)
        else:
            matches, reason = self._judge(view, possible)
        return BrandMatch(self.brand.name, matches, reason, bool(matches) and self._own.holds(view.item))

    def _judge(self, view: ItemView, possible: Collection[int] | None) -> tuple[tuple[Match, ...], str]:
        found = [term.find(view) if possible is None or i in possible else [] for i, term in enumerate(self.terms)]
        if not any(found):
            return (), "no term found"
        hidden_by: str | None = None
        for exclusion in self.exclusions:
            where = exclusion.found(view)
            if not where:
                continue
            if not exclusion.hides:
                return (), f"excluded by “{exclusion.value}” in {where[0].field}"
            for i, matches in enumerate(found):
                if isinstance(self.terms[i], NameTerm):
                    found[i] = _outside(matches, where)
                    if len(found[i]) < len(matches):
                        hidden_by = exclusion.value
        if not any(found):
            return (), f"only inside “{hidden_by}”, which is excluded"
        missing = self._gate(view, found)
        kept = [match for matches in found for match in matches]
        if not kept:
            return (), missing or "no term found"
        kept.sort(key=lambda match: (_FIELDS.index(match.field), match.start))
        return tuple(dict.fromkeys(kept))[:MAX_MATCHES], self._why(kept, view)

    def _gate(self, view: ItemView, found: list[list[Match]]) -> str | None:
        """Drop the matches of names that lack their context, in place; the clause that failed, if one did.

        A term's own context gates that term whatever else is there. The brand's context gates bare names, unless a
        hashtag, handle or address of the brand, or a second name of it elsewhere in the item, says who is meant.
        """
        missing: str | None = None
        for i, context in enumerate(self._term_contexts):
            if context is not None and found[i] and context.found(view) is None:
                found[i] = []
                missing = f"context missing: none of {context} beside “{self.terms[i].term.text}”"
        if self._context is None:
            return missing
        gated = [i for i, term in enumerate(self.terms) if isinstance(term, NameTerm) and not term.term.context]
        if not any(found[i] for i in gated) or self._strong_evidence(found) is not None:
            return missing
        if self._context.found(view) is None:
            for i in gated:
                found[i] = []
            missing = f"context missing: none of {self._context} in title or text"
        return missing

    def _strong_evidence(self, found: list[list[Match]]) -> Match | None:
        """A hashtag, handle or address of the brand, or a second, different name that stands elsewhere in the item."""
        for term, matches in zip(self.terms, found, strict=True):
            if matches and not isinstance(term, NameTerm):
                return matches[0]
        named = [
            (term, matches)
            for term, matches in zip(self.terms, found, strict=True)
            if isinstance(term, NameTerm) and matches
        ]
        for (term, matches), (other, others) in combinations(named, 2):
            if are_two_names(term, other):
                return others[0] if len(other.pattern.squashed) >= len(term.pattern.squashed) else matches[0]
        return None

    def _why(self, kept: list[Match], view: ItemView) -> str:
        first = kept[0]
        said = f"{first.kind} “{first.term}” in {first.field}"
        if self._context is None or not any(match.kind in ("name", "hashtag-part", "lookalike") for match in kept):
            return said
        beside = self._context.found(view)
        if beside is not None:
            return f"{said}, beside “{beside.text}”"
        strong = next((match for match in kept if match.kind in ("hashtag", "handle", "url")), None)
        return f"{said}, with {strong.kind} “{strong.term}”" if strong is not None else f"{said}, with a second name"


def are_two_names(one: NameTerm, other: NameTerm) -> bool:
    """Whether two names of a brand, found together, say who is meant: neither contains the other."""
    name, second = (term.pattern.squashed.casefold() for term in (one, other))
    return name not in second and second not in name


def _outside(matches: list[Match], spans: Sequence[Match]) -> list[Match]:
    """The matches that no span of the same field holds whole."""
    furthest: dict[str, tuple[list[int], list[int]]] = {}
    for span in sorted(spans, key=lambda span: span.start):
        begins, reach = furthest.setdefault(span.field, ([], []))
        begins.append(span.start)
        reach.append(max(span.end, reach[-1] if reach else 0))
    kept = []
    for match in matches:
        begins, reach = furthest.get(match.field, ([], []))
        i = bisect_right(begins, match.start) - 1
        if i < 0 or reach[i] < match.end:
            kept.append(match)
    return kept
