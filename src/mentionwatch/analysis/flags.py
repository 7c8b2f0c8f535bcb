"""What a text is: its sentiment, and whether it complains, asks, praises or abuses (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mentionwatch.analysis import abuse
from mentionwatch.analysis.complaint import complains
from mentionwatch.analysis.english import is_english
from mentionwatch.analysis.intents import intents
from mentionwatch.analysis.phrases import book, read_words, shipped
from mentionwatch.analysis.sentiment import NO_HARM, NO_WORD, SentimentPrediction, predict, reasons
from mentionwatch.analysis.tokenizer import plain, tokens
from mentionwatch.analysis.tone import evidence, tone, without_harmless
from mentionwatch.model import SENTIMENT_LABELS, Flag, Item, Sentiment, SentimentLabel

#: From this probability on a positive text is praise.
_PRAISE = 0.7
#: The question marks of the world.
_QUESTION = re.compile("[?？؟⸮՞]")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")


@dataclass(frozen=True, slots=True)
class TextAnalysis:
    """What a text is; ``intents`` is group → phrase, ``abusive`` the words or ``None``."""

    sentiment: Sentiment | None
    flags: tuple[Flag, ...]
    intents: Mapping[str, str]
    abusive: str | None


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """What somebody has said of a mention's sentiment."""

    label: SentimentLabel
    by: str


def flags(item: Item, text: str, label: PersonLabel | None = None) -> TextAnalysis:
    """What ``text``, the passage of ``item`` that is judged, is.

    Stars outrank words, and ``label`` both. Of a text that is not English only stars and question marks tell anything.
    """
    english_book = book(shipped()["en"])
    compared = read_words(text)
    reading = predict(without_harmless(text, english_book.harmless(compared)))
    words = [plain(token) for token in reading.written]
    # What the model is spared is English all the same.
    spoken = tokens(text)[: len(reading.written) + 50] if NO_HARM.search(text) else reading.written
    english = is_english(spoken, words if spoken is reading.written else [plain(t) for t in spoken], item.language)
    said = intents(reading.written, words) if english else {}
    books = [english_book] if english else []
    findings = [finding for one in books for finding in one.find(compared)]
    seen = evidence(findings, text)
    made = tone(seen, reading if english else None) if english or seen.bad_faces or seen.good_faces else None
    sentiment = _by_stars(item, reading, english) or (made.sentiment if made is not None else None)
    if label is not None:
        sentiment = _labelled(label, sentiment)
    probability, named = abuse.abuse(text) if english else (0.0, ())
    abusive = ", ".join(named) if probability >= abuse.THRESHOLD and named else None
    found: list[Flag] = []
    if complains(
        text,
        compared.compared,
        findings,
        seen,
        made,
        headline=bool(item.title) and item.text.strip() in ("", item.title),
        addressed=item.text.startswith("@"),
        stars=item.rating if item.rating is not None and 0 <= item.rating <= 5 else None,
        mine=frozenset[str]().union(*(one.mine for one in books)),
    ):
        found.append("complaint")
    if _QUESTION.search(_ADDRESS.sub("", text)):
        found.append("question")
    sure = item.rating is not None or label is not None or (made is not None and made.probabilities[2] >= _PRAISE)
    if sentiment is not None and sentiment.label == "positive" and sure:
        found.append("praise")
    if abusive is not None:
        found.append("abuse")
    return TextAnalysis(sentiment, tuple(found), said, abusive)


#: The score of what somebody has said otherwise than it was judged: so, and not how much so.
_SAID = {"negative": -0.5, "neutral": 0.0, "positive": 0.5}


def _labelled(label: PersonLabel, judged: Sentiment | None) -> Sentiment:
    """What somebody said, before what was read in it; the score stays where the two agree."""
    if judged is not None and judged.label == label.label:
        return replace(judged, reasons=(f"labelled by {label.by}", *judged.reasons))
    return Sentiment(label.label, _SAID[label.label], (f"labelled by {label.by}",))


def _by_stars(item: Item, reading: SentimentPrediction, english: bool) -> Sentiment | None:
    """What the stars of a review say; words only tell why."""
    stars = item.rating
    if stars is None or not 0 <= stars <= 5:
        return None
    label = SENTIMENT_LABELS[0] if stars < 2.75 else SENTIMENT_LABELS[1] if stars <= 3.25 else SENTIMENT_LABELS[2]
    said: tuple[str, ...] = (f"{stars:g} of 5 stars",)
    if english and label != "neutral":
        said += tuple(reason for reason in reasons(reading, label) if reason != NO_WORD)
    return Sentiment(label, round(max(-1.0, min(1.0, (stars - 3) / 2)), 2), said)
