"""The inbox: what must be answered first, then what else is new or open, and what can be done about each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, cast, get_args

from mentionwatch.app.brands import own_brands, select_brands
from mentionwatch.app.deadlines import TriageFilter, find_deadlines, measure_response, read_due, sla_policy
from mentionwatch.app.drafts import ReplyDraft, draft_reply, open_placeholders
from mentionwatch.app.installation import Store, open_database
from mentionwatch.app.triage import (
    label_data,
    note_data,
    priority_data,
    record_action,
    reply_data,
    snooze_data,
    tag_data,
    team_member,
)
from mentionwatch.config import Config
from mentionwatch.model import URGENCY_LEVELS, LogEntry, Mention
from mentionwatch.response.sla import DueMention, ResponseTimes, is_overdue, is_snoozed
from mentionwatch.response.triage import Action
from mentionwatch.store.filter import MentionFilter

#: What the inbox shows: all, what I have, what nobody has, what is overdue.
View = Literal["all", "mine", "nobody", "overdue"]
VIEWS: tuple[View, ...] = get_args(View)
#: How far back the inbox looks for what has no deadline, and how many of it it shows; `list --status new` has the rest.
_LOOKS_BACK = timedelta(days=30)
_MAX_WITHOUT_DEADLINE = 500
_DONE = {
    "ack": "acknowledged",
    "assign": "assigned",
    "reply": "answered",
    "resolve": "resolved",
    "ignore": "ignored",
    "reopen": "open again",
    "note": "noted",
    "label": "labelled",
    "priority": "priority set",
    "tag": "tagged",
    "snooze": "snoozed",
    "undo": "undone",
}


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One mention in the inbox, with ``due`` where it has a deadline."""

    mention: Mention
    due: DueMention | None = None

    def is_overdue(self, now: datetime) -> bool:
        return self.due is not None and is_overdue(self.due.owed, now)


def read_inbox(
    store: Store, config: Config, brands: Sequence[str], assignees: Collection[str], now: datetime
) -> tuple[InboxEntry, ...]:
    """What the inbox of these brands (else of all own ones) holds, in its order."""
    names = [b.name for b in select_brands(store, config, brands)] if brands else sorted(own_brands(config.brands))
    policy = sla_policy(config)
    with store.reading():
        deadlines = find_deadlines(
            store, policy, policy.brands & set(names), TriageFilter(assignees=tuple(assignees)), now=now
        )
        without_deadline = MentionFilter(
            # To the store, no brand is no filter; an id that nothing has stands in for it.
            ids=() if names else ("",),
            brands=tuple(names),
            since=now - _LOOKS_BACK,
            statuses=("new", "open"),
            assignees=tuple(assignees),
            own=False,
            backlog=False,
            noise=False,
            limit=_MAX_WITHOUT_DEADLINE,
        )
        others = (one for one in store.mentions.find(without_deadline) if not is_snoozed(one, now))
        return arrange(read_due(store, deadlines), others)


def arrange(due: Sequence[DueMention], others: Iterable[Mention]) -> tuple[InboxEntry, ...]:
    """Each mention once, most pressing first.

    First what has a deadline (``due``, as given: the most overdue first); then new before open, by urgency, negative
    before other, the newest first.
    """
    with_deadline = {one.mention.id for one in due}
    rest = sorted((mention for mention in others if mention.id not in with_deadline), key=_rank)
    return (*(InboxEntry(one.mention, one) for one in due), *(InboxEntry(mention) for mention in rest))


def _rank(mention: Mention) -> tuple[bool, int, bool, float, str]:
    level = URGENCY_LEVELS.index(mention.urgency.level if mention.urgency else "normal")
    negative = mention.sentiment is not None and mention.sentiment.label == "negative"
    return (
        mention.status != "new",
        level,
        not negative,
        -(mention.counts_at or mention.first_seen_at).timestamp(),
        mention.id,
    )


def filter_view(entries: Sequence[InboxEntry], view: View, me: str, now: datetime) -> tuple[InboxEntry, ...]:
    """The entries that a view shows, in the same order."""
    match view:
        case "mine":
            return tuple(one for one in entries if one.mention.assignee == me)
        case "nobody":
            return tuple(one for one in entries if one.mention.assignee is None)
        case "overdue":
            return tuple(one for one in entries if one.is_overdue(now))
        case "all":
            return tuple(entries)


def next_index(before: Sequence[str], after: Sequence[str], at: str | None) -> int | None:
    """Where the cursor goes in a list of ids that changed: it stays on its mention, or goes to the next one left."""
    if not after:
        return None
    if at is None or at not in before:
        return 0
    index = {id_: number for number, id_ in enumerate(after)}
    return next((index[id_] for id_ in before[before.index(at) :] if id_ in index), len(after) - 1)


@dataclass(frozen=True, slots=True)
class InboxActions:
    """What a screen or page may do with the inbox in the name of ``me``.

    Each call opens the database and closes it again, and may raise :class:`~mentionwatch.errors.MentionwatchError`.
    """

    database: Path
    config: Config
    now: Callable[[], datetime]
    me: str
    brands: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()

    @property
    def team(self) -> tuple[str, ...]:
        return self.config.response.team

    @property
    def templates(self) -> Mapping[str, tuple[str, ...]]:
        """The templates by name, with the placeholders that the writer has to fill in."""
        return {template.name: open_placeholders(template) for template in self.config.templates}

    def entries(self) -> tuple[InboxEntry, ...]:
        """What the inbox holds now."""
        with open_database(self.database) as store:
            return read_inbox(store, self.config, self.brands, self.assignees, self.now())

    def log(self, mention: Mention) -> tuple[tuple[LogEntry, ...], ResponseTimes | None]:
        """What was done about a mention, and how long it took."""
        with open_database(self.database) as store:
            log = store.triage.logs((mention.id,)).get(mention.id, ())
        return log, measure_response(self.config, mention, log, self.now())

    def draft(self, id_: str, template: str, values: Mapping[str, str]) -> ReplyDraft:
        """Draft an answer to a mention."""
        with open_database(self.database) as store:
            return draft_reply(store, self.config, id_, template, values, self.me)

    def act(self, id_: str, action: str, values: Mapping[str, str]) -> str:
        """Do one thing about one mention, by the same rules as its command; gives the message about it."""
        data: dict[str, object] = {}
        match action:
            case "assign":
                data = {"to": team_member(self.config, values["to"])}
            case "reply":
                data = reply_data(self.config, values["url"] or None, values["promise"] or None, self.now())
                # Of an answer that was drafted here the text is known.
                data |= {key: values[key] for key in ("template", "text") if key in values}
            case "note":
                data = note_data(values["text"])
            case "label":
                data = label_data(*values["label"].split())
            case "priority":
                data = priority_data(values["priority"])
            case "tag":
                data = tag_data(values["tags"].split())
            case "snooze":
                data = snooze_data(self.config, values["until"], self.now())
        with open_database(self.database, write=True) as store:
            result = record_action(store, self.config, [id_], cast(Action, action), data, by=self.me, now=self.now())
        return " ".join((*result.unchanged, *result.undone, *result.alike, *result.silent)) or f"{id_}: {_DONE[action]}"
