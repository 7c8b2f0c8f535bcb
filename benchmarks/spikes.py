"""How good the rules of analysis/spikes.py are: ``python -m benchmarks.spikes --nab FOLDER``.

Ten brands' tweets of two months, counted every five minutes (``realTweets`` of the Numenta Anomaly Benchmark), scored
as that benchmark does (Lavin and Ahmad, 2015; its "standard" costs): a window of a labelled event found is worth up to
one, the more the earlier, a false alarm costs up to 0.11, a window missed costs one; 100 is perfect, 0 is never an
alarm. And simulations of brands that are smaller than any of these.

The series are read from ``../shared/corpus/language/nab`` or ``$MENTIONWATCH_SHARED``. Which windows are events is said
by ``labels/combined_windows.json`` of a checkout of https://github.com/numenta/NAB (ea702d7), given with ``--nab``; the
detectors published in its ``results`` are scored in the same run, with the thresholds it publishes for them. Without it
only the simulations are run.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from mentionwatch.analysis import spikes
from mentionwatch.analysis.spikes import MentionVolume, tail

ROOT = Path(__file__).resolve().parent.parent
_FALSE_ALARM = 0.11
_HOUR, _DAY = 12, 288
#: What may be chosen when others' brands choose.
_RATIOS = (0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5)

Alarms = Sequence[int]


@dataclass(frozen=True, slots=True)
class Series:
    """One brand: counts of five minutes, and the labelled windows as first and last row."""

    name: str
    counts: tuple[int, ...]
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Score:
    raw: float
    windows: int
    found: int
    false_alarms: int


def read(folder: Path, labels: Path) -> list[Series]:
    """The ten brands of ``folder``, with the windows that are labelled as events."""
    windows_of = json.loads(labels.read_text())
    found = []
    for file in sorted(folder.glob("Twitter_volume_*.csv")):
        name, windows = file.stem.removeprefix("Twitter_volume_"), windows_of[f"realTweets/{file.name}"]
        with file.open(newline="") as lines:
            rows = list(csv.reader(lines))[1:]
        at = {row[0]: number for number, row in enumerate(rows)}
        found.append(
            Series(name, tuple(int(float(row[1])) for row in rows), tuple((at[a[:19]], at[z[:19]]) for a, z in windows))
        )
    return found


def score(series: Series, alarms: Alarms) -> Score:
    """NAB's score of one file: rows of the first 750 do not count, a window counts by its first alarm."""
    trial = min(math.floor(0.15 * len(series.counts)), 750)
    best = {window: -1.0 for window in series.windows if window[1] >= trial}
    raw, false_alarms = 0.0, 0
    for row in alarms:
        if row < trial:
            continue
        inside = next((w for w in series.windows if w[0] <= row <= w[1]), None)
        if inside is not None:
            width = inside[1] - inside[0] + 1
            best[inside] = max(best[inside], _sigmoid(-(inside[1] - row + 1) / width) / _sigmoid(-1.0))
            continue
        false_alarms += 1
        before = [w for w in series.windows if w[1] < row]
        far = -1.0 if not before else _sigmoid((row - before[-1][1]) / (before[-1][1] - before[-1][0]))
        raw += _FALSE_ALARM * far
    found = sum(value > -1.0 for value in best.values())
    return Score(raw + sum(best.values()), len(series.windows), found, false_alarms)


def _sigmoid(position: float) -> float:
    return -1.0 if position > 3.0 else 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


def normal(scores: Sequence[Score]) -> float:
    """0 for never an alarm, 100 for perfect."""
    windows = sum(one.windows for one in scores)
    return 100 * (sum(one.raw for one in scores) + windows) / (2 * windows)


@dataclass(frozen=True, slots=True)
class Look:
    """One row as the rule sees it: what it makes of it, and how many times the usual each stretch holds by itself."""

    volume: MentionVolume
    #: Stretch and quantile → count over usual; nothing in the first two days.
    alone: Mapping[tuple[timedelta, float], float]


class _Stretch:
    """Counts of one stretch and their past, kept sorted from row to row, or it would take hours."""

    def __init__(self, window: timedelta) -> None:
        self._width = window // spikes.STEP
        self._recent: deque[int] = deque()
        self._waiting: deque[int] = deque()
        self._past: deque[int] = deque()
        self.ordered: list[int] = []
        self.count = self.total = self.squares = 0

    def add(self, value: int) -> None:
        """The next five minutes."""
        self._waiting.append(self.count)
        if len(self._waiting) > self._width:
            old = self._waiting.popleft()
            self._past.append(old)
            insort(self.ordered, old)
            self.total, self.squares = self.total + old, self.squares + old * old
            if len(self._past) > 14 * _DAY:
                gone = self._past.popleft()
                self.ordered.pop(bisect_left(self.ordered, gone))
                self.total, self.squares = self.total - gone, self.squares - gone * gone
        self._recent.append(value)
        self.count += value - (self._recent.popleft() if len(self._recent) > self._width else 0)


