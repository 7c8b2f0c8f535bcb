"""Medium: the stories of a tag."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mentionwatch.errors import Forbidden
from mentionwatch.messages import Page, Request
from mentionwatch.model import Brand, Term
from mentionwatch.sources import NeedsFullParser
from mentionwatch.sources.platforms.medium import Medium
from support.replay import ACME, NOW, answer

SOURCE = Medium()


def read(request: Request, body: bytes) -> Page:
    response = answer(request, body, headers={"content-type": "text/xml; charset=UTF-8"})
    try:
        return SOURCE.parse(response)
    except NeedsFullParser:
        return SOURCE.parse_fully(response)


def test_names_and_hashtags_are_written_as_tags() -> None:
    """Small letters and hyphens; what no tag can hold is left out, and each is asked once."""
    brand = Brand("Acme", terms=(Term("name", "ACME  Coffee"), Term("name", "C++"), Term("hashtag", "#acme-coffee")))
    source = Medium(tags=("Specialty Coffee", "acme coffee"))

    assert [request.url for request in source.requests((brand,), {}, NOW)] == [
        "https://medium.com/feed/tag/specialty-coffee",
        "https://medium.com/feed/tag/acme-coffee",
    ]
    assert [request.query_key for request in SOURCE.requests((ACME,), {}, NOW)] == [
        "tag:acmecoffee", "tag:acme-coffee", "tag:acme"
    ]  # fmt: skip


def test_a_tag_nobody_has_used_is_no_failure() -> None:
    """The first story under it is news; a guard's page is told with what to do."""
    request = next(iter(SOURCE.requests((ACME,), {}, NOW)))
    unused = SOURCE.explain(answer(request, b"<html>", status=404))

    assert isinstance(unused, Page)
    assert (unused.items, unused.checkpoint) == ((), "2026-11-21T08:00:00Z")
    assert isinstance(SOURCE.explain(answer(request, b"<html>Just a moment", status=403)), Forbidden)


def test_reads_a_recorded_tag(shared: Path) -> None:
    """Two stories, their addresses without where they were found."""
    request = next(iter(SOURCE.requests((ACME,), {}, NOW)))
    first, second = read(request, (shared / "corpus/recorded/medium/tag_feed.xml").read_bytes()).items

    assert (first.external_id, second.external_id) == ("e695e24db604", "096aacb27637")
    assert first.url == (
        "https://blackcatdev.medium.com/securing-the-cloud-a-comprehensive-guide-to-building-a-kubernetes-threat-model"
        "-for-enhanced-e695e24db604"
    )
    assert first.same_as == ("https://medium.com/p/e695e24db604",)
    assert first.author.name == "BlackCatDev"
    assert first.published_at == datetime(2023, 12, 5, 18, 18, 40, tzinfo=UTC)
    assert first.tags == ("security", "threat-modeling", "kubernetes", "cybersecurity", "threat-model")
    assert second.text == "# Securing CI/CD Pipelines for Kubernetes Deployments"
    assert "Continue reading" not in first.text


def test_reads_a_recorded_author_s_feed(shared: Path) -> None:
    """Three stories with their text."""
    request = next(iter(SOURCE.requests((ACME,), {}, NOW)))
    items = read(request, (shared / "corpus/recorded/medium/user_feed.xml").read_bytes()).items

    assert [item.external_id for item in items][:2] == ["29b09fe2fbc4", "f3688939073f"]
    assert len(items) == 3
    assert all("?source" not in (item.url or "") for item in items)
