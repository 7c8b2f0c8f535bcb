"""An alert: the document that a webhook gets, with the words that people read in it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from mentionwatch.alerts import EVENT_KINDS, AlertEvent, EventKind
from mentionwatch.model import Mention
from mentionwatch.render import phrases
from mentionwatch.render.due import clock, reply_command
from mentionwatch.render.excerpt import excerpt, headline, joined
from mentionwatch.render.jsonl import mention_json
from mentionwatch.render.sanitize import lines, squeezed
from mentionwatch.response.sla import Deadline
from mentionwatch.times import optional_stamp

SCHEMA = "mentionwatch.alert/1"
#: Events told in words, and events and bytes of mentions in the document; what lies beyond is counted.
_IN_WORDS, _EVENTS, _BYTES = 10, 200, 250_000
#: Characters of a post.
_WORDS = 400


@dataclass(frozen=True, slots=True)
class AlertItem:
    """An event as it is told: with its mention, and what is owed for that, as both stand when the message is made."""

    event: AlertEvent
    noticed_at: datetime
    mention: Mention | None = None
    owed: Deadline | None = None


def title(told: Sequence[AlertItem]) -> str:
    """``2 urgent, 1 overdue – Acme Coffee``: how many of what, and the brand where it is one; no stranger's words."""
    said = []
    for kind in EVENT_KINDS:
        number = sum(one.event.kind == kind for one in told)
        if number:
            said.append(_counted(kind, number))
    brand = _brand(told)
    return ", ".join(said) + (f" – {squeezed(brand, 60)}" if brand else "")


def _counted(kind: EventKind, number: int) -> str:
    if kind == "source-failing":
        return f"{phrases.count(number, 'source')} failing"
    if kind == "digest-failed":
        return f"{phrases.count(number, 'digest')} not mailed"
    if kind in ("spike", "snowball"):
        return phrases.count(number, kind)
    if kind in ("rule", "person"):
        return f"{phrases.number(number)} by {'a rule' if kind == 'rule' else 'people you know'}"
    return f"{phrases.number(number)} {kind}"


def _brand(told: Sequence[AlertItem]) -> str | None:
    brands = {one.event.brands for one in told if one.event.brands}
    return next(iter(brands))[0] if len(brands) == 1 and len(next(iter(brands))) == 1 else None


def document(uid: str, name: str, told: Sequence[AlertItem], now: datetime, zone: tzinfo = UTC) -> bytes:
    """The whole message as JSON, ASCII: ``event`` is the gravest kind in it, ``events`` tells each, in that order.

    Mentions are whole, as everywhere, until they come to 250 kB; ``left_out`` counts those that are not, and the events
    beyond the first 200. ``text`` is for people; ``url`` and ``command`` are those of the first event.
    """
    order = sorted(told, key=lambda one: EVENT_KINDS.index(one.event.kind))
    mentions: dict[str, dict[str, object]] = {}
    left_out, size = max(0, len(order) - _EVENTS), 0
    for one in order[:_EVENTS]:
        if one.mention is None or one.mention.id in mentions:
            continue
        value = mention_json(one.mention)
        length = len(json.dumps(value))
        if size + length > _BYTES:
            left_out += 1
            continue
        size += length
        mentions[one.mention.id] = value
    first = order[0]
    value = {
        "schema": SCHEMA,
        "id": uid,
        "notify": lines(name),
        "created_at": optional_stamp(now),
        "event": first.event.kind,
        "brand": _brand(told),
        "title": title(told),
        "text": _text(order, now, zone),
        "url": None if first.mention is None else phrases.link(first.mention),
        "command": _command(first),
        "events": [_event(one, now, zone) for one in order[:_EVENTS]],
        "mentions": list(mentions.values()),
        "left_out": left_out,
    }
    return json.dumps(value, allow_nan=False).encode("ascii")


def _event(one: AlertItem, now: datetime, zone: tzinfo) -> dict[str, object]:
    return {
        "event": one.event.kind,
        "key": lines(one.event.key),
        "brands": [lines(brand) for brand in one.event.brands],
        "noticed_at": optional_stamp(one.noticed_at),
        "mention": None if one.mention is None else lines(one.mention.id),
        "why": _why(one, now, zone),
        "owed": None if one.owed is None else {"what": one.owed.what, "due_at": optional_stamp(one.owed.due_at)},
        "command": _command(one),
    }


