"""X: terms in its own syntax, money that is never overspent, texts whole and links expanded, errors told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    RateLimited,
    ServerError,
    SourceError,
    UnexpectedResponse,
    UserError,
)
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Item, Term
from mentionwatch.sources.platforms.x import X
from support.replay import ACME, NOW, answer, params, scan
from support.world import Reply, World

SOURCE = X(token=Secret("b34rer"))
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


def first(source: X = SOURCE, brand: Brand = ONE) -> Request:
    return next(iter(source.requests((brand,), {}, NOW)))


def query(*terms: Term) -> list[str]:
    return [params(request)["query"] for request in SOURCE.requests((Brand("Acme", terms=terms),), {}, NOW)]


def read(body: object, source: X = SOURCE) -> tuple[Item, ...]:
    return source.parse(answer(first(source), body)).items


def post(number: int, at: datetime, **more: object) -> dict[str, object]:
    return {"id": str(number), "text": "Acme Coffee", "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z", **more}


@dataclass
class Service:
    """Seven days of posts, newest first, in pages; counts what it charges for."""

    posts: list[tuple[int, datetime]] = field(default_factory=list)
    now: datetime = NOW
    charged: int = 0

    def publish(self, number: int, until: datetime = NOW) -> set[str]:
        start = len(self.posts)
        made = [(10**18 + start + n, until - timedelta(minutes=5 * (number - n))) for n in range(number)]
        self.posts += made
        return {str(number) for number, _ in made}

    def __call__(self, request: Request) -> Response:
        return answer(request, self.found(params(request)), at=self.now)

    def found(self, sent: Mapping[str, str]) -> dict[str, Any]:
        start = datetime.fromisoformat(sent.get("start_time", "2000-01-01T00:00:00Z"))
        assert "start_time" not in sent or start >= self.now - timedelta(days=7), "X refuses the whole question"
        size = int(sent["max_results"])
        assert 10 <= size <= 100
        reach = max(start, self.now - timedelta(days=7))
        known = [(at, number) for number, at in self.posts if reach <= at <= self.now]
        skip = int(sent.get("next_token", "t0")[1:])
        page = sorted(known, reverse=True)[skip : skip + size]
        self.charged += len(page)
        more = {"next_token": f"t{skip + size}"} if len(known) > skip + size else {}
        body: dict[str, Any] = {"meta": {"result_count": len(page), **more}}
        return {**body, "data": [post(number, at) for at, number in page]} if page else body


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_all_terms_of_a_brand_are_one_question_in_x_s_own_words() -> None:
    """Phrases in quotes, hashtags, handles of X, domains as addresses; reposts are left out."""
    assert query(*ACME.terms) == [
        '("Acme Coffee" OR "ACME" OR #AcmeCoffee OR @acmecoffee OR url:"acme.example") -is:retweet'
    ]
    assert query(Term("name", "Acme")) == ['"Acme" -is:retweet']


def test_what_x_cannot_ask_for_is_left_out() -> None:
    """Handles of other networks, hashtags with signs in them, and quotes within a phrase."""
    assert query(Term("handle", "acme.bsky.social"), Term("handle", "@a@b.example"), Term("hashtag", "c++")) == []
    assert query(Term("name", 'Say "Acme" now')) == ['"Say Acme now" -is:retweet']


def test_queries_keep_to_512_characters_and_hold_every_term_once() -> None:
    """Counted in bytes, so that characters which count double are never too many."""
    names = [f"コーヒー {n}" for n in range(60)]
    asked = query(*(Term("name", name) for name in names), Term("name", "コーヒー 1"))
    found = [phrase for text in asked for phrase in re.findall(r'"([^"]+)"', text)]

    assert sorted(found) == sorted(names)
    assert max(len(text.encode()) for text in asked) <= 512
    assert len(asked) < 10


def test_brands_that_share_a_term_pay_for_it_once() -> None:
    """The second brand asks only for what the first has not."""
    again = Brand("Other", terms=(Term("name", "ACME coffee"), Term("name", "Other")))
    asked = {request.query_key: params(request)["query"] for request in SOURCE.requests((ONE, again), {}, NOW)}

    assert asked == {"posts:acme": '"Acme Coffee" -is:retweet', "posts:other": '"Other" -is:retweet'}


def test_every_question_has_a_name_of_its_own() -> None:
    """A brand may be called as the second query of another."""
    many = Brand("A", terms=tuple(Term("name", f"{n} of many long names of coffee") for n in range(20)))
    asked = [request.query_key for request in SOURCE.requests((many, Brand("a:2", terms=ONE.terms)), {}, NOW)]

    assert asked == ["posts:a", "posts:a:2", "posts:a:2+"]


def test_a_scan_at_once_after_the_last_is_no_wrong_question() -> None:
    """X refuses a beginning within its last seconds."""
    now = int(NOW.timestamp())
    request = next(SOURCE.requests((ONE,), {"posts:acme": f"{now}/{now}"}, NOW))

    assert params(request)["start_time"] == "2026-11-21T07:58:00Z"


def test_the_token_is_a_header_and_nothing_else() -> None:
    """A line feed from a file does no harm."""
    request = first(X(token=Secret("b34rer\n")))

    assert request.headers == {"Authorization": Secret("Bearer b34rer")}
    assert "b34rer" not in repr(request)


@pytest.mark.parametrize(
    ("monthly", "authors", "quoted", "size", "price"),
    [
        (1_000, True, False, 10, 30),
        (1_000, False, False, 10, 10),
        (100_000, True, True, 100, 500),
        (50, True, True, 10, 50),
    ],
)
def test_a_small_budget_asks_for_small_pages(monthly: int, authors: bool, quoted: bool, size: int, price: int) -> None:
    """What a page may cost at most is known before it is asked for: an author counts as two posts."""
    request = first(X(token=Secret("b"), monthly_posts=monthly, authors=authors, quoted=quoted))
    sent = params(request)

    assert (int(sent["max_results"]), request.price) == (size, price)
    assert ("author_id" in sent.get("expansions", "")) == authors
    assert ("referenced_tweets.id" in sent.get("expansions", "")) == quoted


def test_a_budget_below_one_answer_is_refused() -> None:
    """It would never ask at all."""
    with pytest.raises(UserError, match="monthly_posts: must be at least 30"):
        X(token=Secret("b"), monthly_posts=29)


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", [0, 1, 9, 10, 11, 57])
def test_every_post_since_the_last_scan_is_found(new: int) -> None:
    """Page after page back to the checkpoint, and hardly anything twice."""
    service = Service(now=NOW - timedelta(days=1))
    service.publish(25, until=service.now)
    before = scan(SOURCE, service, brands=(ONE,))
    service.now, service.charged = NOW, 0
    fresh = service.publish(new)
    after = scan(SOURCE, service, before.checkpoints, brands=(ONE,))

    assert len(before.items) == 10
    assert after.ids - before.ids == fresh
    assert after.holes == set()
    assert service.charged <= new + 1


def test_what_is_older_than_seven_days_is_a_hole() -> None:
    """After a fortnight's pause the question is one that X takes, and what is missing is said."""
    service = Service(now=NOW - timedelta(days=14))
    service.publish(3, until=service.now)
    before = scan(SOURCE, service, brands=(ONE,), now=service.now)
    service.now = NOW
    service.publish(2)
    after = scan(SOURCE, service, before.checkpoints, brands=(ONE,))

    assert len(after.items) == 2
    assert after.holes == {"posts:acme"}


