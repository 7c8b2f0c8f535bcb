"""Trustpilot and Google Play: reviews by their official APIs, with their stars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mentionwatch.errors import AuthFailed, Forbidden, UnexpectedResponse, UserError
from mentionwatch.match import compile_brands
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.model import Brand, Term
from mentionwatch.sources.platforms.google_play import GooglePlay
from mentionwatch.sources.platforms.trustpilot import Trustpilot
from support.replay import NOW, answer, params, scan

UNIT = "46d6a890000064000500e0c3"
SHOP = Trustpilot(business_unit=UNIT, domain="acme.example", api_key=Secret("k3y"))
APP = GooglePlay(packages=("example.acme.app",), token=Secret("ya29.t"))


def pilot(times: list[datetime]) -> object:
    """Trustpilot with reviews of these times, a hundred a page."""

    def server(request: Request) -> Response:
        start = 100 * (int(params(request)["page"]) - 1)
        newest = sorted(enumerate(times), key=lambda one: one[1], reverse=True)
        reviews = [
            {"id": f"r{number:04}", "stars": number % 5 + 1, "text": "ok", "createdAt": at.isoformat()}
            for number, at in newest[start : start + 100]
        ]
        return answer(request, {"links": [], "reviews": reviews})

    return server


def test_the_key_goes_in_its_header_and_nowhere_else() -> None:
    """An address with a key in it would be written down."""
    (request,) = SHOP.requests((), {}, NOW)

    assert request.headers == {"apikey": Secret("k3y")}
    assert request.url == f"https://api.trustpilot.com/v1/business-units/{UNIT}/reviews"


def test_reviews_are_read_back_to_the_last_scan() -> None:
    """After a busy week nothing is missing, whichever page it is on."""
    times = [NOW - timedelta(days=30, minutes=n) for n in range(150)]
    first = scan(SHOP, pilot(times))  # type: ignore[arg-type]
    times += [NOW + timedelta(minutes=n) for n in range(250)]
    second = scan(SHOP, pilot(times), first.checkpoints, now=NOW + timedelta(days=1))  # type: ignore[arg-type]

    assert {f"r{number:04}" for number in range(150, 400)} <= second.ids
    assert second.holes == set()


def test_a_review_counts_by_the_company_it_is_about() -> None:
    """A brand that watches its Trustpilot page gets every review, for each links there."""
    (item, *_) = scan(SHOP, pilot([NOW])).items  # type: ignore[arg-type]
    brand = Brand("Acme", terms=(Term("url", "trustpilot.com/review/acme.example"),))

    assert compile_brands((brand,)).matches(item)
    assert item.links == ("https://www.trustpilot.com/review/acme.example",)
    assert item.rating == 1.0


@pytest.mark.parametrize("stars", [0, 6, -1, "5", None, True, 1e300])
def test_stars_that_are_none_are_unknown(stars: object) -> None:
    """Nothing but one to five is a rating: it is evidence for sentiment."""

    def server(request: Request) -> Response:
        return answer(request, {"reviews": [{"id": "r1", "stars": stars, "text": "ok"}]})

    (item,) = scan(SHOP, server).items
    assert item.rating is None


@pytest.mark.parametrize(
    ("source", "status", "kind"),
    [
        (SHOP, 401, AuthFailed),
        (SHOP, 403, AuthFailed),
        (SHOP, 404, UnexpectedResponse),
        (APP, 401, AuthFailed),
        (APP, 403, Forbidden),
        (APP, 404, UnexpectedResponse),
    ],
)
def test_refusals_say_what_to_mend(source: Trustpilot | GooglePlay, status: int, kind: type[Exception]) -> None:
    """A key, a right and a wrong name are three different errands."""
    (request,) = source.requests((), {}, NOW)

    assert isinstance(source.explain(answer(request, {}, status=status)), kind)


@pytest.mark.parametrize(
    ("options", "option"), [({"business_unit": "acme"}, "business_unit"), ({"domain": "https://x"}, "domain")]
)
def test_what_is_no_company_is_refused(options: dict[str, str], option: str) -> None:
    """Before anything is asked."""
    with pytest.raises(UserError) as caught:
        Trustpilot(**{"business_unit": UNIT, "domain": "acme.example", "api_key": Secret("k"), **options})  # type: ignore[arg-type]

    assert caught.value.problems[0].startswith(f"{option}: ")


def test_packages_are_checked() -> None:
    """A path in place of a name would ask for something else."""
    for wrong in ((), ("app",), ("example.acme/../x",)):
        with pytest.raises(UserError):
            GooglePlay(packages=wrong, token=Secret("t"))


def play(count: int) -> Callable[[Request], Response]:
    """Google Play with so many reviews of the last week, a hundred a page, the token in a chain."""

    def server(request: Request) -> Response:
        start = int(params(request).get("token", "0"))
        reviews = [
            {
                "reviewId": f"r{number}",
                "comments": [
                    {"userComment": {"text": "ok", "starRating": 2, "lastModified": {"seconds": str(_at(number))}}}
                ],
            }
            for number in range(start, min(start + 100, count))
        ]
        further = {"nextPageToken": str(start + 100)} if start + 100 < count else {}
        return answer(request, {"reviews": reviews, "tokenPagination": further} if reviews else {})

    return server


def _at(number: int) -> int:
    return int((datetime(2026, 11, 21, 7, tzinfo=UTC) - timedelta(minutes=number)).timestamp())


def test_the_last_weeks_reviews_are_all_read() -> None:
    """The API says nothing of their order, so each look reads all of them."""
    first = scan(APP, play(0))
    second = scan(APP, play(250), first.checkpoints)

    assert second.ids == {f"r{number}" for number in range(250)}
    assert second.holes == set()


def test_no_reviews_are_no_error() -> None:
    """An app nobody wrote about last week: the answer is an empty object."""
    assert scan(APP, play(0)).items == []


def test_a_review_counts_by_its_app() -> None:
    """A brand that watches its page in the store gets every review, and the stars travel with it."""
    (item,) = scan(APP, play(1)).items
    brand = Brand("Acme", terms=(Term("url", "play.google.com/store/apps/details"),))

    assert item.rating == 2.0
    assert compile_brands((brand,)).matches(item)
