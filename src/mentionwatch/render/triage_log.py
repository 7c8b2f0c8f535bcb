"""The log of a mention as ``show`` prints it: who did what, and when; and how long it all took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from mentionwatch.model import LogEntry
from mentionwatch.render import phrases
from mentionwatch.render.json_fields import json_fields
from mentionwatch.render.sanitize import http_url, lines, squeezed
from mentionwatch.response.sla import ResponseTimes
from mentionwatch.times import duration_text

_DID = {
    "ack": "acknowledged it",
    "resolve": "resolved it",
    "ignore": "ignored it",
    "reopen": "reopened it",
}


def render(
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
        rows += ["", "log"]
        for entry in log:
            gone = " (taken back)" if entry.id in undone else _seen(entry, seen or {}, now, zone)
            rows.append(f"{phrases.moment(entry.at, now, zone):>16}  {squeezed(entry.by, 40)} {_did(entry, log)}{gone}")
    return "".join(f"{row}\n" for row in rows)


def log_json(entry: LogEntry) -> dict[str, object]:
    """One entry under the names of the table ``triage``; ``data`` is what the action says."""
    return {
        **json_fields(entry, "id", "mention", "at", "by", "action"),
        "data": {lines(key): lines(value) if isinstance(value, str) else value for key, value in entry.data.items()},
        "undoes": entry.undoes,
    }


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
            return "gave it to nobody" if to is None else f"gave it to {squeezed(str(to), 40)}"
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
            return f"labelled it {squeezed(str(data.get('label', '')), 40)}"
        case "undo":
            undone = next((one for one in log if one.id == entry.undoes), None)
            if undone is None:
                return "took something back"
            return f"took back: {squeezed(undone.by, 40)} {_did(undone, log)}"
        case action:
            return _DID.get(action, squeezed(action, 40))
