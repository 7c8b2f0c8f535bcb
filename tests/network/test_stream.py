"""``stream``: told within seconds, nothing lost and nothing twice, whatever breaks off."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

import pytest

from mentionwatch.app.stream import RunControl
from mentionwatch.cli import main
from mentionwatch.cli.context import Context
from mentionwatch.cli.stream_reporter import StreamReporter
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.stream_update import StreamUpdate, retry_delay
from mentionwatch.collect.streams import StreamObserver, StreamReport, listen
from mentionwatch.config.load import load_config
from mentionwatch.env import Env
from mentionwatch.errors import AuthFailed, RateLimited, ServerError, SourceError
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.streams import Opener
from mentionwatch.model import Item
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter
from mentionwatch.store.lock import stream_lock
from support.servers import Answer, Asked, HttpServer
from support.stream_servers import Jetstream, Line, StreamServer, chunk, frame, post, sse
from support.waiting import PATIENCE, Lines, NeverCame, after, bare_environ, stop, while_running
from support.world import World


class Program:
    """A real ``mentionwatch stream`` in a folder with its configuration and database; its ``with`` block ends it."""

    def __init__(self, folder: Path, sources: str, brands: str = "") -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(
            'database = "mentions.db"\n' + (brands or '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n') + sources,
            encoding="utf-8",
        )
        self.running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.running is not None:
            stop(self.running)

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "mentionwatch", "--config", str(self.config), "stream", *options]
        self.running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=bare_environ(self.folder), bufsize=0
        )
        self.said = Lines(self.running.stdout)

    def wait_for(self, what: str, there: Callable[[], bool]) -> None:
        """Until something is so; it must not have ended before."""
        assert self.running is not None
        try:
            while_running(self.running, there, what)
        except AssertionError as error:
            pytest.fail(f"{error}: {self.end()}")

    def read(self, count: int) -> list[str]:
        """The texts of so many new mentions, as they are told."""
        found = []
        for number in range(1, count + 1):
            line = self.said.line(f"mention {number} of {count}")
            assert line, f"it ended: {self.end()}"
            found.append(json.loads(line)["text"])
        return found

    def end(self, number: int = signal.SIGTERM) -> tuple[int, bytes, bytes]:
        """Status, what else it printed, what it said."""
        assert self.running is not None
        if self.running.poll() is None:
            os.kill(self.running.pid, number)
        out, said = self.running.communicate(timeout=PATIENCE)
        status, self.running = self.running.returncode, None
        return status, self.said.unread() + out, said

    def ask(self, *command: str) -> str:
        arguments = [sys.executable, "-m", "mentionwatch", "--config", str(self.config), *command]
        environ = bare_environ(self.folder)
        done = subprocess.run(arguments, capture_output=True, check=False, env=environ, timeout=PATIENCE)
        return done.stdout.decode()

    def texts(self) -> list[str]:
        """What is kept, each mention's words, sorted."""
        return sorted(json.loads(line)["text"] for line in self.ask("list", "--jsonl").splitlines())

    def coverage(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.ask("coverage", "--jsonl").splitlines()]


@pytest.fixture
def jetstream() -> Iterator[Jetstream]:
    with Jetstream() as server:
        yield server


def source(server: StreamServer) -> str:
    return f'[[sources]]\ntype = "jetstream"\nname = "sky"\nserver = "{server.url}"\nwriters = false\n'


def microseconds() -> int:
    return time.time_ns() // 1000


FIRE = "The Acme Coffee machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer."


@pytest.mark.parametrize("written", [timedelta(seconds=1), timedelta(days=400)], ids=["now", "by a wrong clock"])
def test_a_mention_is_told_while_it_runs(tmp_path: Path, jetstream: Jetstream, written: timedelta) -> None:
    """What matches is told and kept, what does not is neither; SIGTERM ends it with 0 and without a word.

    An emergency is one, whatever the writer's clock says: the network had the post a moment ago.
    """
    with HttpServer() as hook:
        hook.routes["/hook"] = Answer(b"ok")
        notify = '[[notify]]\nname = "oncall"\nurl = { file = "hook" }\nwhen = ["urgent"]\n'
        (tmp_path / "hook").write_text(f"json+http://127.0.0.1:{hook.port}/hook")
        (tmp_path / "hook").chmod(0o600)
        with Program(tmp_path, source(jetstream) + notify) as program:
            program.start("--jsonl")
            program.wait_for("it to listen", lambda: jetstream.listening == 1)
            jetstream.add(
                post(1, "tea for all", time_us=microseconds()),
                post(2, FIRE, time_us=microseconds(), written=written),
            )
            told = program.read(1)
            program.wait_for("the alert", lambda: bool(hook.requests))
            ended = program.end()

    assert told == [FIRE]
    assert ended == (0, b"", b"")
    assert program.texts() == [FIRE]
    assert json.loads(hook.requests[0].body)["event"] == "urgent"
    assert len(hook.requests) == 1


