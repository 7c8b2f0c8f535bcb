"""What every format says of a source: what it failed to do, when, and how it departs from its own past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from mentionwatch.coverage import SourceProblem
from mentionwatch.coverage.baselines import Anomaly
from mentionwatch.coverage.response_formats import format_name
from mentionwatch.render.phrases import between, clock, count, moment, names, number
from mentionwatch.render.sanitize import squeezed
from mentionwatch.times import duration_text


def source_text(source: SourceProblem, now: datetime, zone: tzinfo = UTC) -> str:
    """What a source did not do, without its name: ``failing since 02:10 (5 times in a row, …): 403 …``."""
    detail = squeezed(source.detail, 300)
    because = f": {detail}" if detail else ""
    since = "" if source.since is None else f" since {moment(source.since, now, zone)}"
    again = "" if source.until is None else f"; next request after {moment(source.until, now, zone)}"
    match source.state:
        case "failing":
            last = "never answered yet"
            if source.last_success_at is not None:
                last = f"last answered {moment(source.last_success_at, now, zone)}"
            times = f"{number(source.times)} times in a row, " if source.times > 1 else ""
            return f"failing{since} ({times}{last}){because}{again}"
        case "gone":
            return f"gone{since}, not asked again until its configuration changes{because}"
        case "never-asked":
            return "never asked yet"
        case "not-asked":
            return "not asked in this time" + (
                "" if source.since is None else f", last {moment(source.since, now, zone)}"
            )
        case "waiting":
            return f"waiting{because}{again}"
        case "moved":
            return f"has moved{because} – change its address in the configuration"
        case "note":
            return detail
        case "unusual":
            return "" if source.notice is None else unusual(source.notice, now, zone)
        case "blind":
            return f"blind {_gaps(source, now, zone)}{_recovered(source)}"
        case "truncated":
            return f"had more than it would give: unseen {_gaps(source, now, zone)}"


def unusual(notice: Anomaly, now: datetime, zone: tzinfo = UTC) -> str:
    """How a source breaks with its own habit, and since when."""
    usual, most = number(notice.least), number(notice.most)
    match notice.kind:
        case "silent":
            # Habits are kept by days, and those are UTC's.
            pause = count(notice.most, "day")
            return f"silent: nothing new since {_date(notice.since)}; before, never for more than {pause}"
        case "less":
            before = usual if usual == most else f"{usual} to {most}"
            week = f"the week up to {_date(notice.at)}"
            return f"yields less: {number(notice.now)} new in {week}, {before} in each of the four before"
        case "empty":
            since = moment(notice.since, now, zone)
            return f"responses have been empty since {since}; the {most} before all had entries"
        case "format":
            since, old, new = moment(notice.since, now, zone), format_name(notice.what), format_name(notice.instead)
            return f"answers are {new} since {since}; the {most} before were {old}: is everything still read from them?"
        case "field":
            since, field = moment(notice.since, now, zone), _FIELDS.get(notice.what, notice.what)
            return f"no entry has {field} since {since}; of the {most} answers before every one had"
        case "names":
            when = moment(notice.since, now, zone)
            return f"all {number(notice.now)} entries of {when} are old, have new ids and may be reported again"


_FIELDS = {
    "author": "an author",
    "date": "a date",
    "id": "an id",
    "text": "a text",
    "title": "a title",
    "url": "an address",
}


def _date(day: datetime) -> str:
    """``Fri 20 Nov``, in UTC."""
    return clock(day).rpartition(" ")[0]


def _recovered(source: SourceProblem) -> str:
    """What answers after an outage brought of it: ``, 4 h recovered, 1 h 30 min lost``; nothing until one comes."""
    if source.recovered is None or source.lost is None:
        return ""
    if not source.lost:
        return ", all recovered"
    return (
        f", {duration_text(source.recovered)} recovered, {duration_text(source.lost)} lost"
        if source.recovered
        else ", all lost"
    )


def _gaps(source: SourceProblem, now: datetime, zone: tzinfo) -> str:
    told = [between(gap.start, gap.end, now, zone) for gap in source.gaps]
    more = [f"{len(told) - 3} more times"] if len(told) > 3 else []
    return names(told[:3] + more)


def published_interval(seconds: int | None) -> str | None:
    """That a source is polled less often than its type would be; ``None`` where it is not."""
    if seconds is None:
        return None
    return f"polled every {duration_text(timedelta(seconds=seconds))}, as its publisher asks"
