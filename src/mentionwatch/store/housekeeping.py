"""Housekeeping: retention, forgetting, checking, and the copy that is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from mentionwatch.errors import StoreError
from mentionwatch.files import create_private
from mentionwatch.store.database import Database, explain_error
from mentionwatch.store.dialect import (
    CHECK_INDEX,
    CHECK_INTEGRITY,
    COMPACT,
    EMPTY_LOG,
    REBUILD_INDEX,
    among,
    array,
    json_text,
    unindex_items,
    update_replacing,
)
from mentionwatch.store.evidence import Evidence
from mentionwatch.store.values import read_json, value_problems
from mentionwatch.store.verdicts import Verdicts
from mentionwatch.times import stamp

#: The ledger of polls is kept for a year and a month, so that the same month a year ago can be looked at.
_LEDGER = timedelta(days=396)
#: No mention is compared with a story more than ``stories.WINDOW`` older; four times that leaves room for late backlog.
_SKETCH_RETENTION = timedelta(days=28)


def _lacking(table: str, column: str, owner: str, key: str = "id") -> str:
    """The rows of a table that name what is not there; those that name nothing are as they should be."""
    return (
        f"SELECT 1 FROM {table} t WHERE t.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {owner} o WHERE o.{key} = t.{column})"
    )


#: What would contradict the rules of the tables → the rows that do.
_RULES = {
    "mentions without their item": _lacking("mention_records", "item_id", "items"),
    "mentions without their version": _lacking("mention_records", "version_id", "versions"),
    "sightings without their item": _lacking("sightings", "item_id", "items"),
    "items without a source": _lacking("items", "id", "sightings", "item_id"),
    "items without a key": _lacking("items", "id", "identities", "item_id"),
    "keys without their item": _lacking("identities", "item_id", "items"),
    "pending deliveries without their message": (
        "SELECT 1 FROM deliveries WHERE state = 'pending' AND message IS NULL"
    ),
    "pending alerts without their message": "SELECT 1 FROM alerts WHERE state = 'pending' AND body IS NULL",
    "parts of evidence without an entry": (
        "SELECT 1 FROM evidence_parts p WHERE NOT EXISTS"
        " (SELECT 1 FROM evidence e WHERE e.forgotten_at IS NULL AND e.entry LIKE '%' || p.sha256 || '%')"
    ),
    "verdicts without their mention": _lacking("verdicts", "seq", "mention_records", "seq"),
    "words without their mention": _lacking("mention_words", "seq", "mention_records", "seq"),
    "changes without their item": _lacking("changes", "item_id", "items"),
    "edits without their words": (
        "SELECT 1 FROM changes c JOIN items i ON i.id = c.item_id WHERE c.what = 'edited' AND c.words <> i.words"
        " AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.item_id = i.id AND v.words = c.words)"
    ),
}


def _shows(text: str, signs: set[str]) -> bool:
    """Whether a text contains one of the signs, ignoring case; signs of one or two letters do not count."""
    folded = text.casefold()
    return any(sign.casefold() in folded for sign in signs if len(sign) > 2)


def _words_of_mail(message: bytes) -> str:
    """The text parts of one of our mails, decoded."""
    from email.parser import BytesParser
    from email.policy import default

    parts = BytesParser(policy=default).parsebytes(message).walk()
    return "\n".join(str(part.get_content()) for part in parts if part.get_content_maintype() == "text")


#: Columns dated by our own clock; where two rows get the same key, the later one stays.
_DATED = (
    ("items", "first_seen_at"),
    ("sightings", "first_seen_at"),
    ("versions", "seen_at"),
    ("readings", "read_at"),
    ("changes", "at"),
    ("mention_records", "counts_at"),
    ("mention_records", "matched_at"),
    ("mention_words", "at"),
    ("verdicts", "judged_at"),
    ("deliveries", "created_at"),
    ("deliveries", "settled_at"),
)


class Housekeeping:
    """Work on the database as a whole."""

    def __init__(self, database: Database, evidence: Evidence, verdicts: Verdicts) -> None:
        self._db, self._evidence, self._verdicts = database, evidence, verdicts

    def fix_future_timestamps(self, now: datetime) -> None:
        """Set timestamps that a wrong clock put after ``now`` to ``now``. A transaction.

        Otherwise no digest would report such mentions until that time, and then as new. What was mailed stays mailed.
        What people did keeps its time: it is theirs, and in other databases.
        """
        at = stamp(now)
        ahead = self._db.row(
            # Both by an index or in a few rows: this is asked by every scan.
            "SELECT 1 WHERE (SELECT max(first_seen_at) FROM items) > :at"
            " OR EXISTS (SELECT 1 FROM source_states WHERE last_asked_at > :at)",
            {"at": at},
        )
        if ahead is None:
            return
        with self._db.writing():
            for table, column in _DATED:
                self._db.run(f"{update_replacing(table)} SET {column} = :at WHERE {column} > :at", {"at": at})
            for table in ("deliveries", "alerts"):
                # No pause between two tries is so long.
                self._db.run(
                    f"UPDATE {table} SET next_try_at = ? WHERE next_try_at > ?", (at, stamp(now + timedelta(days=2)))
                )

    def prune(self, items: timedelta | None, mentions: timedelta | None, now: datetime) -> tuple[int, int]:
        """Delete what is older than its retention; returns how many items and mentions were deleted.

        ``None`` keeps everything, zero nothing that matched no brand. An item's keys stay, as hashes: what a feed still
        shows after its retention is not new again.
        """
        gone_mentions = 0
        if mentions is not None:
            rows = self._db.rows(
                "SELECT m.seq, m.id FROM mention_records m JOIN items i ON i.id = m.item_id WHERE i.first_seen_at < ?",
                (stamp(now - mentions),),
            )
            self._drop_logs([row["id"] for row in rows])
            numbers = [(row["seq"],) for row in rows]
            for table in ("verdicts", "mention_words", "delivery_mentions", "mention_records"):
                self._db.run_many(f"DELETE FROM {table} WHERE seq = ?", numbers)
            gone_mentions = len(numbers)
            if numbers:
                self._db.run(
                    "DELETE FROM stories WHERE id NOT IN (SELECT story FROM mention_records WHERE story IS NOT NULL)"
                )
        gone_items = 0
        if items is not None:
            gone_items = self._prune_items(stamp(now - items), looked_at_again=gone_mentions > 0)
        self._prune_sketches(now, at_once=gone_mentions > 0)
        old = stamp(now - _LEDGER)
        self._db.run("DELETE FROM polls WHERE last_at < ?", (old,))
        self._db.run("DELETE FROM poll_days WHERE day < substr(?, 1, 10)", (old,))
        self._db.run("DELETE FROM shape_changes WHERE at < ?", (old,))
        # The last word on each source stays, however long ago it was said.
        self._db.run(
            "DELETE FROM source_log WHERE at < ? AND at <"
            " (SELECT max(at) FROM source_log o WHERE o.source = source_log.source AND o.at < ?)",
            (old, old),
        )
        self._db.run("DELETE FROM host_waits WHERE until < ?", (stamp(now),))
        return gone_items, gone_mentions

    def _prune_sketches(self, now: datetime, *, at_once: bool) -> None:
        """Delete the sketches of old stories; once a day, as this reads all of them."""
        day = now.toordinal()
        if self._db.mark("sketches pruned") == day and not at_once:
            return
        self._db.run(
            "DELETE FROM sketches WHERE story IN (SELECT id FROM stories WHERE told_at < ?)"
            " OR story NOT IN (SELECT id FROM stories)",
            (stamp(now - _SKETCH_RETENTION),),
        )
        self._db.set_mark("sketches pruned", day)

    def _prune_items(self, before: str, *, looked_at_again: bool) -> int:
        first = 0 if looked_at_again else self._db.mark("pruned") or 0
        # An item that no brand has read yet stays, whatever its age.
        last = self._db.row(
            "SELECT coalesce(max(id), 0) AS id FROM items WHERE first_seen_at <= ?"
            " AND id <= coalesce((SELECT min(item_id) FROM matched), 0)",
            (before,),
        )
        assert last is not None
        if last["id"] <= first:
            return 0
        rows = self._db.rows(
            "SELECT id FROM items WHERE id > ? AND id <= ? AND first_seen_at <= ? AND NOT EXISTS"
            " (SELECT 1 FROM mention_records m WHERE m.item_id = items.id AND m.retired_at IS NULL)",
            (first, last["id"], before),
        )
        self._remove_items([row["id"] for row in rows])
        self._db.set_mark("pruned", last["id"])
        return len(rows)

    def _remove_items(self, items: list[int]) -> None:
        """Delete items with all that belongs to them; their keys stay, as hashes."""
        ids = [(item,) for item in items]
        self._drop_logs(
            self._db.column(f"SELECT id FROM mention_records WHERE item_id IN {among('?')}", (array(items),))
        )
        self._db.run_many(unindex_items("id = ?"), ids)
        self._db.run_many("UPDATE identities SET item_id = NULL, name = NULL WHERE item_id = ?", ids)
        # An unmatched mention is deleted with its item.
        for table in ("verdicts", "mention_words", "delivery_mentions"):
            self._db.run_many(
                f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM mention_records WHERE item_id = ?)", ids
            )
        for table in ("sightings", "versions", "readings", "changes", "rereadings", "mention_records"):
            self._db.run_many(f"DELETE FROM {table} WHERE item_id = ?", ids)
        self._db.run_many("DELETE FROM items WHERE id = ?", ids)

    def _drop_logs(self, mentions: Collection[str]) -> None:
        """Delete what people wrote about mentions that go: notes, labels, tags, answers."""
        for table in ("triage", "answers"):
            self._db.run_many(f"DELETE FROM {table} WHERE mention = ?", [(mention,) for mention in mentions])

    def forget(self, who: str, now: datetime) -> tuple[int, int, int]:
        """Delete every word of an author – by handle, name or profile URL, ignoring case – without a trace.

        Returns how many items, mentions and pieces of evidence were deleted. What a source still shows of them is not
        stored again. Unsent messages with their words are withdrawn: what else they reported is reported anew.
        """
        wanted = who.casefold().removeprefix("@")
        with self._db.writing():
            rows = self._db.rows(
                f"SELECT id, url, author FROM items WHERE ? IN (lower(ltrim({json_text('author', 'handle')}, '@')),"
                f" lower({json_text('author', 'name')}), lower({json_text('author', 'url')}))",
                (wanted,),
            )
            ids = [row["id"] for row in rows]
            items = array(ids)
            mentions = self._db.rows(f"SELECT id, story FROM mention_records WHERE item_id IN {among('?')}", (items,))
            signs = {wanted, *(mention["id"] for mention in mentions), *(row["url"] for row in rows)}
            signs |= {read_json(row["author"]).get(key) for row in rows for key in ("name", "handle", "url")}
            unsent = self._take_back(signs - {None}, [mention["id"] for mention in mentions])
            # What was labelled is not known any more, in the same words elsewhere neither.
            self._verdicts.renew(self._verdicts.copies([mention["id"] for mention in mentions]))
            self._db.run_many("DELETE FROM story_links WHERE ? IN (a, b)", [(mention["id"],) for mention in mentions])
            # A story they told first is compared by their words: it is not found again, its mentions stay in it.
            self._db.run(
                f"DELETE FROM stories WHERE leader IN (SELECT seq FROM mention_records WHERE item_id IN {among('?')})",
                (items,),
            )
            self._db.run("DELETE FROM sketches WHERE story NOT IN (SELECT id FROM stories)")
            self._remove_items(ids)
            evidence = self._evidence.forget(wanted, [mention["id"] for mention in mentions], now)
            if ids or evidence or unsent:
                # Removed and rewritten are two steps: what ends between them is known to be unfinished.
                self._db.set_mark("to compact", 1)
        self.finish_forgetting()
        return len(ids), len(mentions), evidence

    def _take_back(self, signs: set[str], mentions: list[str]) -> int:
        """Withdraw unsent messages that show one of these signs; the mentions are not reported any more.

        What else a message reported waits for the next one: a recipient who got the first without our knowing gets it
        twice. Returns how many were withdrawn.
        """
        taken = 0
        self._db.run_many(
            "DELETE FROM alert_events WHERE alert_id IS NULL AND mention = ?", [(one,) for one in mentions]
        )
        for row in self._db.rows("SELECT id, notify, body AS message FROM alerts WHERE state = 'pending'"):
            if _shows(row["message"].decode("utf-8", "replace"), signs):
                self._hold_again(row["id"], mentions)
                taken += 1
        for row in self._db.rows("SELECT id, digest, created_at, message FROM deliveries WHERE state = 'pending'"):
            if not _shows(_words_of_mail(row["message"]), signs):
                continue
            # An alert by mail was settled when the outbox took it over, in the same transaction.
            for alert in self._db.rows(
                "SELECT id FROM alerts WHERE 'alert ' || notify = ? AND settled_at = ?",
                (row["digest"], row["created_at"]),
            ):
                self._hold_again(alert["id"], mentions)
            for table in ("delivery_mentions", "delivery_recipients"):
                self._db.run(f"DELETE FROM {table} WHERE delivery_id = ?", (row["id"],))
            self._db.run("DELETE FROM deliveries WHERE id = ?", (row["id"],))
            taken += 1
        return taken

    def _hold_again(self, alert: int, mentions: list[str]) -> None:
        """Let the events of an alert wait for the next one, except those of these mentions."""
        self._db.run_many(
            "DELETE FROM alert_events WHERE alert_id = ? AND mention = ?", [(alert, mention) for mention in mentions]
        )
        self._db.run("UPDATE alert_events SET alert_id = NULL WHERE alert_id = ?", (alert,))
        self._db.run(
            "UPDATE alerts SET state = 'dropped', body = NULL, next_try_at = NULL,"
            " last_error = 'an author in it was forgotten' WHERE id = ?",
            (alert,),
        )

    def finish_forgetting(self) -> None:
        """Rewrite the file if a run that forgot an author was interrupted before it could."""
        if self._db.mark("to compact") is not None:
            self.compact()

    def compact(self) -> None:
        """Rewrite the file without deleted data: index, free pages and write-ahead log included.

        Raises :class:`StoreError` while another program still reads the old pages.
        """
        self._db.run(REBUILD_INDEX)
        self._db.run(COMPACT)
        row = self._db.row(EMPTY_LOG)
        if row is not None and row[0]:
            raise StoreError(
                f"{self._db.name}: another program has it open, so deleted data is still in "
                f"{self._db.name}-wal; end that program and retry"
            )
        self._db.drop_mark("to compact")

    def verify(self) -> tuple[str, ...]:
        """Problems of the database: damage to the file, rows that contradict each other, values that are none."""
        problems = [row[0] for row in self._db.rows(CHECK_INTEGRITY) if row[0] != "ok"]
        for rule, sql in _RULES.items():
            row = self._db.row(f"SELECT count(*) AS n FROM ({sql})")
            if row is not None and row["n"]:
                problems.append(f"{row['n']} {rule}")
        problems += value_problems(self._db)
        with self._db.writing():
            try:
                self._db.run(CHECK_INDEX)
            except StoreError:
                problems.append("the full-text index does not match the items; `prune --compact` rebuilds it")
        return tuple(problems)

    def backup(self, target: Path) -> None:
        """Copy the whole database to ``target`` while others use it; the copy is consistent and 0600."""
        try:
            create_private(target, exist_ok=False)
            copy = sqlite3.connect(target)
            try:
                self._db.backup(copy)
            finally:
                copy.close()
        except FileExistsError as error:
            raise StoreError(f"{target}: already exists; a backup does not overwrite files") from error
        except (sqlite3.Error, OSError) as error:
            target.unlink(missing_ok=True)
            raise StoreError(f"{target}: the backup failed: {explain_error(error)}") from error
