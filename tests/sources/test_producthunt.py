"""Product Hunt: GraphQL asked by POST, pages by cursor, comments with their replies, errors in a success."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentionwatch.errors import AuthFailed, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.sources.platforms.producthunt import ProductHunt
from support.replay import ACME, NOW, answer, scan
from support.world import Reply, World

SOURCE = ProductHunt(token=Secret("PHt0ken"))
OURS = ProductHunt(token=Secret("PHt0ken"), products=("https://www.producthunt.com/posts/Acme-Timer?x=1",))


def first(source: ProductHunt = SOURCE) -> Request:
    return next(source.requests((ACME,), {}, NOW))


def node(number: int, at: datetime, **more: object) -> dict[str, Any]:
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return {"id": str(number), "name": "Acme", "slug": f"p{number}", "createdAt": stamp, "body": "<p>Hm</p>", **more}


class Site:
    """Products, newest first, 20 a page, by cursor and ``postedAfter``."""

    def __init__(self) -> None:
        self.products: list[tuple[int, datetime]] = []

    def publish(self, number: int, until: datetime = NOW) -> set[str]:
        start = len(self.products) + 1
        self.products += [(start + n, until - timedelta(minutes=number - n)) for n in range(number)]
        return {str(start + n) for n in range(number)}

    def __call__(self, request: Request) -> Response:
        assert (request.method, request.url) == ("POST", "https://api.producthunt.com/v2/api/graphql")
        assert request.json is not None
        asked: Any = request.json["variables"]
        start = datetime.fromisoformat(asked.get("postedAfter", "2000-01-01T00:00:00Z"))
        known = sorted(((at, number) for number, at in self.products if at > start), reverse=True)
        skip = int(asked.get("after", "c0")[1:])
        edges = [{"node": node(number, at)} for at, number in known[skip : skip + 20]]
        info = {"hasNextPage": len(known) > skip + 20, "endCursor": f"c{skip + 20}"}
        return answer(request, {"data": {"posts": {"edges": edges, "pageInfo": info}}})


@pytest.mark.parametrize("new", [0, 1, 20, 21, 75])
def test_every_product_since_the_last_scan_is_found(new: int) -> None:
    """There is no search: all are read, and matched here."""
    site = Site()
    site.publish(40, until=NOW - timedelta(days=1))
    before = scan(SOURCE, site)
    fresh = site.publish(new)
    after = scan(SOURCE, site, before.checkpoints)

    assert len(before.items) == 20
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_topics_and_products_are_questions_of_their_own() -> None:
    """Named as in their addresses."""
    source = ProductHunt(token=Secret("t"), topics=("Coffee", "coffee", "tea"), products=("acme-timer",))
    asked = [(request.query_key, (request.json or {})["variables"]) for request in source.requests((ACME,), {}, NOW)]

    assert asked == [
        ("comments:acme-timer", {"slug": "acme-timer"}),
        ("posts:coffee", {"topic": "coffee"}),
        ("posts:tea", {"topic": "tea"}),
    ]
    assert OURS.products == ("acme-timer",)
    with pytest.raises(UserError, match="products: 'a b' is not a name"):
        ProductHunt(token=Secret("t"), products=("a b",))


def test_comments_and_their_replies_link_to_the_product() -> None:
    """Who wrote them is hidden, by the platform."""
    hidden = {"name": "[REDACTED]", "username": "[REDACTED]"}
    reply = {"edges": [{"node": node(8, NOW, user=hidden)}]}
    comments = {"edges": [{"node": node(7, NOW, user=hidden, replies=reply)}], "pageInfo": {"hasNextPage": False}}
    product = {"id": "1", "url": "https://www.producthunt.com/posts/acme-timer?utm_campaign=producthunt-api&x=1"}
    body = {"data": {"post": {**product, "comments": comments}}}
    items = OURS.parse(answer(first(OURS), body)).items

    assert [(item.external_id, item.kind, item.text) for item in items] == [
        ("comment/7", "comment", "Hm"),
        ("comment/8", "comment", "Hm"),
    ]
    assert {item.links for item in items} == {("https://www.producthunt.com/posts/acme-timer",)}
    assert {item.author.handle for item in items} == {None}


def test_a_product_that_is_not_there_is_told() -> None:
    """By its name."""
    with pytest.raises(UnexpectedResponse, match="has no launch 'acme-timer'"):
        OURS.parse(answer(first(OURS), {"data": {"post": None}}))


LIMIT = {"errors": [{"error": "rate_limit_reached", "details": {"limit": 6250, "remaining": 0, "reset_in": 300}}]}


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, {"errors": [{"error": "invalid_oauth_token", "error_description": "PHt0ken"}]}, AuthFailed, "token"),
        (429, LIMIT, RateLimited, "rate-limited"),
        (429, None, RateLimited, "rate-limited"),
        (200, LIMIT, RateLimited, "rate-limited"),
        (200, {"errors": [{"message": "Field 'x' of PHt0ken"}]}, UnexpectedResponse, "Field 'x' of ***"),
        (200, {"errors": [{"message": "No"}], "data": None}, UnexpectedResponse, "No"),
        (200, {"errors": [{"error": "invalid_oauth_token"}], "data": {"posts": None}}, AuthFailed, "token"),
    ],
)
def test_errors_are_told_apart(status: int, body: object, kind: type[SourceError], says: str) -> None:
    """By status or inside a success, as GraphQL has it; the token is never repeated."""
    raw = b"<html>no</html>" if body is None else body
    if status == 200:
        with pytest.raises(kind) as caught:
            SOURCE.parse(answer(first(), raw))
        explained: SourceError | None = caught.value
    else:
        explained = SOURCE.explain(answer(first(), raw, status=status))

    assert isinstance(explained, kind)
    assert says in explained.message
    assert "PHt0ken" not in explained.message
    if body is LIMIT:
        assert isinstance(explained, RateLimited)
        assert explained.until == NOW + timedelta(minutes=5)


def test_a_partial_answer_is_read_and_told() -> None:
    """What came is kept; few points left are a pause."""
    body = {"data": {"posts": {"edges": [{"node": node(1, NOW)}, {"node": None}]}}, "errors": [{"message": "Half"}]}
    headers = {"x-rate-limit-remaining": "40", "x-rate-limit-reset": "700"}
    page = SOURCE.parse(answer(first(), body, headers=headers))

    assert len(page.items) == 1
    assert page.note == "Product Hunt left out parts of the answer: Half"
    assert page.pause == 700


def test_a_scan_asks_by_post_and_keeps_what_matches(world: World) -> None:
    """Over the program's own network, twice: the second brings nothing anew."""
    asked = []

    def serve(request: httpx.Request) -> Reply:
        asked.append(json.loads(request.content))
        assert request.headers["content-type"] == "application/json"
        assert request.headers["authorization"] == "Bearer PHt0ken"
        edges = [{"node": node(1, world.now - timedelta(minutes=1), name="Acme Coffee")}, {"node": node(2, world.now)}]
        return Reply(json.dumps({"data": {"posts": {"edges": edges, "pageInfo": {"hasNextPage": False}}}}))

    world.environ["PH"] = "PHt0ken"
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n'
        '[[sources]]\ntype = "producthunt"\nbacklog = "tell"\ntoken = { env = "PH" }\n'
    )
    world.network.pages["https://api.producthunt.com/v2/api/graphql"] = serve
    once = world.run("scan", "--jsonl")
    twice = world.later(hours=2).run("scan", "--jsonl")

    assert [json.loads(line)["external_id"] for line in once.out.splitlines()] == ["1"]
    assert twice.out == ""
    assert "postedAfter" in asked[-1]["variables"]