def test_what_an_answer_cost_is_counted_by_what_it_held() -> None:
    """Posts, authors twice, and posts that came along; an empty answer costs nothing."""
    body = {
        "data": [post(1, NOW), post(2, NOW)],
        "includes": {"users": [{"id": "1", "username": "jo"}], "tweets": [post(3, NOW)]},
        "meta": {"result_count": 2},
    }

    assert SOURCE.parse(answer(first(), body)).cost == 5
    assert SOURCE.parse(answer(first(), {"meta": {"result_count": 0}})).cost == 0


# --- what is read -----------------------------------------------------------------------------------------------------


def test_quoted_words_are_added_where_they_came() -> None:
    """With their links; without them the quote is a link."""
    quoting = {
        **post(2, NOW),
        "text": "So true https://t.co/abc",
        "referenced_tweets": [{"type": "quoted", "id": "1"}],
        "entities": {
            "urls": [
                {"url": "https://t.co/abc", "expanded_url": "https://x.com/a/status/1", "display_url": "x.com/a/sta…"}
            ]
        },
    }
    original = {
        **post(1, NOW),
        "entities": {"urls": [{"url": "https://t.co/x", "expanded_url": "https://acme.example/"}]},
    }
    alone = read({"data": [quoting], "meta": {"result_count": 1}})[0]
    both = read({"data": [quoting], "includes": {"tweets": [original]}, "meta": {"result_count": 1}})[0]

    assert (alone.text, alone.links) == ("So true x.com/a/sta…", ("https://x.com/a/status/1",))
    assert both.text == "So true x.com/a/sta…\n\nAcme Coffee"
    assert both.links == ("https://x.com/a/status/1", "https://acme.example/")


