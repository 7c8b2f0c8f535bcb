"""The scan, as its user meets it: over a network that is a dict, into a real database."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import httpx
import pytest

from mentionwatch.collect.save_items import save_items
from mentionwatch.errors import StoreError
from mentionwatch.model import Item
from mentionwatch.store import Store
from support.tables import rows
from support.world import Ran, Reply, World, entry, rss

CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]
hashtags = ["AcmeCoffee"]
urls = ["acme.example"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
every = "15m"
"""
SECOND = """
[[sources]]
type = "feed"
name = "two"
url = "https://two.example/rss"
every = "15m"
"""
ONE, TWO = "https://one.example/rss", "https://two.example/rss"
OLD = entry("Acme Coffee opens", "https://news.example/opens", guid="1")
FRESH = entry("Acme Coffee burns beans", "https://news.example/burns", guid="2")


def mentions(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture
def watching(world: World) -> World:
    """The first scan has been: what was there is backlog."""
    world.configure(CONFIG)
    world.serve(ONE, rss(OLD))
    assert world.run("scan").status == 0
    return world.later(minutes=15)


def test_a_first_scan_keeps_what_was_there_and_does_not_flood(world: World) -> None:
    """Promise 8: the first scan's posts are listed, and are not new."""
    world.configure(CONFIG)
    world.serve(ONE, rss(OLD))

    ran = world.run("scan")

    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert [m["title"] for m in mentions(world.run("list", "--jsonl"))] == ["Acme Coffee opens"]
    assert world.run("digest", "--new", "--jsonl").out == ""
    assert [m["title"] for m in mentions(world.run("digest", "--since", "1d", "--jsonl"))] == ["Acme Coffee opens"]


def test_backlog_counts_by_when_it_was_published(world: World) -> None:
    """An old post that was there at the first scan is not in the last day's digest."""
    world.configure(CONFIG)
    world.serve(ONE, rss(entry("Acme Coffee then", "https://news.example/then", at="Mon, 02 Nov 2026 07:30:00 GMT")))
    world.run("scan")

    assert world.run("digest", "--since", "1d", "--jsonl").out == ""
    assert len(mentions(world.run("digest", "--since", "30d", "--jsonl"))) == 1


def test_what_comes_later_is_new_whatever_date_it_bears(watching: World) -> None:
    """Only our own clock says what is new."""
    dated = entry("Acme Coffee in 1999", "https://news.example/1999", guid="3", at="Fri, 01 Jan 1999 00:00:00 GMT")
    watching.serve(ONE, rss(FRESH, dated, OLD))

    ran = watching.run("scan", "--jsonl")

    assert sorted(str(m["title"]) for m in mentions(ran)) == ["Acme Coffee burns beans", "Acme Coffee in 1999"]
    assert len(mentions(watching.run("digest", "--new", "--jsonl"))) == 2


def test_verbose_says_what_each_source_brought(watching: World) -> None:
    """On stderr, and who was not due; --quiet outweighs it."""
    watching.serve(ONE, rss(FRESH, OLD))

    asked, not_due = watching.run("scan", "-v"), watching.run("scan", "-v")

    assert (asked.out, asked.err.splitlines()[0]) == ("", "one: 1 answer, 2 items, 1 new")
    assert not_due.err.startswith("not due: one")
    assert watching.run("scan", "--force", "-v", "-q").err == ""


def test_tell_makes_the_first_answer_news(world: World) -> None:
    """``backlog = "tell"`` is for who wants it."""
    world.configure(CONFIG + 'backlog = "tell"\n')
    world.serve(ONE, rss(OLD))
    world.run("scan")

    assert len(mentions(world.run("digest", "--new", "--jsonl"))) == 1


def test_scanning_twice_finds_nothing_twice(watching: World) -> None:
    """Promise 2, over polls."""
    watching.serve(ONE, rss(FRESH, OLD))
    watching.run("scan")
    watching.later(minutes=15)

    assert watching.run("scan", "--jsonl").out == ""
    assert rows(watching.folder, "SELECT count(*) FROM mentions") == [(2,)]


def test_one_item_is_one_mention_however_many_sources_bring_it(world: World) -> None:
    """Promise 2, over sources and spellings of the address."""
    world.configure(CONFIG + SECOND)
    world.serve(ONE, rss(entry("Acme Coffee opens", "https://www.news.example/opens?utm_source=a", guid="a")))
    world.serve(TWO, rss(entry("Acme Coffee opens", "http://news.example/opens/", guid="b")))
    world.run("scan")

    (mention,) = mentions(world.run("list", "--jsonl"))

    assert {str(mention["source"]), *mention["also_seen"]} == {"one", "two"}  # type: ignore[misc]


def test_nothing_is_asked_before_it_is_due(watching: World) -> None:
    """Promise 6: not a second request within ``every``; ``--force`` is the user's own wish."""
    watching.later(minutes=-5)
    asked = len(watching.network.asked)
    watching.run("scan")

    assert len(watching.network.asked) == asked
    watching.run("scan", "--force")
    assert len(watching.network.asked) == asked + 1


def test_an_unchanged_feed_is_not_sent_again(world: World) -> None:
    """Conditional requests, and the same bytes from a server that knows none are read as nothing new."""
    world.configure(CONFIG)
    world.serve(ONE, rss(OLD), ETag='"v1"', Last_Modified="Fri, 20 Nov 2026 07:00:00 GMT")
    world.run("scan")
    world.network.pages[ONE] = Reply(status=304)
    world.later(minutes=15).run("scan")

    sent = world.network.asked[-1].headers

    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"v1"', "Fri, 20 Nov 2026 07:00:00 GMT")
    assert rows(world.folder, "SELECT outcome FROM polls ORDER BY id") == [("answered",), ("unchanged",)]


def test_a_failing_source_does_not_stop_the_others(world: World) -> None:
    """Promise 3: exit 0, quiet under cron, kept in the ledger, told in the digest."""
    world.configure(CONFIG + SECOND)
    world.serve(ONE, rss(OLD))
    world.serve(TWO, "<html><title>Sign in</title><form></form></html>", content_type="text/html")

    ran = world.run("scan")

    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert len(mentions(world.run("list", "--jsonl"))) == 1
    assert "two" in world.run("digest", "--since", "1d").out
    assert rows(world.folder, "SELECT source, error_code FROM polls WHERE outcome = 'failed'") == [
        ("two", "not-understood")
    ]


def test_from_the_third_failure_in_a_row_cron_hears_of_it(world: World) -> None:
    """Once may be a hiccup; three times is a fault to mend."""
    world.configure(CONFIG + SECOND)
    world.serve(ONE, rss(OLD))
    world.serve(TWO, "oops", status=500)
    said = []
    for _ in range(3):
        said.append(world.run("scan").err)
        world.later(minutes=15)

    assert said[:2] == ["", ""]
    assert said[2].startswith("two: ")
    assert "3 times in a row" in said[2]


def test_a_source_that_answers_in_part_says_what_it_was_not_told(world: World) -> None:
    """One hashtag a server does not know leaves the others: the question is named, and that it does answer."""
    world.configure(
        '[[brands]]\nname = "Acme"\nhashtags = ["acme", "acmé"]\n'
        '[[sources]]\ntype = "mastodon"\nname = "fed"\nserver = "https://fed.example"\n'
    )
    world.serve("https://fed.example/api/v1/timelines/tag/acme", "[]", content_type="application/json")
    ran = world.run("scan")

    assert ran.status == 0
    foot = " ".join(world.run("digest").out.split())
    assert "fed failing since 08:00 (last answered 08:00): asked for tag:acmé: fed.example has nothing" in foot


def test_cron_hears_of_a_dead_source_each_time_from_the_third_on(world: World) -> None:
    """A promise of the contract; who wants less mends the source or sets ``enabled = false``."""
    world.configure(CONFIG + SECOND)
    world.serve(ONE, rss(OLD))
    world.serve(TWO, "oops", status=500)
    told = []
    for _ in range(6):
        told += world.run("scan").err.splitlines()
        world.later(minutes=15)

    assert [int(line.rsplit("(", 1)[1].split()[0]) for line in told] == [3, 4, 5, 6]


def test_when_every_source_fails_the_scan_has_failed(world: World) -> None:
    """Exit 1, and 3 with --strict when only some failed."""
    world.configure(CONFIG + SECOND)
    world.serve(ONE, "oops", status=500)
    world.serve(TWO, "oops", status=500)

    ran = world.run("scan")
    assert ran.status == 1
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["one", "two"]
    world.serve(ONE, rss(OLD))
    world.later(minutes=15)
    assert world.run("scan", "--strict").status == 3


def test_retry_after_is_remembered_across_runs(watching: World) -> None:
    """Promise 6: a host that says when to come back is left alone until then, forced or not."""
    watching.serve(ONE, "slow down", status=429, Retry_After="7200")
    assert watching.run("scan").status == 0
    asked = len(watching.network.asked)

    watching.later(minutes=30).run("scan", "--force")
    assert len(watching.network.asked) == asked
    watching.serve(ONE, rss(FRESH, OLD))
    watching.later(minutes=120).run("scan")
    assert len(watching.network.asked) == asked + 1
    assert rows(watching.folder, "SELECT count(*) FROM mentions") == [(2,)]


def test_a_source_that_is_gone_is_not_asked_again_until_the_config_changes(watching: World) -> None:
    """410 is for good; a changed address is another source."""
    watching.serve(ONE, "gone", status=410)
    watching.run("scan")
    asked = len(watching.network.asked)
    watching.later(days=2).run("scan", "--force")
    assert len(watching.network.asked) == asked

    watching.configure(CONFIG.replace("one.example/rss", "one.example/new"))
    watching.serve("https://one.example/new", rss(OLD))
    watching.run("scan")
    assert len(watching.network.asked) == asked + 1


def test_a_moved_feed_is_followed_and_named(watching: World) -> None:
    """301 is told, and the user's file is not rewritten."""
    watching.serve(ONE, "", status=301, Location="https://one.example/moved")
    watching.serve("https://one.example/moved", rss(FRESH, OLD))
    watching.run("scan")

    assert "https://one.example/moved" in watching.run("sources").out
    assert rows(watching.folder, "SELECT count(*) FROM mentions") == [(2,)]


def test_a_connection_that_breaks_loses_nothing(watching: World) -> None:
    """Promise 1: what a failed poll did not bring, the next one does."""
    watching.network.pages[ONE] = httpx.ConnectError("broken")
    watching.run("scan")
    watching.serve(ONE, rss(FRESH, OLD))
    watching.later(minutes=15)

    assert [m["title"] for m in mentions(watching.run("scan", "--jsonl"))] == ["Acme Coffee burns beans"]


def test_a_dry_run_shows_and_writes_nothing(world: World) -> None:
    """Not the database, not its folder, not the lock."""
    world.configure(CONFIG + 'backlog = "tell"\n')
    world.serve(ONE, rss(OLD))

    ran = world.run("scan", "--dry-run", "--jsonl")

    assert [m["title"] for m in mentions(ran)] == ["Acme Coffee opens"]
    assert sorted(path.name for path in world.folder.iterdir()) == ["mentionwatch.toml"]


def test_a_dry_run_over_a_database_leaves_it_as_it_was(watching: World) -> None:
    """Neither the new post nor the validators are kept: the real scan finds it."""
    watching.serve(ONE, rss(FRESH, OLD), ETag='"v2"')
    before = (watching.folder / "mentions.db").read_bytes()
    assert len(mentions(watching.run("scan", "--dry-run", "--jsonl"))) == 1

    assert (watching.folder / "mentions.db").read_bytes() == before
    assert len(mentions(watching.run("scan", "--jsonl"))) == 1


def test_two_scans_of_one_database_do_not_run_at_once(watching: World) -> None:
    """The second exits 75 and names the mend; the lock is free again when its holder has ended."""
    holder = sqlite3.connect(watching.folder / "mentions.db.lock", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    ran = watching.run("scan")
    holder.close()

    assert ran.status == 75
    assert "--wait" in ran.err
    assert watching.run("scan").status == 0


def test_a_new_brand_looks_back_over_what_was_kept(watching: World) -> None:
    """Items are kept, matched or not, so that a brand added later finds them – as backlog."""
    watching.serve(ONE, rss(entry("Brasswell roasts", "https://news.example/brasswell", guid="9"), OLD))
    watching.run("scan")
    watching.configure(CONFIG + '[[brands]]\nname = "Brasswell"\nkind = "competitor"\nnames = ["Brasswell"]\n')
    watching.later(minutes=15).run("scan")

    assert [m["title"] for m in mentions(watching.run("list", "--brand", "Brasswell", "--jsonl"))] == [
        "Brasswell roasts"
    ]
    assert watching.run("digest", "--new", "--brand", "Brasswell", "--jsonl").out == ""


def test_mended_terms_let_go_of_noise(watching: World) -> None:
    """What the terms no longer match leaves the reports; taken back, it returns under its old id."""
    (before,) = mentions(watching.run("list", "--jsonl"))
    watching.configure(CONFIG.replace('names = ["Acme Coffee"]', 'names = ["Acme Coffee"]\nexclude = ["opens"]'))
    watching.run("scan")
    assert watching.run("list", "--jsonl").out == ""

    watching.configure(CONFIG)
    watching.later(minutes=15).run("scan")
    assert [m["id"] for m in mentions(watching.run("list", "--jsonl"))] == [before["id"]]


def test_an_edit_that_names_the_brand_is_a_mention(watching: World) -> None:
    """The same post, other words: it is matched again, and told with the words that match."""
    watching.serve(ONE, rss(entry("A new shop", "https://news.example/shop", guid="7"), OLD))
    watching.run("scan")
    watching.serve(ONE, rss(entry("A new shop: Acme Coffee", "https://news.example/shop", guid="7"), OLD))
    watching.later(minutes=15)

    assert [m["title"] for m in mentions(watching.run("scan", "--jsonl"))] == ["A new shop: Acme Coffee"]


def test_items_without_a_match_are_kept_for_their_time_and_mentions_longer(watching: World) -> None:
    """Retention; and what a feed still shows after it is not news again."""
    plain = entry("Ferry timetable", "https://news.example/ferry", guid="f")
    watching.serve(ONE, rss(plain, FRESH, OLD))
    watching.run("scan")
    watching.later(days=31).run("scan")
    assert rows(watching.folder, "SELECT title FROM items ORDER BY id") == [
        ("Acme Coffee opens",),
        ("Acme Coffee burns beans",),
    ]

    watching.serve(ONE, rss(plain, FRESH, OLD, title="Changed"))
    watching.later(minutes=15).run("scan")
    assert rows(watching.folder, "SELECT count(*) FROM items") == [(2,)]


def test_the_database_is_readable_as_it_is(watching: World) -> None:
    """Promise 7: a row an item and a row a mention, under the JSON's names; nobody else may read the file."""
    mention = mentions(watching.run("list", "--jsonl"))[0]
    with sqlite3.connect(watching.folder / "mentions.db") as database:
        cursor = database.execute("SELECT * FROM mentions")
        columns = {column[0] for column in cursor.description}
        items = {column[0] for column in database.execute("SELECT * FROM items").description}
    database.close()

    assert set(mention) - {"schema"} <= columns
    assert {"platform", "url", "canonical_url", "title", "text", "author", "published_at", "first_seen_at"} <= items
    assert (watching.folder / "mentions.db").stat().st_mode & 0o077 == 0


def test_a_source_asked_by_name_must_exist(watching: World) -> None:
    """A typo is guessed at, and nothing is asked."""
    ran = watching.run("scan", "--source", "onee")

    assert ran.status == 1
    assert 'did you mean "one"' in ran.err


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"this is no database, but it is long enough to be taken for one" * 20, "not an SQLite database"), (b"", "")],
)
def test_a_file_that_is_no_database_is_named_and_left_alone(world: World, content: bytes, said: str) -> None:
    """An empty file is taken for a new database; anything else is not touched."""
    world.configure(CONFIG)
    world.serve(ONE, rss(OLD))
    path = world.folder / "mentions.db"
    path.write_bytes(content)

    ran = world.run("scan")

    if said:
        assert (ran.status, said in ran.err, path.read_bytes() == content) == (1, True, True)
    else:
        assert ran.status == 0


