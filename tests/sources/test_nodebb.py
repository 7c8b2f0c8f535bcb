"""NodeBB: its topics by their last post, its hashtags, and the search for those who have a token."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, UnexpectedResponse
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.nodebb import NodeBB
from support.replay import NOW, answer, params, scan

FORUM = NodeBB("https://forum.example")
MEMBER = NodeBB("forum.example", token=Secret("t0ken"))
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("hashtag", "#AcmeCoffee")))
SEARCH = "text:acme coffee"
NAMED = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


@dataclass
class Forum:
    """A forum that lists 20 topics a page, the last moved first; a pinned one stands on top."""

    topics: list[dict[str, Any]] = field(default_factory=list)
    posts: int = 0

    def open(self, title: str, at: datetime = NOW, **more: object) -> dict[str, Any]:
        self.posts += 1
        tid = len(self.topics) + 1
        topic = {"tid": tid, "mainPid": self.posts, "title": title, "slug": f"{tid}/topic", "postcount": 0, **more}
        topic |= {"timestampISO": at.isoformat(), "user": {"username": "jo"}, "tags": []}
        self.topics.append(topic)
        return self._say(topic, self.posts, title, at)

    def reply(self, topic: dict[str, Any], text: str, at: datetime) -> None:
        self.posts += 1
        self._say(topic, self.posts, text, at)

    def _say(self, topic: dict[str, Any], pid: int, text: str, at: datetime) -> dict[str, Any]:
        topic["teaser"] = {"pid": pid, "content": text, "timestampISO": at.isoformat(), "user": {"username": "jo"}}
        topic["lastpost"] = at
        topic["postcount"] += 1
        return topic

    def __call__(self, request: Request) -> Response:
        start = 20 * (int(params(request).get("page", "1")) - 1)
        moved = sorted(self.topics, key=lambda topic: (topic.get("pinned", 0), topic["lastpost"]), reverse=True)
        pages = -(-len(moved) // 20) or 1
        shown = [{key: value for key, value in topic.items() if key != "lastpost"} for topic in moved]
        return answer(request, {"topics": shown[start : start + 20], "pagination": {"pageCount": pages}})


def test_guests_ask_for_topics_and_hashtags_members_for_every_term() -> None:
    """The search is 401 for guests, so it is asked with a token alone."""
    asked = {request.query_key: request.url for request in FORUM.requests((ONE,), {}, NOW)}
    member = {request.query_key: request for request in MEMBER.requests((ONE,), {}, NOW)}

    assert asked == {
        "topics": "https://forum.example/api/recent",
        "tag:acmecoffee": "https://forum.example/api/tags/acmecoffee",
    }
    assert params(member["text:acme coffee"])["term"] == "Acme Coffee"
    assert all(request.headers == {"Authorization": Secret("Bearer t0ken")} for request in member.values())


def test_every_new_topic_and_the_last_reply_of_every_other_are_found() -> None:
    """Between two looks 50 topics are opened and an old one is answered: each is there, once."""
    forum = Forum()
    old = forum.open("Old topic", NOW - timedelta(days=30))
    for n in range(45):
        forum.open(f"Topic {n}", NOW - timedelta(days=2, minutes=n))
    first = scan(FORUM, forum, brands=(NAMED,))
    for n in range(50):
        forum.open(f"New topic {n}", NOW + timedelta(minutes=n))
    forum.reply(old, "Acme Coffee again", NOW + timedelta(hours=1))
    second = scan(FORUM, forum, first.checkpoints, brands=(NAMED,), now=NOW + timedelta(hours=2))

    titles = {item.title for item in second.items if item.kind == "post"}
    assert {f"New topic {n}" for n in range(50)} <= titles
    assert [item.text for item in second.items if item.kind == "comment"] == ["Acme Coffee again"]
    assert second.holes == set()
    third = scan(FORUM, forum, second.checkpoints, brands=(NAMED,), now=NOW + timedelta(days=1))
    assert not third.ids - second.ids - first.ids


def test_a_pinned_topic_does_not_end_the_reading() -> None:
    """A notice of last year on top of the list does not hide what is new under it."""
    forum = Forum()
    forum.open("Rules", NOW - timedelta(days=400), pinned=1)
    first = scan(FORUM, forum, brands=(NAMED,))
    for n in range(45):
        forum.open(f"New topic {n}", NOW + timedelta(minutes=n))
    second = scan(FORUM, forum, first.checkpoints, brands=(NAMED,), now=NOW + timedelta(hours=2))

    assert {f"New topic {n}" for n in range(45)} <= {item.title for item in second.items}


def test_a_topic_that_was_answered_before_it_was_seen_still_tells_its_title() -> None:
    """Its text is not in the list any more, but what it is about is."""
    forum = Forum()
    first = scan(FORUM, forum, brands=(NAMED,))
    topic = forum.open("Is Acme Coffee open?", NOW + timedelta(minutes=1))
    forum.reply(topic, "Yes", NOW + timedelta(minutes=2))
    second = scan(FORUM, forum, first.checkpoints, brands=(NAMED,), now=NOW + timedelta(hours=1))

    told = {item.kind: item for item in second.items}
    assert (told["post"].title, told["post"].text) == ("Is Acme Coffee open?", "")
    assert told["comment"].parent_url == told["post"].url


def test_deleted_topics_are_left_out() -> None:
    """What a moderator took down is no mention."""
    forum = Forum()
    forum.open("Gone", deleted=1)

    assert scan(FORUM, forum, brands=(NAMED,)).items == []


def test_what_a_refusal_means_is_told() -> None:
    """401 asks for a token, or for a new one; 404 for a hashtag is nobody having used it."""
    requests = {request.query_key: request for request in MEMBER.requests((ONE,), {}, NOW)}
    refused = MEMBER.explain(answer(requests["text:acme coffee"], {"status": {}}, status=401))
    unused = MEMBER.explain(answer(requests["tag:acmecoffee"], {}, status=404))
    guest = FORUM.explain(answer(requests["topics"], {}, status=401))

    assert isinstance(refused, AuthFailed)
    assert "renew" in refused.message
    assert "set token" in str(guest)
    assert isinstance(unused, Page)


def test_another_shape_is_an_error() -> None:
    """The page of an error that comes with 200 is not "nothing new"."""
    request = next(iter(FORUM.requests((NAMED,), {}, NOW)))
    with pytest.raises(UnexpectedResponse):
        FORUM.parse(answer(request, {"path": "/recent", "title": "Not found"}))


# --- what the real software said --------------------------------------------------------------------------------------


def genuine(shared: Path, name: str, question: str) -> Response:
    request = {request.query_key: request for request in MEMBER.requests((ONE,), {}, NOW)}[question]
    return answer(
        request, (shared / "corpus/captured/nodebb" / name).read_bytes(), at=datetime(2026, 11, 22, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("name", "question", "count"),
    [
        ("recent.body", "topics", 20),
        ("tag.body", "tag:acmecoffee", 20),
        ("search_session.body", "text:acme coffee", 10),
    ],
)
def test_reads_the_real_softwares_answers(shared: Path, name: str, question: str, count: int) -> None:
    """Every topic and post that NodeBB itself gave, with address, author, time and words."""
    page = MEMBER.parse(genuine(shared, name, question))

    assert len(page.items) == count
    for item in page.items:
        assert item.url is not None
        assert item.url.startswith("https://forum.example/topic/")
        assert item.text != ""
        assert item.published_at is not None
        assert item.author.handle == "admin"


def test_a_post_of_the_list_and_of_the_search_is_one(shared: Path) -> None:
    """The same post has the same id whichever way it was found."""
    listed = {item.external_id for item in MEMBER.parse(genuine(shared, "recent.body", "topics")).items}
    found = {
        item.external_id for item in MEMBER.parse(genuine(shared, "search_session.body", "text:acme coffee")).items
    }

    assert listed & found


@pytest.mark.parametrize("name", ["search_guest.body", "search_auth.body", "search_page2.body", "badtoken.body"])
def test_the_real_softwares_refusals_are_understood(shared: Path, name: str) -> None:
    """Search without a session, and with a bad token."""
    response = replace(genuine(shared, name, "text:acme coffee"), status=401)

    assert json.loads(response.body)["status"]["code"] == "not-authorised"
    assert isinstance(MEMBER.explain(response), AuthFailed)
