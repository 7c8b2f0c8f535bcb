"""Mastodon-compatible servers: hashtags and search, nothing lost, whatever the server makes of paging."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import pytest

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources.platforms.mastodon import Mastodon
from mentionwatch.sources.toolkit.snowflake_ids import lowest_id_at, sort_key, written_at
from support.replay import ACME, NOW, Scanned, answer, params, read, scan

SOCIAL = Mastodon("https://social.example")
WITH_TOKEN = Mastodon("https://social.example", token=Secret("t0ken"))
TAG = Brand("Acme", terms=(Term("hashtag", "acme"),))
ULID_TIME = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Kind = Literal["mastodon", "gotosocial", "pixelfed", "snac"]


def flake(kind: Kind, at: datetime, number: int) -> str:
    """An id as that server makes them."""
    milliseconds = int(at.timestamp() * 1000)
    if kind == "mastodon":
        return str((milliseconds << 16) + number % 65536)
    if kind == "gotosocial":
        return lowest_id_at("0" * 26, at)[:10] + f"{number:016d}"
    if kind == "pixelfed":
        return str(((milliseconds - 1549756800000) << 22) + number)
    return f"{milliseconds // 1000}{sha256(str(number).encode()).hexdigest()[:32]}"


@dataclass
class Server:
    """A server with one hashtag, and its own idea of ``min_id``, ``since_id`` and ``max_id``.

    Mastodon and GoToSocial compare ids, and ``min_id`` goes up from the oldest. Pixelfed takes ``min_id`` for
    ``since_id`` and gives the newest. snac looks for the very post of that id, and gives nothing where it is gone.
    """

    kind: Kind = "mastodon"
    at_once: int = 40
    statuses: list[dict[str, Any]] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))
    log: list[dict[str, str]] = field(default_factory=list)

    def post(self, at: datetime, text: str = "<p>Acme!</p>", **more: Any) -> str:
        number = next(iter(self.numbers))
        uri = f"https://social.example/users/jo/statuses/{number}"
        status = {
            "id": flake(self.kind, at, number),
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "uri": uri,
            "url": uri,
            "content": text,
            "visibility": "public",
            "account": {"username": "jo", "acct": "jo", "url": "https://social.example/@jo"},
        }
        self.statuses.append({**status, **more})
        return uri

    def posts(self, number: int, until: datetime = NOW, every: float = 60.0) -> set[str]:
        """So many posts, one each ``every`` seconds, the last at ``until``."""
        return {self.post(until - timedelta(seconds=every * back)) for back in reversed(range(number))}

    def delete(self, uri: str) -> None:
        self.statuses = [status for status in self.statuses if status["uri"] != uri]

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        self.log.append(asked)
        tag = unquote(request.url.rpartition("/")[2])
        if not self.statuses and self.kind == "gotosocial":
            return answer(request, {"error": "Not Found: tag was not found, or not useable/listable"}, status=404)
        found = self._page(asked) if tag.lower() == "acme" or "q" in asked else []
        return answer(request, {"statuses": found} if "q" in asked else found)

    def _page(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        size = min(int(asked.get("limit", "20")), self.at_once)
        if self.kind == "snac":
            return self._by_position(asked, size)
        newest_first = sorted(self.statuses, key=lambda status: sort_key(status["id"]), reverse=True)
        lower = max(asked.get("since_id", "0"), asked.get("min_id", "0"), key=sort_key)
        found = [status for status in newest_first if sort_key(status["id"]) > sort_key(lower)]
        if "max_id" in asked and "q" in asked:  # search knows only "before" a second
            before = written_at(asked["max_id"], NOW) or NOW
            whole = before.replace(microsecond=0)
            found = [status for status in found if (written_at(status["id"], NOW) or NOW) < whole]
        elif "max_id" in asked:
            found = [status for status in found if sort_key(status["id"]) < sort_key(asked["max_id"])]
        upwards = "min_id" in asked and self.kind in ("mastodon", "gotosocial") and "q" not in asked
        return found[-size:] if upwards else found[:size]

    def _by_position(self, asked: dict[str, str], size: int) -> list[dict[str, Any]]:
        """The order is that of arrival; an id is looked for, not compared."""
        newest_first = self.statuses[::-1]
        ids = [status["id"] for status in newest_first]
        if "min_id" in asked:
            return newest_first[: ids.index(asked["min_id"])][-size:] if asked["min_id"] in ids else []
        begin = 0
        if "max_id" in asked:
            begin = ids.index(asked["max_id"]) + 1 if asked["max_id"] in ids else len(ids)
        end = ids.index(asked["since_id"]) if asked.get("since_id") in ids else len(ids)
        return newest_first[begin:end][:size]


KINDS = ("mastodon", "gotosocial", "pixelfed", "snac")
every_kind = pytest.mark.parametrize("kind", KINDS)


def tags_only(server: Server, before: dict[str, str] | None = None, **more: Any) -> Scanned:
    return scan(SOCIAL, server, before, brands=(TAG,), **more)


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_follows_hashtags_and_names_written_as_one() -> None:
    """#AcmeCoffee is followed once, though the name and the hashtag both come to it; C++ makes no hashtag."""
    brand = Brand(
        "x", terms=(*ACME.terms, Term("name", "C++"), Term("name", "Café-Brûlerie d’Acme"), Term("name", "42"))
    )
    asked = [request.url for request in Mastodon("https://s.example", tags=("#Coffee",)).requests((brand,), {}, NOW)]

    assert [unquote(url.rpartition("/")[2]) for url in asked] == ["Coffee", "AcmeCoffee", "ACME", "CaféBrûleriedAcme"]


