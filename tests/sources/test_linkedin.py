"""LinkedIn: notifications of one's own page, in Rest.li's own writing of addresses; errors told apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mentionwatch.errors import AuthFailed, Forbidden, RateLimited, SourceError, UnexpectedResponse, UserError
from mentionwatch.fetch.prepared_request import prepare
from mentionwatch.messages import Request, Response, Secret
from mentionwatch.sources.platforms.linkedin import LinkedIn
from support.replay import ACME, NOW, answer, scan

SOURCE = LinkedIn(organization="urn:li:organization:12345", token=Secret("AQXt0ken"))


def first(checkpoints: dict[str, str] | None = None, now: datetime = NOW) -> Request:
    return next(SOURCE.requests((ACME,), checkpoints or {}, now))


class Page:
    """A page's notifications, kept for 60 days, in no promised order."""

    def __init__(self) -> None:
        self.told: list[tuple[int, datetime]] = []
        self.now = NOW

    def publish(self, number: int, until: datetime) -> set[str]:
        start = len(self.told) + 1
        self.told += [(start + n, until - timedelta(minutes=n)) for n in range(number)]
        return {f"urn:li:share:{start + n}" for n in range(number)}

    def __call__(self, request: Request) -> Response:
        window = re.search(r"timeRange=\(start:([0-9]+),end:([0-9]+)\)", request.url)
        low, high = (int(window[1]), int(window[2])) if window else (0, 10**15)
        assert not window or low >= (self.now - timedelta(days=60)).timestamp() * 1_000
        start = int(request.url.rpartition("&start=")[2])
        found = [one for one in self.told if low <= one[1].timestamp() * 1_000 <= high]
        elements: list[dict[str, Any]] = [
            {
                "action": "SHARE_MENTION",
                "generatedActivity": f"urn:li:share:{number}",
                "lastModifiedAt": int(at.timestamp() * 1_000),
                "decoratedGeneratedActivity": {"share": {"text": "Acme Coffee"}},
            }
            for number, at in found[start : start + 50]
        ]
        return answer(request, {"elements": elements}, at=self.now)


def test_brackets_and_commas_stand_as_they_are() -> None:
    """LinkedIn refuses them encoded, and a name that is not; the token is a header, the version another."""
    request = first({"notifications": "1795000000"})
    sent = prepare(request, "mentionwatch/1")

    assert sent.url.raw_path.decode() == (
        "/rest/organizationalEntityNotifications?q=criteria&actions=List(SHARE_MENTION,COMMENT,SHARE)"
        "&organizationalEntity=urn%3Ali%3Aorganization%3A12345"
        f"&timeRange=(start:1794996400000,end:{int(NOW.timestamp()) * 1_000})&count=50&start=0"
    )
    assert (b"LinkedIn-Version", b"202606") in sent.private
    assert (b"X-Restli-Protocol-Version", b"2.0.0") in sent.private
    assert "AQXt0ken" not in repr(request) + sent.public_url


@pytest.mark.parametrize("new", [0, 1, 49, 50, 51, 130])
def test_every_notification_since_the_last_scan_is_found(new: int) -> None:
    """In whatever order they come."""
    page = Page()
    page.now = NOW - timedelta(days=2)
    page.publish(60, until=page.now)
    before = scan(SOURCE, page, now=page.now)
    page.now = NOW
    fresh = page.publish(new, until=NOW - timedelta(minutes=1))
    after = scan(SOURCE, page, before.checkpoints)

    assert len(before.items) == 50
    assert fresh <= after.ids
    assert after.holes == set()


def test_what_linkedin_has_forgotten_is_a_hole() -> None:
    """After three months' pause."""
    page = Page()
    page.now = NOW - timedelta(days=90)
    before = scan(SOURCE, page, now=page.now)
    page.now = NOW
    fresh = page.publish(2, until=NOW - timedelta(minutes=1))
    after = scan(SOURCE, page, before.checkpoints)

    assert (after.ids, after.holes) == (fresh, {"notifications"})


def test_a_comment_without_words_still_counts_as_said_to_the_page() -> None:
    """Its link to the page is what the platform says of it; likes say nothing."""
    told = {
        "action": "COMMENT",
        "generatedActivity": "urn:li:comment:(activity:7,8)",
        "sourcePost": "urn:li:activity:7",
    }
    items = SOURCE.parse(answer(first(), {"elements": [told, {"action": "LIKE"}, {"action": "COMMENT"}]})).items

    assert [(item.kind, item.text, item.links) for item in items] == [
        ("comment", "", ("https://www.linkedin.com/company/12345",))
    ]


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (401, {"code": "EXPIRED_ACCESS_TOKEN", "message": "AQXt0ken"}, AuthFailed, "expired"),
        (401, {"code": "REVOKED_ACCESS_TOKEN"}, AuthFailed, "revoked"),
        (401, {}, AuthFailed, "make a new one"),
        (403, {"code": "ACCESS_DENIED", "message": "Not enough permissions"}, Forbidden, "rw_organization_admin"),
        (426, {"code": "NONEXISTENT_VERSION", "message": "x"}, UnexpectedResponse, "set version"),
        (400, {"code": "VERSION_MISSING", "message": "x"}, UnexpectedResponse, "set version"),
        (400, {"message": "Bad AQXt0ken", "status": 400}, UnexpectedResponse, "Bad ***"),
        (429, {"code": "TOO_MANY_REQUESTS", "serviceErrorCode": 101}, RateLimited, "daily calls"),
    ],
)  # fmt: skip
def test_errors_are_told_apart(status: int, body: object, kind: type[SourceError], says: str) -> None:
    """Each with its hint, none with the token."""
    explained = SOURCE.explain(answer(first(), body, status=status))

    assert isinstance(explained, kind)
    assert says in explained.message
    assert "AQXt0ken" not in explained.message


def test_a_spent_day_ends_at_midnight() -> None:
    """LinkedIn's day is UTC's."""
    said = SOURCE.explain(answer(first(), {}, status=429))

    assert isinstance(said, RateLimited)
    assert said.until == datetime(2026, 11, 22, tzinfo=UTC)


def test_wrong_options_are_told_by_name() -> None:
    """All at once."""
    with pytest.raises(UserError) as caught:
        LinkedIn(organization="acme", token=Secret("t"), version="202613")

    assert [problem.split(":")[0] for problem in caught.value.problems] == ["organization", "version"]
