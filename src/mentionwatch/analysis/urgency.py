"""How soon somebody should look: points, and what holds a mention down (pure).

The whole of it is told in docs/judging.md, on one screen; the tables below are those of that page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mentionwatch.analysis.growth import Growth
from mentionwatch.model import Brand, Item, Role, Sentiment, Urgency, UrgencyLevel
from mentionwatch.times import duration_text

#: Points of the groups of :mod:`mentionwatch.analysis.phrases`, whatever the tone: news is told without anger, and a
#: danger politely.
GROUP_POINTS = {
    "harm": 4, "legal": 4, "crisis": 4, "blocked": 3, "stakes": 2, "waiting": 1, "ask": 1, "quit": 1, "problem": 1,
}  # fmt: skip
#: Groups without which a mention is not above normal, but for a customer who waits and asks.
GRAVE, STUCK = frozenset({"harm", "legal", "crisis"}), "blocked"
#: Who is negative, and writes to the brand itself of one of these, expects an answer.
EXPECTS, ADDRESSED_POINTS = frozenset({"waiting", "ask", "problem"}), 1
#: So many points, and no more, for the words of a mere complaint, and where somebody is stuck but nobody in danger.
CALM, NO_DANGER = 3, 5
#: These groups say how bad it is, and count only beside one that says what it is.
BESIDE = {"stakes": GRAVE | {STUCK, "waiting"}}
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
#: What a post that is positive, and in which nobody is in danger or stuck, does not mean.
CALM_GROUPS = frozenset({"waiting", "ask", "quit", "problem"})
#: What was said so long before we saw it is no longer above normal.
OLD = timedelta(days=7)


def urgency(
    item: Item,
    brand: Brand,
    *,
    sentiment: Sentiment | None,
    spoken_of: Mapping[str, str],
    abusive: str | None,
    question: bool,
    own: bool,
    backlog: bool,
    first_seen_at: datetime | None,
    role: Role | None = None,
    grows: Growth | None = None,
    waits: bool = False,
    addressed: bool = False,
) -> Urgency:
    """The level, with every reason that had a part in it, the heaviest first.

    ``role`` is who of ``[[people]]`` speaks, ``spoken_of`` is group → reason, ``abusive`` the words or ``None``.
    A mention in a language that is not judged is normal: nothing is known against it, nor for it. ``grows`` is how the
    post fares, and it ``waits`` when nobody has answered it for a day. ``addressed`` is what is written to the brand.
    """
    if own:
        return Urgency("low", ("our own post",))
    if backlog:
        return Urgency("low", ("was there before the watch began",))
    if role == "troll":
        return Urgency("low", ("a troll of [[people]]: told in no alert",))
    negative = sentiment is not None and sentiment.label == "negative"
    words = _words(sentiment, spoken_of, abusive)
    expects = addressed and negative and bool(EXPECTS & spoken_of.keys())
    if expects:
        words.append((ADDRESSED_POINTS, "written to you"))
    around = [*_reach(item), *_speaker(role, question), *_pace(sentiment, grows, waits)]
    worth = sum(points for points, _ in words)
    presses = expects or _presses(spoken_of, negative=negative)
    most, why = _most(spoken_of, presses=presses)
    total = min(worth, most) + sum(points for points, _ in around)
    level = next(level for least, level in LEVELS if total >= least)
    reasons = [reason for _, reason in sorted([*words, *around], key=lambda part: -part[0])]
    if worth > most:
        reasons.append(f"{why}: its words count {most} points")
    if level == "low" and (question or sentiment is None):
        level = "normal"
        reasons.append("a question" if question else "language not judged")
    if level in ("urgent", "high"):
        held = _held(item, brand, sentiment, spoken_of, first_seen_at, asked=role == "journalist" and question)
        if held is not None:
            level = "normal"
            reasons.insert(0, held)
    return Urgency(level, tuple(reasons) or ("nothing in it asks for an answer",))


def _presses(spoken_of: Mapping[str, str], *, negative: bool) -> bool:
    """Whether it is more than a complaint: danger, law, a crisis, a customer who is stuck, or who waits and asks."""
    groups = spoken_of.keys()
    return bool(GRAVE & groups) or STUCK in groups or (negative and {"waiting", "ask"} <= groups)


def _most(spoken_of: Mapping[str, str], *, presses: bool) -> tuple[int, str]:
    """How many points the words may count, and why no more."""
    if not presses:
        return CALM, "nobody is in danger or stuck"
    if not (GRAVE | {"stakes"}) & spoken_of.keys():
        return NO_DANGER, "nobody is in danger"
    return sum(GROUP_POINTS.values()) + STRONG_POINTS + ABUSE_POINTS, ""


def _words(sentiment: Sentiment | None, spoken_of: Mapping[str, str], abusive: str | None) -> list[tuple[int, str]]:
    """Points for what is said, and what they are for."""
    parts: list[tuple[int, str]] = []
    if sentiment is not None and sentiment.label == "negative":
        strong = sentiment.score <= STRONG
        parts.append((STRONG_POINTS, "strongly negative") if strong else (NEGATIVE_POINTS, "negative"))
    # "The refund has arrived, thank you" asks for nothing.
    praised = sentiment is not None and sentiment.label == "positive" and not {*GRAVE, STUCK} & spoken_of.keys()
    parts += [
        (GROUP_POINTS[group], reason)
        for group, reason in spoken_of.items()
        if (group not in BESIDE or BESIDE[group] & spoken_of.keys()) and (group not in CALM_GROUPS or not praised)
    ]
    if abusive is not None:
        parts.append((ABUSE_POINTS, f"abusive language: “{abusive}”"))
    return parts


def _reach(item: Item) -> list[tuple[int, str]]:
    """Points for how many people it may meet, and how many did something with it."""
    parts: list[tuple[int, str]] = []
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
    spoken_of: Mapping[str, str],
    first_seen_at: datetime | None,
    *,
    asked: bool = False,
) -> str | None:
    """Why a mention is not above normal, whatever its points."""
    if brand.kind != "own":
        return f"about a {brand.kind}: never above normal"
    negative = sentiment is not None and sentiment.label == "negative"
    if not asked and not negative and not _presses(spoken_of, negative=negative):
        return "not negative, and nobody is in danger or stuck: never above normal"
    if first_seen_at is not None and item.published_at is not None and first_seen_at - item.published_at > OLD:
        return f"said {(first_seen_at - item.published_at).days} days before it was found: never above normal"
    return None
