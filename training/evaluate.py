"""How good the judging is: ``python -m training.evaluate`` prints the tables of docs/judging.md.

Runs the very code that ships, without any package but this one, on the public sets beside the project.
``--judged PATH...`` judges files of posts that a person has judged instead (the format is :mod:`training.judged`'s),
``--tone PATH...`` sets in other languages (:mod:`training.languages`), ``--airline PATH`` another part of that set.
``--write`` puts every table into the page.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from mentionwatch.analysis import Analysis, abuse, analyse
from mentionwatch.analysis.language import is_english
from mentionwatch.analysis.phrases import book, read_words, shipped
from mentionwatch.analysis.sentiment import predict
from mentionwatch.analysis.tokenizer import plain, tokens
from mentionwatch.analysis.tone import Tone, evidence, tone, without_harmless
from mentionwatch.model import Brand, Item
from training import corpora, judged, languages
from training.corpora import Labelled

#: What was measured before: ../shared/language.md. Airline figures there are of the whole set, ours of the half given.
_FIGURES = (
    ("VADER (±.05)", "57.0", "60.7/55.9/58.2", "71.3", "55.6", "90.3/43.9/59.1", "75.1"),
    ("AFINN", "57.2", "60.5/57.1/58.8", "72.1", "56.7", "89.8/44.5/59.5", "74.4"),
    ("SVM, published", "62.9", "", "", "", "", ""),
    ("FastText, published", "62.9", "", "", "", "", ""),
    ("prototype of the same size", "65.0", "57.8/76.9/66.0", "83.3", "69.7", "89.8/67.5/77.1", "87.2"),
    ("RoBERTa-base, published", "71.3", "", "", "", "", ""),
)
#: Actionable reasons of the airline set.
ACTIONABLE = {
    "Customer Service Issue", "Late Flight", "Cancelled Flight", "Lost Luggage", "Damaged Luggage",
    "Flight Booking Problems",
}  # fmt: skip
#: The airline set's word for a reason that could not be told.
_UNTOLD = "Can't Tell"
_PAGE = corpora.ROOT / "docs" / "judging.md"
_TABLES, _TABLES_END = "<!-- tables -->", "<!-- end -->"
_LOST = {"Cancelled Flight", "Lost Luggage", "Damaged Luggage"}


def auc(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """The share of pairs of one that is and one that is not in which the first scores higher; ties count half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        for n in order[at:end]:
            ranks[n] = (at + end + 1) / 2
        at = end
    yes = sum(truth)
    return (sum(r for r, is_so in zip(ranks, truth, strict=True) if is_so) - yes * (yes + 1) / 2) / (
        yes * (len(truth) - yes)
    )


def precision_at(scores: Sequence[float], truth: Sequence[bool], first: int) -> float:
    """The share that is among the ``first`` highest scores."""
    best = sorted(range(len(scores)), key=lambda n: -scores[n])[:first]
    return sum(truth[n] for n in best) / first


@cache
def english_tone(text: str) -> Tone:
    """What the tone of a text is, taken for English."""
    english, words = book(shipped()["en"]), read_words(text)
    findings, harmless = english.read(words)
    return tone(evidence(findings, text), predict(without_harmless(text, harmless)))


def three_way(data: Labelled) -> tuple[float, str, float]:
    """Macro-recall, precision/recall/F1 of negative, and negative AUC, in percent."""
    tones = [english_tone(text) for text, _ in data]
    probabilities = [one.probabilities for one in tones]
    told = [corpora.LABELS.index(one.sentiment.label) for one in tones]
    truth = [label for _, label in data]
    recalls = []
    for label in range(3):
        mine = [t for t, true in zip(told, truth, strict=True) if true == label]
        recalls.append(sum(t == label for t in mine) / len(mine))
    called = [true for t, true in zip(told, truth, strict=True) if t == 0]
    precision, recall = sum(true == 0 for true in called) / len(called), recalls[0]
    f1 = 2 * precision * recall / (precision + recall)
    area = auc([p[0] for p in probabilities], [true == 0 for true in truth])
    return 100 * sum(recalls) / 3, f"{100 * precision:.1f}/{100 * recall:.1f}/{100 * f1:.1f}", 100 * area


def abusive(text: str) -> bool:
    """Whether a text is flagged, as :mod:`mentionwatch.analysis.flags` does it."""
    probability, words = abuse.abuse(text)
    return probability >= abuse.THRESHOLD and bool(words)


def macro_f1(data: Labelled, told: Callable[[str], bool]) -> float:
    """The mean of both classes' F1, in percent."""
    said = [told(text) for text, _ in data]
    total = 0.0
    for wanted in (True, False):
        hits = sum(s == wanted == bool(label) for s, (_, label) in zip(said, data, strict=True))
        total += 2 * hits / (sum(s == wanted for s in said) + sum(bool(label) == wanted for _, label in data))
    return 50 * total


