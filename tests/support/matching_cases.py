"""Judged matching cases: how a case becomes a brand and an item, and how well the rules do on them by category.

Run for the table, in ``tests``: ``python -m support.matching_cases [FILE…]`` (the project's own cases, and the shared
ones if they are beside the checkout). The format is that of the shared corpus; ``author`` is the only key added to it.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentionwatch.match import compile_brands
from mentionwatch.model import Author, Brand, Item, Term
from support.paths import DATA, ROOT

OWN = DATA / "matching_own.jsonl"
SHARED = Path(os.environ.get("MENTIONWATCH_SHARED", ROOT.parent / "shared")) / "corpus" / "matching.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """One judged case: the brand's terms, the item, and the terms that should match."""

    id: str
    category: str
    core: bool
    brand: Brand
    item: Item
    expected: frozenset[str]
    why: str


def load(path: Path) -> list[Case]:
    """The cases of a JSON Lines file, in order."""
    return [_case(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _case(given: dict[str, Any]) -> Case:
    terms: list[Term] = []
    exclude: list[str] = []
    for term in given["terms"]:
        kind: Any = "name" if term["kind"] == "phrase" else term["kind"]
        if kind == "exclude":
            exclude.append(term["value"])
        else:
            required = tuple(term.get("require", ()))
            terms.append(Term(kind, term["value"], case=term.get("case", False), context=required))
    item = Item(
        platform="feed",
        kind="post",
        url=given.get("url") or None,
        title=given.get("title") or None,
        text=given["text"],
        language=given.get("lang"),
        author=Author(handle=given.get("author")),
        links=tuple(link["expanded_url"] for link in given.get("urls") or () if link.get("expanded_url")),
    )
    brand = Brand("case", terms=tuple(terms), exclude=tuple(exclude))
    core = given["tier"] == "core"
    return Case(given["id"], given["cat"], core, brand, item, frozenset(given["expect"]), given["why"])


def found_terms(case: Case) -> frozenset[str]:
    """The terms that match the case's item."""
    return frozenset(
        match.term for verdict in compile_brands([case.brand]).matches(case.item) for match in verdict.matches
    )


def table(cases: list[Case]) -> str:
    """Cases passed, and precision and recall over their terms, by category and tier."""
    rows: dict[tuple[str, bool], Counter[str]] = {}
    for case in cases:
        found = found_terms(case)
        for key in ((case.category, case.core), ("all", case.core)):
            row = rows.setdefault(key, Counter())
            row["cases"] += 1
            row["passed"] += found == case.expected
            row["right"] += len(found & case.expected)
            row["found"] += len(found)
            row["expected"] += len(case.expected)
    lines = [f"{'category':<14}{'tier':<9}{'passed':>11}{'precision':>11}{'recall':>9}"]
    for (category, core), row in sorted(
        rows.items(), key=lambda entry: (entry[0][0] == "all", not entry[0][1], entry[0])
    ):
        precision = f"{row['right'] / row['found']:.3f}" if row["found"] else "-"
        recall = f"{row['right'] / row['expected']:.3f}" if row["expected"] else "-"
        passed = f"{row['passed']}/{row['cases']}"
        lines.append(f"{category:<14}{'core' if core else 'stretch':<9}{passed:>11}{precision:>11}{recall:>9}")
    return "\n".join(lines)


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or [each for each in (SHARED, OWN) if each.exists()]:
        sys.stdout.write(f"{path.name}\n{table(load(path))}\n\n")
