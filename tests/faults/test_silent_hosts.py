"""Many sources on one server that does not answer: they do not queue up to wait, and cost nobody else a thing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from mentionwatch.collect.host_queue import HostQueue
from mentionwatch.collect.scan import scan
from mentionwatch.config.load import load_config
from mentionwatch.env import Env
from mentionwatch.errors import Skipped
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.circuit_breaker import CircuitBreaker
from mentionwatch.sandbox import Sandbox
from mentionwatch.store import Store
from support.servers import Answer, HttpServer
from support.tables import rows
from support.waiting import DEADLINES
from support.world import Reply, World, entry, rss

BRAND = '[[brands]]\nname = "Acme"\nnames = ["Acme"]\n'
DEAD, GOOD = "http://host.example:8443", "http://host.example:9443"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def source(name: str, url: str) -> str:
    return f'[[sources]]\ntype = "feed"\nname = "{name}"\nurl = "{url}"\nevery = "1h"\n'


def asked(world: World) -> Counter[str]:
    """How often each server, and each page, was asked since this was looked at last."""
    counts: Counter[str] = Counter()
    for request in world.network.asked:
        counts[f"{request.url.scheme}://{request.url.netloc.decode()}"] += 1
        counts[str(request.url)] += 1
    world.network.asked.clear()
    return counts


def codes(world: World) -> Counter[str | None]:
    """How the sources stand: error code → how many."""
    return Counter(code for (code,) in rows(world.folder, "SELECT error_code FROM source_states"))


def story(n: int) -> str:
    return rss(entry(f"Acme {n}", f"https://news.example/{n}", guid=str(n)))


def test_a_server_that_takes_no_connection_is_tried_a_few_times_and_not_sixty(world: World) -> None:
    """The others are recorded as failed at once, say why, and are due at once; another port is another server."""
    world.configure(
        BRAND
        + "".join(source(f"dead{n}", f"{DEAD}/{n}") for n in range(60))
        + "".join(source(f"good{n}", f"{GOOD}/{n}") for n in range(5))
    )
    for n in range(60):
        world.network.pages[f"{DEAD}/{n}"] = httpx.ConnectError("refused")
    for n in range(5):
        world.serve(f"{GOOD}/{n}", story(n))

    assert world.run("scan").status == 0
    counts = asked(world)

    assert counts[GOOD] == 5
    assert counts[DEAD] <= 10  # three that failed and one that was on its way, each over a second connection
    assert codes(world)[None] == 5
    assert codes(world)["not-asked"] >= 55
    assert "did not respond 3 times in a row" in world.run("sources").out
    tried = 60 - codes(world)["not-asked"]
    world.later(minutes=1)
    for n in range(60):
        world.serve(f"{DEAD}/{n}", story(100 + n))
    world.run("scan")

    # Those that did ask are not due yet; the others, of which nothing was asked, are.
    assert asked(world)[DEAD] == 60 - tried
    assert codes(world)[None] == 65 - tried


def test_slow_pages_of_a_good_server_silence_none_of_the_others(world: World) -> None:
    """Five pages say nothing: the server has spoken, so all the others are asked, whatever the order."""
    slow = [f"{GOOD}/slow/{n}" for n in range(5)]
    world.configure(
        BRAND
        + source("first", f"{GOOD}/first")
        + "".join(source(f"slow{n}", url) for n, url in enumerate(slow))
        + "".join(source(f"good{n}", f"{GOOD}/{n}") for n in range(20))
    )
    world.serve(f"{GOOD}/first", story(99))
    for url in slow:
        world.network.pages[url] = httpx.ReadTimeout("nothing")
    for n in range(20):
        world.serve(f"{GOOD}/{n}", story(n))
    for _ in range(2):
        world.run("scan", "--force")

    assert codes(world) == {None: 21, "too-slow": 5}


def test_an_unlucky_order_costs_good_neighbours_no_more_than_a_scan(world: World) -> None:
    """Nobody has heard the server yet, and the slow come first: the next scan draws lots among those left out."""
    slow = [f"{GOOD}/slow/{n}" for n in range(6)]
    world.configure(
        BRAND
        + "".join(source(f"slow{n}", url) for n, url in enumerate(slow))
        + "".join(source(f"good{n}", f"{GOOD}/{n}") for n in range(20))
    )
    for url in slow:
        world.network.pages[url] = httpx.ReadTimeout("nothing")
    for n in range(20):
        world.serve(f"{GOOD}/{n}", story(n))
    world.run("scan")
    world.later(minutes=10).run("scan")

    assert codes(world)[None] == 20
    assert codes(world)["not-asked"] == 0


def test_one_page_that_says_nothing_is_not_asked_by_everybody(world: World) -> None:
    """A search that hangs, asked for by many: the server's other pages are asked all the same."""
    world.configure(
        BRAND
        + source("home", f"{GOOD}/home")
        + "".join(source(f"search{n}", f"{GOOD}/search?q={n}") for n in range(30))
        + source("last", f"{GOOD}/last")
    )
    world.serve(f"{GOOD}/home", story(1))
    world.serve(f"{GOOD}/last", story(2))
    world.network.pages[f"{GOOD}/search"] = httpx.ReadTimeout("nothing")
    world.run("scan")

    assert codes(world)[None] == 2
    assert asked(world)[GOOD] <= 2 + 5


