"""GitHub: issues, pull requests, commits, and with a token discussions and comments in public repositories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse
from mentionwatch.messages import Limits, Page, Request, Response, Secret
from mentionwatch.model import Author, Brand, Engagement, Item
from mentionwatch.sources.platforms import _github_graphql
from mentionwatch.sources.protocols import RecheckedItems, RecheckRequest
from mentionwatch.sources.toolkit import search_terms
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import TimeCheckpoint, advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text, read_items, tags_of
from mentionwatch.sources.toolkit.json_reader import JsonObject, read_array, read_error, read_list, read_object
from mentionwatch.sources.toolkit.options import normalize_base_url, option, require_options
from mentionwatch.sources.toolkit.requests import bearer, json_request, with_params
from mentionwatch.sources.toolkit.time_paging import time_ordered_page
from mentionwatch.text import PlainText, clean, one_line
from mentionwatch.times import unix_stamp
from mentionwatch.urls import host_of, safe_url

#: The most the search gives at once.
_PER_PAGE = 100
#: Only the first 1,000 results of a query can be reached (docs.github.com/rest/search/search).
_REACHABLE = 1_000
#: Characters of a query, and its AND, OR and NOT (same page); whether qualifiers count is said of neither for sure.
_QUERY = 256
_OPERATORS = 5
#: Seconds asked again before the checkpoint: what is written reaches the index some minutes later.
_OVERLAP = 3_600
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_REPOSITORY = re.compile(rf"{_OWNER.pattern}/[A-Za-z0-9._-]{{1,100}}")
#: The repository and its owner in the address of an issue.
_PLACE = re.compile(r"//[^/]+/(([^/]+)/[^/]+)/(?:issues|pull)/\d+$")
#: The repository, the number of the issue, and of a comment on it.
_ISSUE = re.compile(
    rf"^https?://[^/]+/({_REPOSITORY.pattern})/(?:issues|pull)/([0-9]{{1,12}})(?:#issuecomment-([0-9]{{1,18}}))?$"
)
#: Asked apart: since 2026 a query that names neither is refused, and one that names both finds neither
#: (mvanhorn/last30days-skill, issue 916).
_KINDS = {"issues": "is:issue", "pulls": "is:pull-request"}
_ALL = (*_KINDS, "commits", *_github_graphql.KINDS)


@dataclass(frozen=True, slots=True)
class GitHub:
    """Issues, pull requests, commits, discussions and comments of public repositories that hold a term.

    Each name, hashtag, handle and domain is asked as an exact phrase, once for every kind. Without a token issues and
    pull requests are asked for, commits only if `kinds` names them; discussions and comments are for tokens alone. Name
    your own accounts and repositories under exclude, or most of what comes is your own work.
    """

    type: ClassVar[str] = "github"
    platform: ClassVar[str] = "github"
    #: 10 searches a minute for an address, 30 with a token (docs.github.com/rest/search/search).
    limits: ClassVar[Limits] = Limits(min_interval=6.5, concurrency=1, pages=20, every=3600.0)
    account: ClassVar[str] = "none; a token of any account is three times as fast"
    limitations: ClassVar[str] = (
        "code; without a token comments and discussions; all but a busy thread's last 30 comments"
    )

    token: Secret | None = option(None, "A personal access token; it needs no permission for public repositories.")
    exclude: tuple[str, ...] = option((), "Accounts and repositories (owner/name) that are not searched: your own.")
    kinds: tuple[str, ...] = option(
        (), "issues, pulls, commits, discussions, comments; if unset all with a token, else the first two."
    )
    base_url: str = option("https://api.github.com", "Address of the API; an own server's ends in /api/v3.")

    def __post_init__(self) -> None:
        names = tuple(name.strip().lstrip("@").strip("/") for name in self.exclude)
        wrong = [n for n in names if not (_OWNER.fullmatch(n) or _REPOSITORY.fullmatch(n))]
        problems = [f"exclude: {one_line(n, 60)!r} is neither an account nor a repository (owner/name)" for n in wrong]
        unknown = [kind for kind in self.kinds if kind not in _ALL]
        problems += [f"kinds: {one_line(kind, 40)!r} is not one of {', '.join(_ALL)}" for kind in unknown]
        may_ask = self.token is not None or not _github_graphql.KINDS.keys() & set(self.kinds)
        require_options((may_ask, "kinds: discussions and comments need a token"), problems=problems)
        object.__setattr__(self, "exclude", names)
        object.__setattr__(self, "base_url", normalize_base_url("base_url", self.base_url))

    @property
    def own_limits(self) -> Limits:
        """What a token allows."""
        return self.limits if self.token is None else replace(self.limits, min_interval=2.2, every=1800.0)

    def requests(self, brands: tuple[Brand, ...], checkpoints: Mapping[str, str], now: datetime) -> Iterator[Request]:
        wanted = self.kinds or (_ALL if self.token is not None else tuple(_KINDS))
        for known, text in _texts(brands).items():
            for kind in wanted:
                question = f"{kind}:{known}"
                since = parse_time_checkpoint(checkpoints.get(question))
                if kind not in _KINDS:
                    yield self._other(kind, question, text, since)
                    continue
                qualifier = _KINDS[kind]
                query = self._query(text, qualifier, since)
                asked = (("q", query), ("sort", "created"), ("order", "desc"), ("per_page", str(_PER_PAGE)))
                yield self._request(question, "search/issues", asked, since)

    def parse(self, response: Response) -> Page:
        kind = response.request.query_key.partition(":")[0]
        if kind in _github_graphql.KINDS:
            return _github_graphql.parse_search(
                response, self.platform, frozenset(name.lower() for name in self.exclude)
            )
        answer = read_object(response)
        if kind == "commits":
            return self._commits(answer, response)
        issues = read_list(answer, "items", response)
        items = read_items(issues, _item, response, "an issue")
        own = {name.lower() for name in self.exclude}
        items = tuple(item for item in items if not _is_own(item, own))
        since = parse_time_checkpoint(response.request.since)
        times = [int(at.timestamp()) for issue in issues if (at := from_iso(issue.text("created_at"), response))]
        more = len(issues) >= _PER_PAGE
        checkpoint = advance_checkpoint(times, since, response, has_older=more)
        if since is None:
            return Page(items, checkpoint=str(checkpoint))
        here = Page(since.news(items), checkpoint=str(checkpoint), backlog=since.older(items))
        if answer.flag("incomplete_results"):
            # The search ran out of time: what it gives is right, and what it left out is asked for again.
            here = replace(here, checkpoint=str(since), truncated=True, note="GitHub's search was not finished in time")
        if not more or not times or min(times) <= since.resume_from(_OVERLAP):
            return here
        return self._turned(here, min(times), since, response.request)

    def recheck_requests(self, items: Sequence[Item], threads: Sequence[Item]) -> Iterator[RecheckRequest]:
        for item in items:
            if found := _ISSUE.search(item.url or ""):
                path = f"issues/comments/{found[3]}" if found[3] else f"issues/{found[2]}"
                yield RecheckRequest(self._thing_request("again", found[1], path), (item,))
        for item in threads:
            if (found := _ISSUE.search(item.url or "")) and not found[3]:
                yield RecheckRequest(
                    self._thing_request("thread", found[1], f"issues/{found[2]}/comments"), thread=item
                )

    def parse_recheck(self, response: Response, recheck: RecheckRequest) -> RecheckedItems:
        if recheck.thread is not None:
            read = (_comment(comment, recheck.thread.url, response) for comment in read_array(response))
            return RecheckedItems(more=tuple(item for item in read if item is not None))
        answer = read_object(response)
        comment = "/issues/comments/" in response.request.url
        item = _comment(answer, None, response) if comment else _item(answer, response)
        if item is None:
            raise UnexpectedResponse("the response is not an issue", status=response.status)
        return RecheckedItems({0: item})

    def _thing_request(self, what: str, repository: str, path: str) -> Request:
        asked = (("per_page", str(_PER_PAGE)),) if what == "thread" else ()
        return self._request(f"{what}:{repository}/{path}", f"repos/{repository}/{path}", asked)

    def _request(
        self, question: str, path: str, asked: tuple[tuple[str, str], ...], since: TimeCheckpoint | None = None
    ) -> Request:
        token = {} if self.token is None else bearer(self.token)
        headers = {"X-GitHub-Api-Version": "2022-11-28", **token}
        accept = "application/vnd.github+json"
        return json_request(question, f"{self.base_url}/{path}", asked, headers=headers, accept=accept, since=since)

    def explain(self, response: Response) -> SourceError | None:
        """Both limits, and what the search does not take."""
        if (answer := read_error(response)) is None:
            return None
        said = one_line(answer.text("message"), 200)
        status, host = response.status, host_of(self.base_url)
        if status == 401:
            return AuthFailed(f"{host} rejected the token: make a new one, or none", status=status)
        if status in (403, 429):
            until = _may_ask_again(response)
            if until is not None or "rate limit" in said.lower() or status == 429:
                hint = "" if self.token else "; a token allows three times as much"
                return RateLimited(f"{host} has rate-limited us{hint}", until=until, status=status)
            return Forbidden(f"{host} does not allow this: {said or 'no reason given'}", status=status)
        if status == 422:
            return UnexpectedResponse(f"{host} rejected this query: {said or 'no reason given'}", status=status)
        return None

    def _query(self, text: str, qualifier: str, since: TimeCheckpoint | None, until: int | None = None) -> str:
        """The phrase and its qualifiers; as many exclusions as fit, and the rest is left out when it comes."""
        created = ""
        if since is not None:
            begin = unix_stamp(since.resume_from(_OVERLAP))
            created = f" created:{begin}..{unix_stamp(until)}" if until is not None else f" created:>={begin}"
        query = f'"{text}" in:title,body {qualifier}{created}'
        for name in self.exclude[:_OPERATORS]:
            part = f" -repo:{name}" if "/" in name else f" -user:{name}"
            if len(query) + len(part) <= _QUERY:
                query += part
        return query

    def _other(self, kind: str, question: str, text: str, since: TimeCheckpoint | None) -> Request:
        """Commits, discussions and comments: each has a search of its own."""
        begin = "" if since is None else unix_stamp(since.resume_from(_OVERLAP))
        if kind == "commits":
            query = f'"{text}"' + (f" committer-date:>={begin}" if begin else "")
            params = (("q", query), ("sort", "committer-date"), ("order", "desc"), ("per_page", str(_PER_PAGE)))
            return self._request(question, "search/commits", params, since)
        place = "in:title,body,comments" if kind == "discussions" else "in:comments"
        query = f'"{text}" {place}' + (f" updated:>={begin}" if begin else "") + " sort:updated-desc"
        # An own server's REST address ends in /v3, and its GraphQL lies beside it.
        url = f"{self.base_url.removesuffix('/v3')}/graphql"
        asked = self._request(question, "graphql", (), since)
        return replace(asked, url=url, method="POST", json=_github_graphql.search_body(kind, query))

    def _commits(self, answer: JsonObject, response: Response) -> Page:
        commits = read_list(answer, "items", response)
        own = {name.lower() for name in self.exclude}
        items = [item for commit in commits if (item := _commit(commit, own, response)) is not None]
        if commits and not any(commit.identifier("sha") for commit in commits):
            raise UnexpectedResponse("the response lists nothing that is a commit", status=response.status)
        request = response.request
        reachable = (request.page + 2) * _PER_PAGE <= _REACHABLE
        page = time_ordered_page(
            response,
            items,
            full=len(commits) >= _PER_PAGE,
            following=with_params(request, page=str(request.page + 2)) if reachable else None,
            overlap=_OVERLAP,
        )
        if answer.flag("incomplete_results") and request.since is not None:
            note = "GitHub's search was not finished in time"
            return replace(page, checkpoint=request.since, truncated=True, note=note)
        return page

    def _turned(self, here: Page, oldest: int, since: TimeCheckpoint, request: Request) -> Page:
        """The page with the next: by number as far as numbers reach, then from the oldest second on."""
        number = int(str(dict(request.params).get("page", "1")))
        if request.page_state is not None and number > 1 and oldest >= int(request.page_state):
            return replace(here, truncated=True)  # the page before again
        params = dict(request.params)
        if (number + 1) * _PER_PAGE <= _REACHABLE:
            params["page"] = str(number + 1)
        else:
            kind, _, _ = request.query_key.partition(":")
            phrase = str(params["q"])[1:].partition('"')[0]
            query = self._query(phrase, _KINDS[kind], since, until=oldest)
            if query == params["q"]:
                return replace(here, truncated=True)  # a thousand in one second
            params |= {"q": query}
            params.pop("page", None)
        following = replace(request, params=tuple(params.items()), page=request.page + 1, page_state=str(oldest))
        return replace(here, next=following)


def _texts(brands: tuple[Brand, ...]) -> dict[str, str]:
    kinds = (search_terms.names, search_terms.hashtags, search_terms.user_names, search_terms.hosts)
    return search_terms.by_key(text for kind in kinds for text in kind(brands))


def _may_ask_again(response: Response) -> datetime | None:
    """``Retry-After`` of the secondary limit; the reset time of the primary one where nothing remains of it."""
    wait = response.headers.get("retry-after", "")
    if wait.isascii() and wait.isdigit() and len(wait) < 7:
        return response.received_at + timedelta(seconds=int(wait))
    reset = response.headers.get("x-ratelimit-reset", "")
    if response.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit() and len(reset) < 12:
        until = datetime.fromtimestamp(int(reset), UTC)
        return until if response.received_at < until <= response.received_at + timedelta(days=1) else None
    return None


def _item(issue: JsonObject, response: Response) -> Item | None:
    url, number = safe_url(issue.text("html_url")), issue.identifier("id")
    if url is None or number is None or not _PLACE.search(url):
        return None
    host = host_of(url)
    user = issue.object("user")  # null for an account that is gone
    login = user.identifier("login")
    said = plain_text(issue.text("body"))
    return Item(
        platform=GitHub.platform,
        kind="post",
        # Of the issue that a pull request is, too; a repository may change its name.
        external_id=number if host == "github.com" else f"{host}/{number}",
        url=url,
        title=one_line(issue.text("title")) or None,
        text=said.text,
        author=Author(name=login, handle=login, url=safe_url(user.text("html_url"))) if login else Author(),
        published_at=from_iso(issue.text("created_at"), response),
        links=links_of(said, url),
        tags=tags_of(label.text("name") for label in issue.objects("labels")),
        engagement=Engagement(likes=issue.object("reactions").count("total_count"), replies=issue.count("comments")),
    )


def _comment(comment: JsonObject, issue: str | None, response: Response) -> Item | None:
    """A comment on an issue."""
    url, number = safe_url(comment.text("html_url")), comment.identifier("id")
    if url is None or number is None:
        return None
    user = comment.object("user")
    login = user.identifier("login")
    said = plain_text(comment.text("body"))
    return Item(
        platform=GitHub.platform,
        kind="comment",
        external_id=f"comment/{number}" if host_of(url) == "github.com" else f"{host_of(url)}/comment/{number}",
        url=url,
        text=said.text,
        author=Author(name=login, handle=login, url=safe_url(user.text("html_url"))) if login else Author(),
        published_at=from_iso(comment.text("created_at"), response),
        links=links_of(said, url),
        parent_url=issue or url.partition("#")[0],
        engagement=Engagement(likes=comment.object("reactions").count("total_count")),
    )


def _commit(commit: JsonObject, own: set[str], response: Response) -> Item | None:
    """A commit under the time it reached its place: its author may have written it years ago."""
    url, number = safe_url(commit.text("html_url")), commit.identifier("sha")
    place = commit.object("repository").text("full_name").lower()
    if url is None or number is None or place in own or place.partition("/")[0] in own:
        return None
    said = commit.object("commit")
    title, _, rest = clean(said.text("message")).strip().partition("\n")
    user = commit.object("author")  # null where the address belongs to no account
    login = user.identifier("login")
    name = one_line(said.object("author").text("name"), 200) or login
    plain = PlainText(rest.strip())
    return Item(
        platform=GitHub.platform,
        kind="post",
        # The same in every fork.
        external_id=f"commit/{number}",
        url=url,
        title=one_line(title) or None,
        text=plain.text,
        author=Author(name=name, handle=login, url=safe_url(user.text("html_url"))),
        published_at=from_iso(said.object("committer").text("date"), response),
        links=links_of(plain, url),
    )


def _is_own(item: Item, own: set[str]) -> bool:
    """Whether an issue lies in what is excluded: not all of it may have had room in the query."""
    found = _PLACE.search(item.url or "")
    return found is not None and not own.isdisjoint((found[1].lower(), found[2].lower()))
