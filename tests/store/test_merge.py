"""Two databases made one: everything of both, each once, in whatever order and however often."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database as SqliteDatabase

from mentionwatch.alerts import alert_id, failed_digest_event, overdue_event, spike_key
from mentionwatch.app.spikes import without_duplicates
from mentionwatch.collect.match_items import match_items
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.verdicts import judge_pending
from mentionwatch.identity import story_id, words_hash
from mentionwatch.model import Brand, Engagement, Item, LogEntry, Term
from mentionwatch.response.sla import Deadline
from mentionwatch.store import Store
from mentionwatch.store.alerts import EventRow
from mentionwatch.store.lock import run_lock
from mentionwatch.store.merge import merge_databases as take
from mentionwatch.store.merge.items import RECORD, Bundle, BundleReader
from mentionwatch.store.merge.log import logs_of
from mentionwatch.store.merge.stories import stories_of
from mentionwatch.store.rechecks import OwnReply
from mentionwatch.store.schema import migrate
from mentionwatch.stories import story_fingerprint
from support.servers import Answer, HttpServer
from support.torture import examples
from support.town import BOYCOTT, FIRE, Town
from support.world import World, entry, rss

START = datetime(2026, 11, 1, tzinfo=UTC)
BRANDS = (Brand("Acme", terms=(Term("name", "Acme"),)), Brand("Bolt", terms=(Term("name", "Bolt"),)))
TEXTS = (
    "Acme opened a shop by the harbour, and the queue was long",
    "Acme opened a shop by the harbour, and the queue was short after all",
    "Bolt and Acme compared: which of them roasts better beans this year",
    "nothing of either",
    "Acme raises prices of espresso machines for offices from next January on",
    "judges award Acme a medal at the regional fair for its decaffeinated blend",
)


def item(number: int, text: int, score: int) -> Item:
    """One of five things: two posts that submit the same page, the page itself, a post of no id, another page."""
    page = "https://news.example/harbour"
    base = Item("hackernews", "post", text=TEXTS[text], engagement=Engagement(score=score), published_at=START)
    return (
        replace(base, external_id="1", url="https://hn.example/item?id=1", same_as=(page,)),
        replace(base, external_id="2", url="https://hn.example/item?id=2", same_as=(page,)),
        replace(base, platform="feed", kind="article", external_id="guid-page", url=page, title="The harbour"),
        replace(base, platform="web", kind="page", url="https://forum.example/thread/7"),
        replace(base, platform="feed", kind="article", external_id="guid-other", url="https://other.example/1"),
    )[number]


#: What may be done about a mention: each at a time of its own, as people do it.
ENTRIES: tuple[tuple[str, dict[str, object], str], ...] = (
    ("label", {"kind": "relevance", "label": "noise"}, "jo"),
    ("ack", {}, "jo"),
    ("reply", {"url": "https://hn.example/reply"}, "sam"),
    ("undo", {}, "sam"),
    ("resolve", {}, "jo"),
)

see = st.tuples(
    st.just("see"),
    st.integers(0, 30),
    st.sampled_from(["one", "two"]),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=4),
)
log = st.tuples(st.just("log"), st.integers(20, 40), st.integers(0, 3), st.integers(0, len(ENTRIES) - 1))
mail = st.tuples(st.just("mail"), st.integers(20, 40), st.sampled_from(["<1@x>", "<2@x>", "<3@x>"]), st.booleans())
change = st.tuples(st.just("change"), st.integers(0, 40), st.integers(0, 3), st.integers(0, 3))
alert = st.tuples(st.just("alert"), st.integers(36, 40), st.integers(0, 3), st.integers(0, 3))
spike = st.tuples(st.just("spike"), st.integers(20, 40), st.sampled_from(["begin", "end"]), st.booleans())
answer = st.tuples(st.just("answer"), st.integers(20, 40), st.integers(0, 3), st.integers(0, 2))
watch = st.tuples(st.just("watch"), st.integers(0, 20), st.sampled_from(["urgent", "spike"]), st.sampled_from("ab"))
histories = st.lists(see | see | log | mail | change | alert | spike | answer | watch, min_size=1, max_size=7)


@pytest.fixture(scope="module", autouse=True)
def _empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty database that the others begin as: making the tables takes longer than all that follows."""
    EMPTY.append(tmp_path_factory.mktemp("merge") / "empty.db")
    Store.open(EMPTY[0], write=True).close()


