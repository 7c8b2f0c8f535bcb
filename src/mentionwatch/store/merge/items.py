"""Items of two databases, each joined with all that belongs to it: versions, sightings, mentions, verdicts."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import index_items, unindex_items, upsert
from mentionwatch.store.merge.minimum import Values, keep_least, rank
from mentionwatch.store.rows import ITEM_COLUMNS, key_hash

_ITEM = tuple(column for column in ITEM_COLUMNS if column != "poll_id")
_FIRST_SEEN, _WORDS = _ITEM.index("first_seen_at"), _ITEM.index("words")
_TEXT = ("source", "title", "text", "links", "tags", "words")
#: What a record is; then, from ``retired_at`` on, what became of it.
RECORD = (
    "id", "matches", "reason", "rules", "own", "backlog", "counts_at", "retired_at", "judged", "story", "story_reason",
)  # fmt: skip
_LATER = RECORD.index("retired_at")
_VERDICT = ("sentiment", "urgency", "flags", "rules", "tags", "hits", "person", "role", "priority", "labels")


@dataclass(slots=True)
class Record:
    """A brand's mention of an item: ``words`` is the text that matches, ``deliveries`` the mails that hold it."""

    matched_at: str
    values: Values
    words: bytes
    ids: set[str]
    verdicts: dict[str, Values]
    deliveries: dict[str, tuple[str, str]]
    edits: dict[str, Values] = field(default_factory=dict)

    @property
    def rank(self) -> Values:
        return (self.matched_at, rank(self.values[:_LATER]), self.words)

    @property
    def id(self) -> str:
        return str(self.values[0])

    @property
    def verdict(self) -> Values | None:
        """What it was judged to be last; ``None`` before it was."""
        return self.verdicts[max(self.verdicts)] if self.verdicts else None


@dataclass(slots=True)
class Bundle:
    """An item with all that belongs to it, by keys that are the same in every database."""

    item: Values
    anchors: dict[bytes, str] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    texts: dict[bytes, tuple[str, Values]] = field(default_factory=dict)
    sightings: dict[str, Values] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    changes: dict[tuple[str, str], Values] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)

    @property
    def words(self) -> bytes:
        words = self.item[_WORDS]
        assert isinstance(words, bytes)
        return words

    def join(self, other: Bundle) -> None:
        """Add what another bundle of the same item holds."""
        self.item = min(self.item, other.item, key=lambda item: (item[_FIRST_SEEN], rank(item)))
        self.anchors |= other.anchors
        self.keys |= other.keys
        keep_least(self.texts, other.texts)
        keep_least(self.sightings, other.sightings)
        keep_least(self.readings, other.readings)
        keep_least(self.changes, other.changes)
        for brand, record in other.records.items():
            mine = self.records.get(brand)
            if mine is None:
                self.records[brand] = record
                continue
            best = min(mine, record, key=lambda one: one.rank)
            # Judged otherwise by two, as backlog by one of them or with a label of one: the next scan judges the whole.
            differ = mine.verdict != record.verdict
            keep_least(mine.verdicts, record.verdicts)
            keep_least(mine.deliveries, record.deliveries)
            keep_least(mine.edits, record.edits)
            # What stands in one of them stands; a story goes before none.
            retired, judged = (min(mine.values[n], record.values[n], key=rank) for n in (_LATER, _LATER + 1))
            stories = [one.values[_LATER + 2 :] for one in (mine, record) if one.values[_LATER + 2] is not None]
            story = min(stories, key=rank, default=(None, None))
            values = (*best.values[:_LATER], retired, None if differ else judged, *story)
            self.records[brand] = Record(
                best.matched_at, values, best.words, mine.ids | record.ids, mine.verdicts, mine.deliveries, mine.edits
            )


