"""How the judging does on posts that a person has judged; kinds of fault, not rates of a population.

A file holds a JSON object a line: ``id``, ``kind``, ``language``, ``title``, ``text``, ``stars``, and what the person
said: ``sentiment`` (a label), ``complaint``, ``high`` (high or urgent); ``null`` or absent is not judged on that axis.
The brand is called Acme in all of them; a review is of Acme's page and need not name it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentionwatch.analysis import Analysis, analyse
from mentionwatch.model import Brand, Item, Term
from mentionwatch.query.matcher import compile_brands

BRAND = Brand("Acme", terms=(Term("name", "Acme"), Term("handle", "@AcmeMobile")))


@dataclass(frozen=True, slots=True)
class JudgedPost:
    """One line of a file."""

    id: str
    kind: str
    language: str
    item: Item
    sentiment: str | None
    complaint: bool | None
    high: bool | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person and the program say of one post."""

    post: JudgedPost
    made: Analysis
    is_mention: bool

    @property
    def alarms(self) -> bool:
        return self.is_mention and self.made.urgency.level in ("urgent", "high")

    @property
    def negative(self) -> bool:
        return self.is_mention and self.made.sentiment is not None and self.made.sentiment.label == "negative"

    @property
    def complaint(self) -> bool:
        return self.is_mention and "complaint" in self.made.flags


