"""Feeds from and to other readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mentionwatch.config import Config, ConfiguredSource
from mentionwatch.config.opml import FeedOutline, format_opml, parse_opml
from mentionwatch.config.starter import toml_string


@dataclass(frozen=True, slots=True)
class NewFeeds:
    """``[[sources]]`` entries for feeds that are not configured yet, as TOML; ``known`` counts the others."""

    entries: tuple[str, ...]
    known: int


@dataclass(frozen=True, slots=True)
class ExportedFeeds:
    """An OPML document, and the names of the feeds that are not in it because their address is a secret."""

    document: str
    hidden: tuple[str, ...]


def read_new_feeds(document: bytes, config: Config | None) -> NewFeeds:
    """The feeds of an OPML document as entries for the configuration, each with a name that is still free.

    Raises :class:`~mentionwatch.errors.UserError` for what is not OPML.
    """
    feeds = parse_opml(document)
    sources = config.sources if config is not None else ()
    names = {source.name for source in sources}
    known = {url for _, url in _feeds(sources)}
    entries = []
    for feed in feeds:
        if feed.url in known:
            continue
        name, n = feed.name, 2
        while name in names:
            name, n = f"{feed.name} {n}", n + 1
        names.add(name)
        entries.append(f'[[sources]]\ntype = "feed"\nname = {toml_string(name)}\nurl  = {toml_string(feed.url)}\n')
    return NewFeeds(tuple(entries), len(feeds) - len(entries))


def export_feeds(config: Config) -> ExportedFeeds:
    """The configured feeds as OPML."""
    feeds = {url: name for name, url in _feeds(config.sources) if url is not None}
    hidden = tuple(name for name, url in _feeds(config.sources) if url is None)
    return ExportedFeeds(format_opml(FeedOutline(name, url) for url, name in feeds.items()), hidden)


def _feeds(sources: tuple[ConfiguredSource, ...]) -> Iterator[tuple[str, str | None]]:
    """Name and address of each feed; ``None`` for an address that is a secret."""
    for source in sources:
        if source.source.type == "feed":
            url = getattr(source.source, "url", None)
            yield source.name, url if isinstance(url, str) else None
