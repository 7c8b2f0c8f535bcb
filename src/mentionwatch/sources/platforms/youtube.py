"""YouTube: videos that hold a term, and the comments under named videos and channels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, ServerError, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import advance_checkpoint, parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.items import language_of, links_of, plain_text, require_any
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_error, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.recheck import by_position, id_batches
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import one_line, plain_from_html, unescape
from mentionwatch.times import unix_stamp
from mentionwatch.urls import safe_url

_SITE = "https://www.youtube.com"
#: The most that videos.list takes, and search.list gives, at once; commentThreads.list gives 100.
_PER_PAGE, _COMMENTS = 50, 100
#: Seconds asked again before the checkpoint: search by date is known to leave out and to bring later.
_OVERLAP = 86_400
_COMMENT_OVERLAP = 3_600
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ADDRESS = re.compile(r"(?:[?&]v=|youtu\.be/|/shorts/|/live/|/channel/)([A-Za-z0-9_-]{1,64})")
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_OFTEN = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_KEY = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID"})
_NOT_FOUND = frozenset({"videoNotFound", "channelNotFound"})


@dataclass(frozen=True, slots=True)
class YouTube:
    """YouTube videos that hold a name, hashtag or domain, and comments under the videos and channels named.

    YouTube allows a key 100 searches a day, one a term and page, so each term is asked as often as that lasts; handles
    are not asked for. What a search finds is looked up once more for its whole description and its counts, which costs
    nothing of that. Comments come from a quota of their own: with search = false only they are asked for. A channel's
    own videos are read best by a feed of https://www.youtube.com/feeds/videos.xml?channel_id=….
    """

    type: ClassVar[str] = "youtube"
    platform: ClassVar[str] = "youtube"
    #: 100 calls of search.list a day, begun anew at midnight Pacific Time; all other calls share 10,000 units
    #: (developers.google.com/youtube/v3/determine_quota_cost).
    limits: ClassVar[Limits] = Limits(
        min_interval=0.5, concurrency=1, pages=6, every=7200.0, per_day=100, day_in="America/Los_Angeles"
    )
    account: ClassVar[str] = "a free API key for the YouTube Data API v3"
    limitations: ClassVar[str] = "what is spoken or shown, comments elsewhere, and late replies under old comments"

    key: Secret = field(metadata={"help": "API key of a project in which the YouTube Data API v3 is enabled."})
    search: bool = option(True, "Search for videos; with false only comments are read.")
    videos: tuple[str, ...] = option((), "Videos whose comments are read: id or address.")
    channels: tuple[str, ...] = option((), "Channels (UC…) under all of whose videos the comments are read.")
    base_url: str = option("https://www.googleapis.com", "Address of the API, if not the public one.")

    def __post_init__(self) -> None:
        checks: list[tuple[object, str]] = []
        for name in ("videos", "channels"):
            ids = {text: _id_in(text) for text in getattr(self, name)}
            checks += [(i, f"{name}: {one_line(text, 60)!r} is not a YouTube id or address") for text, i in ids.items()]
            object.__setattr__(self, name, tuple(found for found in ids.values() if found))
        asked = self.search or self.videos or self.channels
        nothing = "search: nothing is asked with search = false and no videos or channels"
        require_options(*checks, (asked, nothing))
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        # Comments first: they do not hang on the searches that are left.
        for name, kind in (("videoId", self.videos), ("allThreadsRelatedToChannelId", self.channels)):
            for number in dict.fromkeys(kind):
                about = "video" if name == "videoId" else "channel"
                asked = (("part", "snippet,replies"), (name, number), ("order", "time"), ("maxResults", str(_COMMENTS)))
                yield self._request(f"comments:{about}:{number}", "commentThreads", asked, checkpoints)
        for known, text in _texts(brands).items() if self.search else ():
            since = parse_time_checkpoint(checkpoints.get(f"text:{known}"))
            after = (("publishedAfter", unix_stamp(since.resume_from(_OVERLAP))),) if since else ()
            yield self._request(f"text:{known}", "search", (*_search(text), *after), checkpoints)

    def parse(self, response: Response) -> Page:
        answer = read_object(response)
        if not isinstance(answer.fields.get("items"), list) or not answer.text("kind").endswith("ListResponse"):
            raise UnexpectedResponse("the response is not a YouTube list", status=response.status)
        if response.request.query_key.startswith("comments:"):
            return self._comments_page(answer, response)
        return self._videos_page(answer, response)

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        for what, kind in (("videos", "video"), ("comments", "comment")):
            parts = "snippet,statistics" if kind == "video" else "snippet"
            for ids, asked in id_batches(((_number_of(item, kind), item) for item in items), _PER_PAGE):
                yield RecheckRequest(
                    self._lookup(f"again:{ids[0]}", what, (("part", parts), ("id", ",".join(ids)))), asked
                )
        for item in threads:
            if (number := _number_of(item, "comment")) is not None:
                under = (("part", "snippet"), ("parentId", number), ("maxResults", str(_COMMENTS)))
                yield RecheckRequest(self._lookup(f"thread:{number}", "comments", under), thread=item)

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        answer = read_object(response)
        if not isinstance(answer.fields.get("items"), list):
            raise UnexpectedResponse("the response is not a YouTube list", status=response.status)
        read: list[Item] = []
        video = _number_of(recheck.thread, "video") if recheck.thread is not None else None
        for one in answer.objects("items"):
            if response.request.url.endswith("/videos"):
                number = _video_id(one)
                read += [_video(number, one, response)] if number is not None else []
            elif (item := _comment(one, video, None, response)) is not None:
                read.append(item)
        if recheck.thread is not None:
            return RecheckedItems(more=tuple(replace(item, parent_url=recheck.thread.url) for item in read))
        ids = [_number_of(item, "video") or _number_of(item, "comment") for item in recheck.items]
        # Looked up by its id a comment does not say of which video it is.
        came = {item.external_id or "": item for item in read}
        return RecheckedItems(by_position(ids, came))

    def _lookup(self, question: str, what: str, asked: tuple[tuple[str, str], ...]) -> Request:
        return json_request(question, f"{self.base_url}/youtube/v3/{what}", (*asked, ("key", self.key)), metered=False)

    def explain(self, response: Response) -> SourceError | Page | None:
        """YouTube's reason: most of what can be wrong comes with status 403."""
        error = (read_error(response) or JsonObject()).object("error")
        reasons = {one_line(one.text("reason"), 60) for one in (*error.objects("errors"), *error.objects("details"))}
        status, asked = response.status, response.request.query_key.rpartition(":")[2]
        if reasons & _QUOTA:
            until = self.limits.next_day(response.received_at)
            return RateLimited(f"YouTube's daily quota is used up; next request after {until:%H:%M} UTC",
                                until=until, status=status)  # fmt: skip
        if reasons & _OFTEN:
            return RateLimited("YouTube has rate-limited us", status=status)
        if reasons & _KEY or "API key" in error.text("message"):
            return AuthFailed("YouTube rejected the key: make one at console.cloud.google.com", status=status)
        if "accessNotConfigured" in reasons or "SERVICE_DISABLED" in reasons:
            return Forbidden("the key's project has no YouTube Data API v3: enable it there", status=status)
        if reasons & _NOT_FOUND:
            return UnexpectedResponse(f"YouTube has no video or channel {asked!r}", status=status)
        if "commentsDisabled" in reasons:
            since = parse_time_checkpoint(response.request.since)
            mark = advance_checkpoint((), since, response, has_older=False)
            return Page((), checkpoint=str(mark), note=f"comments are switched off under {asked}")
        if "processingFailure" in reasons:
            return ServerError("YouTube could not process this; will retry", status=status)
        if status == 403:
            return Forbidden("YouTube does not allow this for the key: is it limited to other addresses or services?",
                             status=status)  # fmt: skip
        return None

    def _request(
        self, question: str, what: str, asked: tuple[tuple[str, str], ...], checkpoints: Mapping[str, str]
    ) -> Request:
        since = parse_time_checkpoint(checkpoints.get(question))
        return json_request(
            question,
            f"{self.base_url}/youtube/v3/{what}",
            (*asked, ("key", self.key)),
            since=since,
            metered=what == "search",
        )

    def _videos_page(self, answer: JsonObject, response: Response) -> Page:
        """A page of search results, or what was looked up of one; ``page_state`` is where the search goes on then."""
        request = response.request
        since = parse_time_checkpoint(request.since)
        results = answer.objects("items")
        videos = [(number, result) for result in results if (number := _video_id(result)) is not None]
        require_any(videos, results, response, "a video")
        read = [_video(number, result, response) for number, result in videos]
        times = timestamps(read)
        token = answer.identifier("nextPageToken")
        checkpoint = str(advance_checkpoint(times, since, response, has_older=token is not None))
        if since is None:
            return Page(tuple(read), checkpoint=checkpoint)
        if request.url.endswith("/videos"):
            return Page(
                since.news(read),
                checkpoint=checkpoint,
                backlog=since.older(read),
                next=None if not request.page_state else self._search_on(request, request.page_state),
            )
        if not videos:
            return Page((), checkpoint=checkpoint)
        # Pages may be short before the last, and what comes late lie on any; but each costs one of the day's searches.
        going_on = token is not None and len(results) >= _PER_PAGE // 2
        further = token if going_on and times and min(times) > since.resume_from(0) else None
        stuck = further is not None and further == dict(request.params).get("pageToken")
        lookup = (("part", "snippet,statistics"), ("id", ",".join(number for number, _ in videos)), ("key", self.key))
        return Page(
            (),
            checkpoint=checkpoint,
            truncated=stuck,
            next=replace(
                request,
                url=f"{self.base_url}/youtube/v3/videos",
                params=lookup,
                page=request.page + 1,
                # What the search asked, to ask it on; the token alone would lose the question.
                page_state=None if further is None or stuck else _search_of(request, further),
                metered=False,
            ),
        )

    def _search_on(self, request: Request, carry: str) -> Request:
        """The search's next page, after its last was looked up."""
        token, after, text = carry.split("\n", 2)
        params: tuple[tuple[str, str | Secret], ...] = (
            *_search(text),
            ("publishedAfter", after),
            ("key", self.key),
            ("pageToken", token),
        )
        url = f"{self.base_url}/youtube/v3/search"
        return replace(request, url=url, params=params, page=request.page + 1, page_state=None, metered=True)

    def _comments_page(self, answer: JsonObject, response: Response) -> Page:
        """Threads from new to old; under each its first replies."""
        threads = answer.objects("items")
        items: list[Item] = []
        times: list[int] = []
        for thread in threads:
            video = thread.object("snippet").identifier("videoId")
            top = thread.object("snippet").object("topLevelComment")
            count = thread.object("snippet").count("totalReplyCount")
            at = from_iso(top.object("snippet").text("publishedAt"), response)
            times += [int(at.timestamp())] if at is not None else []
            for comment in (top, *thread.object("replies").objects("comments")):
                item = _comment(comment, video, count if comment is top else None, response)
                items += [item] if item is not None else []
        require_any(items, threads, response, "a comment")
        request, token = response.request, answer.identifier("nextPageToken")
        stuck = token in (None, dict(request.params).get("pageToken"))
        following = None if stuck else with_params(request, pageToken=str(token))
        return time_ordered_page(
            response, items, full=token is not None, following=following, overlap=_COMMENT_OVERLAP, times=times
        )


