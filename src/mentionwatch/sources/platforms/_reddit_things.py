"""Things of Reddit, posts and comments: of its API and of its feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote, urlsplit

from mentionwatch.messages import Response
from mentionwatch.model import Author, Engagement, Item
from mentionwatch.sources.toolkit.api_dates import from_unix
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject
from mentionwatch.sources.toolkit.recheck import MAX_REPLIES
from mentionwatch.text import PlainText, one_line, plain_from_html
from mentionwatch.urls import host_of, safe_url

PLATFORM = "reddit"
SITE = "https://www.reddit.com"
#: Where a post or a comment is read.
COMMENTS = re.compile(r"/comments/([0-9a-z]{1,13})(?:/[^/]*(?:/([0-9a-z]{1,13}))?)?/?$")
_FULLNAME = re.compile(r"t([13])_([0-9a-z]{1,13})")
_NOBODY = frozenset({"", "[deleted]", "[removed]"})


def read_thing(child: JsonObject, response: Response) -> Item | None:
    thing = child.object("data")
    found = _FULLNAME.fullmatch(thing.identifier("name") or f"{child.text('kind')}_{thing.identifier('id')}")
    if found is None or thing.flag("promoted"):  # an advertisement among the results
        return None
    comment = found[1] == "1"
    url, parent = _addresses(thing, found[2], comment)
    raw = "body" if comment else "selftext"
    # Markdown where the server gives no HTML of it.
    html = thing.text(f"{raw}_html")
    said = plain_from_html(html, SITE) if html else plain_text(thing.text(raw))
    if thing.text(raw).strip() in _NOBODY:
        said = PlainText("")
    if not was_removed(thing):
        said = replace(said, text="\n\n".join((*filter(None, (said.text,)), *_beside(thing))))
    name = thing.identifier("author")
    # The page a post submits; for a crosspost the post it repeats.
    submitted = () if comment or thing.flag("is_self") else (safe_url(thing.text("url"), SITE),)
    hidden = thing.flag("score_hidden") or thing.flag("hide_score")
    return Item(
        platform=PLATFORM,
        kind="comment" if comment else "post",
        external_id=f"t{found[1]}_{found[2]}",
        url=url,
        title=None if comment else one_line(thing.text("title")) or None,
        text=said.text,
        author=_author(name),
        published_at=from_unix(_seconds(thing), response),
        links=links_of(said, url, before=submitted),
        parent_url=parent,
        engagement=Engagement(
            score=None if hidden else thing.integer("score"), replies=None if comment else thing.count("num_comments")
        ),
    )


def _beside(thing: JsonObject) -> Iterator[str]:
    """The answers of a poll, and what is written under the pictures of a gallery."""
    for option in thing.object("poll_data").objects("options")[:20]:
        yield from filter(None, (one_line(option.text("text"), 500),))
    for picture in thing.object("gallery_data").objects("items")[:20]:
        yield from filter(None, (one_line(picture.text("caption"), 500),))


def fullname(item: Item) -> str | None:
    """``t3_…`` of a post, ``t1_…`` of a comment, from its id or from where it is read."""
    if _FULLNAME.fullmatch(item.external_id or ""):
        return item.external_id
    found = COMMENTS.search(item.url or "")
    return None if found is None else f"t1_{found[2]}" if found[2] else f"t3_{found[1]}"


def was_removed(thing: JsonObject) -> bool:
    """Whether its author took it away, or a moderator: then its words are gone, and the thing stays."""
    words = {thing.text("body").strip(), thing.text("selftext").strip()}
    return bool(words & {"[deleted]", "[removed]"}) or thing.text("removed_by_category") != ""


def read_replies(listings: Sequence[JsonObject], thread: Item, response: Response) -> tuple[Item, ...]:
    """The comments of a page of comments, without the thing that was asked for."""
    said: list[Item] = []
    todo = [child for listing in listings for child in listing.object("data").objects("children")]
    while todo and len(said) < MAX_REPLIES:
        child = todo.pop(0)
        todo += child.object("data").object("replies").object("data").objects("children")
        item = read_thing(child, response)
        if item is not None and item.kind == "comment" and item.external_id != fullname(thread) and item.text:
            said.append(item)
    return tuple(said)


def _author(name: str | None) -> Author:
    if name is None or name in _NOBODY:
        return Author()
    plain = one_line(name, 60)
    return Author(name=plain, handle=plain, url=safe_url(f"{SITE}/user/{quote(plain, safe='-_')}"))


def _seconds(thing: JsonObject) -> int | None:
    """``created_utc``; ``created`` is off by the server's time zone."""
    seconds = thing.number("created_utc")
    return None if seconds is None or not 0 <= seconds < 2**40 else int(seconds)


def _addresses(thing: JsonObject, number: str, comment: bool) -> tuple[str | None, str | None]:
    """Where a thing is read, and what it answers; older answers have no permalink for a comment."""
    link = thing.text("permalink") or thing.text("context")
    path = urlsplit(link).path if link.startswith("/") and not link.startswith("//") else ""
    if not comment:
        return safe_url(path or f"/comments/{number}/", SITE), None
    post = _FULLNAME.fullmatch(thing.identifier("link_id") or "")
    parent = _FULLNAME.fullmatch(thing.identifier("parent_id") or "")
    if post is None:
        return safe_url(path, SITE) if path else None, None
    own = safe_url(path or f"/comments/{post[2]}/_/{number}/", SITE)
    if parent is None or parent[1] == "3":
        return own, f"{SITE}/comments/{post[2]}/"
    return own, f"{SITE}/comments/{post[2]}/_/{parent[2]}/"


def read_entry(entry: Item) -> Item | None:
    """An entry of Reddit's feed as the thing it is; ``None`` for subreddits and users among search results."""
    found = _FULLNAME.fullmatch(entry.external_id or "")
    if found is None:
        return None
    comment = found[1] == "1"
    parts = urlsplit(entry.url or "")
    on_site = host_of(entry.url or "") is not None and re.search(r"/comments/([0-9a-z]{1,13})(?:/|$)", parts.path)
    url = safe_url(parts.path, SITE) if on_site else entry.url
    name = (entry.author.handle or entry.author.name or "").removeprefix("/u/").removeprefix("u/")
    return replace(
        entry,
        platform=PLATFORM,
        kind="comment" if comment else "post",
        url=url,
        title=None if comment else entry.title,
        author=_author(name),
        links=tuple(link for link in entry.links if link != url),
        tags=(),  # the subreddit, which is no hashtag
        parent_url=f"{SITE}/comments/{on_site[1]}/" if comment and on_site else None,
    )
