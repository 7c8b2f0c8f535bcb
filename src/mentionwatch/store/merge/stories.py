"""Stories of two databases, and what the user said of two mentions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mentionwatch.store.database import Database
from mentionwatch.store.merge.minimum import Values, rank


def stories_of(database: Database) -> dict[str, tuple[Values, str | None]]:
    """Each story's row, its leader by mention id, and apart from it what it was merged into by hand."""
    rows = database.rows("SELECT s.*, m.id AS leading FROM stories s LEFT JOIN mention_records m ON m.seq = s.leader")
    return {
        row["id"]: ((row["told_at"], row["telling"], row["leading"], row["brand"]), row["merged_into"]) for row in rows
    }


def merge_story_tables(
    ours: Database, theirs: Database, mine: Mapping[str, tuple[Values, str | None]], renamed: Mapping[str, str]
) -> None:
    """Stories and their sketches; mentions of a story merged by hand move to the other."""
    whole = dict(mine)
    both: list[tuple[str, str]] = [(story, into) for story, (_, into) in mine.items() if into is not None]
    for story, (row, into) in stories_of(theirs).items():
        here, _ = whole.get(story, (row, None))
        whole[story] = (min(here, row, key=rank), None)
        if into is not None:
            both.append((story, into))
    roots = _roots({story: row for story, (row, _) in whole.items()}, both)
    for story, ((told_at, telling, leading, brand), _) in whole.items():
        into = roots.get(story)
        ours.run(
            "INSERT INTO stories (id, brand, leader, told_at, telling, merged_into)"
            " SELECT ?, ?, seq, ?, ?, ? FROM mention_records WHERE id = ?"
            " ON CONFLICT (id) DO UPDATE SET brand = excluded.brand, leader = excluded.leader,"
            " told_at = excluded.told_at, telling = excluded.telling, merged_into = excluded.merged_into",
            (story, brand, told_at, telling, into, renamed.get(leading, leading)),
        )
    ours.run_many(
        "INSERT INTO sketches (number, story) VALUES (?, ?) ON CONFLICT DO NOTHING",
        theirs.run("SELECT number, story FROM sketches"),
    )
    ours.run(
        "UPDATE mention_records SET story = (SELECT merged_into FROM stories s WHERE s.id = story)"
        " WHERE story IN (SELECT id FROM stories WHERE merged_into IS NOT NULL)"
    )


def merge_links(ours: Database, theirs: Database, renamed: Mapping[str, str]) -> None:
    """Of two mentions, what the user said last is valid."""
    said: dict[tuple[str, str], tuple[str, str]] = {}
    for side in (ours, theirs):
        for row in side.rows("SELECT * FROM story_links"):
            a, b = sorted(renamed.get(one, one) for one in (row["a"], row["b"]))
            if a != b:
                said[a, b] = max(said.get((a, b), ("", "")), (row["at"], row["kind"]))
    ours.run("DELETE FROM story_links")
    ours.run_many(
        "INSERT INTO story_links (a, b, at, kind) VALUES (?, ?, ?, ?)",
        [(*pair, *last) for pair, last in said.items()],
    )


def _roots(stories: Mapping[str, Values], merged: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Story → the one it is told under, of stories that were ``merged`` by hand, each into another, in either database.

    Stories merged by way of others are one. Of those that others were merged into, the one told first is what all are
    told under: so the order in which databases meet makes no difference, and no two stories point at each other.
    """
    groups: dict[str, set[str]] = {}
    for pair in merged:
        joined = set[str]().union(*(groups.get(story, {story}) for story in pair))
        groups |= dict.fromkeys(joined, joined)
    targets = {into for _, into in merged}
    roots: dict[str, str] = {}
    for group in {id(group): group for group in groups.values()}.values():
        first = min(group & targets, key=lambda story: (story not in stories, rank(stories.get(story, ())), story))
        roots |= dict.fromkeys(group - {first}, first)
    return roots
