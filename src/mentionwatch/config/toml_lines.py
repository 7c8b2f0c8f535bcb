"""The line of each value of a TOML document.

No TOML library gives it (tomli 2.5, tomlkit 0.13). This reads a document that tomli has accepted, TOML 1.1 included, so
it checks nothing and only finds where a value ends. One pass, linear in the document's length.
"""

from __future__ import annotations

import re

import tomli

#: The keys that lead to a value, and positions in arrays, from 0.
KeyPath = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
#: White space, line ends and comments: what may stand between the values of an array or an inline table.
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}'  # up to two quotes may stand before the closing three
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_PLAIN = re.compile(r"[^,\]}#\r\n]*")


def line_numbers(document: str) -> dict[KeyPath, int]:
    """The line, from 1, of every key and every array element of a document that ``tomli.loads`` takes.

    A table has the line of its header, or of the first key that makes it.
    """
    reader = _Reader(document)
    reader.document()
    return reader.lines


class _Reader:
    """A position in the text, and the lines found before it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._line = 1
        self._counted = 0  # line ends before this place are in ``_line``
        self._arrays: dict[KeyPath, int] = {}  # how many ``[[tables]]`` each array of tables has so far

    def document(self) -> None:
        table: KeyPath = ()
        while True:
            self._skip(_GAP)
            if self.at >= len(self.text):
                return
            if self.text.startswith("[[", self.at):
                self.at += 2
                table = self._array_header(self._keys())
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                table = self._enter((), self._keys())
                self.at += 1
            else:
                self._pair(table)

    def _array_header(self, keys: list[str]) -> KeyPath:
        array = (*self._enter((), keys[:-1]), keys[-1])
        self._note(array)
        location = (*array, self._arrays.get(array, 0))
        self._arrays[array] = self._arrays.get(array, 0) + 1
        self._note(location)
        return location

    def _enter(self, start: KeyPath, keys: list[str]) -> KeyPath:
        """The table these keys lead to; in an array of tables that is its last."""
        path = start
        for key in keys:
            path = (*path, key)
            self._note(path)
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        keys = self._keys()
        path = self._enter(table, keys)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        """A dotted key and the white space around it; stops at what follows."""
        keys = []
        while True:
            self._skip(_SPACE)
            keys.append(self._key())
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _key(self) -> str:
        if bare := _BARE_KEY.match(self.text, self.at):
            self.at = bare.end()
            return bare[0]
        quoted = _STRING.match(self.text, self.at)
        assert quoted is not None
        self.at = quoted.end()
        # The library's own reading of escapes, so that the two agree on the key.
        return str(tomli.loads(f"k = {quoted[0]}")["k"])

    def _value(self, path: KeyPath) -> None:
        if self.text[self.at] == "[":
            self._array(path)
        elif self.text[self.at] == "{":
            self._inline_table(path)
        else:
            found = _STRING.match(self.text, self.at) or _PLAIN.match(self.text, self.at)
            assert found is not None
            self.at = found.end()

    def _array(self, path: KeyPath) -> None:
        self.at += 1
        count = 0
        while not self._closes("]"):
            self._note((*path, count))
            self._value((*path, count))
            count += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Go to the next value, over comma and gap; or over the closing bracket."""
        self._skip(_GAP)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_GAP)
        if self.text[self.at] != bracket:
            return False
        self.at += 1
        return True

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def _note(self, path: KeyPath) -> None:
        """The value at ``path`` begins here, unless it has begun before."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        self.lines.setdefault(path, self._line)