def _id_in(text: str) -> str | None:
    """The id that an address of a video or channel holds, or that the text is."""
    found = _ADDRESS.search(text)
    if found is not None:
        return found[1]
    return text.strip() if _ID.fullmatch(text.strip()) else None


def _texts(brands: Iterable[Brand]) -> dict[str, str]:
    """What is searched for, by its name in questions; a phrase in quotation marks is not taken strictly."""
    brands = tuple(brands)
    texts = {search_terms.key(name): f'"{name}"' for name in search_terms.names(brands)}
    for tag in search_terms.hashtags(brands):
        texts.setdefault(f"#{search_terms.key(tag)}", f"#{tag}")
    for host in search_terms.hosts(brands):
        texts.setdefault(search_terms.key(host), f'"{host}"')
    return texts


def _search(text: str) -> tuple[tuple[str, str], ...]:
    return (("part", "snippet"), ("q", text), ("type", "video"), ("order", "date"), ("maxResults", str(_PER_PAGE)))


def _search_of(request: Request, token: str) -> str:
    asked = dict(request.params)
    return f"{token}\n{asked.get('publishedAfter', '')}\n{asked.get('q', '')}"


# --- what came --------------------------------------------------------------------------------------------------------


def _video_id(result: JsonObject) -> str | None:
    """The id of a video, which a search result wraps; ``None`` for channels and playlists."""
    number = result.object("id").identifier("videoId") or result.identifier("id")
    return number if number is not None and _ID.fullmatch(number) and "channel" not in result.text("kind") else None


