"""Uniting two databases: what was said, found, judged and done in both, each once.

Every table is joined by a rule that takes the least (or the furthest) of what either holds, so that the order and the
number of merges make no difference. The rules in words: ``docs/merge.md``. Asking stays each database's own: ledger of
polls, checkpoints, quotas, how far brands have read.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mentionwatch.errors import StoreError, UserError
from mentionwatch.store.evidence import Evidence
from mentionwatch.store.rows import ITEM_COLUMNS, key_hash
from mentionwatch.store.schema import KNOWN, applied, refuse_newer

__all__ = ["Merged", "Merging"]

Values = tuple[Any, ...]

_ITEM = tuple(column for column in ITEM_COLUMNS if column != "poll_id")
_FIRST_SEEN, _WORDS = _ITEM.index("first_seen_at"), _ITEM.index("words")
_TELLING = ("source", "title", "text", "links", "tags", "words")
#: What a record is; then, from ``retired_at`` on, what became of it.
_RECORD = (
    "id", "matches", "reason", "rules", "own", "backlog", "counts_at", "retired_at", "judged", "story", "story_reason",
)  # fmt: skip
_LATER = _RECORD.index("retired_at")
_VERDICT = ("sentiment", "urgency", "flags", "rules", "tags", "hits", "person", "role")
_DELIVERY = ("digest", "created_at", "subject", "trouble")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge brought: items, mentions and entries of the triage log that were not here before."""

    items: int
    mentions: int
    entries: int


@dataclass(slots=True)
class _Record:
    """A brand's mention of an item: ``words`` is the telling its matches stand in, ``told`` which mails hold it."""

    matched_at: str
    values: Values
    words: bytes
    ids: set[str]
    verdicts: dict[str, Values]
    told: dict[str, tuple[str, str]]
    edits: dict[str, Values] = field(default_factory=dict)

    @property
    def rank(self) -> Values:
        return (self.matched_at, _rank(self.values[:_LATER]), self.words)

    @property
    def id(self) -> str:
        return str(self.values[0])


@dataclass(slots=True)
class _Bundle:
    """An item with all that hangs on it, by names that are the same in every database."""

    item: Values
    anchors: dict[bytes, str] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    tellings: dict[bytes, tuple[str, Values]] = field(default_factory=dict)
    sightings: dict[str, Values] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    changes: dict[tuple[str, str], Values] = field(default_factory=dict)
    records: dict[str, _Record] = field(default_factory=dict)

    @property
    def words(self) -> bytes:
        words = self.item[_WORDS]
        assert isinstance(words, bytes)
        return words

    def join(self, other: _Bundle) -> None:
        """Take in what another bundle of the same item holds."""
        self.item = min(self.item, other.item, key=lambda item: (item[_FIRST_SEEN], _rank(item)))
        self.anchors |= other.anchors
        self.keys |= other.keys
        _least(self.tellings, other.tellings)
        _least(self.sightings, other.sightings)
        _least(self.readings, other.readings)
        _least(self.changes, other.changes)
        for brand, record in other.records.items():
            mine = self.records.get(brand)
            if mine is None:
                self.records[brand] = record
                continue
            best = min(mine, record, key=lambda one: one.rank)
            _least(mine.verdicts, record.verdicts)
            _least(mine.told, record.told)
            _least(mine.edits, record.edits)
            # What stands in one of them stands; a story goes before none.
            retired, judged = (min(mine.values[n], record.values[n], key=_rank) for n in (_LATER, _LATER + 1))
            stories = [one.values[_LATER + 2 :] for one in (mine, record) if one.values[_LATER + 2] is not None]
            story = min(stories, key=_rank, default=(None, None))
            values = (*best.values[:_LATER], retired, judged, *story)
            self.records[brand] = _Record(
                best.matched_at, values, best.words, mine.ids | record.ids, mine.verdicts, mine.told, mine.edits
            )


def _rank(value: Any) -> Any:
    """A value of the database in an order in which ``NULL`` and any two of a kind can be compared."""
    if isinstance(value, tuple):
        return tuple(_rank(one) for one in value)
    if value is None:
        return (0, "")
    if isinstance(value, int | float):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, value)


def _least(mine: dict[Any, Any], theirs: Mapping[Any, Any]) -> None:
    """The union of both; where both have a key, the lesser value."""
    for key, value in theirs.items():
        mine[key] = min(mine[key], value, key=_rank) if key in mine else value


