"""Reddit: posts from its search, every comment of the subreddits that are named, by the API or by feeds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources import limits_of
from mentionwatch.sources.platforms.reddit import Reddit
from support.recorded import EXPECTED, FEEDS
from support.replay import ACME, NOW, answer, params, scan
from support.world import Reply, World

APP = Reddit("app-id", Secret("app-s3cret"), subreddits=("r/Roasters",))
FEED = Reddit(feed=Secret("f33dt0ken"), user="jo", subreddits=("Roasters",))
DENO = Brand("Deno", terms=(Term("name", "Deno"),))


@dataclass
class Site:
    """Reddit as it lists things: newest first, a hundred a page, after the thing named, and 250 or 1,000 in all."""

    things: list[tuple[int, datetime]] = field(default_factory=list)
    reachable: int = 1000

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        found = sorted(self.things, key=lambda thing: thing[1], reverse=True)[: self.reachable]
        names = [fullname(number) for number, _ in found]
        first = names.index(asked["after"]) + 1 if "after" in asked else 0
        page = found[first : first + int(asked["limit"])]
        if request.url.endswith(".rss"):
            return answer(request, feed(page), headers={"content-type": "application/atom+xml"})
        more = first + len(page) < len(found)
        children = [{"kind": "t3", "data": thing(number, at)} for number, at in page]
        after = fullname(page[-1][0]) if page and more else None
        return answer(request, {"kind": "Listing", "data": {"after": after, "children": children}})


def fullname(number: int) -> str:
    return f"t3_{number:06d}"


def thing(number: int, at: datetime) -> dict[str, Any]:
    return {
        "name": fullname(number),
        "title": "Deno",
        "permalink": f"/r/x/comments/{number:06d}/deno/",
        "created": at.timestamp() + 28_800,
        "created_utc": at.timestamp(),
        "is_self": True,
    }


def feed(page: list[tuple[int, datetime]]) -> bytes:
    entries = "".join(
        f"<entry><id>{fullname(number)}</id><title>Deno</title><link href='https://old.reddit.com/r/x/comments/"
        f"{number:06d}/deno/'/><published>{at.isoformat()}</published><author><name>/u/jo</name></author></entry>"
        for number, at in page
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>{entries}</feed>".encode()


def numbers(ids: set[str | None]) -> set[int]:
    return {int(str(name)[3:]) for name in ids}


def first_of(source: Reddit, question: str = "text:deno") -> Request:
    return next(request for request in source.requests((DENO,), {}, NOW) if request.query_key == question)


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_asks_posts_everywhere_and_comments_where_it_was_told() -> None:
    """Each name, hashtag and handle as a phrase, each domain's own list, each named subreddit's comments."""
    asked = {request.query_key: request for request in APP.requests((ACME,), {}, NOW)}

    assert {question: request.url for question, request in asked.items()} == {
        "comments:roasters": "https://oauth.reddit.com/r/Roasters/comments",
        "text:acme coffee": "https://oauth.reddit.com/search",
        "text:acme": "https://oauth.reddit.com/search",
        "text:acmecoffee": "https://oauth.reddit.com/search",
        "url:acme.example": "https://oauth.reddit.com/domain/acme.example/new",
    }
    assert params(asked["text:acme coffee"])["q"] == '"Acme Coffee"'
    assert params(asked["text:acme coffee"])["sort"] == "new"
    assert {params(request)["raw_json"] for request in asked.values()} == {"1"}


def test_feeds_are_asked_with_the_private_token_which_shows_nowhere() -> None:
    """``?feed=&user=``: whoever sees the token reads what the account reads."""
    [request] = [r for r in FEED.requests((DENO,), {}, NOW) if r.query_key == "comments:roasters"]

    assert request.url == "https://www.reddit.com/r/Roasters/comments/.rss"
    assert dict(request.params)["feed"] == Secret("f33dt0ken")
    assert params(request)["user"] == "jo"
    assert "f33dt0ken" not in repr(request) + repr(FEED)
    assert "feed" not in params(first_of(Reddit()))


def test_each_way_has_its_own_pace() -> None:
    """An app may ask a hundred times a minute, a feed with a token some ten times, one without hardly at all."""
    spacings = [limits_of(source).min_interval for source in (APP, FEED, Reddit())]

    assert spacings == sorted(spacings)
    assert spacings[0] >= 0.6
    assert spacings[1] >= 6


def test_each_way_is_asked_as_often_as_it_bears(world: World) -> None:
    """Where the configuration does not say how often, the way of asking does."""
    world.environ |= {"SECRET": "x", "FEED": "y"}
    table = '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n[[sources]]\ntype = "reddit"\n'
    ways = ['client_id = "a"\nclient_secret = { env = "SECRET" }\n', 'user = "jo"\nfeed = { env = "FEED" }\n', ""]
    said = []
    for way in ways:
        world.configure(table + way)
        said.append(world.run("check").out)

    assert ["every 15m" in said[0], "every 30m" in said[1], "every 1h" in said[2]] == [True] * 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"client_id": "x"}, "client_id: "),
        ({"client_secret": Secret("x")}, "client_id: "),
        ({"feed": Secret("x")}, "user: "),
        ({"subreddits": ("a b",)}, "subreddits: "),
        ({"subreddits": ("../x",)}, "subreddits: "),
    ],
)
def test_options_that_cannot_be_right_are_refused(options: dict[str, Any], problem: str) -> None:
    """The problem starts with the option's name."""
    with pytest.raises(UserError, match=f"^{problem}"):
        Reddit(**options)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [APP, FEED], ids=["api", "feed"])
