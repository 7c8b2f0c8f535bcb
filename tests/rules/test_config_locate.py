"""On which line a value stands: held against tomli's own reading."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import tomli
from hypothesis import given
from hypothesis import strategies as st

from mentionwatch.config.toml_lines import KeyPath, line_numbers


def ways(value: Any, way: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every key and element tomli found, with its value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*way, step), inner
        yield from ways(inner, (*way, step))


class Writer:
    """Writes a tree as TOML in a style that ``draw`` decides; each scalar is a number of its own."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.numbers = itertools.count(1000)
        self.out: list[str] = []

    def yes(self) -> bool:
        return self.draw(st.booleans())

    def gap(self) -> str:
        return self.draw(st.sampled_from(["", " ", "\n", "\t\n  ", " # a ] } = comment\n", "\r\n"]))

    def key(self, key: str) -> str:
        bare = key.isascii() and key.isalnum()
        forms = [key] if bare else []
        if "'" not in key:
            forms.append(f"'{key}'")
        forms.append('"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"')
        forms.append('"' + "".join(f"\\U{ord(mark):08x}" for mark in key) + '"')
        return self.draw(st.sampled_from(forms))

    def value(self, tree: Any) -> str:
        if isinstance(tree, dict):
            pairs = [f"{self.gap()}{self.pair(key, inner)}{self.gap()}" for key, inner in tree.items()]
            return "{" + ",".join(pairs) + ("," if pairs and self.yes() else "") + self.gap() + "}"
        if isinstance(tree, list):
            inner_text = [f"{self.gap()}{self.value(inner)}{self.gap()}" for inner in tree]
            return "[" + ",".join(inner_text) + ("," if inner_text and self.yes() else "") + self.gap() + "]"
        number = next(self.numbers)
        text = f'"""{number}\n[x]\\"\n"# """"'
        return self.draw(
            st.sampled_from([str(number), f'"{number} ]#\\" ="', f"'{number}\\'", text, f"'''{number}\n'''''"])
        )

    def pair(self, key: str, tree: Any) -> str:
        dotted = self.key(key)
        while isinstance(tree, dict) and len(tree) == 1 and self.yes():
            inner, tree = next(iter(tree.items()))
            dotted += f"{' ' * self.yes()}.{' ' * self.yes()}{self.key(inner)}"
        return f"{dotted} ={' ' * self.yes()}{self.value(tree)}"

    def table(self, tree: dict[str, Any], header: tuple[str, ...]) -> None:
        """Pairs first, then what has a header of its own."""
        later = []
        for key, inner in tree.items():
            tables = isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner)
            if (isinstance(inner, dict) or tables) and self.yes():
                later.append((key, inner))
            else:
                self.out.append(self.pair(key, inner) + self.draw(st.sampled_from(["\n", " # c\n", "\n\n"])))
        for key, inner in later:
            name = ".".join(self.key(step) for step in (*header, key))
            for entry in inner if isinstance(inner, list) else (inner,):
                self.out.append(f" [[ {name} ]]\n" if isinstance(inner, list) else f"[{name}] # c\n")
                self.table(entry, (*header, key))


keys = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=4)
trees = st.recursive(
    st.just(0),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, min_size=1, max_size=3),
    max_leaves=12,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    writer = Writer(draw)
    writer.table(draw(st.dictionaries(keys, trees, max_size=5)), ())
    return "".join(writer.out)


@given(documents())
def test_every_value_tomli_finds_has_the_line_it_is_written_on(document: str) -> None:
    """Whatever way of writing TOML a user prefers, a problem is told on the right line."""
    found = dict(ways(tomli.loads(document)))
    lines = line_numbers(document)

    assert set(lines) == set(found)
    written = document.split("\n")
    for way, value in found.items():
        if isinstance(value, str | int):
            number = str(value)[:4]
            assert number in written[lines[way] - 1]


def test_a_table_has_the_line_of_its_header_and_a_dotted_key_that_of_its_first_use() -> None:
    lines = line_numbers('a.b = 1\n\n[[c]]\n[c.d]\ne = 2\n[[c]]\n"f.g" = [\n  1,\n  { h = 2 },\n]\n')

    assert lines == {
        ("a",): 1,
        ("a", "b"): 1,
        ("c",): 3,
        ("c", 0): 3,
        ("c", 0, "d"): 4,
        ("c", 0, "d", "e"): 5,
        ("c", 1): 6,
        ("c", 1, "f.g"): 7,
        ("c", 1, "f.g", 0): 8,
        ("c", 1, "f.g", 1): 9,
        ("c", 1, "f.g", 1, "h"): 9,
    }


def test_dates_and_special_numbers_end_where_toml_ends_them() -> None:
    document = "a = 1979-05-27 07:32:00Z # c\nb = [07:32, inf, -1e3, 0xff, true]\nc = {d = 1979-05-27, e = nan}\n"

    assert set(line_numbers(document)) == {way for way, _ in ways(tomli.loads(document))}
