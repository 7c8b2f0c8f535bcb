"""Killed at any instant, or let down by the disk, and started again: the result is what an undisturbed run gives.

Real processes, a real database, a real mail server (see ``torture.py`` and ``kill_at_call.c``). ``make test`` takes a
few instants of each operation; ``make torture`` (``MENTIONWATCH_TORTURE=1``) takes hundreds – calls at even steps and
random ones, by a seed that is printed – and prints what it did and what was lost or doubled.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.store.schema import KNOWN
from support.older_database import as_of_stage
from support.preload import compile_library
from support.servers import Answer, HttpServer
from support.smtp_server import MailServer, mail_server
from support.torture import (
    FAULTS,
    WHOLE,
    Figures,
    Machine,
    Program,
    evenly,
    instants,
    moments,
)
from support.world import recent_entry, rss

CONFIG = """database = "mentions.db"
[retention]
items = "30d"
mentions = "60d"
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
to = ["team@acme.example", "lead@acme.example"]
"""
_BY = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{}</dc:creator>'
#: A word that only one author says, to be looked for in the file after that author was forgotten.
TRACE = b"zyzzyva"


def _entries(kind: str, words: str) -> list[str]:
    author = ("Zebulon Quirk", "Ada")
    return [
        recent_entry(
            f"{'Acme' if n % 3 else 'Somebody'} {words} {n}",
            f"https://n.example/{kind}/{n}",
            guid=f"{kind}{n}",
            text=("zyzzyva " if n % 2 == 0 else "word ") * 50,
        )
        + _BY.format(author[n % 2])
        for n in range(10)
    ]


OLD, NEW = _entries("o", "opens shop"), _entries("n", "burns beans")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program, ready to be killed."""
    folder = tmp_path_factory.mktemp("program")
    killer = compile_library("kill_at_call", folder)
    if killer is None:
        pytest.skip("no C compiler here to make the library that kills at a chosen system call")
    with closing(Program(killer, folder)) as program:
        yield program


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as server:
        yield server


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@dataclass
class Town:
    """One user's machine at the start of an operation, and the servers it talks to."""

    start: Machine
    server: HttpServer
    mails: MailServer

    def publish(self, entries: list[str]) -> None:
        for name in ("/one", "/two"):
            body = rss(*(one.replace("n.example", f"{name[1:]}.example") for one in entries)).encode()
            self.server.routes[name] = Answer(body, headers={"ETag": f'"{len(entries)}"'}, conditional=True)


@pytest.fixture
def town(tmp_path: Path, program: Program, server: HttpServer, mails: MailServer) -> Town:
    town = Town(Machine(tmp_path / "start", program), server, mails)
    town.publish(OLD)
    town.start.configure(CONFIG.format(one=server.url("/one"), two=server.url("/two"), port=mails.port))
    return town


def state(machine: Machine) -> dict[str, object]:
    """What must be the same however the way here was; without times and numbers of polls."""
    return {
        "integrity": machine.rows("PRAGMA integrity_check"),
        "items": machine.rows("SELECT external_id, source, title, backlog FROM items ORDER BY external_id, source"),
        "mentions": machine.rows("SELECT id, title, backlog, story_size FROM mentions ORDER BY id"),
        "found": machine.rows("SELECT count(*) FROM items_fts WHERE items_fts MATCH 'acme'"),
        "names": machine.rows("SELECT count(*), count(DISTINCT item_id) FROM identities"),
        "questions": machine.rows("SELECT source, etag FROM questions ORDER BY source"),
        "migrations": machine.rows("SELECT name FROM _sqlite_migrations ORDER BY name"),
        "trace": machine.holds(TRACE),
        "log": machine.rows("SELECT mention, by, action, data FROM triage ORDER BY 1, 2, 3"),
        "changes": machine.rows("SELECT what, evidence FROM changes ORDER BY item_id, what"),
        "counts": machine.rows("SELECT item_id, engagement FROM readings ORDER BY 1, 2"),
        "told": machine.rows("SELECT notify, key, kind FROM alert_events ORDER BY 1, 2"),
    }


