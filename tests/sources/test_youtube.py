"""YouTube: videos within 100 searches a day, and comments where they were asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.youtube import YouTube
from support.replay import ACME, NOW, answer, params, scan
from support.tables import rows
from support.world import Reply, World

KEY = Secret("AIza-k3y")
SOURCE = YouTube(KEY)
TALKS = YouTube(KEY, search=False, videos=("https://youtu.be/aaaaaaaaaaa?t=7",), channels=("UCcccc",))
DENO = Brand("Deno", terms=(Term("name", "Deno"),))


@dataclass
class Tube:
    """search.list, videos.list and commentThreads.list; what was asked, and of which quota."""

    videos: list[tuple[str, datetime]] = field(default_factory=list)
    comments: list[tuple[str, datetime]] = field(default_factory=list)
    searches: int = 0

    def __call__(self, request: Request) -> Response:
        what, asked = request.url.rpartition("/")[2], params(request)
        assert asked["key"] == "***"
        if what == "search":
            self.searches += 1
            assert request.metered
            assert "statistics" not in asked["part"]
            after = asked.get("publishedAfter", "0")
            found = [v for v in sorted(self.videos, key=lambda v: v[1], reverse=True) if stamp(v[1]) >= after]
            part, more = cut(found, asked)
            return answer(request, page("search", [result(*video) for video in part], more))
        assert not request.metered
        if what == "videos":
            ids = asked["id"].split(",")
            assert len(ids) <= 50
            return answer(request, page("video", [whole(*video) for video in self.videos if video[0] in ids], None))
        part, more = cut(sorted(self.comments, key=lambda c: c[1], reverse=True), asked)
        return answer(request, page("commentThread", [thread(*comment) for comment in part], more))


def cut(found: list[tuple[str, datetime]], asked: dict[str, str]) -> tuple[list[tuple[str, datetime]], str | None]:
    first, size = int(asked.get("pageToken", "P0")[1:]), int(asked["maxResults"])
    return found[first : first + size], f"P{first + size}" if first + size < len(found) else None


def page(kind: str, items: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    return {"kind": f"youtube#{kind}ListResponse", "items": items, **({"nextPageToken": token} if token else {})}


def result(number: str, at: datetime) -> dict[str, Any]:
    snippet = {"publishedAt": stamp(at), "title": "Deno &amp; more", "description": "cut …"}
    return {"kind": "youtube#searchResult", "id": {"videoId": number}, "snippet": snippet}


def whole(number: str, at: datetime) -> dict[str, Any]:
    snippet = {"publishedAt": stamp(at), "title": "Deno & more", "description": "whole https://acme.example/x"}
    return {"kind": "youtube#video", "id": number, "snippet": snippet, "statistics": {"viewCount": "7"}}


def thread(number: str, at: datetime) -> dict[str, Any]:
    snippet = {"textDisplay": "Deno", "publishedAt": stamp(at)}
    return {"id": number, "snippet": {"videoId": "aaaaaaaaaaa", "topLevelComment": {"id": number, "snippet": snippet}}}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def first_of(source: YouTube) -> Request:
    return next(iter(source.requests((DENO,), {}, NOW)))


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_asks_names_hashtags_and_domains() -> None:
    """One search each; the key shows nowhere."""
    asked = {request.query_key: request for request in SOURCE.requests((ACME,), {}, NOW)}

    assert {question: params(request)["q"] for question, request in asked.items()} == {
        "text:acme coffee": '"Acme Coffee"',
        "text:acme": '"ACME"',
        "text:#acmecoffee": "#AcmeCoffee",
        "text:acme.example": '"acme.example"',
    }
    assert {params(request)["order"] for request in asked.values()} == {"date"}
    assert "k3y" not in repr(asked) + repr(SOURCE)


def test_comments_are_asked_where_they_were_named() -> None:
    """By id or address; without a search if that is not wanted."""
    asked = {request.query_key: request for request in TALKS.requests((ACME,), {}, NOW)}

    assert set(asked) == {"comments:video:aaaaaaaaaaa", "comments:channel:UCcccc"}
    assert params(asked["comments:channel:UCcccc"])["allThreadsRelatedToChannelId"] == "UCcccc"
    assert not any(request.metered for request in asked.values())


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"videos": ("a b",)}, "videos"), ({"channels": ("@acme",)}, "channels"), ({"search": False}, "search")],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], problem: str) -> None:
    """The problem starts with the option's name."""
    with pytest.raises(UserError, match=f"^{problem}: "):
        YouTube(KEY, **options)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", [0, 1, 49, 50, 51, 120])
