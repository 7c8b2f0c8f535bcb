"""An invented morning: two brands of ours, a competitor, a story of four, a complaint, an own post, a hostile title."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mentionwatch.coverage import Gap, SourceHealth
from mentionwatch.digest import Digest, DigestInput, build_digest
from mentionwatch.model import Author, Brand, Engagement, Item, Match, Mention, Sentiment, Term, Urgency

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)

BRANDS = (
    Brand("Acme Coffee", terms=(Term("name", "Acme Coffee"),)),
    Brand("Acme Tea", terms=(Term("name", "Acme Tea"),)),
    Brand("Bolt Roasters", kind="competitor", terms=(Term("name", "Bolt Roasters"),)),
)

HOSTILE = (
    "Acme Coffee [/] [link=https://evil.test]click[/link] \x1b]8;;https://evil.test\x07x\x1b[31m "
    "<script>alert(1)</script> {{ 7*7 }} {% raw %} =cmd|'/C calc'!A0 \u202egnp.exe ](javascript:alert(1)) `` ![x](https://evil.test/p.png)"
)


def at(hours: float) -> datetime:
    """So many hours before the digest."""
    return NOW - timedelta(hours=hours)


def found(text: str, brand: str, field: str = "text") -> tuple[Match, ...]:
    """Every place where the brand's name stands."""
    places, start = [], text.find(brand)
    while start >= 0:
        places.append(Match(brand, "name", field, start, start + len(brand), brand))  # type: ignore[arg-type]
        start = text.find(brand, start + 1)
    return tuple(places)


def mention(
    id: str,
    brand: str,
    text: str,
    hours: float,
    *,
    title: str | None = None,
    url: str | None = "https://news.example/a",
    platform: str = "feed",
    kind: str = "article",
    source: str = "news",
    author: Author | None = None,
    engagement: Engagement | None = None,
    published: datetime | None = None,
    links: tuple[str, ...] = (),
    **more: Any,
) -> Mention:
    """A mention whose words hold the brand's name, first seen so many hours before the digest."""
    item = Item(
        platform=platform,
        kind=kind,  # type: ignore[arg-type]
        external_id=id,
        url=url,
        title=title,
        text=text,
        language="en",
        author=author or Author(),
        published_at=published or at(hours + 0.2),
        links=links,
        engagement=engagement or Engagement(),
    )
    matches = found(title or "", brand, "title") + found(text, brand)
    matches += tuple(Match("acme.example", "url", "links", 8, 25, link[8:25]) for link in links)
    return Mention(id, brand, item, url, source, at(hours), matches, **more)


def mentions() -> tuple[Mention, ...]:
    """The window's mentions, in no order."""
    opening = "Acme Coffee opened a shop in Leeds on Thursday; the queue went round the corner, says the manager."
    syndicated: dict[str, Any] = {"story": "s_1c9x", "story_size": 4}
    return (
        mention(
            "m_8bqd01aa", "Acme Coffee", opening, 20, title="Acme Coffee opens in Leeds",
            url="https://www.leeds-news.example/2026/11/19/acme-coffee-opens", author=Author("Dana Reed"), **syndicated,
        ),
        mention(
            "m_8bqd02bb", "Acme Coffee", opening, 18, title="Acme Coffee opens in Leeds",
            url="https://food.example/acme-leeds", **syndicated,
        ),
        mention(
            "m_8bqd03cc", "Acme Coffee", opening + " The chain has 40 shops.", 12,
            title="Queues as Acme Coffee comes to Leeds", url="https://business.example/n/77120", **syndicated,
        ),
        mention(
            "m_8bqd04dd", "Acme Coffee",
            "Acme Coffee opens in Leeds https://leeds-news.example/2026/11/19/acme-coffee-opens", 10,
            url="https://social.example/@beanfan/114", platform="mastodon", kind="post", source="mastodon-acme",
            author=Author("Bean fan ☕️", "@beanfan@social.example", "https://social.example/@beanfan", 12300),
            engagement=Engagement(likes=41, reposts=12, replies=3), **syndicated,
        ),
        mention(
            "m_7f3k2q9d", "Acme Coffee",
            "Third time now: I ordered two bags from Acme Coffee, both arrived burnt, support does not answer since "
            "Monday. I am done with these people and I would advise everybody to look elsewhere before Christmas.", 2,
            url="https://news.ycombinator.com/item?id=41234567", platform="hackernews", kind="comment", source="hn",
            author=Author("jo", "jo", "https://news.ycombinator.com/user?id=jo"),
            engagement=Engagement(replies=24, score=14),
            sentiment=Sentiment("negative", -0.71, ("burnt", "does not answer")),
            urgency=Urgency("urgent", ("complaint", "24 replies in 1 h")), due_at=NOW - timedelta(minutes=35),
        ),
        mention(
            "m_5hh0st1l", "Acme Coffee", HOSTILE, 5, title=HOSTILE, url="javascript:alert(document.cookie)",
            author=Author("=HYPERLINK(\"https://evil.test\")", "@everyone\r\nBcc: x@y.test"),
        ),
        mention(
            "m_4link0nl", "Acme Coffee", "this is where I get mine", 7, url="https://social.example/@tom/9",
            platform="mastodon", kind="post", source="mastodon-acme", author=Author("Tom", "@tom@social.example"),
            links=("https://acme.example/shop/decaf",),
        ),
        mention(
            "m_2own0001", "Acme Coffee", "We at Acme Coffee are hiring baristas in Leeds.", 9, platform="mastodon",
            kind="post", url="https://social.example/@acmecoffee/7", own=True,
            author=Author("Acme", "@acmecoffee@social.example"),
        ),
        mention(
            "m_1bolt001", "Bolt Roasters",
            "The Bristol roaster says that Bolt Roasters will use the money for a second plant.", 14,
            title="Bolt Roasters raises £4m", url="https://business.example/n/77002",
        ),
        mention(
            "m_1bolt002", "Bolt Roasters", "Bolt Roasters’ new Kenyan is superb. 本当においしい。 قهوة رائعة.", 3,
            url="https://bsky.app/profile/ann.example/post/3kabc", platform="bluesky", kind="post", source="bluesky",
            author=Author("Ann", "ann.example", followers=310), engagement=Engagement(likes=5),
        ),
    )  # fmt: skip


def sources() -> tuple[SourceHealth, ...]:
    """One that fails, one that was blind, one that moved, one that is well."""
    return (
        SourceHealth("hn", "hackernews", NOW, NOW),
        SourceHealth(
            "reddit-acme", "reddit", NOW, at(7.7), failing_since=at(5.3), failures=33,
            error="403 Forbidden: the account is right, this is not allowed here", wait_until=NOW + timedelta(hours=1),
        ),
        SourceHealth(
            "mastodon-acme", "mastodon", NOW, NOW,
            gaps=(Gap(at(14), at(12.5), "failed"), Gap(at(3), at(2.75), "truncated")),
        ),
        SourceHealth("news", "feed", NOW, NOW, moved_to="https://news.example/feed.xml"),
    )  # fmt: skip


def morning(**more: object) -> Digest:
    """The digest of that morning; what is named differs from it."""
    given: dict[str, object] = {
        "since": SINCE, "until": NOW, "now": NOW, "brands": BRANDS, "mentions": mentions(), "name": "morning",
        "previous": {"Acme Coffee": 3, "Acme Tea": 2, "Bolt Roasters": 2}, "sources": sources(),
    }  # fmt: skip
    return build_digest(DigestInput(**(given | more)))  # type: ignore[arg-type]