def _video(number: str, result: JsonObject, response: Response) -> Item:
    snippet, counts = result.object("snippet"), result.object("statistics")
    url = f"{_SITE}/watch?v={number}"
    said = plain_text(snippet.text("description"))
    # A search escapes titles, a list of videos does not: there "&amp;" is what the title says.
    found = "searchResult" in result.text("kind")
    title = unescape(snippet.text("title")) if found else snippet.text("title")
    channel = snippet.identifier("channelId")
    name = unescape(snippet.text("channelTitle")) if found else snippet.text("channelTitle")
    return Item(
        platform=YouTube.platform,
        kind="video",
        external_id=number,
        url=url,
        title=one_line(title) or None,
        text=said.text,
        language=language_of(snippet.text("defaultAudioLanguage") or snippet.text("defaultLanguage")),
        author=Author(name=one_line(name, 200) or None, url=_channel(channel)),
        published_at=from_iso(snippet.text("publishedAt"), response),
        links=links_of(said, url),
        engagement=Engagement(
            likes=_count(counts, "likeCount"), replies=_count(counts, "commentCount"), views=_count(counts, "viewCount")
        ),
    )


def _comment(comment: JsonObject, video: str | None, replies: int | None, response: Response) -> Item | None:
    number, snippet = comment.identifier("id"), comment.object("snippet")
    if number is None or not re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", number):
        return None
    video = snippet.identifier("videoId") or video
    video = video if video is not None and _ID.fullmatch(video) else None
    url = f"{_SITE}/watch?v={video}&lc={number}" if video else None
    above = snippet.identifier("parentId")
    above = above if above is not None and re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", above) else None
    parent = f"{_SITE}/watch?v={video}" + (f"&lc={above}" if above else "") if video else None
    said = plain_from_html(snippet.text("textDisplay"), _SITE)
    if not said.text:
        said = plain_text(snippet.text("textOriginal"))
    name = one_line(snippet.text("authorDisplayName"), 200) or None
    return Item(
        platform=YouTube.platform,
        kind="comment",
        external_id=number,
        url=url,
        text=said.text,
        author=Author(
            name=name,
            handle=name.lstrip("@") or None if name and name.startswith("@") else None,
            url=_channel(snippet.object("authorChannelId").identifier("value"))
            or safe_url(snippet.text("authorChannelUrl")),
        ),
        published_at=from_iso(snippet.text("publishedAt"), response),
        links=links_of(said, url, unless=lambda link: video is not None and f"v={video}" in link),
        parent_url=parent,
        engagement=Engagement(likes=snippet.count("likeCount"), replies=replies),
    )


def _number_of(item: Item, kind: str) -> str | None:
    """The id of a video or of a comment, from the item's address."""
    found = _ADDRESS.search(item.url or "")
    comment = re.search(r"[?&]lc=([A-Za-z0-9_.-]{1,200})", item.url or "")
    if kind == "comment":
        return comment[1] if comment else None
    return found[1] if found and not comment else None


def _channel(number: str | None) -> str | None:
    return f"{_SITE}/channel/{number}" if number is not None and _ID.fullmatch(number) else None


def _count(counts: JsonObject, name: str) -> int | None:
    """Counts come as text; one that the channel hides is missing."""
    text = counts.identifier(name)
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 18 else None
