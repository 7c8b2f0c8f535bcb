"""What every type makes of a server that refuses: the cause told apart in one line, and a pause kept to the second."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mentionwatch.sources.registry import options, source_type, type_names
from support.paths import ROOT
from support.world import Network, Reply, World

#: Types that are polled over HTTP; streams and mailboxes refuse in ways of their own (test_stream, test_imap).
POLLED = [
    name
    for name in type_names()
    if (ROOT / f"src/mentionwatch/sources/platforms/{name}.py").is_file()
    and name != "imap"
    and not hasattr(source_type(name), "subscriptions")
]
HOST = "https://platform.example"
BRAND = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]
hashtags = ["AcmeCoffee"]
urls = ["acme.example"]
"""
#: Error bodies in the shapes that platforms have, with words that none of them uses.
SAID: dict[str, Any] = {"message": "m", "code": "x", "info": "i"}
BODIES = {
    "an error object": {"error": SAID, "errors": [SAID], "status": "error", **SAID, "meta": {"status": 0, "msg": "m"}},
    "a page": "<!DOCTYPE html><html><body><h1>Sorry</h1></body></html>",
}
every_type = pytest.mark.parametrize("name", POLLED)
every_body = pytest.mark.parametrize("body", BODIES)


class Everywhere(Network):
    """Answers whatever it is asked as one server does."""

    answer: Reply

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        self.asked.append(request)
        return httpx.Response(self.answer.status, headers=dict(self.answer.headers), content=self.answer.body)


def refusing(tmp_path: Path, name: str, status: int, body: str, **headers: str) -> World:
    """A world with one source of a type, whose server says nothing but this."""
    given = json.loads((ROOT / "tests/data" / name / "contract.json").read_text()).get("options", {})
    lines = []
    for option in options(source_type(name)):
        value: object = given.get(option.name)
        if option.address:
            parts = urlsplit(str(value or HOST))
            value = HOST + (f"{parts.path}?{parts.query}" if parts.query else "")
        elif option.secret and (value is not None or option.required):
            lines.append(f'{option.name} = {{ env = "SECRET" }}')
            continue
        if value is None and option.required:
            value = "acme"
        if value is not None:
            lines.append(f"{option.name} = {toml(value)}")
    said = BODIES[body]
    network = Everywhere()
    network.answer = Reply(
        said if isinstance(said, str) else json.dumps(said),
        status,
        {key.replace("_", "-"): value for key, value in headers.items()},
    )
    world = World(tmp_path, datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
    world.network = network
    world.environ["SECRET"] = "s3cret"
    world.configure(BRAND + f'[[sources]]\ntype = "{name}"\nname = "it"\n' + "\n".join(lines) + "\n")
    return world


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value)


def told(world: World) -> str:
    """The one line that ``check --online`` has for the source."""
    lines = [json.loads(line) for line in world.run("check", "--online", "--jsonl").out.splitlines()]
    (line,) = (f"{line['state']}: {line['message']}" for line in lines if line["about"] == "source")
    return line


@every_type
@every_body
def test_a_pause_that_is_asked_for_is_kept(tmp_path: Path, name: str, body: str) -> None:
    """429 with Retry-After is waiting until then, whatever stands in its body: --force does not ask sooner."""
    world = refusing(tmp_path, name, 429, body, Retry_After="1800")

    first = world.run("scan")
    state = json.loads(world.run("sources", "--json").out)["sources"][0]
    asked = len(world.network.asked)
    world.later(minutes=29).run("scan", "--force")

    assert (first.status, first.err) == (0, "")
    assert state["state"] == "waiting"
    # From when it was said: some types ask for robots.txt first, and pause after it.
    assert "2026-11-20T08:30:00Z" <= state["waiting_until"] <= "2026-11-20T08:30:10Z"
    assert len(world.network.asked) == asked > 0

    world.later(minutes=2).run("scan", "--force")

    assert len(world.network.asked) > asked


@every_type
@every_body
def test_a_server_in_trouble_is_told_as_that(tmp_path: Path, name: str, body: str) -> None:
    """500 is the platform's fault, 503 with a time to come back a pause, 410 the end: none is a wrong answer."""
    assert told(refusing(tmp_path, name, 410, body)).endswith("(gone)")
    assert told(refusing(tmp_path, name, 500, body)).endswith("(server)")
    assert "waiting until 2026-11-20 08:10 UTC" in told(refusing(tmp_path, name, 503, body, Retry_After="600"))


@every_type
@every_body
def test_who_is_not_let_in_is_told_so(tmp_path: Path, name: str, body: str) -> None:
    """401 and 403 are never "not understood": the user is told that the key is wrong or that this is not allowed."""
    for status in (401, 403):
        line = told(refusing(tmp_path, name, status, body))
        if name == "podcasts" and status == 403:
            assert line.startswith("warning: waiting")  # Apple's way to say "too often"
        else:
            assert re.search(r"\((credentials|forbidden)\)$", line), line


def test_the_list_of_sources_says_until_when_one_waits_and_why(tmp_path: Path) -> None:
    """Who finds a source silent sees at once that it is a pause, whose, and when it ends."""
    world = refusing(tmp_path, "x", 429, "a page", Retry_After="1800")
    world.run("scan")

    shown = world.run("sources", "--json").out

    # By the clock of the machine, wherever it is.
    assert re.search(r" waiting .* until 2026-11-\d\d \d\d:\d\d: X has rate-limited us", world.run("sources").out)
    assert json.loads(shown)["sources"][0]["waiting_for"] == "X has rate-limited us"


def test_a_pause_that_is_said_by_403_is_kept_too(tmp_path: Path) -> None:
    """Apple says "too often" by 403: with Retry-After beside it we stay away that long, else a quarter of an hour."""
    with_time = refusing(tmp_path, "podcasts", 403, "a page", Retry_After="5400")

    assert "waiting until 2026-11-20 09:30 UTC" in told(with_time)
