"""Bluesky: every post that holds a term, once, by a search that needs an account."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse
from mentionwatch.fetch import retry_after
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources import Session
from mentionwatch.sources.platforms.bluesky import Bluesky
from support.replay import ACME, NOW, answer, params, scan

SOURCE = Bluesky("watcher.example", Secret("pass-word-1234"))
DENO = Brand("Deno", terms=(Term("name", "Deno"),))


def post(number: int, written: datetime, seen: datetime | None = None, text: str = "Deno is fast") -> dict[str, Any]:
    return {
        "uri": f"at://did:plc:aaaa/app.bsky.feed.post/3m{number:06d}",
        "author": {"did": "did:plc:aaaa", "handle": "jo.example"},
        "record": {"text": text, "createdAt": stamp(written)},
        "indexedAt": stamp(seen or written),
    }


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class AppView:
    """The search as the lexicon has it: newest first by the earlier time, a cursor to the end and beyond."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    #: An older search takes no notice of ``since``.
    knows_since: bool = True

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        found = sorted(self.posts, key=sort_at, reverse=True)
        if self.knows_since and "since" in asked:
            found = [post for post in found if sort_at(post) >= datetime.fromisoformat(asked["since"])]
        first, size = int(asked.get("cursor", "0")), int(asked["limit"])
        page = found[first : first + size]
        return answer(request, {"posts": page, **({"cursor": str(first + len(page))} if page else {})})


def sort_at(post: dict[str, Any]) -> datetime:
    return min(datetime.fromisoformat(post["record"]["createdAt"]), datetime.fromisoformat(post["indexedAt"]))


def numbers(ids: set[str | None]) -> set[int]:
    return {int(str(uri)[-6:]) for uri in ids}


def test_asks_each_term_where_it_can_be_found() -> None:
    """Names as phrases, hashtags as hashtags, domains in texts and among links, handles that are one by mention."""
    handle = Brand("Acme", terms=(Term("handle", "@acme.bsky.social"),))
    asked = {request.query_key: params(request) for request in SOURCE.requests((ACME, handle), {}, NOW)}

    assert {
        question: (query["q"], query.get("domain"), query.get("mentions")) for question, query in asked.items()
    } == {
        "text:acme coffee": ('"Acme Coffee"', None, None),
        "text:acme": ("ACME", None, None),
        "text:acmecoffee": ("acmecoffee", None, None),
        "text:acme.bsky.social": ('"acme.bsky.social"', None, None),
        "text:acme.example": ('"acme.example"', None, None),
        "tag:acmecoffee": ("#AcmeCoffee", None, None),
        "mentions:acme.bsky.social": ("*", None, "acme.bsky.social"),
        "domain:acme.example": ("*", "acme.example", None),
    }
    assert {query["sort"] for query in asked.values()} == {"latest"}


def test_a_server_without_phrases_is_asked_for_words() -> None:
    """``exact = false``: what a server cannot do is done here."""
    asked = {
        request.query_key: params(request)["q"] for request in replace(SOURCE, exact=False).requests((ACME,), {}, NOW)
    }

    assert asked["text:acme coffee"] == "Acme Coffee"


@pytest.mark.parametrize("knows_since", [True, False])
@pytest.mark.parametrize("new", [0, 1, 99, 100, 101, 900])
def test_every_post_since_the_last_scan_is_found(new: int, knows_since: bool) -> None:
    """Pages are turned back to the last scan, and nothing of before the first comes as news."""
    server = AppView([post(n, NOW - timedelta(days=1, minutes=n)) for n in range(1, 300)], knows_since)
    first = scan(SOURCE, server, brands=(DENO,))
    server.posts += [post(1000 + n, NOW - timedelta(seconds=30 * n)) for n in range(new)]
    second = scan(SOURCE, server, first.checkpoints, brands=(DENO,))

    assert len(first.ids) == 100
    assert numbers(second.ids - first.ids) == set(range(1000, 1000 + new))
    assert second.holes == set()


def test_a_post_indexed_late_is_found() -> None:
    """A post seen by the search twenty minutes after it was written is not missed."""
    server = AppView([post(1, NOW - timedelta(minutes=1))])
    first = scan(SOURCE, server, brands=(DENO,))
    server.posts.append(post(2, NOW - timedelta(minutes=21), NOW))

    assert 2 in numbers(scan(SOURCE, server, first.checkpoints, brands=(DENO,)).ids)


@pytest.mark.parametrize("clock", ["1970-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z", "yesterday"])
def test_a_wrong_clock_neither_ends_the_reading_nor_hides_what_comes(clock: str) -> None:
    """``createdAt`` is the writer's word; the search's own time decides how far was read."""
    strange = post(2, NOW - timedelta(minutes=3))
    strange["record"]["createdAt"] = clock
    [request] = SOURCE.requests((DENO,), {"text:deno": str(int(NOW.timestamp()) - 90_000)}, NOW)
    page = SOURCE.parse(answer(request, {"posts": [post(1, NOW - timedelta(minutes=2)), strange], "cursor": "x"}))

    assert page.next is not None
    assert page.checkpoint == str(int(NOW.timestamp()) - 120)
    assert page.items[1].published_at == NOW - timedelta(minutes=3)


