"""How a text speaks of the brand: by the model where it is English, and in any language by phrases and faces (pure).

Each phrase for or against moves the three labels by a fixed amount (:data:`_FOR_EACH`), on top of what the model says
of English; of a text in another language nothing else is known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from mentionwatch.analysis.phrases import Finding
from mentionwatch.analysis.sentiment import NO_WORD, SentimentPrediction, reasons
from mentionwatch.analysis.tokenizer import HANDLE
from mentionwatch.model import Sentiment, SentimentLabel

#: Groups of phrases that speak against something, as "negative" does.
TROUBLE = frozenset({"problem", "blocked", "waiting", "quit"})
GRAVE = frozenset({"harm", "legal", "crisis"})
TONES = frozenset({"negative", "positive"})
#: Faces that are angry, disgusted or sad; that may also be meant in fun; and that are glad.
_BAD_FACE = re.compile(r"[😡😠🤬👎💩🤮🤢😤🙄😒😞😣😖😫😩🤦🤡🐌🗑📉💔🖕😾👿☹🙁😕😓😥😟🚩]|[:=]['-]?\(|>:\(")
_DOUBTFUL_FACE = re.compile("[😭💀💸😱🥴😢🤯😬⚠❌🙃]")
_GOOD_FACE = re.compile(
    "[😍🥰❤♥💕💖💗💙💚💛🧡💜🖤🎉👏🙌💯😊😁😃😄🙏👍✅🥳😋🤩😘☺🙂😀💪🫶👌🏆⭐🌟✨😎🤗💝]|[:;=]-?[)D]|<3"
)
#: More phrases or faces than these tell no more.
_PHRASES, _FACES = 3, 2
#: What the logarithms of the model's probabilities count, by label; one number a label each. These and the next were
#: fitted to our own posts and TweetEval's validation part by ``python -m training.tone``; differences of 0.3 are noise.
_MODEL = ((0.73, -0.36, -0.37), (-0.02, 0.6, -0.57), (-0.18, -0.28, 0.46))
_START = (0.62, 0.04, -0.66)
#: What one phrase or face moves each label by: bad, good, the last of both kinds being bad, or good, grave, faces.
_FOR_EACH = (
    (0.75, -0.21, -0.54),
    (-0.51, -0.44, 0.95),
    (0.46, -0.02, -0.44),
    (-0.34, -0.01, 0.35),
    (0.3, -0.1, -0.2),
    (0.95, -0.61, -0.35),
    (0.28, -0.17, -0.11),
    (-0.42, -0.76, 1.18),
)
#: The model's place where there is none: neutral, unless something speaks for or against.
_NO_MODEL = (0.1, 0.7, 0.1)
#: From this probability on a text is negative: a complaint that is none costs more than one that is overlooked.
NEGATIVE = 0.45
_NAMED = 4


class Evidence(NamedTuple):
    """What speaks for and against in a text, quoted; ``last`` is 1 where the last word is bad, -1 where it is good."""

    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    last: int = 0
    grave: tuple[str, ...] = ()
    bad_faces: int = 0
    doubtful_faces: int = 0
    good_faces: int = 0


class Tone(NamedTuple):
    """The sentiment, and the probabilities of :data:`mentionwatch.model.SENTIMENT_LABELS` that it comes from."""

    sentiment: Sentiment
    probabilities: tuple[float, float, float]


def evidence(findings: Sequence[Finding], text: str) -> Evidence:
    """What phrases and faces say of a text."""
    bad: dict[int, str] = {}
    good: dict[int, str] = {}
    groups = {found.group for found in findings if found.group not in TONES}
    # A weak phrase counts beside one of another group.
    findings = [found for found in findings if not found.weak or len(groups) > 1]
    for found in sorted(findings, key=lambda finding: (finding.at, -len(finding.quote))):
        if found.group == "positive":
            good.setdefault(found.at, found.quote)
        elif found.group == "negative" or found.group in TROUBLE:
            bad.setdefault(found.at, found.quote)
    bad, good = _outside(bad, good), _outside(good, bad)
    last = 0
    if bad and good:
        last = 1 if max(bad) > max(good) else -1
    return Evidence(
        tuple(dict.fromkeys(bad.values())),
        tuple(dict.fromkeys(good.values())),
        last,
        tuple(dict.fromkeys(found.quote for found in findings if found.group in GRAVE)),
        len(_BAD_FACE.findall(text)),
        len(_DOUBTFUL_FACE.findall(text)),
        len(_GOOD_FACE.findall(text)),
    )


def without_harmless(text: str, harmless: Sequence[str]) -> str:
    """A text as the model is to read it: "fire sale" and "killer feature" say nothing."""
    for quote in harmless:
        text = re.sub(r"\W+".join(map(re.escape, quote.split())), f" {HANDLE} ", text)
    return text


def _outside(phrases: dict[int, str], others: dict[int, str]) -> dict[int, str]:
    """Those that are not part of a longer one of the other kind: "wrong" in "can't go wrong"."""
    spans = [(at, at + len(quote.split()), len(quote)) for at, quote in others.items()]
    return {
        at: quote
        for at, quote in phrases.items()
        if not any(start <= at < end and length > len(quote) for start, end, length in spans)
    }


def amounts(seen: Evidence) -> tuple[int, ...]:
    """How much there is of each thing that :data:`_FOR_EACH` weighs."""
    return (
        min(_PHRASES, len(seen.bad)),
        min(_PHRASES, len(seen.good)),
        seen.last > 0,
        seen.last < 0,
        bool(seen.grave),
        min(_FACES, seen.bad_faces),
        min(_FACES, seen.doubtful_faces),
        min(_FACES, seen.good_faces),
    )


def tone(seen: Evidence, reading: SentimentPrediction | None) -> Tone:
    """The sentiment of a text; ``reading`` is the model's, for English alone: elsewhere harm is bad by itself."""
    if reading is None and seen.grave:
        seen = seen._replace(bad=(*seen.bad, *seen.grave))
    start: Sequence[float] = _NO_MODEL
    if reading is not None:
        said = [max(-9.0, math.log(max(p, 1e-9))) for p in reading.probabilities]
        start = [_START[k] + sum(said[n] * _MODEL[n][k] for n in range(3)) for k in range(3)]
    logits = [
        start[k] + sum(row[k] * amount for row, amount in zip(_FOR_EACH, amounts(seen), strict=True)) for k in range(3)
    ]
    most = max(logits)
    raised = [math.exp(logit - most) for logit in logits]
    total = sum(raised)
    negative, neutral, positive = (part / total for part in raised)
    label: SentimentLabel = "positive" if positive > neutral else "neutral"
    if negative >= NEGATIVE:
        label = "negative"
    sentiment = Sentiment(label, round(positive - negative, 2), _reasons(seen, reading, label))
    return Tone(sentiment, (negative, neutral, positive))


def _reasons(seen: Evidence, reading: SentimentPrediction | None, label: SentimentLabel) -> tuple[str, ...]:
    """The phrases that speak for the label, then the words that pushed the model towards it."""
    told = {"negative": seen.bad, "positive": seen.good, "neutral": ()}[label]
    pushed = () if reading is None else reasons(reading, label)
    said = list(told)
    for word in pushed:
        if word != NO_WORD and not any(word in phrase for phrase in told):
            said.append(word)
    return tuple(said[:_NAMED]) or (NO_WORD,)
