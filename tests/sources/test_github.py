"""GitHub: issues and pull requests that hold a term, those of one's own repositories left out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources import limits_of
from mentionwatch.sources.platforms.github import GitHub
from support.replay import ACME, NOW, answer, params, scan

DENO = Brand("Deno", terms=(Term("name", "Deno"),))
SECOND = int(NOW.timestamp())


def issue(number: int, at: int, repository: str = "mill/roaster") -> dict[str, Any]:
    return {
        "id": number,
        "html_url": f"https://github.com/{repository}/issues/{number}",
        "title": "Deno",
        "created_at": stamp(at),
        "user": {"login": "jo"},
    }


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Search:
    """The search of 2026: one kind a query, newest first, a thousand in reach."""

    issues: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        asked = params(request)
        query = asked["q"]
        kinds = re.findall(r"is:(issue|pull-request)", query)
        if len(kinds) != 1:
            message = "Query must include 'is:issue' or 'is:pull-request'"
            return answer(request, {"message": message, "status": "422"}, status=422)
        found = sorted(self.issues, key=lambda one: str(one["created_at"]), reverse=True) if kinds == ["issue"] else []
        if bounds := re.search(r"created:(?:>=)?([^ .]+)(?:\.\.([^ ]+))?", query):
            found = [one for one in found if bounds[1] <= one["created_at"] <= (bounds[2] or "9")]
        for owner in re.findall(r"-user:([^ ]+)", query):
            found = [one for one in found if f".com/{owner}/" not in one["html_url"]]
        size, page = int(asked["per_page"]), int(asked.get("page", "1"))
        if page * size > 1000:
            return answer(request, {"message": "Only the first 1000 search results are available"}, status=422)
        part = found[(page - 1) * size : page * size]
        return answer(request, {"total_count": len(found), "incomplete_results": False, "items": part})


def numbers(ids: set[str | None]) -> set[int]:
    return {int(str(name)) for name in ids}


def first_of(source: GitHub, question: str = "issues:deno", since: str | None = None) -> Request:
    before = {} if since is None else {question: since}
    return next(request for request in source.requests((DENO,), before, NOW) if request.query_key == question)


def test_asks_issues_and_pull_requests_apart() -> None:
    """A query that names neither is refused, one that names both finds nothing."""
    asked = {request.query_key: params(request)["q"] for request in GitHub().requests((ACME,), {}, NOW)}

    assert set(asked) == {
        f"{kind}:{text}"
        for kind in ("issues", "pulls")
        for text in ("acme coffee", "acme", "acmecoffee", "acme.example")
    }
    assert asked["issues:acme coffee"] == '"Acme Coffee" in:title,body is:issue'
    assert asked["pulls:acme.example"] == '"acme.example" in:title,body is:pull-request'


def test_own_repositories_are_left_out() -> None:
    """In the query as far as it goes, and the rest when it comes."""
    names = ("acme", "@acme-labs", "mill/roaster", "four", "five", "six", "seven/eight")
    source = GitHub(exclude=names)
    query = params(first_of(source))["q"]

    assert query.endswith("-user:acme -user:acme-labs -repo:mill/roaster -user:four -user:five")
    items = [issue(1, SECOND, "Acme/x"), issue(2, SECOND, "six/x"), issue(3, SECOND, "seven/nine"), issue(4, SECOND)]
    read = source.parse(answer(first_of(source), {"items": items})).items
    assert [item.external_id for item in read] == ["3"]


@pytest.mark.parametrize("length", [10, 120, 5000])
def test_no_query_is_longer_than_the_search_takes(length: int) -> None:
    """256 characters, time included."""
    brand = Brand("x", terms=(Term("name", "x" * length),))
    source = GitHub(exclude=("a" * 39, "b" * 39, f"{'c' * 39}/{'d' * 100}"))
    before = {request.query_key: str(SECOND) for request in source.requests((brand,), {}, NOW)}

    assert all(len(params(request)["q"]) <= 256 for request in source.requests((brand,), before, NOW))


@pytest.mark.parametrize("name", ["", "a b", "-x", "a/b/c", "user:x", 'x" OR "y'])
def test_what_is_no_account_is_refused(name: str) -> None:
    """It would end the query or change it."""
    with pytest.raises(UserError, match=r"^exclude: "):
        GitHub(exclude=(name,))


def test_a_token_is_sent_and_hidden_and_makes_it_faster() -> None:
    """10 searches a minute without one, 30 with."""
    source = GitHub(Secret("t0ken"))
    header = first_of(source).headers["Authorization"]

    assert isinstance(header, Secret)
    assert header.reveal() == "Bearer t0ken"
    assert "t0ken" not in repr(first_of(source))
    assert "Authorization" not in first_of(GitHub()).headers
    assert limits_of(GitHub()).min_interval >= 6
    assert 2 <= limits_of(source).min_interval < 6


@pytest.mark.parametrize("new", [0, 1, 99, 100, 101, 999, 1000, 1500])
def test_every_issue_since_the_last_scan_is_found(new: int) -> None:
    """Page after page, and beyond the thousandth by slices of time."""
    search = Search([issue(n, SECOND - 90_000 - n) for n in range(300)])
    first = scan(GitHub(), search, brands=(DENO,))
    search.issues += [issue(10_000 + n, SECOND - 7 * n) for n in range(new)]
    second = scan(GitHub(), search, first.checkpoints, brands=(DENO,))

    assert len(first.ids) == 100
    assert numbers(second.ids - first.ids) == set(range(10_000, 10_000 + new))
    assert second.holes == set()


def test_more_in_one_second_than_can_be_reached_is_a_hole() -> None:
    """What cannot be asked for is said."""
    search = Search([issue(1, SECOND - 900_000)])
    first = scan(GitHub(), search, brands=(DENO,))
    search.issues += [issue(n, SECOND - 5) for n in range(2, 1500)]

    assert scan(GitHub(), search, first.checkpoints, brands=(DENO,)).holes == {"issues:deno"}


def test_an_unfinished_search_is_asked_again_from_where_it_was() -> None:
    """``incomplete_results``: what came is kept, the checkpoint stays."""
    since = str(SECOND - 50_000)
    body = {"incomplete_results": True, "items": [issue(1, SECOND - 5)]}
    page = GitHub().parse(answer(first_of(GitHub(), since=since), body))

    assert [item.external_id for item in page.items] == ["1"]
    assert (page.checkpoint, page.truncated) == (since, True)
    assert "not finished" in str(page.note)


# --- commits, discussions, comments -----------------------------------------------------------------------------------

EVERYTHING = GitHub(Secret("t0ken"), exclude=("acme", "mill/own"))


def test_a_token_asks_for_more_kinds() -> None:
    """Discussions and comments are GraphQL's, which lets in tokens alone; the rest may be chosen."""
    asked = {request.query_key: request for request in EVERYTHING.requests((DENO,), {}, NOW)}
    chosen = GitHub(kinds=("commits",)).requests((DENO,), {}, NOW)

    assert set(asked) == {f"{kind}:deno" for kind in ("issues", "pulls", "commits", "discussions", "comments")}
    assert [request.query_key for request in chosen] == ["commits:deno"]
    assert asked["comments:deno"].url == "https://api.github.com/graphql"
    assert all("t0ken" not in repr(request) for request in asked.values())
    own = GitHub(Secret("t"), base_url="https://git.acme.example/api/v3").requests((DENO,), {}, NOW)
    assert "https://git.acme.example/api/graphql" in {request.url for request in own}