def test_killed_mid_flow_it_loses_nothing_and_tells_nothing_twice(tmp_path: Path, jetstream: Jetstream) -> None:
    """kill -9, again and again, while posts flow: each mention is there once, and each was told once."""
    said: list[str] = []
    told: list[str] = []

    def cup() -> bytes:
        said.append(f"Acme Coffee, cup {len(said):03d}")
        return post(len(said), said[-1], time_us=microseconds())

    with Program(tmp_path, source(jetstream)) as program:
        for connections in (1, 2):
            program.start("--jsonl")
            program.wait_for("it to listen", lambda: jetstream.listening == connections)  # noqa: B023
            for _ in range(25):
                jetstream.add(cup(), post(len(said) + 10_000, "tea", time_us=microseconds()))
            program.read(5)
            program.end(signal.SIGKILL)
            jetstream.add(cup())  # while nobody listens
        program.start("--jsonl")
        program.wait_for("it to listen", lambda: jetstream.listening == 3)
        jetstream.add(cup())
        while said[-1] not in told:
            told += program.read(1)
        assert program.end(signal.SIGINT)[0] == 130

    assert program.texts() == sorted(said)
    assert len(told) == len(set(told))


# --- in this process -----------------------------------------------------------------------------------------------


@dataclass
class Town:
    """A user's machine on which ``listen`` runs until something is so."""

    folder: Path
    sources: str
    brands: str = '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n'
    steps: list[StreamUpdate] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def listen(
        self, until: Callable[[StreamUpdate], bool], each: Callable[[StreamUpdate], None] = lambda step: None
    ) -> StreamReport:
        """Run until a step is the one that was waited for; ``each`` sees every step."""
        path = self.folder / "config.toml"
        path.write_text('database = "mentions.db"\n' + self.brands + self.sources, encoding="utf-8")
        env = Env(environ={"HOME": str(self.folder), **self.environ})
        config = load_config(path, env.environ, frozenset({"sources"}))
        stop, came = threading.Event(), threading.Event()

        def seen(step: StreamUpdate, _: object) -> None:
            self.steps.append(step)
            each(step)
            if until(step):
                came.set()
                stop.set()

        with (
            self.store() as store,
            Fetcher(env, user_agent="mentionwatch/test") as fetcher,
            after(PATIENCE, stop.set),
        ):
            opener = Opener(env, user_agent="mentionwatch/test", deadline=PATIENCE, silence=PATIENCE, tick=0.02)
            # Half of nothing: a wait between two tries is none.
            report = listen(
                config, store, opener, fetcher, env, stop, observer=StreamObserver(update=seen), spread=lambda: -0.5
            )
        if not came.is_set():
            raise NeverCame(f"another step than the {len(self.steps)} that came", PATIENCE)
        return report

    def store(self) -> Store:
        return Store.open(self.folder / "mentions.db", write=True)

    def texts(self) -> list[str]:
        with self.store() as store:
            return sorted(mention.item.text for mention in store.mentions.find(MentionFilter()))

    def polls(self) -> list[tuple[str, datetime | None, datetime | None]]:
        with self.store() as store:
            since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
            return [(poll.outcome, poll.gap_from, poll.gap_to) for poll in store.polls.between(since, until)]


def holds(text: str) -> Callable[[StreamUpdate], bool]:
    """Until a post with these words has been kept."""
    return lambda step: any(text in item.text for item in step.items)


