"""One term of each kind, compiled: where it stands in an item, or why it could not stand anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from mentionwatch.errors import UserError
from mentionwatch.match.addresses import Site, on_site, profile_of, site_of
from mentionwatch.match.confusables import ConfusablePattern
from mentionwatch.match.names import NamePattern
from mentionwatch.match.view import FieldView, ItemView, is_domain
from mentionwatch.match.word_boundaries import HANGUL, KATAKANA, TAG_JOINTS, UNSPACED, char_class
from mentionwatch.model import Match, Term, TermKind
from mentionwatch.text import fold
from mentionwatch.text.marks import MARKS
from mentionwatch.urls.suffixes import is_public_suffix

_LONGEST_TERM = 200
_HANDLE_TERM = re.compile(rf"@?([\w{MARKS}.\-]+)(?:@([\w{MARKS}\-]+(?:\.[\w{MARKS}\-]+)+))?")
_REDDIT_TERM = re.compile(r"/?(u|r)/([\w-]+)/?")


class TermMatcher(Protocol):
    """A compiled term."""

    @property
    def term(self) -> Term: ...

    def find(self, view: ItemView) -> list[Match]:
        """Every occurrence, in the order of the fields and of their text, without duplicates."""
        ...


def compile_term(term: Term, one_letter: bool = False) -> TermMatcher:
    """The matcher of a term; of kind ``query`` there is none. ``one_letter``: a name may be as short as that.

    Raises :class:`~mentionwatch.errors.UserError` for a term that cannot match, or that would match nearly anything.
    """
    problem = term_problem(term, one_letter)
    if problem is not None:
        raise UserError(problem)
    if term.kind == "query":
        raise UserError("a query is not a single term")
    kinds: dict[str, Callable[[Term], TermMatcher]] = {"name": NameTerm, "hashtag": HashtagTerm, "handle": HandleTerm}
    return kinds.get(kind_of(term), UrlTerm)(term)


def kind_of(term: Term) -> TermKind:
    """What a term is matched and asked for as: a name that begins with ``#`` or ``@`` is a hashtag or handle."""
    if term.kind == "name" and term.text.lstrip()[:1] in ("@", "#", "\uff20", "\uff03"):
        return term_from_value(term.text).kind
    return term.kind


def folded_hashtag(text: str) -> str | None:
    """A tag, with or without its ``#``, folded with its case; ``None`` for what is no hashtag on X and Mastodon."""
    written = text.strip()
    written = written[written[:1] in ("#", "\uff03") :].rstrip("".join(TAG_JOINTS - {"\u309b", "\u309c"}))
    view = FieldView("tags", f"#{written}")
    return tag_text(view.cased[1:]) if view.tags == ((0, len(view.text)),) else None


def tag_text(folded: str) -> str:
    """A folded hashtag for comparison: ZWNJ, which folds to a space, is nobody's difference."""
    return folded.replace(" ", "")


def term_from_value(value: str) -> Term:
    """The term that a bare value means in ``context`` and ``exclude``: ``#tag``, ``@handle``, a domain, or a phrase."""
    text = value.strip()
    if text.startswith(("#", "\uff03")) and folded_hashtag(text) is not None:
        return Term("hashtag", value)
    if text.startswith(("@", "\uff20")) and " " not in text:
        return Term("handle", value)
    folded = fold(text).text
    if " " not in text and "." in text.strip(".") and is_domain(folded.partition("/")[0], text.partition("/")[0]):
        return Term("url", value)
    return Term("name", value)


