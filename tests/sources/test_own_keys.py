"""Sources asked with the user's own keys: whatever the platform answers, the key is written and printed nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support.paths import ROOT
from support.world import Reply, World

KEY = "k3y-0f/mine+and nobody"
SPELLINGS = ("k3y-0f", "k3y-0f%2Fmine")
BRANDS = '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\nhashtags = ["Acme"]\n'
SOURCES = {
    "x": "token = { env = 'KEY' }",
    "threads": "token = { env = 'KEY' }",
    "facebook_page": "token = { env = 'KEY' }\npage = 'acmecoffee'",
    "instagram": "token = { env = 'KEY' }\nuser_id = '17841400000000000'\nusername = 'acmecoffee'\nhashtags = true",
    "linkedin": "token = { env = 'KEY' }\norganization = '12345'",
    "tumblr": "key = { env = 'KEY' }\nblogs = ['acme']",
    "producthunt": "token = { env = 'KEY' }\nproducts = ['acme']",
}

Answers = Callable[[httpx.Request], Reply]


def refuses(request: httpx.Request) -> Reply:
    """An error that repeats the key in every field that any of them reads."""
    said = {"message": KEY, "code": 100, "detail": KEY, "title": KEY, "error_user_msg": KEY, "error_description": KEY}
    body = {**said, "error": said, "errors": [{**said, "code": KEY}], "meta": {"status": 400, "msg": KEY}}
    return Reply(json.dumps(body), 400)


def gives_errors_as_a_success(request: httpx.Request) -> Reply:
    """The same with status 200."""
    return Reply(refuses(request).body, 200)


def sends_away(request: httpx.Request) -> Reply:
    """To another host, the key in the address."""
    return Reply("", 302, {"location": f"https://elsewhere.example/{KEY}?access_token=k3y-0f%2Fmine%2Band+nobody"})


def moves_for_good(request: httpx.Request) -> Reply:
    """The same, for ever."""
    return Reply("", 301, {"location": f"{request.url}&again={KEY}"})


def says_it_in_a_page(request: httpx.Request) -> Reply:
    """A web page that repeats the address it was asked for."""
    return Reply(f"<html>No {request.url} {KEY}</html>", 200)


def breaks(request: httpx.Request) -> Reply:
    """No answer at all, and an error of the network that holds the address."""
    raise httpx.ConnectError(f"cannot reach {request.url}", request=request)


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize(
    "serve", [refuses, gives_errors_as_a_success, sends_away, moves_for_good, says_it_in_a_page, breaks]
)
def test_the_key_is_written_and_printed_nowhere(world: World, kind: str, serve: Answers) -> None:
    """Not in the database, nor in any output; and it goes to no other host."""
    world.environ["KEY"] = KEY
    world.configure(f"{BRANDS}[[sources]]\ntype = '{kind}'\n{SOURCES[kind]}\n")
    network = world.network
    network.pages = Everywhere(serve)
    told = [world.run(*words) for words in (["scan", "-v"], ["check", "--online"], ["sources", "--json"], ["coverage"])]

    assert network.asked
    assert not [request for request in network.asked if request.url.host == "elsewhere.example"]
    for ran in told:
        assert not [key for key in SPELLINGS if key in ran.out + ran.err], ran
        assert "Traceback" not in ran.err
    for file in world.folder.iterdir():
        if file.name != "mentionwatch.toml":
            assert not [key for key in SPELLINGS if key.encode() in file.read_bytes()], file


def test_the_documented_configuration_is_right(world: World) -> None:
    """All of docs/own-keys.md as it stands, given the keys it names."""
    text = (ROOT / "docs/own-keys.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    world.environ.update(dict.fromkeys(re.findall(r'env = "(\w+)"', block[1]), "k3y"))
    world.configure(BRANDS + block[1])
    told = world.run("check")

    assert told.status == 0, told.out
    assert {f"source {kind}:" in told.out for kind in SOURCES} == {True}


SAID = {
    "facebook_page": ("handles = ['@acmecoffee']", "page = 'acmecoffee'", "11_501"),
    "facebook_page by number": ("urls = ['facebook.com/100000000000009']", "page = '100000000000009'", "11_501"),
    "instagram": ("handles = ['@acmecoffee']", SOURCES["instagram"].partition("\n")[2], "18000000000000501"),
    "linkedin": (
        "urls = ['linkedin.com/company/12345']",
        "organization = '12345'",
        "urn:li:comment:(activity:7094637247890620418,7094977717598625792)",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_is_said_to_the_account_is_a_mention_without_the_name(world: World, case: str) -> None:
    """Where the brand's terms hold its handle or its page's address, as docs/own-keys.md says."""
    kind = case.partition(" ")[0]
    term, options, number = SAID[case]
    world.environ["KEY"] = KEY
    world.configure(
        f"[[brands]]\nname = 'Beans'\n{term}\n"
        f"[[sources]]\ntype = '{kind}'\nbacklog = 'tell'\ntoken = {{ env = 'KEY' }}\n{options}\n"
    )
    body = (ROOT / "tests/data" / kind / "good.json").read_bytes()
    network = world.network
    network.pages = Everywhere(lambda request: Reply(body))
    told = world.run("scan", "--jsonl")

    assert number in {json.loads(line)["external_id"] for line in told.out.splitlines()}


class Everywhere(dict[str, Any]):
    """A network on which every address answers in the same way."""

    def __init__(self, serve: Answers) -> None:
        super().__init__()
        self.serve = serve

    def get(self, key: str, default: object = None) -> Any:
        return self.serve
