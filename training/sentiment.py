"""Trains the sentiment model: ``python -m training.sentiment``; needs the extra ``train`` and the public sets.

Multinomial logistic regression on exactly the features that :mod:`mentionwatch.judge.sentiment` computes, each label
counting the same, then rounded to a signed byte a weight. What was tried stands in docs/judging.md.
"""

from __future__ import annotations

import math
import zlib
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from mentionwatch.judge import lexicon
from mentionwatch.judge.sentiment import BUCKETS, bucket, pack, pairs, word_features
from mentionwatch.judge.words import plain, tokens
from training.corpora import ROOT, Labelled, semeval, tweeteval

TARGET = ROOT / "src" / "mentionwatch" / "judge" / "data" / "sentiment.z"
#: The inverse of the penalty on weights, and how much less the lexicon's features pay of it.
PENALTY, LEXICON_SCALE = 0.2, 5.0

_features = lru_cache(maxsize=None)(word_features)


def matrix(texts: list[str]) -> sp.csr_matrix:
    """A row a text: the counts of its buckets over the root of their number, then the lexicon's features."""
    ends, columns, values = [0], [], []
    extra = []
    for text in texts:
        written = tokens(text)
        words = [plain(token) for token in written]
        found = [number for word in words for number in _features(word)] + [bucket(pair) for pair in pairs(words)]
        unique, counts = np.unique(found, return_counts=True)
        columns.append(unique)
        values.append(counts / math.sqrt(len(found)))
        ends.append(ends[-1] + len(unique))
        extra.append(lexicon.features(lexicon.weigh(written, words), words))
    hashed = sp.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(texts), BUCKETS))
    return sp.hstack([hashed, sp.csr_matrix(np.array(extra) * LEXICON_SCALE)]).tocsr()


def fit(data: Labelled) -> bytes:
    """The model of labelled texts, packed."""
    model = LogisticRegression(C=PENALTY, max_iter=2000, tol=1e-5, class_weight="balanced")
    model.fit(matrix([text for text, _ in data]), [label for _, label in data])
    print(f"{model.n_iter_[0]} iterations")
    table = model.coef_[:, :BUCKETS]
    # A softmax is the same when a number is added to all labels of a feature: centred, the bytes are used best.
    table = table - table.mean(axis=0)
    step = float(np.quantile(np.abs(table), 0.9999)) / 127
    rounded = np.clip(np.round(table / step), -127, 127).astype(np.int8)
    weights = model.coef_[:, BUCKETS:] * LEXICON_SCALE
    return pack(rounded.T.tobytes(), step, weights.T.tolist(), model.intercept_.tolist())


def main() -> None:
    """Train on SemEval-2013 to 2016 and write the model."""
    data = semeval()
    packed = zlib.compress(fit(data), 9)
    TARGET.write_bytes(packed)
    print(f"{len(data)} tweets, {len(packed)} bytes; validation: {len(tweeteval('sentiment', 'val'))} tweets kept out")


if __name__ == "__main__":
    main()
