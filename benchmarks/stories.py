"""How well, and how fast, items and stories are told apart. Run: ``python benchmarks/stories.py``.

The generated set imitates what a monitor meets: agency reports reprinted, cut, edited and added to, cross-posts,
retweets, shares of a link – and beside them what must stay apart: forms filled in anew (weather, quakes, jobs, shares,
openings), short posts that everybody writes, footers that every article of an outlet carries, round-ups, the same form
a season later. All words are invented. With the shared corpus beside the checkout (or ``MENTIONWATCH_SHARED``) the
public sets are scored too. Scores are pairwise: of all pairs put in one story, how many belong there (precision), and
of all that belong, how many were put there (recall).
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mentionwatch.identity import StoredItem, identity_keys, resolve_identity
from mentionwatch.model import Item
from mentionwatch.stories import CandidateStory, StoryFingerprint, choose_story, story_fingerprint
from mentionwatch.urls import canonical_url, find_urls


def _words(text: str) -> list[str]:
    return text.split()


BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
OUTLETS = [
    f"{name}.example" for name in _words("herald courier ledger gazette tribune echo planet mirror record globe")
]


@dataclass(frozen=True, slots=True)
class Case:
    """An item, the story it belongs to, and how it was made."""

    item: Item
    story: str
    made: str


# --- scoring ----------------------------------------------------------------------------------------------------------


class Shelf:
    """The store's part, in memory: finds the stories that share a number with a telling."""

    def __init__(self) -> None:
        self.by_number: dict[int, list[str]] = defaultdict(list)
        self.stories: dict[str, CandidateStory] = {}

    def put(self, new: StoryFingerprint) -> str:
        """The story ``new`` was put into."""
        common = Counter(story for number in new.sketch for story in self.by_number.get(number, ()))
        candidates = [self.stories[story] for story, _ in common.most_common(64)]
        found = choose_story(new, candidates)
        if found is None:
            story = self.stories[new.id] = CandidateStory(new.id, new, [], [])
        else:
            story = self.stories[found.story]
        story.members.append(new.id)  # type: ignore[attr-defined]
        if new.page:
            story.pages.append(new.page)  # type: ignore[attr-defined]
        for number in new.sketch:
            if story.id not in self.by_number[number]:
                self.by_number[number].append(story.id)
        return story.id


def tell(case_id: str, item: Item) -> StoryFingerprint:
    """The item's telling, with the links in its text, as a source would give them."""
    links = item.links + tuple(span.url for span in find_urls(item.text))
    return story_fingerprint(case_id, item.published_at or BEGIN, replace(item, links=links))


def fold(cases: Sequence[Case]) -> list[str]:
    """The story each case was put into, in order of publication."""
    shelf = Shelf()
    order = sorted(range(len(cases)), key=lambda n: cases[n].item.published_at or BEGIN)
    found = {n: shelf.put(tell(str(n), cases[n].item)) for n in order}
    return [found[n] for n in range(len(cases))]


def pairs(labels: Sequence[str]) -> set[tuple[int, int]]:
    """Every pair of positions with the same label."""
    groups: dict[str, list[int]] = defaultdict(list)
    for n, label in enumerate(labels):
        groups[label].append(n)
    return {(a, b) for group in groups.values() for i, a in enumerate(group) for b in group[i + 1 :]}


def score(found: set[tuple[int, int]], right: set[tuple[int, int]]) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1, from 0 to 1."""
    both = len(found & right)
    precision = both / len(found) if found else 1.0
    recall = both / len(right) if right else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


# --- the generated set ------------------------------------------------------------------------------------------------

_SYLLABLES = _words("ba ro ti ne ku la mi so va de gri pol tan fer lum ost wen dar hil zor")
_SMALL = _words("the of to a in and that it was for on with as at by is be from has had were which this but not")


class Writer:
    """Writes in an invented language with the word frequencies of a real one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = sorted({self._word() for _ in range(6000)})
        self.random.shuffle(self.words)
        self.weights = [1 / (n + 8) for n in range(len(self.words))]

    def _word(self) -> str:
        return "".join(self.random.choices(_SYLLABLES, k=self.random.choice((1, 2, 2, 3, 3))))

    def some(self, count: int) -> list[str]:
        """``count`` words, two in five of them the small ones."""
        rare = self.random.choices(self.words, self.weights, k=count)
        return [self.random.choice(_SMALL) if self.random.random() < 0.4 else word for word in rare]

    def sentence(self) -> str:
        words = self.some(self.random.randint(8, 26))
        if self.random.random() < 0.4:
            words[self.random.randrange(len(words))] = str(self.random.randint(2, 4000))
        return " ".join(words).capitalize() + "."

    def article(self, sentences: int) -> list[str]:
        return [self.sentence() for _ in range(sentences)]

    def headline(self) -> str:
        return " ".join(self.some(self.random.randint(6, 11))).capitalize()

    def name(self) -> str:
        return self._word().capitalize() + self._word()