def test_a_link_is_known_by_itself_not_by_its_place() -> None:
    """Emoji, escaped signs and a hostile list of links: every short link by its own address, once over."""
    chained = [{"url": f"https://t.co/a{n}", "display_url": f"https://t.co/a{n + 1} " * 20} for n in range(100)]
    text = "🦊🦊 &amp; https://t.co/a1 https://t.co/a12"
    item = read({"data": [{**post(1, NOW), "text": text, "entities": {"urls": chained}}], "meta": {}})[0]

    assert item.text.startswith("🦊🦊 & https://t.co/a2 https://t.co/a2")
    assert len(item.text) < 1_000


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("und", None), ("qme", None), ("zxx", None), ("in", "id"), ("x-y", None)]
)
def test_no_language_is_none(code: str, language: str | None) -> None:
    """X has codes for posts of nothing but links, and old ones."""
    assert read({"data": [{**post(1, NOW), "lang": code}], "meta": {}})[0].language == language


def test_an_edited_post_is_the_same_mention() -> None:
    """Its new number comes with the older ones."""
    item = read({"data": [post(7, NOW, edit_history_tweet_ids=["5", "6", "7"])], "meta": {}})[0]

    assert set(item.same_as) == {"https://x.com/i/status/5", "https://x.com/i/status/6"}


# --- errors -----------------------------------------------------------------------------------------------------------

TYPE = "https://api.twitter.com/2/problems/"


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}, AuthFailed, "token"),
        (402, {"title": "CreditsDepleted", "type": TYPE + "credits"}, Forbidden, "credits"),
        (403, {"title": "Client Forbidden", "type": TYPE + "client-forbidden"}, Forbidden, "project"),
        (403, {"type": TYPE + "unsupported-authentication"}, Forbidden, "bearer"),
        (403, {"title": "Forbidden", "detail": "In their words."}, Forbidden, "In their words."),
        (403, {"title": "UsageCapExceeded", "type": TYPE + "usage-capped"}, RateLimited, "cap"),
        (429, {"title": "UsageCapExceeded", "type": TYPE + "usage-capped", "period": "Monthly"}, RateLimited, "cap"),
        (429, {"title": "Too Many Requests", "type": "about:blank"}, RateLimited, "rate-limited"),
        (429, None, RateLimited, "rate-limited"),
        (400, {"errors": [{"message": "No 'query'"}], "type": TYPE + "invalid-request"}, UnexpectedResponse, "'query'"),
        (503, {"title": "Service Unavailable"}, ServerError, "server error"),
        (200, {"errors": [{"title": "Forbidden", "detail": "In their words."}]}, UnexpectedResponse, "In their words."),
    ],
)  # fmt: skip
def test_errors_are_told_apart(status: int, body: object, kind: type[SourceError], says: str) -> None:
    """By type, title and status; with a web page as the body, too."""
    raw = b"<html>no</html>" if body is None else body
    if status == 200:
        with pytest.raises(kind) as caught:
            SOURCE.parse(answer(first(), raw))
        explained: SourceError | None = caught.value
    else:
        explained = SOURCE.explain(answer(first(), raw, status=status))

    assert isinstance(explained, kind)
    assert says in explained.message


