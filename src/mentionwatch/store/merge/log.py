"""Triage logs of two databases, and what is known of our replies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import upsert
from mentionwatch.store.merge.minimum import Values, rank


def merge_log(ours: Database, theirs: Database, renamed: Mapping[str, str]) -> None:
    """The logs of triage in order of time; those of a mention that are the same in both stay as they are."""
    mine, more = logs_of(ours, renamed), logs_of(theirs, renamed)
    for old, new in renamed.items():
        ours.run("UPDATE triage SET mention = ? WHERE mention = ?", (new, old))
    joined = set(renamed.values())
    for mention in sorted(mine.keys() | more.keys()):
        here, there = mine.get(mention, []), more.get(mention, [])
        if mention in joined:
            # What were two mentions has one log now.
            whole = sorted({*here, *there}, key=_in_time)
        elif set(there) <= set(here):
            continue
        else:
            whole = there if set(here) <= set(there) else sorted({*here, *there}, key=_in_time)
        ours.run("DELETE FROM triage WHERE mention = ?", (mention,))
        numbers: dict[Values | None, int | None] = {None: None}
        for entry in whole:
            at, by, action, data, undone = entry
            numbers[entry] = ours.insert(
                "INSERT INTO triage (mention, at, by, action, data, undoes) VALUES (?, ?, ?, ?, ?, ?)",
                (mention, at, by, action, data, numbers.get(undone)),
            )
    # A person's word outranks the verdict, whichever database had the one and whichever the other; a label also that of
    # the same words elsewhere.
    ours.run(
        "UPDATE mention_records SET judged = NULL WHERE judged IS NOT NULL"
        " AND id IN (SELECT mention FROM triage WHERE action IN ('label', 'priority', 'tag', 'undo'))"
    )
    ours.run(
        "UPDATE mention_records SET judged = NULL WHERE judged IS NOT NULL AND seq IN ("
        "SELECT b.seq FROM mention_records a JOIN mention_records b ON b.story = a.story AND b.brand = a.brand"
        " WHERE a.id IN (SELECT mention FROM triage WHERE action = 'label')"
        " UNION SELECT b.seq FROM mention_records a JOIN items i ON i.id = a.item_id JOIN items o ON o.words = i.words"
        " JOIN mention_records b ON b.item_id = o.id AND b.brand = a.brand"
        " WHERE a.id IN (SELECT mention FROM triage WHERE action = 'label'))"
    )


def logs_of(database: Database, renamed: Mapping[str, str]) -> dict[str, list[Values]]:
    """Mention → its entries, each with the entry it takes back in the place of that one's number."""
    entries: dict[int, Values] = {}
    logs: dict[str, list[Values]] = defaultdict(list)
    for row in database.rows("SELECT * FROM triage ORDER BY id"):
        undone = None if row["undoes"] is None else entries.get(row["undoes"])
        entry = (row["at"], row["by"], row["action"], row["data"], undone)
        entries[row["id"]] = entry
        log = logs[renamed.get(row["mention"], row["mention"])]
        if entry not in log:
            log.append(entry)
    return logs


def merge_replies(ours: Database, theirs: Database, renamed: Mapping[str, str]) -> None:
    """What is known of our replies; one that was reported as deleted is not reported again."""
    known: dict[tuple[str, str], Values] = {}
    for side in (ours, theirs):
        for row in side.rows("SELECT * FROM answers"):
            key = (renamed.get(row["mention"], row["mention"]), row["url"])
            times = tuple(row[name] or "" for name in ("asked_at", "seen_at", "missing_since", "gone_at"))
            known[key] = tuple(map(max, times, known.get(key, times)))
    ours.run("DELETE FROM answers")
    ours.run_many(
        "INSERT INTO answers (mention, url, asked_at, seen_at, missing_since, gone_at) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (*key, asked or None, seen or None, missing if missing > seen else None, gone or None)
            for key, (asked, seen, missing, gone) in known.items()
        ],
    )


def merge_rule_watches(ours: Database, theirs: Database) -> None:
    """Since when rules act in the log: of two that differ the later, as what was found before was left alone."""
    rows = {
        row["by"]: max((row["since"], row["mark"]), (mine["since"], mine["mark"]) if mine is not None else ("", ""))
        for row in theirs.rows("SELECT * FROM rule_watches")
        for mine in (ours.row("SELECT since, mark FROM rule_watches WHERE by = ?", (row["by"],)),)
    }
    ours.run_many(
        upsert("rule_watches", ("by",), ("since", "mark")),
        [(by, *newest) for by, newest in rows.items()],
    )


def _in_time(entry: Values) -> Values:
    """By time; in the same second what takes back comes after what it takes back."""
    depth, undone = 0, entry[4]
    while undone is not None:
        depth, undone = depth + 1, undone[4]
    return (entry[0], depth, rank(entry))