def test_every_video_since_the_last_scan_is_found(new: int) -> None:
    """Search and look-up in turns; each video comes whole, with its counts."""
    tube = Tube([(f"old{n:08d}", NOW - timedelta(days=9, minutes=n)) for n in range(80)])
    first = scan(SOURCE, tube, brands=(DENO,))
    tube.videos += [(f"new{n:08d}", NOW - timedelta(minutes=n)) for n in range(new)]
    tube.searches = 0
    second = scan(SOURCE, tube, first.checkpoints, brands=(DENO,))
    fresh = [item for item in second.items if str(item.external_id).startswith("new")]

    assert len(first.ids) == 50
    assert {item.external_id for item in fresh} == {f"new{n:08d}" for n in range(new)}
    assert len(fresh) == new
    assert all(item.links == ("https://acme.example/x",) and item.engagement.views == 7 for item in fresh)
    assert second.holes == set()
    assert tube.searches == new // 50 + 1


def test_a_video_found_late_is_news() -> None:
    """The search by date is known to bring some a day later."""
    tube = Tube([("aaaaaaaaaaa", NOW - timedelta(minutes=5))])
    first = scan(SOURCE, tube, brands=(DENO,))
    tube.videos.append(("bbbbbbbbbbb", NOW - timedelta(hours=20)))

    assert "bbbbbbbbbbb" in scan(SOURCE, tube, first.checkpoints, brands=(DENO,)).ids


@pytest.mark.parametrize("new", [0, 1, 99, 100, 101, 350])
def test_every_comment_since_the_last_scan_is_found(new: int) -> None:
    """A hundred threads a page, newest first."""
    tube = Tube(comments=[(f"old{n}", NOW - timedelta(days=1, minutes=n)) for n in range(300)])
    source = YouTube(KEY, search=False, videos=("aaaaaaaaaaa",))
    first = scan(source, tube, brands=(DENO,))
    tube.comments += [(f"new{n}", NOW - timedelta(minutes=n)) for n in range(new)]
    second = scan(source, tube, first.checkpoints, brands=(DENO,))

    assert second.ids - first.ids == {f"new{n}" for n in range(new)}
    assert second.holes == set()


def test_replies_stand_under_their_comment() -> None:
    """The first of them come with the thread."""
    one = thread("top1", NOW)
    one["snippet"]["totalReplyCount"] = 1
    reply = {
        "textDisplay": "no &amp; <b>no</b>",
        "parentId": "top1",
        "authorDisplayName": "@jo",
        "publishedAt": stamp(NOW),
    }
    one["replies"] = {"comments": [{"id": "top1.r1", "snippet": reply}]}
    top, under = TALKS.parse(answer(first_of(TALKS), page("commentThread", [one], None))).items

    assert top.url == "https://www.youtube.com/watch?v=aaaaaaaaaaa&lc=top1"
    assert (top.parent_url, top.engagement.replies) == ("https://www.youtube.com/watch?v=aaaaaaaaaaa", 1)
    assert (under.text, under.author.handle) == ("no & no", "jo")
    assert under.parent_url == top.url


# --- the quota --------------------------------------------------------------------------------------------------------


def test_a_hundred_searches_a_day_are_spread_and_never_exceeded(world: World) -> None:
    """Seven terms wished for every 45 minutes: each is asked about every 101, comments besides, and nothing fails."""
    names = ", ".join(f'"Acme {n}"' for n in range(7))
    world.configure(
        f'[[brands]]\nname = "Acme"\nnames = [{names}]\n[[sources]]\ntype = "youtube"\nkey = {{ env = "KEY" }}\n'
        'videos = ["aaaaaaaaaaa"]\nevery = "45m"\n'
    )
    world.environ["KEY"] = "AIza-k3y"
    asked: list[tuple[str, datetime, str]] = []

    def reply(request: httpx.Request) -> Reply:
        what = request.url.path.rpartition("/")[2]
        asked.append((what, world.now, request.url.params.get("q", "")))
        return Reply(json.dumps(page(what, [], None)))

    for what in ("search", "commentThreads"):
        world.network.pages[f"https://www.googleapis.com/youtube/v3/{what}"] = reply
    for _ in range(24 * 4):
        assert world.run("scan", "--strict").status == 0
        world.later(minutes=15)
    searches = [(at, text) for what, at, text in asked if what == "search"]
    per_term = {text: sum(t == text for _, t in searches) for _, text in searches}

    assert 90 <= len(searches) <= 100
    assert len(per_term) == 7
    assert max(per_term.values()) - min(per_term.values()) <= 1
    assert "224 requests a day" in world.run("check").out
    for table in ("polls", "spent", "source_states"):
        assert "k3y" not in str(rows(world.folder, f"SELECT * FROM {table}"))


def error(reason: str, message: str = "x", code: int = 403) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "errors": [{"domain": "youtube", "reason": reason}]}}


def test_a_spent_quota_waits_until_midnight_in_california() -> None:
    """``quotaExceeded`` is 8 o'clock UTC in November, whatever the time here."""
    explained = SOURCE.explain(answer(first_of(SOURCE), error("quotaExceeded"), status=403))

    assert isinstance(explained, RateLimited)
    assert explained.until == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (403, error("rateLimitExceeded"), RateLimited, "rate-limited"),
        (400, error("keyInvalid", code=400), AuthFailed, "console.cloud.google.com"),
        (
            400,
            error("badRequest", "API key not valid. Please pass a valid API key.", 400),
            AuthFailed,
            "console.cloud.google.com",
        ),
        (403, error("accessNotConfigured"), Forbidden, "enable it"),
        (403, error("ipRefererBlocked"), Forbidden, "limited"),
        (404, error("videoNotFound", code=404), UnexpectedResponse, "aaaaaaaaaaa"),
    ],
)
def test_reasons_are_told_apart(status: int, body: dict[str, Any], kind: type[SourceError], says: str) -> None:
    """403 is said of five things."""
    explained = TALKS.explain(answer(first_of(TALKS), body, status=status))

    assert type(explained) is kind
    assert says in explained.message


