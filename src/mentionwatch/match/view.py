"""An item as the rules see it: each text folded once, with the addresses, handles and tags that stand in it.

Everything is worked out when first asked for, so that an item that nothing looks into costs nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from mentionwatch.match.cached_property import cached_property
from mentionwatch.match.spans import AddressSpan, HandleSpan, HashtagSpan, WordSpan
from mentionwatch.match.word_boundaries import (
    DIGIT,
    EMOJI,
    FOLDED_TAG_JOINTS,
    LATIN,
    TAG_JOINTS,
    UNSPACED,
    WORD,
    char_class,
    is_emoji,
)
from mentionwatch.model import Item, Match, MatchField, MatchKind
from mentionwatch.text import LIMIT, fold
from mentionwatch.text.folding import without_markup
from mentionwatch.text.marks import MARKS
from mentionwatch.urls import find_urls
from mentionwatch.urls.suffixes import is_top_level

_HOST = rf"[\w{MARKS}-]++(?:\.[\w{MARKS}-]++)++"
_HANDLE = re.compile(rf"@([\w{MARKS}]++(?:[.-][\w{MARKS}]++)*+)(?:@({_HOST}))?")
_LOCAL = rf"\w{MARKS}.!#$%&'*+=^`{{|}}~-"
_MAIL = re.compile(rf"(?<![@{_LOCAL}])[{_LOCAL}]++@{_HOST}")
_JOINT = re.compile(rf"[{FOLDED_TAG_JOINTS}{EMOJI}]")
# A path of a file system: at least two segments, and not what networks call their places (/r/name, /u/name).
_PATH = re.compile(
    r"(?<![^\s\"'(\[<=:,])(?:(?:~|\.{1,2})?/(?!(?:r|u|c|m|user)/)[\w.@+-]++(?:/[\w.@+-]*+)++|[a-z]:\\[^\s]++)"
)
_MAY_BE_ADDRESS = re.compile(r"\.[\w\])}]")
_SPELT_DOT = re.compile(rf"(?<![\w{MARKS}@.-])([\w{MARKS}-]++(?: dot [\w{MARKS}-]++)+)(?![\w{MARKS}-])")
# ftp://acme.example/x, //acme.example/x: schemes are ignored.
_OTHER_SCHEME = re.compile(rf"(?<![\w:/.-])(?!h(?:tt|xx)ps?:)(?:[a-z][a-z0-9+.-]{{1,15}}:)?//({_HOST}[^\s<>\"]*+)")
_ATTRIBUTE = re.compile(
    r"<(?:a|area|iframe|embed|video|audio|source|blockquote|q)\s[^<>]*?(?<![\w:.-])(?:href|src|cite)\s*=\s*"
    r"(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))",
    re.IGNORECASE,
)
# Suffixes that are common words: "Acme.it is great" lacks a space rather than names a site in Italy.
_SUFFIXES_THAT_ARE_WORDS = frozenset(
    "am as at be by do get gives go has he in is it la ma me my new no now of on one or pm se si so to top us via we"
    " will you zero".split()
)
# Networks whose handles may hold a hyphen; elsewhere a hyphen ends the handle (@acme-branded).
_HYPHENATED = frozenset(
    "mastodon gotosocial pleroma misskey lemmy piefed bluesky github gitlab discourse peertube pixelfed medium youtube"
    " reddit".split()
)

#: Letters of the longest hashtag; networks allow 100.
MAX_TAG = 200


class FieldView:
    """One text of an item, folded, with what stands in it that is no running text."""

    def __init__(self, name: MatchField, raw: str, platform: str = "") -> None:
        self.name = name
        self.raw = raw
        self._platform = platform
        text = raw if len(raw) <= LIMIT else raw[:LIMIT]
        self._origin = without_markup(text) if "<" in text or "&" in text else None
        #: The text a reader sees: character references decoded, tags taken out.
        self.seen = text if self._origin is None else self._origin[0]
        self._folded = fold(self.seen, markup=False)
        self.text = self._folded.text
        self.cased = self._folded.cased

    def span(self, begin: int, stop: int) -> tuple[int, int]:
        """Offsets into the field as stored of the folded ``[begin, stop)``, which is not empty."""
        start, end = self._folded.span(begin, stop)
        if self._origin is not None:
            return self._origin[1][start], self._origin[2][end - 1]
        return start, end

    def match(self, term: str, kind: MatchKind, begin: int, stop: int) -> Match:
        """The :class:`Match` of the folded ``[begin, stop)``."""
        start, end = self.span(begin, stop)
        return Match(term, kind, self.name, start, end, self.raw[start:end])

    def seen_match(self, term: str, kind: MatchKind, start: int, end: int) -> Match:
        """The :class:`Match` of ``seen[start:end]``, which is not empty: for what is looked for unfolded."""
        if self._origin is not None:
            start, end = self._origin[1][start], self._origin[2][end - 1]
        return Match(term, kind, self.name, start, end, self.raw[start:end])

    def seen_of(self, begin: int, stop: int) -> str:
        """What is written, unfolded, at the folded ``[begin, stop)``, with the marks that follow and were dropped."""
        start, _ = self._folded.span(begin, stop)
        end = self._folded.span(stop, stop + 1)[0] if stop < len(self.text) else len(self.seen)
        return self.seen[start:end]

    # --- what stands in it --------------------------------------------------------------------------------------------

    @cached_property
    def addresses(self) -> tuple[AddressSpan, ...]:
        """Web addresses, those in attributes of markup included, in order."""
        found: list[AddressSpan] = []
        if _MAY_BE_ADDRESS.search(self.seen) or "//" in self.seen or "\uff0e" in self.seen or "dot" in self.text:
            for url in find_urls(self.seen):
                start, end = url.start, url.end
                begin, stop = self._folded.folded_span(start, end)
                if self._origin is not None:
                    start, end = self._origin[1][start], self._origin[2][end - 1]
                found.append(AddressSpan(start, end, begin, self._address_stop(begin, stop), url.url))
        if " dot " in self.text:
            found.extend(self._spelt_out())
        if "//" in self.text:
            found.extend(self._of_other_schemes())
            found.sort(key=lambda address: address.start)
        if self._origin is not None and "=" in self.raw:
            found.extend(self._in_attributes())
            found.sort(key=lambda address: address.start)
        return tuple(found)

    def _address_stop(self, begin: int, stop: int) -> int:
        """Where a reader sees the address end: words of an unspaced script that follow an ASCII path are text again."""
        text = self.text[begin:stop]
        if text.isascii():
            return stop
        for i, char in enumerate(text):
            if not char.isascii() and char_class(char) == UNSPACED:
                if i and text[i - 1] not in "/.:=-" and text[:i].isascii():
                    return begin + i
                break
        return stop

    def _spelt_out(self) -> list[AddressSpan]:
        found = []
        for spelt in _SPELT_DOT.finditer(self.text):
            name = spelt[1].replace(" dot ", ".")
            if is_top_level(name.rpartition(".")[2]):
                begin, stop = spelt.span()
                found.append(AddressSpan(*self.span(begin, stop), begin, stop, "https://" + name, visible=False))
        return found

    def _of_other_schemes(self) -> list[AddressSpan]:
        found = []
        for other in _OTHER_SCHEME.finditer(self.text):
            begin, stop = other.start(), other.start() + len(other[0].rstrip(".,;:!?'*_~)"))
            found.append(
                AddressSpan(*self.span(begin, stop), begin, stop, "https://" + self.text[other.start(1) : stop])
            )
        return found

    def _in_attributes(self) -> list[AddressSpan]:
        found = []
        for attribute in _ATTRIBUTE.finditer(self.raw[:LIMIT]):
            group = attribute.lastindex or 0
            through = without_markup(attribute[group])
            url = through[0] if through is not None else attribute[group]
            if url.startswith("//"):
                url = "https:" + url
            if url[:4].lower() == "http":
                start, end = attribute.span(group)
                found.append(AddressSpan(start, end, 0, 0, url, visible=False))
        return found

    @cached_property
    def handles(self) -> tuple[HandleSpan, ...]:
        """``@`` handles outside addresses and e-mails, in order."""
        if "@" not in self.text:
            return ()
        return tuple(handle for found in _HANDLE.finditer(self._running) if (handle := self._handle(found)) is not None)

    def _handle(self, found: re.Match[str]) -> HandleSpan | None:
        begin = found.start()
        if begin and (self.text[begin - 1] in "@_" or char_class(self.text[begin - 1]) in (LATIN, DIGIT)):
            return None
        name, host = found[1], found[2] or ""
        if host:
            return HandleSpan(begin, found.end(), name, host)
        if name[0].isascii() and not name.isascii():  # "@acmeさん": the address ends with its script
            name = name[: next(i for i, char in enumerate(name) if not char.isascii())].rstrip(".-")
        if "." in name and not is_domain(name, self.seen_of(begin + 1, begin + 1 + len(name))):
            name = name.partition(".")[0]
        if "-" in name and "." not in name and self._platform not in _HYPHENATED:
            name = name.partition("-")[0]
        return HandleSpan(begin, begin + 1 + len(name), name) if name else None

    @cached_property
    def tags(self) -> tuple[HashtagSpan, ...]:
        """Hashtags, in order. ``#`` does not begin one after a letter, a digit, ``&`` or ``/``.

        One ends where the platforms end it: a joint of :data:`TAG_JOINTS` belongs to it between two of its words.
        """
        if "#" not in self.text:
            return ()
        text = self._running
        found: list[HashtagSpan] = []
        at = text.find("#")
        while at >= 0:
            stop = self._tag_stop(text, at + 1)
            if 1 < stop - at <= MAX_TAG + 1:
                before = text[at - 1 : at]
                if not before.isalnum() and before not in ("&", "/", "_"):
                    found.append(HashtagSpan(at, stop))
            at = text.find("#", at + 1)
        return tuple(found)

    def _tag_stop(self, text: str, at: int) -> int:
        """Where the words end that begin at ``at`` and are joined as hashtags join them."""
        stop = after = at
        while (word := WORD.match(text, after)) is not None:
            stop = after = word.end()
            while after < len(text) and after - at <= MAX_TAG and self._joins_tag(text[after], after):
                after += 1
        return stop

    def _joins_tag(self, char: str, at: int) -> bool:
        if not _JOINT.match(char):
            return False
        if self._platform == "bluesky" and (char == "-" or is_emoji(char)):  # its tags end at white space
            return True
        return self.seen[self._folded.span(at, at + 1)[0]] in TAG_JOINTS

    def tag_at(self, begin: int) -> HashtagSpan | None:
        """The hashtag whose letters hold the folded offset ``begin``."""
        if not self.tags:
            return None
        i = bisect_right(self._tag_begins, begin - 1) - 1
        return self.tags[i] if i >= 0 and begin < self.tags[i].stop else None

    @cached_property
    def _tag_begins(self) -> list[int]:
        return [tag.begin for tag in self.tags]

    @cached_property
    def _running(self) -> str:
        """The folded text with addresses and e-mails blanked."""
        spans = [(address.begin, address.stop) for address in self.addresses if address.visible]
        text = _blanked(self.text, spans)
        if "@" in text:
            text = _blanked(text, [mail.span() for mail in _MAIL.finditer(text)])
        return text

    @cached_property
    def plain(self) -> str:
        """The folded text in which names are looked for: addresses, e-mails, handles and file paths are blanked."""
        return _blanked(self._names_text, [(handle.begin, handle.stop) for handle in self.handles])

    @cached_property
    def plain_cased(self) -> str:
        """As :attr:`plain`, with its case."""
        if self.plain == self.text:
            return self.cased
        return "".join("\0" if blank == "\0" else char for blank, char in zip(self.plain, self.cased, strict=True))

    @cached_property
    def _names_text(self) -> str:
        text = self.text
        if "@" in text:
            text = _blanked(text, [mail.span() for mail in _MAIL.finditer(text)])
        text = _blanked(
            text,
            [(a.begin, a.stop) for a in self.addresses if a.visible and not self._lacks_a_space(a)],
        )
        if "/" in text or "\\" in text:
            text = _blanked(text, [path.span() for path in _PATH.finditer(text)])
        return text

    def _lacks_a_space(self, address: AddressSpan) -> bool:
        label, dot, suffix = self.text[address.begin : address.stop].partition(".")
        return bool(dot) and suffix in _SUFFIXES_THAT_ARE_WORDS and label.isalpha()

    # --- words, for queries -------------------------------------------------------------------------------------------

    @cached_property
    def words(self) -> tuple[WordSpan, ...]:
        """The words in order: a run of letters and digits of spaced scripts, or one letter of an unspaced script."""
        found: list[WordSpan] = []
        for run in WORD.finditer(self.text):
            begin, stop = run.span()
            if run[0].isascii():
                found.append(WordSpan(begin, stop))
                continue
            at = begin
            for i in range(begin, stop):
                if char_class(self.text[i]) == UNSPACED:
                    if at < i:
                        found.append(WordSpan(at, i))
                    found.append(WordSpan(i, i + 1))
                    at = i + 1
            if at < stop:
                found.append(WordSpan(at, stop))
        return tuple(found)


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """``text`` with each span replaced by as many NULs, which are no part of any word and join nothing."""
    if not spans:
        return text
    pieces: list[str] = []
    at = 0
    for begin, stop in spans:
        if stop > at:
            begin = max(begin, at)
            pieces += (text[at:begin], "\0" * (stop - begin))
            at = stop
    pieces.append(text[at:])
    return "".join(pieces)


def is_domain(name: str, written: str = "") -> bool:
    """Whether a dotted ``name`` (folded) is a domain: a known suffix, which is not just a capitalised next sentence."""
    suffix = name.rpartition(".")[2]
    last = written.rpartition(".")[2]
    if last[:1].isupper() and last[1:].islower() and last not in ("Com", "Net", "Org"):
        return False
    return is_top_level(suffix)


class ItemView:
    """An item for matching; texts are read up to a million code points each."""

    def __init__(self, item: Item) -> None:
        self.item = item

    @cached_property
    def title(self) -> FieldView | None:
        return FieldView("title", self.item.title, self.item.platform) if self.item.title else None

    @cached_property
    def text(self) -> FieldView | None:
        return FieldView("text", self.item.text, self.item.platform) if self.item.text else None

    @cached_property
    def texts(self) -> tuple[FieldView, ...]:
        """Title and text, those that are there."""
        return tuple(view for view in (self.title, self.text) if view is not None)

    @cached_property
    def folded(self) -> str:
        """Title, text, tags and handles folded, one after the other."""
        return "\n".join(view.text for view in (*self.texts, *self.tags, *self.handles))

    @cached_property
    def tags(self) -> tuple[FieldView, ...]:
        """The tags the platform gives apart from the text."""
        return tuple(FieldView("tags", tag) for tag in self.item.tags[:MAX_APART])

    @cached_property
    def handles(self) -> tuple[FieldView, ...]:
        """The handles the platform gives apart from the text."""
        return tuple(FieldView("handles", handle) for handle in self.item.handles[:MAX_APART])

    @cached_property
    def links(self) -> tuple[AddressSpan, ...]:
        """``item.links`` without those that stand visibly in title or text; offsets are into each link."""
        shown = {address.url for view in self.texts for address in view.addresses}
        return tuple(
            AddressSpan(0, len(link), 0, 0, link, visible=False)
            for link in dict.fromkeys(self.item.links[:MAX_APART])
            if link not in shown
        )

    @cached_property
    def own_address(self) -> AddressSpan | None:
        """The item's own URL."""
        url = self.item.url
        return AddressSpan(0, len(url), 0, 0, url, visible=False) if url else None


#: Links, tags and handles looked at of one item; a post has a handful.
MAX_APART = 10_000