def _text(order: Sequence[AlertItem], now: datetime, zone: tzinfo) -> str:
    blocks = ["\n".join(_block(one, now, zone)) for one in order[:_IN_WORDS]]
    if len(order) > _IN_WORDS:
        blocks.append(f"… and {phrases.number(len(order) - _IN_WORDS)} more: mentionwatch list --urgency urgent")
    return "\n\n".join(blocks)


def _block(one: AlertItem, now: datetime, zone: tzinfo) -> list[str]:
    """What is needed to act: what it is, the words, who said them, the clock, the link, the command."""
    about = ", ".join(squeezed(brand, 60) for brand in one.event.brands[:3])
    said = [f"{one.event.kind.upper()}{' · ' + about if about else ''}: {_why(one, now, zone)}"]
    mention = one.mention
    if mention is not None:
        said.append(_quoted_words(joined(headline(mention, _WORDS))))
        said += [_quoted_words(words)] if (words := joined(excerpt(mention, _WORDS))) else []
        said.append(", ".join(phrases.facts(mention, now, zone)))
        if one.owed is not None and one.event.kind != "overdue":
            said.append(clock(one.owed, now, zone))
        holder = f"with {squeezed(mention.assignee, 40)}" if mention.assignee else ""
        if mention.status != "new" or holder:
            said.append(", ".join(filter(None, [squeezed(mention.status, 30), holder])))
        said += filter(None, [phrases.link(mention)])
    return [*said, f"> {_command(one)}"]


def _why(one: AlertItem, now: datetime, zone: tzinfo) -> str:
    data = one.event.data
    if one.event.kind == "overdue":
        return "has been seen to since" if one.owed is None else clock(one.owed, now, zone)
    if one.event.kind == "source-failing":
        return _source(data, now, zone)
    if one.event.kind == "digest-failed":
        tried = phrases.count(_whole(data.get("attempts")), "time")
        return f"{_said(data, 'digest')} was tried {tried} and could not be mailed: {_said(data, 'error')}"
    if one.event.kind in ("spike", "snowball", "rule", "person"):
        return _said(data, "why")
    reasons = () if one.mention is None or one.mention.urgency is None else one.mention.urgency.reasons
    return ", ".join(squeezed(reason, 80) for reason in reasons[:5]) or "judged urgent"


def _source(data: Mapping[str, object], now: datetime, zone: tzinfo) -> str:
    since = data.get("since")
    at = f" since {phrases.moment(datetime.fromisoformat(since), now, zone)}" if isinstance(since, str) else ""
    how = "is gone" if data.get("gone") else f"has failed {phrases.number(_whole(data.get('failures')))} times in a row"
    return f"{_said(data, 'source')} {how}{at}: {_said(data, 'error')}"


def _command(one: AlertItem) -> str:
    """What to type."""
    if one.event.kind == "spike" and one.event.key.startswith("spike:"):
        return f"mentionwatch list --brand {_quoted(one.event.brands[0])} --since 6h"
    if one.mention is not None:
        mention = squeezed(one.mention.id, 40)
        if one.event.kind == "overdue":
            resolved = one.owed is not None and one.owed.what == "resolution"
            return reply_command(one.mention, "resolution" if resolved else "answer")
        return f"mentionwatch ack {mention}"
    if one.event.kind == "source-failing":
        return "mentionwatch check --online"
    if one.event.kind == "digest-failed":
        return "mentionwatch deliveries retry"
    return "mentionwatch list --since 1d"


def _quoted_words(words: str) -> str:
    """In quotation marks; in single ones where the words hold double ones."""
    return f"‘{words}’" if any(mark in words for mark in "“”") else f"“{words}”"


def _quoted(brand: str) -> str:
    """A brand's name as one word of a shell."""
    return shlex.quote(squeezed(brand, 200))


def _said(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return squeezed(value if isinstance(value, str) else "", 300)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
