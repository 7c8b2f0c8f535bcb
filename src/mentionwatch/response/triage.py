"""States and moves of triage: what a log of entries comes to, and what may follow (pure).

    new ──ack, assign──► open ──reply──► replied      the customer has the word, and no clock of ours runs
     │                    ▲  │              │
     │                    │  └──resolve, ignore──► resolved, ignored
     └──reply, resolve, ignore             │
                          └───reopen───────┴─ from replied, resolved and ignored

``assign`` may follow in ``new``, ``open`` and ``replied``; ``note``, ``label``, ``priority``, ``tag`` and ``snooze``
always: they leave the state as it is. ``undo`` takes back the last
entry that stands: it is an entry itself, and what it took back stays in the log. A move that leads where the mention is
already does nothing, so that a command may be run twice; any other move not drawn is refused, with a hint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mentionwatch.errors import UserError
from mentionwatch.model import LABELS, URGENCY_LEVELS, LabelSubject, LogEntry

Status = Literal["new", "open", "replied", "resolved", "ignored"]
Action = Literal[
    "ack", "assign", "reply", "resolve", "ignore", "reopen", "note", "label", "priority", "tag", "snooze", "undo"
]
#: What changes how a mention is judged, and not what state it is in.
WORDS: frozenset[str] = frozenset({"label", "priority", "tag"})

#: Action → the state it may follow → the state it leads to.
_MOVES: Mapping[str, Mapping[Status, Status]] = {
    "ack": {"new": "open", "open": "open"},
    "assign": {"new": "open", "open": "open", "replied": "replied"},
    "reply": {"new": "replied", "open": "replied", "replied": "replied"},
    "resolve": {"new": "resolved", "open": "resolved", "replied": "resolved", "resolved": "resolved"},
    "ignore": {"new": "ignored", "open": "ignored", "replied": "ignored", "ignored": "ignored"},
    "reopen": {"replied": "open", "resolved": "open", "ignored": "open", "open": "open"},
}
#: What says something new each time, even where it leaves the state as it was.
_ALWAYS_SAYS = frozenset({"reply", "note", "label"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a log comes to: the state, who has it, and the entries that stand, oldest first."""

    status: Status = "new"
    assignee: str | None = None
    entries: tuple[LogEntry, ...] = ()
    #: By what it speaks of, the entry with the label that holds: the last.
    labels: Mapping[LabelSubject, LogEntry] = field(default_factory=dict)
    #: The entry that sets the priority; ``None`` where the judge has the word.
    priority: LogEntry | None = None
    #: Tags that people added, and those that they took off, whoever had put them there.
    tags: tuple[str, ...] = ()
    untagged: frozenset[str] = frozenset()
    snoozed_until: datetime | None = None

    def is_snoozed(self, now: datetime) -> bool:
        """Whether nothing is to be told of it at ``now``."""
        return self.snoozed_until is not None and now < self.snoozed_until


def labels_of(entry: LogEntry) -> dict[LabelSubject, str]:
    """What an entry ``label`` says: one label as ``kind`` and ``label``, several as ``labels``."""
    several = entry.data.get("labels")
    said = several.values() if isinstance(several, dict) else (entry.data.get("label"),)
    return {LABELS[label]: label for label in said if isinstance(label, str) and label in LABELS}


def standing(log: Iterable[LogEntry]) -> Standing:
    """What a log, in its order, comes to: what was taken back counts as if it had never been."""
    entries = tuple(log)
    if not entries:
        return Standing()
    gone = {entry.undoes for entry in entries}
    kept = tuple(entry for entry in entries if entry.action != "undo" and entry.id not in gone)
    status: Status = "new"
    assignee: str | None = None
    labels: dict[LabelSubject, LogEntry] = {}
    priority: LogEntry | None = None
    tags: dict[str, None] = {}
    untagged: set[str] = set()
    snoozed_until: datetime | None = None
    for entry in kept:
        status = after(status, entry.action)
        match entry.action:
            case "assign":
                to = entry.data.get("to")
                assignee = to if isinstance(to, str) else None
            case "label":
                labels |= dict.fromkeys(labels_of(entry), entry)
            case "priority":
                priority = entry if entry.data.get("priority") in URGENCY_LEVELS else None
            case "tag":
                for tag in _texts(entry.data.get("add")):
                    tags[tag] = None
                    untagged.discard(tag)
                for tag in _texts(entry.data.get("remove")):
                    tags.pop(tag, None)
                    untagged.add(tag)
            case "snooze":
                snoozed_until = _moment(entry.data.get("until"))
    return Standing(status, assignee, kept, labels, priority, tuple(tags), frozenset(untagged), snoozed_until)


def _moment(value: object) -> datetime | None:
    """A time of the log; ``None`` for what is none, as another's database may hold."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None or found.tzinfo is None else found


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def after(status: Status, action: str) -> Status:
    """The state after an action; one that has no move there leaves it as it was."""
    return _MOVES.get(action, {}).get(status, status)


def follow(mention: str, log: Iterable[LogEntry], action: Action, data: Mapping[str, object]) -> bool:
    """Whether the action changes anything; raises :class:`UserError` where it makes no sense after this log.

    ``mention`` is the id for the message, which names the state and gives a hint. ``data`` is the entry's own.
    """
    now = standing(log)
    if action == "undo":
        if not now.entries:
            raise UserError(f"{mention}: there is nothing to undo; `mentionwatch show {mention}` has its log")
        return True
    if action == "priority":
        return data.get("priority") != (now.priority.data.get("priority") if now.priority is not None else "auto")
    if action == "tag":
        # A tag may be a rule's, which no log has: it is taken off, unless somebody has done so already.
        return not (
            set(_texts(data.get("add"))) <= set(now.tags) and now.untagged.issuperset(_texts(data.get("remove")))
        )
    moves = _MOVES.get(action)
    if moves is None:
        return True
    if now.status not in moves:
        raise UserError(f"{mention}: is {now.status}; {_mend(mention, now.status)}")
    if action in _ALWAYS_SAYS:
        return True
    if action == "assign":
        return now.assignee != data.get("to") or now.status == "new"
    return moves[now.status] != now.status


def _mend(mention: str, status: Status) -> str:
    if status == "new":
        return "nothing was done about it yet that could be reopened"
    if status == "replied":
        return f"there is an answer; `mentionwatch reopen {mention}` if it wants another, or resolve it"
    return f"`mentionwatch reopen {mention}` first, or add a note"


def taken_back(log: Iterable[LogEntry]) -> LogEntry:
    """The entry that an undo takes back: the last that stands. :func:`follow` has said whether there is one."""
    return standing(log).entries[-1]
