"""What goes wrong on the user's own machine: one message that names the thing and the hint, and nothing lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.older_database import as_of_stage
from support.waiting import PATIENCE, bare_environ
from support.world import MORNING, World, entry, rss

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme"]
[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
backlog = "tell"
"""
FEED = "https://one.example/rss"


@pytest.fixture
def scanned(world: World) -> World:
    """One mention is stored."""
    world.configure(CONFIG)
    world.serve(FEED, rss(entry("Acme opens – “again”", "https://news.example/opens")))
    assert world.run("scan").status == 0
    return world


def run(
    world: World, *args: str, closing: str = "", environ: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The program as a process of its own; ``closing`` is a shell's redirection."""
    command = [sys.executable, "-m", "mentionwatch", "--config", str(world.config_file), *args]
    shell = ["sh", "-c", f'exec "$0" "$@" {closing}', *command]
    # Finding the package is not what is under test, and a removed folder is on nobody's path.
    given = {**os.environ, "HOME": str(world.folder), "PYTHONSAFEPATH": "1", **(environ or {})}
    return subprocess.run(shell, env=given, cwd=cwd, capture_output=True, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("args", "closing"),
    [
        (("list",), ">&-"),
        (("list",), "<&- >&- 2>&-"),
        (("--help",), ">&-"),
        (("match", "-"), "<&-"),
        (("show", "m_nothing"), "2>&-"),
    ],
)
def test_closed_streams_end_no_run(scanned: World, args: tuple[str, ...], closing: str) -> None:
    """Whoever closes a stream does not want it: what is written there is gone, and what is read is empty."""
    ran = run(scanned, *args, closing=closing)

    assert ran.returncode == (1 if "show" in args else 0)
    assert ran.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("args", [("list",), ("--help",), ("sources", "--types"), ("digest", "--json")])
def test_a_full_disk_behind_stdout_is_told(scanned: World, args: tuple[str, ...]) -> None:
    """An output that could not be written is no success."""
    ran = run(scanned, *args, closing="> /dev/full")

    assert ran.returncode == 1
    assert ran.stderr.count(b"\n") == 1
    assert b"No space left on device" in ran.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("args", [("list",), ("coverage",), ("digest", "-f", "terminal"), ("sources", "--types")])
def test_a_stream_that_holds_few_letters_shows_the_others_escaped(
    scanned: World, encoding: str, args: tuple[str, ...]
) -> None:
    """An odd letter costs itself, never the digest."""
    ran = run(scanned, *args, environ={"PYTHONIOENCODING": encoding})

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode(encoding).strip()


@pytest.mark.parametrize("form", ["html", "atom", "csv"])
def test_what_says_that_it_is_utf8_is(tmp_path: Path, form: str) -> None:
    """In a pipe too, whatever the locale."""
    # The process reads the machine's clock, so what it is to tell of was found by that clock.
    scanned = World(tmp_path, now=datetime.now(UTC).replace(microsecond=0))
    scanned.configure(CONFIG)
    scanned.serve(FEED, rss(entry("Acme opens – “again”", "https://news.example/opens")))
    assert scanned.run("scan").status == 0

    ran = run(scanned, "digest", "-f", form, environ={"PYTHONIOENCODING": "latin-1"})

    assert ran.returncode == 0
    assert "Acme opens – “again”" in ran.stdout.decode("utf-8")


def test_a_removed_folder_is_told(scanned: World) -> None:
    """Standing in a folder that is gone ends with one line."""
    gone = scanned.folder / "gone"
    gone.mkdir()
    command = f'cd "{gone}" && rmdir "{gone}" && exec "$0" -m mentionwatch list'
    environ = {**os.environ, "HOME": str(scanned.folder), "PYTHONSAFEPATH": "1"}
    ran = subprocess.run(["sh", "-c", command, sys.executable], env=environ, capture_output=True, timeout=PATIENCE)

    assert ran.returncode == 1
    assert ran.stderr == b"the current folder has been removed; change to another, or back to it\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("list", "a\udcff"), "is not UTF-8"),
        (("list", "--source", "\udcff"), ""),
        (("show", "\udcff"), ""),
        (("why", "\udcff"), ""),
        (("note", "m_x", "\udcff"), ""),
        (("digest", "--brand", "\udcff"), ""),
        (("list", "--limit", "9" * 30), "too large for the database"),
        (("show", "m_\x1b[31m"), "no such mention"),
    ],
)
def test_arguments_that_nothing_can_match_are_told(scanned: World, args: tuple[str, ...], said: str) -> None:
    """Half a character, a number beyond 64 bits, a control sequence: one clean line."""
    ran = scanned.run(*args)

    assert ran.status in (1, 2)
    assert said in ran.err
    assert "\x1b" not in ran.err


