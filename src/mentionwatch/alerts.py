"""Alert events, each with the key by which it is recognised (pure).

An event is found anew by every scan for as long as it lasts; its key makes it one message. So a key names the occasion
and not the moment it was noticed: this mention, this turn of its deadline, this row of failures. Nor does it contain a
number that another database gives to something else.
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

EventKind = Literal["urgent", "snowball", "spike", "overdue", "rule", "person", "source-failing", "digest-failed"]
#: In the order they are reported.
EVENT_KINDS: tuple[EventKind, ...] = (
    "urgent",
    "snowball",
    "spike",
    "overdue",
    "rule",
    "person",
    "source-failing",
    "digest-failed",
)
#: Failures in a row from which a source is reported: once may be a hiccup.
_FAILURES = 3
#: What was first seen longer ago is not reported as urgent: newer rules or counts do not make it news.
NEWS_AGE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One thing to report. ``data`` is what cannot be read again when it is reported, and never a stranger's words.

    ``brands`` are those it is about; empty if about all.
    """

    kind: EventKind
    key: str
    brands: tuple[str, ...] = ()
    mention: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


def urgent_event(mention: str, brand: str) -> AlertEvent:
    """A mention is urgent; reported once, however often it is judged."""
    return AlertEvent("urgent", f"urgent:{mention}", (brand,), mention)


def overdue_event(mention: str, brand: str, deadline: Deadline, log: Iterable[LogEntry]) -> AlertEvent:
    """A deadline has passed; reported anew only after a reply or a reopening, when another clock runs.

    Not the time it was due: that moves with the urgency and with the configuration.
    """
    turns = [entry.at for entry in standing(log).entries if entry.action in ("reply", "reopen")]
    key = f"overdue:{mention}:{deadline.what}:{stamp(turns[-1]) if turns else 0}"
    return AlertEvent("overdue", key, (brand,), mention, {"what": deadline.what, "due_at": deadline.due_at.isoformat()})


def failing_source_event(
    source: str,
    *,
    failures: int,
    since: datetime | None,
    gone_at: datetime | None,
    error: str | None,
    brands: Sequence[str] = (),
) -> AlertEvent | None:
    """A source that has failed :data:`FAILURES` times in a row, or has said that it is gone; ``None`` where neither.

    ``error`` is our own message about it; ``brands`` are those it is polled for. Reported once from its first failure
    to its next success.
    """
    if gone_at is None and failures < _FAILURES:
        return None
    begun = gone_at or since
    what = "gone" if gone_at is not None else "failing"
    key = f"{what}:{source}:{'' if begun is None else begun.isoformat()}"
    data = {"source": source, "gone": gone_at is not None, "failures": failures, "error": error}
    return AlertEvent(
        "source-failing", key, tuple(brands), data=data | {"since": None if begun is None else begun.isoformat()}
    )


def failed_digest_event(
    message_id: str, digest: str, *, attempts: int, error: str | None, brands: Sequence[str]
) -> AlertEvent:
    """A digest could not be mailed; reported once, however often it is tried."""
    data = {"digest": digest, "attempts": attempts, "error": error}
    return AlertEvent("digest-failed", f"digest:{message_id}", tuple(brands), data=data)


def spike_event(brand: str, of: str, began_at: datetime, mention: str | None, why: str) -> AlertEvent:
    """A spike has begun; reported once. ``mention`` is one to look at, ``why`` our own words."""
    return AlertEvent("spike", spike_key(brand, of, began_at), (brand,), mention, {"why": why})


def spike_key(brand: str, of: str, began_at: datetime) -> str:
    """The key of a spike of this brand and kind (``of``: volume, negative), the same in every database."""
    return f"spike:{brand}:{of}:{stamp(began_at)}"


def snowball_event(mention: str, brand: str, why: str) -> AlertEvent:
    """A post grows ever faster; reported once. ``why`` is our own words."""
    return AlertEvent("snowball", f"snowball:{mention}", (brand,), mention, {"why": why})


def single_mention_event(mention: str, brand: str) -> AlertEvent:
    """A mention of a brand of so few that no rule for spikes works: each is reported."""
    return AlertEvent(
        "spike", f"each:{mention}", (brand,), mention, {"why": "a brand with few mentions: each is reported"}
    )


def flagged_event(kind: Literal["rule", "person"], mention: str, brand: str, why: str) -> AlertEvent:
    """A mention that matches one of the user's rules, or is by one of their people; reported once."""
    return AlertEvent(kind, f"{kind}:{mention}", (brand,), mention, {"why": why})


def is_addressed(mention: Mention, rules: Sequence[str], people: Sequence[str], roles: Sequence[str]) -> bool:
    """Whether a mention is for an entry that asks for these rules, people and roles (all, if none).

    Never one by a troll: their posts are kept and counted, and alert nobody.
    """
    if mention.role == "troll":
        return False
    if rules and not any(hit.rule in rules for hit in mention.hits):
        return False
    return not (people or roles) or mention.person in people or mention.role in roles


def is_subscribed(event: AlertEvent, when: Sequence[str], brands: Sequence[str]) -> bool:
    """Whether an event is for an entry that asks for these kinds and brands (all, if none)."""
    return event.kind in when and (not brands or not event.brands or not set(brands).isdisjoint(event.brands))


def is_quiet(quiet: tuple[time, time] | None, now: datetime, zone: tzinfo) -> bool:
    """Whether it is between the two times in ``zone``, the second one excluded; past midnight too."""
    if quiet is None:
        return False
    begin, end = quiet
    clock = now.astimezone(zone).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def alert_id(name: str, keys: Iterable[str], now: datetime) -> str:
    """The id of a message, the same on every try: ``a_`` and twelve hexadecimal digits."""
    seed = "\0".join([name, now.isoformat(), *sorted(keys)])
    return "a_" + hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:12]