def correlation(pairs: Sequence[tuple[float, float]]) -> float:
    """Pearson's r."""
    n = len(pairs)
    mx, my = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    xy = sum((x - mx) * (y - my) for x, y in pairs)
    return xy / (sum((x - mx) ** 2 for x, _ in pairs) * sum((y - my) ** 2 for _, y in pairs)) ** 0.5


def _sentiment() -> None:
    print("### Sentiment\n")
    print("| | TweetEval macro-recall | negative P/R/F1 | negative AUC | airline macro-recall | P/R/F1 | AUC |")
    print("|---|---|---|---|---|---|---|")
    a = three_way(corpora.tweeteval("sentiment", "test"))
    b = three_way(corpora.airline())
    print(f"| **this package** | **{a[0]:.1f}** | {a[1]} | {a[2]:.1f} | **{b[0]:.1f}** | {b[1]} | **{b[2]:.1f}** |")
    for row in _FIGURES:
        print("| " + " | ".join(row) + " |")
    v = three_way(corpora.tweeteval("sentiment", "val"))
    print(f"\nValidation part: macro-recall {v[0]:.1f}, negative {v[1]}, AUC {v[2]:.1f}.\n")
    print("| first shown | TweetEval | airline |\n|---|---|---|")
    sets = [corpora.tweeteval("sentiment", "test"), corpora.airline()]
    scored = [
        ([english_tone(text).probabilities[0] for text, _ in data], [label == 0 for _, label in data]) for data in sets
    ]
    for first in (100, 500):
        print(f"| negative among {first} | " + " | ".join(f"{precision_at(*s, first):.2f}" for s in scored) + " |")
    print("\n| other domains (human rating) | r with it | negative AUC |\n|---|---|---|")
    for name in corpora.RATED:
        rated = corpora.rated(name, train=False)
        scores = [(p[2] - p[0], p[0], rating) for p, rating in ((english_tone(t).probabilities, r) for t, r in rated)]
        r = correlation([(score, rating) for score, _, rating in scores])
        area = auc([negative for _, negative, _ in scores], [rating < -0.5 for *_, rating in scores])
        print(f"| {name} | {r:.3f} | {100 * area:.1f} |")


def _abuse() -> None:
    print("\n### Abusive language (OLID)\n")
    print("| | macro-F1 | airline tweets flagged |\n|---|---|---|")
    flagged = sum(abusive(text) for text, _ in corpora.airline()) / len(corpora.airline())
    score = macro_f1(corpora.tweeteval("offensive", "test"), abusive)
    print(f"| **this package** | **{score:.1f}** | {100 * flagged:.1f} % |")
    print("| alt-profanity-check as it comes | 73.2 | 2.3 % |")
    print("| better-profanity | 69.8 | |")
    print("| RoBERTa-RT, published | 81.6 | |")


def _complaints() -> None:
    """Against two readings of what a complaint is: every negative tweet, and one with a reason that somebody named."""
    rows = corpora.airline_reasons()
    made = [_analysed(text) for text, _ in rows]
    called = ["complaint" in one.flags for one in made]
    negative = [one.sentiment is not None and one.sentiment.label == "negative" for one in made]
    named = [bool(reason) and reason != _UNTOLD for _, reason in rows]
    told = [reason != _UNTOLD for _, reason in rows]
    print("\n### Verdicts on airline tweets, phrases and all\n")
    print("| verdict | against | precision | recall |\n|---|---|---|---|")
    complaints = [bool(reason) for _, reason in rows]
    for verdict, flagged, against, truth, counted in (
        ("negative", negative, "negative", complaints, [True] * len(rows)),
        ("complaint", called, "negative", complaints, [True] * len(rows)),
        ("complaint", called, f"negative for a named reason, without those for “{_UNTOLD}”", named, told),
        ("complaint", called, f"the same, those for “{_UNTOLD}” counted as wrong", named, [True] * len(rows)),
    ):
        pairs = [(f, t) for f, t, c in zip(flagged, truth, counted, strict=True) if c]
        hits = sum(f and t for f, t in pairs)
        precision, recall = hits / sum(f for f, _ in pairs), hits / sum(t for _, t in pairs)
        print(f"| {verdict} | {against} | {precision:.3f} | {recall:.3f} |")


@cache
def _analysed(text: str) -> Analysis:
    return analyse(Item("x", "post", text=text, language="en"), Brand("Airline"))


