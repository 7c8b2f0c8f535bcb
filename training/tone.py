"""Fits what phrases and faces count beside the model: ``python -m training.tone`` prints ``analysis/tone.py``'s tables.

On our own posts, of which the model that judges a quarter has seen the other three, and on TweetEval's validation part.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from sklearn.linear_model import LogisticRegression

from mentionwatch.analysis import sentiment
from mentionwatch.analysis.phrases import book, find, shipped
from mentionwatch.analysis.tone import amounts, evidence
from training import corpora
from training.corpora import Labelled
from training.sentiment import fit

FOLDS, PENALTY, VALIDATION_COUNTS = 4, 0.5, 0.5


def _features(data: Labelled) -> list[list[float]]:
    """The logarithms of the model's probabilities, then the amounts of evidence."""
    english = book(shipped()["en"])
    found = []
    for text, _ in data:
        said = [max(-9.0, math.log(max(p, 1e-9))) for p in sentiment.predict(text).probabilities]
        found.append([*said, *map(float, amounts(evidence(find(text, [english]), text)))])
    return found


def main() -> None:
    """Print the tables."""
    tweets, sentences, own = corpora.semeval(), corpora.vader(), corpora.posts()
    rows: list[list[float]] = []
    labels: list[int] = []
    shipped_weights = sentiment.weights
    for fold in range(FOLDS):
        seen = [post for n, post in enumerate(own) if n % FOLDS != fold]
        held = [post for n, post in enumerate(own) if n % FOLDS == fold]
        packed = zlib.compress(fit(tweets, sentences, seen))
        sentiment.weights = lambda packed=packed: sentiment.unpack(zlib.decompress(packed))  # type: ignore[assignment]
        sentiment._word_sums.cache_clear()
        rows += _features(held)
        labels += [label for _, label in held]
    sentiment.weights = shipped_weights
    sentiment._word_sums.cache_clear()
    counts = _even(labels)
    validation = corpora.tweeteval("sentiment", "val")
    rows += _features(validation)
    more = [label for _, label in validation]
    counts = np.concatenate([counts, VALIDATION_COUNTS * _even(more)])
    model = LogisticRegression(C=PENALTY, max_iter=1000).fit(
        np.array(rows), np.array(labels + more), sample_weight=counts
    )
    for column in model.coef_.T:
        print(tuple(round(float(weight), 2) for weight in column - column.mean()))
    print("start", tuple(round(float(part), 2) for part in model.intercept_ - model.intercept_.mean()))


def _even(labels: list[int]) -> np.ndarray:
    return len(labels) / (3 * np.bincount(labels))[labels]


if __name__ == "__main__":
    main()