def test_searches_only_with_a_token() -> None:
    """With a token names, handles and domains are searched for as phrases; the token is in the header alone."""
    assert not [request for request in SOCIAL.requests((ACME,), {}, NOW) if "search" in request.url]
    searches = [request for request in WITH_TOKEN.requests((ACME,), {}, NOW) if "search" in request.url]

    assert [params(request)["q"] for request in searches] == [
        '"Acme Coffee"',
        '"ACME"',
        '"acmecoffee"',
        '"acme.example"',
    ]
    for request in searches:
        assert params(request)["type"] == "statuses"
        token = request.headers["Authorization"]
        assert isinstance(token, Secret)
        assert token.reveal() == "Bearer t0ken"


@pytest.mark.parametrize("address", ["", "ftp://s.example", "https://s.example/@jo?x", "https://me:pw@s.example"])
def test_refuses_what_is_no_server(address: str) -> None:
    """The problem names the option."""
    with pytest.raises(UserError, match=r"^server: "):
        Mastodon(address)


# --- scan after scan -------------------------------------------------------------------------------------------------


@every_kind
def test_the_first_scan_takes_the_newest_page(kind: Kind) -> None:
    """What was there before is backlog: one page."""
    server = Server(kind)
    uris = server.posts(100)
    first = tags_only(server)

    assert len(first.asked) == 1
    assert len(first.ids) == 40
    assert first.ids < uris


@every_kind
def test_nothing_new_is_one_request(kind: Kind) -> None:
    """A hashtag nobody used since costs one request, however much it was used before."""
    server = Server(kind)
    server.posts(100, until=NOW - timedelta(days=1), every=600)
    second = tags_only(server, tags_only(server).checkpoints)

    assert len(second.asked) == 1
    assert second.holes == set()


@every_kind
@pytest.mark.parametrize("at_once", [40, 20])
@pytest.mark.parametrize("new", [1, 19, 20, 21, 39, 40, 41, 80, 170])
def test_everything_since_the_last_scan_is_found(kind: Kind, at_once: int, new: int) -> None:
    """Whatever the number of new posts and the size of pages, each is found, on every kind of server."""
    server = Server(kind, at_once=at_once)
    server.posts(50, until=NOW - timedelta(days=1))
    first = tags_only(server)
    uris = server.posts(new)
    second = tags_only(server, first.checkpoints, pages=20)

    assert second.ids >= uris
    assert second.holes == set()
    newest = max((status["id"] for status in server.statuses), key=sort_key)
    assert second.checkpoints["tag:acme"].partition("/")[0] == newest
    third = tags_only(server, second.checkpoints)
    assert not third.ids - uris - first.ids