def _urgency() -> None:
    print("\n### Urgency (airline tweets; the reasons were never used to fit)\n")
    rows = corpora.airline_reasons()
    levels = {"urgent": 3, "high": 2, "normal": 1, "low": 0}
    # Many urgent posts, a danger or an assault, are none that the set calls actionable.
    raised = {"urgent": 2, "high": 2, "normal": 1, "low": 0}
    made = [_analysed(text) for text, _ in rows]
    negative = [english_tone(text).probabilities[0] for text, _ in rows]
    ranked = [levels[m.urgency.level] + p for m, p in zip(made, negative, strict=True)]
    both = [raised[m.urgency.level] + p for m, p in zip(made, negative, strict=True)]
    print("| target: AUC / precision at 200 | level, then P(negative) | urgent and high alike | P(negative) alone |")
    print("|---|---|---|---|")
    for name, wanted in (("actionable", ACTIONABLE), ("cancelled, lost or damaged", _LOST)):
        truth = [reason in wanted for _, reason in rows]
        parts = [f"{100 * auc(s, truth):.1f} / {precision_at(s, truth, 200):.2f}" for s in (ranked, both, negative)]
        print(f"| {name} | {' | '.join(parts)} |")
    print("\n| level | share of all | of which actionable |\n|---|---|---|")
    for level in levels:
        here = [reason for m, (_, reason) in zip(made, rows, strict=True) if m.urgency.level == level]
        acted = sum(reason in ACTIONABLE for reason in here)
        share = f"{100 * acted / len(here):.0f} %" if here else "–"
        print(f"| {level} | {100 * len(here) / len(rows):.1f} % | {share} |")
    above = sum(
        m.urgency.level in ("urgent", "high") and reason in ACTIONABLE
        for m, (_, reason) in zip(made, rows, strict=True)
    )
    print(f"\nHigh or urgent among actionable: {above / sum(reason in ACTIONABLE for _, reason in rows):.2f}.")


def _language() -> None:
    print("\n### English, no language given\n")
    print("| set | taken for English |\n|---|---|")
    for name, texts in (
        ("TweetEval test", [text for text, _ in corpora.tweeteval("sentiment", "test")]),
        ("airline", [text for text, _ in corpora.airline()]),
        ("NYT editorials", [text for text, _ in corpora.rated("nytEditorialSnippets", train=False)]),
    ):
        split = [tokens(text) for text in texts]
        taken = sum(is_english(written, [plain(token) for token in written], None) for written in split)
        print(f"| {name} | {100 * taken / len(texts):.1f} % |")


def _speed() -> None:
    print("\n### Speed\n")
    texts = [text for text, _ in corpora.tweeteval("sentiment", "test")]
    brand = Brand("Acme")
    items = [Item("x", "post", text=text) for text in texts]
    started = time.process_time()
    for item in items:
        analyse(item, brand)
    whole = len(items) / (time.process_time() - started)
    code = (
        "import time; a = time.process_time(); import mentionwatch.analysis as j; b = time.process_time();"
        " from mentionwatch.model import Brand, Item; j.analyse(Item('x', 'post', text='Acme is bad'), Brand('Acme'));"
        " print(f'{1000 * (b - a):.0f} ms to import, {1000 * (time.process_time() - b):.0f} ms for the first post')"
    )
    first = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{whole:,.0f} posts a second of CPU, everything judged; {first}.")


def _judged(paths: Sequence[Path], *, errors: bool, brief: bool = False) -> None:
    print("\n### Posts that a person has judged\n")
    judged.print_tables(paths, errors=errors, brief=brief)


def _other_languages(paths: Sequence[Path]) -> None:
    print("\n### Sentiment in other languages\n")
    languages.print_table(paths)


def _everything(others: Sequence[Path], *, errors: bool) -> None:
    _sentiment()
    _complaints()
    _abuse()
    _urgency()
    _judged(sorted(corpora.folder().with_name("judged").glob("*.jsonl")), errors=errors, brief=True)
    if others:
        _other_languages(others)
    _language()
    _speed()


def main() -> None:
    """Print every table, or those of the files named."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description="Measure the judging.")
    parser.add_argument("--judged", nargs="+", type=Path, metavar="PATH", help="only files of judged posts")
    parser.add_argument("--tone", nargs="+", type=Path, metavar="PATH", help="<language>.tsv of label and text")
    parser.add_argument("--airline", type=Path, metavar="PATH", help="another half of the airline set")
    parser.add_argument("--errors", action="store_true", help="list the posts judged otherwise, with the reasons")
    parser.add_argument("--write", action="store_true", help="write every table into docs/judging.md")
    given = parser.parse_args()
    if given.airline:
        corpora.use_airline(given.airline)
    if given.write:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            _everything(given.tone or (), errors=False)
        before, rest = _PAGE.read_text(encoding="utf-8").split(_TABLES, 1)
        after = rest[rest.index(_TABLES_END) :]
        _PAGE.write_text(f"{before}{_TABLES}\n{printed.getvalue().strip()}\n{after}", encoding="utf-8")
    elif given.judged or given.tone:
        if given.judged:
            _judged(given.judged, errors=given.errors)
        if given.tone:
            _other_languages(given.tone)
    elif given.airline:
        _sentiment()
        _complaints()
        _urgency()
    else:
        _everything((), errors=given.errors)


if __name__ == "__main__":
    main()
