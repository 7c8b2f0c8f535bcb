"""Acknowledge, assign, reply, resolve, ignore, reopen, note, label, undo: entries in an append-only log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.analysis.rules import is_automatic
from mentionwatch.app.deadlines import sla_policy
from mentionwatch.app.ids import find_mentions
from mentionwatch.collect.verdicts import rejudge, rulebook
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import did_you_mean, quoted
from mentionwatch.errors import InvalidRequest, UserError
from mentionwatch.render.sanitize import http_url
from mentionwatch.response import triage
from mentionwatch.response.promises import parse_promise
from mentionwatch.response.triage import Action as Action
from mentionwatch.store import Store
from mentionwatch.text import clean
from mentionwatch.times import stamp

#: Characters of a name or promise, and of a note: more is a slip of the pipe.
_MAX_NAME, _MAX_NOTE = 200, 10_000
#: Label → what it is about.
LABELS: Mapping[str, str] = {
    "relevant": "relevance",
    "noise": "relevance",
    "negative": "sentiment",
    "neutral": "sentiment",
    "positive": "sentiment",
}


@dataclass(frozen=True, slots=True)
class TriageResult:
    """The ids that an action was logged for, and messages about the others.

    ``unchanged`` has a line for each that was so already, ``undone`` for each entry taken back, ``retired`` for each
    that was logged though the terms no longer match it.
    """

    changed: tuple[str, ...]
    unchanged: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


def record_action(
    store: Store,
    config: Config | None,
    given: Sequence[str],
    action: Action,
    data: Mapping[str, object],
    *,
    by: str,
    now: datetime,
) -> TriageResult:
    """Log an action for every mention given, by id or unique prefix, in one transaction: for all of them or for none.

    Raises :class:`~mentionwatch.errors.UserError` with every problem. A label changes the verdict at once where there
    is a configuration, else with the next scan.
    """
    changed: list[str] = []
    unchanged: list[str] = []
    undone: list[str] = []
    with store.writing():
        ids, problems = find_mentions(store, given)
        logs = store.triage.logs(ids)
        for id_ in ids:
            log = logs.get(id_, ())
            try:
                changes = triage.follow(id_, log, action, data)
            except UserError as error:
                problems += error.problems
                continue
            if changes:
                changed.append(id_)
            else:
                unchanged.append(f"{id_}: {_already(triage.standing(log), action)}")
        if problems:
            raise UserError(*problems)
        for id_ in changed:
            entry = triage.taken_back(logs[id_]) if action == "undo" else None
            store.triage.append(id_, action, data, by=by, at=now, undoes=entry.id if entry else None)
            if entry is not None:
                undone.append(f"{id_}: undid {entry.action} by {entry.by}")
        if config is not None and action in ("label", "undo"):
            rejudge(store, config.brands, rulebook(config), changed, now)
        retired = tuple(
            f"{id_}: the terms no longer match it; logged all the same" for id_ in store.mentions.unmatched(changed)
        )
    return TriageResult(tuple(changed), tuple(unchanged), tuple(undone), retired)


def _already(state: triage.Standing, action: str) -> str:
    if action == "assign":
        return f"is already assigned to {state.assignee}" if state.assignee else "is already unassigned"
    return f"is already {state.status}"


def person_name(text: str, what: str) -> str:
    """A person's name, clean and on one line; ``what`` names the value in the message."""
    name = _clean(text, what, _MAX_NAME)
    if is_automatic(name):
        raise InvalidRequest(f"{what}: {name!r} is how rules sign; choose another name")
    return name


def team_member(config: Config | None, name: str) -> str:
    """The name as the team of ``[response]`` spells it; any name where there is no team."""
    name = person_name(name, "assignee")
    team = config.response.team if config is not None else ()
    spelled = {member.casefold(): member for member in team}
    if team and name.casefold() not in spelled:
        raise UserError(f"{quoted(name)}: not in the team of [response]{did_you_mean(name, team)}")
    return spelled.get(name.casefold(), name)


def reply_data(config: Config | None, url: str | None, promise: str | None, now: datetime) -> dict[str, object]:
    """What the log keeps of an answer: its address, ``None`` for a private one, and what it promises by when."""
    if url is not None and http_url(url) != url:
        raise InvalidRequest("url: is not an http(s) address; write https://host/path")
    data: dict[str, object] = {"url": url}
    if promise is not None:
        promise = _clean(promise, "promise", _MAX_NAME)
        hours = sla_policy(config or Config(path=None, database=None)).hours
        try:
            data |= {"promise": promise, "due_at": stamp(parse_promise(promise, now, hours))}
        except ValueError as error:
            raise InvalidRequest(f"promise: {error}") from None
    return data


def note_data(text: str) -> dict[str, object]:
    """What the log keeps of a note."""
    return {"text": _clean(text, "note", _MAX_NOTE, one_line=False)}


def label_data(label: str) -> dict[str, object]:
    """What the log keeps of a label, one of :data:`LABELS`."""
    if label not in LABELS:
        raise InvalidRequest(f"{label!r} is not a label; choose one of {', '.join(LABELS)}")
    return {"kind": LABELS[label], "label": label}


def _clean(text: str, what: str, longest: int, *, one_line: bool = True) -> str:
    cleaned = clean(text).strip()
    if one_line:
        cleaned = " ".join(cleaned.split())
    if not cleaned:
        raise InvalidRequest(f"{what}: is empty")
    if len(cleaned) > longest:
        raise InvalidRequest(f"{what}: is longer than {longest} characters")
    return cleaned
