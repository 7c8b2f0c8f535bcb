"""A status as Mastodon's client API shows it, and as every server shows it that speaks this API."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

from mentionwatch.model import Author, Engagement, Item
from mentionwatch.sources.toolkit.feed_dates import parse_date
from mentionwatch.sources.toolkit.items import language_of, links_of
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.sources.toolkit.snowflake_ids import is_status_id
from mentionwatch.text import one_line, plain_from_html
from mentionwatch.urls import safe_url

PLATFORM = "mastodon"
#: ``/@jo/114``, ``/@jo@far.example/114``, ``/users/jo/statuses/114``; Akkoma has ``/notice/Ab``, Misskey ``/notes/9x``.
_STATUS = re.compile(r"/(?:(?:@[^/]+|(?:ap/)?users/[^/]+)/(?:statuses/)?|notice/|notes/)([^/]+)")
#: What only the account that asks, or those it is addressed to, can see is not on the web.
_NOT_PUBLIC = frozenset({"private", "direct"})


def read_status(status: JsonObject, host: str, server: str, at: datetime) -> Item | None:
    """The post, for a boost the one that was boosted; ``None`` for what is not public or has no address at all.

    ``server`` is the address of the server that gave it, ``host`` its host; ``at`` is when it came.
    """
    status = status.object("reblog") or status
    if status.text("visibility") in _NOT_PUBLIC:
        return None
    uri = status.identifier("uri")
    url = safe_url(status.text("url")) or safe_url(uri)
    if uri is None and url is None:
        return None
    account = status.object("account")
    said = plain_from_html(status.text("content"), server)
    tags = tuple(name for tag in status.objects("tags") if (name := one_line(tag.text("name"), 200).lstrip("#")))
    mentions = status.objects("mentions")
    quote_ = status.object("quote")
    quoted = quote_.object("quoted_status") or quote_  # Mastodon 4.4 wraps it with its state, others do not
    other = safe_url(uri)
    return Item(
        platform=PLATFORM,
        kind="post",
        external_id=uri or url,
        url=url,
        text=_text(status, said.text),
        language=language_of(status.text("language")),
        author=Author(
            name=one_line(account.text("display_name")) or one_line(account.text("username")) or None,
            handle=_handle(account, host),
            url=safe_url(account.text("url")),
            followers=account.count("followers_count"),
        ),
        published_at=parse_date(status.text("created_at"), at),
        links=links_of(
            said,
            url,
            after=(status.object("card").text("url"), quoted.text("url") or quoted.text("uri")),
            unless=_is_tag_or_mention(status.objects("tags"), mentions),
        ),
        tags=tags,
        handles=tuple(f"@{handle}" for mention in mentions if (handle := _handle(mention, host))),
        parent_url=_parent(status, server),
        same_as=tuple(dict.fromkeys(one for one in (other, _here(status, server)) if one and one != url)),
        engagement=Engagement(
            likes=status.count("favourites_count"),
            reposts=status.count("reblogs_count"),
            replies=status.count("replies_count"),
        ),
    )


def _here(status: JsonObject, server: str) -> str | None:
    """Where this server shows a post, of another server too: under the number by which it can be asked for again."""
    acct, number = status.object("account").identifier("acct"), status.identifier("id")
    if acct is None or number is None or not is_status_id(number):
        return None
    return safe_url(f"{server}/@{quote(acct, safe='@')}/{number}")


def _parent(status: JsonObject, server: str) -> str | None:
    """Where this server shows what the post answers, whose author it mentions or who is its own.

    Only where the form of such an address is known: Mastodon's, whose numbers are digits, and GoToSocial's.
    """
    number, who = status.identifier("in_reply_to_id"), status.identifier("in_reply_to_account_id")
    people = (status.object("account"), *status.objects("mentions"))
    acct = next((one.identifier("acct") for one in people if who is not None and one.identifier("id") == who), None)
    if number is None or acct is None or not is_status_id(number):
        return None
    if number.isdigit():
        return safe_url(f"{server}/@{quote(acct, safe='@')}/{number}")
    if status.text("url").endswith(f"/statuses/{status.identifier('id')}") and "@" not in acct:
        return safe_url(f"{server}/@{quote(acct)}/statuses/{number}")
    return None


def number_on(server: str, address: str | None) -> str | None:
    """The id that ends an address of a post on this server; ``None`` for another server's, or one that holds none."""
    if address is None or not address.startswith(f"{server}/"):
        return None
    found = _STATUS.fullmatch(urlsplit(address).path)
    return found[1] if found is not None and is_status_id(found[1]) else None


def _text(status: JsonObject, content: str) -> str:
    """The content warning, what was written, the answers of a poll, what pictures are said to show."""
    poll = (one_line(option.text("title")) for option in status.object("poll").objects("options"))
    pictures = (plain_from_html(media.text("description")).text for media in status.objects("media_attachments"))
    warning = plain_from_html(status.text("spoiler_text")).text
    return "\n\n".join(part for part in (warning, content, "\n".join(filter(None, poll)), *pictures) if part)


def _handle(account: JsonObject, host: str) -> str | None:
    """``user@host``: an ``acct`` of the server's own has no host."""
    acct = one_line(account.text("acct") or account.text("username"), 500)
    return None if not acct else acct if "@" in acct else f"{acct}@{host}"


def _is_tag_or_mention(tags: tuple[JsonObject, ...], mentions: tuple[JsonObject, ...]) -> Callable[[str], bool]:
    """Whether a link of the markup is a hashtag or a handle: those are given apart, and are on every server another."""
    known = {thing.text("url").rstrip("/") for thing in (*tags, *mentions)} - {""}
    names = {tag.text("name").casefold() for tag in tags}
    users = {mention.text("username").casefold() for mention in mentions}

    def is_one(url: str) -> bool:
        plain = url.rstrip("/")
        place, _, last = plain.replace("?t=", "/tags/").rpartition("/")
        last = last.casefold()
        return (
            plain in known
            or (last in names and place.endswith(("/tag", "/tags", "/hashtag")))
            or (last.startswith("@") and last[1:] in users)
        )

    return is_one
