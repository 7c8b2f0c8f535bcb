"""A name as a pattern over folded text: what may be written differently, and what may not.

``docs/matching.md`` states the rules; this file compiles them, for running text, for hashtags and for whole handles.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from mentionwatch.match.addresses import under_domain
from mentionwatch.match.cached_property import cached_property
from mentionwatch.match.view import FieldView
from mentionwatch.match.word_boundaries import (
    DIGIT,
    EMOJI,
    FOLDED_TAG_JOINTS,
    TAG_JOINTS,
    WORD,
    char_class,
    ends_word,
    starts_word,
)
from mentionwatch.text import fold
from mentionwatch.text.marks import MARKS

#: Quotation marks, folded, and those of East Asia, which are not.
_QUOTES = "\"'\u3008-\u3011\u3014-\u301b"
_QUOTE = re.compile(f"[{_QUOTES}]")
#: What a name is written without when it becomes a hashtag; of anything else none can be made.
_NOT_IN_TAGS = re.compile(r"[\s\-‐‑’'´`.,&!\"“”„‟«»]+")
_CLOSING = re.compile(f" ?[{_QUOTES}]")
_WORD_AND_WORD = re.compile(rf"[\w{MARKS}]'\w")
#: Between the words of a name: spaces, hyphens, middle dots, emoji, quotation marks around some of them, or nothing.
_JOINT = rf"[ \-\u00b7{EMOJI}{_QUOTES}]*"
_JOINTS = re.compile(r"[ \-\u00b7]+")
_LETTER = "A-Za-z0-9\u00c0-\u052f"
#: A word spelt as initials, in a name or in a text: S.T.A.R.
INITIALS = re.compile(rf"(?<![{_LETTER}_])(?:[{_LETTER}]\.){{2,}}[{_LETTER}]?(?![{_LETTER}_])")
#: The Arabic article, which after li- becomes a second lam.
AL = "ال"
_SHORTEST_AFTER_AL = 4
#: "Deutsche Bahn" is declined: der Deutschen Bahn.
_GERMAN_ADJECTIVE = "sche"
#: The dots below Indic letters, which many keyboards and writers leave out.
NUKTAS = "\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc"
#: Words that a text may end with a dot where the name has none: "Dr. Pepper" is Dr Pepper.
_ABBREVIATIONS = frozenset("dr mr mrs ms st ste prof jr sr inc co corp ltd bros mt ft vs no".split())
#: "Ben & Jerry's" is "Ben and Jerry's".
_AND = "and|und|et|en|och|og|e|y|i"
_UMLAUT = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_WRITTEN_OUT = re.compile("ae|oe|ue")
_MOST_ALTERNATIVES = 6
#: Occurrences of one name looked at in one text; a text that repeats it more often is made to.
MOST_OCCURRENCES = 10_000
#: The same, one by one, with what a hashtag makes of it.
ANDS = (*_AND.split("|"), "n")
#: Words that are glued to a name in an all-lower-case tag; a remainder that is none of these is another word.
# fmt: off
TAG_AFFIXES = frozenset((
    "boycott", "stop", "love", "ilove", "welove", "hate", "ihate", "wehate", "my", "the", "no", "not", "thanks",
    "thankyou", "dear", "hey", "team", "go", "buy", "free", "save", "ban", "cancel", "delete", "quit", "leave",
    "leaving", "join", "support", "fix", "life", "lover", "lovers", "fan", "fans", "fam", "family", "gang",
    "community", "nation", "day", "week", "weekend", "year", "month", "night", "live", "news", "update", "updates",
    "deal", "deals", "sale", "sales", "offer", "offers", "giveaway", "fail", "fails", "failed", "failure", "sucks",
    "scam", "fraud", "gate", "outage", "down", "problem", "problems", "issue", "issues", "help", "care", "service",
    "shop", "store", "stores", "online", "app", "apps", "official", "usa", "us", "uk", "eu", "india", "japan",
    "germany", "france", "canada", "australia", "tour", "event", "events", "challenge", "con", "conf", "summit",
    "awards", "partner", "partners", "ambassador", "addict", "haul", "style", "time", "moment", "moments", "vibes",
    "forever", "rocks", "rules", "wins", "isbad", "isdown", "isgreat", "review", "reviews", "job", "jobs", "hiring",
    "careers", "ad", "pr", "strike", "protest", "layoffs", "recall", "hack", "leak", "breach", "ceo", "stock",
    "stocks", "shares",
))
# fmt: on
_SHORTEST_IN_COMPOUND = 4

#: Joins the words of a folded hashtag, as an underscore does.
TAG_JOINT = re.compile(f"[{FOLDED_TAG_JOINTS}{EMOJI}]")
#: Digits that stand above the line.
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_ASCII_BORDER = re.compile(
    "(?<=[a-z0-9_])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z_])(?=[0-9])|(?<=[0-9_])(?=[A-Za-z])"
    "|(?<=[A-Za-z0-9])(?=_)"
)


def squash(text: str) -> str:
    """Folded letters, digits and marks of ``text``, nothing between them."""
    return _letters(fold(text).text)


def _letters(folded: str) -> str:
    return "".join(WORD.findall(folded)).replace("_", "")


class _Piece(NamedTuple):
    """Part of a pattern. ``tag``: how it stands in a hashtag, where there is no punctuation."""

    running: str
    tag: str


class NamePattern:
    """A compiled name or phrase. ``case``: its case is kept."""

    def __init__(self, text: str, case: bool = False) -> None:
        self.written = text
        self.case = case
        folded = fold(unicodedata.normalize("NFC", text).strip())
        self.folded = " ".join((folded.cased if case else folded.text).split())
        self.core = self._core()
        self.squashed = _letters(self.core)

    def _core(self) -> str:
        """The name without what is optional at its ends: quotes, an abbreviation's dot, a ``!`` unless case matters."""
        core = self.folded
        stripped = core.strip("\"' -\u00b7")
        if stripped.endswith("."):
            stripped = stripped[:-1] if not INITIALS.fullmatch(stripped) else stripped
        if not self.case:
            stripped = stripped.rstrip("!") or stripped
        return stripped if WORD.search(stripped) else core

    @cached_property
    def is_initials(self) -> bool:
        """Whether plain letters, that a text may write ``A.C.M.E.``: three or more, one word, one spaced script."""
        return (
            len(self.core) >= 3 and self.core.isalpha() and self.core == self.squashed and char_class(self.core[0]) == 1
        )

    # --- the pattern --------------------------------------------------------------------------------------------------

    def _umlauts(self) -> dict[int, str]:
        """Positions in ``core`` of letters that were written with an umlaut, with how they are written out."""
        raw = unicodedata.normalize("NFC", self.written)
        folded = fold(raw)
        offset = (folded.cased if self.case else folded.text).find(self.core)
        found: dict[int, str] = {}
        if offset < 0 or raw.isascii():
            return found
        for i in range(len(self.core)):
            start, end = folded.span(offset + i, offset + i + 1)
            if (out := _UMLAUT.get(raw[start:end].lower())) is not None and end - start == 1:
                found[i] = out
        return found

    def _pieces(self) -> Iterator[_Piece]:
        core, umlauts, alternatives = self.core, self._umlauts(), 0
        initials = {i for found in INITIALS.finditer(core) for i in range(*found.span()) if core[i] == "."}
        i = 0
        if core.startswith(AL) and len(core) > _SHORTEST_AFTER_AL:
            yield _Piece(f"(?:{AL}|لل)", AL)
            i = len(AL)
        while i < len(core):
            char = core[i]
            if joint := _JOINTS.match(core, i):
                if core[:i].casefold().endswith(_GERMAN_ADJECTIVE):
                    yield _Piece("[nmrs]?", "[nmrs]?")
                if core[:i].casefold().rpartition(" ")[2] in _ABBREVIATIONS:
                    yield _Piece(r"\.?", "")
                i = joint.end()
                if core.startswith("& ", i):
                    yield _Piece(rf"(?:{_JOINT}&{_JOINT}|[ \-]++(?:{_AND})[ \-]++)", f"-*(?:{_AND}|n)?-*")
                    i += 2
                else:
                    yield _Piece(_JOINT, "-*")
                continue
            if char in NUKTAS:
                yield _Piece(char + "?", char + "?")
            elif char in "'\"" or i in initials:
                yield _Piece(re.escape(char) + "?", "" if i in initials else "-?")
            elif char == "!" and not self.case and core[i + 1 : i + 2] in (" ", "-"):
                yield _Piece("!?", "")
            elif char == ".":
                yield _Piece(r"\.?" if core[i + 1 : i + 2] in (" ", "-") else r"\.", "-*")
            elif char == "&":
                yield _Piece(" ?& ?", f"(?:{_AND}|n)?")
            elif i in umlauts and alternatives < _MOST_ALTERNATIVES:
                alternatives += 1
                out = umlauts[i].upper() if char.isupper() and core[i + 1 : i + 2].isupper() else umlauts[i]
                out = char + out[1:]
                yield _Piece(f"(?:{out}|{re.escape(char)})", f"(?:{out}|{re.escape(char)})")
            elif alternatives < _MOST_ALTERNATIVES and _WRITTEN_OUT.match(core[i : i + 2].lower()):
                alternatives += 1
                pair = core[i : i + 2]
                yield _Piece(f"({pair}|{pair[0]})", f"(?:{pair})")
                i += 1
            else:
                in_tags = WORD.match(char) and char != "_"
                yield _Piece(re.escape(char), re.escape(char) if in_tags else "-*")
            i += 1

    def spellings(self) -> list[str]:
        """Every way to write the letters of the name: with umlauts kept, written out or lost; case is dropped."""
        made, umlauts, core = [""], self._umlauts(), self.core.casefold()
        i = alternatives = 0
        while i < len(core):
            ways, step = [core[i]], 1
            if i and core[i] in " -\u00b7" and core[:i].endswith(_GERMAN_ADJECTIVE):
                ways += [ending + core[i] for ending in "nmrs"]
            elif alternatives < _MOST_ALTERNATIVES and (i in umlauts or _WRITTEN_OUT.match(core, i)):
                alternatives += 1
                if i in umlauts:
                    ways.append(umlauts[i])
                else:
                    ways, step = [core[i : i + 2], core[i]], 2
            made = [head + way for head in made for way in ways]
            i += step
        return made

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What may stand for the name in running text; word borders are looked at apart."""
        return re.compile("".join(piece.running for piece in self._pieces()))

    @cached_property
    def tag_pattern(self) -> re.Pattern[str] | None:
        """What may stand for it in a hashtag or handle whose underscores, dots are hyphens; ``None`` if nothing can.

        A sign at the edge of a name (``C++``, ``.NET``) is part of it, and no hashtag can hold one.
        """
        if not self.squashed or not WORD.match(self.core[0]) or not WORD.match(self.core[-1]):
            return None
        if self.squashed != _JOINTS.sub("", self.core).replace("'", "") and len(self.squashed) < 3:
            return None
        return re.compile("".join(piece.tag for piece in self._pieces()))

    def hashtags(self) -> tuple[str, ...]:
        """The hashtags that are the name and nothing else: its words joined, and with the joints that a tag may hold.

        None when no hashtag can be it. Without ``#``, with case and accents as the name is written.
        """
        kept = _NOT_IN_TAGS.sub("", unicodedata.normalize("NFKC", self.written))
        joined = "".join(char for char in kept if char not in TAG_JOINTS)
        return tuple(tag for tag in dict.fromkeys((joined, kept)) if self._is_tag(tag))

    def _is_tag(self, tag: str) -> bool:
        view = FieldView("tags", f"#{tag}")
        whole = len(view.text)
        return view.tags == ((0, whole),) and (0, whole - 1) in self.in_tag(view.cased[1:])

    # --- finding ------------------------------------------------------------------------------------------------------

    def find(self, view: FieldView) -> Iterator[tuple[int, int, bool]]:
        """Begin and stop in the folded text of each occurrence, in order, and whether it is part of a compound tag."""
        text = view.plain_cased if self.case else view.plain
        found = list(islice(self._running(text, view), MOST_OCCURRENCES))
        if view.tags:
            taken = {begin for begin, _, _ in found}
            found += [each for each in self._in_tags(view) if each[0] not in taken]
        if view.handles:
            found += self._in_handles(view)
        if "." in text and self.is_initials:
            found += self._spelt_as_initials(text)
        if "." in self.core and view.addresses:
            found += self._as_domain(view)
        if len(found) > 1:
            found = sorted(set(found))
        yield from found

    def _running(self, text: str, view: FieldView) -> Iterator[tuple[int, int, bool]]:
        search = self.pattern.search
        at = 0
        while (found := search(text, at)) is not None:
            begin, stop = found.span()
            at = begin + 1
            if not starts_word(text, begin):
                continue
            tag = view.tag_at(begin)
            if not ends_word(text, stop, plural=tag is None) and not _is_footnote(view, stop):
                continue
            if found.lastindex and not self._umlauts_hold(found, view):
                continue
            if _QUOTE.search(text, begin, stop) and not self._quotes_hold(text, begin, stop):
                continue
            stop = self._with_optional_end(text, stop)
            yield begin, stop, tag is not None and (begin > tag.begin + 1 or stop < tag.stop)
            at = stop

    def _umlauts_hold(self, found: re.Match[str], view: FieldView) -> bool:
        """Whether each letter that stands for a written-out umlaut is one: Mueller is Müller, not Muller."""
        for group in range(1, (found.re.groups or 0) + 1):
            begin, stop = found.span(group)
            if stop - begin == 1:
                written = unicodedata.normalize("NFC", view.seen_of(begin, stop)).lower()
                if written not in ("ä", "ö", "ü", "ø"):
                    return False
        return True

    def _quotes_hold(self, text: str, begin: int, stop: int) -> bool:
        """Whether the quotation marks inside are around words of the name: not in ``Cafe “Central Park”``.

        A name that is written with some is found whatever they are around.
        """
        if '"' in self.core:
            return True
        is_open, may_close = False, _QUOTE.search(text, max(0, begin - 2), begin) is not None
        for at in (quote.start() for quote in _QUOTE.finditer(text, begin, stop)):
            opens, closes = not text[at + 1].isspace(), not text[at - 1].isspace()
            if text[at] > "\u3000":
                opens, closes = ord(text[at]) % 2 == 0, ord(text[at]) % 2 == 1
            elif text[at] == "'" and ("'" in self.core or _WORD_AND_WORD.match(text, at - 1)):  # an apostrophe
                continue
            elif not opens and not closes:  # as French has them: « Central »
                opens = closes = True
            if closes and (is_open or may_close):
                is_open = False
            elif opens and not is_open:
                is_open = True
            else:
                return False
            may_close = False
        return not is_open or _CLOSING.match(text, self._with_optional_end(text, stop)) is not None

    def _with_optional_end(self, text: str, stop: int) -> int:
        for optional in self.folded[self.folded.find(self.core) + len(self.core) :]:
            if optional in "!." and text.startswith(optional, stop):
                stop += 1
            else:
                break
        return stop

    def _in_tags(self, view: FieldView) -> Iterator[tuple[int, int, bool]]:
        cased = view.plain_cased
        for tag in view.tags:
            begin, stop = tag.begin + 1, tag.stop
            for found_begin, found_stop in self.in_tag(cased[begin:stop]):
                yield begin + found_begin, begin + found_stop, (found_begin, found_stop) != (0, stop - begin)

    def in_tag(self, cased: str) -> Iterator[tuple[int, int]]:
        """Where the name stands in a hashtag, given folded but with its case and without ``#``."""
        pattern = self.tag_pattern
        if pattern is None:
            return
        cased = TAG_JOINT.sub("_", cased)
        words = (cased if self.case else cased.casefold()).replace("_", "-")
        borders: frozenset[int] | None = None
        at = 0
        while (found := pattern.search(words, at)) is not None:
            begin, stop = found.span()
            at = begin + 1
            if stop == begin:
                continue
            if (begin, stop) != (0, len(words)):
                if borders is None:
                    borders = tag_borders(cased)
                if not (begin in borders and stop in borders) and not self._beside_affix(words, cased, begin, stop):
                    continue
            yield begin, stop
            at = stop

    def _beside_affix(self, words: str, cased: str, begin: int, stop: int) -> bool:
        """Whether an all-lower-case tag is the name and one well-known word: ``#boycottacme``."""
        if stop - begin < _SHORTEST_IN_COMPOUND or not (cased.islower() or cased.isupper()):
            return False
        before, after = words[:begin].casefold(), words[stop:].casefold()
        return (not before or before in TAG_AFFIXES) and (not after or after in TAG_AFFIXES)

    def is_whole(self, view: FieldView) -> bool:
        """Whether a text is the name and nothing else."""
        found = self.pattern.fullmatch(view.cased if self.case else view.text)
        return found is not None and self._umlauts_hold(found, view)

    def _in_handles(self, view: FieldView) -> Iterator[tuple[int, int, bool]]:
        for handle in view.handles:
            begin, stop = handle.begin + 1, handle.begin + 1 + len(handle.name)
            if self.is_handle(view.cased[begin:stop]):
                yield begin, stop, False

    def is_handle(self, cased: str) -> bool:
        """Whether a handle, without ``@`` and host, is the name and nothing else."""
        name = cased if self.case else cased.casefold()
        pattern = self.tag_pattern
        return name == self.core or (pattern is not None and pattern.fullmatch(name.replace("_", "-")) is not None)

    def _spelt_as_initials(self, text: str) -> Iterator[tuple[int, int, bool]]:
        for found in INITIALS.finditer(text):
            if found[0].replace(".", "") == self.core:
                yield found.start(), found.end() - found[0].endswith("."), False

    def _as_domain(self, view: FieldView) -> Iterator[tuple[int, int, bool]]:
        """A name that is itself a domain, inside addresses of that domain or under it."""
        for address in view.addresses:
            if address.visible and under_domain(address.url, self.core.lower()):
                text = (view.cased if self.case else view.text)[address.begin : address.stop]
                at = text.find(self.core)
                if at >= 0:
                    yield address.begin + at, address.begin + at + len(self.core), False


def _is_footnote(view: FieldView, at: int) -> bool:
    """Whether a raised digit stands at ``at``, as a footnote's mark does: Acme¹."""
    return char_class(view.text[at]) == DIGIT and view.seen_of(at, at + 1)[:1] in RAISED


def tag_borders(tag: str) -> frozenset[int]:
    """Where the words of a cased tag meet: at a change of case or script, at digits and underscores, and its ends."""
    borders = {0, len(tag)}
    if tag.isascii():
        borders.update(found.start() for found in _ASCII_BORDER.finditer(tag))
        return frozenset(borders)
    for i in range(1, len(tag)):
        before, char = tag[i - 1], tag[i]
        camel = char.isupper() and (not before.isupper() or tag[i + 1 : i + 2].islower())
        if camel or char_class(char) != char_class(before):
            borders.add(i)
    return frozenset(borders)
