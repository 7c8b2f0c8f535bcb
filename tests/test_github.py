"""GitHub: issues and pull requests that hold a term, those of one's own repositories left out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import BadCredentials, Forbidden, LimitReached, NotUnderstood, SourceError, UserError
from mentionwatch.exchange import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources import limits_of
from mentionwatch.sources.github import GitHub
from replay import ACME, NOW, answer, params, scan

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
    return next(request for request in source.requests((DENO,), before, NOW) if request.question == question)


def test_asks_issues_and_pull_requests_apart() -> None:
    """A query that names neither is refused, one that names both finds nothing."""
    asked = {request.question: params(request)["q"] for request in GitHub().requests((ACME,), {}, NOW)}

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
    before = {request.question: str(SECOND) for request in source.requests((brand,), {}, NOW)}

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
    assert limits_of(GitHub()).spacing >= 6
    assert 2 <= limits_of(source).spacing < 6


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


# --- errors -----------------------------------------------------------------------------------------------------------

SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
PRIMARY = {"message": "API rate limit exceeded for 192.0.2.7. (But here's the good news: …)"}


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "until"),
    [
        (403, SECONDARY, {"retry-after": "60"}, LimitReached, NOW + timedelta(seconds=60)),
        (429, SECONDARY, {}, LimitReached, None),
        (
            403,
            PRIMARY,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(SECOND + 42)},
            LimitReached,
            NOW + timedelta(seconds=42),
        ),
        (403, PRIMARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, LimitReached, None),
        (403, {"message": "Resource not accessible"}, {"x-ratelimit-remaining": "9"}, Forbidden, None),
        (401, {"message": "Bad credentials"}, {}, BadCredentials, None),
        (422, {"message": "Validation Failed"}, {}, NotUnderstood, None),
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
    with pytest.raises(NotUnderstood):
        GitHub().parse(answer(first_of(GitHub()), (shared / f"corpus/recorded/github/{file}.json").read_bytes()))


def test_a_genuine_empty_search_is_empty(shared: Path) -> None:
    """No hits is said by the platform."""
    body = (shared / "corpus/recorded/github/search_topics.json").read_bytes()

    assert GitHub().parse(answer(first_of(GitHub()), body)).items == ()