def test_a_server_that_begins_to_answer_is_asked_by_all(world: World) -> None:
    """Failures that are not in a row silence nobody."""
    turn = iter(range(1000))

    def every_other(request: httpx.Request) -> Reply:
        if next(turn) % 2:
            raise httpx.ReadTimeout("nothing", request=request)
        return Reply(story(int(request.url.path[1:])))

    world.configure(BRAND + "".join(source(f"s{n}", f"{GOOD}/{n}") for n in range(20)))
    for n in range(20):
        world.network.pages[f"{GOOD}/{n}"] = every_other
    world.run("scan")

    assert asked(world)[GOOD] == 20
    assert codes(world) == {None: 10, "too-slow": 10}


def test_a_hanging_server_holds_nobody_up(tmp_path: Path) -> None:
    """Over real sockets: thirty sources of a server that hangs, and the others' answers are all there."""
    hang, fine = {f"hang{n}" for n in range(30)}, {f"good{n}" for n in range(10)}
    for deadline in DEADLINES:  # on a busy machine the good server may be too late, too
        with HttpServer() as hanging, HttpServer() as good:
            hanging.otherwise = Answer(hang=True)
            for name in fine:
                good.routes[f"/{name}"] = Answer(story(int(name[4:])).encode())
            path = tmp_path / "mentionwatch.toml"
            path.write_text(
                BRAND
                + "".join(source(name, hanging.url(f"/{name}")) for name in sorted(hang))
                + "".join(source(name, good.url(f"/{name}")) for name in sorted(fine))
            )
            env = Env(environ={})
            with (
                Fetcher(env, user_agent="test", deadline=deadline) as fetcher,
                Sandbox(env) as isolation,
                Store.in_memory() as store,
            ):
                report = scan(load_config(path, {}), store, fetcher, isolation.parse, env, workers=3)
        failed = {one.name for one in report.failed}
        if not failed & fine:
            break

    assert failed == hang
    assert len(good.requests) == 10
    assert len(hanging.requests) <= 5
    # Of three threads the server that hangs had two: the third was free to ask the other.
    assert sum(one.new_items for one in report.asked) == 10


def test_who_waits_for_a_busy_server_keeps_nobody_from_a_free_one(tmp_path: Path) -> None:
    """Two at once with each server, which take turns; the third of one goes in when one comes out."""
    path = tmp_path / "mentionwatch.toml"
    path.write_text(
        BRAND + "".join(source(f"a{n}", f"http://a.example/{n}") for n in range(4)) + source("b0", "http://b.example/")
    )
    lines = HostQueue(load_config(path, {}).sources)
    turns = [lines.next() for _ in range(3)]
    names = [turn[0].name for turn in turns if turn is not None]
    assert names == ["a0", "b0", "a1"]

    assert turns[0] is not None
    lines.leave(turns[0][1])
    again = lines.next()
    assert again is not None
    lines.leave(again[1])
    last = lines.next()

    assert [turn[0].name for turn in (again, last) if turn is not None] == ["a2", "a3"]
    assert lines.next() is None


@pytest.mark.parametrize(
    ("unheard", "silent"),
    [
        ([("a", "/1"), ("a", "/1"), ("a", "/1")], False),  # one source's trouble
        ([("a", "/1"), ("b", "/1")], False),
        ([("a", "/1"), ("b", "/2"), ("a", "/1")], True),
    ],
)
def test_three_in_a_row_of_two_sources_at_least(unheard: list[tuple[str, str]], silent: bool) -> None:
    """A single source, however often it tries, says nothing of a server; nor do two failures."""
    silence = CircuitBreaker()
    for asker, page in unheard:
        silence.record_failure("host:80", page, asker, "connection")

    def is_silent(server: str) -> bool:
        try:
            silence.check(server, "/other", "host")
        except Skipped:
            return True
        return False

    assert is_silent("host:80") is silent
    assert not is_silent("host:81")
    silence.record_success("host:80", "/1")
    assert not is_silent("host:80")
