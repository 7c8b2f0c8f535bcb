"""An answer that changed its shape: noticed against its own history, told once, and never for a single odd answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.coverage.response_formats import format_changes, is_under_new_names, response_format
from mentionwatch.model import Author, Item
from mentionwatch.records import ResponseFormat
from support.world import World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]

[[sources]]
type = "feed"
name = "blog"
url = "https://blog.example/feed"
every = "1h"
"""
URL = "https://blog.example/feed"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def shown(
    shape: str,
    first: float,
    last: float,
    *,
    polls: int = 12,
    answers: int = 12,
    repeats: int = 12,
    items: int = 60,
) -> ResponseFormat:
    """Answers of one shape, by hours."""
    first_at, last_at = (NOW + timedelta(hours=hours) for hours in (first, last))
    return ResponseFormat(shape, first_at, last_at, polls, answers, repeats, items)


def atom(n: int, *, author: bool = True) -> str:
    """An Atom feed of six entries, the newest the n-th."""
    who = "<author><name>Jo</name></author>" if author else ""
    entries = "".join(
        f'<entry><id>{k}</id><title>Post {k}</title><link href="https://blog.example/{k}"/>'
        f"<updated>2026-11-01T08:00:00Z</updated>{who}<summary>Acme</summary></entry>"
        for k in range(n, n + 6)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{entries}</feed>'


def plain(n: int) -> str:
    return rss(*(entry(f"Post {k}", f"https://blog.example/{k}", guid=str(k)) for k in range(n, n + 6)))


def scans(world: World, times: int, *, start: int, page: object) -> int:
    """So many scans, an hour apart, each of a page with one entry more."""
    assert callable(page)
    for n in range(start, start + times):
        world.serve(URL, page(n))
        assert world.run("scan").status == 0
        world.later(hours=1)
    return start + times


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b'<?xml version="1.0"?>\n<!-- x --><rss version="2.0">', "rss"),
        (b'\xef\xbb\xbf <feed xmlns="http://www.w3.org/2005/Atom">', "feed"),
        (b"<rdf:RDF xmlns:rdf='x'>", "rdf"),
        (b"<!DOCTYPE html><title>x", "html"),
        (b"<!doctype HTML PUBLIC><HTML>", "html"),
        (b"<!DOCTYPE rss PUBLIC 'x'><rss>", "rss"),
        (b' [{"a": 1}]', "json"),
        (b"<urlset>", "xml"),
        (b"\x00\xff nothing", "text"),
        (b"", "text"),
        (b"<" * 5000, "text"),
    ],
)
def test_the_format_of_an_answer_is_told_by_its_first_bytes(body: bytes, shape: str) -> None:
    """Whatever the content type says."""
    assert response_format(body, ()) == shape


def test_what_any_entry_has_belongs_to_the_shape() -> None:
    """One entry with an author is enough."""
    items = [Item("x", "post", text="words"), Item("x", "post", text="words", author=Author(name="Jo"))]

    assert response_format(b"{}", items) == "json author text"


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([shown("rss date text", 0, 11), shown("feed date text", 12, 37)], ["format rss"]),
        ([shown("rss date text", 0, 11), shown("rss text", 12, 37)], ["field date"]),
        ([shown("rss date text", 0, 11), shown("rss text", 12, 14, polls=3)], []),  # not a day yet
        ([shown("rss date text", 0, 11), shown("rss text", 12, 37, polls=2)], []),  # two odd answers
        ([shown("rss date text", 0, 11), shown("rss text", 12, 37, items=4)], []),  # few entries
        ([shown("rss date text", 0, 11, answers=9), shown("rss text", 12, 37)], []),  # no habit yet
        ([shown("rss date text", 0, 36), shown("rss text", 12, 37)], []),  # now with, now without
        ([shown("rss date text", 20, 46), shown("rss text", 0, 37)], []),  # began to have one
    ],
)
def test_what_every_answer_had_and_none_has_for_a_day(seen: list[ResponseFormat], told: list[str]) -> None:
    """Ten answers make a habit; three polls over a day, with five entries, end it."""
    assert [one.what for one in format_changes(seen)] == told


def test_a_feed_that_turns_into_another_format_is_told_once(world: World) -> None:
    """In the digest whose time holds the moment; in `sources` as long as it lasts."""
    world.configure(CONFIG)
    n = scans(world, 12, start=0, page=plain)
    n = scans(world, 26, start=n, page=atom)
    digests = []
    for _ in range(3):
        digests.append(world.run("digest", "--since", "1d", "-f", "text").out)
        world.later(days=1)

    assert [text.count("answers are Atom since") for text in digests] == [1, 0, 0]
    assert "the 12 before were RSS" in digests[0]
    assert "answers are Atom" in world.run("sources").out
    world.later(hours=1)
    scans(world, 1, start=n, page=plain)
    assert "answers are Atom" not in world.run("sources").out


def test_a_single_odd_answer_is_nothing(world: World) -> None:
    """Once without authors, or once as RSS, and then as ever."""
    world.configure(CONFIG)
    n = scans(world, 12, start=0, page=atom)
    n = scans(world, 1, start=n, page=plain)
    n = scans(world, 1, start=n, page=lambda k: atom(k, author=False))
    scans(world, 30, start=n, page=atom)

    assert "answers are" not in world.run("sources").out
    assert "no entry has" not in world.run("digest", "--since", "7d").out


def test_a_page_that_lost_its_authors_and_then_rests_is_noticed(world: World) -> None:
    """Unchanged answers show that it is no passing thing."""
    world.configure(CONFIG)
    n = scans(world, 12, start=0, page=atom)
    scans(world, 1, start=n, page=lambda k: atom(k, author=False))
    for _ in range(26):
        world.run("scan")
        world.later(hours=1)

    assert "no entry has an author since" in world.run("sources").out


def test_old_entries_under_new_names_are_told(world: World) -> None:
    """All ids and addresses changed: what looks new is old, and why is said."""
    world.configure(CONFIG)
    n = scans(world.later(days=2), 12, start=0, page=plain)
    world.later(days=3)
    scans(world, 1, start=n, page=lambda k: plain(k + 500))

    assert "all 6 entries of" in world.run("digest", "--since", "1d").out
    assert "bear new names" not in world.run("digest", "--since", "1d", "--as-of", "2026-11-23T09:00:00Z").out


def test_new_entries_are_no_new_names() -> None:
    """All are unknown because all are new; or some are known."""
    fresh = [Item("x", "post", text="w", published_at=NOW + timedelta(hours=11)) for _ in range(6)]
    old = [Item("x", "post", text="w", published_at=NOW - timedelta(days=9)) for _ in range(6)]
    habit = [shown("rss date text", 0, 11)]

    assert not is_under_new_names(fresh, 6, habit)
    assert not is_under_new_names(old, 5, habit)
    assert not is_under_new_names(old, 6, [shown("rss date text", 0, 11, repeats=5)])
    assert is_under_new_names(old, 6, habit)
