"""What a digest tells: its order, its counts, its foot."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.coverage import Gap, SourceHealth, source_problems
from mentionwatch.digest import (
    Digest,
    DigestInput,
    build_digest,
    build_outline,
    effective_at,
    hydrate,
    reach,
    shown_ids,
    summarize,
)
from mentionwatch.model import Author, Brand, Engagement, Mention, Sentiment, Urgency
from mentionwatch.render import atom, csv, html, json, jsonl, markdown, terminal, text
from support.digest_sample import BRANDS, NOW, SINCE, at, mention, mentions, morning, sources


def of(*told: Mention, **more: object) -> Digest:
    """A digest of these mentions."""
    given: dict[str, object] = {
        "since": SINCE, "until": NOW, "now": NOW, "brands": BRANDS, "mentions": told,
    }  # fmt: skip
    return build_digest(DigestInput(**(given | more)))  # type: ignore[arg-type]


def leaders(digest: Digest, brand: str = "Acme Coffee") -> list[str]:
    (section,) = [section for section in digest.brands if section.name == brand]
    return [story.leader.id for story in section.stories]


def said(id: str, hours: float = 1.0, **more: object) -> Mention:
    return mention(id, "Acme Coffee", "Acme Coffee again", hours, **more)  # type: ignore[arg-type]


NEGATIVE = Sentiment("negative", -0.5)


def test_the_most_important_comes_first() -> None:
    """Urgency, then negative, then the size of the story, then reach, then what is newest."""
    digest = of(
        said("newer", 1),
        said("older", 2),
        said("loud", 3, author=Author(followers=5000)),
        said("two-a", 9, story="s_2", story_size=2),
        said("two-b", 8, story="s_2", story_size=2),
        said("bad", 20, sentiment=NEGATIVE),
        said("high", 21, urgency=Urgency("high")),
        said("urgent", 22, urgency=Urgency("urgent")),
        said("low", 0.5, urgency=Urgency("low"), sentiment=NEGATIVE),
    )

    assert leaders(digest) == ["urgent", "high", "bad", "two-a", "loud", "newer", "older", "low"]


def test_the_order_of_the_input_changes_nothing() -> None:
    """Equal input in any order gives the same digest."""
    shuffled = list(mentions())
    random.Random(7).shuffle(shuffled)

    assert morning(mentions=tuple(shuffled)) == morning()


def test_a_story_is_told_once_with_its_count() -> None:
    """Four tellings are one line: who leads, who was first, who is largest, what differs."""
    (story,) = [story for story in morning().brands[0].stories if story.size > 1]

    assert [told.id for told in story.tellings] == ["m_8bqd01aa", "m_8bqd02bb", "m_8bqd03cc", "m_8bqd04dd"]
    assert (story.leader.id, story.first.id, story.largest.id) == ("m_8bqd01aa", "m_8bqd01aa", "m_8bqd04dd")
    assert (story.size, story.total, story.reach) == (4, 4, 12300)
    assert story.differences == "1 changed the headline"


def test_the_complaint_leads_its_story() -> None:
    """Where one telling is urgent or negative, that one is shown, not the first."""
    digest = of(
        said("first", 5, story="s_1", story_size=3),
        said("angry", 3, story="s_1", story_size=3, sentiment=NEGATIVE),
        said("calm", 1, story="s_1", story_size=3),
    )
    (story,) = digest.brands[0].stories

    assert [told.id for told in story.tellings] == ["angry", "first", "calm"]
    assert story.first.id == "first"
    assert story.negative


def test_a_story_that_is_older_than_the_window_says_so() -> None:
    """Two tellings in this time of thirty in all."""
    (story,) = of(said("a", 1, story="s", story_size=30), said("b", 2, story="s", story_size=30)).brands[0].stories

    assert (story.size, story.total) == (2, 30)


def test_our_own_posts_stand_apart_and_count_nowhere() -> None:
    """An own post is shown as ours: not in the count, the trend, the stories or the hours."""
    digest = of(said("ours", 2, own=True, sentiment=NEGATIVE), said("theirs", 3), previous={"Acme Coffee": 1})
    section = digest.brands[0]

    assert (section.count, section.trend, section.own_count, section.negative, digest.count) == (1, 0, 1, 0, 1)
    assert sum(section.timeline) == 1
    assert [own.id for own in section.own_posts] == ["ours"]
    assert [told.id for told in digest.mentions] == ["theirs", "ours"]


def test_an_own_post_does_not_swell_a_story() -> None:
    """Our press release and two reprints of it are a story of two."""
    digest = of(*(said(id, 2, story="s", story_size=3, own=id == "ours") for id in ("ours", "a", "b")))
    (story,) = digest.brands[0].stories

    assert story.size == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Acme Coffee", "Acme Tea", "Gone Brand"]),
            st.floats(0, 23),
            st.sampled_from([None, "s_1", "s_2"]),
            st.booleans(),
            st.sampled_from([None, NEGATIVE]),
        ),
        max_size=30,
    )
)
def test_counts_are_never_lost(rows: list[tuple[str, float, str | None, bool, Sentiment | None]]) -> None:
    """Whatever is folded: the sizes of the stories add up to the count, and every mention is told exactly once."""
    told = [
        mention(f"m_{i}", brand, f"{brand} again", hours, story=story, own=own, sentiment=sentiment)
        for i, (brand, hours, story, own, sentiment) in enumerate(rows)
    ]
    digest = of(*told)

    assert digest.count == sum(not one.own for one in told)
    assert digest.count == sum(story.size for section in digest.brands for story in section.stories)
    assert sorted(one.id for one in digest.mentions) == sorted(one.id for one in told)
    assert sum(sum(section.timeline) for section in digest.brands) == digest.count


def test_a_brand_that_is_no_longer_configured_is_still_told() -> None:
    """Mentions are not dropped because their brand left the configuration."""
    digest = of(mention("m_1", "Gone Brand", "Gone Brand", 1))

    assert [(section.name, section.count) for section in digest.brands][-1] == ("Gone Brand", 1)


def test_brands_come_own_first_then_competitors_then_topics() -> None:
    """Within a kind in the order of the configuration; one without mentions has its line too."""
    brands = (Brand("T", kind="topic"), Brand("C", kind="competitor"), Brand("B"), Brand("A"))

    assert [(section.name, section.count) for section in of(brands=brands).brands] == [
        ("B", 0),
        ("A", 0),
        ("C", 0),
        ("T", 0),
    ]


def test_the_trend_is_against_the_period_before() -> None:
    """Seven after three is +4; a brand whose watch had not begun has no trend."""
    digest = morning(previous={"Acme Coffee": 3, "Acme Tea": 2})

    assert [(section.count, section.trend) for section in digest.brands] == [(7, 4), (0, -2), (2, None)]


def test_who_waits_for_an_answer_is_counted() -> None:
    """A mention with a due time waits until somebody has answered, resolved or ignored it."""
    digest = of(
        said("waits", due_at=NOW),
        said("taken", due_at=NOW, status="assigned"),
        said("done", due_at=NOW, status="replied"),
        said("ignored", due_at=NOW, status="ignored"),
        said("no clock"),
    )

    assert digest.brands[0].waiting == 2


def test_hours_of_a_day_and_days_of_a_week() -> None:
    """The bars are hours for a day, days for a month, and 24 equal parts beyond."""
    day = of(said("first hour", 23.9), said("last hour", 0.1)).brands[0]
    week = of(said("a", 1), since=NOW - timedelta(days=7)).brands[0]
    year = of(said("a", 1), since=NOW - timedelta(days=365)).brands[0]

    assert (len(day.timeline), day.timeline[0], day.timeline[-1], day.step) == (24, 1, 1, timedelta(hours=1))
    assert (len(week.timeline), week.timeline[-1], week.step) == (7, 1, timedelta(days=1))
    assert len(year.timeline) == 24


def test_backlog_counts_by_when_it_was_published_and_all_else_by_when_it_was_seen() -> None:
    """Promise 8."""
    published = datetime(2020, 1, 1, tzinfo=UTC)

    assert effective_at(said("new", 2, published=published)) == at(2)
    assert effective_at(said("old", 2, published=published, backlog=True)) == published
    old_without_date = said("old", 2, backlog=True)
    assert effective_at(replace(old_without_date, item=replace(old_without_date.item, published_at=None))) == at(2)


def test_any_date_is_bearable() -> None:
    """Years 1 and 9999, the future and 1970 neither break a digest nor rule its order."""
    dates = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
    ]
    told = [said(f"m_{i}", i + 1, published=date) for i, date in enumerate(dates)]
    told += [said(f"b_{i}", i + 1, published=date, backlog=True) for i, date in enumerate(dates)]

    assert of(*told).count == 6


def test_reach_is_the_largest_of_followers_views_and_interactions() -> None:
    """Unknown counts are nothing, negative ones too."""
    engagement = Engagement(likes=5, reposts=4, replies=3, score=-10, views=11)

    assert reach(said("a", engagement=engagement)) == 12
    assert reach(said("a", engagement=engagement, author=Author(followers=13))) == 13
    assert reach(said("a")) == 0


# -- the foot ----------------------------------------------------------------------------------------------------------


def lines(*states: SourceHealth) -> list[tuple[str, str]]:
    return [(line.name, line.state) for line in source_problems(states, SINCE, NOW, NOW)]


def test_a_source_that_did_its_duty_has_no_line() -> None:
    """Silence in the foot means that everything was seen."""
    assert lines(SourceHealth("a", "feed", NOW, NOW)) == []


def test_what_was_not_seen_is_told_worst_first() -> None:
    """Failing, gone, never asked, not asked, blind, truncated, waiting, moved: each that has trouble, by name."""
    ok = SourceHealth("", "feed", NOW, NOW)
    found = lines(
        replace(ok, name="moved", moved_to="https://new.example/"),
        replace(ok, name="waiting", wait_until=NOW + timedelta(hours=1)),
        replace(ok, name="cut", gaps=(Gap(at(3), at(2), "truncated"),)),
        replace(ok, name="blind", gaps=(Gap(at(3), at(2), "failed"),)),
        replace(ok, name="idle", last_asked_at=at(30)),
        SourceHealth("new", "feed"),
        replace(ok, name="gone", gone_at=at(100)),
        replace(ok, name="b", failures=1, error="503"),
        replace(ok, name="a", failures=9, error="no answer"),
        replace(ok, name="empty", note="feed is empty"),
    )

    assert found == [
        ("a", "failing"), ("b", "failing"), ("gone", "gone"), ("new", "never-asked"), ("idle", "not-asked"),
        ("blind", "blind"), ("cut", "truncated"), ("waiting", "waiting"), ("moved", "moved"), ("empty", "note"),
    ]  # fmt: skip


def test_a_failing_source_says_it_all_in_one_line() -> None:
    """Since when, how often, why, when it last answered and when it is asked again."""
    (line, *_) = source_problems(sources(), SINCE, NOW, NOW)

    assert (line.name, line.state, line.times, line.since, line.until, line.last_success_at) == (
        "reddit-acme", "failing", 33, at(5.3), NOW + timedelta(hours=1), at(7.7),
    )  # fmt: skip


def test_a_wait_that_is_over_is_no_trouble() -> None:
    """Only a wait that goes on is told."""
    assert lines(SourceHealth("a", "feed", NOW, NOW, wait_until=NOW)) == []


def test_gaps_that_touch_are_one_and_those_outside_are_none() -> None:
    """Blind from two to four, though three polls failed; what was before the window is not told again."""
    gaps = [Gap(at(start), at(end), "failed") for start, end in ((3, 2), (4, 3), (3.5, 3.2), (90, 80))]
    state = SourceHealth("a", "feed", NOW, NOW, gaps=tuple(gaps))
    (line,) = source_problems((state,), SINCE, NOW, NOW)

    assert line.gaps == (Gap(at(4), at(2), "failed"),)


def crowded() -> tuple[Mention, ...]:
    """One story of 400 tellings, 1,050 posts that tell their own, and 15 of ours."""
    tellings = (
        said(f"t{n:03}", 20 - n / 25, story="s_1", story_size=450, author=Author(handle=f"@user{n}", followers=n))
        for n in range(400)
    )
    alone = (said(f"a{n:04}", 1 + n / 60, sentiment=NEGATIVE if n % 7 == 0 else None) for n in range(1_050))
    return (*tellings, *alone, *(said(f"o{n:02}", n + 1, own=True) for n in range(15)))


def test_a_page_of_a_crowded_day_needs_no_more_words_than_it_shows() -> None:
    """What is told of a hundred thousand posts is read for those that are shown, and reads as if all had been."""
    told = crowded()
    given = DigestInput(since=SINCE, until=NOW, now=NOW, brands=BRANDS, mentions=told)
    whole, bare = build_digest(given), build_outline(given, map(summarize, told))
    needed = set(shown_ids(bare))
    page = hydrate(bare, {one.id: one for one in told if one.id in needed})

    assert bare.ids == whole.ids
    assert [section.folded for section in page.brands] == [section.folded for section in whole.brands]
    for render in (terminal.render, text.render, markdown.render, html.render, html.mail):
        assert render(page) == render(whole)
    assert len(needed) < len(told) - 200


def test_a_digest_in_pieces_is_the_digest() -> None:
    """What is written as it is read has the bytes of what is made at once, with mentions and without."""
    for digest in (morning(), of()):
        for form in (json, jsonl, csv, atom):
            assert "".join(form.parts(digest)) == form.render(digest)
