"""One article from three sources: which of them is asked first changes nothing of what is shown and judged."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest

from support.world import World, entry, rss

PAGE = "https://paper.example/2026/lids"
TITLE = "Acme in Graz: what happened"
TELLINGS = {
    "headline": "",
    "excerpt": "Acme has opened a shop in Graz this week, and guests …",
    "whole": "Acme has opened a shop in Graz this week, and guests are furious: the lids are broken and dangerous, and"
    " I will sue Acme for it, says one of them.",
}


@pytest.mark.parametrize("order", list(permutations(TELLINGS)), ids=" ".join)
@pytest.mark.parametrize("together", [True, False], ids=["one scan", "scan by scan"])
def test_the_fullest_telling_is_shown_and_judged(tmp_path: Path, order: tuple[str, ...], together: bool) -> None:
    world = World(tmp_path)
    sources = "".join(
        f'[[sources]]\ntype = "feed"\nname = "{name}"\nurl = "https://{name}.example/feed"\nbacklog = "tell"\n'
        for name in order
    )
    world.configure('[[brands]]\nname = "Acme"\nnames = ["Acme"]\n' + sources)
    for name in order:
        world.serve(
            f"https://{name}.example/feed",
            rss(entry(TITLE, PAGE, guid=name, text=TELLINGS[name])),
            content_type="application/rss+xml",
        )
    for args in [["scan"]] if together else [["scan", "--source", name] for name in order]:
        assert world.later(minutes=1).run(*args).status == 0

    (mention,) = (json.loads(line) for line in world.run("list", "--jsonl").out.splitlines())

    assert mention["text"] == TELLINGS["whole"]
    assert mention["urgency"]["level"] == "urgent"
    assert mention["edited_at"] is None
    assert sorted([mention["source"], *mention["also_seen"]]) == sorted(order)
