"""Which terms an item could match at all, found in microseconds: never a term too few.

An item is cut into words once and the set of all literals asked whether it shares any, so the cost hardly grows with
the number of terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from mentionwatch.match.names import INITIALS, RAISED, TAG_AFFIXES, TAG_JOINT, tag_borders
from mentionwatch.match.required_literals import RequiredLiterals
from mentionwatch.match.view import MAX_TAG
from mentionwatch.match.word_boundaries import EMOJI, FOLDED_TAG_JOINTS, WORD
from mentionwatch.model import Item
from mentionwatch.text import LIMIT, fold_quickly, unescape
from mentionwatch.text.folding import without_markup

#: The places of a brand and of one of its terms.
_Key = tuple[int, int]

#: Letters lose their case, digits stay, all else is a space.
_WORDS = bytes(
    code + 32 if 65 <= code <= 90 else code if 97 <= code <= 122 or 48 <= code <= 57 else 32 for code in range(256)
)
_DOTTED = re.compile(r"\.\w\.")
# Further than a tag goes, but never less far. A space is one only where ZWNJ or a lone voicing mark folded to it.
_TAG = re.compile(
    rf"#({WORD.pattern}(?:(?:[{FOLDED_TAG_JOINTS.strip()}{EMOJI}]| (?=[\u0620-\u077f\u3099\u309a]))+{WORD.pattern})*)"
)
# What folding drops, so that a host beside a word is one word with it; and digits that are footnotes.
_DROPPED = (
    "\u00ad\u034f\u0300-\u036f\u0483-\u0489\u061c\u180b-\u180f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060-\u206f"
)
_DROPPED += "\u20d0-\u20ff\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\U000e0000-\U000e0fff"
_PARTING = re.compile(f"[{RAISED}{_DROPPED}]")
_PARTED = re.compile(rf"[^\w\s\x00-\x7f]|[{RAISED}{_DROPPED}]")
_HOST_END = re.compile(r"\.[A-Za-z0-9-]+(?=[^\x00-\x7f])")
# An address whose scheme is glued to the word before it. The slashes come first, since a search for them is quick.
_GLUED = re.compile(
    "//(?:" + "|".join(rf"(?<=\w{scheme}//)" for scheme in ("h..p:", "h..ps:", r"h..p\[:]", r"h..ps\[:]")) + ")",
    re.IGNORECASE,
)
_SCHEME = re.compile("h(?=(?:tt|xx)ps?)", re.IGNORECASE)
_ESCAPED_HOST = re.compile(r"//[^\s/?#%]*+%")
_LONGEST_AFFIX = max(map(len, TAG_AFFIXES))
_FEW_PIECES = 16


def _words(text: str) -> list[bytes]:
    return text.encode("ascii", "replace").translate(_WORDS).split()


class Prefilter:
    """The literals of many terms, each with what it stands for."""

    def __init__(self, literals: Iterable[tuple[_Key, RequiredLiterals]]) -> None:
        self._by_word: dict[bytes, list[_Key]] = {}
        self._by_piece: dict[str, list[_Key]] = {}
        self._lookalikes: list[tuple[_Key, re.Pattern[str]]] = []
        self._always: list[_Key] = []
        self._longest = 0
        for what, each in literals:
            if each.is_empty:
                self._always.append(what)
            for word in each.words:
                self._by_word.setdefault(word.encode("ascii"), []).append(what)
                self._longest = max(self._longest, len(word))
            for piece in each.pieces:
                self._by_piece.setdefault(piece, []).append(what)
            self._lookalikes += [(what, lookalike.pattern) for lookalike in each.lookalikes]
        self._literals = frozenset(self._by_word)
        self._no_word = self._literals.isdisjoint
        pieces = self._by_piece
        self._pieces = re.compile("|".join(map(re.escape, pieces))) if len(pieces) > _FEW_PIECES else None

    def find(self, item: Item) -> set[_Key]:
        """What could match ``item``."""
        text = item.text if len(item.text) <= LIMIT else item.text[:LIMIT]
        parts = [part for part in (item.title, text, item.url, *item.links, *item.handles) if part]
        parts += [f"#{tag}" for tag in item.tags]
        joined = "\n".join(parts)
        if (
            joined.isascii()
            and not self._lookalikes
            and not self._always
            and not ("#" in joined or "&" in joined or "<" in joined or ("%" in joined and "//" in joined))
        ):
            words = joined.encode().translate(_WORDS).split()
            if self._no_word(words) and not _DOTTED.search(joined) and not ("//" in joined and _GLUED.search(joined)):
                return set()
        return self._find(parts, joined)

    def _find(self, parts: list[str], joined: str) -> set[_Key]:
        found = set(self._always)
        seen = joined
        if "<" in joined or "&" in joined:
            # part by part: a tag that is not closed in its own must not swallow the next
            seen = "\n".join(part if (through := without_markup(part)) is None else through[0] for part in parts)
        if "//" in seen and _GLUED.search(seen):
            seen = _SCHEME.sub(" h", seen)
        cased = fold_quickly(seen, markup=False)
        words = self._words_of(cased)
        unseen = []  # where addresses stand that no reader sees as they are
        if "<" in joined:  # in attributes
            unseen.append(unescape(joined))
        if not seen.isascii() and (_HOST_END.search(seen) or _PARTING.search(seen)):
            # a host begins and ends at what folding drops or makes ASCII, a word ends before a footnote
            parted = _PARTED.sub(" ", _HOST_END.sub(r"\g<0> ", seen))
            words += self._words_of(fold_quickly(parted, markup=False))
        if "%" in joined and _ESCAPED_HOST.search(joined):
            unseen.append(unquote(joined))
        for text in unseen:
            words += _words(text)
            cased = f"{cased}\n{fold_quickly(text, markup=False)}"
        if not self._no_word(words):
            for word in self._literals.intersection(words):
                found.update(self._by_word[word])
        if (self._by_piece or self._lookalikes) and not (cased.isascii() and not self._lookalikes):
            self._add_others(cased.casefold(), found)
        return found

    def _add_others(self, text: str, found: set[_Key]) -> None:
        if self._pieces is None or self._pieces.search(text):
            for piece, what in self._by_piece.items():
                if piece in text:
                    found.update(what)
        for each, pattern in self._lookalikes:
            if pattern.search(text):
                found.add(each)

    def _words_of(self, cased: str) -> list[bytes]:
        """The words of a folded text, with those that only its initials and hashtags hold."""
        words = _words(cased)
        if _DOTTED.search(cased):
            words += _words(" ".join(initials.replace(".", "") for initials in INITIALS.findall(cased)))
        if "#" in cased:
            for tag in _TAG.findall(cased):
                words += self._words_in(TAG_JOINT.sub("_", tag[:MAX_TAG]))
        return words

    def _words_in(self, tag: str) -> Iterator[bytes]:
        """What stands in a hashtag: neighbouring words of it joined, and a lower-case tag without a well-known word."""
        borders = sorted(tag_borders(tag))
        low = tag.lower()
        for i, begin in enumerate(borders):
            for stop in borders[i + 1 :]:
                word = low[begin:stop].replace("_", "")
                if len(word) > self._longest:
                    break
                yield word.encode("ascii", "replace")
        if tag.islower() or tag.isupper():
            for begin in range(min(_LONGEST_AFFIX, len(low)) + 1):
                if begin and low[:begin] not in TAG_AFFIXES:
                    continue
                for stop in range(max(begin + 1, len(low) - _LONGEST_AFFIX), len(low) + 1):
                    if stop == len(low) or low[stop:] in TAG_AFFIXES:
                        yield low[begin:stop].encode("ascii", "replace")
