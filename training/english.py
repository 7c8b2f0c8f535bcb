"""Lists frequent English words: ``python -m training.english``, from SemEval's tweets and VADER's lexicon."""

from __future__ import annotations

import zlib
from collections import Counter

from mentionwatch.analysis import lexicon
from mentionwatch.analysis.tokenizer import plain, tokens
from training.corpora import ROOT, semeval

TARGET = ROOT / "src" / "mentionwatch" / "analysis" / "data" / "english.z"
#: Tweets that must hold a word, in small letters at least once in three.
_TWEETS = 3


def main() -> None:
    """Write the words."""
    tweets: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text, _ in semeval():
        here = [token for token in tokens(text) if token[0].isalpha()]
        tweets.update({plain(token) for token in here})
        small.update({plain(token) for token in here if token[0].islower()})
    words = {word for word, n in tweets.items() if n >= _TWEETS and small[word] * 3 >= n}
    words |= set(lexicon.valences())
    kept = sorted(word for word in words if word.isascii() and word.replace("'", "").isalpha())
    TARGET.write_bytes(zlib.compress("\n".join(kept).encode(), 9))
    print(f"{len(kept)} words, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
