"""When we may ask again, in every form servers say it – and in those they say it by mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.fetch import retry_after
from mentionwatch.fetch.retry_after import LONGEST

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNIX = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        # RFC 9110: seconds
        ("120", 120),
        (" 120 ", 120),
        ("007", 7),
        ("0", None),
        ("1.5", 2),
        ("86400", 86400),
        ("86401", 86400),
        ("31536000", 86400),
        ("1" + "0" * 30, 86400),
        ("9" * 5000, 86400),
        ("-1", None),
        ("-99999999999999999999", None),
        ("+60", None),
        ("60 seconds", None),
        ("٦٠", None),
        ("0x3c", None),
        ("1e3", None),
        ("", None),
        ("soon", None),
        ("60, 120", 60),
        # RFC 9110: a date, in the three forms
        ("Sat, 21 Nov 2026 12:30:00 GMT", 1800),
        ("Saturday, 21-Nov-26 12:30:00 GMT", 1800),
        ("Sat Nov 21 12:30:00 2026", 1800),
        ("Sat, 21 Nov 2026 12:30:00 +0000", 1800),
        ("Sat, 21 Nov 2026 14:30:00 +0200", 1800),
        ("Sat, 21 Nov 2026 12:30:00", 1800),
        ("21 Nov 2026 12:30:00 GMT", 1800),
        ("Sat, 21 Nov 2026 11:59:59 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86400),
        ("Sun, 22 Nov 2026 12:00:00 GMT", 86400),
        ("Mon, 23 Nov 2026 12:00:00 GMT", 86400),
        ("Sat, 99 Nov 2026 12:30:00 GMT", None),
        ("Sat, 21 Nov 2026 25:30:00 GMT", None),
        ("Sat, 21 Foo 2026 12:30:00 GMT", None),
        # dialects that turn up in this header too
        ("2026-11-21T12:30:00Z", 1800),
        ("2026-11-21T14:30:00.250+02:00", 1801),
        ("2026-11-21 12:30:00", 1800),
        (str(UNIX + 60), 60),
        (str((UNIX + 60) * 1000), 60),
        (str(UNIX - 60), None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    until = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert retry_after({"retry-after": value}, NOW) == until


@pytest.mark.parametrize("header", ["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("300", 300),
        ("0.4", 1),
        (str(UNIX + 300), 300),
        (f"{UNIX + 300}.0", 300),
        (str((UNIX + 300) * 1000), 300),
        (str((UNIX + 300) * 1_000_000_000), 300),
        ("2026-11-21T12:05:00.000000Z", 300),
        ("2026-11-21T13:05:00+01:00", 300),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 300),
        ("4000000000", 86400),
        ("0", None),
        ("never", None),
    ],
)
def test_the_reset_of_a_rate_limit_counts_where_retry_after_is_missing(
    header: str, value: str, seconds: int | None
) -> None:
    until = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert retry_after({header: value}, NOW) == until
    assert retry_after({header: value, "retry-after": "garbage"}, NOW) == until
    assert retry_after({header: value, "retry-after": "5"}, NOW) == NOW + timedelta(seconds=5)


@pytest.mark.parametrize("value", ["limit=100, remaining=0, reset=300", '"default";r=0;t=300', '"a";q=1;r=0;t=300'])
def test_the_structured_rate_limit_counts_too(value: str) -> None:
    assert retry_after({"ratelimit": value}, NOW) == NOW + timedelta(seconds=300)


def test_no_header_no_time() -> None:
    assert retry_after({}, NOW) is None
    assert retry_after({"ratelimit": '"default";r=50', "x-ratelimit-remaining": "5"}, NOW) is None


@given(st.text(max_size=60) | st.from_regex(r"[0-9]{1,40}([.,;: -][0-9]{1,9}){0,5}") | st.datetimes().map(str))
def test_whatever_a_header_says_the_time_is_within_a_day(value: str) -> None:
    for header in ("retry-after", "ratelimit", "x-ratelimit-reset"):
        until = retry_after({header: value}, NOW)
        assert until is None or (NOW < until <= NOW + LONGEST and until.tzinfo is UTC and until.microsecond == 0)