def term_problem(term: Term, one_letter: bool = False) -> str | None:
    """What is wrong with a term, and the hint, or ``None``. ``one_letter``: a name may be as short as that."""
    text = term.text
    if not text.strip():
        return f"an empty {term.kind} matches nothing: give it a text or leave it out"
    if len(text) > _LONGEST_TERM:
        return f"{term.kind} “{text[:40]}…” has {len(text)} characters; {_LONGEST_TERM} is the most"
    if term.kind == "name":
        return _name_problem(term, one_letter)
    if term.kind == "hashtag":
        if folded_hashtag(text) is None:
            return f"hashtag “{text}”: a hashtag is letters, digits and underscores without spaces"
    elif term.kind == "handle":
        folded = fold(text).text.strip()
        if not _HANDLE_TERM.fullmatch(folded) and not _REDDIT_TERM.fullmatch(folded):
            return f"handle “{text}”: write @name, @name@server.example, name.bsky.social or u/name"
    elif term.kind == "url":
        if "?" in text or "#" in text:
            return f"url “{text}”: give a domain or domain/path without what follows “?” or “#”"
        if site_of(text) is None:
            return f"url “{text}” is not a domain or domain/path"
    return None


def suffix_problem(term: Term) -> str | None:
    """What is wrong with an address that is a public suffix, below which every site is somebody else's, or ``None``."""
    site = site_of(term.text) if term.kind == "url" else None
    if site is None or site[1] or not is_public_suffix(site[0]):
        return None
    return f"url “{term.text}” is a public suffix, below which anybody has a site: write yours, as in acme.{site[0]}"


def _name_problem(term: Term, one_letter: bool) -> str | None:
    pattern = NamePattern(term.text, term.case)
    if not pattern.core:
        return f"name “{term.text}” holds no visible character"
    letters = pattern.squashed
    if not letters and not any(char for char in pattern.core if ord(char) >= 0x2190):
        return f"name “{term.text}” holds no letter, digit or emoji, so nothing tells it from punctuation"
    one_letter = one_letter or len(letters) > 1 or pattern.core != letters
    if not one_letter and char_class(letters) not in (UNSPACED, HANGUL, KATAKANA):
        return (
            f"name “{term.text}” is one letter, which stands in nearly every text: add case = true and context, "
            "or use a hashtag, url or longer name"
        )
    return None


class NameTerm:
    """A name or phrase in title and text, in hashtags, in the platform's own tags, and as a whole handle."""

    def __init__(self, term: Term) -> None:
        self.term = term
        self.pattern = NamePattern(term.text, term.case)
        self.lookalike = ConfusablePattern(self.pattern) if term.lookalikes else None

    def find(self, view: ItemView) -> list[Match]:
        found: list[Match] = []
        for field in view.texts:
            found += self._in_field(field)
        for tag in view.tags:
            found += self._in_tag(tag)
        for handle in view.handles:
            found += self._in_handle(handle)
        return found

    def _in_field(self, field: FieldView) -> list[Match]:
        spans = list(self.pattern.find(field))
        found = [
            field.match(self.term.text, "hashtag-part" if compound else "name", begin, stop)
            for begin, stop, compound in spans
        ]
        if self.lookalike is not None:
            begins = {begin for begin, _, _ in spans}
            alike = [span for span in self.lookalike.find(field) if span[0] not in begins]
            if alike:
                found += [field.match(self.term.text, "lookalike", begin, stop) for begin, stop in alike]
                found.sort(key=lambda match: match.start)
        return found

    def _in_tag(self, tag: FieldView) -> Iterator[Match]:
        whole = len(tag.text)
        if self.pattern.tag_pattern is None and self.pattern.is_whole(tag):
            yield tag.match(self.term.text, "name", 0, whole)  # on Stack Overflow or Tumblr a tag may be C++ or C&A
        for begin, stop in self.pattern.in_tag(tag.cased):
            yield tag.match(self.term.text, "name" if (begin, stop) == (0, whole) else "hashtag-part", begin, stop)

    def _in_handle(self, handle: FieldView) -> Iterator[Match]:
        name = handle.cased.removeprefix("@")
        local = name.partition("@")[0]
        if local and self.pattern.is_handle(local):
            begin = len(handle.text) - len(name)
            yield handle.match(self.term.text, "name", begin, begin + len(local))


