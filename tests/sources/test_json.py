"""The JSON source: any search described in the configuration, read without a line of program."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mentionwatch.errors import AuthFailed, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms._json_path import InvalidPath, explain_missing, parse_path, resolve
from mentionwatch.sources.platforms.json import Json
from support.paths import DATA
from support.replay import NOW, answer, read, scan

HERE = "https://forum.example"
ACME = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


def source(url: str = f"{HERE}/s?q={{phrase}}", **more: Any) -> Json:
    return Json(url=url, **{"items": "hits", "link": "url", "id": "id", "published": "at", **more})


def first(made: Json, *brands: Brand, **checkpoints: str) -> Request:
    return next(iter(made.requests(brands or (ACME,), checkpoints, NOW)))


def query(url: str) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", [1]),
        ("$.a.b", [1]),
        ("list[1].n", [2]),
        ("list[].n", [1, 2]),
        ("$", [{"a": {"b": 1}, "list": [{"n": 1}, {"n": 2}], "im:x.y": 3, "none": None}]),
        ('["im:x.y"]', [3]),
        ("a.c", []),
        ("list[9]", []),
        ("none", []),
        ("a[0]", []),
    ],
)
def test_a_path_leads_to_what_stands_there(path: str, found: list[object]) -> None:
    """Keys, indexes, every member, and keys with signs in them."""
    value = {"a": {"b": 1}, "list": [{"n": 1}, {"n": 2}], "im:x.y": 3, "none": None}

    assert list(resolve(value, parse_path(path))) == found


@pytest.mark.parametrize("path", ["a..b", ".a", "a.", "a[", "a[x]", "a[-1]", "a]b", 'a["b', "a[0]b", "a b. ", "." * 50])
def test_a_malformed_path_is_told_before_anything_is_asked(path: str) -> None:
    """``check`` finds it: the problem begins with the option's name."""
    if path == "a b. ":
        path = "a b."
    with pytest.raises(InvalidPath):
        parse_path(path)
    with pytest.raises(UserError) as caught:
        source(title=path)

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["title"]


def test_says_which_step_leads_nowhere() -> None:
    """The message names the step that failed and what is there instead."""
    value = {"data": {"hits": [{"id": 1}], "total": 1}}

    assert explain_missing(value, parse_path("data.results")) == "data has no results: it is an object with hits, total"
    assert explain_missing(value, parse_path("rows")) == "the response has no rows: it is an object with data"
    assert explain_missing(value, parse_path("data.hits[3]")) == "data.hits has no [3]: it is a list of 1"


# --- asking -----------------------------------------------------------------------------------------------------------


def test_the_address_is_filled_in_and_escaped() -> None:
    """Placeholders become what they stand for, and a parameter that comes to nothing is left out."""
    made = source(f"{HERE}/s?q={{phrase}}&p={{page}}&skip={{offset}}&c={{cursor}}&kind=all", next="c", first_page=0)

    assert first(made).url == f"{HERE}/s?q=%22Acme%20Coffee%22&p=0&skip=0&kind=all"


@pytest.mark.parametrize(
    ("how", "written"),
    [("iso", "2026-11-14T08:00:00Z"), ("unix", "1794643200"), ("ms", "1794643200000"), ("%Y-%m-%d", "2026-11-14")],
)
def test_the_time_is_written_as_the_platform_reads_it(how: str, written: str) -> None:
    """The first time a week back, then from an hour before the last answer's newest."""
    made = source(f"{HERE}/s?q={{query}}&since={{since}}", since_format=how)
    again = first(made, **{"text:Acme Coffee": "1795212000"})

    assert query(first(made).url)["since"] == written
    if how == "iso":
        assert query(again.url)["since"] == "2026-11-20T21:00:00Z"


def test_a_list_without_a_term_in_its_address_is_asked_once() -> None:
    """Everything it lists is matched here."""
    two = Brand("Bar", terms=(Term("name", "Bar"),))
    (request,) = source(f"{HERE}/latest.json").requests((ACME, two), {}, NOW)

    assert (request.query_key, request.url) == ("all", f"{HERE}/latest.json")


