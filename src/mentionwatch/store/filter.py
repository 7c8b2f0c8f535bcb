"""Filters for mentions, as SQL conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mentionwatch.store.dialect import (
    among,
    array,
    has_words,
    json_has,
    json_text,
    least,
    like,
    pattern,
    search_words,
    without_index,
)
from mentionwatch.times import stamp

FOREVER = "9999-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class MentionFilter:
    """Selects mentions; an unset field selects all.

    ``since`` (inclusive) and ``until`` (exclusive) bound when a mention counts. ``not_in`` names a digest: only
    what no mail of that digest holds; ``told`` asks the same of every digest that was delivered.
    """

    ids: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None
    statuses: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    own: bool | None = None
    backlog: bool | None = None
    #: Labelled noise, by somebody, or as the same words were.
    noise: bool | None = None
    #: Which have all these flags and labels, were set to one of these priorities (``auto``: to none), or silenced until
    #: after this time.
    flags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    snoozed_at: datetime | None = None
    story: str | None = None
    not_in: str | None = None
    undelivered: bool = False
    limit: int | None = None
    #: As the database stood then.
    as_of: datetime | None = None


#: When an item was published, but no later than it was first seen.
SAID_AT = least("coalesce(i.published_at, i.first_seen_at)", "i.first_seen_at")
#: The last verdict of a mention, to stand after ``JOIN`` or ``LEFT JOIN``.
LAST_VERDICT = (
    "verdicts j ON j.seq = m.seq AND j.judged_at = (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq)"
)
#: Mentions that are counted and reported: neither our own posts nor backlog, nor what changed terms no longer match.
COUNTED = "m.own = 0 AND m.backlog = 0 AND m.retired_at IS NULL"
#: The verdict that held at :as_of.
JUDGED = (
    " LEFT JOIN verdicts j ON j.seq = m.seq AND j.judged_at ="
    " (SELECT max(o.judged_at) FROM verdicts o WHERE o.seq = m.seq AND o.judged_at <= :as_of)"
)


#: Whether the verdict holds the label ``noise``; of a mention without a verdict it does not.
IS_NOISE = "coalesce(j.labels LIKE '%\"noise\"%', 0)"


#: What response.triage.standing makes of the log as it was at :as_of. Assigning opens what is new and leaves the rest.
STATUS = """coalesce((SELECT CASE t.action WHEN 'reply' THEN 'replied' WHEN 'resolve' THEN 'resolved'
    WHEN 'ignore' THEN 'ignored' ELSE 'open' END
  FROM triage t WHERE t.mention = m.id AND t.at <= :as_of
    AND t.action IN ('ack', 'assign', 'reply', 'resolve', 'ignore', 'reopen')
    AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id AND u.at <= :as_of)
  ORDER BY t.action = 'assign', t.id DESC LIMIT 1), 'new')"""


ASSIGNEE = f"""(SELECT {json_text("t.data", "to")} FROM triage t
  WHERE t.mention = m.id AND t.at <= :as_of AND t.action = 'assign'
    AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id AND u.at <= :as_of)
  ORDER BY t.id DESC LIMIT 1)"""


SNOOZED_UNTIL = f"""(SELECT {json_text("t.data", "until")} FROM triage t
  WHERE t.mention = m.id AND t.at <= :as_of AND t.action = 'snooze'
    AND NOT EXISTS (SELECT 1 FROM triage u WHERE u.undoes = t.id AND u.at <= :as_of)
  ORDER BY t.id DESC LIMIT 1)"""


def conditions(wanted: MentionFilter) -> tuple[str, dict[str, object]]:
    """What the filter asks, to stand after other conditions, and the values of its parameters."""
    clauses: list[str] = []
    values: dict[str, object] = {"as_of": FOREVER if wanted.as_of is None else stamp(wanted.as_of)}

    def one_of(column: str, name: str, wanted: Sequence[str]) -> None:
        if len(wanted) == 1:
            # Equal to one, an index that has the order too serves both.
            clauses.append(f"{column} = :{name}")
            values[name] = wanted[0]
        elif wanted:
            clauses.append(f"{column} IN {among(f':{name}')}")
            values[name] = array(wanted)

    one_of("m.id", "ids", wanted.ids)
    # The newest few of several brands are found along the time they count, and not by sorting all that they have.
    newest_few = wanted.limit is not None and len(wanted.brands) > 1
    one_of(without_index("m.brand") if newest_few else "m.brand", "brands", wanted.brands)
    one_of(f"{json_text('j.sentiment', 'label')}", "sentiments", wanted.sentiments)
    one_of(f"{json_text('j.urgency', 'level')}", "urgencies", wanted.urgencies)
    one_of(STATUS, "statuses", wanted.statuses)
    one_of(ASSIGNEE, "assignees", wanted.assignees)
    if wanted.snoozed_at is not None or wanted.assignees or (wanted.statuses and "new" not in wanted.statuses):
        # Few mentions have a log: found from there, and not by looking at every mention there is.
        clauses.append("m.id IN (SELECT mention FROM triage)")
    if wanted.sources:
        clauses.append(f"EXISTS (SELECT 1 FROM sightings w WHERE w.item_id = i.id AND w.source IN {among(':sources')})")
        values["sources"] = array(wanted.sources)
    if wanted.since is not None:
        clauses.append("m.counts_at >= :since")
        values["since"] = stamp(wanted.since)
    if wanted.until is not None:
        clauses.append("m.counts_at < :until")
        values["until"] = stamp(wanted.until)
    for column, flag in (("own", wanted.own), ("backlog", wanted.backlog)):
        if flag is not None:
            clauses.append(f"m.{column} = {int(flag)}")
    one_of("coalesce(j.priority, 'auto')", "priorities", wanted.priorities)
    for column, among_them in (("flags", wanted.flags), ("labels", wanted.labels)):
        for n, value in enumerate(among_them):
            clauses.append(json_has(f"j.{column}", f":{column}{n}"))
            values[f"{column}{n}"] = value
    if wanted.snoozed_at is not None:
        clauses.append(f"{SNOOZED_UNTIL} > :snoozed_at")
        values["snoozed_at"] = stamp(wanted.snoozed_at)
    if wanted.noise is not None:
        clauses.append(IS_NOISE if wanted.noise else f"NOT {IS_NOISE}")
    if wanted.story is not None:
        clauses.append("m.story = :story")
        values["story"] = wanted.story
    if wanted.not_in is not None:
        clauses.append("NOT EXISTS (SELECT 1 FROM delivery_mentions d WHERE d.digest = :not_in AND d.seq = m.seq)")
        values["not_in"] = wanted.not_in
    if wanted.undelivered:
        clauses.append(
            "NOT EXISTS (SELECT 1 FROM delivery_mentions d JOIN deliveries y ON y.id = d.delivery_id"
            " WHERE d.seq = m.seq AND y.state = 'sent' AND y.settled_at <= :as_of)"
        )
    if wanted.words:
        clause, words = _words(wanted.words)
        clauses.append(clause)
        values.update(words)
    return "".join(f" AND {clause}" for clause in clauses), values


#: First and last letters of scripts written without spaces: Thai and Lao, Burmese, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0x20000, 0x3FFFF),
)


def _unspaced(text: str) -> bool:
    """Whether a text is in a script without spaces, which the full-text index cannot split into words."""
    return any(first <= ord(c) <= last for c in text for first, last in _UNSPACED)


def _words(words: str) -> tuple[str, dict[str, object]]:
    """A condition that all these words occur in title or text, each as a whole word."""
    if _unspaced(words) or not any(c.isalnum() for c in words):
        clauses, values = [], {}
        for n, word in enumerate(words.split()):
            clauses.append(f"({like('i.title', f':word{n}')} OR {like('i.text', f':word{n}')})")
            values[f"word{n}"] = pattern(word)
        return "(" + " AND ".join(clauses or ["1 = 1"]) + ")", dict(values)
    return has_words("i.id", ":words"), {"words": search_words(_phrases(words))}


def _phrases(words: str) -> list[str]:
    """The words, and each part in double quotes as one."""
    parts = words.split('"')
    phrases: list[str] = []
    for n, part in enumerate(parts):
        phrases += [part.strip()] if n % 2 else part.split()
    return [phrase for phrase in phrases if any(c.isalnum() for c in phrase)] or [words]