def looks(series: Series) -> Iterator[Look]:
    """Each row as the rule sees it."""
    stretches = {window: _Stretch(window) for window in spikes.WINDOWS}
    hour = stretches[spikes.WINDOW]
    for value in series.counts:
        for stretch in stretches.values():
            stretch.add(value)
        known = len(hour.ordered)
        if known < 2 * _DAY:
            yield Look(MentionVolume(0, 0, 1.0, 0.0), {})
            continue
        usual = [[spikes.quantile(one.ordered, q) for q in spikes.QUANTILES] for one in stretches.values()]
        counts = [one.count for one in stretches.values()]
        mean = hour.total / known
        variance = max(0.0, hour.squares / known - mean * mean)
        most = spikes.quantile(hour.ordered)
        together = spikes.ratio(counts, usual)
        # Chance is asked of what is large only, and takes longer than all else.
        chance = tail(hour.count, mean, variance) if together >= min(_RATIOS) else 1.0
        yield Look(
            MentionVolume(hour.count, most, chance, together),
            {
                (window, q): count / max(one, 1)
                for window, count, every in zip(spikes.WINDOWS, counts, usual, strict=True)
                for q, one in zip(spikes.QUANTILES, every, strict=True)
            },
        )


def rested(flags: Sequence[bool], rest: int = _DAY) -> list[int]:
    """The rows at which an alarm begins, none within ``rest`` rows of the last."""
    alarms: list[int] = []
    for row, flag in enumerate(flags):
        if flag and (not alarms or row - alarms[-1] >= rest):
            alarms.append(row)
    return alarms


def tuned(seen: MentionVolume, times: float, ratio: float, small: float = spikes.SMALL) -> bool:
    """What the rule would say with another ``ratio``, of a volume that is so many ``times`` the usual.

    Chance is asked of brands that usually have fewer than ``small``.
    """
    large = seen.count >= spikes.LEAST and times >= ratio
    return large and (seen.usual >= small or seen.chance <= spikes.CHANCE)


def cross_validated(found: Mapping[Hashable, list[Score]]) -> tuple[float, int, int]:
    """Each pair of brands scored by what the other eight chose: the score, and windows and false alarms for all ten."""
    raw: list[Score] = []
    size = len(next(iter(found.values())))
    for held in combinations(range(size), 2):
        best = max(found.values(), key=lambda scores: sum(s.raw for n, s in enumerate(scores) if n not in held))
        raw += [best[n] for n in held]
    times = size - 1
    return normal(raw), round(sum(s.found for s in raw) / times), round(sum(s.false_alarms for s in raw) / times)


