"""What two independent sources missed between them, estimated from what both found (pure).

Chapman's estimator for one recapture (Chapman 1951), its variance by Seber (1970), and a 95 % interval that is
log-normal in what was missed (Chao 1987): it never falls below what was found. docs/coverage.md has the rules.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from mentionwatch.records import MentionSighting

#: Below this the estimate is biased by more than 5 % too often (Robson and Regier 1964).
_LEAST_BOTH = 7
#: Of what the lesser found, both may have found so much: beyond it one copies the other.
_MIRROR = 0.95
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Estimate:
    """What there was of one brand and kind: ``total``, within ``low`` and ``high`` with 95 % confidence.

    ``found`` is how many each of the two sources found, ``both`` how many both did.
    """

    brand: str
    kind: str
    sources: tuple[str, str]
    found: tuple[int, int]
    both: int
    total: float
    low: float
    high: float

    @property
    def seen(self) -> int:
        """What either of them found."""
        return sum(self.found) - self.both


def chapman(first: int, second: int, both: int) -> tuple[float, float, float]:
    """The number there was, and its 95 % interval, from what two found alone and together."""
    total = (first + 1) * (second + 1) / (both + 1) - 1
    seen = first + second - both
    missed = total - seen
    if missed <= 0:
        return total, float(seen), float(seen)
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    spread = math.exp(_Z * math.sqrt(math.log1p(variance / missed**2)))
    return total, seen + missed / spread, seen + missed * spread


def estimates(captures: Iterable[MentionSighting], hosts: Mapping[str, str]) -> tuple[Estimate, ...]:
    """An estimate for each brand, kind and pair of sources whose numbers carry one.

    ``hosts`` says whom each source asks; what is not in it is left out. Two that ask the same host are not independent,
    nor are two of which the lesser found hardly anything that the other did not.
    """
    found: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one in captures:
        if one.source in hosts:
            found[one.brand, one.kind][one.source].add(one.item)
    made: list[Estimate] = []
    for (brand, kind), by_source in sorted(found.items()):
        for a, b in combinations(sorted(by_source), 2):
            both = len(by_source[a] & by_source[b])
            sizes = len(by_source[a]), len(by_source[b])
            if hosts[a] == hosts[b] or both < _LEAST_BOTH or both > _MIRROR * min(sizes):
                continue
            made.append(Estimate(brand, kind, (a, b), sizes, both, *chapman(*sizes, both)))
    return tuple(made)
