"""What a text is: its sentiment, and whether it complains, asks, praises or abuses (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mentionwatch.analysis import abuse
from mentionwatch.analysis.complaint import complains
from mentionwatch.analysis.language import is_english, languages
from mentionwatch.analysis.persons_word import SaidSentiment
from mentionwatch.analysis.phrases import GROUPS, Finding, PhraseBook, PhraseLibrary, Words, library, read_words
from mentionwatch.analysis.sentiment import MOST_TOKENS, NO_HARM, NO_WORD, SentimentPrediction, predict, reasons
from mentionwatch.analysis.tokenizer import plain, tokens
from mentionwatch.analysis.tone import evidence, tone, without_harmless
from mentionwatch.model import SENTIMENT_LABELS, Flag, Item, Sentiment

#: From this probability on a positive text is praise.
_PRAISE = 0.7
#: The question marks of the world.
_QUESTION = re.compile("[?？؟⸮՞]")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")


@dataclass(frozen=True, slots=True)
class TextAnalysis:
    """What a text is; ``spoken_of`` is group → phrase as a reason says it, ``abusive`` the words or ``None``.

    ``language`` is the code of the one it plainly is in, ``None`` where that is not known or has no phrase file.
    """

    sentiment: Sentiment | None
    flags: tuple[Flag, ...]
    spoken_of: Mapping[str, str]
    abusive: str | None
    language: str | None


def flags(
    item: Item, text: str, label: SaidSentiment | None = None, files: PhraseLibrary | None = None
) -> TextAnalysis:
    """What ``text``, the passage of ``item`` that is judged, is.

    Stars outrank words, and ``label`` both. Harm, law, crisis and a customer who is stuck are looked for in every
    language the text may be in, tone in the one it plainly is in. ``files`` are the phrases, those shipped by default.
    """
    files = files or library()
    compared = read_words(NO_HARM.sub(" ", text))
    written = tokens(text)[:MOST_TOKENS]
    english = is_english(written, [plain(token) for token in written], item.language, files.frequent)
    others = languages(text, compared, item.language, files.frequent, files.codes)
    language = "en" if english else others.plain if others.plain != "en" else None
    if language is None:
        language = _by_phrases(compared, [files.book(code) for code in others.maybe if code != "en"])
    books = [] if language is None else [files.book(language)]
    findings, harmless = books[0].read(compared) if books else ([], [])
    reading = predict(without_harmless(text, harmless)) if english else None
    maybe = dict.fromkeys((*others.maybe, *([others.plain] if others.plain else ()), *([] if english else ["en"])))
    aside = [files.book(code) for code in maybe if code != language]
    # What the plain language calls harmless is no alarm by another's words: "explosión de sabor".
    findings += [found for found in _strong(compared, aside) if not any(found.quote in span for span in harmless)]
    seen = evidence(findings, text)
    judged = language is not None or seen.bad_faces or seen.good_faces
    made = tone(seen, reading) if judged else None
    sentiment = _by_stars(item, reading) or (made.sentiment if made is not None else None)
    if label is not None:
        sentiment = _labelled(label, sentiment)
    probability, named = abuse.abuse(text) if english else (0.0, ())
    abusive = ", ".join(named) if probability >= abuse.THRESHOLD and named else None
    mine = frozenset[str]().union(*(one.mine for one in books or aside))
    found: list[Flag] = []
    # Who has called it praise has read it.
    if (label is None or label.label != "positive") and complains(
        text,
        compared.compared,
        findings,
        seen,
        made,
        headline=bool(item.title) and item.text.strip() in ("", item.title),
        addressed=item.text.startswith("@"),
        stars=item.rating if item.rating is not None and 0 <= item.rating <= 5 else None,
        mine=mine,
    ):
        found.append("complaint")
    if _QUESTION.search(_ADDRESS.sub("", text)):
        found.append("question")
    sure = item.rating is not None or label is not None or (made is not None and made.probabilities[2] >= _PRAISE)
    if sentiment is not None and sentiment.label == "positive" and sure:
        found.append("praise")
    if abusive is not None:
        found.append("abuse")
    praised = label is not None and label.label == "positive"
    spoken_of = {} if praised else _spoken_of(findings, of_mine=not mine.isdisjoint(compared.compared))
    return TextAnalysis(sentiment, tuple(found), spoken_of, abusive, language)


#: What a text is searched for in languages that it only may be in.
_ASIDE = frozenset({"harm", "legal", "crisis", "blocked"})
_ENGLISH = "English"
#: What speaks of trouble beside a weak phrase: who is at stake does not.
_TROUBLES = frozenset({*GROUPS, "negative"}) - {"stakes"}


def _by_phrases(words: Words, books: Sequence[PhraseBook]) -> str | None:
    """The language, of those that little words leave open, whose phrases make up most of a text, if there are any."""
    lengths = {book.code: sum(len(one.quote) for one in book.find(words)) for book in books}
    best = max(lengths, key=lengths.__getitem__, default=None)
    return best if best is not None and lengths[best] else None


def _strong(words: Words, books: Sequence[PhraseBook]) -> list[Finding]:
    """What suffices by itself."""
    return [found for one in books for found in one.find(words) if not found.weak and found.group in _ASIDE]


def _spoken_of(findings: Sequence[Finding], *, of_mine: bool) -> dict[str, str]:
    """Group → the first phrase that says so, and of two there the longer.

    A weak phrase counts where somebody tells ``of_mine``, or where another word speaks of another trouble or is bad.
    """
    troubles = [found for found in findings if found.group in _TROUBLES]
    first: dict[str, Finding] = {}
    for found in findings:
        if found.group not in GROUPS:
            continue
        if (
            found.weak
            and not of_mine
            and not any(other.at != found.at and other.group != found.group for other in troubles)
        ):
            continue
        best = first.get(found.group)
        if best is None or (found.at, -len(found.quote)) < (best.at, -len(best.quote)):
            first[found.group] = found
    return {
        group: f"{group}: “{one.quote}”" + ("" if one.language == _ENGLISH else f" ({one.language})")
        for group in GROUPS
        if (one := first.get(group)) is not None
    }


#: The score of what somebody has said otherwise than it was judged: so, and not how much so.
_SAID = {"negative": -0.5, "neutral": 0.0, "positive": 0.5}


def _labelled(label: SaidSentiment, judged: Sentiment | None) -> Sentiment:
    """What somebody said, before what was read in it; the score stays where the two agree."""
    if judged is not None and judged.label == label.label:
        return replace(judged, reasons=(f"labelled by {label.by}", *judged.reasons))
    return Sentiment(label.label, _SAID[label.label], (f"labelled by {label.by}",))


def _by_stars(item: Item, reading: SentimentPrediction | None) -> Sentiment | None:
    """What the stars of a review say; words only tell why."""
    stars = item.rating
    if stars is None or not 0 <= stars <= 5:
        return None
    label = SENTIMENT_LABELS[0] if stars < 2.75 else SENTIMENT_LABELS[1] if stars <= 3.25 else SENTIMENT_LABELS[2]
    said: tuple[str, ...] = (f"{stars:g} of 5 stars",)
    if reading is not None and label != "neutral":
        said += tuple(reason for reason in reasons(reading, label) if reason != NO_WORD)
    return Sentiment(label, round(max(-1.0, min(1.0, (stars - 3) / 2)), 2), said)