@every_kind
@pytest.mark.parametrize("new", [1, 60])
def test_a_deleted_post_at_the_checkpoint_loses_nothing(kind: Kind, new: int) -> None:
    """The last post seen may be gone when the next scan comes."""
    server = Server(kind)
    server.posts(50, until=NOW - timedelta(days=1))
    first = tags_only(server)
    newest = max(server.statuses, key=lambda status: sort_key(status["id"]))
    server.delete(newest["uri"])
    uris = server.posts(new)
    second = tags_only(server, first.checkpoints)

    assert second.ids >= uris
    assert second.holes == set()


@every_kind
def test_a_deleted_post_brings_no_old_ones_as_new(kind: Kind) -> None:
    """Going back to make sure does not dig up what was there before the first scan."""
    server = Server(kind)
    old = server.posts(500, until=NOW - timedelta(days=1), every=3600)
    first = tags_only(server)
    newest = max(server.statuses, key=lambda status: sort_key(status["id"]))
    server.delete(newest["uri"])
    server.posts(60)

    assert not tags_only(server, first.checkpoints).ids & (old - first.ids)


@pytest.mark.parametrize("kind", ["mastodon", "gotosocial"])
def test_a_flood_is_read_up_from_the_checkpoint(kind: Kind) -> None:
    """More than a scan may ask for: the next scan goes on where this one stopped, and there is no hole."""
    server = Server(kind)
    server.posts(3, until=NOW - timedelta(days=1))
    done = tags_only(server)
    uris = server.posts(1000, every=10)
    found: set[str | None] = set()
    for _ in range(4):
        done = tags_only(server, done.checkpoints)
        found |= done.ids
        assert done.holes == set()

    assert found >= uris


@pytest.mark.parametrize("kind", ["pixelfed", "snac"])
def test_a_flood_on_a_server_that_only_goes_down_is_a_hole(kind: Kind) -> None:
    """Where the oldest cannot be asked for first, what was not reached is said."""
    server = Server(kind)
    server.posts(3, until=NOW - timedelta(days=1))
    first = tags_only(server)
    server.posts(1000, every=10)

    assert tags_only(server, first.checkpoints).holes == {"tag:acme"}


def test_a_server_that_takes_min_id_for_since_id_hides_nothing() -> None:
    """Some servers with Mastodon's ids answer ``min_id`` with their newest page: what lies below is asked for."""
    server = Server("mastodon")
    server.posts(3, until=NOW - timedelta(days=1))
    first = tags_only(server)
    uris = server.posts(150)

    def newest(request: Request) -> Response:
        server.kind = "pixelfed"
        response = server(request)
        server.kind = "mastodon"
        return response

    second = scan(SOCIAL, newest, first.checkpoints, brands=(TAG,))
    assert second.ids >= uris
    assert second.holes == set()


@pytest.mark.parametrize("kind", ["mastodon", "pixelfed"])
def test_a_server_that_always_gives_its_newest_page_comes_to_an_end(kind: Kind) -> None:
    """It takes no notice of where to begin: the scan ends, says what it may have missed, and digs up nothing old."""
    server = Server(kind)
    server.posts(100, until=NOW - timedelta(days=2), every=600)

    def stubborn(request: Request) -> Response:
        return answer(request, server._page({"limit": "40"}))

    first = scan(SOCIAL, stubborn, brands=(TAG,))
    server.delete(server.statuses[-1]["uri"])
    assert not scan(SOCIAL, stubborn, first.checkpoints, brands=(TAG,), pages=100).ids - first.ids
    server.posts(90, every=120)
    second = scan(SOCIAL, stubborn, first.checkpoints, brands=(TAG,), pages=100)

    assert second.holes == {"tag:acme"}
    assert len(second.asked) < 6


