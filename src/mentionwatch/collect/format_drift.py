"""Notices when a source's answers change their format: in the transaction that stores an answer."""

from __future__ import annotations

from mentionwatch.collect.poller import PollResult
from mentionwatch.coverage.response_formats import format_changes, is_under_new_names, returned
from mentionwatch.store import Store


def note_format(store: Store, result: PollResult, new: int) -> None:
    """Note the format of an answer of which ``new`` items were unknown, and what has changed in it for good."""
    name, question, at = result.source.name, result.question, result.at
    if result.outcome == "unchanged":
        if not store.shapes.repeat(name, question, at):
            return
        known = store.shapes.of_question(name, question)
    elif result.shape is None or not result.items:
        return
    else:
        before = store.shapes.of_question(name, question)
        if is_under_new_names(result.items, new, before):
            answers = sum(shape.answers for shape in before)
            store.shapes.save_change(name, question, "names", at, at, answers, str(len(result.items)))
        repeated = new < len(result.items)
        store.shapes.save(name, question, result.shape, at, items=len(result.items), repeated=repeated)
        known = store.shapes.of_question(name, question)
        lasting = store.shapes.lasting_changes(name, question)
        store.shapes.end_changes(name, question, returned(lasting, result.shape), at)
    if len(known) > 1:
        for change in format_changes(known):
            store.shapes.save_change(name, question, change.what, change.since, at, change.before, change.now)