EMPTY: list[Path] = []


def make(history: list[tuple[Any, ...]]) -> Store:
    """A database to which these things happened, in the order of their hours."""
    store = Store.in_memory(EMPTY[0])
    for kind, hour, what, more in sorted(history, key=lambda step: (step[1], repr(step))):
        now = START + timedelta(hours=hour)
        if kind == "see":
            with store.writing():
                save_items(store, what, [item(*one) for one in more], now, backlog=False, poll_id=None)
            match_items(store, BRANDS, now)
            judge_pending(store, BRANDS, now)
            continue
        if kind == "change":
            items = [row["id"] for row in store.database.rows("SELECT id FROM items ORDER BY identity")]
            with store.writing():
                for one in items[what : what + 1]:
                    if more == 3:
                        store.changes.mark_gone(one, now, "told by the platform")
                    else:
                        edited = replace(item(what, more, 0), title=None)
                        words = bytes.fromhex(words_hash(edited))
                        store.changes.mark_edited(one, "one", edited, words, now, "edited")
            match_items(store, BRANDS, now)
            judge_pending(store, BRANDS, now)
            continue
        if kind == "spike":
            episode(store, what, now, acked=more)
            continue
        if kind == "watch":
            with store.writing():
                store.alerts.save_watches({"oncall": {what: now}})
                store.triage.save_rules_since({"rule:r": more}, {"rule:r": now})
            continue
        ids = sorted(row["id"] for row in store.database.rows("SELECT id FROM mention_records"))
        if kind == "mail" and not any(d.message_id == what for d in store.outbox.deliveries()):
            free = store.outbox.not_enqueued("morning", ids)
            frozen = START + timedelta(hours=int(what[1]))  # one mail is frozen once
            number = store.outbox.enqueue("morning", what, "news", b"bytes", ["jo@acme.example"], free, [], frozen)
            if more:
                store.outbox.settle(number, {"jo@acme.example": ("accepted", None)}, now, settled=True)
        elif kind == "alert":
            alarm(
                store,
                [*(EventRow(f"urgent:{one}", "urgent", ("Acme",), one) for one in ids[:1]), GONE[what]],
                now,
                more,
            )
        elif kind == "answer" and ids:
            times: tuple[datetime | None, ...] = ((now, None, None), (None, now, None), (None, now, now))[more]
            with store.writing():
                store.rechecks.save_reply(ids[what % len(ids)], "https://hn.example/reply", OwnReply(now, *times))
        elif kind in ("together", "apart") and ids:
            say(store, kind, ids[what % len(ids)], ids[more % len(ids)], now)
        elif kind == "log" and ids:
            action, data, by = ENTRIES[more]
            mention = ids[what % len(ids)]
            entries = store.triage.logs([mention]).get(mention, ())
            if action != "undo" or entries:
                at = now + timedelta(minutes=more)
                store.triage.append(
                    mention, action, data, by=by, at=at, undoes=entries[-1].id if action == "undo" else None
                )
    return store


#: What is told of that is no mention.
GONE = tuple(EventRow(f"gone:{n}", "source-failing", ("Acme",)) for n in range(4))


def alarm(store: Store, events: list[EventRow], now: datetime, outcome: int) -> None:
    """Events are noticed; then held, frozen, frozen and sent, or frozen and dropped."""
    with store.writing():
        store.alerts.save_events("oncall", events, now)
        keys = [row.key for row in store.alerts.held_events("oncall")]
        if not outcome or not keys:
            return
        body = json.dumps({"events": [{"key": key} for key in keys], "left_out": 0}).encode()
        store.outbox.enqueue_alert("oncall", alert_id("oncall", keys, now), "news", body, keys, now)
        if outcome > 1 and (row := store.outbox.pending_alert("oncall")) is not None:
            if outcome == 2:
                store.outbox.alert_sent(row.id, now)
            else:
                store.outbox.drop_alert(row.id, "no longer in the configuration", now)


