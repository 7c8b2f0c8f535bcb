"""Meta's Graph API, as Threads, Facebook and Instagram speak it: requests, lists, errors and usage.

The numbers of errors are those of developers.facebook.com/docs/graph-api/guides/error-handling and
…/docs/graph-api/overview/rate-limiting. The address of a next page is never followed: it holds the token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mentionwatch.errors import (
    AuthFailed,
    Forbidden,
    RateLimited,
    ServerError,
    SourceError,
    UnexpectedResponse,
    UserError,
)
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Item
from mentionwatch.sources.toolkit.checkpoints import parse_time_checkpoint, timestamps
from mentionwatch.sources.toolkit.items import require_any
from mentionwatch.sources.toolkit.json_reader import JsonObject, error_text, read_error, read_list, read_object
from mentionwatch.sources.toolkit.requests import json_request, with_params
from mentionwatch.sources.toolkit.time_paging import activity_page

#: An object's number, or two of them with a line between (a post of a page).
ID = re.compile(r"[0-9]{1,25}(?:_[0-9]{1,25})?")

#: The token is none, is one no more, or of a person who has changed the password or left the app.
_TOKEN = frozenset({102, 190, 463, 467})
#: Too many calls: of the app, the user, the page, by the business or by a rule of the endpoint's own.
_LIMITS = frozenset({4, 17, 32, 341, 613})
#: Trouble of Meta's own; it says to try again.
_TROUBLE = frozenset({1, 2})
#: What the version of the API has no longer.
_OUTDATED = frozenset({12, 2635})
#: Percent of a limit from which on we wait, that people's own use of the app does not suffer.
_ENOUGH = 90.0
#: A limit of the app is one of an hour that rolls on (rate-limiting, "platform rate limits").
_HOUR = timedelta(hours=1)
_WHY = {458: "the account has removed the app", 459: "the account must log in at Meta once", 460: "the password was "
        "changed", 463: "it has expired", 464: "the account must log in at Meta once", 492: "the account has lost its "
        "role"}  # fmt: skip


def normalize_version(text: str) -> str:
    """``v25.0``, as it stands in an address.

    Raises :class:`~mentionwatch.errors.UserError` for anything else.
    """
    found = re.fullmatch(r"v?([0-9]{1,3})(?:\.([0-9]))?", text.strip())
    if found is None:
        raise UserError("version: write it like v25.0")
    return f"v{found[1]}.{found[2] or 0}"


def graph_request(
    question: str, url: str, params: tuple[tuple[str, str | Secret], ...], token: Secret, since: str | None
) -> Request:
    """A question to the Graph API; the token is a secret parameter, as its documentation has it."""
    return json_request(question, url, params=(*params, ("access_token", Secret(token.reveal().strip()))), since=since)


def parse_list(response: Response, service: str, token: Secret, needs: str) -> JsonObject:
    """The answer that holds a list ``data``.

    Raises a :class:`~mentionwatch.errors.SourceError` for an error that came with status 200, and for anything else.
    """
    answer = read_object(response)
    if "error" in answer:
        raise graph_error(response, service, token, needs) or UnexpectedResponse(
            "the response is an error without a reason"
        )
    read_list(answer, "data", response)
    return answer


def parse_object(response: Response, service: str, token: Secret, needs: str) -> JsonObject:
    """The answer that is one object. Raises as :func:`parse_list` does."""
    answer = read_object(response)
    if "error" in answer or "id" not in answer:
        raise graph_error(response, service, token, needs) or UnexpectedResponse("the response is not the post")
    return answer


def next_cursor(answer: JsonObject) -> str | None:
    """The cursor of the next page; ``None`` on the last."""
    paging = answer.object("paging")
    return paging.object("cursors").identifier("after") if paging.text("next") else None


def with_cursor(request: Request, cursor: str | None) -> Request | None:
    """The same question from the cursor on; ``None`` where there is none."""
    return None if cursor is None else with_params(request, after=cursor)


def _is_truncated(inner: JsonObject, read: Sequence[Item], response: Response) -> bool:
    """Whether under one entry of a list more is new than came with it; ``inner`` is what came, newest first."""
    since = parse_time_checkpoint(response.request.since)
    times = timestamps(read)
    if since is None or not times or not inner.object("paging").text("next"):
        return False
    return min(times) > since.newest


def posts_page(
    response: Response,
    answer: JsonObject,
    read: Callable[[JsonObject], Item | None],
    comments: Callable[[JsonObject, Item], Iterable[Item]],
    overlap: int,
) -> Page:
    """A page of an account's posts, each followed by what was said under it: by ``read`` and by ``comments``."""
    items, listed_at, more = read_posts(response, answer.objects("data"), read, comments)
    following = with_cursor(response.request, next_cursor(answer))
    page = activity_page(response, items, listed_at, following=following, overlap=overlap, truncated=more)
    return with_pause(page, response)


