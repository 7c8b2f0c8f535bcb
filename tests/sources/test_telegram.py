"""Telegram: the messages of public channels, from pages made for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from mentionwatch.errors import UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand
from mentionwatch.sources.platforms.telegram import Telegram
from support.paths import DATA
from support.replay import NOW, answer, params, scan

SOURCE = Telegram(channels=("AcmeNews",))
NO_TERMS = Brand("Nothing")
SAMPLE = (DATA / "telegram/good.html").read_bytes()


def message(number: int, text: str = "x", channel: str = "AcmeNews", time: str = "2026-11-20T08:00:00+00:00") -> str:
    return (
        f'<div class="tgme_widget_message js-widget_message" data-post="{channel}/{number}">'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
        f'<a class="tgme_widget_message_date" href="#"><time datetime="{time}" class="time">08:00</time></a></div>'
    )


def page(*messages: str) -> bytes:
    return (
        f'<!DOCTYPE html><html><section class="tgme_channel_info"></section>'
        f'<section class="tgme_channel_history">{"".join(messages)}</section></html>'
    ).encode()


def first(since: str | None = None) -> Request:
    return next(iter(SOURCE.requests((NO_TERMS,), {"channel:acmenews": since} if since else {}, NOW)))


@dataclass
class Channel:
    """Twenty messages a page, the oldest first, and what came before by number."""

    numbers: list[int] = field(default_factory=list)

    def send(self, count: int) -> set[str]:
        start = max(self.numbers, default=0) + 1
        fresh = list(range(start, start + count))
        self.numbers += fresh
        return {f"acmenews/{number}" for number in fresh}

    def __call__(self, request: Request) -> Response:
        before = int(params(request).get("before", "999999"))
        shown = [number for number in self.numbers if number < before][-20:]
        times = {n: (NOW - timedelta(minutes=max(self.numbers) - n)).isoformat() for n in shown}
        return answer(request, page(*(message(n, time=times[n]) for n in shown)), headers={"content-type": "text/html"})


def test_asks_for_each_channel_once() -> None:
    """However it is written; what can be no channel is refused."""
    source = Telegram(channels=("@AcmeNews", "acmenews", "beans_daily"))
    asked = [request.query_key for request in source.requests((NO_TERMS,), {}, NOW)]

    assert asked == ["channel:acmenews", "channel:beans_daily"]
    for channels in ((), ("a",), ("https://t.me/x",), ("../x",)):
        with pytest.raises(UserError):
            Telegram(channels=channels)


@pytest.mark.parametrize("new", [0, 1, 20, 21, 130])
def test_every_message_since_the_last_scan_is_found(new: int) -> None:
    """Pages are turned back to the last scan, and nothing of before the first comes as news."""
    channel = Channel()
    channel.send(60)
    before = scan(SOURCE, channel, brands=(NO_TERMS,))
    fresh = channel.send(new)
    after = scan(SOURCE, channel, before.checkpoints, brands=(NO_TERMS,))

    assert len(before.ids) == 20
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_more_than_ten_pages_are_a_hole() -> None:
    """What lies between is said to be missing."""
    channel = Channel()
    channel.send(20)
    before = scan(SOURCE, channel, brands=(NO_TERMS,))
    channel.send(300)

    assert scan(SOURCE, channel, before.checkpoints, brands=(NO_TERMS,)).holes == {"channel:acmenews"}


def test_a_channel_without_messages_is_told_from_none() -> None:
    """The first message ever is news; a card without messages is an error that says what may be wrong."""
    channel = Channel()
    before = SOURCE.parse(answer(first(), page()))
    channel.send(1)

    assert before.items == ()
    assert len(SOURCE.parse(channel(first(before.checkpoint))).items) == 1
    with pytest.raises(UnexpectedResponse) as caught:
        SOURCE.parse(answer(first(), b"<!DOCTYPE html><html><div class='tgme_page_title'>Acme</div></html>"))
    assert "acmenews is not a public channel" in caught.value.message


def test_what_is_quoted_is_not_said_by_the_channel() -> None:
    """The text a message answers is another message's; a video's length is no time."""
    reply = SOURCE.parse(answer(first(), SAMPLE)).items[1]

    assert (reply.text, reply.parent_url) == ("Burnt.", "https://t.me/AcmeNews/101")
    assert "Acme Coffee" not in reply.text


@pytest.mark.parametrize(
    "tag",
    [
        '<div class="tgme_widget_message text_not_supported_wrap service_message" data-post="AcmeNews/7">',
        '<div data-post="AcmeNews/7" class="service_message tgme_widget_message">',
    ],
)
def test_notices_are_no_posts(tag: str) -> None:
    """The channel was created, has another name, pinned something: nobody said that, and reading goes on past it."""
    notice = message(7, "Channel name was changed to «Acme Coffee»")
    notice = tag + notice.partition(">")[2]
    read = SOURCE.parse(answer(first(), page(message(6, "no service_message here"), notice, message(8))))

    assert [item.external_id for item in read.items] == ["acmenews/6", "acmenews/8"]
    assert read.checkpoint == "8"


def test_a_channel_without_a_preview_says_so() -> None:
    """Its page leads to its card; there is nothing to be put in the configuration."""
    card = b'<!DOCTYPE html><html><div class="tgme_page_title"><span>Acme</span></div></html>'
    with pytest.raises(UnexpectedResponse) as caught:
        SOURCE.parse(answer(first(), card))

    assert first().follow_redirects
    assert "its preview is switched off" in caught.value.message


def test_links_are_those_of_the_message() -> None:
    """Its own, and the page it shows a preview of; a hashtag leads nowhere."""
    item = SOURCE.parse(answer(first(), SAMPLE)).items[0]

    assert item.links[0] == "https://acme.example/shop"
    assert "https://daily.example/acme" in item.links
    assert not [link for link in item.links if "%23" in link]


def test_messages_of_another_channel_are_not_taken_for_its_own() -> None:
    """Whatever a text holds: an attribute in it is text."""
    forged = message(5, "data-post=&quot;AcmeNews/9&quot;") + message(6, channel="EvilNews")
    items = SOURCE.parse(answer(first(), page(forged))).items

    assert [item.external_id for item in items] == ["acmenews/5"]


@pytest.mark.parametrize(("shown", "views"), [("87", 87), ("1.2K", 1200), ("3M", 3_000_000), ("..", None), ("", None)])
def test_views_are_read_as_they_are_shown(shown: str, views: int | None) -> None:
    """Rounded as the page rounds them."""
    body = page(message(5).replace("</a>", f'</a><span class="tgme_widget_message_views">{shown}</span>'))

    assert SOURCE.parse(answer(first(), body)).items[0].engagement.views == views


def test_hostile_pages_take_no_longer_than_their_length() -> None:
    """A megabyte of unclosed elements, of marks, of half a mark."""
    nasty = (
        message(5).replace("x</div>", "<div>" * 200_000),
        'data-post="AcmeNews/1"' * 40_000,
        '<div class="tgme_widget_message_text js-message_text' * 20_000,
        message(5) + '<a class="tgme_widget_message_owner_name" ' * 25_000,
        message(5) + '<a class="tgme_widget_message_owner_name">' * 25_000,
    )
    for markup in nasty:
        assert len(SOURCE.parse(answer(first(), page(markup))).items) <= 200


def test_a_bot_s_updates_are_no_page(shared: Path) -> None:
    """What was recorded of Telegram's other interface."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(first(), (shared / "corpus/recorded/telegram/telegram_messages.json").read_bytes()))
