"""Noting what an answer looks like beside those before it, in the transaction that keeps it."""

from __future__ import annotations

from mentionwatch.collect.poller import PollResult
from mentionwatch.coverage.shapes import changes, is_under_new_names, returned
from mentionwatch.store import Store

__all__ = ["note_shape"]


def note_shape(store: Store, arrival: PollResult, new: int) -> None:
    """Note the shape of an answer of which ``new`` items were unknown, and what it has changed for good."""
    name, question, at = arrival.source.name, arrival.question, arrival.at
    if arrival.outcome == "unchanged":
        if not store.shapes.repeat(name, question, at):
            return
        known = store.shapes.of_question(name, question)
    elif arrival.shape is None or not arrival.items:
        return
    else:
        before = store.shapes.of_question(name, question)
        if is_under_new_names(arrival.items, new, before):
            answers = sum(shape.answers for shape in before)
            store.shapes.save_change(name, question, "names", at, at, answers, str(len(arrival.items)))
        repeated = new < len(arrival.items)
        store.shapes.save(name, question, arrival.shape, at, items=len(arrival.items), repeated=repeated)
        known = store.shapes.of_question(name, question)
        lasting = store.shapes.lasting_changes(name, question)
        store.shapes.end_changes(name, question, returned(lasting, arrival.shape), at)
    if len(known) > 1:
        for change in changes(known):
            store.shapes.save_change(name, question, change.what, change.since, at, change.before, change.now)
