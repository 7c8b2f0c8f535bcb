"""Packs alt-profanity-check's weights: ``python -m training.abuse FOLDER``, its folder profanity_check/data.

Needs joblib and scikit-learn of the version the package pins. The files are pickles: unpack them only from the
registry's own copy.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import joblib
import numpy as np

from mentionwatch.analysis.abuse import pack
from training.corpora import ROOT

TARGET = ROOT / "src" / "mentionwatch" / "analysis" / "data" / "abuse.z"


def main(folder: Path) -> None:
    """Write the mean of the five folds: their weights and curves differ by a few percent."""
    vectorizer = joblib.load(folder / "vectorizer.joblib")
    folds = joblib.load(folder / "model.joblib").calibrated_classifiers_
    coefficient = np.mean([fold.estimator.coef_[0] for fold in folds], axis=0)
    intercept = float(np.mean([fold.estimator.intercept_[0] for fold in folds]))
    slope = float(np.mean([fold.calibrators[0].a_ for fold in folds]))
    offset = float(np.mean([fold.calibrators[0].b_ for fold in folds]))
    words = sorted(vectorizer.vocabulary_)
    columns = [vectorizer.vocabulary_[word] for word in words]
    rarity, weight = vectorizer.idf_[columns], coefficient[columns]
    least = float(rarity.min())
    rarity_step = float(rarity.max() - least) / 255
    weight_step = float(np.abs(weight).max()) / 32767
    data = pack(
        words,
        [round(float(r - least) / rarity_step) for r in rarity],
        [round(float(w) / weight_step) for w in weight],
        (least, rarity_step, weight_step, intercept, slope, offset),
    )
    TARGET.write_bytes(zlib.compress(data, 9))
    print(f"{len(words)} words, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