class BundleReader:
    """The items of one database, each with all that belongs to it."""

    def __init__(self, database: Database) -> None:
        self._db = database
        #: A mention's number → digest → the mail that holds it, read once: the table has no index by number.
        self.deliveries: dict[int, dict[str, tuple[str, str]]] = {}
        for row in database.rows(
            "SELECT d.seq, d.digest, y.created_at, y.message_id FROM delivery_mentions d"
            " JOIN deliveries y ON y.id = d.delivery_id"
        ):
            self.deliveries.setdefault(row["seq"], {})[row["digest"]] = (row["created_at"], row["message_id"])

    def read(self, item_id: int) -> Bundle:
        """All that is known of one item."""
        row = self._db.row("SELECT * FROM items WHERE id = ?", (item_id,))
        assert row is not None
        item = tuple(row[column] for column in _ITEM)
        bundle = Bundle(item)
        named = key_hash(row["identity"])
        for key in self._db.rows("SELECT key, name FROM identities WHERE item_id = ?", (item_id,)):
            bundle.keys.add(key["key"])
            if key["name"] is not None:
                bundle.anchors[key["key"]] = key["name"]
        bundle.anchors[named] = row["identity"]
        bundle.keys.add(named)
        bundle.texts[row["words"]] = (row["first_seen_at"], tuple(row[column] for column in _TEXT))
        versions: dict[int, bytes] = {}
        for version in self._db.rows("SELECT * FROM versions WHERE item_id = ?", (item_id,)):
            versions[version["id"]] = version["words"]
            keep_least(
                bundle.texts,
                {version["words"]: (version["seen_at"], tuple(version[column] for column in _TEXT))},
            )
        for sighting in self._db.rows("SELECT * FROM sightings WHERE item_id = ?", (item_id,)):
            # The one that made an item here did not where another source had it before: the word is added when written.
            evidence = None if sighting["evidence"] in ("first", "merged") else sighting["evidence"]
            bundle.sightings[sighting["source"]] = (sighting["first_seen_at"], sighting["url"], evidence)
        for reading in self._db.rows("SELECT * FROM readings WHERE item_id = ?", (item_id,)):
            bundle.readings[reading["read_at"]] = reading["engagement"]
        for change in self._db.rows("SELECT * FROM changes WHERE item_id = ?", (item_id,)):
            bundle.changes[change["at"], change["what"]] = (change["words"], change["evidence"])
        for record in self._db.rows("SELECT * FROM mention_records WHERE item_id = ?", (item_id,)):
            bundle.records[record["brand"]] = self._record(record, versions, row["words"])
        return bundle

    def _record(self, row: sqlite3.Row, versions: Mapping[int, bytes], words: bytes) -> Record:
        verdicts = self._db.rows("SELECT * FROM verdicts WHERE seq = ?", (row["seq"],))
        return Record(
            row["matched_at"],
            tuple(row[column] for column in RECORD),
            versions.get(row["version_id"], words),
            {row["id"]},
            {verdict["judged_at"]: tuple(verdict[column] for column in _VERDICT) for verdict in verdicts},
            dict(self.deliveries.get(row["seq"], {})),
            {
                edit["at"]: (edit["words"], edit["matches"])
                for edit in self._db.rows("SELECT * FROM mention_words WHERE seq = ?", (row["seq"],))
            },
        )