# -- what is done, and how its start is made ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """A command, what comes before it, and what is done to start again after a kill."""

    name: str
    command: tuple[str, ...]
    begin: Callable[[Town], None] = lambda town: None
    #: What is run after that, and must come to a good end.
    after: tuple[str, ...] = ()

    def args(self, machine: Machine) -> tuple[str, ...]:
        """The command; ``ID`` stands for the first mention."""
        ((first,),) = machine.rows("SELECT min(id) FROM mentions") if "ID" in self.command else (("",),)
        return tuple(str(first) if one == "ID" else one for one in self.command)

    def recover(self, machine: Machine) -> None:
        machine.must(*self.args(machine))
        if self.after:
            machine.must(*self.after)


def _scanned(town: Town) -> None:
    town.start.must("scan", "--force")


def _news_is_out(town: Town) -> None:
    _scanned(town)
    town.publish(NEW + OLD)


def _news_is_known(town: Town) -> None:
    _news_is_out(town)
    town.start.must("scan", "--force")


def _old(town: Town) -> None:
    """Half of what is stored is past its time."""
    _news_is_known(town)
    with town.start.database() as database:
        database.execute("UPDATE items SET first_seen_at = '2020-01-01T00:00:00Z' WHERE external_id LIKE 'o%'")
        database.execute("UPDATE items SET text = 'zyzzyva' || text WHERE external_id LIKE 'o%'")
        database.execute("UPDATE items SET text = replace(text, 'zyzzyva', 'word') WHERE external_id LIKE 'n%'")
        database.execute("INSERT INTO items_fts (items_fts) VALUES ('rebuild')")


def _older(stage: int) -> Callable[[Town], None]:
    def begin(town: Town) -> None:
        _news_is_known(town)
        now, then = town.start.folder / "mentions.db", town.start.folder / "then.db"
        as_of_stage(now, then, stage)
        for rest in town.start.folder.glob("mentions.db*"):
            rest.unlink()
        then.rename(now)

    return begin


def _other_there(town: Town) -> None:
    """Another database, of which half is known here."""
    _news_is_known(town)
    other = town.start.copy("other")
    town.publish([*_entries("x", "boils tea"), *NEW, *OLD])
    other.must("scan", "--force")
    (other.folder / "mentions.db").rename(town.start.folder / "other.db")


def _pages_are_up(town: Town) -> None:
    """What the mentions lead to is there."""
    _news_is_known(town)
    town.server.routes["/page"] = Answer(b"<p>Acme", headers={"Content-Type": "text/html"})
    with town.start.database() as database:
        database.execute("UPDATE items SET url = ?", (town.server.url("/page"),))


def _rules_are_new(town: Town) -> None:
    """Rules that were written after the mentions were found."""
    _news_is_known(town)
    config = town.start.folder / "mentionwatch.toml"
    config.write_text(
        config.read_text() + '[[rules]]\nname = "beans"\nwhen = "beans"\nthen = { assign = "jo" }\n'
        '[[rules]]\nname = "shops"\nwhen = "shop"\nthen = { ignore = true }\n'
    )


ANGRY = "Acme broke my parcel, nobody answers, this is terrible, I want a refund"


def _post_was_edited(town: Town) -> None:
    """A complaint of an hour ago that is due to be looked at again, and says something else now."""
    post = {
        "id": "101", "uri": "https://social.example/users/jo/statuses/101", "url": "https://social.example/@jo/101",
        "content": f"<p>{ANGRY}</p>", "language": "en", "visibility": "public",
        "created_at": datetime.now(UTC).isoformat(), "account": {"acct": "jo", "username": "jo", "url": None},
        "tags": [{"name": "acme"}], "favourites_count": 0, "reblogs_count": 0, "replies_count": 0,
    }  # fmt: skip
    tag = "/api/v1/timelines/tag/acme"
    town.server.routes[tag] = Answer(json.dumps([post]).encode(), headers={"Content-Type": "application/json"})
    town.start.configure(
        'database = "mentions.db"\n[[brands]]\nname = "Acme"\nhashtags = ["acme"]\n[[sources]]\ntype = "mastodon"\n'
        f'name = "social"\nserver = "{town.server.url("")}"\nbacklog = "tell"\n'
    )
    _scanned(town)
    with town.start.database() as database:
        database.execute("UPDATE items SET first_seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 hour')")
    now = post | {"content": f"<p>{ANGRY}, and an apology</p>", "favourites_count": 7}
    town.server.routes["/api/v1/statuses/101"] = Answer(
        json.dumps(now).encode(), headers={"Content-Type": "application/json"}
    )