def test_it_begins_live_and_goes_on_a_little_before_where_it_was(tmp_path: Path, jetstream: Jetstream) -> None:
    """The first time nothing of old is asked for; the second time all since, and what comes again is no news."""
    town = Town(tmp_path, source(jetstream))
    first, second = microseconds(), microseconds() + 1
    jetstream.add(post(1, "Acme Coffee of old", time_us=first - 60_000_000))
    town.listen(holds("first"), lambda step: jetstream.add(post(2, "Acme Coffee first", time_us=first)))
    jetstream.add(post(3, "Acme Coffee meanwhile", time_us=second))
    report = town.listen(holds("meanwhile"))

    assert "cursor" not in jetstream.lines[0].query
    assert jetstream.lines[1].query["cursor"] == [str(first - 5_000_000)]
    assert jetstream.lines[1].query["wantedCollections"] == ["app.bsky.feed.post"]
    assert town.texts() == ["Acme Coffee first", "Acme Coffee meanwhile"]
    assert report.stats["sky"].kept == 1


def test_what_is_heard_is_judged_by_ones_own_rules(tmp_path: Path, jetstream: Jetstream) -> None:
    """As a scan would: nothing is judged one way by the one and another way by the other."""
    rule = '[[rules]]\nwhen = "first"\nthen = { tag = "heard", assign = "jo" }\n'
    town = Town(tmp_path, source(jetstream), Town.brands + rule)
    jetstream.add(post(1, "Acme Coffee of old", time_us=microseconds() - 60_000_000))
    town.listen(holds("first"), lambda step: jetstream.add(post(2, "Acme Coffee first", time_us=microseconds())))

    with town.store() as store:
        (told,) = store.mentions.find(MentionFilter())
    assert (told.tags, told.assignee) == (("heard",), "jo")


def test_cut_off_again_and_again_it_loses_nothing(tmp_path: Path) -> None:
    """A server that ends every connection after seven posts: all are kept, each once, every cut is in the ledger."""
    with Jetstream(cut=7) as server:
        town = Town(tmp_path, source(server))
        begun = microseconds() - 60_000_000

        def feed(step: StreamUpdate) -> None:
            if step.first and not server.events:
                # Ten seconds apart, so that the overlap holds one of them.
                server.add(*(post(n, f"Acme Coffee {n:02d}", time_us=begun + n * 10_000_000) for n in range(30)))

        town.listen(holds("29"), feed)

    assert town.texts() == [f"Acme Coffee {n:02d}" for n in range(30)]
    assert sum(outcome == "failed" for outcome, _, _ in town.polls()) >= 3
    assert not [gap for outcome, gap, _ in town.polls() if outcome == "truncated"]