@pytest.mark.parametrize("kind", ["mastodon", "gotosocial"])
def test_a_post_that_arrives_late_is_found(kind: Kind) -> None:
    """Another server delivers after 40 minutes: the post's id is of the time it was written, below ids already seen."""
    server = Server(kind)
    server.posts(5)
    first = tags_only(server)
    late = server.post(NOW - timedelta(minutes=40))

    assert late in tags_only(server, first.checkpoints).ids


def test_a_busy_hour_does_not_hold_a_hashtag_up() -> None:
    """Where the overlap alone fills pages, the scan passes over it and still comes to what is new."""
    server = Server()
    server.posts(900, every=4)
    first = tags_only(server)
    uris = {server.post(NOW + timedelta(seconds=second)) for second in range(30)}

    assert tags_only(server, first.checkpoints, now=NOW + timedelta(minutes=1)).ids >= uris


def test_a_post_from_the_future_does_not_hide_the_present() -> None:
    """A server with a wrong clock sends a post of next week: what is written today is still found."""
    server = Server()
    server.posts(3, until=NOW - timedelta(hours=3))
    server.post(NOW + timedelta(days=7))
    first = tags_only(server)
    today = server.post(NOW - timedelta(hours=2))
    later = server.post(NOW - timedelta(minutes=1))

    assert tags_only(server, first.checkpoints).ids >= {today, later}


@every_kind
def test_a_hashtag_nobody_had_used_is_news_when_somebody_does(kind: Kind) -> None:
    """The first answer was empty, or 404: no error, and the first post ever is found and is no backlog."""
    server = Server(kind)
    first = tags_only(server)
    uri = server.post(NOW)
    second = tags_only(server, first.checkpoints)

    assert first.items == []
    assert first.checkpoints == {"tag:acme": "0"}
    assert second.ids == {uri}


def test_after_empty_answers_old_posts_are_no_news() -> None:
    """A search that was switched off, a server that had lost its hashtags: what is a week old is backlog."""
    request = next(iter(SOCIAL.requests((TAG,), {"tag:acme": "0"}, NOW)))
    statuses = [
        {
            "id": str(number),
            "uri": f"https://social.example/users/jo/statuses/{number}",
            "created_at": (NOW - timedelta(days=days)).isoformat(),
            "content": "x",
            "account": {"acct": "jo"},
        }
        for number, days in ((2, 1), (1, 400))
    ]
    page = SOCIAL.parse(answer(request, statuses))

    assert [str(item.external_id)[-1] for item in page.items] == ["2"]
    assert [str(item.external_id)[-1] for item in page.backlog] == ["1"]


def test_goes_up_by_min_id() -> None:
    """With a checkpoint the server is asked for what comes after it, not for its newest page."""
    server = Server()
    server.posts(3)
    first = tags_only(server)
    tags_only(server, first.checkpoints)

    assert "min_id" not in server.log[0]
    asked = written_at(server.log[1]["min_id"], NOW)
    assert asked == NOW - timedelta(hours=1)


def test_going_down_the_server_is_told_where_to_stop() -> None:
    """Where a server's ids hold no time, ``since_id`` spares it the posts that were seen."""
    server = Server("pixelfed")
    server.posts(3, until=NOW - timedelta(days=1))
    first = tags_only(server)
    server.posts(50)
    tags_only(server, first.checkpoints)

    assert [log.get("since_id") for log in server.log[1:]] == [first.checkpoints["tag:acme"]] * 2


def test_a_checkpoint_from_the_future_is_not_believed() -> None:
    """Our own clock was a week ahead once, or is behind now: an hour before now is asked for."""
    future = flake("mastodon", NOW + timedelta(days=7), 1)
    [request] = SOCIAL.requests((TAG,), {"tag:acme": future}, NOW)

    assert written_at(params(request)["min_id"], NOW) == NOW - timedelta(hours=1)