def test_an_end_in_the_year_9999_is_no_end(scanned: World) -> None:
    """``--until`` as far as the calendar goes."""
    ran = scanned.run("digest", "--until", "9999-12-31T23:59:59Z", "--jsonl")

    assert (ran.status, ran.err, ran.out.count("\n")) == (0, "", 1)


def test_another_programs_database_is_not_written_to(world: World) -> None:
    """A mistyped ``--db`` leaves a browser's history as it was."""
    world.configure(CONFIG)
    world.serve(FEED, rss(entry("Acme opens", "https://news.example/opens")))
    path = world.folder / "history.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE visits (url TEXT)")
    database.close()
    before = path.read_bytes()

    for command in ("scan", "list", "digest"):
        ran = world.run("--db", str(path), command)
        assert (ran.status, ran.out) == (1, "")
        assert "not a mentionwatch database; name another with --db" in ran.err
    assert path.read_bytes() == before


def test_an_empty_file_is_no_database_yet(world: World) -> None:
    """A first scan that was killed before its first byte is told as none, and the next one makes it good."""
    world.configure(CONFIG)
    world.serve(FEED, rss(entry("Acme opens", "https://news.example/opens")))
    (world.folder / "mentions.db").touch()

    assert "there is no database yet" in world.run("list").err
    assert world.run("scan").status == 0
    assert world.run("list", "--jsonl").out.count("\n") == 1


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=2), timedelta(days=400)])
def test_a_clock_that_was_ahead_does_not_blind_us(world: World, ahead: timedelta) -> None:
    """Scanned by a wrong clock, then put right: every source is asked again, pauses beyond two days forgotten."""
    world.configure(CONFIG + '[[sources]]\ntype = "feed"\nname = "busy"\nurl = "https://busy.example/rss"\n')
    world.serve(FEED, rss(entry("Acme opens", "https://news.example/opens")))
    world.serve("https://busy.example/rss", "", 429, Retry_After="80000")
    world.now = MORNING + ahead
    assert world.run("scan").status == 0
    world.now = MORNING
    world.serve(FEED, rss(entry("Acme burns", "https://news.example/burns")))
    world.serve("https://busy.example/rss", rss(entry("Acme boils", "https://news.example/boils")))

    ran = world.run("scan")

    assert (ran.status, ran.err) == (0, "")
    told = {line.split('"title": "')[1].split('"')[0] for line in world.run("list", "--jsonl").out.splitlines()}
    assert told == {"Acme opens", "Acme burns"} | ({"Acme boils"} if ahead > timedelta(days=1, hours=6) else set())


@pytest.mark.parametrize("ahead", [timedelta(minutes=3), timedelta(days=2), timedelta(days=400)])
def test_what_a_clock_that_was_ahead_found_is_told_once_and_at_once(world: World, ahead: timedelta) -> None:
    """The scan after the correction dates it now: in the digest of today, and in none when that day has come."""
    world.configure(CONFIG)
    world.serve(FEED, rss(entry("Acme opens", "https://news.example/opens")))
    assert world.run("scan").status == 0
    world.now = MORNING + ahead
    world.serve(
        FEED, rss(entry("Acme opens", "https://news.example/opens"), entry("Acme burns", "https://n.example/b"))
    )
    assert world.run("scan", "--force").status == 0
    world.now = MORNING + timedelta(minutes=1)
    assert world.run("scan", "--force").status == 0

    told = world.run("digest", "--since", "2h")
    assert told.out.count("Acme burns") == 1
    assert "Acme burns" in world.run("digest", "--since", "2h", "--new").out
    assert world.run("digest", "--since", "2h", "--as-of", f"{world.now:%Y-%m-%dT%H:%M:%SZ}").out == told.out
    assert json.loads(world.run("digest", "--json").out)["brands"][0]["stories"][0]["urgency"]
    world.now = MORNING + ahead + timedelta(hours=3)
    assert "Acme burns" not in world.run("digest", "--since", "2h55m").out
    assert world.run("list", "--jsonl").out.count("Acme burns") >= 1


def test_a_clock_put_back_a_little_makes_nobody_impatient(scanned: World) -> None:
    """A few minutes are no reason to ask before a source is due."""
    asked = len(scanned.network.asked)
    scanned.later(minutes=-3)

    assert scanned.run("scan").status == 0
    assert len(scanned.network.asked) == asked


