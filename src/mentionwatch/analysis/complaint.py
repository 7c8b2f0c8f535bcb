"""Whether a mention is a complaint, as somebody who leads a support team would call one (pure).

A complaint is a customer's: they name what went wrong, ask for something, wait, leave, or are angry. What a newspaper
reports is none, however bad, nor is a question that nothing went wrong behind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mentionwatch.analysis.phrases import Finding
from mentionwatch.analysis.tone import GRAVE, NEGATIVE, TROUBLE, Evidence, Tone

#: From these probabilities of negative on: beside a phrase of trouble, beside a word of the customer's own, alone.
_WITH_TROUBLE, _OF_MINE, _ALONE, _UNSPOKEN = 0.3, 0.35, 0.5, 0.6
#: Who speaks of themselves, or to the brand. Of other languages the phrase files have the words.
_MINE = frozenset("i me my mine we us our ours im ive id ill were weve".split())
_TO_YOU = re.compile(r"\b(?:you|your|yours|u|ur|youre|ya)\b", re.IGNORECASE)


def complains(
    text: str,
    words: Sequence[str],
    findings: Sequence[Finding],
    seen: Evidence,
    made: Tone | None,
    *,
    headline: bool,
    addressed: bool,
    stars: float | None,
    mine: Collection[str] = (),
) -> bool:
    """Whether ``text`` complains.

    ``words`` are its words as compared, ``mine`` those that say "my" and "I" in its language; ``headline`` is a title
    without a text, ``addressed`` what begins with a handle.
    """
    groups = {found.group for found in findings if not found.weak}
    own = any(word in _MINE or word in mine for word in words)
    spoken = own or addressed or _TO_YOU.search(text) is not None
    if stars is not None:
        return stars < 2.75 or (stars <= 3.25 and bool(groups & TROUBLE))
    if headline and not spoken:
        return False
    negative = 0.0 if made is None else made.probabilities[0]
    good = made is not None and made.sentiment.label == "positive"
    # One who only waits may be looking forward to it.
    trouble = groups & TROUBLE
    if trouble and negative >= (NEGATIVE if trouble == {"waiting"} else _WITH_TROUBLE):
        return True
    if own and groups & GRAVE and not good:
        return True
    if seen.bad or groups & GRAVE:
        return negative >= (_OF_MINE if spoken else NEGATIVE)
    # What is bad by its faces alone is a mood.
    return negative >= (_ALONE if spoken else _UNSPOKEN) and (spoken or not (seen.bad_faces or seen.doubtful_faces))
