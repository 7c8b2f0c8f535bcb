"""The built-in rules of urgency as a list for people, made of the figures that judge (pure)."""

from __future__ import annotations

from mentionwatch.analysis.growth import FAST, MANY
from mentionwatch.analysis.urgency import (
    ABUSE_POINTS,
    ADDRESSED_POINTS,
    CALM,
    GROUP_POINTS,
    INTERACTION_POINTS,
    JOURNALIST_ASKS,
    LEVELS,
    NEGATIVE_POINTS,
    NEW_POINTS,
    NO_DANGER,
    OLD,
    REACH_POINTS,
    ROLE_POINTS,
    SNOWBALL_POINTS,
    STRONG,
    STRONG_POINTS,
    WAITS,
    WAITS_POINTS,
)
from mentionwatch.times import duration_text

#: What the groups of :mod:`mentionwatch.analysis.phrases` are about.
_GROUPS = {
    "harm": "fire, injury, poisoning, danger",
    "legal": "lawyer, lawsuit, fraud, police",
    "crisis": "boycott, recall, data breach, scandal",
    "blocked": "a customer who is stuck: locked out, stranded, charged twice, cannot reach money or medicine",
    "stakes": "beside one of these or waiting: a child, an ill or old person, rent, wages, thousands of customers",
    "waiting": "no reply, for weeks, delayed",
    "ask": "help, refund, please fix",
    "quit": "never again, switching to",
    "problem": "broken, late, wrong, cold, dirty, rude",
}


def default_rules() -> tuple[tuple[str, str, str], ...]:
    """The built-in rules of urgency as name, condition and what follows: made of the figures that judge."""
    found: list[tuple[str, str, str]] = [
        ("negative", "negative", f"+{NEGATIVE_POINTS}"),
        ("strongly-negative", f"instead, strongly negative (score {STRONG:g} or less)", f"+{STRONG_POINTS}"),
    ]
    found += [(group, f"{group}: {_GROUPS[group]}", f"+{points}") for group, points in GROUP_POINTS.items()]
    expects = "negative, and written to your handle with waiting, ask or problem"
    found.append(("addressed", expects, f"+{ADDRESSED_POINTS}"))
    found.append(("abuse", "abusive language", f"+{ABUSE_POINTS}"))
    found += [("reach", f"followers or views {least:,} or more", f"+{n}") for least, n in reversed(REACH_POINTS)]
    found += [
        ("interactions", f"likes, shares, replies and points {least:,} or more", f"+{n}")
        for least, n in reversed(INTERACTION_POINTS)
    ]
    found += [("role", f"by a {role} of [[people]]", f"+{points}") for role, points in ROLE_POINTS.items()]
    found.append(("asked", "a question by a journalist", f"+{JOURNALIST_ASKS}"))
    found += [
        ("pace", f"{least} or more new replies or shares in the last hour", f"+{n}")
        for least, n in reversed(NEW_POINTS)
    ]
    found += [
        ("snowball", f"a snowball: {MANY} of them, doubling within {duration_text(FAST)}", f"+{SNOWBALL_POINTS}"),
        ("waits", f"negative, and unanswered for more than {duration_text(WAITS)}", f"+{WAITS_POINTS}"),
    ]
    found += [("level", f"{least} points and more" if least else "none", level) for least, level in LEVELS]
    found += [
        ("unknown", "a question, or a language that is not judged", "normal at least"),
        ("held", "our own post, backlog, or by a troll of [[people]]", "low"),
        ("held", "about a competitor or a topic", "normal at most"),
        (
            "calm",
            "none of harm, legal, crisis, blocked, addressed, nor negative with waiting and ask",
            f"words +{CALM} at most",
        ),
        ("calm", "otherwise none of harm, legal, crisis, stakes", f"words +{NO_DANGER} at most"),
        ("held", "not negative, nor harm, legal, crisis, blocked, nor a journalist asks", "normal at most"),
        ("held", f"said more than {OLD.days} days before it was found", "normal at most"),
    ]
    return tuple(found)