def nab(folder: Path, checkout: Path) -> None:
    brands = read(folder, checkout / "labels" / "combined_windows.json")
    seen = {one.name: list(looks(one)) for one in brands}
    print("| detector | score | windows found | false alarms |\n|---|---|---|---|")

    def line(name: str, scores: Sequence[Score]) -> None:
        windows = sum(one.windows for one in scores)
        found, false = sum(one.found for one in scores), sum(one.false_alarms for one in scores)
        print(f"| {name} | {normal(scores):.1f} | {found} of {windows} | {false} |")

    def rule(alarm: Callable[[Look], bool], rest: int = _DAY) -> list[Score]:
        return [score(one, rested([alarm(row) for row in seen[one.name]], rest)) for one in brands]

    def with_ratios(times: Callable[[Look], float], small: float = spikes.SMALL) -> dict[float, list[Score]]:
        return {r: rule(lambda row, r=r: tuned(row.volume, times(row), r, small)) for r in _RATIOS}  # type: ignore[misc]

    windows = sum(len(one.windows) for one in brands)
    together = with_ratios(lambda row: row.volume.ratio)
    keys = [(window, q) for window in spikes.WINDOWS for q in spikes.QUANTILES]
    alone = {
        key: with_ratios(lambda row, key=key: row.alone.get(key, 0.0))  # type: ignore[misc]
        for key in keys
    }
    every = {(key, r): scores for key, found_by in alone.items() for r, scores in found_by.items()}
    every |= {("together", r): scores for r, scores in together.items()}
    asked = {
        ("asked", key, r): scores
        for key in keys
        for r, scores in with_ratios(
            lambda row, key=key: row.alone.get(key, 0.0),  # type: ignore[misc]
            math.inf,
        ).items()
    } | {("asked", r): scores for r, scores in with_ratios(lambda row: row.volume.ratio, math.inf).items()}
    value, found, false = cross_validated(every | asked)
    print(f"| **everything chosen on eight brands, scored on two** | {value:.1f} | {found} of {windows} | {false} |")
    line("as it ships, on the brands that chose it", rule(lambda row: row.volume.is_spike))
    value, found, false = cross_validated(together)
    print(f"| only the ratio chosen on eight, scored on two | {value:.1f} | {found} of {windows} | {false} |")
    for window in spikes.WINDOWS:
        ways = {q: cross_validated(alone[window, q])[0] for q in spikes.QUANTILES}
        best = max(ways, key=lambda q: ways[q])
        value, found, false = cross_validated(alone[window, best])
        minutes = window // timedelta(minutes=1)
        name = f"likewise, {minutes} min alone, quantile {best} (the best of {len(ways)})"
        print(f"| {name} | {value:.1f} | {found} of {windows} | {false} |")
    for r in (1.0, 1.05, 1.15, 1.2):
        line(f"ratio {r}", together[r])
    line("as it ships, without a rest", rule(lambda row: row.volume.is_spike, rest=1))
    line("chance alone (p ≤ 0.0001)", rule(lambda row: row.volume.chance <= 1e-4))
    line("mean and three deviations of 14 days", [score(one, rested(_gaussian(one))) for one in brands])
    line("three times the hour before", [score(one, rested(_jump(one))) for one in brands])
    line("never an alarm", [score(one, []) for one in brands])
    for name, threshold in _published(checkout):
        line(f"{name}, published", [score(one, _their_alarms(checkout, name, one, threshold)) for one in brands])
    print()


def _hours(series: Series) -> list[int]:
    return [sum(series.counts[max(0, n - _HOUR + 1) : n + 1]) for n in range(len(series.counts))]


def _gaussian(series: Series) -> list[bool]:
    flags, hours, total, squares = [], _hours(series), 0, 0
    for n, hour in enumerate(hours):
        known = min(n, 14 * _DAY)
        mean = total / known if known else 0.0
        deviation = math.sqrt(max(0.0, squares / known - mean * mean)) if known else 0.0
        flags.append(known >= 2 * _DAY and hour > mean + 3 * deviation)
        total, squares = total + hour, squares + hour * hour
        if n >= 14 * _DAY:
            old = hours[n - 14 * _DAY]
            total, squares = total - old, squares - old * old
    return flags


def _jump(series: Series) -> list[bool]:
    hours = _hours(series)
    return [n >= _HOUR and hour >= 4 and hour >= 3 * hours[n - _HOUR] for n, hour in enumerate(hours)]


def _published(checkout: Path) -> list[tuple[str, float]]:
    thresholds = json.loads((checkout / "config" / "thresholds.json").read_text())
    return [(name, value["standard"]["threshold"]) for name, value in thresholds.items() if name != "null"]


def _their_alarms(checkout: Path, name: str, series: Series, threshold: float) -> list[int]:
    file = checkout / "results" / name / "realTweets" / f"{name}_Twitter_volume_{series.name}.csv"
    with file.open(newline="") as lines:
        return [n for n, row in enumerate(csv.DictReader(lines)) if float(row["anomaly_score"]) >= threshold]


# -- brands smaller than those -----------------------------------------------------------------------------------------


def simulated(rate: float, factor: float, seed: int, days: int = 45) -> list[int]:
    """Mentions of each five minutes: more by day than by night, bursty by chance, at times ``factor``-fold for 6 h.

    Bursts begin on the days 18, 25, 32 and 39, at noon.
    """
    chance = random.Random(seed)
    counts = []
    for n in range(days * _DAY):
        hour = n / _HOUR % 24
        mean = rate / _HOUR * (1 + 0.8 * math.sin((hour - 9) / 24 * 2 * math.pi))
        if _bursts(n):
            mean *= factor
        # A gamma of half the mean's spread to the hour makes the counts negative binomial.
        mean *= chance.gammavariate(2.0, 0.5)
        counts.append(_poisson(mean, chance))
    return counts


def _bursts(n: int) -> bool:
    return n // _DAY in (18, 25, 32, 39) and 12 <= n / _HOUR % 24 < 18


