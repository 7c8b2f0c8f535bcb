"""How well tone is judged beyond English: on files ``<language code>.tsv`` of a label, a tab and a text a line.

Public sets that may be measured on, though not shipped or trained on, are told in docs/judging.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mentionwatch.analysis.phrases import book, find, shipped
from mentionwatch.analysis.tone import evidence, tone
from training.corpora import LABELS

#: A macro-recall that is no more than this above chance is chance.
_NOISE = 2.0


def print_table(paths: Sequence[Path]) -> None:
    """Print macro-recall over the labels a set has, and precision and recall of negative and of positive."""
    print("| language | texts | macro-recall | chance | negative P / R | positive P / R |\n|---|---|---|---|---|---|")
    for path in sorted(paths):
        code = path.stem
        if code not in shipped():
            continue
        book_ = book(shipped()[code])
        pairs = []
        for line in path.read_text(encoding="utf-8").splitlines():
            label, text = line.split("\t", 1)
            seen = evidence(find(text, [book_]), text)
            pairs.append((tone(seen, None).sentiment.label, label))
        labels = [label for label in LABELS if any(true == label for _, true in pairs)]
        recalls = {label: _share([said == label for said, true in pairs if true == label]) for label in labels}
        precisions = {label: _share([true == label for said, true in pairs if said == label]) for label in labels}
        macro, chance = 100 * sum(recalls.values()) / len(labels), 100 / len(labels)
        worse = " (no better than chance)" if macro <= chance + _NOISE else ""
        cells = [f"{precisions[label]:.2f} / {recalls[label]:.2f}" for label in ("negative", "positive")]
        print(f"| {book_.name} | {len(pairs)} | {macro:.1f}{worse} | {chance:.1f} | {' | '.join(cells)} |")


def _share(of: Sequence[bool]) -> float:
    return sum(of) / len(of) if of else 0.0
