"""Two weeks of a user's cron: what was promised on the first day holds on the last.

The world is small and whole: three brands (a common word, a Japanese name, a name with signs in it), feeds in every
format and two encodings, a platform, a login page, a source that dies on the fifth day and comes back on the eighth,
and a mail server. Twice a day the sources are asked, each morning the digest is mailed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from support.smtp_server import Received, mail_server
from support.world import MORNING, Ran, Reply, World

DAYS = 14
DIES, RECOVERS = 5, 8
CONFIG = """
[[brands]]
name = "Delta"
names = ["Delta"]
hashtags = ["DeltaAir"]
context = ["flight", "flights", "airport"]
exclude = ["Delta variant", "river delta", "hiring"]
own = ["delta.example"]

[[brands]]
name = "みどり珈琲"
names = ["みどり珈琲"]

[[brands]]
name = "Q++"
kind = "topic"
names = ["Q++"]

[[sources]]
type = "feed"
name = "wire"
url = "https://wire.example/rss"

[[sources]]
type = "feed"
name = "lokal"
url = "https://lokal.example/rss"

[[sources]]
type = "feed"
name = "blog"
url = "https://blog.example/atom"

[[sources]]
type = "feed"
name = "desk"
url = "https://desk.example/feed.json"

[[sources]]
type = "hackernews"
name = "hn"

[[sources]]
type = "feed"
name = "forum"
url = "https://forum.example/rss"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
from = "watch <digest@acme.example>"

[[digests]]
name = "morning"
to = ["team@acme.example"]
"""
#: What is said, in turn: of a brand, or of none.
SAID = (
    ("Delta", "Delta lost my bag on the flight to Lyon"),
    ("Q++", "Q++ builds break on every release"),
    (None, "The Delta variant spread fast"),
    ("みどり珈琲", "みどり珈琲の新しい店が最高でした"),
    (None, "Learning Q, and then Q+, is hard"),
    ("Delta", "A good flight with Delta this morning"),
    (None, "Delta is hiring at the airport"),
    ("Q++", "Porting to Q++ was a joy"),
    (None, "緑の珈琲カップ"),
    (None, "Boats in the river delta, an airport behind"),
)
PLACES = ("wire", "lokal", "blog", "desk", "hn")
LOGIN = "<!DOCTYPE html><title>Log in</title><form method=post><input name=user><input type=password name=pw></form>"


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody says; its ``token`` is in no other post."""

    number: int
    place: str
    at: datetime
    brand: str | None
    words: str

    @property
    def token(self) -> str:
        return f"no{self.number:03d}ß"

    @property
    def title(self) -> str:
        return f"{self.words} {self.token}"