def test_what_the_server_keeps_no_more_is_recorded_as_lost(tmp_path: Path, jetstream: Jetstream) -> None:
    """From the last message heard to the first that comes, in `coverage` too."""
    town = Town(tmp_path, source(jetstream))
    heard = microseconds() - 3_600_000_000
    town.listen(holds("one"), lambda step: jetstream.add(post(1, "Acme Coffee one", time_us=heard)))
    jetstream.add(post(2, "Acme Coffee two", time_us=heard + 60_000_000))
    odd = b'{"did": "did:plc:x", "time_us": %d, "kind": 7}' % (heard + 1)
    jetstream.add(odd, post(3, "Acme Coffee three", time_us=heard + 1_200_000_000))
    jetstream.kept = len(jetstream.events) - 2
    town.listen(holds("three"))

    def at(time: int) -> datetime:
        return datetime.fromtimestamp(time // 1_000_000, UTC)

    gaps = [(gap_from, gap_to) for outcome, gap_from, gap_to in town.polls() if outcome == "truncated"]
    assert gaps == [(at(heard), at(heard + 1_200_000_000))]
    assert town.texts() == ["Acme Coffee one", "Acme Coffee three"]


def test_another_server_goes_on_where_the_first_was(tmp_path: Path, jetstream: Jetstream) -> None:
    """A cursor is a time, and every server of the network knows it: other options lose nothing."""
    town = Town(tmp_path, source(jetstream))
    at = microseconds()
    town.listen(holds("one"), lambda step: jetstream.add(post(1, "Acme Coffee one", time_us=at)))
    with Jetstream([*jetstream.events, post(2, "Acme Coffee two", time_us=at + 1)]) as other:
        town.sources = source(other)
        town.listen(holds("two"))

    assert town.texts() == ["Acme Coffee one", "Acme Coffee two"]


def test_what_was_kept_and_not_read_is_read_at_the_start(tmp_path: Path, jetstream: Jetstream) -> None:
    """A run that was killed between keeping and reading leaves a mention that nobody was told of."""
    town = Town(tmp_path, source(jetstream))
    with town.store() as store, store.writing():
        item = Item("bluesky", "post", external_id="at://x", text="Acme Coffee, unread")
        save_items(store, "sky", [item], datetime.now(UTC), backlog=False, poll_id=None)
    town.listen(lambda step: True)

    assert town.texts() == ["Acme Coffee, unread"]


def test_catching_up_is_no_more_than_it_has_heard(tmp_path: Path, jetstream: Jetstream) -> None:
    """While an hour is replayed the ledger says up to when it is known, and the source that it is behind."""
    town = Town(tmp_path, source(jetstream))
    old = microseconds() - 7_200_000_000
    town.listen(holds("one"), lambda step: jetstream.add(post(1, "Acme Coffee one", time_us=old)))
    jetstream.add(post(2, "Acme Coffee two", time_us=old + 600_000_000))
    notes = []

    def note(step: StreamUpdate) -> None:
        with town.store() as store:
            notes.append(store.sources.states()["sky"].note)

    town.listen(lambda step: step.heard == 0, note)
    replayed = next(step for step in town.steps if holds("two")(step))

    assert replayed.complete_to == datetime.fromtimestamp(old // 1_000_000 + 600, UTC)
    assert replayed.complete_to is not None
    assert replayed.at - replayed.complete_to > timedelta(hours=1)
    assert replayed.note == "more than an hour behind: it is catching up"
    assert notes[-1] is None


def test_an_edited_and_a_deleted_post(tmp_path: Path, jetstream: Jetstream) -> None:
    """Of a mention the words are kept, with the edit and the deletion beside them; of others nothing is."""
    town = Town(tmp_path, source(jetstream))

    def talk(step: StreamUpdate) -> None:
        if len(town.steps) == 1:
            at = microseconds()
            jetstream.add(post(1, "Acme Coffee is cold", time_us=at), post(2, "tea", time_us=at))
        elif holds("cold")(step):
            at = microseconds()
            jetstream.add(
                post(1, "It is warm again", time_us=at, operation="update"),
                post(2, "more tea", time_us=at, operation="update"),
                post(3, "Acme Coffee, says an edit", time_us=at, operation="update"),
                post(1, "", time_us=at, operation="delete"),
                post(2, "", time_us=at, operation="delete"),
                post(9, "Acme Coffee: over", time_us=at),
            )

    town.listen(holds("over"), talk)

    assert town.texts() == ["Acme Coffee is cold", "Acme Coffee, says an edit", "Acme Coffee: over"]
    with town.store() as store:
        (mention,) = (m for m in store.mentions.find(MentionFilter()) if "cold" in m.item.text)
        assert mention.gone_at is not None
        assert mention.edited_at is not None


def test_a_thousand_mentions_at_once_are_all_kept(tmp_path: Path, jetstream: Jetstream) -> None:
    """More than any queue holds: the server waits, and nothing is dropped."""
    town = Town(tmp_path, source(jetstream))

    def flood(step: StreamUpdate) -> None:
        if len(town.steps) == 1:
            at = microseconds()
            jetstream.add(*(post(n, f"Acme Coffee {n:04d}", time_us=at + n) for n in range(1_200)))

    town.listen(holds("1199"), flood)

    assert len(town.texts()) == 1_200


HOSTILE = (
    b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"\x00", b'{"kind": 3}', b"[" * 100_000, b'{"a":' * 50_000,
    b'{"did": "did:plc:x", "time_us": NaN, "kind": "commit"}',
    b'{"did": "did:plc:x", "time_us": 1e400, "kind": "commit", "commit": null}',
    b'{"did": 7, "time_us": "soon", "kind": "commit", "commit": {"collection": "app.bsky.feed.post", "rkey": {}}}',
    b'{"did": "did:plc:x\\u0000", "kind": "commit", "commit": {"collection": "app.bsky.feed.post", "rkey": "../x",'
    b' "operation": "create", "record": {"text": "Acme Coffee"}}}',
    b'{"did": "did:plc:x", "time_us": 253402300799000000, "kind": "commit", "commit": {"operation": "create",'
    b' "collection": "app.bsky.feed.post", "rkey": "3mx", "record": {"text": "Acme Coffee \\ud800 in year 9999"}}}',
    b'{"did": "did:plc:x", "time_us": -5, "kind": "commit", "commit": {"operation": "delete",'
    b' "collection": "app.bsky.feed.post", "rkey": null}}',
)  # fmt: skip


def test_what_makes_no_sense_harms_nothing(tmp_path: Path, jetstream: Jetstream) -> None:
    """It is counted, what can be read of it is, and the cursor is not led astray."""
    town = Town(tmp_path, source(jetstream))
    at = microseconds()

    def attack(step: StreamUpdate) -> None:
        if len(town.steps) == 1:
            with jetstream.more:
                jetstream.events += [*HOSTILE, post(1, "Acme Coffee, sane", time_us=at)]
                jetstream.more.notify_all()

    report = town.listen(holds("sane"), attack)
    with town.store() as store:
        checkpoint = store.sources.questions("sky")["posts"].checkpoint

    assert town.texts() == ["Acme Coffee  in year 9999", "Acme Coffee, sane"]
    assert report.stats["sky"].odd >= 9
    assert checkpoint == str(at)


def test_a_server_that_closes_at_once_fails_each_time(tmp_path: Path) -> None:
    """To have been connected for a moment is no success: these are failures in a row, after which waits grow."""
    with StreamServer(lambda line: line.upgrade()) as server:
        town = Town(tmp_path, source(server))
        report = town.listen(lambda step: len(town.steps) == 5)
    failures = [step for step in town.steps if step.error is not None]

    assert len(failures) == len(town.steps) >= 5
    assert report.silent
    with town.store() as store:
        assert store.sources.states()["sky"].failures == len(failures)


def test_told_to_end_it_waits_for_no_server_that_has_not_said_a_word(tmp_path: Path) -> None:
    """The clock stands still: no patience of its own ends the run."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        world = World(tmp_path)
        sources = f'[[sources]]\ntype = "jetstream"\nserver = "{address}"\n'
        config = load_config(world.configure(Town.brands + sources), {})
        env, stop = Env(monotonic=lambda: 0.0), threading.Event()
        with (
            Store.open(tmp_path / "mentions.db", write=True) as store,
            Fetcher(env, user_agent="test") as fetcher,
            Opener(env, user_agent="test") as opener,
        ):

            def tell() -> None:
                connected.append(mute.accept()[0])
                stop.set()

            connected: list[socket.socket] = []
            threading.Thread(target=tell, daemon=True).start()
            listen(config, store, opener, fetcher, env, stop)
            connected[0].close()
    assert stop.is_set()


def test_waits_grow_are_spread_and_obey() -> None:
    """1, 2, 4 … 300 s, half to one and a half times; 15 min for what somebody must mend; as long as a server says."""
    now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    broken: SourceError = ServerError("x")
    limit = RateLimited("x", until=now + timedelta(hours=2))

    assert [retry_delay(broken, n, now, spread=0.5) for n in (1, 2, 3, 9, 10, 10_000)] == [1, 2, 4, 256, 300, 300]
    assert (retry_delay(broken, 3, now, spread=0.0), retry_delay(broken, 3, now, spread=1.0)) == (2, 6)
    assert retry_delay(AuthFailed("x"), 1, now, spread=0.5) == 900
    assert retry_delay(limit, 1, now, spread=0.5) == 7_200
    assert retry_delay(RateLimited("x"), 1, now, spread=0.5) == 60


def test_a_limit_is_waiting_and_no_failure(tmp_path: Path) -> None:
    """429 with Retry-After: the ledger and `sources` say until when."""

    def limited(line: Line) -> None:
        if len(server.lines) == 1:
            line.answer("429 Too Many Requests", Retry_After="1")
            return
        line.upgrade()
        line.send(frame(post(1, "Acme Coffee", time_us=microseconds())))
        line.wait_for_end()

    with StreamServer(limited) as server:
        town = Town(tmp_path, source(server))
        town.listen(holds("Acme"))

    assert [outcome for outcome, _, _ in town.polls()] == ["waiting", "answered"]
    assert town.steps[0].retry_in > 0


def test_one_stream_in_trouble_is_not_the_others(tmp_path: Path, jetstream: Jetstream) -> None:
    """One that refuses and one whose secret is missing leave the third as it is."""
    with StreamServer(lambda line: line.answer("403 Forbidden")) as other:
        town = Town(
            tmp_path,
            source(jetstream)
            + f'[[sources]]\ntype = "jetstream"\nname = "other"\nserver = "{other.url}"\nwriters = false\n'
            + '[[sources]]\ntype = "mastodon_stream"\nname = "secret"\nserver = "http://127.0.0.1:9"\n'
            + 'token = { env = "NOT_THERE" }\n',
        )
        town.listen(
            holds("third"),
            lambda step: jetstream.add(post(1, "Acme Coffee third", time_us=microseconds())) if step.first else None,
        )
    with town.store() as store:
        rows = store.sources.states()

    assert town.texts() == ["Acme Coffee third"]
    assert rows["other"].error_code == "forbidden"
    assert "NOT_THERE" in (rows["secret"].error or "")
    assert rows["sky"].failures == 0


def test_who_wrote_it_is_asked_for(tmp_path: Path, jetstream: Jetstream) -> None:
    """Of what matches alone: name and handle, so that our own posts are known as ours; or the number stays."""
    asked: list[list[str]] = []

    def posts(request: Asked) -> Answer:
        uris = parse_qs(request.query)["uris"]
        asked.append(uris)
        if len(asked) > 1:
            return Answer(b"<html>", status=500)
        post = {"uri": uris[0], "record": {"text": "other words"}, "likeCount": 7}
        post["author"] = {"did": "did:plc:tester", "handle": "acme.example", "displayName": "Acme"}
        return Answer(json.dumps({"posts": [None, {"uri": 3}, post]}).encode())

    with HttpServer() as service:
        service.routes["/xrpc/app.bsky.feed.getPosts"] = posts
        brands = '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\nown = ["@acme.example"]\n'
        where = f'appview = "http://127.0.0.1:{service.port}"'
        town = Town(tmp_path, source(jetstream).replace("writers = false", where), brands)

        def talk(step: StreamUpdate) -> None:
            at = microseconds()
            if len(town.steps) == 1:
                jetstream.add(post(1, "Acme Coffee, by ourselves", time_us=at), post(2, "tea", time_us=at))
            elif holds("ourselves")(step):
                jetstream.add(post(3, "Acme Coffee, by whom?", time_us=at))
            elif holds("whom")(step):
                jetstream.add(post(4, "Acme Coffee, in peace", time_us=at))

        town.listen(holds("peace"), talk)
    with town.store() as store:
        told = {mention.item.text: mention for mention in store.mentions.find(MentionFilter())}
    ours, whose = told["Acme Coffee, by ourselves"], told["Acme Coffee, by whom?"]

    assert ours.own
    assert (ours.item.author.name, ours.item.author.handle, ours.item.engagement.likes) == ("Acme", "acme.example", 7)
    assert ours.item.url == "https://bsky.app/profile/acme.example/post/3m00000000001"
    assert (whose.own, whose.item.author.handle) == (False, "did:plc:tester")
    # A service in trouble is left alone for a while.
    assert asked == [[ours.item.external_id], [whose.item.external_id]]


# --- Mastodon ------------------------------------------------------------------------------------------------------


#: When what the Mastodon server has been told begins; the program that listens reads the machine's clock.
BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def status(number: int, text: str) -> dict[str, Any]:
    """A post as Mastodon gives it, one second after the other."""
    at = BEGUN + timedelta(seconds=number)
    uri = f"https://far.example/users/jo/statuses/{number}"
    return {
        "id": str(int(at.timestamp() * 1000) << 16),
        "uri": uri,
        "url": uri,
        "created_at": at.isoformat(),
        "content": f"<p>{text}</p>",
        "visibility": "public",
        "account": {"acct": "jo@far.example", "username": "jo", "url": "https://far.example/@jo"},
    }


class Village:
    """A Mastodon server: its streaming and its public timeline."""

    def __init__(self) -> None:
        self.statuses: list[dict[str, Any]] = []
        self.speak: Callable[[Line], None] = lambda line: None
        self.streaming = StreamServer(self._stream)
        self.pages: list[dict[str, list[str]]] = []
        self.url = self.streaming.url

    def _stream(self, line: Line) -> None:
        if line.target.startswith("/api/v1/timelines/public"):
            self.pages.append(line.query)
            low = int(line.query.get("min_id", ["0"])[0])
            newer = sorted((s for s in self.statuses if int(s["id"]) > low), key=lambda s: int(s["id"]))
            page = list(reversed(newer[: int(line.query["limit"][0])]))
            line.answer("200 OK", json.dumps(page).encode(), Content_Type="application/json", Connection="close")
            return
        if line.headers.get("authorization") != "Bearer t0ken":
            line.answer("401 Unauthorized", b'{"error": "This API requires an authenticated user"}')
            return
        line.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.send(chunk(b":)\n"))
        self.speak(line)
        line.wait_for_end()

    @property
    def source(self) -> str:
        return (
            f'[[sources]]\ntype = "mastodon_stream"\nname = "village"\nserver = "{self.url}"\n'
            'token = { env = "TOKEN" }\n'
        )


@pytest.fixture
def village() -> Iterator[Village]:
    made = Village()
    yield made
    made.streaming.close()


def test_a_mastodon_server_is_heard(tmp_path: Path, village: Village) -> None:
    """Posts, edits and deletions; notifications and words for others are passed over."""
    one = status(1, "Acme Coffee, one")

    def speak(line: Line) -> None:
        line.send(sse("update", json.dumps(one)) + sse("update", json.dumps(status(2, "tea"))))
        line.send(sse("notification", "{}") + chunk(b":thump\n") + sse("update", "{not json"))
        line.send(sse("update", json.dumps({**status(3, "Acme Coffee, whispered"), "visibility": "private"})))
        line.send(sse("status.update", json.dumps({**one, "content": "Acme Coffee, one, edited"})))
        line.send(sse("delete", one["id"]) + sse("delete", "4711"))
        line.send(sse("update", json.dumps(status(4, "Acme Coffee, over"))))

    village.speak = speak
    town = Town(tmp_path, village.source, environ={"TOKEN": "t0ken"})
    town.listen(holds("over"))

    assert town.texts() == ["Acme Coffee, one, edited", "Acme Coffee, over"]
    assert village.streaming.lines[0].target == "/api/v1/streaming/public"
    with town.store() as store:
        (mention,) = (m for m in store.mentions.find(MentionFilter()) if "one" in m.item.text)
        assert mention.gone_at is not None
        assert mention.edited_at is not None


def test_what_a_mastodon_server_said_meanwhile_is_asked_for(tmp_path: Path, village: Village) -> None:
    """Page after page from the last post on, a minute before it; each mention is there once."""
    village.statuses = [status(n, f"Acme Coffee {n:03d}" if n % 10 == 0 else "tea") for n in range(100, 200)]
    village.speak = lambda line: line.send(sse("update", json.dumps(village.statuses[0])))
    town = Town(tmp_path, village.source, environ={"TOKEN": "t0ken"})
    town.listen(holds("100"))
    village.speak = lambda line: line.send(sse("update", json.dumps(status(200, "Acme Coffee 200"))))
    town.listen(holds("200"))

    assert town.texts() == [f"Acme Coffee {n}" for n in range(100, 210, 10)]
    assert [int(page["min_id"][0]) for page in village.pages] == [
        int(status(40, "")["id"]), int(status(139, "")["id"]), int(status(179, "")["id"]), int(status(199, "")["id"]),
    ]  # fmt: skip


def test_a_token_that_is_wrong_is_said_to_be(tmp_path: Path, village: Village) -> None:
    """With the hint, and without the token."""
    town = Town(tmp_path, village.source, environ={"TOKEN": "wr0ng"})
    town.listen(lambda step: step.error is not None)
    error = town.steps[0].error

    assert isinstance(error, AuthFailed)
    assert "read:statuses" in error.message
    assert "wr0ng" not in error.message
    assert town.steps[0].retry_in >= 900


# --- at the command line -------------------------------------------------------------------------------------------

CONFIGURED = '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n[[sources]]\ntype = "jetstream"\nname = "sky"\n'


def test_a_scan_leaves_streams_alone(world: World) -> None:
    """It polls none, and says who listens when it is asked to."""
    world.configure(CONFIGURED)

    assert world.run("scan").status == 0
    assert world.network.asked == []
    asked = world.run("scan", "--source", "sky")
    assert asked.status == 1
    assert "mentionwatch stream" in asked.err


def test_what_cannot_be_listened_to_is_said(world: World) -> None:
    """No stream at all, one of another name, one that is polled, another run that listens."""
    world.configure('[[sources]]\ntype = "feed"\nname = "blog"\nurl = "https://blog.example/feed"\n')
    nothing = world.run("stream")
    world.configure(CONFIGURED + '[[sources]]\ntype = "feed"\nname = "blog"\nurl = "https://blog.example/feed"\n')
    other, polled = world.run("stream", "--source", "skye"), world.run("stream", "--source", "blog")
    with closing(stream_lock(world.folder / "mentions.db", 0)):
        taken = world.run("stream")

    assert (nothing.status, other.status, polled.status, taken.status) == (1, 1, 1, 75)
    assert "no stream is configured" in nothing.err
    assert "sky" in other.err
    assert "mentionwatch scan" in polled.err
    assert "--wait" in taken.err


def test_check_and_schedule_know_streams(world: World) -> None:
    """`check` says who listens, cron and systemd have their lines; without a stream there are none."""
    world.configure(CONFIGURED)
    checked, cron, units = (world.run(*args) for args in (("check",), ("schedule", "cron"), ("schedule", "systemd")))
    world.configure('[[sources]]\ntype = "feed"\nname = "blog"\nurl = "https://blog.example/feed"\n')

    assert "jetstream, 1 stream; `mentionwatch stream` listens" in checked.out
    assert " stream --for " in cron.out
    assert "mentionwatch-stream.service" in units.out
    assert " stream --for " not in world.run("schedule", "cron").out
    assert "mentionwatch-stream" not in world.run("schedule", "systemd").out


def test_check_online_opens_a_stream(world: World, jetstream: Jetstream, capsys: pytest.CaptureFixture[str]) -> None:
    """And says in one line whether anything comes, or what is wrong."""
    path = world.configure(CONFIGURED + f'server = "{jetstream.url}"\n')

    def says(handle: Callable[[Line], None]) -> tuple[int, str]:
        jetstream.handle = handle
        status = main(["--config", str(path), "check", "--online"], env=Env(environ=world.environ))
        return status, capsys.readouterr().out

    def talk(line: Line) -> None:
        line.upgrade()
        line.send(frame(post(1, "tea", time_us=1)))

    good, bad = says(talk), says(lambda line: line.answer("503 Down"))

    assert good[0] == 0
    assert "source sky: received 1 message; `mentionwatch stream` listens" in good[1]
    assert bad[0] == 1
    assert "failed   source sky: 127.0.0.1:" in bad[1]


def controlled(world: World, duration: timedelta | None = None) -> RunControl:
    context = Context(world.env, config_path=world.config_file)
    reporter = StreamReporter(context, jsonl=False)
    return RunControl(world.env, context.config_file(), context.reload_config, reporter, duration)


def test_a_changed_configuration_is_taken_up_and_a_wrong_one_is_not(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked at every few seconds; what is wrong is told, and the old one goes on."""
    path = world.configure(CONFIGURED)
    control = controlled(world)
    path.write_text("nonsense", encoding="utf-8")
    world.later(seconds=10)
    control.check()
    assert not control.stop.is_set()
    assert "continuing with the old one" in capsys.readouterr().err

    world.configure(CONFIGURED + "# changed\n")
    control.check()
    assert not control.stop.is_set()
    world.later(seconds=10)
    control.check()
    assert control.stop.is_set()
    assert control.next_config() is not None


def test_it_ends_when_its_time_is_over(world: World) -> None:
    """``--for`` ends a run by itself."""
    world.configure(CONFIGURED)
    control = controlled(world, timedelta(minutes=10))
    control.check()
    assert not control.stop.is_set()
    world.later(minutes=10)
    control.check()
    assert control.stop.is_set()
    assert control.next_config() is None
