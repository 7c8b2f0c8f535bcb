"""Lengths of time and moments, as people write them."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.times import format_duration, parse_duration, parse_span, parse_time

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1d", timedelta(days=1)),
        ("2h30m", timedelta(hours=2, minutes=30)),
        ("1w", timedelta(weeks=1)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("90m", timedelta(minutes=90)),
        ("0", timedelta(0)),
        ("0d", timedelta(0)),
        ("007d", timedelta(days=7)),
    ],
)
def test_a_length_of_time_is_numbers_with_units(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1", "1M", "1y", "-1d", "+1d", "1.5h", "1d ", " 1d", "1 d", "1D", "30m2h", "1d1d", "١d", "１d", "1_0d",
        "d", "1ms", "1d\n", "forever", "P1D", "999999999w", "9" * 5000 + "d", "1e3s", "one day", "1d,2h", "0x1d", "²d",
    ],
)  # fmt: skip
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|thousand years"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1M", "a month has no fixed length"),
        ("-1d", "cannot be negative"),
        ("30", "unit is missing"),
        ("2 hours", 'did you mean "2h"?'),
        ("1D", 'did you mean "1d"?'),
        ("3 days ago", 'did you mean "3d"?'),
    ],
)
def test_a_common_slip_is_told_with_its_mend(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(hint)):
        parse_duration(text)


def test_a_message_never_carries_control_characters() -> None:
    with pytest.raises(ValueError, match="not a duration") as caught:
        parse_duration("\x1b[31m1d")

    assert str(caught.value).isprintable()


def test_forever_is_a_span_without_end() -> None:
    assert parse_span("forever") is None
    assert parse_span("30d") == timedelta(days=30)


@given(st.integers(0, 400 * 86_400))
def test_a_length_that_was_said_is_read_back(seconds: int) -> None:
    length = timedelta(seconds=seconds)

    assert parse_span(format_duration(length)) == length


@pytest.mark.parametrize(
    ("text", "tz", "moment"),
    [
        ("1d", UTC, "2026-11-19T08:30:00+00:00"),
        ("2h30m", NEW_YORK, "2026-11-20T06:00:00+00:00"),
        ("0", UTC, "2026-11-20T08:30:00+00:00"),
        ("now", UTC, "2026-11-20T08:30:00+00:00"),
        ("today", UTC, "2026-11-20T00:00:00+00:00"),
        ("today", NEW_YORK, "2026-11-20T05:00:00+00:00"),
        ("yesterday", LONDON, "2026-11-19T00:00:00+00:00"),
        ("2026-11-01", NEW_YORK, "2026-11-01T04:00:00+00:00"),
        ("2026-11-02", NEW_YORK, "2026-11-02T05:00:00+00:00"),
        ("2026-11-20T08:00", LONDON, "2026-11-20T08:00:00+00:00"),
        ("2026-07-20 08:00:05", LONDON, "2026-07-20T07:00:05+00:00"),
        ("2026-11-20t08:00:00z", NEW_YORK, "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00:00.999Z", UTC, "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00+0100", UTC, "2026-11-20T07:00:00+00:00"),
        (" 2026-11-20T08:00:00+05:30 ", UTC, "2026-11-20T02:30:00+00:00"),
    ],
)
def test_a_moment_is_read_in_the_zone_it_names_or_else_in_ours(text: str, tz: ZoneInfo, moment: str) -> None:
    assert parse_time(text, NOW, tz).isoformat() == moment


def test_midnight_is_that_of_the_day_also_when_the_clocks_changed_since() -> None:
    """On the evening of the day the clocks go back, `today` is 25 hours long."""
    evening = datetime(2026, 10, 25, 23, 0, tzinfo=UTC)

    assert parse_time("today", evening, LONDON) == datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    assert parse_time("yesterday", evening, LONDON) == datetime(2026, 10, 23, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "last week", "20.11.2026", "11/20/2026", "2026-13-01", "2026-02-30", "2026-1-1", "20261120",
        "2026-W47", "1M", "-1d", "2026-11-20T25:00", "2026-11-20T08", "2026-11-20T08:00+99:00", "1794301200",
        "٢٠٢٦-11-20", "0000-01-01", "0001-01-01T00:00+14:00",
        "9" * 400, "2026-11-20T08:00:00 UTC", "999999w", "today\x00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused_by_the_name_of_its_option(text: str) -> None:
    with pytest.raises(ValueError, match=r"^--until: ") as caught:
        parse_time(text, NOW, UTC, option="--until", future=True)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["2026-11-20T08:31Z", "2027-01-01", "9999-12-31"])
def test_news_since_a_time_to_come_is_an_error_that_names_it(text: str) -> None:
    message = f'--since: "{text}" is in the future (now is 2026-11-20T08:30:00Z)'
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_time(text, NOW, UTC)

    assert parse_time(text, NOW, UTC, future=True) > NOW


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{1,4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}Z?)?", fullmatch=True))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        moment = parse_time(text, NOW, LONDON)

        assert moment <= NOW
        assert moment.utcoffset() == timedelta(0)
