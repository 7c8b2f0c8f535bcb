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

#: From this probability on; chosen on OLID's validation part (docs/judging.md).
THRESHOLD = 0.3
_WORD = re.compile(r"\w\w+")
#: A word that is named must have pushed at least so much by itself.
_LEAST = 0.3
_NAMED = 3
_HEADER = struct.Struct("<4s6fI")


class Weights(NamedTuple):
    """Word → (rarity, weight), and the curve that makes a probability of their sum."""

    words: dict[str, tuple[float, float]]
    intercept: float
    slope: float
    offset: float


@cache
def weights() -> Weights:
    """The weights. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("abuse.z").read_bytes()
    return unpack(zlib.decompress(packed))


def pack(words: list[str], rarity: list[int], weight: list[int], steps: tuple[float, ...]) -> bytes:
    """The weights as bytes: ``rarity`` in 0..255, ``weight`` in -32768..32767; ``steps``: their units, the curve."""
    listed = "\n".join(words).encode()
    numbers = bytes(rarity) + struct.pack(f"<{len(weight)}h", *weight)
    return _HEADER.pack(b"mwa1", *steps, len(words)) + numbers + listed


def unpack(data: bytes) -> Weights:
    """The weights of their bytes; raises ValueError for others."""
    magic, rarity_from, rarity_step, weight_step, intercept, slope, offset, count = _HEADER.unpack_from(data)
    if magic != b"mwa1":
        raise ValueError("not abuse weights of this version")
    start = _HEADER.size
    rarity = data[start : start + count]
    weight = struct.unpack_from(f"<{count}h", data, start + count)
    words = data[start + 3 * count :].decode().split("\n")
    pairs = ((rarity_from + r * rarity_step, w * weight_step) for r, w in zip(rarity, weight, strict=True))
    return Weights(dict(zip(words, pairs, strict=True)), intercept, slope, offset)


def abuse(text: str) -> tuple[float, tuple[str, ...]]:
    """The probability that a text is abusive, and its words that say so most, in small letters."""
    model = weights()
    found: dict[str, int] = {}
    for word in _WORD.findall(text.lower()):
        if word in model.words:
            found[word] = found.get(word, 0) + 1
    if not found:
        return _curve(model, model.intercept), ()
    norm = math.sqrt(sum((times * model.words[word][0]) ** 2 for word, times in found.items()))
    pushed = {word: times * model.words[word][0] / norm * model.words[word][1] for word, times in found.items()}
    named = sorted((w for w in pushed if pushed[w] >= _LEAST), key=lambda w: -pushed[w])[:_NAMED]
    return _curve(model, model.intercept + sum(pushed.values())), tuple(named)


def _curve(model: Weights, decision: float) -> float:
    return 1 / (1 + math.exp(model.slope * decision + model.offset))
