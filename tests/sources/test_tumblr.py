"""Tumblr: tags read back to the checkpoint, both shapes of posts, replies under a blog's posts, a secret key."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    RateLimited,
    ServerError,
    SourceError,
    UnexpectedResponse,
    UserError,
)
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.tumblr import Tumblr
from support.replay import ACME, NOW, answer, params, scan

SOURCE = Tumblr(key=Secret("k3y-of-mine"))
BLOG = Tumblr(key=Secret("k3y-of-mine"), blogs=("https://Staff-blog.tumblr.com",))
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


def first(source: Tumblr = SOURCE) -> Request:
    return next(source.requests((ONE,), {}, NOW))


def post(number: int, at: datetime, **more: object) -> dict[str, Any]:
    stamp = int(at.timestamp())
    return {
        "id": number,
        "type": "text",
        "blog_name": "jo",
        "timestamp": stamp,
        "body": "<p>x</p>",
        "note_count": 0,
        **more,
    }


class Tag:
    """A tag's posts, newest first, 20 an answer, before a second."""

    def __init__(self) -> None:
        self.posts: list[tuple[int, datetime]] = []

    def publish(self, number: int, until: datetime = NOW) -> set[str]:
        start = len(self.posts) + 1
        self.posts += [(start + n, until - timedelta(seconds=(number - n) // 3)) for n in range(number)]
        return {str(start + n) for n in range(number)}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        assert sent["api_key"] == "***"
        before = int(sent.get("before", 10**12))
        known = sorted(((at, number) for number, at in self.posts if at.timestamp() < before), reverse=True)
        return answer(request, {"meta": {"status": 200}, "response": [post(number, at) for at, number in known[:20]]})


def test_names_and_hashtags_are_tags_and_the_key_is_secret() -> None:
    """A tag may hold a space."""
    asked = {request.query_key: params(request)["tag"] for request in SOURCE.requests((ACME,), {}, NOW)}

    assert asked == {"tag:acme coffee": "Acme Coffee", "tag:acme": "ACME", "tag:acmecoffee": "AcmeCoffee"}
    assert "k3y" not in repr(first()) + first().url


@pytest.mark.parametrize("new", [0, 1, 19, 20, 21, 90])
def test_every_post_since_the_last_scan_is_found(new: int) -> None:
    """Pages are cut by time, three posts in the same second included."""
    tag = Tag()
    tag.publish(50, until=NOW - timedelta(days=1))
    before = scan(SOURCE, tag, brands=(ONE,))
    fresh = tag.publish(new)
    after = scan(SOURCE, tag, before.checkpoints, brands=(ONE,))

    assert len(before.items) == 20
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_more_posts_in_one_second_than_an_answer_holds_are_a_hole() -> None:
    """There is no asking further; it is said, not hidden."""
    tag = Tag()
    before = scan(SOURCE, tag, brands=(ONE,))
    tag.posts = [(n, NOW + timedelta(seconds=5)) for n in range(1, 60)]
    after = scan(SOURCE, tag, before.checkpoints, brands=(ONE,))

    assert after.holes == {"tag:acme coffee"}


def test_replies_and_reblogs_with_words_are_read_under_a_blog_s_posts() -> None:
    """Said to the blog; likes and bare reblogs say nothing. A reblog is a post with an address of its own."""
    stamp = int(NOW.timestamp())
    notes = [
        {"type": "reply", "timestamp": stamp, "blog_name": "jo", "reply_text": "Burnt &amp; bad"},
        {"type": "reblog", "timestamp": stamp, "blog_name": "mia", "post_id": "77", "added_text": "Not mine"},
        {"type": "reblog", "timestamp": stamp, "blog_name": "kim", "post_id": "78"},
        {"type": "like", "timestamp": stamp, "blog_name": "kim"},
        {"type": "reply", "timestamp": stamp, "blog_name": "staff-blog", "reply_text": "Sorry"},
        {"type": "reply", "timestamp": "x", "blog_name": "kim", "reply_text": "when"},
    ]
    request = next(BLOG.requests((), {}, NOW))
    body = {"meta": {"status": 200}, "response": {"posts": [post(1, NOW, blog_name="staff-blog", notes=notes)]}}
    own, reply, reblog, ours = BLOG.parse(answer(request, body)).items

    assert request.url == "https://api.tumblr.com/v2/blog/staff-blog/posts"
    assert (own.kind, own.handles) == ("post", ())
    assert (reply.kind, reply.text, reply.handles, reply.url) == ("comment", "Burnt & bad", ("@staff-blog",), None)
    assert reply.external_id == f"1/jo/{stamp}"
    assert (reblog.external_id, reblog.url) == ("77", "https://www.tumblr.com/mia/77")
    assert (ours.text, ours.handles) == ("Sorry", ())
    assert {item.parent_url for item in (reply, reblog, ours)} == {own.url}


def test_more_replies_than_came_are_a_hole() -> None:
    """Fifty come along with a post."""
    stamp = int(NOW.timestamp())
    notes = [{"type": "reply", "timestamp": stamp - n, "blog_name": "jo", "reply_text": "x"} for n in range(50)]
    body = {"meta": {"status": 200}, "response": {"posts": [post(1, NOW, notes=notes)]}}
    request = next(BLOG.requests((), {"notes:staff-blog": str(stamp - 60)}, NOW))
    later = next(BLOG.requests((), {"notes:staff-blog": str(stamp - 10)}, NOW))

    assert BLOG.parse(answer(request, body)).truncated
    assert not BLOG.parse(answer(later, body)).truncated


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"type": "photo", "caption": "<p>A &amp; B</p>"}, "A & B"),
        ({"type": "quote", "text": "Said", "source": "<a href='https://x.example/'>Her</a>"}, "Said\n\nHer"),
        ({"type": "answer", "question": "Why?", "answer": "<p>So</p>"}, "Why?\n\nSo"),
        ({"type": "link", "url": "https://x.example/", "description": "<p>D</p>"}, "D"),
        ({"type": "chat", "body": "a: b"}, "a: b"),
        ({"type": "chat", "dialogue": [{"label": "a:", "phrase": "<b>"}]}, "a: <b>"),
        ({"type": "photo", "summary": "Only this"}, "Only this"),
    ],
)
def test_every_kind_of_post_says_its_words(fields: dict[str, Any], text: str) -> None:
    """Wherever the older format keeps them."""
    made = {key: value for key, value in post(1, NOW).items() if key != "body"} | fields
    item = SOURCE.parse(answer(first(), {"meta": {"status": 200}, "response": [made]})).items[0]

    assert item.text == text


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, {"meta": {"status": 401}, "errors": [{"title": "k3y-of-mine"}]}, AuthFailed, "key"),
        (403, {"meta": {"status": 403}, "errors": [{"detail": "no k3y-of-mine"}]}, Forbidden, "no ***"),
        (404, {"meta": {"status": 404, "msg": "Not Found"}}, UnexpectedResponse, "Not Found"),
        (429, {"meta": {"status": 429, "msg": "Limit Exceeded"}}, RateLimited, "rate-limited"),
        (503, {"meta": {"status": 503}}, ServerError, "server error"),
    ],
)  # fmt: skip
def test_errors_are_told_apart(status: int, body: object, kind: type[SourceError], says: str) -> None:
    """With a status of their own, or inside a success, as Tumblr's JSONP has it; the key is never repeated."""
    explained = SOURCE.explain(answer(first(), body, status=status))
    with pytest.raises(kind) as caught:
        SOURCE.parse(answer(first(), body))

    assert isinstance(explained, kind)
    for said in (explained, caught.value):
        assert says in said.message
        assert "k3y" not in said.message


