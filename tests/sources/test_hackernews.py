"""Hacker News: stories and comments that hold a term, none lost between two scans, none asked for twice over."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.hackernews import HackerNews
from support.replay import ACME, NOW, answer, params, read, scan

DENO = Brand("Deno", terms=(Term("name", "Deno"),))
SECOND = int(NOW.timestamp())


def hit(number: int, at: int, text: str = "Deno is fast", **more: Any) -> dict[str, Any]:
    """A comment as the index holds it."""
    return {
        "objectID": str(number),
        "created_at_i": at,
        "created_at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "author": "jo",
        "comment_text": text,
        "parent_id": 1,
        "_tags": ["comment", "author_jo", "story_1"],
        **more,
    }


@dataclass
class Algolia:
    """The search as it is documented: newest first, forgiving unless told not to be, 1,000 hits and no more."""

    hits: list[dict[str, Any]]
    #: The most hits it gives at once, whatever is asked.
    at_once: int = 1000

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        if re.search(r"points|num_comments", asked.get("numericFilters", "")):
            return answer(request, {"code": 400, "message": "invalid numeric attribute(points)"}, status=400)
        found = [hit for hit in self.hits if self._holds(hit, asked) and self._in_time(hit, asked)]
        found.sort(key=lambda hit: (hit["created_at_i"], int(hit["objectID"])), reverse=True)
        size = min(int(asked.get("hitsPerPage", "20")), self.at_once)
        page = int(asked.get("page", "0"))
        return answer(
            request,
            {
                "hits": found[:1000][page * size : (page + 1) * size],
                "nbHits": len(found),
                "page": page,
                "nbPages": -(-min(len(found), 1000) // size),
                "hitsPerPage": size,
            },
        )

    def _holds(self, hit: dict[str, Any], asked: dict[str, str]) -> bool:
        fields = asked.get("restrictSearchableAttributes", "title,url,story_text,comment_text,author").split(",")
        words = " ".join(re.findall(r"\w+", " ".join(unescape(hit.get(field) or "") for field in fields).lower()))
        exact = asked.get("advancedSyntax") == "true" and asked["query"].startswith('"')
        phrase = " ".join(re.findall(r"\w+", asked["query"].lower()))
        if exact and asked.get("typoTolerance") == "false":
            return f" {phrase} " in f" {words} "
        return any(abs(len(word) - len(phrase)) < 2 and word[1:3] == phrase[1:3] for word in words.split())

    def _in_time(self, hit: dict[str, Any], asked: dict[str, str]) -> bool:
        for bound in filter(None, asked.get("numericFilters", "").split(",")):
            name, sign, number = re.fullmatch(r"(\w+)([<>])(\d+)", bound).groups()  # type: ignore[union-attr]
            if not (hit[name] > int(number) if sign == ">" else hit[name] < int(number)):
                return False
        return True


def test_asks_for_the_very_name() -> None:
    """Deno does not bring demo: typing errors are not forgiven and words not completed."""
    server = Algolia([hit(1, SECOND - 60), hit(2, SECOND - 60, "a demo of Dena, the denotation")])

    assert scan(HackerNews(), server, brands=(DENO,)).ids == {"1"}


def test_asks_each_term_as_a_phrase_and_each_domain_among_addresses() -> None:
    """Names, hashtags, handles and domains are looked for in texts; domains among the addresses of stories, too."""
    asked = {request.query_key: params(request) for request in HackerNews().requests((ACME,), {}, NOW)}

    assert {question: query["query"] for question, query in asked.items()} == {
        "text:acme coffee": '"Acme Coffee"',
        "text:acme": '"ACME"',
        "text:acmecoffee": '"AcmeCoffee"',
        "text:acme.example": '"acme.example"',
        "url:acme.example": '"acme.example"',
    }
    assert asked["url:acme.example"]["restrictSearchableAttributes"] == "url"
    assert asked["url:acme.example"]["tags"] == "story"


def test_a_quotation_mark_in_a_name_does_not_end_the_phrase() -> None:
    """Say "Acme" is asked as one phrase, whatever marks stand around it."""
    for name in ('Say "Acme" now', "Say “Acme” now", "Say ＂Acme＂ now", 'Say \\"Acme\\" now'):
        [request] = HackerNews().requests((Brand("A", terms=(Term("name", name),)),), {}, NOW)

        assert params(request)["query"] == '"Say Acme now"'


def test_a_query_is_asked_for_by_what_it_cannot_do_without() -> None:
    """Of a brand's query, each alternative is asked for; exclusions are left to the matching here."""
    brand = Brand("Acme", query='("acme coffee" OR #acmecoffee OR link:acme.example) NOT ("wile e" OR cartoon)')
    asked = {request.query_key for request in HackerNews().requests((brand,), {}, NOW)}

    assert asked == {"text:acme coffee", "text:acmecoffee", "text:acme.example", "url:acme.example"}


