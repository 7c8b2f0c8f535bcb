"""Verdicts: what is still to be judged, and what was judged, each as of when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mentionwatch.model import Item, Match, Sentiment, Urgency
from mentionwatch.store.connection import Connection
from mentionwatch.store.rows import dump, read_item, stamp, unstamp


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A mention that the rules of today have not judged as it stands: its words, and its counts as last read."""

    seq: int
    brand: str
    item: Item
    matches: tuple[Match, ...]
    own: bool
    backlog: bool
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was made of one mention; ``sentiment`` is ``None`` where its language is not judged."""

    seq: int
    sentiment: Sentiment | None
    urgency: Urgency
    flags: tuple[str, ...]
    rules: str


class Verdicts(Connection):
    """What the rules make of mentions."""

    def unjudged(self, rules: Mapping[str, str], limit: int) -> tuple[Unjudged, ...]:
        """Mentions to be judged: never judged, by other rules than the brand's in ``rules``, or changed since."""
        found: list[Unjudged] = []
        for brand, version in rules.items():
            if len(found) < limit:
                found += self._unjudged(brand, version, limit - len(found))
        return tuple(found)

    def _unjudged(self, brand: str, rules: str, limit: int) -> list[Unjudged]:
        # Three searches and not one "<>": so the index finds them, however many have been judged.
        waiting = " UNION ALL ".join(
            f"SELECT seq FROM mention_records WHERE brand = :brand AND retired_at IS NULL AND judged {other}"
            for other in ("IS NULL", "< :rules", "> :rules")
        )
        rows = self._rows(
            "SELECT m.seq, coalesce(e.matches, m.matches) AS matches, m.own, m.backlog AS m_backlog, i.*,"
            " v.id AS version_id, v.title AS v_title, v.text AS v_text,"
            " coalesce((SELECT r.engagement FROM readings r WHERE r.item_id = i.id"
            " ORDER BY r.read_at DESC LIMIT 1), i.engagement) AS engagement_now"
            f" FROM ({waiting}) w JOIN mention_records m ON m.seq = w.seq JOIN items i ON i.id = m.item_id"
            " LEFT JOIN mention_words e ON e.seq = m.seq"
            " AND e.at = (SELECT max(o.at) FROM mention_words o WHERE o.seq = m.seq)"
            " LEFT JOIN versions v ON v.id = CASE WHEN e.words IS NULL THEN m.version_id"
            " ELSE (SELECT o.id FROM versions o WHERE o.item_id = m.item_id AND o.words = e.words) END LIMIT :limit",
            {"brand": brand, "rules": rules, "limit": limit},
        )
        found = []
        for row in rows:
            item = read_item(row, engagement=row["engagement_now"])
            if row["version_id"] is not None:
                item = replace(item, title=row["v_title"], text=row["v_text"])
            found.append(
                Unjudged(
                    seq=row["seq"],
                    brand=brand,
                    item=item,
                    matches=tuple(Match(**match) for match in json.loads(row["matches"])),
                    own=bool(row["own"]),
                    backlog=bool(row["m_backlog"]),
                    first_seen_at=unstamp(row["first_seen_at"]),
                )
            )
        return found

    def judge(self, judgements: Iterable[Judgement], now: datetime) -> None:
        """Keep what was judged. A verdict that says what the last one said is not written again."""
        for judged in judgements:
            values = (_sentiment_json(judged.sentiment), _urgency_json(judged.urgency), dump(judged.flags))
            last = self._row(
                "SELECT sentiment, urgency, flags FROM verdicts WHERE seq = ? ORDER BY judged_at DESC LIMIT 1",
                (judged.seq,),
            )
            if last is None or tuple(last) != values:
                self._run(
                    "INSERT OR REPLACE INTO verdicts (seq, judged_at, sentiment, urgency, flags, rules)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (judged.seq, stamp(now), *values, judged.rules),
                )
            self._run("UPDATE mention_records SET judged = ? WHERE seq = ?", (judged.rules, judged.seq))


def _sentiment_json(sentiment: Sentiment | None) -> str | None:
    if sentiment is None:
        return None
    return dump({"label": sentiment.label, "score": sentiment.score, "reasons": sentiment.reasons})


def _urgency_json(urgency: Urgency) -> str:
    return dump({"level": urgency.level, "reasons": urgency.reasons})
