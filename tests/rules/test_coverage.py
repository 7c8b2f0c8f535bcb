"""What was watched: the coverage ledger, and how it is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.coverage import SourceHealth, gaps, source_problems
from mentionwatch.coverage.baselines import Anomaly, anomalies
from mentionwatch.coverage.latency import Spread, latencies
from mentionwatch.coverage.ledger import Interval, ledger, timeline
from mentionwatch.records import Arrival, Baseline, Poll, PollOutcome
from mentionwatch.render.coverage import strips
from mentionwatch.render.source_phrases import source_text
from support.world import World, entry, rss

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def at(clock: str) -> datetime:
    """A time of the day."""
    hours, minutes = clock.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def poll(
    outcome: PollOutcome, first: str, last: str | None = None, *, question: str = "tag:acme", **more: object
) -> Poll:
    """An entry of the ledger; ``gap`` is two times of the day."""
    gap = more.pop("gap", None)
    if isinstance(gap, tuple):
        more |= {"gap_from": at(gap[0]), "gap_to": None if gap[1] is None else at(gap[1])}
    return Poll(0, "hn", question, outcome, at(first), at(last or first), **more)  # type: ignore[arg-type]


def told(*polls: Poll, start: str = "00:00", end: str = "12:00") -> list[tuple[str, str, str, str | None]]:
    """From, to, state and cause of each interval."""
    return [
        (f"{one.start:%H:%M}", f"{one.end:%H:%M}", one.state, one.cause) for one in timeline(polls, at(start), at(end))
    ]


# -- a question's time -------------------------------------------------------------------------------------------------


def test_between_two_answers_all_is_seen() -> None:
    """However long it is: a source looks back. Before the first answer nothing was asked, after the last it is open."""
    assert told(poll("answered", "02:00"), poll("answered", "09:00")) == [
        ("00:00", "02:00", "never-asked", None),
        ("02:00", "09:00", "covered", None),
        ("09:00", "12:00", "open", None),
    ]


def test_an_outage_is_recovered_when_the_next_answer_reaches_back() -> None:
    """Blind from the last answer to the next, not from the first failure."""
    polls = poll("answered", "02:10"), poll("failed", "03:00"), poll("failed", "07:00"), poll("answered", "07:40")

    assert told(*polls)[1:3] == [("02:10", "07:40", "covered", "failed"), ("07:40", "12:00", "open", None)]
    (source,) = ledger(polls, at("00:00"), at("12:00"))
    assert (source.blind, source.recovered, source.lost) == (timedelta(hours=5.5), timedelta(hours=5.5), timedelta(0))
    assert source.covered == 1.0


def test_what_the_answer_after_an_outage_did_not_reach_is_lost() -> None:
    """Blind 02:10 to 07:40; the answer's oldest item is of 03:40: 4 h are recovered, 1 h 30 min are lost."""
    polls = (
        poll("answered", "02:10"),
        poll("failed", "03:00"),
        poll("answered", "07:40"),  # the first page of what the next line ends
        poll("truncated", "07:40", gap=("02:10", "03:40")),
    )

    assert told(*polls)[1:3] == [("02:10", "03:40", "truncated", "failed"), ("03:40", "07:40", "covered", "failed")]
    (source,) = ledger(polls, at("00:00"), at("12:00"))
    assert (source.recovered, source.lost) == (timedelta(hours=4), timedelta(hours=1.5))
    assert source.covered == pytest.approx(4 / 5.5)


def test_a_cut_without_an_outage_is_a_hole_too() -> None:
    """A full page whose oldest item is newer than the last answer."""
    polls = poll("answered", "01:00"), poll("truncated", "05:00", gap=("01:00", "04:00")), poll("answered", "06:00")

    assert told(*polls)[1:4] == [
        ("01:00", "04:00", "truncated", None),
        ("04:00", "06:00", "covered", None),
        ("06:00", "12:00", "open", None),
    ]