OPERATIONS = [
    Operation("first scan", ("scan", "--force")),
    Operation("later scan", ("scan", "--force"), _news_is_out),
    Operation("prune", ("prune",), _old),
    Operation("prune --compact", ("prune", "--compact"), _old),
    Operation("forget", ("forget", "Zebulon Quirk"), _news_is_known),
    Operation("merge", ("merge", "other.db"), _other_there),
    Operation("evidence", ("evidence", "ID"), _pages_are_up, after=("evidence", "verify")),
    Operation("rules apply", ("rules", "apply"), _rules_are_new),
    Operation("scan that looks again", ("scan", "--force"), _post_was_edited),
    *(Operation(f"migration from {name[:4]}", ("verify",), _older(stage)) for stage, name in enumerate(KNOWN[:-1], 1)),
]


def operations(*short: str) -> pytest.MarkDecorator:
    """Every operation; in the short form those named."""
    chosen = [one for one in OPERATIONS if WHOLE or one.name in short]
    return pytest.mark.parametrize("operation", chosen, ids=lambda operation: operation.name)


def undisturbed(town: Town, operation: Operation) -> tuple[dict[str, object], str, float]:
    """What an undisturbed run gives, the calls it makes, and how many seconds it takes."""
    operation.begin(town)
    whole = town.start.copy("whole")
    begun = time.monotonic()
    calls = whole.calls(*operation.args(whole))
    return state(whole), calls, time.monotonic() - begun


def compare(machine: Machine, expected: dict[str, object], figures: Figures, where: str) -> None:
    """Count what is missing and what is there twice, and note all that differs."""
    found = state(machine)
    for part, wanted in expected.items():
        if found[part] == wanted:
            continue
        if isinstance(wanted, list) and len(wanted) > 1 and isinstance(got := found[part], list):
            figures.counts["losses"] += len([row for row in wanted if row not in got])
            figures.counts["doubles"] += len(got) - len(set(got))
        figures.wrong.append(f"{where}: {part}: {found[part]!r} in place of {wanted!r}")
    _copy_is_whole(machine, figures, where)


def _copy_is_whole(machine: Machine, figures: Figures, where: str) -> None:
    """The copy that a migration keeps is a sound database of the older version, for its owner's eyes alone."""
    for copy in machine.folder.glob("mentions.db.before-*"):
        if copy.stat().st_mode & 0o077 or machine.rows("PRAGMA integrity_check", copy.name) != [("ok",)]:
            figures.wrong.append(f"{where}: {copy.name} is not whole, or not private")
        if (KNOWN[-1],) in machine.rows("SELECT name FROM _sqlite_migrations", copy.name):
            figures.wrong.append(f"{where}: {copy.name} is of the new version")


@operations(
    "first scan",
    "later scan",
    "prune --compact",
    "forget",
    "merge",
    "evidence",
    "rules apply",
    "scan that looks again",
    "migration from m001",
)
def test_killed_at_a_chosen_call_it_is_made_good_by_the_next_run(
    operation: Operation, town: Town, torture: Callable[[str], Figures]
) -> None:
    """Just before a write, half-way through one, or before a sync, cut, removal, renaming: nothing lost or doubled."""
    expected, calls, _ = undisturbed(town, operation)
    figures = torture(operation.name)
    for at in instants(calls):
        for tear in (0, 1) if calls[at - 1] == "w" and WHOLE else (0,):
            victim = town.start.copy("victim")
            ended = victim.run(*operation.args(victim), kill_at_call=at, tear=tear)
            if not ended.killed:  # threads may make a few calls less than last time
                continue
            figures.counts["kills"] += 1
            operation.recover(victim)
            figures.counts["restarts"] += 1
            compare(victim, expected, figures, f"call {at} of {len(calls)}{', torn' if tear else ''}")

    assert figures.counts["kills"] >= 2
    assert figures.wrong == []


