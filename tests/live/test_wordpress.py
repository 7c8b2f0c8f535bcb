"""WordPress itself: its search of posts and of comments, its application passwords, and a limit in front of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from live.front import Front
from live.posts import LATER, SEED, Post
from live.processes import Servers, until
from live.watch import Watch
from live.wordpress import PROGRAM, Blog
from support.servers import Answer

if not PROGRAM.is_dir():
    pytest.skip("WordPress is not installed; make test-live does it", allow_module_level=True)


@pytest.fixture(scope="module")
def blog(servers: Servers, place: Path) -> Blog:
    blog = Blog(servers, place)
    blog.plant(SEED)
    blog.comment(SEED)
    return blog


def source(server: str, more: str = "") -> str:
    return f'[[sources]]\ntype = "wordpress"\nname = "blog"\nserver = "{server}"\n{more}'


def mentions(planted: dict[str, Post]) -> set[str]:
    return {url for url, post in planted.items() if post.mention}


def test_every_post_and_comment_that_mentions_the_brand_is_found_once_and_nothing_else(
    blog: Blog, watch: Callable[..., Watch]
) -> None:
    """In every script, joined in every way, by the text or a link behind it; asked again, nothing is new."""
    mine = watch(source(blog.origin))
    mine.scan()

    assert set(mine.mentions()) == mentions(blog.planted)
    assert mine.scan().lines == []
    assert set(mine.mentions()) == mentions(blog.planted)


def test_what_is_written_after_the_first_scan_is_news_on_the_second_and_none_on_the_third(
    blog: Blog, watch: Callable[..., Watch]
) -> None:
    """Posts and comments; what was there before is backlog and never news."""
    mine = watch(source(blog.origin))
    mine.scan()
    before = set(blog.planted)
    blog.plant(LATER)
    blog.comment(LATER)
    news = mine.scan().lines

    assert sorted(each["url"] for each in news) == sorted(mentions(blog.planted) - before)
    assert {each["kind"] for each in news} == {"article", "comment"}
    assert mine.scan().lines == []
    assert mine.rows("SELECT count(*) FROM mentions WHERE backlog = 0") == [(len(news),)]


def test_a_wrong_application_password_is_told_and_the_right_one_mends_it(
    blog: Blog, watch: Callable[..., Watch]
) -> None:
    """WordPress answers a wrong password as it answers a guest: nobody would notice that private posts are missing."""
    user = f'username = "{blog.user}"\npassword = {{ env = "BLOG_PASSWORD" }}\n'
    mine = watch(source(blog.origin, user), environ={"BLOG_PASSWORD": "wrong wrong wrong"})
    told = mine.scan(expect=1)

    assert "rejected the application password" in told.err
    assert "wrong wrong wrong" not in told.err + told.out
    assert mine.rows("SELECT count(*) FROM items") == [(0,)]
    mine.environ["BLOG_PASSWORD"] = blog.password
    mine.scan()
    assert set(mine.mentions()) == mentions(blog.planted)


def test_asked_to_wait_it_asks_nothing_until_then_and_loses_nothing(blog: Blog, watch: Callable[..., Watch]) -> None:
    """A limit as hosts put in front of a WordPress: one question is refused, no other is asked."""
    with Front(blog.port) as front:
        mine = watch(source(front.origin))
        front.instead = Answer(b"slow down", status=429, headers={"Retry-After": "5"})
        told = mine.scan()
        assert "waiting until" in told.err
        assert len(front.requests) == 1
        front.instead = None
        until("the pause to end", lambda: "answers" in mine.scan().err, seconds=60)

        assert front.first_pause > 4  # we count whole seconds
        assert set(mine.mentions()) == mentions(blog.planted)


def test_a_site_that_shuts_its_api_is_told_as_such(blog: Blog, watch: Callable[..., Watch]) -> None:
    """A firewall's page is no empty answer."""
    mine = watch(source(blog.origin))
    shut = blog.folder / "closed"
    shut.touch()
    try:
        told = mine.scan(expect=1)
    finally:
        shut.unlink()

    assert "blog:" in told.err
    assert "does not let us" in told.err or "403" in told.err or "forbidden" in told.err.lower()