def episode(store: Store, what: str, now: datetime, *, acked: bool) -> None:
    """Much more is said than usual, or no more; somebody may know of it."""
    last = store.spikes.last("Acme", "volume", now)
    goes_on = last is not None and last.ended_at is None
    with store.writing():
        if what == "begin" and not goes_on:
            store.spikes.begin("Acme", "volume", {"why": "many", "mention": None}, now)
            last = store.spikes.last("Acme", "volume", now)
        elif what == "end" and last is not None and goes_on:
            store.spikes.end(last.id, now)
        if acked and last is not None and last.acked_at is None:
            store.spikes.acknowledge(last.id, spike_key("Acme", "volume", last.began_at), "jo", now)


def say(store: Store, kind: str, one: str, other: str, now: datetime) -> None:
    """What a user says of two mentions: that their stories are one, or that one is none of its story."""
    first, second = store.stories.of_mention(one), store.stories.of_mention(other)
    if first is None or second is None:
        return
    if kind == "together" and first != second and first[1] == second[1]:
        store.stories.merge(first[0], second[0], now)
    elif kind == "apart" and (stored := store.items.of_mention(one)) is not None:
        name = story_id(first[1], stored.identity)
        if name != first[0]:
            told = story_fingerprint(one, at := stored.first_seen_at, stored.item)
            store.stories.split(one, name, at, told.dump(), sketch=told.sketch, addresses=told.addresses, now=now)


def dump(store: Store) -> dict[str, Any]:
    """What a database holds, without its numbers, and without which of several items an address alone leads to."""
    told: dict[str, Any] = {
        "keys": {(r["key"], r["item_id"] is None) for r in store.database.rows("SELECT * FROM identities")}
    }
    bundles = BundleReader(store.database)
    told["items"] = sorted(
        repr(_stored(bundles.read(row["id"]))) for row in store.database.rows("SELECT id FROM items")
    )
    told["log"] = logs_of(store.database, {})
    told["stories"] = stories_of(store.database)
    told["sketches"] = {tuple(row) for row in store.database.rows("SELECT * FROM sketches")}
    told["links"] = {tuple(row) for row in store.database.rows("SELECT * FROM story_links")}
    told["mails"] = {
        (d.message_id, d.state, d.attempts, d.message, d.recipients, d.created_at) for d in store.outbox.deliveries()
    }
    told["alerts"] = {(a.uid, a.state, a.attempts, a.body, a.created_at, a.settled_at) for a in store.outbox.alerts()}
    told["events"] = {
        tuple(row)
        for row in store.database.rows(
            "SELECT e.notify, e.key, e.kind, e.mention, e.at, a.uid FROM alert_events e"
            " LEFT JOIN alerts a ON a.id = e.alert_id"
        )
    }
    told["watches"] = {tuple(row) for row in store.database.rows("SELECT * FROM alert_watches")}
    told["rules"] = {tuple(row) for row in store.database.rows("SELECT * FROM rule_watches")}
    told["answers"] = {tuple(row) for row in store.database.rows("SELECT * FROM answers")}
    told["episodes"] = [replace(one, id=0) for one in store.spikes.since(START - timedelta(days=1))]
    return told


