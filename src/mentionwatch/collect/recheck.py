"""Rechecks posts that may need an answer: how they fare, whether they are still there, and whether our answer is.

Done after the sources have been polled, with the time and quota that leaves. Each answer is stored in one transaction,
so a run that is cut off loses nothing but rechecks, which the next makes up for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mentionwatch.analysis.growth import growth
from mentionwatch.collect.host_queue import work_through
from mentionwatch.collect.poller import Poller
from mentionwatch.collect.recheckable import recheck_requests
from mentionwatch.collect.redaction import redact_error
from mentionwatch.collect.save_items import save_items
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.errors import SourceError
from mentionwatch.identity import words_hash
from mentionwatch.model import Item, LogEntry
from mentionwatch.response.recheck_schedule import END, next_check
from mentionwatch.response.triage import standing
from mentionwatch.sources import RecheckedItems, RecheckRequest, SupportsRecheck
from mentionwatch.store import Store
from mentionwatch.store.rechecks import OwnReply, WatchedPost
from mentionwatch.urls import canonical_url

#: How long all this may take, and how many requests one source may be sent in one run.
TIME = timedelta(seconds=60)
MOST = 20
#: Two answers without it so far apart say that a post is gone; a single one may be a server's bad minute.
APART = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class OurAnswer:
    """An answer of ours that the log names."""

    mention: str
    url: str
    at: datetime
    row: OwnReply

    @property
    def missing_since(self) -> datetime | None:
        return self.row.missing_since


@dataclass(slots=True)
class RecheckReport:
    """What rechecking found: posts asked for, edited, gone, and the sources that could not be asked."""

    asked: int = 0
    edited: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    new_items: int = 0
    trouble: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Task:
    """One request to one source, and what each item of it stands for."""

    source: ConfiguredSource
    again: RecheckRequest
    of: tuple[WatchedPost | OurAnswer, ...]
    #: Posts that this source has shown: while none of them is there either, none is taken for deleted.
    shown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """The answer to one request, or the failure to get one."""

    task: _Task
    at: datetime
    read: RecheckedItems | None = None
    error: SourceError | None = None

    @property
    def is_missing(self) -> bool:
        """Whether an error says of the one item that was asked for that it is not there."""
        return self.error is not None and self.error.status in (404, 410) and len(self.task.again.items) <= 1


def recheck_due(
    config: Config, store: Store, poller: Poller, now: datetime, *, answered: Collection[str], excluded: Collection[str]
) -> RecheckReport:
    """Ask again for the posts whose recheck is due.

    ``answered`` are the sources whose questions were answered in this run: their platform is there. ``excluded`` are
    those not to ask: they failed, wait, or do not belong to this run.
    """
    report = RecheckReport()
    sources = [
        s for s in config.sources if s.enabled and isinstance(s.source, SupportsRecheck) and s.name not in excluded
    ]
    tasks = _tasks(store, config, sources, now)
    if not tasks:
        return report
    results: dict[str, list[RecheckResult]] = defaultdict(list)
    asked = [source for source in sources if source.name in tasks]
    for batch in work_through(asked, lambda source: _ask(tasks[source.name], poller, now + TIME)):
        for result in batch:
            if not isinstance(result, RecheckResult):
                continue
            name = result.task.source.name
            results[name].append(result)
            if result.error is None:
                _write_found(store, result, report)
            elif not result.is_missing:
                report.trouble[name] = result.error.message
    for name, of_source in results.items():
        _write_missing(store, of_source, report, works=name in answered)
    return report


def _ask(tasks: Sequence[_Task], poller: Poller, until: datetime) -> Iterator[RecheckResult]:
    """One source's requests one after the other, as long as there is time and it answers."""
    for task in tasks:
        if poller.now() >= until:
            return
        try:
            yield RecheckResult(task, poller.now(), read=poller.recheck(task.source, task.again))
        except SourceError as error:
            result = RecheckResult(task, poller.now(), error=redact_error(task.source, error))
            yield result
            if not result.is_missing:
                return


# -- what is due -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Due:
    """A post or an answer of ours to ask for, since when that is due, and the sources that may be asked."""

    at: datetime
    of: WatchedPost | OurAnswer
    item: Item
    sources: tuple[ConfiguredSource, ...]


