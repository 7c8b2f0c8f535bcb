"""The words that every format for people shares; each gives harmless one-line text, not yet encoded for a format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from mentionwatch.digest import BrandSection, Digest, StoryLine, interactions
from mentionwatch.model import Mention
from mentionwatch.render.sanitize import http_url, squeezed
from mentionwatch.times import duration_text, in_zone

#: Other tellings of a story that are named.
NAMED_TELLINGS = 8

_PLATFORMS = {
    "bluesky": "Bluesky", "devto": "DEV", "discourse": "Discourse", "github": "GitHub", "gitlab": "GitLab",
    "google_news": "Google News", "hackernews": "Hacker News", "lemmy": "Lemmy", "lobsters": "Lobsters",
    "mastodon": "Mastodon", "mediawiki": "MediaWiki", "reddit": "Reddit", "stackexchange": "Stack Exchange",
    "wikipedia": "Wikipedia", "youtube": "YouTube",
}  # fmt: skip
_SPARKS = "▂▃▄▅▆▇█"


# -- numbers and times -------------------------------------------------------------------------------------------------


def number(value: int) -> str:
    return f"{value:,}"


def count(value: int, one: str, many: str | None = None) -> str:
    """``1 mention``, ``2 mentions``."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def trend(section: BrandSection) -> str:
    """``12 (+5)``; without a period before it, ``12``."""
    if section.trend is None:
        return number(section.count)
    return f"{number(section.count)} ({section.trend:+,})" if section.trend else f"{number(section.count)} (±0)"


