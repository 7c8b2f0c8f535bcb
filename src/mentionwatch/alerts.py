"""What is to be told at once: events, each with the key by which it is known again (pure).

An event is found anew by every scan for as long as it lasts; its key is what makes it one message. So a key names the
occasion and not the moment it was noticed: this mention, this turn of its clock, this row of failures. Nor does it
hold a number that another database gives to something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal

from mentionwatch.model import LogEntry, Mention
from mentionwatch.response.sla import Deadline
from mentionwatch.response.triage import standing
from mentionwatch.times import stamp

__all__ = ["FAILURES", "KINDS", "NEW", "Event", "Kind", "digest_failed", "failing", "is_quiet", "message_id"]
__all__ += ["each", "marked", "meant", "overdue", "snowball", "spike", "spike_key", "urgent", "wanted"]

Kind = Literal["urgent", "snowball", "spike", "overdue", "rule", "person", "source-failing", "digest-failed"]
#: In the order they are told.
KINDS: tuple[Kind, ...] = (
    "urgent",
    "snowball",
    "spike",
    "overdue",
    "rule",
    "person",
    "source-failing",
    "digest-failed",
)
#: Failures in a row from which a source is told of: once may be a hiccup.
FAILURES = 3
#: What was first seen longer ago is not told of as urgent: newer rules or counts make no news of what is old.
NEW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to be told. ``data`` is what cannot be read again when it is told, and never a stranger's words.

    ``brands`` are those it is about; empty where it is about all.
    """

    kind: Kind
    key: str
    brands: tuple[str, ...] = ()
    mention: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


def urgent(mention: str, brand: str) -> Event:
    """A mention is urgent; told once, however often it is judged."""
    return Event("urgent", f"urgent:{mention}", (brand,), mention)


def overdue(mention: str, brand: str, owed: Deadline, log: Iterable[LogEntry]) -> Event:
    """Something owed for a mention is overdue; told anew only after a reply or a reopening, when another clock runs.

    Not the time it was due: that moves with the urgency and with the configuration.
    """
    turns = [entry.at for entry in standing(log).entries if entry.action in ("reply", "reopen")]
    key = f"overdue:{mention}:{owed.what}:{stamp(turns[-1]) if turns else 0}"
    return Event("overdue", key, (brand,), mention, {"what": owed.what, "due_at": owed.due_at.isoformat()})


def failing(
    source: str,
    *,
    failures: int,
    since: datetime | None,
    gone_at: datetime | None,
    error: str | None,
    brands: Sequence[str] = (),
) -> Event | None:
    """A source that has failed :data:`FAILURES` times in a row, or has said that it is gone; ``None`` where neither.

    ``error`` is our own message about it; ``brands`` are those it is asked for. Told once from its first failure to its
    next success.
    """
    if gone_at is None and failures < FAILURES:
        return None
    begun = gone_at or since
    what = "gone" if gone_at is not None else "failing"
    key = f"{what}:{source}:{'' if begun is None else begun.isoformat()}"
    data = {"source": source, "gone": gone_at is not None, "failures": failures, "error": error}
    return Event(
        "source-failing", key, tuple(brands), data=data | {"since": None if begun is None else begun.isoformat()}
    )


def digest_failed(message_id: str, digest: str, *, attempts: int, error: str | None, brands: Sequence[str]) -> Event:
    """A digest could not be mailed; told once, however often it is tried."""
    data = {"digest": digest, "attempts": attempts, "error": error}
    return Event("digest-failed", f"digest:{message_id}", tuple(brands), data=data)


def spike(brand: str, of: str, began_at: datetime, mention: str | None, why: str) -> Event:
    """An episode has begun; told once. ``mention`` is one to look at, ``why`` our own words."""
    return Event("spike", spike_key(brand, of, began_at), (brand,), mention, {"why": why})


def spike_key(brand: str, of: str, began_at: datetime) -> str:
    """By what an episode of this brand and kind (``of``: volume, negative) is known, in every database."""
    return f"spike:{brand}:{of}:{stamp(began_at)}"


def snowball(mention: str, brand: str, why: str) -> Event:
    """A post grows ever faster; told once. ``why`` is our own words."""
    return Event("snowball", f"snowball:{mention}", (brand,), mention, {"why": why})


def each(mention: str, brand: str) -> Event:
    """A mention of a brand of so few that no rule for spikes works: each is told."""
    return Event("spike", f"each:{mention}", (brand,), mention, {"why": "a brand of few mentions: each is told"})


def marked(kind: Literal["rule", "person"], mention: str, brand: str, why: str) -> Event:
    """A mention for which one of the user's rules holds, or that somebody they know said; told once."""
    return Event(kind, f"{kind}:{mention}", (brand,), mention, {"why": why})


def meant(mention: Mention, rules: Sequence[str], people: Sequence[str], roles: Sequence[str]) -> bool:
    """Whether a mention is to be told of to somebody who asks for these rules, people and roles (for all, where none).

    Never one by a troll: their posts are kept and counted, and wake nobody.
    """
    if mention.role == "troll":
        return False
    if rules and not any(hit.rule in rules for hit in mention.hits):
        return False
    return not (people or roles) or mention.person in people or mention.role in roles


def wanted(event: Event, when: Sequence[str], brands: Sequence[str]) -> bool:
    """Whether somebody who asks to be told of these kinds and brands (of all, where there are none) is to be told."""
    return event.kind in when and (not brands or not event.brands or not set(brands).isdisjoint(event.brands))


def is_quiet(quiet: tuple[time, time] | None, now: datetime, zone: tzinfo) -> bool:
    """Whether the wall's clock in ``zone`` stands between the two times, the second one excluded; over midnight too."""
    if quiet is None:
        return False
    begin, end = quiet
    clock = now.astimezone(zone).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def message_id(name: str, keys: Iterable[str], now: datetime) -> str:
    """What a message is known by on every try: ``a_`` and twelve hexadecimal digits."""
    seed = "\0".join([name, now.isoformat(), *sorted(keys)])
    return "a_" + hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:12]
