"""Killed at any instant and started again, the result is what an undisturbed run gives.

A real process, a real database, a real mail server. The process is killed (``SIGKILL``) just before its Nth write or
sync on the database, by a few lines of C that are preloaded into it. The suite takes instants ever further apart; with
``MENTIONWATCH_TORTURE=1`` (``make torture``) it takes every one.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import Answer, HttpServer
from smtp_server import MailServer, mail_server
from world import entry, rss

INSTANTS = (
    range(1, 2000) if os.environ.get("MENTIONWATCH_TORTURE") else (1, 2, 4, 8, 15, 27, 47, 80, 140, 250, 450, 800)
)
CONFIG = """database = "mentions.db"
[[brands]]
name = "Acme"
names = ["Acme"]
[[sources]]
type = "feed"
name = "one"
url = "{one}"
[[sources]]
type = "feed"
name = "two"
url = "{two}"
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
from = "digest@acme.example"
[[digests]]
name = "morning"
to = ["team@acme.example"]
"""
OLD = [entry(f"Acme opens shop {n}", f"https://n.example/old/{n}", guid=f"o{n}", text="word " * 50) for n in range(10)]
NEW = [entry(f"Acme burns beans {n}", f"https://n.example/new/{n}", guid=f"n{n}", text="bean " * 50) for n in range(10)]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The preloaded library."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("no C compiler here to make the library that kills at a chosen system call")
    library = tmp_path_factory.mktemp("shim") / "kill_at_call.so"
    source = Path(__file__).with_name("kill_at_call.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


class Machine:
    """A folder with a configuration; programs run in it as processes of their own."""

    def __init__(self, folder: Path, shim: Path, config: str) -> None:
        self.folder, self.shim = folder, shim
        folder.mkdir()
        (folder / "mentionwatch.toml").write_text(config)

    def run(self, *command: str, kill_at: int | None = None) -> int:
        environ = {**os.environ, "HOME": str(self.folder)}
        if kill_at is not None:
            environ |= {"LD_PRELOAD": str(self.shim), "KILL_AT_CALL": str(kill_at)}
        config = str(self.folder / "mentionwatch.toml")
        ran = subprocess.run(
            [sys.executable, "-m", "mentionwatch", "-c", config, *command], env=environ, capture_output=True, timeout=60
        )
        if ran.returncode not in (0, -signal.SIGKILL):
            pytest.fail(f"{' '.join(command)} exited {ran.returncode}: {ran.stderr.decode()}")
        return ran.returncode

    def copy(self, name: str) -> Machine:
        other = Machine.__new__(Machine)
        other.folder, other.shim = self.folder.parent / name, self.shim
        shutil.rmtree(other.folder, ignore_errors=True)
        shutil.copytree(self.folder, other.folder)
        return other

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        database = sqlite3.connect(self.folder / "mentions.db")
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def state(self) -> dict[str, object]:
        """What must be the same however the way here was; without times and numbers of polls."""
        return {
            "integrity": self.rows("PRAGMA integrity_check"),
            "items": self.rows("SELECT external_id, source, title, backlog FROM items ORDER BY external_id, source"),
            "mentions": self.rows("SELECT id, title, backlog, story_size FROM mentions ORDER BY id"),
            "found": self.rows("SELECT count(*) FROM items_fts WHERE items_fts MATCH 'acme'"),
            "names": self.rows("SELECT count(*), count(DISTINCT item_id) FROM identities"),
            "questions": self.rows("SELECT source, etag FROM questions ORDER BY source"),
        }


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        yield server


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def machine(tmp_path: Path, shim: Path, server: HttpServer, mails: MailServer) -> Machine:
    publish(server, OLD)
    text = CONFIG.format(one=server.url("/one"), two=server.url("/two"), port=mails.port)
    return Machine(tmp_path / "start", shim, text)


def publish(server: HttpServer, entries: list[str]) -> None:
    for name in ("/one", "/two"):
        body = rss(*(one.replace("n.example", f"{name[1:]}.example") for one in entries)).encode()
        server.routes[name] = Answer(body, headers={"ETag": f'"{len(entries)}"'}, conditional=True)


def killed(status: int) -> bool:
    return status == -signal.SIGKILL


def test_a_first_scan_killed_at_any_write_is_made_good_by_the_next(machine: Machine) -> None:
    """Migration included: no item lost, none twice, none of the backlog turned into news."""
    whole = machine.copy("whole")
    assert whole.run("scan", "--force") == 0
    expected = whole.state()
    kills = 0
    for at in INSTANTS:
        victim = machine.copy("victim")
        if not killed(victim.run("scan", "--force", kill_at=at)):
            break
        kills += 1
        assert victim.run("scan", "--force") == 0
        assert (at, victim.state()) == (at, expected)

    assert kills > 3


def test_a_later_scan_killed_at_any_write_is_made_good_by_the_next(machine: Machine, server: HttpServer) -> None:
    """What had come since is news, once; validators never outrun the items they speak of."""
    assert machine.run("scan", "--force") == 0
    publish(server, NEW + OLD)
    whole = machine.copy("whole")
    assert whole.run("scan", "--force") == 0
    expected = whole.state()
    kills = 0
    for at in INSTANTS:
        victim = machine.copy("victim")
        if not killed(victim.run("scan", "--force", kill_at=at)):
            break
        kills += 1
        assert victim.run("scan", "--force") == 0
        assert (at, victim.state()) == (at, expected)

    assert kills > 1


def test_a_digest_killed_at_any_write_is_mailed_whole_and_never_in_two_forms(
    machine: Machine, server: HttpServer, mails: MailServer
) -> None:
    """No mention lost; a copy only under the same Message-ID, byte for byte, when the kill fell after the 250."""
    assert machine.run("scan", "--force") == 0
    publish(server, NEW + OLD)
    assert machine.run("scan", "--force") == 0
    kills = 0
    for at in INSTANTS:
        mails.mails.clear()
        victim = machine.copy("victim")
        if not killed(victim.run("digest", "--email", kill_at=at)):
            break
        kills += 1
        assert victim.run("digest", "--email") == 0
        assert victim.run("digest", "--email") == 0
        contents = {received.content for received in mails.mails}
        assert (at, len(contents), 1 <= len(mails.mails) <= 2) == (at, 1, True)
        assert contents.pop().count(b"burns beans") >= len(NEW)
        assert victim.rows("PRAGMA integrity_check") == [("ok",)]

    assert kills > 1