@pytest.mark.parametrize("kinds", [("wikis",), ("comments",)])
def test_kinds_that_cannot_be_asked_are_refused(kinds: tuple[str, ...]) -> None:
    """A mistyped kind, and one that needs a token where there is none."""
    with pytest.raises(UserError, match=r"^kinds: "):
        GitHub(kinds=kinds)


def commit(number: int, at: int, repository: str = "mill/roaster") -> dict[str, Any]:
    return {
        "sha": f"{number:040x}",
        "html_url": f"https://github.com/{repository}/commit/{number:040x}",
        "commit": {
            "message": "Use Deno\n\nSee https://deno.example/why",
            "author": {"name": "Jo", "date": "2020-01-01T00:00:00Z"},
            "committer": {"date": stamp(at)},
        },
        "author": {"login": "jo", "html_url": "https://github.com/jo"},
        "repository": {"full_name": repository},
    }


def test_commits_are_read_back_to_the_last_scan() -> None:
    """By the time they were committed; a commit in two forks is one, those of one's own repositories are none."""
    commits = [commit(n, SECOND - 900_000 - n) for n in range(5)]

    def server(request: Request) -> Response:
        asked = params(request)
        start = 100 * (int(asked.get("page", "1")) - 1)
        newest = sorted(commits, key=lambda one: str(one["commit"]["committer"]["date"]), reverse=True)
        bound = asked["q"].partition("committer-date:>=")[2]
        found = [one for one in newest if one["commit"]["committer"]["date"] >= bound]
        return answer(request, {"incomplete_results": False, "items": found[start : start + 100]})

    source = GitHub(kinds=("commits",), exclude=("mill/own",))
    first = scan(source, server, brands=(DENO,))
    commits += [commit(100 + n, SECOND + n) for n in range(250)]
    commits += [commit(100, SECOND, "fork/roaster"), commit(999, SECOND, "mill/own")]
    second = scan(source, server, first.checkpoints, brands=(DENO,), now=NOW + timedelta(hours=1))

    assert {f"commit/{100 + n:040x}" for n in range(250)} == second.ids - first.ids
    item = second.items[-1]
    assert (item.title, item.text, item.author.name) == ("Use Deno", "See https://deno.example/why", "Jo")
    assert item.links == ("https://deno.example/why",)


