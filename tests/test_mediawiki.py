"""MediaWiki: pages that hold a term, and errors that come as successes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import Forbidden, LimitReached, NotUnderstood, SourceError, UserError
from mentionwatch.exchange import Page, Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.mediawiki import MediaWiki
from replay import ACME, NOW, answer, params, scan

WIKI = MediaWiki("https://wiki.example")
SMALL = MediaWiki("http://localhost:8401", api="/api.php", article="/index.php/$1", sort="relevance")
ONE = Brand("Acme", terms=(Term("name", "Acme Coffee"),))


@dataclass
class Wiki:
    """A wiki's search: 50 results at once, the page edited last first."""

    edited: dict[int, datetime] = field(default_factory=dict)
    sorts: bool = True

    def edit(self, *pages: int, at: datetime = NOW) -> set[str]:
        self.edited |= {page: at - timedelta(minutes=n) for n, page in enumerate(pages)}
        return {f"wiki.example/{page}" for page in pages}

    def __call__(self, request: Request) -> Response:
        sent = params(request)
        assert (sent["srsort"] == "last_edit_desc") if self.sorts else "srsort" not in sent
        start = int(sent.get("sroffset", "0"))
        pages = sorted(self.edited, key=self.edited.__getitem__ if self.sorts else hash, reverse=self.sorts)
        hits = [
            {"ns": 0, "title": f"P {n}", "pageid": n, "snippet": "", "timestamp": self.edited[n].isoformat()}
            for n in pages[start : start + 50]
        ]
        body: dict[str, Any] = {"query": {"search": hits}}
        if start + 50 < len(pages):
            body["continue"] = {"sroffset": start + 50, "continue": "-||"}
        return answer(request, body)


def test_asks_for_the_text_of_pages_and_not_for_titles_alone() -> None:
    """The default of small wikis looks at titles and finds nothing."""
    asked = {request.question: params(request) for request in WIKI.requests((ACME,), {}, NOW)}
    acme = asked["text:acme coffee"]

    assert (acme["srsearch"], acme["srwhat"], acme["srsort"]) == ('"Acme Coffee"', "text", "last_edit_desc")
    assert set(asked) == {"text:acme coffee", "text:acme", "text:acmecoffee", "text:acme.example"}


@pytest.mark.parametrize("new", [0, 1, 50, 51, 170])
def test_every_page_edited_since_the_last_scan_is_found(new: int) -> None:
    """Results are read back to the last scan, and no older page comes as news."""
    wiki = Wiki()
    wiki.edit(*range(1, 300), at=NOW - timedelta(days=3))
    before = scan(WIKI, wiki, brands=(ONE,))
    fresh = wiki.edit(*range(1000, 1000 + new))
    after = scan(WIKI, wiki, before.checkpoints, brands=(ONE,))

    assert len(before.ids) == 50
    assert after.ids - before.ids == fresh
    assert after.holes == set()


def test_a_wiki_that_cannot_sort_is_read_to_its_end() -> None:
    """By relevance a new page may be the last; more than ten pages are a hole."""
    source, wiki = MediaWiki("wiki.example", sort="relevance"), Wiki(sorts=False)
    wiki.edit(*range(1, 120), at=NOW - timedelta(days=3))
    before = scan(source, wiki, brands=(ONE,))
    fresh = wiki.edit(5000)
    after = scan(source, wiki, before.checkpoints, brands=(ONE,))

    assert after.ids == fresh  # of 120 read: the others were there before, on pages not turned the first time
    assert len(after.asked) == 3
    assert after.holes == set()
    wiki.edit(*range(6000, 6500))
    assert scan(source, wiki, after.checkpoints, brands=(ONE,)).holes == {"text:acme coffee"}


def test_paths_that_are_none_are_refused() -> None:
    """Each by the option's name."""
    with pytest.raises(UserError) as caught:
        MediaWiki("wiki.example", api="api.php?x", article="/wiki/", namespaces="all")

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["api", "article", "namespaces"]


# --- what a real wiki answered ----------------------------------------------------------------------------------------