@pytest.mark.parametrize("new", [0, 1, 99, 100, 101, 350])
def test_every_post_since_the_last_scan_is_found(source: Reddit, new: int) -> None:
    """Pages are turned back to the last scan, and nothing of before the first comes as news."""
    site = Site([(n, NOW - timedelta(days=1, minutes=n)) for n in range(300)])
    first = scan(source, site, brands=(DENO,), pages=10)
    site.things += [(1000 + n, NOW - timedelta(minutes=n)) for n in range(new)]
    second = scan(source, site, first.checkpoints, brands=(DENO,), pages=10)

    assert len(first.ids) == 100
    assert numbers(second.ids - first.ids) == set(range(1000, 1000 + new))
    assert second.holes == set()


def test_what_a_search_does_not_reach_is_a_hole() -> None:
    """After 250 hits the search simply ends."""
    site = Site([(n, NOW - timedelta(days=9, minutes=n)) for n in range(10)], reachable=250)
    first = scan(APP, site, brands=(DENO,))
    site.things += [(1000 + n, NOW - timedelta(minutes=n)) for n in range(400)]

    assert "text:deno" in scan(APP, site, first.checkpoints, brands=(DENO,)).holes


def test_used_up_requests_are_waited_for() -> None:
    """``X-Ratelimit-Remaining`` is a float, ``-Reset`` the seconds to the next period."""
    said = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "42"}
    listing = {"kind": "Listing", "data": {"children": []}}

    assert APP.parse(answer(first_of(APP), listing, headers=said)).pause == 42
    assert APP.parse(answer(first_of(APP), listing, headers={**said, "x-ratelimit-remaining": "3.0"})).pause == 0
    assert APP.parse(answer(first_of(APP), listing, headers={**said, "x-ratelimit-reset": "soon"})).pause == 0


# --- what is read -----------------------------------------------------------------------------------------------------


def test_a_crosspost_is_a_post_of_its_own(shared: Path) -> None:
    """It links to the post it repeats and is not that post."""
    [listing, _] = json.loads((shared / "corpus/recorded/reddit/crosspost_p2.json").read_text())
    [item] = APP.parse(answer(first_of(APP), listing)).items

    assert item.external_id == "t3_6vx8n0"
    assert item.links == ("https://www.reddit.com/r/reddit_api_test/comments/6vx01b/test_title/",)
    assert item.same_as == ()


def test_a_deleted_comment_says_nothing_and_is_nobodys(shared: Path) -> None:
    """ "[deleted]" is neither a name nor a text."""
    body = (shared / "corpus/recorded/reddit/deleted_comment.json").read_bytes()
    [item] = APP.parse(answer(first_of(APP), body)).items

    assert (item.external_id, item.text, item.author.name) == ("t1_d7ltvl0", "", None)
    assert item.published_at == datetime(2016, 9, 14, 1, 17, 43, tzinfo=UTC)


def test_comments_have_their_place(shared: Path) -> None:
    """A comment's address and what it answers, though answers of that time have no permalink."""
    body = (shared / "corpus/recorded/reddit/multireddit_comments.json").read_bytes()
    items = APP.parse(answer(first_of(APP), body)).items

    assert len(items) == 100
    assert {item.kind for item in items} == {"comment"}
    assert items[0].url == "https://www.reddit.com/comments/4t9hx7/_/d5fnqtv/"
    assert items[0].parent_url == "https://www.reddit.com/comments/4t9hx7/_/d5fn8h2/"
    assert items[1].parent_url == "https://www.reddit.com/comments/4t98on/"
    assert items[0].text.startswith("Actually, Eastern Hungary has")
    assert items[0].published_at == datetime(2016, 7, 17, 15, 1, 30, tzinfo=UTC)


