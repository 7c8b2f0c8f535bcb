"""Several runs at once, as cron and people start them: one message, the right exit code, nothing lost or doubled."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from mentionwatch.store.database import Database
from mentionwatch.store.schema import KNOWN
from support.older_database import as_of_stage
from support.servers import Answer, Asked, HttpServer
from support.smtp_server import MailServer, mail_server
from support.stream_servers import Jetstream, post
from support.tables import rows
from support.waiting import PATIENCE, Lines, stop, wait_for_event, while_running
from support.world import recent_entry, rss

CONFIG = """database = "mentions.db"
[[brands]]
name = "Acme"
names = ["Acme"]
[[sources]]
type = "feed"
name = "one"
url = "{url}"
backlog = "tell"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
from = "digest@acme.example"
[[digests]]
name = "morning"
to = ["team@acme.example"]
"""
FEED = rss(*(recent_entry(f"Acme opens {n}", f"https://n.example/{n}", guid=str(n)) for n in range(30))).encode()


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        server.routes["/feed"] = Answer(FEED)
        yield server


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, server: HttpServer, mails: MailServer) -> Path:
    (tmp_path / "mentionwatch.toml").write_text(CONFIG.format(url=server.url("/feed"), port=mails.port))
    return tmp_path


def command(folder: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "mentionwatch", "-c", str(folder / "mentionwatch.toml"), *args]


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "HOME": str(folder)}
    return subprocess.run(command(folder, *args), env=environ, capture_output=True, text=True, timeout=PATIENCE)


def mentions(folder: Path) -> int:
    ran = run(folder, "list", "--jsonl", "--limit", "1000")
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout.count("\n")


def test_a_second_scan_leaves_the_first_alone(folder: Path, server: HttpServer) -> None:
    """While one waits for a slow source: exit 75 and a line; told to wait, it waits, and finds nothing twice."""
    asked, go_on = threading.Event(), threading.Event()

    def slow(_: Asked) -> Answer:
        asked.set()
        wait_for_event(go_on, "the second scan")
        return Answer(FEED)

    server.routes["/feed"] = slow
    with ThreadPoolExecutor() as pool:
        first = pool.submit(run, folder, "scan", "--force")
        try:
            wait_for_event(asked, "the first scan to ask")
            second = run(folder, "scan", "--force")
            # Those who only read are not held up.
            assert run(folder, "list").returncode == 0
            third = pool.submit(run, folder, "scan", "--force", "--wait", "50")
        finally:
            go_on.set()
        assert (first.result().returncode, third.result().returncode) == (0, 0)

    assert second.returncode == 75
    assert second.stderr.count("\n") == 1
    assert "another scan" in second.stderr
    assert mentions(folder) == 30


def test_scans_digests_and_triage_at_once_lose_nothing_and_mail_each_mention_once(
    folder: Path, server: HttpServer, mails: MailServer
) -> None:
    """Two of each, all started together: whoever cannot go on says so, and a later digest has the rest."""
    assert run(folder, "scan", "--force").returncode == 0
    burns = f"<item>{recent_entry('Acme burns', 'https://n.example/b', guid='b')}</item></channel>"
    server.routes["/feed"] = Answer(FEED.replace(b"</channel>", burns.encode()))
    jobs = [("scan", "--force", "--wait", "50"), ("digest", "--email"), ("list",), ("verify",)] * 2
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda job: run(folder, *job), jobs))
    assert run(folder, "scan", "--force").returncode == 0
    assert run(folder, "digest", "--email").returncode == 0

    for job, ran in zip(jobs, ended, strict=True):
        assert "Traceback" not in ran.stderr
        assert ran.returncode == 0 or (job[0] == "digest" and ran.returncode in (1, 75)), (job, ran.stderr)
    texts = [part.get_content() for mail in mails.mails if (part := mail.mail.get_body(("plain",))) is not None]
    for title in [f"Acme opens {n}" for n in range(30)] + ["Acme burns"]:
        assert sum(re.search(rf"{title}\b", text) is not None for text in texts) == 1, title
    assert len({mail.mail["Message-ID"] for mail in mails.mails}) == len(mails.mails) <= 2
    assert run(folder, "verify").returncode == 0


def test_a_stream_scans_and_digests_at_once_lose_nothing_and_tell_nothing_twice(
    folder: Path, server: HttpServer, mails: MailServer
) -> None:
    """While posts flow into a stream, two scans bring the feed's and two digests are mailed."""
    assert run(folder, "scan", "--force").returncode == 0  # the feed is known now, with what it holds
    news = "".join(
        f"<item>{recent_entry(f'Acme burns {n}', f'https://n.example/b{n}', guid=f'b{n}')}</item>" for n in range(9)
    )
    server.routes["/feed"] = Answer(FEED.replace(b"</channel>", f"{news}</channel>".encode()))
    with Jetstream() as jetstream, (folder / "mentionwatch.toml").open("a") as config:
        config.write(f'[[sources]]\ntype = "jetstream"\nname = "sky"\nserver = "{jetstream.url}"\nwriters = false\n')
        config.flush()
        stream = subprocess.Popen(
            command(folder, "stream", "--jsonl"),
            env={**os.environ, "HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        try:
            while_running(stream, lambda: jetstream.listening == 1, "the stream to listen")
            lines = Lines(stream.stdout)
            jobs = [("scan", "--force", "--wait", "50"), ("digest", "--email")] * 2
            with ThreadPoolExecutor(4) as pool:
                ended = [pool.submit(run, folder, *job) for job in jobs]
                for number in range(40):
                    jetstream.add(post(number, f"Acme flows {number}", time_us=time.time_ns() // 1000))
            told = [json.loads(lines.line(f"mention {number} of 40"))["text"] for number in range(1, 41)]
            stream.terminate()
            rest, said = stream.communicate(timeout=PATIENCE)
        finally:
            stop(stream)
    for job, future in zip(jobs, ended, strict=True):
        ran = future.result()
        assert ran.returncode == 0 or (job[0] == "digest" and ran.returncode in (1, 75)), (job, ran.stderr)
    assert run(folder, "digest", "--email").returncode == 0

    assert (stream.returncode, lines.unread() + rest, said) == (0, b"", b"")
    assert sorted(told) == sorted(f"Acme flows {number}" for number in range(40))
    assert mentions(folder) == 30 + 9 + 40
    texts = [part.get_content() for mail in mails.mails if (part := mail.mail.get_body(("plain",))) is not None]
    mailed = " ".join(" ".join(texts).split())
    for title in [*(f"Acme burns {n}" for n in range(9)), *(f"Acme opens {n}" for n in range(30))]:
        assert len(re.findall(rf"{title}\b", mailed)) == 1, title
    assert rows(folder, "SELECT count(*) FROM delivery_mentions") == [(79,)]
    assert run(folder, "verify").returncode == 0


def test_an_older_database_is_brought_up_to_date_once_by_whoever_comes_first(folder: Path) -> None:
    """A scan, a digest and others meet it at the same moment: all go on, and the copy is of the older version."""
    assert run(folder, "scan", "--force").returncode == 0
    database, then = folder / "mentions.db", folder / "then.db"
    as_of_stage(database, then, 1)
    shutil.move(then, database)
    jobs = [("scan", "--force", "--wait", "50"), ("list",), ("verify",), ("digest",), ("list",), ("verify",)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        ended = list(pool.map(lambda job: run(folder, *job), jobs))

    assert [(ran.returncode, ran.stderr) for ran in ended] == [(0, "")] * len(jobs)
    assert mentions(folder) == 30
    with closing(Database._connect(f"{database}.before-{KNOWN[-1]}")) as copy:
        assert [row[0] for row in copy.execute("SELECT name FROM _sqlite_migrations")] == [KNOWN[0]]
