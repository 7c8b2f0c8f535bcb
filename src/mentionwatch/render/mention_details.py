"""What ``show`` says below a mention: how its counts grow, what became of it, who wrote it, what was done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from mentionwatch.analysis.growth import Growth, describe_growth
from mentionwatch.model import Item, ItemChange, LogEntry
from mentionwatch.render import phrases
from mentionwatch.render.json_fields import json_fields
from mentionwatch.render.sanitize import http_url, lines, squeezed
from mentionwatch.response.author_history import AuthorHistory
from mentionwatch.response.sla import ResponseTimes
from mentionwatch.response.triage import labels_of, standing
from mentionwatch.times import duration_text

#: Characters of earlier words that are shown; all are in the JSON and in the database.
_SHOWN = 500
_DID = {
    "ack": "acknowledged it",
    "resolve": "resolved it",
    "ignore": "ignored it",
    "reopen": "reopened it",
}


def changes_text(item: Item, changes: Sequence[ItemChange], now: datetime, *, zone: tzinfo = UTC) -> str:
    """A line a change, oldest first, an edit with what was said before it; nothing where nothing became of it.

    ``item`` is as it was first told.
    """
    if not changes:
        return ""
    rows = ["", "history"]
    said = (item.title, item.text)
    for change in changes:
        at = f"{phrases.moment(change.at, now, zone):>16}  "
        if change.what == "edited":
            before = " – ".join(part for part in said if part)
            rows.append(f"{at}edited; before it said: “{squeezed(before, _SHOWN)}”")
            said = (change.title, change.text or "")
        else:
            rows.append(f"{at}{'gone' if change.what == 'gone' else 'there again'}: {squeezed(change.evidence, 200)}")
    return "".join(f"{row}\n" for row in rows)


def growth_text(seen: Growth, *, zone: tzinfo = UTC) -> str:
    """How its counts grow, on one line."""
    return f"\ngrowth  {describe_growth(seen, zone)}\n"


def recheck_text(rechecked: bool | None) -> str:
    """That nobody will notice what becomes of a post; nothing where somebody does."""
    if rechecked is not False:
        return ""
    return "\nnot rechecked: no configured source can request this post again; edits and deletion are not seen\n"


def change_json(change: ItemChange) -> dict[str, object]:
    """One change; ``title`` and ``text`` are what it says after an edit, else ``null``."""
    return json_fields(change, "at", "what", "evidence", "title", "text")


def author_json(known: AuthorHistory) -> dict[str, object]:
    """The history as values; ``repeated`` counts the other mentions that say the same."""
    counts = json_fields(known, "mentions", "negative", "judged", "answered", "repeated")
    return counts | json_fields(known, "first_at", "last_at", "person", "role")


def author_text(known: AuthorHistory, note: str | None, now: datetime, *, zone: tzinfo = UTC) -> str:
    """A line or a few below the mention: who it is, how much they said and how, and what became of it."""
    said = [phrases.count(known.mentions, "mention")]
    if known.mentions > 1:
        first, last = (phrases.moment(at, now, zone) for at in (known.first_at, known.last_at))
        said.append(f"from {first} to {last}")
    if known.judged:
        said.append(f"{phrases.number(known.negative)} of {phrases.number(known.judged)} judged negative")
    said.append(f"{phrases.number(known.answered)} answered")
    if known.repeated:
        said.append(f"{phrases.number(known.repeated)} more that {'says' if known.repeated == 1 else 'say'} the same")
    rows = ["", "author"]
    if known.person:
        rows.append(f"  {squeezed(known.person, 200)}, {known.role}{': ' + squeezed(note, 500) if note else ''}")
    return "".join(f"{row}\n" for row in [*rows, f"  {', '.join(said)}"])


def log_text(
    log: Sequence[LogEntry],
    times: ResponseTimes | None,
    now: datetime,
    *,
    zone: tzinfo = UTC,
    seen: Mapping[str, datetime] | None = None,
) -> str:
    """A line an entry, oldest first, what was taken back marked so; nothing where there is nothing to say.

    ``seen`` is when each answer of ours that is still there was last seen, by its address.
    """
    rows: list[str] = []
    if times is not None:
        rows += [
            "",
            _took("first answer", times.first_answer, times.answered),
            _took("resolution", times.resolution, times.resolved),
        ]
    if log:
        undone = {entry.undoes for entry in log}
        holds = _words_that_hold(log)
        rows += ["", "log"]
        for entry in log:
            gone = " (taken back)" if entry.id in undone else _seen(entry, seen or {}, now, zone)
            if entry.id not in undone and entry.action in ("label", "priority", "snooze") and entry.id not in holds:
                gone = " (no longer holds)"
            rows.append(f"{phrases.moment(entry.at, now, zone):>16}  {squeezed(entry.by, 40)} {_did(entry, log)}{gone}")
    return "".join(f"{row}\n" for row in rows)


def _words_that_hold(log: Sequence[LogEntry]) -> set[int]:
    """The entries whose label, priority or silence is the last word, so far."""
    stands = standing(log)
    last = {entry.action: entry.id for entry in stands.entries if entry.action in ("priority", "snooze")}
    return {*last.values(), *(entry.id for entry in stands.labels.values())}


def log_json(entry: LogEntry) -> dict[str, object]:
    """One entry under the names of the table ``triage``; ``data`` is what the action says."""
    return {
        **json_fields(entry, "id", "mention", "at", "by", "action"),
        "data": {lines(key): _harmless(value) for key, value in entry.data.items()},
        "undoes": entry.undoes,
    }


def _harmless(value: object) -> object:
    match value:
        case str():
            return lines(value)
        case list() | tuple():
            return [_harmless(one) for one in value]
        case dict():
            return {lines(str(key)): _harmless(one) for key, one in value.items()}
        case _:
            return value


def _seen(entry: LogEntry, seen: Mapping[str, datetime], now: datetime, zone: tzinfo) -> str:
    at = seen.get(str(entry.data.get("url"))) if entry.action == "reply" else None
    return "" if at is None else f" (still there at {phrases.moment(at, now, zone)})"


def _took(what: str, span: timedelta, done: bool) -> str:
    return f"{what} {'took' if done else 'outstanding for'} {duration_text(span)} of working time"


def _did(entry: LogEntry, log: Sequence[LogEntry]) -> str:
    data = entry.data
    match entry.action:
        case "assign":
            to = data.get("to")
            return "unassigned it" if to is None else f"assigned it to {squeezed(str(to), 40)}"
        case "reply":
            address = http_url(str(data.get("url")))
            promise = data.get("promise")
            said = f"answered at {address}" if address else "answered in private"
            if template := data.get("template"):
                said += f" in the words of “{squeezed(str(template), 40)}”"
            return said + (f", and promised “{squeezed(str(promise), 200)}”" if promise else "")
        case "reopen" if data.get("reason"):
            address = http_url(str(data.get("url")))
            return f"reopened it: {squeezed(str(data['reason']), 300)}" + (f", {address}" if address else "")
        case "note":
            return f"noted: {squeezed(str(data.get('text', '')), 2_000)}"
        case "label":
            return f"labelled it {', '.join(labels_of(entry).values())}"
        case "priority":
            level = squeezed(str(data.get("priority", "")), 40)
            return "left its priority to the judge" if level == "auto" else f"set its priority to {level}"
        case "tag":
            signs = (("add", "+"), ("remove", "-"))
            tags = [f"{sign}{squeezed(str(tag), 60)}" for key, sign in signs for tag in _list(data.get(key))]
            return f"tagged it {' '.join(tags)}"
        case "snooze":
            return f"snoozed it until {squeezed(str(data.get('until', '')), 40)}"
        case "undo":
            undone = next((one for one in log if one.id == entry.undoes), None)
            if undone is None:
                return "took something back"
            return f"took back: {squeezed(undone.by, 40)} {_did(undone, log)}"
        case action:
            return _DID.get(action, squeezed(action, 40))


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
