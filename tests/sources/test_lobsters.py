"""Lobsters: every new story back to the last scan, and those from the brands' domains."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from mentionwatch.errors import UnexpectedResponse
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.lobsters import Lobsters
from support.replay import ACME, NOW, answer, read, scan

NO_TERMS = Brand("Nothing")
SITE = Brand("Acme", terms=(Term("url", "www.acme.example/shop"),))
CHICAGO = timezone(timedelta(hours=-6))


@dataclass
class Site:
    """The site: 25 stories a page, newest first, a list for each domain somebody submitted from."""

    stories: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def submit(self, at: datetime, url: str = "https://beans.example/") -> str:
        short = f"s{len(self.stories):05d}"
        self.stories.append(
            {
                "short_id": short,
                "short_id_url": f"https://lobste.rs/s/{short}",
                "created_at": at.astimezone(CHICAGO).isoformat(timespec="milliseconds"),
                "title": "Beans",
                "url": url,
                "submitter_user": "jo",
            }
        )
        return short

    def submit_many(self, number: int, until: datetime = NOW) -> set[str]:
        return {self.submit(until - timedelta(minutes=40 * back)) for back in reversed(range(number))}

    def __call__(self, request: Request) -> Response:
        assert not request.params, "unknown parameters are answered with 400"
        path = request.url.removeprefix("https://lobste.rs/").removesuffix(".json")
        self.log.append(path)
        place, _, number = path.partition("/page/")
        found = self.stories
        if place.startswith("domains/"):
            host = place.removeprefix("domains/")
            found = [story for story in found if story["url"].startswith(f"https://{host}/")]
            if not found:
                return answer(request, b"<h1>Not found</h1>", status=404)
        first = 25 * (int(number or "1") - 1)
        newest_first = sorted(found, key=lambda story: datetime.fromisoformat(story["created_at"]), reverse=True)
        return answer(request, newest_first[first : first + 25])


def test_asks_for_new_stories_and_for_each_domain() -> None:
    """One list of everything, and one for each domain, without www."""
    asked = {request.query_key: request.url for request in Lobsters().requests((SITE, ACME), {}, NOW)}

    assert asked == {
        "newest": "https://lobste.rs/newest.json",
        "url:acme.example": "https://lobste.rs/domains/acme.example.json",
    }


@pytest.mark.parametrize("new", [0, 1, 24, 25, 26, 100])
def test_every_story_since_the_last_scan_is_found(new: int) -> None:
    """Pages are turned back to the last scan, and nothing of before the first comes as news."""
    site = Site()
    site.submit_many(300, until=NOW - timedelta(days=4))
    first = scan(Lobsters(), site, brands=(NO_TERMS,))
    fresh = site.submit_many(new)
    second = scan(Lobsters(), site, first.checkpoints, brands=(NO_TERMS,))

    assert len(first.ids) == 25
    assert second.ids - first.ids == fresh
    assert second.holes == set()


def test_turns_pages_by_their_number() -> None:
    """Page 2 is the second."""
    site = Site()
    site.submit_many(3, until=NOW - timedelta(days=4))
    first = scan(Lobsters(), site, brands=(NO_TERMS,))
    site.submit_many(60)
    scan(Lobsters(), site, first.checkpoints, brands=(NO_TERMS,))

    assert site.log == ["newest", "newest", "newest/page/2", "newest/page/3"]


def test_a_month_of_silence_is_a_hole() -> None:
    """Ten pages are a week; what came before them is said to be missing."""
    site = Site()
    site.submit_many(30, until=NOW - timedelta(days=30))
    first = scan(Lobsters(), site, brands=(NO_TERMS,))
    site.submit_many(400)

    assert scan(Lobsters(), site, first.checkpoints, brands=(NO_TERMS,)).holes == {"newest"}


def test_a_deleted_story_lets_no_old_one_in() -> None:
    """Where a story is gone the page ends with an older one, which is no news."""
    site = Site()
    site.submit_many(60, until=NOW - timedelta(days=1))
    first = scan(Lobsters(), site, brands=(NO_TERMS,))
    del site.stories[-3]

    assert not scan(Lobsters(), site, first.checkpoints, brands=(NO_TERMS,)).ids - first.ids


def test_a_story_the_cache_held_back_is_found() -> None:
    """Visitors get pages from a cache: a story may appear below ones already seen, even across a page's border."""
    site = Site()
    site.submit_many(60, until=NOW - timedelta(days=1))
    first = scan(Lobsters(), site, brands=(NO_TERMS,))
    late = site.submit(NOW - timedelta(days=1, minutes=30))
    site.submit_many(24)

    assert late in scan(Lobsters(), site, first.checkpoints, brands=(NO_TERMS,)).ids


def test_a_domain_nobody_submitted_from_is_empty_and_no_error() -> None:
    """404 for a domain; its first story is news, later."""
    site = Site()
    site.submit_many(3)
    first = scan(Lobsters(), site, brands=(SITE,))
    story = site.submit(NOW + timedelta(minutes=5), url="https://acme.example/roasting")
    again = {question: mark for question, mark in first.checkpoints.items() if question.startswith("url:")}
    second = scan(Lobsters(), site, first.checkpoints, brands=(SITE,), now=NOW + timedelta(minutes=9))

    assert set(again) == {"url:acme.example"}
    assert story in second.ids


def test_no_list_of_new_stories_is_an_error() -> None:
    """404 for the list itself, an empty list, and a 400 for what the site does not permit are no empty answers."""
    [newest] = Lobsters().requests((NO_TERMS,), {}, NOW)

    assert Lobsters().explain(answer(newest, b"", status=404)) is None
    assert Lobsters().explain(answer(newest, b"Unpermitted query or form parameter", status=400)) is None
    with pytest.raises(UnexpectedResponse, match="never"):
        read(Lobsters(), answer(newest, []))


def test_a_site_of_the_same_kind_has_its_own_ids() -> None:
    """Stories of two sites that share a short id are two."""
    story = json.dumps([{"short_id": "ab1cd2", "title": "Beans", "created_at": "2026-11-20T08:00:00Z"}]).encode()
    other = Lobsters("https://tilde.example")
    ids = set()
    for source in (Lobsters(), other):
        [request] = source.requests((NO_TERMS,), {}, NOW)
        [item] = source.parse(answer(request, story)).items
        ids.add((item.external_id, item.url))

    assert ids == {("ab1cd2", "https://lobste.rs/s/ab1cd2"), ("tilde.example/ab1cd2", "https://tilde.example/s/ab1cd2")}