def thread(number: int, at: int, *comments: tuple[int, int], repository: str = "mill/roaster") -> dict[str, Any]:
    """A thread as GraphQL gives it: opened long ago, with comments of these numbers and times."""
    place = f"https://github.com/{repository}/discussions/{number}"
    return {
        "databaseId": number,
        "url": place,
        "title": "Why Deno?",
        "body": "Say",
        "createdAt": stamp(SECOND - 500_000),
        "updatedAt": stamp(at),
        "author": {"login": "jo", "url": "https://github.com/jo"},
        "reactions": {"totalCount": 3},
        "repository": {"nameWithOwner": repository},
        "comments": {
            "totalCount": len(comments),
            "nodes": [
                {
                    "databaseId": each,
                    "url": f"{place}#comment-{each}",
                    "body": "Deno!",
                    "createdAt": stamp(then),
                    "author": None,
                }
                for each, then in comments
            ],
        },
    }


@dataclass
class Graph:
    """GraphQL's search: what moved last comes first, 25 a page, with cursors."""

    threads: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        variables = (request.json or {})["variables"]
        assert isinstance(variables, dict)
        bound = re.search(r"updated:>=(\S+)", variables["q"])
        found = [one for one in self.threads if bound is None or one["updatedAt"] >= bound[1]]
        found.sort(key=lambda one: str(one["updatedAt"]), reverse=True)
        start = int(variables["after"] or 0)
        info = {"hasNextPage": start + 25 < len(found), "endCursor": str(start + 25)}
        return answer(request, {"data": {"search": {"pageInfo": info, "nodes": found[start : start + 25]}}})


@pytest.mark.parametrize("kind", ["discussions", "comments"])
def test_every_new_comment_is_found_in_threads_that_moved(kind: str) -> None:
    """A thread that moved brings its new comments and not its old ones; one's own repositories bring none."""
    graph = Graph([thread(n, SECOND - 90_000 - n, (n * 100, SECOND - 200_000)) for n in range(1, 60)])
    source = GitHub(Secret("t"), kinds=(kind,), exclude=("mill/own",))
    first = scan(source, graph, brands=(DENO,))
    for n in range(1, 60):
        graph.threads[n - 1] = thread(n, SECOND + n, (n * 100, SECOND - 200_000), (n * 100 + 1, SECOND + n))
    graph.threads.append(thread(99, SECOND, (9900, SECOND), repository="Mill/Own"))
    second = scan(source, graph, first.checkpoints, brands=(DENO,), now=NOW + timedelta(hours=1))

    space = "discussion-comment" if kind == "discussions" else "comment"
    assert second.ids == {f"{space}/{n * 100 + 1}" for n in range(1, 60)}
    assert second.holes == set()
    assert second.items[0].parent_url is not None


def test_a_discussion_is_an_item_and_an_issue_is_not_found_twice() -> None:
    """The issue itself is the other search's; here its comments are."""
    graph = Graph([thread(7, SECOND, (70, SECOND))])
    discussions = scan(GitHub(Secret("t"), kinds=("discussions",)), graph, brands=(DENO,)).items
    comments = scan(GitHub(Secret("t"), kinds=("comments",)), graph, brands=(DENO,)).items

    assert [(item.kind, item.external_id, item.title) for item in discussions] == [
        ("post", "discussion/7", "Why Deno?"),
        ("comment", "discussion-comment/70", None),
    ]
    assert [item.external_id for item in comments] == ["comment/70"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}, RateLimited),
        ({"data": None, "errors": [{"message": "Something went wrong\x1b[31m"}]}, UnexpectedResponse),
        ({"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "scopes"}]}, AuthFailed),
        ({"data": {"search": None}}, UnexpectedResponse),
        ({"data": {"search": {"nodes": [{"x": 1}]}}}, UnexpectedResponse),
    ],
)
def test_what_graphql_says_with_status_200_is_heard(body: dict[str, Any], kind: type[SourceError]) -> None:
    """An error in the body is no empty page."""
    request = first_of(EVERYTHING, "discussions:deno")
    with pytest.raises(kind) as caught:
        EVERYTHING.parse(answer(request, body))

    assert caught.value.message.isprintable()