def read_posts(
    response: Response,
    posts: Sequence[JsonObject],
    read: Callable[[JsonObject], Item | None],
    comments: Callable[[JsonObject, Item], Iterable[Item]],
) -> tuple[list[Item], list[datetime | None], bool]:
    """The posts, each followed by what was said under it; when each was written; whether more is new under one."""
    items: list[Item] = []
    listed_at: list[datetime | None] = []
    more = False
    for post in posts:
        item = read(post)
        if item is None:
            continue
        under = post.object("comments")
        said = tuple(comments(under, item))
        items += [item, *said]
        listed_at.append(item.published_at)
        more = more or _is_truncated(under, said, response)
    require_any(items, posts, response, "a post")
    return items, listed_at, more


def with_pause(page: Page, response: Response) -> Page:
    """The page with the pause that Meta's account of our use makes good manners."""
    wait = _wait(response)
    return page if wait is None else replace(page, pause=max(page.pause, wait.total_seconds()))


def graph_error(response: Response, service: str, token: Secret, needs: str) -> SourceError | None:
    """What an error answer says; ``needs`` are the permissions of the question, told where one is missing."""
    error = (read_error(response) or JsonObject()).object("error")
    code, subcode, status = error.integer("code"), error.integer("error_subcode") or 0, response.status
    if code is None:
        return None
    said = error_text((error.text("error_user_msg") or error.text("message")).replace(token.reveal().strip(), "***"))
    said = said or f"error {code}"
    if code in _TOKEN or (code == 100 and "access token" in said.lower()):
        # Their words may repeat the token, as a part of it as well.
        why = _WHY.get(subcode) or _WHY.get(code, "")
        return AuthFailed(f"{service} rejected the token{f': {why}' if why else ''}; make a new one", status=status)
    if code == 10 or 200 <= code <= 299 or code == 3:
        return Forbidden(
            f"{service} is missing a permission for this: the token needs {needs}", status=status, only_this=True
        )
    if code in _LIMITS or 80000 <= code <= 80099:
        until = response.received_at + (_wait(response) or _HOUR)
        return RateLimited(f"{service} has been asked too often (error {code})", until=until, status=status)
    if code in _OUTDATED:
        return UnexpectedResponse(
            f"{service} no longer has this in the version asked: set version to a newer one", status=status
        )
    if code in _TROUBLE or error.flag("is_transient") or status >= 500:
        return ServerError(f"{service} had a server error ({code}); will retry", status=status)
    if code == 368:
        return Forbidden(f"{service} has blocked the account for a while: {said}", status=status)
    if code in (100, 803) and (subcode == 33 or code == 803):
        return UnexpectedResponse(f"{service} has no such page or account, or hides it from this token", status=status)
    return UnexpectedResponse(f"{service} rejected this query (error {code}): {said}", status=status)


def _wait(response: Response) -> timedelta | None:
    """How long to leave Meta alone, by its headers on use; ``None`` while there is room enough."""
    uses = list(_uses(response))
    minutes = max((use.number("estimated_time_to_regain_access") or 0.0 for use in uses), default=0.0)
    if minutes > 0:
        return timedelta(minutes=min(minutes, 1_440.0))
    percents = (use.number(key) or 0.0 for use in uses for key in ("call_count", "total_time", "total_cputime"))
    return timedelta(minutes=10) if max(percents, default=0.0) >= _ENOUGH else None


def _uses(response: Response) -> Iterator[JsonObject]:
    """What was used of each limit, in percent: of the app, and of each business with its kinds of use."""
    yield _header(response.headers, "x-app-usage")
    by_business = _header(response.headers, "x-business-use-case-usage")
    for number in list(by_business.fields)[:20]:
        yield from by_business.objects(number)[:20]


def _header(headers: Mapping[str, str], name: str) -> JsonObject:
    text = headers.get(name, "")
    try:
        value = json.loads(text) if 0 < len(text) <= 10_000 else {}
    except (ValueError, RecursionError):
        value = {}
    return JsonObject(value) if isinstance(value, dict) else JsonObject()