def test_a_tag_is_asked_as_a_tag() -> None:
    """Names as the hashtag they make, and hashtags as they are."""
    brand = Brand("Acme", terms=(Term("name", "Acme Coffee"), Term("hashtag", "#acme"), Term("name", "C++")))
    asked = [request.url for request in source(f"{HERE}/tag/{{tag}}").requests((brand,), {}, NOW)]

    assert asked == [f"{HERE}/tag/acme", f"{HERE}/tag/AcmeCoffee"]


def test_a_token_goes_where_the_platform_wants_it() -> None:
    """Into a header with or without a word before it, or into a parameter; never into the address."""
    token = Secret("s3cret")
    bearer = first(source(token=token))
    plain = first(source(token=token, token_header="X-Api-Key", token_scheme=""))
    inside = first(source(token=token, token_param="key"))

    assert {name: value.reveal() for name, value in bearer.headers.items() if isinstance(value, Secret)} == {
        "Authorization": "Bearer s3cret"
    }
    assert {name: value.reveal() for name, value in plain.headers.items() if isinstance(value, Secret)} == {
        "X-Api-Key": "s3cret"
    }
    assert (inside.headers, inside.params) == ({}, (("key", token),))
    assert "s3cret" not in repr((bearer, plain, inside))


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"url": "https://{query}.example/"}, {"url"}),
        ({"url": f"{HERE}/?q={{term}}"}, {"url"}),
        ({"url": f"{HERE}/?q={{tag}}&r={{query}}"}, {"url"}),
        ({"url": f"{HERE}/?q={{query}}&c={{cursor}}"}, {"next"}),
        ({"url": "ftp://forum.example/{query}"}, {"url"}),
        ({"link": " "}, {"link"}),
        ({"link": "https://forum.example/{a..b}"}, {"link"}),
        ({"items": "a[", "next": "b."}, {"items", "next"}),
        ({"time_format": "yesterday"}, {"time_format"}),
        ({"since_format": "epoch"}, {"since_format"}),
        ({"pages": 0, "page_size": -1}, {"pages", "page_size"}),
        ({"spacing": float("nan")}, {"spacing"}),
        ({"token_header": "X Key"}, {"token_header"}),
        ({"overlap": timedelta(days=-1)}, {"overlap"}),
    ],
)
def test_a_wrong_description_is_told_whole(options: dict[str, Any], names: set[str]) -> None:
    """Every problem at once, each by the option's name."""
    with pytest.raises(UserError) as caught:
        source(**options)

    assert {problem.split(":")[0] for problem in caught.value.problems} == names


def test_the_limits_are_those_the_user_states() -> None:
    """Spacing, pages and quota of a platform nobody thought of are the user's to say."""
    limits = source(spacing=6.0, pages=3, per_day=100).own_limits

    assert (limits.min_interval, limits.pages, limits.per_day) == (6.0, 3, 100)
    assert source().own_limits.per_day is None


# --- reading ----------------------------------------------------------------------------------------------------------


def told(made: Json, body: object) -> UnexpectedResponse:
    with pytest.raises(UnexpectedResponse) as caught:
        made.parse(answer(first(made), body))
    return caught.value


def test_a_path_that_does_not_resolve_is_named() -> None:
    """The error says which option, which step, and what is there."""
    assert told(source(items="data.rows"), {"data": {"hits": []}}).message == (
        "items: 'data.rows' does not lead to a list: data has no rows: it is an object with hits"
    )
    assert told(source(link="href"), {"hits": [{"id": 1, "web": "x"}]}).message == (
        "link: 'href' does not lead to an address in any of the 1 entries: "
        "an entry has no href: it is an object with id, web"
    )


def test_a_mistyped_field_is_told_and_costs_nothing_else() -> None:
    """What no entry has is said in a note; a field that some entries lack is not."""
    made = source(title="headline", text="body", author="by.name")
    page = made.parse(
        answer(first(made), {"hits": [{"id": 1, "url": f"{HERE}/1", "body": "x"}, {"id": 2, "url": f"{HERE}/2"}]})
    )

    assert len(page.items) == 2
    assert page.note == "in none of the 2 entries: title ('headline'), published ('at'), author ('by.name')"