def _settled(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A record without the mark of what is to be judged again: a merge may ask for that once more than need be."""
    at = RECORD.index("judged")
    return (*values[:at], *values[at + 1 :])


def _stored(bundle: Bundle) -> tuple[Any, ...]:
    return (
        bundle.item,
        sorted(bundle.anchors.items()),
        sorted(bundle.texts.items()),
        sorted((source, seen, url) for source, (seen, url, _) in bundle.sightings.items()),
        sorted(bundle.readings.items()),
        sorted(
            (
                (brand, r.matched_at, _settled(r.values), r.words),
                *(sorted(of.items()) for of in (r.verdicts, r.deliveries, r.edits)),
            )
            for brand, r in bundle.records.items()
        ),
        sorted(bundle.changes.items()),
    )


def merged(*histories: list[tuple[Any, ...]]) -> Store:
    """The first, with the others taken in one after the other."""
    first, *others = [make(history) for history in histories]
    for other in others:
        with other:
            take(first.database, other.database)
    return first


few = settings(max_examples=examples(40))


@few
@given(histories, histories)
def test_a_merge_gives_the_same_whoever_takes_in_whom(a: list[Any], b: list[Any]) -> None:
    """Commutative, and the database is sound after it."""
    with merged(a, b) as ab, merged(b, a) as ba:
        assert dump(ab) == dump(ba)
        assert ab.housekeeping.verify() == ()


@few
@given(histories, histories, histories)
def test_three_are_one_in_whatever_order(a: list[Any], b: list[Any], c: list[Any]) -> None:
    """Associative."""
    with merged(a, b, c) as left, merged(b, c) as right, make(a) as whole:
        take(whole.database, right.database)

        assert dump(left) == dump(whole)


@few
@given(histories, histories)
def test_what_was_taken_in_once_adds_nothing(a: list[Any], b: list[Any]) -> None:
    """Idempotent: with itself, and with what it has taken in already."""
    with make(a) as one, make(a) as same:
        before = dump(one)
        assert take(one.database, same.database).items == 0
        assert dump(one) == before
    with merged(a, b) as ab, merged(a, b, b) as abb:
        assert dump(ab) == dump(abb)


# -- by hand -----------------------------------------------------------------------------------------------------------


def seen(*things: tuple[int, int], hour: int = 0, source: str = "one") -> tuple[Any, ...]:
    return ("see", hour, source, [(number, text, 0) for number, text in things])


def test_two_posts_of_one_page_stay_two() -> None:
    """Each database saw the page through another post: an address alone does not make them one."""
    with merged([seen((0, 0))], [seen((1, 1))]) as store:
        assert len(store.database.rows("SELECT 1 FROM items")) == 2
        assert store.mentions.brands() == ("Acme",)


def test_an_item_both_have_is_the_one_seen_first_with_the_words_of_both() -> None:
    """Ours came later: its words become a version, and its mention is the earlier one."""
    with merged([seen((0, 1), hour=9, source="two")], [seen((0, 0), hour=3)]) as store:
        (row,) = store.database.rows("SELECT source, text, first_seen_at FROM items")
        assert tuple(row) == ("one", TEXTS[0], "2026-11-01T03:00:00Z")
        assert [version["text"] for version in store.database.rows("SELECT text FROM versions")] == [TEXTS[1]]
        assert [
            tuple(r) for r in store.database.rows("SELECT source, evidence FROM sightings ORDER BY first_seen_at")
        ] == [
            ("one", "first"),
            ("two", "merged"),
        ]
        assert [tuple(r) for r in store.database.rows("SELECT matched_at FROM mention_records")] == [
            ("2026-11-01T03:00:00Z",)
        ]


def test_what_the_other_mailed_is_not_news_here() -> None:
    """The mention is told, by the mail that told it there."""
    ours, theirs = [seen((0, 0))], [seen((0, 0)), ("mail", 20, "<1@x>", True)]
    with merged(ours, theirs) as store:
        ids = [row["id"] for row in store.database.rows("SELECT id FROM mention_records")]
        assert store.outbox.not_enqueued("morning", ids) == ()
        assert store.outbox.deliveries()[0].state == "sent"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_stories_merged_by_hand_in_a_circle_are_one(order: tuple[int, ...]) -> None:
    """One told under the next, the next under a third, that under the first: all are told under the one told first."""
    seen_all = [seen((0, 0), hour=1), seen((4, 4), hour=2), seen((3, 5), hour=3)]
    both = [*seen_all, ("together", 30, 0, 1)], [*seen_all, ("together", 31, 1, 2)], [*seen_all, ("together", 32, 2, 0)]
    with merged(*(both[n] for n in order)) as store:
        rows = store.database.rows("SELECT DISTINCT story FROM mention_records WHERE brand = 'Acme'")
        roots = store.database.rows("SELECT id FROM stories WHERE brand = 'Acme' AND merged_into IS NULL")
        assert [row["story"] for row in rows] == [row["id"] for row in roots]
        assert len(store.database.rows("SELECT 1 FROM stories WHERE brand = 'Acme'")) == 3


def test_logs_of_what_turns_out_to_be_one_mention_are_one_in_order_of_time() -> None:
    """Two databases each knew half of an item; a third knows that both are one."""
    one, other = [seen((0, 0)), ("log", 20, 0, 1)], [seen((2, 0), hour=1, source="two"), ("log", 20, 0, 0)]
    both = [seen((0, 0)), seen((2, 0), source="two")]
    with merged(one, other, both) as store:
        ((_, entries),) = store.triage.logs().items()
        assert [entry.action for entry in entries] == ["label", "ack"]


def test_an_undo_still_takes_back_what_it_took_back() -> None:
    """Numbers change, what they stand for does not."""
    acked, undone = ("log", 21, 0, 1), ("log", 22, 0, 3)
    with merged([seen((0, 0)), ("log", 30, 0, 4)], [seen((0, 0)), acked, undone]) as store:
        ((mention, entries),) = store.triage.logs().items()
        by_id = {one.id: one.action for one in entries}
        assert [(one.action, by_id.get(one.undoes or 0)) for one in entries] == [
            ("ack", None),
            ("undo", "ack"),
            ("resolve", None),
        ]
        assert [
            told["status"] for told in store.database.rows("SELECT status FROM mentions WHERE id = ?", (mention,))
        ] == ["resolved"]


CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
"""


@pytest.fixture
def two(tmp_path: Path) -> tuple[World, Path]:
    """A user's machine, and the database of another's."""
    worlds = []
    for name in ("ours", "theirs"):
        folder = tmp_path / name
        folder.mkdir()
        world = World(folder)
        world.configure(CONFIG)
        world.serve("https://one.example/rss", rss(entry(f"Acme Coffee {name}", f"https://{name}.example/", guid=name)))
        assert world.run("scan").status == 0
        worlds.append(world)
    return worlds[0], worlds[1].folder / "mentions.db"


def test_merge_takes_in_another_database_and_leaves_it_as_it_was(two: tuple[World, Path]) -> None:
    """Both mentions are listed after, the database is sound, and a second merge takes in nothing."""
    world, other = two
    before = other.read_bytes()
    ran = world.run("merge", str(other))

    assert (ran.status, ran.err) == (0, f"{other}: 1 items, 1 mentions and 0 triage entries merged\n")
    assert other.read_bytes() == before
    assert {line.split("\t")[5] for line in world.run("list").out.splitlines()} == {
        "Acme Coffee ours",
        "Acme Coffee theirs",
    }
    assert world.run("verify").status == 0
    assert "0 items, 0 mentions" in world.run("merge", str(other)).err


def test_a_scan_after_a_merge_tells_nothing_twice(two: tuple[World, Path]) -> None:
    """What came from the other is read by our brands, and is a mention already."""
    world, other = two
    world.run("merge", str(other))
    world.later(hours=1)

    assert world.run("scan", "--jsonl").out == ""
    assert len(world.run("list").out.splitlines()) == 2


def test_what_was_old_news_to_a_younger_watch_still_wants_its_answer(two: tuple[World, Path], tmp_path: Path) -> None:
    """The other machine first looked when the complaint was there already, and judged it, later, as of no concern."""
    world, _ = two
    terms = '[response]\nhours = "Mon-Sun 00:00-24:00"\nreply_within = { urgent = "1h" }\n'
    complaint = entry(
        "", "https://n.example/1", guid="g", text="Acme Coffee poisoned my dog, dangerous, I call my lawyer"
    )
    younger = World(tmp_path)
    for one, minutes in ((world, 60), (younger, 70)):
        one.configure(CONFIG + terms)
        one.serve("https://one.example/rss", rss(complaint))
        assert one.later(minutes=minutes).run("scan").status == 0
    (owed,) = json.loads(world.run("due", "--json").out)["clocks"]
    assert json.loads(younger.run("due", "--json").out)["clocks"] == []

    assert world.run("merge", str(younger.folder / "mentions.db")).status == 0
    world.later(minutes=30).run("scan")

    (still,) = json.loads(world.run("due", "--json").out)["clocks"]
    assert (still["mention"], still["due_at"]) == (owed["mention"], owed["due_at"])
    assert "harm" in world.run("show", owed["mention"]).out


@contextmanager
def _changed(path: Path, sql: str) -> Iterator[None]:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql)
    connection.close()
    yield


