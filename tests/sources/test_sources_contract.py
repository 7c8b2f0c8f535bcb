"""What every source keeps to; a new file in ``sources/platforms`` is found and held to it without being asked.

A source proves that it reads what it asks for by a sample of its own making in ``tests/data/<type>/``:
``contract.json`` names the file that holds the ``answer``, the ``items`` it holds (any fields of the mention's JSON,
compared one by one), and, where the first request is not the one, the ``question`` and the ``options``.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pytest

from mentionwatch.messages import Request, Secret
from mentionwatch.model import Author, Engagement, Item
from mentionwatch.sources.registry import find_all, options, source_type
from mentionwatch.sources.testing import RequestContract, SourceContract, parse
from support.paths import ROOT
from support.replay import ACME, NOW
from support.samples import BASE, BASES, OURS, build, sample

#: What the configuration can check and its schema can say.
OPTION_KINDS = (str, int, float, bool, timedelta, date, Path, tuple, dict, Literal, Secret)

every_type = pytest.mark.parametrize("name", OURS)


class TestEveryOption(RequestContract):
    """Each type with all its options set: what it declares and asks."""

    brands = (ACME,)
    now = NOW

    @pytest.fixture(autouse=True, params=OURS)
    def of_type(self, request: pytest.FixtureRequest) -> None:
        self.name = str(request.param)
        self.source = build(self.name, everything=True)

    def assert_goes_home(self, request: Request) -> None:
        super().assert_goes_home(request)
        assert request.url.startswith(BASES.get(self.name, BASE))


class TestSample(SourceContract):
    """Each type with its sample: what it asks and reads."""

    brands = (ACME,)
    now = NOW

    @pytest.fixture(autouse=True, params=OURS)
    def of_type(self, request: pytest.FixtureRequest) -> None:
        self.name = str(request.param)
        good = sample(self.name)
        self.source, self.answer, self.query_key = good.source, good.body, good.request.query_key

    def test_reads_what_the_sample_holds(self) -> None:
        """Each item of the sample comes out as its manifest says, in its order, and nothing else does."""
        expected = sample(self.name).items
        told = [as_told(item) for item in parse(self.source, self.response()).items]

        assert len(told) == len(expected) > 0
        assert [{key: said[key] for key in wanted} for said, wanted in zip(told, expected, strict=True)] == expected


def as_told(item: Item) -> dict[str, Any]:
    """The item under the names of the mention's JSON."""
    told = {entry.name: getattr(item, entry.name) for entry in fields(item)}
    for key, value in told.items():
        if isinstance(value, datetime):
            told[key] = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        elif isinstance(value, Author | Engagement):
            told[key] = asdict(value)
        elif isinstance(value, tuple):
            told[key] = list(value)
    return told


def test_no_type_is_missing() -> None:
    """Every type in the folder can be imported, and the ones this project promises are there."""
    found = find_all()

    assert set(OURS) <= set(found.types)
    assert {"feed", "google_news", "hackernews", "lobsters", "mastodon"} <= set(OURS)


@every_type
def test_bears_its_files_name(name: str) -> None:
    """The file's name is the type in the configuration."""
    assert source_type(name).type == name


@every_type
def test_names_the_terms_it_relies_on(name: str) -> None:
    """Who configures a source accepts its platform's terms: docs/sources.md says which, for every type."""
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    section = page.partition("## On what terms")[2].partition("\n## ")[0]

    assert any(f"`{name}`" in line.split("|")[1] for line in section.splitlines() if line.startswith("|"))


@every_type
def test_has_options_the_configuration_can_check(name: str) -> None:
    """Each option is of a type that the schema has a word for."""
    for option in options(source_type(name)):
        assert base_kind(option.annotation) in OPTION_KINDS, f"{name}.{option.name}: {option.annotation}"


def base_kind(annotation: object) -> object:
    """``str`` of ``str | Secret | None``, ``tuple`` of ``tuple[str, ...]``."""
    kinds = [kind for kind in get_args(annotation) if kind not in (NoneType, Secret)]
    if get_origin(annotation) in (Literal, tuple, dict):
        return get_origin(annotation)
    return Secret if Secret in get_args(annotation) and not kinds else kinds[0] if kinds else annotation