@pytest.mark.parametrize("oldest", [None, "00:30", "01:00", "23:00"])
def test_a_cut_whose_items_prove_nothing_is_unknown_as_a_whole(oldest: str | None) -> None:
    """In no order, without dates, or dated otherwise: anything since the last answer may be missing."""
    polls = poll("answered", "01:00"), poll("truncated", "05:00", gap=("01:00", oldest))

    assert told(*polls)[1] == ("01:00", "05:00", "truncated", None)


def test_a_first_answer_is_backlog_whatever_it_leaves_out() -> None:
    """There is nothing that it should have reached back to."""
    polls = poll("failed", "01:00"), poll("truncated", "03:00", gap_to=at("02:00")), poll("answered", "04:00")

    assert told(*polls)[:3] == [
        ("00:00", "01:00", "never-asked", None),
        ("01:00", "03:00", "failed", "failed"),
        ("03:00", "04:00", "covered", None),
    ]


def test_while_no_answer_comes_nothing_is_known() -> None:
    """Failed and waiting go on until an answer; a wait in which something failed is told as what it is now."""
    assert told(poll("answered", "02:00"), poll("failed", "03:00"))[-1] == ("02:00", "12:00", "failed", "failed")
    assert told(poll("answered", "02:00"), poll("waiting", "03:00", "09:00"))[-1] == (
        "02:00", "12:00", "waiting", "waiting",
    )  # fmt: skip
    assert told(poll("failed", "03:00"), poll("waiting", "04:00"))[1:] == [("03:00", "12:00", "waiting", "failed")]


def test_a_run_of_unchanged_answers_is_seen_from_end_to_end() -> None:
    """One row of the ledger, a thousand answers."""
    assert told(poll("unchanged", "01:00", "09:00", times=49))[1] == ("01:00", "09:00", "covered", None)


def test_failures_of_the_whole_source_are_failures_of_each_question() -> None:
    """Also where its answers before and after make one run."""
    run = poll("unchanged", "01:00", "09:00", times=9)
    failures = [poll("failed", clock, question="") for clock in ("03:00", "04:00")]

    assert told(run, *failures)[1:4] == [
        ("01:00", "03:00", "covered", None),
        ("03:00", "04:00", "covered", "failed"),
        ("04:00", "09:00", "covered", None),
    ]
    (source,) = ledger([run, poll("answered", "02:00", question="tag:b"), *failures], at("00:00"), at("12:00"))
    assert [line.question for line in source.questions] == ["tag:acme", "tag:b"]
    assert source.questions[1].intervals[-1] == Interval(at("02:00"), at("12:00"), "failed", "failed")


def test_what_lies_before_the_period_counts_from_its_beginning() -> None:
    """An outage that began yesterday is told as of midnight, and as recovered."""
    before = DAY - timedelta(hours=3)
    last = Poll(1, "hn", "q", "answered", before, before)
    failed = Poll(2, "hn", "q", "failed", before + timedelta(hours=1), before + timedelta(hours=1))

    assert timeline([last, failed, poll("answered", "02:00", question="q")], at("00:00"), at("03:00")) == (
        Interval(at("00:00"), at("02:00"), "covered", "failed"),
        Interval(at("02:00"), at("03:00"), "open"),
    )


_times = st.integers(-300, 900).map(lambda minutes: DAY + timedelta(minutes=minutes))


@st.composite
def _polls(draw: st.DrawFn) -> Poll:
    first, length = draw(_times), timedelta(minutes=draw(st.sampled_from([0, 0, 0, 45])))
    outcome: PollOutcome = draw(st.sampled_from(["answered", "unchanged", "truncated", "failed", "waiting"]))
    gap = outcome == "truncated"
    return Poll(
        0,
        "hn",
        draw(st.sampled_from(["q", ""])) if outcome in ("failed", "waiting") else "q",
        outcome,
        first,
        first + length,
        gap_from=draw(st.none() | _times) if gap else None,
        gap_to=draw(st.none() | _times) if gap else None,
    )


