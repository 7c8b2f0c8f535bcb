"""MediaWiki: pages that hold a term, and errors that come as successes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentionwatch.errors import Forbidden, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.messages import Page, Request, Response
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms._wikitext import passages
from mentionwatch.sources.platforms.mediawiki import MediaWiki
from support.replay import ACME, NOW, answer, params, scan

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
            {"ns": 0, "title": f"P {n}", "pageid": n, "snippet": "Acme Coffee", "timestamp": self.edited[n].isoformat()}
            for n in pages[start : start + 50]
        ]
        body: dict[str, Any] = {"query": {"search": hits}}
        if start + 50 < len(pages):
            body["continue"] = {"sroffset": start + 50, "continue": "-||"}
        return answer(request, body)


def test_asks_for_the_text_of_pages_and_not_for_titles_alone() -> None:
    """The default of small wikis looks at titles and finds nothing."""
    asked = {request.query_key: params(request) for request in WIKI.requests((ACME,), {}, NOW)}
    acme = asked["text:acme coffee"]

    assert (acme["srsearch"], acme["srwhat"], acme["srsort"]) == ('"Acme Coffee"', "text", "last_edit_desc")
    assert set(asked) == {
        *("text:acme coffee", "text:acme", "text:acmecoffee", "text:acme.example"),
        *("link:https:acme.example", "link:http:acme.example"),
    }


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
    """By relevance a new page may be the last; more than twenty pages are a hole."""
    source, wiki = MediaWiki("wiki.example", sort="relevance"), Wiki(sorts=False)
    wiki.edit(*range(1, 120), at=NOW - timedelta(days=3))
    before = scan(source, wiki, brands=(ONE,))
    fresh = wiki.edit(5000)
    after = scan(source, wiki, before.checkpoints, brands=(ONE,))

    assert after.ids == fresh  # of 120 read: the others were there before, on pages not turned the first time
    assert len(after.asked) == 3
    assert after.holes == set()
    wiki.edit(*range(6000, 7000))
    assert scan(source, wiki, after.checkpoints, brands=(ONE,)).holes == {"text:acme coffee"}


TEXTS = {
    1: "Nichts schlägt die '''Acme'''-[[Coffee|Coffee-Filiale]] am [https://acme.example/map Bahnhof].",
    2: "x" * 5000 + " Acme\nCoffee " + "y" * 5000,
    3: "Acmeology, and coffee",
}


def gives_no_excerpts(request: Request) -> Response:
    """A small wiki: it finds three pages and shows nothing of them; of the texts it gives one at a time."""
    sent = params(request)
    if "pageids" not in sent:
        hits = [{"title": f"P {n}", "pageid": n, "snippet": "", "timestamp": f"{NOW:%FT%TZ}"} for n in TEXTS]
        return answer(request, {"query": {"search": hits if sent.get("srsearch") == '"Acme Coffee"' else []}})
    first, *others = map(int, sent["pageids"].split("|"))
    told: list[dict[str, Any]] = [{"title": f"P {n}", "pageid": n} for n in others]
    text = {"timestamp": f"{NOW:%FT%TZ}", "slots": {"main": {"content": TEXTS[first]}}}
    return answer(request, {"query": {"pages": [{"title": f"P {first}", "pageid": first, "revisions": [text]}, *told]}})


def test_a_page_whose_excerpt_shows_nothing_is_read_itself() -> None:
    """On the first scan, too: what the wiki finds and does not show would be lost."""
    found = scan(WIKI, gives_no_excerpts, brands=(ONE,)).items
    said = {item.external_id: item for item in found}

    assert [item.external_id for item in found] == ["wiki.example/1", "wiki.example/2", "wiki.example/3"]
    assert said["wiki.example/1"].text == "Nichts schlägt die Acme-Coffee-Filiale am Bahnhof."
    assert said["wiki.example/1"].links == ("https://acme.example/map",)
    assert "Acme Coffee" in said["wiki.example/2"].text
    assert len(said["wiki.example/2"].text) < 1000
    assert said["wiki.example/3"].text == ""


def test_a_text_read_before_is_not_asked_for_again() -> None:
    """Only what was edited since."""
    before = scan(WIKI, gives_no_excerpts, brands=(ONE,))
    later = scan(WIKI, gives_no_excerpts, {"text:acme coffee": f"{int(NOW.timestamp()) + 90_000}"}, brands=(ONE,))

    assert sum("pageids" in params(request) for request in before.asked) == 3
    assert sum("pageids" in params(request) for request in later.asked) == 0


def test_the_search_goes_on_after_the_texts() -> None:
    """Texts come between two pages of results, and cost none of them."""

    def server(request: Request) -> Response:
        sent = params(request)
        if "pageids" in sent:
            text = {"timestamp": f"{NOW:%FT%TZ}", "slots": {"main": {"content": "Acme Coffee"}}}
            pages = [{"title": n, "pageid": int(n), "revisions": [text]} for n in sent["pageids"].split("|")]
            return answer(request, {"query": {"pages": pages}})
        offset = int(sent.get("sroffset", "0"))
        hits = [{"title": str(n), "pageid": n, "timestamp": f"{NOW:%FT%TZ}"} for n in range(offset + 1, offset + 51)]
        more = {"continue": {"sroffset": offset + 50}} if offset < 100 else {}
        return answer(request, {"query": {"search": hits}, **more})

    done = scan(WIKI, server, {"text:acme coffee": "1"}, brands=(ONE,))

    assert done.ids == {f"wiki.example/{n}" for n in range(1, 151)}
    assert len(done.asked) == 6
    assert done.holes == set()


LINKED = Brand("Acme", terms=(Term("url", "acme.example"),))


def test_pages_that_link_to_a_domain_are_asked_for() -> None:
    """Behind words a link is in no text that a wiki searches; its own subdomains count."""

    def server(request: Request) -> Response:
        sent = params(request)
        if "list" in sent:
            return answer(request, {"query": {"search": []}})
        if sent["geuprotocol"] == "http":
            return answer(request, {"batchcomplete": True})
        page: dict[str, Any] = {"pageid": 7, "title": "Beans", "revisions": [{"timestamp": f"{NOW:%FT%TZ}"}]}
        if "elcontinue" not in sent:
            return answer(request, {"continue": {"elcontinue": "1", "continue": "||"}, "query": {"pages": [page]}})
        page["extlinks"] = [{"url": "https://shop.acme.example/x"}]
        return answer(request, {"batchcomplete": True, "query": {"pages": [page]}})

    done = scan(WIKI, server, brands=(LINKED,))
    (item,) = done.items

    assert (item.external_id, item.title, item.links) == ("wiki.example/7", "Beans", ("https://shop.acme.example/x",))
    assert item.published_at == NOW
    assert {params(request).get("geuquery") for request in done.asked} == {None, "*.acme.example"}
    with pytest.raises(UnexpectedResponse):
        WIKI.parse(answer(done.asked[-1], {"warnings": {}}))


def test_a_wiki_that_goes_on_for_ever_is_left() -> None:
    """And one that would have us ask for something else is not obeyed."""

    def server(request: Request) -> Response:
        if "list" in params(request):
            return answer(request, {"query": {"search": []}})
        onward = {"geucontinue": "7", "action": "logout", "maxlag": "-1"}
        return answer(request, {"continue": onward, "query": {"pages": [{"pageid": 7, "title": "Beans"}]}})

    done = scan(WIKI, server, brands=(LINKED,))
    asked = [params(request) for request in done.asked if "generator" in params(request)]

    assert len(asked) == 4  # twice over http, twice over https
    assert {each["action"] for each in asked} == {"query"}
    assert {each["maxlag"] for each in asked} == {"5"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("[[Acme]] ''Coffee''", "Acme Coffee"),
        ("{{Infobox|name=Acme&nbsp;Coffee}}", "{{Infobox|name=Acme\u00a0Coffee}}"),
        ("<script>x</script>acme <b>coffee</b>", "acme coffee"),
        ("[[" * 3000 + "Acme Coffee" + "]]" * 3000, None),
        ("Acme Coffee " * 50_000, None),
        ("Acme" + "<bbbbbbbbbb>" * 39 + "x Acme" + "<b" * 39 + "&nbsp;" * 39 + "x Acme Coffee", None),
    ],
)
def test_wikitext_is_read_without_its_markup(typed: str, read: str | None) -> None:
    """What cannot be told stays as it was typed, and is bounded."""
    said = passages(typed, "Acme Coffee")

    assert said is not None
    assert len(said.text) < 20_000
    assert read in (None, said.text)


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
    onward = captured(shared, "search_continue")
    assert [item.title for item in onward.items] == ["Post 08 en", "Post 09 en"]
    assert onward.next is not None
    assert params(onward.next)["pageids"] == "8|9|12"  # their excerpts show “Acme”, not “Acme Coffee”


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
        assert isinstance(refused(shared, other), UnexpectedResponse)


def test_a_busy_or_closed_wiki_is_told_as_such() -> None:
    """Wait, or be let in."""
    request = next(iter(WIKI.requests((ONE,), {}, NOW)))
    lag = {"error": {"code": "maxlag", "info": "Waiting for db1: 6 seconds lagged.", "lag": 6}}
    with pytest.raises(RateLimited) as caught:
        WIKI.parse(answer(request, lag, headers={"retry-after": "5"}))
    assert caught.value.until == NOW + timedelta(seconds=5)
    with pytest.raises(Forbidden):
        WIKI.parse(answer(request, {"error": {"code": "readapidenied", "info": "You need read permission."}}))
    assert isinstance(WIKI.explain(answer(request, lag, status=503)), RateLimited)


@pytest.mark.parametrize("name", ["chess_set_14", "chess_set_15", "chess_set_8", "chest_set_13"])
def test_recorded_results_without_numbers_and_times_are_pages_all_the_same(shared: Path, name: str) -> None:
    """Wikipedia was asked for titles alone; the title then names the page."""
    request = next(iter(WIKI.requests((ONE,), {}, NOW)))
    body = (shared / f"corpus/recorded/mediawiki/barrust_search_{name}.json").read_bytes()
    items = WIKI.parse(answer(request, body)).items

    assert len(items) == {"chess_set_14": 3, "chess_set_15": 500, "chess_set_8": 10, "chest_set_13": 10}[name]
    assert all(item.external_id == f"wiki.example/{item.title}" and item.published_at is None for item in items)
