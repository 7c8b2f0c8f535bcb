"""GitHub's GraphQL search: discussions, and the comments under issues and pull requests, which no other search gives.

One question brings what was changed lately and holds a term somewhere, with the last comments of each; which of them
hold the term is for the matching here to say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mentionwatch.errors import AuthFailed, RateLimited, UnexpectedResponse
from mentionwatch.messages import Page, Response
from mentionwatch.model import Author, Engagement, Item
from mentionwatch.sources.toolkit.api_dates import from_iso
from mentionwatch.sources.toolkit.checkpoints import advance_checkpoint, parse_time_checkpoint
from mentionwatch.sources.toolkit.items import links_of, plain_text
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_object
from mentionwatch.text import one_line
from mentionwatch.urls import host_of, safe_url

#: What is asked so, and what GitHub calls it.
KINDS = {"discussions": "DISCUSSION", "comments": "ISSUE"}
#: Seconds asked again before the checkpoint, as for the other searches.
OVERLAP = 3_600
_PER_PAGE = 25
#: Comments of one thread that come with it, the last ones.
_COMMENTS = 30

_SAID = "databaseId url createdAt author { login url }"
_COMMENT = f"comments(last: {_COMMENTS}) {{ totalCount nodes {{ {_SAID} body reactions {{ totalCount }} }} }}"
_THREAD = f"{_SAID} title body updatedAt reactions {{ totalCount }} repository {{ nameWithOwner }} {_COMMENT}"
_QUERY = f"""query($q: String!, $type: SearchType!, $after: String) {{
  search(query: $q, type: $type, first: {_PER_PAGE}, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      ... on Discussion {{ {_THREAD} }}
      ... on Issue {{ {_THREAD} }}
      ... on PullRequest {{ {_THREAD} }}
    }}
  }}
}}"""


def search_body(kind: str, query: str, after: str | None = None) -> dict[str, object]:
    """The question as GraphQL wants it; ``after`` is the cursor a page ended with."""
    return {"query": _QUERY, "variables": {"q": query, "type": KINDS[kind], "after": after}}


def parse_search(response: Response, platform: str, own: frozenset[str]) -> Page:
    """The threads and comments an answer holds, without those in what is ``own`` (accounts, ``owner/name``).

    Raises what GitHub says with status 200: a limit, or that it does not take the question.
    """
    answer = read_object(response)
    search = answer.object("data").object("search")
    if not isinstance(search.fields.get("nodes"), list):
        raise _refusal(answer, response)
    request, since = response.request, parse_time_checkpoint(response.request.since)
    kind = request.query_key.partition(":")[0]
    threads = [thread for thread in search.objects("nodes") if thread]
    found: list[Item] = []
    for thread in threads:
        place = thread.object("repository").text("nameWithOwner").lower()
        if place in own or place.partition("/")[0] in own:
            continue
        opening = _item(thread, platform, kind, response)
        comments = [_item(one, platform, kind, response, thread) for one in thread.object("comments").objects("nodes")]
        found += [item for item in (opening if kind == "discussions" else None, *comments) if item is not None]
    if threads and not any(from_iso(thread.text("updatedAt"), response) for thread in threads):
        raise UnexpectedResponse("the response lists nothing that is a thread", status=response.status)
    times = [int(at.timestamp()) for thread in threads if (at := from_iso(thread.text("updatedAt"), response))]
    info = search.object("pageInfo")
    cursor = info.identifier("endCursor") if info.flag("hasNextPage") else None
    mark = advance_checkpoint(times, since, response, has_older=cursor is not None)
    if since is None:
        return Page(tuple(found), checkpoint=str(mark))
    floor = since.resume_from(OVERLAP)
    # A thread comes again with every comment; what was said in it before is known.
    fresh = tuple(item for item in found if item.published_at is None or item.published_at.timestamp() >= floor)
    here = Page(fresh, checkpoint=str(mark))
    if cursor is None or not times or min(times) <= floor:
        return here
    if request.page_state == cursor:
        return replace(here, truncated=True)
    asked = request.json or {}
    variables = asked.get("variables")
    following = {**asked, "variables": {**(variables if isinstance(variables, dict) else {}), "after": cursor}}
    return replace(here, next=replace(request, json=following, page=request.page + 1, page_state=cursor))


def _refusal(answer: JsonObject, response: Response) -> Exception:
    """What GraphQL says in place of data."""
    errors = answer.objects("errors")
    kinds = {error.text("type") for error in errors}
    said = error_text(errors[0].text("message")) if errors else ""
    if "RATE_LIMITED" in kinds or "rate limit" in said.lower():
        reset = response.headers.get("x-ratelimit-reset", "")
        seconds = int(reset) - int(response.received_at.timestamp()) if reset.isdigit() and len(reset) < 12 else 0
        until = response.received_at + timedelta(seconds=seconds) if 0 < seconds <= 86_400 else None
        return RateLimited("GitHub has rate-limited us", until=until, status=response.status)
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        return AuthFailed("GitHub does not let this token search", status=response.status)
    return UnexpectedResponse(
        f"GitHub rejected this query: {said}" if said else "the response has no search in it",
        status=response.status,
    )


def _item(
    said: JsonObject, platform: str, kind: str, response: Response, thread: JsonObject | None = None
) -> Item | None:
    """A thread's opening, or with ``thread`` a comment in it."""
    url, number = safe_url(said.text("url")), said.identifier("databaseId")
    if url is None or number is None:
        return None
    author = said.object("author")  # null for an account that is gone
    login = author.identifier("login")
    plain = plain_text(said.text("body"))
    space = "discussion" if kind == "discussions" else ""
    named = "-".join(filter(None, (space, "comment" if thread is not None else "")))
    host = host_of(url)
    return Item(
        platform=platform,
        kind="post" if thread is None else "comment",
        # Each table of GitHub's counts for itself; a comment under an issue is named as its own API names it.
        external_id=f"{'' if host == 'github.com' else f'{host}/'}{named}/{number}",
        url=url,
        title=one_line(said.text("title")) or None,
        text=plain.text,
        author=Author(name=login, handle=login, url=safe_url(author.text("url"))) if login else Author(),
        published_at=from_iso(said.text("createdAt"), response),
        links=links_of(plain, url),
        parent_url=None if thread is None else safe_url(thread.text("url")),
        engagement=Engagement(
            likes=said.object("reactions").count("totalCount"),
            replies=said.object("comments").count("totalCount") if thread is None else None,
        ),
    )
