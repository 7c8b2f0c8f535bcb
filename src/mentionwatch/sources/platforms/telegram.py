"""Telegram: the messages of public channels, from the pages anybody can open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import ClassVar

from mentionwatch.errors import UnexpectedResponse, UserError
from mentionwatch.messages import Limits, Page, Request, Response
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import Checkpoint, parse_number_checkpoint
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.sources.toolkit.json_reader import error_text
from mentionwatch.sources.toolkit.options import normalize_base_url, option
from mentionwatch.text import one_line, plain_from_html, unescape
from mentionwatch.urls import safe_url

_SITE = "https://t.me"
_CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
#: Messages of a page, of which some may be told as one; and those that are looked at.
_PER_PAGE = 10
_MOST = 200
#: Numbers asked again: a message that is edited, or sent at a set time, keeps the number it was written under.
_BEHIND = 20
#: Characters of one message that are looked at: a text has at most 4,096, its markup some times that.
_LONGEST = 60_000
#: Characters at the end of a page among which its end stands; a comment follows it.
_TAIL = 1_000

_POST = re.compile(r'data-post="([A-Za-z][A-Za-z0-9_]{3,31})/([0-9]{1,12})"')
#: A notice of the channel's own doings: "Channel created", "pinned", a new name or picture.
_NOTICE = re.compile(r'\bclass="[^"<>]{0,300}\bservice_message\b')
_TEXT = re.compile(r'<div class="tgme_widget_message_text js-message_text[^"<>]{0,100}"[^<>]{0,200}>')
_DIV = re.compile(r"<(/?)div(?=[\s>/])", re.IGNORECASE)
#: The message's own time is the one in the link to it; a video's length is a ``time``, too.
_TIME = re.compile(r'<time[^<>]{0,100}\bdatetime="([^"<>]{10,40})"')
_CARD = re.compile(r'class="tgme_page_title"')
_VIEWS = re.compile(r'class="tgme_widget_message_views">([0-9.,]{1,9})([KM]?)<')
_OWNER = re.compile(r'<a class="tgme_widget_message_owner_name"[^<>]{0,300}>(.{0,500}?)</a>', re.DOTALL)
_FROM = re.compile(r'<a class="tgme_widget_message_forwarded_from_name"[^<>]{0,300}\bhref="([^"<>]{1,500})"')
_PREVIEW = re.compile(r'<a class="tgme_widget_message_link_preview"[^<>]{0,300}\bhref="([^"<>]{1,2000})"')
_REPLY = re.compile(r'<a class="tgme_widget_message_reply[^"<>]{0,100}"[^<>]{0,300}\bhref="([^"<>]{1,500})"')
#: The name of a file that is sent.
_FILE = re.compile(
    r'<div class="tgme_widget_message_document_title[^"<>]{0,100}"[^<>]{0,200}>(.{0,500}?)</div>', re.DOTALL
)
_POLL = re.compile(r'<div class="tgme_widget_message_poll_question">(.{0,1000}?)</div>', re.DOTALL)
_OPTION = re.compile(r'<div class="tgme_widget_message_poll_option_text">(.{0,500}?)</div>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Telegram:
    """Messages of public Telegram channels, from their pages on the web (t.me/s/CHANNEL); matched here.

    The channels are named by the user: there is no search of all channels without an account. Every new message is
    read back to the last scan. Channels that restrict their contents, and groups, have no such page.
    """

    type: ClassVar[str] = "telegram"
    platform: ClassVar[str] = "telegram"
    #: None are published.
    limits: ClassVar[Limits] = Limits(min_interval=3.0, concurrency=1, pages=10, every=1800.0)
    account: ClassVar[str] = "none"
    limitations: ClassVar[str] = (
        "groups, comments under messages, channels not named, the words of link previews and of quoted messages"
    )

    channels: tuple[str, ...] = field(metadata={"help": "Names of public channels, as in t.me/acmenews."})
    base_url: str = option(_SITE, "Address of the service.")

    def __post_init__(self) -> None:
        wrong = [name for name in self.channels if not _CHANNEL.fullmatch(name.lstrip("@"))]
        if wrong or not self.channels:
            shown = f"{error_text(wrong[0], 40)!r} is not a channel; " if wrong else ""
            raise UserError(f'channels: {shown}write names as in t.me/acmenews: ["acmenews"]')
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        for channel in {name.lstrip("@").lower(): name.lstrip("@") for name in self.channels}.values():
            question = f"channel:{channel.lower()}"
            mark = parse_number_checkpoint(checkpoints.get(question))
            yield Request(
                query_key=question,
                url=f"{self.base_url}/s/{channel}",
                accept="text/html",
                robots=True,
                since=None if mark is None else str(mark),
            )

    def parse(self, response: Response) -> Page:
        channel = response.request.query_key.partition(":")[2]
        page = response.body.decode("utf-8", "replace")
        found = _messages(page, channel)
        # The page of a channel may have no message on it.
        if not found and not ("tgme_channel_history" in page and "tgme_channel_info" in page):
            # A channel without a page of messages leads to its card, which has none.
            why = "check the name"
            if _CARD.search(page):
                why = "its preview is switched off, or it is a group or a person"
            raise UnexpectedResponse(
                f"{channel} is not a public channel that shows its messages on the web: {why}", status=response.status
            )
        cut = page.rfind("</html>", max(len(page) - _TAIL, 0)) < 0
        mark = parse_number_checkpoint(response.request.since)
        begin = 0 if mark is None or mark.begin is None else int(mark.begin)
        items = tuple(
            item
            for number, name, block in found
            if number >= begin and (item := _item(number, name, block, response)) is not None
        )
        numbers = [number for number, _, _ in found]
        if mark is None:
            first = Checkpoint(str(max(numbers, default=0)), str(min(numbers)) if len(numbers) >= _PER_PAGE else None)
            return Page(items, checkpoint=str(first), incomplete=cut)
        newest = max((*numbers, int(mark.newest)))
        here = Page(items, checkpoint=str(Checkpoint(str(newest), mark.begin)), incomplete=cut)
        if not numbers or min(numbers) <= max(int(mark.newest) - _BEHIND, begin, 1):
            return here
        request, oldest = response.request, min(numbers)
        asked = int(str(dict(request.params).get("before", newest + 1)))
        if oldest >= asked:
            return replace(here, truncated=True)  # this server takes no notice of it
        return replace(here, next=replace(request, params=(("before", str(oldest)),), page=request.page + 1))


def _messages(page: str, channel: str) -> list[tuple[int, str, str]]:
    """Number, channel and markup of each message, each from its mark to the next one's; of a notice there is none."""
    marks = list(islice(_POST.finditer(page), _MOST + 1))
    blocks = []
    for mark, following in zip(marks[:_MOST], [*marks[1:], None], strict=False):
        end = len(page) if following is None else following.start()
        tag = page[max(page.rfind("<", max(mark.start() - _TAIL, 0), mark.start()), 0) : mark.end() + _TAIL]
        notice = _NOTICE.search(tag.partition(">")[0])
        blocks.append((int(mark[2]), mark[1], "" if notice else page[mark.end() : min(end, mark.end() + _LONGEST)]))
    return [block for block in blocks if block[1].lower() == channel]