def test_the_wait_is_as_long_as_x_says() -> None:
    """The window's end in seconds since 1970; nonsense there is no time at all."""
    reset = str(int(NOW.timestamp()) + 600)
    said = SOURCE.explain(answer(first(), {}, status=429, headers={"x-rate-limit-reset": reset}))
    odd = SOURCE.explain(answer(first(), {}, status=429, headers={"x-rate-limit-reset": "9" * 30}))

    assert isinstance(said, RateLimited)
    assert said.until == NOW + timedelta(minutes=10)
    assert isinstance(odd, RateLimited)
    assert odd.until is None


def test_a_partial_answer_is_read_and_told() -> None:
    """Errors beside data: what came is kept, what is missing is said."""
    body = {"data": [post(1, NOW)], "errors": [{"title": "Not Found Error"}], "meta": {"result_count": 1}}
    page = SOURCE.parse(answer(first(), body))

    assert len(page.items) == 1
    assert page.note == "X left out 1 part of the answer"


# --- the money, over several runs -------------------------------------------------------------------------------------

CONFIG = """
[[brands]]
name = "Acme"
names = ["Acme Coffee"]

[[sources]]
type = "x"
every = "1h"
token = { env = "X_TOKEN" }
monthly_posts = 60
authors = false
"""


class Shop:
    """X on the world's network, with a till."""

    def __init__(self, world: World) -> None:
        self.world, self.service = world, Service()
        world.environ["X_TOKEN"] = "b34rer-t0ken"
        world.configure(CONFIG)
        world.network.pages["https://api.x.com/2/tweets/search/recent"] = self.search

    def search(self, request: httpx.Request) -> Reply:
        assert request.headers["authorization"] == "Bearer b34rer-t0ken"
        self.service.now = self.world.now
        found = self.service.found(dict(request.url.params))
        found.setdefault("errors", [{"detail": "b34rer-t0ken is not shown"}])
        return Reply(json.dumps(found))


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


def test_a_flood_never_costs_more_than_the_month_s_posts(shop: Shop) -> None:
    """Whatever comes and however often it is asked, in one run or many; waiting is no failure."""
    world = shop.world
    for _ in range(26):
        shop.service.publish(12, until=world.now)
        assert world.run("scan", "--force", "--strict").status == 0
        world.later(hours=11)

    spent = shop.service.charged
    assert world.now > datetime(2026, 11, 30, tzinfo=UTC)
    assert 60 < spent <= 120  # November's and December's
    assert "paid reads" in world.run("coverage").out


def test_a_spent_day_waits_for_the_next(shop: Shop) -> None:
    """The run says until when, and exits 0."""
    world = shop.world
    shop.service.publish(30, until=world.now)
    world.run("scan")
    before = shop.service.charged
    again = world.later(hours=1).run("scan", "--force", "--strict")

    assert before == 10
    assert (again.status, shop.service.charged) == (0, before)
    assert '"waiting_until": "2026-11-21T00:00:00Z"' in world.run("sources", "--json").out
    world.later(hours=24)
    world.run("scan")
    assert shop.service.charged > before


def test_a_quiet_brand_costs_nothing_and_is_asked_every_time(shop: Shop) -> None:
    """Empty answers are free."""
    for _ in range(30):
        shop.world.later(hours=1).run("scan")

    assert len(shop.world.network.asked) == 30


