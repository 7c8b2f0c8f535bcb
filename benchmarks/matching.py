"""How many posts a second are matched against how many terms. Run: ``python benchmarks/matching.py``.

Posts and names are invented, from a fixed seed: sentences of made-up words of some 170 characters. ``mixed`` posts
carry what posts carry: a fifth a hashtag, a fifth a link, a sixth emoji, a tenth accents and curly apostrophes, a
twentieth Japanese beside Latin. One process, process CPU time, normalisation included, items made beforehand. ``hits``
is the share of posts that name one of the terms, for which every offset is worked out. How well the rules do:
``python tests/support/matching_cases.py``.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable

from mentionwatch.match import compile_brands
from mentionwatch.model import Brand, Item, Term

SYLLABLES = [first + second for first in "bdklmnrstvz" for second in "aeiou"]
POSTS = 20_000


class Invented:
    """Words, names and posts that nobody has said."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.vocabulary = [self.word(self.random.choice((1, 1, 2, 2, 2, 3, 3, 4))) for _ in range(5000)]

    def word(self, syllables: int) -> str:
        return "".join(self.random.choice(SYLLABLES) for _ in range(syllables))

    def name(self) -> str:
        name = self.word(self.random.choice((3, 4, 5))).title() + self.random.choice("xqw")
        return f"{name} {self.word(2).title()}" if self.random.random() < 0.3 else name

    def post(self, names: list[str], hits: float) -> str:
        words = [self.random.choice(self.vocabulary) for _ in range(30)]
        if self.random.random() < hits:
            words[self.random.randrange(30)] = self.random.choice(names)
        return " ".join(words).replace(" ", ", ", 2) + "."

    def mixed(self, names: list[str], hits: float) -> str:
        post, chance = self.post(names, hits), self.random.random
        if chance() < 0.2:
            post += f" #{self.random.choice(self.vocabulary)}{self.random.choice(self.vocabulary).title()}"
        if chance() < 0.2:
            post += f" https://t.example/{self.word(3)}"
        if chance() < 0.15:
            post += " 😀🎉"
        if chance() < 0.1:
            post = post.replace("a", "á", 3) + " l’" + self.word(2)
        if chance() < 0.05:
            post = f"これは{post}テスト、日本語の文章です。今日はとても天気がいいですね。"
        return post


def posts_a_second(terms: int, hits: float, make: Callable[[Invented, list[str], float], str]) -> tuple[float, float]:
    """Posts a second and seconds to compile."""
    invented = Invented(5)
    names = [invented.name() for _ in range(terms)]
    begin = time.process_time()
    matcher = compile_brands([Brand(name, terms=(Term("name", name),)) for name in names])
    compiled = time.process_time() - begin
    count = POSTS if hits < 0.5 else POSTS // 5
    items = [Item("feed", "post", text=make(invented, names, hits)) for _ in range(count)]
    for item in items[: count // 20]:
        matcher.matches(item)
    begin = time.process_time()
    for item in items:
        matcher.matches(item)
    return count / (time.process_time() - begin), compiled


def import_milliseconds() -> float:
    """What ``import mentionwatch.match`` adds to an interpreter with the standard modules it needs: best of five."""
    code = "import re, html, time; t = time.perf_counter(); import mentionwatch.match; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True) for _ in range(5)]
    return min(float(run.stdout) for run in runs) * 1000


def main() -> None:
    print(f"{'terms':>8}{'hits':>7}  {'posts':<7}{'posts/s':>10}{'µs/post':>9}{'compile s':>11}")
    for terms, hits, kind in (
        (1_000, 0.0, "plain"),
        (1_000, 0.01, "plain"),
        (1_000, 0.01, "mixed"),
        (100, 0.01, "mixed"),
        (100, 1.0, "mixed"),
        (100_000, 0.01, "plain"),
    ):
        rate, compiled = posts_a_second(terms, hits, Invented.mixed if kind == "mixed" else Invented.post)
        print(f"{terms:>8}{hits:>7.0%}  {kind:<7}{rate:>10,.0f}{1e6 / rate:>9.1f}{compiled:>11.2f}")
    print(f"import mentionwatch.match: {import_milliseconds():.0f} ms")


if __name__ == "__main__":
    main()
