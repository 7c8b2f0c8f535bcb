"""Trains the sentiment model: ``python -m training.sentiment``; needs the extra ``train`` and the public sets.

Multinomial logistic regression on exactly the features that :mod:`mentionwatch.analysis.sentiment` computes, each label
counting the same, then rounded to a signed byte a weight. What was tried stands in docs/judging.md.
"""

from __future__ import annotations

import math
import zlib
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from mentionwatch.analysis import lexicon
from mentionwatch.analysis.sentiment import BUCKETS, bucket, pack, pairs, word_features
from mentionwatch.analysis.tokenizer import plain, tokens
from training.corpora import ROOT, Labelled, posts, semeval, vader

TARGET = ROOT / "src" / "mentionwatch" / "analysis" / "data" / "sentiment.z"
#: The inverse of the penalty on weights, how much less the lexicon's features pay of it, and steps (converged enough).
PENALTY, LEXICON_SCALE, STEPS = 1.0, 3.0, 350
#: What one of VADER's sentences counts beside a tweet: they are of other kinds of text, and rated otherwise.
VADER_COUNTS = 0.5
#: What one of our own posts counts: they are few, and of the very kinds that are judged.
POST_COUNTS = 6.0

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
    return sp.hstack([hashed, sp.csr_matrix(np.array(extra) * LEXICON_SCALE)]).tocsr().astype(np.float32)


def tellingness(features: sp.csr_matrix, labels: np.ndarray) -> np.ndarray:
    """How unevenly each bucket falls on the labels: the greatest of the log-count ratios, one on average.

    Scaling by it lets what tells much pay less of the penalty (after Wang and Manning, 2012, "Baselines and Bigrams").
    The lexicon's features stay as they are.
    """
    hashed = features[:, :BUCKETS]
    ratios = []
    for label in range(3):
        here = np.asarray(hashed[labels == label].sum(axis=0)).ravel() + 1
        there = np.asarray(hashed[labels != label].sum(axis=0)).ravel() + 1
        ratios.append(np.abs(np.log((here / here.sum()) / (there / there.sum()))))
    most = np.max(ratios, axis=0)
    most /= most[np.asarray(hashed.sum(axis=0)).ravel() > 5].mean()
    return np.concatenate([most, np.ones(features.shape[1] - BUCKETS)]).astype(np.float32)


def fit(tweets: Labelled, sentences: Labelled, own: Labelled) -> bytes:
    """The model of labelled texts, packed."""
    data = tweets + sentences + own
    labels = np.array([label for _, label in data])
    features = matrix([text for text, _ in data])
    public = len(tweets) + len(sentences)
    scale = tellingness(features[:public], labels[:public])
    model = LogisticRegression(C=PENALTY, max_iter=STEPS, tol=1e-6)
    counts = np.concatenate([_even(labels[:public]), POST_COUNTS * _even(labels[public:])])
    counts[len(tweets) : public] *= VADER_COUNTS
    model.fit(features @ sp.diags(scale), labels, sample_weight=counts)
    weights = model.coef_ * scale
    table = weights[:, :BUCKETS]
    # A softmax is the same when a number is added to all labels of a feature: centred, the bytes are used best.
    table = table - table.mean(axis=0)
    step = float(np.quantile(np.abs(table), 0.9999)) / 127
    rounded = np.clip(np.round(table / step), -127, 127).astype(np.int8)
    lexicon_weights = weights[:, BUCKETS:] * LEXICON_SCALE
    return pack(rounded.T.tobytes(), step, lexicon_weights.T.tolist(), model.intercept_.tolist())


def _even(labels: np.ndarray) -> np.ndarray:
    """Weights by which each label counts the same."""
    return len(labels) / (3 * np.bincount(labels))[labels]


def main() -> None:
    """Train on SemEval-2013 to 2016, half of VADER's sets and our own posts, and write the model."""
    tweets, sentences, own = semeval(), vader(), posts()
    packed = zlib.compress(fit(tweets, sentences, own), 9)
    TARGET.write_bytes(packed)
    print(f"{len(tweets)} tweets, {len(sentences)} sentences, {len(own)} posts, {len(packed)} bytes")


if __name__ == "__main__":
    main()
