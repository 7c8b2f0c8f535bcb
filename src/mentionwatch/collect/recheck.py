"""Looking again at what may need an answer: how it fares, whether it is still there, and whether our answer is.

Done after the sources have been asked what they are asked for, with what time and quota that leaves. Each answer is
kept in one transaction, so that a run that is cut off loses nothing but looks, which the next makes up for.
"""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mentionwatch.analysis.growth import growth
from mentionwatch.collect.poller import Poller
from mentionwatch.collect.save_items import save_items
from mentionwatch.collect.targets import hide_secrets
from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.env import Env
from mentionwatch.errors import SourceError
from mentionwatch.identity import words_hash
from mentionwatch.model import Item, LogEntry
from mentionwatch.response.again import END, next_reading
from mentionwatch.response.triage import standing
from mentionwatch.sources import RecheckedItems, RecheckRequest, SupportsRecheck
from mentionwatch.store import Store
from mentionwatch.store.rechecks import OwnReply, WatchedPost
from mentionwatch.times import minute
from mentionwatch.urls import canonical_url

__all__ = ["RecheckReport", "recheck_due"]

#: How long all this may take, and how many requests one source may be asked in one run.
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


@dataclass(slots=True)
class RecheckReport:
    """What looking again came to: posts asked for, edited, gone, and the sources that could not be asked."""

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
class _Came:
    task: _Task
    at: datetime
    read: RecheckedItems | None = None
    error: SourceError | None = None


def recheck_due(
    config: Config,
    store: Store,
    asker: Poller,
    env: Env,
    *,
    answered: Collection[str],
    unasked: Collection[str],
) -> RecheckReport:
    """Ask again for what is due.

    ``answered`` are the sources whose questions were answered in this run: their platform is there. ``unasked`` are
    those to leave alone: they failed, wait, or are none of this run's.
    """
    now = env.now()
    report = RecheckReport()
    sources = [
        s for s in config.sources if s.enabled and isinstance(s.source, SupportsRecheck) and s.name not in unasked
    ]
    tasks = _tasks(store, config, sources, now)
    if not tasks:
        return report
    came: queue.SimpleQueue[_Came | BaseException | None] = queue.SimpleQueue()
    for mine in tasks.values():
        threading.Thread(target=_ask_all, args=(mine, asker, env, now + TIME, came.put), daemon=True).start()
    left, bug = len(tasks), None
    answers: dict[str, list[_Came]] = defaultdict(list)
    while left:
        arrival = came.get()
        if isinstance(arrival, _Came):
            answers[arrival.task.source.name].append(arrival)
            if arrival.error is None:
                _keep_found(store, arrival, report)
            elif not _is_missing(arrival):
                report.trouble[arrival.task.source.name] = arrival.error.message
            continue
        left -= 1
        bug = bug or arrival
    if bug is not None:
        raise bug
    for name, mine_came in answers.items():
        _keep_missing(store, mine_came, report, works=name in answered)
    return report


# -- what is due -------------------------------------------------------------------------------------------------------


def _tasks(
    store: Store, config: Config, sources: Sequence[ConfiguredSource], now: datetime
) -> dict[str, Sequence[_Task]]:
    """The requests of each source, those for what has been due longest first."""
    brands = [brand.name for brand in config.brands if brand.kind == "own"]
    if not sources or not brands:
        return {}
    watched = store.rechecks.watched(brands, {source.source.platform for source in sources}, now - END)
    ids = [mention for one in watched for mention in one.mentions]
    logs = store.triage.logs(ids)
    rows = store.rechecks.replies(ids)
    due: list[tuple[datetime, WatchedPost | OurAnswer, Item, tuple[ConfiguredSource, ...]]] = []
    touched: set[int] = set()
    for one in watched:
        theirs = [logs.get(mention, ()) for mention in one.mentions]
        if all(standing(log).status == "ignored" for log in theirs):
            continue
        if any(standing(log).status != "new" for log in theirs):
            touched.add(one.item_id)
        places = _places(one, sources)
        if (at := _due(store, one, theirs, now)) is not None and at <= now:
            due.append((at, one, one.item, places))
        for answer in _answers(one, logs, rows):
            row = answer.row
            at = next_reading(answer.at, None if row.asked_at is None else min(row.asked_at, now))
            if row.gone_at is None and at is not None and at <= now:
                stub = Item(platform=one.item.platform, kind="comment", url=answer.url)
                due.append((at, answer, stub, places))
    by_source: dict[str, list[tuple[WatchedPost | OurAnswer, Item]]] = defaultdict(list)
    shown: dict[str, list[WatchedPost]] = defaultdict(list)
    for one in watched:
        if one.words is not None and not one.gone:
            for source in _places(one, sources)[:1]:
                shown[source.name].append(one)
    for _, what, item, asked in sorted(due, key=lambda one: one[0]):
        for source in asked:
            assert isinstance(source.source, SupportsRecheck)
            if next(iter(source.source.recheck_requests([item], [])), None) is not None:
                by_source[source.name].append((what, item))
                break
    named = {source.name: source for source in sources}
    tasks: dict[str, Sequence[_Task]] = {}
    for name, mine in by_source.items():
        asked_for = {what.item_id for what, _ in mine if isinstance(what, WatchedPost)}
        if any((what.row if isinstance(what, OurAnswer) else what).missing_since is not None for what, _ in mine):
            # Whether it is gone or the server has a bad day, another post tells that should be there.
            witness = next((one for one in shown[name] if one.missing_since is None), None)
            if witness is not None and witness.item_id not in asked_for:
                mine.insert(0, (witness, witness.item))
        proven = frozenset(one.item_id for one in shown[name])
        tasks[name] = [replace(task, shown=proven) for task in _requests(named[name], mine, touched)[:MOST]]
    return tasks