def test_check_says_what_it_will_cost(shop: Shop) -> None:
    """Before the first run."""
    told = shop.world.run("check").out

    assert "24 requests a day" in told
    assert "at most 10 reads ($0.05) at first, never more than 60 ($0.30) a month" in told


def test_check_online_is_paid_for_out_of_the_same_month(shop: Shop) -> None:
    """Its answers are counted, and where nothing is left it asks nothing."""
    world = shop.world
    world.run("scan")
    for _ in range(20):
        shop.service.publish(10, until=world.now)
        world.later(hours=12).run("check", "--online")
    november = world.now.month

    assert november == 11
    assert 50 <= shop.service.charged <= 60
    assert "paid reads of this month are used" in world.run("check", "--online").out


def test_the_token_is_written_nowhere(shop: Shop) -> None:
    """Not in the database, nor in anything that is printed, whatever X says."""
    world = shop.world
    shop.service.publish(3, until=world.now)
    told = [world.run(*words) for words in (["scan", "-v"], ["check", "--online"], ["sources", "--json"], ["coverage"])]
    world.serve(
        "https://api.x.com/2/tweets/search/recent",
        json.dumps({"title": "Invalid Request", "errors": [{"message": "bad token b34rer-t0ken"}]}),
        status=400,
    )
    told += [world.later(days=1).run("scan", "-v"), world.run("check", "--online"), world.run("sources", "--json")]

    assert not [ran for ran in told if "b34rer" in ran.out + ran.err]
    for file in world.folder.iterdir():
        if file.name != "mentionwatch.toml":
            assert b"b34rer" not in file.read_bytes()


# --- genuine answers --------------------------------------------------------------------------------------------------


def recorded(shared: Path, name: str) -> tuple[Response, list[dict[str, Any]]]:
    raw = (shared / "corpus/recorded/x" / name).read_bytes()
    return answer(first(), raw), json.loads(raw)["data"]


@pytest.mark.parametrize(
    ("name", "posts", "authors", "more"),
    [
        ("search_tweets_for_nyc.json", 10, 0, True),
        ("search_tweets_query.json", 4, 4, False),
        ("tweet_quote_tweets_resp.json", 15, 15, True),
    ],
)
def test_reads_every_post_of_recorded_answers(shared: Path, name: str, posts: int, authors: int, more: bool) -> None:
    """Every post with its number and text, its author where X gave one, and whether more would follow."""
    response, listed = recorded(shared, name)
    again = replace(response, request=replace(response.request, since="1500000000"))
    page = SOURCE.parse(response)

    assert [item.external_id for item in page.items] == [one["id"] for one in listed]
    assert len(page.items) == posts
    assert sum(item.author.handle is not None for item in page.items) == authors
    assert all(item.text and item.published_at for item in page.items)
    assert (json.loads(response.body)["meta"].get("next_token") is not None) == more
    assert SOURCE.parse(again).truncated is False


def test_reads_a_recorded_reply(shared: Path) -> None:
    """With its author, what it answers, and its picture's link left in the text alone."""
    item = SOURCE.parse(recorded(shared, "search_tweets_query.json")[0]).items[0]

    assert item.url == "https://x.com/happycamper/status/1276035977375477760"
    assert item.parent_url == "https://x.com/i/status/1275653067283759104"
    assert item.handles == ("@snowman",)
    assert item.text.endswith("looking for pic.twitter.com/14TzLYBBXi")
    assert item.links == ()
    assert item.published_at == datetime(2020, 6, 25, 6, 14, 19, tzinfo=UTC)


@pytest.mark.parametrize("name", ["tweets_counts_recent_resp.json", "search_users_resp.json", "v11_search_tweets.json"])
def test_recorded_answers_of_other_kinds_are_not_posts(shared: Path, name: str) -> None:
    """Counts, accounts and the first API's lists are refused, not read as "nothing found"."""
    with pytest.raises(UnexpectedResponse):
        SOURCE.parse(answer(first(), (shared / "corpus/recorded/x" / name).read_bytes()))
