"""Packs VADER's lexicon: ``python -m training.lexicon FOLDER``, with the files of the PyPI package vaderSentiment."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from training.corpora import ROOT

TARGET = ROOT / "src" / "mentionwatch" / "analysis" / "data" / "lexicon.z"


def main(folder: Path) -> None:
    """Write words, faces and single emoji with their valence in tenths."""
    valence: dict[str, int] = {}
    for line in (folder / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines():
        word, mean = line.split("\t")[:2]
        valence[word.lower()] = round(float(mean) * 10)
    for line in (folder / "emoji_utf8_lexicon.txt").read_text(encoding="utf-8").splitlines():
        emoji, told = line.split("\t")[:2]
        # VADER reads an emoji as the words of its name.
        total = sum(valence.get(word, 0) for word in told.lower().replace("-", " ").split())
        if len(emoji) == 1 and total and not emoji.isascii():
            valence[emoji] = max(-40, min(40, total))
    lines = [f"{word}\t{tenths}" for word, tenths in sorted(valence.items()) if tenths and "\t" not in word]
    TARGET.write_bytes(zlib.compress("\n".join(lines).encode(), 9))
    print(f"{len(lines)} entries, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