def _places(one: WatchedPost, sources: Sequence[ConfiguredSource]) -> tuple[ConfiguredSource, ...]:
    """Who may be asked for a post: first who brought it."""
    mine = [source for source in sources if source.source.platform == one.item.platform]
    order = {name: place for place, name in enumerate(one.sources)}
    return tuple(sorted(mine, key=lambda source: order.get(source.name, len(order))))


def _due(store: Store, one: WatchedPost, logs: Sequence[Sequence[LogEntry]], now: datetime) -> datetime | None:
    """When a post is to be looked at again: reckoned from when it was found, or something was last done about it."""
    done = [entry.at for log in logs for entry in log if entry.action in ("reply", "resolve", "reopen")]
    asked = None if one.asked_at is None else min(one.asked_at, now)
    grows = growth(store.items.engagement_history(one.item_id), now)
    return next_reading(max((one.first_seen_at, *done)), asked, new_in_an_hour=0 if grows is None else grows.last_hour)


def _answers(
    one: WatchedPost, logs: Mapping[str, Sequence[LogEntry]], rows: Mapping[tuple[str, str], OwnReply]
) -> list[OurAnswer]:
    """The answers that stand in the logs of a post's mentions with an address."""
    found: list[OurAnswer] = []
    for mention in one.mentions:
        for entry in standing(logs.get(mention, ())).entries:
            url = entry.data.get("url")
            if entry.action == "reply" and isinstance(url, str):
                found.append(OurAnswer(mention, url, entry.at, rows.get((mention, url), OwnReply())))
    return found


def _requests(
    source: ConfiguredSource, wanted: Sequence[tuple[WatchedPost | OurAnswer, Item]], touched: Collection[int]
) -> list[_Task]:
    """As few requests as the source makes of it. Threads are read where there are replies, or we have acted."""
    assert isinstance(source.source, SupportsRecheck)
    by_item: dict[Item, list[WatchedPost | OurAnswer]] = defaultdict(list)
    threads: list[Item] = []
    for what, item in wanted:
        by_item[item].append(what)
        if isinstance(what, WatchedPost) and (item.engagement.replies != 0 or what.item_id in touched):
            threads.append(item)
    tasks = []
    for again in source.source.recheck_requests(list(by_item), threads):
        items = again.items or (() if again.thread is None else (again.thread,))
        tasks.append(_Task(source, again, tuple(what for item in items for what in by_item.get(item, ())[:1])))
    return tasks


# -- asking ------------------------------------------------------------------------------------------------------------


def _ask_all(tasks: Sequence[_Task], asker: Poller, env: Env, until: datetime, tell: object) -> None:
    """One source's requests one after the other, as long as there is time; ends with ``None`` or a bug of ours."""
    assert callable(tell)
    try:
        for task in tasks:
            if env.now() >= until:
                break
            try:
                tell(_Came(task, env.now(), read=asker.ask_again(task.source, task.again)))
            except SourceError as error:
                error.message = hide_secrets(task.source, error.message)
                came = _Came(task, env.now(), error=error)
                tell(came)
                if not _is_missing(came):
                    break
        tell(None)
    except Exception as error:  # noqa: BLE001 - a bug in one source must not leave the scan waiting for its end
        tell(error)