class ItemMerger:
    """Takes another database's items into this one, inside a transaction."""

    def __init__(self, ours: Database, theirs: Database) -> None:
        self._db, self._theirs = ours, theirs
        self._ours_read, self._theirs_read = BundleReader(ours), BundleReader(theirs)

    def merge(self) -> dict[str, str]:
        """Join each of their items with ours that are the same; gives old → new id of mentions that changed theirs."""
        renamed: dict[str, str] = {}
        groups = self._same_items()
        for row in self._theirs.rows("SELECT id FROM items ORDER BY id"):
            ours = groups.pop(row["id"], None)
            if ours is None:
                continue  # joined with another of theirs already
            members, targets = ours
            mine = [self._ours_read.read(item) for item in targets]
            whole = self._joined([*deepcopy(mine), *(self._theirs_read.read(item) for item in members)])
            if [whole] != mine:
                self._write(whole, targets)
            renamed |= {old: record.id for record in whole.records.values() for old in record.ids if old != record.id}
        return renamed

    @staticmethod
    def _joined(bundles: Sequence[Bundle]) -> Bundle:
        whole = bundles[0]
        for bundle in bundles[1:]:
            whole.join(bundle)
        return whole

    def _same_items(self) -> dict[int, tuple[list[int], list[int]]]:
        """The first of their items in each group that is one item → all of theirs in it, and all of ours.

        Two are one when they share an anchor: a platform's id, a feed's guid, or what either was named by first. An
        address alone does not join: two posts may link to it.
        """
        parent: dict[tuple[str, int], tuple[str, int]] = {}

        def root(node: tuple[str, int]) -> tuple[str, int]:
            while parent.setdefault(node, node) != node:
                parent[node] = node = parent[parent[node]]
            return node

        for row in self._theirs.run(
            "SELECT i.id, i.identity, n.key, n.name FROM items i LEFT JOIN identities n ON n.item_id = i.id"
        ):
            node = ("theirs", row["id"])
            root(node)
            if row["key"] is None or (row["name"] is None and row["key"] != key_hash(row["identity"])):
                continue
            found = self._db.row(
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

    def _write(self, whole: Bundle, targets: Sequence[int]) -> None:
        """Put a bundle in the place of those of our items that it is made of; what had a number here keeps it."""
        among = ", ".join(map(str, targets))
        poll_id = None
        polls: dict[str, int | None] = {}
        versions: dict[bytes, int] = {}
        numbers: dict[str, int] = {}
        if targets:
            for row in self._db.rows(f"SELECT poll_id FROM items WHERE id = {targets[0]}"):
                poll_id = row["poll_id"]
            for row in self._db.rows(f"SELECT source, poll_id FROM sightings WHERE item_id IN ({among})"):
                polls[row["source"]] = polls.get(row["source"]) or row["poll_id"]
            for row in self._db.rows(f"SELECT id, words FROM versions WHERE item_id IN ({among}) ORDER BY id DESC"):
                versions[row["words"]] = row["id"]
            for row in self._db.rows(f"SELECT seq, brand FROM mention_records WHERE item_id IN ({among})"):
                numbers[row["brand"]] = min(row["seq"], numbers.get(row["brand"], row["seq"]))
            self._clear(among)
        marks = ", ".join("?" * (len(_ITEM) + 2))
        item_id = self._db.insert(
            f"INSERT INTO items (id, poll_id, {', '.join(_ITEM)}) VALUES ({marks})",
            (targets[0] if targets else None, poll_id, *whole.item),
        )
        self._db.run(index_items("id = ?"), (item_id,))
        for key, name in whole.anchors.items():
            self._db.run(upsert("identities", ("key",), ("item_id", "name")), (key, item_id, name))
        self._db.run_many(
            "INSERT INTO identities (key, item_id) VALUES (?, ?) ON CONFLICT (key) DO UPDATE"
            " SET item_id = excluded.item_id WHERE item_id IS NULL",
            [(key, item_id) for key in whole.keys if key not in whole.anchors],
        )
        first = min(whole.sightings, key=lambda source: (whole.sightings[source][0], source), default=None)
        self._db.run_many(
            "INSERT INTO sightings (item_id, source, first_seen_at, url, evidence, poll_id) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (item_id, source, seen, url, "first" if source == first else evidence or "merged", polls.get(source))
                for source, (seen, url, evidence) in whole.sightings.items()
            ],
        )
        self._db.run_many(
            "INSERT INTO readings (item_id, read_at, engagement) VALUES (?, ?, ?)",
            [(item_id, at, engagement) for at, engagement in whole.readings.items()],
        )
        self._db.run_many(
            "INSERT INTO changes (item_id, at, what, words, evidence) VALUES (?, ?, ?, ?, ?)",
            [(item_id, at, what, *change) for (at, what), change in whole.changes.items()],
        )
        own = tuple(whole.item[_ITEM.index(column)] for column in _TEXT)
        for words, (seen, text) in sorted(whole.texts.items(), key=lambda one: (one[1][0], one[0])):
            if (seen, text) == (whole.item[_FIRST_SEEN], own):
                continue
            versions[words] = self._db.insert(
                f"INSERT INTO versions (id, item_id, seen_at, {', '.join(_TEXT)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (versions.get(words), item_id, seen, *text),
            )
        for brand, record in whole.records.items():
            version = None if record.words == whole.words else versions.get(record.words)
            self._write_record(item_id, brand, numbers.get(brand), version, record)

    def _clear(self, among: str) -> None:
        """Delete items of ours with all that belongs to them, before what they were joined into is written."""
        self._db.run(unindex_items(f"id IN ({among})"))
        for row in self._db.rows(f"SELECT seq FROM mention_records WHERE item_id IN ({among})"):
            self._db.run("DELETE FROM verdicts WHERE seq = ?", (row["seq"],))
            self._db.run("DELETE FROM mention_words WHERE seq = ?", (row["seq"],))
            for digest in self._ours_read.deliveries.get(row["seq"], ()):
                self._db.run("DELETE FROM delivery_mentions WHERE digest = ? AND seq = ?", (digest, row["seq"]))
        for table in ("sightings", "versions", "readings", "changes", "rereadings", "mention_records", "identities"):
            self._db.run(f"DELETE FROM {table} WHERE item_id IN ({among})")
        self._db.run(f"DELETE FROM items WHERE id IN ({among})")

    def _write_record(self, item_id: int, brand: str, seq: int | None, version: int | None, record: Record) -> None:
        marks = ", ".join("?" * (len(RECORD) + 5))
        number = self._db.insert(
            f"INSERT INTO mention_records (seq, brand, item_id, version_id, matched_at, {', '.join(RECORD)})"
            f" VALUES ({marks})",
            (seq, brand, item_id, version, record.matched_at, *record.values),
        )
        self._db.run_many(
            f"INSERT INTO verdicts (seq, judged_at, {', '.join(_VERDICT)})"
            f" VALUES ({', '.join('?' * (len(_VERDICT) + 2))})",
            [(number, at, *verdict) for at, verdict in record.verdicts.items()],
        )
        self._db.run_many(
            "INSERT INTO mention_words (seq, at, words, matches) VALUES (?, ?, ?, ?)",
            [(number, at, *edit) for at, edit in record.edits.items()],
        )
        self._db.run_many(
            "INSERT INTO delivery_mentions (digest, seq, delivery_id)"
            " SELECT ?, ?, id FROM deliveries WHERE message_id = ?",
            [(digest, number, message_id) for digest, (_, message_id) in record.deliveries.items()],
        )

    def merge_pruned(self) -> None:
        """Keys of what was pruned there: unless it is here, it is not new when it is seen again."""
        self._db.run_many(
            "INSERT INTO identities (key) VALUES (?) ON CONFLICT (key) DO NOTHING",
            self._theirs.run("SELECT key FROM identities WHERE item_id IS NULL").fetchall(),
        )
