"""A Bluesky post as the network's services show it, and as it was written: ``app.bsky.feed.post``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from mentionwatch.model import Author, Engagement, Item
from mentionwatch.sources.toolkit.feed_dates import parse_date
from mentionwatch.sources.toolkit.items import links_of
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.text import PlainText, clean, one_line
from mentionwatch.urls import host_of, safe_url

PLATFORM = "bluesky"
#: The name (NSID) under which an account keeps its posts.
COLLECTION = "app.bsky.feed.post"
_SITE = "https://bsky.app"
#: A record key (atproto.com/specs/record-key).
_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")


#: How far a writer's date may lie before the network's: clients work offline, or take local time for UTC.
_LATE = timedelta(days=1)


def _written(post: JsonObject, at: datetime) -> datetime | None:
    """When it was written, by the writer's clock where that does not say later than the server saw it."""
    said = parse_date(post.object("record").text("createdAt"), at)
    seen = parse_date(post.text("indexedAt"), at)
    return said if said is not None and (seen is None or said <= seen) else seen


def sorted_at(post: JsonObject, at: datetime) -> int | None:
    """The second by which the search orders posts: the earlier of both times (lexicon, ``sortAt``)."""
    written = _written(post, at)
    return None if written is None else int(written.timestamp())


def _published(post: JsonObject, at: datetime) -> datetime | None:
    """When it was written; the network's time if the writer's date is more than a day earlier, as Bluesky shows it.

    Clients set ``createdAt`` freely; a wrong clock must not make the judge treat an emergency as an old post.
    """
    written, seen = _written(post, at), parse_date(post.text("indexedAt"), at)
    return seen if written is not None and seen is not None and seen - written > _LATE else written


def read_post(post: JsonObject, at: datetime) -> Item | None:
    """The post, or ``None`` for anything that has no address of one; ``at`` is when it came.

    ``post`` is shaped as ``app.bsky.feed.defs#postView``. Of it only ``uri``,
    ``author.did`` and ``record`` must be there.
    """
    uri = post.identifier("uri")
    by_id = permalink(uri)
    if uri is None or by_id is None:
        return None
    record, author = post.object("record"), post.object("author")
    handle = author.identifier("handle")
    handle = handle if handle and handle != "handle.invalid" and host_of(f"https://{handle}") else None
    url = permalink(uri, handle) or by_id
    text = record.text("text")
    said = PlainText(clean(text).strip(), tuple(_links(record)))
    embeds = _embeds(post)
    return Item(
        platform=PLATFORM,
        kind="post",
        external_id=uri,
        url=url,
        text="\n\n".join(part for part in (said.text, *_descriptions(embeds)) if part),
        language=next((code for code in record.texts("langs") if _is_language(code)), None),
        author=Author(
            name=one_line(author.text("displayName")) or handle,
            handle=handle or author.identifier("did"),
            url=safe_url(f"{_SITE}/profile/{handle or author.identifier('did')}"),
        ),
        published_at=_published(post, at),
        links=links_of(said, url, after=_embedded(embeds)),
        tags=tuple(dict.fromkeys(_tags(record))),
        handles=tuple(dict.fromkeys(_handles(record, text))),
        parent_url=permalink(record.object("reply").object("parent").identifier("uri")),
        same_as=(by_id,) if by_id != url else (),
        engagement=Engagement(
            likes=post.count("likeCount"), reposts=post.count("repostCount"), replies=post.count("replyCount")
        ),
    )


def permalink(uri: str | None, handle: str | None = None) -> str | None:
    """Where people read ``at://did/app.bsky.feed.post/key``; ``None`` for anything that is no post."""
    parts = (uri or "").removeprefix("at://").split("/")
    if (
        not (uri or "").startswith("at://did:")
        or len(parts) != 3
        or parts[1] != COLLECTION
        or not _KEY.fullmatch(parts[2])
    ):
        return None
    return safe_url(f"{_SITE}/profile/{handle or parts[0]}/post/{parts[2]}")


def _features(record: JsonObject, kind: str) -> Iterator[tuple[JsonObject, JsonObject]]:
    """Every facet feature of a kind (``link``, ``tag``, ``mention``), with the place in the text it is said of."""
    for facet in record.objects("facets"):
        for feature in facet.objects("features"):
            if feature.text("$type") == f"app.bsky.richtext.facet#{kind}":
                yield feature, facet.object("index")


def _links(record: JsonObject) -> Iterator[str]:
    """Addresses behind the text, which shows them cut short."""
    return (feature.text("uri") for feature, _ in _features(record, "link"))


def _tags(record: JsonObject) -> Iterator[str]:
    """Hashtags in the text and those outside of it."""
    for tag in (*(feature.text("tag") for feature, _ in _features(record, "tag")), *record.texts("tags")):
        name = one_line(tag, 640).lstrip("#＃")
        if name:
            yield name


def _handles(record: JsonObject, text: str) -> Iterator[str]:
    """Handles as they are written; places in a text are counted in bytes of UTF-8."""
    raw = text.encode("utf-8", "replace")
    for _, index in _features(record, "mention"):
        start, end = index.count("byteStart"), index.count("byteEnd")
        if start is None or end is None or not start < end <= len(raw):
            continue
        name = one_line(raw[start:end].decode("utf-8", "replace"), 260).lstrip("@＠")
        if name and " " not in name:
            yield f"@{name}"


def _embeds(post: JsonObject) -> tuple[JsonObject, ...]:
    """What is attached, as the server shows it and as it was written, media beside a quoted post included."""
    shown, written = post.object("embed"), post.object("record").object("embed")
    return (shown, shown.object("media"), written, written.object("media"))


def _embedded(embeds: tuple[JsonObject, ...]) -> Iterator[str | None]:
    """The page of a link card and the post that is quoted."""
    for embed in embeds:
        yield embed.object("external").text("uri")
    for embed in embeds:
        quoted = embed.object("record")
        # By the account's id: the same quote is shown with its handle and written without.
        yield permalink(quoted.identifier("uri") or quoted.object("record").identifier("uri"))


def _descriptions(embeds: tuple[JsonObject, ...]) -> tuple[str, ...]:
    """What pictures and films are said to show."""
    found: dict[str, None] = {}
    for embed in embeds:
        for picture in (*embed.objects("images"), embed):
            text = clean(picture.text("alt")).strip()
            if text:
                found.setdefault(text)
    return tuple(found)


def _is_language(code: str) -> bool:
    return 2 <= len(code) <= 35 and code.isascii() and code.replace("-", "").isalnum()
