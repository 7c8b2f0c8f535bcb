"""The valence of words, and what stands around them: after VADER (Hutto and Gilbert, 2014; see NOTICE).

The lexicon and the figures of its rules (negation, degree, capitals, "but") are VADER's; the code is not: tokens are
those of :mod:`mentionwatch.analysis.tokenizer`, and what comes out is the features a model weighs, not a verdict.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_NEGATION = frozenset(
    (
        "aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt "
        "neither neednt never none nope nor not nothing nowhere oughtnt shant shouldnt wasnt werent without "
        "wont wouldnt rarely seldom despite no"
    ).split()
)
_MORE = frozenset(
    (
        "absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous "
        "enormously entirely especially exceptional exceptionally extreme extremely fabulously flipping "
        "flippin frackin fracking fricking frickin frigging friggin fully fuckin fucking fuggin fugging "
        "greatly hella highly hugely incredible incredibly intensely major majorly more most particularly "
        "purely quite really remarkably so substantially thoroughly total totally tremendous tremendously "
        "uber unbelievably unusually utter utterly very"
    ).split()
)
_LESS = frozenset(
    (
        "almost barely hardly kinda kindof less little marginal marginally occasional occasionally partly "
        "scarce scarcely slight slightly somewhat sorta sortof"
    ).split()
)
_DEGREE, _CAPITALS, _NEGATED = 0.293, 0.733, -0.74
_BUT_BEFORE, _BUT_AFTER = 0.5, 1.5
#: How far back a negation or a degree reaches, and what is left of a degree there.
_REACH = (1.0, 0.95, 0.9)

#: How many features :func:`features` gives.
FEATURES = 7


@cache
def valences() -> dict[str, float]:
    """Word, face or emoji to its valence, -4 to 4. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("lexicon.z").read_bytes()
    pairs = (line.rsplit("\t", 1) for line in zlib.decompress(packed).decode("utf-8").split("\n"))
    return {word: int(tenths) / 10 for word, tenths in pairs}


def weigh(written: Sequence[str], words: Sequence[str]) -> list[tuple[int, float]]:
    """Which tokens have a valence, and what it is where they stand: ``(place, valence)``.

    ``written`` are the tokens as written, ``words`` the same by :func:`mentionwatch.analysis.tokenizer.plain`.
    """
    known = valences()
    found: list[tuple[int, float]] = []
    shouting: bool | None = None
    for place, word in enumerate(words):
        valence = known.get(word)
        if valence is None and word[0] == "#":
            valence = known.get(word[1:])
        if valence is None or (word == "no" and place + 1 < len(words) and words[place + 1] in known):
            continue
        if len(word) > 1 and written[place].isupper():
            if shouting is None:
                shouting = all(w.isupper() for w in written if w[0].isalpha())
            if not shouting:
                valence += math.copysign(_CAPITALS, valence)
        found.append((place, _in_context(words, place, valence)))
    if found and "but" in words:
        turn = words.index("but")
        found = [(p, v * (_BUT_BEFORE if p < turn else _BUT_AFTER if p > turn else 1)) for p, v in found]
    return found


def _in_context(words: Sequence[str], place: int, valence: float) -> float:
    for back, left in enumerate(_REACH, 1):
        if back > place:
            break
        before = words[place - back]
        if before in _MORE:
            valence += math.copysign(_DEGREE * left, valence)
        elif before in _LESS:
            valence -= math.copysign(_DEGREE * left, valence)
        elif before.replace("'", "") in _NEGATION or before.endswith("n't"):
            valence *= _NEGATED
    return valence


def features(weighed: Sequence[tuple[int, float]], words: Sequence[str]) -> tuple[float, ...]:
    """Seven numbers of about one size: the balance, good, bad, their shares, the best and the worst word."""
    if not weighed:
        return (0.0,) * FEATURES
    good = sum(v for _, v in weighed if v > 0)
    bad = -sum(v for _, v in weighed if v < 0)
    total = good - bad
    shouted = min(4, sum(word.count("!") for word in words if word[0] in "!?")) * _DEGREE
    total += math.copysign(shouted, total) if total else 0.0
    count = len(words)
    return (
        total / math.sqrt(total * total + 15),
        good / (good + 4),
        bad / (bad + 4),
        sum(v > 0 for _, v in weighed) / count * 4,
        sum(v < 0 for _, v in weighed) / count * 4,
        max(0.0, *(v for _, v in weighed)) / 4 if len(weighed) > 1 else max(0.0, weighed[0][1]) / 4,
        max(0.0, *(-v for _, v in weighed)) / 4 if len(weighed) > 1 else max(0.0, -weighed[0][1]) / 4,
    )
