"""Abusive language: insults and profanity, by their words (pure; English).

The weights are those of alt-profanity-check (MIT; see NOTICE), five folds made one. It knows words, not meaning: hatred
in polite words is not found, and is not promised.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mentionwatch.analysis.lexicon import valences

#: From this probability on, if one of its words is abusive in itself; chosen on OLID's validation part
#: (docs/judging.md).
THRESHOLD = 0.14
_WORD = re.compile(r"\w\w+")
#: A word is abusive in itself when its weight is that great, or less great and VADER calls it bad.
_ABUSIVE, _ABUSIVE_AND_BAD, _BAD = 1.5, 0.8, -1.4
#: What people are is no insult, nor is a plain complaint, what news reports, nor a word learnt by chance.
_NO_INSULT = frozenset(
    "gay gays homosexual homosexuals queer queers lesbian lesbians trans transgender black blacks white whites jew jews"
    " jewish muslim muslims islam christian christians arab arabs asian asians african mexican mexicans turk turks"
    " indian indians women woman girl girls boy boys men man old"
    " worst lost poor poorly damaged damage freezing rude rudeness terrible awful horrible hurt hurts refuse refused"
    " stolen failure fail failed lousy angry annoying annoyed disappointed wrong problem broken frustrated unhappy"
    " trapped waste hate hates hated"
    " abused attacking beating death felony harassing killed killers killing molesting murderer poison poisoning raped"
    " rapes stab terrorist terrorists violent wreck"
    " blow bunch chambers clouds drove ho ing mom youre".split()
)
_NAMED = 3
_HEADER = struct.Struct("<4s6fI")


class AbuseModel(NamedTuple):
    """Word → (rarity, weight), the words that are abusive in themselves, and the curve that makes a probability."""

    words: dict[str, tuple[float, float]]
    abusive: frozenset[str]
    intercept: float
    slope: float
    offset: float


@cache
def weights() -> AbuseModel:
    """The weights. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("abuse.z").read_bytes()
    return unpack(zlib.decompress(packed))


def pack(words: list[str], rarity: list[int], weight: list[int], steps: tuple[float, ...]) -> bytes:
    """The weights as bytes: ``rarity`` in 0..255, ``weight`` in -32768..32767; ``steps``: their units, the curve."""
    listed = "\n".join(words).encode()
    numbers = bytes(rarity) + struct.pack(f"<{len(weight)}h", *weight)
    return _HEADER.pack(b"mwa1", *steps, len(words)) + numbers + listed


def unpack(data: bytes) -> AbuseModel:
    """The weights of their bytes; raises ValueError for others."""
    magic, rarity_from, rarity_step, weight_step, intercept, slope, offset, count = _HEADER.unpack_from(data)
    if magic != b"mwa1":
        raise ValueError("not abuse weights of this version")
    start = _HEADER.size
    rarity = data[start : start + count]
    weight = struct.unpack_from(f"<{count}h", data, start + count)
    words = data[start + 3 * count :].decode().split("\n")
    pairs = ((rarity_from + r * rarity_step, w * weight_step) for r, w in zip(rarity, weight, strict=True))
    known = dict(zip(words, pairs, strict=True))
    bad = {word for word, valence in valences().items() if valence <= _BAD}
    abusive = {
        word for word, (_, much) in known.items() if much >= _ABUSIVE or (much >= _ABUSIVE_AND_BAD and word in bad)
    } - _NO_INSULT
    return AbuseModel(known, frozenset(abusive), intercept, slope, offset)


def abuse(text: str) -> tuple[float, tuple[str, ...]]:
    """The probability that a text is abusive, and its abusive words, the worst first, in small letters.

    Without such a word a text is not to be called abusive, whatever the probability: of three words two may be rare.
    """
    model = weights()
    found: dict[str, int] = {}
    for word in _WORD.findall(text.lower()):
        if word in model.words:
            found[word] = found.get(word, 0) + 1
    if not found:
        return _curve(model, model.intercept), ()
    norm = math.sqrt(sum((times * model.words[word][0]) ** 2 for word, times in found.items()))
    total = sum(times * model.words[word][0] / norm * model.words[word][1] for word, times in found.items())
    named = sorted(model.abusive & found.keys(), key=lambda word: (-model.words[word][1], word))[:_NAMED]
    return _curve(model, model.intercept + total), tuple(named)


def _curve(model: AbuseModel, decision: float) -> float:
    return 1 / (1 + math.exp(model.slope * decision + model.offset))
