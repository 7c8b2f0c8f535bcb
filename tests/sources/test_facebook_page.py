"""A Facebook page: what is written to it, comments that are new under old posts, and holes where they are too many."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mentionwatch.errors import Forbidden, UnexpectedResponse, UserError
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.sources.platforms.facebook_page import FacebookPage
from support.replay import ACME, NOW, answer, params, scan

SOURCE = FacebookPage(page="acmecoffee", token=Secret("EAABt0ken"))
FEED = FacebookPage(page="acmecoffee", token=Secret("EAABt0ken"), tagged=False)
PAGE = "100000000000001"


def said(number: str, at: datetime, **more: object) -> dict[str, Any]:
    return {"id": number, "message": "Hm", "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000", **more}


class Wall:
    """A page's posts, newest first in pages of 25, each with its 50 newest comments where they are asked for.

    ``bad`` is a post of which nothing but its words can be had: ``leaves_out`` says that a list then lacks it, as was
    seen in August 2026; else all is an error.
    """

    leaves_out = True

    def __init__(self) -> None:
        self.bad = ""
        self.posts: list[tuple[str, datetime]] = []
        self.comments: dict[str, list[tuple[str, datetime]]] = {}

    def post(self, at: datetime) -> str:
        number = f"{PAGE}_{len(self.posts) + 1}"
        self.posts.append((number, at))
        return number

    def comment(self, on: str, at: datetime) -> str:
        known = self.comments.setdefault(on, [])
        known.append((f"{on.partition('_')[2]}_{len(known) + 1}", at))
        return known[-1][0]

    def serve(self, request: Request, now: datetime = NOW) -> Response:
        heavy, last = "reactions" in params(request)["fields"], request.url.rpartition("/")[2]
        if last.startswith(PAGE):
            at = dict(self.posts)[last]
            return self.refused(request) if last == self.bad else answer(request, self.post_of(last, at), at=now)
        if heavy and self.bad and not self.leaves_out:
            return self.refused(request)
        skip = int(params(request).get("after", "c0")[1:])
        posts = sorted(self.posts, key=lambda post: post[1], reverse=True)
        page = []
        for number, at in posts[skip : skip + 25]:
            if not heavy:
                page.append(said(number, at))
            elif number != self.bad:
                page.append(self.post_of(number, at))
        paging: dict[str, Any] = {"cursors": {"after": f"c{skip + 25}"}}
        if len(posts) > skip + 25:
            paging["next"] = "https://graph.facebook.com/?access_token=EAABt0ken"
        return answer(request, {"data": page, "paging": paging}, at=now)

    def post_of(self, number: str, at: datetime) -> dict[str, Any]:
        comments = sorted(self.comments.get(number, ()), key=lambda one: one[1], reverse=True)
        inner: dict[str, Any] = {"data": [said(*one) for one in comments[:50]]}
        if len(comments) > 50:
            inner["paging"] = {
                "cursors": {"after": "x"},
                "next": "https://graph.facebook.com/?access_token=EAABt0ken",
            }
        return said(number, at, comments=inner, shares={"count": 4})

    @staticmethod
    def refused(request: Request) -> Response:
        error = {"message": "(#100) Tried accessing nonexisting field", "type": "OAuthException", "code": 100}
        return answer(request, {"error": error}, status=400)


def test_asks_for_the_page_s_feed_and_where_it_is_tagged() -> None:
    """The token is a secret parameter; a page is named as people name it."""
    requests = list(SOURCE.requests((ACME,), {}, NOW))

    assert [request.url for request in requests] == [
        "https://graph.facebook.com/v25.0/acmecoffee/feed",
        "https://graph.facebook.com/v25.0/acmecoffee/tagged",
    ]
    assert "EAAB" not in repr(requests)
    for written in ("https://www.facebook.com/acmecoffee/", "@acmecoffee", " facebook.com/acmecoffee"):
        assert FacebookPage(page=written, token=Secret("t")).page == "acmecoffee"


@pytest.mark.parametrize("new", [0, 1, 24, 25, 60])
def test_every_new_post_and_comment_is_found(new: int) -> None:
    """Comments under an old post as well; what was there before the first scan is no news."""
    wall, before_at = Wall(), NOW - timedelta(days=2)
    old = [wall.post(before_at - timedelta(hours=n)) for n in range(30)]
    wall.comment(old[0], before_at)
    before = scan(FEED, lambda request: wall.serve(request, before_at), now=before_at)
    fresh = {wall.comment(old[3], NOW - timedelta(minutes=1))}
    fresh |= {wall.post(NOW - timedelta(minutes=n + 1)) for n in range(new)}
    after = scan(FEED, wall.serve, before.checkpoints)

    assert len(before.ids) == 26
    assert fresh <= after.ids
    assert {number for number in after.ids - before.ids if number not in fresh} == set()
    assert after.holes == set()


def test_more_comments_than_came_are_a_hole() -> None:
    """51 new ones under one post, of which 50 come along."""
    wall, before_at = Wall(), NOW - timedelta(days=2)
    post = wall.post(before_at)
    before = scan(FEED, lambda request: wall.serve(request, before_at), now=before_at)
    for n in range(51):
        wall.comment(post, NOW - timedelta(minutes=n))
    after = scan(FEED, wall.serve, before.checkpoints)
    again = scan(FEED, lambda request: wall.serve(request, NOW + timedelta(hours=2)), after.checkpoints)

    assert (len(after.ids), after.holes) == (51, {"feed"})
    assert again.holes == set()


@pytest.mark.parametrize("leaves_out", [True, False])
def test_a_post_whose_counts_cannot_be_had_costs_its_own_alone(leaves_out: bool) -> None:
    """Whether the list lacks it without a word or all is an error: its words come, and the others' counts."""
    wall, before_at = Wall(), NOW - timedelta(days=2)
    wall.leaves_out = leaves_out
    wall.post(before_at)
    before = scan(FEED, lambda request: wall.serve(request, before_at), now=before_at)
    posts = [wall.post(NOW - timedelta(minutes=n)) for n in range(4)]
    wall.bad = posts[1]
    comment = wall.comment(posts[2], NOW)
    after = scan(FEED, wall.serve, before.checkpoints)

    assert {*posts, comment} <= after.ids
    assert after.holes == set()
    assert {item.external_id for item in after.items if item.engagement.reposts == 4} >= set(posts) - {wall.bad}
    assert "reactions" not in params(after.asked[0])["fields"]


