"""Deliveries, alerts and spikes of two databases: what either has reported is not reported again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from mentionwatch.store.database import Database
from mentionwatch.store.dialect import upsert
from mentionwatch.store.merge.minimum import Values, keep_least, rank
from mentionwatch.store.rows import dump
from mentionwatch.store.values import read_json

_DELIVERY = ("message", "next_try_at", "last_error", "digest", "created_at", "subject", "trouble")
_ALERT = ("body", "next_try_at", "last_error", "notify", "title", "created_at")
_STATES = ("sent", "dropped", "pending")


def merge_deliveries(ours: Database, theirs: Database) -> None:
    """Each mail once; what was sent by either is sent."""
    rows: dict[str, Values] = {}
    people: dict[tuple[str, str], Values] = {}
    for side in (ours, theirs):
        for row in side.rows("SELECT * FROM deliveries"):
            done = (row["state"] != "sent", row["settled_at"], -row["attempts"])
            rest = tuple(row[name] for name in _DELIVERY)
            keep_least(rows, {row["message_id"]: (*done, rest)})
        for row in side.rows(
            "SELECT y.message_id, r.* FROM delivery_recipients r JOIN deliveries y ON y.id = r.delivery_id"
        ):
            order = ("accepted", "refused", "pending").index(row["state"])
            said = (order, row["state"], row["place"], row["detail"])
            keep_least(people, {(row["message_id"], row["address"]): said})
    for message_id, (pending, settled, attempts, rest) in sorted(rows.items()):
        ours.run(
            upsert("deliveries", ("message_id",), ("state", "settled_at", "attempts", *_DELIVERY)),
            (message_id, "pending" if pending else "sent", settled, -attempts, *rest),
        )
    ours.run_many(
        "INSERT INTO delivery_recipients (delivery_id, address, state, place, detail)"
        " SELECT id, ?, ?, ?, ? FROM deliveries WHERE message_id = ?"
        " ON CONFLICT (delivery_id, address) DO UPDATE SET"
        " state = excluded.state, place = excluded.place, detail = excluded.detail",
        [(address, *told[1:], message_id) for (message_id, address), told in people.items()],
    )


def merge_alerts(ours: Database, theirs: Database, renamed: Mapping[str, str]) -> None:
    """Each message and each event once: what either knows of is known, what was sent by either is sent.

    A kind is watched for since the later of both: what was not new to either is not new to both.
    """
    rows: dict[str, Values] = {}
    watches: dict[tuple[str, str], str] = {}
    for side in (ours, theirs):
        for row in side.rows("SELECT * FROM alerts"):
            done = (_STATES.index(row["state"]), row["settled_at"], -row["attempts"])
            rest = tuple(row[name] for name in _ALERT)
            keep_least(rows, {row["uid"]: (*done, rest)})
        for row in side.rows("SELECT * FROM alert_watches"):
            key = (row["notify"], row["kind"])
            watches[key] = max(row["since"], watches.get(key, ""))
    events = _events(ours, theirs, renamed, sent={uid for uid, (state, *_) in rows.items() if state == 0})
    ours.run_many(
        upsert("alerts", ("uid",), ("state", "settled_at", "attempts", *_ALERT)),
        [
            (uid, _STATES[state], settled, -attempts, *rest)
            for uid, (state, settled, attempts, rest) in sorted(rows.items(), key=lambda one: (one[1][3][-1], one[0]))
        ],
    )
    ours.run("DELETE FROM alert_events")
    ours.run_many(
        "INSERT INTO alert_events (notify, key, at, kind, brands, mention, data, alert_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT id FROM alerts WHERE uid = ?))",
        [(*key, *event, told[-1]) for key, (event, told) in events.items()],
    )
    ours.run_many(
        upsert("alert_watches", ("notify", "kind"), ("since",)),
        [(*key, since) for key, since in watches.items()],
    )


def _events(
    ours: Database, theirs: Database, renamed: Mapping[str, str], *, sent: set[str]
) -> dict[tuple[str, str], tuple[Values, Values]]:
    """``[[notify]]`` and key → the event as first noticed, and the message that reported it, or will, first."""
    events: dict[tuple[str, str], tuple[Values, Values]] = {}
    for side in (ours, theirs):
        for row in side.rows(
            "SELECT e.*, a.created_at, a.uid FROM alert_events e LEFT JOIN alerts a ON a.id = e.alert_id"
        ):
            mention = renamed.get(row["mention"], row["mention"])
            key = (
                row["key"]
                if row["kind"] == "spike" and row["key"].startswith("spike:")
                else _renamed(row["key"], renamed)
            )
            event = (row["at"], row["kind"], row["brands"], mention, row["data"])
            # Held goes after frozen, and frozen after sent: what one has sent is told, whatever the other has.
            told = (row["uid"] is None, row["uid"] not in sent, row["created_at"], row["uid"])
            mine = events.get((row["notify"], key), (event, told))
            events[row["notify"], key] = (min(mine[0], event, key=rank), min(mine[1], told, key=rank))
    return events


def merge_episodes(ours: Database, theirs: Database, renamed: Mapping[str, str]) -> None:
    """Each episode once; of one brand and kind one ends when the next begins; acknowledged by one is acknowledged."""
    rows: dict[Values, dict[str, Values]] = {}
    for side in (ours, theirs):
        for row in side.rows("SELECT * FROM spikes"):
            seen = read_json(row["seen"])
            seen |= {"mention": renamed.get(seen["mention"], seen["mention"])} if seen.get("mention") else {}
            mine = rows.setdefault((row["brand"], row["kind"], row["began_at"]), {})
            keep_least(mine, {"seen": (dump(seen),)})
            keep_least(mine, {"ended": (row["ended_at"],)} if row["ended_at"] is not None else {})
            keep_least(mine, {"acked": (row["acked_at"], row["acked_by"])} if row["acked_at"] is not None else {})
    numbers = {
        (row["brand"], row["kind"], row["began_at"]): row["id"]
        for row in ours.rows("SELECT id, brand, kind, began_at FROM spikes ORDER BY id DESC")
    }
    ours.run("DELETE FROM spikes")
    ends: dict[Values, list[str]] = {key: list(row.get("ended", ())) for key, row in rows.items()}
    for key, later in pairwise(sorted(rows)):
        ends[key] += [later[2]] if key[:2] == later[:2] else []
    ours.run_many(
        "INSERT INTO spikes (id, brand, kind, began_at, ended_at, seen, acked_at, acked_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (numbers.get(key), *key, min(ends[key], default=None), *row["seen"], *row.get("acked", (None, None)))
            # Those that have a number here first: it is not to be given to another.
            for key, row in sorted(rows.items(), key=lambda one: (one[0] not in numbers, one[0]))
        ],
    )


def _renamed(key: str, renamed: Mapping[str, str]) -> str:
    """The key of an event about a mention (``urgent:m_…``) that is known by another id here."""
    return ":".join(renamed.get(part, part) for part in key.split(":"))
