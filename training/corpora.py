"""The public sets, read from ``../shared/corpus/language`` or ``$MENTIONWATCH_SHARED``; none is in the project.

Their origin, licence and use are told in docs/judging.md.
"""

from __future__ import annotations

import codecs
import csv
import html
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABELS = ("negative", "neutral", "positive")

Labelled = list[tuple[str, int]]


def folder() -> Path:
    """Where the sets are; raises SystemExit where they are not."""
    found = Path(os.environ.get("MENTIONWATCH_SHARED", ROOT.parent / "shared")) / "corpus" / "language"
    if not found.is_dir():
        raise SystemExit(f"{found}: not there; name the folder that holds corpus/language in $MENTIONWATCH_SHARED")
    return found


def tweeteval(task: str, split: str) -> Labelled:
    """One split of TweetEval; for sentiment the labels are those of :data:`LABELS`, for offensive 1 is offensive."""
    here = folder() / "tweeteval" / task
    texts = (here / f"{split}_text.txt").read_text(encoding="utf-8").split("\n")
    labels = (here / f"{split}_labels.txt").read_text(encoding="utf-8").split()
    return [(text.strip(), int(label)) for text, label in zip(texts, labels, strict=False)]


def semeval() -> Labelled:
    """SemEval-2013 to 2016, task A, without any tweet that is in TweetEval's validation or test split."""
    seen = {_bare(text) for split in ("val", "test") for text, _ in tweeteval("sentiment", split)}
    found: Labelled = []
    for path in sorted((folder() / "semeval" / "Subtask_A" / "downloaded").glob("*-A.tsv")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            parts = line.rstrip("\t\r").split("\t")
            if len(parts) < 3 or parts[1] not in LABELS:
                continue
            text = _unescaped(parts[2])
            bare = _bare(text)
            if bare not in seen:
                seen.add(bare)
                found.append((text, LABELS.index(parts[1])))
    return found


def airline() -> Labelled:
    """Tweets to US airlines (the half that is given), never trained on."""
    return [(row["text"], LABELS.index(row["airline_sentiment"])) for row in _airline()]


def airline_reasons() -> list[tuple[str, str]]:
    """The same with why each was negative; an empty reason where it was not."""
    return [(row["text"], row["negativereason"]) for row in _airline()]


_airline_path: list[Path] = []


def use_airline(path: Path) -> None:
    """Read the airline set from another file, such as the half that is held back."""
    _airline_path[:] = [path]


def _airline() -> list[dict[str, str]]:
    path = _airline_path[0] if _airline_path else folder() / "airline" / "half.csv"
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return [row for row in csv.DictReader(file) if row["airline_sentiment"] in LABELS]


#: VADER's human-rated sets.
RATED = ("tweets", "amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets")


def rated(name: str, *, train: bool) -> list[tuple[str, float]]:
    """One half of a set of :data:`RATED` with its human mean rating, -4 to 4: trained on, or kept for the evaluation.

    Sentences of one review or editorial are all in the same half.
    """
    path = folder() / "vader" / f"{name}_GroundTruth.txt"
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return [
        (html.unescape(row[2]), float(row[1]))
        for row in rows
        if len(row) == 3 and int(row[0].split("_")[0]) % 2 == int(train)
    ]


def vader() -> Labelled:
    """The half of VADER's sets that is trained on; beyond half a point of rating a text is negative or positive."""
    return [
        (text, 0 if rating < -0.5 else 2 if rating > 0.5 else 1)
        for name in RATED
        for text, rating in rated(name, train=True)
    ]


def posts() -> Labelled:
    """Our own posts of the kinds a brand is mentioned in, written for training: ``data/posts.tsv``.

    ``C`` is a complaint, ``N`` otherwise negative, ``U`` neutral, ``P`` praise. The brand reads as it does when judged.
    """
    lines = Path(__file__).with_name("data").joinpath("posts.tsv").read_text(encoding="utf-8").splitlines()
    labels = {"C": 0, "N": 0, "U": 1, "P": 2}
    return [
        (re.sub(r"@?\bacme\b", "@brand", text, flags=re.IGNORECASE), labels[kind])
        for kind, text in (line.split("\t") for line in lines)
    ]


def _unescaped(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('""', '"')
    text = re.sub(r"\\u[0-9a-fA-F]{4}", lambda found: codecs.decode(found[0], "unicode_escape"), text)
    return html.unescape(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _bare(text: str) -> str:
    """A tweet as two copies of it are compared: letters and digits, without handles and addresses."""
    text = re.sub(r"https?://\S+|http\b|@\w+", " ", html.unescape(text).lower())
    return "".join(c for c in text if c.isalnum())