def sparkline(counts: Sequence[int]) -> str:
    """A bar a step, ``▁`` for none; empty when there is nothing to draw. A bar is full from four on."""
    if not any(counts) or len(counts) < 2:
        return ""
    most = max(4, *counts)
    return "".join("▁" if not n else _SPARKS[(n * len(_SPARKS) - 1) // most] for n in counts)


def clock(time: datetime, zone: tzinfo = UTC, *, year: bool = False) -> str:
    """``Fri 20 Nov 07:30``, in the zone."""
    t = in_zone(time, zone)
    days, months = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    date = f"{days[t.weekday()]} {t.day} {months.split()[t.month - 1]}"
    return f"{date} {t.year:04d} {t.hour:02d}:{t.minute:02d}" if year else f"{date} {t.hour:02d}:{t.minute:02d}"


def said_at(mention: Mention) -> datetime:
    """When it was said, by the publisher's word where that can be: not before 1990, not after we saw it."""
    published = mention.item.published_at
    if published is None or published.year < 1990 or published > mention.first_seen_at:
        return mention.first_seen_at
    return published


def age(mention: Mention, now: datetime, zone: tzinfo = UTC) -> str:
    """``2 h ago``; a date from two weeks on."""
    time = said_at(mention)
    past = now - time
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=48):
        return (
            f"{duration_text(past).split(' min')[0].split(' h')[0]} {'min' if past < timedelta(hours=1) else 'h'} ago"
        )
    if past < timedelta(days=14):
        return f"{past.days} d ago"
    t = in_zone(time, zone)
    return f"{t.year:04d}-{t.month:02d}-{t.day:02d}"


def zone_name(time: datetime, zone: tzinfo = UTC) -> str:
    return squeezed(in_zone(time, zone).tzname() or "", 20)


# -- the digest's head and foot ----------------------------------------------------------------------------------------


def names(values: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}" if values else ""


def period(digest: Digest, zone: tzinfo = UTC) -> str:
    """``Thu 19 Nov 07:30 to Fri 20 Nov 2026 07:30 UTC``."""
    until = clock(digest.until, zone, year=True)
    year = in_zone(digest.since, zone).year != in_zone(digest.until, zone).year
    return f"{clock(digest.since, zone, year=year)} to {until} {zone_name(digest.until, zone)}"


def headline_counts(digest: Digest) -> str:
    """``7 new mentions of Acme Coffee``: the whole digest in a line; without *new* where others may be among them."""
    counted = [squeezed(section.name, 60) for section in digest.brands if section.count]
    watched = counted or [squeezed(section.name, 60) for section in digest.brands]
    of = names(watched) if len(watched) <= 3 else f"{len(watched)} brands"
    new = "new " if digest.new_only else ""
    amount = f"{number(digest.count) if digest.count else 'No'} {new}mention{'' if digest.count == 1 else 's'}"
    return f"{amount} of {of}" if of else amount


def subject(digest: Digest) -> str:
    """The subject of the mail: ``7 new mentions of Acme Coffee, 1 urgent (mentionwatch)``; no stranger's word in it."""
    urgent = sum(story.level == "urgent" for section in digest.brands for story in section.folded)
    return f"{headline_counts(digest)}{f', {urgent} urgent' if urgent else ''} (mentionwatch)"


def waiting(digest: Digest) -> str:
    """What stands above those that wait: ``3 wait for an answer, 2 overdue``; or nothing."""
    told = digest.waiting
    if not told.count:
        return ""
    verb = "waits" if told.count == 1 else "wait"
    return f"{number(told.count)} {verb} for an answer" + (f", {number(told.overdue)} overdue" if told.overdue else "")


def waiting_rest(digest: Digest, listed: int) -> str:
    """What is said of those that wait beyond the first ``listed``."""
    left = digest.waiting.count - min(listed, len(digest.waiting.first))
    return f"… and {number(left)} more: mentionwatch due" if left > 0 else ""


def unseen(digest: Digest) -> str:
    """How many sources were not seen in full, for the head: a mail may be cut off before its end. Or nothing."""
    missing = len({source.name for source in digest.sources if source.state != "moved"})
    return f"{count(missing, 'source')} not seen in full: see the end" if missing else ""


def older(digest: Digest) -> str:
    """What is still to be delivered from before, or nothing."""
    if not digest.older_pending:
        return ""
    n = digest.older_pending
    verbs = ("is", "stays") if n == 1 else ("are", "stay")
    return f"{count(n, 'older mention')} {verbs[0]} not in this digest and {verbs[1]} pending."


def brand_facts(section: BrandSection) -> list[str]:
    """What stands beside a brand's count, in words."""
    said: list[str] = []
    if section.kind != "own":
        said.append(section.kind)
    if urgent := sum(story.level == "urgent" for story in section.folded):
        said.append(f"{urgent} urgent")
    if section.waiting:
        said.append(f"{section.waiting} wait{'s' if section.waiting == 1 else ''} for an answer")
    if section.negative:
        said.append(f"{section.negative} negative")
    if section.muted:
        said.append(f"{section.muted} muted")
    if section.noise:
        said.append(f"{section.noise} labelled noise left out")
    if section.own_count:
        said.append(f"{count(section.own_count, 'own post')}")
    return said


def spikes(section: BrandSection, now: datetime, zone: tzinfo = UTC) -> list[str]:
    """A brand's last spike and the number of the others: ``spike since 02:10: 12 mentions in the last hour, …``."""
    if not section.spikes:
        return []
    last = section.spikes[-1]
    when = f"since {moment(last.began_at, now, zone)}"
    if last.ended_at is not None:
        when = between(last.began_at, last.ended_at, now, zone)
    # Of many mentions the first half says it: how many, and how many times a busy hour.
    why = last.why.partition(";")[0] if last.kind == "volume" else last.why
    said = f"{'spike' if last.kind == 'volume' else 'negative spike'} {when}"
    said += f": {squeezed(why, 160)}" if why else ""
    said += f", acknowledged by {squeezed(last.acked_by, 40)}" if last.acked_by else ""
    more = len(section.spikes) - 1
    return [said, *([count(more, "earlier spike")] if more else [])]


def moment(time: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """``02:10`` where it was today, else with its date; the year where it is another."""
    there, here = in_zone(time, zone), in_zone(now, zone)
    if there.date() == here.date():
        return f"{there.hour:02d}:{there.minute:02d}"
    return clock(time, zone, year=there.year != here.year)


def between(start: datetime, end: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """``02:10–07:40 (5 h 30 min)``, with dates where they are needed: both, where one is."""
    last = in_zone(end, zone)
    same_day = in_zone(start, zone).date() == last.date()
    year = last.year != in_zone(now, zone).year
    until = f"–{last.hour:02d}:{last.minute:02d}" if same_day else f" to {clock(end, zone, year=year)}"
    return f"{moment(start, now, zone)}{until} ({duration_text(end - start)})"


# -- a mention ---------------------------------------------------------------------------------------------------------


def host(url: str | None) -> str:
    """The host of an address without ``www.``, or nothing."""
    safe = http_url(url)
    if safe is None:
        return ""
    try:
        name = urlsplit(safe).hostname or ""
    except ValueError:
        return ""
    return squeezed(name.removeprefix("www."), 80)


def link(mention: Mention) -> str | None:
    """Where a person reads it: http or https, one piece; ``None`` when it has no such address."""
    return http_url(mention.item.url) or http_url(mention.canonical_url)


def platform(mention: Mention) -> str:
    """Where it was said, as people call it; for what a feed brought, its site."""
    known = _PLATFORMS.get(mention.item.platform)
    if known is not None and known != "Google News":
        return known
    return host(mention.item.published_on) or known or squeezed(mention.source, 60)


def author(mention: Mention) -> str:
    who = mention.item.author
    return squeezed(who.handle, 60) or squeezed(who.name, 60)


def teller(mention: Mention) -> str:
    """Who told it, short: ``@jo on Mastodon``, or a site."""
    where, who = platform(mention), author(mention)
    return f"{who} on {where}" if who and mention.item.kind in ("post", "comment", "review", "video") else where


def engagement(mention: Mention) -> list[str]:
    """The counts that are known and not zero, in words."""
    e, followers = mention.item.engagement, mention.item.author.followers
    known = ((e.score, "point"), (e.likes, "like"), (e.reposts, "repost"), (e.replies, "reply"), (e.views, "view"))
    words = [count(n, one, "replies" if one == "reply" else None) for n, one in known if n]
    return [*words, count(followers, "follower")] if followers else words


def facts(mention: Mention, now: datetime, zone: tzinfo = UTC) -> list[str]:
    """Where, by whom, how long ago, and how loud."""
    where, who = platform(mention), author(mention)
    return [
        f"{mention.item.kind} on {where}" + (f" by {who}" if who and who != where else ""),
        age(mention, now, zone),
        *engagement(mention),
        *filter(None, [elsewhere(mention)]),
    ]


def marks(mention: Mention) -> list[str]:
    """What sets it apart in a list: its story's size, our own, backlog."""
    said = [f"story of {number(mention.story_size)}"] if mention.story_size > 1 else []
    said += ["own"] if mention.own else []
    return said + (["backlog"] if mention.backlog else [])


def elsewhere(mention: Mention) -> str:
    """Why it is a mention at all, when no matched word stands in its title or text: ``links to acme.example``."""
    if not mention.matches or any(m.field in ("title", "text") for m in mention.matches):
        return ""
    m = mention.matches[0]
    how = {
        "links": "links to",
        "url": "its address has",
        "tags": "tagged",
        "handles": "names",
        "author": "its author is",
    }
    return f"{how.get(m.field, m.field)} {squeezed(m.text, 80)}"


def wait(what: str, due_at: datetime, now: datetime) -> str:
    """``answer 2 h overdue``, ``answer due in 10 min``."""
    late = now - due_at
    return f"{what} {duration_text(late)} overdue" if late > timedelta(0) else f"{what} due in {duration_text(-late)}"


def owed(mention: Mention) -> str:
    """What a mention's ``due_at`` is the time of."""
    return mention.due_for or "answer"


def verdicts(mention: Mention, now: datetime, zone: tzinfo = UTC) -> list[str]:
    """What deserves a look: urgency above normal, negative, complaint and the like, waiting or silent."""
    said: list[str] = []
    if "noise" in mention.labels:
        said.append("noise: no deadline, no alert, in no digest")
    if mention.snoozed_until is not None and now < mention.snoozed_until:
        said.append(f"snoozed until {moment(mention.snoozed_until, now, zone)}")
    if mention.urgency is not None and mention.urgency.level in ("urgent", "high"):
        because = ", ".join(squeezed(reason, 60) for reason in mention.urgency.reasons[:4])
        said.append(mention.urgency.level + (f": {because}" if because else ""))
    if mention.sentiment is not None and mention.sentiment.label == "negative":
        said.append("negative")
    reasons = mention.urgency.reasons if mention.urgency is not None else ()
    said += [squeezed(flag, 30) for flag in mention.flags if flag not in reasons]
    if mention.due_at is not None:
        said.append(wait(owed(mention), mention.due_at, now))
    if mention.status != "new":
        said.append(
            squeezed(mention.status, 30) + (f", with {squeezed(mention.assignee, 40)}" if mention.assignee else "")
        )
    elif mention.assignee:
        said.append(f"with {squeezed(mention.assignee, 40)}")
    return said


# -- a story -----------------------------------------------------------------------------------------------------------


def others(story: StoryLine) -> str:
    """``and 27 more: a.example, @jo on Mastodon, …; 3 changed the headline``, or nothing."""
    rest = story.tellings[1:]
    if not rest:
        return ""
    tellers = list(dict.fromkeys(teller(mention) for mention in rest[:200]))
    named = ", ".join(tellers[:NAMED_TELLINGS]) + (", …" if len(tellers) > NAMED_TELLINGS or len(rest) > 200 else "")
    differ = f"; {squeezed(story.differences, 200)}" if story.differences else ""
    return f"and {number(story.size - 1)} more: {named}{differ}"


def history(story: StoryLine, now: datetime, zone: tzinfo = UTC) -> str:
    """Who told it first and who reaches most people, where that is not the leader; and how large it is in all."""
    said = []
    if story.size > 1:
        if story.first is not story.leader:
            said.append(f"first {teller(story.first)}, {moment(said_at(story.first), now, zone)}")
        if story.largest is not story.leader and story.reach:
            said.append(f"largest {teller(story.largest)} ({_loudness(story.largest)})")
    if story.total > story.size:
        said.append(f"{number(story.total)} tellings in all time")
    return " · ".join(said)


def _loudness(mention: Mention) -> str:
    followers, views, acts = (
        mention.item.author.followers or 0,
        mention.item.engagement.views or 0,
        interactions(mention),
    )
    if followers >= max(views, acts):
        return count(followers, "follower")
    return count(views, "view") if views >= acts else count(acts, "interaction")


def rest(stories: int, mentions: int) -> str:
    """What is said of the stories that no line is left for."""
    if not stories:
        return ""
    return f"and {number(stories)} more stories ({count(mentions, 'mention')}); `mentionwatch list` has them all"