class Merging(Evidence):
    """Taking in another database."""

    #: A mention's number → digest → the mail that told it, read once: the table has no index by number.
    _told: Mapping[int, Mapping[str, tuple[str, str]]]

    def merge(self, other: Path) -> Merged:
        """Take in what ``other`` holds, in one transaction; it is only read.

        Raises :class:`StoreError` for a database of a newer version, :class:`UserError` for one that is not there, is
        this one, or must be brought up to date first.
        """
        if not other.exists():
            raise UserError(f"{other}: there is no such database")
        if Path(self.name).exists() and other.samefile(self.name):
            raise UserError(f"{other}: that is this database itself")
        try:
            theirs = self._connect(f"{other.absolute().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as error:
            raise StoreError(f"{other}: {error}") from error
        try:
            source = Merging(theirs, str(other))
            seen = _migrations(source)
            refuse_newer(seen, str(other))
            if not seen:
                raise StoreError(f"{other}: not a mentionwatch database; name another")
            if not set(KNOWN) <= seen:
                raise UserError(
                    f"{other}: written by an older mentionwatch; run `mentionwatch --db {other} verify` first, which "
                    "brings it up to date and keeps a copy"
                )
            with source.reading():
                return self.take(source)
        finally:
            theirs.close()

    def take(self, theirs: Merging) -> Merged:
        """Take in what an open database holds, in one transaction."""
        with self.writing():
            return self._take(theirs)

    def _take(self, theirs: Merging) -> Merged:
        before, stories = self._counts(), self._stories()
        self._take_deliveries(theirs)
        for side in (self, theirs):
            side._told = side._marks()
        renamed = self._take_items(theirs)
        self._take_pruned(theirs)
        self._take_stories(stories, theirs, renamed)
        self._take_links(theirs, renamed)
        self._take_log(theirs, renamed)
        self.take_evidence(theirs, renamed)
        after = self._counts()
        return Merged(*(b - a for a, b in zip(before, after, strict=True)))

    def _counts(self) -> tuple[int, ...]:
        row = self._row(
            "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM mention_records), (SELECT count(*) FROM triage)"
        )
        assert row is not None
        return tuple(row)

    # -- items -----------------------------------------------------------------------------------------------------

    def _take_items(self, theirs: Merging) -> dict[str, str]:
        """Join each of their items with ours that are the same; gives old → new id of mentions that changed theirs."""
        renamed: dict[str, str] = {}
        groups = self._same_items(theirs)
        for row in theirs._rows("SELECT id FROM items ORDER BY id"):
            ours = groups.pop(row["id"], None)
            if ours is None:
                continue  # joined with another of theirs already
            members, targets = ours
            mine = [self._bundle(item) for item in targets]
            whole = self._joined([*deepcopy(mine), *(theirs._bundle(item) for item in members)])
            if [whole] != mine:
                self._write(whole, targets)
            renamed |= {old: record.id for record in whole.records.values() for old in record.ids if old != record.id}
        return renamed

    @staticmethod
    def _joined(bundles: Sequence[_Bundle]) -> _Bundle:
        whole = bundles[0]
        for bundle in bundles[1:]:
            whole.join(bundle)
        return whole

    def _same_items(self, theirs: Merging) -> dict[int, tuple[list[int], list[int]]]:
        """The first of their items in each group that is one item → all of theirs in it, and all of ours.

        Two are one when they share an anchor: a platform's id, a feed's guid, or what either was named by first. An
        address alone does not join: two posts may link to it.
        """
        parent: dict[tuple[str, int], tuple[str, int]] = {}

        def root(node: tuple[str, int]) -> tuple[str, int]:
            while parent.setdefault(node, node) != node:
                parent[node] = node = parent[parent[node]]
            return node

        for row in theirs._connection.execute(
            "SELECT i.id, i.identity, n.key, n.name FROM items i LEFT JOIN identities n ON n.item_id = i.id"
        ):
            node = ("theirs", row["id"])
            root(node)
            if row["key"] is None or (row["name"] is None and row["key"] != key_hash(row["identity"])):
                continue
            found = self._row(
                "SELECT n.item_id, n.name, i.identity FROM identities n JOIN items i ON i.id = n.item_id"
                " WHERE n.key = ?",
                (row["key"],),
            )
            if found is not None and (found["name"] is not None or key_hash(found["identity"]) == row["key"]):
                parent[root(node)] = root(("ours", found["item_id"]))
        groups: dict[tuple[str, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, number in sorted(parent):
            groups[root((side, number))][side == "ours"].append(number)
        return {members[0]: (members, ours) for members, ours in groups.values() if members}

    def _bundle(self, item_id: int) -> _Bundle:
        """All that is known of one item."""
        row = self._row("SELECT * FROM items WHERE id = ?", (item_id,))
        assert row is not None
        item = tuple(row[column] for column in _ITEM)
        bundle = _Bundle(item)
        named = key_hash(row["identity"])
        for key in self._rows("SELECT key, name FROM identities WHERE item_id = ?", (item_id,)):
            bundle.keys.add(key["key"])
            if key["name"] is not None:
                bundle.anchors[key["key"]] = key["name"]
        bundle.anchors[named] = row["identity"]
        bundle.keys.add(named)
        bundle.tellings[row["words"]] = (row["first_seen_at"], tuple(row[column] for column in _TELLING))
        versions: dict[int, bytes] = {}
        for version in self._rows("SELECT * FROM versions WHERE item_id = ?", (item_id,)):
            versions[version["id"]] = version["words"]
            _least(
                bundle.tellings,
                {version["words"]: (version["seen_at"], tuple(version[column] for column in _TELLING))},
            )
        for sighting in self._rows("SELECT * FROM sightings WHERE item_id = ?", (item_id,)):
            # The one that made an item here did not where another source had it before: the word is added when written.
            evidence = None if sighting["evidence"] in ("first", "merged") else sighting["evidence"]
            bundle.sightings[sighting["source"]] = (sighting["first_seen_at"], sighting["url"], evidence)
        for reading in self._rows("SELECT * FROM readings WHERE item_id = ?", (item_id,)):
            bundle.readings[reading["read_at"]] = reading["engagement"]
        for change in self._rows("SELECT * FROM changes WHERE item_id = ?", (item_id,)):
            bundle.changes[change["at"], change["what"]] = (change["words"], change["evidence"])
        for record in self._rows("SELECT * FROM mention_records WHERE item_id = ?", (item_id,)):
            bundle.records[record["brand"]] = self._record(record, versions, row["words"])
        return bundle

    def _record(self, row: sqlite3.Row, versions: Mapping[int, bytes], words: bytes) -> _Record:
        verdicts = self._rows("SELECT * FROM verdicts WHERE seq = ?", (row["seq"],))
        return _Record(
            row["matched_at"],
            tuple(row[column] for column in _RECORD),
            versions.get(row["version_id"], words),
            {row["id"]},
            {verdict["judged_at"]: tuple(verdict[column] for column in _VERDICT) for verdict in verdicts},
            dict(self._told.get(row["seq"], {})),
            {
                edit["at"]: (edit["words"], edit["matches"])
                for edit in self._rows("SELECT * FROM mention_words WHERE seq = ?", (row["seq"],))
            },
        )

    def _write(self, whole: _Bundle, targets: Sequence[int]) -> None:
        """Put a bundle in the place of those of our items that it is made of; what had a number here keeps it."""
        among = ", ".join(map(str, targets))
        poll_id = None
        polls: dict[str, int | None] = {}
        versions: dict[bytes, int] = {}
        numbers: dict[str, int] = {}
        if targets:
            for row in self._rows(f"SELECT poll_id FROM items WHERE id = {targets[0]}"):
                poll_id = row["poll_id"]
            for row in self._rows(f"SELECT source, poll_id FROM sightings WHERE item_id IN ({among})"):
                polls[row["source"]] = polls.get(row["source"]) or row["poll_id"]
            for row in self._rows(f"SELECT id, words FROM versions WHERE item_id IN ({among}) ORDER BY id DESC"):
                versions[row["words"]] = row["id"]
            for row in self._rows(f"SELECT seq, brand FROM mention_records WHERE item_id IN ({among})"):
                numbers[row["brand"]] = min(row["seq"], numbers.get(row["brand"], row["seq"]))
            self._clear(among)
        marks = ", ".join("?" * (len(_ITEM) + 2))
        cursor = self._run(
            f"INSERT INTO items (id, poll_id, {', '.join(_ITEM)}) VALUES ({marks})",
            (targets[0] if targets else None, poll_id, *whole.item),
        )
        item_id = cursor.lastrowid
        assert item_id is not None
        self._run(
            "INSERT INTO items_fts (rowid, title, text) SELECT id, title, text FROM items WHERE id = ?", (item_id,)
        )
        for key, name in whole.anchors.items():
            self._run("INSERT OR REPLACE INTO identities (key, item_id, name) VALUES (?, ?, ?)", (key, item_id, name))
        self._run_many(
            "INSERT INTO identities (key, item_id) VALUES (?, ?) ON CONFLICT (key) DO UPDATE"
            " SET item_id = excluded.item_id WHERE item_id IS NULL",
            [(key, item_id) for key in whole.keys if key not in whole.anchors],
        )
        first = min(whole.sightings, key=lambda source: (whole.sightings[source][0], source), default=None)
        self._run_many(
            "INSERT INTO sightings (item_id, source, first_seen_at, url, evidence, poll_id) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (item_id, source, seen, url, "first" if source == first else evidence or "merged", polls.get(source))
                for source, (seen, url, evidence) in whole.sightings.items()
            ],
        )
        self._run_many(
            "INSERT INTO readings (item_id, read_at, engagement) VALUES (?, ?, ?)",
            [(item_id, at, engagement) for at, engagement in whole.readings.items()],
        )
        self._run_many(
            "INSERT INTO changes (item_id, at, what, words, evidence) VALUES (?, ?, ?, ?, ?)",
            [(item_id, at, what, *change) for (at, what), change in whole.changes.items()],
        )
        own = tuple(whole.item[_ITEM.index(column)] for column in _TELLING)
        for words, (seen, telling) in sorted(whole.tellings.items(), key=lambda one: (one[1][0], one[0])):
            if (seen, telling) == (whole.item[_FIRST_SEEN], own):
                continue
            cursor = self._run(
                f"INSERT INTO versions (id, item_id, seen_at, {', '.join(_TELLING)})"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (versions.get(words), item_id, seen, *telling),
            )
            assert cursor.lastrowid is not None
            versions[words] = cursor.lastrowid
        for brand, record in whole.records.items():
            version = None if record.words == whole.words else versions.get(record.words)
            self._write_record(item_id, brand, numbers.get(brand), version, record)

    def _marks(self) -> dict[int, dict[str, tuple[str, str]]]:
        marks: dict[int, dict[str, tuple[str, str]]] = {}
        for row in self._rows(
            "SELECT d.seq, d.digest, y.created_at, y.message_id FROM delivery_mentions d"
            " JOIN deliveries y ON y.id = d.delivery_id"
        ):
            marks.setdefault(row["seq"], {})[row["digest"]] = (row["created_at"], row["message_id"])
        return marks

    def _clear(self, among: str) -> None:
        """Take items of ours out with all that hangs on them, for what they are joined into to be written."""
        self._run(
            "INSERT INTO items_fts (items_fts, rowid, title, text)"
            f" SELECT 'delete', id, title, text FROM items WHERE id IN ({among})"
        )
        for row in self._rows(f"SELECT seq FROM mention_records WHERE item_id IN ({among})"):
            self._run("DELETE FROM verdicts WHERE seq = ?", (row["seq"],))
            self._run("DELETE FROM mention_words WHERE seq = ?", (row["seq"],))
            for digest in self._told.get(row["seq"], ()):
                self._run("DELETE FROM delivery_mentions WHERE digest = ? AND seq = ?", (digest, row["seq"]))
        for table in ("sightings", "versions", "readings", "changes", "rereadings", "mention_records", "identities"):
            self._run(f"DELETE FROM {table} WHERE item_id IN ({among})")
        self._run(f"DELETE FROM items WHERE id IN ({among})")

    def _write_record(self, item_id: int, brand: str, seq: int | None, version: int | None, record: _Record) -> None:
        marks = ", ".join("?" * (len(_RECORD) + 5))
        cursor = self._run(
            f"INSERT INTO mention_records (seq, brand, item_id, version_id, matched_at, {', '.join(_RECORD)})"
            f" VALUES ({marks})",
            (seq, brand, item_id, version, record.matched_at, *record.values),
        )
        self._run_many(
            f"INSERT INTO verdicts (seq, judged_at, {', '.join(_VERDICT)})"
            f" VALUES ({', '.join('?' * (len(_VERDICT) + 2))})",
            [(cursor.lastrowid, at, *verdict) for at, verdict in record.verdicts.items()],
        )
        self._run_many(
            "INSERT INTO mention_words (seq, at, words, matches) VALUES (?, ?, ?, ?)",
            [(cursor.lastrowid, at, *edit) for at, edit in record.edits.items()],
        )
        self._run_many(
            "INSERT INTO delivery_mentions (digest, seq, delivery_id)"
            " SELECT ?, ?, id FROM deliveries WHERE message_id = ?",
            [(digest, cursor.lastrowid, message_id) for digest, (_, message_id) in record.told.items()],
        )

    def _take_pruned(self, theirs: Merging) -> None:
        """Names of what was pruned there: unless it is here, it is no news when it is seen again."""
        self._run_many(
            "INSERT INTO identities (key) VALUES (?) ON CONFLICT (key) DO NOTHING",
            theirs._connection.execute("SELECT key FROM identities WHERE item_id IS NULL").fetchall(),
        )

    # -- what hangs on mentions ------------------------------------------------------------------------------------

    def _take_deliveries(self, theirs: Merging) -> None:
        """Each mail once; what was sent by either is sent."""
        rows: dict[str, Values] = {}
        people: dict[tuple[str, str], Values] = {}
        for side in (self, theirs):
            for row in side._rows("SELECT * FROM deliveries"):
                done = (row["state"] != "sent", row["settled_at"], -row["attempts"])
                rest = tuple(row[name] for name in ("message", "next_try_at", "last_error", *_DELIVERY))
                _least(rows, {row["message_id"]: (*done, rest)})
            for row in side._rows(
                "SELECT y.message_id, r.* FROM delivery_recipients r JOIN deliveries y ON y.id = r.delivery_id"
            ):
                order = ("accepted", "refused", "pending").index(row["state"])
                _least(
                    people, {(row["message_id"], row["address"]): (order, row["state"], row["place"], row["detail"])}
                )
        for message_id, (pending, settled, attempts, rest) in sorted(rows.items()):
            self._run(
                "INSERT INTO deliveries (message_id, state, settled_at, attempts, message, next_try_at, last_error,"
                f" {', '.join(_DELIVERY)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (message_id) DO UPDATE SET state = excluded.state, settled_at = excluded.settled_at,"
                " attempts = excluded.attempts,"
                " digest = excluded.digest, created_at = excluded.created_at, subject = excluded.subject,"
                " trouble = excluded.trouble,"
                " message = excluded.message, next_try_at = excluded.next_try_at, last_error = excluded.last_error",
                (message_id, "pending" if pending else "sent", settled, -attempts, *rest),
            )
        self._run_many(
            "INSERT OR REPLACE INTO delivery_recipients (delivery_id, address, state, place, detail)"
            " SELECT id, ?, ?, ?, ? FROM deliveries WHERE message_id = ?",
            [(address, *told[1:], message_id) for (message_id, address), told in people.items()],
        )

    def _stories(self) -> dict[str, tuple[Values, str | None]]:
        """Each story's row, its leader by mention id, and apart from it what it was merged into by hand."""
        rows = self._rows("SELECT s.*, m.id AS leading FROM stories s LEFT JOIN mention_records m ON m.seq = s.leader")
        return {
            row["id"]: ((row["told_at"], row["telling"], row["leading"], row["brand"]), row["merged_into"])
            for row in rows
        }

    def _take_stories(
        self, mine: Mapping[str, tuple[Values, str | None]], theirs: Merging, renamed: Mapping[str, str]
    ) -> None:
        """Stories, and what they are found again by; a mention of one that was merged by hand is told under that."""
        whole = dict(mine)
        both: list[tuple[str, str]] = [(story, into) for story, (_, into) in mine.items() if into is not None]
        for story, (row, into) in theirs._stories().items():
            here, _ = whole.get(story, (row, None))
            whole[story] = (min(here, row, key=_rank), None)
            if into is not None:
                both.append((story, into))
        roots = _roots({story: row for story, (row, _) in whole.items()}, both)
        for story, ((told_at, telling, leading, brand), _) in whole.items():
            into = roots.get(story)
            self._run(
                "INSERT OR REPLACE INTO stories (id, brand, leader, told_at, telling, merged_into)"
                " SELECT ?, ?, seq, ?, ?, ? FROM mention_records WHERE id = ?",
                (story, brand, told_at, telling, into, renamed.get(leading, leading)),
            )
        self._run_many(
            "INSERT OR IGNORE INTO sketches (number, story) VALUES (?, ?)",
            theirs._connection.execute("SELECT number, story FROM sketches"),
        )
        self._run(
            "UPDATE mention_records SET story = (SELECT merged_into FROM stories s WHERE s.id = story)"
            " WHERE story IN (SELECT id FROM stories WHERE merged_into IS NOT NULL)"
        )

    def _take_links(self, theirs: Merging, renamed: Mapping[str, str]) -> None:
        """What was said of two mentions last holds."""
        said: dict[tuple[str, str], tuple[str, str]] = {}
        for side in (self, theirs):
            for row in side._rows("SELECT * FROM story_links"):
                a, b = sorted(renamed.get(one, one) for one in (row["a"], row["b"]))
                if a != b:
                    said[a, b] = max(said.get((a, b), ("", "")), (row["at"], row["kind"]))
        self._run("DELETE FROM story_links")
        self._run_many(
            "INSERT INTO story_links (a, b, at, kind) VALUES (?, ?, ?, ?)",
            [(*pair, *last) for pair, last in said.items()],
        )

    def _take_log(self, theirs: Merging, renamed: Mapping[str, str]) -> None:
        """The logs of triage in order of time; those of a mention that are the same in both stay as they are."""
        mine, more = self._logs(renamed), theirs._logs(renamed)
        for old, new in renamed.items():
            self._run("UPDATE triage SET mention = ? WHERE mention = ?", (new, old))
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
            self._run("DELETE FROM triage WHERE mention = ?", (mention,))
            numbers: dict[Values | None, int | None] = {None: None}
            for entry in whole:
                at, by, action, data, undone = entry
                cursor = self._run(
                    "INSERT INTO triage (mention, at, by, action, data, undoes) VALUES (?, ?, ?, ?, ?, ?)",
                    (mention, at, by, action, data, numbers.get(undone)),
                )
                numbers[entry] = cursor.lastrowid
        # A label outranks the verdict, whichever database had the one and whichever the other.
        self._run(
            "UPDATE mention_records SET judged = NULL WHERE judged IS NOT NULL"
            " AND id IN (SELECT mention FROM triage WHERE action IN ('label', 'undo'))"
        )

    def _logs(self, renamed: Mapping[str, str]) -> dict[str, list[Values]]:
        """Mention → its entries, each with the entry it takes back in the place of that one's number."""
        entries: dict[int, Values] = {}
        logs: dict[str, list[Values]] = defaultdict(list)
        for row in self._rows("SELECT * FROM triage ORDER BY id"):
            undone = None if row["undoes"] is None else entries.get(row["undoes"])
            entry = (row["at"], row["by"], row["action"], row["data"], undone)
            entries[row["id"]] = entry
            log = logs[renamed.get(row["mention"], row["mention"])]
            if entry not in log:
                log.append(entry)
        return logs


def _roots(stories: Mapping[str, Values], merged: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Story → the one it is told under, of stories that were ``merged`` by hand, each into another, in either database.

    Stories merged by way of others are one. Of those that others were merged into, the one told first is what all are
    told under: so the order in which databases meet makes no difference, and no two stories point at each other.
    """
    groups: dict[str, set[str]] = {}
    for pair in merged:
        joined = set[str]().union(*(groups.get(story, {story}) for story in pair))
        groups |= dict.fromkeys(joined, joined)
    targets = {into for _, into in merged}
    roots: dict[str, str] = {}
    for group in {id(group): group for group in groups.values()}.values():
        first = min(group & targets, key=lambda story: (story not in stories, _rank(stories.get(story, ())), story))
        roots |= dict.fromkeys(group - {first}, first)
    return roots


def _in_time(entry: Values) -> Values:
    """By time; in the same second what takes back comes after what it takes back."""
    depth, undone = 0, entry[4]
    while undone is not None:
        depth, undone = depth + 1, undone[4]
    return (entry[0], depth, _rank(entry))


def _migrations(store: Merging) -> set[str]:
    try:
        return applied(store._connection)
    except sqlite3.Error as error:
        raise StoreError(f"{store.name}: {error}") from error