def _poisson(mean: float, chance: random.Random) -> int:
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


def small() -> None:
    print("| mentions an hour | burst | found | after | false alarms in 30 days | without chance and least |")
    print("|---|---|---|---|---|---|")
    for rate, factor in ((50.0, 3.0), (10.0, 5.0), (2.0, 10.0), (0.5, 10.0), (0.1, 10.0)):
        ours, plain = [], []
        for seed in range(12):
            series = Series("", tuple(simulated(rate, factor, seed)), ())
            rows = [row.volume for row in looks(series)]
            ours.append(_outcome(rested([row.is_spike for row in rows])))
            ratio = [row.count > 0 and row.ratio >= spikes.RATIO for row in rows]
            plain.append(_outcome(rested([flag and n > 2 * _DAY + 2 * _HOUR for n, flag in enumerate(ratio)])))
        found, after, false = _sums(ours)
        other, _, others_false = _sums(plain)
        print(
            f"| {rate:g} | ×{factor:g} for 6 h | {found:.0%} | {after:.0f} min | {false:.2f} | "
            f"{other:.0%}, {others_false:.2f} false |"
        )


def _outcome(alarms: Sequence[int]) -> tuple[int, list[int], int]:
    """Bursts found, minutes to each, and false alarms after the first fourteen days."""
    delays: dict[int, int] = {}
    false = 0
    for row in alarms:
        if row < 14 * _DAY:
            continue
        day = row // _DAY
        # What was alarmed in the hour that still holds some of it counts too.
        if _bursts(row) or _bursts(row - _HOUR):
            delays.setdefault(day, int((row - (day * _DAY + 12 * _HOUR)) * 5))
        else:
            false += 1
    return len(delays), list(delays.values()), false


def _sums(outcomes: Sequence[tuple[int, list[int], int]]) -> tuple[float, float, float]:
    delays = [delay for _, one, _ in outcomes for delay in one]
    found = sum(one for one, _, _ in outcomes) / (4 * len(outcomes))
    return found, sum(delays) / len(delays) if delays else 0.0, sum(f for _, _, f in outcomes) / len(outcomes) * 30 / 31


def shares() -> None:
    print("\n| mentions an hour | negative share | found | after | false alarms in 30 days |\n|---|---|---|---|---|")
    for rate in (50.0, 10.0, 2.0):
        found, delays, false, days = 0, [], 0, 0
        for seed in range(60):
            hit, wrong = _turned(rate, seed)
            found += hit is not None
            delays += [] if hit is None else [hit]
            false, days = false + wrong, days + 10
        after = sum(delays) / len(delays) if delays else 0.0
        print(f"| {rate:g} | 20 % → 60 % | {found / 60:.0%} | {after:.1f} h | {false * 30 / days:.2f} |")


def _turned(rate: float, seed: int) -> tuple[float | None, int]:
    """Hours until a turn is found within a day, and false alarms in the ten days before, looking every half hour.

    The sentiment model errs as on the airline set: it finds 67 % of negative posts, and takes 14 % of others for one.
    """
    chance = random.Random(seed)
    hours = [(_poisson(rate / 2, chance)) for _ in range(25 * 48)]
    negative = []
    for n, count in enumerate(hours):
        true = 0.6 if n >= 24 * 48 else 0.2
        seen = true * 0.67 + (1 - true) * 0.14
        negative.append(sum(chance.random() < seen for _ in range(count)))
    hit, wrong, last = None, 0, -48
    for n in range(14 * 48, 25 * 48):
        first = max(0, n - 14 * 48 - 12)
        look = spikes.negative_share(
            sum(negative[n - 11 : n + 1]),
            sum(hours[n - 11 : n + 1]),
            sum(negative[first : n - 11]),
            sum(hours[first : n - 11]),
        )
        if look is not None and look.is_spike and n - last >= 48:
            last = n
            if n >= 24 * 48:
                return (n - 24 * 48) / 2, wrong
            wrong += 1
    return hit, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nab", type=Path, help="a checkout of https://github.com/numenta/NAB")
    given = parser.parse_args()
    shared = Path(os.environ.get("MENTIONWATCH_SHARED", ROOT.parent / "shared"))
    if given.nab is None:
        print("without --nab FOLDER nobody says which windows are events: only the simulations are run\n")
    else:
        nab(shared / "corpus" / "language" / "nab" / "data" / "realTweets", given.nab)
    small()
    shares()


if __name__ == "__main__":
    main()