def test_a_link_post_links_to_its_page(shared: Path) -> None:
    """A hundred posts of one domain, each with its own video, score hidden while young."""
    body = (shared / "corpus/recorded/reddit/domain_listing_new.json").read_bytes()
    items = APP.parse(answer(first_of(APP), body)).items

    assert len(items) == 100
    assert items[0].links == ("https://www.youtube.com/watch?v=J8VSHDDKMas",)
    assert items[0].url == (
        "https://www.reddit.com/r/ghostrobo/comments/5d7qul/watch_dogs_2_dlc_gameplay_the_ultimate_pack_all/"
    )
    assert items[0].published_at == datetime(2016, 11, 16, 6, 17, 3, tzinfo=UTC)
    assert items[0].engagement.score is None


def test_a_genuine_search_is_read_without_its_tracking(shared: Path) -> None:
    """Six posts; the permalink's ``?ref=search_posts`` goes."""
    body = (shared / "corpus/recorded/reddit/search_r_all.json").read_bytes()
    items = APP.parse(answer(first_of(APP), body)).items

    assert [item.external_id for item in items][:2] == ["t3_3gpbiu", "t3_3x4kt2"]
    assert len(items) == 6
    assert not [item for item in items if "?" in str(item.url)]
    assert items[0].engagement.replies == 21


@pytest.mark.parametrize(
    ("file", "count", "kind"),
    [
        ("front_new", 100, "post"), ("multireddit_new", 100, "post"), ("subreddit_new", 100, "post"),
        ("redditor_submissions_new", 100, "post"), ("subreddit_comments", 100, "comment"),
        ("redditor_comments_new", 100, "comment"), ("inbox_mentions", 16, "comment"), ("api_info_url", 20, "post"),
    ],
)  # fmt: skip
def test_reads_every_genuine_listing(shared: Path, file: str, count: int, kind: str) -> None:
    """Every post and comment with id, address, time; what is a subreddit is left out."""
    body = (shared / f"corpus/recorded/reddit/{file}.json").read_bytes()
    items = APP.parse(answer(first_of(APP), body)).items

    assert len({item.external_id for item in items}) == len(items) == count
    assert {item.kind for item in items} == {kind}
    assert all(item.url and re.search(r"/comments/[0-9a-z]+/", item.url) and item.published_at for item in items)


@pytest.mark.parametrize("file", ["users_search", "live_updates", "submission_comments"])
def test_genuine_answers_of_another_kind_are_not_nothing(shared: Path, file: str) -> None:
    """Users, live threads and a single discussion are no answer to a search."""
    with pytest.raises(UnexpectedResponse):
        APP.parse(answer(first_of(APP), (shared / f"corpus/recorded/reddit/{file}.json").read_bytes()))


@pytest.mark.parametrize(
    ("file", "count", "first", "url"),
    [
        ("feed_atom_example_reddit", 1, "t3_glvkc5",
         "https://www.reddit.com/r/rust/comments/glvkc5/hey_rustaceans_got_an_easy_question_ask_here/"),
        ("feed_atom_mediarss_reddit_1", 25, "t3_157kyrd",
         "https://www.reddit.com/r/homelab/comments/157kyrd/any_reason_to_keep_1g_connections_to_my_servers/"),
        ("feed_kubernetes", 5, "t3_18895rv",
         "https://www.reddit.com/r/kubernetes/comments/18895rv/monthly_who_is_hiring/"),
        ("feed_rss_2.0_reddit", 1, "t3_qksbf1",
         "https://www.reddit.com/r/kevincox/comments/qksbf1/announcing_feedmail/"),
    ],
)  # fmt: skip
def test_reads_genuine_feeds(shared: Path, file: str, count: int, first: str, url: str) -> None:
    """The same ids and addresses as the API gives: the feed's host of the day is not the post's."""
    body = (shared / f"corpus/recorded/reddit/{file}.xml").read_bytes()
    items = FEED.parse(answer(first_of(FEED), body, headers={"content-type": "application/atom+xml"})).items

    assert len(items) == count
    assert (items[0].platform, items[0].external_id, items[0].url) == ("reddit", first, url)
    assert str(items[0].author.url).startswith("https://www.reddit.com/user/")


def test_a_comment_in_a_feed_is_told_from_a_post() -> None:
    """Its title, "/u/jo on Some post", is not its own; it answers that post."""
    content = escape('<div class="md"><p>Deno burns beans</p></div>')
    body = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title><entry><id>t1_abc</id><title>/u/jo on Beans</title>"
        "<link href='https://www.reddit.com/r/x/comments/zz9/beans/abc/'/><updated>2026-11-20T08:00:00+00:00</updated>"
        f"<author><name>/u/jo</name></author><content type='html'>{content}</content></entry></feed>"
    )
    [item] = FEED.parse(answer(first_of(FEED), body.encode())).items

    assert (item.kind, item.title, item.text, item.author.handle) == ("comment", None, "Deno burns beans", "jo")
    assert item.parent_url == "https://www.reddit.com/comments/zz9/"