def read(path: Path) -> list[JudgedPost]:
    """The posts of a file; raises SystemExit with file and line for anything else."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row: dict[str, Any] = json.loads(line)
            item = Item(
                "feed",
                "post" if row.get("stars") is None else "review",
                title=row.get("title") or None,
                text=row.get("text") or "",
                rating=row.get("stars"),
            )
            axes = (row.get("sentiment"), row.get("complaint"), row.get("high"))
            found.append(JudgedPost(row["id"], row["kind"], row["language"], item, *axes))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise SystemExit(f"{path}:{number}: not a judged post: {error!r}") from None
    return found


#: What a source may say of the language.
DECLARED, UNDECLARED, WRONGLY = "language declared", "not declared", "declared wrongly"


def judge(posts: Iterable[JudgedPost], declared: str) -> list[Outcome]:
    """Match and judge as a scan does; wrongly declared is English as German, and everything else as English."""
    matcher = compile_brands([BRAND])
    found = []
    for post in posts:
        item = Item(
            post.item.platform,
            post.item.kind,
            title=post.item.title,
            text=post.item.text,
            rating=post.item.rating,
            language={DECLARED: post.language, WRONGLY: "de" if post.language == "en" else "en"}.get(declared),
        )
        (verdict,) = matcher.matches(item) or (None,)
        matches = () if verdict is None else verdict.matches
        is_mention = bool(matches) or item.rating is not None
        found.append(Outcome(post, analyse(item, BRAND, matches=matches), is_mention))
    return found


def group(post: JudgedPost) -> str:
    """In which row of the tables a post counts."""
    language = "English" if post.language == "en" else post.language
    kind = "headlines" if "headline" in post.kind else "posts"
    return f"ordinary {language} {kind}" if post.kind.startswith("ordinary") else f"{language} {kind}"


def print_tables(paths: Sequence[Path], *, errors: bool, brief: bool = False) -> None:
    """Print how good urgency, complaint and sentiment are, by group; with ``errors`` every post judged otherwise.

    ``brief`` takes the languages other than English together.
    """
    posts = [post for path in paths for post in read(path)]
    outcomes = {declared: judge(posts, declared) for declared in (DECLARED, UNDECLARED, WRONGLY)}
    groups = sorted({group(post) for post in posts}, key=lambda name: ("ordinary" in name, "English" not in name, name))
    foreign = [name for name in groups if "English" not in name]
    rows = []
    for name in groups:
        for declared, made in () if brief and name in foreign else outcomes.items():
            rows.append((f"{name}, {declared}", [o for o in made if group(o.post) == name]))
    for calm in (False, True):
        names = [name for name in foreign if name.startswith("ordinary") == calm]
        for declared, made in outcomes.items() if len(names) > 1 else ():
            label = "ordinary posts" if calm else "posts"
            rows.append((f"all other {label}, {declared}", [o for o in made if group(o.post) in names]))
    missed = sum(not o.is_mention for o in outcomes[DECLARED])
    print(f"{len(posts)} posts; {missed} of them do not name {BRAND.name} and count as not found.\n")
    print("| | posts | high or urgent P / R | negative P / R | complaint P / R |\n|---|---|---|---|---|")
    for name, here in rows:
        if not name.startswith(("ordinary", "all other ordinary")):
            print(f"| {name} | {len(here)} | {_alarms(here)} | {_negatives(here)} | {_complaints(here)} |")
    print("\n| what should stay calm | posts | high or urgent | urgent | praise called negative | complaint |")
    print("|---|---|---|---|---|---|")
    for name, here in rows:
        calm_ones = [o for o in here if o.post.high is False]
        praise = [o for o in here if o.post.sentiment == "positive"]
        content = [o for o in here if o.post.complaint is False]
        cells = (
            _share([o.alarms for o in calm_ones]),
            _share([o.is_mention and o.made.urgency.level == "urgent" for o in calm_ones]),
            _share([o.negative for o in praise]),
            _share([o.complaint for o in content]),
        )
        if set(cells) != {"–"}:
            print(f"| {name} | {len(here)} | {' | '.join(cells)} |")
    if errors:
        _print_errors(outcomes[DECLARED], outcomes[UNDECLARED])


def _alarms(outcomes: Sequence[Outcome]) -> str:
    return _precision_recall([(o.alarms, o.post.high) for o in outcomes if o.post.high is not None])


def _negatives(outcomes: Sequence[Outcome]) -> str:
    judged = [o for o in outcomes if o.post.sentiment is not None]
    return _precision_recall([(o.negative, o.post.sentiment == "negative") for o in judged])


def _complaints(outcomes: Sequence[Outcome]) -> str:
    return _precision_recall([(o.complaint, o.post.complaint) for o in outcomes if o.post.complaint is not None])


def _precision_recall(pairs: Sequence[tuple[bool, bool]]) -> str:
    """``.92 / .35 (11 of 12 called, 11 of 31 so)``."""
    called = sum(said for said, _ in pairs)
    there = sum(true for _, true in pairs)
    hits = sum(said and true for said, true in pairs)
    if not pairs or not there:
        return f"{called} called, none is" if pairs else "–"
    precision = f"{hits / called:.2f}" if called else "–"
    return f"{precision} / {hits / there:.2f} ({hits} of {called} called, of {there} that are)"


def _share(of: Sequence[bool]) -> str:
    return f"{100 * sum(of) / len(of):.1f} % ({sum(of)} of {len(of)})" if of else "–"


def _print_errors(declared: Sequence[Outcome], undeclared: Sequence[Outcome]) -> None:
    """Every wrong verdict with its reasons, once where the declared language makes no difference."""
    print("\n| post | wrong | reasons |\n|---|---|---|")
    for first, second in zip(declared, undeclared, strict=True):
        faults, others = _faults(first), _faults(second)
        if faults:
            _print_error(first, faults, "" if faults == others else " (language declared)")
        if others and others != faults:
            _print_error(second, others, " (not declared)")


def _print_error(outcome: Outcome, faults: Sequence[str], when: str) -> None:
    sentiment, post = outcome.made.sentiment, outcome.post
    said = "; ".join(filter(None, (post.item.title, post.item.text if post.item.text != post.item.title else "")))
    tone = "not judged" if sentiment is None else f"{sentiment.label} {sentiment.score} {list(sentiment.reasons)}"
    level = f"{outcome.made.urgency.level} {list(outcome.made.urgency.reasons)}"
    cells = (f"{post.id} {post.kind}: {said}", ", ".join(faults) + when, f"{tone}; {level}")
    print("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")


def _faults(outcome: Outcome) -> list[str]:
    post = outcome.post
    if not outcome.is_mention:
        return ["not a mention"]
    pairs = [
        ("high", post.high, outcome.alarms),
        ("complaint", post.complaint, outcome.complaint),
        ("negative", None if post.sentiment is None else post.sentiment == "negative", outcome.negative),
    ]
    return [f"{'missed' if true else 'wrongly'} {axis}" for axis, true, said in pairs if true not in (None, said)]