def posts() -> Iterator[Post]:
    """Four a day, two of them before the watch begins; each place has its turn with each thing said."""
    for number in range(4 * (DAYS + 1)):
        brand, words = SAID[number % len(SAID)]
        place = PLACES[(number * 3 + number // len(SAID)) % len(PLACES)]
        if place == "lokal" and not words.isascii():  # Latin-1 cannot write it
            place = "desk"
        yield Post(number, place, MORNING + timedelta(days=-1, hours=6 * number + 1), brand, words)


POSTS = tuple(posts())


class Places:
    """The servers: each shows what has been said there so far."""

    def __init__(self, world: World) -> None:
        self.world = world
        pages: dict[str, Callable[[httpx.Request], Reply]] = {
            "https://wire.example/rss": lambda _: self.rss("wire", "utf-8"),
            "https://lokal.example/rss": lambda _: self.lokal(),
            "https://blog.example/atom": lambda _: self.atom(),
            "https://desk.example/feed.json": lambda _: self.json_feed(),
            "https://hn.algolia.com/api/v1/search_by_date": self.search,
        }
        world.network.pages.update(pages)
        world.serve("https://forum.example/rss", LOGIN, content_type="text/html")

    def shown(self, place: str) -> list[Post]:
        return [post for post in reversed(POSTS) if post.place == place and post.at <= self.world.now]

    def lokal(self) -> Reply:
        if DIES <= (self.world.now - MORNING).days < RECOVERS:
            return Reply("down", 500)
        return self.rss("lokal", "iso-8859-1")

    def rss(self, place: str, encoding: str) -> Reply:
        items = "".join(
            f"<item><title>{post.title}</title><link>https://{place}.example/{post.number}?utm_source=rss</link>"
            f"<guid>{place}-{post.number}</guid><pubDate>{format_datetime(post.at)}</pubDate></item>"
            for post in self.shown(place)
        )
        head = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>{place}</title>'
        return Reply(f"{head}{items}</channel></rss>".encode(encoding), headers={"Content-Type": "text/xml"})

    def atom(self) -> Reply:
        entries = "".join(
            f"<entry><id>tag:blog.example,2026:{post.number}</id><title>{post.title}</title>"
            f'<link href="https://blog.example/{post.number}"/><updated>{post.at.isoformat()}</updated></entry>'
            for post in self.shown("blog")
        )
        return Reply(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>{entries}</feed>')

    def json_feed(self) -> Reply:
        items = [
            {
                "id": str(post.number),
                "url": f"https://desk.example/{post.number}",
                "title": post.title,
                "date_published": post.at.isoformat(),
            }
            for post in self.shown("desk")
        ]
        return Reply(json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Desk", "items": items}))

    def search(self, request: httpx.Request) -> Reply:
        phrase = request.url.params["query"].strip('"').casefold()
        since = request.url.params.get("numericFilters", "created_at_i>0").split(",")[0].partition(">")[2]
        hits = [
            {
                "objectID": str(4_000_000 + post.number),
                "_tags": ["story"],
                "title": post.title,
                "author": "mossy",
                "created_at_i": int(post.at.timestamp()),
                "points": post.number,
                "num_comments": 0,
            }
            for post in self.shown("hn")
            if phrase in post.title.casefold() and post.at.timestamp() > int(since)
        ]
        return Reply(json.dumps({"hits": hits, "nbHits": len(hits), "page": 0, "nbPages": 1, "hitsPerPage": 200}))


@dataclass(frozen=True, slots=True)
class Fortnight:
    """What came of it."""

    world: World
    mails: list[Received]
    #: What `digest --since 1d` printed each morning, and when.
    printed: list[tuple[datetime, Ran]]
    #: What the scans said, with the day.
    said: list[tuple[int, Ran]]

    @property
    def texts(self) -> list[str]:
        """The mails' text, each in one line."""
        bodies = [received.mail.get_body(("plain",)) for received in self.mails]
        return [" ".join(body.get_content().split()) for body in bodies if body is not None]


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> Fortnight:
    world = World(tmp_path_factory.mktemp("fortnight"))
    Places(world)
    printed, said = [], []
    with mail_server() as server:
        world.configure(CONFIG.format(port=server.port))
        for half in range(2 * DAYS + 1):
            world.now = MORNING + timedelta(hours=12 * half)
            said.append((half // 2, world.run("scan")))
            if half and half % 2 == 0:
                world.later(minutes=1)
                printed.append((world.now, world.run("digest", "--since", "1d", "-f", "text")))
                ran = world.later(minutes=1).run("digest", "--email")
                assert (ran.status, ran.out, ran.err) == (0, "", "")
        return Fortnight(world, list(server.mails), printed, said)


def test_each_post_is_told_in_one_mail_and_the_backlog_in_none(fortnight: Fortnight) -> None:
    """None is lost, none is told twice, none of another's is told, also across an outage."""
    new = {post.token for post in POSTS if post.brand is not None and post.at > MORNING}
    told = Counter(post.token for text in fortnight.texts for post in POSTS for _ in range(text.count(post.token)))

    assert len(new) > 20
    assert told == dict.fromkeys(new, 1)


def test_the_numbers_agree(fortnight: Fortnight) -> None:
    """The mails' counts are those of the list without the backlog, and of the posts that were written."""
    mailed = json.loads(fortnight.world.run("deliveries", "--json", "--limit", "99").out)["deliveries"]
    listed = [json.loads(line) for line in fortnight.world.run("list", "--jsonl").out.splitlines()]
    meant = [post for post in POSTS if post.brand is not None and post.at <= fortnight.world.now]

    assert Counter(mention["brand"] for mention in listed) == Counter(post.brand for post in meant)
    assert sum(one["mentions"] for one in mailed) == sum(post.at > MORNING for post in meant)
    assert {one["state"] for one in mailed} == {"sent"}


def test_a_dead_source_is_told_while_it_is_dead_and_when_it_is_back(fortnight: Fortnight) -> None:
    """In the foot of every mail of these days and of the first after; cron hears of it from its third failure on."""
    days = [day for day, text in enumerate(fortnight.texts, 1) if " lokal " in text.partition("Not everything was")[2]]
    heard = [day for day, ran in fortnight.said if "lokal" in ran.err]

    assert days == [DIES, DIES + 1, DIES + 2, RECOVERS]
    assert heard == [DIES + 1] * 2 + [RECOVERS - 1] * 2
    assert all("forum failing since" in text for text in fortnight.texts)


def test_every_morning_can_be_told_again_as_it_was(fortnight: Fortnight) -> None:
    """`--as-of` prints, byte for byte, what stood there then."""
    for at, then in fortnight.printed:
        again = fortnight.world.run("digest", "--since", "1d", "-f", "text", "--as-of", at.isoformat())

        assert (again.status, again.err) == (0, "")
        assert again.out == then.out


def test_the_database_is_whole_and_small(fortnight: Fortnight) -> None:
    """Nothing contradicts itself; polls that bring nothing leave next to nothing."""
    database: Path = fortnight.world.folder / "mentions.db"

    assert fortnight.world.run("verify").out == f"{database}: ok\n"
    assert database.stat().st_size < 1_000_000
