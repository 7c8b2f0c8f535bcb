"""Judged cases: of each text, exactly the terms that people would say it mentions."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.matching_cases import OWN, Case, found_terms, load, table

#: Case of the shared corpus that the rules do not satisfy → why.
OPEN = {
    "m222": "rule 5 of the corpus: a name matches a handle only when it is the whole handle",
    "m329": "needs a segmenter of Chinese: rule 3 says that Han needs no border",
    "m331": "traditional and simplified characters are not folded: some simplified ones stand for several words",
    "m338": "rule 3 of the corpus: a katakana name must not touch further katakana",
    "m342": "needs a segmenter of Japanese: rule 3 says that Han needs no border",
    "m414": "the inflected stem is another spelling; a user lists it",
    "m495": "digits for letters count only when asked for (lookalikes = true), and then they do",
}


@pytest.mark.parametrize("case", load(OWN), ids=lambda case: f"{case.id}-{case.category}")
def test_own_cases(case: Case) -> None:
    """Scripts, languages, signs, tags, handles and addresses beyond those of the shared corpus."""
    assert found_terms(case) == case.expected, case.why


def test_shared_cases(shared: Path) -> None:
    """Every core case of the shared corpus passes, and each stretch case that does not is listed with its reason."""
    cases = load(shared / "corpus" / "matching.jsonl")
    failed = {case.id: case for case in cases if found_terms(case) != case.expected}
    assert not [case.id for case in failed.values() if case.core]
    assert set(failed) == set(OPEN)


def test_own_cases_are_as_many_again_and_not_the_shared_ones(shared: Path) -> None:
    """The project's own cases bring other texts, and at least 250 of them."""
    ours, theirs = load(OWN), load(shared / "corpus" / "matching.jsonl")
    assert len(ours) >= 250
    assert not {case.item.text for case in ours if case.item.text} & {case.item.text for case in theirs}


def test_the_table_counts_each_case_once() -> None:
    """``python tests/support/matching_cases.py`` prints precision and recall by category, and over all."""
    cases = load(OWN)
    last = table(cases).splitlines()[-1].split()
    assert last[:2] == ["all", "core"]
    assert last[2].endswith(f"/{len(cases)}")
