"""What the other tellings of a story changed in the first one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mentionwatch.model import Item
from mentionwatch.stories.shingles import MAX_WORDS, MIN_SHINGLES, normalize, shingles_of, tokenize


@dataclass(frozen=True, slots=True)
class Differences:
    """How the other tellings of a story differ from its first. ``str()`` is the line for a digest.

    ``reprints`` say the same words; of those ``headlines`` have another headline, ``shortened`` leave something out,
    ``added`` have a paragraph of their own, in ``naming`` of them with the brand's name. ``shares`` only point at it.
    """

    reprints: int = 0
    headlines: int = 0
    shortened: int = 0
    added: int = 0
    naming: int = 0
    shares: int = 0

    def __str__(self) -> str:
        parts = [_plural(self.reprints, "reprint"), _plural(self.shares, "share")]
        if self.headlines:
            parts.append(f"{self.headlines} changed the headline")
        if self.shortened:
            parts.append(f"{self.shortened} shortened it")
        plain = self.added - self.naming
        if self.naming:
            parts.append(f"{self.naming} added a paragraph that names you")
        if plain:
            parts.append(f"{plain} added a paragraph")
        return ", ".join(part for part in parts if part)


def differences(
    leader: Item, others: Sequence[Item], names_you: Callable[[str], bool] = lambda paragraph: False
) -> Differences:
    """What the ``others`` of a story made of its first telling. ``names_you`` says whether a text names the brand."""
    told = set(shingles_of(tokenize(normalize(leader.text))))
    headline = tokenize(normalize(leader.title or ""))
    reprints = headlines = shortened = added = naming = shares = 0
    for item in others:
        mine = set(shingles_of(tokenize(normalize(item.text))))
        if len(mine) < MIN_SHINGLES or not told or len(mine & told) < 0.3 * min(len(mine), len(told)):
            shares += 1
            continue
        reprints += 1
        title = tokenize(normalize(item.title or ""))
        headlines += bool(title and headline and title != headline)
        shortened += len(mine & told) < 0.8 * len(told)
        new = [paragraph for paragraph in _paragraphs(item.text) if _is_new(paragraph, told)]
        added += bool(new)
        naming += any(map(names_you, new))
    return Differences(reprints, headlines, shortened, added, naming, shares)


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n+", text[: MAX_WORDS * 20]) if part.strip()]


def _is_new(paragraph: str, told: set[int]) -> bool:
    mine = shingles_of(tokenize(normalize(paragraph)))
    return len(mine) >= MIN_SHINGLES and len(told.intersection(mine)) < 0.2 * len(mine)


def _plural(count: int, noun: str) -> str:
    return "" if not count else f"{count} {noun}" if count == 1 else f"{count} {noun}s"