def test_a_newer_an_older_and_no_database_are_refused_by_name(two: tuple[World, Path]) -> None:
    """And nothing is taken in."""
    world, other = two
    itself = world.folder / "mentions.db"
    for path, sql, said in (
        (other.with_name("none.db"), None, "no such database"),
        (itself, None, "that is this very database"),
        (other, "DELETE FROM _sqlite_migrations WHERE name = 'm002_spent'", "written by an older mentionwatch"),
        (other, "UPDATE _sqlite_migrations SET name = 'm999_later' WHERE name LIKE 'm001%'", "a newer mentionwatch"),
    ):
        if sql is not None:
            with _changed(path, sql):
                pass
        ran = world.run("merge", str(path))
        assert (ran.status, str(path) in ran.err, said in ran.err) == (1, True, True)
    assert len(world.run("list").out.splitlines()) == 1


def test_a_file_that_is_no_database_of_ours_is_refused(two: tuple[World, Path]) -> None:
    """Text, and a database of something else."""
    world, other = two
    text, foreign = other.with_name("text.db"), other.with_name("foreign.db")
    text.write_text("not a database at all, but some text that is long enough to be read as one" * 20)
    with _changed(foreign, "CREATE TABLE t (x)"):
        pass
    for path in (text, foreign):
        ran = world.run("merge", str(path))
        assert (ran.status, str(path) in ran.err, "Traceback" in ran.err) == (1, True, False)