@given(st.lists(_polls(), max_size=12), st.randoms())
def test_any_ledger_gives_a_time_without_holes_or_overlaps(polls: list[Poll], random: object) -> None:
    """Whatever a clock did: the intervals fill the period exactly, whatever the order of the rows."""
    start, end = DAY, DAY + timedelta(hours=10)
    intervals = timeline(polls, start, end)
    (source,) = ledger(polls, start, end, sources=["hn"])

    long = [one for one in intervals if one.start < one.end]
    if all(a.last_at <= b.first_at for a, b in zip(_sorted(polls), _sorted(polls)[1:], strict=False)):
        assert [one.start for one in long] == [start, *[one.end for one in long[:-1]]]
        assert long[-1].end == end
    assert all(start <= one.start <= one.end <= end for one in intervals)
    assert source.recovered + source.lost <= end - start
    assert source.covered is None or 0 <= source.covered <= 1
    assert strips([source], start, end)


def _sorted(polls: list[Poll]) -> list[Poll]:
    return sorted(polls, key=lambda one: (one.first_at, one.last_at))


# -- how it is told ----------------------------------------------------------------------------------------------------


def _foot(*polls: Poll) -> list[str]:
    now = at("12:00")
    (source,) = ledger(polls, DAY - timedelta(days=1), now)
    state = SourceHealth("hn", "hackernews", now, now, gaps=gaps(source))
    return [source_text(line, now) for line in source_problems((state,), DAY, now, now)]


def test_the_foot_says_what_of_an_outage_was_recovered_and_what_is_lost() -> None:
    """In one line; the hole is not told a second time."""
    outage = poll("answered", "02:10"), poll("failed", "03:00")

    assert _foot(*outage, poll("truncated", "07:40", gap=("02:10", "03:40"))) == [
        "blind 02:10–07:40 (5 h 30 min), 4 h recovered, 1 h 30 min lost"
    ]
    assert _foot(*outage, poll("answered", "07:40")) == ["blind 02:10–07:40 (5 h 30 min), all recovered"]
    assert _foot(*outage, poll("truncated", "07:40", gap=("02:10", None))) == [
        "blind 02:10–07:40 (5 h 30 min), all lost"
    ]


def test_the_foot_keeps_a_cut_apart_from_an_outage_and_no_wait_for_one() -> None:
    """A quota that was waited for and made good is no news."""
    cut = poll("answered", "01:00"), poll("truncated", "05:00", gap=("01:00", "04:00"))

    assert _foot(*cut) == ["had more than it would give: unseen 01:00–04:00 (3 h)"]
    assert _foot(poll("answered", "01:00"), poll("waiting", "02:00"), poll("answered", "05:00")) == []


def test_a_strip_shows_the_worst_of_each_column() -> None:
    """Watched, recovered, lost, failed, not asked."""
    polls = (
        poll("answered", "02:00"),
        poll("answered", "04:00"),
        poll("failed", "05:00"),
        poll("truncated", "08:00", gap=("04:00", "06:00")),
        poll("failed", "09:00"),
    )
    lines = strips(ledger(polls, at("00:00"), at("12:00")), at("00:00"), at("12:00"), width=48).splitlines()

    assert lines[0].startswith("hn  ··██▒▒▓▓××××  ")
    assert "5 asked" in lines[0]
    assert lines[1].strip() == "blind 8 h: 2 h recovered, 2 h lost, 4 h still unseen"


CONFIG = """
[[brands]]
name = "Acme Coffee"
names = ["Acme Coffee"]

[[sources]]
type = "feed"
name = "one"
url = "https://one.example/rss"
every = "1h"

[[sources]]
type = "feed"
name = "idle"
url = "https://idle.example/rss"
every = "1h"
"""


def posts(*hours: int) -> str:
    """A feed with four entries for each of these hours of 20 November."""
    times = [f"{hour:02d}:{minute:02d}" for hour in hours for minute in (0, 10, 20, 30)]
    return rss(
        *(
            entry(f"Acme Coffee at {time}", f"https://news.example/{time}", at=f"Fri, 20 Nov 2026 {time}:00 GMT")
            for time in times
        )
    )