_WITHOUT_PRIVILEGE = """
import ctypes, os, sys
# Root may write to everything; without these two capabilities files' modes hold for it too. Others have none to lose.
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""
_ONE_AFTER_THE_OTHER = """
import contextlib, io, json, sys
from mentionwatch.cli import main
for command in sys.argv[2:]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["--config", sys.argv[1], *command.split()])
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="as root, file modes hold only without privileges")
@pytest.mark.parametrize(("file", "folder"), [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)])
def test_what_is_read_only_is_read_and_nothing_more(scanned: World, file: int, folder: int) -> None:
    """`list` and `digest` work; what would write ends with one line that names the file and the mend."""
    database = scanned.folder / "mentions.db"
    before = database.read_bytes()
    commands = ["list", "digest", "coverage", "scan --force", "prune", "verify"]
    database.chmod(file)
    scanned.folder.chmod(folder)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", _WITHOUT_PRIVILEGE, _ONE_AFTER_THE_OTHER, str(scanned.config_file), *commands],
            env={**os.environ, "HOME": str(scanned.folder), "PYTHONSAFEPATH": "1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    finally:
        scanned.folder.chmod(0o700)

    assert ran.stderr == ""
    told = dict(zip(commands, map(json.loads, ran.stdout.splitlines()), strict=True))
    assert [told[name][0] for name in commands[:3]] == [0, 0, 0]
    assert told["list"][1].count("\n") == 1
    for name in commands[3:]:
        status, _, complaint = told[name]
        assert (status, complaint.count("\n")) == (1, 1)
        assert "the file or its folder is read-only; make both writable or name another with --db" in complaint
    assert database.read_bytes() == before


def test_everything_made_is_for_its_owner_alone(world: World) -> None:
    """Database, log, locks, backup, copy of an older version, pages, configuration: 0600, whatever the umask."""
    before = os.umask(0)
    try:
        world.configure(CONFIG)
        world.config_file.chmod(0o600)
        world.serve(FEED, rss(entry("Acme opens", "https://news.example/opens")))
        assert world.run("scan").status == 0
        as_of_stage(world.folder / "mentions.db", world.folder / "then.db", 1)
        (world.folder / "then.db").chmod(0o600)
        (world.folder / "then.db").replace(world.folder / "mentions.db")
        made = {
            "backup": ("backup", str(world.folder / "backup.db")),
            "page": ("digest", "-f", "html", "-o", str(world.folder / "page.html")),
            "report": ("report", "-o", str(world.folder / "report.html")),
            "config": ("init", "Acme", "--config", str(world.folder / "new" / "config.toml")),
        }
        for args in made.values():
            ran = world.run(*args)
            assert ran.status == 0, ran.err
        assert world.run("demo", str(world.folder / "demo")).status == 0
    finally:
        os.umask(before)

    files = [path for path in world.folder.rglob("*") if path.is_file()]
    assert len(files) >= 9
    assert {str(path): oct(path.stat().st_mode & 0o777) for path in files if path.stat().st_mode & 0o077} == {}
    folders = [path for path in world.folder.rglob("*") if path.is_dir()]
    assert {str(path) for path in folders if path.stat().st_mode & 0o077} == set()


def test_an_output_that_is_no_file_is_written_to_and_a_link_stays_one(scanned: World) -> None:
    """A device is not replaced by a file; a page that is served keeps the mode it was given."""
    page, link = scanned.folder / "page.txt", scanned.folder / "link.txt"
    page.write_text("old")
    page.chmod(0o644)
    link.symlink_to(page)

    assert scanned.run("list", "-o", os.devnull).status == 0
    assert not Path(os.devnull).is_file()
    assert scanned.run("list", "-o", str(link)).status == 0
    assert link.is_symlink()
    assert "Acme opens" in page.read_text()
    assert page.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="bounds on a file's size are told apart on Linux")
def test_a_bound_on_the_size_of_files_is_told_as_such(tmp_path: Path) -> None:
    """`ulimit -f`: one line with the hint, and no word of a broken disk."""
    world = World(tmp_path)
    world.configure(CONFIG)
    command = f'ulimit -f 64 && exec "{sys.executable}" -m mentionwatch -c "{world.config_file}" scan'
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, env=bare_environ(tmp_path), check=False, timeout=PATIENCE
    )

    assert ran.returncode == 1
    assert ran.stderr.count(b"\n") == 1
    assert b"ulimit -f" in ran.stderr
