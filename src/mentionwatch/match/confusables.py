"""Spellings that only look like a name: homoglyphs of other scripts, digits and signs for letters. On request only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mentionwatch.match.cached_property import cached_property
from mentionwatch.match.names import NamePattern
from mentionwatch.match.view import FieldView
from mentionwatch.match.word_boundaries import ends_word, starts_word

# What is read as each Latin letter, in folded text (after Unicode's confusables.txt, and leetspeak).
_READ_AS = {
    "a": "4@αаɑᴀ", "b": "68вьᏼ", "c": "сϲⅽᴄ¢", "d": "ԁⅾ", "e": "3еєϵ€", "f": "ғϝ", "g": "9ɡցԍ", "h": "нһհ",
    "i": "1!|lіιӏɩí", "j": "јϳ", "k": "кκ", "l": "1!|iӏ7", "m": "мʍ", "n": "пηո", "o": "0оοօσ", "p": "рρ", "q": "ԛգ",
    "r": "гʀ", "s": "5$ѕꜱ", "t": "7+тτ", "u": "υцսμ", "v": "νѵ", "w": "ωшԝ", "x": "хχ×", "y": "уγү", "z": "2ᴢ",
}  # fmt: skip
_TWO = {"m": "rn", "w": "vv", "d": "cl"}
# What stands for a letter without being one.
_NO_LETTER = frozenset("0123456789!|@$+¢€×")


class ConfusablePattern:
    """What a reader could take for the name but is written otherwise."""

    def __init__(self, name: NamePattern) -> None:
        self.name = name

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Over folded text."""
        made = []
        for char in self.name.core.casefold():
            if char in _READ_AS:
                one = f"[{re.escape(char + _READ_AS[char])}]"
                made.append(f"(?:{one}|{_TWO[char]})" if char in _TWO else one)
            elif char in " -":
                made.append("[ -]*")
            else:
                made.append(re.escape(char))
        return re.compile("".join(made))

    def find(self, view: FieldView) -> Iterator[tuple[int, int]]:
        """Begin and stop in the folded text of what looks like the name and is not spelt like it.

        Half of its letters at least are letters, of whatever script.
        """
        text, core = view.plain, self.name.core.casefold()
        at = 0
        while (found := self.pattern.search(text, at)) is not None:
            begin, stop = found.span()
            at = begin + 1
            strange = sum(char in _NO_LETTER for char in found[0]) - sum(char in _NO_LETTER for char in core)
            if found[0] == core or 2 * strange > stop - begin:
                continue
            if starts_word(text, begin) and ends_word(text, stop):
                yield begin, stop
                at = stop
