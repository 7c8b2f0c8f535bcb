"""robots.txt: what RFC 9309 says of it, over a real server on loopback and by its rules alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mentionwatch.env import Env
from mentionwatch.errors import BlockedAddress, RateLimited, ServerError, SourceError, Unreachable
from mentionwatch.fetch import Fetcher
from mentionwatch.fetch.robots import Rules
from mentionwatch.messages import Request, Response
from mentionwatch.sources.platforms.telegram import Telegram
from support.servers import Answer, HttpServer, origins, redirect
from support.waiting import PATIENCE

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
PAGE = b"<html>page</html>"


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as made:
        made.routes["/page"] = made.routes["/private/page"] = Answer(PAGE)
        yield made


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(Env(now=lambda: NOW, environ={}), user_agent="mentionwatch/0", deadline=PATIENCE) as made:
        yield made


def page(fetcher: Fetcher, server: HttpServer, path: str = "/page", *, robots: bool = True) -> bytes:
    request = Request("q", server.url(path), robots=robots)
    answer = fetcher.fetch(request, allowed_hosts=origins(server))
    assert isinstance(answer, Response)
    return answer.body


def asked(server: HttpServer) -> list[str]:
    return [request.path for request in server.requests]


def test_a_page_that_programs_may_not_read_is_not_asked_for(fetcher: Fetcher, server: HttpServer) -> None:
    """The file is read first; what it forbids is never requested, and the error says why."""
    server.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private/\n")

    assert page(fetcher, server) == PAGE
    with pytest.raises(BlockedAddress, match=r"robots\.txt"):
        page(fetcher, server, "/private/page")
    assert asked(server) == ["/robots.txt", "/page"]


def test_an_api_is_not_asked_by_robots(fetcher: Fetcher, server: HttpServer) -> None:
    """What is offered to programs has its own terms: no file is fetched for it."""
    server.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")

    assert page(fetcher, server, robots=False) == PAGE
    assert asked(server) == ["/page"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_the_file_allows_all(fetcher: Fetcher, server: HttpServer, status: int) -> None:
    """4xx: there are no rules."""
    server.routes["/robots.txt"] = Answer(b"no", status=status)

    assert page(fetcher, server) == PAGE


@pytest.mark.parametrize(
    ("answer", "kind"), [(Answer(b"", status=503), ServerError), (Answer(hang_up=True), Unreachable)]
)
def test_a_site_in_trouble_allows_nothing_for_now(
    fetcher: Fetcher, server: HttpServer, answer: Answer, kind: type[SourceError]
) -> None:
    """5xx and no answer at all: what cannot be known is taken for a no, and asked once a run."""
    server.routes["/robots.txt"] = answer

    for _ in range(2):
        with pytest.raises(kind):
            page(fetcher, server)
    assert "/page" not in asked(server)
    assert asked(server).count("/robots.txt") <= 2


def test_a_site_that_asks_to_wait_is_left_alone(fetcher: Fetcher, server: HttpServer) -> None:
    """429 for the file itself is a limit like any other."""
    server.routes["/robots.txt"] = Answer(b"", status=429)

    with pytest.raises(RateLimited):
        page(fetcher, server)


def test_the_file_is_read_where_it_has_moved_to(fetcher: Fetcher, server: HttpServer) -> None:
    """Redirects are followed, as the RFC wants."""
    server.routes["/robots.txt"] = redirect("/other.txt", 301)
    server.routes["/other.txt"] = Answer(b"User-agent: mentionwatch\nDisallow: /page\n")

    with pytest.raises(BlockedAddress):
        page(fetcher, server)


def test_a_redirect_leads_past_no_rule(fetcher: Fetcher, server: HttpServer) -> None:
    """A page that may be read and sends on to one that may not ends there."""
    server.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private/\n")
    server.routes["/moved"] = redirect("/private/page")

    with pytest.raises(BlockedAddress):
        page(fetcher, server, "/moved")
    assert "/private/page" not in asked(server)


def test_the_types_that_read_pages_obey() -> None:
    """Telegram's pages are made for people: they are asked for by these rules."""
    (request,) = Telegram(channels=("acmenews",)).requests((), {}, NOW)

    assert request.robots