def _tasks(store: Store, config: Config, sources: Sequence[ConfiguredSource], now: datetime) -> dict[str, list[_Task]]:
    """The requests of each source, those for what has been due longest first."""
    brands = [brand.name for brand in config.brands if brand.kind == "own"]
    if not sources or not brands:
        return {}
    watched = store.rechecks.watched(brands, {source.source.platform for source in sources}, now - END)
    ids = [mention for one in watched for mention in one.mentions]
    logs, rows = store.triage.logs(ids), store.rechecks.replies(ids)
    statuses = {one.item_id: {standing(logs.get(mention, ())).status for mention in one.mentions} for one in watched}
    active = [one for one in watched if statuses[one.item_id] != {"ignored"}]
    touched = {one.item_id for one in active if statuses[one.item_id] != {"new"}}
    due = [task for one in active for task in _due(store, one, logs, rows, sources, now)]
    by_source: dict[str, list[_Due]] = defaultdict(list)
    for one in sorted(due, key=lambda one: one.at):
        able = (
            source for source in one.sources if next(iter(recheck_requests(source, [one.item], [])), None) is not None
        )
        if (source := next(able, None)) is not None:
            by_source[source.name].append(one)
    shown: dict[str, list[WatchedPost]] = defaultdict(list)
    for post in watched:
        if post.words is not None and not post.gone and (places := _places(post, sources)):
            shown[places[0].name].append(post)
    return {
        source.name: _source_tasks(source, by_source[source.name], shown[source.name], touched)
        for source in sources
        if source.name in by_source
    }


def _due(
    store: Store,
    post: WatchedPost,
    logs: Mapping[str, Sequence[LogEntry]],
    rows: Mapping[tuple[str, str], OwnReply],
    sources: Sequence[ConfiguredSource],
    now: datetime,
) -> Iterator[_Due]:
    """A post and our answers to it, as far as they are due."""
    places = _places(post, sources)
    at = _next_recheck(store, post, [entry for mention in post.mentions for entry in logs.get(mention, ())], now)
    if at is not None and at <= now:
        yield _Due(at, post, post.item, places)
    for answer in _answers(post, logs, rows):
        row = answer.row
        at = next_check(answer.at, None if row.asked_at is None else min(row.asked_at, now))
        if row.gone_at is None and at is not None and at <= now:
            yield _Due(at, answer, Item(platform=post.item.platform, kind="comment", url=answer.url), places)


def _next_recheck(store: Store, post: WatchedPost, entries: Sequence[LogEntry], now: datetime) -> datetime | None:
    """When a post is to be rechecked: counted from when it was found, or something was last done about it."""
    done = [entry.at for entry in entries if entry.action in ("reply", "resolve", "reopen")]
    asked = None if post.asked_at is None else min(post.asked_at, now)
    grows = growth(store.items.engagement_history(post.item_id), now)
    return next_check(max((post.first_seen_at, *done)), asked, new_in_an_hour=0 if grows is None else grows.last_hour)


def _places(post: WatchedPost, sources: Sequence[ConfiguredSource]) -> tuple[ConfiguredSource, ...]:
    """The sources that may be asked for a post: first those that brought it."""
    able = [source for source in sources if source.source.platform == post.item.platform]
    order = {name: place for place, name in enumerate(post.sources)}
    return tuple(sorted(able, key=lambda source: order.get(source.name, len(order))))


def _answers(
    post: WatchedPost, logs: Mapping[str, Sequence[LogEntry]], rows: Mapping[tuple[str, str], OwnReply]
) -> Iterator[OurAnswer]:
    """The answers that stand in the logs of a post's mentions with an address."""
    for mention in post.mentions:
        for url, entry in _replies(logs.get(mention, ())):
            yield OurAnswer(mention, url, entry.at, rows.get((mention, url), OwnReply()))


def _replies(log: Sequence[LogEntry]) -> Iterator[tuple[str, LogEntry]]:
    """The replies in a log that have an address."""
    for entry in standing(log).entries:
        url = entry.data.get("url")
        if entry.action == "reply" and isinstance(url, str):
            yield url, entry


def _source_tasks(
    source: ConfiguredSource, due: Sequence[_Due], shown: Sequence[WatchedPost], touched: Collection[int]
) -> list[_Task]:
    """As few requests as the source makes of it. Threads are read where there are replies, or we have acted."""
    wanted = [(one.of, one.item) for one in due]
    if any(what.missing_since is not None for what, _ in wanted):
        # Whether it is gone or the server has a bad day shows by another post that should be there.
        control_post = next((post for post in shown if post.missing_since is None), None)
        if control_post is not None and (control_post, control_post.item) not in wanted:
            wanted.insert(0, (control_post, control_post.item))
    by_item: dict[Item, WatchedPost | OurAnswer] = {}
    threads: list[Item] = []
    for what, item in wanted:
        by_item.setdefault(item, what)
        if isinstance(what, WatchedPost) and (item.engagement.replies != 0 or what.item_id in touched):
            threads.append(item)
    proven = frozenset(one.item_id for one in shown)
    tasks = []
    for again in recheck_requests(source, list(by_item), threads):
        items = again.items or (() if again.thread is None else (again.thread,))
        tasks.append(_Task(source, again, tuple(by_item[item] for item in items if item in by_item), proven))
    return tasks[:MOST]


