"""Servers that are hostile or broken, many in one scan: the others are kept, and memory and time are bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentionwatch.collect.memory import LARGE, MemoryPool
from mentionwatch.env import Env
from mentionwatch.errors import UnexpectedResponse
from mentionwatch.fetch import Fetcher
from mentionwatch.messages import Request, Response
from mentionwatch.sources.platforms.feed import Feed
from mentionwatch.sources.platforms.hackernews import HackerNews
from support.attacks import feed, heavy, light
from support.servers import Answer, Asked, HttpServer, bomb, origins
from support.tables import rows
from support.torture import WHOLE
from support.waiting import PATIENCE
from support.world import recent_entry, rss

#: What a scan may take, whatever comes: the figure of docs/promises.md, in MB.
MEMORY = 300
# The kernel's own mark; getrusage's would be that of the test runner where it is higher, handed down by fork.
_RUN = """
import sys
from mentionwatch.cli import main
status = main(sys.argv[1:])
marks = [line.split() for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(marks[0][1]) // 1024)
sys.exit(status)
"""
pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        yield server


def scan(folder: Path, server: HttpServer, paths: list[str]) -> tuple[int, str, int]:
    """The exit status, stderr and the peak of memory in MB of a scan of these paths, in a process of its own."""
    config = folder / "mentionwatch.toml"
    sources = "".join(
        f'[[sources]]\ntype = "feed"\nname = "{path[1:]}"\nurl = "{server.url(path)}"\nbacklog = "tell"\n'
        for path in paths
    )
    config.write_text(f'database = "mentions.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme"]\n{sources}')
    return scan_again(folder)


def scan_again(folder: Path) -> tuple[int, str, int]:
    """The same by the configuration that is there, whatever is due."""
    environ = {**os.environ, "HOME": str(folder)}
    command = [sys.executable, "-c", _RUN, "-c", str(folder / "mentionwatch.toml"), "scan", "--force"]
    ran = subprocess.run(command, env=environ, capture_output=True, timeout=2 * PATIENCE)
    return ran.returncode, ran.stderr.decode(), int(ran.stdout or b"0")


def answered(body: bytes, url: str = "https://one.example/feed") -> Response:
    """An answer to the first question of a feed."""
    request = Request(query_key="feed", url=url)
    now = datetime(2026, 11, 20, 8, tzinfo=UTC)
    return Response(request=request, status=200, url=url, headers={}, body=body, received_at=now)


def test_many_huge_answers_at_once_cost_no_other_its_items(server: HttpServer, tmp_path: Path) -> None:
    """Thirty servers that each send 9 MB or a bomb: the two good feeds are kept, each failure told, memory bounded."""
    page = "<html><title>Sign in</title>" + "x" * 9_000_000
    numbers = "[" + "1," * 4_000_000 + "1]"
    keys = "{" + ",".join(f'"k{n}":{n}' for n in range(390_000)) + "}"
    bodies = (page, numbers, keys, '["' + "x" * 9_000_000 + '"]')
    bad = [f"/bad{n}" for n in range(30)]
    for n, path in enumerate(bad):
        server.routes[path] = Answer(bodies[n % 4].encode()) if n % 5 else bomb(500)
    for path in ("/good1", "/good2"):
        server.routes[path] = Answer(rss(recent_entry(f"Acme {path}", f"https://news.example{path}")).encode())

    status, complaints, peak = scan(tmp_path, server, [*bad[:15], "/good1", *bad[15:], "/good2"])

    assert (status, complaints) == (0, "")
    assert peak < MEMORY
    assert rows(tmp_path, "SELECT title FROM mentions ORDER BY title") == [("Acme /good1",), ("Acme /good2",)]
    assert rows(tmp_path, "SELECT count(*) FROM polls WHERE outcome = 'failed'") == [(len(bad),)]
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]


@dataclass
class NoRoomYet:
    """Room that there is only once it has been waited for; notes what the server was doing then."""

    server: HttpServer
    waited: int = 0

    def enough(self, size: int) -> bool:
        return size < LARGE or self.waited > 0

    def wait(self) -> None:
        self.waited += 1


def test_a_large_answer_that_waits_for_room_holds_nobody_up(server: HttpServer) -> None:
    """It lets its connection and its host's turn go, and is asked for again when there is room."""
    server.routes["/large"] = Answer(b"<rss>" + b" " * 2 * LARGE)
    room = NoRoomYet(server)

    with Fetcher(Env(), user_agent="test", allowed_hosts=origins(server)) as fetcher:
        response = fetcher.fetch(Request(query_key="q", url=server.url("/large")), room=room)

    assert isinstance(response, Response)
    assert len(response.body) == 2 * LARGE + 5
    assert (room.waited, server.connections) == (1, 2)


def test_large_answers_that_break_off_do_not_wait_for_each_other_for_ever(server: HttpServer, tmp_path: Path) -> None:
    """A second try takes its turn again with its room still taken; who has the turn never waits for room."""
    lock = threading.Lock()
    seen: dict[str, int] = {}

    def breaks_once(asked: Asked) -> Answer:
        with lock:
            seen[asked.path] = seen.get(asked.path, 0) + 1
        body = rss(recent_entry(f"Acme {asked.path}", f"https://news.example{asked.path}")).encode() + b"\n" * 2 * LARGE
        return Answer(body, length=len(body), cut=len(body) - 10 if seen[asked.path] == 1 else None)

    paths = [f"/{n}" for n in range(12)]
    for path in paths:
        server.routes[path] = breaks_once

    status, _, _ = scan(tmp_path, server, paths)

    assert status == 0
    assert rows(tmp_path, "SELECT count(*) FROM mentions") == [(len(paths),)]


def test_released_memory_is_free_for_the_next() -> None:
    """Whatever becomes of an answer, its share of the memory is not lost."""
    memory = MemoryPool()
    for _ in range(10):
        with memory.reserve() as failed:
            assert failed.enough(LARGE)
        with memory.reserve() as kept:
            assert kept.enough(LARGE)
            kept.hand_over()
        kept.release()
        kept.release()

    with memory.reserve() as one, memory.reserve() as two, memory.reserve() as three:
        assert [one.enough(LARGE), two.enough(LARGE), three.enough(LARGE)] == [True, True, False]
        assert three.enough(LARGE - 1)


def test_a_feed_of_a_hundred_thousand_entries_gives_its_first(server: HttpServer, tmp_path: Path) -> None:
    """More than can be read in time is cut off and said so, in place of losing all."""
    entries = [f"<title>Acme {n}</title><link>https://news.example/{n}</link>" for n in range(100_000)]
    server.routes["/huge"] = Answer(rss(*entries).encode())

    status, _, _ = scan(tmp_path, server, ["/huge"])

    assert status == 0
    assert rows(tmp_path, "SELECT outcome, items FROM polls") == [("truncated", 1000)]
    assert rows(tmp_path, "SELECT note FROM source_states") == [("only 1000 of 100000 entries are kept",)]
    assert rows(tmp_path, "SELECT title FROM mentions WHERE title = 'Acme 0'") == [("Acme 0",)]


def test_entities_do_not_make_a_small_document_large() -> None:
    """400 kB that unfold to 20 MB give what fits into 10 MB, and say so."""
    doctype = f'<!DOCTYPE rss [<!ENTITY a "{"Acme beans " * 17_000}">]>'
    entries = (f"<title>Acme {n}</title><description>&a;</description>" for n in range(100))
    body = rss(*entries).replace("<rss", doctype + "<rss").encode()
    page = Feed(url="https://one.example/feed").parse_fully(answered(body))

    assert 0 < sum(len(item.text) for item in page.items) <= 10_000_000
    assert page.truncated
    assert page.note is not None
    assert page.note.startswith(f"only {len(page.items)} of 100 entries")


@pytest.mark.parametrize("body", ["[" + "1," * 500_000 + "1]", json.dumps(dict.fromkeys(map(str, range(500_000)), 1))])
def test_json_of_nothing_but_small_values_is_not_read(body: str) -> None:
    """Ten bytes of JSON can be a hundred of memory."""
    with pytest.raises(UnexpectedResponse, match="more values than any page of results"):
        HackerNews().parse(answered(body.encode()))


def test_one_server_here_that_wants_to_be_left_alone_silences_no_other(server: HttpServer, tmp_path: Path) -> None:
    """A ``Retry-After`` of 10^30 seconds holds for the source that met it; others on this machine are asked again."""
    server.routes["/limit"] = Answer(status=429, headers={"Retry-After": "1" + "0" * 30})
    server.routes["/good"] = [
        Answer(rss(recent_entry(f"Acme {word}", f"https://news.example/{word}")).encode()) for word in ("one", "two")
    ]

    assert scan(tmp_path, server, ["/limit", "/good"])[:2] == (0, "")
    assert scan_again(tmp_path)[:2] == (0, "")

    assert rows(tmp_path, "SELECT title FROM mentions ORDER BY title") == [("Acme one",), ("Acme two",)]
    assert [asked.path for asked in server.requests].count("/limit") == 1


def test_hundreds_of_bad_servers_in_one_scan_cost_their_neighbours_nothing(server: HttpServer, tmp_path: Path) -> None:
    """Each is told in the ledger with its true cause, what can be read of it is kept, and memory stays bounded."""
    attacks = light() | (heavy() if WHOLE else {})
    sources = {"good first": "/good0", **{name: f"/{n}" for n, name in enumerate(attacks)}, "good last": "/good1"}
    for n, (name, (route, _)) in enumerate(attacks.items()):
        server.routes[f"/{n}"] = route
        assert '"' not in name
    for n in range(2):
        server.routes[f"/good{n}"] = Answer(feed(f"neighbour {n}"))
    told = "".join(
        f'[[sources]]\ntype = "feed"\nname = "{name}"\nurl = "{server.url(path)}"\nbacklog = "tell"\n'
        for name, path in sources.items()
    )
    config = f'database = "mentions.db"\n[[brands]]\nname = "Acme"\nnames = ["Acme"]\n{told}'
    (tmp_path / "mentionwatch.toml").write_text(config)

    status, complaints, peak = scan_again(tmp_path)

    assert (status, complaints) == (0, "")
    assert peak < MEMORY
    polls = rows(tmp_path, "SELECT source, coalesce(error_code, ''), items, coalesce(error, '') FROM polls")
    found = {str(name): (code if code or items else "no items") for name, code, items, _ in polls}
    assert {name: code for name, code in found.items() if code != attacks.get(name, (None, ""))[1]} == {}
    assert found.keys() == sources.keys()
    assert [error for *_, error in polls if not str(error).isprintable() or "passwd:" in str(error)] == []
    assert rows(tmp_path, "SELECT count(*) FROM mentions WHERE title LIKE 'Acme neighbour%'") == [(2,)]
    assert rows(tmp_path, "SELECT count(*) FROM items WHERE text LIKE '%root:%' OR title LIKE '%root:%'") == [(0,)]
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