def test_a_search_that_loses_its_place_is_a_hole() -> None:
    """The same cursor again leads nowhere, and that is said."""
    [request] = SOURCE.requests((DENO,), {"text:deno": str(int(NOW.timestamp()) - 90_000)}, NOW)
    page = SOURCE.parse(answer(request, {"posts": [post(1, NOW)], "cursor": "x"}))
    assert page.next is not None
    again = SOURCE.parse(answer(page.next, {"posts": [post(1, NOW)], "cursor": "x"}))

    assert again.truncated
    assert again.next is None


def test_what_is_no_post_is_not_nothing() -> None:
    """An answer full of other records is not understood."""
    [request] = SOURCE.requests((DENO,), {}, NOW)
    with pytest.raises(UnexpectedResponse, match="lists nothing that is"):
        SOURCE.parse(answer(request, {"posts": [{"uri": "at://did:plc:a/app.bsky.feed.generator/x"}]}))


# --- the session ------------------------------------------------------------------------------------------------------


def test_the_session_goes_with_each_request_and_shows_nowhere() -> None:
    """The token is a header of the request alone; the password is in the login alone."""
    [request] = SOURCE.requests((DENO,), {}, NOW)
    signed = SOURCE.signed(request, Session(Secret("t0ken"), Secret("r3fresh")))
    bearer = signed.headers["Authorization"]

    assert isinstance(bearer, Secret)
    assert bearer.reveal() == "Bearer t0ken"
    assert "t0ken" not in repr(signed)
    assert "pass-word-1234" not in repr(SOURCE.login())
    assert SOURCE.login().json == {"identifier": "watcher.example", "password": Secret("pass-word-1234")}


@pytest.mark.parametrize(
    ("file", "status", "over"),
    [
        ("pds_search_garbage_token", 400, True),
        ("pds_search_noauth_401", 401, True),
        ("pds_search_refresh_as_access", 400, True),
        ("search_limit_101", 400, False),
        ("search_bad_cursor", 500, False),
    ],
)
def test_genuine_errors_tell_whether_the_session_is_over(shared: Path, file: str, status: int, over: bool) -> None:
    """A garbage token is answered with 400; a question that is wrong is another thing."""
    body = (shared / f"corpus/captured/bluesky/{file}.body").read_bytes()
    [request] = SOURCE.requests((DENO,), {}, NOW)

    assert SOURCE.session_is_over(answer(request, body, status=status)) is over


@pytest.mark.parametrize(
    ("folder", "file", "status", "kind", "says"),
    [
        ("captured/bluesky", "session_bad_password_401.body", 401, AuthFailed, "app password"),
        ("captured/bluesky", "pds_search_garbage_token.body", 400, AuthFailed, "InvalidToken"),
        ("captured/bluesky", "search_limit_101.body", 400, UnexpectedResponse, "limit can not be greater than 100"),
        ("captured/bluesky", "unknown_method_404.body", 501, UnexpectedResponse, "the account's own server"),
        ("recorded/_shape_samples", "bluesky_error_403.json", 403, Forbidden, "the account's own server"),
    ],
)
def test_genuine_errors_are_explained(
    shared: Path, folder: str, file: str, status: int, kind: type[SourceError], says: str
) -> None:
    """Each says what to do."""
    [search] = SOURCE.requests((DENO,), {}, NOW)
    request = SOURCE.login() if file.startswith("session") else search
    explained = SOURCE.explain(answer(request, (shared / "corpus" / folder / file).read_bytes(), status=status))

    assert isinstance(explained, SourceError)
    assert type(explained) is kind
    assert says in explained.message


def test_a_handle_that_is_nobodys_is_no_failure() -> None:
    """It may be somebody's tomorrow; the scan goes on and says so."""
    brand = Brand("Acme", terms=(Term("handle", "@acme.bsky.social"),))
    request = next(r for r in SOURCE.requests((brand,), {}, NOW) if r.query_key.startswith("mentions:"))
    refused = answer(request, {"error": "InvalidRequest", "message": "could not resolve handle"}, status=400)
    explained = SOURCE.explain(refused)

    assert isinstance(explained, Page)
    assert (explained.items, str(explained.checkpoint).split("/")[0]) == ((), str(int(NOW.timestamp())))
    assert "acme.bsky.social" in str(explained.note)


def test_the_31st_login_is_told_until_when_to_wait(shared: Path) -> None:
    """There is no Retry-After; the reset time is a Unix time in a header of its own."""
    head = (shared / "corpus/captured/bluesky/rl_createSession_31.headers").read_text().splitlines()[1:]
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}
    at = datetime(2026, 11, 21, 18, 39, 8, tzinfo=UTC)
    response = answer(SOURCE.login(), b'{"error":"RateLimitExceeded"}', status=429, headers=headers)

    assert SOURCE.explain(response) is None
    assert retry_after(headers, at) == datetime.fromtimestamp(1795286636, UTC)