@pytest.mark.parametrize("new", [1, 40, 130])
def test_a_search_brings_everything_since_the_last(new: int) -> None:
    """Search goes down from the newest by ``max_id``; the border second of each page is asked twice."""
    server = Server()
    server.posts(50, until=NOW - timedelta(days=1))
    brand = Brand("x", terms=(Term("name", "C++"),))
    first = scan(WITH_TOKEN, server, brands=(brand,))
    uris = server.posts(new, every=0.5)
    second = scan(WITH_TOKEN, server, first.checkpoints, brands=(brand,))

    assert second.ids >= uris
    assert second.holes == set()
    assert not second.ids - uris - first.ids


def test_a_search_that_cannot_be_paged_is_a_hole() -> None:
    """A server that takes no notice of ``max_id`` gives its newest page again: the rest is said to be missing."""
    server = Server()
    brand = Brand("x", terms=(Term("name", "C++"),))
    server.posts(1, until=NOW - timedelta(days=1))
    first = scan(WITH_TOKEN, server, brands=(brand,))
    server.posts(130)

    def stubborn(request: Request) -> Response:
        return answer(request, {"statuses": server._page({"limit": "40", "q": "x"})})

    assert scan(WITH_TOKEN, stubborn, first.checkpoints, brands=(brand,)).holes == {"search:c++"}


# --- what an error says ----------------------------------------------------------------------------------------------


def refused(source: Mastodon, status: int, body: object, **headers: str) -> SourceError:
    """The error that this answer to the first question is."""
    request = next(iter(source.requests((ACME,), {}, NOW)))
    with pytest.raises(SourceError) as caught:
        read(source, answer(request, body, status=status, headers=headers))
    return caught.value


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "The access token is invalid"}),
        (401, {"error": "Unauthorized: token not supplied"}),
        (401, b""),
        (401, b"<h1>401 Unauthorized</h1>"),
        (422, {"error": "This method requires an authenticated user"}),
    ],
)
def test_a_server_for_members_only_says_what_to_set(status: int, body: object) -> None:
    """401, and 422 before Mastodon 4.5: the mend is a token, and of which kind."""
    error = refused(SOCIAL, status, body)

    assert isinstance(error, AuthFailed)
    assert "set token to an access token of an account on social.example" in error.message
    assert "read:statuses" in error.message


@pytest.mark.parametrize(("status", "body"), [(401, {"error": "x"}), (400, {"error": "Bad Request: invalid token"})])
def test_a_wrong_token_is_told_from_none(status: int, body: object) -> None:
    """401 on some servers, 400 on others."""
    error = refused(WITH_TOKEN, status, body)

    assert isinstance(error, AuthFailed)
    assert "rejected the token" in error.message
    assert "t0ken" not in error.message


def test_a_token_that_may_not_search_says_which_scope() -> None:
    """403 with a word of scopes."""
    error = refused(WITH_TOKEN, 403, {"error": "This action is outside the authorized scopes"})

    assert isinstance(error, Forbidden)
    assert "read:search" in error.message


def test_what_an_error_does_not_say_is_left_to_its_status() -> None:
    """A bare 403 is no matter of scopes, and a reset in the past is none to wait for."""
    request = next(iter(WITH_TOKEN.requests((ACME,), {}, NOW)))
    past = {"x-ratelimit-reset": "2026-11-21T07:55:00.146988Z"}

    assert WITH_TOKEN.explain(answer(request, {"error": "This is blocked"}, status=403)) is None
    assert WITH_TOKEN.explain(answer(request, {"error": "Too many"}, status=429, headers=past)) is None
    assert WITH_TOKEN.explain(answer(request, {"error": "x"}, status=500)) is None


def test_the_limit_is_kept_until_the_server_says() -> None:
    """Mastodon gives the time of the reset as ISO 8601, not as a number."""
    error = refused(SOCIAL, 429, {"error": "Too many requests"}, **{"x-ratelimit-reset": "2026-11-21T08:05:00.146988Z"})

    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(minutes=5)


