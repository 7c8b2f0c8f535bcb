"""How the sources stand: what is failing, waiting, unseen or unusual."""

from __future__ import annotations

from datetime import datetime

from mentionwatch.config import Config
from mentionwatch.coverage import Gap, SourceHealth, gaps
from mentionwatch.coverage.baselines import LOOK_BACK, Anomaly, anomalies
from mentionwatch.coverage.ledger import ledger
from mentionwatch.records import Baseline
from mentionwatch.store import Store
from mentionwatch.store.shapes import ShapeChange


def source_states(
    store: Store, config: Config | None, since: datetime, now: datetime, as_of: datetime | None = None
) -> tuple[SourceHealth, ...]:
    """How every configured source stands, with the times since ``since`` in which it was not seen."""
    rows = store.sources.states(as_of)
    unseen = _gaps(store, since, now)
    unusual = source_notices(store, now)
    types = (
        {source.name: source.source.type for source in config.sources if source.enabled}
        if config is not None
        else {name: row.type for name, row in rows.items()}
    )
    states = []
    for name, kind in types.items():
        row = rows.get(name)
        if row is None or row.last_asked_at is None or row.last_asked_at > now:
            states.append(SourceHealth(name, kind))
            continue
        states.append(
            SourceHealth(
                name,
                kind,
                last_asked_at=row.last_asked_at,
                last_success_at=row.last_success_at,
                failing_since=row.failing_since,
                failures=row.failures,
                error=row.error,
                wait_until=row.wait_until,
                wait_reason=row.wait_reason,
                gone_at=row.gone_at,
                moved_to=row.moved_to,
                note=row.note,
                gaps=unseen.get(name, ()),
                notices=unusual.get(name, ()),
            )
        )
    return tuple(states)


def source_notices(store: Store, now: datetime) -> dict[str, tuple[Anomaly, ...]]:
    """Where sources break with their own habits, as it stood at ``now``."""
    days = store.baselines.daily_new_items(now - LOOK_BACK, now)
    by_source: dict[str, list[Baseline]] = {}
    for habit in store.baselines.between(now - LOOK_BACK, now):
        by_source.setdefault(habit.source, []).append(habit)
    found = {
        name: anomalies(days.get(name, {}), habits, max(habit.last_answer for habit in habits), now)
        for name, habits in by_source.items()
    }
    for change in store.shapes.changes(now - LOOK_BACK, now):
        found[change.source] = (*found.get(change.source, ()), _notice(change))
    return {name: some for name, some in found.items() if some}


def _gaps(store: Store, since: datetime, now: datetime) -> dict[str, tuple[Gap, ...]]:
    """When each source was not seen. Most questions had no trouble: only the others' ledger is drawn up."""
    polls = store.polls.between(since, now)
    troubled = {poll.source for poll in polls if poll.outcome not in ("answered", "unchanged")}
    own = [poll for poll in polls if poll.source in troubled]
    asked = {(poll.source, poll.question) for poll in own if poll.question}
    before = store.polls.before(since, sorted(asked))
    start = min((poll.first_at for poll in before), default=since)
    return {one.source: gaps(one) for one in ledger([*before, *own], min(start, since), now)}


def _notice(change: ShapeChange) -> Anomaly:
    """What a digest says of answers that look otherwise."""
    kind, _, what = change.what.partition(" ")
    common = (change.at, change.since, change.before, change.before)
    if kind == "names":
        # Of an instant: there is nothing that could last.
        return Anomaly("names", *common, int(change.now), ended_at=change.at)
    return Anomaly("format" if kind == "format" else "field", *common, 0, what, change.now, ended_at=change.ended_at)
