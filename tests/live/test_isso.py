"""Isso itself, a comment server whose Atom feed is all it tells: the type ``feed`` on comments of one page."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from live.front import Front
from live.posts import LATER, SEED, Post
from live.processes import Servers, free_port, until
from live.watch import Watch
from support.servers import Answer

PROGRAM = Path(os.environ.get("MENTIONWATCH_LIVE", "/nowhere")) / "pip/bin/isso"
if not PROGRAM.exists():
    pytest.skip("Isso is not installed; make test-live does it", allow_module_level=True)

_PAGE = "/2026/beans/"
_CONFIG = """
[general]
dbpath = {place}/comments.db
host = http://blog.example/
[server]
listen = http://127.0.0.1:{port}
[guard]
enabled = false
[rss]
base = http://blog.example
limit = 100
"""


class Comments:
    """A comment server that runs. ``planted`` is every comment, by its address."""

    def __init__(self, servers: Servers, place: Path) -> None:
        self.port = free_port()
        self.planted: dict[str, Post] = {}
        config = place / "isso.cfg"
        config.write_text(_CONFIG.format(place=place, port=self.port), "utf-8")
        servers.start("isso", [PROGRAM, "-c", config, "run"], ready=self.port)

    @property
    def feed(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed?uri={_PAGE}"

    def plant(self, posts: Iterable[Post], page: str = _PAGE) -> None:
        """Write each as a comment on a page."""
        for post in posts:
            text = f"{post.text} [there]({post.link})" if post.link else post.text
            body = {"text": text, "author": "reader", "title": "Beans"}
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.port}/new?uri={page}",
                json.dumps(body).encode(),
                {"Content-Type": "application/json", "Origin": "http://blog.example"},
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                number = json.load(answer)["id"]
            self.planted[f"http://blog.example{page}#isso-{number}"] = post

    @property
    def mentions(self) -> set[str]:
        return {url for url, post in self.planted.items() if post.mention}


@pytest.fixture(scope="module")
def comments(servers: Servers, place: Path) -> Comments:
    comments = Comments(servers, place)
    comments.plant(SEED)
    return comments


def source(url: str) -> str:
    return f'[[sources]]\ntype = "feed"\nname = "comments"\nurl = "{url}"\n'


def test_every_comment_that_mentions_the_brand_is_found_once_and_nothing_else(
    comments: Comments, watch: Callable[..., Watch]
) -> None:
    """All under one page, told apart by what follows the ``#``; asked again, nothing is new."""
    mine = watch(source(comments.feed))
    mine.scan()

    assert set(mine.mentions()) == comments.mentions
    assert mine.scan().lines == []


def test_what_is_written_after_the_first_scan_is_news_on_the_second_and_none_on_the_third(
    comments: Comments, watch: Callable[..., Watch]
) -> None:
    """The server's own ETag says when there is something."""
    mine = watch(source(comments.feed))
    mine.scan()
    before = comments.mentions
    comments.plant(LATER)
    news = mine.scan().lines

    assert {each["url"] for each in news} == comments.mentions - before
    assert mine.scan().lines == []


def test_asked_to_wait_it_asks_nothing_until_then_and_loses_nothing(
    comments: Comments, watch: Callable[..., Watch]
) -> None:
    """429 with a Retry-After, from what stands before it."""
    with Front(comments.port) as front:
        mine = watch(source(front.url("/feed") + f"?uri={_PAGE}"))
        front.instead = Answer(b"slow down", status=429, headers={"Retry-After": "5"})
        assert "waiting until" in mine.scan().err
        front.instead = None
        until("the pause to end", lambda: "answer," in mine.scan().err, seconds=60)

        assert front.first_pause > 4  # we count whole seconds
        assert set(mine.mentions()) == comments.mentions


def test_a_page_nobody_has_commented_on_is_an_empty_feed_and_its_first_comment_is_news(
    comments: Comments, watch: Callable[..., Watch]
) -> None:
    """Nothing there is said, and is no failure."""
    mine = watch(source(comments.feed.replace("beans", "tea")))
    assert "the feed is empty" in mine.scan().err
    comments.plant(LATER[:1], page=_PAGE.replace("beans", "tea"))

    assert [each["text"] for each in mine.scan().lines] == [LATER[0].text]