def test_a_path_that_is_not_there_is_no_empty_hashtag() -> None:
    """404 from something that is no such server is left an error; only "no such tag" is an empty answer."""
    request = next(iter(SOCIAL.requests((ACME,), {}, NOW)))
    for body in (b"<h1>404</h1>", {"error": "Record not found"}, {"error": "Not Found"}, b""):
        assert SOCIAL.explain(answer(request, body, status=404)) is None


# --- ids -------------------------------------------------------------------------------------------------------------


def test_ids_say_when_a_post_was_written() -> None:
    """Mastodon's and GoToSocial's do, those of others are not taken for them."""
    recorded = {
        "117020594094054884": datetime(2026, 8, 1, 13, 56, 1, 250000, UTC),
        "01M7ZNHEV1G47N9AHXFW7258T8": datetime(2026, 11, 21, 18, 22, 47, 649000, UTC),
    }
    for known, written in recorded.items():
        said = written_at(known, NOW + timedelta(days=1))
        assert said is not None
        assert abs(said - written) < timedelta(milliseconds=500)
        assert sort_key(lowest_id_at(known, said)) <= sort_key(known)
        assert written_at(lowest_id_at(known, said), NOW + timedelta(days=1)) == said

    for other in (
        "1795284680601ded2fb9aa0777df19aa1646d3b05b",
        "9",
        "",
        "AnAbCdEfGhIjKlMnOp",
        "1033985894795264123",
        "x" * 26,
    ):
        assert written_at(other, NOW) is None


# --- genuine answers, expectations by reading them -------------------------------------------------------------------


def genuine(shared: Path, name: str, question: str = "tag:acmecoffee", source: Mastodon = WITH_TOKEN) -> Response:
    """A recorded or captured answer, as if to that question."""
    file = shared / "corpus" / name
    request = {request.query_key: request for request in source.requests((ACME,), {}, NOW)}[question]
    return answer(request, file.read_bytes(), at=datetime(2026, 11, 21, 20, 0, tzinfo=UTC))


def test_reads_mastodons_own_timelines(shared: Path) -> None:
    """mastodon.py's recordings of a Mastodon of 2026: text without markup, hashtags and handles apart, polls."""
    [hoot] = WITH_TOKEN.parse(genuine(shared, "recorded/mastodon/timeline_tag.json")).items
    public = WITH_TOKEN.parse(genuine(shared, "recorded/mastodon/timeline_public_anon.json"))

    assert (hoot.text, hoot.tags, hoot.links) == ("#hoot (hashtag toot)", ("hoot",), ())
    assert hoot.external_id == "http://localhost:3000/ap/users/117020566092212359/statuses/117020593741189701"
    assert hoot.url == "http://localhost:3000/@mastodonpy_test_2/117020593741189701"
    assert hoot.published_at == datetime(2026, 8, 1, 13, 55, 55, tzinfo=UTC)
    assert (hoot.language, hoot.author.name, hoot.author.followers) == ("ja", "mastodonpy_test_2", 0)
    assert [item.text for item in public.items] == [
        "Toot, finally!",
        "you can't say that on television",
        "it's cool guy too",
        "on the internet, nobody knows you're a plane",
        "@mastodonpy_test beep beep I'm a jeep",
        "the best editor? why, of course it is the KDE Advanced Text Editor, Kate",
        "nice\n\nfour twenty\nsixty-nine",
        "I have never stolen a ham in my life.",
    ]
    assert public.items[4].handles == ("@mastodonpy_test@social.example",)
    assert public.checkpoint == "117020593134559451"


def test_reads_an_empty_genuine_page(shared: Path) -> None:
    """The page above the newest is ``[]``."""
    page = WITH_TOKEN.parse(genuine(shared, "recorded/mastodon/timeline_min_max_id_p2.json"))

    assert page.items == ()
    assert page.next is None