def test_an_outage_is_told_from_the_first_scan_to_the_digest(world: World) -> None:
    """A feed fails for some hours and then shows less than it had: `coverage` and the digest's foot say how much."""
    world.configure(CONFIG)
    world.serve("https://idle.example/rss", posts(1))
    world.serve("https://one.example/rss", posts(6, 7))
    assert world.run("scan").status == 0
    world.later(hours=1).serve("https://one.example/rss", "oops", status=503)
    assert world.run("scan").status == 0
    world.later(hours=4).serve("https://one.example/rss", posts(10, 11, 12))
    assert world.run("scan").status == 0

    document = json.loads(world.run("coverage", "--since", "6h", "--json").out)
    one, idle = document["sources"]
    assert document["schema"] == "mentionwatch.coverage/1"
    assert [(i["state"], i["from"][11:16], i["to"][11:16], i["recovered"]) for i in one["coverage"]] == [
        ("never-asked", "07:00", "08:00", False),
        ("truncated", "08:00", "10:00", False),
        ("covered", "10:00", "13:00", True),
    ]
    assert (one["blind_seconds"], one["recovered_seconds"], one["lost_seconds"]) == (18000, 10800, 7200)
    assert one["covered"] == pytest.approx(0.6)
    assert idle["covered"] == 1.0
    assert "one blind 08:00–13:00 (5 h), 3 h recovered, 2 h lost" in " ".join(
        world.run("digest", "--since", "2h").out.split()
    )
    lines = json.loads(world.run("digest", "--json").out)["sources"]
    assert [(o["name"], o["recovered_seconds"], o["lost_seconds"]) for o in lines if o["state"] != "note"] == [
        ("one", 10800, 7200)
    ]


def test_lines_of_json_are_polls_intervals_and_sources(world: World) -> None:
    """One kind of thing a line, each said."""
    world.configure(CONFIG)
    world.serve("https://one.example/rss", posts(6))
    world.run("scan")
    rows = [json.loads(line) for line in world.run("coverage", "--jsonl").out.splitlines()]

    assert {row["record"] for row in rows} == {"poll", "interval", "source"}
    assert {row["source"]: row["failed"] for row in rows if row["record"] == "source"} == {"one": 0, "idle": 1}


def test_quotas_are_told_with_what_was_taken_of_them(world: World) -> None:
    """Where the source declares one."""
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n'
        '[[sources]]\ntype = "stackexchange"\nsite = "stackoverflow"\n'
    )
    world.run("scan")
    (quota,) = json.loads(world.run("coverage", "--json").out)["quotas"]

    assert (quota["used"] >= 1, quota["allowed"], quota["day"]) == (True, 300, "2026-11-20")
    assert "of 300 requests of 2026-11-20" in world.run("coverage").out


# -- latency -----------------------------------------------------------------------------------------------------------


def arrivals(count: int) -> list[Arrival]:
    """Published every minute from 01:01, seen at 02:00; the question was answered before at 01:11."""
    seen = at("02:00")
    return [
        Arrival("hn", at("01:00") + timedelta(minutes=n), seen, at("01:11"), seen + timedelta(hours=n))
        for n in range(1, count + 1)
    ]


def test_the_books_part_the_platforms_time_from_ours() -> None:
    """What was there when we asked and was not shown is the platform's; the rest is until we asked again."""
    (book,) = latencies(arrivals(40))

    def minutes(median: int, p95: int) -> Spread:
        return Spread(timedelta(minutes=median), timedelta(minutes=p95), 40)

    assert book.seen == minutes(39, 57)
    assert book.own == minutes(39, 49)
    assert book.platform == minutes(0, 8)
    assert book.told == Spread(timedelta(hours=20), timedelta(hours=38), 40)


def test_fewer_than_twenty_carry_no_figure() -> None:
    """Nineteen say nothing, twenty do."""
    assert [latencies(arrivals(n))[0].seen is None for n in (19, 20)] == [True, False]


@pytest.mark.parametrize("published", ["1970-01-01T00:00:01", "2026-11-20T00:00:00", "2026-11-20T02:00:01"])
def test_a_date_that_is_no_time_is_in_no_book_but_the_last(published: str) -> None:
    """A bare day, a date of 1970, one that had not come: each would be a lie about the source."""
    date = datetime.fromisoformat(published).replace(tzinfo=UTC)
    (book,) = latencies([Arrival("hn", date, one.seen_at, one.asked_before, one.told_at) for one in arrivals(30)])

    assert (book.seen, book.own, book.platform) == (None, None, None)
    assert book.told is not None