def _item(number: int, channel: str, block: str, response: Response) -> Item | None:
    if not block:
        return None
    url = f"{_SITE}/{channel}/{number}"
    poll = (
        [found[1] for found in (_POLL.search(block),) if found]
        + _OPTION.findall(block)[:12]
        + _FILE.findall(block)[:10]
    )
    markup = "".join(f"<p>{part}</p>" for part in (_text(block), *poll) if part)
    said = plain_from_html(markup, f"{_SITE}/s/{channel}")
    time = next((at for found in _TIME.finditer(block) if (at := from_iso(found[1], response))), None)
    if time is None and not said.text:
        return None
    owner = _OWNER.search(block)
    forwarded, preview, reply = (
        safe_url(unescape(found[1]), _SITE) if (found := pattern.search(block)) else None
        for pattern in (_FROM, _PREVIEW, _REPLY)
    )
    return Item(
        platform=Telegram.platform,
        kind="post",
        external_id=f"{channel.lower()}/{number}",
        url=url,
        text=said.text,
        author=Author(
            name=(one_line(plain_from_html(owner[1]).text, 200) if owner else "") or channel,
            handle=channel,
            url=f"{_SITE}/{channel}",
        ),
        published_at=time,
        # A hashtag is a link that asks the channel for it.
        links=links_of(said, url, after=(preview, forwarded), unless=lambda link: link.startswith(f"{_SITE}/s/")),
        parent_url=reply if reply != url else None,
        engagement=Engagement(views=_views(block)),
    )


def _text(block: str) -> str:
    """The markup of the message's own text: up to the end of its element, with those that lie in it."""
    start = _TEXT.search(block)
    if start is None:
        return ""
    depth = 1
    for tag in _DIV.finditer(block, start.end()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return block[start.end() : tag.start()]
    return block[start.end() :]


def _views(block: str) -> int | None:
    """``1.2K`` as 1,200: more is not told."""
    found = _VIEWS.search(block)
    if found is None:
        return None
    try:
        return round(float(found[1].replace(",", "")) * {"": 1, "K": 1_000, "M": 1_000_000}[found[2]])
    except ValueError:
        return None