def test_reads_a_genuine_session(shared: Path) -> None:
    """Both tokens of a login and of a renewal are taken."""
    for name in ("session_ok", "refresh_ok"):
        body = (shared / f"corpus/captured/bluesky/{name}.body").read_bytes()
        session = SOURCE.read_session(answer(SOURCE.login(), body))

        assert session == Session(Secret("REDACTED.JWT.TOKEN"), Secret("REDACTED.JWT.TOKEN"))


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"accessJwt": 7}', b'{"accessJwt": "a\\nb"}'])
def test_an_answer_without_a_session_is_none(body: bytes) -> None:
    """What could not stand in a header is no token."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.read_session(answer(SOURCE.login(), body))


# --- genuine answers, expectations by reading them --------------------------------------------------------------------


def test_reads_the_genuine_search(shared: Path) -> None:
    """25 posts of May 2025: links whole, quotes and cards among them, replies with what they answer."""
    [request] = SOURCE.requests((DENO,), {}, NOW)
    body = (shared / "corpus/recorded/bluesky/searchPosts_redistricting.json").read_bytes()
    items = SOURCE.parse(answer(request, body)).items

    assert len(items) == len({item.external_id for item in items}) == 25
    assert items[0].url == "https://bsky.app/profile/socpaperbot.bsky.social/post/3lpk2u6qo222m"
    assert items[0].links == ("https://osf.io/v87fn",)
    assert items[0].published_at == datetime(2025, 5, 19, 17, 10, 9, tzinfo=UTC)
    assert items[1].author.handle == "cjtackett.bsky.social"
    assert items[1].links == (
        "https://open.substack.com/pub/christackett/p/the-pawn-or-the-collaborator?r=92vnq&utm_medium=ios",
    )
    assert [index for index, item in enumerate(items) if item.parent_url] == [2, 4, 5, 6, 7, 8, 9, 16, 18, 20, 22, 23]
    assert [any(link.startswith("https://bsky.app/profile/did:") for link in items[n].links) for n in (12, 21)] == [
        True, True,
    ]  # fmt: skip
    assert items[24].tags == ("txlege",)
    # Written, says the writer, 1.4 s after the server had seen it.
    assert items[21].published_at == datetime(2025, 5, 19, 2, 52, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("search_all100", 39), ("search_hashtag", 24), ("search_url", 4), ("search_ja", 1), ("search_lang_de", 5),
        ("search_acme_coffee_limit3", 3), ("search_acme_coffee_page2", 3), ("pds_proxied_search", 2),
        ("search_quoted", 0), ("search_lower", 0),
    ],
)  # fmt: skip
def test_reads_the_answers_of_a_real_server(shared: Path, file: str, count: int) -> None:
    """Every post in every script, and an empty list where nothing was found."""
    body = (shared / f"corpus/captured/bluesky/{file}.body").read_bytes()
    [request] = SOURCE.requests((DENO,), {}, NOW)
    items = SOURCE.parse(answer(request, body)).items
    texts = [post["record"]["text"].split() for post in json.loads(body)["posts"]]

    assert [item.text.split() for item in items] == texts
    assert len(items) == count


def test_reads_hashtags_and_links_of_a_real_server(shared: Path) -> None:
    """Hashtags by facet: two of one post, and none of another whose text is cut from a longer word."""
    [request] = SOURCE.requests((DENO,), {}, NOW)
    found: dict[str, Item] = {}
    for name in ("search_hashtag", "search_url"):
        body = (shared / f"corpus/captured/bluesky/{name}.body").read_bytes()
        found |= {item.text: item for item in SOURCE.parse(answer(request, body)).items}

    [german] = [item for text, item in found.items() if text.startswith("Der Kaffee von")]
    [shop] = [item for text, item in found.items() if text.startswith("Not #")]
    [menu] = [item for text, item in found.items() if text.startswith("Check out")]
    assert (german.tags, german.language) == (("AcmeCoffee", "Kaffee"), "de")
    assert shop.tags == ("AcmeCoffeeShop",)
    assert menu.links == ("https://acme.example/menu",)


@pytest.mark.parametrize(
    ("writer_behind", "dated_by_the_network"),
    [(timedelta(hours=9), False), (timedelta(days=400), True), (timedelta(days=9000), True)],
)
def test_a_post_by_a_clock_that_is_years_behind_is_dated_by_the_network(
    writer_behind: timedelta, dated_by_the_network: bool
) -> None:
    """What is judged old is held down: a wrong clock must not hide an emergency."""
    seen = NOW - timedelta(minutes=3)
    (found,) = scan(SOURCE, AppView([post(1, seen - writer_behind, seen)]), brands=(DENO,)).items
    assert found.published_at is not None
    expected = seen if dated_by_the_network else seen - writer_behind
    assert abs(found.published_at - expected) < timedelta(seconds=1)