def test_latency_is_booked_from_what_scans_brought(world: World) -> None:
    """News only: what the first answer held is backlog. Asked at 8 and 14, the entries are of 8:00 to 13:30."""
    world.configure(CONFIG)
    world.serve("https://one.example/rss", posts(6, 7))
    world.run("scan")
    world.later(hours=6).serve("https://one.example/rss", posts(7, 8, 9, 10, 11, 12, 13))
    world.run("scan")
    (book,) = json.loads(world.run("coverage", "--latency", "--json").out)["latency"]

    assert book == {
        "source": "one",
        "published_to_seen": {"median_seconds": 10800, "p95_seconds": 21000, "count": 24},
        "own": {"median_seconds": 10800, "p95_seconds": 21000, "count": 24},
        "platform": {"median_seconds": 0, "p95_seconds": 0, "count": 24},
        "seen_to_told": None,
    }
    assert "3 h / 5 h 50 min" in world.run("coverage", "--latency").out


# -- canaries ----------------------------------------------------------------------------------------------------------


def test_a_canary_says_how_long_each_source_took_and_which_never_did(world: World) -> None:
    """Planted at 7:20, scanned at 8 and 12: one feed had it at once, one at noon, one never; brands do not matter."""
    feeds = "".join(
        f'[[sources]]\ntype = "feed"\nname = "{name}"\nurl = "https://{name}.example/rss"\n'
        for name in ("slow", "quick", "never", "other")
    )
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme Coffee"]\n' + feeds + '[[canaries]]\nterm = "quillet-7f3a plum"\n'
        'planted_at = 2026-11-20T07:20:00Z\nsources = ["slow", "quick", "never"]\n'
        '[[canaries]]\nterm = "Quillet-7f3a plum"\n[[canaries]]\nterm = "—"\n'
    )
    planted = rss(entry("A Quillet-7F3A plum!", "https://news.example/plum", at="Fri, 20 Nov 2026 07:30:00 GMT"))
    near = rss(entry("Quillet 7f3a, plum", "https://news.example/near"))
    for name, page in (("slow", near), ("quick", planted), ("never", near), ("other", near)):
        world.serve(f"https://{name}.example/rss", page)
    world.run("scan")
    world.later(hours=4).serve("https://slow.example/rss", planted)
    world.run("scan")
    first, second, none = json.loads(world.run("coverage", "--json").out)["canaries"]

    assert [(one["source"], one["took_seconds"]) for one in first["found"]] == [("quick", 2400), ("slow", 16800)]
    assert first["missing"] == ["never"]
    assert [(one["source"], one["took_seconds"]) for one in second["found"]] == [("quick", 1800), ("slow", 16200)]
    assert second["missing"] == ["never", "other"]
    assert none["missing"] == ["slow", "quick", "never", "other"]
    assert (
        "canary quillet-7f3a plum: quick after 40 min; slow after 4 h 40 min; not found by never"
        in world.run("coverage").out
    )


@pytest.mark.parametrize("written", ['"soon"', "1", '"2026-13-01"', "9999-12-31T23:59:59-01:00"])
def test_a_canary_planted_at_no_time_is_a_problem_of_the_configuration(world: World, written: str) -> None:
    """With its line."""
    world.configure(f'[[canaries]]\nterm = "plum"\nplanted_at = {written}\n')
    ran = world.run("check")

    assert ran.status == 78
    assert ":4: canaries[0].planted_at: " in ran.err


def test_a_canary_for_a_source_that_is_not_there_is_a_problem_of_the_configuration(world: World) -> None:
    """With a guess: a wrong name would look like a source that never finds anything."""
    world.configure(CONFIG + '[[canaries]]\nterm = "plum"\nsources = ["ide"]\n')
    ran = world.run("check")

    assert ran.status == 78
    assert 'canaries[0].sources[0]: there is no source "ide"; did you mean "idle"?' in ran.err


# -- habits ------------------------------------------------------------------------------------------------------------