RULES: dict[str, tuple[bytes, str, bool]] = {
    "nothing said": (b"", "/x", True),
    "our own group counts alone": (b"User-agent: *\nDisallow: /\nUser-agent: mentionwatch\nAllow: /\n", "/x", True),
    "our own group in any case": (b"USER-AGENT: MentionWatch/1.0\nDISALLOW: /x\n", "/x", False),
    "another name that ours begins": (b"User-agent: mention\nDisallow: /\n", "/x", True),
    "two groups of ours are one": (
        b"User-agent: mentionwatch\nDisallow: /a\n\nUser-agent: x\n\nUser-agent: mentionwatch\nDisallow: /b\n",
        "/b",
        False,
    ),
    "a group of two names": (b"User-agent: x\nUser-agent: mentionwatch\nDisallow: /a\n", "/a", False),
    "an empty disallow": (b"User-agent: *\nDisallow:\n", "/x", True),
    "the longest decides": (b"User-agent: *\nDisallow: /s\nAllow: /s/open\n", "/s/open/1", True),
    "whatever its place": (b"User-agent: *\nAllow: /s/open\nDisallow: /s/open/not\n", "/s/open/not", False),
    "of two equals the milder": (b"User-agent: *\nDisallow: /s\nAllow: /s\n", "/s", True),
    "a star": (b"User-agent: *\nDisallow: /*/secret\n", "/a/b/secret/c", False),
    "a dollar": (b"User-agent: *\nDisallow: /*.php$\n", "/a.php", False),
    "a dollar that is not the end": (b"User-agent: *\nDisallow: /*.php$\n", "/a.php?x=1", True),
    "the query counts": (b"User-agent: *\nDisallow: /*?before=\n", "/s/acme?before=7", False),
    "encoded and not are the same": (b"User-agent: *\nDisallow: /caf%C3%A9\n", "/caf%c3%a9/x", False),
    "written out in the file": ("User-agent: *\nDisallow: /café\n".encode(), "/caf%C3%A9", False),
    "an encoded letter": (b"User-agent: *\nDisallow: /%61cme\n", "/acme", False),
    "comments and blanks": (b"# hi\nUser-agent : * # all\n  Disallow : /x # no\n", "/x", False),
    "old line ends": (b"User-agent: *\rDisallow: /x\r", "/x", False),
    "a byte order mark": (b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\n", "/x", False),
    "other records between": (b"User-agent: *\nCrawl-delay: 9\nSitemap: https://x/\nDisallow: /x\n", "/x", False),
    "rules before any name": (b"Disallow: /\nUser-agent: *\nAllow: /x\n", "/x", True),
    "the file itself": (b"User-agent: *\nDisallow: /\n", "/robots.txt", True),
    "a web page in its place": (b"<!DOCTYPE html><html><body>Disallow: /</body></html>", "/x", True),
    "bytes": (bytes(range(256)) * 100, "/x", True),
}


@pytest.mark.parametrize("what", RULES)
def test_the_rules_mean_what_the_rfc_says(what: str) -> None:
    """Groups, the longest match, the two signs, encodings, and lines of every sort."""
    body, path, allowed = RULES[what]

    assert Rules(body).allow(path) is allowed


def test_a_hostile_file_is_read_soon() -> None:
    """A hundred thousand rules of stars cost no more than the file's first half megabyte."""
    body = b"User-agent: *\n" + b"Disallow: /" + b"*a" * 900 + b"$\n" + b"Disallow: /*a*b*c\n" * 100_000

    assert Rules(body).allow("/" + "a" * 2_000) is False
