"""Lemmy and PieFed: posts and comments that hold a term, in each dialect of the API."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from mentionwatch.errors import Forbidden, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.lemmy import Lemmy
from support.replay import ACME, NOW, answer, params, scan

SERVER = "https://lemmy.example"
DENO = Brand("Deno", terms=(Term("name", "Deno"),))
Api = Literal["v3", "v4", "piefed"]


@dataclass
class Site:
    """A server of one dialect; v4 knows no order, and none gives more than it likes at once."""

    api: Api = "v3"
    posts: list[tuple[int, datetime]] = field(default_factory=list)
    at_once: int = 50

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        if request.query_key.startswith("comments:"):
            return answer(request, {"posts": [], "comments": []})
        size = min(int(asked["limit"]), self.at_once)
        if self.api == "v4":
            assert "sort" not in asked
            span = timedelta(seconds=int(asked.get("time_range_seconds", "999999999")))
            found = [post for post in self.posts if NOW - post[1] <= span]
            first = int(asked.get("page_cursor", "P0")[1:])
            more = first + size < len(found)
            page = [v4(*post) for post in found[first : first + size]]
            return answer(request, {"posts": page, "comments": [], "next_page": f"P{first + size}" if more else None})
        assert asked["sort"] == "New"
        found = sorted(self.posts, key=lambda post: post[1], reverse=True)
        first = (int(asked.get("page", "1")) - 1) * size
        return answer(request, {"posts": [v3(*post) for post in found[first : first + size]], "comments": []})


def v3(number: int, at: datetime) -> dict[str, Any]:
    ap_id = f"{SERVER}/post/{number}"
    return {
        "post": {"id": number, "name": "Deno", "ap_id": ap_id, "published": at.strftime("%Y-%m-%dT%H:%M:%S.123456")}
    }


def v4(number: int, at: datetime) -> dict[str, Any]:
    ap_id = f"{SERVER}/post/{number}"
    return {"post": {"id": number, "name": "Deno", "ap_id": ap_id, "published_at": at.isoformat()}}


def numbers(ids: set[str | None]) -> set[int]:
    return {int(str(name).rpartition("/")[2]) for name in ids}


def test_asks_posts_and_comments_for_each_term_and_links_for_each_domain() -> None:
    """In the words of each dialect; PieFed cannot search for links."""
    asked = {r.query_key: params(r) for r in Lemmy(SERVER).requests((ACME,), {}, NOW)}
    texts = ("acme coffee", "acme", "acmecoffee", "acme.example")

    assert set(asked) == {f"{kind}:{text}" for text in texts for kind in ("posts", "comments")} | {"url:acme.example"}
    assert (asked["posts:acme coffee"]["q"], asked["posts:acme coffee"]["type_"]) == ("Acme Coffee", "Posts")
    assert asked["url:acme.example"]["type_"] == "Url"
    later = {r.query_key: params(r) for r in Lemmy(SERVER, "v4").requests((ACME,), {}, NOW)}
    assert (later["comments:acme"]["search_term"], later["comments:acme"]["type_"]) == ("ACME", "comments")
    assert (later["url:acme.example"]["type_"], later["url:acme.example"]["post_url_only"]) == ("posts", "true")
    assert not [r for r in Lemmy(SERVER, "piefed").requests((ACME,), {}, NOW) if r.query_key.startswith("url:")]


@pytest.mark.parametrize("api", ["v3", "v4", "piefed"])
@pytest.mark.parametrize("at_once", [50, 20])
@pytest.mark.parametrize("new", [0, 1, 19, 20, 49, 50, 51, 170])
def test_every_post_since_the_last_scan_is_found(api: Api, at_once: int, new: int) -> None:
    """Pages are turned back to the last scan, and what is a day older is no news."""
    site = Site(api, [(n, NOW - timedelta(days=1, minutes=n)) for n in range(200)], at_once)
    source = Lemmy(SERVER, api)
    first = scan(source, site, brands=(DENO,))
    site.posts += [(1000 + n, NOW - timedelta(minutes=n)) for n in range(new)]
    second = scan(source, site, first.checkpoints, brands=(DENO,))
    fresh = {number for number in numbers(second.ids) if number >= 1000}

    assert len(first.ids) == at_once
    assert fresh == set(range(1000, 1000 + new))
    assert second.holes == set()


def test_a_first_page_begins_the_watch() -> None:
    """A post older than the first page is no news, even if it slides onto a later one."""
    site = Site("v3", [(n, NOW - timedelta(minutes=n)) for n in range(200)])
    first = scan(Lemmy(SERVER), site, brands=(DENO,))
    site.posts = site.posts[5:]

    assert not numbers(scan(Lemmy(SERVER), site, first.checkpoints, brands=(DENO,)).ids) - numbers(first.ids)


def test_a_post_that_federates_late_is_found() -> None:
    """Written five hours ago, received now."""
    site = Site("v3", [(1, NOW - timedelta(minutes=1))])
    first = scan(Lemmy(SERVER), site, brands=(DENO,))
    site.posts.append((2, NOW - timedelta(hours=5)))

    assert 2 in numbers(scan(Lemmy(SERVER), site, first.checkpoints, brands=(DENO,)).ids)


def request_for(question: str, api: Api = "v3") -> Request:
    return next(r for r in Lemmy(SERVER, api).requests((ACME,), {}, NOW) if r.query_key == question)


# --- genuine answers, expectations by reading them --------------------------------------------------------------------


@pytest.mark.parametrize(("file", "api"), [("search_v3_sample", "v3"), ("search_v4_sample", "v4")])
def test_reads_both_shapes_alike(shared: Path, file: str, api: Api) -> None:
    """A server of 2026 asked in both versions: the same post and comment come out."""
    body = (shared / f"corpus/recorded/lemmy/{file}.json").read_bytes()
    source = Lemmy("https://reader.example", api)
    [post] = source.parse(answer(request_for("posts:acme", api), body)).items
    [comment] = source.parse(answer(request_for("comments:acme", api), body)).items

    assert post.external_id == post.url == "https://test1.lemmy.ddenis.info/post/180"
    assert post.title == "Live recording (thread 8)"
    assert post.links == ("https://example.com/live",)
    assert post.same_as == ("https://reader.example/post/180",)
    assert post.published_at == datetime(2026, 6, 12, 23, 37, 46, tzinfo=UTC)
    assert (post.author.name, post.author.handle) == ("Mod One", "seed_mod1@test1.lemmy.ddenis.info")
    assert (post.engagement.score, post.engagement.replies) == (1, 7)
    assert (comment.kind, comment.text) == ("comment", "Great track, thanks for sharing!")
    assert comment.parent_url == "https://test1.lemmy.ddenis.info/post/180"
    assert (comment.engagement.score, comment.engagement.replies) == (3, 0)


@pytest.mark.parametrize(
    ("file", "question", "count", "first"),
    [
        ("search_posts", "posts:acme", 5, "Post 49: A long post."),
        ("search_posts_p2", "posts:acme", 5, "Post 43: "),
        ("search_url", "posts:acme", 50, "Post 49: A long post."),
        ("post_list", "posts:acme", 3, "Post 49: A long post."),
        ("search_comments", "comments:acme", 1, "A comment: Acme Coffee is fine"),
    ],
)
def test_reads_the_answers_of_a_real_piefed(shared: Path, file: str, question: str, count: int, first: str) -> None:
    """Its posts have titles where Lemmy's have names, its comments bodies where Lemmy's have contents."""
    body = (shared / f"corpus/captured/piefed/{file}.body").read_bytes()
    items = Lemmy("http://localhost:8302", "piefed").parse(answer(request_for(question, "piefed"), body)).items

    assert len(items) == count
    assert (items[0].title or items[0].text).startswith(first)
    assert items[0].author.handle == "boss@localhost"
    assert items[0].published_at is not None
    assert items[0].published_at.date().isoformat() == "2026-11-21"


def test_comments_below_comments_answer_those() -> None:
    """``path`` leads from the post through the parents to the comment itself."""
    view = {"comment": {"id": 9, "content": "x", "path": "0.7.8.9", "ap_id": "https://o.example/comment/1"}}
    body = {"posts": [], "comments": [{**view, "post": {"ap_id": "https://o.example/post/1"}}]}
    [item] = Lemmy(SERVER).parse(answer(request_for("comments:acme"), body)).items

    assert item.parent_url == "https://lemmy.example/comment/8"


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (400, b'{"error": "rate_limit_error"}', RateLimited, "rate-limited"),
        (401, b'{"error": "instance_is_private"}', Forbidden, "members"),
        (400, b'{"error": "instance_is_private"}', Forbidden, "members"),
        (404, b"<!doctype html>", UnexpectedResponse, 'api = "piefed"'),
    ],
)
def test_errors_say_what_to_do(status: int, body: bytes, kind: type[SourceError], says: str) -> None:
    """Too often, not for visitors, another dialect."""
    explained = Lemmy(SERVER).explain(answer(request_for("posts:acme"), body, status=status))

    assert type(explained) is kind
    assert says in explained.message


def test_genuine_errors_of_a_real_piefed(shared: Path) -> None:
    """A 404 for Lemmy's own path, and a 429 that is a web page: its status is all there is to it."""
    folder = shared / "corpus/captured/piefed"
    unknown = answer(request_for("posts:acme"), (folder / "v3_search_404.body").read_bytes(), status=404)
    often = answer(request_for("posts:acme"), (folder / "site_429.body").read_bytes(), status=429)

    assert isinstance(Lemmy(SERVER).explain(unknown), UnexpectedResponse)
    assert Lemmy(SERVER).explain(often) is None
    with pytest.raises(UnexpectedResponse, match="web page"):
        Lemmy(SERVER).parse(replace(often, status=200))