@operations("later scan")
def test_killed_at_a_random_moment_it_is_made_good_by_the_next_run(
    operation: Operation, town: Town, torture: Callable[[str], Figures]
) -> None:
    """Whatever it was doing; twice in a row too."""
    expected, _, seconds = undisturbed(town, operation)
    figures = torture(operation.name)
    for number, moment in enumerate(moments(operation.name, seconds)):
        victim = town.start.copy("victim")
        figures.counts["random kills"] += victim.run(*operation.args(victim), kill_after=moment).killed
        if number % 3 == 0:
            figures.counts["random kills"] += victim.run(*operation.args(victim), kill_after=moment).killed
        operation.recover(victim)
        figures.counts["restarts"] += 1
        compare(victim, expected, figures, f"after {moment:.4f} s of {seconds:.4f}")

    assert figures.wrong == []


@operations("first scan", "migration from m001")
@pytest.mark.parametrize(
    ("error", "times"), [(28, 0), (5, 1)] if WHOLE else [(28, 0)], ids=["full disk", "one I/O error"][: 1 + WHOLE]
)
def test_a_disk_that_fails_is_told_in_a_line_and_costs_nothing(
    operation: Operation, error: int, times: int, town: Town, torture: Callable[[str], Figures]
) -> None:
    """From a chosen call on there is no room, or one call fails: exit 1 and a line, and the next run makes it good."""
    expected, calls, _ = undisturbed(town, operation)
    figures = torture(operation.name)
    for at in evenly(instants(calls), FAULTS):
        victim = town.start.copy("victim")
        ended = victim.run(*operation.args(victim), fail_at_call=at, fail_with=error, fail_times=times)
        figures.counts["faults"] += 1
        # A log that could not be tidied up at the end costs nothing: then the run has done its work.
        well = ended.status == 0 or (ended.status == 1 and 1 <= ended.err.count("\n") <= 3)
        if (
            not well
            or "Traceback" in ended.err + ended.out
            or (error == 28 and ended.status and "disk" not in ended.err)
        ):
            figures.wrong.append(f"call {at} of {len(calls)}: exit {ended.status}: {ended.err}")
        operation.recover(victim)
        figures.counts["restarts"] += 1
        compare(victim, expected, figures, f"call {at} of {len(calls)} failed")

    assert figures.wrong == []


# -- mail --------------------------------------------------------------------------------------------------------------


@dataclass
class _Post:
    """What became of a digest that was disturbed."""

    figures: Figures
    where: str

    def look(self, victim: Machine, mails: MailServer) -> None:
        """After a kill: start again, twice, and judge what the mail server has."""
        before = len(mails.mails)
        told = dict(victim.rows("SELECT address, state FROM delivery_recipients"))
        victim.must("digest", "--email")
        victim.must("digest", "--email")
        self.figures.counts["restarts"] += 2
        received = {content.content for content in mails.mails}
        for who in ("team@acme.example", "lead@acme.example"):
            copies = sum(who in mail.recipients for mail in mails.mails)
            known = told.get(who) == "accepted"
            if copies == 0 or (known and len(mails.mails) > before):
                self.figures.lost(f"{self.where}: {who} got {copies}, known {known}, {before} of {len(mails.mails)}")
            elif copies > 2:
                self.figures.doubled(f"{self.where}: {who} got {copies}")
            elif copies == 2:
                self.figures.counts["copies under the same Message-ID after an answer nobody heard"] += 1
        if len(received) != 1 or min(content.count(b"burns beans") for content in received) < 12:
            self.figures.lost(f"{self.where}: {len(received)} forms of the digest")
        if victim.rows("SELECT DISTINCT state FROM deliveries") != [("sent",)]:
            self.figures.wrong.append(f"{self.where}: the outbox does not say that it was sent")
        if victim.rows("PRAGMA integrity_check") != [("ok",)]:
            self.figures.wrong.append(f"{self.where}: integrity")


def test_a_digest_killed_at_any_call_is_mailed_whole_and_never_in_two_forms(
    town: Town, torture: Callable[[str], Figures]
) -> None:
    """No mention lost; a copy only byte for byte, where nobody heard the 250; none of what is known to be sent."""
    _news_is_known(town)
    whole = town.start.copy("whole")
    begun = time.monotonic()
    calls = whole.calls("digest", "--email")
    seconds = time.monotonic() - begun
    figures = torture("digest --email")
    strikes: list[dict[str, Any]] = [{"kill_at_call": at} for at in instants(calls)]
    strikes += [{"kill_after": moment} for moment in moments("digest", seconds)]
    for strike in strikes:
        town.mails.mails.clear()
        victim = town.start.copy("victim")
        ended = victim.run("digest", "--email", **strike)
        figures.counts["kills" if "kill_at_call" in strike else "random kills"] += ended.killed
        _Post(figures, str(strike)).look(victim, town.mails)

    assert figures.counts["kills"] > 1
    assert figures.wrong == []


