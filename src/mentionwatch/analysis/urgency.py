"""How soon somebody should look: points, and what holds a mention down (pure).

The whole of it is told in docs/judging.md, on one screen; the tables below are those of that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mentionwatch.analysis.growth import Growth
from mentionwatch.model import Brand, Item, Role, Sentiment, Urgency, UrgencyLevel
from mentionwatch.times import duration_text

#: Points of the groups of :mod:`mentionwatch.analysis.intents`.
INTENT_POINTS = {"harm": 4, "legal": 3, "crisis": 3, "blocked": 2, "waiting": 1, "ask": 1, "quit": 1}
#: Groups that make a mention more than normal although its tone is not negative: news is told without anger.
GRAVE = frozenset({"harm", "legal", "crisis"})
#: From this score on (and below) a mention is strongly negative.
STRONG = -0.6
NEGATIVE_POINTS, STRONG_POINTS, ABUSE_POINTS = 2, 3, 1
#: People it may meet, and people who did something with it: from so many on, so many points.
REACH_POINTS = ((100_000, 2), (10_000, 1))
INTERACTION_POINTS = ((200, 2), (20, 1))
#: Who speaks, of ``[[people]]``; a journalist who asks is to be answered whatever the tone.
ROLE_POINTS: Mapping[str, int] = {"journalist": 2, "customer": 1}
JOURNALIST_ASKS = 2
#: New replies or shares in the last hour: from so many on, so many points; and for a snowball.
NEW_POINTS = ((50, 2), (10, 1))
SNOWBALL_POINTS = 2
#: A negative post that nobody has answered for so long.
WAITS, WAITS_POINTS = timedelta(days=1), 1
#: From so many points on.
LEVELS: tuple[tuple[int, UrgencyLevel], ...] = ((6, "urgent"), (4, "high"), (1, "normal"), (0, "low"))
#: What was said so long before we saw it is no longer above normal.
OLD = timedelta(days=7)


def urgency(
    item: Item,
    brand: Brand,
    *,
    sentiment: Sentiment | None,
    intents: Mapping[str, str],
    abusive: str | None,
    question: bool,
    own: bool,
    backlog: bool,
    first_seen_at: datetime | None,
    role: Role | None = None,
    grows: Growth | None = None,
    waits: bool = False,
) -> Urgency:
    """The level, with every reason that had a part in it, the heaviest first.

    ``role`` is who of ``[[people]]`` speaks, ``intents`` is group → phrase, ``abusive`` the abusive words or ``None``.
    A mention in a language that is not judged is normal: nothing is known against it, nor for it. ``grows`` is how the
    post fares, and it ``waits`` when nobody has answered it for a day.
    """
    if own:
        return Urgency("low", ("our own post",))
    if backlog:
        return Urgency("low", ("was there before the watch began",))
    if role == "troll":
        return Urgency("low", ("a troll of [[people]]: told in no alert",))
    parts = [*_parts(item, sentiment, intents, abusive), *_speaker(role, question), *_pace(sentiment, grows, waits)]
    level = next(level for least, level in LEVELS if sum(points for points, _ in parts) >= least)
    reasons = [reason for _, reason in sorted(parts, key=lambda part: -part[0])]
    if level == "low" and (question or sentiment is None):
        level = "normal"
        reasons.append("a question" if question else "language not judged")
    if level in ("urgent", "high"):
        held = _held(item, brand, sentiment, intents, first_seen_at, asked=role == "journalist" and question)
        if held is not None:
            level = "normal"
            reasons.insert(0, held)
    return Urgency(level, tuple(reasons) or ("nothing in it asks for an answer",))


def _parts(
    item: Item, sentiment: Sentiment | None, intents: Mapping[str, str], abusive: str | None
) -> list[tuple[int, str]]:
    """Points and what they are for."""
    parts: list[tuple[int, str]] = []
    if sentiment is not None and sentiment.label == "negative":
        strong = sentiment.score <= STRONG
        parts.append((STRONG_POINTS, "strongly negative") if strong else (NEGATIVE_POINTS, "negative"))
    if sentiment is not None and sentiment.label != "positive":
        parts += [(INTENT_POINTS[group], f"{group}: “{phrase}”") for group, phrase in intents.items()]
    if abusive is not None:
        parts.append((ABUSE_POINTS, f"abusive language: “{abusive}”"))
    e = item.engagement
    reach = max(item.author.followers or 0, e.views or 0)
    interactions = sum(max(0, n) for n in (e.likes, e.reposts, e.replies, e.score) if n is not None)
    for least, points in REACH_POINTS:
        if reach >= least:
            parts.append((points, f"may reach {reach:,}"))
            break
    for least, points in INTERACTION_POINTS:
        if interactions >= least:
            parts.append((points, f"{interactions:,} likes, shares and replies"))
            break
    return parts


def _speaker(role: Role | None, question: bool) -> list[tuple[int, str]]:
    """Points for who speaks."""
    if role is None or role not in ROLE_POINTS:
        return []
    parts = [(ROLE_POINTS[role], f"a {role} of [[people]]")]
    return [*parts, (JOURNALIST_ASKS, "a journalist asks")] if role == "journalist" and question else parts


def _pace(sentiment: Sentiment | None, grows: Growth | None, waits: bool) -> list[tuple[int, str]]:
    """Points for how fast it grows and how long it has waited."""
    parts: list[tuple[int, str]] = []
    if grows is not None:
        for least, points in NEW_POINTS:
            if grows.last_hour >= least:
                parts.append((points, f"{grows.last_hour:,} {grows.what} in 1 h"))
                break
        if grows.is_snowball and grows.doubling is not None:
            parts.append((SNOWBALL_POINTS, f"doubling every {duration_text(grows.doubling)}"))
    if waits and sentiment is not None and sentiment.label == "negative":
        parts.append((WAITS_POINTS, "unanswered for more than a day"))
    return parts


def _held(
    item: Item,
    brand: Brand,
    sentiment: Sentiment | None,
    intents: Mapping[str, str],
    first_seen_at: datetime | None,
    *,
    asked: bool = False,
) -> str | None:
    """Why a mention is not above normal, whatever its points."""
    if brand.kind != "own":
        return f"about a {brand.kind}: never above normal"
    if not asked and (sentiment is None or sentiment.label != "negative") and not GRAVE & intents.keys():
        return "not negative: never above normal"
    if first_seen_at is not None and item.published_at is not None and first_seen_at - item.published_at > OLD:
        return f"said {(first_seen_at - item.published_at).days} days before it was found: never above normal"
    return None