def test_a_name_without_a_letter_is_not_asked_for() -> None:
    """To a search engine a fox is an empty question, and it would answer with everything there is."""
    assert not list(HackerNews().requests((Brand("Fox", terms=(Term("name", "🦊"),)),), {}, NOW))


def test_the_first_scan_takes_one_page() -> None:
    """What was there before the first scan is backlog: one page of it is enough."""
    server = Algolia([hit(number, SECOND - number) for number in range(1, 3000)])
    first = scan(HackerNews(), server, brands=(DENO,))

    assert len(first.asked) == 1
    assert len(first.ids) == 200


def test_what_was_there_before_the_first_page_never_becomes_news() -> None:
    """The overlap of the second scan does not dig up what the first page had no room for."""
    server = Algolia([hit(number, SECOND - number) for number in range(1, 3000)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits.append(hit(5000, SECOND))
    second = scan(HackerNews(), server, first.checkpoints, brands=(DENO,))

    assert second.ids - first.ids == {"5000"}


def test_the_second_scan_brings_what_is_new() -> None:
    """A scan brings what was written since the last, and asks one small question where nothing was."""
    server = Algolia([hit(1, SECOND - 90_000)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits.append(hit(2, SECOND - 100))
    second = scan(HackerNews(), server, first.checkpoints, brands=(DENO,))

    assert second.ids == {"1", "2"}  # the last hour before the checkpoint comes again
    assert len(second.asked) == 1
    assert scan(HackerNews(), server, second.checkpoints, brands=(DENO,)).ids == {"2"}


def test_a_post_indexed_late_is_found() -> None:
    """The index takes posts in minutes later and out of order: one older than the newest seen is not missed."""
    server = Algolia([hit(1, SECOND - 60)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits.append(hit(2, SECOND - 1200))

    assert "2" in scan(HackerNews(), server, first.checkpoints, brands=(DENO,)).ids


@pytest.mark.parametrize("at_once", [1000, 200, 50])
def test_more_than_a_thousand_hits_since_the_last_scan_are_all_found(at_once: int) -> None:
    """After a week's silence 2,500 comments are read back in slices of time: the cap of 1,000 hides none."""
    server = Algolia([hit(1, SECOND - 900_000)], at_once=at_once)
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits += [hit(number, SECOND - number * 7) for number in range(2, 2500)]
    second = scan(HackerNews(), server, first.checkpoints, brands=(DENO,), pages=100)

    assert second.ids >= {str(number) for number in range(2, 2500)}
    assert second.holes == set()
    assert second.checkpoints == {"text:deno": str(SECOND - 14)}


def test_posts_of_one_second_are_not_cut_apart() -> None:
    """Where a page ends within a second, the rest of that second comes with the next."""
    server = Algolia([hit(1, SECOND - 900_000)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits += [hit(number, SECOND - 5000 + number // 150) for number in range(2, 1200)]
    second = scan(HackerNews(), server, first.checkpoints, brands=(DENO,))

    assert second.ids >= {str(number) for number in range(2, 1200)}
    assert second.holes == set()


def test_more_in_one_second_than_can_be_reached_is_a_hole() -> None:
    """What cannot be asked for is said, not hidden."""
    server = Algolia([hit(1, SECOND - 900_000)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits += [hit(number, SECOND - 5000) for number in range(2, 1500)]
    second = scan(HackerNews(), server, first.checkpoints, brands=(DENO,))

    assert second.holes == {"text:deno"}
    assert len(second.ids) >= 1000


def test_new_posts_while_paging_push_none_over_the_border() -> None:
    """Posts that arrive between two pages do not shift the next page past any."""
    server = Algolia([hit(1, SECOND - 900_000)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits += [hit(number, SECOND - number * 60) for number in range(10, 700)]
    fresh = iter(range(10_000, 11_000))

    def busy(request: Request) -> Response:
        response = server(request)
        server.hits += [hit(next(fresh), SECOND - 1) for _ in range(7)]
        return response

    assert scan(HackerNews(), busy, first.checkpoints, brands=(DENO,)).ids >= {str(n) for n in range(10, 700)}


def test_a_first_scan_that_finds_nothing_leaves_a_checkpoint() -> None:
    """The first mention ever is news at the second scan, even where the first scan found nothing."""
    first = scan(HackerNews(), Algolia([]), brands=(DENO,))

    assert first.checkpoints == {"text:deno": f"{SECOND}/{SECOND - 7 * 86_400}"}


def test_a_post_from_the_future_does_not_hide_the_present() -> None:
    """A wrong clock over there moves the checkpoint no further than the server's own time."""
    server = Algolia([hit(1, SECOND + 90_000), hit(2, SECOND - 60)])
    first = scan(HackerNews(), server, brands=(DENO,))
    server.hits.append(hit(3, SECOND - 10))

    assert first.checkpoints == {"text:deno": str(SECOND - 60)}
    assert "3" in scan(HackerNews(), server, first.checkpoints, brands=(DENO,)).ids


def test_an_empty_first_answer_is_dated_by_the_server() -> None:
    """Our own clock may be a day ahead; the server's Date header says from when on nothing was there."""
    [request] = HackerNews().requests((DENO,), {}, NOW)
    page = HackerNews().parse(answer(request, {"hits": []}, headers={"date": "Fri, 20 Nov 2026 08:00:00 GMT"}))

    assert page.checkpoint == f"{SECOND - 86_400}/{SECOND - 8 * 86_400}"


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({"nbHits": 2, "hitsPerPage": 200}, False),
        ({"nbHits": 3, "hitsPerPage": 200}, True),  # hits that may not be shown are left out of a page
        ({"nbHits": 2, "hitsPerPage": 2}, True),  # the count is an estimate, a full page is a fact
        ({"hitsPerPage": 2}, True),
        ({}, False),
    ],
)
def test_goes_on_where_there_may_be_more(said: dict[str, int], more: bool) -> None:
    """A full page, or a count above what came: one request too many is better than a hit too few."""
    [request] = HackerNews().requests((DENO,), {"text:deno": str(SECOND - 90_000)}, NOW)
    page = HackerNews().parse(answer(request, {"hits": [hit(1, SECOND - 5), hit(2, SECOND - 9)], **said}))

    assert (page.next is not None) is more


def test_hits_of_another_kind_are_not_nothing() -> None:
    """An answer full of what is no story and no comment is not understood."""
    [request] = HackerNews().requests((DENO,), {}, NOW)
    with pytest.raises(UnexpectedResponse, match="is a story or a comment"):
        HackerNews().parse(answer(request, {"hits": [{"name": "jo", "karma": 7}]}))


def test_a_refused_question_is_told_with_the_reason() -> None:
    """A 400 says what the search did not take."""
    [request] = HackerNews().requests((DENO,), {}, NOW)
    broken = replace(request, params=(*request.params, ("numericFilters", "points>5")))

    with pytest.raises(UnexpectedResponse, match=r"rejected this query: invalid numeric attribute"):
        read(HackerNews(), Algolia([])(broken))


def test_another_index_can_be_asked() -> None:
    """The base address is an option; a slash at its end or a missing https:// does no harm."""
    [request] = HackerNews("search.acme.example/hn/").requests((DENO,), {}, NOW)

    assert request.url == "https://search.acme.example/hn/api/v1/search_by_date"
    assert HackerNews("https://search.acme.example/hn") == HackerNews("search.acme.example/hn/")


@pytest.mark.parametrize(
    "address", ["ftp://x.example", "https://", "https://a b", "https://u:p@x.example", "https://x.example?q=1", "\n"]
)
def test_a_base_address_that_is_none_is_refused(address: str) -> None:
    """The problem starts with the option's name."""
    with pytest.raises(UserError, match=r"^base_url: "):
        HackerNews(address)


# --- genuine answers, expectations by reading them --------------------------------------------------------------------

RECORDED = {
    # file: id, kind, beginning of title or text, seconds since 1970, article or parent, score, replies
    "ask_hn_page_2_query_apple": (
        "7915384", "post", "Ask HN: How can I get Swag from Startups?", 1403171610, None, 1, 3,
    ),
    "comment": ("7919431", "comment", "A perennial HN favorite", 1403235595, 7919207, 1, None),
    "comment_author_pg": ("7494555", "comment", "Is there a forum that doesn't ban", 1396138355, 7494175, 8, None),
    "comment_query_apple": ("7919418", "comment", "Yeah the article seems stupid,", 1403235154, 7919290, 1, None),
    "poll": ("7918694", "post", 'Poll: Do you experience "The Hum"?', 1403217949, None, 3, 1),
    "poll_author_pg": ("5640988", "post", "Poll: Do you have a 3d printer?", 1367444459, None, 180, 276),
    "poll_query_apple": ("6604931", "post", "Poll: Which iPad(s) do you use?", 1382619217, None, 1, 0),
    "story_author_pg": (
        "7493856", "post", "Meet the People Taking over Hacker News", 1396125804,
        "http://blog.ycombinator.com/meet-the-people-taking-over-hacker-news", 578, 290,
    ),
    "story_query_apple": (
        "7919424", "post", "Judge says concerned about Apple, Google hiring settlement", 1403235346,
        "http://in.reuters.com/article/2014/06/19/apple-google-settlement-idINL2N0P01ZI20140619", 1, 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_reads_genuine_answers(shared: Path, name: str) -> None:
    """Stories, comments, polls and questions of the real index come out as a reader of the recording would say."""
    number, kind, words, at, other, score, replies = RECORDED[name]
    file = next((shared / "corpus/recorded/hackernews").glob(f"algolia_search_by_date_hitsperpage_1_tags_{name}.json"))
    [request] = HackerNews().requests((DENO,), {}, NOW)
    [item] = HackerNews().parse(answer(request, file.read_bytes())).items

    assert (item.external_id, item.kind) == (number, kind)
    assert item.url == f"https://news.ycombinator.com/item?id={number}"
    assert (item.title or item.text).startswith(words)
    assert item.published_at == datetime.fromtimestamp(at, UTC)
    assert (item.engagement.score, item.engagement.replies) == (score, replies)
    if kind == "comment":
        assert item.title is None
        assert item.parent_url == f"https://news.ycombinator.com/item?id={other}"
    else:
        assert item.same_as == ((other,) if other else ())
        assert item.parent_url is None


def test_reads_links_of_a_genuine_comment(shared: Path) -> None:
    """A link is the whole address behind the shortened label, and there is only one of it."""
    file = shared / "corpus/recorded/hackernews/algolia_search_by_date_hitsperpage_1_tags_comment.json"
    [request] = HackerNews().requests((DENO,), {}, NOW)
    [item] = HackerNews().parse(answer(request, file.read_bytes())).items

    assert item.links == ("https://hn.algolia.com/?q=Fibonacci+Flim-Flam#!/all/forever/0/Fibonacci%20Flim-Flam",)
    assert "https://hn.algolia.com/?q=Fibonacci+Flim-Flam#!/all/forever/..." in item.text


def test_reads_every_genuine_answer_there_is(shared: Path) -> None:
    """26 recorded answers: 24 searches of a hit each; a user and a single thread are no search answers."""
    recorded = json.loads((shared / "corpus/recorded/hackernews/algolia_all_fixtures.json").read_text())
    [request] = HackerNews().requests((DENO,), {}, NOW)
    counts: dict[str, int] = {}
    for recording in recorded:
        try:
            counts[recording["url"]] = len(HackerNews().parse(answer(request, recording["reply"])).items)
        except UnexpectedResponse:
            counts[recording["url"]] = -1

    assert counts.pop("/api/v1/items/17") == counts.pop("/api/v1/users/pg") == -1
    assert set(counts.values()) == {1}
    assert len(counts) == 24


def test_a_genuine_refusal_is_explained(shared: Path) -> None:
    """The 400 of June 2026, quoted in an issue, names the attribute."""
    file = shared / "corpus/recorded/_shape_samples/hn_error_400.json"
    [request] = HackerNews().requests((DENO,), {}, NOW)

    with pytest.raises(UnexpectedResponse, match="points"):
        read(HackerNews(), answer(request, file.read_bytes(), status=400))
