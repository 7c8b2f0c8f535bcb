"""States of triage, working hours, promises and the clock of answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from mentionwatch.errors import UserError
from mentionwatch.model import Item, LogEntry, Mention, Urgency
from mentionwatch.response.promises import parse_promise
from mentionwatch.response.sla import (
    Deadline,
    SlaPolicy,
    clocks,
    is_overdue,
    next_deadline,
    response_times,
    with_deadlines,
)
from mentionwatch.response.triage import follow, standing, taken_back
from mentionwatch.response.working_hours import add_working_time, end_of_day, parse_working_hours, working_time_between
from support.response_oracle import differences

OFFICE = parse_working_hours("Europe/London", "Mon-Fri 09:00-18:00")
HOUR = timedelta(hours=1)
#: A Friday, 17:30 in London.
FRIDAY = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


def log(*said: tuple[str, float], **data: object) -> tuple[LogEntry, ...]:
    """Entries of (action, hours after FRIDAY); an ``undo`` takes back the last that stands."""
    entries: tuple[LogEntry, ...] = ()
    for n, (action, after) in enumerate(said, start=1):
        undoes = taken_back(entries).id if action == "undo" else None
        at = FRIDAY + timedelta(hours=after)
        entries += (LogEntry(n, "m_1", at, "jo", action, data if action in ("assign", "reply") else {}, undoes),)
    return entries


# -- states ------------------------------------------------------------------------------------------------------------

#: Action → the states it may follow → where it leads. What is not here is refused.
LEGAL = {
    "ack": {"new": "open", "open": "open"},
    "assign": {"new": "open", "open": "open", "replied": "replied"},
    "reply": {"new": "replied", "open": "replied", "replied": "replied"},
    "resolve": {"new": "resolved", "open": "resolved", "replied": "resolved", "resolved": "resolved"},
    "ignore": {"new": "ignored", "open": "ignored", "replied": "ignored", "ignored": "ignored"},
    "reopen": {"open": "open", "replied": "open", "resolved": "open", "ignored": "open"},
}
REACHED = {"new": (), "open": ("ack",), "replied": ("reply",), "resolved": ("resolve",), "ignored": ("ignore",)}


@pytest.mark.parametrize("state", REACHED)
@pytest.mark.parametrize("action", LEGAL)
def test_a_move_leads_where_the_page_says_or_is_refused_with_its_mend(state: str, action: str) -> None:
    """One clear outcome for every move from every state."""
    before = log(*((done, 0.0) for done in REACHED[state]))
    assert standing(before).status == state
    if state not in LEGAL[action]:
        with pytest.raises(UserError, match=rf"^m_1: is {state}; .*"):
            follow("m_1", before, action, {})  # type: ignore[arg-type]
        return

    changes = follow("m_1", before, action, {"to": "sam"})  # type: ignore[arg-type]

    after = log(*((done, 0.0) for done in (*REACHED[state], action)), to="sam")
    assert standing(after).status == LEGAL[action][state]
    assert changes == (LEGAL[action][state] != state or action in ("assign", "reply"))


def test_a_move_to_where_the_mention_is_does_nothing() -> None:
    """A command may be run twice."""
    assert not follow("m_1", log(("resolve", 0)), "resolve", {})
    assert not follow("m_1", log(("assign", 0), to="sam"), "assign", {"to": "sam"})
    assert follow("m_1", log(("assign", 0), to="sam"), "assign", {"to": "jo"})


def test_undo_takes_back_the_last_that_stands_and_then_the_one_before() -> None:
    """The log only grows, and what follows from it is as if the undone had never been."""
    said = log(("assign", 0), ("reply", 1), ("resolve", 2), ("undo", 3), to="sam")
    assert standing(said).status == "replied"
    assert [entry.action for entry in standing(said).entries] == ["assign", "reply"]

    said = log(("assign", 0), ("reply", 1), ("resolve", 2), ("undo", 3), ("undo", 4), ("undo", 5), to="sam")
    assert (standing(said).status, standing(said).assignee) == ("new", None)
    with pytest.raises(UserError, match="nothing to undo"):
        follow("m_1", said, "undo", {})


def test_a_note_changes_no_state() -> None:
    """Notes and labels may be made at any time."""
    for state, way in REACHED.items():
        before = log(*((done, 0.0) for done in way))
        assert follow("m_1", before, "note", {"text": "rang them"})
        assert standing((*before, *log(("note", 1)))).status == state


# -- working time ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "allowance", "by"),
    [
        ("2026-11-20T10:00:00Z", HOUR, "2026-11-20T11:00:00Z"),
        ("2026-11-20T07:00:00Z", HOUR, "2026-11-20T10:00:00Z"),  # before work begins
        ("2026-11-20T17:30:00Z", HOUR, "2026-11-23T09:30:00Z"),  # over the weekend
        ("2026-11-20T17:00:00Z", HOUR, "2026-11-20T18:00:00Z"),  # the day's last hour is enough
        ("2026-11-21T12:00:00Z", HOUR, "2026-11-23T10:00:00Z"),  # a Saturday
        ("2026-12-24T17:30:00Z", HOUR, "2026-12-29T09:30:00Z"),  # Christmas, and the Monday after it
        ("2026-07-03T16:30:00Z", HOUR, "2026-07-06T08:30:00Z"),  # summer time: work ends at 17:00 UTC
        ("2026-11-20T10:00:00Z", timedelta(days=1), "2026-11-24T16:00:00Z"),  # 24 hours of work
    ],
)
def test_an_answer_is_due_after_so_much_working_time(start: str, allowance: timedelta, by: str) -> None:
    """Nights, weekends and holidays do not count."""
    hours = parse_working_hours("Europe/London", "Mon-Fri 09:00-18:00", [date(2026, 12, 25), date(2026, 12, 28)])

    assert add_working_time(datetime.fromisoformat(start), allowance, hours) == datetime.fromisoformat(by)


def test_the_hour_that_a_change_of_the_clocks_skips_or_repeats_counts_as_often_as_it_is() -> None:
    """Round the clock in New York: the 8th of March 2026 has 23 hours, the 1st of November 25."""
    always = parse_working_hours("America/New_York", "Sun 00:00-24:00")
    short, long = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)

    assert working_time_between(short, short + 30 * HOUR, always) == 23 * HOUR
    assert working_time_between(long, long + 30 * HOUR, always) == 25 * HOUR
    night = parse_working_hours("America/New_York", "Sun 01:30-02:30")
    # 01:30 to 02:00 comes twice; the 02:00 to 02:30 once in November and not at all in March.
    assert working_time_between(short, short + 30 * HOUR, night) == timedelta(minutes=30)
    assert working_time_between(long, long + 30 * HOUR, night) == timedelta(minutes=90)


def test_the_clock_agrees_with_the_minute_by_minute_oracle() -> None:
    """A short run; ``python tests/support/response_oracle.py`` is the whole one."""
    assert differences(60, seed=2026) == []


@pytest.mark.parametrize(
    "text", ["Mon-Fri 09:00-18:00", "mon,tue , Wed-Fri 09:00-12:00; Mon-Fri 12:00-18:00;Fri 10:00-11:00"]
)
def test_hours_may_be_written_in_several_ways(text: str) -> None:
    """Spans that touch or overlap are one."""
    assert parse_working_hours("UTC", text).spans == tuple((day, 9 * 3600, 18 * 3600) for day in range(5))


def test_a_run_of_days_may_go_over_the_end_of_the_week() -> None:
    assert [day for day, _, _ in parse_working_hours("UTC", "Sat-Mon 10:00-12:00").spans] == [0, 5, 6]


def test_what_would_take_more_than_ten_years_is_never_due() -> None:
    """The work of a call is bounded, whatever the configuration says."""
    an_hour_a_week = parse_working_hours("UTC", "Mon 09:00-10:00")

    assert add_working_time(FRIDAY, timedelta(hours=600), an_hour_a_week) is None
    assert add_working_time(FRIDAY, timedelta(hours=500), an_hour_a_week) is not None


# -- what is owed ------------------------------------------------------------------------------------------------------

TERMS = SlaPolicy(OFFICE, {"urgent": HOUR / 2, "normal": HOUR}, {"normal": 3 * HOUR}, frozenset({"Acme Coffee"}))
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
START = FRIDAY - HOUR / 2  # 17:00


@pytest.mark.parametrize(
    ("said", "next_"),
    [
        ([], Deadline("answer", FRIDAY + HOUR / 2)),
        ([("ack", 0)], Deadline("answer", FRIDAY + HOUR / 2)),  # seen is not answered
        ([("assign", 0)], Deadline("answer", FRIDAY + HOUR / 2)),
        ([("reply", 0)], None),  # the customer has the word
        ([("resolve", 0)], None),
        ([("ignore", 0)], None),
        # Ignored for a weekend: half an hour of work is left after 30 minutes, and that is what is left on Monday.
        ([("ignore", 0), ("reopen", 63.5)], Deadline("answer", MONDAY + HOUR / 2)),
        # They wrote again on Monday at nine: an answer is due an hour from then.
        ([("reply", 0), ("reopen", 63.5)], Deadline("answer", MONDAY + HOUR)),
        ([("reply", 0), ("reopen", 63.5), ("resolve", 64), ("undo", 65)], Deadline("answer", MONDAY + HOUR)),
        ([("reply", 0), ("undo", 1)], Deadline("answer", FRIDAY + HOUR / 2)),
    ],
)
def test_what_is_owed_follows_from_the_log(said: list[tuple[str, float]], next_: Deadline | None) -> None:
    """For a mention of Friday 17:00 that is to be answered within an hour of work."""
    assert next_deadline(clocks(START, log(*said)), TERMS, None) == next_


def test_the_resolution_has_a_clock_of_its_own() -> None:
    """It stands still while the customer has the word, and the answer's does not bring it to an end."""
    replied = clocks(START, log(("reply", 0), ("reopen", 63.5)))
    terms = SlaPolicy(OFFICE, {}, {"normal": 3 * HOUR})

    assert next_deadline(replied, terms, "normal") == Deadline("resolution", MONDAY + 2.5 * HOUR)
    assert next_deadline(clocks(START, log(("reply", 0))), terms, "normal") is None
    took = response_times(
        clocks(START, log(("reply", 0), ("reopen", 63.5), ("resolve", 64.5))), terms, MONDAY + 9 * HOUR
    )
    assert (took.first_answer, took.answered) == (HOUR / 2, True)
    assert (took.resolution, took.resolved) == (1.5 * HOUR, True)
    waiting = response_times(clocks(START, ()), terms, MONDAY + HOUR)
    assert (waiting.first_answer, waiting.answered) == (2 * HOUR, False)