def test_reads_a_genuine_search(shared: Path) -> None:
    """Statuses beside accounts and hashtags; the two recordings found the same two accounts and no status."""
    for name in ("search_v2", "search_v2_p2"):
        said = json.loads((shared / f"corpus/recorded/mastodon/{name}.json").read_text())
        page = WITH_TOKEN.parse(genuine(shared, f"recorded/mastodon/{name}.json", "search:acme coffee"))
        assert len(page.items) == len(said["statuses"]) == 0


@pytest.mark.parametrize("server", ["gotosocial", "snac"])
def test_finds_every_seeded_post(shared: Path, server: str) -> None:
    """Both servers were given 25 posts with the hashtag, in 20 languages; the first and the last are these."""
    page = WITH_TOKEN.parse(genuine(shared, f"captured/{server}/tag_auth.body"))

    assert len(page.items) == len({item.external_id for item in page.items}) == 25
    assert page.items[0].text == "Acme Coffeen kahvi on hyvää #AcmeCoffee"
    assert page.items[4].text == "הקפה של Acme Coffee מצוין #AcmeCoffee"
    assert page.items[-1].text == (
        "Just tried Acme Coffee for the first time. Honestly the best espresso in town! #AcmeCoffee"
    )
    for item in page.items:
        assert "acmecoffee" in item.tags
        assert item.links == ()
        assert item.published_at is not None
        assert item.published_at.date() == datetime(2026, 11, 21).date()  # noqa: DTZ001 - a date


def test_reads_markup_people_typed_as_text(shared: Path) -> None:
    """A post that says <script> says <script>, and entities are decoded once.

    snac 2.75 sends the script as it was typed, and a browser would run it: there it is markup and no text.
    """
    texts = {
        server: {item.text for item in WITH_TOKEN.parse(genuine(shared, f"captured/{server}/public_local.body")).items}
        for server in ("gotosocial", "snac")
    }

    assert "<script>alert('Acme Coffee')</script> is not a nice latte name" in texts["gotosocial"]
    assert "Review: Acme Coffee House Blend & Dark Roast <3 \"worth it\" 'really'" in texts["gotosocial"]
    assert "is not a nice latte name" in texts["snac"]
    assert "Review: Acme Coffee House Blend & Dark Roast ❤️ \"worth it\" 'really'" in texts["snac"]
    assert "Ａｃｍｅ Ｃｏｆｆｅｅ 全角テスト" in texts["gotosocial"] & texts["snac"]


@pytest.mark.parametrize(("server", "found"), [("gotosocial", 13), ("snac", 13)])
def test_reads_captured_searches(shared: Path, server: str, found: int) -> None:
    """As many statuses as a count of the answer's ids gives."""
    page = WITH_TOKEN.parse(genuine(shared, f"captured/{server}/search_phrase.body", "search:acme coffee"))

    assert len(page.items) == found


def test_what_real_servers_say_without_a_token_is_told_apart(shared: Path) -> None:
    """GoToSocial wants a token and says 404 for an unknown hashtag; snac gives everyone the timeline and ``[]``."""
    places = shared / "corpus/captured"
    request = next(iter(SOCIAL.requests((ACME,), {}, NOW)))

    def said(name: str, status: int) -> Response:
        return answer(request, (places / name).read_bytes(), status=status)

    for name in ("gotosocial/tag_noauth.body", "gotosocial/search_badtoken.body", "gotosocial/tag_apptoken.body"):
        with pytest.raises(AuthFailed):
            read(SOCIAL, said(name, 401))
    assert read(SOCIAL, said("gotosocial/tag_none.body", 404)).items == ()
    assert read(SOCIAL, said("snac/tag_none.body", 200)).items == ()
    assert len(read(SOCIAL, said("snac/tag_noauth.body", 200)).items) == 5
    assert SOCIAL.explain(said("snac/status_404.body", 404)) is None
    with pytest.raises(UnexpectedResponse, match="web page"):
        read(SOCIAL, said("gotosocial/tag_rss.body", 200))