def test_reads_recorded_addresses(shared: Path) -> None:
    """In 2026 a launch comes with its product's page: launches of one product are told apart, its site is hidden."""
    recorded = json.loads((shared / "corpus/recorded/producthunt/node_2025.json").read_bytes())
    rows = (shared / "corpus/recorded/producthunt/urls_2026.txt").read_text("utf-8").splitlines()
    pages = [row.split("\t")[1] for row in rows if "/products/" in row]
    edges = [{"node": {**recorded, "id": str(n), "url": url}} for n, url in enumerate(pages)]
    edges += [{"node": {**recorded, "id": "9", "url": pages[0], "slug": "second-launch"}}, {"node": recorded}]
    found = SOURCE.parse(
        answer(first(), {"data": {"posts": {"edges": edges, "pageInfo": {"hasNextPage": False}}}})
    ).items
    last = found[-1]

    assert len({item.url for item in found}) == len(found) == len(pages) + 2
    assert found[0].url == "https://www.producthunt.com/products/bitrise?launch=8bitcn-ui"
    assert found[0].links[0] == "https://www.producthunt.com/products/bitrise"
    assert (last.external_id, last.url) == ("1044782", "https://www.producthunt.com/posts/8bitcn-ui")
    assert last.links == ("https://www.producthunt.com/r/KMXWABRQLUE5JD",)
    assert (last.title, last.text[:7], last.engagement.score) == ("8bitcn/ui", "8‑bit U", 403)


@pytest.mark.parametrize(
    "written",
    [
        "acme-2", "https://www.producthunt.com/posts/acme-2", "producthunt.com/posts/Acme-2?ref=x",
        "https://www.producthunt.com/products/acme?launch=acme-2",
        "https://www.producthunt.com/products/acme?ref=x&launch=acme-2#comments",
        "https://www.producthunt.com/products/acme/launches/acme-2",
    ],
)  # fmt: skip
def test_a_launch_is_named_by_any_address_it_has(written: str) -> None:
    """The launch's name is not the product's."""
    assert ProductHunt(token=Secret("t"), products=(written,)).products == ("acme-2",)
