"""What a rule may ask of a mention beside its words: ``sentiment:negative``, ``role:journalist``, ``followers>10k``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast, get_args

from mentionwatch.model import FLAGS, LABELS, SENTIMENT_LABELS, URGENCY_LEVELS, Item, Role
from mentionwatch.query.fields import InvalidFieldValue
from mentionwatch.query.globs import glob_pattern
from mentionwatch.query.tree import MentionField, Span
from mentionwatch.text import fold

#: Fields of a verdict, and what each may be.
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sentiment": (*SENTIMENT_LABELS, "none"),
    "urgency": URGENCY_LEVELS,
    "flag": FLAGS,
    "role": get_args(Role),
    "priority": (*URGENCY_LEVELS, "auto"),
    "label": tuple(LABELS),
    "is": ("snoozed",),
}
#: Fields that take one value; of ``brand:`` and ``person:`` it is a name, in which ``*`` and ``?`` are wild.
MENTION_FIELDS = (*_CHOICES, "brand", "person")
#: Counts that are compared, and other names for them.
NUMBER_FIELDS = {
    "followers": "followers",
    "stars": "stars",
    "rating": "stars",
    "replies": "replies",
    "comments": "replies",
    "reposts": "reposts",
    "shares": "reposts",
    "likes": "likes",
    "score": "score",
    "points": "score",
    "views": "views",
}
_NUMBER = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)([km]?)", re.IGNORECASE)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class MentionValues:
    """What is known of a mention when a rule looks at it; ``urgency`` as the rules before left it."""

    brand: str
    #: The configured source that brought it.
    source: str = ""
    sentiment: str | None = None
    urgency: str | None = None
    flags: tuple[str, ...] = ()
    person: str | None = None
    role: str | None = None
    #: What people have said of it; ``tags`` are theirs and the rules'.
    priority: str | None = None
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: ``None`` where a rule looks at it, which looks once: a silence ends by itself.
    snoozed: bool | None = None


def parse_mention_field(name: str, value: str, span: Span) -> MentionField:
    """The field with its value in normal form; raises :class:`InvalidFieldValue`."""
    value = value.strip().casefold()
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            if name == "is":
                raise InvalidFieldValue(f"is:{value} cannot be asked for", "write is:snoozed")
            raise InvalidFieldValue(f"there is no {name} {value}", f"one of {', '.join(_CHOICES[name])}")
    elif not re.search(r"\w", value):
        raise InvalidFieldValue(f"nothing follows {name}:", f'write {name}:"the name"')
    return MentionField(name, ":", value, span=span)


def parse_number_field(name: str, op: str, value: str, span: Span) -> MentionField:
    """A comparison with a number, ``10k`` and ``1.5m`` among them; raises :class:`InvalidFieldValue`."""
    found = _NUMBER.fullmatch(value.replace("_", ""))
    if found is None:
        raise InvalidFieldValue(f"{value or 'nothing'} is not a number", f"write {name}>10, {name}>=10k or {name}=0")
    number = float(found[1]) * _TIMES[found[2].lower()]
    return MentionField(NUMBER_FIELDS[name], cast(Literal["<"], op), f"{number:.3f}".rstrip("0").rstrip("."), span=span)


def holds(fact: MentionField, item: Item, facts: MentionValues) -> bool:
    """Whether it is so; what is not known is not so, whichever way it is compared."""
    match fact.name:
        case "sentiment":
            return (facts.sentiment or "none") == fact.value
        case "urgency":
            return facts.urgency == fact.value
        case "flag":
            return fact.value in facts.flags
        case "role":
            return facts.role == fact.value
        case "priority":
            return (facts.priority or "auto") == fact.value
        case "label":
            return fact.value in facts.labels
        case "is":
            return facts.snoozed is True
        case "brand":
            return _globbed(fact.value).fullmatch(_folded(facts.brand)) is not None
        case "person":
            return facts.person is not None and _globbed(fact.value).fullmatch(_folded(facts.person)) is not None
        case name:
            count = _count(name, item)
            return count is not None and _COMPARED[fact.op](count, float(fact.value))


def _count(name: str, item: Item) -> float | None:
    e = item.engagement
    return {
        "followers": item.author.followers,
        "stars": item.rating,
        "replies": e.replies,
        "reposts": e.reposts,
        "likes": e.likes,
        "score": e.score,
        "views": e.views,
    }[name]


@lru_cache(maxsize=256)
def _globbed(pattern: str) -> re.Pattern[str]:
    return glob_pattern(pattern)


@lru_cache(maxsize=256)
def _folded(name: str) -> str:
    return fold(name).text.strip()