def day(number: int) -> date:
    """So many days after 1 October."""
    return date(2026, 10, 1) + timedelta(days=number)


def midnight(number: int) -> datetime:
    return datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=number)


WORKDAYS = {day(n): 3 for n in range(28) if day(n).weekday() < 5}  # the last is Wednesday, 28 October


def test_a_feed_that_falls_silent_is_noticed_by_its_own_measure() -> None:
    """It pauses at weekends, three days from Friday to Monday: six days of silence are too long."""
    last = max(WORKDAYS)
    noticed = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=6)

    assert anomalies(WORKDAYS, (), noticed - timedelta(seconds=1), noticed) == ()
    (told,) = anomalies(WORKDAYS, (), noticed, noticed)
    assert (told.kind, told.at, told.most) == ("silent", noticed, 3)
    (later,) = anomalies(WORKDAYS, (), noticed + timedelta(days=30), noticed + timedelta(days=30))
    assert later.at == noticed


def test_what_was_not_asked_is_not_silent() -> None:
    """A machine that was off for a month accuses nobody."""
    assert anomalies(WORKDAYS, (), midnight(28), midnight(60)) == ()
    assert anomalies(WORKDAYS, (), None, midnight(60)) == ()


def test_a_source_without_a_habit_has_none_to_break() -> None:
    """Seven days with something new are no habit."""
    few = dict(list(WORKDAYS.items())[:7])

    assert anomalies(few, (), midnight(60), midnight(60)) == ()


def test_a_source_that_yields_less_is_noticed() -> None:
    """Four weeks of 35, then one of 7; and 8 to 14 are no quarter less."""
    before = {day(n): 5 for n in range(28)}
    week = {day(n): 1 for n in range(28, 35)}
    (told,) = anomalies(before | week, (), midnight(35), midnight(35))

    assert (told.kind, told.now, told.least) == ("less", 7, 35)
    assert told.at <= midnight(35)
    assert anomalies(before | dict.fromkeys(week, 2), (), midnight(35), midnight(35)) == ()


def test_an_answer_that_turns_empty_is_noticed_after_a_day() -> None:
    """Ten answers held something, then none for a day. One that came back is well."""

    def habit(full: int, last_answer: datetime) -> Baseline:
        return Baseline("blog", "feed:1", full, midnight(3), midnight(4), last_answer)

    assert anomalies({}, [habit(10, midnight(5))], midnight(5), midnight(5)) == (
        Anomaly("empty", midnight(5), midnight(4), 10, 10, 0),
    )
    assert anomalies({}, [habit(9, midnight(5))], midnight(5), midnight(5)) == ()
    assert anomalies({}, [habit(10, midnight(4))], midnight(5), midnight(5)) == ()
    back = Baseline("blog", "feed:1", 11, midnight(5), midnight(4), midnight(6))
    assert anomalies({}, [back], midnight(6), midnight(6)) == ()


def test_a_break_with_a_habit_is_told_in_one_digest_and_in_sources(world: World) -> None:
    """Twelve days with an entry each, then an empty feed: told in the digest of the day it was noticed."""
    world.configure(CONFIG.replace("1h", "1d"))
    for number in range(12):
        for name in ("one", "idle"):  # each has its own: what both had would be news of whichever answers first
            told = [f"https://{name}.example/day/{n}" for n in range(number + 1)]
            world.serve(
                f"https://{name}.example/rss", rss(*(entry(f"Acme Coffee of {url}", url, guid=url) for url in told))
            )
        world.run("scan")
        world.later(days=1)
    feet = []
    for _ in range(6):
        world.serve("https://one.example/rss", rss())
        world.run("scan")
        lines = json.loads(world.run("digest", "--json").out)["sources"]
        feet.append([(line["name"], line["since"][:10]) for line in lines if line["state"] == "unusual"])
        world.later(days=1)

    assert feet[0] == []
    assert sum(("one", "2026-12-02") in foot for foot in feet) == 1
    said = world.run("sources").out
    assert "responses have been empty since Wed 2 Dec 08:00; the 12 before all had entries" in said
    assert "silent: nothing new since Tue 1 Dec; before, never for more than 1 day" in said
