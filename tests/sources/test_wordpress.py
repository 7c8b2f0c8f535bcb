"""WordPress: posts and comments of one site, as real ones answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, Forbidden, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.wordpress import WordPress
from support.replay import NOW, answer, params, scan

BLOG = WordPress("https://blog.example", comments=False)
BOTH = WordPress("http://localhost:8402")
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


@dataclass
class Site:
    """A site: 50 entries a page, newest first, 400 for a page beyond the last."""

    entries: list[tuple[int, datetime]] = field(default_factory=list)
    counts: bool = True

    def write(self, number: int, until: datetime = NOW) -> set[str]:
        first = len(self.entries) + 1
        self.entries += [(first + n, until - timedelta(minutes=number - n)) for n in range(number)]
        return {f"blog.example/post/{first + n}" for n in range(number)}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        after = datetime.fromisoformat(sent.get("after", "1970-01-01T00:00:00+00:00"))
        found = sorted((each for each in self.entries if each[1] > after), key=lambda each: each[1], reverse=True)
        page, pages = int(sent.get("page", "1")), -(-len(found) // 50)
        if page > max(pages, 1):
            body: Any = {"code": "rest_post_invalid_page_number", "message": "Too far.", "data": {"status": 400}}
            return answer(request, body, status=400)
        body = [
            {"id": n, "link": f"https://blog.example/{n}/", "date_gmt": f"{at:%Y-%m-%dT%H:%M:%S}"}
            for n, at in found[50 * (page - 1) : 50 * page]
        ]
        return answer(request, body, headers={"x-wp-totalpages": str(pages)} if self.counts else {})


@pytest.mark.parametrize(
    ("name", "posts", "comments"),
    [
        ("Acme Coffee", "Acme Coffee", "Coffee"),
        ("Salt & Bean", "Salt Bean", "Salt"),
        ("Joe’s Beans", "Joe s Beans", "Beans"),
        ("acme.example", "acme.example", "acme.example"),
        ("アクメ珈琲", "アクメ珈琲", "アクメ珈琲"),
        ("C++", "C", "C++"),
        ("Q+&", "Q", "Q+&"),
    ],
)
def test_a_name_is_found_however_it_is_joined(name: str, posts: str, comments: str) -> None:
    """A site searches its HTML: “Acme-Coffee”, “Salt &amp; Bean” and a line break between two words count, too."""
    brand = Brand("Acme", terms=(Term("name", name),))
    asked = [(request.query_key, params(request)["search"]) for request in BOTH.requests((brand,), {}, NOW)]

    assert asked == [(f"posts:text:{name.casefold()}", posts), (f"comments:text:{name.casefold()}", comments)]


USER = WordPress("blog.example", username="jo", password=Secret("ab cd"), comments=False)


def test_a_user_is_named_by_an_application_password() -> None:
    """As the browser would; a password without a user is refused."""
    for request in USER.requests((ONE,), {}, NOW):
        sent = request.headers["Authorization"]
        assert isinstance(sent, Secret)
        assert sent.reveal() == "Basic am86YWIgY2Q="
    with pytest.raises(UserError):
        WordPress("blog.example", password=Secret("x"))


def test_a_wrong_password_is_told_although_the_site_answers_guests() -> None:
    """WordPress 6.1 lists posts whatever the password; who asks is asked first."""
    (who, _) = USER.requests((ONE,), {}, NOW)
    refusal = {"code": "rest_not_logged_in", "message": "You are not currently logged in.", "data": {"status": 401}}

    assert who.url.endswith("/users/me")
    assert isinstance(USER.explain(answer(who, refusal, status=401)), AuthFailed)
    assert USER.parse(answer(who, {"id": 1})).items == ()
    with pytest.raises(UnexpectedResponse):
        USER.parse(answer(who, {"name": "no id"}))


@pytest.mark.parametrize(("status", "code"), [(404, "rest_no_route"), (403, "users_hidden"), (403, "")])
def test_a_site_that_hides_its_users_is_asked_all_the_same(status: int, code: str) -> None:
    """That says nothing against the password."""
    (who, _) = USER.requests((ONE,), {}, NOW)

    assert isinstance(USER.explain(answer(who, {"code": code} if code else {}, status=status)), Page)


@pytest.mark.parametrize("new", [0, 1, 50, 51, 160])
@pytest.mark.parametrize("counts", [True, False], ids=["counted", "not counted"])
def test_every_post_since_the_last_scan_is_found(new: int, counts: bool) -> None:
    """With and without the header that counts pages; no older post comes as news."""
    site = Site(counts=counts)
    site.write(200, until=NOW - timedelta(days=9))
    before = scan(BLOG, site, brands=(ONE,))
    fresh = site.write(new)
    after = scan(BLOG, site, before.checkpoints, brands=(ONE,))

    assert len(before.ids) == 50
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_a_page_beyond_the_last_is_the_end() -> None:
    """Without a count, a full last page is followed by one that is not there."""
    site = Site(counts=False)
    site.write(10, until=NOW - timedelta(days=9))
    before = scan(BLOG, site, brands=(ONE,))
    fresh = site.write(50)
    after = scan(BLOG, site, before.checkpoints, brands=(ONE,))

    assert (after.ids - before.ids, after.holes) == (fresh, set())


def test_a_comment_approved_the_next_day_is_found() -> None:
    """It bears the time it was written, below what was seen."""
    site = Site()
    site.write(5, until=NOW - timedelta(hours=1))
    before = scan(BLOG, site, brands=(ONE,))
    late = site.write(1, until=NOW - timedelta(days=1))

    assert late <= scan(BLOG, site, before.checkpoints, brands=(ONE,), now=NOW + timedelta(hours=1)).ids


# --- what a real site answered ----------------------------------------------------------------------------------------

THEN = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


def captured(shared: Path, name: str, question: str = "posts", **more: Any) -> Response:
    request = next(each for each in BOTH.requests((ONE,), {}, NOW) if each.query_key.startswith(question))
    lines = (shared / "corpus/captured/wordpress" / f"{name}.headers").read_text().splitlines()
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:] if line)}
    body = (shared / "corpus/captured/wordpress" / f"{name}.body").read_bytes()
    return answer(Request(**{"query_key": request.query_key, "url": request.url, **more}), body,
                  status=int(lines[0].split()[1]), headers=headers, at=THEN)  # fmt: skip


def test_reads_a_real_site_s_posts(shared: Path) -> None:
    """Five of forty-eight, the newest first, in six scripts."""
    items = BOTH.parse(captured(shared, "posts_search")).items
    first, second = items[:2]

    assert [item.external_id for item in items] == [f"localhost:8402/post/{n}" for n in (53, 51, 50, 49, 48)]
    assert first.title == "Post 49 A long post. Filler words about mornings"
    assert first.text.endswith("And Acme Coffee at the very end.")
    assert first.url == "http://localhost:8402/post-49-a-long-post-filler-words-about-mornings/"
    assert first.published_at == datetime(2026, 11, 21, 18, 17, 38, tzinfo=UTC)
    assert second.title == "Post 47 Acme Coffeen kahvi on hyvää #AcmeCoffee"


def test_turns_a_real_site_s_pages(shared: Path) -> None:
    """Page 1 of 10 leads to page 2."""
    page = BOTH.parse(captured(shared, "posts_search", since="100/1"))

    assert page.next is not None
    assert params(page.next)["page"] == "2"


def test_reads_a_real_site_s_comments(shared: Path) -> None:
    """Five comments, each on its post."""
    items = BOTH.parse(captured(shared, "comments_search", "comments")).items

    assert [item.external_id for item in items] == [f"localhost:8402/comment/{n}" for n in (6, 5, 4, 3, 2)]
    assert {item.text for item in items} == {"I agree, Acme Coffee rules"}
    assert {item.author.name for item in items} == {"reader"}
    assert items[4].url == "http://localhost:8402/post-0-just-tried-acme-coffee-for-the-first-tim/#comment-2"
    assert items[4].parent_url == "http://localhost:8402/post-0-just-tried-acme-coffee-for-the-first-tim/"
    assert items[4].published_at == datetime(2026, 11, 21, 18, 18, 37, tzinfo=UTC)


def test_no_results_is_an_answer(shared: Path) -> None:
    """An empty list, said by the site."""
    assert BOTH.parse(captured(shared, "posts_after")).items == ()


def test_a_real_site_s_errors_are_told_apart(shared: Path) -> None:
    """A page too far ends the list; a closed API and a missing one are told with what to do."""
    far = BOTH.explain(captured(shared, "posts_page_too_far", page=3, since="100"))
    first = BOTH.explain(captured(shared, "posts_page_too_far"))
    closed = BOTH.explain(captured(shared, "users_401"))
    missing = BOTH.explain(captured(shared, "no_route"))
    wrong = BOTH.explain(captured(shared, "posts_per_page_500"))

    assert isinstance(far, Page)
    assert (far.items, far.checkpoint, far.next) == ((), "100", None)
    assert isinstance(first, UnexpectedResponse)
    assert isinstance(closed, Forbidden)
    assert "You are not currently logged in." in closed.message
    assert isinstance(missing, UnexpectedResponse)
    assert "use the type feed" in missing.message
    assert isinstance(wrong, SourceError)
    assert "Invalid parameter(s): per_page" in wrong.message
    with_password = WordPress("http://localhost:8402", username="jo", password=Secret("x"))
    assert isinstance(with_password.explain(captured(shared, "users_401")), AuthFailed)


def test_a_feed_is_not_taken_for_the_api(shared: Path) -> None:
    """What a real site gives at another address."""
    for name in ("rss", "rss_search", "no_route"):
        with pytest.raises(UnexpectedResponse):
            BOTH.parse(captured(shared, name))
