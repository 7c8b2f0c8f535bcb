"""Reopens settled mentions whose author writes again, or to which our answer is no longer there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from mentionwatch.model import LogEntry
from mentionwatch.response.triage import standing
from mentionwatch.store import Store
from mentionwatch.store.threads import Post, StoredReply
from mentionwatch.times import minute
from mentionwatch.urls import canonical_url

#: The name in the log under which this is done.
BY = "mentionwatch"
#: A mention that was answered longer ago is not reopened.
_LOOKS_BACK = timedelta(days=90)
#: How far up a thread is followed, from a new post to what it is about.
_DEPTH = 30

Logs = Mapping[str, tuple[LogEntry, ...]]


def track_replies(store: Store, now: datetime) -> tuple[str, ...]:
    """Reopen mentions that were replied to or resolved and need attention again, in one transaction; gives their ids.

    An ignored mention stays ignored: that it gets no answer was decided. What a person undid is not done again for the
    same reason.
    """
    settled = {
        mention: log
        for mention, log in store.triage.logs().items()
        if standing(log).status in ("replied", "resolved") and log[-1].at >= now - _LOOKS_BACK
    }
    with store.writing():
        again = _wrote_again(store, settled, now)
        for mention, reply in again.items():
            data = {"reason": f"{reply.author} wrote again", "url": reply.url, "because": f"wrote {reply.identity}"}
            store.triage.append(mention, "reopen", data, by=BY, at=now)
        gone = _log_gone(store, {mention: log for mention, log in settled.items() if mention not in again}, now)
    return (*again, *gone)


def _log_gone(store: Store, settled: Logs, now: datetime) -> list[str]:
    """Log, once, each answer of ours that is no longer there; gives the mentions that wait for an answer again."""
    reopened: list[str] = []
    for (mention, url), row in store.rechecks.replies(settled).items():
        log, because = settled[mention], f"gone {url}"
        reply = next((e for e in standing(log).entries if e.action == "reply" and e.data.get("url") == url), None)
        if row.gone_at is None or reply is None or _is_logged(log, because):
            continue
        text = f"our answer of {minute(reply.at)} UTC is no longer there"
        if standing(log).status == "replied":
            store.triage.append(mention, "reopen", {"reason": text, "url": url, "because": because}, by=BY, at=now)
            reopened.append(mention)
        else:
            store.triage.append(mention, "note", {"text": text, "url": url, "because": because}, by=BY, at=now)
    return reopened


def _is_logged(log: Sequence[LogEntry], because: str) -> bool:
    return any(entry.data.get("because") == because for entry in log)


def _wrote_again(store: Store, settled: Logs, now: datetime) -> dict[str, StoredReply]:
    """Each settled mention with the first new post of its author below it, below an answer of ours, or beside it."""
    settled_at = {
        mention: max(entry.at for entry in standing(log).entries if entry.action in ("reply", "resolve"))
        for mention, log in settled.items()
    }
    replies = store.threads.new_replies(min(settled_at.values(), default=None))
    posts = store.threads.posts_of(settled) if replies else {}
    places = _places(settled, posts)
    found: dict[str, StoredReply] = {}
    for reply in replies:
        for mention in _about(store, reply, places):
            post = posts[mention]
            # What was said before we acted, and only found now, is no answer to it.
            late = min(reply.said_at or now, reply.seen_at) < settled_at[mention]
            same = post.platform == reply.platform and _name(post.author) == _name(reply.author) != ""
            known = _is_logged(settled[mention], f"wrote {reply.identity}")
            if mention not in found and same and not late and not known and post.item_id != reply.item_id:
                found[mention] = reply
    return found


def _name(author: str | None) -> str:
    return (author or "").casefold().removeprefix("@")


def _places(settled: Logs, posts: Mapping[str, Post]) -> dict[str, set[str]]:
    """Address → the mentions that a post below it may be about: their own, what they answer, and our answers."""
    places: dict[str, set[str]] = {}
    for mention, post in posts.items():
        answers = (entry.data.get("url") for entry in standing(settled[mention]).entries if entry.action == "reply")
        for url in (*post.addresses, post.parent_url, *answers):
            if isinstance(url, str):
                places.setdefault(canonical_url(url) or url, set()).add(mention)
    return places


def _about(store: Store, reply: StoredReply, places: Mapping[str, set[str]]) -> set[str]:
    """The mentions above a post in its thread."""
    about: set[str] = set()
    above: str | None = reply.parent_url
    seen: set[str] = set()
    for _ in range(_DEPTH):
        if above is None or above in seen:
            break
        seen.add(above)
        about |= places.get(canonical_url(above) or above, set())
        post = store.threads.post_at(canonical_url(above) or above)
        if post is not None:
            for url in post.addresses:
                about |= places.get(canonical_url(url) or url, set())
        above = None if post is None else post.parent_url
    return about