def test_comments_switched_off_are_no_failure() -> None:
    """They may be switched on again: it is noted, and asked on."""
    explained = TALKS.explain(answer(first_of(TALKS), error("commentsDisabled"), status=403))

    assert isinstance(explained, Page)
    assert (explained.items, str(explained.checkpoint).split("/")[0]) == ((), str(int(NOW.timestamp())))
    assert "switched off" in str(explained.note)


# --- genuine answers, expectations by reading them --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("search_search_by_developer", 5), ("search_search_by_event", 25), ("search_search_by_keywords_p1", 25),
        ("search_search_by_keywords_p2", 25), ("search_search_by_location", 5), ("search_search_by_mine", 2),
        ("search_search_by_related_video", 5), ("search_search_videos_by_channel", 5), ("videos_videos_info_multi", 2),
    ],
)  # fmt: skip
def test_reads_every_genuine_list_of_videos(shared: Path, file: str, count: int) -> None:
    """Each with id, title, channel and time."""
    body = (shared / f"corpus/recorded/youtube/{file}.json").read_bytes()
    items = SOURCE.parse(answer(first_of(SOURCE), body)).items

    assert len({item.external_id for item in items}) == count
    assert all(item.title and item.author.name and item.published_at for item in items)


def test_reads_a_genuine_search(shared: Path) -> None:
    """Titles come escaped."""
    body = (shared / "corpus/recorded/youtube/search_search_by_keywords_p1.json").read_bytes()
    items = SOURCE.parse(answer(first_of(SOURCE), body)).items

    assert (items[0].external_id, items[0].author.name) == ("gQ_1zX-F_No", "Jamie O'Brien")
    assert items[0].published_at == datetime(2019, 12, 5, 19, 0, 10, tzinfo=UTC)
    assert items[1].title == "SURFING PERFECT PIPE & BACKDOOR || SUNRISE SHACK!"


def test_reads_genuine_videos(shared: Path) -> None:
    """Links stand in the whole description; counts that were not asked for are unknown, not 0."""
    body = (shared / "corpus/recorded/youtube/videos_videos_info_multi.json").read_bytes()
    item, _ = SOURCE.parse(answer(first_of(SOURCE), body)).items

    assert item.url == "https://www.youtube.com/watch?v=D-lhorsDlUQ"
    assert item.links == ("http://bit.ly/2YabdS5", "https://goo.gle/2X0nBqG", "https://bit.ly/googledevs")
    assert (item.engagement.views, item.engagement.likes) == (None, None)


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("comment_thread_single", 1), ("comment_threads_all_to_me", 4), ("comment_threads_by_channel", 2),
        ("comment_threads_by_video_paged_1", 5), ("comment_threads_by_video_paged_2", 5), ("comment_threads_multi", 2),
        ("comment_threads_with_search", 1),
    ],
)  # fmt: skip
def test_reads_genuine_comments(shared: Path, file: str, count: int) -> None:
    """Each with its words and who wrote them; some say of no video that they are under it."""
    body = (shared / f"corpus/recorded/youtube/comment_threads_{file}.json").read_bytes()
    items = TALKS.parse(answer(first_of(TALKS), body)).items
    videos = [thread["snippet"].get("videoId") for thread in json.loads(body)["items"]]

    assert len(items) == count
    assert {item.kind for item in items} == {"comment"}
    assert all(item.text and item.author.name and item.published_at for item in items)
    for item, video in zip(items, videos, strict=True):
        expected = video and f"https://www.youtube.com/watch?v={video}&lc={item.external_id}"
        assert item.url == expected


@pytest.mark.parametrize("file", ["search_search_channels", "channels_info_multiple"])
def test_genuine_channels_are_not_videos(shared: Path, file: str) -> None:
    """A list of channels is no answer."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(first_of(SOURCE), (shared / f"corpus/recorded/youtube/{file}.json").read_bytes()))


@pytest.mark.parametrize(
    ("file", "status", "kind"),
    [
        ("error_response", 400, AuthFailed),
        ("error_permission_resp", 403, Forbidden),
        ("error_response_simple", 400, type(None)),
    ],
)
def test_genuine_errors_are_read(shared: Path, file: str, status: int, kind: type[SourceError]) -> None:
    """A wrong key; a refusal; and a body that says nothing."""
    body = (shared / f"corpus/recorded/youtube/{file}.json").read_bytes()

    assert type(SOURCE.explain(answer(first_of(SOURCE), body, status=status))) is kind