class HashtagTerm:
    """A whole hashtag, case and accents folded, with or without its ``#`` in the term."""

    def __init__(self, term: Term) -> None:
        self.term = term
        tag = folded_hashtag(term.text)
        assert tag is not None  # compile_term refuses any other
        self.tag = tag if term.case else tag.casefold()

    def find(self, view: ItemView) -> list[Match]:
        found: list[Match] = []
        for field in view.texts:
            text = field.cased if self.term.case else field.text
            for tag in field.tags:
                if tag_text(text[tag.begin + 1 : tag.stop]) == self.tag:
                    found.append(field.match(self.term.text, "hashtag", tag.begin, tag.stop))
        for apart in view.tags:
            text = apart.cased if self.term.case else apart.text
            begin = len(text) - len(text.removeprefix("#"))
            if tag_text(text[begin:]) == self.tag:
                found.append(apart.match(self.term.text, "hashtag", begin, len(text)))
        return found


class HandleTerm:
    """A whole handle: ``@x`` on any host, ``@x@host`` and dotted ones exactly, ``u/x`` as Reddit writes it."""

    def __init__(self, term: Term) -> None:
        self.term = term
        text = fold(term.text).text.strip()
        reddit = _REDDIT_TERM.fullmatch(text)
        self.place = re.compile(rf"(?<![\w/])/?{reddit[1]}/{re.escape(reddit[2])}(?![\w-])") if reddit else None
        name, _, host = text.removeprefix("@").partition("@")
        self.name, self.host = name, host

    def find(self, view: ItemView) -> list[Match]:
        found: list[Match] = []
        for field in view.texts:
            found += self._in_field(field)
        for apart in view.handles:
            name, _, host = apart.text.removeprefix("@").partition("@")
            if self._is(name, host):
                found.append(apart.match(self.term.text, "handle", 0, len(apart.text)))
        for link in view.links:
            if self._is_profile(link.url):
                found.append(Match(self.term.text, "handle", "links", 0, len(link.url), link.url))
        return found

    def _is(self, name: str, host: str) -> bool:
        return name == self.name and (not self.host or host == self.host)

    def _is_profile(self, url: str) -> bool:
        """Only a handle that names its host can be told from its profile's address."""
        if not self.host and "." not in self.name:
            return False
        return profile_of(url) == (f"{self.name}@{self.host}" if self.host else self.name)

    def _in_field(self, field: FieldView) -> list[Match]:
        if self.place is not None:
            return [field.match(self.term.text, "handle", *found.span()) for found in self.place.finditer(field.text)]
        found = [
            field.match(self.term.text, "handle", handle.begin, handle.stop)
            for handle in field.handles
            if self._is(handle.name, handle.host)
        ]
        if self.host or "." in self.name:
            found += [
                Match(
                    self.term.text,
                    "handle",
                    field.name,
                    address.start,
                    address.end,
                    field.raw[address.start : address.end],
                )
                for address in field.addresses
                if self._is_profile(address.url)
            ]
            found.sort(key=lambda match: match.start)
        return found


class UrlTerm:
    """A domain with its subdomains, or a path under it, in texts, attributes, links and the item's own address."""

    def __init__(self, term: Term) -> None:
        self.term = term
        site = site_of(term.text)
        assert site is not None  # compile_term refuses any other
        self.site: Site = site

    def find(self, view: ItemView) -> list[Match]:
        found = [
            Match(self.term.text, "url", field.name, address.start, address.end, field.raw[address.start : address.end])
            for field in view.texts
            for address in field.addresses
            if on_site(address.url, self.site)
        ]
        own = view.own_address
        if own is not None and on_site(own.url, self.site):
            found.append(Match(self.term.text, "url", "url", 0, own.end, own.url))
        found += [
            Match(self.term.text, "url", "links", 0, link.end, link.url)
            for link in view.links
            if on_site(link.url, self.site)
        ]
        return found
