"""A query about mentions: what people say of them and how they are judged, beside their words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mentionwatch.errors import InvalidRequest
from mentionwatch.match.view import ItemView
from mentionwatch.model import Mention
from mentionwatch.query import tree
from mentionwatch.query.errors import QueryError
from mentionwatch.query.evaluate import compile_query
from mentionwatch.query.mention_fields import MentionValues
from mentionwatch.response.sla import is_snoozed
from mentionwatch.store.filter import MentionFilter


def select(text: str, wanted: MentionFilter, now: datetime) -> tuple[MentionFilter, Callable[[Mention], bool]]:
    """The filter, narrowed by what the database knows of a query, and whether a mention is what the query asks for."""
    try:
        query = compile_query(text, True)
    except QueryError as error:
        raise InvalidRequest(*error.problems) from None
    parts = query.node.parts if isinstance(query.node, tree.And) else (query.node,)
    asked = [part for part in parts if isinstance(part, tree.MentionField)]
    said = {name: tuple(part.value for part in asked if part.name == name) for name in ("flag", "label", "priority")}
    narrowed = replace(
        wanted,
        flags=said["flag"],
        labels=said["label"],
        priorities=said["priority"][:1],
        snoozed_at=now if any(part.name == "is" for part in asked) else None,
    )

    def holds(mention: Mention) -> bool:
        values = MentionValues(
            mention.brand,
            mention.source,
            None if mention.sentiment is None else mention.sentiment.label,
            None if mention.urgency is None else mention.urgency.level,
            mention.flags,
            mention.person,
            mention.role,
            priority=mention.priority,
            labels=mention.labels,
            tags=mention.tags,
            snoozed=is_snoozed(mention, now),
        )
        return query.decides(ItemView(mention.item), values) is not None

    return narrowed, holds
