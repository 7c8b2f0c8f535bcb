"""How a text speaks of the brand: a linear model over words, pairs of words and parts of words (pure).

Each word gives buckets of a hashed table (itself, its pairs, its runs of two to five letters), each bucket a number for
each label; VADER's lexicon gives seven features more. What a label gets is a plain sum, so the words that pushed most
can be named. Made by ``python -m training.sentiment``; how good it is stands in docs/judging.md.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from mentionwatch.analysis import lexicon
from mentionwatch.analysis.tokenizer import ADDRESS, HANDLE, plain, tokens
from mentionwatch.model import SENTIMENT_LABELS, Sentiment, SentimentLabel

#: Buckets of the table; a power of two.
BUCKETS = 1 << 16
#: Shortest and longest run of letters that is a feature, the spaces at a word's ends among them.
RUNS = (2, 5)
#: Tokens read of a text; a post has some thirty.
MOST_TOKENS = 800
#: Words named as reasons, and the least that one must have pushed for it.
_NAMED, _LEAST = 4, 0.12
#: Words that push a little by the company they keep; nobody would call them a reason.
_NEVER_NAMED = frozenset(
    "a an and are as at be been being but by can could did do does doing for from get gets getting go going got had has"
    " have having he her here him his how i i'd i'll i'm i've if in into is it it's its just let like may me might more"
    " my of on one or our out over s said say says she should so some such t than that that's the their them then there"
    " these they they're this those to today tomorrow tonight two up us was we we're were what when where which while"
    " who will with would you you're your".split()
)
#: Harm that is denied is no harm, and neither word of it is read: "nobody was hurt", "no injuries were reported". A
#: model of words and pairs cannot see that far, and reads the two as twice bad.
NO_HARM = re.compile(
    r"\b(?:"
    r"(?:nobody|no[ -]?one|none(?: of(?: \w+){1,6})?) (?:(?:ha[sd] |have )?died|"
    r"(?:(?:was|were|is|are|has|have|had|been|being|got|gets) ){1,3}(?:\w+ )?"
    r"(?:hurt|injured|harmed|killed|wounded|burn(?:ed|t)|poisoned|sick|ill|dead))"
    r"|(?:no|without(?: any)?) (?:\w+ )?(?:injur(?:y|ies)|casualt(?:y|ies)|fatalit(?:y|ies)|deaths)"
    r"(?: (?:was|were|have been|are) (?:reported|known))?"
    r")\b",
    re.IGNORECASE,
)
#: The reason where no word did.
NO_WORD = "no single word decided"
_HEADER = struct.Struct(f"<4sf{(lexicon.FEATURES + 1) * 3}f")


class SentimentModel(NamedTuple):
    """The model as read from its file: ``table`` is bucket by bucket, one signed byte a label."""

    table: memoryview
    step: float
    lexicon: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]


class SentimentPrediction(NamedTuple):
    """A text as the model sees it: its probabilities by label, and by token what it pushed towards each."""

    probabilities: tuple[float, float, float]
    written: Sequence[str]
    pushes: Sequence[tuple[float, float, float]]


@cache
def weights() -> SentimentModel:
    """The model. Read when first asked for."""
    packed = Path(__file__).with_name("data").joinpath("sentiment.z").read_bytes()
    return unpack(zlib.decompress(packed))


def pack(table: bytes, step: float, lexicon_weights: Sequence[Sequence[float]], bias: Sequence[float]) -> bytes:
    """The model as bytes; what :func:`unpack` reads."""
    numbers = [number for row in (*lexicon_weights, bias) for number in row]
    return _HEADER.pack(b"mws1", step, *numbers) + table


def unpack(data: bytes) -> SentimentModel:
    """The model of its bytes; raises ValueError for others."""
    magic, step, *numbers = _HEADER.unpack_from(data)
    if magic != b"mws1" or len(data) != _HEADER.size + 3 * BUCKETS:
        raise ValueError("not a sentiment model of this version")
    rows = [tuple(numbers[n : n + 3]) for n in range(0, len(numbers), 3)]
    return SentimentModel(memoryview(data)[_HEADER.size :].cast("b"), step, tuple(rows[:-1]), rows[-1])


def bucket(feature: str) -> int:
    """Where a feature stands in the table."""
    return zlib.crc32(feature.encode("utf-8", "replace")) & (BUCKETS - 1)


def word_features(word: str) -> list[int]:
    """The buckets of one word: itself, and its runs of letters."""
    edged = f" {word} "
    shortest, longest = RUNS
    runs = (edged[at : at + n] for n in range(shortest, longest + 1) for at in range(len(edged) - n + 1))
    return [bucket(f"w{word}"), *map(bucket, runs)]


def pairs(words: Sequence[str]) -> list[str]:
    """Neighbours as features, the text's edges among them."""
    edged = ["<", *words, ">"]
    return [f"{a} {b}" for a, b in pairwise(edged)]