def test_a_merge_waits_for_no_scan(two: tuple[World, Path]) -> None:
    """Another run of this database is going on: exit status 75."""
    world, other = two
    lock = run_lock(world.folder / "mentions.db", 0)
    try:
        assert world.run("merge", str(other)).status == 75
    finally:
        lock.close()


# -- what was told at once ---------------------------------------------------------------------------------------------


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[tuple[Town, Town]]:
    """Two machines that watch the same feed and tell the same webhook."""
    with HttpServer() as server:
        both = []
        for name in ("ours", "theirs"):
            (tmp_path / name).mkdir()
            town = Town(tmp_path / name, server)
            both.append(town)
            town.entries = both[0].entries
            town.watch()
            town.scan()
        yield both[0], both[1]


def merge(ours: Town, theirs: Town) -> None:
    ran = ours.run("merge", str(theirs.folder / "mentions.db"))
    assert ran.status == 0, ran.err


def test_what_the_other_machine_was_told_at_once_is_not_told_here(towns: tuple[Town, Town]) -> None:
    """One alert each before the merge, of different posts; none after it."""
    ours, theirs = towns
    ours.say(FIRE)
    ours.scan()
    ours.say(BOYCOTT)
    theirs.scan()
    assert [len(told["mentions"]) for told in ours.told] == [1, 2]

    merge(ours, theirs)
    assert (ours.scan().err, len(ours.told)) == ("", 2)
    assert len(ours.run("list").out.splitlines()) == 2