def _is_missing(came: _Came) -> bool:
    """Whether an error says of the one item that was asked for that it is not there."""
    error = came.error
    return error is not None and error.status in (404, 410) and len(came.task.again.items) <= 1


# -- keeping -----------------------------------------------------------------------------------------------------------


def _keep_found(store: Store, came: _Came, report: RecheckReport) -> None:
    """What is there, and what the platform itself says is gone."""
    read, source, at = came.read, came.task.source.name, came.at
    assert read is not None
    with store.writing():
        if read.more:
            report.new_items += save_items(store, source, read.more, at, backlog=False, poll_id=None)
        if came.task.again.thread is not None:
            _see_among(store, came)
            return
        report.asked += len(came.task.of)
        for place, what in enumerate(came.task.of):
            item = read.found.get(place)
            if isinstance(what, OurAnswer):
                if item is not None:
                    store.rechecks.save_reply(what.mention, what.url, OwnReply(asked_at=at, seen_at=at))
            elif item is not None:
                before = len(store.changes.of_item(what.item_id))
                words = bytes.fromhex(words_hash(item))
                store.rechecks.found(what, source, item, words, at, excerpts=read.excerpts)
                report.edited += [what.item_id] if len(store.changes.of_item(what.item_id)) > before else []
            elif place in read.gone:
                store.rechecks.missed(what, at)
                if store.changes.mark_gone(what.item_id, at, "the platform says that it was deleted"):
                    report.gone.append(what.item_id)
            if isinstance(what, OurAnswer) and place in read.gone:
                store.rechecks.save_reply(what.mention, what.url, replace(what.row, asked_at=at, gone_at=at))


def _see_among(store: Store, came: _Came) -> None:
    """Answers of ours that stand among the replies to a post."""
    assert came.read is not None
    there = {canonical_url(item.url) for item in came.read.more if item.url}
    mentions = [mention for what in came.task.of if isinstance(what, WatchedPost) for mention in what.mentions]
    for mention, log in store.triage.logs(mentions).items():
        for entry in standing(log).entries:
            url = entry.data.get("url")
            if entry.action == "reply" and isinstance(url, str) and canonical_url(url) in there:
                row = store.rechecks.replies([mention]).get((mention, url), OwnReply())
                store.rechecks.save_reply(mention, url, replace(row, seen_at=came.at, missing_since=None))


def _keep_missing(store: Store, came: Sequence[_Came], report: RecheckReport, *, works: bool) -> None:
    """What was asked for and not there is gone when it was not there twice, and the fault is not the server's.

    ``works``: the source's own questions were answered in this run. One 410 is enough: it says so.
    """
    missing: list[tuple[WatchedPost | OurAnswer, datetime, bool]] = []
    found = 0
    for one in came:
        if one.error is not None:
            if _is_missing(one):
                missing += [(what, one.at, one.error.status == 410) for what in one.task.of]
            continue
        assert one.read is not None
        found += len(one.read.found)
        if one.task.again.thread is None:
            there = one.read.found.keys() | one.read.gone
            missing += [(what, one.at, False) for place, what in enumerate(one.task.of) if place not in there]
    with store.writing():
        for what, at, says_so in missing:
            row = what.row if isinstance(what, OurAnswer) else what
            seen = row.seen_at is not None if isinstance(row, OwnReply) else row.words is not None
            since = row.missing_since
            twice = since is not None and at - since >= APART
            # Others that are there prove that the server knows; where there are none, its answers to our questions do.
            others = came[0].task.shown - ({what.item_id} if isinstance(what, WatchedPost) else set())
            gone = says_so or (twice and (found > 0 or (works and seen and not others)))
            if isinstance(what, OurAnswer):
                last = OwnReply(at, what.row.seen_at, since or at, at if gone and what.row.seen_at else None)
                store.rechecks.save_reply(what.mention, what.url, last)
                continue
            store.rechecks.missed(what, at)
            if gone and store.changes.mark_gone(what.item_id, at, _evidence(None if says_so else since)):
                report.gone.append(what.item_id)


def _evidence(missing_since: datetime | None) -> str:
    """Why a post counts as gone: its server says so, or it was missing twice."""
    if missing_since is None:
        return "its address says that it is gone (410)"
    return f"not found twice, for the first time at {minute(missing_since)} UTC"