def test_reads_genuine_single_statuses(shared: Path) -> None:
    """Cards, quotes, warnings, polls and edits: the text is the post's own, the links are whole."""
    items: dict[str, Item] = {}
    for name in ("status_card", "status_edit", "status_quote_post_p2", "entity_status", "entity_quote", "entity_poll"):
        status = json.loads((shared / f"corpus/recorded/mastodon/{name}.json").read_text())
        request = next(iter(SOCIAL.requests((ACME,), {}, NOW)))
        [items[name]] = SOCIAL.parse(answer(request, [status])).items

    assert (items["status_card"].text, items["status_card"].links) == ("http://example.org/", ("http://example.org/",))
    assert items["status_edit"].text == "the best editor? why, of course it is VS Code"
    assert items["status_quote_post_p2"].links == ("http://localhost:3000/@mastodonpy_test/117020582917124092",)
    full = items["entity_status"]
    assert full.text.startswith("test post for mastodon.py stuff\n\n@halcy you're a doo-doo head\n")
    assert (full.tags, full.handles) == (("thisisahashtag",), ("@halcy@icosahedron.website",))
    assert not [link for link in full.links if "/tags/" in link or link == "https://icosahedron.website/@halcy"]
    assert items["entity_quote"].links[0] == "https://bsky.app/profile/h4lcy.bsky.social/post/3lwlumdwf522i"
    assert items["entity_poll"].text.startswith("secret test poll :hecker:\n\n")


def test_what_is_not_public_is_left_alone(shared: Path) -> None:
    """A search with a token finds the account's own private posts: they are not on the web."""
    status = json.loads((shared / "corpus/recorded/mastodon/entity_previewcard.json").read_text())
    request = next(iter(SOCIAL.requests((ACME,), {}, NOW)))

    assert status["visibility"] == "private"
    assert SOCIAL.parse(answer(request, [status])).items == ()
    assert len(SOCIAL.parse(answer(request, [{**status, "visibility": "public"}])).items) == 1


def replying(number: str, url: str, to: tuple[str, str], mentions: list[dict[str, str]]) -> dict[str, Any]:
    """A reply by the account 7, as a server shows it."""
    return {
        "id": number,
        "uri": url,
        "url": url,
        "created_at": "2026-11-21T07:00:00.000Z",
        "in_reply_to_id": to[0],
        "in_reply_to_account_id": to[1],
        "content": "<p>Acme Coffee it is</p>",
        "account": {"id": "7", "acct": "jo", "username": "jo"},
        "mentions": mentions,
    }


@pytest.mark.parametrize(
    ("status", "parent"),
    [
        (  # on Mastodon, to somebody on another server
            replying(
                "119",
                "https://social.example/@jo/119",
                ("118", "8"),
                [{"id": "8", "acct": "al@b.example", "username": "al"}],
            ),
            "https://social.example/@al@b.example/118",
        ),
        (
            replying("119", "https://social.example/@jo/119", ("117", "7"), []),
            "https://social.example/@jo/117",
        ),  # a thread of one's own
        (replying("119", "https://social.example/@jo/119", ("117", "9"), []), None),  # to somebody it does not name
        (  # on GoToSocial
            replying("01M7A", "https://social.example/@jo/statuses/01M7A", ("01M7B", "7"), []),
            "https://social.example/@jo/statuses/01M7B",
        ),
        (
            replying("a1f", "https://social.example/jo/p/17.9", ("a1e", "7"), []),
            None,
        ),  # a server whose addresses nobody knows
    ],
)
def test_a_reply_says_what_it_answers(status: dict[str, Any], parent: str | None) -> None:
    """The post a reply answers can be opened, where the server tells enough to know its address."""
    request = next(iter(SOCIAL.requests((TAG,), {}, NOW)))

    (item,) = SOCIAL.parse(answer(request, [status])).items

    assert item.parent_url == parent
