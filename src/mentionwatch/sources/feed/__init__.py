"""Feeds: bytes → document → entries → items. ``loader`` is the way in; ``full_reader`` alone imports feedparser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mentionwatch.deprecated import renamed

if not TYPE_CHECKING:  # the type was here before its readers
    __getattr__ = renamed(__name__, {"Feed": "mentionwatch.sources.platforms.feed.Feed"})