def test_the_wait_is_as_long_as_the_spent_limit() -> None:
    """Of the hour's and the day's only what is spent counts."""
    headers = {
        "x-ratelimit-perhour-remaining": "0",
        "x-ratelimit-perhour-reset": "120",
        "x-ratelimit-perday-remaining": "4000",
        "x-ratelimit-perday-reset": "50000",
    }
    said = SOURCE.explain(answer(first(), {}, status=429, headers=headers))

    assert isinstance(said, RateLimited)
    assert said.until == NOW + timedelta(minutes=2)


def test_a_blog_is_a_name() -> None:
    """Or its address; anything else is told."""
    with pytest.raises(UserError, match=r"blogs: 'a b' is not the name"):
        Tumblr(key=Secret("k"), blogs=("staff", "a b"))


def test_reads_every_post_of_a_recorded_answer(shared: Path) -> None:
    """Posts as the service gives them to every list: numbers, addresses, tags, words, notes."""
    listed = json.loads((shared / "corpus/recorded/tumblr/likes.json").read_bytes())["liked_posts"]
    items = SOURCE.parse(answer(first(), {"meta": {"status": 200, "msg": "OK"}, "response": listed})).items

    assert len(items) == len(listed) > 5
    assert [item.external_id for item in items] == [str(one["id"]) for one in listed]
    assert all(item.published_at and item.author.handle and item.engagement.score is not None for item in items)
    assert [item.external_id for item in items if not item.text] == [
        str(one["id"]) for one in listed if not one["summary"]
    ]
    assert items[0].text == "There’s no other way…"
    assert items[0].published_at == datetime(2015, 10, 15, 1, 46, tzinfo=UTC)
    assert items[1].links == ("https://instagram.com/p/83lNeyGAKg/",)


def test_a_recorded_list_of_likes_is_no_list_of_a_tag(shared: Path) -> None:
    """BlockedAddress, not read as "nothing found"."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(first(), (shared / "corpus/recorded/tumblr/likes.json").read_bytes()))