# --- errors -----------------------------------------------------------------------------------------------------------

SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
PRIMARY = {"message": "API rate limit exceeded for 192.0.2.7. (But here's the good news: …)"}


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "until"),
    [
        (403, SECONDARY, {"retry-after": "60"}, RateLimited, NOW + timedelta(seconds=60)),
        (429, SECONDARY, {}, RateLimited, None),
        (
            403,
            PRIMARY,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SECOND + 42)},
            RateLimited,
            NOW + timedelta(seconds=42),
        ),
        (403, PRIMARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, RateLimited, None),
        (403, {"message": "Resource not accessible"}, {"x-ratelimit-remaining": "9"}, Forbidden, None),
        (401, {"message": "Bad credentials"}, {}, AuthFailed, None),
        (422, {"message": "Validation Failed"}, {}, UnexpectedResponse, None),
    ],
)
def test_limits_are_told_from_refusals(
    status: int, body: dict[str, str], headers: dict[str, str], kind: type[SourceError], until: datetime | None
) -> None:
    """403 is both; the secondary limit says how long in a header, the first in another."""
    explained = GitHub().explain(answer(first_of(GitHub()), body, status=status, headers=headers))

    assert type(explained) is kind
    assert getattr(explained, "until", None) == until


# --- genuine answers, expectations by reading them --------------------------------------------------------------------


def test_reads_the_genuine_search(shared: Path) -> None:
    """Ten issues and pull requests, recorded in 2014."""
    body = (shared / "corpus/recorded/github/search_issues.json").read_bytes()
    items = GitHub().parse(answer(first_of(GitHub()), body)).items

    assert len(items) == 10
    assert (items[0].external_id, items[0].url) == (
        "15400876", "https://github.com/github/developer.github.com/pull/262",
    )  # fmt: skip
    assert items[0].title == "Clarify pagination via `since` parameter"
    assert items[0].published_at == datetime(2013, 6, 11, 14, 15, 21, tzinfo=UTC)
    assert [item.engagement.replies for item in items] == [1, 2, 3, 0, 6, 5, 1, 2, 0, 1]
    assert {item.author.handle for item in items} == {"jasonrudolph"}
    assert items[3].links == ("http://developer.github.com/v3/issues/",)


@pytest.mark.parametrize(
    ("file", "count", "first"),
    [
        ("repo_issues", 30, "184244666"),
        ("xray_repos_aaronpk_XRay_issues_20", 1, None),
        ("xray_repos_aaronpk_XRay_issues_25", 1, None),
        ("xray_repos_idno_Known_pulls_1690", 1, None),
    ],
)
def test_reads_genuine_issues_of_other_lists(shared: Path, file: str, count: int, first: str | None) -> None:
    """The same objects as the search gives."""
    value = json.loads((shared / f"corpus/recorded/github/{file}.json").read_text())
    issues = value if isinstance(value, list) else [value]
    items = GitHub().parse(answer(first_of(GitHub()), {"items": issues})).items

    assert len({item.external_id for item in items}) == count
    assert first is None or items[0].external_id == first
    assert all(item.title and item.author.handle and item.published_at for item in items)


@pytest.mark.parametrize("file", ["search_repositories", "search_code", "search_commits", "issue_comments"])
def test_genuine_answers_of_another_kind_are_not_nothing(shared: Path, file: str) -> None:
    """Repositories, code, commits and bare comments are no answer to a search for issues."""
    with pytest.raises(UnexpectedResponse):
        GitHub().parse(answer(first_of(GitHub()), (shared / f"corpus/recorded/github/{file}.json").read_bytes()))


def test_a_genuine_empty_search_is_empty(shared: Path) -> None:
    """No hits is said by the platform."""
    body = (shared / "corpus/recorded/github/search_topics.json").read_bytes()

    assert GitHub().parse(answer(first_of(GitHub()), body)).items == ()