def test_a_newer_database_is_refused_by_name(watching: World) -> None:
    """What a newer version wrote, this one does not touch."""
    with sqlite3.connect(watching.folder / "mentions.db") as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('mentionwatch', 'm999_future', '')"
        )
    database.close()

    ran = watching.run("scan")

    assert ran.status == 1
    assert "m999_future" in ran.err
    assert "upgrade" in ran.err


def test_a_full_disk_is_said_in_one_line_and_loses_nothing(watching: World, tmp_path: Path) -> None:
    """A database that may not grow stands for a disk that cannot; SQLite says the same of both."""
    [(pages,)] = rows(watching.folder, "PRAGMA page_count")
    with Store.open(watching.folder / "mentions.db", write=True) as store:
        store.database.limit_pages(pages)
        with pytest.raises(StoreError, match="the disk is full"), store.writing():
            save_items(store, "one", _many(), watching.now, backlog=False, poll_id=None)
        assert store.matching.newest_ids()[0] == 1


def _many() -> list[Item]:
    return [Item("feed", "article", external_id=str(n), text="word " * 2000) for n in range(200)]


def test_an_address_that_is_a_secret_is_written_down_nowhere(world: World) -> None:
    """Its token may stand in the path: the database, `why` and `sources` know the server and no more."""
    world.configure(CONFIG.replace('url = "https://one.example/rss"', 'url = { env = "FEED" }'))
    world.environ["FEED"] = "https://one.example/feeds/t0ken-in-path/rss"
    world.serve(
        "https://one.example/feeds/t0ken-in-path/rss", "", status=301, Location="https://one.example/t0ken2/rss"
    )
    world.serve("https://one.example/t0ken2/rss", rss(OLD))
    assert world.run("scan").status == 0
    said = world.run("why", "https://news.example/opens").out + world.run("sources").out + world.run("coverage").out

    assert "https://one.example/***" in said
    assert "t0ken" not in said
    assert not any(b"t0ken" in path.read_bytes() for path in world.folder.glob("mentions.db*"))