def test_a_digest_on_a_failing_disk_is_mailed_whole_when_there_is_room(
    town: Town, torture: Callable[[str], Figures]
) -> None:
    """What could not be frozen was not sent; what could not be written down as sent is the only thing sent again."""
    _news_is_known(town)
    calls = town.start.copy("whole").calls("digest", "--email")
    figures = torture("digest --email")
    for at in evenly(instants(calls), FAULTS):
        town.mails.mails.clear()
        victim = town.start.copy("victim")
        ended = victim.run("digest", "--email", fail_at_call=at, fail_with=28)
        figures.counts["faults"] += 1
        if ended.status not in (0, 1) or "Traceback" in ended.err or (ended.status and "disk" not in ended.err):
            figures.wrong.append(f"call {at}: exit {ended.status}: {ended.err}")
        _Post(figures, f"call {at} failed").look(victim, town.mails)

    assert figures.wrong == []


# -- alerts ------------------------------------------------------------------------------------------------------------

FIRE = "The Acme machine caught fire and burnt my hand. This is dangerous, I am calling my lawyer."
BOYCOTT = "Boycott Acme! Their racist manager is a scandal and I feel sick and disgusted."


def test_a_scan_killed_at_any_call_tells_each_alert_once_by_web_and_by_mail(
    town: Town, torture: Callable[[str], Figures]
) -> None:
    """What was noticed is told; a second time only as the same message under the same id."""
    config = town.start.folder / "mentionwatch.toml"
    (town.start.folder / "hook").write_text(f"json+http://127.0.0.1:{town.server.port}/hook")
    config.write_text(
        config.read_text() + '[[notify]]\nname = "web"\nurl = { file = "hook" }\nwhen = ["urgent"]\n'
        '[[notify]]\nname = "post"\nto = ["oncall@acme.example"]\nwhen = ["urgent"]\n'
    )
    (town.start.folder / "hook").chmod(0o600)
    town.server.routes["/hook"] = Answer(b"ok")
    _scanned(town)
    news = [
        recent_entry(words[:60], f"https://n.example/{words[:4]}", guid=words[:4], text=words)
        for words in (FIRE, BOYCOTT)
    ]
    town.publish(news + OLD)
    calls = town.start.copy("whole").calls("scan", "--force")
    events = ([2, 2], {("web", 2), ("post", 2)})
    figures = torture("scan that alerts")
    for at in instants(calls):
        town.server.requests.clear()
        town.mails.mails.clear()
        victim = town.start.copy("victim")
        figures.counts["kills"] += victim.run("scan", "--force", kill_at_call=at).killed
        victim.must("scan", "--force")
        victim.must("deliveries", "retry")
        figures.counts["restarts"] += 2
        posted = [asked.body for asked in town.server.requests if asked.path == "/hook"]
        told = [json.loads(body) for body in set(posted)]
        mails = {mail.content for mail in town.mails.mails}
        found = (
            [sum(len(one["events"]) for one in told), sum(mail.count(b"https://") > 0 for mail in mails) and 2],
            set(victim.rows("SELECT notify, count(*) FROM alert_events GROUP BY 1")),
        )
        where = f"call {at} of {len(calls)}"
        if found != events or len({one["id"] for one in told}) != len(told):
            figures.wrong.append(f"{where}: {found}, {len(posted)} posted, {len(mails)} mails")
        copies = len(posted) - len(told) + len(town.mails.mails) - len(mails)
        figures.counts["copies of an alert under the same id"] += copies
        states = victim.rows("SELECT state FROM alerts UNION SELECT state FROM deliveries")
        if states != [("sent",)] or victim.rows("PRAGMA integrity_check") != [("ok",)]:
            figures.wrong.append(f"{where}: {states}")

    assert figures.counts["kills"] > 1
    assert figures.wrong == []
