"""Webmentions: who told one's site that they link to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand
from mentionwatch.sources.platforms.webmention import Webmention
from support.replay import NOW, answer, params, scan

SOURCE = Webmention(domain="acme.example", token=Secret("k3y"))
NO_TERMS = Brand("Nothing")


@dataclass
class Service:
    """A hundred webmentions a page, the last received first."""

    numbers: list[int] = field(default_factory=list)

    def receive(self, count: int) -> set[str]:
        first = max(self.numbers, default=1_000) + 7
        fresh = list(range(first, first + 7 * count, 7))
        self.numbers += fresh
        return {str(number) for number in fresh}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        found = [number for number in sorted(self.numbers, reverse=True) if number > int(sent.get("since_id", "0"))]
        start = 100 * int(sent["page"])
        children = [
            {
                "wm-id": n,
                "url": f"https://jo.example/{n}",
                "wm-property": "mention-of",
                "wm-target": "https://acme.example/",
            }
            for n in found[start : start + 100]
        ]
        return answer(request, {"type": "feed", "children": children})


def test_the_key_is_sent_and_shows_nowhere() -> None:
    """The service takes it as a parameter alone."""
    (request,) = SOURCE.requests((NO_TERMS,), {}, NOW)

    assert dict(request.params)["token"] == Secret("k3y")
    assert "k3y" not in repr(request)
    assert request.query_key == "domain:acme.example"


@pytest.mark.parametrize("new", [0, 1, 100, 101, 350])
def test_every_webmention_since_the_last_scan_is_found(new: int) -> None:
    """By the numbers they were given as they arrived, whatever time they bear."""
    service = Service()
    service.receive(150)
    before = scan(SOURCE, service, brands=(NO_TERMS,))
    fresh = service.receive(new)
    after = scan(SOURCE, service, before.checkpoints, brands=(NO_TERMS,))

    assert len(before.ids) == 100
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_the_first_webmention_ever_is_news() -> None:
    """A site that has none yet is asked from the beginning."""
    service = Service()
    before = scan(SOURCE, service, brands=(NO_TERMS,))
    fresh = service.receive(1)

    assert scan(SOURCE, service, before.checkpoints, brands=(NO_TERMS,)).ids == fresh


def test_errors_say_what_to_do() -> None:
    """A key that is another site's, a domain that is none."""
    (request,) = SOURCE.requests((NO_TERMS,), {}, NOW)
    wrong = {"error": "forbidden", "error_description": "Access token was not valid"}

    assert isinstance(SOURCE.explain(answer(request, wrong, status=403)), AuthFailed)
    assert isinstance(SOURCE.explain(answer(request, wrong, status=400)), AuthFailed)
    assert SOURCE.explain(answer(request, b"<html>", status=500)) is None
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(request, wrong))
    for domain in ("https://acme.example", "acme.example/x", ""):
        with pytest.raises(UserError):
            Webmention(domain=domain, token=Secret("x"))


# --- genuine answers --------------------------------------------------------------------------------------------------


def recorded(shared: Path, name: str, *, likes: bool = False) -> tuple[Page, list[dict[str, Any]]]:
    source = Webmention(domain="mxb.example", token=Secret("x"), likes=likes)
    (request,) = source.requests((NO_TERMS,), {}, NOW)
    body = (shared / "corpus/recorded/webmention" / name).read_bytes()
    return source.parse(answer(request, body)), json.loads(body)["children"]


@pytest.mark.parametrize(
    ("name", "words", "likes", "again"),
    [
        ("mentions_page0.json", 68, 52, 9),
        ("mentions_page1.json", 63, 57, 6),
        ("mentions_blogs.json", 99, 11, 5),
        ("mentions_replies.json", 80, 0, 1),
        ("mentions_missing_fields.json", 1, 59, 0),
    ],
)
def test_reads_every_recorded_webmention(shared: Path, name: str, words: int, likes: int, again: int) -> None:
    """Each but the likes, and those where they are wanted; every one links to the site; who does so twice is one."""
    page, entries = recorded(shared, name)
    with_likes, _ = recorded(shared, name, likes=True)
    targets = {str(entry["wm-id"]): entry["wm-target"] for entry in entries}

    addresses = [str(entry.get("url") or entry["wm-source"]) for entry in entries]

    assert len(addresses) - len(set(addresses)) == again
    assert (len(page.items), len(with_likes.items)) == (words - again, words + likes - again)
    assert all(targets[item.external_id or ""] in item.links for item in page.items)
    assert all(item.published_at is not None for item in with_likes.items)


def test_reads_a_recorded_mention_and_a_reply(shared: Path) -> None:
    """What was said, where, by whom and to what; what passed it on is not where it was said."""
    mention = recorded(shared, "mentions_page0.json")[0].items[0]
    reply = next(item for item in recorded(shared, "mentions_replies.json")[0].items if item.external_id == "587950")

    assert mention.external_id == "593115"
    assert mention.url == "https://twitter.com/alberto_bairati/status/1099979168991924224"
    assert mention.text == "Simplicity as a Feature mxb.at/blog/on-simpli… #design #development"
    assert mention.links[:2] == ("https://mxb.dev/blog/on-simplicity/", "https://mxb.at/blog/on-simplicity/")
    assert (mention.author.name, mention.author.url) == ("Alberto Bairati", "https://twitter.com/alberto_bairati")
    assert mention.published_at == datetime(2019, 2, 25, 10, 27, 25, tzinfo=UTC)
    assert mention.same_as == ()
    assert (reply.kind, reply.parent_url) == ("comment", "https://mxb.dev/notes/2019-02-11/")
    assert reply.text.startswith("true. the option to get your content out in some form is important (that's even")