def test_urgency_says_how_soon_and_a_level_without_a_time_has_no_clock() -> None:
    fresh = clocks(START, ())

    assert next_deadline(fresh, TERMS, "urgent") == Deadline("answer", START + HOUR / 2)
    assert next_deadline(fresh, TERMS, "low") is None


def test_a_promise_is_due_until_it_is_kept() -> None:
    """It stands after the reply that made it, and ends with the next reply or with the resolution."""
    by = MONDAY + 8 * HOUR
    made = {"promise": "refund by Mon 17:00", "due_at": by.isoformat()}

    assert next_deadline(clocks(START, log(("reply", 0), **made)), TERMS, None) == Deadline("promise", by)
    assert next_deadline(clocks(START, log(("reply", 0), ("resolve", 1), **made)), TERMS, None) is None
    kept = (*log(("reply", 0), **made), LogEntry(9, "m_1", MONDAY, "jo", "reply", {"url": None}))
    assert next_deadline(clocks(START, kept), TERMS, None) is None


def test_at_the_second_it_is_due_it_is_not_overdue() -> None:
    one = Deadline("answer", MONDAY)

    assert not is_overdue(one, MONDAY)
    assert is_overdue(one, MONDAY + timedelta(seconds=1))


def test_a_clock_of_the_machine_that_was_set_back_turns_no_time_around() -> None:
    """Entries count in their order; none before the mention does."""
    early = log(("reply", -50), ("reopen", -60))

    assert next_deadline(clocks(START, early), TERMS, None) == Deadline("answer", START + HOUR)


