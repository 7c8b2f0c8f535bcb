"""Commands import what they run: help is click, and what only reads the database waits for no network."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from support.waiting import PATIENCE
from support.world import World, entry, rss

#: With everything that a configuration has checked when it is read: people, rules, templates, a query.
CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]

[[brands]]
name = "Beans"
kind = "topic"
query = '"acme beans" NOT cartoon'

[[people]]
name = "Jo"
role = "customer"
handles = ["@jo@social.example"]

[[rules]]
name = "fire"
when = "fire"
then = { urgency = "urgent" }

[[templates]]
name = "sorry"
text = "Sorry, {author}."

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"

[[sources]]
type = "mastodon"
server = "https://social.example"
enabled = false
"""
#: What a command that only reads or notes something has no use for.
HEAVY = (
    "httpx",
    "httpcore",
    "ssl",
    "asyncio",
    "feedparser",
    "sqlite_utils",
    "jinja2",
    "smtplib",
    "imaplib",
    "textual",
    "mentionwatch.fetch",
    "mentionwatch.sandbox",
    "mentionwatch.deliver.smtp",
)


@pytest.fixture
def scanned(world: World) -> str:
    """A configuration whose source was asked once, and the name of the mention it found."""
    world.configure(CONFIG)
    world.serve("https://one.example/rss", rss(entry("Acme Coffee on fire", "https://one.example/1", guid="1")))
    assert world.run("scan").status == 0
    (line,) = world.run("list", "--jsonl").out.splitlines()
    return str(json.loads(line)["id"])


def loaded_by(*commands: tuple[str, ...], of: tuple[str, ...] = HEAVY) -> dict[str, list[str]]:
    """Which of ``of`` a process has loaded that ran the commands, one after the other: by their names."""
    code = (
        "import sys, contextlib, io\n"
        "from mentionwatch.cli import main\n"
        f"for args in {commands!r}:\n"
        "    with contextlib.redirect_stdout(io.StringIO()): status = main(list(args))\n"
        f"    print(args[2], status, *[name for name in {of!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    told = [line.split() for line in ran.stdout.splitlines()]

    assert (ran.stderr, {status for _, status, *_ in told}) == ("", {"0"})
    return {name: found for name, _, *found in told}


def test_help_loads_click_and_nothing_else() -> None:
    """Of ours the command line's own files, of others' click."""
    code = (
        "import sys, contextlib, io\n"
        "import click\n"
        "before = set(sys.modules)\n"
        "from mentionwatch.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
        "print(*sorted({n for n in set(sys.modules) - before if n.split('.')[0] not in sys.stdlib_module_names\n"
        "               and not n.startswith('click.')}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)

    assert ran.stdout.split() == [
        "mentionwatch",
        "mentionwatch.cli",
        "mentionwatch.cli.commands",
        "mentionwatch.cli.console",
        "mentionwatch.cli.context",
        "mentionwatch.cli.global_options",
        "mentionwatch.env",
        "mentionwatch.errors",
        "mentionwatch.files",
    ]


def test_what_asks_nobody_loads_no_network(world: World, scanned: str) -> None:
    """What reads the database, and what notes something in it, starts at once."""
    config = ("-c", str(world.config_file))

    loaded = loaded_by(
        (*config, "check"),
        (*config, "list", "--jsonl"),
        (*config, "digest", "-f", "text"),
        (*config, "coverage", "--json"),
        (*config, "inbox", "--json"),
        (*config, "evidence", "list"),
        (*config, "label", scanned, "relevant"),
    )

    assert len(loaded) == 7
    assert {name: found for name, found in loaded.items() if found} == {}


def test_judging_is_loaded_only_by_what_judges(world: World, scanned: str) -> None:
    """`list` does not pay for rules and a model it does not use, whatever the configuration holds."""
    loaded = loaded_by(("-c", str(world.config_file), "list"), of=("mentionwatch.analysis", "mentionwatch.collect"))

    assert loaded == {"list": []}


def test_importing_the_rules_reads_no_weights() -> None:
    """They are read when the first text is judged."""
    code = (
        "import mentionwatch.analysis; from mentionwatch.analysis import sentiment, abuse, lexicon, language, phrases;"
        "print(sum(m.cache_info().currsize for m in"
        " (sentiment.weights, abuse.weights, lexicon.valences, language.known, phrases.book, phrases.frequent_words)))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE)

    assert (ran.stdout, ran.stderr) == ("0\n", "")