@lru_cache(maxsize=1 << 15)
def _word_sums(word: str) -> tuple[int, int, int, int]:
    """How many features a word has, and what the table says of them together, by label. The same few words recur."""
    table = weights().table
    found = word_features(word)
    starts = [3 * number for number in found]
    return (
        len(found),
        sum(table[at] for at in starts),
        sum(table[at + 1] for at in starts),
        sum(table[at + 2] for at in starts),
    )


def predict(text: str) -> SentimentPrediction:
    """Judge a text, whatever its language; takes time in proportion to its first 800 tokens."""
    model = weights()
    table = model.table
    written = tokens(NO_HARM.sub(f" {HANDLE} ", text))[:MOST_TOKENS]
    words = [plain(token) for token in written]
    sums = [_word_sums(word) for word in words]
    neighbours = []
    for pair in pairs(words):
        at = 3 * bucket(pair)
        neighbours.append((table[at], table[at + 1], table[at + 2]))
    counts, *columns = zip(*sums, strict=True) if sums else ((), (), (), ())
    scale = model.step / math.sqrt(sum(counts) + len(neighbours))
    pushes = [
        (
            scale * (s[1] + (left[0] + right[0]) / 2),
            scale * (s[2] + (left[1] + right[1]) / 2),
            scale * (s[3] + (left[2] + right[2]) / 2),
        )
        for s, (left, right) in zip(sums, pairwise(neighbours), strict=True)
    ]
    logits = [
        bias + scale * (sum(of_words) + sum(of_pairs))
        for bias, of_words, of_pairs in zip(model.bias, columns, zip(*neighbours, strict=True), strict=True)
    ]
    weighed = lexicon.weigh(written, words)
    if weighed:
        given = lexicon.features(weighed, words)
        shares = [sum(row[k] * value for row, value in zip(model.lexicon, given, strict=True)) for k in range(3)]
        logits = [logit + share for logit, share in zip(logits, shares, strict=True)]
        total = sum(abs(valence) for _, valence in weighed) or 1.0
        for place, valence in weighed:
            a, b, c = pushes[place]
            part = valence / total
            # The lexicon's share goes to the words it knows: the good ones pushed up, the bad ones down.
            up = abs(shares[2] - shares[0]) * part / 2
            pushes[place] = (a - up, b, c + up)
    most = max(logits)
    raised = [math.exp(logit - most) for logit in logits]
    total = sum(raised)
    return SentimentPrediction((raised[0] / total, raised[1] / total, raised[2] / total), written, pushes)


def verdict(reading: SentimentPrediction) -> Sentiment:
    """The label, a score from -1 (surely negative) to 1, and the words that pushed most, as they were written."""
    negative, _, positive = reading.probabilities
    label = SENTIMENT_LABELS[max(range(3), key=reading.probabilities.__getitem__)]
    return Sentiment(label, round(positive - negative, 2), reasons(reading, label))


def reasons(reading: SentimentPrediction, label: SentimentLabel) -> tuple[str, ...]:
    """The words that pushed towards a label most; for neutral those that pushed to either side."""
    pushed: dict[str, float] = {}
    for token, (negative, _, positive) in zip(reading.written, reading.pushes, strict=True):
        if token in (HANDLE, ADDRESS) or token[0].isdigit() or (len(token) == 1 and token.isascii()):
            continue
        if token.lower() in _NEVER_NAMED:
            continue
        up = positive - negative
        force = up if label == "positive" else -up if label == "negative" else abs(up)
        if force > pushed.get(token, _LEAST):
            pushed[token] = force
    best = sorted(pushed, key=lambda token: -pushed[token])[:_NAMED]
    return tuple(best) or (NO_WORD,)
