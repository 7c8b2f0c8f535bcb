"""What two sources missed between them: an estimate where the numbers carry one, and silence where they do not."""

from __future__ import annotations

import json

import pytest

from mentionwatch.coverage.recapture import chapman, estimates
from mentionwatch.records import MentionSighting
from support.world import World, entry, rss

HOSTS = {"a": "a.example", "b": "b.example", "a2": "a.example"}


def capture(source: str, item: int, *, kind: str = "article") -> MentionSighting:
    """An item that a source found."""
    return MentionSighting("Acme", kind, source, item)


def captures(first: range, second: range, *, names: tuple[str, str] = ("a", "b")) -> list[MentionSighting]:
    return [capture(names[0], n) for n in first] + [capture(names[1], n) for n in second]


def test_chapmans_own_arithmetic() -> None:
    """(n1 + 1)(n2 + 1)/(m + 1) - 1; the interval holds the estimate and never goes below what was found."""
    total, low, high = chapman(40, 35, 20)

    assert total == pytest.approx(41 * 36 / 21 - 1)
    assert 55 < low < total < high
    assert chapman(20, 20, 20) == (20, 20, 20)


def test_two_sources_that_found_half_of_each_other() -> None:
    """40 and 40 with 20 in common: some 80 in all, of which 20 nobody found."""
    (one,) = estimates(captures(range(40), range(20, 60)), HOSTS)

    assert (one.sources, one.found, one.both, one.seen) == (("a", "b"), (40, 40), 20, 60)
    assert 75 < one.total < 82
    assert one.low < one.total < one.high


@pytest.mark.parametrize(
    "found",
    [
        captures(range(40), range(34, 80)),  # six in common
        captures(range(40), range(20, 60), names=("a", "a2")),  # the same host
        captures(range(40), range(40)),  # one mirrors the other
        captures(range(40), range(20, 60), names=("a", "gone")),  # not configured any more
        [*captures(range(20), range(0)), *(capture("b", n, kind="post") for n in range(20))],
        [],
    ],
)
def test_silence_where_the_numbers_carry_nothing(found: list[MentionSighting]) -> None:
    """Too few in common, one host, a mirror, other kinds: no figure at all."""
    assert estimates(found, HOSTS) == ()


def test_coverage_says_what_neither_found(world: World) -> None:
    """In the terminal, in JSON and a line each; only of what was news."""
    world.configure(
        '[[brands]]\nname = "Acme"\nnames = ["Acme"]\n'
        + "".join(
            f'[[sources]]\ntype = "feed"\nname = "{n}"\nurl = "https://{n}.example/rss"\nevery = "1m"\n' for n in "ab"
        )
    )

    def page(numbers: range) -> str:
        return rss(*(entry(f"Acme opens shop {n}", f"https://n.example/{n}", guid=f"g{n}") for n in numbers))

    for numbers in ((range(0), range(0)), (range(20), range(10, 30))):
        for name, mine in zip("ab", numbers, strict=True):
            world.serve(f"https://{name}.example/rss", page(mine))
        assert world.run("scan").status == 0
        world.later(minutes=5)

    assert "a and b found 20 and 20, 10 of them both; both missed some 9" in world.run("coverage").out
    (one,) = json.loads(world.run("coverage", "--json").out)["estimates"]
    assert (one["found"], one["both"]) == ([20, 20], 10)
    assert '"record": "estimate"' in world.run("coverage", "--jsonl").out
