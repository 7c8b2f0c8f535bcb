"""Words beside a post's text – polls, descriptions, captions, files –, and what is no post at all: notices, adverts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mentionwatch.messages import Secret
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources import Source
from mentionwatch.sources.platforms.bluesky import Bluesky
from mentionwatch.sources.platforms.brave import Brave
from mentionwatch.sources.platforms.discourse import Discourse
from mentionwatch.sources.platforms.lemmy import Lemmy
from mentionwatch.sources.platforms.nodebb import NodeBB
from mentionwatch.sources.platforms.reddit import Reddit
from mentionwatch.sources.platforms.telegram import Telegram
from mentionwatch.sources.platforms.tumblr import Tumblr
from support.replay import NOW, answer

ONE = Brand("Acme", terms=(Term("name", "Acme"), Term("hashtag", "#acme")))
AT = int((NOW - timedelta(hours=1)).timestamp())


def read(source: Source, body: object, question: str | None = None) -> tuple[Item, ...]:
    request = next(one for one in source.requests((ONE,), {}, NOW) if question in (None, one.query_key))
    return source.parse(answer(request, body)).items


def thing(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "t3", "data": {"name": name, "title": "Which one?", "created_utc": AT, **more}}


def test_reddit_polls_and_galleries_are_read_and_adverts_are_not() -> None:
    """The answers to choose from, and what stands under each picture."""
    source = Reddit(client_id="id", client_secret=Secret("s"))
    poll = thing("t3_a", selftext="Vote", poll_data={"options": [{"text": "Acme"}, {"text": "Bolt"}]})
    gallery = thing("t3_b", gallery_data={"items": [{"caption": "Acme mug"}, {"media_id": "x"}]})
    gone = thing("t3_c", selftext="[removed]", poll_data={"options": [{"text": "Acme"}]})
    advert = thing("t3_d", selftext="Buy Acme", promoted=True)
    listing = {"kind": "Listing", "data": {"children": [poll, gallery, gone, advert]}}

    texts = {item.external_id: item.text for item in read(source, listing, "text:acme")}

    assert texts == {"t3_a": "Vote\n\nAcme\n\nBolt", "t3_b": "Acme mug", "t3_c": ""}


def test_lemmy_polls_and_descriptions_are_read() -> None:
    """PieFed has polls, both describe pictures."""
    post = {
        "id": 7, "name": "Which one?", "body": "Vote", "alt_text": "An Acme mug", "published": "2026-11-21T07:00:00Z",
        "ap_id": "https://lemmy.example/post/7", "poll": {"choices": [{"choice_text": "Acme"}, {"choice_text": "No"}]},
    }  # fmt: skip
    (item,) = read(Lemmy("https://lemmy.example"), {"posts": [{"post": post, "creator": {"name": "jo"}}]})

    assert item.text == "Vote\n\nAcme\nNo\n\nAn Acme mug"


def test_tumblr_polls_descriptions_and_captions_are_read() -> None:
    """All are blocks of a post."""
    blocks = [
        {"type": "image", "alt_text": "An Acme mug", "caption": "mine"},
        {"type": "poll", "question": "Which?", "answers": [{"answer_text": "Acme"}, {"answer_text": "Bolt"}]},
    ]
    post = {"id_string": "7", "blog_name": "jo", "timestamp": AT, "content": blocks}
    (item,) = read(Tumblr(key=Secret("k")), {"meta": {"status": 200}, "response": [post]})

    assert item.text.split() == ["An", "Acme", "mug", "mine", "Which?", "Acme", "Bolt"]


def test_telegram_names_of_files_are_read() -> None:
    """A leaflet is called what it is about."""
    body = (
        '<html><section class="tgme_channel_info"></section><section class="tgme_channel_history">'
        '<div class="tgme_widget_message" data-post="AcmeNews/7">'
        '<div class="tgme_widget_message_document_title accent_color" dir="auto">Acme recall.pdf</div>'
        '<time datetime="2026-11-21T07:00:00+00:00"></time></div></section></html>'
    )
    (item,) = read(Telegram(channels=("AcmeNews",)), body.encode())

    assert item.text == "Acme recall.pdf"


@pytest.mark.parametrize("notice", [{"post_type": 3}, {"post_type": 3, "action_code": "pinned_globally.enabled"}])
def test_discourse_notices_are_no_posts(notice: dict[str, Any]) -> None:
    """Somebody closed or pinned a topic about Acme: nobody said anything; a page of nothing else is no failure."""
    said = {"id": 8, "topic_id": 1, "topic_title": "Acme", "post_number": 2, "post_type": 1, "cooked": "<p>Hm</p>"}
    closed = {**said, "id": 9, "cooked": "", **notice}
    source = Discourse("https://forum.example")

    assert [item.external_id for item in read(source, {"latest_posts": [closed, said]}, "posts")] == ["forum.example/8"]
    assert read(source, {"latest_posts": [closed]}, "posts") == ()


def test_nodebb_posts_of_the_fediverse_are_read() -> None:
    """Their ids are addresses, their topics' UUIDs; they are known by the name that they have everywhere."""
    uri = "https://social.example/users/jo/statuses/7"
    topic = {
        "tid": "0190d6d3-5c0f-7b6c-a1de-5f3d9f2c7a11", "slug": "0190d6d3-5c0f-7b6c-a1de-5f3d9f2c7a11/acme",
        "title": "Acme", "mainPid": uri, "timestampISO": "2026-11-21T07:00:00Z", "postcount": 2,
        "teaser": {"pid": 12, "content": "<p>Yes</p>", "timestampISO": "2026-11-21T07:30:00Z", "toPid": uri},
    }  # fmt: skip
    items = read(NodeBB("https://forum.example"), {"topics": [topic], "pageCount": 1}, "topics")
    by_id = {item.external_id: item for item in items}

    assert set(by_id) == {uri, "forum.example/12"}
    assert by_id[uri].same_as[0] == uri
    assert by_id["forum.example/12"].parent_url == uri


def test_brave_lists_news_and_discussions_apart() -> None:
    """They are results as well."""
    found = {"url": "https://daily.example/acme", "title": "Acme opens", "page_age": "2026-11-21T07:00:00"}
    talk = {"url": "https://forum.example/acme", "title": "Acme?"}
    body = {"type": "search", "query": {}, "web": {"results": []}, "news": {"results": [found]},
            "discussions": {"results": [talk]}}  # fmt: skip

    assert [item.url for item in read(Brave(key=Secret("k")), body)] == [found["url"], talk["url"]]


@pytest.mark.parametrize("key", ["3jzfcijpj2z2a", "self", "a.b-c_d:e~f"])
def test_a_bluesky_post_may_have_any_key(key: str) -> None:
    """All that the protocol allows, and it can be asked for again."""
    uri = f"at://did:plc:abc/app.bsky.feed.post/{key}"
    post = {"uri": uri, "author": {"did": "did:plc:abc", "handle": "jo.example"}, "record": {"text": "Acme"},
            "indexedAt": "2026-11-21T07:00:00Z"}  # fmt: skip
    source = Bluesky(handle="acme.example", password=Secret("p"))
    (item,) = read(source, {"posts": [post]})
    (again,) = source.recheck_requests([item], [])

    assert item.url == f"https://bsky.app/profile/jo.example/post/{key}"
    assert dict(again.request.params)["uris"] == uri