def generate(seed: int = 1, stories: int = 150) -> list[Case]:
    """About ``stories * 7`` tellings of real stories and as many that must stay apart."""
    writer = Writer(seed)
    made: list[Case] = []
    for n in range(stories):
        made += _agency(writer, f"agency-{n}")
        made += _social(writer, f"social-{n}")
    for n in range(stories // 5):
        made += _forms(writer, f"form-{n}")
        made += _outlet(writer, f"outlet-{n}")
        made += _smalltalk(writer, f"talk-{n}")
    writer.random.shuffle(made)
    return made


def _at(writer: Writer, begin: datetime, hours: int) -> datetime:
    return begin + timedelta(minutes=writer.random.randint(1, hours * 60))


def _page(writer: Writer, outlet: str) -> str:
    return (
        f"https://{outlet}/{writer.random.randint(1, 28)}/{'-'.join(writer.some(4))}-{writer.random.randint(1, 10**8)}"
    )


def _article(url: str, title: str, paragraphs: Sequence[str], at: datetime) -> Item:
    return Item("feed", "article", url=url, title=title, text="\n\n".join(paragraphs), published_at=at)


def _agency(writer: Writer, story: str) -> list[Case]:
    """One report, and what ten outlets make of it."""
    rnd = writer.random
    begin = BEGIN + timedelta(hours=rnd.randint(0, 24 * 60))
    title, text = writer.headline(), writer.article(rnd.randint(6, 24))
    place = writer.name().upper()
    first = _article(_page(writer, "wire.example"), title, [f"{place} (WIRE) — {text[0]}", *text[1:]], begin)
    made = [Case(first, story, "first")]
    for outlet in rnd.sample(OUTLETS, rnd.randint(2, 7)):
        kind = rnd.choice(("reprint", "reprint", "wrapped", "cut", "edited", "updated", "added", "retitled"))
        body, head = list(text), title
        if kind in ("reprint", "retitled"):
            body = [
                f"By staff of the {outlet.partition('.')[0]}",
                *body,
                "Copyright. All rights reserved. Subscribe now.",
            ]
        if kind == "retitled":
            head = writer.headline()
        if kind == "wrapped":
            body = ["\n".join(" ".join(body).replace('"', "”").split(". "))]
        if kind == "cut":
            body = body[: max(2, round(len(body) * rnd.uniform(0.4, 0.8)))]
        if kind == "edited":
            body = [_edited(writer, each, 0.04) for each in body]
        if kind == "updated":
            body[rnd.randrange(len(body))] = writer.sentence()
            body[0] = _renumbered(writer, body[0])
        if kind == "added":
            body.insert(rnd.randint(1, len(body)), " ".join(writer.article(3)))
        made.append(Case(_article(_page(writer, outlet), head, body, _at(writer, begin, 60)), story, kind))
    return made


def _edited(writer: Writer, sentence: str, share: float) -> str:
    words = sentence.split()
    return " ".join(writer.some(1)[0] if writer.random.random() < share else word for word in words)


def _renumbered(writer: Writer, sentence: str) -> str:
    return " ".join(str(writer.random.randint(2, 4000)) if word.isdigit() else word for word in sentence.split())


def _post(platform: str, at: datetime, writer: Writer, text: str, links: tuple[str, ...] = ()) -> Item:
    number = writer.random.randint(10**12, 10**13)
    url = f"https://{platform}.example/@{writer.name().lower()}/{number}"
    return Item(platform, "post", external_id=str(number), url=url, text=text, links=links, published_at=at)


def _social(writer: Writer, story: str) -> list[Case]:
    """A post that travels, or an article that is passed on."""
    rnd = writer.random
    begin = BEGIN + timedelta(hours=rnd.randint(0, 24 * 60))
    name = writer.name()
    if rnd.random() < 0.5:
        text = f"{writer.sentence()} {writer.sentence()}"
        made = [Case(_post("birdsite", begin, writer, text), story, "post")]
        for kind in rnd.sample(("crosspost", "retweet", "cut retweet", "quoted", "retweet"), 3):
            said = {
                "crosspost": f"{text} https://short.example/{rnd.randint(10**6, 10**7)}",
                "retweet": f"RT @{name.lower()}: {text}",
                "cut retweet": f"RT @{name.lower()}: {text[: max(60, len(text) // 2)]}…",
                "quoted": f"this! “{text}” #{name}",
            }[kind]
            made.append(Case(_post("elephant", _at(writer, begin, 48), writer, said), story, kind))
        return made
    page = _page(writer, rnd.choice(OUTLETS))
    title = writer.headline()
    made = [Case(_article(page, title, writer.article(12), begin), story, "article")]
    for kind in ("shared", "shared", "headline and link", "submitted"):
        tracked = f"{page}?utm_source={kind[:4]}&fbclid={rnd.randint(1, 10**9)}"
        said = {"headline and link": title, "submitted": ""}.get(kind, " ".join(writer.some(rnd.randint(3, 15))))
        item = _post("birdsite", _at(writer, begin, 48), writer, said, (tracked,))
        made.append(Case(replace(item, title=title) if kind == "submitted" else item, story, kind))
    return made


_FORMS = (
    (
        "Weather for {0} today and tomorrow",
        "Today in {0}: {1}, high {2}, wind from {3}. Tonight: {4}, low {5}. Tomorrow: {6}.",
    ),
    (
        "Quake of {2} shakes {0}",
        "A quake of magnitude {2} was measured {5} kilometres from {0} at a depth of {7} kilometres. It was felt in "
        "{1} and {3}. No damage was reported.",
    ),
    (
        "{0} shares move {2} percent",
        "Shares of {0} moved {2} percent on {4} to close at {5}. The maker of {1} {6} has a market value of {7} "
        "million. Analysts of {3} rate it a hold.",
    ),
    (
        "{0} stock gaps {4}",
        "{0} gapped {4} prior to trading on {3}. The stock had previously closed at {2}.{5} but opened at {5}.{2}. "
        "Several research firms have weighed in on the stock, which has a consensus rating of hold among the brokers "
        "that cover it. {1} raised its target from {2} to {5}. The company has a fifty day moving average of {7} and "
        "a market value of {5}{2} million. It last announced its quarterly earnings on {6}, reporting {2} cents a "
        "share. Hedge funds and other institutional investors own {2} percent of the stock.",
    ),
    (
        "{0} wanted in {1}",
        "We are looking for a {0} {6} in {1}, {7} hours a week. You know {3} and {4}. Send your papers to {0} at {1}, "
        "reference {5}.",
    ),
    (
        "{0} opens in {1}",
        "{0} opens its {2}th place in {1} on {4}. The first {5} guests get a free {6}. {3} {1}",
    ),
    ("", "Now playing on Radio {0}: {1} {6} by {3} {4}"),
    ("", "I just checked in at {0} {1} with {2} others"),
)


def _forms(writer: Writer, story: str) -> list[Case]:
    """Forms filled in anew: every one is a story of its own, though most words are the same."""
    rnd = writer.random
    made = []
    for n, (title, text) in enumerate(_FORMS):
        begin = BEGIN + timedelta(hours=rnd.randint(0, 24 * 60))
        outlet = rnd.choice(OUTLETS)
        for again in range(4):
            filled = [writer.name(), writer.name(), rnd.randint(2, 90), writer.name(), writer.some(1)[0]]
            filled += [rnd.randint(2, 900), " ".join(writer.some(2)), rnd.randint(2, 900)]
            at = begin + timedelta(days=again)
            item = _article(_page(writer, outlet), title.format(*filled), [text.format(*filled)], at)
            made.append(Case(item, f"{story}-{n}-{again}", "form"))
    # the agency's form a season later
    title, body = writer.headline(), writer.article(8)
    for again in range(2):
        at = BEGIN + timedelta(days=40 * again + rnd.randint(0, 20))
        item = _article(_page(writer, "wire.example"), title, [_edited(writer, each, 0.05) for each in body], at)
        made.append(Case(item, f"{story}-season-{again}", "form"))
    return made


def _outlet(writer: Writer, story: str) -> list[Case]:
    """Short articles of one outlet that all carry its footer, two stories, and the round-up that tells both."""
    rnd = writer.random
    outlet, footer = rnd.choice(OUTLETS), " ".join(writer.article(2))
    begin = BEGIN + timedelta(hours=rnd.randint(0, 24 * 60))
    made = []
    for n in range(4):
        body = [*writer.article(4), footer]
        item = _article(_page(writer, outlet), writer.headline(), body, _at(writer, begin, 48))
        made.append(Case(item, f"{story}-footer-{n}", "footer"))
    # a company's press releases, each with the same paragraph about the company, longer than the news
    about = " ".join(writer.article(5))
    for n in range(4):
        body = [*writer.article(rnd.randint(2, 5)), about]
        item = _article(_page(writer, outlet), writer.headline(), body, _at(writer, begin, 48))
        made.append(Case(item, f"{story}-release-{n}", "release"))
    one, two = writer.article(4), writer.article(4)
    for n, body in enumerate((one, two)):
        item = _article(_page(writer, OUTLETS[n]), writer.headline(), body, begin)
        made.append(Case(item, f"{story}-part-{n}", "part"))
    body = [*one[:2], *two[:2], *writer.article(3)]
    item = _article(_page(writer, outlet), writer.headline(), body, begin + timedelta(hours=5))
    made.append(Case(item, f"{story}-round-up", "round-up"))
    return made


_TALK = (
    "Good morning with a cup of Acme",
    "Love Acme so much",
    "Anyone else having trouble with the Acme app today?",
    "Acme is the best",
    "@acme please answer my message",
)


def _smalltalk(writer: Writer, story: str) -> list[Case]:
    """What everybody writes, and a post beside its opposite."""
    at = BEGIN + timedelta(hours=writer.random.randint(0, 24 * 60))
    made = [
        Case(_post("birdsite", at + timedelta(minutes=n), writer, text), f"{story}-{n}", "small talk")
        for n, text in enumerate(_TALK)
    ]
    words = writer.some(18)
    for n, said in enumerate(("is", "is not")):
        text = " ".join([*words[:5], said, *words[5:10], said, *words[10:], said])
        made.append(Case(_post("birdsite", at, writer, text), f"{story}-opposite-{n}", "opposite"))
    return made


# --- the public sets --------------------------------------------------------------------------------------------------


def mccormick(folder: Path, size: int) -> tuple[list[Case], set[tuple[int, int]]]:
    """The near-duplicate news of chrisjmccormick/MinHash, and its true pairs."""
    lines = (folder / f"articles_{size}.train").read_text("utf-8").splitlines()
    names = [line.partition(" ")[0] for line in lines]
    cases = [
        Case(Item("feed", "article", text=line.partition(" ")[2], published_at=BEGIN), "", "") for line in lines if line
    ]
    truth = (folder / f"articles_{size}.truth").read_text("utf-8").split("\n")
    right = {tuple(sorted(names.index(name) for name in line.split())) for line in truth if line.strip()}
    return cases, {(a, b) for a, b in right}


def scoop(folder: Path) -> list[Case]:
    """The scraped news of janitrai/scoop with its hand-checked stories."""
    data = folder / "backend"
    cases = []
    for line in (data / "testdata/ground_truth/dedup_ground_truth_items.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        raw = json.loads((data / row["file"]).read_text("utf-8"))
        at = raw.get("published_at") or raw["source_metadata"]["scraped_at"]
        cases.append(
            Case(
                Item(
                    "feed",
                    "article",
                    url=raw.get("canonical_url"),
                    title=raw.get("title"),
                    text=raw.get("body_text") or "",
                    published_at=datetime.fromisoformat(at.replace("Z", "+00:00")).replace(tzinfo=UTC),
                ),
                row["story_gt_id"],
                row["source"],
            )
        )
    return cases


def fold_items(cases: Sequence[Case]) -> list[str]:
    """As :func:`fold`, but one address is one item, as the store has it before stories are asked for."""
    first: dict[str, int] = {}
    same = [first.setdefault(canonical_url(case.item.url or "") or f"#{n}", n) for n, case in enumerate(cases)]
    kept = sorted(set(same))
    found = dict(zip(kept, fold([cases[n] for n in kept]), strict=True))
    return [found[n] for n in same]


# --- the report -------------------------------------------------------------------------------------------------------


def _told(name: str, scores: tuple[float, float, float], size: int) -> None:
    precision, recall, f1 = (100 * value for value in scores)
    print(f"{name:<34} {size:>6} items  precision {precision:6.2f}  recall {recall:6.2f}  F1 {f1:6.2f}")


def _rate(name: str, count: int, work: Iterable[object]) -> None:
    begin = time.process_time()
    for _ in work:
        pass
    spent = time.process_time() - begin
    print(f"{name:<34} {count / spent:>10,.0f} a second of CPU")


def main() -> None:
    shared = Path(os.environ.get("MENTIONWATCH_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    for seed in (1, 2, 3):
        cases = generate(seed)
        found = pairs(fold(cases))
        right = pairs([case.story for case in cases])
        _told(f"generated, seed {seed}", score(found, right), len(cases))
        if "-v" in sys.argv:
            missed = Counter(tuple(sorted((cases[a].made, cases[b].made))) for a, b in right - found)
            wrong = Counter(tuple(sorted((cases[a].made, cases[b].made))) for a, b in found - right)
            print("   missed", missed.most_common(12))
            print("   wrong ", wrong.most_common(12))
    language = shared / "corpus" / "language"
    if language.is_dir():
        for size in (100, 1000, 2500):
            cases, right = mccormick(language / "mccormick", size)
            _told(f"mccormick {size}", score(pairs(fold(cases)), right), len(cases))
        cases = scoop(language / "scoop")
        found, right = pairs(fold_items(cases)), pairs([case.story for case in cases])
        _told("scoop", score(found, right), len(cases))
        if "-v" in sys.argv:
            for kind, some in (("missed", right - found), ("wrong", found - right)):
                for a, b in sorted(some)[:20]:
                    print("  ", kind, repr(cases[a].item.title)[:70], "|", repr(cases[b].item.title)[:70])
    cases = generate(7)
    urls = [f"https://www.news.example/2026/{n}/acme-recall?utm_source=x&id={n}#top" for n in range(50_000)]
    _rate("canonical_url", len(urls), map(canonical_url, urls))
    items = [case.item for case in cases]
    answers = [items[n : n + 30] for n in range(0, len(items), 30)]
    _rate("identity keys (30 an answer)", len(items), (identity_keys(answer, "feed") for answer in answers))
    named = [each for answer in answers for each in identity_keys(answer, "feed")]
    known = {
        key.text: StoredItem(n, item, frozenset(each.text for each in mine))
        for n, (item, mine) in enumerate(zip(items, named, strict=True))
        for key in mine
    }
    hits = [{key.text: known[key.text] for key in mine} for mine in named]
    _rate("resolve", len(items), map(resolve_identity, items, named, hits))
    _rate("telling (articles and posts)", len(cases), (tell(str(n), case.item) for n, case in enumerate(cases)))
    tellings = [tell(str(n), case.item) for n, case in enumerate(cases)]
    shelf = Shelf()
    _rate("choose, in memory", len(tellings), map(shelf.put, tellings))
    stored = [(each.id, each.at, each.dump()) for each in tellings]
    _rate("load a stored telling", len(stored), (StoryFingerprint.load(*each) for each in stored))
    print(f"{'bytes of a stored telling':<34} {sum(len(each[2]) for each in stored) / len(stored):>10,.0f}")


if __name__ == "__main__":
    main()