# -- storing -----------------------------------------------------------------------------------------------------------


def _write_found(store: Store, result: RecheckResult, report: RecheckReport) -> None:
    """What is there, and what the platform itself says is gone."""
    read, source, at = result.read, result.task.source.name, result.at
    assert read is not None
    with store.writing():
        if read.more:
            report.new_items += save_items(store, source, read.more, at, backlog=False, poll_id=None)
        if result.task.again.thread is not None:
            _see_replies(store, result, read)
            return
        report.asked += len(result.task.of)
        for place, what in enumerate(result.task.of):
            item = read.found.get(place)
            if isinstance(what, OurAnswer):
                if item is not None:
                    store.rechecks.save_reply(what.mention, what.url, OwnReply(asked_at=at, seen_at=at))
                elif place in read.gone:
                    store.rechecks.save_reply(what.mention, what.url, replace(what.row, asked_at=at, gone_at=at))
            elif item is not None:
                before = len(store.changes.of_item(what.item_id))
                words = bytes.fromhex(words_hash(item))
                store.rechecks.found(what, source, item, words, at, excerpts=read.excerpts)
                report.edited += [what.item_id] if len(store.changes.of_item(what.item_id)) > before else []
            elif place in read.gone:
                store.rechecks.missed(what, at)
                if store.changes.mark_gone(what.item_id, at, "the platform reports it as deleted"):
                    report.gone.append(what.item_id)


def _see_replies(store: Store, result: RecheckResult, read: RecheckedItems) -> None:
    """Answers of ours that stand among the replies to a post."""
    there = {canonical_url(item.url) for item in read.more if item.url}
    mentions = [mention for what in result.task.of if isinstance(what, WatchedPost) for mention in what.mentions]
    for mention, log in store.triage.logs(mentions).items():
        for url, _ in _replies(log):
            if canonical_url(url) in there:
                row = store.rechecks.replies([mention]).get((mention, url), OwnReply())
                store.rechecks.save_reply(mention, url, replace(row, seen_at=result.at, missing_since=None))


def _write_missing(store: Store, results: Sequence[RecheckResult], report: RecheckReport, *, works: bool) -> None:
    """What was asked for and not there is gone when it was not there twice, and the fault is not the server's.

    ``works``: the source's own questions were answered in this run. One 410 is enough: it says so.
    """
    missing: list[tuple[WatchedPost | OurAnswer, datetime, bool]] = []
    found = 0
    for one in results:
        if one.read is None:
            if one.is_missing:
                missing += [(what, one.at, one.error is not None and one.error.status == 410) for what in one.task.of]
            continue
        found += len(one.read.found)
        if one.task.again.thread is None:
            there = one.read.found.keys() | one.read.gone
            missing += [(what, one.at, False) for place, what in enumerate(one.task.of) if place not in there]
    with store.writing():
        for what, at, says_so in missing:
            since = what.missing_since
            seen = what.row.seen_at is not None if isinstance(what, OurAnswer) else what.words is not None
            twice = since is not None and at - since >= APART
            # Others that are there prove that the server knows; where there are none, its answers to our questions do.
            others = results[0].task.shown - ({what.item_id} if isinstance(what, WatchedPost) else set())
            gone = says_so or (twice and (found > 0 or (works and seen and not others)))
            if isinstance(what, OurAnswer):
                last = OwnReply(at, what.row.seen_at, since or at, at if gone and what.row.seen_at else None)
                store.rechecks.save_reply(what.mention, what.url, last)
                continue
            store.rechecks.missed(what, at)
            if gone and store.changes.mark_gone(what.item_id, at, _evidence(since, says_so)):
                report.gone.append(what.item_id)


def _evidence(since: datetime | None, says_so: bool) -> str:
    if says_so:
        return "its address answers 410 (gone)"
    return f"not found twice, first at {since:%Y-%m-%d %H:%M} UTC"
