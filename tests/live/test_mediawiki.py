"""MediaWiki itself, on its own search in SQLite: what it finds, when it lags, when it is closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from live.front import Front
from live.mediawiki import PROGRAM, Wiki
from live.posts import LATER, SEED
from live.processes import Servers, until
from live.watch import Watch
from support.servers import Answer

if not (PROGRAM / "maintenance").is_dir():
    pytest.skip("MediaWiki is not installed; make test-live does it", allow_module_level=True)

#: Mentions that this wiki's own search does not find, whoever asks: it knows words between blanks and signs of ASCII.
#: The search of large wikis (CirrusSearch) is another program; what it finds is not proved here.
UNSEEN = {"japanese", "chinese", "within-chinese", "korean", "apostrophe", "russian", "emoji", "later-japanese"}


@pytest.fixture(scope="module")
def wiki(servers: Servers, place: Path) -> Wiki:
    wiki = Wiki(servers, place)
    wiki.plant(SEED)
    return wiki


def source(server: str, sort: str = "relevance") -> str:
    return (
        f'[[sources]]\ntype = "mediawiki"\nname = "wiki"\nserver = "{server}"\napi = "/api.php"\n'
        f'article = "/index.php/$1"\nsort = "{sort}"\n'
    )


def findable(wiki: Wiki) -> set[str]:
    return {url for url, post in wiki.planted.items() if post.mention and post.key not in UNSEEN}


def test_every_page_that_mentions_the_brand_is_found_once_and_nothing_else(
    wiki: Wiki, watch: Callable[..., Watch]
) -> None:
    """By names, hashtags and links, also where the wiki's excerpt is empty; asked again, nothing is new."""
    mine = watch(source(wiki.origin))
    mine.scan()

    assert set(mine.mentions()) == findable(wiki)
    assert mine.scan().lines == []
    assert set(mine.mentions()) == findable(wiki)


def test_what_is_written_after_the_first_scan_is_news_on_the_second_and_none_on_the_third(
    wiki: Wiki, watch: Callable[..., Watch]
) -> None:
    """A new page is news; one that was there before is not."""
    mine = watch(source(wiki.origin))
    mine.scan()
    before = set(wiki.planted)
    wiki.plant(LATER)
    news = mine.scan().lines

    assert {each["url"] for each in news} == findable(wiki) - before
    assert mine.scan().lines == []


def test_its_feed_of_recent_changes_tells_what_its_search_cannot_see(wiki: Wiki, watch: Callable[..., Watch]) -> None:
    """Japanese on a small wiki: the type feed reads the words of the change itself."""
    address = f"{wiki.origin}/api.php?action=feedrecentchanges&feedformat=atom&namespace=0&limit=50"
    mine = watch(f'[[sources]]\ntype = "feed"\nname = "changes"\nurl = "{address}"\n')
    mine.scan()
    wiki.write("Note changed", "夜もアクメ珈琲")
    news = mine.scan().lines

    assert [each["title"] for each in news] == ["Note changed"]
    assert mine.scan().lines == []


def test_a_wiki_that_lags_behind_is_left_alone_until_it_says(wiki: Wiki, watch: Callable[..., Watch]) -> None:
    """MediaWiki's own ``maxlag``: an error with status 200, and a Retry-After that is obeyed."""
    with Front(wiki.port) as front:
        mine = watch(source(front.origin))
        wiki.lag(True)
        try:
            told = mine.scan()
            assert "waiting until" in told.err
            assert "lagged" in told.err
            assert len(front.requests) == 1
        finally:
            wiki.lag(False)
        until("the lag to be over", lambda: "answers" in mine.scan().err, seconds=60)

        assert front.first_pause > 4  # it says 5, and we count whole seconds
        assert len(mine.mentions()) == len(findable(wiki))


def test_asked_to_wait_by_what_stands_before_it_it_asks_nothing_until_then(
    wiki: Wiki, watch: Callable[..., Watch]
) -> None:
    """429 with a Retry-After, as the caches before large wikis answer."""
    with Front(wiki.port) as front:
        mine = watch(source(front.origin))
        front.instead = Answer(b"<h1>Too many requests</h1>", status=429, headers={"Retry-After": "5"})
        assert "waiting until" in mine.scan().err
        assert len(front.requests) == 1
        front.instead = None
        until("the pause to end", lambda: "answers" in mine.scan().err, seconds=60)

        assert front.first_pause > 4
        assert len(mine.mentions()) == len(findable(wiki))


def test_a_wiki_that_cannot_sort_by_edit_says_what_to_write(wiki: Wiki, watch: Callable[..., Watch]) -> None:
    """Its own words are a list of names; ours are the mend."""
    told = watch(source(wiki.origin, "last_edit")).run("check", "--online", expect=1)

    assert 'set sort = "relevance"' in told.out


def test_a_wiki_closed_to_guests_is_told_as_such(wiki: Wiki, watch: Callable[..., Watch]) -> None:
    """No empty answer: the wiki's own refusal."""
    wiki.close(True)
    try:
        told = watch(source(wiki.origin)).scan(expect=1)
    finally:
        wiki.close(False)

    assert "does not allow reading" in told.err
