"""Instagram: comments under own posts, posts that tag the account, hashtags by their number."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from mentionwatch.errors import Forbidden, UserError
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.instagram import Instagram
from support.replay import ACME, NOW, answer, params, scan

OPTIONS: dict[str, Any] = {"user_id": "17841400000000000", "username": "@acmecoffee", "token": Secret("EAABt0ken")}
SOURCE = Instagram(**OPTIONS)
TAGS = Instagram(**OPTIONS, hashtags=True)


def post(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": str(number),
        "caption": "Look",
        "permalink": f"https://www.instagram.com/p/{number}/",
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}+0000",
    }


class Gram:
    """A hashtag with its posts of the last day, in pages of 50 whose cursor is always the same, as documented."""

    def __init__(self) -> None:
        self.posts: list[tuple[int, datetime]] = []
        self.pages = 0

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        assert sent["access_token"] == "***"
        if request.url.endswith("/ig_hashtag_search"):
            self.pages = 0
            return answer(request, {"data": [{"id": "17873440459141021"}]})
        if not request.url.endswith("/17873440459141021/recent_media"):
            return answer(request, {"data": []})
        known = sorted(((at, number) for number, at in self.posts), reverse=True)
        skip, self.pages = self.pages * 50, self.pages + 1
        paging = {"cursors": {"after": "same"}}
        if len(known) > skip + 50:
            paging["next"] = "https://graph.facebook.com/?access_token=EAABt0ken"  # type: ignore[assignment]
        return answer(request, {"data": [post(number, at) for at, number in known[skip : skip + 50]], "paging": paging})


@pytest.mark.parametrize("new", [1, 50, 51, 120])
def test_a_hashtag_s_posts_are_found_from_the_second_scan_on(new: int) -> None:
    """The first learns its number; what was posted before it is no news."""
    gram = Gram()
    gram.posts = [(n + 1, NOW - timedelta(hours=n + 1)) for n in range(5)]
    before = scan(TAGS, gram)
    gram.posts += [(100 + n, NOW + timedelta(seconds=n)) for n in range(new)]
    after = scan(TAGS, gram, before.checkpoints)
    found = [item for item in after.items if item.tags]

    assert before.items == []
    assert {item.external_id for item in found} == {str(100 + n) for n in range(new)}
    assert {item.tags for item in found} == {("acmecoffee",)}
    assert after.holes == set()


def test_asks_for_thirty_hashtags_at_most_and_only_where_allowed() -> None:
    """Instagram counts them over seven days; without the feature none is asked."""
    brand = Brand("Many", terms=tuple(Term("hashtag", f"tag{n}") for n in range(40)))

    assert [request.query_key for request in SOURCE.requests((brand,), {}, NOW)] == ["media", "tags"]
    asked = [request.query_key for request in TAGS.requests((brand, ACME), {}, NOW)]
    assert asked == ["media", "tags", *(f"tag:tag{n}" for n in range(30))]


def test_a_post_that_tags_the_account_is_said_to_it() -> None:
    """The picture shows it, the caption need not."""
    tags = {request.query_key: request for request in SOURCE.requests((), {}, NOW)}["tags"]
    item = SOURCE.parse(answer(tags, {"data": [post(1, NOW)]})).items[0]

    assert item.handles == ("@acmecoffee",)
    assert item.author.handle is None


def test_a_hashtag_nobody_has_used_is_no_failure() -> None:
    """And one hashtag too many leaves the comments alone."""
    tag = list(TAGS.requests((ACME,), {}, NOW))[-1]
    unused = TAGS.explain(answer(tag, {"error": {"code": 24, "error_subcode": 2207024, "message": "x"}}, status=400))
    many = TAGS.explain(answer(tag, {"error": {"code": 18, "message": "x"}}, status=400))

    assert isinstance(unused, Page)
    assert (unused.items, unused.note) == ((), "nobody has used #acmecoffee")
    assert isinstance(many, Forbidden)
    assert many.only_this


def test_wrong_options_are_told_by_name() -> None:
    """All at once."""
    with pytest.raises(UserError) as caught:
        Instagram(user_id="acmecoffee", username="acme coffee", token=Secret("t"))

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["user_id", "username"]