def test_what_is_said_to_the_page_counts_as_said_to_it() -> None:
    """By its handle where the configuration names it, by its address where it gives a number; not the page's own."""
    body = {"data": [said(f"{PAGE}_1", NOW, **{"from": {"id": PAGE, "name": "Acme"}}), said(f"{PAGE}_2", NOW)]}
    numbered = FacebookPage(page=PAGE, token=Secret("t"))
    by_name = SOURCE.parse(answer(next(SOURCE.requests((), {}, NOW)), body)).items
    by_number = numbered.parse(answer(next(numbered.requests((), {}, NOW)), body)).items

    assert [item.handles for item in by_name] == [(), ("@acmecoffee",)]
    assert [item.links for item in by_number] == [(), (f"https://www.facebook.com/{PAGE}",)]
    assert by_name[0].author.handle == "acmecoffee"


def test_a_missing_permission_names_itself() -> None:
    """And what is gone from a version says which option to mend."""
    feed, tagged = SOURCE.requests((), {}, NOW)
    missing = SOURCE.explain(answer(tagged, {"error": {"code": 283, "message": "Requires"}}, status=403))
    gone = SOURCE.explain(answer(feed, {"error": {"code": 12, "message": "deprecated"}}, status=400))

    assert isinstance(missing, Forbidden)
    assert "pages_read_user_content" in missing.message
    assert isinstance(gone, UnexpectedResponse)
    assert "set version" in gone.message


@pytest.mark.parametrize(
    ("option", "value"), [("page", "a b"), ("page", "groups/1"), ("version", "25th"), ("version", "../v1")]
)
def test_wrong_options_are_told_by_name(option: str, value: str) -> None:
    """A page is one word; a version is a number."""
    given: dict[str, Any] = {option: value}
    with pytest.raises(UserError, match=option):
        replace(FacebookPage("acme", Secret("t")), **given)
