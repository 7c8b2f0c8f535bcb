"""How often rules, levels and alerts would have fired on what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from mentionwatch import alerts
from mentionwatch.analysis import Analysis, growth
from mentionwatch.analysis.episode_replay import MentionSample, episodes, per_week
from mentionwatch.analysis.spikes import HISTORY, WINDOW
from mentionwatch.app.deadlines import sla_policy
from mentionwatch.app.rules import judge_stored
from mentionwatch.collect.verdicts import rulebook
from mentionwatch.config import AlertChannel, Config
from mentionwatch.model import Mention
from mentionwatch.response.sla import clocks, response_times
from mentionwatch.store import Store
from mentionwatch.store.verdicts import Unjudged

_URGENT_LEVELS = ("urgent", "high")


def replay_rules(store: Store, config: Config, since: datetime, now: datetime) -> list[dict[str, Any]]:
    """What would have fired from ``since`` to ``now``: a row for each rule, level, late answer, snowball, spike, alert.

    A row has ``what`` and ``name``, ``fired`` in all, and the number in each week. Alerts are counted as if nobody had
    answered, each story once.
    """
    fired: dict[tuple[str, str], list[datetime]] = {("rule", rule.name): [] for rule in config.rules}
    fired |= {("level", level): [] for level in _URGENT_LEVELS}
    fired |= {("snowball", brand.name): [] for brand in config.brands}
    sent: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    alerted = _AlertReplay(store, config, since, now)
    for one, judged in judge_stored(store, config, rulebook(config), since):
        if one.own or one.backlog or one.counts_at is None:
            continue
        for hit in judged.hits:
            fired["rule", hit.rule].append(one.counts_at)
        if judged.urgency.level in _URGENT_LEVELS:
            fired["level", judged.urgency.level].append(one.counts_at)
        if alerted.is_late(one, judged):
            fired.setdefault(("clock", "answered too late, or not yet"), []).append(one.counts_at)
        fired["snowball", one.brand] += alerted.snowballs.get(one.id, ())
        for notify in config.notify:
            for kind in alerted.kinds(notify, one, judged):
                at = alerted.snowballs[one.id][0] if kind == "snowball" else one.counts_at
                sent[f"alert {notify.name}", kind].append(at)
    spikes = _spikes(store, config, since, now)
    for notify in config.notify:
        if "spike" in notify.when:
            brands = notify.brands or tuple(spikes)
            sent[f"alert {notify.name}", "spike"] += [at for brand in brands for at in spikes.get(brand, ())]
    fired |= {("spike", brand): began for brand, began in spikes.items()}
    fired |= sent
    return [
        {"what": what, "name": name, "fired": len(at), "per_week": list(per_week(at, since, now))}
        for (what, name), at in fired.items()
    ]


class _AlertReplay:
    """Of which events about a mention each ``[[notify]]`` would have been alerted."""

    def __init__(self, store: Store, config: Config, since: datetime, now: datetime) -> None:
        self.snowballs = _snowballs(store, config, since)
        self._rules, self._policy, self._now = config.rules, sla_policy(config), now
        self._logs = store.triage.logs() if self._policy.reply_within else {}
        self._stories: set[tuple[str, str, str]] = set()

    def is_late(self, one: Unjudged, judged: Analysis) -> bool:
        """Whether its first answer came later than ``reply_within`` allows, or is overdue."""
        allowed = self._policy.reply_within.get(judged.urgency.level)
        if allowed is None or one.brand not in self._policy.brands or one.counts_at is None:
            return False
        log = self._logs.get(one.id, ())
        return response_times(clocks(one.counts_at, log), self._policy, self._now).first_answer > allowed

    def kinds(self, notify: AlertChannel, one: Unjudged, judged: Analysis) -> Iterator[str]:
        """The kinds of alert for this mention; one of a story that was alerted before has none."""
        if notify.brands and one.brand not in notify.brands:
            return
        mention = Mention(
            one.id, one.brand, one.item, None, one.source, one.first_seen_at, one.matches,
            hits=judged.hits, person=judged.person, role=judged.role,
        )  # fmt: skip
        selected = alerts.is_addressed(mention, notify.rules, notify.people, notify.roles)
        if selected and "overdue" in notify.when and self.is_late(one, judged):
            yield "overdue"
        is_urgent = judged.urgency.level == "urgent"
        for kind, holds in (("snowball", one.id in self.snowballs), ("urgent", is_urgent)):
            story = (notify.name, kind, one.story or one.id)
            if selected and holds and kind in notify.when and story not in self._stories:
                self._stories.add(story)
                yield kind
        if selected and "urgent" in notify.when and is_urgent:
            return
        hits = {hit.rule for hit in judged.hits}
        direct = {rule.name for rule in self._rules if notify.name in rule.notify}
        if (hits & direct and judged.role != "troll") or (selected and "rule" in notify.when and hits):
            yield "rule"
        elif selected and "person" in notify.when and judged.person is not None and judged.role != "own":
            yield "person"


def _snowballs(store: Store, config: Config, since: datetime) -> dict[str, list[datetime]]:
    """When the posts that are checked again began to grow ever faster, by mention."""
    found: dict[str, list[datetime]] = {}
    for mention, _, item in store.mentions.growing([brand.name for brand in config.brands], since):
        readings = store.items.engagement_history(item)
        began = [
            one.at for one in growth.replay(readings, store.threads.spread(item, readings[-1].at)) if one.at >= since
        ]
        if began:
            found[mention] = began
    return found


def _spikes(store: Store, config: Config, since: datetime, now: datetime) -> dict[str, list[datetime]]:
    """When spikes would have begun, by brand; none for a brand so small that each mention is an alert."""
    found: dict[str, list[datetime]] = {}
    for brand in config.brands:
        began = store.spikes.watching_since(brand.name)
        if began is None:
            continue
        said = [
            MentionSample(one.at, one.negative)
            for one in store.spikes.mention_times(brand.name, since - HISTORY - WINDOW)
        ]
        volume, negative = episodes(said, began, since, now)
        found[brand.name] = sorted([*volume, *negative])
    return found