def test_a_feed_of_another_site_is_refused() -> None:
    """A proxy that answers with its own feed brings no mentions of Reddit."""
    body = b"<rss version='2.0'><channel><item><guid>7</guid><link>https://x.example/7</link></item></channel></rss>"
    with pytest.raises(UnexpectedResponse, match="not one of Reddit's"):
        FEED.parse(answer(first_of(FEED), body))


# --- errors -----------------------------------------------------------------------------------------------------------

BLOCKED = b"<!doctype html><html><head><title>Blocked</title></head><body>whoa there, pardner!</body></html>"


@pytest.mark.parametrize(
    ("source", "status", "body", "kind", "says"),
    [
        (Reddit(), 403, BLOCKED, Forbidden, "prefs/feeds"),
        (FEED, 403, BLOCKED, Forbidden, "take the token anew"),
        (APP, 403, b'{"message": "Forbidden", "error": 403}', Forbidden, "r/roasters"),
        (APP, 403, b'{"reason": "private", "message": "Forbidden", "error": 403}', Forbidden, "private"),
        (APP, 404, b'{"reason": "banned", "message": "Not Found", "error": 404}', UnexpectedResponse, "banned"),
        (APP, 401, b'{"message": "Unauthorized", "error": 401}', AuthFailed, "session"),
    ],
)
def test_errors_say_what_to_do(source: Reddit, status: int, body: bytes, kind: type[SourceError], says: str) -> None:
    """A block page is not an empty answer; and each has its own mend."""
    question = first_of(source, "comments:roasters") if source.subreddits else first_of(source)
    explained = source.explain(answer(question, body, status=status))

    assert type(explained) is kind
    assert says in explained.message


def test_genuine_errors_are_read(shared: Path) -> None:
    """Recorded bodies, by their own status."""
    kinds = {}
    for name in sorted(FEEDS | {line["file"] for line in EXPECTED}):
        file = shared / "corpus" / name
        if name.startswith("recorded/reddit/error_"):
            status = int(file.name.split("_")[1])
            kinds[file.name] = type(APP.explain(answer(first_of(APP), file.read_bytes(), status=status)))

    assert len(kinds) == 9
    assert {kind for name, kind in kinds.items() if name.startswith("error_401")} == {AuthFailed}
    assert {kind for name, kind in kinds.items() if name.startswith("error_403")} == {Forbidden}
    assert {kind for name, kind in kinds.items() if name.startswith(("error_400", "error_404"))} == {type(None)}


# --- the session ------------------------------------------------------------------------------------------------------


def test_an_app_logs_in_once_a_day(world: World) -> None:
    """The token is fetched as a form with the app's secret, kept, and fetched anew when it is over."""
    tokens: list[str] = []

    def log_in(request: httpx.Request) -> Reply:
        assert request.content == b"grant_type=client_credentials"
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert request.headers["authorization"] == "Basic YXBwLWlkOmFwcC1zM2NyZXQ="
        tokens.append(f"t0ken-{len(tokens)}")
        return Reply(
            json.dumps({"access_token": tokens[-1], "token_type": "bearer", "expires_in": 86400, "scope": "*"})
        )

    def search(request: httpx.Request) -> Reply:
        if request.headers["authorization"] != f"Bearer {tokens[-1]}" or expired:
            expired.clear()
            return Reply('{"message": "Unauthorized", "error": 401}', 401)
        return Reply('{"kind": "Listing", "data": {"after": null, "children": []}}')

    expired: list[bool] = []
    world.environ["SECRET"] = "app-s3cret"
    world.network.pages["https://www.reddit.com/api/v1/access_token"] = log_in
    world.network.pages["https://oauth.reddit.com/search"] = search
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n[[sources]]\ntype = "reddit"\n'
        'client_id = "app-id"\nclient_secret = { env = "SECRET" }\n'
    )
    for _ in range(3):
        assert world.run("scan").err == ""
        world.later(hours=1)
    assert len(tokens) == 1
    expired.append(True)
    assert world.run("scan").err == ""
    assert len(tokens) == 2


def test_an_app_that_is_unknown_is_told_so() -> None:
    """401 at the login is the app's fault, not the user's password."""
    explained = APP.explain(answer(APP.login(), b'{"message": "Unauthorized", "error": 401}', status=401))

    assert isinstance(explained, AuthFailed)
    assert "client_secret" in explained.message
    assert "app-s3cret" not in explained.message
    with pytest.raises(AuthFailed):
        APP.read_session(answer(APP.login(), {"error": "unsupported_grant_type"}))
