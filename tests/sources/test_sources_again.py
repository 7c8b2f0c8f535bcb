"""Asking a platform for single posts: what is there, what it says is deleted, what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.messages import Response, Secret
from mentionwatch.model import Item
from mentionwatch.sources import RecheckedItems, RecheckRequest, SupportsRecheck
from mentionwatch.sources.registry import source_type
from support.replay import NOW

SECRET = Secret("s")
OPTIONS: dict[str, dict[str, Any]] = {
    "bluesky": {"handle": "acme.example", "password": SECRET},
    "discourse": {"server": "https://forum.example"},
    "github": {},
    "hackernews": {},
    "lemmy": {"server": "https://lemmy.example"},
    "lobsters": {},
    "mastodon": {"server": "https://social.example"},
    "reddit": {"client_id": "a", "client_secret": SECRET, "user": "acme"},
    "stackexchange": {},
    "youtube": {"key": SECRET},
}


def source(name: str) -> SupportsRecheck:
    made = source_type(name)(**OPTIONS[name])
    assert isinstance(made, SupportsRecheck)
    return made


def post(platform: str, url: str, external_id: str | None = None, **more: Any) -> Item:
    return Item(platform, "post", external_id=external_id, url=url, **more)


def read(asked: SupportsRecheck, again: RecheckRequest, answer: object) -> RecheckedItems:
    body = json.dumps(answer).encode()
    return asked.parse_recheck(Response(again.request, 200, again.request.url, {}, body, NOW), again)


#: An item, a request for it, an answer in which it is, and one that says it is deleted (or does not have it).
URI = "at://did:plc:abc/app.bsky.feed.post/3k"
BSKY = {
    "uri": URI,
    "author": {"did": "did:plc:abc", "handle": "jo.example"},
    "record": {"text": "burnt", "createdAt": "2026-11-20T07:00:00Z"},
    "replyCount": 9,
}
CASES: dict[str, tuple[Item, str, object, object | None]] = {
    "bluesky": (
        post("bluesky", "https://bsky.app/profile/jo.example/post/3k", URI),
        "/xrpc/app.bsky.feed.getPosts",
        {"posts": [BSKY]},
        None,
    ),
    "discourse": (
        post("discourse", "https://forum.example/t/x/7/2", "forum.example/12", title="X"),
        "/posts/12.json",
        {"id": 12, "topic_id": 7, "post_number": 2, "topic_slug": "x", "cooked": "<p>burnt</p>", "reply_count": 9},
        {"id": 12, "topic_id": 7, "user_deleted": True},
    ),
    "github": (
        post("github", "https://github.com/acme/beans/issues/5", "99"),
        "/repos/acme/beans/issues/5",
        {"id": 99, "html_url": "https://github.com/acme/beans/issues/5", "title": "T", "body": "burnt", "comments": 9},
        None,
    ),
    "hackernews": (
        post("hackernews", "https://news.ycombinator.com/item?id=41", "41"),
        "/api/v1/items/41",
        {
            "id": 41, "type": "comment", "author": "jo", "text": "burnt", "created_at_i": 1, "children": [
                {"id": n, "type": "comment", "author": "mo", "text": "same", "parent_id": 41} for n in range(50, 59)
            ],
        },
        {"id": 41, "type": "comment", "author": None, "text": None, "children": []},
    ),
    "lemmy": (
        post("lemmy", "https://far.example/post/1", "x", same_as=("https://lemmy.example/post/8",)),
        "/api/v3/post",
        {"post_view": {"post": {"id": 8, "name": "T", "body": "burnt"}, "counts": {"comments": 9}}},
        {"post_view": {"post": {"id": 8, "deleted": True}}},
    ),
    "lobsters": (
        post("lobsters", "https://lobste.rs/s/abc123", "abc123"),
        "/s/abc123.json",
        {"short_id": "abc123", "title": "T", "description": "<p>burnt</p>", "comment_count": 9, "comments": []},
        None,
    ),
    "mastodon": (
        post("mastodon", "https://far.example/@jo/9", "u", same_as=("https://social.example/@jo@far.example/55",)),
        "/api/v1/statuses/55",
        {"id": "55", "uri": "u", "url": "https://far.example/@jo/9", "content": "burnt", "replies_count": 9},
        None,
    ),
    "reddit": (
        post("reddit", "https://www.reddit.com/r/x/comments/abc/t/", "t3_abc"),
        "/api/info",
        {"data": {"children": [{"kind": "t3", "data": {"name": "t3_abc", "selftext": "burnt", "num_comments": 9}}]}},
        {"data": {"children": [{"kind": "t3", "data": {"name": "t3_abc", "selftext": "[deleted]"}}]}},
    ),
    "stackexchange": (
        post("stackexchange", "https://stackoverflow.com/questions/7", "stackoverflow.com/q/7"),
        "/2.3/questions/7",
        {"items": [{"question_id": 7, "title": "T", "body": "burnt", "answer_count": 9}]},
        None,
    ),
    "youtube": (
        post("youtube", "https://www.youtube.com/watch?v=abc", "abc"),
        "/youtube/v3/videos",
        {"items": [{"id": "abc", "snippet": {"description": "burnt"}, "statistics": {"commentCount": "9"}}]},
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_post_is_asked_for_by_its_own_and_read_with_its_counts(name: str) -> None:
    item, path, answer, _ = CASES[name]
    asked = source(name)
    (again,) = asked.recheck_requests([item], [])
    assert again.request.url.endswith(path)
    found = read(asked, again, answer).found[0]
    assert "burnt" in found.text
    assert found.engagement.replies == 9


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[3] is not None])
def test_a_platform_that_says_deleted_is_understood(name: str) -> None:
    item, _, _, tombstone = CASES[name]
    asked = source(name)
    (again,) = asked.recheck_requests([item], [])
    read_ = read(asked, again, tombstone)
    assert (dict(read_.found), read_.gone) == ({}, frozenset({0}))


@pytest.mark.parametrize(("name", "empty"), [("bluesky", {"posts": []}), ("reddit", {"data": {"children": []}}),
                                             ("stackexchange", {"items": []}), ("youtube", {"items": []})])  # fmt: skip
def test_what_a_batch_leaves_out_is_missing_and_not_deleted(name: str, empty: object) -> None:
    asked = source(name)
    (again,) = asked.recheck_requests([CASES[name][0]], [])
    read_ = read(asked, again, empty)
    assert (dict(read_.found), read_.gone) == ({}, frozenset())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("answer", [None, 7, [], {}, {"items": 5}, {"error": "x"}, [{"a": 1}]])
def test_an_answer_that_is_none_is_the_sources_trouble(name: str, answer: object) -> None:
    """No deletion is read from it, and nothing found."""
    from mentionwatch.errors import SourceError

    asked = source(name)
    (again,) = asked.recheck_requests([CASES[name][0]], [])
    with pytest.raises(SourceError):
        read(asked, again, answer)


@pytest.mark.parametrize("name", CASES)
def test_what_lies_elsewhere_is_not_asked_for(name: str) -> None:
    """A feed's entry, a post of another platform, an answer at an address of nobody's."""
    elsewhere = Item(platform=CASES[name][0].platform, kind="comment", url="https://elsewhere.example/a/1")
    assert list(source(name).recheck_requests([elsewhere, Item("feed", "article")], [elsewhere])) == []


def test_a_hundred_posts_are_asked_for_in_as_few_requests_as_the_platform_allows() -> None:
    posts = [post("bluesky", "https://bsky.app/", f"at://did:plc:abc/app.bsky.feed.post/{n}") for n in range(60)]
    assert [len(again.items) for again in source("bluesky").recheck_requests(posts, [])] == [25, 25, 10]
    posts = [post("reddit", "https://www.reddit.com/", f"t3_{n}") for n in range(150)]
    assert [len(again.items) for again in source("reddit").recheck_requests(posts, [])] == [100, 50]


def test_a_reddit_feed_asks_for_nothing() -> None:
    assert list(source_type("reddit")().recheck_requests([CASES["reddit"][0]], [])) == []  # type: ignore[attr-defined]


def test_replies_in_a_thread_say_what_they_answer() -> None:
    asked = source("mastodon")
    item = CASES["mastodon"][0]
    _, thread = asked.recheck_requests([item], [item])
    status = {"uri": "v", "url": "https://social.example/@mo/56", "id": "56", "content": "same", "in_reply_to_id": "55"}
    (reply,) = read(asked, thread, {"ancestors": [], "descendants": [status]}).more
    assert reply.parent_url == item.url


#: Recorded answers to questions about single posts: the post, the words it holds, and how many replies come with it.
RECORDED = {
    "lobsters/story_with_comments_2012.json": ("lobsters", post("lobsters", "https://lobste.rs/s/mbw0z5"), "kisom", 3),
    "bluesky/getPosts.json": (
        "bluesky",
        post("bluesky", "https://bsky.app", "at://did:plc:ic6zqvuw5ulmfpjiwnhsr2ns/app.bsky.feed.post/3k7qmjev5lr2s"),
        "rstatsai",
        0,
    ),
    "mastodon/status_quote_post.json": (
        "mastodon",
        post("mastodon", "https://social.example/@jo/117020566036394062"),
        "",
        0,
    ),
    "youtube/videos_videos_info_multi.json": (
        "youtube",
        post("youtube", "https://www.youtube.com/watch?v=D-lhorsDlUQ", "D-lhorsDlUQ"),
        "",
        0,
    ),
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_about_single_posts_are_read(shared: Path, name: str) -> None:
    """What the searches refuse as an answer to another question is read where it is one."""
    kind, item, words, replies = RECORDED[name]
    asked = source(kind)
    (again,) = asked.recheck_requests([item], [])
    answer = json.loads((shared / "corpus/recorded" / name).read_bytes())
    found = read(asked, again, answer)

    assert found.found[0].external_id
    assert words in f"{found.found[0].title} {found.found[0].text}"
    assert len(found.more) == replies
    assert all(one.text and one.author.handle and one.parent_url for one in found.more)