def test_a_message_that_waits_here_and_was_told_there_is_let_go(towns: tuple[Town, Town]) -> None:
    """Ours could not be sent; the other machine's was."""
    ours, theirs = towns
    ours.say(FIRE)
    ours.server.routes["/hook-5ecret"] = Answer(status=500)
    assert ours.scan().status == 1
    ours.server.routes["/hook-5ecret"] = Answer(b"ok")
    theirs.scan(after=11)  # a moment later, so under another name
    before = len(ours.told)

    merge(ours, theirs)
    assert (ours.scan(after=60).status, len(ours.told)) == (0, before)
    with Store.open(ours.folder / "mentions.db", write=False) as store:
        assert sorted((row.state, row.body) for row in store.outbox.alerts()) == [("dropped", None), ("sent", None)]


def test_what_waits_there_is_sent_once_from_here(towns: tuple[Town, Town]) -> None:
    """Nothing is lost with the other machine, and the copy it may have sent has the same name."""
    ours, theirs = towns
    ours.server.routes["/hook-5ecret"] = Answer(status=500)
    ours.say(FIRE)
    assert theirs.scan().status == 1
    ours.server.routes["/hook-5ecret"] = Answer(b"ok")

    merge(ours, theirs)
    assert ours.scan(after=60).status == 0
    assert ours.scan().status == 0
    first, second = ours.told
    assert first == second


def test_a_spike_that_two_machines_noticed_is_one(tmp_path: Path) -> None:
    """Ten minutes apart; both end when they should, and only the first is told."""
    burst = [("spike", 30, "begin", False)], [("spike", 31, "begin", False)]
    with merged(*burst) as store:
        (first, second) = store.spikes.since(START)
        assert (first.ended_at, second.ended_at) == (second.began_at, None)
        assert list(without_duplicates((first, second))) == [first]
        assert store.spikes.last("Acme", "volume", START + timedelta(days=9)) == second


def test_keys_of_older_databases_are_those_of_today(tmp_path: Path) -> None:
    """So that what they told is not told again."""
    path = tmp_path / "older.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(SqliteDatabase(connection), stop_before="m011_keys")
    for sql in (
        "INSERT INTO spikes (id, brand, kind, began_at, seen)"
        " VALUES (7, 'Acme', 'volume', '2026-11-01T08:00:00Z', '{}')",
        "INSERT INTO triage (id, mention, at, by, action, data)"
        " VALUES (9, 'm_1', '2026-11-01T09:00:00Z', 'jo', 'reply', '{}')",
        "INSERT INTO deliveries (id, digest, message_id, created_at, subject, state, trouble)"
        " VALUES (3, 'morning', '<1@x>', '2026-11-01T08:00:00Z', 's', 'sent', '[]')",
    ):
        connection.execute(sql)
    old = {
        "spike:7": ("spike", None, "{}"),
        "each:m_2": ("spike", "m_2", "{}"),
        "overdue:m_1:answer:9": ("overdue", "m_1", '{"what":"answer"}'),
        "overdue:m_2:answer:0": ("overdue", "m_2", '{"what":"answer"}'),
        "digest:3": ("digest-failed", None, "{}"),
    }
    for key, (kind, mention, data) in old.items():
        connection.execute(
            "INSERT INTO alert_events (notify, key, kind, brands, mention, data, at)"
            " VALUES ('oncall', ?, ?, '[]', ?, ?, '')",
            (key, kind, mention, data),
        )
    connection.close()

    with Store.open(path, write=True) as store:
        keys = {row["key"] for row in store.database.rows("SELECT key FROM alert_events")}
    owed, at = Deadline("answer", START), START.replace(hour=9)
    assert keys == {
        spike_key("Acme", "volume", START.replace(hour=8)),
        "each:m_2",
        overdue_event("m_1", "Acme", owed, [LogEntry(9, "m_1", at, "jo", "reply")]).key,
        overdue_event("m_2", "Acme", owed, ()).key,
        failed_digest_event("<1@x>", "morning", attempts=1, error=None, brands=()).key,
    }
