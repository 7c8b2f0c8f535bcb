"""Which mention or story a user means: an id may be any unique prefix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mentionwatch.errors import UserError
from mentionwatch.model import Mention
from mentionwatch.store import Store
from mentionwatch.store.filter import MentionFilter


def find_mention(store: Store, given: str) -> str:
    """The id of the one mention whose id begins with ``given``."""
    return _only(store.mentions.ids_with_prefix(given), given, "mention", "`mentionwatch list` shows their ids")


def read_mention(store: Store, given: str) -> Mention:
    """The mention whose id begins with ``given``; a UserError also where the terms no longer match it."""
    id_ = find_mention(store, given)
    found = store.mentions.find(MentionFilter(ids=(id_,)))
    if not found:
        raise UserError(f"{id_}: no longer a mention; the terms have changed since (`why {id_}` says more)")
    return found[0]


def find_mentions(store: Store, given: Iterable[str]) -> tuple[list[str], list[str]]:
    """The ids meant, each once and in order, and a problem for each that names no mention."""
    problems: list[str] = []
    ids: dict[str, None] = {}
    for one in dict.fromkeys(given):
        try:
            ids[find_mention(store, one)] = None
        except UserError as error:
            problems += error.problems
    return list(ids), problems


def find_story(store: Store, given: str) -> str:
    """The id of the story whose own id (``s_…``), or a mention's id in it, begins with ``given``."""
    if given.startswith("m_"):
        story = store.stories.of_mention(find_mention(store, given))
        assert story is not None
        return story[0]
    found = store.stories.ids_with_prefix(given)
    return _only(found, given, "story", "`mentionwatch show ID` names a mention's story")


def _only(found: Sequence[str], given: str, what: str, hint: str) -> str:
    """The id itself, or the only one that begins so; ids of mentions begin with ``m_``, of stories with ``s_``."""
    if given in found:
        return given
    if not found or not given.startswith(f"{what[0]}_"):
        raise UserError(f"{given}: no such {what}; {hint}")
    if len(found) > 1:
        raise UserError(f"{given}: more than one {what} id begins with this: {', '.join(found[:5])}")
    return found[0]
