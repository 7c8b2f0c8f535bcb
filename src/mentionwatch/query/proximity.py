"""Where things stand in an item, and which stand near one another or inside one another."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from mentionwatch.match.view import FieldView, ItemView
from mentionwatch.model import Match
from mentionwatch.query.mention_fields import MentionValues

#: Occurrences of one term looked at in one item: the 1,001st adds nothing to the first thousand.
MAX_SPANS = 1_000
#: Pairs of places looked at for one NEAR in one item.
MAX_PAIRS = 20_000


@dataclass(frozen=True, slots=True)
class MatchSpan:
    """A stretch of one field, with the matches it is made of."""

    field: str
    start: int
    end: int
    matches: tuple[Match, ...]


def span_of(match: Match) -> MatchSpan:
    """A single match as a place."""
    return MatchSpan(match.field, match.start, match.end, (match,))


def matches_of(places: Iterable[MatchSpan]) -> list[Match]:
    """The matches of places, each once, in order."""
    return list(dict.fromkeys(match for place in places for match in place.matches))


class WordPositions:
    """The words of one text, to tell how many stand between two places of it (offsets into the field as stored)."""

    def __init__(self, view: FieldView) -> None:
        spans = [view.span(word.begin, word.stop) for word in view.words]
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def of(self, place: MatchSpan) -> tuple[int, int]:
        """The positions of a place's first and last word, counted from 0."""
        first = bisect_right(self._ends, place.start)
        last = bisect_left(self._starts, place.end) - 1
        return first, max(first, last)


class EvalContext:
    """An item being judged by one query: what was found is found once."""

    def __init__(self, view: ItemView) -> None:
        self.view = view
        self.found: dict[int, list[Match]] = {}
        #: What is known of the item as a mention, for a rule.
        self.facts: MentionValues | None = None
        self._words: dict[str, WordPositions] = {}

    def text(self, name: str) -> FieldView | None:
        """Title or text; ``None`` for any other field, and for one that the item has not."""
        return self.view.title if name == "title" else self.view.text if name == "text" else None

    def words(self, view: FieldView) -> WordPositions:
        """The words of title or text."""
        if view.name not in self._words:
            self._words[view.name] = WordPositions(view)
        return self._words[view.name]


def near(
    reading: EvalContext, left: Sequence[MatchSpan], right: Sequence[MatchSpan], words: int, ordered: bool
) -> list[MatchSpan]:
    """The stretches from a left to a right place with at most ``words`` words between them, in one text.

    Two places that share a letter are not near but the same; two in one word (``#AcmeCoffee``) have no word between.
    """
    found: dict[tuple[str, int, int], MatchSpan] = {}
    for name in ("title", "text"):
        view = reading.text(name)
        lefts = [place for place in left if place.field == name]
        rights = [place for place in right if place.field == name]
        if view is None or not lefts or not rights:
            continue
        pairs = _pairs(reading.words(view), lefts, rights, words, ordered)
        for one, other in islice(pairs, MAX_PAIRS):
            start, end = min(one.start, other.start), max(one.end, other.end)
            if (name, start, end) not in found:
                found[name, start, end] = MatchSpan(name, start, end, (*one.matches, *other.matches))
    return list(found.values())


def _pairs(
    positions: WordPositions, lefts: list[MatchSpan], rights: list[MatchSpan], words: int, ordered: bool
) -> Iterable[tuple[MatchSpan, MatchSpan]]:
    by_first = sorted(((positions.of(place)[0], place) for place in rights), key=lambda each: each[0])
    by_last = sorted(((positions.of(place)[1], place) for place in rights), key=lambda each: each[0])
    firsts, lasts = [at for at, _ in by_first], [at for at, _ in by_last]
    for place in lefts:
        first, last = positions.of(place)
        for index in range(bisect_left(firsts, last), bisect_right(firsts, last + 1 + words)):
            if by_first[index][1].start >= place.end:
                yield place, by_first[index][1]
        if ordered:
            continue
        for index in range(bisect_left(lasts, first - 1 - words), bisect_right(lasts, first)):
            if by_last[index][1].end <= place.start:
                yield place, by_last[index][1]


def outside(places: Sequence[MatchSpan], masks: Sequence[MatchSpan]) -> list[MatchSpan]:
    """The places of title and text that stand inside no mask; those of other fields stay."""
    kept = [place for place in places if place.field not in ("title", "text")]
    for name in ("title", "text"):
        here = sorted((mask.start, mask.end) for mask in masks if mask.field == name)
        starts = [start for start, _ in here]
        # The farthest end of all masks that begin no later: one of them holds the place, or none does.
        ends = list(accumulate((end for _, end in here), max))
        for place in places:
            if place.field == name:
                before = bisect_right(starts, place.start) - 1
                if before < 0 or ends[before] < place.end:
                    kept.append(place)
    return kept


def within_slop(reading: EvalContext, found: Sequence[list[Match]], same: Sequence[int], slop: int) -> list[MatchSpan]:
    """Occurrences of a phrase whose words were moved by at most ``slop`` places in all.

    ``found`` holds the occurrences of each word of the phrase, ``same`` the index of the first word equal to it. The
    measure is Lucene's: with each word's position less its place in the phrase, the largest less the smallest.
    """
    places: list[MatchSpan] = []
    for name in ("title", "text"):
        view = reading.text(name)
        if view is None:
            continue
        positions = reading.words(view)
        at: list[dict[int, Match]] = []
        for matches in found:
            here = [match for match in matches if match.field == name]
            at.append({positions.of(span_of(match))[0]: match for match in reversed(here)})
        if all(at):
            places.extend(_windows(name, at, same, slop))
    return places


def _windows(name: str, at: list[dict[int, Match]], same: Sequence[int], slop: int) -> Iterable[MatchSpan]:
    orders = [sorted(word) for word in at]
    lows = sorted({position - index for index, order in enumerate(orders) for position in order})
    taken_until = -1
    for low in lows:
        chosen: list[int] = []
        for index, order in enumerate(orders):
            # The same word twice in the phrase must stand there twice, in this order.
            after = max((chosen[i] for i in range(index) if same[i] == same[index]), default=-1)
            found = bisect_left(order, max(low + index, after + 1))
            if found == len(order) or order[found] > low + index + slop:
                break
            chosen.append(order[found])
        if len(chosen) < len(orders) or min(chosen) <= taken_until:
            continue
        taken_until = max(chosen)
        matches = tuple(at[index][position] for index, position in enumerate(chosen))
        yield MatchSpan(name, min(m.start for m in matches), max(m.end for m in matches), matches)