def captured(shared: Path, name: str, source: MediaWiki = SMALL) -> Page:
    request = next(iter(source.requests((ONE,), {}, NOW)))
    body = (shared / "corpus/captured/mediawiki" / f"{name}.body").read_bytes()
    return source.parse(answer(request, body, at=datetime(2026, 11, 21, 18, 20, tzinfo=UTC)))


def refused(shared: Path, name: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        captured(shared, name)
    return caught.value


def test_reads_a_real_wiki_s_results(shared: Path) -> None:
    """Five pages with excerpts, of twelve."""
    page = captured(shared, "search")
    first, second = page.items[:2]

    assert [item.external_id for item in page.items] == [f"localhost/{n}" for n in (2, 3, 4, 6, 10)]
    assert first.url == "http://localhost:8401/index.php/Post_00_en"
    assert first.same_as == ("http://localhost:8401/index.php?curid=2",)
    assert first.title == "Post 00 en"
    assert first.text == ("Just tried Acme Coffee for the first time. Honestly the best espresso in town! #AcmeCoffee")
    assert first.published_at == datetime(2026, 11, 21, 18, 17, 30, tzinfo=UTC)
    assert second.text.startswith("Acme Coffee's new cold brew is terrible.")


def test_reads_both_versions_of_the_format(shared: Path) -> None:
    """And what comes after the first page; an address in the source text is a link."""
    assert len(captured(shared, "search_v2").items) == 3
    assert "https://acme.example/" in captured(shared, "search_v2").items[0].links
    assert [item.title for item in captured(shared, "search_continue").items] == [
        f"Post {n:02} en" for n in range(6, 11)
    ]


def test_turns_a_real_wiki_s_pages(shared: Path) -> None:
    """The next request begins where the answer says."""
    request = next(iter(SMALL.requests((ONE,), {"text:acme coffee": "1"}, NOW)))
    body = (shared / "corpus/captured/mediawiki/search.body").read_bytes()
    following = SMALL.parse(answer(request, body)).next

    assert following is not None
    assert params(following)["sroffset"] == "5"


def test_no_results_is_an_answer(shared: Path) -> None:
    """The wiki says so itself."""
    assert captured(shared, "search_default_srwhat_zero_hits").items == ()
    assert captured(shared, "maxlag").items == ()


def test_errors_with_status_200_are_errors(shared: Path) -> None:
    """In the wiki's words, and where the sorting is not known, with the mend."""
    assert 'set sort = "relevance"' in refused(shared, "search_bad_sort").message
    assert 'The "srsearch" parameter must be set' in refused(shared, "missing_param").message
    assert "Unrecognized value" in refused(shared, "bad_module").message
    for other in ("recentchanges", "exturlusage", "recentchanges_rss"):
        assert isinstance(refused(shared, other), NotUnderstood)


def test_a_busy_or_closed_wiki_is_told_as_such() -> None:
    """Wait, or be let in."""
    request = next(iter(WIKI.requests((ONE,), {}, NOW)))
    lag = {"error": {"code": "maxlag", "info": "Waiting for db1: 6 seconds lagged.", "lag": 6}}
    with pytest.raises(LimitReached) as caught:
        WIKI.parse(answer(request, lag, headers={"retry-after": "5"}))
    assert caught.value.until == NOW + timedelta(seconds=5)
    with pytest.raises(Forbidden):
        WIKI.parse(answer(request, {"error": {"code": "readapidenied", "info": "You need read permission."}}))
    assert isinstance(WIKI.explain(answer(request, lag, status=503)), LimitReached)


@pytest.mark.parametrize("name", ["chess_set_14", "chess_set_15", "chess_set_8", "chest_set_13"])
def test_recorded_results_without_numbers_and_times_are_pages_all_the_same(shared: Path, name: str) -> None:
    """Wikipedia was asked for titles alone; the title then names the page."""
    request = next(iter(WIKI.requests((ONE,), {}, NOW)))
    body = (shared / f"corpus/recorded/mediawiki/barrust_search_{name}.json").read_bytes()
    items = WIKI.parse(answer(request, body)).items

    assert len(items) == {"chess_set_14": 3, "chess_set_15": 500, "chess_set_8": 10, "chest_set_13": 10}[name]
    assert all(item.external_id == f"wiki.example/{item.title}" and item.published_at is None for item in items)