def mention(**said: object) -> Mention:
    about = {"id": "m_1", "brand": "Acme Coffee", "first_seen_at": START} | said
    return Mention(item=Item("mastodon", "post"), canonical_url=None, source="one", matches=(), **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "said",
    [{"own": True}, {"backlog": True}, {"brand": "Brasswell"}, {"urgency": Urgency("low")}],
    ids=["own post", "backlog", "competitor", "no clock for this urgency"],
)
def test_where_nobody_waits_for_an_answer_there_is_no_clock(said: dict[str, object]) -> None:
    assert with_deadlines([mention()], TERMS, {})[0].due_at == START + HOUR
    assert with_deadlines([mention(**said)], TERMS, {})[0].due_at is None


def test_words_that_match_only_since_an_edit_count_from_then() -> None:
    """Nobody could have answered before."""
    assert with_deadlines([mention(counts_at=MONDAY)], TERMS, {})[0].due_at == MONDAY + HOUR


# -- promises ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("refund by Fri", "2026-11-20T18:00:00Z"),  # said on Friday at 17:30: there is half an hour
        ("refund by friday.", "2026-11-20T18:00:00Z"),
        ("refund by Fri 17:00", "2026-11-27T17:00:00Z"),  # 17:00 is past
        ("a call back by Mon at 9:30", "2026-11-23T09:30:00Z"),
        ("refund by tomorrow", "2026-11-22T00:00:00Z"),  # nobody works on Saturday: the day is given whole
        ("by 17:45", "2026-11-20T17:45:00Z"),
        ("new beans by 2026-12-01", "2026-12-01T18:00:00Z"),
        ("new beans by 2026-07-01 12:00", None),
        ("refund by Fri or by Mon", "2026-11-23T18:00:00Z"),
        ("refund soon", None),
        ("by the way, refund", None),
        ("by 2026-02-30", None),
        ("by 25:00", None),
        ("by 17:00", None),
    ],
)
def test_a_promise_says_by_when(text: str, by: str | None) -> None:
    """Said on Friday at 17:30 in London. What names no moment to come is refused, with the forms there are."""
    if by is None:
        with pytest.raises(ValueError, match="by Fri 17:00"):
            parse_promise(text, FRIDAY, OFFICE)
    else:
        assert parse_promise(text, FRIDAY, OFFICE) == datetime.fromisoformat(by)


def test_a_working_day_ends_with_its_last_span() -> None:
    summer = parse_working_hours("Europe/London", "Mon 09:00-12:00; Mon 13:00-17:00")

    assert end_of_day(date(2026, 7, 6), summer) == datetime(2026, 7, 6, 16, tzinfo=UTC)