def test_an_answer_without_the_list_is_empty_only_where_the_user_says_so() -> None:
    """Some APIs leave the list out when nothing was found; others when something is wrong."""
    assert "does not lead to a list" in told(source(), {"total": 0}).message
    lenient = source(absent_is_empty=True)

    assert lenient.parse(answer(first(lenient), {"total": 0})).items == ()
    assert "does not lead to a list" in told(lenient, {"error": "quota"}).message


def test_an_error_inside_a_success_is_an_error() -> None:
    """The path ``error`` leads to the platform's own words."""
    body = {"hits": [], "problem": {"text": "too\x1b[31m short"}}

    assert told(source(error="problem.text"), body).message == "the response is an error: too[31m short"


@pytest.mark.parametrize(
    ("how", "written"),
    [
        ("auto", "2026-11-20T09:01:02+01:00"),
        ("auto", "Fri, 20 Nov 2026 08:01:02 GMT"),
        ("auto", 1795161662),
        ("auto", 1795161662000),
        ("auto", "20261120T080102Z"),
        ("%d/%m/%Y %H.%M.%S", "20/11/2026 08.01.02"),
        ("%d/%m/%Y %H.%M.%S %z", "20/11/2026 10.01.02 +0200"),
    ],
)
def test_times_are_read_as_they_are_written(how: str, written: object) -> None:
    """Without a zone it is UTC."""
    made = source(time_format=how)
    (item,) = made.parse(answer(first(made), {"hits": [{"id": 1, "url": f"{HERE}/1", "at": written}]})).items

    assert item.published_at == datetime(2026, 11, 20, 8, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("written", ["31/02/2026 08.00.00", "x" * 5000, "", None, [], -1, "20/11/2036 08.00.00"])
def test_a_time_that_cannot_be_is_unknown(written: object) -> None:
    """It costs the entry its time and nothing else."""
    made = source(time_format="%d/%m/%Y %H.%M.%S")
    (item,) = made.parse(answer(first(made), {"hits": [{"id": 1, "url": f"{HERE}/1", "at": written}]})).items

    assert item.published_at is None


def test_plain_text_is_not_taken_for_markup() -> None:
    """``text_is`` tells ``a < b`` from a tag."""
    body = {"hits": [{"id": 1, "url": f"{HERE}/1", "body": "1 <b and\n2 > c &amp; https://acme.example/x"}]}
    made = source(text="body", text_is="plain")
    (item,) = made.parse(answer(first(made), body)).items

    assert item.text == "1 <b and\n2 > c &amp; https://acme.example/x"
    assert item.links == ("https://acme.example/x",)


def test_ids_of_two_endpoints_are_not_mixed_up() -> None:
    """Posts and comments may both be numbered from 1."""
    body = {"hits": [{"id": 1, "url": f"{HERE}/1"}]}
    ids = {
        item.external_id
        for path in ("posts", "comments")
        for made in [source(f"{HERE}/{path}?q={{query}}")]
        for item in made.parse(answer(first(made), body)).items
    }

    assert ids == {"forum.example/posts/1", "forum.example/comments/1"}


def test_errors_are_told_in_the_platform_s_words() -> None:
    """A refused token by what to do, a refused question by what was said."""
    made = source(token=Secret("x"))

    assert isinstance(made.explain(answer(first(made), {"message": "expired"}, status=401)), AuthFailed)
    refused = made.explain(answer(first(made), {"error": {"message": "q too short"}}, status=400))
    assert refused is not None
    assert str(refused) == "the server rejected this query: q too short"
    assert made.explain(answer(first(made), b"<html>", status=400)) is None
    assert made.explain(answer(first(made), {"message": "x"}, status=500)) is None


# --- turning pages ----------------------------------------------------------------------------------------------------


@dataclass
class Site:
    """A search that gives ``size`` entries a page, newest first, and turns pages in one of four ways."""

    turns: str
    size: int = 10
    entries: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def post(self, number: int, until: datetime = NOW) -> set[str]:
        fresh = set()
        for back in reversed(range(number)):
            n = len(self.entries) + 1
            at = until - timedelta(minutes=15 * back)
            self.entries.append({"id": n, "url": f"{HERE}/{n}", "at": at.isoformat()})
            fresh.add(f"forum.example/s/{n}")
        return fresh

    def __call__(self, request: Request) -> Response:
        self.asked.append(request.url)
        sent = query(request.url)
        found = sorted(self.entries, key=lambda entry: datetime.fromisoformat(entry["at"]), reverse=True)
        start = (int(sent["p"]) - 1) * self.size if self.turns == "page" else int(sent.get("o", sent.get("c", "0")))
        body: dict[str, Any] = {"hits": found[start : start + self.size]}
        if start + self.size < len(found):
            body["cursor"] = str(start + self.size)
            body["more"] = f"/s?q={sent['q']}&o={start + self.size}".replace(" ", "+").replace('"', "%22")
        return answer(request, body)


WAYS = {
    "page": {"url": f"{HERE}/s?q={{phrase}}&p={{page}}"},
    "offset": {"url": f"{HERE}/s?q={{phrase}}&o={{offset}}"},
    "cursor": {"url": f"{HERE}/s?q={{phrase}}&c={{cursor}}", "next": "cursor"},
    "link": {"url": f"{HERE}/s?q={{phrase}}", "next": "more"},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("new", [0, 1, 9, 10, 11, 35])
def test_every_entry_since_the_last_scan_is_found(way: str, new: int) -> None:
    """Whichever way pages are turned, they are turned back to the last scan, and no old entry comes as news."""
    made, site = source(**WAYS[way]), Site(way)
    site.post(60, until=NOW - timedelta(days=3))
    before = scan(made, site, brands=(ACME,))
    fresh = site.post(new)
    after = scan(made, site, before.checkpoints, brands=(ACME,))

    assert len(before.ids) == 10
    assert after.ids - before.ids == fresh
    assert after.holes == set()


@pytest.mark.parametrize("way", WAYS)
def test_more_than_the_pages_allowed_is_a_hole(way: str) -> None:
    """What could not be read back to the last scan is said to be missing."""
    made, site = source(**WAYS[way]), Site(way)
    site.post(20, until=NOW - timedelta(days=9))
    before = scan(made, site, brands=(ACME,))
    site.post(150)

    assert scan(made, site, before.checkpoints, brands=(ACME,)).holes == {"text:Acme Coffee"}


def test_a_list_that_cannot_be_turned_says_when_it_was_too_short() -> None:
    """Every entry newer than the last scan, and no way to ask for more: something was missed."""
    made, site = source(f"{HERE}/s?q={{phrase}}"), Site("link")
    site.post(20, until=NOW - timedelta(days=9))
    before = scan(made, site, brands=(ACME,))
    site.post(30)

    assert scan(made, site, before.checkpoints, brands=(ACME,)).holes == {"text:Acme Coffee"}


def test_the_next_page_is_never_another_site_s() -> None:
    """A token would go with the request."""
    made = source(next="more", token=Secret("x"))
    request = first(made, **{"text:Acme Coffee": "1"})
    body = {"hits": [{"id": 1, "url": f"{HERE}/1", "at": "2026-11-20"}]}
    for elsewhere in (
        "https://evil.example/s",
        "//evil.example/s",
        "http://forum.example/s",
        "https://forum.example:8443/",
    ):
        assert made.parse(answer(request, {**body, "more": elsewhere})).next is None
    following = made.parse(answer(request, {**body, "more": "?page=2"})).next

    assert following is not None
    assert following.url == f"{HERE}/s?page=2"


def test_a_list_in_no_order_is_read_to_its_end() -> None:
    """By relevance, a page of old entries says nothing about the next."""
    made, site = source(order="any", pages=20, **WAYS["page"]), Site("page")
    site.post(45, until=NOW - timedelta(days=9))
    before = scan(made, site, brands=(ACME,))
    site.entries.insert(0, {"id": 99, "url": f"{HERE}/99", "at": NOW.isoformat()})
    after = scan(made, site, before.checkpoints, brands=(ACME,), pages=20)

    assert len(after.asked) == 6
    assert after.ids == {"forum.example/s/99"}  # the others were there before, on pages not turned the first time
    assert after.holes == set()


# --- genuine answers of other platforms -------------------------------------------------------------------------------


def genuine(shared: Path, name: str, made: Json) -> list[Any]:
    body = (shared / "corpus" / name).read_bytes()
    return list(read(made, answer(first(made), body)).items)


def test_reads_searxng_as_described(shared: Path) -> None:
    """Twenty results of a real instance, by four paths."""
    made = Json(
        url=f"{HERE}/search?q={{phrase}}&format=json", items="results", link="url", title="title", text="content"
    )
    items = genuine(shared, "captured/searxng/json_general.body", made)

    assert len(items) == 20
    assert items[1].title == "Post 00 en"
    assert items[1].text.startswith("Just tried Acme Coffee for the first time. Honestly the best espresso in town!")
    assert "https://acme.example/" in items[1].links


def test_reads_wordpress_as_described(shared: Path) -> None:
    """Five posts of a real blog: the answer itself is the list."""
    made = Json(
        url=f"{HERE}/wp-json/wp/v2/posts?search={{query}}",
        items="$", link="link", id="id", title="title.rendered", text="content.rendered", published="date_gmt",
    )  # fmt: skip
    items = genuine(shared, "captured/wordpress/posts_search.body", made)

    assert [item.external_id.rsplit("/", 1)[1] for item in items][:2] == ["53", "51"]
    assert items[1].title == "Post 47 Acme Coffeen kahvi on hyvää #AcmeCoffee"
    assert items[1].published_at == datetime(2026, 11, 21, 18, 15, 38, tzinfo=UTC) or items[1].published_at > NOW


def test_reads_newsapi_as_described(shared: Path) -> None:
    """Twenty articles of a recorded answer."""
    made = Json(
        url=f"{HERE}/v2/everything?q={{phrase}}",
        items="articles", link="url", title="title", text="description", published="publishedAt", author="author",
        kind="article", token=Secret("k"), token_header="X-Api-Key", token_scheme="",
    )  # fmt: skip
    items = genuine(shared, "recorded/newsapi/testFeedData.json", made)

    assert len(items) == 20
    assert items[0].published_at == datetime(2022, 5, 5, 14, 18, tzinfo=UTC)
    assert (items[0].author.name, items[1].author.name) == (None, "KOCO Staff")


def test_reads_webmentions_as_described(shared: Path) -> None:
    """A hundred and twenty entries with ids under a key with a hyphen."""
    made = Json(
        url=f"{HERE}/api/mentions.jf2?page={{page}}", first_page=0,
        items="children", link="url", id="wm-id", text="content.html", published="wm-received", author="author.name",
    )  # fmt: skip
    items = genuine(shared, "recorded/webmention/mentions_page0.json", made)

    assert len(items) == 120
    assert items[0].external_id == "forum.example/api/mentions.jf2/593115"
    assert items[0].published_at == datetime(2019, 2, 25, 10, 46, 8, tzinfo=UTC)


def test_reads_app_store_reviews_as_described(shared: Path) -> None:
    """Every value stands in an object, and keys hold colons."""
    made = Json(
        url=f"{HERE}/jp/rss/customerreviews/page={{page}}/id=1/json",
        items="feed.entry", link="https://itunes.example/review?id={id.label}", id="id.label", title="title.label",
        text="content.label", text_is="plain", author="author.name.label", rating='["im:rating"].label', kind="review",
    )  # fmt: skip
    items = genuine(shared, "recorded/appstore/customerreviews_jp_p1.json", made)

    assert len(items) == 50
    assert [item.rating for item in items[:2]] == [4.0, 2.0]
    assert items[0].author.name == "ヤミ。"


def test_a_manifest_is_plain_json() -> None:
    """The sample beside this file is what the documentation shows."""
    said = json.loads((DATA / "json/contract.json").read_text())

    assert Json(**said["options"]).next == "paging.next"
