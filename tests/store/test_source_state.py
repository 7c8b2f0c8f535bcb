"""What is known of a source after a turn: one record, whether a scan or a stream brought what came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mentionwatch.collect.poller import PollResult
from mentionwatch.collect.source_state import SourceOutcome, SourceStateWriter
from mentionwatch.config import ConfiguredSource
from mentionwatch.errors import Gone, RateLimited, ServerError, SourceError
from mentionwatch.messages import Validators
from mentionwatch.model import Item
from mentionwatch.sources.platforms.feed import Feed
from mentionwatch.store import Store
from mentionwatch.store.sources import QuestionState, SourceState

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NEWS = ConfiguredSource("news", Feed(url="https://news.example/feed"), timedelta(minutes=10))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "mentions.db", write=True) as store:
        yield store


def turn(store: Store, *results: PollResult, at: datetime = NOON, source: ConfiguredSource = NEWS) -> SourceOutcome:
    """One turn of the source with these results."""
    writer = SourceStateWriter(store, store.sources.states())
    with store.writing():
        writer.begin([source])
        for result in results:
            writer.write(result)
        return writer.finish(source, at, started=at, due_at=at + source.every)


def state(store: Store) -> SourceState:
    return store.sources.states()["news"]


def answered(at: datetime = NOON, **more: object) -> PollResult:
    return PollResult(NEWS, "feed", "answered", at, **more)  # type: ignore[arg-type]


def failed(error: SourceError, at: datetime = NOON, question: str = "feed") -> PollResult:
    return PollResult.failed(NEWS, question, error, at, "https://news.example/feed")


def test_failures_are_counted_until_an_answer(store: Store) -> None:
    """The count and its beginning are what alerts and coverage go by."""
    for minute in (0, 1):
        turn(store, failed(ServerError("no")), at=NOON + minute * MINUTE)
    failing = state(store)
    turn(store, answered(), at=NOON + 2 * MINUTE)

    assert (failing.failures, failing.failing_since, failing.error) == (2, NOON, "no")
    assert (failing.last_success_at, failing.last_asked_at) == (None, NOON + MINUTE)
    assert (state(store).failures, state(store).failing_since, state(store).error) == (0, None, None)
    assert state(store).last_success_at == NOON + 2 * MINUTE


def test_waiting_is_no_failure_and_ends_none(store: Store) -> None:
    """Whether the source works is not known while its platform lets us wait."""
    turn(store, failed(ServerError("no")))
    turn(store, failed(RateLimited("slowly", until=NOON + 60 * MINUTE, status=429), NOON + MINUTE), at=NOON + MINUTE)

    assert (state(store).failures, state(store).failing_since, state(store).error) == (1, NOON, None)
    assert (state(store).wait_until, state(store).wait_reason) == (NOON + 60 * MINUTE, "slowly")
    assert store.sources.host_waits(NOON) == {"news.example": (NOON + 60 * MINUTE, "slowly")}


@pytest.mark.parametrize(
    ("error", "question"),
    [(RateLimited("our own count", until=NOON + 60 * MINUTE), "feed"), (RateLimited("known", status=429), "")],
)
def test_a_limit_that_no_server_stated_is_one_source_s(store: Store, error: RateLimited, question: str) -> None:
    """The others on its host have quotas of their own."""
    turn(store, failed(error, question=question))

    assert state(store).wait_until is not None
    assert store.sources.host_waits(NOON) == {}


def test_a_limit_without_a_time_is_a_quarter_of_an_hour(store: Store) -> None:
    """Nobody is asked again at once after a 429."""
    turn(store, failed(RateLimited("slowly", status=429)))

    assert state(store).wait_until == NOON + 15 * MINUTE


def test_gone_is_remembered(store: Store) -> None:
    """What said 410 is not asked again."""
    turn(store, failed(Gone("gone for good", status=410)))

    assert state(store).gone_at == NOON


def test_what_answered_in_part_names_what_did_not(store: Store) -> None:
    """An answer to one question does not hide the failure of another."""
    outcome = turn(store, answered(), failed(ServerError("no"), question="b"), failed(ServerError("no"), question="c"))

    assert outcome.trouble == state(store).error == "asked for b and 1 more: no"
    assert (state(store).failures, state(store).last_success_at) == (1, NOON)


def test_where_a_feed_moved_to_is_known_until_it_answers_in_its_place(store: Store) -> None:
    """A failure says nothing of the address; an answer without a redirect does."""
    turn(store, answered(moved_to="https://new.example/feed"))
    turn(store, failed(ServerError("no")))
    moved = state(store).moved_to
    turn(store, answered())

    assert (moved, state(store).moved_to) == ("https://new.example/feed", None)


def test_a_stream_that_is_behind_is_known_as_far_as_it_was_heard(store: Store) -> None:
    """The ledger and the question stand at what was heard, items and the source's record at when that was."""
    item = Item(platform="feed", kind="post", url="https://news.example/1", text="Acme", external_id="1")
    read = QuestionState("cursor", Validators(), None)
    heard = NOON - 60 * MINUTE
    turn(store, answered(items=(item,), question_state=read, complete_to=heard, note="more than an hour behind"))

    assert store.sources.questions("news")["feed"].answered_at == heard
    assert [poll.last_at for poll in store.polls.between(heard, NOON)] == [heard]
    assert (state(store).last_success_at, state(store).note) == (NOON, "more than an hour behind")


@pytest.mark.parametrize("resume", [False, True])
def test_other_options_are_another_source(store: Store, resume: bool) -> None:
    """What failed with them, and how far questions were read, is forgotten; a stream resumes where it was."""
    turn(store, answered(question_state=QuestionState("1", Validators(), None)), failed(ServerError("no")))
    other = ConfiguredSource("news", Feed(url="https://new.example/feed"), timedelta(minutes=10))
    writer = SourceStateWriter(store, store.sources.states())
    with store.writing():
        writer.begin([other], resume=resume)
        writer.finish(other, NOON, started=NOON)

    assert (state(store).failures, state(store).last_success_at) == (0, None)
    assert (len(store.sources.questions("news")) == 1) is resume
