"""Acknowledge, assign, reply, resolve, ignore, reopen, note, label, set, tag, snooze, undo: an append-only log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.analysis.rules import is_automatic
from mentionwatch.app.deadlines import sla_policy
from mentionwatch.app.ids import find_mentions
from mentionwatch.collect.verdicts import rejudge, rulebook
from mentionwatch.config import Config
from mentionwatch.config.diagnostics import InvalidValue, did_you_mean, quoted
from mentionwatch.config.validators import normalize_tag
from mentionwatch.errors import InvalidRequest, UserError
from mentionwatch.model import LABELS, URGENCY_LEVELS, LabelSubject, LogEntry
from mentionwatch.render.sanitize import http_url
from mentionwatch.response import triage
from mentionwatch.response.promises import parse_promise, parse_until
from mentionwatch.response.triage import Action as Action
from mentionwatch.store import Store
from mentionwatch.text import clean
from mentionwatch.times import stamp

#: Characters of a name or promise, and of a note: more is a slip of the pipe.
_MAX_NAME, _MAX_NOTE = 200, 10_000
#: Other names for a label.
_ALIASES = {"irrelevant": "noise"}


@dataclass(frozen=True, slots=True)
class TriageResult:
    """The ids that an action was logged for, and messages about the others.

    ``unchanged`` has a line for each that was so already, ``undone`` for each entry taken back, ``retired`` for each
    that was logged though the terms no longer match it, ``alike`` a line where the same words elsewhere follow, and
    ``silent`` one for each that stays silent all the same.
    """

    changed: tuple[str, ...]
    unchanged: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


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

    Raises :class:`~mentionwatch.errors.UserError` with every problem. A label, a priority or a tag changes the
    verdict at once where there is a configuration, else with the next scan; a label also that of the same words.
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
                unchanged.append(f"{id_}: {_already(triage.standing(log), action, data)}")
        if problems:
            raise UserError(*problems)
        copies: tuple[str, ...] = ()
        for id_ in changed:
            entry = triage.taken_back(logs[id_]) if action == "undo" else None
            store.triage.append(id_, action, data, by=by, at=now, undoes=entry.id if entry else None)
            if entry is not None:
                undone.append(f"{id_}: undid {entry.action} by {entry.by}")
        if action in ("label", "undo"):
            copies = store.verdicts.copies(changed)
            store.verdicts.renew(copies)
        if config is not None and (action in triage.WORDS or action == "undo"):
            rejudge(store, config.brands, rulebook(config), [*changed, *copies], now)
        retired = tuple(
            f"{id_}: the terms no longer match it; logged all the same" for id_ in store.mentions.unmatched(changed)
        )
        noise = [id_ for id_ in changed if action == "priority" and _is_noise(logs.get(id_, ()))]
    return TriageResult(
        tuple(changed),
        tuple(unchanged),
        tuple(undone),
        retired,
        (f"the same words elsewhere follow: {len(copies)} more",) if copies and action == "label" else (),
        tuple(
            f"{id_}: is labelled noise and stays silent; `mentionwatch label {id_} relevant` ends that" for id_ in noise
        ),
    )


def labels_about(store: Store, subject: LabelSubject) -> dict[str, str]:
    """Mention → the label that holds of what it speaks of, said of this very mention."""
    logs = store.triage.logs(store.triage.labelled())
    standings = ((mention, triage.standing(log).labels.get(subject)) for mention, log in logs.items())
    return {mention: triage.labels_of(entry)[subject] for mention, entry in standings if entry is not None}


def _is_noise(log: Sequence[LogEntry]) -> bool:
    entry = triage.standing(log).labels.get("relevance")
    return entry is not None and triage.labels_of(entry)["relevance"] == "noise"


def _already(state: triage.Standing, action: str, data: Mapping[str, object]) -> str:
    if action == "priority":
        return f"its priority is already {data['priority']}"
    if action == "tag":
        return "is already tagged so"
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


def label_data(*labels: str) -> dict[str, object]:
    """What the log keeps of labels, of :data:`~mentionwatch.model.LABELS`, at most one of each subject."""
    said: dict[str, str] = {}
    for given in labels:
        label = _ALIASES.get(given, given)
        if label not in LABELS:
            raise InvalidRequest(f"{given!r} is not a label; choose of {', '.join(LABELS)}")
        other = said.setdefault(LABELS[label], label)
        if other != label:
            raise InvalidRequest(f"{other} and {label} contradict each other; choose one")
    if not said:
        raise InvalidRequest(f"label it what? Choose of {', '.join(LABELS)}")
    if len(said) == 1:
        subject, label = next(iter(said.items()))
        return {"kind": subject, "label": label}
    return {"labels": said}


def is_label(word: str) -> bool:
    """Whether a word is a label, and no mention's id."""
    return word in LABELS or word in _ALIASES


def priority_data(level: str) -> dict[str, object]:
    """What the log keeps of a priority: a level, or ``auto`` for the judge's own."""
    levels = (*URGENCY_LEVELS, "auto")
    if level not in levels:
        raise InvalidRequest(f"{level!r} is not a priority; choose one of {', '.join(levels)}")
    return {"priority": level}


def tag_data(words: Sequence[str]) -> dict[str, object]:
    """What the log keeps of tags: ``+x`` adds one, ``-x`` takes it off."""
    changes: dict[str, str] = {}
    for word in words:
        sign = word[:1]
        if sign not in ("+", "-"):
            raise InvalidRequest(f"{word[:60]!r} is not a tag; write +name to add one, -name to take it off")
        try:
            tag = normalize_tag(word[1:])
        except InvalidValue as error:
            raise InvalidRequest(str(error)) from None
        if changes.setdefault(tag, sign) != sign:
            raise InvalidRequest(f"+{tag} and -{tag} contradict each other; choose one")
    if not changes:
        raise InvalidRequest("which tag? Write +name to add one, -name to take it off")
    return {
        "add": [tag for tag, sign in changes.items() if sign == "+"],
        "remove": [tag for tag, sign in changes.items() if sign == "-"],
    }


def snooze_data(config: Config | None, until: str, now: datetime) -> dict[str, object]:
    """What the log keeps of a silence: until when it lasts."""
    hours = sla_policy(config or Config(path=None, database=None)).hours
    try:
        return {"until": stamp(parse_until(_clean(until, "until", _MAX_NAME), now, hours))}
    except ValueError as error:
        raise InvalidRequest(str(error)) from None


def _clean(text: str, what: str, longest: int, *, one_line: bool = True) -> str:
    cleaned = clean(text).strip()
    if one_line:
        cleaned = " ".join(cleaned.split())
    if not cleaned:
        raise InvalidRequest(f"{what}: is empty")
    if len(cleaned) > longest:
        raise InvalidRequest(f"{what}: is longer than {longest} characters")
    return cleaned
